#include "compiler/artifact/Table.h"

#include "runtime/abi/hash.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

namespace ingot {

Table::Table() : strings(1, '\0') {
  std::memset(&header, 0, sizeof header);
  std::memcpy(header.magic, INGOT_MAGIC, sizeof header.magic);
  header.abi_version = INGOT_ABI_VERSION;
  header.struct_size = sizeof header;
}

uint32_t Table::string(llvm::StringRef text) {
  if (text.empty())
    return 0;
  auto [it, inserted] = stringIndex.try_emplace(text, strings.size());
  if (inserted) {
    strings.append(text.begin(), text.end());
    strings.push_back('\0');
  }
  return it->second;
}

uint32_t Table::node(uint32_t op, uint32_t lhs, uint32_t rhs, int64_t value) {
  auto [it, inserted] = exprIndex.try_emplace({op, lhs, rhs, value}, exprs.size());
  if (inserted)
    exprs.push_back(ingot_expr{op, lhs, rhs, 0, value});
  return it->second;
}

uint32_t Table::constant(int64_t value) { return node(INGOT_EXPR_CONST, 0, 0, value); }
uint32_t Table::size(uint32_t index) { return node(INGOT_EXPR_SIZE, index, 0, 0); }

const int64_t *Table::constantValue(uint32_t expr) const {
  return exprs[expr].op == INGOT_EXPR_CONST ? &exprs[expr].value : nullptr;
}

uint32_t Table::expr(ingot_expr_op op, uint32_t lhs, uint32_t rhs) {
  const int64_t *leftPlace = constantValue(lhs), *rightPlace = constantValue(rhs);
  if (leftPlace && rightPlace) {
    int64_t l = *leftPlace, r = *rightPlace;
    switch (op) {
    case INGOT_EXPR_ADD:
      return constant(l + r);
    case INGOT_EXPR_SUB:
      return constant(l - r);
    case INGOT_EXPR_MUL:
      return constant(l * r);
    case INGOT_EXPR_MIN:
      return constant(std::min(l, r));
    case INGOT_EXPR_MAX:
      return constant(std::max(l, r));
    case INGOT_EXPR_ALIGN:
      return constant(r > 0 ? llvm::divideCeilSigned(l, r) * r : l);
    case INGOT_EXPR_FLOORDIV:
      if (r > 0)
        return constant(llvm::divideFloorSigned(l, r));
      break;
    case INGOT_EXPR_CEILDIV:
      if (r > 0)
        return constant(llvm::divideCeilSigned(l, r));
      break;
    case INGOT_EXPR_MOD:
      if (r > 0)
        return constant(llvm::mod(l, r));
      break;
    default:
      break;
    }
  }
  if ((op == INGOT_EXPR_MAX || op == INGOT_EXPR_MIN) && lhs == rhs)
    return lhs;
  return node(op, lhs, rhs, 0);
}

uint32_t Table::expr(mlir::AffineExpr affine, llvm::ArrayRef<uint32_t> dims) {
  using mlir::AffineExprKind;
  if (auto c = mlir::dyn_cast<mlir::AffineConstantExpr>(affine))
    return constant(c.getValue());
  if (auto s = mlir::dyn_cast<mlir::AffineSymbolExpr>(affine))
    return size(s.getPosition());
  if (auto d = mlir::dyn_cast<mlir::AffineDimExpr>(affine))
    return dims[d.getPosition()];
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(affine);
  uint32_t lhs = expr(binary.getLHS(), dims), rhs = expr(binary.getRHS(), dims);
  switch (affine.getKind()) {
  case AffineExprKind::Add:
    return expr(INGOT_EXPR_ADD, lhs, rhs);
  case AffineExprKind::Mul:
    return expr(INGOT_EXPR_MUL, lhs, rhs);
  case AffineExprKind::FloorDiv:
    return expr(INGOT_EXPR_FLOORDIV, lhs, rhs);
  case AffineExprKind::CeilDiv:
    return expr(INGOT_EXPR_CEILDIV, lhs, rhs);
  default:
    return expr(INGOT_EXPR_MOD, lhs, rhs);
  }
}

uint32_t Table::indices(llvm::ArrayRef<uint32_t> list) {
  if (list.empty())
    return 0;
  auto [it, inserted] = indexIndex.try_emplace(std::vector<uint32_t>(list.begin(), list.end()), indexList.size());
  if (inserted)
    indexList.insert(indexList.end(), list.begin(), list.end());
  return it->second;
}

// Appends records 8-byte aligned and describes them.
static ingot_span append(std::vector<char> &out, const void *data, size_t count, size_t stride) {
  out.resize(llvm::alignTo(out.size(), 8), 0);
  ingot_span span{static_cast<uint32_t>(out.size()), static_cast<uint32_t>(count), static_cast<uint32_t>(stride)};
  const char *bytes = static_cast<const char *>(data);
  if (count != 0)
    out.insert(out.end(), bytes, bytes + count * stride);
  return span;
}

std::vector<char> Table::serialize() const {
  std::vector<char> out(sizeof(ingot_table_header), 0);
  ingot_table_header h = header;
  auto put = [&](const auto &records) { return append(out, records.data(), records.size(), sizeof(records[0])); };
  h.strings = put(strings);
  h.sizes = put(sizes);
  h.exprs = put(exprs);
  h.indices = put(indexList);
  h.slots = put(slots);
  h.variants = put(variants);
  h.kernels = put(kernels);
  h.commands = put(commands);
  h.lists = put(lists);
  h.arguments = put(arguments);
  h.entries = put(entries);
  h.weights = put(weights);
  h.weight_hashes = put(weightHashes);
  h.self_tests = put(selfTests);
  out.resize(llvm::alignTo(out.size(), 64), 0);
  h.table_size = out.size();
  h.table_hash = 0;
  std::memcpy(out.data(), &h, sizeof h);
  h.table_hash = ingot_table_hash(out.data(), out.size());
  std::memcpy(out.data(), &h, sizeof h);
  return out;
}

} // namespace ingot
