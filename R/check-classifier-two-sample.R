#' Classifier two-sample test
#'
#' The accuracy with which a multilayer perceptron tells draws of one sample
#' from draws of another (Lopez-Paz and Oquab 2017), as the benchmark of
#' Lueckmann et al. (2021) runs it: 0.5 where nothing tells them apart, 1 where
#' every draw is told. Chance may take it below 0.5.
#'
#' @param reference,draws Numeric matrices, draw x variable. Both are
#'   standardized by mean and standard deviation of `reference`.
#' @param seed Whole number, or `NULL` to draw one from R's generator.
#' @param cores Whole number: threads to use, at most five of them. The result
#'   does not depend on it.
#' @return A number in [0, 1].
#' @noRd
classifier_two_sample <- function(reference, draws, seed = NULL, cores = 1) {
  for (sample in list(reference, draws)) {
    if (!is.matrix(sample) || !is.numeric(sample)) {
      abort_argument(
        sample, "sample", "a numeric matrix, draw x variable",
        rlang::current_env()
      )
    }
  }
  call_core(core_classifier_accuracy(
    reference, draws, as_seed(seed), assert_count(cores)
  ))
}
