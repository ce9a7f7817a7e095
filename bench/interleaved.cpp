#include "interleaved.h"

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace amortflow::bench {

namespace {

constexpr double kSlotSeconds = 0.02;
constexpr std::int64_t kMostRepeats = 100000;

double now(Clock clock) {
  timespec time{};
  clock_gettime(clock == Clock::kCpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds_each(const std::function<void()>& run, std::int64_t repeats, Clock clock) {
  const double start = now(clock);
  for (std::int64_t i = 0; i < repeats; ++i) run();
  return (now(clock) - start) / static_cast<double>(repeats);
}

/// Warms up; how many runs fill a slot.
std::int64_t repeats_of(const std::function<void()>& run, Clock clock) {
  double each = seconds_each(run, 1, clock);
  if (each > kSlotSeconds) return 1;
  each = std::min(seconds_each(run, 1, clock), seconds_each(run, 2, clock));
  return std::clamp(static_cast<std::int64_t>(kSlotSeconds / std::max(each, 1e-9)), std::int64_t{1}, kMostRepeats);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

}  // namespace

std::vector<Timing> time_interleaved(const std::vector<std::function<void()>>& competitors, int rounds, Clock clock) {
  std::vector<std::int64_t> repeats;
  for (const auto& run : competitors) repeats.push_back(repeats_of(run, clock));
  std::vector<std::vector<double>> seconds(competitors.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < competitors.size(); ++i) {
      seconds[i].push_back(seconds_each(competitors[i], repeats[i], clock));
    }
  }
  std::vector<Timing> timings;
  for (const auto& of_one : seconds)
    timings.push_back({median(of_one), *std::min_element(of_one.begin(), of_one.end())});
  return timings;
}

}  // namespace amortflow::bench
