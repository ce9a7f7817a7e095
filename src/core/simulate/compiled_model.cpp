#include "simulate/compiled_model.h"

#include <map>
#include <string>
#include <utility>

#include "base/errors.h"
#include "simulate/prior.h"
#include "simulate/prior_draws.h"

namespace amortflow {

namespace {

class CompiledModel final : public GenerativeModel {
 public:
  CompiledModel(Prior prior, CompiledSimulator simulator, bool flat)
      : prior_(std::move(prior)), simulator_(std::move(simulator)), flat_(flat) {
    if (prior_.size() == simulator_.parameters()) return;
    throw ConfigError("Simulator `" + simulator_.name() + "` takes " + std::to_string(simulator_.parameters()) +
                      " parameters, but the prior has " + std::to_string(prior_.size()) + ".");
  }

  [[nodiscard]] Simulations draw(std::int64_t first_index,
                                 std::int64_t count,
                                 std::uint64_t seed,
                                 ThreadPool& pool,
                                 const std::atomic<bool>& cancel) const override {
    Simulations simulations;
    std::vector<SimulationFailure> prior_failures;
    simulations.parameters = draw_prior(prior_, first_index, count, seed, pool, cancel, prior_failures);
    simulations.data =
        simulator_.run(simulations.parameters, first_index, seed, flat_, pool, cancel, simulations.failures);
    name_causes(prior_failures, simulations.failures);
    return simulations;
  }

  [[nodiscard]] bool needs_host() const override { return false; }

 private:
  /// A simulation without parameters failed because of its prior: that is what a user must read.
  static void name_causes(const std::vector<SimulationFailure>& causes, std::vector<SimulationFailure>& failures) {
    auto failure = failures.begin();
    for (const auto& cause : causes) {
      while (failure->index < cause.index) ++failure;
      failure->message = cause.message;
      failure->kind = cause.kind;
    }
  }

  Prior prior_;
  CompiledSimulator simulator_;
  bool flat_;
};

CompiledSimulator open_simulator(SpecReader& reader) {
  std::map<std::string, double> settings;
  if (reader.has("settings")) {
    const Spec& given = reader.child("settings");
    SpecReader values(given, "the settings of a simulator");
    for (const auto& entry : *given.list()) settings[entry.first] = values.number(entry.first);
  }
  return CompiledSimulator(reader.text("library"), settings);
}

}  // namespace

std::unique_ptr<GenerativeModel> make_compiled_model(const Spec& spec) {
  SpecReader reader(spec, "a compiled model");
  static_cast<void>(reader.choice("kind", {"compiled"}));
  Prior prior(reader.child("prior"));
  const std::string observed = reader.choice("observed", {"vector", "exchangeable", "series"});
  CompiledSimulator simulator = open_simulator(reader);
  reader.finish();
  return std::make_unique<CompiledModel>(std::move(prior), std::move(simulator), observed == "vector");
}

CompiledSimulator make_compiled_simulator(const Spec& spec) {
  SpecReader reader(spec, "a compiled simulator");
  static_cast<void>(reader.choice("kind", {"cpp"}));
  CompiledSimulator simulator = open_simulator(reader);
  reader.finish();
  return simulator;
}

}  // namespace amortflow
