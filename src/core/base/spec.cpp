#include "base/spec.h"

#include <algorithm>
#include <cmath>
#include <locale>
#include <numeric>
#include <sstream>

#include "base/errors.h"

namespace amortflow {

namespace {

/// Levenshtein distance: insertions, deletions and substitutions.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

/// All names at the least distance from `key`; empty where `names` is.
std::vector<std::string> nearest(const std::string& key, const std::vector<std::string>& names) {
  std::vector<std::string> best;
  std::size_t best_distance = 0;
  for (const auto& name : names) {
    const auto distance = edit_distance(key, name);
    if (best.empty() || distance < best_distance) {
      best = {name};
      best_distance = distance;
    } else if (distance == best_distance) {
      best.push_back(name);
    }
  }
  return best;
}

std::string joined(const std::vector<std::string>& names, const char* last_separator) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? last_separator : ", ";
    text += "`" + names[i] + "`";
  }
  return text;
}

std::string shown(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << value;
  return text.str();
}

std::string described(const Spec& value) {
  if (value.is_null()) return "NULL";
  if (value.flag()) return *value.flag() ? "TRUE" : "FALSE";
  if (const auto* numbers = value.numbers()) {
    return numbers->size() == 1 ? shown((*numbers)[0]) : std::to_string(numbers->size()) + " numbers";
  }
  if (const auto* texts = value.texts()) {
    return texts->size() == 1 ? "\"" + (*texts)[0] + "\"" : std::to_string(texts->size()) + " strings";
  }
  return "a list";
}

[[noreturn]] void refuse(const std::string& where, const std::string& key, const std::string& must, const Spec& given) {
  throw ConfigError("In " + where + ", `" + key + "` must be " + must + ", not " + described(given) + ".");
}

}  // namespace

Spec::Spec() = default;
Spec::Spec(const Spec& other) = default;
Spec::Spec(Spec&& other) noexcept = default;
Spec& Spec::operator=(const Spec& other) = default;
Spec& Spec::operator=(Spec&& other) noexcept = default;
Spec::~Spec() = default;
Spec::Spec(bool value) : value_(value) {}
Spec::Spec(double value) : value_(Numbers{value}) {}
Spec::Spec(int value) : Spec(static_cast<double>(value)) {}
Spec::Spec(std::int64_t value) : Spec(static_cast<double>(value)) {}
Spec::Spec(const char* value) : value_(Texts{value}) {}
Spec::Spec(std::string value) : value_(Texts{std::move(value)}) {}
Spec::Spec(Numbers value) : value_(std::move(value)) {}
Spec::Spec(Texts value) : value_(std::move(value)) {}
Spec::Spec(List value) : value_(std::move(value)) {}

const bool* Spec::flag() const { return std::get_if<bool>(&value_); }
const Spec::Numbers* Spec::numbers() const { return std::get_if<Numbers>(&value_); }
const Spec::Texts* Spec::texts() const { return std::get_if<Texts>(&value_); }
const Spec::List* Spec::list() const { return std::get_if<List>(&value_); }
bool Spec::equals(const Spec& other) const { return value_ == other.value_; }

