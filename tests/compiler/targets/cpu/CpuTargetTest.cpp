// The CPU target: which levels a choice of CPU stands for, what passes are told, and machine code for every architecture.
#include "compiler/targets/cpu/CpuTarget.h"
#include "compiler/targets/cpu/TargetMachine.h"

#include "ir/Types.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "runtime/abi/aarch64.h"
#include "runtime/abi/artifact.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/PassRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <gtest/gtest.h>

using namespace ingot;

namespace {

constexpr const char *x86 = "x86_64-unknown-linux-gnu";

std::string errorOf(const CpuTargetOptions &options) {
  llvm::Expected<llvm::SmallVector<CpuLevel>> levels = makeCpuLevels(options);
  return levels ? "" : llvm::toString(levels.takeError());
}

llvm::SmallVector<CpuLevel> levelsOf(const CpuTargetOptions &options) {
  llvm::Expected<llvm::SmallVector<CpuLevel>> levels = makeCpuLevels(options);
  EXPECT_TRUE(static_cast<bool>(levels));
  return levels ? *levels : (llvm::consumeError(levels.takeError()), llvm::SmallVector<CpuLevel>());
}

TEST(CpuLevels, PortableX86) {
  llvm::SmallVector<CpuLevel> levels = levelsOf({x86});
  ASSERT_EQ(levels.size(), 3u);
  EXPECT_EQ(levels[0].name, "v4");
  EXPECT_EQ(levels[0].featureMask, INGOT_X86_V4);
  EXPECT_EQ(levels[0].vectorBytes, 64);
  EXPECT_EQ(levels[0].vectorRegisters, 32);
  EXPECT_EQ(levels[1].name, "v3");
  EXPECT_EQ(levels[1].featureMask, INGOT_X86_V3);
  EXPECT_EQ(levels[1].vectorBytes, 32);
  EXPECT_TRUE(levels[1].fma);
  EXPECT_EQ(levels[2].name, "v2");
  EXPECT_EQ(levels[2].featureMask, INGOT_X86_V2);
  EXPECT_EQ(levels[2].vectorBytes, 16);
  EXPECT_FALSE(levels[2].fma);
}

TEST(CpuLevels, NamedX86) {
  llvm::SmallVector<CpuLevel> skylake = levelsOf({x86, "skylake-avx512"});
  ASSERT_EQ(skylake.size(), 1u);
  EXPECT_EQ(skylake[0].featureMask & INGOT_X86_V4, INGOT_X86_V4);
  EXPECT_EQ(skylake[0].vectorBytes, 64);
  llvm::SmallVector<CpuLevel> zen = levelsOf({x86, "znver3"});
  EXPECT_EQ(zen[0].featureMask & INGOT_X86_V3, INGOT_X86_V3);
  EXPECT_EQ(zen[0].featureMask >> INGOT_X86_AVX512F & 1, 0u);
  EXPECT_EQ(zen[0].vectorBytes, 32);
  EXPECT_EQ(levelsOf({x86, "x86-64"})[0].vectorBytes, 16);
}

TEST(CpuLevels, NamedAarch64) {
  auto has = [](uint64_t mask, int bit) { return mask >> bit & 1; };
  EXPECT_EQ(levelsOf({"aarch64-linux-gnu", "cortex-a72"})[0].featureMask, 0u) << "Armv8.0 has nothing beyond the baseline";
  llvm::SmallVector<CpuLevel> a76 = levelsOf({"aarch64-linux-gnu", "cortex-a76"});
  ASSERT_EQ(a76.size(), 1u);
  EXPECT_EQ(a76[0].name, "cortex-a76");
  EXPECT_EQ(a76[0].vectorBytes, 16);
  EXPECT_TRUE(has(a76[0].featureMask, INGOT_AARCH64_DOTPROD) && has(a76[0].featureMask, INGOT_AARCH64_FULLFP16));
  EXPECT_FALSE(has(a76[0].featureMask, INGOT_AARCH64_I8MM));
  EXPECT_TRUE(has(levelsOf({"aarch64-linux-gnu", "neoverse-n2"})[0].featureMask, INGOT_AARCH64_I8MM));
  EXPECT_EQ(levelsOf({"aarch64-linux-gnu", "generic", "+dotprod"})[0].featureMask, 1ull << INGOT_AARCH64_DOTPROD);
  EXPECT_FALSE(has(levelsOf({"aarch64-linux-gnu", "cortex-a76", "-dotprod"})[0].featureMask, INGOT_AARCH64_DOTPROD));
}

TEST(CpuLevels, FeatureFlags) {
  // Taking a feature away takes what is built on it; a level that needs it is left out.
  llvm::SmallVector<CpuLevel> levels = levelsOf({x86, "skylake-avx512", "-avx2"});
  EXPECT_EQ(levels[0].vectorBytes, 16);
  EXPECT_EQ(levels[0].featureMask >> INGOT_X86_AVX512F & 1, 0u);
  levels = levelsOf({x86, "skylake-avx512", "+avx512bf16"});
  EXPECT_EQ(levels[0].featureMask >> INGOT_X86_AVX512BF16 & 1, 1u);
  levels = levelsOf({x86, "portable", "-avx512f"});
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].name, "v3");
}

