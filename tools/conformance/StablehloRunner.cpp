#include "tools/conformance/StablehloRunner.h"

#include "frontends/stablehlo/Bytecode.h"
#include "frontends/stablehlo/Import.h"
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Text.h"
#include "tools/conformance/ExpectedErrors.h"
#include "tools/conformance/ParallelPrograms.h"
#include "tools/conformance/ProgramRunner.h"
#include "tools/conformance/Refusals.h"
#include "tools/conformance/StablehloRewrite.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <chrono>

namespace ingot::conformance {

using driver::HostTensor;
using stablehlo::Function;

namespace {

class CaseRun {
public:
  CaseRun(const StablehloCase &which, const CaseOptions &options) : which(which), options(options) {
    result.name = which.name;
  }

  CaseResult run() {
    auto start = std::chrono::steady_clock::now();
    if (which.kind == StablehloCase::Artifact)
      runArtifact();
    else if (which.kind == StablehloCase::Invalid)
      runInvalid();
    else
      runModule();
    if (std::string reason = refusals.reasonOfCase(which.name); result.status == CaseStatus::Failed && !reason.empty())
      result.end(CaseStatus::NotComparable, reason);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(result);
  }

private:
  std::string withoutPath(llvm::StringRef message) {
    std::string text = message.str();
    for (size_t at; (at = text.find(which.file + ":")) != std::string::npos;)
      text.erase(at, which.file.size() + 1);
    return llvm::StringRef(text).trim().str();
  }

  std::unique_ptr<stablehlo::Module> read(std::string *why) {
    auto buffer = llvm::MemoryBuffer::getFile(which.file);
    if (!buffer) {
      *why = buffer.getError().message();
      return nullptr;
    }
    std::shared_ptr<const llvm::MemoryBuffer> file = std::move(*buffer);
    std::vector<stablehlo::TextSection> sections = stablehlo::splitSections(file->getBuffer());
    llvm::Expected<std::unique_ptr<stablehlo::Module>> module =
        stablehlo::parseText(file, which.file, sections[which.section]);
    if (module)
      return std::move(*module);
    *why = llvm::toString(module.takeError());
    return nullptr;
  }

  void listOps(const stablehlo::Module &module) {
    llvm::StringSet<> names;
    auto visit = [&](const stablehlo::Region &region, auto &&visit) -> void {
      for (const stablehlo::Block &block : region.blocks)
        for (const stablehlo::Op &op : block.ops) {
          llvm::StringRef dialect = llvm::StringRef(op.name).split('.').first;
          if ((dialect == "stablehlo" || dialect == "chlo") && !llvm::StringRef(op.name).ends_with(".return"))
            names.insert(op.name);
          else if (!llvm::is_contained({"stablehlo", "chlo", "func", "check", "interpreter", "sdy"}, dialect) &&
                   foreign.empty())
            foreign = op.name;
          for (const stablehlo::Region &inner : op.regions)
            visit(inner, visit);
        }
    };
    for (const Function &function : module.functions)
      if (function.name != "expected")
        visit(function.body, visit);
    if (names.size() > 1)
      names.erase("stablehlo.constant");
    for (const auto &name : names.keys())
      result.ops.push_back(name.str());
    llvm::sort(result.ops);
    for (const std::string &name : result.ops)
      if (!stablehlo::findRow(name))
        result.missing.push_back(name);
  }

  //===--- portable artifacts ------------------------------------------------------------------------------------------===//

  void runArtifact() {
    llvm::Expected<std::unique_ptr<stablehlo::Module>> module = stablehlo::readModule(which.file);
    if (!module) {
      result.end(CaseStatus::Failed, withoutPath(llvm::toString(module.takeError())));
      return;
    }
    listOps(**module);
    if (which.text.empty()) {
      result.end(CaseStatus::NotComparable, "no text lies beside it; it loads");
      return;
    }
    llvm::Expected<std::unique_ptr<stablehlo::Module>> text = stablehlo::readModule(which.text);
    std::string why;
    if (!text)
      result.end(CaseStatus::Failed, withoutPath(llvm::toString(text.takeError())));
    else if (!stablehlo::equalModules(**module, **text, &why))
      result.end(CaseStatus::Failed, "differs from its text: " + why);
    else
      result.end(CaseStatus::Passed, "");
  }

  //===--- invalid modules ---------------------------------------------------------------------------------------------===//

