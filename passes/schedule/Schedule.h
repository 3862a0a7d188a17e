// What schedule leaves behind, and what compiler/artifact reads to make slots and commands.
//
// Nouns
//   command    an ingot.dispatch, copy, if, while, bind_size or bound custom_call of a scheduled function; they run in block order, those of control
//              flow's blocks as it says.
//   view       an ingot.reshape of a scheduled function: its result is its operand's memory under other dims; no command.
//   root       the value whose memory a value is: through views up to an argument, a get_weight or a command's result.
//   placement  where a command's result lives: the buffer of a function result, or an offset in the arena.
//
// Encoding
//   Each command but while carries `ingot.memory`, an array with one placement for each of its results:
//   `{result = 1 : i64}`, or `{arena = 3 : i64}`, which is entry 3 of the function's `ingot.arena`. What the branches of an
//   if return has the placement of the if's result. A carried value (the results and block arguments of a while) has the
//   placement of the operand it starts as. Where what the body returns has the same, the loop updates it in place; else both
//   are `{arena = 3 : i64, carried = 0 : i64}` with different numbers: memory k of a function is a name whose place starts as
//   the arena entry, and after each iteration the names of a carried value and of the next one swap their places.
//
//   `ingot.arena` on a function is an array of affine maps. The value of entry k is the *largest* of the results of map k,
//   whose dim d<j> is the value of entry j (j < k) and whose symbol s<i> is the module's size i. Every entry is a multiple
//   of kArenaAlignment. The last entry is the arena's size in bytes; the others are offsets. One forward sweep evaluates
//   all. Example: [affine_map<() -> (0)>, affine_map<(d0)[s0] -> (d0 + s0 * 4096)>,
//   affine_map<(d0, d1)[s0] -> (d1 + s0 * 64)>]
//
//   Values whose live ranges overlap have disjoint memory for every choice of sizes. A result that a dispatch writes in
//   place (`inplace` names its operand) has its operand's placement; only kernels that read this operand at the very index
//   they write are so marked, and updates.
//
//   An update is a kernel that returns one of its operands with a window replaced. It writes the window alone, so each of
//   its dispatches is in place. Where the operand is a state of the program (a function argument), the result is the one the
//   state becomes, which then lies in the state's memory.
#ifndef INGOT_PASSES_SCHEDULE_SCHEDULE_H
#define INGOT_PASSES_SCHEDULE_SCHEDULE_H

#include "ir/Dialect.h"

#include <optional>

namespace ingot {

inline constexpr llvm::StringLiteral kMemoryAttr = "ingot.memory"; // command: ArrayAttr of placements
inline constexpr llvm::StringLiteral kArenaAttr = "ingot.arena";   // func: ArrayAttr of AffineMapAttr
inline constexpr int64_t kArenaAlignment = 64;                     // INGOT_BUFFER_ALIGNMENT

struct Placement {
  std::optional<unsigned> result;  // the function's result with this index
  unsigned arena = 0;              // else this entry of the arena plan
  std::optional<unsigned> carried; // the name of memory that loops swap

  // nullopt if the attribute is no placement.
  static std::optional<Placement> parse(mlir::Attribute attribute);
  mlir::Attribute print(mlir::MLIRContext *context) const;
  bool operator==(const Placement &) const = default;
};

// Where a value of a scheduled function is; nullopt for arguments and weights, and where none is readable.
std::optional<Placement> placementOf(mlir::Value value);

// The decoded `ingot.arena` of a function.
struct ArenaPlan {
  llvm::SmallVector<mlir::AffineMap> entries; // the last is the size

  // nullopt if absent or malformed (a dim that is no earlier entry, no result).
  static std::optional<ArenaPlan> parse(mlir::func::FuncOp function);
  mlir::ArrayAttr print(mlir::MLIRContext *context) const;
  // All entries at these sizes; nullopt on overflow.
  std::optional<llvm::SmallVector<int64_t>> evaluate(llvm::ArrayRef<int64_t> sizes) const;
};

// The operand whose memory an update writes: the kernel's one result is a dynamic_update_slice of it, and it is read nowhere
// else. nullopt for other kernels.
std::optional<unsigned> updatedOperand(KernelOp kernel);

// The root of a value of a scheduled (or outlined) function.
mlir::Value memoryRoot(mlir::Value value);
// Bytes of a value, an expression over the sizes.
mlir::AffineExpr byteSizeExpr(mlir::RankedTensorType type);

} // namespace ingot

#endif // INGOT_PASSES_SCHEDULE_SCHEDULE_H
