#include "tools/mutation/Trial.h"

#include "frontends/Frontends.h"
#include "ir/Types.h"
#include "mlir/IR/Diagnostics.h"
#include "tools/execution/Runner.h"

#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <set>

namespace ingot::mutation {

using driver::HostTensor;

namespace {

class TrialRun {
public:
  TrialRun(const std::string &model, const std::vector<std::string> &fed, const TrialOptions &options)
      : model(model), fed(fed), options(options), random(options.seed) {}

  TrialResult run() {
    numerics = random() % 2 ? "strict" : "fast";
    bool ranged = random() % 4 == 0; // sizes as ranges, and no bytes that decide anything
    if (!drawInputs(ranged))
      return result;
    enter(Stage::Importing);
    Program program;
    std::unique_ptr<mlir::MLIRContext> context = makeCompilerContext();
    if (!import(*context, program))
      return result;
    bool isSmall = measure(program);
    std::vector<HostTensor> wanted, got;
    std::string wantedWhy, gotWhy;
    bool interpreted = false;
    if (isSmall) {
      enter(Stage::Interpreting);
      std::unique_ptr<mlir::MLIRContext> second = makeCompilerContext();
      Program same;
      if (!import(*second, same))
        return result;
      std::unique_ptr<driver::Runner> runner =
          driver::makeReferenceRunner(std::move(second), std::move(same), "", &wantedWhy);
      if (!runner)
        return end(Outcome::Internal, wantedWhy);
      specs = runner->inputs();
      if (!fitInputs())
        return end(Outcome::NotRun, "its inputs cannot be made up");
      std::vector<HostTensor> inputs = values;
      interpreted = runner->run(inputs, wanted, &wantedWhy);
    }
    enter(Stage::Compiling);
    std::string why;
    mlir::ScopedDiagnosticHandler handler(context.get(), [&](mlir::Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
        why += (why.empty() ? "" : "; ") + diagnostic.str();
      return mlir::success();
    });
    CompileOptions compileOptions;
    compileOptions.target.cpu = "native";
    compileOptions.optLevel = random() % 4 ? 0 : 2;
    compileOptions.jobs = 1;
    compileOptions.modelName = "trial";
    mlir::FailureOr<std::unique_ptr<CompiledModel>> compiled = compile(std::move(program), compileOptions);
    if (mlir::failed(compiled))
      return end(why.find("internal error") != std::string::npos || why.empty() ? Outcome::Internal : Outcome::Refused, why);
    if (!isSmall)
      return end(Outcome::NotRun, "large");
    enter(Stage::Running);
    std::unique_ptr<driver::Runner> runner = driver::makeCompiledRunner(**compiled, {}, &gotWhy);
    if (!runner)
      return end(Outcome::Internal, gotWhy);
    bool ran = runner->run(values, got, &gotWhy);
    for (const std::string &text : {wantedWhy, gotWhy})
      if (text.find("internal error") != std::string::npos)
        return end(Outcome::Internal, text);
    if (ran != interpreted)
      return end(Outcome::Wrong,
                 ran ? "runs, but the interpreter says: " + wantedWhy : "does not run, but the interpreter does: " + gotWhy);
    // Where a program may keep what is between ops wider, a few roundings of narrow floats decide.
    if (ran && hasNarrowFloats && numerics == "fast")
      return end(Outcome::Agreed, "");
    return ran ? compare(got, wanted) : end(Outcome::Refused, gotWhy);
  }

private:
  TrialResult end(Outcome outcome, const std::string &message) { return {outcome, message}; }
  void enter(Stage stage) {
    if (options.stage)
      *options.stage = stage;
  }

  bool import(mlir::MLIRContext &context, Program &program) {
    std::string message;
    mlir::FailureOr<Program> imported = importModel(
        context, model, importOptions, [&](llvm::StringRef text) { message += (message.empty() ? "" : "; ") + text.str(); });
    if (mlir::failed(imported)) {
      bool isOurs = message.empty() || message.find("internal error") != std::string::npos;
      result = end(isOurs ? Outcome::Internal : Outcome::Refused, message.empty() ? "no message" : message);
      return false;
    }
    program = std::move(*imported);
    return true;
  }

