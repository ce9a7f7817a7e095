#include "flows/ratio_network.h"

namespace amortflow {

RatioOptions RatioOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "a network of ratios");
  RatioOptions options;
  reader.choice("kind", {"ratio"});
  options.width = reader.integer("width", 1, 4096);
  options.hidden = reader.integer("hidden", 1, 64);
  options.activation = reader.text("activation");
  options.alternatives = reader.integer("alternatives", 1, 100000);
  options.gamma = reader.number("gamma", 1e-6, 1e6);
  options.balance = reader.number("balance", 0, 1e6);
  reader.finish();
  return options;
}

RatioNetwork::RatioNetwork(const RatioOptions& options, std::int64_t target_width, std::int64_t condition_width) {
  RatioHeadOptions head;
  head.stack.input_width = target_width;
  head.stack.condition_width = condition_width;
  head.stack.width = options.width;
  head.stack.depth = options.hidden;
  head.stack.activation = activation_from(options.activation);
  head.alternatives = options.alternatives;
  head.gamma = options.gamma;
  head.balance = options.balance;
  auto layer = std::make_unique<RatioHead>(head);
  head_ = layer.get();
  network_.add(std::move(layer));
}

}  // namespace amortflow
