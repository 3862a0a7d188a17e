// Discrete Fourier transforms along the last dim: a tile is as many rows as a vector has lanes, or one where there are fewer.
// Inverse ones exchange real and imaginary parts in front and behind. Real rows of even length are half as long complex ones,
// their even elements being real parts.
#include "compiler/codegen/whole/Fourier.h"
#include "ir/TensorTypes.h"

namespace ingot {

using namespace mlir;

namespace {

// Longer rows are made one by one: a group of them would not stay in the caches.
constexpr int64_t kGroupedLength = 4096;

Value complexSide(FftOp op) { return op.getFftType() == FftType::RFFT ? Value(op.getResult()) : Value(op.getOperand()); }

struct FftChoice : MatrixChoice {
  FftChoice(FftOp op, const CpuLevel &level, ArrayRef<SizeAttr> sizes)
      : MatrixChoice(complexSide(op), 1, level),
        isReal(op.getFftType() == FftType::RFFT || op.getFftType() == FftType::IRFFT),
        isInverse(op.getFftType() == FftType::IFFT || op.getFftType() == FftType::IRFFT),
        length(op.getFftType() == FftType::IRFFT ? op.getFftLength().back() : op.getOperand().getType().getShape().back()),
        isHalved(isReal && length % 2 == 0 && length > 0),
        group(length <= kGroupedLength && maxOfExpr(matrices, sizes).value_or(lanes) >= lanes ? lanes : 1),
        fourier(*this, isHalved ? length / 2 : length, group) {
    if (isHalved)
      halfRoots = addVector(constant(length / 2 + 1));
  }

  bool isReal, isInverse;
  int64_t length;
  bool isHalved;
  int64_t group;
  FourierPlan fourier;
  Array halfRoots; // e^(-2 pi i k / length)
};

class FftCode {
public:
  FftCode(FftOp op, const FftChoice &choice, KernelOp kernel, const CpuLevel &level, KernelFunction &function,
          OpBuilder &builder)
      : op(op), choice(choice), code(kernel, level, function, builder, 1), m(code, choice, op.getResult()), e(m.e) {}

  LogicalResult run() {
    if (choice.length == 0)
      return success();
    Fourier fourier(m, choice.fourier);
    if (choice.isHalved)
      fillHalfRoots();
    Value rows = code.size(choice.matrices), group = m.constant(choice.group), zero = m.constant(0);
    SmallVector<Value> outer = code.dims(choice.type);
    outer.pop_back();
    code.loop(code.function.begin, code.function.end, [&](Value tile) {
      Value first = m.index.mul(tile, group);
      // Past the last row the last one is read again.
      m.loop(zero, group, [&](Value g) {
        Value row = m.index.minimum(m.index.add(first, g), m.index.sub(rows, m.constant(1)));
        read(fourier, code.index.delinearize(IndexBuilder::uniform(row), outer), g);
      });
      fourier.run();
      m.loop(zero, m.index.minimum(group, m.index.sub(rows, first)), [&](Value g) {
        write(fourier, code.index.delinearize(IndexBuilder::uniform(m.index.add(first, g)), outer), g);
      });
    });
    return success(!code.failed);
  }

private:
  void fillHalfRoots() {
    halfRoots = m.open(choice.halfRoots);
    RootConstants constants(m, choice.length, "fourier_half_roots");
    m.loop(m.constant(0), m.constant(choice.length / 2 + 1),
           [&](Value k) { m.store(halfRoots, m.constant(0), k, constants.at(k)); });
  }
  Number halfRoot(Value k) { return m.load(halfRoots, m.constant(0), k); }

  Value place(Value k, Value g) { return m.index.add(m.index.mul(k, m.constant(choice.group)), g); }
  static Number swapped(Number x) { return {x.im, x.re}; }
  Number inward(Number x) { return choice.isInverse ? swapped(x) : x; }

  Value realAt(ArrayRef<LaneIndex> at, Value k) {
    SmallVector<LaneIndex> place(at);
    place.push_back(IndexBuilder::uniform(k));
    return code.evaluate(op.getOperand(), place);
  }
  // An element of the operand, and where its conjugate is an element too and it is its own: without its imaginary part.
  Number complexAt(ArrayRef<LaneIndex> at, Value k, Value isOwn) {
    Number x = m.evaluate(op.getOperand(), at, ValueRange{k});
    return isOwn ? Number{x.re, e.select(isOwn, e.real(x.im, 0), x.im)} : x;
  }
  Value isZero(Value k) { return m.index.compare(arith::CmpIPredicate::eq, k, m.constant(0)); }

