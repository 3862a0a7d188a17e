// The result of the schedule phase: where every value of the program lives. The emitter of tables reads it; nothing recomputes it.
//
// On the entry function's ops after schedule:
//   - the ops are get_weight, reshape (a view of its operand's memory), dispatch, copy (none is implicit) and func.return only, in
//     execution order;
//   - every tensor value made by a dispatch carries, in the attribute `ingot.memory` of its op (an array, one element per result):
//       #ingot attr as a dictionary {arena = affine_map<()[s0..] -> (byte offset)>}  or  {result = i}  (the function's result i's buffer);
//   - the function carries `ingot.arena`: the arena's bytes, an affine map over the sizes.
#ifndef INGOT_PASSES_SCHEDULE_SCHEDULE_H
#define INGOT_PASSES_SCHEDULE_SCHEDULE_H

#include "llvm/ADT/StringRef.h"

namespace ingot {
inline constexpr llvm::StringLiteral kMemoryAttr = "ingot.memory";
inline constexpr llvm::StringLiteral kMemoryArena = "arena";
inline constexpr llvm::StringLiteral kMemoryResult = "result";
inline constexpr llvm::StringLiteral kArenaAttr = "ingot.arena";
} // namespace ingot

#endif // INGOT_PASSES_SCHEDULE_SCHEDULE_H
