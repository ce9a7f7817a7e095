#include <cmath>
#include <limits>
#include <string>

#include "base/errors.h"
#include "base/json.h"
#include "support/catch.h"

using amortflow::ConfigError;
using amortflow::FormatError;
using amortflow::from_json;
using amortflow::from_plain_json;
using amortflow::Spec;
using amortflow::to_json;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Spec nested(int depth) {
  Spec spec(1);
  for (int i = 0; i < depth; ++i) spec = Spec(Spec::List{{"x", spec}});
  return spec;
}

}  // namespace

CATCH_TEST_CASE("every kind of spec comes back from JSON as it was") {
  const Spec specs[] = {
      Spec(), Spec(true), Spec(false), Spec(0), Spec(-0.0), Spec(0.1), Spec(1e300), Spec(5e-324), Spec(kInf),
      Spec(-kInf), Spec(std::numeric_limits<double>::max()), Spec("Inf"), Spec(""),
      Spec("quote\" slash\\ line\n tab\t \x01 \xC3\xA9"), Spec(Spec::Numbers{}), Spec(Spec::Numbers{1, 2.5}),
      Spec(Spec::Numbers{1, kInf}), Spec(Spec::Numbers{kInf, -kInf}), Spec(Spec::Texts{}), Spec(Spec::Texts{"a", "b"}),
      Spec(Spec::List{}), Spec(Spec::List{{"b", 1}, {"a", Spec()}, {"c", Spec::List{{"d", "e"}}}}),
      // unnamed lists that look like vectors
      Spec(Spec::List{{"", 1}}), Spec(Spec::List{{"", 1}, {"", 2}}), Spec(Spec::List{{"", "a"}, {"", "b"}}),
      Spec(Spec::List{{"", kInf}}), Spec(Spec::List{{"", 1}, {"", "a"}}), Spec(Spec::List{{"", true}, {"", false}}),
      Spec(Spec::List{{"", Spec::Numbers{1, 2}}, {"", Spec::Numbers{3, 4}}}), Spec(Spec::List{{"", Spec::List{}}}),
      Spec(Spec::List{{"", Spec::Numbers{}}}),
      // lists whose one key has a meaning
      Spec(Spec::List{{"number", 3}}), Spec(Spec::List{{"number", "Inf"}}), Spec(Spec::List{{"text", Spec::Numbers{}}}),
      Spec(Spec::List{{"list", Spec::Numbers{1, 2}}}), Spec(Spec::List{{"named", Spec::Texts{"a", "b"}}}),
      Spec(Spec::List{{"named", Spec(Spec::List{{"named", 1}})}}), Spec(Spec::List{{"number", 3}, {"text", 4}})};
  for (const auto& spec : specs) {
    const auto text = to_json(spec);
    CATCH_INFO(text);
    CATCH_CHECK(from_json(text) == spec);
  }
}

CATCH_TEST_CASE("numbers that are not finite survive JSON") {
  const auto back = from_json(to_json(Spec(Spec::Numbers{std::nan(""), 1})));
  CATCH_REQUIRE(back.numbers());
  CATCH_CHECK(std::isnan(back.numbers()->at(0)));
  CATCH_CHECK(back.numbers()->at(1) == 1);
  CATCH_CHECK(std::signbit(from_json(to_json(Spec(-0.0))).numbers()->front()));
  CATCH_CHECK(to_json(Spec(std::nan(""))) == "{\"number\": \"NaN\"}");
}

CATCH_TEST_CASE("JSON text is plain where it can be") {
  CATCH_CHECK(to_json(Spec(Spec::List{{"kind", "a"}, {"n", 3}, {"w", Spec::Numbers{1, 2}}})) ==
              "{\"kind\": \"a\", \"n\": 3, \"w\": [1, 2]}");
  CATCH_CHECK(to_json(Spec(0.1)) == "0.10000000000000001");
}

