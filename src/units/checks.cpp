// Written by tools/list_objects.
#include "checks/binary_classifier.cpp"
#include "checks/classifier_two_sample.cpp"
#include "checks/ecdf_bands.cpp"
#include "checks/ranks.cpp"
