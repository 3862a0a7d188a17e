#include "compiler/codegen/IndexBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numeric>

namespace ingot {

using namespace mlir;

void hoistInsertionPoint(OpBuilder &builder, ValueRange dependencies, bool throughBranches) {
  while (true) {
    Block *block = builder.getInsertionBlock();
    Operation *parent = block->getParentOp();
    bool leave = isa<scf::ForOp>(parent) || (throughBranches && isa<scf::IfOp>(parent));
    if (!leave)
      return;
    for (Value value : dependencies)
      if (value && value.getParentBlock() == block)
        return;
    builder.setInsertionPoint(parent);
  }
}

bool isVisible(Value value, OpBuilder &builder) {
  Block *home = value.getParentBlock();
  for (Block *block = builder.getInsertionBlock(); block;) {
    if (block == home)
      return true;
    Operation *parent = block->getParentOp();
    if (!parent || isa<func::FuncOp>(parent))
      return false;
    block = parent->getBlock();
  }
  return false;
}

namespace {
enum Opcode : unsigned {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kRem,
  kMin,
  kMax,
  kAnd,
  kLanes,
  kSplat,
  kExpr,
  kFromSigned,
  kFromUnsigned,
  kCompare = 32
};
} // namespace

Value IndexBuilder::make(unsigned opcode, Value a, Value b, llvm::function_ref<Value()> create) {
  std::vector<const void *> key{reinterpret_cast<const void *>(uintptr_t(opcode)), a ? a.getAsOpaquePointer() : nullptr,
                                b ? b.getAsOpaquePointer() : nullptr};
  if (opcode == kLanes || opcode == kSplat) // scalars to vectors: one for each width
    key.push_back(reinterpret_cast<const void *>(uintptr_t(width)));
  Value &slot = state.values[key];
  if (slot && isVisible(slot, builder))
    return slot;
  OpBuilder::InsertionGuard guard(builder);
  hoistInsertionPoint(builder, {a, b}, true);
  Value made = create();
  slot = made;
  return made;
}

// value = first + second, the second a constant.
static std::pair<Value, int64_t> splitConstant(Value value) {
  if (auto op = value.getDefiningOp<arith::AddIOp>())
    if (auto known = IndexBuilder::constantOf(op.getRhs()))
      return {op.getLhs(), *known};
  return {value, 0};
}

std::pair<Value, int64_t> IndexBuilder::baseAndOffset(Value value) { return splitConstant(value); }

std::optional<int64_t> IndexBuilder::constantOf(Value value) {
  llvm::APInt constant;
  if (value && isa<IndexType>(value.getType()) && matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return std::nullopt;
}

// Constants are kept outermost, so that places a constant apart share all but one addition.
Value IndexBuilder::add(Value a, Value b) {
  auto x = constantOf(a), y = constantOf(b);
  if (x && y)
    return constant(*x + *y);
  if (x)
    std::swap(a, b);
  auto [base, offset] = splitConstant(a);
  if (x || y) {
    offset += x ? *x : *y;
  } else {
    auto [other, more] = splitConstant(b);
    offset += more;
    base = make(kAdd, base, other,
                [&, base = base, other = other] { return arith::AddIOp::create(builder, loc, base, other); });
  }
  if (offset == 0)
    return base;
  if (isa<VectorType>(base.getType()))
    return base;
  Value last = constant(offset);
  return make(kAdd, base, last, [&, base = base] { return arith::AddIOp::create(builder, loc, base, last); });
}

Value IndexBuilder::sub(Value a, Value b) {
  auto x = constantOf(a), y = constantOf(b);
  if (x && y)
    return constant(*x - *y);
  if (y)
    return add(a, constant(-*y));
  if (a == b && isa<IndexType>(a.getType()))
    return constant(0);
  return make(kSub, a, b, [&] { return arith::SubIOp::create(builder, loc, a, b); });
}

Value IndexBuilder::mul(Value a, Value b) {
  auto x = constantOf(a), y = constantOf(b);
  if (x && y)
    return constant(*x * *y);
  if (x) {
    std::swap(a, b);
    std::swap(x, y);
  }
  if (y && *y == 0)
    return constant(0);
  if (y && *y == 1)
    return a;
  if (auto [base, offset] = splitConstant(a); y && offset)
    return add(mul(base, b), constant(offset * *y));
  return make(kMul, a, b, [&] { return arith::MulIOp::create(builder, loc, a, b); });
}

Value IndexBuilder::div(Value a, Value b) {
  auto x = constantOf(a), y = constantOf(b);
  if (y && *y <= 1)
    return a;
  if (x && y)
    return constant(*x / *y);
  if (!y && isa<IndexType>(b.getType()))
    b = maximum(b, constant(1));
  return make(kDiv, a, b, [&] { return arith::DivUIOp::create(builder, loc, a, b); });
}

Value IndexBuilder::rem(Value a, Value b) {
  auto x = constantOf(a), y = constantOf(b);
  if (y && *y <= 1)
    return constant(0);
  if (x && y)
    return constant(*x % *y);
  if (y && multipleOf(a) % *y == 0)
    return constant(0);
  if (!y && isa<IndexType>(b.getType()))
    b = maximum(b, constant(1));
  return make(kRem, a, b, [&] { return arith::RemUIOp::create(builder, loc, a, b); });
}

// For values of any sign: floor((a + b - 1) / b) where that is positive, else 0.
Value IndexBuilder::ceilDiv(Value a, Value b) { return div(maximum(add(a, sub(b, constant(1))), constant(0)), b); }

Value IndexBuilder::minimum(Value a, Value b) {
  auto x = constantOf(a), y = constantOf(b);
  if (x && y)
    return constant(std::min(*x, *y));
  if (a == b)
    return a;
  return make(kMin, a, b, [&] { return arith::MinSIOp::create(builder, loc, a, b); });
}

Value IndexBuilder::maximum(Value a, Value b) {
  auto x = constantOf(a), y = constantOf(b);
  if (x && y)
    return constant(std::max(*x, *y));
  if (a == b)
    return a;
  return make(kMax, a, b, [&] { return arith::MaxSIOp::create(builder, loc, a, b); });
}

Value IndexBuilder::compare(Predicate predicate, Value a, Value b) {
  return make(kCompare + unsigned(predicate), a, b, [&] { return arith::CmpIOp::create(builder, loc, predicate, a, b); });
}

Value IndexBuilder::both(Value a, Value b) {
  if (!a || !b || a == b)
    return a ? a : b;
  return make(kAnd, a, b, [&] { return arith::AndIOp::create(builder, loc, a, b); });
}

Value IndexBuilder::expr(AffineExpr expr, ValueRange sizes) {
  if (auto known = dyn_cast<AffineConstantExpr>(expr))
    return constant(known.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return sizes[symbol.getPosition()];
  std::vector<const void *> key{reinterpret_cast<const void *>(uintptr_t(kExpr)), expr.getAsOpaquePointer()};
  Value &slot = state.values[key];
  if (slot && isVisible(slot, builder))
    return slot;
  OpBuilder::InsertionGuard guard(builder);
  hoistInsertionPoint(builder, {}, true);
  slot = materializeExpr(builder, loc, expr, sizes);
  return slot;
}

Value IndexBuilder::fromInteger(Value integer, bool isUnsigned) {
  return make(isUnsigned ? kFromUnsigned : kFromSigned, integer, {}, [&]() -> Value {
    Type type = integer.getType(), indexType = builder.getIndexType();
    if (auto vector = dyn_cast<VectorType>(type))
      indexType = VectorType::get(vector.getShape(), indexType);
    if (!isUnsigned)
      return arith::IndexCastOp::create(builder, loc, indexType, integer);
    Value source = integer;
    if (getElementTypeOrSelf(type).isInteger(64))
      source = arith::MinUIOp::create(builder, loc, integer, state.constants.integer(type, INT64_MAX));
    return arith::IndexCastUIOp::create(builder, loc, indexType, source);
  });
}

int64_t IndexBuilder::multipleOf(Value value) {
  if (auto known = constantOf(value))
    return std::abs(*known);
  if (auto found = state.multiples.find(value); found != state.multiples.end())
    return found->second;
  if (auto op = value.getDefiningOp<arith::AddIOp>())
    return std::gcd(multipleOf(op.getLhs()), multipleOf(op.getRhs()));
  if (auto op = value.getDefiningOp<arith::SubIOp>())
    return std::gcd(multipleOf(op.getLhs()), multipleOf(op.getRhs()));
  if (auto op = value.getDefiningOp<arith::MulIOp>())
    return multipleOf(op.getLhs()) * multipleOf(op.getRhs());
  return 1;
}

Value IndexBuilder::vectorOf(const LaneIndex &index) {
  if (index.lanes)
    return index.lanes;
  auto type = VectorType::get({width}, builder.getIndexType());
  SmallVector<llvm::APInt> offsets;
  for (int64_t lane = 0; lane < width; ++lane)
    offsets.push_back(llvm::APInt(64, uint64_t(lane * index.step)));
  if (auto known = constantOf(index.base)) {
    for (llvm::APInt &offset : offsets)
      offset += uint64_t(*known);
    return state.constants.get(DenseElementsAttr::get(type, offsets));
  }
  Value splat = make(kSplat, index.base, {}, [&] { return vector::BroadcastOp::create(builder, loc, type, index.base); });
  if (index.step == 0)
    return splat;
  return add(splat, state.constants.get(DenseElementsAttr::get(type, offsets)));
}

LaneIndex IndexBuilder::add(LaneIndex a, LaneIndex b) {
  if (!a.lanes && !b.lanes)
    return {add(a.base, b.base), a.step + b.step, {}};
  if (isUniform(a) && constantOf(a.base) == 0)
    return b;
  if (isUniform(b) && constantOf(b.base) == 0)
    return a;
  return {{}, 0, add(vectorOf(a), vectorOf(b))};
}

LaneIndex IndexBuilder::sub(LaneIndex a, LaneIndex b) {
  if (!a.lanes && !b.lanes)
    return {sub(a.base, b.base), a.step - b.step, {}};
  return {{}, 0, sub(vectorOf(a), vectorOf(b))};
}

LaneIndex IndexBuilder::mul(LaneIndex a, Value b) {
  auto factor = constantOf(b);
  if (factor == 0)
    return zero();
  if (!a.lanes && (a.step == 0 || factor))
    return {mul(a.base, b), factor ? a.step * *factor : 0, {}};
  if (factor == 1)
    return a;
  return {{}, 0, mul(vectorOf(a), vectorOf(uniform(b)))};
}

LaneIndex IndexBuilder::clamp(LaneIndex a, Value low, Value high) {
  if (isUniform(a))
    return uniform(maximum(minimum(a.base, high), low));
  return {{}, 0, maximum(minimum(vectorOf(a), vectorOf(uniform(high))), vectorOf(uniform(low)))};
}

bool IndexBuilder::staysInBlock(const LaneIndex &a, Value b) {
  if (isUniform(a))
    return true;
  auto divisor = constantOf(b);
  if (a.lanes || !divisor || *divisor <= 0 || a.step < 0)
    return false;
  // The base is a multiple of g, which divides the block: the room above it in the block is at least g.
  int64_t g = std::gcd(multipleOf(a.base), *divisor);
  return a.step * (width - 1) < g;
}

Value IndexBuilder::divideVectors(Value a, Value b, bool remainder) {
  auto wide = cast<VectorType>(a.getType());
  Attribute divisor;
  bool narrow = state.narrow && matchPattern(b, m_Constant(&divisor));
  auto type = narrow ? VectorType::get(wide.getShape(), builder.getI32Type()) : wide;
  return make(remainder ? kRem : kDiv, a, b, [&]() -> Value {
    Value x = a, y = b;
    if (narrow) {
      x = arith::IndexCastOp::create(builder, loc, type, a);
      y = state.constants.integer(type, cast<DenseIntElementsAttr>(divisor).getSplatValue<llvm::APInt>().trunc(32));
    }
    Value result =
        remainder ? Value(arith::RemUIOp::create(builder, loc, x, y)) : Value(arith::DivUIOp::create(builder, loc, x, y));
    return narrow ? Value(arith::IndexCastUIOp::create(builder, loc, wide, result)) : result;
  });
}

LaneIndex IndexBuilder::div(LaneIndex a, Value b) {
  if (constantOf(b) && *constantOf(b) <= 1)
    return a;
  if (staysInBlock(a, b))
    return uniform(div(a.base, b));
  if (!constantOf(b))
    b = maximum(b, constant(1));
  return {{}, 0, divideVectors(vectorOf(a), vectorOf(uniform(b)), false)};
}

LaneIndex IndexBuilder::rem(LaneIndex a, Value b) {
  if (constantOf(b) && *constantOf(b) <= 1)
    return zero();
  if (staysInBlock(a, b))
    return {rem(a.base, b), a.step, {}};
  if (!constantOf(b))
    b = maximum(b, constant(1));
  return {{}, 0, divideVectors(vectorOf(a), vectorOf(uniform(b)), true)};
}

// True if lanes side by side lie in a block that no multiple of its size cuts, and `b` is one: the comparison with `b` has
// one answer.
static bool isDecidedByBase(IndexBuilder &index, arith::CmpIPredicate predicate, const LaneIndex &a, const LaneIndex &b,
                            int64_t width) {
  return (predicate == arith::CmpIPredicate::slt || predicate == arith::CmpIPredicate::sge) && !a.lanes && a.step == 1 &&
         IndexBuilder::isUniform(b) && index.multipleOf(a.base) % width == 0 && index.multipleOf(b.base) % width == 0;
}

std::optional<bool> IndexBuilder::isKnown(Predicate predicate, const LaneIndex &a, const LaneIndex &b) {
  bool isOne = (isUniform(a) && isUniform(b)) || width == 1 || isDecidedByBase(*this, predicate, a, b, width);
  auto x = isOne ? constantOf(a.base) : std::nullopt, y = isOne ? constantOf(b.base) : std::nullopt;
  return x && y ? std::optional(arith::applyCmpPredicate(predicate, llvm::APInt(64, *x), llvm::APInt(64, *y)))
                : std::nullopt;
}

void IndexBuilder::require(LaneCondition &condition, Predicate predicate, const LaneIndex &a, const LaneIndex &b) {
  if (isKnown(predicate, a, b) == true)
    return;
  // Of a single lane the index is its base.
  if ((isUniform(a) && isUniform(b)) || width == 1 || isDecidedByBase(*this, predicate, a, b, width)) {
    condition.uniform = both(condition.uniform, compare(predicate, a.base, b.base));
    return;
  }
  if (predicate == Predicate::slt && !a.lanes && a.step == 1 && isUniform(b)) {
    Value count = sub(b.base, a.base);
    Value mask = make(kLanes, count, {}, [&] {
      return vector::CreateMaskOp::create(builder, loc, VectorType::get({width}, builder.getI1Type()), ValueRange{count});
    });
    condition.lanes = both(condition.lanes, mask);
    return;
  }
  condition.lanes = both(condition.lanes, compare(predicate, vectorOf(a), vectorOf(b)));
}

LaneIndex IndexBuilder::linearize(ArrayRef<LaneIndex> indices, ArrayRef<Value> dims) {
  LaneIndex linear = zero();
  Value stride = constant(1);
  for (size_t i = indices.size(); i-- > 0;) {
    linear = add(mul(indices[i], stride), linear);
    if (i)
      stride = mul(dims[i], stride);
  }
  return linear;
}

SmallVector<LaneIndex> IndexBuilder::delinearize(LaneIndex linear, ArrayRef<Value> dims) {
  SmallVector<LaneIndex> indices(dims.size());
  for (size_t i = dims.size(); i-- > 0;) {
    if (constantOf(dims[i]) == 1) {
      indices[i] = zero();
      continue;
    }
    bool outermost = true; // all dims before this one have one place
    for (size_t j = 0; j < i; ++j)
      outermost &= constantOf(dims[j]) == 1;
    indices[i] = outermost ? linear : rem(linear, dims[i]);
    if (!outermost)
      linear = div(linear, dims[i]);
  }
  return indices;
}

} // namespace ingot
