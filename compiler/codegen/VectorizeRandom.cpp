// Random numbers at any place: each element's words come from a counter, so that lanes and tiles are independent.
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Random.h"
#include "ir/Types.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <array>
#include <cmath>

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

namespace {

// Arithmetic on words of 32 bits and what they are halves of, for a scalar or for lanes.
class Words {
public:
  explicit Words(ElementBuilder &e) : e(e), i32(e.builder.getI32Type()), i64(e.builder.getI64Type()) {}

  Value low(Value wide) { return e.trunci(wide, i32); }
  Value high(Value wide) { return e.trunci(e.shru(wide, e.integer(wide, 32)), i32); }
  Value join(Value low, Value high) {
    Value upper = e.extui(high, i64);
    return e.ori(e.extui(low, i64), e.shl(upper, e.integer(upper, 32)));
  }
  Value rotate(Value word, int64_t by) {
    return e.ori(e.shl(word, e.integer(word, by)), e.shru(word, e.integer(word, 32 - by)));
  }
  Value plus(Value word, int64_t constant) { return e.addi(word, e.integer(word, constant)); }

  std::array<Value, 2> threefry(std::array<Value, 2> key, std::array<Value, 2> counter) {
    constexpr int64_t rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
    Value parity = e.xori(e.xori(key[0], key[1]), e.integer(key[0], 0x1BD11BDA));
    const Value keys[3] = {key[0], key[1], parity};
    Value x = e.addi(counter[0], keys[0]), y = e.addi(counter[1], keys[1]);
    for (int64_t group = 0; group != 5; ++group) {
      for (int64_t rotation : rotations[group % 2]) {
        x = e.addi(x, y);
        y = e.xori(rotate(y, rotation), x);
      }
      x = e.addi(x, keys[(group + 1) % 3]);
      y = plus(e.addi(y, keys[(group + 2) % 3]), group + 1);
    }
    return {x, y};
  }

  std::array<Value, 4> philox(std::array<Value, 2> key, std::array<Value, 4> counter) {
    auto product = [&](Value word, int64_t factor) {
      Value wide = e.extui(word, i64);
      return e.muli(wide, e.integer(wide, factor));
    };
    for (int round = 0; round != 10; ++round) {
      Value first = product(counter[0], 0xD2511F53), second = product(counter[2], 0xCD9E8D57);
      counter = {e.xori(e.xori(high(second), counter[1]), key[0]), low(second),
                 e.xori(e.xori(high(first), counter[3]), key[1]), low(first)};
      key = {plus(key[0], 0x9E3779B9), plus(key[1], 0xBB67AE85)};
    }
    return counter;
  }

private:
  ElementBuilder &e;
  Type i32, i64;
};

} // namespace

// Places as integers of 64 bits.
Value RegionEvaluator::placeNumbers(const LaneIndex &place) {
  Value index = width > 1 ? this->index.vectorOf(place) : place.base;
  Type type = ElementBuilder::withElement(index.getType(), builder.getI64Type());
  return arith::IndexCastOp::create(builder, loc, type, index);
}

Value RegionEvaluator::random(RngOp op, Indices indices) {
  Type elementType = op.getType().getElementType();
  Value a = evaluate(op.getA(), {}, {}), b = evaluate(op.getB(), {}, {});
  if (!a || !b)
    return {};
  Words words(element);
  Value place = placeNumbers(index.linearize(indices, dims(op.getType())));
  Value seed = element.integer(place, op.getSeed());
  auto [first, second] = words.threefry({words.low(seed), words.high(seed)}, {words.low(place), words.high(place)});

  if (isa<FloatType>(elementType)) {
    // As the interpreter does: in double precision, rounded once.
    Type f64 = builder.getF64Type();
    Value low = element.extf(a, f64), high = element.extf(b, f64), value;
    auto real = [&](Value word) { return element.uitofp(word, f64); };
    auto scaled = [&](Value x, double factor) { return element.mul(x, element.real(x, factor)); };
    if (op.getDistribution() == RngDistribution::NORMAL) {
      Value uniform = real(first);
      uniform = scaled(element.add(uniform, element.real(uniform, 1.0)), 0x1p-32);
      Value radius = element.sqrt(scaled(math::LogOp::create(builder, loc, uniform), -2.0));
      Value angle = scaled(scaled(real(second), 0x1p-32), 2 * M_PI);
      Value normal = element.mul(radius, math::CosOp::create(builder, loc, angle));
      return element.convert(element.add(low, element.mul(high, normal)), f64, elementType);
    }
    auto shifted = [&](Value word, int64_t by) { return real(element.shru(word, element.integer(word, by))); };
    Value unit = elementType.isF64() ? scaled(element.add(scaled(shifted(first, 5), 0x1p26), shifted(second, 6)), 0x1p-53)
                                     : scaled(shifted(first, 8), 0x1p-24);
    value = element.convert(element.add(low, element.mul(element.sub(high, low), unit)), f64, elementType);
    return element.select(element.cmp(arith::CmpFPredicate::OEQ, value, b), a, value);
  }

  bool isUnsigned = elementType.isUnsignedInteger() || elementType.isInteger(1);
  Type i64 = builder.getI64Type();
  auto extended = [&](Value x) { return isUnsigned ? element.extui(x, i64) : element.extsi(x, i64); };
  Value low = extended(a), high = extended(b), range = element.subi(high, low);
  Value isRange = element.cmp(isUnsigned ? Predicate::ult : Predicate::slt, low, high);
  range = element.select(isRange, range, element.integer(range, 1)); // what is left of a division by 1 is 0
  Value offset = arith::RemUIOp::create(builder, loc, words.join(first, second), range);
  return element.trunci(element.addi(low, offset), computeType(elementType));
}

