#include "frontends/common/Compaction.h"

using namespace mlir;

namespace ingot::frontend {

Value placesOf(ValueBuilder &b, AffineExpr count) { return b.iota(count, b.getI64Type(), 0); }

Value scatterElements(ValueBuilder &b, Combiner combiner, Value x, Value indices, Value updates) {
  return b.scatter(combiner, x, indices, updates,
                   GatherDimsAttr::get(b.getContext(), {}, int64_t(0), {}, {}, int64_t(0), 1));
}

// Each chosen element goes to the place that says how many are chosen before it; the others to none. The vector this makes has room
// for all, whatever the sizes of the arguments are.
std::optional<Compaction> compact(ProgramBuilder &p, Value chosen, llvm::StringRef hint, std::string *why) {
  ValueBuilder &b = p.b;
  const AffineExpr all = ValueBuilder::dimsOf(chosen).front();
  std::optional<int64_t> most = maxOfExpr(all, p.sizes());
  if (!most || *most > kMaxElements) {
    *why = "there may be too many elements";
    return std::nullopt;
  }
  Type type = b.getI64Type();
  Value ones = b.convert(chosen, type);
  Value before = b.scan(Reduction::Add, ones, 0, /*exclusive=*/true);
  Value nowhere = b.broadcast(b.integer(type, *most), all);
  Value room = b.splat(b.number(*most), type, 0);
  Value places = scatterElements(b, std::nullopt, room, b.select(chosen, before, nowhere), placesOf(b, all));
  AffineExpr count = p.dataSize(b.reduce(Reduction::Add, ones, 0, /*keep=*/false), *most, hint, why);
  if (!count)
    return std::nullopt;
  return Compaction{b.first(places, 0, count), count, *most};
}

} // namespace ingot::frontend
