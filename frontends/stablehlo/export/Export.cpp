#include "frontends/stablehlo/export/Export.h"

#include "frontends/common/Messages.h"
#include "frontends/stablehlo/Bytecode.h"
#include "frontends/stablehlo/export/Exporter.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

std::optional<Element> elementOf(mlir::Type type) {
  auto complex = dyn_cast<ComplexType>(type);
  if (complex)
    return complex.getElementType().isF32() ? Element::Complex64 : Element::Complex128;
  // The dialect spells its types as StableHLO does.
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return findElement(name);
}

std::string textOf(mlir::Location location) {
  std::string text;
  if (auto named = location->findInstanceOf<NameLoc>())
    return named.getName().str();
  llvm::raw_string_ostream(text) << location;
  return text;
}

// A size of the type is not known.
bool isOpen(mlir::Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && !tensor.hasStaticShape();
}

// An attribute of the dialect in the form that the schema has it; none where it is of another kind.
std::optional<Attribute> translate(Module &module, mlir::Attribute attribute, const AttributeRow &row) {
  switch (row.kind) {
  case AttributeKind::Integers:
    if (auto integers = dyn_cast<DenseI64ArrayAttr>(attribute))
      return makeIntegers(module, integers.asArrayRef().vec());
    return std::nullopt;
  case AttributeKind::Integers2d:
    if (auto integers = dyn_cast<DenseI64ArrayAttr>(attribute))
      return makeIntegers(module, integers.asArrayRef().vec(), Element::SI64, 2);
    return std::nullopt;
  case AttributeKind::Bools:
    if (auto flags = dyn_cast<DenseBoolArrayAttr>(attribute)) {
      std::vector<int64_t> values(flags.asArrayRef().begin(), flags.asArrayRef().end());
      return makeIntegers(module, values, Element::Bool);
    }
    return std::nullopt;
  case AttributeKind::Integer:
  case AttributeKind::Integer32:
    if (auto integer = dyn_cast<IntegerAttr>(attribute))
      return makeInteger(module, integer.getInt(), row.kind == AttributeKind::Integer ? Element::SI64 : Element::SI32);
    return std::nullopt;
  case AttributeKind::Bool:
    if (auto flag = dyn_cast<BoolAttr>(attribute))
      return makeBool(flag.getValue());
    if (isa<UnitAttr>(attribute))
      return makeBool(true);
    return std::nullopt;
  case AttributeKind::Float:
    if (auto number = dyn_cast<FloatAttr>(attribute))
      return makeFloat(module, number.getValueAsDouble(), Element::F32);
    return std::nullopt;
  case AttributeKind::String:
    if (auto text = dyn_cast<StringAttr>(attribute))
      return makeString(text.getValue());
    return std::nullopt;
  case AttributeKind::Enum: {
    // The keyword is the last word of what an enumeration prints.
    std::string text;
    llvm::raw_string_ostream(text) << attribute;
    llvm::StringRef keyword = llvm::StringRef(text).rtrim('>').rsplit('<').second;
    if (const EnumValue *value =
            row.enumeration->find(keyword.rsplit(' ').second.empty() ? keyword : keyword.rsplit(' ').second))
      return makeEnum(*row.enumeration, *value);
    return std::nullopt;
  }
  default:
    return std::nullopt;
  }
}

} // namespace

TypeRef Exporter::typeOf(mlir::Type type) {
  stablehlo::Type made;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor) { // what is neither tensor nor token is refused where it is used
    made.kind = stablehlo::Type::Token;
    return module.intern(std::move(made));
  }
  made.kind = stablehlo::Type::Tensor;
  made.element = elementOf(tensor.getElementType()).value_or(Element::Index);
  made.dims.assign(tensor.getShape().begin(), tensor.getShape().end());
  for (int64_t &dim : made.dims)
    dim = ShapedType::isDynamic(dim) ? kDynamic : dim;
  return module.intern(std::move(made));
}

LocationRef Exporter::location(mlir::Location location) {
  stablehlo::Location made;
  if (auto named = location->findInstanceOf<NameLoc>())
    made.name = named.getName().str();
  if (auto file = location->findInstanceOf<FileLineColLoc>()) {
    made.file = file.getFilename().str();
    made.line = file.getLine();
    made.column = file.getColumn();
  }
  return module.intern(std::move(made));
}

Op Exporter::start(llvm::StringRef name, mlir::Location where, llvm::ArrayRef<ValueRef> operands,
                   llvm::ArrayRef<TypeRef> results) {
  Op op;
  op.name = name.str();
  op.location = location(where);
  op.operands.assign(operands.begin(), operands.end());
  for (TypeRef type : results)
    op.results.push_back(module.addValue(type));
  return op;
}

