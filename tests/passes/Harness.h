// Programs as the interpreter runs them, and scheduled ones with all memory where schedule put it.
#ifndef INGOT_TESTS_PASSES_HARNESS_H
#define INGOT_TESTS_PASSES_HARNESS_H

#include "compiler/targets/cpu/CpuTarget.h"
#include "ir/States.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "passes/Pipeline.h"
#include "passes/Programs.h"
#include "passes/schedule/Schedule.h"
#include "tests/TestPaths.h"
#include "tools/execution/Agreement.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <random>

namespace ingot::test {

using namespace mlir;

// The rules that programs are compiled by.
inline const TargetModel &cpuTarget() {
  static const std::unique_ptr<CpuTarget> target = llvm::cantFail(CpuTarget::create({"x86_64-unknown-linux-gnu"}));
  return *target;
}

inline reference::Tensor randomTensor(Type elementType, ArrayRef<int64_t> dims, std::mt19937 &random) {
  reference::Tensor tensor = reference::Tensor::zeros(elementType, dims);
  std::uniform_real_distribution<float> uniform(-1, 1);
  if (elementType.isF32())
    for (int64_t i = 0; i < tensor.numElements(); ++i)
      tensor.data<float>()[i] = uniform(random);
  else
    for (size_t i = 0; i < tensor.bytes.size(); i += elementBytes(elementType)) // from 0 to 6
      tensor.bytes[i] = char(random() % 7);
  return tensor;
}

struct Loaded {
  MLIRContext context;
  Program program;

  // The program Inputs/NAME.mlir.
  explicit Loaded(const std::string &name) {
    context.loadDialect<IngotDialect, func::FuncDialect>();
    program.module = parseSourceFile<ModuleOp>(test::sourceDir() + "/tests/passes/Inputs/" + name + ".mlir", &context);
    fillWeights();
  }
  static std::unique_ptr<Loaded> ofText(const std::string &text) {
    std::unique_ptr<Loaded> loaded(new Loaded);
    loaded->context.loadDialect<IngotDialect, func::FuncDialect>();
    loaded->program.module = parseSourceString<ModuleOp>(text, &loaded->context);
    loaded->fillWeights();
    return loaded;
  }

  void fillWeights() {
    if (!program.module)
      return;
    std::mt19937 random(1);
    for (auto weight : program.module->getOps<WeightOp>()) {
      WeightSource source;
      source.type = weight.getSource().getType();
      source.bytes = randomTensor(source.type.getElementType(), source.type.getShape(), random).bytes;
      EXPECT_EQ(program.weights.add(weight.getSource().getKey(), std::move(source)), weight.getSource().getKey());
    }
  }
  func::FuncOp main() { return program.module->lookupSymbol<func::FuncOp>("main"); }

  std::vector<reference::Tensor> arguments(ArrayRef<int64_t> sizes) {
    std::mt19937 random(2);
    std::vector<reference::Tensor> values;
    for (unsigned i = 0; i != main().getNumArguments(); ++i) {
      RankedTensorType type = argumentTypeForCaller(main(), i);
      SmallVector<int64_t> dims;
      for (AffineExpr dim : dimExprs(type))
        dims.push_back(*evaluateExpr(dim, sizes));
      values.push_back(randomTensor(cast<RankedTensorType>(type).getElementType(), dims, random));
    }
    return values;
  }

private:
  Loaded() = default;
};

inline std::vector<reference::Tensor> run(Loaded &loaded, ArrayRef<reference::Tensor> arguments) {
  auto results = reference::run(loaded.main(), arguments, {&loaded.program.weights});
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return std::move(*results);
}

inline void expectClose(ArrayRef<reference::Tensor> actual, ArrayRef<reference::Tensor> expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].dims, expected[i].dims) << "result " << i;
    ASSERT_EQ(actual[i].elementType, expected[i].elementType) << "result " << i;
    if (!actual[i].elementType.isF32()) {
      EXPECT_EQ(actual[i].bytes, expected[i].bytes) << "result " << i;
      continue;
    }
    const float *got = actual[i].data<float>(), *wanted = expected[i].data<float>();
    double largest = 0;
    for (int64_t k = 0; k < expected[i].numElements(); ++k)
      if (std::isfinite(wanted[k]))
        largest = std::max<double>(largest, std::fabs(wanted[k]));
    for (int64_t k = 0; k < actual[i].numElements(); ++k)
      ASSERT_TRUE(agrees(got[k], wanted[k], 1e-4 * largest + 1e-6))
          << "result " << i << ", element " << k << " is " << got[k] << ", not " << wanted[k];
  }
}

