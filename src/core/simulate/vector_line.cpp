#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "simulate/prior_line.h"
#include "simulate/vector_distributions.h"

namespace amortflow {

namespace {

using Size = VectorDistribution::Size;

const char* described(Size size) {
  return size == Size::kNumber ? "one number" : size == Size::kVector ? "a vector" : "a square matrix";
}

/// A line whose distribution has vectors or matrices as arguments or values.
class VectorLine final : public PriorLine {
 public:
  VectorLine(const VectorDistribution& distribution,
             SpecReader& reader,
             const LineTarget& target,
             const std::vector<NamedColumns>& known)
      : distribution_(distribution), columns_(target.columns), arguments_(read_arguments(reader, known)) {
    check_argument_count(distribution.name, distribution.arguments.size(), arguments_.size());
    size_ = size_of(target);
    for (std::size_t k = 0; k < arguments_.size(); ++k) check_length(k);
  }

  [[nodiscard]] const NamedColumns& columns() const override { return columns_; }

  void add_support(Support& support) const override {
    const auto constant = [](const Expression& e) { return e.is_constant(); };
    if (std::all_of(arguments_.begin(), arguments_.end(), constant)) {
      const Arguments values(*this, PriorRows());
      distribution_.check(values.pointers.data(), size_);
    }
    for (std::int64_t i = 0; i < columns_.count; ++i) {
      const Interval range = distribution_.support(i, size_);
      support.lower.push_back(range.lower);
      support.upper.push_back(range.upper);
      support.discrete.push_back(distribution_.discrete);
    }
    if (distribution_.shape != nullptr) {
      support.shapes.push_back({distribution_.shape, columns_.first, columns_.count, size_});
    }
  }

  void draw(rng& random, const PriorRows& rows, double* row) const override {
    const Arguments values(*this, rows);
    double* const first = row + columns_.first;
    for (std::int64_t i = 0; i < columns_.count; i += step()) {
      distribution_.draw(random, values.pointers.data(), size_, first + i);
    }
    const auto finite = [](double x) { return std::isfinite(x); };
    if (!std::all_of(first, first + columns_.count, finite)) throw NumericError("the draw is not finite");
  }

  [[nodiscard]] double log_density(const PriorRows& rows) const override {
    const Arguments values(*this, rows);
    const double* const first = rows.of(columns_.scope) + columns_.first;
    double sum = 0;
    for (std::int64_t i = 0; i < columns_.count; i += step()) {
      sum += distribution_.log_density(first + i, values.pointers.data(), size_);
    }
    return sum;
  }

 private:
  /// The numbers of all arguments, vectors recycled to full length.
  struct Arguments {
    Arguments(const VectorLine& line, const PriorRows& rows) {
      for (std::size_t k = 0; k < line.arguments_.size(); ++k) {
        numbers[k].resize(static_cast<std::size_t>(line.argument_length(k)));
        for (std::size_t i = 0; i < numbers[k].size(); ++i) {
          numbers[k][i] = line.arguments_[k].value(rows, static_cast<std::int64_t>(i));
        }
        pointers[k] = numbers[k].data();
      }
    }
    std::array<std::vector<double>, kMostArguments> numbers;
    std::array<const double*, kMostArguments> pointers{};
  };

  /// K, from the value or, where that is a number, from the longest argument.
  [[nodiscard]] std::int64_t size_of(const LineTarget& target) const {
    if (distribution_.value == Size::kNumber) {
      std::int64_t longest = 1;
      for (const auto& argument : arguments_) longest = std::max(longest, argument.length());
      return longest;
    }
    const auto& dim = target.dim;
    if (distribution_.value == Size::kVector && dim.size() == 1) return dim[0];
    if (distribution_.value == Size::kMatrix && dim.size() == 2 && dim[0] == dim[1]) return dim[0];
    throw ConfigError(std::string(distribution_.name) + "() gives " + described(distribution_.value),
                      "Say `dim = K` for K elements of a vector, or K rows of a matrix.");
  }

  [[nodiscard]] std::int64_t argument_length(std::size_t k) const {
    const Size size = distribution_.argument_sizes[k];
    return size == Size::kNumber ? 1 : size == Size::kVector ? size_ : size_ * size_;
  }

  void check_length(std::size_t k) const {
    const std::int64_t length = arguments_[k].length();
    const bool recycled = length == 1 && distribution_.argument_sizes[k] == Size::kVector;
    if (recycled || length == argument_length(k)) return;
    throw ConfigError("`" + std::string(distribution_.arguments[k]) + "` must have " +
                      std::to_string(argument_length(k)) + " elements, not " + std::to_string(length));
  }

  /// Columns that one draw fills.
  [[nodiscard]] std::int64_t step() const { return distribution_.value == Size::kNumber ? 1 : columns_.count; }

  const VectorDistribution& distribution_;
  NamedColumns columns_;
  std::vector<Expression> arguments_;
  std::int64_t size_ = 1;
};

}  // namespace

std::unique_ptr<PriorLine> make_vector_line(const VectorDistribution& distribution,
                                            SpecReader& reader,
                                            const LineTarget& target,
                                            const std::vector<NamedColumns>& known) {
  return std::make_unique<VectorLine>(distribution, reader, target, known);
}

}  // namespace amortflow
