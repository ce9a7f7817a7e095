#include "train/device_stream.h"

#include <chrono>
#include <thread>

#include <ATen/ops/empty.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace amortflow {

namespace {

// Batches that the host may be ahead of the device: enough that neither waits for the other.
constexpr std::size_t kStagings = 4;
// Short beside a step, long beside the question.
constexpr std::chrono::microseconds kPollInterval{20};

c10::Device current_device(c10::DeviceType type) {
  return type == c10::DeviceType::CPU ? c10::Device(type) : c10::impl::VirtualGuardImpl(type).getDevice();
}

}  // namespace

DeviceStream::DeviceStream(c10::DeviceType type) : device_(current_device(type)) {
  if (type != c10::DeviceType::CPU) {
    stream_ = c10::impl::VirtualGuardImpl(type).getStreamFromGlobalPool(device_);
  }
  for (std::size_t i = 0; i < kStagings; ++i) staging_.push_back({at::Tensor(), Mark(*this)});
}

DeviceStream::Scope::Scope(const DeviceStream& stream) {
  if (stream.stream_.has_value()) guard_.emplace(*stream.stream_);
}

at::Tensor DeviceStream::host_tensor(std::int64_t size, at::ScalarType type) const {
  return at::empty({size}, at::TensorOptions(type).pinned_memory(asynchronous()));
}

void DeviceStream::send(std::int64_t floats, const std::function<void(float*)>& write, const at::Tensor& target) {
  Staging& staging = staging_[next_];
  next_ = (next_ + 1) % staging_.size();
  staging.sent.wait();
  if (!staging.floats.defined() || staging.floats.numel() < floats) staging.floats = host_tensor(floats, at::kFloat);
  write(staging.floats.data_ptr<float>());
  target.narrow(0, 0, floats).copy_(staging.floats.narrow(0, 0, floats), /*non_blocking=*/true);
  staging.sent.set();
}

void DeviceStream::wait() const {
  if (stream_.has_value()) stream_->synchronize();
}

void DeviceStream::wait_for_current() const {
  if (stream_.has_value()) c10::impl::VirtualGuardImpl(device_.type()).getStream(device_).synchronize();
}

DeviceStream::Mark::Mark(const DeviceStream& stream) : stream_(&stream) {
  if (stream.asynchronous()) event_.emplace(stream.device().type());
}

void DeviceStream::Mark::set() {
  if (event_.has_value()) event_->record(*stream_->stream_);
}

bool DeviceStream::Mark::passed() const { return !event_.has_value() || event_->query(); }

void DeviceStream::Mark::wait() const {
  while (!passed()) std::this_thread::sleep_for(kPollInterval);
}

}  // namespace amortflow
