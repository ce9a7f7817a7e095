#include "nets/induced_attention.h"

#include <cmath>

#include "kernels/dispatch.h"
#include "nets/attention_pool.h"
#include "nets/feed_forward.h"
#include "nets/layer_norm.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t {
  kPoints,
  kQueries,
  kOfPoints,
  kAttended,
  kAttendedGradient,
  kQueriesGradient,
  kOfPointsGradient,
  kPointsGradient
};

Network network_of_points(const InducedAttentionOptions& options) {
  Network network;
  network.add(std::make_unique<AttentionPool>(
      AttentionPoolOptions{options.width, options.heads, options.points, PooledForm::kRows, 0}));
  network.add(feed_forward_block(options.width, options.feedforward, options.activation));
  network.add(std::make_unique<LayerNorm>(options.width));
  return network;
}

}  // namespace

InducedAttention::InducedAttention(InducedAttentionOptions options)
    : points_(options.points), to_points_(network_of_points(options)), attention_(options.width, options.heads) {}

void InducedAttention::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t width = attention_.width();
  const Initializer start = {Initializer::Kind::kNormal, std::sqrt(1.0 / static_cast<double>(width))};
  to_points_.declare(layout, prefix);
  query_weight_ = layout.add(prefix + ".query_weight", width, width, start, true);
  point_weight_ = layout.add(prefix + ".point_weight", width, 2 * width, start, true);
  output_weight_ = layout.add(prefix + ".output_weight", width, width, start, true);
  output_bias_ = layout.add(prefix + ".output_bias", 1, width, {}, false);
}

AttentionRows InducedAttention::rows(const Pass& pass,
                                     const Panel& queries,
                                     const Panel& of_points,
                                     Scratch& scratch) const {
  const std::int64_t width = attention_.width();
  return {queries.view(),   of_points.columns(0, width), of_points.columns(width, width),
          scratch.segments, &scratch.output_segments,    pass.goes_back()};
}

void InducedAttention::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = attention_.width();
  const Panel points =
      run_forward(to_points_, 0, to_points_.layers().size(), pass, scratch.input, *scratch.segments, scratch.child(0));
  scratch.output_segments.assign_uniform(scratch.segments->count(), points_);
  const Panel own_points = scratch.panel(kPoints, points.rows, width);
  k.copy(points.view(), own_points.view(), false);
  const Panel queries = scratch.panel(kQueries, out.rows, width);
  const Panel of_points = scratch.panel(kOfPoints, points.rows, 2 * width);
  const Panel attended = scratch.panel(kAttended, out.rows, width);
  k.multiply(scratch.input.view(), pass.weight(query_weight_), queries.view(), false);
  k.multiply(points.view(), pass.weight(point_weight_), of_points.view(), false);
  attention_.forward(rows(pass, queries, of_points, scratch), attended.view(), scratch.child(1));
  k.multiply(attended.view(), pass.weight(output_weight_), out.view(), false);
  k.add_bias(pass.weight(output_bias_).data, out.view());
}

void InducedAttention::backward(const Pass& pass,
                                const Panel& out_gradient,
                                const Panel& in_gradient,
                                Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = attention_.width();
  const std::int64_t count = scratch.segments->count() * points_;
  const Panel attended = scratch.panel(kAttended, out_gradient.rows, width);
  k.add_column_sums(out_gradient.view(), pass.weight_gradient(output_bias_).data);
  k.multiply_transposed(attended.view(), out_gradient.view(), pass.weight_gradient(output_weight_), true);
  const Panel attended_gradient = scratch.panel(kAttendedGradient, out_gradient.rows, width);
  k.multiply(out_gradient.view(), pass.mirror(output_weight_), attended_gradient.view(), false);
  const Panel by_queries = scratch.panel(kQueriesGradient, out_gradient.rows, width);
  const Panel by_points = scratch.panel(kOfPointsGradient, count, 2 * width);
  attention_.backward(rows(pass, scratch.panel(kQueries, out_gradient.rows, width),
                           scratch.panel(kOfPoints, count, 2 * width), scratch),
                      attended_gradient.view(),
                      {by_queries.view(), by_points.columns(0, width), by_points.columns(width, width)},
                      scratch.child(1));
  k.multiply_transposed(scratch.input.view(), by_queries.view(), pass.weight_gradient(query_weight_), true);
  k.multiply_transposed(scratch.panel(kPoints, count, width).view(), by_points.view(),
                        pass.weight_gradient(point_weight_), true);
  const Panel gradient = scratch.panel(kPointsGradient, count, width);
  k.multiply(by_points.view(), pass.mirror(point_weight_), gradient.view(), false);
  const bool wants_input = in_gradient.values != nullptr;
  const Panel through_points =
      run_backward(to_points_, 0, to_points_.layers().size(), pass, gradient, wants_input, scratch.child(0));
  if (!wants_input) return;
  k.copy(through_points.view(), in_gradient.view(), false);
  k.multiply(by_queries.view(), pass.mirror(query_weight_), in_gradient.view(), true);
}

}  // namespace amortflow