TEST(CpuLevels, OtherArchitectures) {
  llvm::SmallVector<CpuLevel> arm = levelsOf({"aarch64-linux-gnu"});
  ASSERT_EQ(arm.size(), 1u);
  EXPECT_EQ(arm[0].featureMask, 0u);
  EXPECT_EQ(arm[0].vectorBytes, 16);
  EXPECT_EQ(arm[0].name, "neon");
  EXPECT_EQ(levelsOf({"riscv64-linux-gnu"}).size(), 1u);
}

TEST(CpuLevels, Errors) {
  std::string unknown = errorOf({x86, "pentium5"});
  EXPECT_NE(unknown.find("unknown CPU 'pentium5'"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("znver4"), std::string::npos) << "the known ones are listed";
  std::string feature = errorOf({x86, "skylake-avx512", "+avx1024,+avx2,neon"});
  EXPECT_NE(feature.find("'+avx1024', 'neon'"), std::string::npos) << feature;
  EXPECT_NE(feature.find("avx512vnni"), std::string::npos) << "the known ones are listed";
  EXPECT_NE(errorOf({x86, "portable", "+avx512f"}).find("choose one by its name"), std::string::npos);
  EXPECT_NE(errorOf({x86, "portable", "-sse3"}).find("no portable level is left"), std::string::npos);
  EXPECT_NE(errorOf({"sparc-linux-gnu"}).find("known architectures are: x86_64"), std::string::npos);
  EXPECT_NE(errorOf({"riscv64-linux-gnu", "sifive-u74"}).find("'sifive-u74' cannot be chosen"), std::string::npos);
  std::string arm = errorOf({"aarch64-linux-gnu", "skylake"});
  EXPECT_NE(arm.find("unknown CPU 'skylake'"), std::string::npos) << arm;
  EXPECT_NE(arm.find("cortex-a72"), std::string::npos) << "the known ones are listed";
  arm = errorOf({"aarch64-linux-gnu", "cortx-a720ae"});
  EXPECT_NE(arm.find("; did you mean 'cortex-a720ae'?"), std::string::npos) << arm;
  arm = errorOf({"aarch64-linux-gnu", "cortex-a76", "+dotprods"});
  EXPECT_NE(arm.find("; did you mean 'dotprod'?"), std::string::npos) << arm;
  feature = errorOf({"aarch64-linux-gnu", "cortex-a72", "+avx2,-neon"});
  EXPECT_NE(feature.find("'+avx2', '-neon'"), std::string::npos) << feature;
  EXPECT_NE(feature.find("dotprod"), std::string::npos) << "the known ones are listed";
  EXPECT_NE(errorOf({"aarch64-linux-gnu", "portable", "+dotprod"}).find("choose one by its name"), std::string::npos);
  const bool onX86 = llvm::Triple(llvm::sys::getDefaultTargetTriple()).isX86();
  EXPECT_NE(errorOf({onX86 ? "aarch64-linux-gnu" : x86, "native"}).find("another architecture"), std::string::npos);
}

//===--- Layout and fuse ----------------------------------------------------------------------------------------------===//

class CpuTargetTest : public ::testing::Test {
protected:
  CpuTargetTest() {
    mlir::DialectRegistry registry;
    mlir::registerBuiltinDialectTranslation(registry);
    mlir::registerLLVMDialectTranslation(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<IngotDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                        mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                        mlir::ub::UBDialect, mlir::vector::VectorDialect>();
  }
  void parse(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module);
  }
  template <typename Op> Op only() {
    Op found;
    module->walk([&](Op op) { found = op; });
    return found;
  }
  // Whether one kernel may hold all ops of the module's function.
  bool canFuse() {
    llvm::SmallVector<mlir::Operation *> ops;
    llvm::SmallVector<mlir::Value> results;
    auto function = *module->getOps<mlir::func::FuncOp>().begin();
    for (mlir::Operation &op : function.getBody().front())
      if (op.hasTrait<mlir::OpTrait::IsTerminator>())
        results.assign(op.operand_begin(), op.operand_end());
      else
        ops.push_back(&op);
    return target->canFuse(ops, results);
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<CpuTarget> target = llvm::cantFail(CpuTarget::create({x86}));
};

TEST_F(CpuTargetTest, EmittersAreOrdered) {
  ASSERT_GE(target->emitters().size(), 2u);
  EXPECT_EQ(target->emitters().front()->name(), "contraction");
  EXPECT_EQ(target->emitters().back()->name(), "loops");
  EXPECT_EQ(target->triple(), x86);
}

TEST_F(CpuTargetTest, DotLayout) {
  auto layout = [&](const char *text) {
    parse(std::string("func.func @f(%a: tensor<") + text);
    return target->dotLayout(only<DotGeneralOp>());
  };
  std::optional<ContractionLayout> wide = layout(
      "4x768xf32>, %b: tensor<768x3072xf32>) -> tensor<4x3072xf32> {\n  %0 = ingot.dot_general %a, %b <batch = [] x [], "
      "contract = "
      "[1] x [0]> : (tensor<4x768xf32>, tensor<768x3072xf32>) -> tensor<4x3072xf32>\n  return %0 : tensor<4x3072xf32>\n}");
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->panelDim, 1);
  EXPECT_EQ(wide->panelWidth, 64);
  // Of [N, K], of another element type: left as it is.
  EXPECT_FALSE(layout(
      "4x8xf32>, %b: tensor<16x8xf32>) -> tensor<4x16xf32> {\n  %0 = ingot.dot_general %a, %b <batch = [] x [], contract = "
      "[1] x [1]> : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>\n  return %0 : tensor<4x16xf32>\n}"));
  EXPECT_FALSE(layout(
      "4x8xf64>, %b: tensor<8x16xf64>) -> tensor<4x16xf64> {\n  %0 = ingot.dot_general %a, %b <batch = [] x [], contract = "
      "[1] x [0]> : (tensor<4x8xf64>, tensor<8x16xf64>) -> tensor<4x16xf64>\n  return %0 : tensor<4x16xf64>\n}"));
}

TEST_F(CpuTargetTest, ConvolutionLayout) {
  parse("func.func @f(%a: tensor<1x8x8x3xf32>, %b: tensor<3x3x3x40xf32>) -> tensor<1x6x6x40xf32> {\n  %0 = "
        "ingot.convolution %a, %b "
        "<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, "
        "1] : "
        "(tensor<1x8x8x3xf32>, tensor<3x3x3x40xf32>) -> tensor<1x6x6x40xf32>\n  return %0 : tensor<1x6x6x40xf32>\n}");
  std::optional<ContractionLayout> layout = target->convolutionLayout(only<ConvolutionOp>());
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->panelDim, 3);
  EXPECT_EQ(layout->panelWidth, 8) << "40 = 5 panels of 8 without padding";
  // Each channel by itself goes to the loop emitter.
  parse(
      "func.func @f(%a: tensor<1x8x8x4xf32>, %b: tensor<3x3x1x4xf32>) -> tensor<1x6x6x4xf32> {\n  %0 = ingot.convolution "
      "%a, %b "
      "<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] "
      "{feature_group_count = 4 : i64} : (tensor<1x8x8x4xf32>, tensor<3x3x1x4xf32>) -> tensor<1x6x6x4xf32>\n  return %0 : "
      "tensor<1x6x6x4xf32>\n}");
  EXPECT_FALSE(target->convolutionLayout(only<ConvolutionOp>()));
}

