#include "ir/reference/Bodies.h"
#include "ir/Types.h"

#include <cstring>

using namespace mlir;

namespace ingot::reference {

Operation *singleOp(Block &body) {
  if (body.getNumArguments() != 2 || body.getOperations().size() != 2)
    return nullptr;
  Operation *op = &body.front();
  if (!isa<AddOp, MultiplyOp, MaximumOp, MinimumOp, AndOp, OrOp, XorOp>(op) ||
      body.getTerminator()->getOperand(0) != op->getResult(0))
    return nullptr;
  bool usesBoth = (op->getOperand(0) == body.getArgument(0) && op->getOperand(1) == body.getArgument(1)) ||
                  (op->getOperand(0) == body.getArgument(1) && op->getOperand(1) == body.getArgument(0));
  return usesBoth ? op : nullptr;
}

// Then the body runs on whole tensors as on scalars.
static bool isElementwise(Block &body) {
  return llvm::all_of(body.without_terminator(),
                      [](Operation &op) { return op.hasTrait<trait::Pointwise>() || isa<ConstantOp>(op); });
}

Tensor flattened(const Tensor &tensor, int64_t count) {
  Tensor flat = Tensor::zeros(tensor.elementType, {count});
  stridedCopy(tensor.bytes.data(), {0, {tensor.numElements() == count && !tensor.dims.empty() ? 1 : 0}}, flat.bytes.data(),
              {0, {1}}, {count}, elementBytes(tensor.elementType));
  return flat;
}

Tensor scalarAt(const Tensor &tensor, int64_t index) {
  Tensor scalar = Tensor::zeros(tensor.elementType, {});
  std::memcpy(scalar.bytes.data(), tensor.bytes.data() + size_t(index) * scalar.bytes.size(), scalar.bytes.size());
  return scalar;
}

llvm::Error combine(Block &body, std::vector<Tensor> &accumulators, ArrayRef<Tensor> elements) {
  int64_t lanes = accumulators.front().numElements();
  auto runBody = [&](std::vector<Tensor> &state, ArrayRef<Tensor> next) -> llvm::Error {
    SmallVector<Tensor> arguments(state.begin(), state.end());
    llvm::append_range(arguments, next);
    auto returned = evaluateBody(body, arguments);
    if (!returned)
      return returned.takeError();
    state = std::move(*returned);
    return llvm::Error::success();
  };
  if (isElementwise(body)) {
    if (llvm::Error error = runBody(accumulators, elements))
      return error;
    // A body that returns a constant leaves a scalar.
    for (Tensor &accumulator : accumulators)
      if (accumulator.dims.empty())
        accumulator = flattened(accumulator, lanes);
    return llvm::Error::success();
  }
  for (int64_t lane = 0; lane != lanes; ++lane) {
    auto atLane = [&](const Tensor &flat) { return scalarAt(flat, lane); };
    std::vector<Tensor> state;
    for (const Tensor &accumulator : accumulators)
      state.push_back(atLane(accumulator));
    if (llvm::Error error = runBody(state, llvm::map_to_vector(elements, atLane)))
      return error;
    for (auto [accumulator, value] : llvm::zip(accumulators, state))
      std::memcpy(accumulator.bytes.data() + size_t(lane) * value.bytes.size(), value.bytes.data(), value.bytes.size());
  }
  return llvm::Error::success();
}

bool nextIndex(MutableArrayRef<int64_t> index, ArrayRef<int64_t> dims) {
  for (size_t i = dims.size(); i-- > 0;) {
    if (++index[i] < dims[i])
      return true;
    index[i] = 0;
  }
  return false;
}

} // namespace ingot::reference