// Executes the commands with all memory where schedule put it, loops swapping what they name, as the runtime does.
class Memory {
public:
  // `sizes` of data are at their most.
  Memory(Loaded &loaded, ArrayRef<int64_t> sizes) : loaded(loaded), sizes(sizes) {}

  std::vector<reference::Tensor> run(ArrayRef<reference::Tensor> arguments) {
    func::FuncOp function = loaded.main();
    std::optional<ArenaPlan> plan = ArenaPlan::parse(function);
    auto values = plan ? plan->evaluate(sizes) : std::nullopt;
    if (!values) {
      ADD_FAILURE() << "no arena";
      return {};
    }
    entries = *values;
    arena.assign(entries.back(), char(0xaa));
    Block &body = function.getBody().front();
    for (Value returned : body.getTerminator()->getOperands())
      results.push_back(shape(returned, /*isBound=*/true));
    for (auto [argument, value] : llvm::zip(body.getArguments(), arguments))
      fixed[argument] = value;
    for (unsigned i = 0; i != function.getNumArguments(); ++i)
      if (std::optional<Growth> growth = growthOf(function, i))
        fixed[body.getArgument(i)] = reference::withLength(
            arguments[i], growth->axis, cast<RankedTensorType>(body.getArgument(i).getType()).getDimSize(growth->axis));
    runBlock(body);
    for (auto [result, returned] : llvm::zip(results, body.getTerminator()->getOperands())) {
      result.dims = shape(returned).dims;
      result.bytes.resize(size_t(result.numElements() * elementBytes(result.elementType)));
    }
    for (unsigned i = 0; i != function.getNumArguments(); ++i)
      if (std::optional<Growth> growth = growthOf(function, i)) {
        reference::Tensor &state = results[function.getArgAttrOfType<IntegerAttr>(i, kStateAttr).getInt()];
        state = reference::withLength(state, growth->axis, *evaluateExpr(growth->next, sizes));
      }
    return results;
  }

private:
  // At the sizes bound so far; or what it is at most, whatever data says.
  reference::Tensor shape(Value value, bool isBound = false) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> dims;
    for (AffineExpr dim : dimExprs(type))
      dims.push_back(*evaluateExpr(isBound ? *boundOverData(dim, moduleSizes(loaded.main())) : dim, sizes));
    return reference::Tensor::zeros(type.getElementType(), dims);
  }

  char *memoryOf(Value value) {
    if (auto found = fixed.find(memoryRoot(value)); found != fixed.end())
      return found->second.bytes.data();
    Placement place = *placementOf(value);
    if (place.result)
      return results[*place.result].bytes.data();
    int64_t offset = entries[place.arena];
    return arena.data() + (place.carried ? named.try_emplace(*place.carried, offset).first->second : offset);
  }

  reference::Tensor read(Value value) {
    reference::Tensor tensor = shape(value);
    const char *from = memoryOf(value);
    std::copy(from, from + tensor.bytes.size(), tensor.bytes.begin());
    return tensor;
  }

  void runLoop(WhileOp loop) {
    Block &cond = loop.getCond().front(), &body = loop.getBody().front();
    for (runBlock(cond); read(cond.getTerminator()->getOperand(0)).bytes[0]; runBlock(cond)) {
      runBlock(body);
      for (auto [input, next] : llvm::zip(loop.getInputs(), body.getTerminator()->getOperands())) {
        Placement a = *placementOf(input), b = *placementOf(next);
        memoryOf(input), memoryOf(next);
        if (a.carried)
          std::swap(named[*a.carried], named[*b.carried]);
      }
    }
  }

  void runBlock(Block &block) {
    for (Operation &op : block.without_terminator()) {
      if (isView(&op))
        continue;
      if (auto choice = dyn_cast<IfOp>(op)) {
        runBlock(op.getRegion(read(choice.getPred()).bytes[0] ? 0 : 1).front());
        continue;
      }
      if (auto loop = dyn_cast<WhileOp>(op)) {
        runLoop(loop);
        continue;
      }
      if (auto bind = dyn_cast<BindSizeOp>(op)) {
        sizes[size_t(bind.getSize())] = read(bind.getCount()).data<int64_t>()[0];
        continue;
      }
      std::vector<reference::Tensor> operands;
      for (Value operand : op.getOperands())
        operands.push_back(read(operand));
      auto values = reference::evaluate(&op, operands, sizes, {&loaded.program.weights});
      if (!values) {
        ADD_FAILURE() << llvm::toString(values.takeError());
        return;
      }
      for (auto [result, value] : llvm::zip(op.getResults(), *values)) {
        if (isa<GetWeightOp>(op))
          fixed[result] = value;
        else
          std::copy(value.bytes.begin(), value.bytes.end(), memoryOf(result));
      }
    }
  }

  Loaded &loaded;
  SmallVector<int64_t> sizes;
  SmallVector<int64_t> entries;
  std::vector<char> arena;
  std::vector<reference::Tensor> results;
  llvm::DenseMap<Value, reference::Tensor> fixed; // arguments and weights
  llvm::DenseMap<unsigned, int64_t> named;        // memory that loops swap: its offset now
};

