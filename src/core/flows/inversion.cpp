#include "flows/inversion.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kEven, kOdd };

}  // namespace

Panel invert_layers(const Network& network,
                    std::size_t count,
                    std::size_t period,
                    const Pass& pass,
                    Panel out,
                    Scratch& scratch) {
  scratch.output_segments.assign_uniform(out.rows, 1);
  for (std::size_t i = count; i-- > 0;) {
    Scratch& own = scratch.child(i % period);
    own.segments = &scratch.output_segments;
    const Panel in = scratch.panel(i % 2 == 0 ? kEven : kOdd, out.rows, out.cols);
    static_cast<const InvertibleLayer&>(*network.layers()[i]).invert(pass, out, in, own);
    out = in;
  }
  return out;
}

}  // namespace amortflow