  // What is wrong with a module's functions, each as if it were the entry; a line of its own for each message. Names those that
  // nothing is wrong with.
  std::string problemsOfFunctions(stablehlo::Module &module) {
    std::string messages;
    for (Function &function : module.functions) {
      std::string name = std::exchange(function.name, "main");
      std::vector<Function *> others;
      for (Function &other : module.functions)
        if (&other != &function && other.name == "main") {
          other.name = "main.of.the.module";
          others.push_back(&other);
        }
      std::string message;
      const bool imported = importOnce(module, {}, nullptr, &message) != nullptr;
      for (Function *other : others)
        other->name = "main";
      function.name = name;
      messages += (messages.empty() ? "" : "\n") + (imported ? "'@" + name + "' is imported" : message);
    }
    return messages;
  }

  void runInvalid() {
    auto buffer = llvm::MemoryBuffer::getFile(which.file);
    if (!buffer) {
      result.end(CaseStatus::Failed, buffer.getError().message());
      return;
    }
    const stablehlo::TextSection section = stablehlo::splitSections((*buffer)->getBuffer())[which.section];
    std::string messages, why;
    std::unique_ptr<stablehlo::Module> module = read(&why);
    if (!module) {
      messages = withoutPath(why);
    } else {
      listOps(*module);
      messages = problemsOfFunctions(*module);
      // What an older version of VHLO lacks is refused by who writes an artifact of it.
      if (std::optional<stablehlo::Version> target = targetVersion()) {
        if (*target < stablehlo::kOldestWritten) {
          result.end(CaseStatus::NotComparable, "no artifacts of so old a version are written");
          return;
        }
        llvm::Expected<std::string> bytes = stablehlo::writePortableArtifact(*module, *target);
        if (!bytes)
          messages += "\n" + withoutPath(llvm::toString(bytes.takeError()));
      }
    }
    const std::vector<ExpectedError> expected = expectedErrors(section.text, section.firstLine),
                                     missing = errorsNotTold(section.text, section.firstLine, messages);
    if (!areOfInvalidModule(expected) && !targetVersion()) {
      if (missing.empty()) {
        result.end(CaseStatus::NotComparable, "a pass does not take it, and it is refused: " + messages);
        return;
      }
      result.ops.clear();
      result.missing.clear();
      runModule();
      return;
    }
    result.errorsExpected = expected.size();
    result.errorsTold = expected.size() - missing.size();
    if (missing.empty())
      result.end(CaseStatus::Passed, "");
    else
      result.end(CaseStatus::Failed, "nothing is said of line " + std::to_string(missing.front().line) + ": " +
                                         (messages.empty() ? "is read" : messages));
  }

  // Of a file whose first lines ask for "target=0.16.0".
  std::optional<stablehlo::Version> targetVersion() {
    auto buffer = llvm::MemoryBuffer::getFile(which.file);
    if (!buffer)
      return std::nullopt;
    llvm::StringRef text = (*buffer)->getBuffer().split("target=").second;
    stablehlo::Version version;
    if (text.consumeInteger(10, version.major) || !text.consume_front(".") || text.consumeInteger(10, version.minor))
      return std::nullopt;
    return version;
  }

  //===--- modules that check their own results ------------------------------------------------------------------------===//

  struct Imported {
    std::unique_ptr<mlir::MLIRContext> context;
    Program program;
  };

  // Open dims of the entry's arguments are numbers: of an invalid module any will do.
  std::unique_ptr<Imported> importOnce(const stablehlo::Module &module, std::vector<InputShape> known, ImportNotes *notes,
                                       std::string *message, int64_t size = kSizes[0]) {
    ImportOptions import;
    import.specialise = true;
    import.numerics = options.numerics;
    import.dims = options.dims;
    import.entries = {"main"};
    import.knownInputs = std::move(known);
    if (import.knownInputs.empty())
      chooseSizes(module, import, size, size);
    return importWith(module, import, notes, message, nullptr);
  }

