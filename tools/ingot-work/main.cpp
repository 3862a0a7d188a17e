// ingot-work: what a model's kernels evaluate, counted by running kernels that count, for fixed sizes and for ranges. For
// tests and tuning; tools/bench/ranges times the same.
#include "compiler/codegen/Work.h"
#include "compiler/jit/Jit.h"
#include "frontends/Frontends.h"
#include "ir/Types.h"
#include "tools/execution/Runner.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace ingot;
using namespace ingot::driver;

namespace {

constexpr llvm::StringLiteral kUsage =
    "usage: ingot-work [--ends] MODEL.onnx[@SIZE=N,SIZE=LOW..HIGH,...]...\n\n"
    "Compiles each model for this machine with kernels that count, for its sizes at the high ends of their ranges and, "
    "where\n"
    "there is a range, for the ranges, and runs both at the high ends; with --ends at the low ends as well. Prints a line "
    "of\n"
    "JSON for each model: of every run and kernel the elements that it loaded, evaluated and multiplied; of every "
    "reduction,\n"
    "contraction and window those of its result, those made, and those that the plan predicts.\n"
    "Exit status 1: a model cannot be run; the line says why.\n";

using Sizes = std::map<std::string, int64_t>;

struct Spec {
  std::string path;
  Sizes low, high;
  bool hasRange = false;
  std::vector<std::pair<std::string, std::string>> given;

  static std::optional<Spec> parse(llvm::StringRef text) {
    Spec spec;
    auto [path, sizes] = text.split('@');
    spec.path = path.str();
    llvm::SmallVector<llvm::StringRef> parts;
    sizes.split(parts, ',', -1, false);
    for (llvm::StringRef part : parts) {
      auto [name, value] = part.split('=');
      auto [low, high] = value.split("..");
      int64_t least, most;
      if (low.getAsInteger(10, least) || (high.empty() ? low : high).getAsInteger(10, most))
        return std::nullopt;
      spec.low[name.str()] = least;
      spec.high[name.str()] = most;
      spec.hasRange |= least != most;
      spec.given.push_back({name.str(), value.str()});
    }
    return spec;
  }
  static std::vector<std::pair<std::string, std::string>> fixed(const Sizes &at) {
    std::vector<std::pair<std::string, std::string>> dims;
    for (auto &[name, value] : at)
      dims.push_back({name, std::to_string(value)});
    return dims;
  }
};

// One compiled form of a model, loaded.
class CountedModel {
public:
  bool build(llvm::StringRef path, std::vector<std::pair<std::string, std::string>> dims, std::string *why) {
    context = makeCompilerContext();
    mlir::ScopedDiagnosticHandler handler(context.get(), [&](mlir::Diagnostic &diagnostic) {
      *why += diagnostic.str() + "\n";
      return mlir::success();
    });
    ImportOptions import;
    import.dims = std::move(dims);
    auto program = importModel(*context, path, import, [&](llvm::StringRef text) { *why += (text + "\n").str(); });
    if (failed(program))
      return false;
    CompileOptions options;
    options.target.cpu = "native";
    options.countWork = true;
    auto compiled = compile(std::move(*program), options);
    if (failed(compiled))
      return false;
    model = std::move(*compiled);
    auto created = CpuTarget::create({"", "native", ""});
    auto linked = created ? LoadedModel::load(*model) : created.takeError();
    if (!linked) {
      *why += llvm::toString(linked.takeError());
      return false;
    }
    target = std::move(*created);
    image = std::move(*linked);
    ingot_error error;
    ingot_artifact *artifact = ingot_load_image(image->image(), &error);
    if (!artifact) {
      *why += error.message;
      return false;
    }
    SessionOptions session;
    session.threads = 1;
    runner = makeSessionRunner(artifact, image, session, why);
    return runner != nullptr;
  }

  bool makeInputs(std::vector<HostTensor> &inputs, std::string *why) {
    for (const InputSpec &spec : runner->inputs()) {
      inputs.emplace_back();
      if (!generateTensor("random:1", spec, inputs.back(), why))
        return false;
      inputs.back().name = spec.name;
    }
    return true;
  }

  // Runs once and prints what that counted.
  bool run(std::vector<HostTensor> &inputs, std::vector<HostTensor> &results, const Sizes &at, bool range,
           llvm::json::OStream &out, std::string *why) {
    llvm::SmallVector<int64_t> sizes;
    for (SizeAttr size : moduleSizes(*model->program.module)) {
      auto found = at.find(size.getName().str());
      sizes.push_back(found == at.end() ? size.getMin() : found->second);
    }
    std::vector<std::vector<int64_t>> before = counters();
    if (!runner->run(inputs, results, why))
      return false;
    std::vector<std::vector<int64_t>> after = counters();
    out.objectBegin();
    out.attribute("form", range ? "range" : "fixed");
    out.attributeObject("at", [&] {
      for (auto &[name, value] : at)
        out.attribute(name, value);
    });
    out.attributeArray("kernels", [&] {
      llvm::SmallVector<KernelOp> kernels(model->program.module->getOps<KernelOp>());
      for (size_t k = 0; k < kernels.size(); ++k)
        printKernel(kernels[k], model->kernels[k].info.variants[0].plan, before[k], after[k], sizes, out);
    });
    out.objectEnd();
    return true;
  }

private:
  std::vector<std::vector<int64_t>> counters() {
    std::vector<std::vector<int64_t>> all;
    llvm::SmallVector<KernelOp> kernels(model->program.module->getOps<KernelOp>());
    for (size_t k = 0; k < kernels.size(); ++k) {
      const int64_t *values = llvm::cantFail(image->counters(model->kernels[k].variants[0].symbol));
      all.emplace_back(values, values + KernelFunction::counterCount(kernels[k]));
    }
    return all;
  }

