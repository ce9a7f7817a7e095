#include "nets/summary_network_properties.h"
#include "support/networks.h"

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

/// With the keys that came later.
SummaryCase time_series(const char* recurrent, std::int64_t skip_steps) {
  SummaryCase row = time_series(skip_steps != 2);
  row.name += std::string(", ") + recurrent + ", skips of " + std::to_string(skip_steps);
  row.spec.set("recurrent", recurrent);
  row.spec.set("skip_steps", skip_steps);
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

Spec::List transformer(const char* kind, std::int64_t width, std::int64_t heads, std::int64_t inducing_points) {
  return Spec::List{{"kind", kind},
                    {"summary_dim", 5},
                    {"width", width},
                    {"heads", heads},
                    {"blocks", 2},
                    {"feedforward", 11},
                    {"inducing_points", inducing_points},
                    {"seeds", width == 6 ? 3 : 1},
                    {"activation", "silu"},
                    {"log_size_center", 1.0}};
}

SummaryCase set_transformer(std::int64_t width, std::int64_t heads, std::int64_t inducing_points) {
  return {"set transformer, width " + std::to_string(width) + ", points " + std::to_string(inducing_points),
          transformer("set_transformer", width, heads, inducing_points)};
}

SummaryCase series_transformer(std::int64_t width, std::int64_t heads, std::int64_t inducing_points) {
  SummaryCase row{"transformer, points " + std::to_string(inducing_points),
                  transformer("transformer", width, heads, inducing_points)};
  row.spec.set("time_frequencies", 3);
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
  table.push_back(time_series("lstm", 0));
  table.push_back(time_series("lstm", 2));
  table.push_back(time_series("gru", 4));
  table.push_back(dense(4));
  table.push_back(dense(1));
  table.push_back(set_transformer(32, 2, 0));
  table.push_back(set_transformer(6, 3, 0));
  table.push_back(set_transformer(32, 2, 4));
  table.push_back(set_transformer(6, 2, 3));
  table.push_back(series_transformer(16, 1, 0));
  table.push_back(series_transformer(6, 2, 3));
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