inline std::vector<reference::Tensor> runInMemory(Loaded &loaded, ArrayRef<reference::Tensor> arguments,
                                                  ArrayRef<int64_t> sizes) {
  return Memory(loaded, sizes).run(arguments);
}

// Runs the phases one after another; after each the program must mean what `expected` says, and so in memory at the end.
inline void expectPhasesKeepTheMeaning(Loaded &loaded, ArrayRef<std::vector<int64_t>> sizes,
                                       ArrayRef<std::vector<reference::Tensor>> arguments,
                                       ArrayRef<std::vector<reference::Tensor>> expected) {
  WeightStore &store = loaded.program.weights;
  std::pair<const char *, std::function<void(OpPassManager &)>> phases[] = {
      {"simplify", [&](OpPassManager &pm) { addSimplifyPasses(pm, {cpuTarget(), store}); }},
      {"layout", [&](OpPassManager &pm) { addLayoutPasses(pm, {cpuTarget(), store}); }},
      {"fuse", [&](OpPassManager &pm) { addFusePasses(pm, {cpuTarget()}); }},
      {"outline", [&](OpPassManager &pm) { addOutlinePasses(pm, {store}); }},
      {"schedule", [&](OpPassManager &pm) { addSchedulePasses(pm, {}); }},
  };
  for (auto &[name, addPasses] : phases) {
    SCOPED_TRACE(name);
    PassManager pm(&loaded.context);
    addPasses(pm);
    ASSERT_TRUE(succeeded(pm.run(*loaded.program.module)));
    for (size_t i = 0; i < arguments.size(); ++i) {
      SCOPED_TRACE(i);
      expectClose(run(loaded, arguments[i]), expected[i]);
    }
    if (testing::Test::HasFailure()) {
      loaded.program.module->dump();
      return;
    }
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    SCOPED_TRACE("in memory");
    expectClose(runInMemory(loaded, arguments[i], sizes[i]), expected[i]);
  }
}

} // namespace ingot::test

#endif // INGOT_TESTS_PASSES_HARNESS_H