TEST_F(CpuTargetTest, Fusions) {
  const std::string
      begin = "func.func @f(%a: tensor<4x8xf32>, %b: tensor<1x8x16xf32>, %bias: tensor<16xf32>) -> tensor<4x16xf32> {\n",
      dot = "  %w = ingot.unpack %b dim = 1 width = 16 : (tensor<1x8x16xf32>) -> tensor<8x16xf32>\n"
            "  %0 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<4x8xf32>, tensor<8x16xf32>) "
            "-> tensor<4x16xf32>\n",
      end = "  return %r : tensor<4x16xf32>\n}";
  parse(begin + "  %x = ingot.negate %a : tensor<4x8xf32>\n" + dot +
        "  %c = ingot.broadcast_in_dim %bias dims = [1] : (tensor<16xf32>) -> tensor<4x16xf32>\n  %s = ingot.add %0, %c : "
        "tensor<4x16xf32>\n  %r = ingot.tanh %s : tensor<4x16xf32>\n" +
        end);
  EXPECT_TRUE(canFuse());
  // Costly operands would be computed again for every panel.
  parse(begin + "  %x = ingot.tanh %a : tensor<4x8xf32>\n" + dot + "  %r = ingot.negate %0 : tensor<4x16xf32>\n" + end);
  EXPECT_FALSE(canFuse());
}

