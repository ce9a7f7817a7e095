#pragma once

// The one way to Catch2 for tests: it hides whether version 2.13 (one header) or 3 is installed. Macros have the prefix
// CATCH_ (CATCH_TEST_CASE, CATCH_SECTION, CATCH_REQUIRE, CATCH_CHECK, ...), because LibTorch defines CHECK itself.
// Catch::Approx and Catch::Matchers::WithinAbs, WithinRel, Equals and StartsWith exist under both versions; of text
// that contains another, say Catch::contains_text(...).

#define CATCH_CONFIG_PREFIX_ALL

#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
namespace Catch {
inline auto contains_text(const std::string& part) { return Matchers::ContainsSubstring(part); }
}  // namespace Catch
#else
#include <catch2/catch.hpp>
namespace Catch {
using Detail::Approx;
inline auto contains_text(const std::string& part) { return Matchers::Contains(part); }
}  // namespace Catch
#endif
