#include "tests/differential/Trial.h"

#include "compiler/pipeline/Compile.h"
#include "frontends/stablehlo/Bytecode.h"
#include "frontends/stablehlo/export/Export.h"
#include "ir/TensorTypes.h"
#include "ir/reference/Elements.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "tests/differential/RandomProgram.h"
#include "tools/execution/Runner.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"

#include <cmath>
#include <cstring>
#include <random>
#include <set>

using namespace mlir;

namespace ingot::differential {
namespace {

using Tensors = std::vector<reference::Tensor>;

// Parts of a float or complex tensor as doubles; of integers their values (beyond 2^53 rounded).
std::vector<double> partsOf(const reference::Tensor &tensor) {
  std::vector<double> parts;
  reference::withValue(tensor.elementType, [&](auto zero) {
    std::vector<decltype(zero)> values(tensor.numElements());
    reference::decode(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
    for (auto &value : values) {
      if constexpr (std::is_same_v<decltype(zero), reference::Complex>) {
        parts.push_back(value.real());
        parts.push_back(value.imag());
      } else {
        parts.push_back(static_cast<double>(value));
      }
    }
  });
  return parts;
}

bool isFloating(Type element) { return isa<FloatType, ComplexType>(element); }
FloatType partType(Type element) {
  auto complex = dyn_cast<ComplexType>(element);
  return cast<FloatType>(complex ? complex.getElementType() : element);
}
// The distance of 1 and the number after it.
double epsilonOf(FloatType type) { return std::ldexp(1.0, 1 - static_cast<int>(type.getFPMantissaWidth())); }

// Whether what is beside the input's elements, zeros that are skipped or multiplied, meets a kernel's infinity or NaN: either is taken.
bool isLeftOpen(Operation *op, ArrayRef<const reference::Tensor *> operands) {
  auto convolution = dyn_cast<ConvolutionOp>(op);
  auto isAll = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  return convolution && (!isAll(convolution.getPadding(), 0) || !isAll(convolution.getLhsDilation(), 1)) &&
         isFloating(operands[1]->elementType) &&
         !llvm::all_of(partsOf(*operands[1]), [](double part) { return std::isfinite(part); });
}

// What running a program tells beside its results.
struct Observed {
  DenseMap<Value, double> largest; // finite part of each value
  bool isLeftOpen = false;
};

llvm::Expected<Tensors> interpret(ModuleOp module, ArrayRef<reference::Tensor> arguments, Observed *observed = nullptr) {
  reference::Options options;
  auto observe = [&](Operation *op, ArrayRef<const reference::Tensor *> operands,
                     ArrayRef<const reference::Tensor *> results) {
    observed->isLeftOpen |= isLeftOpen(op, operands);
    for (auto [value, tensor] : llvm::zip(op->getResults(), results))
      if (isFloating(tensor->elementType))
        for (double part : partsOf(*tensor))
          if (std::isfinite(part))
            observed->largest[value] = std::max(observed->largest[value], std::abs(part));
  };
  if (observed)
    options.observer = observe;
  return reference::run(module.lookupSymbol<func::FuncOp>("main"), arguments, options);
}

// The module with every value of `rounded` moved by about as much as rounding may move it; `salt` gives the directions.
OwningOpRef<ModuleOp> disturbed(ModuleOp module, ArrayRef<Value> rounded, const DenseMap<Value, double> &largest,
                                unsigned salt) {
  constexpr double kUlps = 8;
  IRMapping mapping;
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone(mapping));
  for (auto [place, original] : llvm::enumerate(rounded)) {
    Value value = mapping.lookupOrNull(original);
    if (!value)
      continue;
    ValueBuilder b(value.getLoc(), module.getContext());
    b.setInsertionPointAfterValue(value);
    // Each by another amount, 0.75 to 1.25 of the whole, in one direction or the other: what one moves no other moves back.
    const uint64_t drawn = std::mt19937_64(place * 3 + salt)();
    const double share = 0.75 + 0.5 * static_cast<double>(drawn % 1024) / 1023;
    const double moved = kUlps * epsilonOf(partType(typeOf(value).getElementType())) * (drawn / 1024 % 2 ? -share : share);
    // Of one element the last places (of a complex number those of the greater part); of sums the last places of what was added, which
    // may be much greater.
    mlir::Value next;
    if (!value.getDefiningOp()->hasTrait<trait::Pointwise>()) {
      const bool isComplex = isa<ComplexType>(typeOf(value).getElementType());
      mlir::Value by = b.like(isComplex ? RealOp::create(b, value) : value, moved * largest.lookup(original));
      next = b.add(value, isComplex ? ComplexOp::create(b, by, by) : by);
    } else {
      mlir::Value factor = b.like(value, moved);
      next = b.add(value, b.mul(value, factor));
      if (isa<ComplexType>(typeOf(value).getElementType())) { // in one run or another neither part moves by what cancels out
        mlir::Value swapped = b.mul(ComplexOp::create(b, ImagOp::create(b, value), RealOp::create(b, value)), factor);
        next = salt % 2 ? b.sub(next, swapped) : b.add(next, swapped);
      }
    }
    SmallPtrSet<Operation *, 8> own;
    for (Operation *op = next.getDefiningOp(); op && op != value.getDefiningOp(); op = op->getPrevNode())
      own.insert(op);
    value.replaceAllUsesExcept(next, own);
  }
  return copy;
}

// What each part of each result may be off; none, with *why, where the program is ill-conditioned.
std::optional<std::vector<std::vector<double>>> boundsOf(ModuleOp module, ArrayRef<Value> rounded,
                                                         const DenseMap<Value, double> &largest,
                                                         ArrayRef<reference::Tensor> arguments, const Tensors &clean,
                                                         std::string *why) {
  std::vector<std::vector<double>> bounds, exact;
  for (const reference::Tensor &tensor : clean) {
    exact.push_back(partsOf(tensor));
    bounds.emplace_back(exact.back().size(), 0.0);
  }
  for (unsigned salt = 0; salt != 3 && !rounded.empty(); ++salt) {
    auto moved = interpret(*disturbed(module, rounded, largest, salt), arguments);
    if (!moved) {
      *why = "disturbed: " + llvm::toString(moved.takeError());
      return std::nullopt;
    }
    for (auto [i, tensor] : llvm::enumerate(*moved)) {
      std::vector<double> parts = partsOf(tensor);
      double scale = 0;
      for (double part : exact[i])
        if (std::isfinite(part))
          scale = std::max(scale, std::abs(part));
      for (auto [k, part] : llvm::enumerate(parts)) {
        const double was = exact[i][k];
        if (part == was || (std::isnan(part) && std::isnan(was)))
          continue;
        if (!isFloating(tensor.elementType) || !std::isfinite(part) || !std::isfinite(was) ||
            std::abs(part - was) > 0.05 * scale + 1e-30) {
          *why = "ill-conditioned";
          return std::nullopt;
        }
        bounds[i][k] = std::max(bounds[i][k], 4 * std::abs(part - was));
      }
    }
  }
  return bounds;
}

struct Way {
  std::string name, cpu;
  int optLevel;
};

std::vector<Way> waysOfThisMachine(uint64_t seed) {
  static const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<Way> ways{{"v2", "x86-64-v2", 2}};
  if (features.lookup("avx2") && features.lookup("fma"))
    ways.push_back({"v3", "x86-64-v3", 2});
  if (features.lookup("avx512f") && features.lookup("avx512vl") && features.lookup("avx512bw"))
    ways.push_back({"v4", "x86-64-v4", 2});
  Way plain = ways[seed % ways.size()];
  ways.push_back({plain.name + " -O0", plain.cpu, 0});
  return ways;
}

driver::HostTensor toHost(const reference::Tensor &tensor) {
  driver::HostTensor host;
  host.dtype = dtypeOf(tensor.elementType);
  host.dims.assign(tensor.dims.begin(), tensor.dims.end());
  host.bytes = tensor.bytes;
  return host;
}

class Trial {
public:
  Trial(uint64_t seed, const TrialOptions &options)
      : options(options), context(makeCompilerContext()), random(*context, seed) {
    result.seed = seed;
    const unsigned steps =
        options.fewest + static_cast<unsigned>((seed * 2654435761u >> 8) % (options.most - options.fewest + 1));
    context->getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      told += diagnostic.str() + "; ";
      return success();
    });
    module = random.make(steps);
  }

