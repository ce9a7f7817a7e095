# Tasks of Lueckmann et al. (2021), "Benchmarking simulation-based inference": trains fit_posterior() with its defaults on
# `nsim` simulations (a tenth of them, at most 1,000, for validation) and compares 10,000 draws for each observation with
# the benchmark's reference posterior by its classifier two-sample test (C2ST; 0.5: the same, 1: nothing in common).
# Prints CSV: task,observation,nsim,c2st,train_s,sample_s
#
#   Rscript bench/sbibm.R --task two_moons --nsim 10000 --observations 1-5 --data DIR
#
# --task          one of the ten: gaussian_linear, gaussian_linear_uniform, gaussian_mixture, two_moons, slcp,
#                 slcp_distractors, bernoulli_glm, bernoulli_glm_raw, sir, lotka_volterra; or "all"
# --nsim          simulations to train on
# --observations  numbers of observations, as in 1-5 or 1,3,10
# --data          folder with the benchmark's files, DIR/<task>/num_observation_<k>/ or, as in its repository
#                 (https://github.com/sbi-benchmark/sbibm, folder sbibm/tasks), DIR/<task>/files/num_observation_<k>/:
#                 observation.csv and reference_posterior_samples.csv.bz2
# --epochs        instead of the default number, for a quick look
# --seed, --cores of simulation, training, sampling and C2ST (1, and all)

library(amortflow)

tasks <- c(
  "gaussian_linear", "gaussian_linear_uniform", "gaussian_mixture",
  "two_moons", "slcp", "slcp_distractors", "bernoulli_glm",
  "bernoulli_glm_raw", "sir", "lotka_volterra"
)

fail <- function(...) {
  message("sbibm.R: ", ...)
  quit(status = 1)
}

# Tasks that show the data of another one otherwise: the same posteriors.
shared <- list(
  slcp_distractors = c(task = "slcp", observation = "observation_distractors.csv"),
  bernoulli_glm_raw = c(task = "bernoulli_glm", observation = "observation_raw.csv")
)

read_arguments <- function(given) {
  values <- list(seed = "1", cores = as.character(parallel::detectCores()))
  known <- c("task", "nsim", "observations", "data", "epochs", "seed", "cores")
  if (length(given) %% 2 != 0) fail("arguments come in pairs, `--name value`")
  for (i in seq(1, length.out = length(given) / 2, by = 2)) {
    name <- sub("^--", "", given[[i]])
    if (!startsWith(given[[i]], "--") || !name %in% known) {
      fail("there is no argument ", given[[i]], "; there are ", paste0("--", known, collapse = ", "))
    }
    values[[name]] <- given[[i + 1]]
  }
  missing <- setdiff(c("task", "nsim", "observations", "data"), names(values))
  if (length(missing) > 0) fail("--", missing[[1]], " must be given")
  values
}

read_count <- function(value, name) {
  number <- suppressWarnings(as.numeric(value))
  if (is.na(number) || number < 1 || number %% 1 != 0) {
    fail("--", name, " must be a positive whole number, not ", value)
  }
  number
}

# "1-3,7" are 1, 2, 3, 7.
read_observations <- function(value) {
  ranges <- lapply(strsplit(value, ",")[[1]], function(part) {
    ends <- vapply(strsplit(part, "-")[[1]], read_count, numeric(1), name = "observations")
    seq(ends[[1]], ends[[length(ends)]])
  })
  unlist(ranges)
}

# The first of `candidates` that is there.
find_file <- function(candidates, what) {
  found <- candidates[file.exists(candidates)]
  if (length(found) > 0) {
    return(found[[1]])
  }
  fail(
    what, " is missing. Looked for\n  ", paste(candidates, collapse = "\n  "),
    "\nIt is in https://github.com/sbi-benchmark/sbibm, folder sbibm/tasks; give that folder as --data."
  )
}

# Each task's own folder first, then that of the task whose posterior it shares.
files_of <- function(data, task, observation) {
  place <- function(task, name) {
    file.path(data, task, c("", "files"), paste0("num_observation_", observation), name)
  }
  twin <- shared[[task]]
  posterior <- c("reference_posterior_samples.csv.bz2", "reference_posterior_samples.csv")
  posteriors <- unlist(lapply(posterior, function(name) {
    c(place(task, name), if (!is.null(twin)) place(twin[["task"]], name))
  }))
  observations <- c(
    if (!is.null(twin)) place(twin[["task"]], twin[["observation"]]), place(task, "observation.csv")
  )
  label <- paste0("of ", task, ", observation ", observation, ",")
  list(
    observation = find_file(gsub("//", "/", observations), paste("The data", label)),
    posterior = find_file(gsub("//", "/", posteriors), paste("The reference posterior", label))
  )
}

# Compressed or not.
read_numbers <- function(file) {
  unname(as.matrix(utils::read.csv(file, check.names = FALSE)))
}

check_width <- function(found, expected, file) {
  if (found != expected) fail(file, " has ", found, " columns instead of ", expected)
}

seconds <- function(expr) system.time(expr)[["elapsed"]]

train <- function(task, settings) {
  model <- example_model(task)
  simulations <- simulate(model, settings$nsim, seed = settings$seed, cores = settings$cores)
  fit_posterior(
    model,
    simulations = simulations, epochs = settings$epochs,
    seed = settings$seed, cores = settings$cores, silent = TRUE
  )
}

run_task <- function(task, settings) {
  files <- lapply(settings$observations, function(k) files_of(settings$data, task, k))
  train_s <- seconds(fit <- train(task, settings))
  for (i in seq_along(files)) {
    reference <- read_numbers(files[[i]]$posterior)
    observed <- read_numbers(files[[i]]$observation)
    sizes <- subset(example_models(), name == task)
    check_width(ncol(reference), sizes$parameters, files[[i]]$posterior)
    check_width(ncol(observed), sizes$variables, files[[i]]$observation)
    sample_s <- seconds(draws <- sample_posterior(
      fit, as.vector(observed),
      ndraws = nrow(reference), seed = settings$seed, cores = settings$cores
    ))
    draws <- unclass(posterior::as_draws_matrix(draws))
    c2st <- amortflow:::classifier_two_sample(
      reference, draws,
      seed = settings$seed, cores = settings$cores
    )
    cat(sprintf(
      "%s,%d,%d,%.4f,%.1f,%.3f\n", task, as.integer(settings$observations[[i]]),
      as.integer(settings$nsim), c2st, train_s, sample_s
    ))
  }
}

main <- function() {
  given <- read_arguments(commandArgs(TRUE))
  if (!given$task %in% c(tasks, "all")) {
    fail("--task must be one of ", paste(tasks, collapse = ", "), ", all; not ", given$task)
  }
  settings <- list(
    nsim = read_count(given$nsim, "nsim"),
    observations = read_observations(given$observations),
    data = given$data,
    epochs = if (is.null(given$epochs)) "auto" else read_count(given$epochs, "epochs"),
    seed = read_count(given$seed, "seed"),
    cores = read_count(given$cores, "cores")
  )
  chosen <- if (given$task == "all") tasks else given$task
  # Files are asked for before anything is trained.
  for (task in chosen) for (k in settings$observations) files_of(settings$data, task, k)
  cat("task,observation,nsim,c2st,train_s,sample_s\n")
  for (task in chosen) run_task(task, settings)
}

main()
