#pragma once

#include "amortflow/alpha_stable.hpp"
#include "amortflow/continuous.hpp"
#include "amortflow/counts.hpp"
#include "amortflow/inverse_gaussian.hpp"
#include "amortflow/multi_normal.hpp"
#include "amortflow/simplex.hpp"
#include "amortflow/truncated_normal.hpp"
#include "amortflow/von_mises.hpp"

/// Random numbers for simulators, under Stan's names and parameters where Stan has them. The algorithms are ours and
/// frozen: a seed gives the same numbers with every compiler, which those of <random> do not. Arguments outside a
/// distribution's range throw std::domain_error, which the package reports with the number of the simulation.
///
///   continuous.hpp          uniform normal exponential gamma beta student_t lognormal chi_square inv_gamma cauchy
///                           logistic weibull pareto
///   counts.hpp              binomial poisson negative_binomial_2 bernoulli geometric
///   simplex.hpp             categorical multinomial dirichlet
///   multi_normal.hpp        multi_normal_cholesky, and cholesky for its factor
///   truncated_normal.hpp, inverse_gaussian.hpp, von_mises.hpp, alpha_stable.hpp: what their names say
