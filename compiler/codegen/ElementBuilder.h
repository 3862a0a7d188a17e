// Arithmetic on element values: a scalar, or a vector of the elements of neighbouring lanes. Everything here works on both
// alike, so the same code makes scalar and vector kernels. Values have the computeType of their tensor's element type.
#ifndef INGOT_COMPILER_CODEGEN_ELEMENTBUILDER_H
#define INGOT_COMPILER_CODEGEN_ELEMENTBUILDER_H

#include "compiler/codegen/CpuLevel.h"
#include "compiler/codegen/KernelFunction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseMap.h"

namespace ingot {

// The constants of one function, each made once, at the start of its entry block.
class ConstantPool {
public:
  explicit ConstantPool(mlir::Block *entry) : entry(entry) {}
  // The module around the function.
  mlir::ModuleOp module() const { return entry->getParentOp()->getParentOfType<mlir::ModuleOp>(); }
  mlir::Value get(mlir::TypedAttr value);
  mlir::Value index(int64_t value);
  // A scalar or splat of a float or integer type.
  mlir::Value real(mlir::Type type, const llvm::APFloat &value);
  mlir::Value real(mlir::Type type, double value);
  mlir::Value integer(mlir::Type type, const llvm::APInt &value);
  mlir::Value integer(mlir::Type type, int64_t value);

private:
  mlir::Block *entry;
  llvm::DenseMap<mlir::Attribute, mlir::Value> values;
};

// True if the level converts between f16 and f32 in hardware.
bool hasHalfConversion(const CpuLevel &level);

class ElementBuilder {
public:
  ElementBuilder(mlir::OpBuilder &builder, mlir::Location loc, ConstantPool &pool, bool fusedMultiplyAdd,
                 bool halfConversion)
      : builder(builder), loc(loc), pool(pool), hasFma(fusedMultiplyAdd), hasHalf(halfConversion) {}

  using Value = mlir::Value;
  using FloatPredicate = mlir::arith::CmpFPredicate;
  using IntPredicate = mlir::arith::CmpIPredicate;

  // Types: the element of a scalar or vector; the type of as many lanes with another element.
  static mlir::Type elementOf(Value value);
  static mlir::Type withElement(mlir::Type shape, mlir::Type element);
  static int64_t lanesOf(Value value);

  // Constants shaped like `like`, of its element type or of `element`.
  Value real(Value like, double value) { return pool.real(like.getType(), value); }
  Value integer(Value like, int64_t value) { return pool.integer(like.getType(), value); }
  // The float whose bits are `bits`.
  Value realBits(Value like, uint64_t bits);
  // One scalar for all lanes of `width` (1: itself).
  Value splat(Value scalar, int64_t width);

  // Floats. `fma` rounds once where the level has the instruction, else twice.
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value neg(Value a);
  Value abs(Value a);
  Value sqrt(Value a);
  Value floor(Value a);
  Value trunc(Value a);
  Value roundEven(Value a);
  Value copySign(Value magnitude, Value sign);
  Value fma(Value a, Value b, Value c);
  Value cmp(FloatPredicate predicate, Value a, Value b);
  bool fusesMultiplyAdd() const { return hasFma; }

  // Integers.
  Value addi(Value a, Value b);
  Value subi(Value a, Value b);
  Value muli(Value a, Value b);
  Value andi(Value a, Value b);
  Value ori(Value a, Value b);
  Value xori(Value a, Value b);
  Value shl(Value a, Value b);
  Value shru(Value a, Value b);
  Value shrs(Value a, Value b);
  Value cmp(IntPredicate predicate, Value a, Value b);

  Value select(Value condition, Value a, Value b);
  Value bitcast(Value a, mlir::Type element);
  // Widening, narrowing and int <-> float as the arith op of the name; the identity where the type is right already.
  Value extf(Value a, mlir::Type element);
  Value truncf(Value a, mlir::Type element);
  Value extsi(Value a, mlir::Type element);
  Value extui(Value a, mlir::Type element);
  Value trunci(Value a, mlir::Type element);
  Value sitofp(Value a, mlir::Type element);
  Value uitofp(Value a, mlir::Type element);
  Value fptosi(Value a, mlir::Type element);

  // Complex values are scalars of the complex dialect.
  Value complexOf(Value re, Value im);
  Value realPart(Value a);
  Value imaginaryPart(Value a);

  // Between memory (storageType) and registers (computeType) for a tensor's element type.
  Value decode(Value stored, mlir::Type elementType);
  Value encode(Value value, mlir::Type elementType);
  // Rounds an f32 to what `elementType`, an f16, bf16 or f8, can hold; the identity for other types.
  Value roundTo(Value value, mlir::Type elementType);

  // An element's bits as an integer of its type's width, and back. Not for complex elements.
  Value toBits(Value value, mlir::Type elementType);
  Value fromBits(Value bits, mlir::Type elementType);

  // StableHLO's `convert` between tensor element types.
  Value convert(Value value, mlir::Type from, mlir::Type to);
  // The result of a pointwise op on its operands' elements. `roundNarrow`: results of floats narrower than f32 are rounded
  // to their type.
  Value pointwise(mlir::Operation *op, mlir::ValueRange operands, bool roundNarrow);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  ConstantPool &pool;

private:
  Value floatOp(mlir::Operation *op, mlir::ValueRange operands);
  Value integerOp(mlir::Operation *op, mlir::ValueRange operands, bool isUnsigned);
  Value complexOp(mlir::Operation *op, mlir::ValueRange operands);
  Value compare(class CompareOp op, mlir::ValueRange operands);
  Value encodeNarrow(Value value, mlir::FloatType type);
  Value decodeNarrow(Value bits, mlir::FloatType type);
  // f64 to f32 rounding to odd, so that a second rounding to a narrower type is right.
  Value truncateToOdd(Value value);
  Value integerToDoubleToOdd(Value value, bool isUnsigned);
  Value floatToInteger(Value value, mlir::IntegerType target, bool isUnsigned);

  bool hasFma, hasHalf;
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_ELEMENTBUILDER_H
