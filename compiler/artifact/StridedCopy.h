// Copies of strided boxes of elements at the speed of memory, transposing ones included.
#ifndef INGOT_COMPILER_ARTIFACT_STRIDEDCOPY_H
#define INGOT_COMPILER_ARTIFACT_STRIDEDCOPY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace ingot {

// One loop of a copy; strides in elements, none negative. A source stride of 0 repeats elements.
struct CopyLoop {
  int64_t extent, from, to;
};

// Copies the elements at every combination of the loops' turns. Elements have 1, 2, 4, 8 or 16 bytes. The order of the loops
// does not matter.
void copyStrided(const char *source, char *target, llvm::SmallVector<CopyLoop> loops, int64_t elementBytes);

// Calls `visit` with the boxes that elements [first, first + count) of a row-major space are, in order: where each begins,
// its extents, and how many elements lie in boxes before. Every box is a row-major stretch. Stops at the first error.
llvm::Error
forBoxes(llvm::ArrayRef<int64_t> extents, int64_t first, int64_t count,
         llvm::function_ref<llvm::Error(llvm::ArrayRef<int64_t> begin, llvm::ArrayRef<int64_t> box, int64_t done)> visit);

} // namespace ingot

#endif // INGOT_COMPILER_ARTIFACT_STRIDEDCOPY_H
