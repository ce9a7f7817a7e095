#include "flows/base_distribution.h"

#include "flows/mixture_base.h"
#include "flows/normal_base.h"
#include "flows/student_base.h"

namespace amortflow {

BaseOptions BaseOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "the base of a flow");
  BaseOptions options;
  options.kind = reader.choice("kind", {"normal", "student", "mixture"});
  if (options.kind == "student") options.df = reader.number("df", StudentBase::kLeastDf, StudentBase::kMostDf);
  if (options.kind == "mixture") options.components = reader.integer("components", 1, 1000);
  if (options.kind != "normal") options.learned = reader.flag("learned");
  reader.finish();
  return options;
}

std::unique_ptr<BaseDistribution> make_base(const BaseOptions& options, std::int64_t dimension) {
  if (options.kind == "student") return std::make_unique<StudentBase>(dimension, options.df, options.learned);
  if (options.kind == "mixture") return std::make_unique<MixtureBase>(dimension, options.components, options.learned);
  return std::make_unique<NormalBase>(dimension);
}

}  // namespace amortflow
