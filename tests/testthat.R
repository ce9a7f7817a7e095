library(testthat)
library(amortflow)

test_check("amortflow")
