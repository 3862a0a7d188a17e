#include "frontends/stablehlo/Slice.h"

#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Bytecode.h"
#include "frontends/stablehlo/Import.h"
#include "frontends/stablehlo/InlineCalls.h"
#include "frontends/stablehlo/Text.h"
#include "frontends/stablehlo/Types.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <set>

namespace ingot::stablehlo {
namespace {

// A value of so few integers may decide a shape, an axis or a count.
constexpr uint64_t kFewElements = 64;
constexpr size_t kMostOps = 1 << 20;
constexpr llvm::StringLiteral kArgumentName = "jax.arg_info", kResultName = "jax.result_info";

bool isConstant(const Op &op) {
  const Attribute *value = op.operands.empty() && op.regions.empty() ? op.find("value") : nullptr;
  return value && value->kind == Attribute::Tensor;
}

// Values that an op reads: its operands, and what its regions take from outside.
void addReads(const Op &op, std::set<ValueRef> &reads) {
  std::set<ValueRef> inner, own;
  for (const Region &region : op.regions)
    for (const Block &block : region.blocks) {
      own.insert(block.arguments.begin(), block.arguments.end());
      for (const Op &each : block.ops) {
        addReads(each, inner);
        own.insert(each.results.begin(), each.results.end());
      }
    }
  reads.insert(op.operands.begin(), op.operands.end());
  llvm::copy_if(inner, std::inserter(reads, reads.end()), [&](ValueRef value) { return !own.count(value); });
}

uint32_t dtypeOfElement(Element element) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::Type type = elementTypeOf(&context, element);
  return type ? dtypeOf(type) : 0;
}

bool isInteger(Element element) { return element >= Element::SI2 && element <= Element::UI64; }

// The tensors that a value of the type has, by the names that programs give them.
void tensorsOf(TypeRef type, const std::string &name, llvm::function_ref<void(TypeRef, const std::string &)> visit) {
  const bool hasMembers = type->kind == Type::Tuple || type->kind == Type::Future;
  for (auto [i, member] : llvm::enumerate(hasMembers ? llvm::ArrayRef(type->members) : llvm::ArrayRef<TypeRef>()))
    tensorsOf(member, name + "." + std::to_string(i), visit);
  if (isTensor(type))
    visit(type, name);
}

template <typename Visit> void visitOps(Region &region, Visit visit) {
  for (Block &block : region.blocks)
    for (Op &op : block.ops) {
      visit(op);
      for (Region &inner : op.regions)
        visitOps(inner, visit);
    }
}

// Gives functions, values and places names that say nothing.
class Renamer {
public:
  explicit Renamer(Module &module) : module(module) {}

  void run() {
    module.name.clear();
    dropForeign(module.attributes);
    for (Function &function : module.functions)
      functions[function.name] = function.name == "main" ? "main" : "f" + std::to_string(functions.size());
    for (Function &function : module.functions) {
      function.name = functions[function.name];
      function.location = module.intern(Location());
      function.argumentLocations.clear();
      dropForeign(function.attributes);
      for (auto *lists : {&function.argumentAttributes, &function.resultAttributes})
        for (std::vector<NamedAttribute> &list : *lists)
          dropForeign(list);
      visitOps(function.body, [&](Op &op) {
        Location location;
        location.name = "n" + std::to_string(ops++);
        op.location = module.intern(std::move(location));
        dropForeign(op.attributes);
        for (NamedAttribute &entry : op.attributes)
          rename(entry.value);
      });
    }
  }

private:
  // What is not StableHLO's own has a dot in its name.
  static void dropForeign(std::vector<NamedAttribute> &attributes) {
    llvm::erase_if(attributes, [](const NamedAttribute &entry) {
      return llvm::StringRef(entry.name).contains('.') && entry.name != kArgumentName && entry.name != kResultName &&
             entry.name != kDimsAttr && entry.name != kValueAttr;
    });
  }

  void rename(Attribute &attribute) {
    if (attribute.kind == Attribute::Symbol)
      if (auto found = functions.find(attribute.text); found != functions.end())
        attribute.text = found->second;
    for (Attribute &item : attribute.items)
      rename(item);
  }

