#include "tools/diagnosis/Diff.h"

#include "ir/Locations.h"
#include "ir/Types.h"
#include "tools/diagnosis/KernelTrace.h"
#include "tools/execution/BoundFunctions.h"
#include "tools/execution/Runner.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace ingot::diagnosis {

using namespace mlir;
using driver::HostTensor;

namespace {

using Tensors = std::vector<reference::Tensor>;

class Differ {
public:
  Differ(MLIRContext &context, const Program &program, const DiffOptions &options)
      : context(context), program(program), options(options) {}

  llvm::Expected<DiffReport> run(ArrayRef<HostTensor> inputs) {
    if (llvm::Error error = bindArguments(inputs))
      return std::move(error);
    FailureOr<Program> outlined = upTo(Phase::Outline);
    if (failed(outlined))
      return problem("does not compile");
    llvm::Expected<Tensors> after = traceKernels(*outlined, arguments, trace, dataSizes);
    if (!after)
      return after.takeError();
    Tensors want = *after;
    if (options.passes) {
      llvm::Expected<Tensors> before =
          reference::run(entryOf(program), arguments, {&program.weights, nullptr, nullptr, driver::callFunction});
      if (!before)
        return before.takeError();
      want = std::move(*before);
      report.afterPasses = compareResults(*after, want);
      if (llvm::any_of(report.afterPasses, [](const ValueDiff &diff) { return diff.error.bad(); }))
        findPhase(want);
    }
    if (llvm::Error error = runKernels(*outlined))
      return std::move(error);
    if (options.whole)
      if (llvm::Error error = runWhole(want))
        return std::move(error);
    return std::move(report);
  }

private:
  llvm::Error problem(const Twine &what) {
    return llvm::createStringError(
        (messages.empty() ? "internal error: " + what : "internal error: " + what + ": " + messages).str());
  }

  llvm::Error bindArguments(ArrayRef<HostTensor> inputs) {
    func::FuncOp entry = entryOf(program);
    size_t next = 0;
    SmallVector<unsigned> states;
    for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
      if (entry.getArgAttr(i, kStateAttr)) {
        states.push_back(i);
        arguments.emplace_back();
      } else if (next < inputs.size()) {
        fed.push_back(inputs[next]);
        arguments.push_back(referenceTensorOf(&context, inputs[next++]));
      }
    }
    if (arguments.size() != entry.getNumArguments() || next != inputs.size())
      return llvm::createStringError("the model has another number of inputs");
    // A state starts as zeros; its sizes are bound by the inputs.
    SmallVector<int64_t> sizes;
    for (SizeAttr size : moduleSizes(entry)) {
      sizes.push_back(size.getMin());
      for (unsigned i = 0; i < entry.getNumArguments(); ++i)
        for (auto [dim, expr] : llvm::enumerate(dimExprs(cast<RankedTensorType>(entry.getArgument(i).getType()))))
          if (auto symbol = dyn_cast<AffineSymbolExpr>(expr);
              symbol && symbol.getPosition() + 1 == sizes.size() && dim < arguments[i].dims.size())
            sizes.back() = arguments[i].dims[dim];
    }
    for (unsigned i : states) {
      auto type = cast<RankedTensorType>(entry.getArgument(i).getType());
      SmallVector<int64_t> dims;
      for (AffineExpr expr : dimExprs(type))
        dims.push_back(evaluateExpr(expr, sizes).value_or(0));
      arguments[i] = reference::Tensor::zeros(type.getElementType(), dims);
    }
    return llvm::Error::success();
  }