  std::string text() {
    std::string out;
    llvm::raw_string_ostream stream(out);
    if (module)
      module->print(stream);
    return out;
  }

  TrialResult run() {
    if (!module)
      return end(Outcome::Skipped, "no program: " + told);
    std::set<std::string> names;
    module->walk([&](Operation *op) { names.insert(op->getName().getStringRef().str()); });
    result.ops.assign(names.begin(), names.end());
    for (bool fast : {false, true}) {
      if (fast && random.needsStrict())
        break;
      module.get()->setAttr(kNumericsAttr, StringAttr::get(context.get(), fast ? "fast" : "strict"));
      for (ArrayRef<int64_t> sizes : random.sizeValues())
        if (!prepare(sizes, fast))
          return end(Outcome::Skipped, told);
      for (const Way &way : waysOfThisMachine(result.seed))
        if (!compileAndCompare(way, fast))
          return std::move(result);
      if (!fast && !options.write.empty() && calls.size() == 1 && !writeCase())
        return std::move(result);
      calls.clear();
    }
    return end(Outcome::Passed, "");
  }

private:
  struct Call {
    Tensors arguments, expected;
    std::vector<std::vector<double>> bounds;
  };

  TrialResult end(Outcome outcome, const std::string &why) {
    result.outcome = outcome;
    result.why = why;
    return std::move(result);
  }
  bool fail(Outcome outcome, const std::string &why) {
    result.outcome = outcome;
    result.why = why;
    return false;
  }

