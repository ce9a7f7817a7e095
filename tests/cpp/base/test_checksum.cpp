#include <cstring>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "support/catch.h"

using namespace amortflow;

namespace {

std::uint64_t of_text(const std::string& text) {
  return xxh64(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

// Known answers of the reference implementation (xxhsum of xxHash 0.8).
CATCH_TEST_CASE("XXH64 gives the reference's answers for all lengths of tails") {
  CATCH_CHECK(of_text("") == 0xEF46DB3751D8E999U);
  CATCH_CHECK(of_text("a") == 0xD24EC4F1A98C6E5BU);
  CATCH_CHECK(of_text("abc") == 0x44BC2CF5AD770999U);
  CATCH_CHECK(of_text("The quick brown fox jumps over the lazy dog") == 0x0B242D361FDA71BCU);
}

CATCH_TEST_CASE("every byte of a long text counts") {
  std::vector<std::uint8_t> bytes(1003);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  const auto whole = xxh64(bytes.data(), bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1;
    CATCH_CHECK(xxh64(bytes.data(), bytes.size()) != whole);
    bytes[i] ^= 1;
  }
  CATCH_CHECK(xxh64(bytes.data(), bytes.size() - 1) != whole);
}