  FailureOr<std::unique_ptr<CompiledModel>> build(Program from, Phase start, Phase stop) {
    CompileOptions compileOptions = options.compile;
    compileOptions.start = start;
    compileOptions.stopAfter = stop;
    compileOptions.afterPhase = nullptr;
    messages.clear();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        messages += (messages.empty() ? "" : "; ") + diagnostic.str();
      return success();
    });
    return compile(std::move(from), compileOptions);
  }

  FailureOr<Program> upTo(Phase phase) {
    FailureOr<std::unique_ptr<CompiledModel>> model = build(cloneProgram(program), Phase::Import, phase);
    if (failed(model))
      return failure();
    return std::move((*model)->program);
  }

  std::vector<ValueDiff> compareResults(ArrayRef<reference::Tensor> got, ArrayRef<reference::Tensor> want) {
    std::vector<ValueDiff> diffs;
    func::FuncOp entry = entryOf(program);
    for (auto [i, pair] : llvm::enumerate(llvm::zip(got, want))) {
      auto name = entry.getResultAttrOfType<StringAttr>(i, kNameAttr);
      diffs.push_back(
          compareResult(name ? name.str() : "", hostTensorOf(std::get<0>(pair)), hostTensorOf(std::get<1>(pair))));
    }
    return diffs;
  }

  ValueDiff compareResult(const std::string &name, const HostTensor &got, const HostTensor &want) {
    return {name, {}, want.describe(), false, compareValues(got, want, ofWholeModel(options.tolerance, want.dtype))};
  }

  void findPhase(const Tensors &before) {
    for (Phase phase : {Phase::Transform, Phase::Simplify, Phase::Layout, Phase::Fuse, Phase::Outline}) {
      FailureOr<Program> stage = upTo(phase);
      if (failed(stage))
        return;
      llvm::Expected<Tensors> got =
          reference::run(entryOf(*stage), arguments, {&stage->weights, nullptr, nullptr, driver::callFunction});
      if (!got) {
        llvm::consumeError(got.takeError());
        report.wrongPhase = phaseName(phase).str();
        return;
      }
      std::vector<ValueDiff> diffs = compareResults(*got, before);
      if (llvm::any_of(diffs, [](const ValueDiff &diff) { return diff.error.bad(); })) {
        report.wrongPhase = phaseName(phase).str();
        return;
      }
    }
  }

  // In groups, so that neither the arguments' number nor the memory they take grows with the model.
  llvm::Error runKernels(const Program &outlined) {
    constexpr size_t most = 64;
    constexpr uint64_t mostBytes = 1ull << 30;
    for (size_t begin = 0; begin < trace.size();) {
      size_t end = begin;
      uint64_t bytes = 0;
      while (end < trace.size() && end - begin < most && (end == begin || bytes < mostBytes)) {
        for (const Tensors *tensors : {&trace[end].operands, &trace[end].results})
          for (const reference::Tensor &tensor : *tensors)
            bytes += tensor.bytes.size();
        ++end;
      }
      if (llvm::Error error = runGroup(outlined, ArrayRef(trace).slice(begin, end - begin)))
        return error;
      for (size_t i = begin; i < end; ++i)
        trace[i].operands.clear(), trace[i].results.clear();
      begin = end;
    }
    return llvm::Error::success();
  }

  llvm::Error runGroup(const Program &outlined, ArrayRef<TracedDispatch> group) {
    FailureOr<std::unique_ptr<CompiledModel>> model = build(isolateKernels(outlined, group), Phase::Outline, Phase::Emit);
    if (failed(model))
      return problem("the kernels do not compile");
    std::string why;
    std::unique_ptr<driver::Runner> runner = driver::makeCompiledRunner(**model, {}, &why);
    if (!runner)
      return llvm::createStringError(why);
    std::vector<HostTensor> feed, results;
    for (const reference::Tensor &argument : arguments)
      feed.push_back(hostTensorOf(argument));
    for (const TracedDispatch &traced : group)
      for (const reference::Tensor &operand : traced.operands)
        feed.push_back(hostTensorOf(operand));
    for (auto [index, size] : llvm::enumerate(moduleSizes(entryOf(outlined))))
      if (size.getIsData())
        feed.push_back(hostTensorOf(reference::Tensor::zeros(IntegerType::get(&context, 1), {dataSizes[unsigned(index)]})));
    if (!runner->run(feed, results, &why))
      return llvm::createStringError(why);
    size_t next = 0;
    for (const TracedDispatch &traced : group) {
      DispatchOp op = traced.op;
      for (const reference::Tensor &want : traced.results) {
        HostTensor wanted = hostTensorOf(want);
        ValueDiff diff{op.getKernel().str(), {}, wanted.describe(), !isa<func::FuncOp>(op->getParentOp()), {}};
        llvm::SmallVector<std::string> nodes = nodeNames(op.getLoc());
        diff.nodes.assign(nodes.begin(), nodes.end());
        diff.error = compareValues(results[next++], wanted, options.tolerance);
        report.kernels.push_back(std::move(diff));
      }
    }
    return llvm::Error::success();
  }

  llvm::Error runWhole(const Tensors &want) {
    FailureOr<std::unique_ptr<CompiledModel>> model = build(cloneProgram(program), Phase::Import, Phase::Emit);
    if (failed(model))
      return problem("does not compile");
    std::string why;
    std::unique_ptr<driver::Runner> runner = driver::makeCompiledRunner(**model, {}, &why);
    std::vector<HostTensor> results;
    if (!runner || !runner->run(fed, results, &why))
      return llvm::createStringError(why);
    func::FuncOp entry = entryOf(program);
    llvm::SmallDenseSet<int64_t> states;
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      if (auto state = entry.getArgAttrOfType<IntegerAttr>(i, kStateAttr))
        states.insert(state.getInt());
    for (unsigned i = 0; i < entry.getNumResults(); ++i)
      if (entry.getResultAttr(i, kStateAttr))
        states.insert(i);
    size_t next = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      if (states.count(i) || next == results.size())
        continue;
      report.results.push_back(compareResult(results[next].name, results[next], hostTensorOf(want[i])));
      ++next;
    }
    return llvm::Error::success();
  }

  MLIRContext &context;
  const Program &program;
  const DiffOptions &options;
  std::vector<HostTensor> fed;
  Tensors arguments;
  std::vector<TracedDispatch> trace;
  std::map<unsigned, int64_t> dataSizes;
  std::string messages;
  DiffReport report;
};

