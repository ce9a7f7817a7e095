#' Influenza in a boarding school, 1978
#'
#' Number of boys confined to bed on each of 14 days (22 January to 4 February)
#' of an outbreak of influenza in a boarding school of 763 boys in the north of
#' England. The outbreak began with one boy.
#'
#' The posterior of the model `example_model("sir_school")` for these data is
#' known by quadrature: `beta` has mean 1.73493 and sd 0.05285, `gamma` 0.54197
#' and 0.04537, `phi_inv` 0.13749 and 0.07483.
#'
#' @format Numeric vector of 14 counts.
#' @source Anonymous (1978). Influenza in a boarding school. *British Medical
#'   Journal*, 1, 587. Counts as in Grinsztajn, Semenova, Margossian and Riou
#'   (2021), Bayesian workflow for disease transmission modeling in Stan,
#'   *Statistics in Medicine*, 40(27), 6209-6234.
#' @name boarding_school
#' @docType data
#' @keywords datasets
#' @usage boarding_school
#' @examples
#' plot(boarding_school, type = "b", xlab = "day", ylab = "in bed")
NULL