  // As above, where open dims are the sizes that the importer finds to fit; where it leaves them open, near those of kSizes.
  std::unique_ptr<Imported> importFitting(const stablehlo::Module &module) {
    constexpr int64_t kGreatest = 1024;
    ImportOptions import;
    import.specialise = true;
    import.numerics = options.numerics;
    import.dims = options.dims;
    import.entries = {"main"};
    chooseSizes(module, import, 1, kGreatest);
    std::vector<std::pair<std::string, std::string>> fitting;
    std::string message;
    (void)importWith(module, import, nullptr, &message, &fitting);
    for (int64_t size : fitting.empty() ? llvm::ArrayRef<int64_t>() : llvm::ArrayRef(kSizes)) {
      import.dims = fitting;
      for (auto &[name, value] : import.dims) {
        auto [low, high] = llvm::StringRef(value).split("..");
        int64_t least = 0, most = 0;
        if (!low.getAsInteger(10, least) && !high.getAsInteger(10, most))
          value = std::to_string(std::clamp(size, least, most));
      }
      if (auto imported = importWith(module, import, nullptr, &message, nullptr))
        return imported;
    }
    return nullptr;
  }

  std::unique_ptr<Imported> importWith(const stablehlo::Module &module, const ImportOptions &import, ImportNotes *notes,
                                       std::string *message, std::vector<std::pair<std::string, std::string>> *fitting) {
    auto imported = std::make_unique<Imported>();
    imported->context = makeCompilerContext();
    auto sink = [&](llvm::StringRef text) { *message += (message->empty() ? "" : "; ") + withoutPath(text); };
    auto program = stablehlo::importModule(*imported->context, module, which.file, nullptr, import, sink, notes, fitting);
    if (mlir::failed(program))
      return nullptr;
    imported->program = std::move(*program);
    return imported;
  }

  // What open dims are in programs that do not say: the first that a program takes.
  static constexpr int64_t kSizes[] = {4, 8, 3, 2, 1};

  // From `size` to `greatest`, as far as a type's bounds allow. JAX passes dims as scalars before the tensors that have them.
  void chooseSizes(const stablehlo::Module &module, ImportOptions &import, int64_t size, int64_t greatest) {
    const Function *entry = stablehlo::entryFunction(module);
    if (entry && !entry->body.blocks.empty()) {
      const Function &function = *entry;
      bool isOpen = false;
      for (auto [index, argument] : llvm::enumerate(function.body.blocks.front().arguments)) {
        const stablehlo::Type &type = *module.typeOf(argument);
        for (auto [axis, dim] : llvm::enumerate(type.dims))
          if (dim < 0) {
            isOpen = true;
            const bool isBounded = !type.bounds.empty() && type.bounds[axis] != stablehlo::kDynamic;
            const int64_t most = isBounded ? std::min(greatest, type.bounds[axis]) : greatest, least = std::min(size, most);
            import.dims.emplace_back("arg" + std::to_string(index) + "." + std::to_string(axis),
                                     std::to_string(least) + (least == most ? "" : ".." + std::to_string(most)));
          }
      }
      for (auto [index, argument] : llvm::enumerate(function.body.blocks.front().arguments)) {
        const stablehlo::Type &type = *module.typeOf(argument);
        if (!isOpen || type.kind != stablehlo::Type::Tensor || !type.dims.empty() ||
            (type.element != stablehlo::Element::SI64 && type.element != stablehlo::Element::SI32))
          break;
        import.fixed.emplace_back("arg" + std::to_string(index), std::to_string(size));
      }
    }
  }

  bool refuse(const ImportNotes &notes, const std::string &message) {
    const bool isListed =
        !notes.refusedNodes.empty() && llvm::all_of(notes.refusedNodes, [&](const ImportNotes::RefusedNode &node) {
          return refusals.hasOperator(node.op) || refusals.hasNode(node.op, node.why);
        });
    return result.end(isListed ? CaseStatus::Unsupported : CaseStatus::Failed, message);
  }