TEST_F(CpuTargetTest, ContractionsStayContractions) {
  // Loops could hold both, but would make the dot a plain loop nest.
  parse("func.func @f(%a: tensor<4x8xf32>, %b: tensor<1x8x16xf32>) -> tensor<16xf32> {\n"
        "  %w = ingot.unpack %b dim = 1 width = 16 : (tensor<1x8x16xf32>) -> tensor<8x16xf32>\n"
        "  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [1] x [0]> : (tensor<4x8xf32>, tensor<8x16xf32>) -> "
        "tensor<4x16xf32>\n"
        "  %z = ingot.constant dense<0.0> : tensor<f32>\n"
        "  %r = ingot.reduce (%0 init %z) dims = [0] : (tensor<4x16xf32>, tensor<f32>) -> tensor<16xf32> {\n"
        "  ^bb0(%x: tensor<f32>, %y: tensor<f32>):\n    %s = ingot.add %x, %y : tensor<f32>\n    ingot.return %s : "
        "tensor<f32>\n  }\n"
        "  return %r : tensor<16xf32>\n}");
  EXPECT_FALSE(canFuse());
}

TEST_F(CpuTargetTest, EstimateGrows) {
  KernelSummary small, large;
  small.flops = 1e6;
  large.flops = 1e9;
  EXPECT_LT(target->estimate({}), target->estimate(small));
  EXPECT_LT(target->estimate(small), target->estimate(large));
  KernelSummary memory = small;
  memory.bytesRead = 1e8;
  EXPECT_LT(target->estimate(small), target->estimate(memory));
}

//===--- machine code -------------------------------------------------------------------------------------------------===//

class CodeTest : public CpuTargetTest {
protected:
  // A contraction kernel as an LLVM module.
  std::unique_ptr<llvm::Module> compile(const CpuLevel &level) {
    parse("ingot.kernel @k {\n^bb0(%a: tensor<30x40xf32>, %b: tensor<2x40x64xf32>):\n  %w = ingot.unpack %b dim = 1 width = "
          "64 : "
          "(tensor<2x40x64xf32>) -> tensor<40x120xf32>\n  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [1] x "
          "[0]> : "
          "(tensor<30x40xf32>, tensor<40x120xf32>) -> tensor<30x120xf32>\n  ingot.return %0 : tensor<30x120xf32>\n}");
    auto kernel = only<KernelOp>();
    std::unique_ptr<KernelEmitter> emitter = createContractionEmitter();
    std::optional<KernelPlan> plan = emitter->plan(kernel, level, {});
    EXPECT_TRUE(plan);
    mlir::OwningOpRef<mlir::ModuleOp> lowered = mlir::ModuleOp::create(kernel.getLoc());
    mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(lowered->getBody());
    KernelFunction function = KernelFunction::create(builder, kernel, 0);
    EXPECT_TRUE(succeeded(emitter->emit(kernel, *plan, level, function, builder)));
    EXPECT_TRUE(succeeded(lowerKernelModule(*lowered, "k.code", level)));
    return mlir::translateModuleToLLVMIR(*lowered, llvmContext);
  }
  llvm::LLVMContext llvmContext;
};

