#include <vector>

#include "base/errors.h"
#include "support/batches.h"
#include "support/catch.h"
#include "support/normal_model.h"
#include "train/simulation_bank.h"

using namespace amortflow;
using amortflow::test::identity_adapter;
using amortflow::test::NormalModel;
using amortflow::test::same;

namespace {

TrainingBatch simulated(std::int64_t first, std::int64_t count) {
  NormalModel model;
  model.shortest = 1;
  model.longest = 4;
  std::int64_t dropped = 0;
  return adapt_simulations(model.draw(first, count, 3), first, Adapter(identity_adapter()), dropped);
}

}  // namespace

CATCH_TEST_CASE("a bank gives the data sets that are asked for, wherever they lie") {
  SimulationBank bank;
  for (std::int64_t i = 0; i < 5; ++i) bank.append(simulated(6 * i, 6));
  CATCH_CHECK(bank.count() == 30);
  const std::vector<std::int64_t> which{29, 0, 6, 6, 17, 5};
  CATCH_CHECK(same(bank.select(which), select(simulated(0, 30), which)));
  CATCH_CHECK(bank.select({}).count() == 0);
}

CATCH_TEST_CASE("a bank lets the oldest go") {
  SimulationBank bank;
  for (std::int64_t i = 0; i < 5; ++i) bank.append(simulated(6 * i, 6));
  bank.keep_last(2);
  CATCH_CHECK(bank.batches() == 2);
  const std::vector<std::int64_t> all{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  CATCH_CHECK(same(bank.select(all), simulated(18, 12)));
  bank.keep_last(7);
  CATCH_CHECK(bank.batches() == 2);
  bank.keep_last(0);
  bank.append(simulated(0, 3));  // from here on of another size
  CATCH_CHECK(bank.count() == 3);
}

CATCH_TEST_CASE("batches of another size, or without a data set, are refused") {
  SimulationBank bank;
  CATCH_CHECK_THROWS_AS(bank.append(simulated(0, 0)), ShapeError);
  bank.append(simulated(0, 6));
  CATCH_CHECK_THROWS_AS(bank.append(simulated(0, 5)), ShapeError);
}
