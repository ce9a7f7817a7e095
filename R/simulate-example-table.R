# What the example models are made of, by name: prior, what is observed, source,
# and sizes: parameters, positions (NA: context decides), variables. Without
# `file` the simulator has the name of the model.

example_table <- function() {
  c(benchmark_examples(), tutorial_examples(), decision_examples())
}

# Lueckmann et al. (2021).
benchmark_examples <- function() {
  source <- "Lueckmann et al. (2021), Benchmarking simulation-based inference"
  box <- function(half, dim) {
    function() priors(theta ~ uniform(-half, half, dim = dim))
  }
  task <- function(prior, parameters, variables, file = NULL) {
    list(
      prior = prior, observed = "vector", source = source,
      sizes = c(parameters, 1, variables), file = file
    )
  }
  list(
    gaussian_linear = task(
      function() priors(theta ~ normal(0, sqrt(0.1), dim = 10)), 10, 10
    ),
    gaussian_linear_uniform = task(
      box(1, 10), 10, 10,
      file = "gaussian_linear"
    ),
    gaussian_mixture = task(box(10, 2), 2, 2),
    two_moons = task(box(1, 2), 2, 2),
    slcp = task(box(3, 5), 5, 8),
    slcp_distractors = task(box(3, 5), 5, 100),
    bernoulli_glm = task(glm_prior, 10, 10),
    bernoulli_glm_raw = task(glm_prior, 10, 100),
    sir = task(function() {
      priors(
        beta ~ lognormal(log(0.4), 0.5),
        gamma ~ lognormal(log(0.125), 0.2)
      )
    }, 2, 10),
    lotka_volterra = task(function() {
      priors(
        alpha ~ lognormal(-0.125, 0.5),
        beta ~ lognormal(-3, 0.5),
        gamma ~ lognormal(-0.125, 0.5),
        delta ~ lognormal(-3, 0.5)
      )
    }, 4, 20)
  )
}

# The filter f of nine weights has precision F'F, F = D^2 + diag(sqrt(i / 9)),
# i = 0, ..., 8, D taking first differences. As F is lower triangular, with ones,
# -2 and 1 from D^2, F f = z with independent standard normal z says line by
# line how f[i] depends on f[i - 1] and f[i - 2].
glm_prior <- function() {
  names <- paste0("filter_", 1:9)
  lines <- lapply(seq_along(names), function(i) {
    scale <- 1 / (1 + sqrt((i - 1) / 9))
    past <- lapply(names[pmax(i - 1:2, 1)], as.symbol)
    mean <- switch(min(i, 3),
      0,
      bquote(.(2 * scale) * .(past[[1]])),
      bquote(.(scale) * (2 * .(past[[1]]) - .(past[[2]])))
    )
    rlang::new_formula(as.symbol(names[[i]]), bquote(normal(.(mean), .(scale))))
  })
  do.call(priors, c(list(offset ~ normal(0, sqrt(2))), lines))
}

tutorial_source <- "Radev et al. (2023), tutorials of BayesFlow"

tutorial_examples <- function() {
  list(
    gaussian_mean = list(
      prior = function() priors(mu ~ normal(0, 1, dim = 4)),
      observed = "exchangeable", sizes = c(4, 50, 4), source = tutorial_source
    ),
    inverse_kinematics = list(
      prior = function() {
        priors(base ~ normal(0, 0.25), angle ~ normal(0, 0.5, dim = 3))
      },
      observed = "vector", sizes = c(4, 1, 2),
      source = paste(
        "Ardizzone et al. (2019), Analyzing inverse problems with invertible",
        "neural networks"
      )
    ),
    linear_ode = list(
      prior = linear_ode_prior, observed = "series", sizes = c(6, 32, 2),
      source = tutorial_source
    ),
    sir_school = list(
      prior = function() {
        priors(
          beta ~ normal(2, 1, lb = 0),
          gamma ~ normal(0.4, 0.5, lb = 0),
          phi_inv ~ exponential(5)
        )
      },
      observed = "series", sizes = c(3, 14, 1),
      source = paste(
        "Grinsztajn et al. (2021), Bayesian workflow for disease transmission",
        "modeling in Stan; data: boarding_school"
      )
    ),
    sir_delay = list(
      prior = function() {
        priors(
          lambda ~ lognormal(log(0.4), 0.5),
          mu ~ lognormal(log(1 / 8), 0.2),
          delay ~ lognormal(log(8), 0.2),
          I0 ~ gamma(2, 1 / 20),
          psi ~ exponential(1 / 5)
        )
      },
      observed = "series", sizes = c(5, 14, 1), source = tutorial_source
    ),
    ricker = list(
      prior = function() {
        priors(
          r ~ uniform(1, 90), sigma ~ uniform(0.05, 0.7), rho ~ uniform(0, 15)
        )
      },
      context = function() priors(n_obs ~ discrete_uniform(100, 500)),
      observed = "series", sizes = c(3, NA, 1),
      source = "Radev et al. (2020), BayesFlow; Wood (2010)"
    )
  )
}

