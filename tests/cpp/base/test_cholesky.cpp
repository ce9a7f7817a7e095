#include <cmath>
#include <vector>

#include "base/cholesky.h"
#include "support/catch.h"

using namespace amortflow;
using Catch::Approx;

CATCH_TEST_CASE("A Cholesky factor gives its matrix, solutions and determinant back") {
  const std::vector<double> a{4, 2, -1, 2, 5, 0.5, -1, 0.5, 3};
  std::vector<double> l(9);
  CATCH_REQUIRE(cholesky(a.data(), 3, l.data()));
  CATCH_CHECK((l[3] == 0 && l[6] == 0 && l[7] == 0));
  std::vector<double> again(9);
  times_transpose(l.data(), 3, again.data());
  for (std::size_t i = 0; i < 9; ++i) CATCH_CHECK(again[i] == Approx(a[i]));
  // 4 (15 - 1/4) - 2 (6 + 1/2) - (1 + 5)
  CATCH_CHECK(log_determinant(l.data(), 3) == Approx(std::log(59.0 - 13 - 6)));
  std::vector<double> x{1, 2, 3};
  solve_lower(l.data(), 3, x.data());
  CATCH_CHECK(l[0] * x[0] == Approx(1));
  CATCH_CHECK(l[1] * x[0] + l[4] * x[1] == Approx(2));
  CATCH_CHECK(l[2] * x[0] + l[5] * x[1] + l[8] * x[2] == Approx(3));
}

CATCH_TEST_CASE("Matrices that are not positive definite have no Cholesky factor") {
  std::vector<double> l(4);
  for (const auto& a : std::vector<std::vector<double>>{{1, 2, 2, 1}, {0, 0, 0, 1}, {1, 1, 1, 1}, {1, 0, 0, NAN}}) {
    CATCH_CHECK_FALSE(cholesky(a.data(), 2, l.data()));
  }
}
