#include "train/device_graph.h"

#ifdef AMORTFLOW_CUDA
#include <ATen/cuda/CUDAGraph.h>
#else
#include "base/errors.h"
#endif

namespace amortflow {

#ifdef AMORTFLOW_CUDA

struct DeviceGraph::Graph {
  at::cuda::CUDAGraph graph;
};

bool DeviceGraph::compiled_in() { return true; }

DeviceGraph::DeviceGraph() : graph_(std::make_unique<Graph>()) {}

void DeviceGraph::capture(const std::function<void()>& work, const DeviceGraph* other) {
  at::cuda::CUDAGraph& graph = graph_->graph;
  if (other == nullptr) {
    graph.capture_begin();
  } else {
    graph.capture_begin(other->graph_->graph.pool());
  }
  try {
    work();
  } catch (...) {
    // The stream must leave its capturing state; that the graph is of no use is no news.
    try {
      graph.capture_end();
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
    throw;
  }
  graph.capture_end();
}

void DeviceGraph::replay() { graph_->graph.replay(); }

#else

struct DeviceGraph::Graph {};

bool DeviceGraph::compiled_in() { return false; }

DeviceGraph::DeviceGraph() = default;

void DeviceGraph::capture(const std::function<void()>&, const DeviceGraph*) {
  throw ConfigError("graphs need amortflow to be compiled with CUDA's headers");
}

void DeviceGraph::replay() { throw ConfigError("there is no graph to replay"); }

#endif

DeviceGraph::~DeviceGraph() = default;

}  // namespace amortflow
