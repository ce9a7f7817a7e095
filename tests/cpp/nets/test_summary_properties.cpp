#include "nets/summary_network_properties.h"

using namespace amortflow;
using namespace amortflow::test;

namespace {

SummaryCase deep_set(std::int64_t width, std::int64_t equivariant) {
  return {"deep set, " + std::to_string(equivariant) + " modules", Spec::List{{"kind", "deep_set"},
                                                                              {"summary_dim", 5},
                                                                              {"width", width},
                                                                              {"depth", 2},
                                                                              {"equivariant", equivariant},
                                                                              {"activation", "silu"},
                                                                              {"log_size_center", 1.0}}};
}

SummaryCase time_series(bool bidirectional) {
  SummaryCase row{bidirectional ? "series, both directions" : "series, one direction",
                  Spec::List{{"kind", "time_series"},
                             {"summary_dim", 5},
                             {"filters", 6},
                             {"kernel_size", 3},
                             {"recurrent_dim", 7},
                             {"bidirectional", bidirectional},
                             {"activation", "tanh"}}};
  row.ordered = true;
  return row;
}

SummaryCase dense(std::int64_t positions) {
  SummaryCase row{"dense", Spec::List{{"kind", "dense"},
                                      {"summary_dim", 5},
                                      {"positions", positions},
                                      {"width", 18},
                                      {"depth", 2},
                                      {"activation", "elu"}}};
  row.positions = positions;
  row.ordered = true;
  return row;
}

/// Every summary network enters here, small and of odd sizes.
std::vector<SummaryCase> summary_networks() {
  std::vector<SummaryCase> table;
  table.push_back(deep_set(18, 2));
  table.push_back(deep_set(1, 0));
  table.push_back(time_series(true));
  table.push_back(time_series(false));
  table.push_back(dense(4));
  table.push_back(dense(1));
  return table;
}

void on_every_network(void (*check)(const SummaryCase&)) {
  for (const SummaryCase& row : summary_networks()) check(row);
}

}  // namespace

CATCH_TEST_CASE("summary networks: fast forms agree with reference() in value and every gradient") {
  on_every_network(check_fused_against_reference);
}
CATCH_TEST_CASE("summary networks: the gradient reaches every parameter") {
  on_every_network(check_gradient_reaches_every_parameter);
}
CATCH_TEST_CASE("summary networks: reference() in double agrees with finite differences") {
  on_every_network(check_reference_against_differences);
}
CATCH_TEST_CASE("summary networks: a data set's summary does not depend on the others in the batch") {
  on_every_network(check_batch_invariance);
}
CATCH_TEST_CASE("summary networks: padding has no part in summaries and gradients") {
  on_every_network(check_padding_invariance);
}
CATCH_TEST_CASE("summary networks: sets do not see the order of rows, series do") { on_every_network(check_order); }
CATCH_TEST_CASE("summary networks: extreme input gives finite summaries and gradients") {
  on_every_network(check_finite_on_extreme_input);
}
CATCH_TEST_CASE("summary networks: specs and weights that were saved give the same summaries") {
  on_every_network(check_save_and_load);
}
CATCH_TEST_CASE("summary networks: unknown keys of a spec are refused") { on_every_network(check_unknown_keys); }
