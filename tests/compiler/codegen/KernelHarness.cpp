#include "tests/compiler/codegen/KernelHarness.h"

#include "compiler/targets/cpu/CpuLevels.h"
#include "compiler/targets/cpu/TargetMachine.h"
#include "ir/Types.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "passes/schedule/Schedule.h"
#include "tools/execution/Agreement.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/TargetParser/Host.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>

namespace ingot::test {

using namespace mlir;
using reference::Tensor;

static double milliseconds() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

const std::vector<CpuLevel> &hostLevels() {
  static const std::vector<CpuLevel> levels = [] {
    std::vector<CpuLevel> result;
    CpuTargetOptions native;
    native.cpu = "native";
    uint64_t host = llvm::cantFail(makeCpuLevels(native)).front().featureMask;
    for (const CpuLevel &level : llvm::cantFail(makeCpuLevels({})))
      if ((level.featureMask & ~host) == 0)
        result.push_back(level);
    return result;
  }();
  return levels;
}

//===--- tensors ------------------------------------------------------------------------------------------------------===//

static void putFloat(char *to, FloatType type, double value) {
  llvm::APFloat converted(value);
  bool lossy;
  converted.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &lossy);
  uint64_t bits = converted.bitcastToAPInt().getZExtValue();
  memcpy(to, &bits, elementBytes(type));
}

static double getFloat(const char *from, FloatType type) {
  uint64_t bits = 0;
  memcpy(&bits, from, elementBytes(type));
  llvm::APFloat value(type.getFloatSemantics(), llvm::APInt(type.getWidth(), bits, false, true));
  bool lossy;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lossy);
  return value.convertToDouble();
}

static void randomElement(char *to, Type type, Values values, std::mt19937 &random) {
  bool special = values == Values::Special && random() % 3 == 0;
  if (auto complex = dyn_cast<ComplexType>(type)) {
    int64_t bytes = elementBytes(complex.getElementType());
    randomElement(to, complex.getElementType(), values, random);
    randomElement(to + bytes, complex.getElementType(), values, random);
    return;
  }
  if (auto real = dyn_cast<FloatType>(type)) {
    if (special) {
      int64_t bytes = elementBytes(type);
      const llvm::fltSemantics &semantics = real.getFloatSemantics();
      const llvm::APFloat choices[] = {llvm::APFloat::getZero(semantics),
                                       llvm::APFloat::getOne(semantics),
                                       llvm::APFloat::getLargest(semantics),
                                       llvm::APFloat::getSmallest(semantics),
                                       llvm::APFloat::getSmallestNormalized(semantics),
                                       llvm::APFloat::getInf(semantics),
                                       llvm::APFloat::getNaN(semantics)};
      llvm::APFloat choice = choices[random() % 7];
      if (random() % 2 && llvm::APFloat::semanticsHasSignedRepr(semantics))
        choice.changeSign();
      uint64_t bits = choice.bitcastToAPInt().getZExtValue();
      memcpy(to, &bits, bytes);
      return;
    }
    double unit = (random() >> 8) * 0x1p-24;
    putFloat(to, real, values == Values::Positive ? unit * 4 + 1e-3 : unit * 8 - 4);
    return;
  }
  auto integer = cast<IntegerType>(type);
  int64_t value = int64_t(random() % 200) - (values == Values::Positive ? 0 : 100);
  unsigned bits = integer.getWidth();
  if (values == Values::Positive)
    value /= 2;
  if (special) {
    int64_t lowest = bits == 64 ? INT64_MIN : -(int64_t(1) << (bits - 1));
    int64_t choices[] = {0, 1, -1, lowest, ~lowest, int64_t(bits)};
    value = choices[random() % 6];
  }
  // As buffers hold them: sub-byte values extended to a byte.
  llvm::APInt cut = llvm::APInt(64, value).trunc(bits);
  bool isUnsigned = integer.isUnsigned() || bits == 1;
  uint64_t stored = isUnsigned ? cut.getZExtValue() : uint64_t(cut.getSExtValue());
  memcpy(to, &stored, elementBytes(type));
}

Tensor randomTensor(Type elementType, ArrayRef<int64_t> dims, Values values, std::mt19937 &random) {
  Tensor tensor = Tensor::zeros(elementType, dims);
  int64_t bytes = elementBytes(elementType);
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    randomElement(tensor.bytes.data() + i * bytes, elementType, values, random);
  return tensor;
}

