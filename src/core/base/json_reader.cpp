#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>
#include <set>
#include <sstream>

#include "base/errors.h"
#include "base/json.h"
#include "base/json_format.h"

namespace amortflow {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// {"number": ...} and its like, or a list as it stands.
Spec unwrapped(Spec::List entries);

class Reader final {
 public:
  Reader(const std::string& text, bool plain) : text_(text), plain_(plain) {}

  Spec document() {
    auto spec = value(1).spec;
    skip_space();
    if (at_ != text_.size()) fail("unexpected characters after the value");
    return spec;
  }

 private:
  enum class Token { kNumber, kText, kOther };  // what an array must hold throughout to be a vector
  struct Value {
    Spec spec;
    Token token = Token::kOther;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError("The JSON is malformed at byte " + std::to_string(at_ + 1) + ": " + what + ".");
  }

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }

  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c, const char* where) {
    if (!accept(c)) fail(std::string("expected '") + c + "' " + where);
  }

  Value value(int depth) {
    skip_space();
    switch (peek()) {
      case '{': return {object(depth), Token::kOther};
      case '[': return {array(depth), Token::kOther};
      case '"': return {Spec(string()), Token::kText};
      case 't': return {word("true", Spec(true)), Token::kOther};
      case 'f': return {word("false", Spec(false)), Token::kOther};
      case 'n': return {word("null", Spec()), Token::kOther};
      default: return {Spec(number()), Token::kNumber};
    }
  }

  Spec word(const std::string& name, Spec meaning) {
    if (text_.compare(at_, name.size(), name) != 0) fail("expected a value");
    at_ += name.size();
    return meaning;
  }

  void enter(int depth) {
    if (depth > json_format::kMaxDepth) fail("nested more than 64 deep");
    ++at_;
  }

  Spec object(int depth) {
    enter(depth);
    Spec::List entries;
    std::set<std::string> names;
    if (!accept('}')) {
      do {
        skip_space();
        if (peek() != '"') fail("expected a key in quotes");
        auto name = string();
        if (!names.insert(name).second) fail("the key \"" + name + "\" appears twice");
        expect(':', "after a key");
        auto entry = value(depth + 1).spec;
        entries.emplace_back(std::move(name), std::move(entry));
      } while (accept(','));
      expect('}', "or ',' in an object");
    }
    return plain_ ? Spec(std::move(entries)) : unwrapped(std::move(entries));
  }

  Spec array(int depth) {
    enter(depth);
    Spec::List entries;
    bool numbers = true;
    bool texts = true;
    if (!accept(']')) {
      do {
        auto entry = value(depth + 1);
        numbers = numbers && entry.token == Token::kNumber;
        texts = texts && entry.token == Token::kText;
        entries.emplace_back(std::string(), std::move(entry.spec));
      } while (accept(','));
      expect(']', "or ',' in an array");
    }
    if (numbers) return Spec(numbers_of(entries));
    if (texts) return Spec(texts_of(entries));
    return Spec(std::move(entries));
  }

  static Spec::Numbers numbers_of(const Spec::List& entries) {
    Spec::Numbers numbers;
    for (const auto& entry : entries) numbers.push_back(entry.second.numbers()->front());
    return numbers;
  }

  static Spec::Texts texts_of(const Spec::List& entries) {
    Spec::Texts texts;
    for (const auto& entry : entries) texts.push_back(entry.second.texts()->front());
    return texts;
  }

  void digits() {
    if (!is_digit(peek())) fail("expected a digit");
    while (is_digit(peek())) ++at_;
  }

  double number() {
    const auto start = at_;
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) fail("expected a value");
    if (peek() == '0') {
      ++at_;
    } else {
      digits();
    }
    if (peek() == '.') {
      ++at_;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
    return parsed(text_.substr(start, at_ - start));
  }

  double parsed(const std::string& digits_text) const {
    std::istringstream stream(digits_text);
    stream.imbue(std::locale::classic());
    double result = 0;
    stream >> result;
    const bool underflow = std::abs(result) <= std::numeric_limits<double>::min();  // some libraries call it a failure
    if ((stream.fail() && !underflow) || !std::isfinite(result)) fail("a number is out of range");
    return result;
  }

  std::string string() {
    ++at_;
    std::string result;
    for (;;) {
      if (at_ >= text_.size()) fail("a string does not end");
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') break;
      if (byte < 0x20) fail("a control character in a string");
      if (byte == '\\') {
        escape(result);
      } else if (byte < 0x80) {
        result += text_[at_++];
      } else {
        copy_utf8(result);
      }
    }
    ++at_;
    return result;
  }

  void escape(std::string& result) {
    static const std::string kLetters = "\"\\/bfnrt";
    static const std::string kMeanings = "\"\\/\b\f\n\r\t";
    ++at_;
    if (peek() == 'u') {
      append_utf8(result, code_point());
      return;
    }
    const auto which = at_ < text_.size() ? kLetters.find(text_[at_]) : std::string::npos;
    if (which == std::string::npos) fail("an unknown escape in a string");
    result += kMeanings[which];
    ++at_;
  }

  std::uint32_t code_point() {
    const auto first = code_unit();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || text_.compare(at_, 2, "\\u") != 0) fail("half a surrogate pair");
    ++at_;
    const auto second = code_unit();
    if (second < 0xDC00 || second > 0xDFFF) fail("half a surrogate pair");
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  /// Four hexadecimal digits after the 'u' that is next.
  std::uint32_t code_unit() {
    ++at_;
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      std::uint32_t digit = 16;
      if (is_digit(c)) digit = static_cast<std::uint32_t>(c - '0');
      if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a') + 10;
      if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A') + 10;
      if (digit == 16) fail("an escape needs four hexadecimal digits");
      code = code * 16 + digit;
    }
    return code;
  }

  /// One character of two to four bytes; overlong forms, surrogates and what lies beyond U+10FFFF are malformed.
  void copy_utf8(std::string& result) {
    const auto lead = static_cast<unsigned char>(text_[at_]);
    const int extra = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    static const std::uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    std::uint32_t code = lead & (0x3FU >> extra);
    bool valid = lead >= 0xC2 && lead <= 0xF4 && at_ + static_cast<std::size_t>(extra) < text_.size();
    for (int i = 1; valid && i <= extra; ++i) {
      const auto byte = static_cast<unsigned char>(text_[at_ + static_cast<std::size_t>(i)]);
      valid = (byte & 0xC0) == 0x80;
      code = (code << 6) | (byte & 0x3F);
    }
    if (!valid || code < kLeast[extra] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) fail("invalid UTF-8");
    result.append(text_, at_, static_cast<std::size_t>(extra) + 1);
    at_ += static_cast<std::size_t>(extra) + 1;
  }

  const std::string& text_;
  bool plain_;
  std::size_t at_ = 0;
};

