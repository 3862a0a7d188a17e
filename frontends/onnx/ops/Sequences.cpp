// Sequences and optionals. Their lengths are known while importing, so they are lists of tensors here and no values of the
// program.
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

constexpr size_t kMaxSequence = 1 << 16;

// The elements of operand `index`, a sequence; null with an error if it is none.
const std::vector<EntryRef> *sequenceAt(NodeContext &n, size_t index) {
  EntryRef entry = n.entry(index);
  if (entry && entry->elements)
    return &*entry->elements;
  (void)n.error("operand " + llvm::Twine(index) + " is no sequence");
  return nullptr;
}

LogicalResult setSequence(NodeContext &n, size_t output, std::vector<EntryRef> elements) {
  if (elements.size() > kMaxSequence)
    return n.error("the sequence has more than " + llvm::Twine(kMaxSequence) + " elements");
  n.result(output, NodeContext::sequence(std::move(elements)));
  return success();
}

// Operand `index` as a place in [0, count), or up to count if `end`.
std::optional<size_t> placeAt(NodeContext &n, size_t index, size_t count, bool end) {
  std::optional<SmallVector<int64_t>> position = n.decidingInts(index, "a place in a sequence");
  if (!position)
    return std::nullopt;
  const auto size = static_cast<int64_t>(count);
  int64_t place = position->size() == 1 ? position->front() : INT64_MIN;
  if (place < 0 && place >= -size)
    place += size;
  if (place >= 0 && place < size + end)
    return place;
  (void)n.error("the place is none of a sequence of " + llvm::Twine(count));
  return std::nullopt;
}

LogicalResult sequenceEmpty(NodeContext &n) { return setSequence(n, 0, {}); }

LogicalResult sequenceConstruct(NodeContext &n) {
  if (failed(n.needInputs(n.numInputs(), n.numInputs())))
    return failure();
  std::vector<EntryRef> elements;
  for (size_t i = 0; i != n.numInputs(); ++i)
    elements.push_back(n.entry(i));
  return setSequence(n, 0, std::move(elements));
}

LogicalResult sequenceAt(NodeContext &n) {
  const std::vector<EntryRef> *elements = failed(n.needInputs(2, 2)) ? nullptr : sequenceAt(n, 0);
  std::optional<size_t> place = elements ? placeAt(n, 1, elements->size(), /*end=*/false) : std::nullopt;
  if (!place)
    return failure();
  n.result(0, (*elements)[*place]);
  return success();
}

LogicalResult sequenceLength(NodeContext &n) {
  const std::vector<EntryRef> *elements = failed(n.needInputs(1, 1)) ? nullptr : sequenceAt(n, 0);
  if (!elements)
    return failure();
  n.result(0, SymbolicTensor::makeInts(RankedTensorType::get({}, n.b.getI64Type()), static_cast<int64_t>(elements->size())));
  return success();
}

LogicalResult sequenceInsert(NodeContext &n) {
  const std::vector<EntryRef> *elements = failed(n.needInputs(2, 3)) ? nullptr : sequenceAt(n, 0);
  if (!elements)
    return failure();
  if (!n.entry(1)->isTensor())
    return n.error("a sequence holds tensors only");
  std::optional<size_t> place = n.has(2) ? placeAt(n, 2, elements->size(), /*end=*/true) : elements->size();
  if (!place)
    return failure();
  std::vector<EntryRef> result = *elements;
  result.insert(result.begin() + static_cast<ptrdiff_t>(*place), n.entry(1));
  return setSequence(n, 0, std::move(result));
}

LogicalResult sequenceErase(NodeContext &n) {
  const std::vector<EntryRef> *elements = failed(n.needInputs(1, 2)) ? nullptr : sequenceAt(n, 0);
  if (!elements)
    return failure();
  if (elements->empty())
    return n.error("the sequence is empty");
  std::optional<size_t> place = n.has(1) ? placeAt(n, 1, elements->size(), /*end=*/false) : elements->size() - 1;
  if (!place)
    return failure();
  std::vector<EntryRef> result = *elements;
  result.erase(result.begin() + static_cast<ptrdiff_t>(*place));
  return setSequence(n, 0, std::move(result));
}

// The pieces of a tensor along an axis: of the sizes `split` lists, of one size but the last, or single slices.
LogicalResult splitToSequence(NodeContext &n) {
  if (failed(n.needInputs(1, 2)))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  if (!axis)
    return failure();
  const int64_t extent = staticDim(n.dims(0)[*axis]);
  SmallVector<int64_t> sizes;
  bool keep = true;
  if (n.has(1) && n.rank(1) == 1) {
    std::optional<SmallVector<int64_t>> given = n.decidingInts(1, "how many pieces there are");
    if (!given)
      return failure();
    sizes = *given;
  } else {
    int64_t size = 1;
    if (n.has(1)) {
      std::optional<SmallVector<int64_t>> given = n.decidingInts(1, "how many pieces there are");
      if (!given)
        return failure();
      if (given->size() != 1)
        return n.error("split is no number and no list");
      size = given->front();
    } else {
      keep = n.intAttr("keepdims", 1) != 0;
    }
    if (extent < 0 || size < 1 || extent / size > static_cast<int64_t>(kMaxSequence))
      return n.error("axis " + llvm::Twine(*axis) + " of " + n.show(n.type(0)) + " cannot be split by " + llvm::Twine(size));
    for (int64_t rest = extent; rest > 0; rest -= size)
      sizes.push_back(std::min(rest, size));
  }
  int64_t start = 0;
  std::vector<EntryRef> elements;
  for (int64_t size : sizes) {
    if (size < 0 || extent < 0 || start > extent - size)
      return n.error("the pieces do not fit axis " + llvm::Twine(*axis) + " of " + n.show(n.type(0)));
    Value piece = n.b.slice(n.value(0), *axis, start, size);
    start += size;
    Dims dims = ValueBuilder::dimsOf(piece);
    if (!keep)
      dims.erase(dims.begin() + *axis);
    elements.push_back(NodeContext::tensor(n.b.reshape(piece, dims), n.node.output(0)));
  }
  if (start != extent)
    return n.error("the pieces have " + llvm::Twine(start) + " of " + n.show(n.type(0)) + " along axis " +
                   llvm::Twine(*axis));
  return setSequence(n, 0, std::move(elements));
}