ValueRef Exporter::put(Block &block, Op op) {
  if (const OpRow *row = findOp(op.name)) {
    [[maybe_unused]] auto missing = completeAttributes(module, op, *row);
    assert(missing.empty() && "the caller gives what has no default");
  }
  const ValueRef first = op.results.empty() ? ValueRef() : op.results.front();
  block.ops.push_back(std::move(op));
  return first;
}

llvm::SmallVector<ValueRef> Exporter::operandsOf(Operation *op) const {
  llvm::SmallVector<ValueRef> refs;
  for (mlir::Value operand : op->getOperands())
    refs.push_back(value(operand));
  return refs;
}

Op Exporter::like(llvm::StringRef name, Operation *op) {
  llvm::SmallVector<TypeRef> types;
  for (mlir::Type type : op->getResultTypes())
    types.push_back(typeOf(type));
  return start(name, op->getLoc(), operandsOf(op), types);
}

void Exporter::putAs(Block &block, Operation *op, Op made) {
  for (auto [result, ref] : llvm::zip(op->getResults(), made.results))
    bind(result, ref);
  put(block, std::move(made));
}

void Exporter::setEnum(Op &op, const char *enumeration, llvm::StringRef attribute, llvm::StringRef keyword) {
  const EnumRow *row = findEnum(llvm::StringRef(enumeration));
  setAttribute(op.attributes, attribute, makeEnum(*row, *row->find(keyword)));
}

ValueRef Exporter::splat(Block &block, mlir::Location where, TypeRef type, llvm::StringRef element) {
  Op op = start("stablehlo.constant", where, {}, {type});
  Attribute value;
  value.kind = Attribute::Tensor;
  value.elements.type = type;
  value.elements.bytes = module.own(element.str());
  value.elements.splat = true;
  setAttribute(op.attributes, "value", std::move(value));
  return put(block, std::move(op));
}

Region Exporter::region(mlir::Region &from) {
  Region made;
  body(from.front(), made.blocks.emplace_back(), "stablehlo.return");
  return made;
}

void Exporter::body(mlir::Block &from, Block &to, llvm::StringRef terminator) {
  for (BlockArgument argument : from.getArguments()) {
    bind(argument, module.addValue(typeOf(argument)));
    to.arguments.push_back(value(argument));
  }
  for (Operation &each : from.without_terminator())
    op(&each, to);
  put(to, start(terminator, from.getTerminator()->getLoc(), operandsOf(from.getTerminator()), {}));
}

std::string Exporter::decomposition(llvm::StringRef name, TypeRef signature, llvm::function_ref<void(Function &)> fill) {
  const std::string stem = (name + ".impl").str();
  std::string unique = stem;
  for (unsigned i = 2;; ++i) {
    auto made = llvm::find_if(decompositions, [&](const Function &function) { return function.name == unique; });
    const bool isTaken = ModuleOp(*program.module).lookupSymbol(unique) != nullptr;
    if (made == decompositions.end() && !isTaken)
      break;
    if (!isTaken && made->type == signature)
      return unique;
    unique = stem + "_" + std::to_string(i);
  }
  Function function;
  function.name = unique;
  function.isPublic = false;
  function.type = signature;
  function.argumentAttributes.resize(signature->members.size());
  function.resultAttributes.resize(signature->results.size());
  fill(function);
  decompositions.push_back(std::move(function));
  return unique;
}

void Exporter::refuse(Operation *op, const llvm::Twine &why) {
  refused[{op->getName().getStringRef().str(), why.str()}].push_back(textOf(op->getLoc()));
  for (mlir::Value result : op->getResults())
    bind(result, module.addValue(typeOf(result)));
}

void Exporter::complete(Operation *op, Block &block, Op made, llvm::ArrayRef<Renamed> renamed, llvm::StringRef taken) {
  llvm::SmallVector<mlir::NamedAttribute> given(op->getAttrDictionary().begin(), op->getAttrDictionary().end());
  // Those of other dialects and the places of operands mean nothing to the op.
  llvm::erase_if(given, [&](const mlir::NamedAttribute &each) {
    llvm::StringRef name = each.getName();
    return name == taken || name.contains('.') || name.ends_with("SegmentSizes");
  });
  auto lost = [&](llvm::StringRef name) { refuse(op, "has no counterpart in StableHLO (its " + name + ")"); };
  for (const AttributeRow &row : findOp(made.name)->attributes) {
    const Renamed *other =
        llvm::find_if(renamed, [&](const Renamed &each) { return llvm::StringRef(each.theirs) == row.name; });
    const llvm::StringRef ours = other == renamed.end() ? row.name : other->ours;
    auto found = llvm::find_if(given, [&](const mlir::NamedAttribute &each) { return each.getName() == ours; });
    if (!findAttribute(made.attributes, row.name)) {
      std::optional<Attribute> value = found != given.end() ? translate(module, found->getValue(), row) : std::nullopt;
      if (value)
        setAttribute(made.attributes, row.name, std::move(*value));
      else if (found != given.end())
        return lost(ours);
      else if (!row.byDefault && row.kind == AttributeKind::Bool) // a flag of the dialect's is absent where it is false
        setFlag(made, row.name, false);
      else if (!row.byDefault)
        return lost(row.name);
    }
    if (found != given.end())
      given.erase(found);
  }
  if (!given.empty())
    return lost(given.front().getName());
  for (mlir::Region &inner : op->getRegions())
    made.regions.push_back(region(inner));
  putAs(block, op, std::move(made));
}

