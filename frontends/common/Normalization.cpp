#include "frontends/common/Normalization.h"

using namespace mlir;

namespace ingot::frontend {

namespace {

// (x - mean) / sqrt(variance + epsilon) over `axes`; also mean, variance and the inverse deviation, with dims of 1.
struct Normalized {
  Value value, mean, variance, inverse;
};
Normalized normalize(ProgramBuilder &p, Value x, ArrayRef<int64_t> axes, double epsilon) {
  ValueBuilder &b = p.b;
  Normalized result;
  ValueBuilder::Centred centred = b.centre(x, axes, p.sizes());
  result.mean = centred.mean;
  result.variance = b.mean(b.mul(centred.value, centred.value), axes);
  result.inverse = b.unary<RsqrtOp>(b.add(result.variance, b.like(result.variance, epsilon)));
  result.value = b.mul(centred.value, b.broadcast(result.inverse, ValueBuilder::dimsOf(x)));
  return result;
}

SmallVector<int64_t> axesFrom(int64_t first, int64_t rank) { return llvm::to_vector(llvm::seq<int64_t>(first, rank)); }

// A vector along dim 1 of `other`, in the type that its steps are computed in.
Value alongChannels(ValueBuilder &b, Value vector, Value other) {
  return b.broadcast(b.convert(vector, ValueBuilder::elementOf(other)), ValueBuilder::dimsOf(other), 1);
}

Value scaledAndShifted(ValueBuilder &b, Value x, Value scale, Value shift) {
  return b.add(b.mul(x, alongChannels(b, scale, x)), alongChannels(b, shift, x));
}

Value likeValue(ValueBuilder &b, Value other, Value value) {
  return b.broadcast(b.convert(other, ValueBuilder::elementOf(value)), ValueBuilder::dimsOf(value));
}

NamedAttribute number(ValueBuilder &b, llvm::StringRef name, double value) {
  return b.getNamedAttr(name, b.getF64FloatAttr(value));
}

} // namespace

Value batchNorm(ProgramBuilder &p, ArrayRef<Value> operands, double epsilon) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(operands[0]), steps = b.stepType(type);
  auto build = [&](ArrayRef<Value> in) {
    Value variance = b.convert(in[4], steps);
    Value scale = b.mul(b.convert(in[1], steps), b.unary<RsqrtOp>(b.add(variance, b.like(variance, epsilon))));
    Value shift = b.sub(b.convert(in[2], steps), b.mul(b.convert(in[3], steps), scale));
    return SmallVector<Value>{b.convert(scaledAndShifted(b, b.convert(in[0], steps), scale, shift), type)};
  };
  return p.composite("batch_norm", number(b, "epsilon", epsilon), operands, {}, build).front();
}

Value scaleChannels(ProgramBuilder &p, Value x, Value scale, Value shift, double epsilon) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(x);
  auto build = [&](ArrayRef<Value> in) {
    return SmallVector<Value>{b.convert(scaledAndShifted(b, b.convert(in[0], b.stepType(type)), in[1], in[2]), type)};
  };
  return p.composite("batch_norm", number(b, "epsilon", epsilon), {x, scale, shift, Value(), Value()}, {}, build).front();
}

SmallVector<Value> batchNormTraining(ProgramBuilder &p, ArrayRef<Value> operands, ArrayRef<int64_t> axes, double epsilon,
                                     double momentum, ArrayRef<bool> wanted) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(operands[0]);
  const AffineExpr channels = ValueBuilder::dimsOf(operands[0])[1];
  auto build = [&](ArrayRef<Value> in) {
    Normalized normalized = normalize(p, b.convert(in[0], b.stepType(type)), axes, epsilon);
    SmallVector<Value> results = {b.convert(scaledAndShifted(b, normalized.value, in[1], in[2]), type)};
    for (size_t i : {1, 2})
      if (wanted[i])
        results.push_back(b.inSteps(in[i + 2], [&](Value running) {
          Value current = b.reshape(i == 1 ? normalized.mean : normalized.variance, channels);
          current = b.convert(current, ValueBuilder::elementOf(running));
          return b.add(b.mul(running, b.like(running, momentum)), b.mul(current, b.like(current, 1 - momentum)));
        }));
    return results;
  };
  return p.composite("batch_norm", {number(b, "epsilon", epsilon), number(b, "momentum", momentum)}, operands, wanted,
                     build);
}

