#include "tools/diagnosis/ProgramSlice.h"

#include "frontends/common/ElementBytes.h"
#include "ir/Composites.h"
#include "ir/Defaults.h"
#include "ir/Locations.h"
#include "ir/Types.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "tools/diagnosis/KernelTrace.h"
#include "tools/execution/ProgramFile.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

#include <map>

namespace ingot::diagnosis {

using namespace mlir;
using driver::HostTensor;

namespace {

// What a part reads itself, without being fed: weights and constants.
bool isFixed(Operation *op) { return isa<GetWeightOp>(op) || op->hasTrait<OpTrait::ConstantLike>(); }

bool isNode(Operation &op) { return !isFixed(&op) && !op.hasTrait<OpTrait::IsTerminator>(); }

StoredTensor storedOf(HostTensor tensor, StringRef name) {
  return {name.str(), tensor.dtype, std::move(tensor.dims), std::move(tensor.bytes)};
}

class Part : public ModelPart {
public:
  Part(std::shared_ptr<MLIRContext> context, Program program, std::string name)
      : context(std::move(context)), program(std::move(program)), name(std::move(name)) {}

  std::unique_ptr<ModelPart> clone() const override {
    auto copy = std::make_unique<Part>(context, cloneProgram(program), name);
    copy->inputs = inputs;
    return copy;
  }

  llvm::Error write(WriteFile write) const override {
    std::string index;
    llvm::Error problem = llvm::Error::success();
    if (llvm::Error error =
            write(".mlir", [&](raw_ostream &os) { driver::printProgram(os, name, "import", *program.module); }))
      return llvm::joinErrors(std::move(problem), std::move(error));
    llvm::Error error = write(".weights.bin", [&](raw_ostream &os) {
      llvm::Expected<std::string> printed = driver::printWeights(os, program.weights, /*copies=*/true);
      if (printed)
        index = std::move(*printed);
      else
        problem = llvm::joinErrors(std::move(problem), printed.takeError());
    });
    if (error || problem)
      return llvm::joinErrors(std::move(error), std::move(problem));
    return write(".weights.json", [&](raw_ostream &os) { os << index; });
  }

  std::vector<std::string> operators() const override {
    std::vector<std::string> names;
    for (Operation &op : entryOf(program).front())
      if (isNode(op)) {
        auto composite = dyn_cast<CompositeOp>(op);
        names.push_back(composite ? composite.getName().str() : op.getName().stripDialect().str());
      }
    return names;
  }

