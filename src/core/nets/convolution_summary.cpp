#include "nets/convolution_summary.h"

#include <memory>

#include "base/errors.h"
#include "nets/add_dense.h"
#include "nets/convolution.h"
#include "nets/convolution_2d.h"
#include "nets/residual.h"
#include "nets/segment_moments.h"
#include "nets/segment_unflatten.h"
#include "nets/summary_limits.h"

namespace amortflow {

namespace {

/// One convolution of the network, whatever it runs over.
struct Step {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t kernel_size = 1;
  std::int64_t stride = 1;
  Activation activation = Activation::kIdentity;
  bool starts_at_zero = false;
};

/// Adds convolutions over the grid as it has become so far, or along series.
class Convolutions final {
 public:
  explicit Convolutions(const ConvolutionSummaryOptions& options)
      : options_(options), activation_(activation_from(options.activation)), grid_(options.shape) {}

  void add_stem(Network& network, std::int64_t input) const {
    add(network, {input, options_.filters.front(), options_.kernel_size, 1, activation_, false});
  }

  /// shortcut(x) + W2 a(W1 x); the block starts as its shortcut, so that depth costs nothing at first.
  void add_block(Network& network, std::int64_t input, std::int64_t output, std::int64_t stride) {
    Network branch;
    Network shortcut;
    add(branch, {input, output, options_.kernel_size, stride, activation_, false});
    if (stride > 1 || input != output) add(shortcut, {input, output, stride, stride, Activation::kIdentity, false});
    for (auto& side : grid_) side = (side + stride - 1) / stride;
    add(branch, {output, output, options_.kernel_size, 1, Activation::kIdentity, true});
    network.add(std::make_unique<Residual>(std::move(branch), std::move(shortcut)));
  }

 private:
  void add(Network& network, const Step& step) const {
    if (grid_.size() == 2) {
      network.add(std::make_unique<Convolution2d>(Convolution2dOptions{grid_[0], grid_[1], step.input, step.output,
                                                                       step.kernel_size, step.stride, step.activation,
                                                                       step.starts_at_zero}));
    } else {
      network.add(std::make_unique<Convolution>(ConvolutionOptions{step.input, step.output, step.kernel_size,
                                                                   step.activation, step.stride, step.starts_at_zero}));
    }
  }

  const ConvolutionSummaryOptions& options_;
  Activation activation_;
  std::vector<std::int64_t> grid_;
};

std::vector<std::int64_t> whole_numbers(SpecReader& reader,
                                        const std::string& key,
                                        std::size_t most,
                                        std::int64_t upper) {
  const std::vector<double> numbers = reader.numbers(key);
  std::vector<std::int64_t> whole;
  for (const double number : numbers) {
    const bool fits = number >= 1 && number <= static_cast<double>(upper);
    if (fits) whole.push_back(static_cast<std::int64_t>(number));
    if (!fits || static_cast<double>(whole.back()) != number) {
      throw ConfigError("`" + key + "` of summary_convolution() must be whole numbers between 1 and " +
                        std::to_string(upper) + ".");
    }
  }
  if (whole.empty() || whole.size() > most) {
    throw ConfigError("`" + key + "` of summary_convolution() must be 1 to " + std::to_string(most) + " numbers, not " +
                      std::to_string(whole.size()) + ".");
  }
  return whole;
}

}  // namespace

ConvolutionSummaryOptions ConvolutionSummaryOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "summary_convolution()");
  ConvolutionSummaryOptions options;
  reader.choice("kind", {"convolution"});
  options.summary_dim = reader.integer("summary_dim", 1, kWidest);
  if (reader.has("shape")) options.shape = whole_numbers(reader, "shape", 2, kLongest);
  options.filters = whole_numbers(reader, "filters", 16, kWidest);
  options.blocks = reader.integer("blocks", 1, kDeepest);
  options.kernel_size = reader.integer("kernel_size", 1, 64);
  options.width = reader.integer("width", 1, kWidest);
  options.activation = reader.text("activation");
  options.log_size_center = reader.number("log_size_center");
  reader.finish();
  return options;
}

Network make_convolution_summary(const ConvolutionSummaryOptions& options, std::int64_t data_width) {
  const Activation activation = activation_from(options.activation);
  Network network;
  const bool is_vector = options.shape.size() == 1;
  if (is_vector && options.shape.front() != data_width) {
    throw ConfigError("`shape` of summary_convolution() must be the number of variables of a vector.");
  }
  if (is_vector) network.add(std::make_unique<SegmentUnflatten>(data_width));
  std::int64_t width = options.filters.front();
  Convolutions convolutions(options);
  convolutions.add_stem(network, is_vector ? 1 : data_width);
  for (std::size_t stage = 0; stage < options.filters.size(); ++stage) {
    for (std::int64_t block = 0; block < options.blocks; ++block) {
      convolutions.add_block(network, width, options.filters[stage], stage > 0 && block == 0 ? 2 : 1);
      width = options.filters[stage];
    }
  }
  auto moments =
      std::make_unique<SegmentMoments>(SegmentMomentsOptions{width, options.shape.empty(), options.log_size_center});
  width = moments->output_width();
  network.add(std::move(moments));
  add_dense(network, width, options.width, activation);
  add_dense(network, options.width, options.summary_dim, Activation::kIdentity);
  return network;
}

}  // namespace amortflow
