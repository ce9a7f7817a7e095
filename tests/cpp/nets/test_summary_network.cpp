#include "nets/summary_network_properties.h"
#include "support/networks.h"

using namespace amortflow;
using namespace amortflow::test;

namespace {

Spec deep_set() {
  return Spec::List{{"kind", "deep_set"}, {"summary_dim", 5},     {"width", 18},           {"depth", 2},
                    {"equivariant", 2},   {"activation", "silu"}, {"log_size_center", 1.0}};
}

Spec time_series() {
  return Spec::List{{"kind", "time_series"}, {"summary_dim", 5},      {"filters", 6},        {"kernel_size", 3},
                    {"recurrent_dim", 7},    {"bidirectional", true}, {"activation", "silu"}};
}

Spec dense(std::int64_t positions) {
  return Spec::List{{"kind", "dense"}, {"summary_dim", 5}, {"positions", positions},
                    {"width", 18},     {"depth", 2},       {"activation", "silu"}};
}

}  // namespace

CATCH_TEST_CASE("a dense summary network sees every number of a data set, and no data set of another length") {
  const SummaryCase row{"dense", dense(4)};
  const auto run = [&](const Segments& segments, bool fast) {
    return run_summary(row, normal_data(row, segments), fast);
  };
  CATCH_CHECK(run(Segments::uniform(5, 4), true).data_gradient.abs().min().item<double>() > 0);
  CATCH_CHECK_THROWS_AS(run(Segments::uniform(5, 3), true), ShapeError);
  CATCH_CHECK_THROWS_AS(run(Segments::of_lengths({4, 4, 3}), true), ShapeError);
  CATCH_CHECK_THROWS_AS(run(Segments::of_lengths({4, 4, 3}), false), ShapeError);
}

CATCH_TEST_CASE("specs of summary networks reject what they do not know") {
  CATCH_CHECK(make_summary_network(Spec(Spec::List{{"kind", "identity"}}), 3).output_width(3) == 3);
  CATCH_CHECK_THROWS_AS(make_summary_network(Spec(Spec::List{{"kind", "identity"}, {"width", 3}}), 3), ConfigError);
  CATCH_CHECK_THROWS_AS(make_summary_network(Spec(Spec::List{{"width", 3}}), 3), ConfigError);
  for (Spec spec : {deep_set(), time_series(), dense(2)}) {
    spec.set("activation", "softly");
    CATCH_CHECK_THROWS_AS(make_summary_network(spec, 3), ConfigError);
  }
  Spec series = time_series();
  series.set("filter", 6);
  CATCH_CHECK_THROWS_AS(make_summary_network(series, 3), ConfigError);
}