  void changeWeights(llvm::function_ref<void(StoredTensor &)> change) override;
  void rename() override;

private:
  std::shared_ptr<MLIRContext> context;
  Program program;
  std::string name;
};

void Part::changeWeights(llvm::function_ref<void(StoredTensor &)> change) {
  auto changed = [&](RankedTensorType type, StringRef name, std::vector<char> bytes) {
    StoredTensor tensor{
        name.str(), dtypeOf(type.getElementType()), {type.getShape().begin(), type.getShape().end()}, std::move(bytes)};
    change(tensor);
    return std::move(tensor.bytes);
  };
  WeightStore store;
  for (const std::string &key : program.weights.keys()) {
    WeightSource source = *program.weights.find(key);
    if (source.kind != WeightSource::Kind::Splat) { // one value everywhere is a shape of the network, not its training
      llvm::Expected<std::vector<char>> bytes = frontend::readSource(source);
      if (bytes) {
        const RankedTensorType type = source.type;
        source = WeightSource();
        source.type = type;
        source.bytes = changed(type, key, std::move(*bytes));
      } else {
        llvm::consumeError(bytes.takeError()); // writing the part tells
      }
    }
    store.add(key, std::move(source));
  }
  program.weights = std::move(store);
  program.module->walk([&](Operation *op) {
    auto value = op->hasTrait<OpTrait::ConstantLike>() ? op->getAttrOfType<DenseElementsAttr>("value") : nullptr;
    if (value && !value.isSplat())
      op->setAttr("value",
                  frontend::attributeOf(cast<RankedTensorType>(value.getType()),
                                        changed(cast<RankedTensorType>(value.getType()), "", frontend::bytesOf(value))));
  });
}

void Part::rename() {
  ModuleOp module = *program.module;
  func::FuncOp entry = entryOf(program);
  Builder b(context.get());
  // Symbols, and the store's keys with them.
  WeightStore store;
  unsigned weights = 0, functions = 0;
  for (Operation &op : *module.getBody()) {
    auto symbol = dyn_cast<SymbolOpInterface>(op);
    if (!symbol || &op == entry)
      continue;
    auto weight = dyn_cast<WeightOp>(op);
    std::string fresh = weight ? "w" + std::to_string(weights++) : "f" + std::to_string(functions++);
    StringAttr unique = b.getStringAttr("ingot.renamed." + fresh);
    if (succeeded(SymbolTable::replaceAllSymbolUses(&op, unique, module)))
      symbol.setName(unique);
    if (!weight)
      continue;
    SourceAttr source = weight.getSource();
    std::string key = store.add(fresh, *program.weights.find(source.getKey()));
    weight.setSourceAttr(SourceAttr::get(context.get(), key, source.getType()));
  }
  program.weights = std::move(store);
  for (Operation &op : *module.getBody())
    if (auto symbol = dyn_cast<SymbolOpInterface>(op); symbol && &op != entry) {
      StringAttr last = b.getStringAttr(symbol.getName().substr(StringRef("ingot.renamed.").size()));
      if (succeeded(SymbolTable::replaceAllSymbolUses(&op, last, module)))
        symbol.setName(last);
    }
  SmallVector<Attribute> sizes;
  for (SizeAttr size : moduleSizes(entry))
    sizes.push_back(
        SizeAttr::get(context.get(), "size" + std::to_string(sizes.size()), size.getMin(), size.getMax(), size.getIsData()));
  if (!sizes.empty())
    module->setAttr(kSizesAttr, b.getArrayAttr(sizes));
  for (unsigned i = 0; i != entry.getNumArguments(); ++i)
    entry.setArgAttr(i, kNameAttr, b.getStringAttr("x" + Twine(i)));
  for (unsigned i = 0; i != entry.getNumResults(); ++i)
    entry.setResultAttr(i, kNameAttr, b.getStringAttr("y" + Twine(i)));
  unsigned fed = 0;
  for (unsigned i = 0; i != entry.getNumArguments() && fed != inputs.size(); ++i)
    if (!entry.getArgAttr(i, kStateAttr))
      inputs[fed++].name = "x" + std::to_string(i);
  unsigned next = 0;
  module->walk([&](Operation *op) {
    const bool isNamed = op->getBlock() == &entry.front() && isNode(*op);
    op->setLoc(isNamed ? Location(NameLoc::get(b.getStringAttr("n" + Twine(next++)))) : Location(b.getUnknownLoc()));
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        argument.setLoc(b.getUnknownLoc());
  });
  name = "model";
}

class Slicer : public ModelSlicer {
public:
  Slicer(std::unique_ptr<MLIRContext> owned, Program whole, std::string name)
      : context(std::move(owned)), program(std::move(whole)), name(std::move(name)), entry(entryOf(program)) {
    for (Operation &op : entry.front()) {
      if (isNode(op))
        operators.push_back(ops.size());
      places[&op] = ops.size();
      ops.push_back(&op);
    }
  }

  llvm::Error feed(ArrayRef<HostTensor> inputs);

  ArrayRef<size_t> nodes() const override { return operators; }
  std::string nodeName(size_t node) const override {
    SmallVector<std::string> names = nodeNames(ops[node]->getLoc());
    return names.empty() ? nameOf(ops[node]->getResult(0)) : names.front();
  }
  llvm::Expected<std::unique_ptr<ModelPart>> slice(ArrayRef<size_t> chosen, bool everyValue) const override;
  void learn(StoredTensor value) override { values[value.name] = std::move(value); }
  std::vector<StoredTensor> inputs() const override { return {}; } // they are fed

private:
  std::string nameOf(Value value) const {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto given = entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kNameAttr);
      return given ? given.str() : "argument" + std::to_string(argument.getArgNumber());
    }
    auto result = cast<OpResult>(value);
    return "value" + std::to_string(places.lookup(result.getOwner())) + "." + std::to_string(result.getResultNumber());
  }
  // The ops that are chosen, what they read of others', and the inputs that bind the sizes.
  struct Cut {
    SetVector<Operation *> inside;
    SetVector<Value> reads, fixed;
  };
  Cut cut(ArrayRef<size_t> chosen) const;
  // Copies what the ops of a part refer to by name.
  void copySymbols(Program &part, func::FuncOp made) const;

  std::shared_ptr<MLIRContext> context;
  Program program;
  std::string name;
  mutable func::FuncOp entry;   // whose methods are not const
  std::vector<Operation *> ops; // of the entry's block
  std::vector<size_t> operators;
  DenseMap<Operation *, size_t> places;
  std::map<std::string, StoredTensor> values; // that are known
};