void Exporter::op(Operation *op, Block &block) {
  llvm::StringRef name = op->getName().stripDialect();
  if (llvm::any_of(op->getResultTypes(), isOpen))
    return refuse(op, "has a size that is not known");
  auto isWritten = [](mlir::Type type) { return isa<RankedTensorType, TokenType>(type); };
  if (!llvm::all_of(op->getResultTypes(), isWritten) || !llvm::all_of(op->getOperandTypes(), isWritten))
    return refuse(op, "has a type that is not written");
  if (ExportOp special = findExport(name))
    return special(*this, op, block);
  const std::string counterpart = ("stablehlo." + name).str();
  if (!findOp(counterpart))
    return refuse(op, "has no counterpart in StableHLO");
  complete(op, block, like(counterpart, op));
}

llvm::Expected<std::unique_ptr<Module>> exportProgram(const Program &program) {
  auto module = std::make_unique<Module>();
  ModuleOp from = *program.module;
  module->name = from.getName().value_or("ingot").str();
  Exporter exporter(program, *module);
  for (auto function : from.getOps<func::FuncOp>()) {
    Function &made = module->functions.emplace_back();
    made.name = function.getName().str();
    made.isPublic = function->hasAttr(kEntryAttr);
    made.location = exporter.location(function.getLoc());
    if (llvm::any_of(function.getArgumentTypes(), isOpen))
      return frontend::failure(
          "a program whose sizes are ranges cannot be written as StableHLO; give each size one value (--dim NAME=N)");
    Type type;
    type.kind = Type::Function;
    for (mlir::Type argument : function.getArgumentTypes())
      type.members.push_back(exporter.typeOf(argument));
    for (mlir::Type result : function.getResultTypes())
      type.results.push_back(exporter.typeOf(result));
    made.type = module->intern(std::move(type));
    for (unsigned i = 0; i != function.getNumArguments(); ++i) {
      auto &attributes = made.argumentAttributes.emplace_back();
      if (auto name = function.getArgAttrOfType<StringAttr>(i, kNameAttr))
        setAttribute(attributes, "jax.arg_info", makeString(name.getValue()));
    }
    for (unsigned i = 0; i != function.getNumResults(); ++i) {
      auto &attributes = made.resultAttributes.emplace_back();
      if (auto name = function.getResultAttrOfType<StringAttr>(i, kNameAttr))
        setAttribute(attributes, "jax.result_info", makeString(name.getValue()));
    }
    if (!function.isExternal())
      exporter.body(function.front(), made.body.blocks.emplace_back(), "func.return");
  }
  for (Function &function : exporter.decompositions)
    module->functions.push_back(std::move(function));
  if (exporter.refused.empty())
    return module;
  std::string text = "cannot be written as StableHLO: ";
  for (auto [i, entry] : llvm::enumerate(exporter.refused))
    text += (i ? "; " : "") + entry.first.first + " " + entry.first.second + " (" +
            frontend::countOf(entry.second.size(), "op", "ops") + ": " + frontend::listNames(entry.second) + ")";
  return frontend::failure(text);
}

} // namespace ingot::stablehlo

llvm::Expected<ingot::WrittenModel> ingot::writeStablehlo(const Program &program, llvm::StringRef version, llvm::StringRef) {
  stablehlo::Version asked = stablehlo::kNewestVersion;
  if (!version.empty()) {
    llvm::SmallVector<llvm::StringRef> parts;
    version.split(parts, '.');
    if (parts.size() < 2 || parts.size() > 3 || parts[0].getAsInteger(10, asked.major) ||
        parts[1].getAsInteger(10, asked.minor))
      return frontend::failure("'" + version + "' is no version of VHLO, such as 1.17");
    if (asked < stablehlo::kOldestWritten || asked > stablehlo::kNewestVersion)
      return frontend::failure(llvm::formatv("version {0} of VHLO is not written; {1}.{2} to {3}.{4} are", version,
                                             stablehlo::kOldestWritten.major, stablehlo::kOldestWritten.minor,
                                             stablehlo::kNewestVersion.major, stablehlo::kNewestVersion.minor)
                                   .str());
  }
  auto module = stablehlo::exportProgram(program);
  if (!module)
    return module.takeError();
  llvm::Expected<std::string> bytes = stablehlo::writePortableArtifact(**module, asked);
  if (!bytes)
    return bytes.takeError();
  return WrittenModel{std::move(*bytes), "", nullptr};
}
