#include "train/training_mode.h"

#include <string>
#include <utility>

#include "train/online_source.h"
#include "train/replay_source.h"
#include "train/rounds_source.h"

namespace amortflow {

TrainingMode TrainingMode::from_spec(const Spec& spec) {
  constexpr std::int64_t kMany = 1000000000;
  SpecReader reader(spec, "fit_posterior(mode = )");
  TrainingMode mode;
  const std::string kind = reader.choice("kind", {"online", "rounds", "replay"});
  if (kind == "rounds") mode.kind = Kind::kRounds;
  if (kind == "replay") mode.kind = Kind::kReplay;
  if (mode.kind != Kind::kOnline) {
    mode.bank = reader.integer("bank", 1, kMany);
    mode.reuse = reader.integer("reuse", 1, kMany);
  }
  if (mode.kind == Kind::kRounds) mode.accumulate = reader.flag("accumulate");
  reader.finish();
  return mode;
}

std::unique_ptr<BatchSource> make_simulating_source(const TrainingMode& mode,
                                                    const GenerativeModel& model,
                                                    const Adapter& adapter,
                                                    std::int64_t batch_size,
                                                    std::uint64_t seed,
                                                    ThreadPool& pool,
                                                    HostService& host) {
  const auto fresh = [&](std::int64_t size) {
    return std::make_unique<OnlineSource>(model, adapter, size, seed, pool, host);
  };
  if (mode.kind == TrainingMode::Kind::kRounds) {
    const RoundsOptions options{mode.bank, mode.reuse, mode.accumulate, batch_size, seed};
    return std::make_unique<RoundsSource>(fresh(batch_size), options);
  }
  if (mode.kind == TrainingMode::Kind::kReplay) {
    const ReplayOptions options{mode.bank, mode.reuse, batch_size, seed};
    return std::make_unique<ReplaySource>(fresh(ReplaySource::added_at_once(options)), options);
  }
  return fresh(batch_size);
}

}  // namespace amortflow
