#include "frontends/onnx/NodeContext.h"

#include "frontends/common/Messages.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/Graph.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {

Value NodeContext::valueOf(const EntryRef &entry) { return p.materialise(*entry); }

SmallVector<Value> NodeContext::values() {
  SmallVector<Value> result;
  for (size_t i = 0; i != inputs.size(); ++i)
    result.push_back(value(i));
  return result;
}

const SymbolicTensor *NodeContext::known(size_t index) { return has(index) ? p.elementsOf(*inputs[index]) : nullptr; }

const SymbolicTensor *NodeContext::host(const EntryRef &entry) {
  const SymbolicTensor *elements = p.elementsOf(*entry);
  return elements && !elements->isGiven() ? elements : nullptr;
}

const SymbolicTensor *NodeContext::host(Value value) {
  const SymbolicTensor *elements = p.elementsOf(value);
  return elements && !elements->isGiven() ? elements : nullptr;
}

const SymbolicTensor *NodeContext::deciding(size_t index) {
  const SymbolicTensor *elements = known(index);
  if (elements && elements->isGiven())
    p.noteSpecialised(*elements);
  return elements;
}

std::optional<SmallVector<int64_t>> NodeContext::decidingInts(size_t index, llvm::StringRef what) {
  const SymbolicTensor *operand = deciding(index);
  std::optional<SmallVector<int64_t>> ints = operand ? operand->constants() : std::nullopt;
  if (!ints)
    (void)error("operand '" + inputs[index]->name + "' decides " + what + ", so it must be a constant" + decidedBy(index));
  return ints;
}

std::optional<Dims> NodeContext::decidingDims(size_t index, llvm::StringRef what) {
  const SymbolicTensor *operand = deciding(index);
  if (!operand || operand->isFloat()) {
    (void)error("operand '" + inputs[index]->name + "' decides " + what +
                ", so it must be a constant or computed from shapes" + decidedBy(index));
    return std::nullopt;
  }
  return Dims(operand->ints);
}

std::string NodeContext::decidedBy(size_t index) { return inputs[index]->value ? decidedBy(inputs[index]->value) : ""; }

std::optional<std::vector<double>> NodeContext::constantData(size_t index) {
  const SymbolicTensor *operand = known(index);
  return operand && operand->isGiven() ? std::nullopt : dataOf(*inputs[index]);
}

std::optional<std::vector<double>> NodeContext::tensorData(const TensorProto &tensor) {
  llvm::Expected<Entry> entry = importer.loadEntry(tensor, "value");
  if (!entry) {
    (void)error(llvm::toString(entry.takeError()));
    return std::nullopt;
  }
  std::optional<std::vector<double>> data = dataOf(*entry);
  if (!data && errors.empty())
    (void)error("the attribute's tensor is too large");
  return data;
}

std::optional<std::vector<double>> NodeContext::dataOf(Entry &entry) {
  std::vector<double> elements;
  if (const SymbolicTensor *known = p.elementsOf(entry)) {
    for (int64_t i = 0; i != known->size(); ++i) {
      std::optional<double> element = known->number(i);
      if (!element)
        return std::nullopt;
      elements.push_back(*element);
    }
    return elements;
  }
  if (!entry.source || entry.type.getNumElements() > (1 << 20) || isa<ComplexType>(entry.type.getElementType()))
    return std::nullopt;
  llvm::Expected<std::vector<char>> bytes = readSource(*entry.source);
  if (!bytes) {
    (void)error(llvm::toString(bytes.takeError()));
    return std::nullopt;
  }
  SymbolicTensor data = fromAttribute(attributeOf(entry.type, *bytes));
  for (int64_t i = 0; i != data.size(); ++i)
    elements.push_back(*data.number(i));
  return elements;
}

const AttributeProto *NodeContext::attribute(llvm::StringRef name) const {
  for (const AttributeProto &attribute : node.attribute())
    if (llvm::StringRef(attribute.name()) == name)
      return &attribute;
  return nullptr;
}