  bool prepare(ArrayRef<int64_t> sizes, bool fast) {
    Call call;
    call.arguments = random.arguments(module->lookupSymbol<func::FuncOp>("main"), sizes);
    Observed observed;
    auto expected = interpret(*module, call.arguments, &observed);
    if (!expected) {
      told = "interpreter: " + llvm::toString(expected.takeError());
      return false;
    }
    if (observed.isLeftOpen) {
      told = "padding meets an infinity";
      return false;
    }
    call.expected = std::move(*expected);
    SmallVector<Value> rounded(random.rounded());
    if (fast)
      llvm::append_range(rounded, random.roundedIfFast());
    auto bounds = boundsOf(*module, rounded, observed.largest, call.arguments, call.expected, &told);
    if (!bounds)
      return false;
    call.bounds = std::move(*bounds);
    calls.push_back(std::move(call));
    return true;
  }

  bool compileAndCompare(const Way &way, bool fast) {
    const std::string name = way.name + (fast ? " fast: " : " strict: ");
    CompileOptions compileOptions;
    compileOptions.target.cpu = way.cpu;
    compileOptions.optLevel = way.optLevel;
    compileOptions.jobs = 1;
    compileOptions.verifyEach = true;
    told.clear();
    Program program;
    program.module = module->clone();
    auto model = compile(std::move(program), compileOptions);
    if (failed(model))
      return fail(StringRef(told).contains("internal error") ? Outcome::Failed : Outcome::Refused, name + told);
    std::string why;
    std::unique_ptr<driver::Runner> runner = driver::makeCompiledRunner(**model, {}, &why);
    if (!runner)
      return fail(Outcome::Failed, name + why);
    for (const Call &call : calls) {
      std::vector<driver::HostTensor> inputs, results;
      for (const reference::Tensor &tensor : call.arguments)
        inputs.push_back(toHost(tensor));
      if (!runner->run(inputs, results, &why))
        return fail(Outcome::Failed, name + why);
      ++result.runs;
      for (auto [i, got] : llvm::enumerate(results))
        if (std::string difference = compare(got, call.expected[i], call.bounds[i]); !difference.empty())
          return fail(Outcome::Failed, name + "result " + std::to_string(i) + ": " + difference);
    }
    return true;
  }