Value instanceNorm(ProgramBuilder &p, ArrayRef<Value> operands, double epsilon) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(operands[0]);
  auto build = [&](ArrayRef<Value> in) {
    Value x = b.convert(in[0], b.stepType(type));
    Value value = normalize(p, x, axesFrom(2, ValueBuilder::rankOf(x)), epsilon).value;
    return SmallVector<Value>{b.convert(scaledAndShifted(b, value, in[1], in[2]), type)};
  };
  return p.composite("instance_norm", number(b, "epsilon", epsilon), operands, {}, build).front();
}

Value groupNorm(ProgramBuilder &p, ArrayRef<Value> operands, int64_t groups, bool perChannel, double epsilon) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(operands[0]);
  const Dims dims = ValueBuilder::dimsOf(operands[0]);
  Dims split = {dims[0], b.number(groups), b.number(staticDim(dims[1]) / groups)};
  split.append(dims.begin() + 2, dims.end());
  auto build = [&](ArrayRef<Value> in) {
    Value x = b.reshape(b.convert(in[0], b.stepType(type)), split);
    Value value = normalize(p, x, axesFrom(2, static_cast<int64_t>(split.size())), epsilon).value;
    if (perChannel)
      value = b.reshape(value, dims);
    value = scaledAndShifted(b, value, in[1], in[2]);
    return SmallVector<Value>{b.convert(b.reshape(value, dims), type)};
  };
  return p
      .composite("group_norm", {b.getNamedAttr("groups", b.getI64IntegerAttr(groups)), number(b, "epsilon", epsilon)},
                 operands, {}, build)
      .front();
}

SmallVector<Value> layerNorm(ProgramBuilder &p, ArrayRef<Value> operands, ArrayRef<int64_t> axes, double epsilon, Type stash,
                             ArrayRef<bool> wanted) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(operands[0]);
  auto build = [&](ArrayRef<Value> in) {
    Normalized normalized = normalize(p, b.convert(in[0], b.stepType(stash)), axes, epsilon);
    Value value = b.mul(normalized.value, likeValue(b, in[1], normalized.value));
    if (in[2])
      value = b.add(value, likeValue(b, in[2], value));
    SmallVector<Value> results = {b.convert(value, type)};
    for (auto [index, kept] : {std::pair<size_t, Value>{1, normalized.mean}, {2, normalized.inverse}})
      if (wanted[index])
        results.push_back(b.convert(kept, stash));
    return results;
  };
  return p.composite("layer_norm", {b.getNamedAttr("axes", b.getDenseI64ArrayAttr(axes)), number(b, "epsilon", epsilon)},
                     operands, wanted, build);
}

Value rmsNorm(ProgramBuilder &p, ArrayRef<Value> operands, ArrayRef<int64_t> axes, double epsilon, Type stash) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(operands[1]);
  auto build = [&](ArrayRef<Value> in) {
    Value x = b.convert(in[0], b.stepType(stash));
    Value square = b.mean(b.mul(x, x), axes);
    Value inverse = b.unary<RsqrtOp>(b.add(square, b.like(square, epsilon)));
    Value value = b.mul(x, b.broadcast(inverse, ValueBuilder::dimsOf(x)));
    value = b.mul(value, likeValue(b, in[1], value));
    return SmallVector<Value>{b.convert(value, type)};
  };
  NamedAttribute attributes[] = {b.getNamedAttr("axes", b.getDenseI64ArrayAttr(axes)), number(b, "epsilon", epsilon)};
  return p.composite("rms_norm", attributes, operands, {}, build).front();
}

} // namespace ingot::frontend
