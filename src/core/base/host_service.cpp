#include "base/host_service.h"

#include <utility>

#include "base/errors.h"
#include "base/working_thread.h"

namespace amortflow {

namespace {

constexpr std::chrono::milliseconds kPollEvery{100};  // an interrupt is felt at once, R's poll stays cheap

}  // namespace

HostService::HostService(RunContext context) : context_(std::move(context)) {}

void HostService::start() {
  const Lock lock(mutex_);
  if (serving_) throw Error("A host service serves one run at a time.");
  cancelled_.store(false, std::memory_order_relaxed);
  interrupted_.store(false, std::memory_order_relaxed);
  requests_.clear();
  work_ended_ = has_progress_ = request_running_ = false;
  request_error_ = work_error_ = nullptr;
  host_ = std::this_thread::get_id();
  serving_ = true;
}

void HostService::run(const std::function<void()>& work) {
  start();
  std::thread worker;
  try {
    worker = start_working_thread([this, &work] { work_on(work); });
  } catch (...) {
    const Lock lock(mutex_);
    serving_ = false;
    throw;
  }
  serve();
  worker.join();
  finish();
}

void HostService::finish() {
  std::exception_ptr error;
  {
    const Lock lock(mutex_);
    serving_ = false;
    error = request_error_ ? request_error_ : work_error_;
    request_error_ = work_error_ = nullptr;
  }
  if (error) std::rethrow_exception(error);
}

void HostService::work_on(const std::function<void()>& work) {
  std::exception_ptr error;
  try {
    work();
  } catch (...) {
    error = std::current_exception();
  }
  const Lock lock(mutex_);
  work_error_ = error;
  work_ended_ = true;
  for_host_.notify_all();
}

void HostService::serve() {
  Lock lock(mutex_);
  auto next_poll = Clock::now() + kPollEvery;
  while (!work_ended_) {
    for_host_.wait_until(lock, next_poll, [this] { return work_ended_ || !requests_.empty(); });
    if (cancelled()) drop_queue();
    if (!work_ended_ && !requests_.empty()) run_next(lock);
    if (Clock::now() >= next_poll) {
      poll(lock);
      next_poll = Clock::now() + kPollEvery;
    }
  }
  drop_queue();
  if (has_progress_) poll(lock);
}

void HostService::run_next(Lock& lock) {
  const auto request = std::move(requests_.front());
  requests_.pop_front();
  request_running_ = true;
  on_host(lock, request.action);
  request_running_ = false;
  if (request.outcome) *request.outcome = request_error_ ? Outcome::kDropped : Outcome::kDone;
  for_work_.notify_all();
}

void HostService::poll(Lock& lock) {
  if (std::exchange(has_progress_, false) && context_.progress) {
    const auto progress = progress_;
    on_host(lock, [&] { context_.progress(progress); });
  }
  if (work_ended_ || cancelled() || !context_.interrupted) return;
  bool asked_to_stop = false;
  on_host(lock, [&] { asked_to_stop = context_.interrupted(); });
  if (!asked_to_stop) return;
  interrupt();
  drop_queue();
}

/// Runs the host's code without the lock. What it throws cancels the run; the first error is the one to keep.
void HostService::on_host(Lock& lock, const std::function<void()>& action) {
  std::exception_ptr error;
  lock.unlock();
  try {
    action();
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  if (!error) return;
  if (!request_error_) request_error_ = error;
  cancelled_.store(true, std::memory_order_relaxed);
  drop_queue();
}

/// With the lock held: nobody's turn will come any more.
void HostService::drop_queue() {
  for (const auto& request : requests_) {
    if (request.outcome) *request.outcome = Outcome::kDropped;
  }
  requests_.clear();
  for_work_.notify_all();
}

void HostService::call(const std::function<void()>& request) {
  Lock lock(mutex_);
  if (serving_ && std::this_thread::get_id() == host_) {
    lock.unlock();
    request();
    return;
  }
  if (!serving_ || work_ended_ || cancelled()) throw Cancelled();
  auto outcome = Outcome::kWaiting;
  requests_.push_back({request, &outcome});
  for_host_.notify_all();
  for_work_.wait(lock, [&] { return outcome != Outcome::kWaiting; });
  if (outcome == Outcome::kDropped) throw Cancelled();
}

void HostService::post(std::function<void()> request) {
  const Lock lock(mutex_);
  if (!serving_ || work_ended_ || cancelled()) return;
  requests_.push_back({std::move(request), nullptr});
  for_host_.notify_all();
}

void HostService::wait_idle() {
  Lock lock(mutex_);
  for_work_.wait(lock, [this] { return requests_.empty() && !request_running_; });
  if (cancelled()) throw Cancelled();
}

/// Queued requests are dropped by the host, which they keep awake: they may hold what only its thread may destroy.
void HostService::interrupt() noexcept {
  interrupted_.store(true, std::memory_order_relaxed);
  cancelled_.store(true, std::memory_order_relaxed);
}

void HostService::report(const Progress& progress) {
  const Lock lock(mutex_);
  progress_ = progress;
  has_progress_ = true;
}

}  // namespace amortflow
