// Composites raised and inlined again compute the same bits as the program they came from, and a target may take some whole.
#include "tests/passes/Harness.h"

#include "ir/Composites.h"
#include "passes/simplify/Passes.h"

using namespace mlir;

namespace ingot::test {
namespace {

// The CPU, had it kernels for the composites of one name.
class TakingTarget : public TargetModel {
public:
  explicit TakingTarget(std::string name) : name(std::move(name)) {}
  bool takesComposite(CompositeOp op) const override { return op.getName() == name; }
  std::optional<ContractionLayout> dotLayout(DotGeneralOp op) const override { return cpuTarget().dotLayout(op); }
  std::optional<ContractionLayout> convolutionLayout(ConvolutionOp op) const override {
    return cpuTarget().convolutionLayout(op);
  }
  bool prefersChannelsLast(Type elementType) const override { return cpuTarget().prefersChannelsLast(elementType); }
  bool canFuse(ArrayRef<Operation *> ops, ArrayRef<Value> results) const override {
    return cpuTarget().canFuse(ops, results);
  }
  double estimate(const KernelSummary &summary) const override { return cpuTarget().estimate(summary); }

private:
  std::string name;
};

// A layer of a transformer as exporters spell it: normalised, attended to, added, and a gelu.
constexpr const char *kLayer = R"(
  module attributes {ingot.numerics = "strict"} {
    ingot.weight @w = <"w" : tensor<8xf32>> [] : tensor<8xf32>
    func.func @main(%x: tensor<2x4x8xf32>) -> tensor<2x4x8xf32> attributes {ingot.entry} {
      %zero = ingot.constant dense<0.0> : tensor<f32>
      %count = ingot.constant dense<8.0> : tensor<2x4xf32>
      %eps = ingot.constant dense<1.0e-5> : tensor<2x4xf32>
      %0 = ingot.reduce (%x init %zero) dims = [2] : (tensor<2x4x8xf32>, tensor<f32>) -> tensor<2x4xf32> {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %s = ingot.add %a, %b : tensor<f32>
        ingot.return %s : tensor<f32>
      }
      %1 = ingot.divide %0, %count : tensor<2x4xf32>
      %2 = ingot.broadcast_in_dim %1 dims = [0, 1] : (tensor<2x4xf32>) -> tensor<2x4x8xf32>
      %3 = ingot.subtract %x, %2 : tensor<2x4x8xf32>
      %4 = ingot.multiply %3, %3 : tensor<2x4x8xf32>
      %5 = ingot.reduce (%4 init %zero) dims = [2] : (tensor<2x4x8xf32>, tensor<f32>) -> tensor<2x4xf32> {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %s = ingot.add %a, %b : tensor<f32>
        ingot.return %s : tensor<f32>
      }
      %6 = ingot.divide %5, %count : tensor<2x4xf32>
      %7 = ingot.add %6, %eps : tensor<2x4xf32>
      %8 = ingot.sqrt %7 : tensor<2x4xf32>
      %9 = ingot.broadcast_in_dim %8 dims = [0, 1] : (tensor<2x4xf32>) -> tensor<2x4x8xf32>
      %10 = ingot.divide %3, %9 : tensor<2x4x8xf32>
      %w = ingot.get_weight @w : tensor<8xf32>
      %11 = ingot.broadcast_in_dim %w dims = [2] : (tensor<8xf32>) -> tensor<2x4x8xf32>
      %12 = ingot.multiply %10, %11 : tensor<2x4x8xf32>

      %scale = ingot.constant dense<0.35> : tensor<2x4x4xf32>
      %q = ingot.add %12, %x : tensor<2x4x8xf32>
      %k = ingot.negate %12 : tensor<2x4x8xf32>
      %20 = ingot.dot_general %q, %k <batch = [0] x [0], contract = [2] x [2]> : (tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x4x4xf32>
      %21 = ingot.multiply %20, %scale : tensor<2x4x4xf32>
      %22 = ingot.exponential %21 : tensor<2x4x4xf32>
      %23 = ingot.reduce (%22 init %zero) dims = [2] : (tensor<2x4x4xf32>, tensor<f32>) -> tensor<2x4xf32> {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %s = ingot.add %a, %b : tensor<f32>
        ingot.return %s : tensor<f32>
      }
      %24 = ingot.broadcast_in_dim %23 dims = [0, 1] : (tensor<2x4xf32>) -> tensor<2x4x4xf32>
      %25 = ingot.divide %22, %24 : tensor<2x4x4xf32>
      %26 = ingot.dot_general %25, %12 <batch = [0] x [0], contract = [2] x [1]> : (tensor<2x4x4xf32>, tensor<2x4x8xf32>) -> tensor<2x4x8xf32>

      %30 = ingot.add %26, %x : tensor<2x4x8xf32>
      %root = ingot.constant dense<1.41421354> : tensor<2x4x8xf32>
      %half = ingot.constant dense<0.5> : tensor<2x4x8xf32>
      %one = ingot.constant dense<1.0> : tensor<2x4x8xf32>
      %31 = ingot.divide %30, %root : tensor<2x4x8xf32>
      %32 = ingot.erf %31 : tensor<2x4x8xf32>
      %33 = ingot.add %32, %one : tensor<2x4x8xf32>
      %34 = ingot.multiply %30, %33 : tensor<2x4x8xf32>
      %35 = ingot.multiply %34, %half : tensor<2x4x8xf32>
      return %35 : tensor<2x4x8xf32>
    }
  })";

std::vector<std::string> compositesOf(Loaded &loaded) {
  std::vector<std::string> names;
  loaded.main().walk([&](CompositeOp op) { names.push_back(op.getName().str()); });
  return names;
}

void expectSameBits(ArrayRef<reference::Tensor> actual, ArrayRef<reference::Tensor> expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    EXPECT_EQ(actual[i].bytes, expected[i].bytes) << "result " << i;
}

void runPasses(Loaded &loaded, llvm::function_ref<void(OpPassManager &)> add) {
  PassManager pm(&loaded.context);
  add(pm);
  ASSERT_TRUE(succeeded(pm.run(*loaded.program.module)));
}

TEST(RaiseTest, KeepsTheBits) {
  std::unique_ptr<Loaded> loaded = Loaded::ofText(kLayer);
  ASSERT_TRUE(loaded->program.module);
  std::vector<reference::Tensor> arguments = loaded->arguments({}), expected = run(*loaded, arguments);
  runPasses(*loaded, [](OpPassManager &pm) { pm.addPass(createRaise()); });
  EXPECT_EQ(compositesOf(*loaded), (std::vector<std::string>{"layer_norm", "attention", "gelu"}));
  expectSameBits(run(*loaded, arguments), expected);
  runPasses(*loaded, [](OpPassManager &pm) { pm.addPass(createInlineComposites(cpuTarget())); });
  EXPECT_TRUE(compositesOf(*loaded).empty());
  expectSameBits(run(*loaded, arguments), expected);
}

TEST(RaiseTest, TargetTakesSomeWhole) {
  for (std::string name : {"layer_norm", "attention", "gelu", "softmax"}) {
    SCOPED_TRACE(name);
    std::unique_ptr<Loaded> loaded = Loaded::ofText(kLayer);
    std::vector<reference::Tensor> arguments = loaded->arguments({}), expected = run(*loaded, arguments);
    TakingTarget target(name);
    runPasses(*loaded, [&](OpPassManager &pm) { addSimplifyPasses(pm, {target, loaded->program.weights}); });
    EXPECT_EQ(compositesOf(*loaded), std::vector<std::string>{name}); // the softmax too, within an attention that is inlined
    expectSameBits(run(*loaded, arguments), expected);
  }
}

TEST(CompositesTest, RowsAreOrderedAndFound) {
  for (const CompositeRow &row : compositeRows())
    EXPECT_EQ(findComposite(row.name), &row) << row.name.str();
  EXPECT_EQ(findComposite("relu"), nullptr);
}

} // namespace
} // namespace ingot::test