bool NodeContext::wrongAttribute(const AttributeProto &attribute, AttributeProto::AttributeType type) {
  if (!attribute.has_type() || attribute.type() == type || attribute.type() == AttributeProto::UNDEFINED)
    return false;
  (void)error("attribute '" + attribute.name() + "' is of type " + AttributeProto::AttributeType_Name(attribute.type()) +
              ", not " + AttributeProto::AttributeType_Name(type));
  return true;
}

int64_t NodeContext::intAttr(llvm::StringRef name, int64_t otherwise) {
  const AttributeProto *found = attribute(name);
  return !found || wrongAttribute(*found, AttributeProto::INT) ? otherwise : found->i();
}

double NodeContext::floatAttr(llvm::StringRef name, double otherwise) {
  const AttributeProto *found = attribute(name);
  return !found || wrongAttribute(*found, AttributeProto::FLOAT) ? otherwise : static_cast<double>(found->f());
}

std::string NodeContext::stringAttr(llvm::StringRef name, llvm::StringRef otherwise) {
  const AttributeProto *found = attribute(name);
  return !found || wrongAttribute(*found, AttributeProto::STRING) ? otherwise.str() : found->s();
}

std::optional<SmallVector<int64_t>> NodeContext::intsAttr(llvm::StringRef name) {
  const AttributeProto *found = attribute(name);
  if (!found || wrongAttribute(*found, AttributeProto::INTS))
    return std::nullopt;
  return SmallVector<int64_t>(found->ints().begin(), found->ints().end());
}

std::optional<SmallVector<double>> NodeContext::floatsAttr(llvm::StringRef name) {
  const AttributeProto *found = attribute(name);
  if (!found || wrongAttribute(*found, AttributeProto::FLOATS))
    return std::nullopt;
  return SmallVector<double>(found->floats().begin(), found->floats().end());
}

std::optional<SmallVector<std::string>> NodeContext::stringsAttr(llvm::StringRef name) {
  const AttributeProto *found = attribute(name);
  if (!found || wrongAttribute(*found, AttributeProto::STRINGS))
    return std::nullopt;
  return SmallVector<std::string>(found->strings().begin(), found->strings().end());
}

std::optional<int64_t> NodeContext::axis(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  (void)error("axis " + llvm::Twine(axis) + " is none of a tensor of rank " + llvm::Twine(rank));
  return std::nullopt;
}

LogicalResult NodeContext::checkPlaces(size_t index, ArrayRef<AffineExpr> dims, llvm::function_ref<int64_t(int64_t)> axisOf,
                                       bool fromEnd) {
  std::optional<std::vector<double>> places = constantData(index);
  for (int64_t i = 0, count = places ? places->size() : 0; i != count; ++i) {
    const double place = (*places)[i];
    const int64_t axis = axisOf(i);
    auto bounds = rangeOfExpr(dims[axis], sizes());
    if (!bounds)
      continue;
    const auto most = static_cast<double>(bounds->second);
    if (place >= most || place < (fromEnd ? -most : 0))
      return error("element " + llvm::Twine(i) + " of '" + inputs[index]->name + "' is " +
                   llvm::Twine(static_cast<int64_t>(place)) + ", beyond axis " + llvm::Twine(axis) + " of " + show(dims));
  }
  return success();
}

std::optional<SmallVector<int64_t>> NodeContext::axes(ArrayRef<int64_t> given, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t one : given) {
    std::optional<int64_t> place = axis(one, rank);
    if (!place)
      return std::nullopt;
    result.push_back(*place);
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
    (void)error("an axis is named twice");
    return std::nullopt;
  }
  return result;
}

void NodeContext::result(size_t index, Value value) {
  if (wants(index))
    outputs[index].value = value;
}

void NodeContext::result(size_t index, SymbolicTensor value) {
  if (wants(index))
    outputs[index].known = std::move(value);
}

void NodeContext::result(size_t index, EntryRef entry) {
  if (wants(index))
    outputs[index].entry = std::move(entry);
}

EntryRef NodeContext::tensor(Value value, llvm::StringRef name) {
  auto entry = std::make_shared<Entry>();
  entry->type = ValueBuilder::typeOf(value);
  entry->value = value;
  entry->name = name.str();
  return entry;
}

EntryRef NodeContext::sequence(std::vector<EntryRef> elements) {
  auto entry = std::make_shared<Entry>();
  entry->elements = std::move(elements);
  return entry;
}

