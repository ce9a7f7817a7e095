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
                                                    const StreamOptions& options,
                                                    ThreadPool& pool,
                                                    HostService& host) {
  const auto fresh = [&](std::int64_t size) {
    return std::make_unique<OnlineSource>(model, adapter, size, options.seed, pool, host, options.host_request);
  };
  if (mode.kind == TrainingMode::Kind::kRounds) {
    const RoundsOptions rounds{mode.bank, mode.reuse, mode.accumulate, options.batch_size, options.seed};
    return std::make_unique<RoundsSource>(fresh(options.batch_size), rounds);
  }
  if (mode.kind == TrainingMode::Kind::kReplay) {
    const ReplayOptions replay{mode.bank, mode.reuse, options.batch_size, options.seed};
    return std::make_unique<ReplaySource>(fresh(ReplaySource::added_at_once(replay)), replay);
  }
  return fresh(options.batch_size);
}

}  // namespace amortflow
