#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace amortflow {

/// A tree of plain values: what crosses from R to the core, and what files hold as JSON. Numbers are double; a
/// vector of one number and a number are the same thing.
class Spec {
 public:
  using Entry = std::pair<std::string, Spec>;  // an unnamed list has empty names
  using List = std::vector<Entry>;
  using Numbers = std::vector<double>;
  using Texts = std::vector<std::string>;

  // Out of line: half of the core uses them, and compilers take long over a variant of trees.
  Spec();  // null
  Spec(const Spec& other);
  Spec(Spec&& other) noexcept;
  Spec& operator=(const Spec& other);
  Spec& operator=(Spec&& other) noexcept;
  ~Spec();
  Spec(bool value);
  Spec(double value);
  Spec(int value);
  Spec(std::int64_t value);
  Spec(const char* value);
  Spec(std::string value);
  Spec(Numbers value);
  Spec(Texts value);
  Spec(List value);

  [[nodiscard]] bool is_null() const { return value_.index() == 0; }
  [[nodiscard]] const bool* flag() const;
  [[nodiscard]] const Numbers* numbers() const;
  [[nodiscard]] const Texts* texts() const;
  [[nodiscard]] const List* list() const;
  /// The entry of a list by name, or nullptr.
  [[nodiscard]] const Spec* find(const std::string& name) const;
  /// The text under `kind`, empty where there is none.
  [[nodiscard]] std::string kind() const;
  void set(const std::string& name, Spec value);  // appends or replaces; turns null into a list

  friend bool operator==(const Spec& a, const Spec& b) { return a.equals(b); }
  friend bool operator!=(const Spec& a, const Spec& b) { return !a.equals(b); }

 private:
  [[nodiscard]] bool equals(const Spec& other) const;

  std::variant<std::monostate, bool, Numbers, Texts, List> value_;
};

/// Reads one list with a `kind` into an options struct. Every key must be asked for before `finish()`, which throws
/// a ConfigError naming the unknown ones and the known names nearest to them.
class SpecReader {
 public:
  /// `where` names the component in messages, e.g. "inference_coupling_flow()". Throws if `spec` is no list.
  SpecReader(const Spec& spec, std::string where);

  [[nodiscard]] bool has(const std::string& key);  // present and not null; marks the key as known
  double number(const std::string& key);
  double number(const std::string& key, double at_least, double at_most);
  std::int64_t integer(const std::string& key, std::int64_t at_least, std::int64_t at_most);
  bool flag(const std::string& key);
  std::string text(const std::string& key);
  std::string choice(const std::string& key, std::initializer_list<const char*> allowed);
  std::vector<double> numbers(const std::string& key);
  std::vector<std::string> texts(const std::string& key);
  const Spec& child(const std::string& key);
  void finish() const;

 private:
  const Spec& required(const std::string& key);

  const Spec& spec_;
  std::string where_;
  std::vector<std::string> asked_;
};

}  // namespace amortflow
