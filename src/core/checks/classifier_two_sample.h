#pragma once

#include <cstdint>

#include "base/host_service.h"
#include "base/matrix.h"

namespace amortflow {

/// The classifier two-sample test (Lopez-Paz and Oquab 2017) as the benchmark of Lueckmann et al. (2021) runs it: the
/// accuracy with which a multilayer perceptron tells draws of `first` (the reference) from draws of `second`. 0.5:
/// indistinguishable; 1: told apart without error. Chance may take it below 0.5.
///
/// Both samples are standardized by mean and standard deviation of `first` (a variable that is constant there is only
/// centred). The accuracy is the mean over five folds in random order, each judged by a BinaryClassifier with two
/// hidden layers of 10 x variables units that is trained on the others; folds share `cores` threads. The same numbers
/// come out for the same `seed` whatever `cores` is.
///
/// Rows are draws, columns variables. Throws ShapeError if columns differ or there are fewer than 10 rows in all or 2
/// in the first, NumericError if a number is not finite.
[[nodiscard]] double classifier_two_sample_accuracy(const Matrix<double>& first,
                                                    const Matrix<double>& second,
                                                    std::uint64_t seed,
                                                    int cores,
                                                    HostService& host);

}  // namespace amortflow
