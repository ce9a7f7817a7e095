#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>

namespace amortflow {

/// A queue of work on a device that runs beside the host. On the CPU everything is done at once instead. `send` and
/// marks belong inside a Scope.
class DeviceStream final {
 public:
  /// The device `type` that is current on this thread.
  explicit DeviceStream(c10::DeviceType type);

  [[nodiscard]] c10::Device device() const { return device_; }
  [[nodiscard]] bool asynchronous() const { return stream_.has_value(); }

  /// While it lives, LibTorch's operations on this thread go into the queue.
  class Scope final {
   public:
    explicit Scope(const DeviceStream& stream);

   private:
    std::optional<c10::StreamGuard> guard_;
  };

  /// Queues a copy into the first floats of `target` of what `write` writes into memory of `floats` numbers. Waits only
  /// where the device is several such copies behind.
  void send(std::int64_t floats, const std::function<void(float*)>& write, const at::Tensor& target);
  /// Until the queue is empty.
  void wait() const;
  /// Until all is done that this thread queued before it entered a Scope.
  void wait_for_current() const;

  /// A tensor of the host's memory that copies to and from the device need not wait for.
  [[nodiscard]] at::Tensor host_tensor(std::int64_t size, at::ScalarType type) const;

  /// A place in the queue.
  class Mark final {
   public:
    explicit Mark(const DeviceStream& stream);
    /// Behind all that is queued now.
    void set();
    /// Whether the device has come by; true before it was set.
    [[nodiscard]] bool passed() const;
    void wait() const;

   private:
    const DeviceStream* stream_;
    std::optional<c10::Event> event_;
  };

 private:
  struct Staging {
    at::Tensor floats;
    Mark sent;
  };

  c10::Device device_;
  std::optional<c10::Stream> stream_;
  std::vector<Staging> staging_;  // taken in turn
  std::size_t next_ = 0;
};

}  // namespace amortflow