Value RegionEvaluator::randomBits(RngBitGeneratorOp op, unsigned number, Indices indices, Value mask) {
  auto stateAt = [&](int64_t place) {
    Value scalar = RegionEvaluator(state, builder, loc, 1)
                       .evaluate(op.getInitialState(), IndexBuilder::uniform(index.constant(place)), {});
    return scalar ? element.splat(scalar, width) : scalar;
  };
  Value key = stateAt(0), counter = stateAt(1);
  if (!key || !counter)
    return {};
  auto outputType = cast<RankedTensorType>(op.getOutput().getType());
  bool isThreefry = op.getAlgorithm() == RngAlgorithm::THREE_FRY;
  bool hasHigh = op.getInitialState().getType().getDimSize(0) == 3;
  unsigned bits = outputType.getElementType().getIntOrFloatBitWidth();
  // Elements a block gives.
  int64_t perBlock = (isThreefry ? 2 : 4) / (bits == 64 ? 2 : 1);
  // Elements that are one word of Threefry's are pairs along one dim: a block has half of it.
  bool isPaired = isThreefry && bits != 64;
  SmallVector<AffineExpr> blockDims = dimExprs(outputType);
  std::optional<unsigned> halved = halvedDim(outputType);
  if (isPaired && halved)
    blockDims[*halved] = simplifyExpr(blockDims[*halved].ceilDiv(2));
  Words words(element);

  if (number == 0) {
    Value blocks =
        isPaired ? index.expr(numElementsExpr(makeTensorType(blockDims, outputType.getElementType())), state.function.sizes)
                 : index.ceilDiv(index.expr(numElementsExpr(outputType), state.function.sizes), index.constant(perBlock));
    Value count = placeNumbers(IndexBuilder::uniform(blocks)), low = element.addi(counter, count);
    Value place = placeNumbers(indices[0]), old = evaluate(op.getInitialState(), indices, mask);
    Value carry = element.extui(element.cmp(Predicate::ult, low, count), builder.getI64Type());
    Value high = element.addi(old, carry);
    auto isAt = [&](int64_t at) { return element.cmp(Predicate::eq, place, element.integer(place, at)); };
    return element.select(isAt(1), low, element.select(isAt(2), high, old));
  }

  Value place = placeNumbers(index.linearize(indices, dims(outputType)));
  Value block = place, within;
  if (isPaired) {
    within = element.integer(place, 0);
    block = element.integer(place, 0);
    for (auto [dim, extent] : llvm::enumerate(blockDims)) {
      Value at = placeNumbers(indices[dim]);
      if (halved == dim) {
        within = element.andi(at, element.integer(at, 1));
        at = element.shru(at, element.integer(at, 1));
      }
      Value scale = placeNumbers(IndexBuilder::uniform(index.expr(extent, state.function.sizes)));
      block = element.addi(element.muli(block, scale), at);
    }
  } else if (perBlock > 1) {
    within = element.andi(place, element.integer(place, perBlock - 1));
    block = element.shru(place, element.integer(place, perBlock == 2 ? 1 : 2));
  }
  Value low = element.addi(counter, block);
  SmallVector<Value, 4> block32;
  if (isThreefry) {
    auto pair = words.threefry({words.low(key), words.high(key)}, {words.low(low), words.high(low)});
    block32.assign(pair.begin(), pair.end());
  } else {
    Value high = hasHigh ? stateAt(2) : key;
    high = element.addi(high, element.extui(element.cmp(Predicate::ult, low, block), builder.getI64Type()));
    auto four = words.philox({words.low(key), words.high(key)},
                             {words.low(low), words.high(low), words.low(high), words.high(high)});
    block32.assign(four.begin(), four.end());
  }
  SmallVector<Value, 4> values;
  if (bits == 64)
    for (size_t i = 0; i < block32.size(); i += 2)
      values.push_back(words.join(block32[i], block32[i + 1]));
  else
    values = block32;
  Value value = values[0];
  for (size_t i = 1; i < values.size(); ++i)
    value = element.select(element.cmp(Predicate::eq, within, element.integer(within, int64_t(i))), values[i], value);
  return element.trunci(value, computeType(outputType.getElementType()));
}

} // namespace ingot
