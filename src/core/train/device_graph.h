#pragma once

#include <functional>
#include <memory>

namespace amortflow {

/// Work of one step on a CUDA device, captured once and replayed with one call. Only this class needs CUDA's headers:
/// without them (AMORTFLOW_CUDA undefined) `compiled_in` is false and nothing can be captured.
class DeviceGraph final {
 public:
  [[nodiscard]] static bool compiled_in();

  DeviceGraph();
  ~DeviceGraph();
  DeviceGraph(const DeviceGraph&) = delete;
  DeviceGraph& operator=(const DeviceGraph&) = delete;

  /// Records what `work` queues on the current stream, which must not be the device's default one, instead of doing it.
  /// What stays between replays must have been allocated before. Memory of the work itself is shared with `other` where
  /// given: the two must not be replayed at the same time, nor may one read what the other leaves there. Throws
  /// whatever stands in the way (c10::Error), also where the work makes the host wait.
  void capture(const std::function<void()>& work, const DeviceGraph* other);
  /// Queues the work on the current stream.
  void replay();

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace amortflow
