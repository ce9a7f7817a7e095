#include "simulate/compiled_model.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "simulate/context.h"
#include "simulate/prior.h"
#include "simulate/prior_draws.h"

namespace amortflow {

namespace {

/// Everything but the simulator may have failed first: that is what a user must read.
std::vector<SimulationFailure> first_causes(std::vector<SimulationFailure> causes,
                                            const std::vector<SimulationFailure>& failures) {
  causes.insert(causes.end(), failures.begin(), failures.end());
  std::stable_sort(causes.begin(), causes.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  causes.erase(
      std::unique(causes.begin(), causes.end(), [](const auto& a, const auto& b) { return a.index == b.index; }),
      causes.end());
  return causes;
}

/// Shared and local parameters of each group, side by side.
Matrix<double> group_parameters(const PriorDraws& draws) {
  const Matrix<double>& local = draws.local.values;
  Matrix<double> rows(local.rows, draws.shared.cols + local.cols);
  std::int64_t row = 0;
  for (std::int64_t i = 0; i < draws.local.count(); ++i) {
    for (std::int64_t group = 0; group < draws.local.segments.length(i); ++group, ++row) {
      std::copy_n(draws.shared.row(i), draws.shared.cols, rows.row(row));
      std::copy_n(local.row(row), local.cols, rows.row(row) + draws.shared.cols);
    }
  }
  return rows;
}

Matrix<double> repeat_rows(const Matrix<double>& rows, const Segments& groups) {
  std::vector<std::int64_t> of;
  for (std::int64_t i = 0; i < groups.count(); ++i) of.insert(of.end(), static_cast<std::size_t>(groups.length(i)), i);
  return select(rows, of);
}

/// What data sets of each observable become of the positions x variables that the simulator gives.
struct DataForms {
  std::vector<bool> flat;  ///< one row: vectors
  std::vector<bool> tall;  ///< one column, place by place: arrays
};

void become_column(RaggedRows<double>& rows) {
  for (auto& offset : rows.segments.offsets) offset *= rows.values.cols;
  rows.values.rows *= rows.values.cols;
  rows.values.cols = 1;
}

class CompiledModel final : public GenerativeModel {
 public:
  CompiledModel(Prior prior, Context context, CompiledSimulator simulator, DataForms forms)
      : prior_(std::move(prior)),
        context_(std::move(context)),
        simulator_(std::move(simulator)),
        columns_(context_columns(simulator_.shape(), simulator_.name(), context_.variables())),
        given_(given_columns(prior_, context_.variables())),
        forms_(std::move(forms)) {
    const SimulatorShape& shape = simulator_.shape();
    const std::int64_t parameters = prior_.size() + prior_.local_size();
    if (parameters != shape.parameters) {
      throw ConfigError("Simulator `" + simulator_.name() + "` takes " + std::to_string(shape.parameters) +
                        " parameters, but the prior has " + std::to_string(parameters) + ".");
    }
    if (forms_.flat.size() != shape.observables.size()) {
      throw ConfigError("Simulator `" + simulator_.name() + "` gives " + std::to_string(shape.observables.size()) +
                        " observables, but the model has " + std::to_string(forms_.flat.size()) + ".");
    }
  }

  [[nodiscard]] Simulations draw(std::int64_t first_index,
                                 std::int64_t count,
                                 std::uint64_t seed,
                                 ThreadPool& pool,
                                 const std::atomic<bool>& cancel) const override {
    Simulations simulations;
    std::vector<SimulationFailure> causes;
    std::vector<SimulationFailure> failures;
    simulations.context = context_.draw(first_index, count, seed, pool, cancel, causes);
    PriorContext context;
    if (!given_.empty()) context.given = select_columns(simulations.context, given_);
    const bool grouped = !prior_.plate().empty();
    if (grouped) {
      simulations.groups = plate_groups(prior_.plate(), context_.variables(), simulations.context, first_index, causes);
      for (std::int64_t i = 0; i < count; ++i) context.groups.push_back(simulations.groups.length(i));
    }
    PriorDraws draws = draw_prior(prior_, context, {first_index, count, seed}, pool, cancel, causes);
    Matrix<double> values = select_columns(simulations.context, columns_);
    const SimulatorRows rows = grouped
                                   ? SimulatorRows::grouped(group_parameters(draws), first_index,
                                                            repeat_rows(values, simulations.groups), simulations.groups)
                                   : SimulatorRows::consecutive(draws.shared, first_index, std::move(values));
    simulations.data = simulator_.run(rows, seed, forms_.flat, pool, cancel, failures);
    for (std::size_t k = 0; k < simulations.data.size(); ++k) {
      if (forms_.tall[k]) become_column(simulations.data[k]);
    }
    simulations.parameters = std::move(draws.shared);
    simulations.local = std::move(draws.local.values);
    simulations.failures = first_causes(std::move(causes), failures);
    return simulations;
  }

  [[nodiscard]] bool needs_host() const override { return false; }

 private:
  Prior prior_;
  Context context_;
  CompiledSimulator simulator_;
  std::vector<std::int64_t> columns_;
  std::vector<std::int64_t> given_;
  DataForms forms_;
};

SimulatorSettings settings_of(SpecReader& reader) {
  SimulatorSettings settings;
  if (!reader.has("settings")) return settings;
  const Spec& given = reader.child("settings");
  SpecReader values(given, "the settings of a simulator");
  for (const auto& entry : *given.list()) settings[entry.first] = values.numbers(entry.first);
  return settings;
}

DataForms data_forms(SpecReader& reader) {
  DataForms forms;
  for (const auto& observed : reader.texts("observed")) {
    if (observed != "vector" && observed != "exchangeable" && observed != "series" && observed != "array") {
      throw ConfigError("`observed` must be \"vector\", \"exchangeable\", \"series\" or \"array\", not \"" + observed +
                        "\".");
    }
    forms.flat.push_back(observed == "vector");
    forms.tall.push_back(observed == "array");
  }
  return forms;
}

}  // namespace

std::unique_ptr<GenerativeModel> make_compiled_model(const Spec& spec, const TableFinder& find) {
  SpecReader reader(spec, "a compiled model");
  static_cast<void>(reader.choice("kind", {"compiled"}));
  Prior prior(reader.child("prior"));
  const std::int64_t batch = reader.has("batch") ? reader.integer("batch", 1, 1000000000) : 1;
  Context context = reader.has("context") ? Context(reader.child("context"), batch) : Context();
  CompiledSimulator simulator = make_compiled_simulator(reader.child("simulator"), find);
  DataForms forms = data_forms(reader);
  reader.finish();
  return std::make_unique<CompiledModel>(std::move(prior), std::move(context), std::move(simulator), std::move(forms));
}

CompiledSimulator make_compiled_simulator(const Spec& spec, const TableFinder& find) {
  SpecReader reader(spec, "a compiled simulator");
  static_cast<void>(reader.choice("kind", {"cpp"}));
  const SimulatorSettings settings = settings_of(reader);
  const bool missing = reader.has("missing") && reader.flag("missing");
  if (!reader.has("package")) {
    const std::string library = reader.text("library");
    reader.finish();
    CompiledSimulator simulator(library, settings);
    simulator.allow_missing(missing);
    return simulator;
  }
  const std::string package = reader.text("package");
  const std::string name = reader.text("name");
  reader.finish();
  const void* table = find ? find(package, name) : nullptr;
  if (!table) {
    throw SimulatorError("Package " + package + " registers no simulator `" + name + "`.",
                         "It must say AMORTFLOW_PACKAGE_SIMULATOR(" + name + ", ...) and register it.");
  }
  CompiledSimulator simulator(static_cast<const simulator_table*>(table), settings);
  simulator.allow_missing(missing);
  return simulator;
}

}  // namespace amortflow
