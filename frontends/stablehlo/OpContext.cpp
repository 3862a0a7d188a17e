#include "frontends/stablehlo/OpContext.h"

#include "frontends/common/Messages.h"
#include "frontends/stablehlo/Importer.h"
#include "ir/Captures.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

using namespace mlir;

namespace ingot::stablehlo {

static void addTensors(const Entry &entry, SmallVectorImpl<Value> &values) {
  if (entry.value)
    values.push_back(entry.value);
  for (const Entry &member : entry.members)
    addTensors(member, values);
}

SmallVector<Value> flatten(ArrayRef<Entry> entries) {
  SmallVector<Value> values;
  for (const Entry &entry : entries)
    addTensors(entry, values);
  return values;
}

OpContext::OpContext(ModuleImporter &importer, ProgramBuilder &p, const Op &op, ArrayRef<Entry> operands)
    : p(p), b(p.b), op(op), importer(importer), operands(operands), made(op.results.size()) {}

SmallVector<Value> OpContext::values(size_t first, size_t count) const {
  SmallVector<Value> values;
  for (const Entry &operand : operands.drop_front(first).take_front(count))
    values.push_back(operand.value);
  return values;
}

Value OpContext::promoted(size_t index, size_t result) {
  const auto &mine = entry(index).type->quantization, &wanted = declared(result)->quantization;
  mlir::Type from = element(index), to = resultElement(result);
  const bool isAlike = mine && wanted ? mine->expressed == wanted->expressed && mine->axis == wanted->axis &&
                                            mine->scales == wanted->scales && mine->zeroPoints == wanted->zeroPoints
                                      : !mine && !wanted;
  if (!isAlike || isa<ComplexType>(from) || isa<ComplexType>(to) || from.isInteger(1) || to.isInteger(1))
    return value(index);
  const bool isWider = from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth() &&
                       isa<FloatType>(from) == isa<FloatType>(to) && from.isUnsignedInteger() == to.isUnsignedInteger();
  return isWider ? b.convert(value(index), to) : value(index);
}

std::optional<Dims> OpContext::deciding(size_t index, StringRef what) {
  const SymbolicTensor *known = p.elementsOf(value(index));
  if (!known || known->isFloat()) {
    (void)error("operand " + Twine(index) + " decides " + what + ", but is known at run time only" +
                p.decidedBy(value(index)));
    return std::nullopt;
  }
  p.noteSpecialised(*known);
  return Dims(known->ints);
}

std::optional<SmallVector<int64_t>> OpContext::decidingNumbers(size_t index, StringRef what) {
  std::optional<Dims> known = deciding(index, what);
  if (!known)
    return std::nullopt;
  SmallVector<int64_t> numbers;
  for (AffineExpr element : *known) {
    auto number = dyn_cast<AffineConstantExpr>(element);
    if (!number) {
      (void)error("operand " + Twine(index) + " decides " + what + ", and is '" + describeExpr(element, p.sizes()) +
                  "': an expression over the sizes is not supported there");
      return std::nullopt;
    }
    numbers.push_back(number.getValue());
  }
  return numbers;
}

//===--- attributes ------------------------------------------------------------------------------------------------------===//

std::optional<int64_t> OpContext::integer(StringRef name) {
  const Attribute *found = attribute(name);
  if (found && found->kind == Attribute::Integer)
    return found->integer;
  (void)error("needs the attribute '" + name + "', an integer");
  return std::nullopt;
}

std::optional<bool> OpContext::flag(StringRef name) {
  const Attribute *found = attribute(name);
  if (found && (found->kind == Attribute::Bool || found->kind == Attribute::Unit))
    return found->kind == Attribute::Unit || found->integer != 0;
  (void)error("needs the attribute '" + name + "', true or false");
  return std::nullopt;
}

// One element of a constant of integers or truth values.
static std::optional<int64_t> elementAt(const Elements &elements, size_t index) {
  const unsigned bytes = elementBytes(elements.type->element);
  if ((index + 1) * bytes > elements.bytes.size())
    return std::nullopt;
  const char *at = elements.bytes.data() + index * bytes;
  using namespace llvm::support;
  switch (elements.type->element) {
  case Element::Bool:
    return *at != 0;
  case Element::SI8:
    return static_cast<int8_t>(*at);
  case Element::SI16:
    return endian::read<int16_t>(at, llvm::endianness::little);
  case Element::SI32:
    return endian::read<int32_t>(at, llvm::endianness::little);
  case Element::SI64:
  case Element::Index:
    return endian::read<int64_t>(at, llvm::endianness::little);
  default:
    return std::nullopt;
  }
}

bool addIntegers(const Attribute &attribute, SmallVectorImpl<int64_t> &values) {
  switch (attribute.kind) {
  case Attribute::Bool:
  case Attribute::Integer:
    values.push_back(attribute.integer);
    return true;
  case Attribute::Integers:
    values.append(attribute.integers.begin(), attribute.integers.end());
    return true;
  case Attribute::Array:
    return llvm::all_of(attribute.items, [&](const Attribute &item) { return addIntegers(item, values); });
  case Attribute::Tensor: {
    const Elements &elements = attribute.elements;
    if (!elements.type || !hasNumbersForDims(elements.type))
      return false;
    int64_t count = 1;
    constexpr int64_t kMost = 1 << 20;
    for (int64_t dim : elements.type->dims) {
      if (dim > kMost || (count *= dim) > kMost)
        return false;
    }
    for (int64_t i = 0; i != count; ++i) {
      std::optional<int64_t> element = elementAt(elements, elements.splat ? 0 : i);
      if (!element)
        return false;
      values.push_back(*element);
    }
    return true;
  }
  default:
    return false;
  }
}

std::optional<SmallVector<int64_t>> OpContext::integers(StringRef name) {
  SmallVector<int64_t> values;
  if (const Attribute *found = attribute(name); found && addIntegers(*found, values))
    return values;
  (void)error("needs the attribute '" + name + "', a list of integers");
  return std::nullopt;
}

std::optional<SmallVector<int64_t>> OpContext::integers(StringRef name, size_t count, int64_t byDefault, StringRef label) {
  const Attribute *found = attribute(name);
  SmallVector<int64_t> values;
  if (found && found->kind != Attribute::Unit && !addIntegers(*found, values)) {
    (void)error("needs the attribute '" + name + "', a list of integers");
    return std::nullopt;
  }
  if (values.empty())
    values.assign(count, byDefault);
  if (values.size() != count) {
    (void)error(label + (label.empty() ? "" : " ") + "'" + name + "' has " + Twine(values.size()) + " elements, not " +
                Twine(count));
    return std::nullopt;
  }
  return values;
}

std::optional<SmallVector<int64_t>> OpContext::pairs(StringRef name, size_t count, StringRef label) {
  const Attribute *found = attribute(name);
  if (found && found->kind == Attribute::Integers && found->type && !found->integers.empty() &&
      found->type->dims != std::vector<int64_t>{static_cast<int64_t>(count), 2}) {
    (void)error(label + " '" + name + "' is " + spellType(found->type) + ", not " + Twine(count) + " rows of two");
    return std::nullopt;
  }
  return integers(name, 2 * count, 0, label);
}

std::optional<StringRef> OpContext::text(StringRef name) {
  const Attribute *found = attribute(name);
  if (found && (found->kind == Attribute::Enum || found->kind == Attribute::String || found->kind == Attribute::Symbol))
    return StringRef(found->text);
  (void)error("needs the attribute '" + name + "', a keyword or text");
  return std::nullopt;
}

//===--- results ---------------------------------------------------------------------------------------------------------===//

static mlir::Type elementOf(MLIRContext *context, TypeRef type, bool isExpressed) {
  return elementTypeOf(context, isExpressed && type->quantization ? type->quantization->expressed : type->element);
}

TypeRef OpContext::declared(size_t index) const { return importer.typeOf(op.results[index]); }

mlir::Type OpContext::resultElement(size_t index) const { return elementOf(context(), declared(index), isExpressed); }

RankedTensorType OpContext::resultType(size_t index, llvm::function_ref<std::optional<Dims>()> infer) {
  TypeRef type = declared(index);
  if (!isTensor(type)) {
    (void)error("result " + Twine(index) + " is declared as " + spellType(type) + ", but is a tensor");
    return nullptr;
  }
  mlir::Type element = resultElement(index);
  if (hasNumbersForDims(type))
    return makeTensorType(type->dims, element);
  std::optional<Dims> dims = infer();
  if (!dims)
    return nullptr;
  if (dims->size() != type->dims.size()) {
    (void)error("result " + Twine(index) + " is declared as " + spellType(type) + ", but has " + Twine(dims->size()) +
                " dims");
    return nullptr;
  }
  for (auto [dim, stated] : llvm::zip_equal(*dims, type->dims))
    if (stated >= 0)
      dim = getAffineConstantExpr(stated, context());
  return makeTensorType(*dims, element);
}

RankedTensorType OpContext::resultLike(size_t index, size_t like) {
  return resultType(index, [&] { return std::optional(dims(like)); });
}

std::optional<Dims> OpContext::infer(llvm::function_ref<InferredType(EmitError)> run) {
  std::string problem;
  ScopedDiagnosticHandler handler(context(), [&](Diagnostic &diagnostic) {
    problem += (problem.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  InferredType inferred = run([&] { return emitError(UnknownLoc::get(context())); });
  if (succeeded(inferred))
    return dimExprs(*inferred);
  (void)error(problem);
  return std::nullopt;
}

void OpContext::result(size_t index, Value value) {
  made[index].type = declared(index);
  made[index].value = value;
}

void OpContext::results(ValueRange values) {
  for (auto [index, value] : llvm::enumerate(values))
    result(index, value);
}

void OpContext::result(size_t index, Entry entry) { made[index] = std::move(entry); }

//===--- the rest --------------------------------------------------------------------------------------------------------===//

LogicalResult OpContext::error(const Twine &message) {
  errors.push_back(message.str());
  return failure();
}

std::string OpContext::show(mlir::Type type) const {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return describeType(tensor, p.sizes());
  return describeElementType(type);
}

bool OpContext::needEqual(AffineExpr lhs, AffineExpr rhs, const Twine &what) {
  if (p.equalDims(lhs, rhs, op.name))
    return true;
  (void)error(what + ": " + describeExpr(lhs, p.sizes()) + " and " + describeExpr(rhs, p.sizes()));
  return false;
}

SmallVector<mlir::Type> OpContext::scalarsOf(ValueRange values) const {
  SmallVector<mlir::Type> types;
  for (Value value : values)
    types.push_back(RankedTensorType::get({}, ValueBuilder::elementOf(value)));
  return types;
}

bool OpContext::importRegion(size_t index, mlir::Region &target, TypeRange types, bool isIsolated,
                             std::vector<Entry> *returned) {
  return importRegion(op.regions[index], ("region " + Twine(index)).str(), target, types, isIsolated, returned);
}

bool OpContext::importBody(size_t index, mlir::Region &target, TypeRange types) {
  std::vector<Entry> returned;
  if (!importRegion(index, target, types, /*isIsolated=*/false, &returned))
    return false;
  if (llvm::all_of(returned, [](const Entry &entry) { return entry.type && isTensor(entry.type); }))
    return true;
  return succeeded(error("region " + Twine(index) + " gives what is no tensor"));
}

LogicalResult OpContext::resultsOfBodies(Operation *op) {
  std::string problem;
  ScopedDiagnosticHandler handler(context(), [&](Diagnostic &diagnostic) {
    problem += (problem.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  Operation *isolated = isolateBody(op, b);
  if (!isolated)
    return error(problem);
  if (isolated != op)
    p.forgetElements(); // the op is gone
  results(isolated->getResults().take_front(numResults()));
  return success();
}

bool OpContext::importFunction(const Function &function, mlir::Region &target, TypeRange types) {
  return importRegion(function.body, "function '@" + function.name + "'", target, types, /*isIsolated=*/true, nullptr);
}

bool OpContext::importRegion(const Region &region, const std::string &what, mlir::Region &target, TypeRange types,
                             bool isIsolated, std::vector<Entry> *returned) {
  constexpr size_t kMostNested = 64;
  if (region.blocks.size() != 1)
    return succeeded(error(what + " has " + Twine(region.blocks.size()) + " blocks, not one"));
  const Block &source = region.blocks.front();
  if (importer.depth() >= kMostNested)
    return succeeded(error("regions and calls are nested more than " + Twine(kMostNested) + " deep"));

  OpBuilder::InsertionGuard guard(b);
  mlir::Location before = b.getLoc();
  mlir::Block *block = b.createBlock(&target);
  for (mlir::Type type : types)
    block->addArgument(type, before);
  SmallVector<Value> arguments(block->getArguments().begin(), block->getArguments().end());
  ArrayRef<Value> left = arguments;
  std::string problem;
  for (auto [place, argument] : llvm::enumerate(source.arguments)) {
    Entry entry = importer.takeTensors(importer.typeOf(argument), left, &problem);
    if (!problem.empty())
      return succeeded(error("argument " + Twine(place) + " of " + what + ": " + problem));
    importer.at(argument) = std::move(entry);
  }
  if (!left.empty())
    return succeeded(
        error(what + " takes " + Twine(types.size() - left.size()) + " tensors, but " + Twine(types.size()) + " are given"));
  importer.openRegions.push_back({&target, isIsolated});
  std::vector<Entry> results;
  bool imported = importer.importBlock(source, results);
  SmallVector<Value> values;
  if (isIsolated && imported &&
      llvm::any_of(results, [](const Entry &entry) { return !entry.type || !isTensor(entry.type); }))
    return succeeded(error(what + " gives what is no tensor"));
  for (Value value : flatten(results))
    if (imported && !values.emplace_back(importer.reachable(value)))
      imported = succeeded(error(what + " gives a value from outside, which is no constant"));
  importer.openRegions.pop_back();
  if (imported) {
    ReturnOp::create(b, before, values);
    if (returned)
      *returned = std::move(results);
  } else if (errors.empty()) {
    errorsReported = true;
  }
  b.setLoc(before);
  return imported;
}

} // namespace ingot::stablehlo