std::string difference(const Tensor &actual, const Tensor &expected, Tolerance tolerance) {
  Type type = expected.elementType;
  auto complex = dyn_cast<ComplexType>(type);
  Type part = complex ? complex.getElementType() : type;
  int64_t bytes = elementBytes(part), count = expected.numElements() * (complex ? 2 : 1);
  for (int64_t i = 0; i < count; ++i) {
    const char *a = actual.bytes.data() + i * bytes, *b = expected.bytes.data() + i * bytes;
    std::string at =
        "element " + std::to_string(complex ? i / 2 : i) + " of " + std::to_string(expected.numElements()) + ": ";
    if (auto real = dyn_cast<FloatType>(part)) {
      double x = getFloat(a, real), y = getFloat(b, real);
      bool same = agrees(x, y, tolerance.absolute + tolerance.relative * std::abs(y));
      if (x == y && tolerance.relative == 0)
        same = std::signbit(x) == std::signbit(y);
      // An overflow that the other only just escapes.
      double largest = llvm::APFloat::getLargest(real.getFloatSemantics()).convertToDouble();
      bool overflows = std::isinf(x) != std::isinf(y) && x * y > 0;
      same =
          same || (overflows && std::min(std::abs(x), std::abs(y)) > largest * (1 - std::min(0.2, 4 * tolerance.relative)));
      if (!same) {
        char text[128];
        snprintf(text, sizeof text, "%.17g, not %.17g", x, y);
        return at + text;
      }
    } else if (memcmp(a, b, bytes) != 0) {
      auto show = [&](const char *from) {
        int64_t value = 0;
        memcpy(&value, from, bytes);
        return std::to_string(value);
      };
      return at + show(a) + ", not " + show(b);
    }
  }
  return "";
}

//===--- the harness --------------------------------------------------------------------------------------------------===//

KernelHarness::KernelHarness(const std::string &text, const std::string &sizes)
    : mlirContext(std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED)) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  mlirContext->appendDialectRegistry(registry);
  mlirContext->loadDialect<IngotDialect, arith::ArithDialect, cf::ControlFlowDialect, complex::ComplexDialect,
                           func::FuncDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                           ub::UBDialect, vector::VectorDialect>();
  std::string whole =
      text.find("module") == std::string::npos
          ? "module " + (sizes.empty() ? "" : "attributes {ingot.sizes = [" + sizes + "]} ") + "{\n" + text + "\n}"
          : text;
  module = parseSourceString<ModuleOp>(whole, mlirContext.get());
  if (!module) {
    ADD_FAILURE() << "the kernel does not parse:\n" << whole;
    return;
  }
  kernelOp = *module->getOps<KernelOp>().begin();
  // A program around the kernel, for the interpreter.
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  SmallVector<Type> inputs, results;
  llvm::append_range(inputs, kernelOp.getInputTypes());
  llvm::append_range(results, kernelOp.getResultTypes());
  auto function = func::FuncOp::create(builder, kernelOp.getLoc(), "program", builder.getFunctionType(inputs, results));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  auto dispatch = DispatchOp::create(builder, kernelOp.getLoc(), results, FlatSymbolRefAttr::get(kernelOp.getSymNameAttr()),
                                     body->getArguments(), nullptr);
  func::ReturnOp::create(builder, kernelOp.getLoc(), dispatch.getResults());
}

// False where the emitter does not take the kernel, or after a test failure.
bool KernelHarness::makeObject(const KernelEmitter &emitter, const CpuLevel &level, const std::string &triple,
                               LoadedKernel &loaded, llvm::SmallVector<char, 0> &object, bool counts) {
  SmallVector<SizeAttr> sizes = moduleSizes(kernelOp);
  double start = milliseconds();
  std::optional<KernelPlan> plan = emitter.plan(kernelOp, level, sizes);
  if (!plan)
    return false;
  loaded.plan = *plan;
  OwningOpRef<ModuleOp> lowered = ModuleOp::create(kernelOp.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(lowered->getBody());
  KernelFunction function = KernelFunction::create(builder, kernelOp, sizes.size(), counts ? "work_under_test" : "");
  bool emitted = succeeded(emitter.emit(kernelOp, *plan, level, function, builder));
  loaded.emitMilliseconds = milliseconds() - start;
  llvm::raw_string_ostream(loaded.mlir) << *lowered;
  if (getenv("INGOT_TEST_DUMP"))
    llvm::errs() << loaded.mlir;
  auto fail = [&](const std::string &what) {
    ADD_FAILURE() << what << " at level " << level.name << ":\n" << loaded.mlir;
    return false;
  };
  if (!emitted || failed(verify(*lowered)))
    return fail("emitting failed");
  start = milliseconds();
  if (failed(lowerKernelModule(*lowered, "kernel_under_test", level)))
    return fail("lowering failed");
  loaded.lowerMilliseconds = milliseconds() - start;
  start = milliseconds();
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(*lowered, llvmContext);
  if (!llvmModule)
    return fail("no LLVM IR");
  CodeOptions code{triple, 2};
  if (llvm::Error error = optimizeModule(*llvmModule, level, code))
    return fail(llvm::toString(std::move(error)));
  if (getenv("INGOT_TEST_ASSEMBLY"))
    llvm::cantFail(printAssembly(*llvmModule, level, code, llvm::errs()));
  if (llvm::Error error = emitObject(*llvmModule, level, code, object))
    return fail(llvm::toString(std::move(error)));
  loaded.codeMilliseconds = milliseconds() - start;
  loaded.codeBytes = object.size();
  auto file = llvm::cantFail(
      llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef({object.data(), object.size()}, "kernel")));
  for (const llvm::object::SymbolRef &symbol : file->symbols()) {
    llvm::StringRef name = llvm::cantFail(symbol.getName());
    if ((llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined) && !name.empty())
      loaded.undefinedSymbols += name.str() + " ";
  }
  return true;
}