  Module &module;
  llvm::StringMap<std::string> functions;
  size_t ops = 0;
};

class Part : public ModelPart {
public:
  Part(std::shared_ptr<Module> whole, bool isArtifact) : whole(std::move(whole)), isArtifact(isArtifact) {}

  std::unique_ptr<ModelPart> clone() const override {
    auto other = std::make_unique<Part>(whole, isArtifact);
    other->inputs = inputs;
    other->module.attributes = module.attributes;
    other->module.functions = module.functions;
    other->module.valueTypes = module.valueTypes;
    return other;
  }

  llvm::Error write(WriteFile write) const override {
    if (isArtifact) {
      llvm::Expected<std::string> bytes = writePortableArtifact(module);
      if (bytes)
        return write(".mlirbc", [&](llvm::raw_ostream &os) { os << *bytes; });
      llvm::consumeError(bytes.takeError()); // of what it has no words for
    }
    return write(".stablehlo", [&](llvm::raw_ostream &os) { os << writeText(module); });
  }

  std::vector<std::string> operators() const override {
    std::vector<std::string> names;
    for (const Op &op : module.functions.front().body.blocks.front().ops)
      if (!isConstant(op) && !llvm::StringRef(op.name).ends_with(".return"))
        names.push_back(op.name);
    return names;
  }

  void changeWeights(llvm::function_ref<void(StoredTensor &)> change) override {
    for (Function &function : module.functions)
      visitOps(function.body, [&](Op &op) {
        if (!isConstant(op))
          return;
        for (NamedAttribute &entry : op.attributes)
          if (entry.name == "value")
            changeElements(entry.value.elements, change);
      });
  }

  void rename() override {
    Renamer(module).run();
    Function &main = module.functions.front();
    llvm::StringMap<std::string> names;
    for (auto [lists, key, prefix] :
         {std::tuple(&main.argumentAttributes, kArgumentName, "x"), std::tuple(&main.resultAttributes, kResultName, "y")})
      for (auto [i, list] : llvm::enumerate(*lists)) {
        const std::string name = prefix + std::to_string(i);
        if (const Attribute *old = findAttribute(list, key))
          names[old->text] = name;
        setAttribute(list, key, makeString(name));
      }
    for (StoredTensor &input : inputs) { // of a tuple's members, behind the name of the whole
      auto [name, member] = llvm::StringRef(input.name).rsplit('.');
      if (auto found = names.find(input.name); found != names.end())
        input.name = found->second;
      else if (found = names.find(name); found != names.end())
        input.name = found->second + "." + member.str();
    }
  }

  std::shared_ptr<Module> whole; // which owns types and bytes
  bool isArtifact;               // whole was one
  Module module;                 // its first function is main

private:
  void changeElements(Elements &elements, llvm::function_ref<void(StoredTensor &)> change) {
    StoredTensor tensor;
    tensor.dtype = dtypeOfElement(elements.type->element);
    if (!tensor.dtype)
      return;
    if (!elements.splat)
      tensor.dims = elements.type->dims;
    tensor.bytes.assign(elements.bytes.begin(), elements.bytes.end());
    change(tensor);
    elements.bytes = whole->own(std::string(tensor.bytes.begin(), tensor.bytes.end()));
    elements.offset.reset();
  }
};

class Slicer : public ModelSlicer {
public:
  Slicer(std::shared_ptr<Module> module, Function &entry) : module(std::move(module)), entry(entry) {
    for (auto [i, op] : llvm::enumerate(ops())) {
      if (!isConstant(op) && i + 1 != ops().size())
        operators.push_back(i);
      for (ValueRef result : op.results)
        givers[result] = i;
    }
    for (auto [argument, name] : llvm::zip_equal(block().arguments, argumentNames(entry)))
      names[argument] = name;
  }

