#include <limits>
#include <string>

#include "base/errors.h"
#include "base/spec.h"
#include "support/catch.h"

using amortflow::ConfigError;
using amortflow::Spec;
using amortflow::SpecReader;

namespace {

Spec flow() {
  Spec spec;
  spec.set("kind", "coupling_flow");
  spec.set("layers", 6);
  spec.set("widths", Spec::Numbers{128, 64});
  spec.set("activation", "silu");
  spec.set("residual", true);
  spec.set("empty", Spec());
  return spec;
}

/// The error of `read`, or an empty one.
template <class Read>
std::pair<std::string, std::string> error_of(Read read) {
  try {
    read();
  } catch (const ConfigError& error) {
    return {error.what(), error.hint()};
  }
  return {};
}

}  // namespace

CATCH_TEST_CASE("a spec replaces, appends and finds entries") {
  auto spec = flow();
  spec.set("layers", 7);
  CATCH_REQUIRE(spec.list()->size() == 6);
  CATCH_CHECK(*spec.find("layers") == Spec(7));
  CATCH_CHECK(*spec.find("layers") == Spec(Spec::Numbers{7}));
  CATCH_CHECK(spec.find("layer") == nullptr);
  CATCH_CHECK(Spec(3).find("layers") == nullptr);
  Spec number(3);
  CATCH_CHECK_THROWS_AS(number.set("layers", 1), ConfigError);
}

CATCH_TEST_CASE("a reader returns values of the right type") {
  const auto spec = flow();
  SpecReader reader(spec, "inference_coupling_flow()");
  CATCH_CHECK(reader.integer("layers", 1, 64) == 6);
  CATCH_CHECK(reader.number("layers") == 6);
  CATCH_CHECK(reader.numbers("widths") == Spec::Numbers{128, 64});
  CATCH_CHECK(reader.choice("activation", {"relu", "silu"}) == "silu");
  CATCH_CHECK(reader.texts("activation") == Spec::Texts{"silu"});
  CATCH_CHECK(reader.flag("residual"));
  CATCH_CHECK_FALSE(reader.has("empty"));
  CATCH_CHECK_FALSE(reader.has("absent"));
  CATCH_CHECK_NOTHROW(reader.finish());
}

CATCH_TEST_CASE("an unknown key is an error that names the nearest known one") {
  auto spec = flow();
  spec.set("actvation", "relu");
  SpecReader reader(spec, "inference_coupling_flow()");
  for (const auto* key : {"layers", "widths", "residual", "empty", "activation", "dropout"}) (void)reader.has(key);
  const auto error = error_of([&] { reader.finish(); });
  CATCH_CHECK(error.first == "inference_coupling_flow() knows no option `actvation`.");
  CATCH_CHECK(error.second == "Instead of `actvation`, did you mean `dropout`?");
}

CATCH_TEST_CASE("a misspelt option is matched with an option that is not in use") {
  const Spec spec(Spec::List{{"layrs", 3}, {"widht", 64}});
  SpecReader reader(spec, "a flow");
  CATCH_CHECK_FALSE(reader.has("layers"));
  CATCH_CHECK_FALSE(reader.has("width"));
  const auto error = error_of([&] { reader.finish(); });
  CATCH_CHECK(error.first == "a flow knows no options `layrs` and `widht`.");
  CATCH_CHECK(error.second == "Instead of `layrs`, did you mean `layers`? Instead of `widht`, did you mean `width`?");
}

CATCH_TEST_CASE("wrong values are refused with what must hold and what was given") {
  const auto spec = flow();
  SpecReader reader(spec, "a flow");
  CATCH_CHECK(error_of([&] { reader.integer("layers", 1, 5); }).first ==
              "In a flow, `layers` must be a whole number between 1 and 5, not 6.");
  CATCH_CHECK(error_of([&] { reader.number("layers", 0, 1); }).first ==
              "In a flow, `layers` must be between 0 and 1, not 6.");
  CATCH_CHECK(error_of([&] { reader.number("widths"); }).first ==
              "In a flow, `widths` must be a number, not 2 numbers.");
  CATCH_CHECK(error_of([&] { reader.text("layers"); }).first == "In a flow, `layers` must be a string, not 6.");
  CATCH_CHECK(error_of([&] { reader.flag("activation"); }).first ==
              "In a flow, `activation` must be TRUE or FALSE, not \"silu\".");
  CATCH_CHECK(error_of([&] {
                reader.choice("activation", {"relu", "tanh"});
              }).first == "In a flow, `activation` must be one of \"relu\", \"tanh\", not \"silu\".");
  CATCH_CHECK(error_of([&] { reader.number("empty"); }).first == "In a flow, `empty` is missing.");
  CATCH_CHECK(error_of([] { SpecReader(Spec(1), "a flow"); }).first ==
              "The specification of a flow must be a list, not 1.");
}

CATCH_TEST_CASE("whole numbers must be whole, finite and exact") {
  for (const double value : {1.5, 1e300, -1e300, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN(), 9007199254740994.0}) {
    const Spec spec(Spec::List{{"n", value}});
    SpecReader reader(spec, "x");
    CATCH_CHECK_THROWS_AS(
        reader.integer("n", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()),
        ConfigError);
  }
}