  // What is fed: stored values where they fit the declared type, else drawn ones.
  bool drawInputs(bool ranged) {
    const Frontend &frontend = frontendOfFile(model);
    llvm::Expected<ModelFacts> facts = frontend.facts ? frontend.facts(model) : ModelFacts();
    if (!facts) {
      result = end(Outcome::Refused, llvm::toString(facts.takeError()));
      return false;
    }
    importOptions.numerics = numerics;
    importOptions.specialise = !ranged;
    size_t place = 0;
    for (const ModelFacts::Input &input : facts->declared) {
      std::string file = place < fed.size() ? fed[place] : "";
      ++place;
      if (input.hasDefault)
        continue;
      std::vector<HostTensor> stored;
      std::string why;
      bool fits = !file.empty() && driver::readTensors(file, nullptr, stored, &why) && !stored.empty() && input.dtype &&
                  stored.front().dtype == input.dtype &&
                  (!input.hasShape || input.dims.size() == stored.front().dims.size());
      if (fits && input.hasShape)
        for (auto [dim, extent] : llvm::zip_equal(input.dims, stored.front().dims))
          fits &= dim.value < 0 || dim.value == extent;
      auto nameOf = [&](size_t axis) {
        return input.dims[axis].name.empty() ? input.name + "." + std::to_string(axis) : input.dims[axis].name;
      };
      if (!fits) {
        stored.assign(1, {});
        stored.front().dtype = input.dtype;
        for (auto [axis, dim] : llvm::enumerate(input.dims))
          stored.front().dims.push_back(dim.value >= 0 ? dim.value : sizeOf(nameOf(axis)));
      }
      HostTensor &tensor = stored.front();
      tensor.name = input.name;
      if (!fits)
        fill(tensor);
      if (!ranged)
        importOptions.knownInputs.push_back({"", tensor.dims, tensor.dtype, tensor.bytes, tensor.dtype != 0});
      else
        for (auto [axis, dim] : llvm::enumerate(input.dims))
          if (dim.value < 0)
            range(nameOf(axis), tensor.dims[axis]);
      values.push_back(std::move(tensor));
    }
    return true;
  }

  int64_t sizeOf(const std::string &name) {
    auto [at, isNew] = sizes.try_emplace(name, 0);
    if (isNew)
      at->second = static_cast<int64_t>(random() % 5);
    return at->second;
  }

  void range(const std::string &name, int64_t value) {
    if (!rangedNames.insert(name).second)
      return;
    importOptions.dims.push_back({name, std::to_string(std::min<int64_t>(value, 1)) + ".." + std::to_string(value + 3)});
  }

  // Small numbers, mostly; of floats some that are none.
  void fill(HostTensor &tensor) {
    uint64_t count = 1;
    for (int64_t dim : tensor.dims)
      count =
          std::min<uint64_t>(count * static_cast<uint64_t>(std::min<int64_t>(std::max<int64_t>(dim, 0), 1 << 20)), 1 << 24);
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    mlir::Type element = ingot::elementTypeOf(&context, tensor.dtype);
    if (!element || count > options.elements)
      return;
    size_t width = static_cast<size_t>(elementBytes(element));
    tensor.bytes.assign(count * width, 0);
    for (uint64_t i = 0; i != count; ++i) {
      char *at = tensor.bytes.data() + i * width;
      double number = static_cast<double>(static_cast<int64_t>(random() % 1600) - 800) / 200;
      if (random() % 64 == 0)
        number = std::array{double(NAN), double(INFINITY), -double(INFINITY), -0.0, 1e30, 1e-40}[random() % 6];
      int64_t integer = static_cast<int64_t>(random() % 8) - 2;
      if (element.isF32()) {
        float value = static_cast<float>(number);
        memcpy(at, &value, 4);
      } else if (element.isF64()) {
        memcpy(at, &number, 8);
      } else if (auto real = mlir::dyn_cast<mlir::FloatType>(element)) {
        llvm::APFloat value(number);
        bool lossy;
        value.convert(real.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &lossy);
        uint64_t bits = value.bitcastToAPInt().getZExtValue();
        memcpy(at, &bits, width);
      } else if (auto kind = mlir::dyn_cast<mlir::IntegerType>(element)) {
        if (kind.getWidth() == 1)
          integer &= 1;
        else if (kind.isUnsigned())
          integer &= 3;
        else if (kind.getWidth() == 2)
          integer = integer % 2;
        memcpy(at, &integer, std::min<size_t>(width, 8));
      } else {
        float value = static_cast<float>(number);
        memcpy(at, &value, 4);
      }
    }
  }

