#include <Rcpp.h>

#include "base/fit_file.h"
#include "base/safetensors.h"
#include "estimators/make_estimator.h"
#include "kernels/dispatch.h"
#include "r_convert.h"
#include "r_errors.h"
#include "r_handle.h"
#include "r_host_model.h"
#include "r_run_context.h"
#include "r_simulations.h"
#include "simulate/compiled_model.h"
#include "train/fit_estimator.h"

using namespace amortflow;

namespace {

StoreOptions to_store(const Rcpp::List& r_store) {
  StoreOptions store;
  store.folder = Rcpp::as<std::string>(r_store["folder"]);
  store.simulations = static_cast<std::int64_t>(Rcpp::as<double>(r_store["simulations"]));
  store.buffer_bytes = static_cast<std::int64_t>(Rcpp::as<double>(r_store["buffer_bytes"]));
  return store;
}

CheckpointOptions to_checkpoints(const Rcpp::List& r_checkpoint) {
  CheckpointOptions checkpoints;
  checkpoints.path = Rcpp::as<std::string>(r_checkpoint["path"]);
  checkpoints.seconds = Rcpp::as<double>(r_checkpoint["seconds"]);
  checkpoints.run = Rcpp::as<std::string>(r_checkpoint["run"]);
  checkpoints.about = to_spec(r_checkpoint["about"]);
  return checkpoints;
}

FitTask to_task(const Rcpp::List& r_task) {
  FitTask task;
  task.training = TrainingOptions::from_spec(to_spec(r_task["training"]));
  task.adapter = to_spec(r_task["adapter"]);
  task.seed = static_cast<std::uint64_t>(Rcpp::as<double>(r_task["seed"]));
  task.cores = Rcpp::as<int>(r_task["cores"]);
  task.device = Rcpp::as<std::string>(r_task["device"]);
  task.validation = to_simulations(r_task["validation"]);
  if (r_task.containsElementNamed("noise")) task.noise = DataNoise::from_spec(to_spec(r_task["noise"]));
  if (r_task.containsElementNamed("checkpoint")) task.checkpoints = to_checkpoints(r_task["checkpoint"]);
  return task;
}

Rcpp::RawVector to_raw(const std::vector<std::uint8_t>& bytes) { return Rcpp::RawVector(bytes.begin(), bytes.end()); }

Rcpp::DataFrame from_history(const std::vector<EpochRecord>& history) {
  const auto n = static_cast<R_xlen_t>(history.size());
  Rcpp::IntegerVector epoch(n), skipped(n);
  Rcpp::NumericVector loss(n), validation_loss(n), learning_rate(n), gradient_norm(n), seconds(n);
  for (R_xlen_t i = 0; i < n; ++i) {
    const EpochRecord& record = history[static_cast<std::size_t>(i)];
    epoch[i] = static_cast<int>(record.epoch);
    loss[i] = record.loss;
    validation_loss[i] = record.validation_loss;
    learning_rate[i] = record.learning_rate;
    gradient_norm[i] = record.gradient_norm;
    skipped[i] = static_cast<int>(record.skipped);
    seconds[i] = record.seconds;
  }
  return Rcpp::DataFrame::create(Rcpp::_["epoch"] = epoch, Rcpp::_["loss"] = loss,
                                 Rcpp::_["validation_loss"] = validation_loss, Rcpp::_["learning_rate"] = learning_rate,
                                 Rcpp::_["gradient_norm"] = gradient_norm, Rcpp::_["skipped"] = skipped,
                                 Rcpp::_["seconds"] = seconds);
}

Rcpp::List from_rates(const TrainingRates& rates) {
  return Rcpp::List::create(Rcpp::_["seconds"] = rates.seconds, Rcpp::_["waiting"] = rates.waiting,
                            Rcpp::_["steps"] = static_cast<double>(rates.steps),
                            Rcpp::_["simulations"] = static_cast<double>(rates.simulations),
                            Rcpp::_["threads"] = static_cast<double>(rates.threads));
}

Rcpp::List from_result(const TrainingResult& result, const ParameterStore& store) {
  return Rcpp::List::create(
      Rcpp::_["outcome"] = outcome_name(result.outcome), Rcpp::_["message"] = result.message,
      Rcpp::_["hint"] = result.hint, Rcpp::_["checkpoint_problem"] = result.checkpoint_problem,
      Rcpp::_["rates"] = from_rates(result.rates), Rcpp::_["best_epoch"] = static_cast<double>(result.best_epoch),
      Rcpp::_["best_validation_loss"] = result.best_validation_loss,
      Rcpp::_["dropped"] = static_cast<double>(result.dropped), Rcpp::_["history"] = from_history(result.history),
      Rcpp::_["n_weights"] = static_cast<double>(store.layout().parameters()),
      Rcpp::_["instruction_set"] = instruction_set(), Rcpp::_["device"] = result.device,
      Rcpp::_["weights"] = to_raw(to_safetensors(store, {{"format", "amortflow"}})));
}

}  // namespace

// r_task: list(estimator, training, adapter, seed, cores, device, validation, and one of simulations, store, model,
// draw; with the last two mode, with draw request; maybe weights, checkpoint, noise). Trains and gives back weights,
// history and outcome.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_fit(Rcpp::List r_task, Rcpp::RObject r_progress) {
  return guarded([&] {
    FitTask task = to_task(r_task);
    HostService host(make_run_context(r_progress));
    std::unique_ptr<GenerativeModel> model;
    if (r_task.containsElementNamed("mode")) task.mode = TrainingMode::from_spec(to_spec(r_task["mode"]));
    if (r_task.containsElementNamed("model")) model = make_compiled_model(to_spec(r_task["model"]), find_registered);
    if (r_task.containsElementNamed("request")) task.host_request = Rcpp::as<int>(r_task["request"]);
    if (r_task.containsElementNamed("draw")) model = std::make_unique<HostModel>(r_task["draw"], host);
    if (r_task.containsElementNamed("simulations")) task.simulations = to_simulations(r_task["simulations"]);
    if (r_task.containsElementNamed("store")) task.store = to_store(r_task["store"]);
    task.model = model.get();
    const std::unique_ptr<NetworkEstimator> estimator = make_estimator(to_spec(r_task["estimator"]));
    if (r_task.containsElementNamed("weights")) {
      const Rcpp::RawVector r_weights = r_task["weights"];
      from_safetensors(RAW(r_weights), static_cast<std::size_t>(r_weights.size()), estimator->parameters());
    }
    return from_result(fit_estimator(*estimator, std::move(task), host), estimator->parameters());
  });
}

// What a checkpoint says of its run: list(run, about).
// [[Rcpp::export(rng = false)]]
Rcpp::List core_checkpoint_heading(std::string path) {
  return guarded([&] { return Rcpp::List(from_spec(checkpoint_heading(path))); });
}

// A fit as a file: JSON of everything but the weights, then the weights. Written beside `path`, then renamed.
// [[Rcpp::export(rng = false)]]
void core_write_fit(std::string path, Rcpp::List r_fit, Rcpp::RawVector r_weights) {
  guarded([&] {
    const std::vector<std::uint8_t> weights(r_weights.begin(), r_weights.end());
    write_fit_file(path, FitFile{to_spec(r_fit), weights});
  });
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_read_fit(std::string path) {
  return guarded([&] {
    const FitFile file = read_fit_file(path);
    return Rcpp::List::create(Rcpp::_["fit"] = from_spec(file.fit), Rcpp::_["weights"] = to_raw(file.weights));
  });
}
