three_sets <- function(variables = c("mu", "theta[1]", "theta[2]")) {
  values <- array(seq_len(4 * 3 * 3), c(4, 3, 3), list(NULL, NULL, variables))
  new_draws(values + 0)
}

test_that("[[ and [ find data sets by number and label", {
  x <- three_sets()
  expect_length(x, 3)
  expect_equal(dim(x), c(4, 3, 3))
  one <- x[[2]]
  expect_s3_class(one, "draws_array")
  expect_equal(as.vector(one[, 1, "mu"]), 5:8)
  expect_length(x[c(3, 1)], 2)
  expect_equal(x[c(3, 1)][[2]], x[[1]])
  expect_equal(x[-1], x[2:3])
  dimnames(x)[[2]] <- c("a", "b", "c")
  expect_equal(as.vector(x[["b"]]), as.vector(one))
  expect_error(x[["z"]], class = "amortflow_error_argument")
  expect_error(x[[4]], class = "amortflow_error_argument")
  expect_error(x[[1:2]], class = "amortflow_error_argument")
})

test_that("as.data.frame() is one row per data set and draw", {
  frame <- as.data.frame(three_sets())
  expect_equal(names(frame), c(".data_set", ".draw", "mu", "theta[1]", "theta[2]"))
  expect_equal(nrow(frame), 12)
  expect_equal(frame$mu[frame$.data_set == 2], 5:8)
})

test_that("random variables have the data sets first and gather brackets", {
  rvars <- as_draws_rvars(three_sets())
  expect_equal(posterior::variables(rvars), c("mu", "theta"))
  expect_equal(dim(rvars$mu), 3)
  expect_equal(dim(rvars$theta), c(3, 2))
  expect_equal(as.vector(posterior::draws_of(rvars$theta)[, 2, 1]), 17:20)
  expect_equal(as.vector(posterior::draws_of(rvars$theta)[, 2, 2]), 29:32)
})

test_that("brackets of two dimensions are placed by their numbers", {
  names <- c("m[2,1]", "m[1,1]", "m[1,2]", "m[2,2]")
  x <- new_draws(array(
    rep(c(21, 11, 12, 22), each = 10), c(5, 2, 4), list(NULL, NULL, names)
  ))
  m <- as_draws_rvars(x)$m
  expect_equal(dim(m), c(2, 2, 2))
  expect_equal(mean(m)[1, , ], rbind(c(11, 12), c(21, 22)))
})

test_that("brackets that fill no box stay single variables", {
  x <- new_draws(array(1, c(5, 2, 2), list(NULL, NULL, c("m[1]", "m[3]"))))
  expect_equal(posterior::variables(as_draws_rvars(x)), c("m[1]", "m[3]"))
})

test_that("summarise_draws() is posterior's, data set by data set", {
  x <- sample_posterior(
    conjugate_fit(), matrix(rnorm(6), 3),
    ndraws = 40, seed = 1
  )
  all <- summarise_draws(x)
  expect_equal(all$.data_set, rep(1:3, each = 2))
  second <- as.data.frame(summarise_draws(
    posterior::as_draws_array(x[[2]]), "mean", "sd", posterior::quantile2
  ))
  ours <- all[all$.data_set == 2, c("variable", "mean", "sd", "q5", "q95")]
  expect_equal(ours, second, ignore_attr = TRUE)
  expect_equal(names(summarise_draws(x, "mean")), c(".data_set", "variable", "mean"))
  expect_equal(summary(x), all)
})

test_that("print() shows what it is and not all of it", {
  many <- new_draws(array(0, c(5, 1000, 2), list(NULL, NULL, c("a", "b"))))
  expect_output(print(many), "5 draws of 2 variables for each of 1000 data sets")
  expect_output(print(many), "995 more data sets")
})

test_that("apply functions go over data sets", {
  x <- three_sets()
  expect_length(as.list(x), 3)
  expect_equal(lapply(x, dim), rep(list(c(4L, 1L, 3L)), 3))
  expect_equal(vapply(x, \(one) max(one[, 1, "mu"]), 1), c(4, 8, 12))
  dimnames(x)[[2]] <- c("a", "b", "c")
  expect_equal(names(as.list(x)), c("a", "b", "c"))
  expect_equal(as.list(x)[["b"]], x[["b"]])
})

test_that("head() and tail() keep data sets, str() shows the array", {
  x <- three_sets()
  expect_equal(utils::head(x, 2), x[1:2])
  expect_equal(utils::tail(x, 1), x[3])
  expect_equal(utils::head(x, -2), x[1])
  expect_equal(utils::head(x), x)
  expect_output(print(utils::head(x, 0)), "each of 0 data sets")
  expect_output(utils::str(x), "amortflow_draws.*num \\[1:4, 1:3, 1:3\\]")
  expect_output(utils::str(list(d = x)), "amortflow_draws")
})

test_that("tibbles and other frames can be made of draws", {
  x <- three_sets()
  dimnames(x)[[2]] <- c("a", "b", "c")
  frame <- as.data.frame(x, stringsAsFactors = FALSE)
  expect_equal(frame, as.data.frame(x))
  expect_type(frame$.data_set, "character")
  expect_refused(as.data.frame(x, rownames = 1), "argument", "row.names")
  # tibble::as_tibble() calls it like this.
  expect_equal(dim(as.data.frame(x, stringsAsFactors = FALSE)), c(12, 5))
})

test_that("c() joins draws of one fit and refuses others", {
  x <- three_sets()
  both <- c(x, x[2])
  expect_s3_class(both, "amortflow_draws")
  expect_length(both, 4)
  expect_equal(both[[4]], x[[2]])
  expect_equal(both[1:3], x)
  dimnames(x)[[2]] <- c("a", "b", "c")
  expect_equal(dimnames(c(x, x[1]))[[2]], c("a", "b", "c", "a"))
  expect_refused(c(x, 1), "argument", "not to 1")
  expect_refused(
    c(x, three_sets(c("a", "b", "c"))), "argument",
    c("4 draws of mu, theta[1], theta[2]", "not 4 draws of a, b, c")
  )
})

test_that("draws cannot be assigned to", {
  x <- three_sets()
  before <- x
  expect_refused(x[[1]] <- 1, "argument", "cannot be assigned to")
  expect_refused(x[1] <- 1, "argument", "cannot be assigned to")
  expect_refused(x$mu <- 1, "argument", "cannot be assigned to")
  expect_identical(x, before)
})