  // The values as the imported program wants them.
  bool fitInputs() {
    if (specs.size() != values.size())
      return false;
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    for (auto [spec, value] : llvm::zip(specs, values)) {
      mlir::Type element = ingot::elementTypeOf(&context, value.dtype);
      double bytes = element ? double(elementBytes(element)) : 0;
      for (int64_t dim : value.dims)
        bytes *= double(dim);
      if (spec.dtype != value.dtype || spec.dims.size() != value.dims.size() || double(value.bytes.size()) != bytes)
        return false;
    }
    return true;
  }

  // Whether the program is small enough to be interpreted; notes loops, and what roundings change much or at all.
  bool measure(Program &program) {
    llvm::SmallVector<SizeAttr> ranges = moduleSizes(*program.module);
    double work = 0;
    auto elements = [&](mlir::Value value) {
      auto type = mlir::dyn_cast<mlir::RankedTensorType>(value.getType());
      return type ? double(maxOfExpr(numElementsExpr(type), ranges).value_or(INT64_MAX)) : 0;
    };
    program.module->walk([&](mlir::Operation *op) {
      if (mlir::isa<WhileOp>(op) && options.loops)
        *options.loops = true;
      double here = 0, read = 0;
      for (mlir::Value result : op->getResults()) {
        here += elements(result);
        auto real = mlir::dyn_cast<mlir::FloatType>(mlir::getElementTypeOrSelf(result.getType()));
        hasNarrowFloats |= real && real.getWidth() < 32;
        convertsFloats |= !real && llvm::any_of(op->getOperandTypes(), [](mlir::Type type) {
          return mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(type));
        });
      }
      for (mlir::Value operand : op->getOperands())
        read = std::max(read, elements(operand));
      if (makingOf(op) == Making::Window)
        here = stepsOf(op, ranges);
      work +=
          makingOf(op) == Making::Contraction ? here * std::max(1.0, elements(op->getOperand(1)) / 16) + read : here + read;
    });
    for (mlir::BlockArgument argument : program.module->lookupSymbol<mlir::func::FuncOp>("main").getArguments())
      work += elements(argument);
    return work <= double(options.elements) * 4;
  }

  static double relativeBound(uint32_t dtype) {
    if (driver::isIntegral(dtype)) // made of floats
      return 2e-3;
    switch (dtype) {
    case INGOT_F64:
    case INGOT_F32:
    case INGOT_C64:
    case INGOT_C128:
      return 2e-3;
    case INGOT_F16:
      return 2e-2;
    default:
      return 2e-1;
    }
  }

  // Roundings may flip a comparison here and there: few elements may differ.
  TrialResult compare(const std::vector<HostTensor> &got, const std::vector<HostTensor> &wanted) {
    if (got.size() != wanted.size())
      return end(Outcome::Wrong,
                 std::to_string(got.size()) + " results, but the interpreter gives " + std::to_string(wanted.size()));
    for (auto [mine, right] : llvm::zip(got, wanted)) {
      double rtol = relativeBound(mine.dtype), largest = 0;
      for (uint64_t i = 0; i != right.elements(); ++i)
        if (double value = std::fabs(driver::elementAsDouble(right, i)); std::isfinite(value))
          largest = std::max(largest, value);
      driver::Comparison comparison = driver::compareTensors(mine, right, rtol, rtol * 0.01 * largest, convertsFloats);
      if (!comparison.equal && comparison.mismatches * 20 >= std::max<uint64_t>(comparison.elements, 1))
        return end(Outcome::Wrong, "(" + numerics + ") output '" + mine.name + "' " + mine.describe() + ": " +
                                       comparison.text + ", " + std::to_string(comparison.mismatches) + " of " +
                                       std::to_string(comparison.elements));
    }
    return end(Outcome::Agreed, "");
  }

  const std::string &model;
  const std::vector<std::string> &fed;
  const TrialOptions &options;
  std::mt19937_64 random;
  std::string numerics;
  ImportOptions importOptions;
  std::vector<HostTensor> values;
  std::vector<driver::InputSpec> specs;
  std::map<std::string, int64_t> sizes;
  std::set<std::string> rangedNames;
  bool hasNarrowFloats = false;
  bool convertsFloats = false; // integers differ as the floats they were made of
  TrialResult result;
};

} // namespace

TrialResult runTrial(const std::string &model, const std::vector<std::string> &fed, const TrialOptions &options) {
  return TrialRun(model, fed, options).run();
}

} // namespace ingot::mutation
