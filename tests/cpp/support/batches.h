#pragma once

#include "base/json.h"
#include "support/catch.h"
#include "train/batch_source.h"

namespace amortflow::test {

inline bool same(const TrainingBatch& a, const TrainingBatch& b) {
  return a.parameters.values == b.parameters.values &&
         a.data.observed[0].values.values == b.data.observed[0].values.values &&
         a.data.observed[0].segments.offsets == b.data.observed[0].segments.offsets;
}

/// Draws `before` batches, notes the place, and requires that a second source that takes it up gives the same from
/// there.
inline void check_resumes(BatchSource& first, BatchSource& second, int before) {
  for (int i = 0; i < before; ++i) static_cast<void>(first.next());
  const SourcePosition position = from_json(to_json(first.position()));  // as a checkpoint keeps it
  CATCH_INFO(to_json(position));
  second.seek(position);
  for (int i = 0; i < 9; ++i) CATCH_CHECK(same(first.next(), second.next()));
  CATCH_CHECK(first.dropped() == second.dropped());
  CATCH_CHECK(first.position() == second.position());
}

}  // namespace amortflow::test
