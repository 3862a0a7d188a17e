// Every program of Inputs/ means the same after each phase: the interpreter runs it before and after, and the scheduled form
// once more with its values in the arena and the results' buffers where schedule put them.
#include "ir/States.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "passes/GenericTarget.h"
#include "passes/Pipeline.h"
#include "passes/schedule/Schedule.h"
#include "tests/TestPaths.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace mlir;

namespace ingot {
namespace {

reference::Tensor randomTensor(Type elementType, ArrayRef<int64_t> dims, std::mt19937 &random) {
  reference::Tensor tensor = reference::Tensor::zeros(elementType, dims);
  std::uniform_real_distribution<float> uniform(-1, 1);
  if (elementType.isF32())
    for (int64_t i = 0; i < tensor.numElements(); ++i)
      tensor.data<float>()[i] = uniform(random);
  else
    for (char &byte : tensor.bytes)
      byte = char(random() % 7);
  return tensor;
}

struct Loaded {
  MLIRContext context;
  Program program;

  explicit Loaded(const std::string &name) {
    context.loadDialect<IngotDialect, func::FuncDialect>();
    std::string path = test::sourceDir() + "/tests/passes/Inputs/" + name + ".mlir";
    program.module = parseSourceFile<ModuleOp>(path, &context);
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
};

std::vector<reference::Tensor> run(Loaded &loaded, ArrayRef<reference::Tensor> arguments) {
  auto results = reference::run(loaded.main(), arguments, {&loaded.program.weights});
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return std::move(*results);
}

void expectClose(ArrayRef<reference::Tensor> actual, ArrayRef<reference::Tensor> expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].dims, expected[i].dims) << "result " << i;
    ASSERT_EQ(actual[i].elementType, expected[i].elementType) << "result " << i;
    if (!actual[i].elementType.isF32()) {
      EXPECT_EQ(actual[i].bytes, expected[i].bytes) << "result " << i;
      continue;
    }
    float largest = 0;
    for (int64_t k = 0; k < expected[i].numElements(); ++k)
      largest = std::max(largest, std::fabs(expected[i].data<float>()[k]));
    for (int64_t k = 0; k < actual[i].numElements(); ++k)
      ASSERT_NEAR(actual[i].data<float>()[k], expected[i].data<float>()[k], 1e-4 * largest + 1e-6)
          << "result " << i << ", element " << k;
  }
}

// Executes the commands with all memory where schedule put it.
std::vector<reference::Tensor> runInMemory(Loaded &loaded, ArrayRef<reference::Tensor> arguments, ArrayRef<int64_t> sizes) {
  func::FuncOp function = loaded.main();
  std::optional<ArenaPlan> plan = ArenaPlan::parse(function);
  auto entries = plan ? plan->evaluate(sizes) : std::nullopt;
  if (!entries) {
    ADD_FAILURE() << "no arena";
    return {};
  }
  auto shape = [&](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> dims;
    for (AffineExpr dim : dimExprs(type))
      dims.push_back(*evaluateExpr(dim, sizes));
    return reference::Tensor::zeros(type.getElementType(), dims);
  };
  std::vector<char> arena(entries->back(), char(0xaa));
  Block &body = function.getBody().front();
  std::vector<reference::Tensor> results;
  for (Value returned : body.getTerminator()->getOperands())
    results.push_back(shape(returned));

  llvm::DenseMap<Value, reference::Tensor> fixed; // arguments and weights
  for (auto [argument, value] : llvm::zip(body.getArguments(), arguments))
    fixed[argument] = value;
  for (unsigned i = 0; i != function.getNumArguments(); ++i)
    if (std::optional<Growth> growth = growthOf(function, i))
      fixed[body.getArgument(i)] = reference::withLength(
          arguments[i], growth->axis, cast<RankedTensorType>(body.getArgument(i).getType()).getDimSize(growth->axis));
  auto memoryOf = [&](Value root) -> char * {
    if (auto found = fixed.find(root); found != fixed.end())
      return found->second.bytes.data();
    Operation *def = root.getDefiningOp();
    Placement place = *Placement::parse(def->getAttrOfType<ArrayAttr>(kMemoryAttr)[cast<OpResult>(root).getResultNumber()]);
    return place.result ? results[*place.result].bytes.data() : arena.data() + (*entries)[place.arena];
  };
  for (Operation &op : body.without_terminator()) {
    if (isView(&op))
      continue;
    std::vector<reference::Tensor> operands;
    for (Value operand : op.getOperands()) {
      reference::Tensor tensor = shape(operand);
      std::memcpy(tensor.bytes.data(), memoryOf(memoryRoot(operand)), tensor.bytes.size());
      operands.push_back(std::move(tensor));
    }
    auto values = reference::evaluate(&op, operands, sizes, {&loaded.program.weights});
    if (!values) {
      ADD_FAILURE() << llvm::toString(values.takeError());
      return {};
    }
    for (auto [result, value] : llvm::zip(op.getResults(), *values)) {
      if (isa<GetWeightOp>(op))
        fixed[result] = value;
      else
        std::memcpy(memoryOf(result), value.bytes.data(), value.bytes.size());
    }
  }
  for (unsigned i = 0; i != function.getNumArguments(); ++i)
    if (std::optional<Growth> growth = growthOf(function, i)) {
      reference::Tensor &state = results[function.getArgAttrOfType<IntegerAttr>(i, kStateAttr).getInt()];
      state = reference::withLength(state, growth->axis, *evaluateExpr(growth->next, sizes));
    }
  return results;
}

