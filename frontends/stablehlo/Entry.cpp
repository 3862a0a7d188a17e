// The entry's arguments and results: names, types, sizes.
#include "frontends/common/FixedInput.h"
#include "frontends/common/Messages.h"
#include "frontends/stablehlo/Import.h"
#include "frontends/stablehlo/Importer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ingot::stablehlo {

using frontend::failure;
using frontend::InputDim;
using frontend::ProgramInput;

// The name that an attribute of this key gives, where no other has it; else PREFIX with its place.
static std::string nameOf(ArrayRef<NamedAttribute> attributes, StringRef key, StringRef prefix, size_t index,
                          llvm::StringSet<> &taken) {
  const Attribute *named = findAttribute(attributes, key);
  std::string name = named && named->kind == Attribute::String ? named->text : "";
  if (name.empty() || !taken.insert(name).second) {
    name = (prefix + Twine(index)).str();
    taken.insert(name);
  }
  return name;
}

static ArrayRef<NamedAttribute> attributesAt(const std::vector<std::vector<NamedAttribute>> &list, size_t index) {
  return index < list.size() ? ArrayRef(list[index]) : ArrayRef<NamedAttribute>();
}

// Of a type that stands for those of its members: a tuple; a future, which is what it waits for when a program begins or ends.
static ArrayRef<TypeRef> membersOf(TypeRef type) {
  return type->kind == Type::Tuple || type->kind == Type::Future ? ArrayRef(type->members) : ArrayRef<TypeRef>();
}

const Function *entryFunction(const Module &module) {
  const Function *only = nullptr;
  size_t publics = 0;
  for (const Function &function : module.functions) {
    if (function.name == "main")
      return &function;
    if (function.isPublic && publics++ == 0)
      only = &function;
  }
  return publics == 1 ? only : nullptr;
}

std::vector<std::string> argumentNames(const Function &function) {
  std::vector<std::string> names;
  llvm::StringSet<> taken;
  const size_t count = function.body.blocks.empty() ? 0 : function.body.blocks.front().arguments.size();
  for (size_t index = 0; index != count; ++index)
    names.push_back(nameOf(attributesAt(function.argumentAttributes, index), "jax.arg_info", "arg", index, taken));
  return names;
}

// The inputs that a type stands for: one for a tensor, those of its members, none for a token.
static void addInputs(MLIRContext *context, TypeRef type, const std::string &name, const Attribute *dims,
                      std::vector<ProgramInput> &inputs) {
  for (auto [index, member] : llvm::enumerate(membersOf(type)))
    addInputs(context, member, name + "." + std::to_string(index), nullptr, inputs);
  if (!isTensor(type))
    return;
  ProgramInput input;
  input.name = name;
  input.elementType = elementTypeOf(context, type->element);
  input.dims.emplace();
  for (auto [index, dim] : llvm::enumerate(type->dims)) {
    const bool isNamed = dims && dims->items.size() == type->dims.size();
    InputDim stated{dim, dim >= 0 ? "" : isNamed ? dims->items[index].text : "?"};
    if (dim < 0 && !type->bounds.empty() && type->bounds[index] != kDynamic)
      stated.most = type->bounds[index];
    input.dims->push_back(std::move(stated));
  }
  inputs.push_back(std::move(input));
}

// "; taken at 3:5, 4:5": the first ops that take a value.
std::string ModuleImporter::placesOfUses(const Region &region, ValueRef value) const {
  constexpr size_t kMostPlaces = 3;
  std::vector<std::string> places;
  auto visit = [&](const Region &region, auto &&visit) -> void {
    for (const Block &block : region.blocks)
      for (const Op &op : block.ops) {
        std::string place = placeOf(op);
        if (places.size() < kMostPlaces && !place.empty() && llvm::is_contained(op.operands, value))
          places.push_back(StringRef(place).drop_back(2).str());
        for (const Region &inner : op.regions)
          visit(inner, visit);
      }
  };
  visit(region, visit);
  return places.empty() ? "" : "; taken at " + llvm::join(places, ", ");
}