CATCH_TEST_CASE("JSON of others is read with escapes and without a meaning of keys") {
  CATCH_CHECK(from_json(" { \"a\" : [ 1 , -2.5e-1 ] , \"b\" : null } ") ==
              Spec(Spec::List{{"a", Spec::Numbers{1, -0.25}}, {"b", Spec()}}));
  CATCH_CHECK(from_json("\"\\u00e9\\ud83d\\ude00\\/\\b\"") == Spec("\xC3\xA9\xF0\x9F\x98\x80/\b"));
  CATCH_CHECK(from_plain_json("{\"number\": \"NaN\"}") == Spec(Spec::List{{"number", "NaN"}}));
  CATCH_CHECK(from_json("[[3]]") == Spec(Spec::List{{"", 3}}));
  CATCH_CHECK(from_json("1e-400") == Spec(0));
}

CATCH_TEST_CASE("malformed JSON is a FormatError, never anything else") {
  const std::string texts[] = {"",
                               " ",
                               "{",
                               "}",
                               "[",
                               "]",
                               "[1,]",
                               "[1 2]",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{\"a\":1,}",
                               "{a:1}",
                               "{\"a\":1 \"b\":2}",
                               "{\"a\":1,\"a\":2}",
                               "01",
                               "+1",
                               "1.",
                               ".5",
                               "1e",
                               "-",
                               "1e999",
                               "-1e999",
                               "NaN",
                               "Infinity",
                               "tru",
                               "nulll",
                               "\"",
                               "\"\\\"",
                               "\"\\x\"",
                               "\"\\u12\"",
                               "\"\\u12g4\"",
                               "\"\\ud800\"",
                               "\"\\udc00\"",
                               "\"\\ud800\\u0041\"",
                               "\"\n\"",
                               "1 2",
                               "\"\x80\"",
                               "\"\xC0\x80\"",
                               "\"\xED\xA0\x80\"",
                               "\"\xF5\x80\x80\x80\"",
                               "\"\xE2\x82\"",
                               "\"\xC3",
                               "\"\\",
                               "\"\\u",
                               std::string("\0", 1),
                               std::string("1\0", 2),
                               "'a'",
                               "[1}",
                               "{]",
                               "/* c */ 1"};
  for (const auto& text : texts) {
    CATCH_INFO(text);
    CATCH_CHECK_THROWS_AS(from_json(text), FormatError);
    CATCH_CHECK_THROWS_AS(from_plain_json(text), FormatError);
  }
}

CATCH_TEST_CASE("an error in JSON says where") {
  CATCH_CHECK_THROWS_WITH(from_json("[1, x]"), "The JSON is malformed at byte 5: expected a value.");
}

CATCH_TEST_CASE("every prefix of a JSON text is malformed") {
  const auto text =
      to_json(Spec(Spec::List{{"a", Spec::Numbers{1, kInf}}, {"b\n", Spec::List{{"", true}, {"", Spec()}}}}));
  for (std::size_t length = 0; length < text.size(); ++length) {
    CATCH_CHECK_THROWS_AS(from_json(text.substr(0, length)), FormatError);
  }
}

CATCH_TEST_CASE("what JSON can write it can read, up to the greatest depth") {
  CATCH_CHECK(from_json(to_json(nested(62))) == nested(62));
  CATCH_CHECK_THROWS_AS(to_json(nested(64)), ConfigError);
  CATCH_CHECK_NOTHROW(from_json(std::string(64, '[') + std::string(64, ']')));
  CATCH_CHECK_THROWS_AS(from_json(std::string(65, '[') + std::string(65, ']')), FormatError);
  CATCH_CHECK_THROWS_AS(from_json(std::string(1000000, '[')), FormatError);
  Spec wrapped(Spec::List{{"", 1}});  // takes two levels
  int depth = 0;
  try {
    for (; depth < 100; ++depth) {
      const auto text = to_json(wrapped);
      CATCH_REQUIRE(from_json(text) == wrapped);
      wrapped = Spec(Spec::List{{"x", wrapped}});
    }
  } catch (const ConfigError&) {
  }
  CATCH_CHECK(depth > 55);
  CATCH_CHECK(depth < 64);
}

CATCH_TEST_CASE("lists that JSON cannot hold are refused") {
  CATCH_CHECK_THROWS_AS(to_json(Spec(Spec::List{{"a", 1}, {"a", 2}})), ConfigError);
  CATCH_CHECK_THROWS_AS(to_json(Spec(Spec::List{{"a", 1}, {"", 2}})), ConfigError);
}