llvm::Error Slicer::feed(ArrayRef<HostTensor> inputs) {
  size_t next = 0;
  SmallVector<int64_t> sizes;
  for (SizeAttr size : moduleSizes(entry))
    sizes.push_back(size.getMin());
  auto dimsOf = [&](BlockArgument argument) { return dimExprs(cast<RankedTensorType>(argument.getType())); };
  for (BlockArgument argument : entry.getArguments()) {
    const unsigned index = argument.getArgNumber();
    if (entry.getArgAttr(index, kStateAttr))
      continue;
    if (next == inputs.size())
      return llvm::createStringError("the program has more inputs than are fed");
    StoredTensor fed = storedOf(inputs[next++], nameOf(argument));
    if (auto byDefault = entry.getArgAttrOfType<FlatSymbolRefAttr>(index, kDefaultAttr); byDefault && fed.bytes.empty()) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(entry, byDefault);
      llvm::Expected<std::vector<char>> bytes = evaluateWeight(weight, program.weights);
      if (!bytes)
        return bytes.takeError();
      fed.bytes = std::move(*bytes);
    }
    for (auto [dim, expr] : llvm::zip(fed.dims, dimsOf(argument)))
      if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
        sizes[symbol.getPosition()] = dim;
    learn(std::move(fed));
  }
  // A state starts as zeros.
  for (BlockArgument argument : entry.getArguments())
    if (entry.getArgAttr(argument.getArgNumber(), kStateAttr)) {
      StoredTensor zeros{nameOf(argument), dtypeOf(cast<RankedTensorType>(argument.getType()).getElementType()), {}, {}};
      int64_t bytes = elementBytes(cast<RankedTensorType>(argument.getType()).getElementType());
      for (AffineExpr expr : dimsOf(argument)) {
        zeros.dims.push_back(evaluateExpr(expr, sizes).value_or(0));
        bytes *= zeros.dims.back();
      }
      zeros.bytes.resize(bytes);
      learn(std::move(zeros));
    }
  return llvm::Error::success();
}

Slicer::Cut Slicer::cut(ArrayRef<size_t> chosen) const {
  Cut cut;
  SmallVector<size_t> order(chosen);
  llvm::sort(order);
  for (size_t node : order)
    cut.inside.insert(ops[node]);
  SetVector<Value> arguments, results;
  auto read = [&](Value value) {
    Operation *giver = value.getDefiningOp();
    if (giver && isFixed(giver))
      cut.fixed.insert(value);
    else if (!giver || !cut.inside.contains(giver))
      (giver ? results : arguments).insert(value);
  };
  for (Operation *op : cut.inside) {
    llvm::for_each(op->getOperands(), read);
    SetVector<Value> above;
    getUsedValuesDefinedAbove(op->getRegions(), above);
    llvm::for_each(above, read);
  }
  // Every size needs a dim that is nothing else.
  SmallVector<bool> bound(moduleSizes(entry).size(), false);
  auto bind = [&](Value value) {
    bool binds = false;
    for (AffineExpr expr : dimExprs(cast<RankedTensorType>(value.getType())))
      if (auto symbol = dyn_cast<AffineSymbolExpr>(expr); symbol && !bound[symbol.getPosition()])
        binds = bound[symbol.getPosition()] = true;
    return binds;
  };
  llvm::for_each(arguments, bind);
  llvm::for_each(results, bind);
  for (BlockArgument argument : entry.getArguments())
    if (!entry.getArgAttr(argument.getArgNumber(), kStateAttr) && !arguments.contains(argument) && bind(argument))
      arguments.insert(argument);
  cut.reads.insert_range(arguments);
  cut.reads.insert_range(results);
  return cut;
}

void Slicer::copySymbols(Program &part, func::FuncOp made) const {
  auto module = entry->getParentOfType<ModuleOp>();
  OpBuilder builder(made);
  llvm::StringSet<llvm::MallocAllocator> copied;
  SmallVector<Operation *> left = {made};
  while (!left.empty())
    left.pop_back_val()->walk([&](Operation *op) {
      op->getAttrDictionary().walk([&](SymbolRefAttr symbol) {
        StringRef wanted = symbol.getRootReference();
        Operation *found = SymbolTable::lookupSymbolIn(module, wanted);
        if (!found || found == entry || !copied.insert(wanted).second)
          return;
        Operation *copy = builder.clone(*found);
        left.push_back(copy);
        if (auto weight = dyn_cast<WeightOp>(copy))
          if (const WeightSource *source = program.weights.find(weight.getSource().getKey());
              source && !part.weights.find(weight.getSource().getKey()))
            part.weights.add(weight.getSource().getKey(), *source);
      });
    });
}

