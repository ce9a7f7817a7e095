// Written by tools/list_objects.
#include "sample/conditions.cpp"
#include "sample/density_gradient.cpp"
#include "sample/log_ratios.cpp"
#include "sample/posterior_draws.cpp"
#include "sample/predictions.cpp"