  void read(Fourier &fourier, ArrayRef<LaneIndex> at, Value g) {
    const int64_t half = choice.length / 2;
    if (choice.isReal && choice.isInverse && !choice.isHalved) {
      // An element and the conjugate that lies opposite; the middle of none.
      m.loop(m.constant(0), m.constant(half + 1), [&](Value k) {
        Number x = complexAt(at, k, isZero(k));
        Value opposite = m.index.rem(m.index.sub(m.constant(choice.length), k), m.constant(choice.length));
        fourier.setInput(opposite, place(opposite, g), inward(m.conj(x)));
        fourier.setInput(k, place(k, g), inward(x));
      });
      return;
    }
    fourier.loopOverLength([&](Value k) {
      Number x;
      if (!choice.isReal) {
        x = m.evaluate(op.getOperand(), at, ValueRange{k});
      } else if (!choice.isInverse) {
        Value twice = m.index.mul(k, m.constant(2));
        x = choice.isHalved ? Number{realAt(at, twice), realAt(at, m.index.add(twice, m.constant(1)))}
                            : m.realOf(realAt(at, k));
      } else {
        // Twice the transforms of the even and, times i, of the odd elements.
        Number near = complexAt(at, k, isZero(k)), far = m.conj(complexAt(at, m.index.sub(m.constant(half), k), isZero(k)));
        Number odd = m.mul(m.sub(near, far), m.conj(halfRoot(k)));
        x = m.add(m.add(near, far), {e.neg(odd.im), odd.re});
      }
      fourier.setInput(k, place(k, g), inward(x));
    });
  }

  void write(Fourier &fourier, ArrayRef<LaneIndex> at, Value g) {
    auto result = cast<OpResult>(op.getResult());
    auto output = [&](Value k) { return inward(fourier.output(k, place(k, g))); };
    auto storeReal = [&](Value value, Value k) {
      SmallVector<LaneIndex> place(at);
      place.push_back(IndexBuilder::uniform(k));
      code.store(result, value, place);
    };
    Value factor = m.real(1.0 / static_cast<double>(choice.length)).re;
    if (choice.isReal && !choice.isInverse) {
      m.loop(m.constant(0), m.constant(choice.length / 2 + 1),
             [&](Value k) { m.storeResult(result, choice.isHalved ? unfolded(output, k) : output(k), at, ValueRange{k}); });
      return;
    }
    fourier.loopOverLength([&](Value k) {
      Number x = output(k);
      if (!choice.isInverse)
        return m.storeResult(result, x, at, ValueRange{k});
      x = {e.mul(x.re, factor), e.mul(x.im, factor)};
      if (!choice.isReal)
        return m.storeResult(result, x, at, ValueRange{k});
      if (!choice.isHalved)
        return storeReal(x.re, k);
      Value twice = m.index.mul(k, m.constant(2));
      storeReal(x.re, twice);
      storeReal(x.im, m.index.add(twice, m.constant(1)));
    });
  }

  // Element k of the transform of real numbers from that of half the length: even + root * odd.
  Number unfolded(llvm::function_ref<Number(Value)> output, Value k) {
    Value half = m.constant(choice.length / 2);
    Number near = output(m.index.rem(k, half)), far = m.conj(output(m.index.rem(m.index.sub(half, k), half)));
    Value oneHalf = e.real(near.re, 0.5);
    Number even = m.add(near, far), less = m.sub(near, far), odd = m.mul({less.im, e.neg(less.re)}, halfRoot(k));
    Number sum = m.add(even, odd);
    return {e.mul(sum.re, oneHalf), e.mul(sum.im, oneHalf)};
  }

  FftOp op;
  const FftChoice &choice;
  WholeCode code;
  MatrixCode m;
  ElementBuilder &e;
  MatrixCode::Matrix halfRoots;
};

class FftEmitter : public WholeEmitter<FftOp, FftChoice, FftCode> {
public:
  llvm::StringRef name() const override { return "fft"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<FftOp>(kernel);
    if (!op || op.getFftLength().size() != 1) // simplify makes them of one dim
      return std::nullopt;
    auto choice = std::make_shared<FftChoice>(op, level, sizes);
    KernelPlan plan =
        choice->plan(name(), simplifyExpr(choice->matrices.ceilDiv(choice->group)), choice->fourier.steps(), sizes);
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createFftEmitter() { return std::make_unique<FftEmitter>(); }

} // namespace ingot