llvm::Expected<std::unique_ptr<ModelPart>> Slicer::slice(ArrayRef<size_t> chosen, bool everyValue) const {
  auto valueOf = [&](Value value, std::vector<StoredTensor> &to) -> llvm::Error {
    auto found = values.find(nameOf(value));
    if (found == values.end())
      return llvm::createStringError("the value '%s' is unknown", nameOf(value).c_str());
    to.push_back(found->second);
    return llvm::Error::success();
  };
  if (chosen.size() == operators.size() && !everyValue) { // itself, with its states
    auto whole = std::make_unique<Part>(context, cloneProgram(program), name);
    for (BlockArgument argument : entry.getArguments())
      if (!entry.getArgAttr(argument.getArgNumber(), kStateAttr))
        if (llvm::Error error = valueOf(argument, whole->inputs))
          return std::move(error);
    return whole;
  }
  const Cut parts = cut(chosen);
  std::vector<StoredTensor> inputs;
  for (Value value : parts.reads)
    if (llvm::Error error = valueOf(value, inputs))
      return std::move(error);
  SmallVector<Value> given;
  for (Operation *op : parts.inside)
    for (Value result : op->getResults()) {
      auto isInside = [&](Operation *user) { return parts.inside.contains(entry.front().findAncestorOpInBlock(*user)); };
      if (everyValue || result.use_empty() || !llvm::all_of(result.getUsers(), isInside))
        given.push_back(result);
    }

  // Sizes that a part's inputs have are bound by these, and so are those that it does not compute.
  SmallVector<SizeAttr> sizes = moduleSizes(entry);
  for (auto [index, size] : llvm::enumerate(sizes)) {
    const bool isBound = llvm::any_of(parts.inside, [&](Operation *op) {
      auto bind = dyn_cast<BindSizeOp>(op);
      return bind && bind.getSize() == index;
    });
    const bool isFed = llvm::any_of(parts.reads, [&](Value value) {
      return llvm::any_of(dimExprs(cast<RankedTensorType>(value.getType())),
                          [&](AffineExpr dim) { return mentionsSize(dim, unsigned(index)); });
    });
    if (!isBound || isFed)
      size = SizeAttr::get(context.get(), size.getName(), size.getMin(), size.getMax());
  }

  Program part;
  part.module = ModuleOp::create(UnknownLoc::get(context.get()));
  (*part.module)->setAttrs(entry->getParentOfType<ModuleOp>()->getAttrDictionary());
  OpBuilder builder = OpBuilder::atBlockEnd(part.module->getBody());
  if (!sizes.empty())
    (*part.module)->setAttr(kSizesAttr, builder.getArrayAttr(llvm::to_vector_of<Attribute>(sizes)));
  auto made = func::FuncOp::create(
      builder, entry.getLoc(), entry.getName(),
      builder.getFunctionType(TypeRange(ValueRange(parts.reads.getArrayRef())), TypeRange(ValueRange(given))));
  made->setAttr(kEntryAttr, builder.getUnitAttr());
  Block *block = made.addEntryBlock();
  IRMapping mapping;
  for (auto [index, value] : llvm::enumerate(parts.reads)) {
    mapping.map(value, block->getArgument(index));
    made.setArgAttr(index, kNameAttr, builder.getStringAttr(nameOf(value)));
  }
  for (auto [index, value] : llvm::enumerate(given))
    made.setResultAttr(index, kNameAttr, builder.getStringAttr(nameOf(value)));
  builder.setInsertionPointToEnd(block);
  for (Value value : parts.fixed)
    builder.clone(*value.getDefiningOp(), mapping);
  for (Operation *op : parts.inside)
    if (auto bind = dyn_cast<BindSizeOp>(op); !bind || sizes[size_t(bind.getSize())].getIsData())
      builder.clone(*op, mapping);
  func::ReturnOp::create(builder, entry.getLoc(),
                         llvm::map_to_vector(given, [&](Value value) { return mapping.lookup(value); }));
  copySymbols(part, made);
  auto result = std::make_unique<Part>(context, std::move(part), name);
  result->inputs = std::move(inputs);
  return result;
}

} // namespace

llvm::Expected<std::unique_ptr<ModelSlicer>> makeProgramSlicer(std::unique_ptr<MLIRContext> context, Program program,
                                                               std::string name, ArrayRef<HostTensor> feed) {
  context->disableMultithreading(); // parts are tried in processes that are forked
  auto slicer = std::make_unique<Slicer>(std::move(context), std::move(program), std::move(name));
  if (llvm::Error error = slicer->feed(feed))
    return std::move(error);
  return slicer;
}

} // namespace ingot::diagnosis
