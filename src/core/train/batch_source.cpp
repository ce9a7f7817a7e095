#include "train/batch_source.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/errors.h"
#include "base/random.h"

namespace amortflow {

namespace {

// A bank of simulations is large enough that sharing it out over threads pays, and small enough to stay in cache.
constexpr std::int64_t kBankSimulations = 2048;

bool all_finite(const double* values, std::int64_t n) {
  return std::all_of(values, values + n, [](double value) { return std::isfinite(value); });
}

/// Which simulations are finite in parameters and data.
std::vector<std::int64_t> finite_rows(const Simulations& simulations) {
  std::vector<std::int64_t> rows;
  const auto& data = simulations.data;
  for (std::int64_t i = 0; i < data.count(); ++i) {
    const auto first = data.segments.offsets[static_cast<std::size_t>(i)];
    const std::int64_t numbers = data.segments.length(i) * data.values.cols;
    if (numbers > 0 && all_finite(simulations.parameters.row(i), simulations.parameters.cols) &&
        all_finite(data.values.row(first), numbers)) {
      rows.push_back(i);
    }
  }
  return rows;
}

template <class T>
RaggedRows<T> select(const RaggedRows<T>& from, const std::vector<std::int64_t>& rows) {
  RaggedRows<T> part;
  for (const auto i : rows) part.segments.offsets.push_back(part.segments.offsets.back() + from.segments.length(i));
  part.values = Matrix<T>(part.segments.rows(), from.values.cols);
  T* out = part.values.values.data();
  for (const auto i : rows) {
    const auto first = from.segments.offsets[static_cast<std::size_t>(i)];
    out = std::copy_n(from.values.row(first), from.segments.length(i) * from.values.cols, out);
  }
  return part;
}

template <class T>
Matrix<T> select(const Matrix<T>& from, const std::vector<std::int64_t>& rows) {
  Matrix<T> part(static_cast<std::int64_t>(rows.size()), from.cols);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(from.row(rows[i]), from.cols, part.row(static_cast<std::int64_t>(i)));
  }
  return part;
}

}  // namespace

TrainingBatch adapt_simulations(const Simulations& simulations, const Adapter& adapter, std::int64_t& dropped) {
  const std::vector<std::int64_t> rows = finite_rows(simulations);
  dropped += simulations.data.count() - static_cast<std::int64_t>(rows.size());
  Matrix<double> parameters = select(simulations.parameters, rows);
  RaggedRows<double> data = select(simulations.data, rows);
  adapter.forward_parameters(parameters, nullptr);
  adapter.forward_data(data.values);
  TrainingBatch batch;
  batch.parameters = matrix_cast<float>(parameters);
  batch.data.observed = {matrix_cast<float>(data.values), std::move(data.segments)};
  batch.data.context = Matrix<float>(batch.parameters.rows, 0);
  return batch;
}

OnlineSource::OnlineSource(const GenerativeModel& model,
                           const Adapter& adapter,
                           std::int64_t batch_size,
                           std::uint64_t seed,
                           ThreadPool& pool,
                           HostService& host)
    : model_(model),
      adapter_(adapter),
      batch_size_(batch_size),
      seed_(seed),
      pool_(pool),
      host_(host),
      bank_batches_(model.needs_host() ? 1 : std::max<std::int64_t>(1, kBankSimulations / batch_size)) {}

OnlineSource::~OnlineSource() {
  if (!model_.needs_host()) return;
  try {
    host_.wait_idle();
  } catch (const Cancelled&) {  // nothing of ours runs any more either
  }
}

void OnlineSource::request_bank() {
  const std::int64_t first = next_simulation_;
  next_simulation_ += bank_batches_ * batch_size_;
  const auto draw = [this, first] {
    requested_ = model_.draw(first, bank_batches_ * batch_size_, seed_, pool_, host_.cancel_flag());
  };
  if (model_.needs_host()) {
    host_.post(draw);
  } else {
    draw();
  }
}

/// A simulator that throws is not one that gives NaN: the former is an error, the latter is left out and counted.
void OnlineSource::check_failures() const {
  for (const auto& failure : requested_.failures) {
    if (failure.kind != FailureKind::kError) continue;
    throw SimulatorError("simulation " + std::to_string(failure.index + 1) + " failed during training",
                         failure.message);
  }
}

TrainingBatch OnlineSource::take_bank() {
  if (next_simulation_ == 0 || !model_.needs_host()) request_bank();
  if (model_.needs_host()) host_.wait_idle();
  if (host_.cancelled()) throw Cancelled();
  check_failures();
  TrainingBatch bank = adapt_simulations(requested_, adapter_, dropped_);
  if (bank.count() == 0) {
    throw SimulatorError("the simulator must give finite numbers, but gave none in " +
                             std::to_string(bank_batches_ * batch_size_) + " simulations during training",
                         requested_.failures.empty() ? "" : requested_.failures.front().message);
  }
  if (model_.needs_host()) request_bank();
  return bank;
}

TrainingBatch OnlineSource::next() {
  if (position_ >= bank_.count()) {
    bank_ = take_bank();
    position_ = 0;
  }
  const std::int64_t end = std::min(position_ + batch_size_, bank_.count());
  TrainingBatch batch = slice(bank_, position_, end);
  position_ = end;
  return batch;
}

OfflineSource::OfflineSource(TrainingBatch simulations,
                             std::int64_t dropped,
                             std::int64_t batch_size,
                             std::uint64_t seed)
    : simulations_(std::move(simulations)),
      dropped_(dropped),
      batch_size_(std::min(batch_size, simulations_.count())),
      seed_(seed),
      order_(static_cast<std::size_t>(simulations_.count())) {
  std::iota(order_.begin(), order_.end(), 0);
  shuffle();
}

void OfflineSource::shuffle() {
  rng random = stream(seed_, Purpose::kShuffle, pass_++);
  for (std::size_t i = order_.size() - 1; i > 0; --i) {
    const auto j = static_cast<std::size_t>(random.uniform() * static_cast<double>(i + 1));
    std::swap(order_[i], order_[j]);
  }
}

// The last few simulations of a pass that do not fill a batch are left to the next pass.
TrainingBatch OfflineSource::next() {
  if (position_ + batch_size_ > simulations_.count()) {
    shuffle();
    position_ = 0;
  }
  const std::vector<std::int64_t> rows(order_.begin() + position_, order_.begin() + position_ + batch_size_);
  position_ += batch_size_;
  TrainingBatch batch;
  batch.parameters = select(simulations_.parameters, rows);
  batch.data.observed = select(simulations_.data.observed, rows);
  batch.data.context = select(simulations_.data.context, rows);
  return batch;
}

}  // namespace amortflow