const Spec* Spec::find(const std::string& name) const {
  const auto* entries = list();
  if (!entries) return nullptr;
  for (const auto& entry : *entries) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

std::string Spec::kind() const {
  const Spec* entry = find("kind");
  return entry == nullptr || entry->texts() == nullptr || entry->texts()->empty() ? "" : entry->texts()->front();
}

void Spec::set(const std::string& name, Spec value) {
  if (is_null()) value_ = List{};
  auto* entries = std::get_if<List>(&value_);
  if (!entries) throw ConfigError("Entry `" + name + "` can be set in a list only, not in " + described(*this) + ".");
  for (auto& entry : *entries) {
    if (entry.first == name) {
      entry.second = std::move(value);
      return;
    }
  }
  entries->emplace_back(name, std::move(value));
}

SpecReader::SpecReader(const Spec& spec, std::string where) : spec_(spec), where_(std::move(where)) {
  if (!spec.list())
    throw ConfigError("The specification of " + where_ + " must be a list, not " + described(spec) + ".");
  asked_.emplace_back("kind");  // whoever chose this reader has looked at it
}

bool SpecReader::has(const std::string& key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
  const auto* entry = spec_.find(key);
  return entry && !entry->is_null();
}

const Spec& SpecReader::required(const std::string& key) {
  if (!has(key)) throw ConfigError("In " + where_ + ", `" + key + "` is missing.");
  return *spec_.find(key);
}

double SpecReader::number(const std::string& key) {
  const auto& value = required(key);
  const auto* numbers = value.numbers();
  if (!numbers || numbers->size() != 1 || std::isnan((*numbers)[0])) refuse(where_, key, "a number", value);
  return (*numbers)[0];
}

double SpecReader::number(const std::string& key, double at_least, double at_most) {
  const auto value = number(key);
  if (value < at_least || value > at_most) {
    refuse(where_, key, "between " + shown(at_least) + " and " + shown(at_most), Spec(value));
  }
  return value;
}

std::int64_t SpecReader::integer(const std::string& key, std::int64_t at_least, std::int64_t at_most) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it, doubles skip whole numbers
  const auto value = number(key);
  const bool whole = std::abs(value) <= kExact && value == std::floor(value);
  if (!whole || static_cast<std::int64_t>(value) < at_least || static_cast<std::int64_t>(value) > at_most) {
    refuse(where_, key, "a whole number between " + std::to_string(at_least) + " and " + std::to_string(at_most),
           Spec(value));
  }
  return static_cast<std::int64_t>(value);
}

bool SpecReader::flag(const std::string& key) {
  const auto& value = required(key);
  if (!value.flag()) refuse(where_, key, "TRUE or FALSE", value);
  return *value.flag();
}

std::string SpecReader::text(const std::string& key) {
  const auto& value = required(key);
  const auto* texts = value.texts();
  if (!texts || texts->size() != 1) refuse(where_, key, "a string", value);
  return (*texts)[0];
}

std::string SpecReader::choice(const std::string& key, std::initializer_list<const char*> allowed) {
  auto value = text(key);
  std::string names;
  for (const auto* name : allowed) {
    if (value == name) return value;
    names += (names.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  refuse(where_, key, "one of " + names, Spec(value));
}

std::vector<double> SpecReader::numbers(const std::string& key) {
  const auto& value = required(key);
  if (!value.numbers()) refuse(where_, key, "a vector of numbers", value);
  return *value.numbers();
}

std::vector<std::string> SpecReader::texts(const std::string& key) {
  const auto& value = required(key);
  if (!value.texts()) refuse(where_, key, "a vector of strings", value);
  return *value.texts();
}

const Spec& SpecReader::child(const std::string& key) { return required(key); }

void SpecReader::finish() const {
  std::vector<std::string> unknown;
  std::vector<std::string> free_names;  // known and not in use: what a slip of the pen may have meant
  for (const auto& entry : *spec_.list()) {
    if (std::find(asked_.begin(), asked_.end(), entry.first) == asked_.end()) unknown.push_back(entry.first);
  }
  if (unknown.empty()) return;
  for (const auto& name : asked_) {
    if (!spec_.find(name)) free_names.push_back(name);
  }
  std::string hint;
  for (const auto& name : unknown) {
    const auto near = nearest(name, free_names.empty() ? asked_ : free_names);
    if (near.empty()) continue;
    hint += (hint.empty() ? "" : " ") + ("Instead of `" + name + "`, did you mean " + joined(near, " or ") + "?");
  }
  throw ConfigError(
      where_ + " knows no " + (unknown.size() == 1 ? "option " : "options ") + joined(unknown, " and ") + ".", hint);
}

}  // namespace amortflow
