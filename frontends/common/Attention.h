// Scaled dot products of queries with keys.
#ifndef INGOT_FRONTENDS_COMMON_ATTENTION_H
#define INGOT_FRONTENDS_COMMON_ATTENTION_H

#include "frontends/common/ProgramBuilder.h"

namespace ingot::frontend {

struct AttentionHeads {
  mlir::Value query, key, value; // [batch, heads, length, size]; a multiple of the keys' heads may query
};

// Which keys a query may see by its place: none after it, and no more than so many before and after it (negative: all).
struct Sight {
  bool causal = false;
  int64_t left = -1, right = -1;
  mlir::AffineExpr past; // the first query's place (null: 0)
};

struct AttentionSpec {
  // What a second result is, from the product of queries and keys to what the values are weighted with.
  enum Scores { Product, Capped, Masked, Weights };
  double scale = 1, softcap = 0; // no cap: 0
  Sight sight;
  mlir::Type softmaxType; // a float type
  std::optional<Scores> shown;
};

// The attention, and what `shown` asks for. `mask` says which keys are seen (i1), or is added to the scores; `lengths` is the
// number of keys of each batch; both may be null.
llvm::SmallVector<mlir::Value> attend(ProgramBuilder &p, const AttentionSpec &spec, const AttentionHeads &heads,
                                      mlir::Value mask, mlir::Value lengths);

// [batch, heads, length, size] as [batch, length, heads * size].
mlir::Value joinHeads(ValueBuilder &b, mlir::Value x);
// query * key', times scale: [batch, heads, queries, keys].
mlir::Value scoresOf(ValueBuilder &b, const AttentionHeads &heads, double scale);
// weights * value: [batch, heads, queries, size].
mlir::Value weighted(ValueBuilder &b, mlir::Value weights, mlir::Value value);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_ATTENTION_H
