#include "ir/Types.h"
#include "ir/Dialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ingot {

RankedTensorType makeTensorType(ArrayRef<AffineExpr> dims, Type elementType) {
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> exprs;
  bool isStatic = true;
  for (AffineExpr dim : dims) {
    AffineExpr expr = simplifyExpr(dim);
    exprs.push_back(expr);
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    shape.push_back(constant ? constant.getValue() : ShapedType::kDynamic);
    isStatic &= bool(constant);
  }
  if (isStatic)
    return RankedTensorType::get(shape, elementType);
  return RankedTensorType::get(shape, elementType, DimsAttr::get(elementType.getContext(), exprs));
}

RankedTensorType makeTensorType(ArrayRef<int64_t> dims, Type elementType) {
  return RankedTensorType::get(dims, elementType);
}

AffineExpr dimExpr(RankedTensorType type, unsigned index) {
  if (!type.isDynamicDim(index))
    return getAffineConstantExpr(type.getDimSize(index), type.getContext());
  auto dims = dyn_cast_or_null<DimsAttr>(type.getEncoding());
  assert(dims && "a dynamic dim without #ingot.dims");
  return dims.getExprs()[index];
}

SmallVector<AffineExpr> dimExprs(RankedTensorType type) {
  SmallVector<AffineExpr> exprs;
  for (unsigned i = 0, e = type.getRank(); i != e; ++i)
    exprs.push_back(dimExpr(type, i));
  return exprs;
}

AffineExpr numElementsExpr(RankedTensorType type) {
  AffineExpr product = getAffineConstantExpr(1, type.getContext());
  for (AffineExpr dim : dimExprs(type))
    product = product * dim;
  return simplifyExpr(product);
}

RankedTensorType withElementType(RankedTensorType type, Type elementType) {
  return RankedTensorType::get(type.getShape(), elementType, type.getEncoding());
}

bool hasKnownDims(RankedTensorType type) { return type.hasStaticShape() || isa_and_nonnull<DimsAttr>(type.getEncoding()); }

SmallVector<SizeAttr> moduleSizes(Operation *op) {
  SmallVector<SizeAttr> sizes;
  for (; op; op = op->getParentOp())
    if (auto list = op->getAttrOfType<ArrayAttr>(kSizesAttr)) {
      for (Attribute size : list)
        if (auto typed = dyn_cast<SizeAttr>(size))
          sizes.push_back(typed);
      break;
    }
  return sizes;
}

std::optional<int64_t> evaluateExpr(AffineExpr expr, ArrayRef<int64_t> values) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    if (symbol.getPosition() >= values.size())
      return std::nullopt;
    return values[symbol.getPosition()];
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<int64_t> lhs = evaluateExpr(binary.getLHS(), values), rhs = evaluateExpr(binary.getRHS(), values);
  if (!lhs || !rhs)
    return std::nullopt;
  int64_t result;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return llvm::AddOverflow(*lhs, *rhs, result) ? std::nullopt : std::optional(result);
  case AffineExprKind::Mul:
    return llvm::MulOverflow(*lhs, *rhs, result) ? std::nullopt : std::optional(result);
  case AffineExprKind::Mod:
    return *rhs <= 0 ? std::nullopt : std::optional(*lhs - llvm::divideFloorSigned(*lhs, *rhs) * *rhs);
  case AffineExprKind::FloorDiv:
    return *rhs <= 0 ? std::nullopt : std::optional(llvm::divideFloorSigned(*lhs, *rhs));
  case AffineExprKind::CeilDiv:
    return *rhs <= 0 ? std::nullopt : std::optional(llvm::divideCeilSigned(*lhs, *rhs));
  default:
    return std::nullopt;
  }
}