EntryRef NodeContext::nothing() {
  auto entry = std::make_shared<Entry>();
  entry->isNothing = true;
  return entry;
}

LogicalResult NodeContext::error(const llvm::Twine &message) {
  errors.push_back(message.str());
  return mlir::failure();
}

LogicalResult NodeContext::needInputs(size_t atLeast, size_t atMost) {
  for (size_t i = 0; i != atLeast; ++i)
    if (!has(i))
      return error("needs " + llvm::Twine(atLeast) + " operands, operand " + llvm::Twine(i) + " is absent");
  if (inputs.size() > atMost)
    return error("has " + llvm::Twine(inputs.size()) + " operands; at most " + llvm::Twine(atMost) + " are known");
  return success();
}

std::string NodeContext::hintOf(const llvm::Twine &hint) const {
  return node.output_size() ? node.output(0) + "." + hint.str() : hint.str();
}

Value NodeContext::constant(const llvm::Twine &hint, RankedTensorType type, ArrayRef<double> elements) {
  SymbolicTensor value = isa<FloatType>(type.getElementType())
                             ? SymbolicTensor::makeFloats(type, elements)
                             : SymbolicTensor::makeInts(type, SmallVector<int64_t>(elements.begin(), elements.end()));
  return p.constant(toAttribute(value), hintOf(hint));
}

Value NodeContext::constant(const llvm::Twine &hint, ArrayRef<AffineExpr> dims, ArrayRef<int64_t> elements) {
  auto type = makeTensorType(dims, b.getI64Type());
  return p.constant(DenseElementsAttr::get(type, elements), hintOf(hint));
}

Value NodeContext::constant(DenseElementsAttr attribute) {
  return p.constant(attribute, node.output_size() ? node.output(0) : "constant");
}

LogicalResult NodeContext::constantTensor(const TensorProto &tensor) {
  llvm::Expected<Entry> entry = importer.loadEntry(tensor, node.output_size() ? node.output(0) : "constant");
  if (!entry)
    return error(llvm::toString(entry.takeError()));
  if (entry->known)
    result(0, std::move(*entry->known));
  else
    result(0, p.materialise(*entry));
  return success();
}

std::optional<SymbolicTensor> NodeContext::hostTensor(const TensorProto &tensor) {
  llvm::Expected<Entry> entry = importer.loadEntry(tensor, "value");
  if (entry && entry->known)
    return entry->known;
  (void)error(entry ? std::string("the attribute's tensor is too large") : llvm::toString(entry.takeError()));
  return std::nullopt;
}

std::string NodeContext::where() const { return "node '" + nameOf(node) + "' (" + node.op_type() + ")"; }

std::optional<Dims> NodeContext::broadcastAll(ArrayRef<Value> values) {
  Dims dims = ValueBuilder::dimsOf(values.front());
  for (Value value : values.drop_front()) {
    std::optional<Dims> joined = broadcastShapes(dims, ValueBuilder::dimsOf(value));
    if (!joined) {
      Dims other = ValueBuilder::dimsOf(value);
      const size_t rank = std::max(dims.size(), other.size());
      std::string where;
      for (size_t i = 1; i <= std::min(dims.size(), other.size()); ++i)
        if (AffineExpr left = dims[dims.size() - i], right = other[other.size() - i];
            !broadcastDims(left, right)) // axes as the result would count them
          where = "axis " + std::to_string(rank - i) + " is " + describeExpr(left, sizes()) + " and " +
                  describeExpr(right, sizes()) + (where.empty() ? "" : ", ") + where;
      (void)error("shapes " + show(dims) + " and " + show(other) + " do not broadcast: " + where);
      return std::nullopt;
    }
    dims = std::move(*joined);
  }
  return dims;
}

std::string NodeContext::show(RankedTensorType type) const { return describeType(type, sizes()); }

std::string NodeContext::show(ArrayRef<AffineExpr> dims) const {
  std::string text = describeType(makeTensorType(dims, b.getF32Type()), sizes());
  return llvm::StringRef(text).contains('[') ? text.substr(text.find('[')) : "[]";
}

} // namespace ingot::onnx