std::string KernelHarness::undefinedSymbols(const KernelEmitter &emitter, const CpuLevel &level, const std::string &triple) {
  LoadedKernel kernel;
  llvm::SmallVector<char, 0> object;
  return makeObject(emitter, level, triple, kernel, object) ? kernel.undefinedSymbols : "no object";
}

std::unique_ptr<LoadedKernel> KernelHarness::load(const KernelEmitter &emitter, const CpuLevel &level, bool counts) {
  auto loaded = std::make_unique<LoadedKernel>();
  llvm::SmallVector<char, 0> object;
  if (!makeObject(emitter, level, llvm::sys::getDefaultTargetTriple(), *loaded, object, counts))
    return nullptr;
  EXPECT_EQ(loaded->undefinedSymbols, "") << "kernels call nothing; level " << level.name;
  loaded->jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  if (llvm::Error error = loaded->jit->addObjectFile(std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object)))) {
    ADD_FAILURE() << llvm::toString(std::move(error));
    return nullptr;
  }
  auto symbol = loaded->jit->lookup("kernel_under_test");
  if (!symbol) {
    ADD_FAILURE() << llvm::toString(symbol.takeError());
    return nullptr;
  }
  loaded->function = symbol->toPtr<LoadedKernel::Function>();
  if (counts)
    loaded->counters = llvm::cantFail(loaded->jit->lookup("work_under_test")).toPtr<const int64_t *>();
  return loaded;
}

int64_t KernelHarness::work(const KernelEmitter &emitter) {
  std::unique_ptr<LoadedKernel> kernel = load(emitter, hostLevels().front(), /*counts=*/true);
  if (!kernel)
    return -1;
  std::mt19937 random(3);
  std::vector<Tensor> operands;
  for (BlockArgument argument : kernelOp.getBlock().getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    operands.push_back(randomTensor(type.getElementType(), type.getShape(), Values::Plain, random));
  }
  int64_t tiles = evaluateExpr(kernel->plan.grid, {}).value();
  run(*kernel, operands, {}, {0, tiles});
  // The return's counter is the last one.
  return kernel->counters[KernelFunction::counterCount(kernelOp) - 2];
}

std::vector<Tensor> KernelHarness::expected(ArrayRef<Tensor> operands) {
  auto function = module->lookupSymbol<func::FuncOp>("program");
  llvm::Expected<std::vector<Tensor>> results = reference::run(function, operands, {});
  if (!results) {
    ADD_FAILURE() << "the interpreter: " << llvm::toString(results.takeError());
    return {};
  }
  return std::move(*results);
}

static SmallVector<int64_t> dimsAt(RankedTensorType type, ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> dims;
  for (AffineExpr expr : dimExprs(type))
    dims.push_back(evaluateExpr(expr, sizes).value());
  return dims;
}

