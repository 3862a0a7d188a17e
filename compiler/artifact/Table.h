// Builds the tables of runtime/abi/artifact.h: records are appended in any order, serialize lays them out.
#ifndef INGOT_COMPILER_ARTIFACT_TABLE_H
#define INGOT_COMPILER_ARTIFACT_TABLE_H

#include "mlir/IR/AffineExpr.h"
#include "runtime/abi/artifact.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace ingot {

class Table {
public:
  Table();

  // Index of a string; equal strings share one.
  uint32_t string(llvm::StringRef text);

  // Indices of expression nodes; equal nodes share one, constants fold.
  uint32_t constant(int64_t value);
  uint32_t size(uint32_t index);
  uint32_t expr(ingot_expr_op op, uint32_t lhs, uint32_t rhs);
  // Symbol i of the expression is size i, dim j is the node dims[j].
  uint32_t expr(mlir::AffineExpr affine, llvm::ArrayRef<uint32_t> dims = {});

  // First place of a list of indices in `indices`; equal lists share one.
  uint32_t indices(llvm::ArrayRef<uint32_t> list);

  std::vector<ingot_size_record> sizes;
  std::vector<ingot_slot> slots;
  std::vector<ingot_variant> variants;
  std::vector<ingot_kernel_record> kernels;
  std::vector<ingot_command> commands;
  std::vector<ingot_command_list> lists;
  std::vector<ingot_argument> arguments;
  std::vector<ingot_entry> entries;
  std::vector<ingot_weight_record> weights;
  std::vector<uint64_t> weightHashes;     // filled once the weights' bytes are known
  std::vector<ingot_self_test> selfTests; // one per level; filled once the file can be run

  // Symbols of the functions that custom calls are bound to: those of the last kernels, by the variants they have.
  std::vector<std::string> functions;

  // Header fields that are not spans: arch and strings must be set; offsets and hashes are the serializer's and the
  // packager's.
  ingot_table_header header;

  // All bytes, table_hash included. Deterministic.
  std::vector<char> serialize() const;

private:
  std::string strings;
  llvm::StringMap<uint32_t> stringIndex;
  std::vector<ingot_expr> exprs;
  std::map<std::tuple<uint32_t, uint32_t, uint32_t, int64_t>, uint32_t> exprIndex;
  std::vector<uint32_t> indexList;
  std::map<std::vector<uint32_t>, uint32_t> indexIndex;

  uint32_t node(uint32_t op, uint32_t lhs, uint32_t rhs, int64_t value);
  const int64_t *constantValue(uint32_t expr) const;
};

} // namespace ingot

#endif // INGOT_COMPILER_ARTIFACT_TABLE_H