LogicalResult concatFromSequence(NodeContext &n) {
  const std::vector<EntryRef> *elements = failed(n.needInputs(1, 1)) ? nullptr : sequenceAt(n, 0);
  if (!elements)
    return failure();
  if (elements->empty())
    return n.error("the sequence is empty");
  const bool stack = n.intAttr("new_axis", 0) != 0;
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), elements->front()->type.getRank() + stack);
  if (!axis)
    return failure();
  SmallVector<Value> parts;
  Dims first;
  for (const EntryRef &element : *elements) {
    Value part = n.valueOf(element);
    Dims dims = ValueBuilder::dimsOf(part), others = dims;
    if (stack)
      dims.insert(dims.begin() + *axis, n.b.number(1));
    else if (*axis < static_cast<int64_t>(others.size()))
      others[*axis] = n.b.number(0);
    if (parts.empty())
      first = others;
    if (others != first || ValueBuilder::elementOf(part) != elements->front()->type.getElementType())
      return n.error("the elements do not fit together: " + n.show(elements->front()->type) + " and " +
                     n.show(element->type));
    parts.push_back(n.b.reshape(part, dims));
  }
  n.result(0, n.b.concat(parts, *axis));
  return success();
}

// The body in place for each element. Operands that are tensors are the same for all.
LogicalResult sequenceMap(NodeContext &n) {
  const std::vector<EntryRef> *elements = n.numInputs() == 0 ? nullptr : sequenceAt(n, 0);
  if (!elements || failed(n.needInputs(n.numInputs(), n.numInputs())))
    return n.error("needs a sequence and a body");
  std::vector<std::vector<EntryRef>> results(n.node.output_size());
  for (size_t i = 0; i != elements->size(); ++i) {
    std::vector<EntryRef> inputs;
    for (size_t operand = 0; operand != n.numInputs(); ++operand) {
      EntryRef entry = n.entry(operand);
      if (entry->elements && entry->elements->size() != elements->size())
        return n.error("the sequences have different lengths");
      inputs.push_back(entry->elements ? (*entry->elements)[i] : entry);
    }
    std::optional<std::vector<EntryRef>> outputs = n.inlineGraph("body", inputs);
    if (!outputs)
      return failure();
    if (outputs->size() < results.size())
      return n.error("the body has " + llvm::Twine(outputs->size()) + " outputs");
    for (size_t output = 0; output != results.size(); ++output)
      results[output].push_back((*outputs)[output]);
  }
  for (size_t output = 0; output != results.size(); ++output)
    if (failed(setSequence(n, output, std::move(results[output]))))
      return failure();
  return success();
}

//===--- optionals -----------------------------------------------------------------------------------------------------===//

LogicalResult optional(NodeContext &n) {
  if (failed(n.needInputs(0, 1)))
    return failure();
  n.result(0, n.has(0) ? n.entry(0) : NodeContext::nothing());
  return success();
}

LogicalResult optionalGetElement(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (n.entry(0)->isNothing)
    return n.error("the optional holds nothing");
  n.result(0, n.entry(0));
  return success();
}

LogicalResult optionalHasElement(NodeContext &n) {
  if (failed(n.needInputs(0, 1)))
    return failure();
  const int64_t holds = n.has(0) && !n.entry(0)->isNothing;
  n.result(0, SymbolicTensor::makeInts(RankedTensorType::get({}, n.b.getI1Type()), holds));
  return success();
}

constexpr OpRow rows[] = {
    {"ConcatFromSequence", 11, kNewestOpset, concatFromSequence, kComplex | kLists},
    {"Optional", 15, kNewestOpset, optional, kComplex | kLists},
    {"OptionalGetElement", 15, kNewestOpset, optionalGetElement, kComplex | kLists},
    {"OptionalHasElement", 15, kNewestOpset, optionalHasElement, kComplex | kLists},
    {"SequenceAt", 11, kNewestOpset, sequenceAt, kComplex | kLists},
    {"SequenceConstruct", 11, kNewestOpset, sequenceConstruct, kComplex},
    {"SequenceEmpty", 11, kNewestOpset, sequenceEmpty, kComplex},
    {"SequenceErase", 11, kNewestOpset, sequenceErase, kComplex | kLists},
    {"SequenceInsert", 11, kNewestOpset, sequenceInsert, kComplex | kLists},
    {"SequenceLength", 11, kNewestOpset, sequenceLength, kComplex | kLists},
    {"SequenceMap", 17, kNewestOpset, sequenceMap, kComplex | kLists},
    {"SplitToSequence", 11, kNewestOpset, splitToSequence, kComplex},
};

} // namespace

llvm::ArrayRef<OpRow> sequenceOps() { return rows; }

} // namespace ingot::onnx