  // NAME/model.mlirbc and NAME/test_data_set_0/{input,output}_K.npy, with the bounds of outputs as bound_K.npy. A program that
  // StableHLO has no words for is left out.
  bool writeCase() {
    Program program;
    program.module = module->clone();
    auto exported = stablehlo::exportProgram(program);
    if (!exported) {
      llvm::consumeError(exported.takeError());
      return true;
    }
    auto bytes = stablehlo::writePortableArtifact(**exported, {1, 17});
    if (!bytes)
      return fail(Outcome::Failed, "writing StableHLO: " + llvm::toString(bytes.takeError()));
    const std::string folder = options.write + "/" + std::to_string(result.seed), data = folder + "/test_data_set_0";
    std::string why;
    auto write = [&](const char *role, size_t place, const driver::HostTensor &tensor) {
      return driver::writeTensor(data + "/" + role + "_" + std::to_string(place) + ".npy", tensor, &why);
    };
    if (llvm::sys::fs::create_directories(data))
      return fail(Outcome::Failed, data + ": cannot be made");
    std::error_code code;
    llvm::raw_fd_ostream(folder + "/model.mlirbc", code) << *bytes;
    const Call &call = calls.front();
    for (auto [i, tensor] : llvm::enumerate(call.arguments))
      if (!write("input", i, toHost(tensor)))
        return fail(Outcome::Failed, why);
    for (auto [i, tensor] : llvm::enumerate(call.expected)) {
      driver::HostTensor bound;
      bound.dtype = INGOT_F64;
      bound.dims.push_back(static_cast<int64_t>(call.bounds[i].size()));
      const auto *bytes = reinterpret_cast<const char *>(call.bounds[i].data());
      bound.bytes.assign(bytes, bytes + call.bounds[i].size() * sizeof(double));
      if (!write("output", i, toHost(tensor)) || !write("bound", i, bound))
        return fail(Outcome::Failed, why);
    }
    return true;
  }

  // Empty, or the worst part.
  static std::string compare(const driver::HostTensor &got, const reference::Tensor &expected, ArrayRef<double> bounds) {
    if (got.dims != std::vector<int64_t>(expected.dims.begin(), expected.dims.end()) ||
        got.bytes.size() != expected.bytes.size())
      return "other dims";
    if (!isFloating(expected.elementType))
      return got.bytes == expected.bytes ? "" : "integers differ";
    reference::Tensor mine = expected;
    mine.bytes = got.bytes;
    std::vector<double> want = partsOf(expected), have = partsOf(mine);
    const double slack = 2 * epsilonOf(partType(expected.elementType));
    for (size_t k = 0; k != want.size(); ++k) {
      if (want[k] == have[k] || (std::isnan(want[k]) && std::isnan(have[k])))
        continue;
      // Exact values are the same to the bit.
      const double bound = bounds[k] == 0 ? 0 : bounds[k] + slack * std::abs(want[k]);
      if (!(std::abs(want[k] - have[k]) <= bound))
        return llvm::formatv("part {0} is {1:e} instead of {2:e}, bound {3:e}", k, have[k], want[k], bound).str();
    }
    return "";
  }

  TrialOptions options;
  std::unique_ptr<MLIRContext> context;
  RandomProgram random;
  OwningOpRef<ModuleOp> module;
  std::vector<Call> calls;
  std::string told;
  TrialResult result;
};

} // namespace

TrialResult runTrial(uint64_t seed, const TrialOptions &options) { return Trial(seed, options).run(); }

std::string textOf(uint64_t seed, const TrialOptions &options) { return Trial(seed, options).text(); }

llvm::json::Value TrialResult::toJson() const {
  return llvm::json::Object{{"seed", static_cast<int64_t>(seed)},
                            {"outcome", static_cast<int64_t>(outcome)},
                            {"why", why},
                            {"runs", runs},
                            {"ops", llvm::json::Array(ops)}};
}

TrialResult TrialResult::fromJson(const llvm::json::Value &value) {
  TrialResult result;
  const llvm::json::Object &object = *value.getAsObject();
  result.seed = static_cast<uint64_t>(*object.getInteger("seed"));
  result.outcome = static_cast<Outcome>(*object.getInteger("outcome"));
  result.why = object.getString("why")->str();
  result.runs = static_cast<unsigned>(*object.getInteger("runs"));
  for (const llvm::json::Value &op : *object.getArray("ops"))
    result.ops.push_back(op.getAsString()->str());
  return result;
}

} // namespace ingot::differential
