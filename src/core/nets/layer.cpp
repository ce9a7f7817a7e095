#include "nets/layer.h"

#include <algorithm>

#include "base/errors.h"

namespace amortflow {

namespace {

std::int64_t padded(std::int64_t cols) { return (cols + 15) / 16 * 16; }

}  // namespace

Panel Scratch::panel(std::size_t slot, std::int64_t rows, std::int64_t cols) {
  if (buffers_.size() <= slot) buffers_.resize(slot + 1);
  const std::int64_t floats = std::max<std::int64_t>(rows, 1) * padded(cols);
  AlignedBuffer& buffer = buffers_[slot];
  if (buffer.size() < floats) buffer = AlignedBuffer(floats);
  return Panel{buffer.data(), rows, cols, padded(cols)};
}

std::vector<std::int64_t>& Scratch::indices(std::size_t slot) {
  if (indices_.size() <= slot) indices_.resize(slot + 1);
  return indices_[slot];
}

Scratch& Scratch::child(std::size_t i) {
  while (children_.size() <= i) children_.push_back(std::make_unique<Scratch>());
  return *children_[i];
}

ConstRows Pass::weight(std::int64_t entry) const {
  const ParameterEntry& place = parameters->layout()[entry];
  return {parameters->at(entry), place.rows, place.cols, place.stride};
}

ConstRows Pass::mirror(std::int64_t entry) const {
  const ParameterEntry& place = parameters->layout()[entry];
  return {parameters->mirror(entry), place.cols, place.rows, place.mirror_stride};
}

Rows Pass::weight_gradient(std::int64_t entry) const {
  const ParameterEntry& place = parameters->layout()[entry];
  return {gradient + place.offset, place.rows, place.cols, place.stride};
}

void Layer::forward(const Pass&, const Panel&, Scratch&) const { throw ConfigError(name() + " has no fast form"); }

void Layer::backward(const Pass&, const Panel&, const Panel&, Scratch&) const {
  throw ConfigError(name() + " has no fast form");
}

void InvertibleLayer::invert(const Pass&, const Panel&, const Panel&, Scratch&) const {
  throw ConfigError(name() + " has no fast form");
}

}  // namespace amortflow