bool named_number(const std::string& name, double& value) {
  if (name == "NaN") value = std::numeric_limits<double>::quiet_NaN();
  if (name == "Inf") value = std::numeric_limits<double>::infinity();
  if (name == "-Inf") value = -std::numeric_limits<double>::infinity();
  return name == "NaN" || name == "Inf" || name == "-Inf";
}

/// The numbers in `wrapped`, a vector or an unnamed list of numbers and names of numbers; false if it is neither.
bool read_numbers(const Spec& wrapped, Spec::Numbers& numbers) {
  if (wrapped.numbers()) {
    numbers = *wrapped.numbers();
    return true;
  }
  Spec::List entries;
  if (wrapped.list()) entries = *wrapped.list();
  if (wrapped.texts()) {
    for (const auto& name : *wrapped.texts()) entries.emplace_back("", Spec(name));
  }
  for (const auto& entry : entries) {
    const auto* number = entry.second.numbers();
    const auto* name = entry.second.texts();
    double value = 0;
    if (!entry.first.empty()) return false;
    if (number && number->size() == 1) {
      value = number->front();
    } else if (!name || name->size() != 1 || !named_number(name->front(), value)) {
      return false;
    }
    numbers.push_back(value);
  }
  return !numbers.empty();
}

Spec::List unnamed_list(const Spec& vector) {
  Spec::List entries;
  if (vector.list()) return *vector.list();
  if (vector.numbers()) {
    for (const double value : *vector.numbers()) entries.emplace_back("", Spec(value));
  }
  if (vector.texts()) {
    for (const auto& value : *vector.texts()) entries.emplace_back("", Spec(value));
  }
  return entries;
}

Spec unwrapped(Spec::List entries) {
  if (entries.size() != 1 || !json_format::is_reserved(entries[0].first)) return Spec(std::move(entries));
  const auto& key = entries[0].first;
  const auto& inner = entries[0].second;
  if (key == json_format::kNumber) {
    Spec::Numbers numbers;
    if (read_numbers(inner, numbers)) return Spec(std::move(numbers));
  } else if (key == json_format::kText) {
    if (inner.numbers() && inner.numbers()->empty()) return Spec(Spec::Texts{});
  } else if (key == json_format::kList) {
    if (inner.numbers() || inner.texts()) return Spec(unnamed_list(inner));
  } else {
    auto pair = unnamed_list(inner);
    if (pair.size() == 2 && pair[0].first.empty() && pair[0].second.texts() && pair[0].second.texts()->size() == 1) {
      return Spec(Spec::List{{pair[0].second.texts()->front(), std::move(pair[1].second)}});
    }
  }
  return Spec(std::move(entries));
}

}  // namespace

Spec from_json(const std::string& text) { return Reader(text, false).document(); }
Spec from_plain_json(const std::string& text) { return Reader(text, true).document(); }

}  // namespace amortflow
