#include <cmath>

#include "base/errors.h"
#include "support/catch.h"
#include "train/schedule.h"

using namespace amortflow;

namespace {

Schedule schedule_of(ScheduleKind kind, double peak, std::int64_t warmup_steps, std::int64_t total_steps) {
  return {kind, peak, warmup_steps, total_steps};
}

}  // namespace

CATCH_TEST_CASE("the cosine warms up in a line, peaks, and comes down to zero along half a cosine") {
  const Schedule schedule = schedule_of(ScheduleKind::kCosine, 2.0, 10, 110);
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
  for (const auto kind : {ScheduleKind::kCosine, ScheduleKind::kPlateau, ScheduleKind::kConstant}) {
    CATCH_CHECK(schedule_of(kind, 0.5, 0, 100).rate(0) == Catch::Approx(0.5));
    CATCH_CHECK(schedule_of(kind, 0.5, 0, 1).rate(0) == Catch::Approx(0.5));
    CATCH_CHECK(schedule_of(kind, 0.5, 1, 1).rate(0) == Catch::Approx(0.25));
  }
}

CATCH_TEST_CASE("one cycle goes up and down in lines of the same length, then far down") {
  const Schedule schedule = schedule_of(ScheduleKind::kOneCycle, 2.0, 7, 1000);  // has no other warm-up
  CATCH_CHECK(schedule.rate(0) == Catch::Approx(0.2));
  CATCH_CHECK(schedule.rate(225) == Catch::Approx(1.1));
  CATCH_CHECK(schedule.rate(450) == Catch::Approx(2.0));
  CATCH_CHECK(schedule.rate(675) == Catch::Approx(1.1));
  CATCH_CHECK(schedule.rate(900) == Catch::Approx(0.2));
  CATCH_CHECK(schedule.rate(1000) == Catch::Approx(0.002));
  CATCH_CHECK(schedule.rate(5000) == Catch::Approx(0.002));
  for (std::int64_t step = 1; step <= 1000; ++step) {
    CATCH_CHECK((schedule.rate(step) > schedule.rate(step - 1)) == (step <= 450));
  }
}

CATCH_TEST_CASE("a plateau's rate is the peak, halved as often as told; a constant one stays") {
  ScheduleMoves moves;
  const Schedule plateau = schedule_of(ScheduleKind::kPlateau, 3.0, 4, 100);
  CATCH_CHECK(plateau.rate(3, moves) == Catch::Approx(2.4));
  CATCH_CHECK(plateau.rate(50, moves) == Catch::Approx(3.0));
  moves.halvings = 3;
  CATCH_CHECK(plateau.rate(50, moves) == Catch::Approx(0.375));
  const Schedule constant = schedule_of(ScheduleKind::kConstant, 3.0, 4, 100);
  CATCH_CHECK(constant.rate(3, moves) == Catch::Approx(2.4));
  CATCH_CHECK(constant.rate(99, moves) == Catch::Approx(3.0));
}

CATCH_TEST_CASE("a stable rate comes down to zero once its decay has begun") {
  ScheduleMoves moves;
  const Schedule schedule = schedule_of(ScheduleKind::kStableDecay, 2.0, 10, 1000);
  CATCH_CHECK(schedule.rate(0, moves) == Catch::Approx(2.0 / 11));
  CATCH_CHECK(schedule.rate(900, moves) == Catch::Approx(2.0));
  moves.decay_begin = 300;
  moves.decay_end = 400;
  CATCH_CHECK(schedule.rate(299, moves) == Catch::Approx(2.0));
  CATCH_CHECK(schedule.rate(300, moves) == Catch::Approx(2.0));
  CATCH_CHECK(schedule.rate(325, moves) == Catch::Approx(2.0 * (1 - 0.5)));
  CATCH_CHECK(schedule.rate(381, moves) == Catch::Approx(2.0 * (1 - 0.9)));
  CATCH_CHECK(schedule.rate(400, moves) == Catch::Approx(0.0).margin(1e-12));
  CATCH_CHECK(schedule.rate(700, moves) == Catch::Approx(0.0).margin(1e-12));
}

CATCH_TEST_CASE("schedules have names, and only these") {
  CATCH_CHECK(schedule_kind("one_cycle") == ScheduleKind::kOneCycle);
  CATCH_CHECK(schedule_kind("stable_decay") == ScheduleKind::kStableDecay);
  CATCH_CHECK_THROWS_AS(schedule_kind("cosines"), ConfigError);
}