  llvm::ArrayRef<size_t> nodes() const override { return operators; }
  std::string nodeName(size_t node) const override { return ops()[node].location ? ops()[node].location->name : ""; }
  void learn(StoredTensor value) override { values[value.name] = std::move(value); }

  std::vector<StoredTensor> inputs() const override {
    std::vector<StoredTensor> inputs;
    for (ValueRef argument : block().arguments)
      tensorsOf(module->typeOf(argument), nameOf(argument), [&](TypeRef type, const std::string &name) {
        inputs.push_back({name, dtypeOfElement(type->element), type->dims, {}});
      });
    return inputs;
  }

  llvm::Expected<std::unique_ptr<ModelPart>> slice(llvm::ArrayRef<size_t> chosen, bool everyValue) const override;

private:
  const Block &block() const { return entry.body.blocks.front(); }
  llvm::ArrayRef<Op> ops() const { return block().ops; }
  bool isArgument(ValueRef value) const { return llvm::is_contained(block().arguments, value); }

  std::string nameOf(ValueRef value) const {
    auto found = names.find(value);
    return found == names.end() ? "%" + std::to_string(value) : found->second;
  }

  // A constant op for a value inside that may decide something; none where it is none.
  std::optional<Op> decided(ValueRef value, Module &part) const;
  void addFunctions(const Op &op, Module &part, llvm::StringSet<> &seen) const;

