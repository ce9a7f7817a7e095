#pragma once

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace amortflow {

/// As number of positions: every simulation decides.
inline constexpr std::int64_t varies = 0;

/// What goes into a simulator and what comes out. Without observable(), there is one observable without a name;
/// positions(), variables() and names() speak of the observable named last.
///
///   amortflow::sizes().parameters(4).context("n_obs").context("dose", 3)
///       .observable("rt").positions(amortflow::varies).variables(2).names({"seconds", "choice"})
///       .observable("survey").variables(12)
class sizes final {
 public:
  struct named_length {
    std::string name;
    std::int64_t length;
  };
  struct observable_size {
    std::string name;
    std::int64_t positions = 1;
    std::int64_t variables = 1;
    std::vector<std::string> names{};  ///< of the variables, or empty
  };

  sizes& parameters(std::int64_t n) {
    parameters_ = n;
    return *this;
  }
  /// A value that may differ between data sets, or `length` of them. Simulators find all of them one after the other
  /// in `input::context`.
  sizes& context(std::string name, std::int64_t length = 1) {
    context_.push_back({std::move(name), length});
    return *this;
  }
  sizes& observable(std::string name) {
    if (named_) observables_.emplace_back();
    named_ = true;
    last().name = std::move(name);
    return *this;
  }
  /// At least 1, or `varies`.
  sizes& positions(std::int64_t n) {
    last().positions = n;
    return *this;
  }
  sizes& variables(std::int64_t n) {
    last().variables = n;
    return *this;
  }
  sizes& names(std::initializer_list<const char*> names) {
    last().names.assign(names.begin(), names.end());
    return *this;
  }

  [[nodiscard]] std::int64_t n_parameters() const { return parameters_; }
  [[nodiscard]] const std::vector<named_length>& contexts() const { return context_; }
  /// Numbers of context in all.
  [[nodiscard]] std::int64_t n_context() const {
    std::int64_t count = 0;
    for (const auto& value : context_) count += value.length;
    return count;
  }
  [[nodiscard]] const std::vector<observable_size>& observables() const { return observables_; }

  /// Throws std::invalid_argument where the sizes cannot be.
  void check() const {
    if (parameters_ < 0) throw std::invalid_argument("the number of parameters must not be negative");
    for (const auto& value : context_) {
      if (value.name.empty() || value.length < 1) throw std::invalid_argument("context must have a name and a length");
    }
    for (const auto& one : observables_) {
      if (one.positions < 0 || one.variables < 1) {
        throw std::invalid_argument("every observable must have at least one position and one variable");
      }
      if (one.variables > kMostNumbers || one.positions > kMostNumbers / one.variables) {
        throw std::invalid_argument("an observable must have at most 2^31 numbers");
      }
      if (!one.names.empty() && one.names.size() != static_cast<std::size_t>(one.variables)) {
        throw std::invalid_argument("names() must give one name for each variable");
      }
    }
  }

 private:
  static constexpr std::int64_t kMostNumbers = std::int64_t{1} << 31;
  [[nodiscard]] observable_size& last() { return observables_.back(); }

  std::int64_t parameters_ = 1;
  std::vector<named_length> context_;
  std::vector<observable_size> observables_{1};
  bool named_ = false;
};

}  // namespace amortflow