const ValueDiff *firstBadOf(const std::vector<ValueDiff> &diffs) {
  for (const ValueDiff &diff : diffs)
    if (diff.error.bad())
      return &diff;
  return nullptr;
}

llvm::json::Value numberOrNull(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : llvm::json::Value(nullptr);
}

llvm::json::Value toJson(const ValueDiff &diff) {
  llvm::json::Array nodes;
  for (const std::string &node : diff.nodes)
    nodes.push_back(llvm::json::fixUTF8(node));
  return llvm::json::Object{{"name", llvm::json::fixUTF8(diff.name)},
                            {"nodes", std::move(nodes)},
                            {"type", diff.type},
                            {"in_control_flow", diff.inControlFlow},
                            {"bad", diff.error.bad()},
                            {"elements", static_cast<int64_t>(diff.error.elements)},
                            {"wrong", static_cast<int64_t>(diff.error.wrong)},
                            {"max_absolute", numberOrNull(diff.error.maxAbsolute)},
                            {"max_relative", numberOrNull(diff.error.maxRelative)},
                            {"max_ulp", numberOrNull(diff.error.maxUlp)},
                            {"text", diff.error.bad() ? diff.error.describe() : ""}};
}

llvm::json::Array toJson(const std::vector<ValueDiff> &diffs) {
  llvm::json::Array array;
  for (const ValueDiff &diff : diffs)
    array.push_back(toJson(diff));
  return array;
}

} // namespace

const ValueDiff *DiffReport::firstBad() const { return firstBadOf(kernels); }

bool DiffReport::bad() const { return firstBad() || firstBadOf(afterPasses) || firstBadOf(results); }

std::string DiffReport::verdict() const {
  if (const ValueDiff *diff = firstBad())
    return "first bad kernel: " + diff->name + (diff->nodes.empty() ? "" : " (" + llvm::join(diff->nodes, ", ") + ")") +
           ": " + diff->error.describe();
  if (const ValueDiff *diff = firstBadOf(afterPasses))
    return "the passes change the result '" + diff->name + "'" + (wrongPhase.empty() ? "" : ", first after " + wrongPhase) +
           ": " + diff->error.describe();
  if (const ValueDiff *diff = firstBadOf(results))
    return "every kernel is right alone, but the model's result '" + diff->name + "' is not: " + diff->error.describe();
  return "no difference";
}

llvm::Expected<DiffReport> diffProgram(MLIRContext &context, const Program &program, ArrayRef<HostTensor> inputs,
                                       const DiffOptions &options) {
  return Differ(context, program, options).run(inputs);
}

llvm::json::Value toJson(const DiffReport &report) {
  const ValueDiff *first = report.firstBad();
  return llvm::json::Object{{"bad", report.bad()},
                            {"verdict", llvm::json::fixUTF8(report.verdict())},
                            {"first_bad", first ? toJson(*first) : llvm::json::Value(nullptr)},
                            {"wrong_phase", report.wrongPhase},
                            {"kernels", toJson(report.kernels)},
                            {"after_passes", toJson(report.afterPasses)},
                            {"results", toJson(report.results)}};
}

} // namespace ingot::diagnosis
