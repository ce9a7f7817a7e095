#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapt/adapter.h"
#include "adapt/noise.h"
#include "base/host_service.h"
#include "estimators/estimator.h"
#include "simulate/generative_model.h"
#include "train/store_source.h"
#include "train/trainer.h"
#include "train/training_mode.h"

namespace amortflow {

/// Everything one run of training needs.
struct FitTask {
  TrainingOptions training;
  CheckpointOptions checkpoints;
  Spec adapter;
  std::uint64_t seed = 0;
  int cores = 1;
  std::string device = "cpu";  ///< or "cuda", or "auto": see make_training_step()
  TrainingMode mode;
  DataNoise noise;                         ///< on the data of training and validation, if there is any
  const GenerativeModel* model = nullptr;  ///< simulated in the way that `mode` says; else `simulations`
  std::int64_t host_request = 0;           ///< see StreamOptions
  StoreOptions store;                      ///< read instead of `simulations` if its folder is named
  Simulations simulations;                 ///< their failures counted from their first
  Simulations validation;                  ///< likewise
};

/// Trains on a thread that `host` serves; LibTorch and BLAS run single-threaded meanwhile. `estimator` starts from the
/// weights that it has.
[[nodiscard]] TrainingResult fit_estimator(Estimator& estimator, FitTask task, HostService& host);

}  // namespace amortflow
