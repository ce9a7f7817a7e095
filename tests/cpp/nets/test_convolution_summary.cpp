#include "nets/convolution_2d.h"
#include "nets/summary_network_properties.h"

using namespace amortflow;
using namespace amortflow::test;

namespace {

SummaryCase convolution(const std::string& name,
                        const std::vector<double>& shape,
                        const std::vector<double>& filters,
                        std::int64_t blocks,
                        std::int64_t kernel_size) {
  SummaryCase row{name, Spec::List{{"kind", "convolution"},
                                   {"summary_dim", 5},
                                   {"filters", filters},
                                   {"blocks", blocks},
                                   {"kernel_size", kernel_size},
                                   {"width", 18},
                                   {"activation", "silu"},
                                   {"log_size_center", 1.0}}};
  if (!shape.empty()) row.spec.set("shape", shape);
  row.ordered = true;
  return row;
}

SummaryCase grid(const std::string& name,
                 double height,
                 double width,
                 const std::vector<double>& filters,
                 std::int64_t blocks,
                 std::int64_t kernel_size,
                 std::int64_t channels) {
  SummaryCase row = convolution(name, {height, width}, filters, blocks, kernel_size);
  row.width = channels;
  row.positions = static_cast<std::int64_t>(height * width);
  return row;
}

std::vector<SummaryCase> convolutions() {
  std::vector<SummaryCase> table;
  table.push_back(convolution("series of several lengths", {}, {6, 17, 17}, 1, 3));
  table.push_back(convolution("series, wide window, two blocks", {}, {5, 7}, 2, 6));
  table.push_back(grid("odd grid", 5, 7, {6, 17}, 1, 3, 1));
  table.push_back(grid("grid of 16 channels", 4, 6, {16, 16}, 2, 3, 16));
  table.push_back(grid("grid smaller than the window", 2, 3, {4, 5, 6}, 1, 4, 3));
  table.push_back(grid("one place", 1, 1, {3}, 1, 1, 2));
  SummaryCase vector = convolution("vector", {9}, {6, 8}, 1, 3);
  vector.width = 9;
  vector.positions = 1;
  table.push_back(vector);
  return table;
}

/// A single 2-d convolution in plain loops and double.
double convolved(const std::vector<double>& input,
                 const Convolution2dOptions& options,
                 const at::Tensor& weight,
                 std::int64_t y,
                 std::int64_t x,
                 std::int64_t filter) {
  const std::int64_t before = (options.kernel_size - 1) / 2;
  double sum = 0;
  for (std::int64_t dy = 0; dy < options.kernel_size; ++dy) {
    for (std::int64_t dx = 0; dx < options.kernel_size; ++dx) {
      const std::int64_t i = y * options.stride - before + dy;
      const std::int64_t j = x * options.stride - before + dx;
      if (i < 0 || j < 0 || i >= options.height || j >= options.width) continue;
      for (std::int64_t c = 0; c < options.input_width; ++c) {
        const auto place = static_cast<std::size_t>((i * options.width + j) * options.input_width + c);
        const std::int64_t row = (dy * options.kernel_size + dx) * options.input_width + c;
        sum += input[place] * weight[row][filter].item<double>();
      }
    }
  }
  return sum;
}

}  // namespace

CATCH_TEST_CASE("residual convolutions show what every summary network must") {
  for (const SummaryCase& row : convolutions()) check_summary_network(row);
}

CATCH_TEST_CASE("a 2-d convolution is the sum over its window, with zeros beyond the edges") {
  for (const std::int64_t stride : {1, 2, 3}) {
    for (const std::int64_t size : {1, 2, 3, 5}) {
      const Convolution2dOptions options{4, 5, 2, 3, size, stride, Activation::kIdentity, false};
      auto layer = std::make_unique<Convolution2d>(options);
      const std::int64_t height = layer->output_height();
      const std::int64_t width = layer->output_columns();
      CATCH_CHECK(height == (4 + stride - 1) / stride);
      Network network;
      network.add(std::move(layer));
      ParameterLayout layout;
      network.declare(layout, "n");
      ParameterStore store(std::move(layout));
      store.initialize(3);
      const ParameterViews views(store);
      const at::NoGradGuard no_gradient;
      NetworkWorkspace workspace(store);
      const at::Tensor values = normal_tensor(2 * 20, 2, 11);
      const at::Tensor out = walk(network, data_state(values, Segments::uniform(2, 20)), views, workspace).values;
      CATCH_REQUIRE(out.size(0) == 2 * height * width);
      const at::Tensor second = values.narrow(0, 20, 20).to(at::kDouble).contiguous();
      const std::vector<double> input(second.data_ptr<double>(), second.data_ptr<double>() + second.numel());
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
          for (std::int64_t filter = 0; filter < 3; ++filter) {
            const double expected = convolved(input, options, views[0], y, x, filter);
            const double found = out[height * width + y * width + x][filter].item<double>();
            CATCH_CHECK(std::abs(found - expected) < 1e-5);
          }
        }
      }
    }
  }
}

CATCH_TEST_CASE("a convolution over grids takes no other grid, and specs no other shape") {
  const SummaryCase row = grid("grid", 4, 6, {4}, 1, 3, 1);
  const LayerState other = data_state(normal_tensor(20, 1, 11), Segments::uniform(1, 20));
  CATCH_CHECK_THROWS_AS(summarise(row, other, true), ShapeError);
  CATCH_CHECK_THROWS_AS(summarise(row, other, false), ShapeError);
  for (const std::vector<double>& shape : {std::vector<double>{4, 0}, {4, 2.5}, {2, 2, 2}}) {
    Spec spec = row.spec;
    spec.set("shape", shape);
    CATCH_CHECK_THROWS_AS(make_summary_network(spec, 1), ConfigError);
  }
  Spec spec = row.spec;
  spec.set("shape", std::vector<double>{3});
  CATCH_CHECK_THROWS_AS(make_summary_network(spec, 9), ConfigError);
  spec = row.spec;
  spec.set("filters", std::vector<double>{});
  CATCH_CHECK_THROWS_AS(make_summary_network(spec, 1), ConfigError);
}

CATCH_TEST_CASE("residual convolutions keep the scale of the data") {
  // No normalisation: at the start the summaries of twice the data differ from those of the data.
  for (const SummaryCase& row : convolutions()) {
    CATCH_INFO(row.name);
    const LayerState data = normal_data(row, summary_batches(row).front());
    const LayerState twice = data_state(data.values * 2, data.segments);
    CATCH_CHECK(relative_difference(summarise(row, twice, true), summarise(row, data, true)) > 0.05);
  }
}