std::optional<std::pair<int64_t, int64_t>> rangeOfExpr(AffineExpr expr, ArrayRef<SizeAttr> sizes) {
  using Range = std::pair<int64_t, int64_t>;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return Range(constant.getValue(), constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    if (symbol.getPosition() >= sizes.size())
      return std::nullopt;
    SizeAttr size = sizes[symbol.getPosition()];
    return Range(size.getMin(), size.getMax());
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<Range> lhs = rangeOfExpr(binary.getLHS(), sizes), rhs = rangeOfExpr(binary.getRHS(), sizes);
  if (!lhs || !rhs)
    return std::nullopt;
  // All four operations but mod are monotone in each operand (divisors are positive), so the ends of the ranges bound them.
  bool isDivision = expr.getKind() != AffineExprKind::Add && expr.getKind() != AffineExprKind::Mul;
  if (isDivision && rhs->first <= 0)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Mod) {
    if (lhs->first >= 0 && lhs->second < rhs->first)
      return lhs;
    return Range(0, rhs->second - 1);
  }
  std::optional<Range> result;
  for (int64_t l : {lhs->first, lhs->second})
    for (int64_t r : {rhs->first, rhs->second}) {
      int64_t value = 0;
      switch (expr.getKind()) {
      case AffineExprKind::Add:
        if (llvm::AddOverflow(l, r, value))
          return std::nullopt;
        break;
      case AffineExprKind::Mul:
        if (llvm::MulOverflow(l, r, value))
          return std::nullopt;
        break;
      case AffineExprKind::FloorDiv:
        value = llvm::divideFloorSigned(l, r);
        break;
      case AffineExprKind::CeilDiv:
        value = llvm::divideCeilSigned(l, r);
        break;
      default:
        return std::nullopt;
      }
      result = result ? Range(std::min(result->first, value), std::max(result->second, value)) : Range(value, value);
    }
  return result;
}

std::optional<int64_t> maxOfExpr(AffineExpr expr, ArrayRef<SizeAttr> sizes) {
  auto range = rangeOfExpr(expr, sizes);
  return range ? std::optional(range->second) : std::nullopt;
}

bool mentionsSize(AffineExpr expr, unsigned size) {
  bool mentions = false;
  expr.walk([&](AffineExpr part) {
    auto symbol = dyn_cast<AffineSymbolExpr>(part);
    mentions |= symbol && symbol.getPosition() == size;
  });
  return mentions;
}

std::optional<AffineExpr> boundOverData(AffineExpr expr, ArrayRef<SizeAttr> sizes) {
  bool mentionsData = false, isKnown = true;
  expr.walk([&](AffineExpr part) {
    if (auto symbol = dyn_cast<AffineSymbolExpr>(part)) {
      isKnown &= symbol.getPosition() < sizes.size();
      mentionsData |= isKnown && sizes[symbol.getPosition()].getIsData();
    }
  });
  if (!isKnown)
    return std::nullopt;
  if (!mentionsData)
    return expr;
  // What grows with its operands is bounded where they are; the rest by its range.
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  bool grows = bool(binary);
  if (binary && binary.getKind() != AffineExprKind::Add)
    for (AffineExpr operand : {binary.getLHS(), binary.getRHS()}) {
      auto range = rangeOfExpr(operand, sizes);
      grows &= range && range->first >= 0;
    }
  if (binary && binary.getKind() != AffineExprKind::Add && binary.getKind() != AffineExprKind::Mul)
    grows &= binary.getKind() != AffineExprKind::Mod && isa<AffineConstantExpr>(binary.getRHS());
  if (grows) {
    std::optional<AffineExpr> lhs = boundOverData(binary.getLHS(), sizes), rhs = boundOverData(binary.getRHS(), sizes);
    if (!lhs || !rhs)
      return std::nullopt;
    return getAffineBinaryOpExpr(binary.getKind(), *lhs, *rhs);
  }
  std::optional<int64_t> most = maxOfExpr(expr, sizes);
  return most ? std::optional(getAffineConstantExpr(*most, expr.getContext())) : std::nullopt;
}

