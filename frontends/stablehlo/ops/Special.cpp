// CHLO's functions of mathematics, which importers share, and quantisation.
#include "frontends/common/RaggedDot.h"
#include "frontends/common/SpecialFunctions.h"
#include "frontends/stablehlo/OpTable.h"
#include "ir/Verification.h"

#include <deque>

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// The function of the op's name, on operands of one type.
LogicalResult importSpecial(OpContext &c) {
  const frontend::SpecialFunction *function =
      frontend::findSpecialFunction(StringRef(c.op.name).drop_front(strlen("chlo.")));
  for (size_t i = 0; i != c.numOperands(); ++i) {
    if (!frontend::takesElements(*function, c.element(i)))
      return c.error("does not take elements of " + c.show(c.element(i)));
    if (c.type(i) != c.type(0))
      return c.error("operands have different types: " + c.show(c.type(0)) + " and " + c.show(c.type(i)));
  }
  c.result(function->make(c.b, c.values()));
  return success();
}

LogicalResult importRaggedDot(OpContext &c) {
  auto lhsBatch = c.integers("lhs_batching_dimensions"), rhsBatch = c.integers("rhs_batching_dimensions"),
       lhsContract = c.integers("lhs_contracting_dimensions"), rhsContract = c.integers("rhs_contracting_dimensions"),
       ragged = c.integers("lhs_ragged_dimensions"), group = c.integers("rhs_group_dimensions");
  if (!lhsBatch || !rhsBatch || !lhsContract || !rhsContract || !ragged || !group)
    return failure();
  if (ragged->size() != 1 || group->size() > 1)
    return c.error("has " + Twine(ragged->size()) + " ragged and " + Twine(group->size()) +
                   " group dims; one, and at most one, are needed");
  SmallVector<int64_t> ofRight(*rhsBatch), ofLeft(*lhsBatch);
  ofLeft.append(*lhsContract);
  ofRight.append(*rhsContract);
  ofRight.append(*group);
  const int64_t dim = ragged->front();
  const bool isFree = !llvm::is_contained(ofLeft, dim);
  if (!areUniqueDims(ofLeft, c.rank(0)) || !areUniqueDims(ofRight, c.rank(1)) || !areUniqueDims(*ragged, c.rank(0)) ||
      lhsBatch->size() != rhsBatch->size() || lhsContract->size() != rhsContract->size() || isFree != (group->size() == 1))
    return c.error("its dimension numbers do not fit " + c.show(c.type(0)) + " and " + c.show(c.type(1)));
  for (const auto &[left, right] : {std::pair(*lhsBatch, *rhsBatch), std::pair(*lhsContract, *rhsContract)})
    for (auto [i, j] : llvm::zip_equal(left, right))
      if (!c.needEqual(c.dims(0)[i], c.dims(1)[j], "paired dims differ"))
        return failure();
  // Sizes of groups: a vector, or one for each place in the dims of the same kind that stand before the ragged one, those of the
  // batch first.
  SmallVector<int64_t> before;
  const bool isBatch = llvm::is_contained(*lhsBatch, dim);
  for (int64_t batch : *lhsBatch)
    if (batch == dim)
      break;
    else
      before.push_back(batch);
  if (isFree) {
    for (int64_t other = 0; other != dim; ++other)
      if (!llvm::is_contained(ofLeft, other))
        before.push_back(other);
  } else if (!isBatch) {
    for (int64_t other : *lhsContract) {
      if (other == dim)
        break;
      before.push_back(other);
    }
  }
  bool fits = c.rank(2) == 1 || c.rank(2) == static_cast<int64_t>(before.size()) + 1;
  for (size_t i = 0; fits && c.rank(2) != 1 && i != before.size(); ++i)
    fits = c.p.equalDims(c.dims(2)[i], c.dims(0)[before[i]], c.op.name);
  if (!fits)
    return c.error("sizes of groups are " + c.show(c.type(2)) + ", which does not go with " + c.show(c.type(0)));
  frontend::RaggedDims dims{*lhsBatch, *rhsBatch, *lhsContract, *rhsContract, dim, std::nullopt};
  if (isFree)
    dims.rhsGroup = group->front();
  c.result(frontend::raggedDot(c.b, c.value(0), c.value(1), c.value(2), dims, c.resultElement(0)));
  return success();
}

// Operands are dequantised and results quantised for all ops alike; what is left here is nothing.
LogicalResult importQuantize(OpContext &c) {
  if (!c.declared(0)->quantization)
    return c.error("gives " + spellType(c.declared(0)) + ", which is not quantised");
  if (c.element(0) != c.resultElement(0))
    return c.error("(C2) takes " + c.show(c.type(0)) + ", but its result expresses " + c.show(c.resultElement(0)));
  c.result(c.value(0));
  return success();
}

LogicalResult importDequantize(OpContext &c) {
  if (!c.entry(0).type->quantization)
    return c.error("takes " + spellType(c.entry(0).type) + ", which is not quantised");
  c.result(c.value(0));
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.uniform_dequantize", 1, 1, 0, importDequantize, kAlongAxis},
    {"stablehlo.uniform_quantize", 1, 1, 0, importQuantize, kAlongAxis},
    {"chlo.ragged_dot", 3, 1, 0, importRaggedDot},
};

} // namespace

llvm::ArrayRef<ImportRow> specialOps() {
  static const std::vector<ImportRow> rows = [] {
    static std::deque<std::string> names;
    std::vector<ImportRow> rows(std::begin(kRows), std::end(kRows));
    for (const frontend::SpecialFunction &function : frontend::specialFunctions())
      rows.push_back({names.emplace_back(("chlo." + function.name).str()).c_str(), static_cast<int>(function.operands), 1, 0,
                      importSpecial});
    return rows;
  }();
  return rows;
}

} // namespace ingot::stablehlo
