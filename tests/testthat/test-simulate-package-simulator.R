# Installs a package of one file that brings two simulators.
package_with_simulators <- function(library) {
  source <- withr::local_tempdir(.local_envir = parent.frame())
  folder <- file.path(source, "coins")
  dir.create(file.path(folder, "src"), recursive = TRUE)
  writeLines(c(
    "Package: coins", "Version: 0.1", "Title: Coins", "Description: Coins.",
    "Author: A", "Maintainer: A <a@b.example>", "License: MIT"
  ), file.path(folder, "DESCRIPTION"))
  writeLines("useDynLib(coins)", file.path(folder, "NAMESPACE"))
  writeLines(c(
    "CXX_STD = CXX17",
    sprintf("PKG_CPPFLAGS = -I\"%s\"", header_folder())
  ), file.path(folder, "src", "Makevars"))
  writeLines("
    #include <amortflow/simulator.hpp>
    #include <R_ext/Rdynload.h>

    void fair(const double* theta, double* out, amortflow::rng& random) {
      for (int i = 0; i < 5; ++i) out[i] = amortflow::binomial(random, 1, theta[0]);
    }
    AMORTFLOW_PACKAGE_SIMULATOR(fair, fair, amortflow::sizes().positions(5))

    struct many {
      struct settings { int tosses; };
      struct workspace {};
      static settings make(const amortflow::arguments& a) { return {static_cast<int>(a.number(\"tosses\", 3))}; }
      static amortflow::sizes shape(const settings& s) { return amortflow::sizes().positions(s.tosses); }
      static void simulate(const double* theta, const settings& s, workspace&, amortflow::rng& random, double* out) {
        for (int i = 0; i < s.tosses; ++i) out[i] = amortflow::binomial(random, 1, theta[0]);
      }
    };
    AMORTFLOW_PACKAGE_SIMULATOR(many, many)

    extern \"C\" void R_init_coins(DllInfo*) {
      R_RegisterCCallable(\"coins\", \"amortflow_simulator_fair\", (DL_FUNC)amortflow_simulator_fair);
      R_RegisterCCallable(\"coins\", \"amortflow_simulator_many\", (DL_FUNC)amortflow_simulator_many);
    }
  ", file.path(folder, "src", "coins.cpp"))
  output <- suppressWarnings(system2(
    file.path(R.home("bin"), "R"),
    c("CMD", "INSTALL", "--no-test-load", "-l", shQuote(library), shQuote(folder)),
    stdout = TRUE, stderr = TRUE, env = c("R_TESTS=", "MAKEFLAGS=")
  ))
  if (!dir.exists(file.path(library, "coins"))) stop(paste(output, collapse = "\n"))
}

test_that("a package brings compiled simulators", {
  skip_on_cran()
  library <- withr::local_tempdir()
  package_with_simulators(library)
  withr::local_libpaths(library, action = "prefix")
  withr::defer(unloadNamespace("coins"))
  fair <- cpp_simulator(package = "coins", name = "fair")
  expect_equal(fair$shape$observables[[1]]$positions, 5)
  model <- generative_model(priors(p ~ beta(1, 1)), fair, "exchangeable")
  own <- cpp_simulator(code = "
    #include <amortflow/simulator.hpp>
    void fair(const double* theta, double* out, amortflow::rng& random) {
      for (int i = 0; i < 5; ++i) out[i] = amortflow::binomial(random, 1, theta[0]);
    }
    AMORTFLOW_SIMULATOR(fair, amortflow::sizes().positions(5))
  ")
  same <- generative_model(priors(p ~ beta(1, 1)), own, "exchangeable")
  expect_identical(
    simulate(model, 100, seed = 1)$data, simulate(same, 100, seed = 1, cores = 2)$data
  )
  many <- cpp_simulator(package = "coins", name = "many", settings = c(tosses = 7))
  expect_equal(many$shape$observables[[1]]$positions, 7)
  fit <- fit_posterior(
    model,
    inference = inference_coupling_flow(depth = 1, width = 8), epochs = 1,
    batches_per_epoch = 2, validation = 20, seed = 1, silent = TRUE
  )
  expect_length(sample_posterior(fit, simulate(model, 3, seed = 2), ndraws = 5), 3)
  expect_error(
    cpp_simulator(package = "coins", name = "biased"),
    "registers no simulator `biased`",
    class = "amortflow_error_simulator"
  )
  expect_error(
    cpp_simulator(package = "coins", name = "many", settings = c(tosse = 7)),
    "`tosse` is unknown",
    class = "amortflow_error_simulator"
  )
})

test_that("what cannot name a package's simulator is refused", {
  expect_error(
    cpp_simulator(package = "there.is.none", name = "x"), "must be installed",
    class = "amortflow_error_simulator"
  )
  expect_error(
    cpp_simulator(package = "stats", code = "x", name = "y"),
    class = "amortflow_error_argument"
  )
  expect_error(cpp_simulator(package = "stats"), class = "amortflow_error_argument")
})
