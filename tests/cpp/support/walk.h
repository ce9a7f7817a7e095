#pragma once

#include <memory>
#include <vector>

#include "nets/network.h"

namespace amortflow {

struct LayerState;
class ParameterViews;

/// What one shard keeps for one network between forward and backward.
class NetworkWorkspace final {
 public:
  /// `gradient` is null where nothing is learned.
  explicit NetworkWorkspace(const ParameterStore& parameters, AlignedBuffer* gradient = nullptr);

  /// Layers [begin, end), all with a fast form: one node of the autograd graph.
  struct Run {
    const Network* network = nullptr;
    std::size_t begin = 0;
    std::size_t end = 0;
    Pass pass;
    bool input_needs_gradient = false;
    bool condition_needs_gradient = false;
    Scratch layers;
    Scratch own;
    Segments segments;  ///< of the input
  };
  /// The run that starts at layer `begin`; its buffers are kept from step to step.
  [[nodiscard]] Run& run(const Network& network, std::size_t begin, std::size_t end);

 private:
  Pass pass_;
  std::vector<std::unique_ptr<Run>> runs_;
};

/// Brings a network's fast forms into a graph of LibTorch's autograd: each unbroken run of layers with a fast form
/// becomes one node that walks the list over the workspace; LibTorch operations run in between. The workspace holds one
/// forward pass at a time, so backward must follow before the next walk. Mirrors must be current for the way back.
[[nodiscard]] LayerState walk(const Network& network,
                              LayerState state,
                              const ParameterViews& parameters,
                              NetworkWorkspace& workspace);

}  // namespace amortflow