  bool runModule() {
    std::string why;
    std::unique_ptr<stablehlo::Module> module = read(&why);
    if (!module) {
      const std::string reason = refusals.reasonOfText(why);
      return result.end(reason.empty() ? CaseStatus::Failed : CaseStatus::NotComparable,
                        "is not read: " + withoutPath(why) + (reason.empty() ? "" : ": " + reason));
    }
    listOps(*module);
    if (!checkedFunction(*module))
      return runUnchecked(*module);
    // Programs of several processes are interpreted, whatever the options say.
    const bool isParallel = hasParallelPrograms(*checkedFunction(*module));
    CheckedModule checked;
    if (!takeOutChecks(*module, which.file, /*feedsConstants=*/!options.interpret && !isParallel, checked, &why))
      return result.end(CaseStatus::Failed, withoutPath(why));
    std::vector<InputShape> known;
    for (const HostTensor &input : checked.inputs)
      known.push_back({"", input.dims, input.dtype, input.bytes, true, {}, ""});
    ImportNotes notes;
    std::unique_ptr<Imported> imported = importOnce(*module, known, &notes, &why);
    if (!imported)
      return refuse(notes, "is refused: " + why);
    result.specialised = notes.specialisedInputs;
    auto runner = makeProgramRunner(std::move(imported->context), std::move(imported->program), options, &why);
    if (!runner)
      return result.end(CaseStatus::Failed, why);
    std::vector<HostTensor> results;
    if (!runner->run(checked.inputs, results, &why))
      return result.end(CaseStatus::Failed, "does not run: " + why);
    result.compiled = !options.interpret && !isParallel;
    size_t next = 0;
    for (const CheckedValue &check : checked.checks) {
      const size_t got = next++, want = check.want ? 0 : next++;
      if (next > results.size())
        return result.end(CaseStatus::Failed, "gives " + std::to_string(results.size()) + " results");
      if (!holds(check.check, results[got], check.want ? *check.want : results[want], &why))
        return result.end(CaseStatus::Failed, check.name + ": " + why);
    }
    ++result.sets;
    return result.end(CaseStatus::Passed, "");
  }

  // The module as a portable artifact, read again, is the same.
  bool comesBack(const stablehlo::Module &module, std::string *why) {
    llvm::Expected<std::string> bytes = stablehlo::writePortableArtifact(module);
    if (!bytes) {
      llvm::consumeError(bytes.takeError()); // artifacts lack CHLO, and ops of other dialects
      return true;
    }
    std::shared_ptr<const llvm::MemoryBuffer> file = llvm::MemoryBuffer::getMemBufferCopy(*bytes);
    llvm::Expected<std::unique_ptr<stablehlo::Module>> again = stablehlo::readPortableArtifact(file, "the artifact");
    if (again)
      return stablehlo::equalModules(module, **again, why);
    *why = llvm::toString(again.takeError());
    return false;
  }

  // Nothing says what it should give: it is written and read again, and compiled at sizes of ours.
  bool runUnchecked(stablehlo::Module &module) {
    std::string why;
    if (!comesBack(module, &why))
      return result.end(CaseStatus::Failed, "differs when it is written and read again: " + why);
    if (!foreign.empty())
      return result.end(CaseStatus::NotComparable, "holds ops of other dialects: " + foreign + "; it is read");
    const Function *entry = stablehlo::entryFunction(module);
    auto holdsTensors = [](stablehlo::TypeRef type) {
      return type->kind == stablehlo::Type::Tensor || type->kind == stablehlo::Type::Tuple ||
             type->kind == stablehlo::Type::Future;
    };
    if (!entry || !entry->type || llvm::none_of(entry->type->results, holdsTensors) || entry->body.blocks.empty())
      return result.end(CaseStatus::NotComparable, "no function stands for a program that gives something; it is read");
    const bool isOpen = llvm::any_of(entry->body.blocks.front().arguments, [&](stablehlo::ValueRef argument) {
      return llvm::any_of(module.typeOf(argument)->dims, [](int64_t dim) { return dim < 0; });
    });
    ImportNotes notes;
    std::unique_ptr<Imported> imported = importOnce(module, {}, &notes, &why);
    for (int64_t size : isOpen ? llvm::ArrayRef(kSizes).drop_front() : llvm::ArrayRef<int64_t>()) {
      std::string other; // told is what the first size meets
      if (imported)
        break;
      imported = importOnce(module, {}, nullptr, &other, size);
    }
    if (!imported && isOpen)
      imported = importFitting(module);
    if (!imported)
      return refuse(notes, "is refused: " + why);
    auto runner = makeProgramRunner(std::move(imported->context), std::move(imported->program), options, &why);
    if (!runner) {
      const std::string reason = refusals.reasonOfText(why);
      return result.end(reason.empty() ? CaseStatus::Failed : CaseStatus::Unsupported, why);
    }
    result.compiled = !options.interpret;
    return result.end(CaseStatus::Passed, "");
  }

  const StablehloCase &which;
  const CaseOptions &options;
  const Refusals &refusals = Refusals::ofStablehlo();
  CaseResult result;
  std::string foreign; // the first op of a dialect that is none of ours
};

} // namespace

CaseResult runStablehloCase(const StablehloCase &which, const CaseOptions &options) { return CaseRun(which, options).run(); }

} // namespace ingot::conformance