TEST_F(CodeTest, ObjectsOfEveryArchitecture) {
  const std::tuple<const char *, const char *, uint16_t> targets[] = {
      {x86, "portable", llvm::ELF::EM_X86_64},
      {"aarch64-linux-gnu", "portable", llvm::ELF::EM_AARCH64},
      {"riscv64-linux-gnu", "portable", llvm::ELF::EM_RISCV}};
  for (auto [triple, cpu, machine] : targets) {
    for (const CpuLevel &level : levelsOf({triple, cpu})) {
      for (int optLevel : {0, 2, 3}) {
        SCOPED_TRACE(std::string(triple) + " " + level.name + " -O" + std::to_string(optLevel));
        std::unique_ptr<llvm::Module> code = compile(level);
        ASSERT_TRUE(code);
        llvm::SmallVector<char, 0> object;
        ASSERT_FALSE(static_cast<bool>(optimizeModule(*code, level, {triple, optLevel})));
        ASSERT_FALSE(static_cast<bool>(emitObject(*code, level, {triple, optLevel}, object)));
        auto file =
            llvm::object::ObjectFile::createELFObjectFile(llvm::MemoryBufferRef({object.data(), object.size()}, "k"));
        ASSERT_TRUE(static_cast<bool>(file));
        EXPECT_EQ(llvm::cast<llvm::object::ELFObjectFileBase>(**file).getEMachine(), machine);
        bool defined = false;
        for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
          std::string name = llvm::cantFail(symbol.getName()).str();
          uint32_t flags = llvm::cantFail(symbol.getFlags());
          defined |= name == "k.code" && !(flags & llvm::object::SymbolRef::SF_Undefined);
          EXPECT_FALSE((flags & llvm::object::SymbolRef::SF_Undefined) && !name.empty()) << "undefined: " << name;
        }
        EXPECT_TRUE(defined);
      }
    }
  }
}

TEST_F(CodeTest, LevelsUseTheirRegisters) {
  for (const CpuLevel &level : levelsOf({x86})) {
    std::unique_ptr<llvm::Module> code = compile(level);
    ASSERT_FALSE(static_cast<bool>(optimizeModule(*code, level, {x86, 2})));
    std::string text;
    llvm::raw_string_ostream os(text);
    ASSERT_FALSE(static_cast<bool>(printAssembly(*code, level, {x86, 2}, os)));
    EXPECT_EQ(text.find("%zmm") != std::string::npos, level.name == "v4");
    EXPECT_EQ(text.find("vfmadd") != std::string::npos, level.name != "v2");
    EXPECT_EQ(text.find("%ymm") != std::string::npos, level.name == "v3");
  }
}

// LLVM asks whether a pass is left out by a name that it may change: the hoisting of constants is, and the scheduler's has the same form.
TEST_F(CodeTest, PassesAreLeftOut) {
  constexpr const char *text = R"(
    define void @f(ptr %a) {
    entry:
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %next, %loop ]
      %p = getelementptr <4 x float>, ptr %a, i64 %i
      %x = load <4 x float>, ptr %p, align 16
      %y = fadd <4 x float> %x, <float 1.0, float 2.0, float 3.0, float 4.0>
      store <4 x float> %y, ptr %p, align 16
      %next = add i64 %i, 1
      %more = icmp slt i64 %next, 100
      br i1 %more, label %loop, label %exit
    exit:
      ret void
    })";
  llvm::SmallVector<CpuLevel> levels = levelsOf({x86, "x86-64-v2"});
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> code = llvm::parseAssemblyString(text, diagnostic, llvmContext);
  ASSERT_TRUE(code) << diagnostic.getMessage().str();
  ASSERT_FALSE(static_cast<bool>(optimizeModule(*code, levels[0], {x86, 2})));
  std::string assembly;
  llvm::raw_string_ostream os(assembly);
  ASSERT_FALSE(static_cast<bool>(printAssembly(*code, levels[0], {x86, 2}, os)));
  EXPECT_NE(assembly.find("addps\t.LCPI0_0(%rip)"), std::string::npos) << assembly;
  EXPECT_TRUE(llvm::PassRegistry::getPassRegistry()->getPassInfo(llvm::StringRef("machine-scheduler")));
}

} // namespace
