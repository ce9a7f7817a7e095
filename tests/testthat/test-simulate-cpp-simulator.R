normal_code <- '
#include <amortflow/simulator.hpp>
void shifted(const double* theta, double* out, amortflow::rng& random) {
  if (theta[0] > 1.5) throw std::runtime_error("mu is too large");
  out[0] = theta[0] < -1.5 ? std::sqrt(theta[0]) : amortflow::normal(random, theta[0], 1);
}
AMORTFLOW_SIMULATOR(shifted, amortflow::sizes())
'

test_that("code and file give the same simulator, which is plain data", {
  simulator <- cpp_simulator(code = normal_code)
  file <- withr::local_tempfile(fileext = ".cpp")
  writeLines(normal_code, file, sep = "")
  from_file <- cpp_simulator(file)
  expect_identical(from_file$key, cpp_simulator(code = strsplit(normal_code, "\n")[[1]])$key)
  expect_identical(simulator$shape$parameters, 1)
  expect_identical(unserialize(serialize(simulator, NULL)), simulator)
  expect_equal(
    capture.output(print(simulator)),
    c(
      "<simulator in C++: shifted>",
      "  1 parameter -> 1 position x 1 variable"
    )
  )
})

test_that("code is compiled once for each content", {
  cache <- withr::local_tempdir()
  withr::local_options(amortflow.cache = cache)
  cpp_simulator(code = normal_code)
  library <- list.files(cache, full.names = TRUE)
  expect_length(library, 1)
  time <- file.mtime(library)
  cpp_simulator(code = normal_code)
  expect_identical(list.files(cache, full.names = TRUE), library)
  expect_identical(file.mtime(library), time)
})

test_that("compiler errors are trimmed to the user's own lines", {
  code <- c(
    "#include <amortflow/simulator.hpp>",
    "void f(const double* theta, double* out, amortflow::rng& random) {",
    "  out[0] = amortflow::normal(random, theta[0], sgima);",
    "}",
    "AMORTFLOW_SIMULATOR(f, amortflow::sizes())"
  )
  condition <- expect_error(
    cpp_simulator(code = code),
    class = "amortflow_error_compile"
  )
  message <- conditionMessage(condition)
  expect_match(message, "line 3: .*sgima")
  expect_match(message, "out[0] = amortflow::normal(random, theta[0], sgima);", fixed = TRUE)
  expect_lt(length(strsplit(message, "\n")[[1]]), 6)
  expect_gt(length(condition$output), 0)
})

test_that("code without a simulator and unknown settings are refused", {
  expect_refused(
    cpp_simulator(code = "int nothing = 0;"), "simulator",
    "registers no simulator"
  )
  expect_refused(
    cpp_simulator(), "argument",
    "One of `file` and `code` must be given."
  )
  expect_refused(
    cpp_simulator("nowhere.cpp"), "argument",
    "`file` must exist: there is no \"nowhere.cpp\"."
  )
  expect_error(
    cpp_simulator(code = normal_code, settings = list(1)),
    class = "amortflow_error_argument"
  )
})

test_that("a struct has settings, and knows their names", {
  code <- '
  #include <amortflow/simulator.hpp>
  struct coin {
    struct settings { double tosses; };
    struct workspace {};
    static settings make(const amortflow::arguments& a) { return {a.number("tosses", 20)}; }
    static amortflow::sizes shape(const settings& s) {
      return amortflow::sizes().parameters(1).positions(static_cast<int>(s.tosses));
    }
    static void simulate(const double* theta, const settings& s, workspace&, amortflow::rng& random, double* out) {
      for (int i = 0; i < s.tosses; ++i) out[i] = amortflow::binomial(random, 1, theta[0]);
    }
  };
  AMORTFLOW_SIMULATOR(coin)'
  expect_equal(cpp_simulator(code = code, settings = c(tosses = 5))$shape$observables[[1]]$positions, 5)
  expect_error(
    cpp_simulator(code = code, settings = c(toss = 5)), "`toss` is unknown",
    class = "amortflow_error_simulator"
  )
})

test_that("exceptions and NaN come back with their simulation", {
  model <- generative_model(priors(mu ~ normal(0, 1)), cpp_simulator(code = normal_code))
  mu <- as.vector(sample_prior(model, 1000, seed = 1))
  condition <- expect_error(simulate(model, 1000, seed = 1), class = "amortflow_error_simulator")
  first <- which(abs(mu) > 1.5)[[1]]
  expect_equal(condition$index, first)
  expect_equal(condition$parameters, c(mu = mu[[first]]))
  expect_warning(
    kept <- simulate(model, 1000, seed = 1, on_error = "drop"),
    class = "amortflow_warning_dropped"
  )
  expect_equal(kept$parameters[, "mu"], mu[abs(mu) <= 1.5])
  failures <- attr(kept, "failures")
  expect_equal(failures$index, which(abs(mu) > 1.5))
  expect_equal(failures$message[failures$kind == "error"][[1]], "it threw: mu is too large")
  expect_equal(failures$message[failures$kind == "nonfinite"][[1]], "it gave NaN at position 1")
  # Training leaves out what is not finite, but not what threw.
  expect_error(
    simulate_model(model, 1000, 1, on_error = "drop_nonfinite"), "threw",
    class = "amortflow_error_simulator"
  )
})

test_that("a simulator has a file or code, not both", {
  expect_refused(
    cpp_simulator("a.cpp", "int a;"), "argument",
    "One of `file` and `code` must be given, not both."
  )
  expect_identical(shown_size(c(3e9, 1)), "3000000000 positions x 1 variable")
})