  // Dispatches of the kernel in a call; none where a branch or loop decides.
  std::optional<int64_t> callsOf(KernelOp kernel) {
    std::optional<int64_t> calls = 0;
    model->program.module->walk([&](DispatchOp dispatch) {
      if (dispatch.getKernel() != kernel.getSymName())
        return;
      bool isPlain = mlir::isa<mlir::func::FuncOp>(dispatch->getParentOp());
      calls = calls && isPlain ? std::optional(*calls + 1) : std::nullopt;
    });
    return calls;
  }

  void printKernel(KernelOp kernel, const KernelPlan &plan, llvm::ArrayRef<int64_t> before, llvm::ArrayRef<int64_t> after,
                   llvm::ArrayRef<int64_t> sizes, llvm::json::OStream &out) {
    const size_t arguments = kernel.getBlock().getNumArguments();
    int64_t loaded = 0, evaluated = 0;
    llvm::DenseMap<mlir::Operation *, int64_t> made;
    for (size_t i = 0; i < arguments; ++i)
      loaded += after[i] - before[i];
    for (auto [position, op] : llvm::enumerate(kernel.getBlock().without_terminator())) {
      made[&op] = after[arguments + position] - before[arguments + position];
      // What only moves elements is an index to whoever asks.
      evaluated += op.hasTrait<trait::DataMovement>() ? 0 : made[&op];
    }
    std::optional<int64_t> calls = callsOf(kernel);
    out.objectBegin();
    out.attribute("name", kernel.getSymName());
    out.attribute("emitter", plan.emitter);
    out.attribute("calls", calls.value_or(-1));
    out.attribute("loaded", loaded);
    out.attribute("evaluated", evaluated);
    out.attribute("products", after.back() - before.back());
    out.attributeArray("made", [&] {
      for (const std::unique_ptr<KernelEmitter> &emitter : target->emitters()) {
        if (emitter->name() != plan.emitter)
          continue;
        for (const OpWork &work : emitter->work(kernel, plan, sizes)) {
          out.objectBegin();
          out.attribute("op", work.op->getName().getStringRef());
          out.attribute("elements", static_cast<int64_t>(elementsAt(work.op, sizes)));
          out.attribute("made", made[work.op]);
          out.attribute("predicted", static_cast<int64_t>(work.evaluations));
          out.objectEnd();
        }
      }
    });
    out.objectEnd();
  }

  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<CompiledModel> model;
  std::unique_ptr<CpuTarget> target;
  std::shared_ptr<LoadedModel> image;
  std::unique_ptr<Runner> runner;
};

// False with *why where the results of the two forms are not the same numbers, up to the order of sums.
bool agree(const std::vector<HostTensor> &range, const std::vector<HostTensor> &fixed, std::string *why) {
  for (auto [got, want] : llvm::zip_equal(range, fixed)) {
    double largest = 0;
    for (uint64_t i = 0; i < want.elements(); ++i)
      if (double value = std::abs(elementAsDouble(want, i)); value < HUGE_VAL)
        largest = std::max(largest, value);
    if (Comparison comparison = compareTensors(got, want, 1e-4, 1e-5 * largest); !comparison.equal) {
      *why = "the range gives another " + want.name + " than fixed sizes: " + comparison.text;
      return false;
    }
  }
  return true;
}

bool measure(const Spec &spec, bool ends, llvm::json::OStream &out, std::string *why) {
  CountedModel ranges;
  if (spec.hasRange && !ranges.build(spec.path, spec.given, why))
    return false;
  for (const Sizes &at : ends &&spec.hasRange ? std::vector<Sizes>{spec.high, spec.low} : std::vector<Sizes>{spec.high}) {
    CountedModel fixed;
    std::vector<HostTensor> inputs, expected, results;
    if (!fixed.build(spec.path, Spec::fixed(at), why) || !fixed.makeInputs(inputs, why) ||
        !fixed.run(inputs, expected, at, false, out, why))
      return false;
    if (spec.hasRange && (!ranges.run(inputs, results, at, true, out, why) || !agree(results, expected, why)))
      return false;
  }
  return true;
}

} // namespace

int main(int argc, char **argv) {
  bool ends = false, good = argc > 1;
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef text = argv[i];
    if (text == "--ends") {
      ends = true;
      continue;
    }
    std::optional<Spec> spec = Spec::parse(text);
    if (!spec) {
      good = false;
      break;
    }
    std::string why;
    llvm::json::OStream out(llvm::outs());
    out.objectBegin();
    out.attribute("model", text);
    bool ran = false;
    out.attributeArray("runs", [&] { ran = measure(*spec, ends, out, &why); });
    if (!ran)
      out.attribute("problem", llvm::json::fixUTF8(why));
    out.objectEnd();
    llvm::outs() << '\n';
    llvm::outs().flush();
    good &= ran;
  }
  if (argc < 2 || !good)
    llvm::errs() << (argc < 2 ? kUsage : "");
  return good ? 0 : 1;
}
