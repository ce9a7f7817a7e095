#include <cmath>
#include <locale>
#include <set>
#include <sstream>

#include "base/errors.h"
#include "base/json.h"
#include "base/json_format.h"

namespace amortflow {

namespace {

std::string written(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());  // R may run under a locale with decimal commas
  text.precision(17);
  text << value;
  return text.str();
}

std::string written_or_named(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"Inf\"" : "\"-Inf\"";
  return written(value);
}

bool all_finite(const Spec::Numbers& numbers) {
  for (const double value : numbers) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

std::string number_array(const Spec::Numbers& numbers) {
  if (numbers.size() == 1) return written_or_named(numbers[0]);
  std::string text = "[";
  for (const double value : numbers) text += (text.size() > 1 ? ", " : "") + written_or_named(value);
  return text + "]";
}

std::string text_array(const Spec::Texts& texts) {
  if (texts.size() == 1) return quote_json(texts[0]);
  std::string text = "[";
  for (const auto& value : texts) text += (text.size() > 1 ? ", " : "") + quote_json(value);
  return text + "]";
}

enum class Names { kNone, kAll };

Names names_of(const Spec::List& entries) {
  std::set<std::string> names;
  std::size_t unnamed = 0;
  for (const auto& entry : entries) {
    if (entry.first.empty()) {
      ++unnamed;
    } else if (!names.insert(entry.first).second) {
      throw ConfigError("The name `" + entry.first + "` appears twice in a list, which JSON cannot hold.");
    }
  }
  if (unnamed == 0) return Names::kAll;
  if (unnamed != entries.size()) throw ConfigError("A list must have all names or none to be written as JSON.");
  return Names::kNone;
}

/// An array of these would be read as a vector of numbers or of strings.
bool looks_like_vector(const Spec::List& entries) {
  bool numbers = true;
  bool texts = true;
  for (const auto& entry : entries) {
    const auto* number = entry.second.numbers();
    const auto* text = entry.second.texts();
    numbers = numbers && number && number->size() == 1 && all_finite(*number);
    texts = texts && text && text->size() == 1;
  }
  return numbers || texts;
}

class Writer final {
 public:
  std::string text(const Spec& spec, int depth) const {
    if (depth >= json_format::kMaxDepth) throw ConfigError("A list is nested too deeply to be written as JSON.");
    if (spec.is_null()) return "null";
    if (spec.flag()) return *spec.flag() ? "true" : "false";
    if (const auto* numbers = spec.numbers()) {
      return all_finite(*numbers) ? number_array(*numbers) : wrapped(json_format::kNumber, number_array(*numbers));
    }
    if (const auto* texts = spec.texts()) {
      return texts->empty() ? wrapped(json_format::kText, "[]") : text_array(*texts);
    }
    return names_of(*spec.list()) == Names::kAll ? object(*spec.list(), depth) : array(*spec.list(), depth);
  }

 private:
  static std::string wrapped(const char* key, const std::string& value) {
    return "{\"" + std::string(key) + "\": " + value + "}";
  }

  std::string object(const Spec::List& entries, int depth) const {
    if (entries.size() == 1 && json_format::is_reserved(entries[0].first)) {
      const auto value = text(entries[0].second, depth + 2);
      return wrapped(json_format::kNamed, "[" + quote_json(entries[0].first) + ", " + value + "]");
    }
    std::string result = "{";
    for (const auto& entry : entries) {
      result += (result.size() > 1 ? ", " : "") + quote_json(entry.first) + ": " + text(entry.second, depth + 1);
    }
    return result + "}";
  }

  std::string array(const Spec::List& entries, int depth) const {
    const bool wrap = looks_like_vector(entries);
    std::string result = "[";
    for (const auto& entry : entries) {
      result += (result.size() > 1 ? ", " : "") + text(entry.second, depth + (wrap ? 2 : 1));
    }
    result += "]";
    return wrap ? wrapped(json_format::kList, result) : result;
  }
};

}  // namespace

std::string to_json(const Spec& spec) { return Writer{}.text(spec, 1); }

std::string quote_json(const std::string& text) {
  static const char* const kHex = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (byte < 0x20) {
      result += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      result += c;
    }
  }
  return result + "\"";
}

}  // namespace amortflow