struct Case {
  const char *program;
  std::vector<std::vector<int64_t>> sizes;
};
std::ostream &operator<<(std::ostream &out, const Case &each) { return out << each.program; }

class SemanticsTest : public testing::TestWithParam<Case> {};

TEST_P(SemanticsTest, EveryPhaseKeepsTheMeaning) {
  Loaded loaded(GetParam().program);
  ASSERT_TRUE(loaded.program.module);
  std::vector<std::vector<reference::Tensor>> arguments, expected;
  for (const std::vector<int64_t> &sizes : GetParam().sizes) {
    arguments.push_back(loaded.arguments(sizes));
    expected.push_back(run(loaded, arguments.back()));
  }
  WeightStore *store = &loaded.program.weights;
  std::pair<const char *, std::function<void(OpPassManager &)>> phases[] = {
      {"simplify", [&](OpPassManager &pm) { addSimplifyPasses(pm, {store}); }},
      {"layout", [&](OpPassManager &pm) { addLayoutPasses(pm, {&genericTarget(), store}); }},
      {"fuse", [&](OpPassManager &pm) { addFusePasses(pm, {&genericTarget()}); }},
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
    if (HasFailure()) {
      loaded.program.module->dump();
      return;
    }
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    SCOPED_TRACE("in memory");
    expectClose(runInMemory(loaded, arguments[i], GetParam().sizes[i]), expected[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, SemanticsTest,
                         testing::Values(Case{"mlp", {{1}, {5}, {64}}}, Case{"cnn", {{1}, {3}}}, Case{"batch_norm", {{}}},
                                         Case{"transformer", {{1, 1}, {2, 9}, {4, 3}}},
                                         Case{"odd_results", {{1}, {7}, {40}}}, Case{"ordering", {{1}, {7}, {40}}},
                                         Case{"cache", {{1}, {3}}}, Case{"growing", {{0, 1}, {3, 2}, {7, 5}}}),
                         [](const auto &info) { return std::string(info.param.program); });

TEST(ScheduleTest, InPlaceChainsKeepTheMeaning) {
  Loaded loaded("outlined");
  ASSERT_TRUE(loaded.program.module);
  const std::vector<std::vector<int64_t>> choices = {{1, 40}, {40, 1}, {3, 3}};
  std::vector<std::vector<reference::Tensor>> expected;
  for (const auto &sizes : choices)
    expected.push_back(run(loaded, loaded.arguments(sizes)));
  PassManager pm(&loaded.context);
  addSchedulePasses(pm, {});
  ASSERT_TRUE(succeeded(pm.run(*loaded.program.module)));
  unsigned inplace = 0;
  loaded.main().walk([&](DispatchOp dispatch) { inplace += bool(dispatch.getInplace()); });
  EXPECT_GE(inplace, 3u);
  for (size_t i = 0; i < choices.size(); ++i)
    expectClose(runInMemory(loaded, loaded.arguments(choices[i]), choices[i]), expected[i]);
}

// The statistics of a normalisation become a factor of the kernel and one vector added behind it.
TEST(SimplifyTest, NormalisationDisappears) {
  Loaded loaded("batch_norm");
  ASSERT_TRUE(loaded.program.module);
  PassManager pm(&loaded.context);
  addSimplifyPasses(pm, {&loaded.program.weights});
  ASSERT_TRUE(succeeded(pm.run(*loaded.program.module)));
  unsigned adds = 0;
  loaded.main().getBody().front().walk([&](Operation *op) {
    EXPECT_FALSE((isa<MultiplyOp, SubtractOp, DivideOp, SqrtOp>(op))) << op->getName().getStringRef().str();
    adds += isa<AddOp>(op) && op->getBlock() == &loaded.main().getBody().front();
  });
  EXPECT_EQ(adds, 2u); // the bias and the residual
}

} // namespace
} // namespace ingot
