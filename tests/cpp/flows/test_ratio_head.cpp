#include <string>

#include "base/torch_compat.h"
#include "flows/inference_state.h"
#include "flows/ratio_network.h"
#include "nets/weight_mirrors.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/panels.h"
#include "support/walk.h"

using namespace amortflow;
using amortflow::test::normal_tensor;
using amortflow::test::perturb;
using amortflow::test::relative_difference;

namespace {

struct Fixture {
  Fixture(double alternatives, double gamma, double balance)
      : network(RatioOptions::from_spec(Spec::List{{"kind", "ratio"},
                                                   {"width", 12},
                                                   {"hidden", 2},
                                                   {"activation", "tanh"},
                                                   {"alternatives", alternatives},
                                                   {"gamma", gamma},
                                                   {"balance", balance}}),
                2,
                3),
        store(layout(network)) {
    store.initialize(2);
    perturb(store, 4, 0.3);
    refresh_mirrors(store);
  }
  static ParameterLayout layout(RatioNetwork& network) {
    ParameterLayout declared;
    network.declare(declared, "ratio");
    return declared;
  }

  RatioNetwork network;
  ParameterStore store;
};

void check_gradients(Fixture fixture, std::int64_t rows) {
  AlignedBuffer fast_gradient(fixture.store.layout().floats());
  AlignedBuffer slow_gradient(fixture.store.layout().floats());
  const ParameterViews fast(fixture.store, fast_gradient);
  const ParameterViews slow(fixture.store, slow_gradient);
  const at::Tensor targets = normal_tensor(rows, 2, 21);
  const at::Tensor weights = normal_tensor(rows, 1, 23);
  const at::Tensor c_fast = normal_tensor(rows, 3, 22).requires_grad_(true);
  const at::Tensor c_slow = normal_tensor(rows, 3, 22).requires_grad_(true);
  NetworkWorkspace workspace(fixture.store, &fast_gradient);
  const at::Tensor walked = walk(fixture.network.loss(), inference_state(targets, c_fast), fast, workspace).values;
  const at::Tensor defined = fixture.network.loss().reference(inference_state(targets, c_slow), slow).values;
  const torch_compat::SilentWarnings silent;
  (walked * weights).sum().backward();
  (defined * weights).sum().backward();
  CATCH_CHECK(relative_difference(walked.detach(), defined.detach()) < 1e-5);
  CATCH_CHECK(relative_difference(c_fast.grad(), c_slow.grad()) < 1e-5);
  for (std::int64_t i = 0; i < slow.size(); ++i) {
    CATCH_INFO(fixture.store.layout()[i].name);
    CATCH_CHECK(relative_difference(fast[i].grad(), slow[i].grad()) < 1e-5);
  }
}

}  // namespace

CATCH_TEST_CASE("the ratio head agrees with reference() in value and every gradient") {
  check_gradients(Fixture(100, 1, 0), 17);
  check_gradients(Fixture(4, 2.5, 0), 17);
  check_gradients(Fixture(1, 0.5, 0), 9);
  check_gradients(Fixture(5, 1, 100), 12);
}

CATCH_TEST_CASE("a row without others has no ratio to learn") {
  const Fixture fixture(5, 1, 1);
  Scratch given;
  Scratch scratch;
  Pass pass;
  pass.parameters = &fixture.store;
  pass.condition = panel_of(normal_tensor(1, 3, 1), 0, given);
  const Panel loss = run_loss(fixture.network, pass, panel_of(normal_tensor(1, 2, 2), 1, given), scratch);
  CATCH_CHECK(loss.values[0] == 0);
}
