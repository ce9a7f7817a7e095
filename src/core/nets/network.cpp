#include "nets/network.h"

namespace amortflow {

void Network::declare(ParameterLayout& layout, const std::string& prefix) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i]->declare(layout, prefix + "." + layers_[i]->name() + "_" + std::to_string(i + 1));
  }
}

}  // namespace amortflow