# No solution grows if the trace is not positive and the determinant not
# negative: in a quarter of the cube of coefficients, as other signs of a and b
# turn the determinant round, and other signs of a and d the trace alone.
linear_ode_prior <- function() {
  prior_function(
    function(n) {
      kept <- matrix(0, 0, 4)
      while (nrow(kept) < n) {
        m <- matrix(stats::runif(4 * 5 * n, -10, 10), ncol = 4)
        shrinks <- m[, 1] + m[, 4] <= 0 & m[, 1] * m[, 4] - m[, 2] * m[, 3] >= 0
        kept <- rbind(kept, m[shrinks, , drop = FALSE])
      }
      draws <- cbind(kept[seq_len(n), , drop = FALSE], matrix(stats::runif(2 * n, -10, 10), ncol = 2))
      colnames(draws) <- c("a", "b", "c", "d", "u0", "v0")
      draws
    },
    log_density = function(theta) {
      shrinks <- theta$a + theta$d <= 0 && theta$a * theta$d - theta$b * theta$c >= 0
      if (shrinks) log(4) - 6 * log(20) else -Inf
    },
    lb = -10, ub = 10
  )
}

decision_examples <- function() {
  trials <- function(least, most) {
    force(least)
    force(most)
    function() priors(n_obs ~ discrete_uniform(least, most))
  }
  c(
    list(
      drift_diffusion = list(
        prior = function() {
          priors(
            v ~ normal(0, 10, lb = -5, ub = 5),
            a ~ normal(1, 1, lb = 0.5, ub = 3),
            t0 ~ normal(0.4, 0.2, lb = 0.2, ub = 1),
            w ~ normal(0.5, 0.1, lb = 0.3, ub = 0.7)
          )
        },
        context = trials(80, 120), observed = "exchangeable",
        sizes = c(4, NA, 2),
        source = paste(
          "Ratcliff (1978), A theory of memory retrieval; prior of Radev et al.",
          "(2023), JANA"
        )
      ),
      levy_flight = list(
        prior = function() {
          priors(
            v1 ~ uniform(0, 6), v2 ~ uniform(-6, 0), a ~ uniform(0.6, 3),
            t0 ~ uniform(0.3, 1), w ~ uniform(0.3, 0.7), alpha ~ uniform(1, 2)
          )
        },
        context = trials(100, 1000), observed = "exchangeable",
        sizes = c(6, NA, 3),
        source = paste(
          "Voss et al. (2019), Sequential sampling models with variable",
          "boundaries and non-normal noise"
        )
      ),
      lca = list(
        prior = function() {
          priors(
            v ~ gamma(2, 1.2, dim = 6), a ~ gamma(10, 6),
            ndt ~ gamma(1.5, 5), lambda ~ beta(1, 5), kappa ~ beta(1, 5)
          )
        },
        context = trials(200, 300), observed = "exchangeable",
        sizes = c(10, NA, 5),
        source = paste0("Usher and McClelland (2001); ", tutorial_source)
      )
    ),
    mpt_examples()
  )
}

mpt_examples <- function() {
  flat <- function() priors(d ~ beta(2, 2), g ~ beta(2, 2))
  hierarchical <- function() {
    priors(
      mu ~ normal(0, 0.25, dim = 2),
      lambda ~ uniform(0, 3, dim = 2),
      Q ~ inv_wishart(10, diag(2))
    )
  }
  example <- function(file, prior, thresholds, sizes) {
    list(
      prior = prior, observed = "exchangeable", sizes = sizes, file = file,
      settings = list(thresholds = thresholds), source = tutorial_source
    )
  }
  list(
    mpt_1ht = example("mpt", flat, 1, c(2, 100, 2)),
    mpt_2ht = example("mpt", flat, 2, c(2, 100, 2)),
    mpt_1ht_hierarchical = example("mpt_hierarchical", hierarchical, 1, c(8, 50, 2)),
    mpt_2ht_hierarchical = example("mpt_hierarchical", hierarchical, 2, c(8, 50, 2))
  )
}
