#include "compiler/artifact/StridedCopy.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cstring>

namespace ingot {

using llvm::ArrayRef;
using llvm::SmallVector;

namespace {

struct Sixteen {
  uint64_t low, high;
};

constexpr int64_t kTile = 16;

// The two inner loops; `inner` writes consecutive elements, `outer` reads them, or so as far as there are such loops.
template <typename Element>
void copyPlane(const Element *source, Element *target, const CopyLoop &outer, const CopyLoop &inner) {
  if (inner.from == 1 && inner.to == 1) {
    for (int64_t i = 0; i != outer.extent; ++i)
      std::memcpy(target + i * outer.to, source + i * outer.from, size_t(inner.extent) * sizeof(Element));
    return;
  }
  for (int64_t i0 = 0; i0 < outer.extent; i0 += kTile)
    for (int64_t j0 = 0; j0 < inner.extent; j0 += kTile) {
      int64_t i1 = std::min(i0 + kTile, outer.extent), j1 = std::min(j0 + kTile, inner.extent);
      for (int64_t i = i0; i != i1; ++i)
        for (int64_t j = j0; j != j1; ++j)
          target[i * outer.to + j * inner.to] = source[i * outer.from + j * inner.from];
    }
}

template <typename Element> void copyLoops(const Element *source, Element *target, ArrayRef<CopyLoop> loops) {
  if (loops.size() == 2)
    return copyPlane(source, target, loops[0], loops[1]);
  for (int64_t i = 0; i != loops[0].extent; ++i)
    copyLoops(source + i * loops[0].from, target + i * loops[0].to, loops.drop_front());
}

// Few loops, the two that matter last.
SmallVector<CopyLoop> arrange(ArrayRef<CopyLoop> loops) {
  SmallVector<CopyLoop> sorted;
  for (const CopyLoop &loop : loops)
    if (loop.extent != 1)
      sorted.push_back(loop);
  llvm::stable_sort(sorted, [](const CopyLoop &a, const CopyLoop &b) { return a.to > b.to; });
  SmallVector<CopyLoop> result;
  for (const CopyLoop &loop : sorted) {
    if (!result.empty() && result.back().from == loop.from * loop.extent && result.back().to == loop.to * loop.extent)
      result.back() = {result.back().extent * loop.extent, loop.from, loop.to};
    else
      result.push_back(loop);
  }
  while (result.size() < 2)
    result.insert(result.begin(), {1, 0, 0});
  if (result.back().from != 1)
    for (size_t i = 0; i + 2 < result.size(); ++i)
      if (result[i].from == 1)
        std::rotate(result.begin() + ptrdiff_t(i), result.begin() + ptrdiff_t(i) + 1, result.end() - 1);
  return result;
}

} // namespace

void copyStrided(const char *source, char *target, SmallVector<CopyLoop> loops, int64_t elementBytes) {
  for (const CopyLoop &loop : loops)
    if (loop.extent == 0)
      return;
  loops = arrange(loops);
  auto copy = [&](auto element) {
    using Element = decltype(element);
    copyLoops(reinterpret_cast<const Element *>(source), reinterpret_cast<Element *>(target), ArrayRef(loops));
  };
  switch (elementBytes) {
  case 1:
    return copy(uint8_t());
  case 2:
    return copy(uint16_t());
  case 4:
    return copy(uint32_t());
  case 8:
    return copy(uint64_t());
  default:
    return copy(Sixteen());
  }
}

namespace {
class Boxes {
public:
  using Visit = llvm::function_ref<llvm::Error(ArrayRef<int64_t>, ArrayRef<int64_t>, int64_t)>;
  Boxes(ArrayRef<int64_t> extents, Visit visit)
      : extents(extents), begin(extents.size(), 0), box(extents.size(), 1), inner(extents.size(), 1), visit(visit) {
    for (size_t i = extents.size(); i-- > 1;)
      inner[i - 1] = inner[i] * extents[i];
  }

  // Elements [first, last) of the loops from `level` on; those before it stand at `begin`.
  llvm::Error split(size_t level, int64_t first, int64_t last) {
    if (first == last)
      return llvm::Error::success();
    if (level == extents.size())
      return emit(level, 0, 1, 1);
    int64_t size = inner[level], low = first / size, high = last / size;
    if (first % size != 0) {
      int64_t end = std::min(last, (low + 1) * size);
      if (llvm::Error error = descend(level, low, first % size, end - low * size))
        return error;
      ++low;
    }
    if (low < high)
      if (llvm::Error error = emit(level, low, high, size))
        return error;
    return high >= low && last % size != 0 ? descend(level, high, 0, last % size) : llvm::Error::success();
  }

private:
  llvm::Error descend(size_t level, int64_t turn, int64_t first, int64_t last) {
    begin[level] = turn;
    llvm::Error error = split(level + 1, first, last);
    begin[level] = 0;
    return error;
  }
  // Turns [low, high) of `level` with all of the loops below.
  llvm::Error emit(size_t level, int64_t low, int64_t high, int64_t size) {
    for (size_t i = level; i != extents.size(); ++i) {
      begin[i] = i == level ? low : 0;
      box[i] = i == level ? high - low : extents[i];
    }
    llvm::Error error = visit(begin, box, done);
    done += (high - low) * size;
    for (size_t i = level; i != extents.size(); ++i) {
      begin[i] = 0;
      box[i] = 1;
    }
    return error;
  }
  ArrayRef<int64_t> extents;
  SmallVector<int64_t> begin, box, inner;
  Visit visit;
  int64_t done = 0;
};
} // namespace

llvm::Error forBoxes(ArrayRef<int64_t> extents, int64_t first, int64_t count, Boxes::Visit visit) {
  return Boxes(extents, visit).split(0, first, first + count);
}

} // namespace ingot
