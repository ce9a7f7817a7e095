#include "adapt/one_hot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "adapt/columns.h"
#include "base/errors.h"

namespace amortflow {

namespace {

bool all_different(std::vector<double> levels) {
  std::sort(levels.begin(), levels.end());
  return std::adjacent_find(levels.begin(), levels.end()) == levels.end();
}

double* write_code(const std::vector<double>& levels, double x, double* out) {
  const bool known = std::find(levels.begin(), levels.end(), x) != levels.end();
  for (const double level : levels) *out++ = !known ? std::numeric_limits<double>::quiet_NaN() : x == level ? 1 : 0;
  return out;
}

}  // namespace

OneHot::OneHot(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"one_hot\"");
  reader.choice("kind", {"one_hot"});
  columns_ = reader.numbers("columns");
  const auto count = reader.numbers("count");
  const auto levels = reader.numbers("levels");
  width_ = reader.integer("width", 1, kMostColumns);
  reader.finish();
  read_levels(count, levels);
}

void OneHot::read_levels(const std::vector<double>& count, const std::vector<double>& levels) {
  const auto places = column_places(columns_, width_, "one_hot");
  levels_.resize(static_cast<std::size_t>(width_));
  std::size_t next = 0;
  for (std::size_t k = 0; k < places.size(); ++k) {
    const double left = static_cast<double>(levels.size() - next);
    if (count.size() != places.size() || !(count[k] >= 1 && count[k] <= left) || count[k] != std::trunc(count[k])) {
      throw ConfigError("The adapter's step \"one_hot\" must count the levels of each of its columns, at least 1.");
    }
    const auto begin = levels.begin() + static_cast<std::ptrdiff_t>(next);
    next += static_cast<std::size_t>(count[k]);
    auto& own = levels_[places[k]];
    own.assign(begin, levels.begin() + static_cast<std::ptrdiff_t>(next));
    if (!std::all_of(own.begin(), own.end(), [](double x) { return std::isfinite(x); }) || !all_different(own)) {
      throw ConfigError("The levels of a column of the adapter's step \"one_hot\" must be finite and all different.");
    }
  }
  if (next != levels.size()) throw ConfigError("The adapter's step \"one_hot\" has levels that belong to no column.");
}

std::int64_t OneHot::coded_width() const {
  std::size_t width = 0;
  for (const auto& levels : levels_) width += std::max<std::size_t>(1, levels.size());
  return static_cast<std::int64_t>(width);
}

void OneHot::forward(Matrix<double>& rows, double* log_det) const {
  refuse_log_det(log_det, "one_hot");
  check_columns(rows, width_, "one_hot");
  Matrix<double> coded(rows.rows, coded_width());
  double* out = coded.values.data();
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const double* x = rows.row(i);
    for (const auto& levels : levels_) {
      if (levels.empty()) {
        *out++ = *x;
      } else {
        out = write_code(levels, *x, out);
      }
      ++x;
    }
  }
  rows = std::move(coded);
}

void OneHot::inverse(Matrix<double>& rows) const {
  check_columns(rows, coded_width(), "one_hot");
  Matrix<double> values(rows.rows, width_);
  const double* in = rows.values.data();
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    for (std::size_t j = 0; j < levels_.size(); ++j) {
      const auto& levels = levels_[j];
      const auto count = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, levels.size()));
      values.row(i)[j] = levels.empty() ? *in : levels[static_cast<std::size_t>(std::max_element(in, in + count) - in)];
      in += count;
    }
  }
  rows = std::move(values);
}

void OneHot::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double /*log_det_weight*/) const {
  check_columns(input, width_, "one_hot");
  check_columns(gradient, coded_width(), "one_hot");
  Matrix<double> back(input.rows, width_);
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const double* g = gradient.row(i);
    for (std::size_t j = 0; j < levels_.size(); ++j) {
      back.row(i)[j] = levels_[j].empty() ? *g : 0;
      g += std::max<std::size_t>(1, levels_[j].size());
    }
  }
  gradient = std::move(back);
}

Spec OneHot::to_spec() const {
  Spec::Numbers count;
  Spec::Numbers all;
  for (const double column : columns_) {
    const auto& levels = levels_[static_cast<std::size_t>(column) - 1];
    count.push_back(static_cast<double>(levels.size()));
    all.insert(all.end(), levels.begin(), levels.end());
  }
  return Spec::List{{"kind", "one_hot"}, {"columns", columns_}, {"count", count}, {"levels", all}, {"width", width_}};
}

}  // namespace amortflow