namespace {
// The element types by their numbers in enum ingot_dtype (this folder includes nothing of the runtime; TypesTest compares
// the numbers with the header), with the bytes one element takes.
struct DtypeRow {
  uint32_t dtype;
  int64_t bytes;
  Type (*make)(MLIRContext *);
  const char *name;
};
template <unsigned Width> Type makeSignless(MLIRContext *context) { return IntegerType::get(context, Width); }
template <unsigned Width> Type makeUnsigned(MLIRContext *context) {
  return IntegerType::get(context, Width, IntegerType::Unsigned);
}
template <typename Float> Type makeFloat(MLIRContext *context) { return Float::get(context); }
template <typename Float> Type makeComplex(MLIRContext *context) { return ComplexType::get(Float::get(context)); }

constexpr DtypeRow kDtypes[] = {
    {1, 1, makeSignless<1>, "i1"},
    {2, 1, makeSignless<2>, "i2"},
    {3, 1, makeSignless<4>, "i4"},
    {4, 1, makeSignless<8>, "i8"},
    {5, 2, makeSignless<16>, "i16"},
    {6, 4, makeSignless<32>, "i32"},
    {7, 8, makeSignless<64>, "i64"},
    {8, 1, makeUnsigned<2>, "u2"},
    {9, 1, makeUnsigned<4>, "u4"},
    {10, 1, makeUnsigned<8>, "u8"},
    {11, 2, makeUnsigned<16>, "u16"},
    {12, 4, makeUnsigned<32>, "u32"},
    {13, 8, makeUnsigned<64>, "u64"},
    {14, 1, makeFloat<Float8E4M3FNType>, "f8e4m3fn"},
    {15, 1, makeFloat<Float8E5M2Type>, "f8e5m2"},
    {16, 1, makeFloat<Float8E4M3FNUZType>, "f8e4m3fnuz"},
    {17, 1, makeFloat<Float8E5M2FNUZType>, "f8e5m2fnuz"},
    {18, 2, makeFloat<Float16Type>, "f16"},
    {19, 2, makeFloat<BFloat16Type>, "bf16"},
    {20, 4, makeFloat<Float32Type>, "f32"},
    {21, 8, makeFloat<Float64Type>, "f64"},
    {22, 8, makeComplex<Float32Type>, "c64"},
    {23, 16, makeComplex<Float64Type>, "c128"},
    {24, 1, makeFloat<Float8E4M3Type>, "f8e4m3"},
    {25, 1, makeFloat<Float8E3M4Type>, "f8e3m4"},
    {26, 1, makeFloat<Float8E4M3B11FNUZType>, "f8e4m3b11fnuz"},
    {27, 1, makeFloat<Float8E8M0FNUType>, "f8e8m0fnu"},
    {28, 1, makeFloat<Float6E2M3FNType>, "f6e2m3fn"},
    {29, 1, makeFloat<Float6E3M2FNType>, "f6e3m2fn"},
    {30, 1, makeFloat<Float4E2M1FNType>, "f4e2m1fn"},
};

const DtypeRow *findRow(Type elementType) {
  for (const DtypeRow &row : kDtypes)
    if (row.make(elementType.getContext()) == elementType)
      return &row;
  return nullptr;
}
} // namespace

int64_t elementBytes(Type elementType) {
  const DtypeRow *row = findRow(elementType);
  return row ? row->bytes : 0;
}

unsigned elementsInByte(Type elementType) {
  if (elementBytes(elementType) != 1)
    return 0;
  const unsigned bits = elementType.getIntOrFloatBitWidth();
  return bits == 1 || 8 % bits != 0 ? 1 : 8 / bits;
}

uint32_t dtypeOf(Type elementType) {
  const DtypeRow *row = findRow(elementType);
  return row ? row->dtype : 0;
}

bool isOperandType(RankedTensorType type) { return hasKnownDims(type) && findRow(type.getElementType()); }

Type elementTypeOf(MLIRContext *context, uint32_t dtype) {
  for (const DtypeRow &row : kDtypes)
    if (row.dtype == dtype)
      return row.make(context);
  return nullptr;
}

static std::string describeExpr(AffineExpr expr, ArrayRef<SizeAttr> sizes, bool parenthesize) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return std::to_string(constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    unsigned position = symbol.getPosition();
    return position < sizes.size() ? sizes[position].getName().str() : "s" + std::to_string(position);
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return "?";
  bool isSum = expr.getKind() == AffineExprKind::Add;
  const char *sign = isSum                                        ? " + "
                     : expr.getKind() == AffineExprKind::Mul      ? " * "
                     : expr.getKind() == AffineExprKind::Mod      ? " mod "
                     : expr.getKind() == AffineExprKind::FloorDiv ? " floordiv "
                                                                  : " ceildiv ";
  std::string left = describeExpr(binary.getLHS(), sizes, !isSum), right;
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (isSum && constant && constant.getValue() < 0 && constant.getValue() != INT64_MIN) {
    sign = " - ";
    right = std::to_string(-constant.getValue());
  } else {
    right = describeExpr(binary.getRHS(), sizes, !isSum);
  }
  std::string text = left + sign + right;
  return parenthesize ? "(" + text + ")" : text;
}

std::string describeExpr(AffineExpr expr, ArrayRef<SizeAttr> sizes) { return describeExpr(expr, sizes, false); }

std::string describeElementType(Type type) {
  if (const DtypeRow *row = findRow(type))
    return row->name;
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

std::string describeType(RankedTensorType type, ArrayRef<SizeAttr> sizes) {
  std::string text = describeElementType(type.getElementType()) + "[";
  for (int64_t i = 0, e = type.getRank(); i != e; ++i) {
    text += i ? "," : "";
    text += type.isDynamicDim(i) && !hasKnownDims(type) ? "?" : describeExpr(dimExpr(type, i), sizes);
  }
  return text + "]";
}

} // namespace ingot