  std::shared_ptr<Module> module;
  Function &entry;
  std::vector<size_t> operators;
  std::map<ValueRef, size_t> givers;
  std::map<ValueRef, std::string> names; // of the arguments
  std::map<std::string, StoredTensor> values;
};

std::optional<Op> Slicer::decided(ValueRef value, Module &part) const {
  TypeRef type = module->typeOf(value);
  auto known = values.find(nameOf(value));
  if (isArgument(value) || !isTensor(type) || type->quantization || !isInteger(type->element) || type->dims.size() > 1 ||
      known == values.end())
    return std::nullopt;
  std::optional<uint64_t> count = countElements(known->second.dims);
  if (!count || *count > kFewElements)
    return std::nullopt;
  Type fixed = *type;
  fixed.dims = known->second.dims;
  fixed.bounds.clear();
  Attribute elements;
  elements.kind = Attribute::Tensor;
  elements.elements.type = part.valueTypes[value] = module->intern(std::move(fixed));
  elements.elements.bytes = module->own(std::string(known->second.bytes.begin(), known->second.bytes.end()));
  Op op;
  op.name = "stablehlo.constant";
  op.location = module->intern(Location());
  op.results = {value};
  op.attributes = {{"value", std::move(elements)}};
  return op;
}

// The functions that an op names, and those that they do.
void Slicer::addFunctions(const Op &op, Module &part, llvm::StringSet<> &seen) const {
  auto visit = [&](const Attribute &attribute, auto &&visit) -> void {
    for (const Attribute &item : attribute.items)
      visit(item, visit);
    if (attribute.kind != Attribute::Symbol)
      return;
    for (const Function &function : module->functions) {
      if (function.name != attribute.text || &function == &entry || !seen.insert(function.name).second)
        continue;
      part.functions.push_back(function);
      part.functions.back().isPublic = false;
      for (const Block &block : function.body.blocks)
        for (const Op &inner : block.ops)
          addFunctions(inner, part, seen);
    }
  };
  for (const NamedAttribute &entry : op.attributes)
    visit(entry.value, visit);
  for (const Region &region : op.regions)
    for (const Block &block : region.blocks)
      for (const Op &inner : block.ops)
        addFunctions(inner, part, seen);
}

llvm::Expected<std::unique_ptr<ModelPart>> Slicer::slice(llvm::ArrayRef<size_t> chosen, bool everyValue) const {
  auto part = std::make_unique<Part>(module, /*isArtifact=*/!module->version.empty());
  Module &to = part->module;
  to.attributes = module->attributes;
  to.valueTypes = module->valueTypes;

  // The ops, with the constants that they read.
  std::set<size_t> inside(chosen.begin(), chosen.end());
  std::set<ValueRef> reads, given;
  for (size_t i : chosen)
    addReads(ops()[i], reads);
  for (ValueRef value : reads)
    if (auto giver = givers.find(value); giver != givers.end() && isConstant(ops()[giver->second]))
      inside.insert(giver->second);
  for (size_t i : inside)
    given.insert(ops()[i].results.begin(), ops()[i].results.end());

  Function main;
  main.name = "main";
  main.location = entry.location;
  main.attributes = entry.attributes;
  Block &body = main.body.blocks.emplace_back();
  Type type;
  type.kind = Type::Function;
  // What is read from elsewhere, the entry's own arguments first and in order.
  std::vector<ValueRef> outside;
  for (ValueRef argument : block().arguments)
    if (reads.count(argument))
      outside.push_back(argument);
  llvm::copy_if(reads, std::back_inserter(outside),
                [&](ValueRef value) { return !given.count(value) && !isArgument(value); });
  for (ValueRef value : outside) {
    if (std::optional<Op> constant = decided(value, to)) {
      body.ops.push_back(std::move(*constant));
      continue;
    }
    std::string unknown;
    tensorsOf(module->typeOf(value), nameOf(value), [&](TypeRef, const std::string &name) {
      if (auto known = values.find(name); known != values.end())
        part->inputs.push_back(known->second);
      else
        unknown = name;
    });
    if (!unknown.empty())
      return llvm::createStringError("the value '%s' is unknown", unknown.c_str());
    body.arguments.push_back(value);
    type.members.push_back(module->typeOf(value));
    std::vector<NamedAttribute> &attributes = main.argumentAttributes.emplace_back();
    const size_t place = llvm::find(block().arguments, value) - block().arguments.begin();
    if (place < entry.argumentAttributes.size() && isArgument(value))
      attributes = entry.argumentAttributes[place];
    setAttribute(attributes, kArgumentName, makeString(nameOf(value)));
  }
  for (size_t i : inside)
    body.ops.push_back(ops()[i]);

  // What the rest of the module wants, or nothing here reads; or all.
  std::set<ValueRef> wanted;
  for (auto [i, op] : llvm::enumerate(ops()))
    if (!inside.count(i))
      addReads(op, wanted);
  Op end;
  end.name = "func.return";
  end.location = entry.location;
  bool givesTensors = false;
  for (size_t i : inside)
    for (ValueRef value : isConstant(ops()[i]) ? llvm::ArrayRef<ValueRef>() : llvm::ArrayRef<ValueRef>(ops()[i].results)) {
      TypeRef of = module->typeOf(value);
      if (everyValue ? !isTensor(of) : !wanted.count(value) && reads.count(value))
        continue;
      tensorsOf(of, "", [&](TypeRef, const std::string &) { givesTensors = true; });
      end.operands.push_back(value);
      type.results.push_back(of);
      setAttribute(main.resultAttributes.emplace_back(), kResultName, makeString(nameOf(value)));
    }
  if (!givesTensors)
    return llvm::createStringError("these ops give no tensors");
  body.ops.push_back(std::move(end));
  main.type = module->intern(std::move(type));
  to.functions.push_back(std::move(main));
  llvm::StringSet<> seen;
  for (size_t i : inside)
    addFunctions(ops()[i], to, seen);
  return part;
}

} // namespace
} // namespace ingot::stablehlo

llvm::Expected<std::unique_ptr<ingot::ModelSlicer>> ingot::openStablehloSlicer(const std::string &path) {
  using namespace stablehlo;
  llvm::Expected<std::unique_ptr<Module>> read = readModule(path);
  if (!read)
    return read.takeError();
  std::shared_ptr<Module> module = std::move(*read);
  const Function *entry = entryFunction(*module);
  if (!entry || entry->body.blocks.size() != 1 || entry->body.blocks.front().ops.empty())
    return llvm::createStringError("%s: no function with one block stands for the program", path.c_str());
  Function &function = module->functions[entry - module->functions.data()];
  inlineCalls(*module, function, kMostOps);
  return std::make_unique<Slicer>(module, function);
}
