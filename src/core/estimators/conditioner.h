#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/batch.h"
#include "base/spec.h"
#include "nets/network.h"

namespace amortflow {

/// A variable that the data of a simulation have: numbers in a row, and the network that summarises its rows.
struct ObservableOptions {
  std::int64_t width = 0;  ///< 0: all of it goes past the network, with the context
  Spec summary;
};

/// What estimators are conditioned on: see Conditioner.
struct ConditionerOptions {
  std::vector<ObservableOptions> observables;
  Spec head;                       ///< of a network over all summaries side by side, or null
  std::int64_t context_width = 0;  ///< numbers that go past the summary networks

  /// Asks `reader` for keys observables, head (optional) and context_width (optional).
  [[nodiscard]] static ConditionerOptions read(SpecReader& reader);
};

/// From a data set to the numbers that the rest of an estimator is conditioned on: a summary network for each
/// observable, perhaps a head over all their outputs, and the context beside them.
class Conditioner final {
 public:
  /// Throws ConfigError where that leaves nothing to be conditioned on.
  explicit Conditioner(const ConditionerOptions& options);
  void declare(ParameterLayout& layout, const std::string& prefix);

  /// Throws ShapeError where the data do not have the shape that the networks were made for.
  void check_data(const Batch& data) const;
  /// Throws ShapeError unless the summary networks made one row of every data set.
  static void check_summaries(std::int64_t rows, std::int64_t data_sets);

  [[nodiscard]] std::int64_t width() const { return width_; }
  [[nodiscard]] std::int64_t summaries_width() const { return summaries_width_; }  ///< of all side by side
  [[nodiscard]] std::int64_t context_width() const { return options_.context_width; }
  [[nodiscard]] std::size_t observable_count() const { return options_.observables.size(); }
  [[nodiscard]] std::int64_t observable_width(std::size_t k) const { return options_.observables[k].width; }
  [[nodiscard]] const Network& summary(std::size_t k) const { return summaries_[k]; }
  [[nodiscard]] const Network& head() const { return head_; }
  /// Whether anything is to be learned.
  [[nodiscard]] bool has_parameters() const;
  /// Whether observable k is conditioned on at all, and whether as it is.
  [[nodiscard]] bool is_used(std::size_t k) const { return options_.observables[k].width > 0; }
  [[nodiscard]] bool is_plain(std::size_t k) const;
  /// Columns of the condition that no network has changed.
  [[nodiscard]] const std::vector<std::int64_t>& plain_columns() const { return plain_columns_; }
  /// These columns of data set i, into `out` [plain_columns().size()]. check_data() and one row for every data set of a
  /// plain observable are taken for granted.
  void plain_numbers(const Batch& data, std::int64_t i, float* out) const;

 private:
  [[nodiscard]] std::vector<std::int64_t> find_plain_columns() const;

  ConditionerOptions options_;
  std::vector<Network> summaries_;
  Network head_;  // may be empty
  std::int64_t summaries_width_ = 0;
  std::int64_t width_ = 0;
  std::vector<std::int64_t> plain_columns_;
};

}  // namespace amortflow