// The inputs of all entry points, those whose value is stated aside.
llvm::Error ModuleImporter::declareInputs() {
  std::string problems;
  std::vector<std::string> names; // of all inputs
  llvm::StringSet<> used;         // of the options
  std::vector<ProgramBuilder::EntryInputs> declared;
  for (EntryPoint &entry : entries) {
    std::vector<std::pair<std::string, std::string>> stated;
    const Function &function = *entry.function;
    for (auto [index, argument, name] : llvm::enumerate(function.body.blocks.front().arguments, argumentNames(function))) {
      TypeRef type = module.typeOf(argument);
      ArrayRef<NamedAttribute> attributes = attributesAt(function.argumentAttributes, index);
      if (std::string problem = problemOfType(&context, type); !problem.empty())
        problems += (problems.empty() ? "" : "\n  ") + (placeOf(function.location) + "argument '" + name + "': " + problem) +
                    placesOfUses(function.body, argument);
      else
        addInputs(&context, type, name, findAttribute(attributes, kDimsAttr), entry.inputs);
      const Attribute *value = findAttribute(attributes, kValueAttr);
      if (value && isTensor(type) && type->dims.empty())
        stated.emplace_back(name, std::to_string(value->integer));
    }
    for (const ProgramInput &input : entry.inputs) {
      names.push_back(input.name);
      for (const auto &option : attempt.options.fixed)
        if (option.first == input.name) {
          stated.push_back(option);
          used.insert(option.first);
        }
    }
    for (const auto &[name, text] : stated) {
      auto found =
          llvm::find_if(entry.inputs, [&, wanted = name](const ProgramInput &input) { return input.name == wanted; });
      if (found == entry.inputs.end()) // of a type that is refused
        continue;
      std::string why;
      std::optional<WeightSource> source = frontend::fixedElements(*found, text, &why);
      if (!source)
        return failure(frontend::fixOption(name, text) + "input '" + name + "' is " +
                       describeElementType(found->elementType) + ": " + why);
      entry.fixed.emplace_back(name, std::move(*source));
    }
    std::vector<ProgramInput> open;
    for (const ProgramInput &input : entry.inputs)
      if (llvm::none_of(entry.fixed, [&](const auto &source) { return source.first == input.name; }))
        open.push_back(input);
    declared.push_back({entry.name, std::move(open)});
  }
  if (!problems.empty()) {
    attempt.hasOtherProblems = true;
    return failure(problems);
  }
  for (const auto &[name, text] : attempt.options.fixed)
    if (!used.contains(name))
      return failure(frontend::fixOption(name, text) +
                     "the model has no such input; its inputs: " + llvm::join(names, ", ") + didYouMean(name, names));
  return p.beginEntries(std::move(declared), attempt.suggest);
}

// Makes the chosen entry's arguments the values of its function's.
llvm::Error ModuleImporter::bindArguments(const EntryPoint &entry) {
  const Block &block = entry.function->body.blocks.front();
  llvm::StringMap<Value> fixed;
  for (const auto &[name, source] : entry.fixed) {
    llvm::Expected<frontend::ProgramTensor> tensor = ProgramBuilder::tensorOf(source, name);
    if (!tensor)
      return tensor.takeError();
    fixed[name] = p.materialise(*tensor);
  }
  // In the order of the function's arguments; a token that a caller would give orders nothing.
  SmallVector<Value> values;
  size_t next = 0, place = 0;
  auto addValues = [&](TypeRef type, auto &&addValues) -> void {
    for (TypeRef member : membersOf(type))
      addValues(member, addValues);
    if (type->kind == Type::Token) {
      values.push_back(AfterAllOp::create(p.b, TokenType::get(&context), ValueRange()));
    } else if (isTensor(type)) {
      const std::string &name = entry.inputs[place++].name;
      values.push_back(fixed.contains(name) ? fixed[name] : Value(p.argument(next++)));
    }
  };
  for (ValueRef argument : block.arguments)
    addValues(module.typeOf(argument), addValues);
  ArrayRef<Value> left = values;
  for (ValueRef argument : block.arguments) {
    std::string why;
    at(argument) = takeTensors(module.typeOf(argument), left, &why);
    if (!why.empty())
      return failure(why);
  }
  return llvm::Error::success();
}

llvm::Error ModuleImporter::finish(const Function &function, ArrayRef<Entry> returned) {
  if (returned.size() != function.type->results.size())
    return failure("function '@" + function.name + "' is declared to give " + Twine(function.type->results.size()) +
                   " results, but returns " + Twine(returned.size()));
  SmallVector<Value> values;
  std::vector<std::string> names;
  llvm::StringSet<> taken;
  for (auto [index, result] : llvm::enumerate(returned)) {
    TypeRef declared = function.type->results[index];
    std::string name = nameOf(attributesAt(function.resultAttributes, index), "jax.result_info", "result", index, taken);
    bool fits = declared->kind == result.type->kind && declared->element == result.type->element &&
                declared->dims.size() == result.type->dims.size();
    if (fits && isTensor(declared))
      for (auto [dim, stated] : llvm::zip_equal(dimExprs(cast<RankedTensorType>(result.value.getType())), declared->dims))
        fits &= stated < 0 || p.equalDims(dim, getAffineConstantExpr(stated, &context), "the function's result");
    if (!fits)
      return failure("result '" + name + "' is declared as " + spellType(declared) + ", but returned as " +
                     spellType(result.type));
    SmallVector<Value> tensors;
    for (Value value : flatten(result)) {
      if (auto future = dyn_cast<FutureType>(value.getType()))
        llvm::append_range(tensors, AsyncDoneOp::create(p.b, future.getTypes(), value).getResults());
      else if (!isa<TokenType>(value.getType()))
        tensors.push_back(value);
    }
    for (auto [part, value] : llvm::enumerate(tensors)) {
      values.push_back(value);
      names.push_back(membersOf(declared).empty() ? name : name + "." + std::to_string(part));
    }
  }
  // What a program sends is given to others.
  WalkResult sends = p.b.getInsertionBlock()->walk(
      [](Operation *op) { return isa<SendOp, OutfeedOp>(op) ? WalkResult::interrupt() : WalkResult::advance(); });
  if (values.empty() && !sends.wasInterrupted())
    return failure(placeOf(function.location) + "function '@" + function.name + "' gives no tensors");
  return p.finishEntry(values, names);
}

} // namespace ingot::stablehlo
