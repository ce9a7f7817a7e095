#include "support/catch.h"
#include "train/schedule.h"

using namespace amortflow;

CATCH_TEST_CASE("the schedule warms up in a line, peaks, and comes down to zero along half a cosine") {
  const CosineSchedule schedule{2.0, 10, 110};
  for (std::int64_t step = 0; step < 10; ++step) {
    CATCH_CHECK(schedule.rate(step) == Catch::Approx(2.0 * static_cast<double>(step + 1) / 11));
  }
  CATCH_CHECK(schedule.rate(10) == Catch::Approx(2.0));
  CATCH_CHECK(schedule.rate(60) == Catch::Approx(1.0));
  for (std::int64_t step = 11; step <= 110; ++step) CATCH_CHECK(schedule.rate(step) < schedule.rate(step - 1));
  CATCH_CHECK(schedule.rate(109) > 0);
  CATCH_CHECK(schedule.rate(110) == Catch::Approx(0.0).margin(1e-12));
  CATCH_CHECK(schedule.rate(1000) == Catch::Approx(0.0).margin(1e-12));
}

CATCH_TEST_CASE("without warm-up a schedule starts at its peak, however short the run") {
  CATCH_CHECK(CosineSchedule{0.5, 0, 100}.rate(0) == Catch::Approx(0.5));
  CATCH_CHECK(CosineSchedule{0.5, 0, 1}.rate(0) == Catch::Approx(0.5));
  CATCH_CHECK(CosineSchedule{0.5, 1, 1}.rate(0) == Catch::Approx(0.25));
}
