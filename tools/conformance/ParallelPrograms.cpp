#include "tools/conformance/ParallelPrograms.h"

#include "frontends/stablehlo/Import.h"
#include "frontends/stablehlo/Types.h"
#include "ir/Types.h"
#include "ir/reference/Grid.h"
#include "tools/execution/Runner.h"
#include "llvm/ADT/STLExtras.h"

#include <deque>

namespace ingot::conformance {

using namespace stablehlo;
using driver::HostTensor;

namespace {

// A function is the module's main as long as this lives.
class AsMain {
public:
  AsMain(Module &module, Function &function) : function(function), name(function.name) {
    for (Function &other : module.functions)
      if (&other != &function && other.name == "main") {
        main = &other;
        other.name = "main.of.the.module";
      }
    function.name = "main";
  }
  ~AsMain() {
    function.name = name;
    if (main)
      main->name = "main";
  }

private:
  Function &function;
  std::string name;
  Function *main = nullptr;
};

Function *find(Module &module, llvm::StringRef name) {
  auto found = llvm::find_if(module.functions, [&](const Function &one) { return one.name == name; });
  return found == module.functions.end() ? nullptr : &*found;
}

// A function as a program; its context outlives it.
mlir::FailureOr<Program> import(mlir::MLIRContext &context, Module &module, Function &function, const std::string &path,
                                std::string *why) {
  AsMain asMain(module, function);
  ImportOptions options;
  options.entries = {"main"};
  return importModule(context, module, path, nullptr, options, [&](llvm::StringRef text) { *why = text.str(); }, nullptr);
}

class ParallelRun {
public:
  ParallelRun(Module &module, Function &function, const std::string &path, std::string *why)
      : module(module), function(function), block(function.body.blocks.front()), path(path), why(why) {}

  bool run() {
    for (size_t place = 0; place != block.ops.size(); ++place)
      if (block.ops[place].name == "interpreter.run_parallel" && !replace(place))
        return false;
    return true;
  }

private:
  bool fail(const std::string &text) {
    *why = "interpreter.run_parallel: " + text;
    return false;
  }

  // The values before the op at `place` that it takes.
  bool operandsOf(size_t place, std::vector<HostTensor> &values) {
    Op last = block.ops.back();
    last.operands.clear();
    for (ValueRef operand : block.ops[place].operands)
      if (isTensor(module.typeOf(operand)))
        last.operands.push_back(operand);
    if (last.operands.empty())
      return true;
    std::vector<Op> all = block.ops;
    TypeRef type = function.type;
    Type narrowed;
    narrowed.kind = Type::Function;
    for (ValueRef operand : last.operands)
      narrowed.results.push_back(module.typeOf(operand));
    block.ops.assign(all.begin(), all.begin() + place);
    block.ops.push_back(last);
    function.type = module.intern(narrowed);
    bool done = interpretFunction(module, function, path, values, why);
    block.ops = std::move(all);
    function.type = type;
    return done;
  }

  bool replace(size_t place) {
    std::vector<HostTensor> operands;
    if (!operandsOf(place, operands))
      return false;
    const Op op = block.ops[place];
    const Attribute *programs = op.find("programs"), *infeed = op.find("infeed");
    if (!programs || programs->items.empty())
      return fail("names no programs");
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    std::deque<Program> imported;
    reference::Grid grid;
    size_t next = 0;
    for (const Attribute &row : programs->items) {
      auto &functions = grid.programs.emplace_back();
      for (const Attribute &name : row.items) {
        Function *program = find(module, name.text);
        if (!program)
          return fail("the module has no function '@" + name.text + "'");
        auto one = import(context, module, *program, path, why);
        if (mlir::failed(one))
          return false;
        imported.push_back(std::move(*one));
        auto main = mlir::cast<mlir::func::FuncOp>(imported.back().module->lookupSymbol("main"));
        functions.push_back(main);
        auto &arguments = grid.arguments.emplace_back();
        for (unsigned i = 0; i != main.getNumArguments(); ++i) {
          if (next == operands.size())
            return fail("has fewer operands than its programs take");
          arguments.push_back(toReference(context, operands[next++]));
        }
      }
    }
    if (infeed)
      for (const Attribute &name : infeed->items) {
        Function *source = find(module, name.text);
        std::vector<HostTensor> values;
        if (!source || !interpretFunction(module, *source, path, values, why))
          return source ? false : fail("the module has no function '@" + name.text + "'");
        auto &tensors = grid.infeed.emplace_back();
        for (const HostTensor &value : values)
          tensors.push_back(toReference(context, value));
      }
    llvm::Expected<reference::GridResults> results = reference::runGrid(grid, {});
    if (!results)
      return fail(llvm::toString(results.takeError()));
    std::vector<reference::Tensor> given;
    for (std::vector<reference::Tensor> &process : results->results)
      llvm::append_range(given, process);
    // Tokens are not among what programs give: they order nothing more.
    std::vector<Op> constants;
    size_t taken = 0;
    for (ValueRef value : op.results) {
      Op &made = constants.emplace_back();
      made.location = op.location;
      made.results.push_back(value);
      made.name = isTensor(module.typeOf(value)) ? "stablehlo.constant" : "stablehlo.after_all";
      if (!isTensor(module.typeOf(value)))
        continue;
      if (taken == given.size())
        return fail("gives " + std::to_string(given.size()) + " tensors, fewer than it has results");
      const reference::Tensor &tensor = given[taken++];
      Attribute elements;
      elements.kind = Attribute::Tensor;
      elements.elements.type = module.typeOf(value);
      elements.elements.bytes = module.own(std::string(tensor.bytes.begin(), tensor.bytes.end()));
      setAttribute(made.attributes, "value", std::move(elements));
    }
    block.ops.erase(block.ops.begin() + place);
    block.ops.insert(block.ops.begin() + place, constants.begin(), constants.end());
    return true;
  }

  static reference::Tensor toReference(mlir::MLIRContext &context, const HostTensor &tensor) {
    reference::Tensor made;
    made.elementType = elementTypeOf(&context, tensor.dtype);
    made.dims.assign(tensor.dims.begin(), tensor.dims.end());
    made.bytes = tensor.bytes;
    return made;
  }
  static mlir::Type elementTypeOf(mlir::MLIRContext *context, uint32_t dtype) {
    return ingot::elementTypeOf(context, dtype);
  }

  Module &module;
  Function &function;
  Block &block;
  const std::string &path;
  std::string *why;
};

} // namespace

bool interpretFunction(Module &module, Function &function, const std::string &path, std::vector<HostTensor> &results,
                       std::string *why) {
  auto context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  auto program = import(*context, module, function, path, why);
  if (mlir::failed(program))
    return false;
  auto runner = driver::makeReferenceRunner(std::move(context), std::move(*program), "", why);
  std::vector<HostTensor> none;
  return runner && runner->run(none, results, why);
}

bool hasParallelPrograms(const Function &function) {
  return function.body.blocks.size() == 1 &&
         llvm::any_of(function.body.blocks.front().ops, [](const Op &op) { return op.name == "interpreter.run_parallel"; });
}

bool runParallelPrograms(Module &module, Function &function, const std::string &path, std::string *why) {
  return ParallelRun(module, function, path, why).run();
}

} // namespace ingot::conformance