std::vector<Tensor> KernelHarness::run(const LoadedKernel &kernel, ArrayRef<Tensor> operands, ArrayRef<int64_t> sizes,
                                       ArrayRef<int64_t> splits) {
  // Results lie between guards that no kernel may touch, and are wrong until written.
  constexpr size_t guard = 256;
  std::vector<Tensor> results;
  std::vector<std::vector<char>> memory;
  std::vector<void *> buffers;
  for (const Tensor &operand : operands) {
    // At the end of its memory, aligned as its elements only.
    memory.emplace_back(operand.bytes.size() + 16);
    char *start = memory.back().data() + 16;
    start -= reinterpret_cast<uintptr_t>(start) % elementBytes(operand.elementType);
    std::copy(operand.bytes.begin(), operand.bytes.end(), start);
    buffers.push_back(start);
  }
  for (RankedTensorType type : kernelOp.getResultTypes()) {
    results.push_back(Tensor::zeros(type.getElementType(), dimsAt(type, sizes)));
    memory.emplace_back(results.back().bytes.size() + 2 * guard, 0x77);
    buffers.push_back(memory.back().data() + guard);
  }
  // An update's result lies in its operand's memory.
  if (std::optional<unsigned> updated = updatedOperand(kernelOp)) {
    buffers[*updated] = buffers.back();
    std::copy(operands[*updated].bytes.begin(), operands[*updated].bytes.end(), static_cast<char *>(buffers.back()));
  }
  int64_t scratchBytes = evaluateExpr(kernel.plan.scratch, sizes).value();
  std::vector<char> scratch(scratchBytes + 128);
  char *aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64);
  std::vector<int64_t> scalars(sizes.begin(), sizes.end());
  scalars.push_back(0);
  // From the last part to the first: parts are independent.
  for (size_t i = splits.size() - 1; i-- > 0;)
    kernel.function(buffers.data(), scalars.data(), splits[i], splits[i + 1], aligned);
  for (size_t i = 0; i < results.size(); ++i) {
    const std::vector<char> &bytes = memory[operands.size() + i];
    std::copy(bytes.begin() + guard, bytes.end() - guard, results[i].bytes.begin());
    for (size_t at = 0; at < guard; ++at)
      if (bytes[at] != 0x77 || bytes[bytes.size() - 1 - at] != 0x77) {
        ADD_FAILURE() << "result " << i << " was written beyond its ends";
        break;
      }
  }
  return results;
}

void KernelHarness::check(const KernelEmitter &emitter, ArrayRef<std::vector<int64_t>> sizeValues, Values values,
                          Tolerance tolerance) {
  if (!kernelOp)
    return;
  for (const CpuLevel &level : hostLevels()) {
    std::unique_ptr<LoadedKernel> loaded = load(emitter, level);
    if (!loaded) {
      ADD_FAILURE() << emitter.name().str() << " does not make this kernel at level " << level.name;
      return;
    }
    for (const std::vector<int64_t> &sizes : sizeValues) {
      std::mt19937 random(7);
      std::vector<Tensor> operands;
      for (RankedTensorType type : kernelOp.getInputTypes())
        operands.push_back(randomTensor(type.getElementType(), dimsAt(type, sizes), values, random));
      std::vector<Tensor> right = expected(operands);
      int64_t grid = evaluateExpr(loaded->plan.grid, sizes).value();
      std::vector<std::vector<int64_t>> splits{{0, grid}};
      if (grid > 1) {
        splits.push_back({0, 1, grid});
        std::vector<int64_t> single;
        for (int64_t tile = 0; tile <= std::min<int64_t>(grid, 50); ++tile)
          single.push_back(tile);
        single.back() = grid;
        splits.push_back(single);
      }
      std::vector<Tensor> first;
      for (const std::vector<int64_t> &split : splits) {
        std::vector<Tensor> results = run(*loaded, operands, sizes, split);
        for (size_t i = 0; i < results.size() && i < right.size(); ++i) {
          std::string wrong = difference(results[i], right[i], tolerance);
          if (!wrong.empty()) {
            std::string text;
            llvm::raw_string_ostream(text) << *kernelOp.getBlock().getTerminator()->getOperand(i).getDefiningOp();
            ADD_FAILURE() << "level " << level.name << ", result " << i << ", " << wrong << "; sizes "
                          << (sizes.empty() ? "" : std::to_string(sizes[0])) << ", " << split.size() - 1 << " parts of "
                          << grid << "\n"
                          << text << "\n"
                          << (getenv("INGOT_TEST_VERBOSE") ? loaded->mlir : "");
          }
          if (!first.empty()) {
            EXPECT_EQ(results[i].bytes, first[i].bytes) << "the split changes result " << i << " at level " << level.name;
          }
        }
        if (first.empty())
          first = std::move(results);
      }
    }
  }
}

void checkLoops(const std::string &text, Tolerance tolerance, Values values, const std::string &sizes,
                std::vector<std::vector<int64_t>> sizeValues) {
  KernelHarness harness(text, sizes);
  harness.check(*createLoopEmitter(), sizeValues, values, tolerance);
}

} // namespace ingot::test
