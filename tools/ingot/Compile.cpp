// ingot compile: a model to an artifact file.
#include "compiler/aot/CHeader.h"
#include "compiler/aot/Link.h"
#include "compiler/aot/ModelObject.h"
#include "runtime/core/features.h"
#include "runtime/hostio/SelfTest.h"
#include "tools/ingot/Depfile.h"
#include "tools/ingot/Dump.h"
#include "tools/ingot/ExecutableImage.h"
#include "tools/ingot/ModelOptions.h"
#include "tools/ingot/TableView.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"
#include <nlohmann/json.hpp>

#include <chrono>
#include <tuple>
#include <unistd.h>

namespace ingot::driver {

namespace {

enum class Form { Executable, Shared, Object, Archive, Mlir, Llvm, Assembly, Model };

struct CompileVerb {
  ModelOptions model;
  std::string output, name, emit, modelVersion, reportFile, depfile;
  bool isStatic = false;
  Form form = Form::Executable;
  const Frontend *format = nullptr;       // of Form::Model
  std::vector<ingot_self_test> selfTests; // as stored

  Status run();
  Status chooseForm();
  Status checkTargets();
  Status checkOutput();
  Status checkHeader(const std::string &header);
  Status checkDepfile();
  Status writeText(BuiltModel &built);
  Status writeModel(BuiltModel &built);
  Status link(BuiltModel &built, LinkReport &report);
  Status linkToStandardOutput(BuiltModel &built, LinkReport &report);
  Status report(const BuiltModel &built, const LinkReport *link, double milliseconds);
  llvm::Error selfTest(const std::string &file, llvm::MutableArrayRef<ingot_self_test> tests);
  std::vector<std::string> targets() const;
  // Not code that is linked.
  bool isText() const { return form == Form::Mlir || form == Form::Llvm || form == Form::Assembly || form == Form::Model; }
};

// The weights as the linker wants them.
class ImageStream : public WeightStream {
public:
  explicit ImageStream(const WeightImage &image) : image(image) {}
  uint64_t size() const override { return image.size(); }
  llvm::Error write(Sink sink) const override {
    static_assert(WeightImage::kPiece % INGOT_WEIGHT_BLOCK == 0);
    return image.write([&](uint64_t offset, llvm::ArrayRef<char> bytes) {
      return sink(offset, {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
    });
  }

private:
  const WeightImage &image;
};

std::string bytesText(uint64_t bytes) {
  if (bytes < 10000)
    return llvm::formatv("{0} bytes", bytes);
  if (bytes < 10000000)
    return llvm::formatv("{0:f1} KB", bytes / 1000.0);
  return llvm::formatv("{0:f1} MB", bytes / 1e6);
}

// What to write for where a name's suffix promises another form than an executable, which it would become.
std::string adviceForSuffix(llvm::StringRef path) {
  llvm::StringRef suffix = llvm::sys::path::extension(path);
  if (llvm::sys::path::filename(path).contains(".so."))
    return "a shared library is made as -o NAME.so, or of any name by --emit=shared";
  return llvm::StringSwitch<std::string>(suffix.lower())
      .Cases({".dll", ".dylib"}, "shared libraries made here are Linux's: -o NAME.so")
      .Case(".lib", "archives made here are Linux's: -o NAME.a")
      .Case(".obj", "objects made here are Linux's: -o NAME.o")
      .Cases({".h", ".hpp", ".c", ".cc", ".cpp"}, "an object comes with its C header: -o NAME.o")
      .Case(".asm", "assembly is written as -o NAME.s")
      .Case(".bc", "LLVM's IR is written as text: -o NAME.ll")
      .Cases({".html", ".svg"}, "the graph is drawn by ingot inspect --graph")
      .Case(".json", "numbers about the artifact are written by --report")
      .Cases({".py", ".tflite", ".engine", ".plan", ".pb", ".pt", ".pth", ".keras", ".h5", ".ort", ".npy", ".npz", ".zip"},
             "files of that kind are not made; -o NAME is an executable, NAME.so a shared library, NAME.o an object")
      .Default("");
}

Status CompileVerb::checkTargets() {
  if (Status status = checkOutput(); status != Done)
    return status;
  return depfile.empty() ? Done : checkDepfile();
}

Status CompileVerb::chooseForm() {
  llvm::StringRef suffix = llvm::sys::path::extension(output);
  std::string name = emit;
  if (name.empty())
    name = llvm::StringSwitch<std::string>(suffix)
               .Case(".so", "shared")
               .Case(".o", "object")
               .Case(".a", "archive")
               .Case(".wasm", "wasm")
               .Case(".mlir", "mlir")
               .Case(".ll", "llvm")
               .Case(".s", "asm")
               .Case(".ptx", "ptx")
               .Default("exe");
  std::string formats = "exe, shared, object, archive, mlir, llvm, asm";
  for (const Frontend &frontend : allFrontends()) {
    if (!frontend.emit)
      continue;
    formats += std::string(", ") + frontend.emit;
    if (emit.empty() ? suffix == std::string(".") + frontend.emit : name == frontend.emit)
      format = &frontend;
  }
  if (format) {
    form = Form::Model;
    if (!model.stopAfter.empty())
      return fail("--stop-after=" + model.stopAfter + ": a model is written as it was imported");
    return checkTargets();
  }
  if (!modelVersion.empty())
    return fail("--model-version=" + modelVersion + ": " + output + " is no model");
  for (llvm::StringRef later : {"wasm", "ptx"})
    if (name == later)
      return fail((emit.empty() ? "-o " + output : "--emit=" + name) + ": not built in; this version makes " + formats);
  int index = llvm::StringSwitch<int>(name)
                  .Case("exe", 0)
                  .Case("shared", 1)
                  .Case("object", 2)
                  .Case("archive", 3)
                  .Case("mlir", 4)
                  .Case("llvm", 5)
                  .Case("asm", 6)
                  .Default(-1);
  if (index < 0)
    return fail("--emit=" + name + ": expected " + formats);
  form = static_cast<Form>(index);
  if (Status status = checkTargets(); status != Done)
    return status;
  if (parsePhase(model.stopAfter) && model.stopAfter != "emit" && !isText() && model.dumpDir.empty())
    return fail("--stop-after=" + model.stopAfter + ": " + output +
                " would be machine code; write -o NAME.mlir, or add --dump-dir");
  return Done;
}

// Whether two paths name one file, which need not exist.
static bool isSameFile(const std::string &path, const std::string &other) {
  return !path.empty() && (throughLinks(path) == throughLinks(other) || llvm::sys::fs::equivalent(path, other));
}

// What can be known of the output before the work begins. Artifacts replace regular files only; text may go to a device or
// pipe.
Status CompileVerb::checkOutput() {
  llvm::sys::fs::file_status status;
  const std::string target = throughLinks(output);
  llvm::StringRef folder = llvm::sys::path::parent_path(target);
  if (output.empty() || llvm::sys::path::filename(output) == "." || llvm::sys::path::is_separator(output.back()))
    return fail("-o '" + output + "': names no file");
  if (!folder.empty() && !llvm::sys::fs::is_directory(folder))
    return fail(output + ": there is no folder '" + folder.str() + "'");
  const std::error_code found = llvm::sys::fs::status(output, status);
  if (found && found != std::errc::no_such_file_or_directory)
    return fail(output + ": " + found.message());
  if (!found && llvm::sys::fs::exists(status)) {
    if (llvm::sys::fs::is_directory(status))
      return fail(output + ": is a folder");
    if (!isText() && !llvm::sys::fs::is_regular_file(status))
      return fail(output + ": is not a regular file");
  }
  if (Status status = checkWritable("", output); status != Done)
    return status;
  if (Status status = reportFile.empty() ? Done : checkWritable("--report", reportFile); status != Done)
    return status;
  const bool hasHeader = form == Form::Object || form == Form::Archive;
  if (std::string want = emit.empty() ? adviceForSuffix(output) : ""; !want.empty())
    return fail(output + ": " + want + "; --emit=exe makes an executable of any name");
  if (output == "-" && reportFile == "-")
    return fail("--report -: the standard output is the artifact");
  if (output == "-" && globals.json)
    return fail("-o -: --json wants the standard output for itself");
  if (output == "-" && hasHeader)
    return fail("-o -: an object comes with a header; name a file");
  if (hasHeader && llvm::sys::path::extension(output) == ".h")
    return fail(output + ": the C header would have the same name");
  if (Status status = hasHeader ? checkHeader(targets().back()) : Done; status != Done)
    return status;
  for (const std::string &other : targets())
    if (reportFile != "-" && isSameFile(reportFile, other))
      return fail("--report " + reportFile + ": is what -o names");
  if (!name.empty() && !hasHeader)
    return fail("--name " + name + ": names the functions of an object or archive; " + output + " is neither");
  if (form == Form::Executable && !isStatic && llvm::Triple(llvm::Triple::normalize(model.target)).isMusl())
    return fail("--target=" + model.target +
                ": executables are linked with glibc; --static makes one that needs no C library");
  if (isText() && !model.libraries.empty())
    return fail("--link " + model.libraries.front() + ": " + output + " is not linked");
  if (isStatic && form != Form::Executable)
    return fail("--static: says how an executable is linked; " + output + " is none");
  if (!name.empty() && asIdentifier(name, "a") != name)
    return fail("--name " + name + ": expected letters, digits and single underscores, beginning with a letter");
  if (!name.empty() && isRuntimeName(name))
    return fail("--name " + name + ": the runtime's own names begin so");
  return Done;
}

// What is replaced beside the object without being named: nothing but a header of a model.
Status CompileVerb::checkHeader(const std::string &header) {
  if (!llvm::sys::fs::exists(header))
    return Done;
  if (llvm::sys::fs::equivalent(header, model.model))
    return fail(output + ": its C header would replace the model, " + header);
  auto text = llvm::MemoryBuffer::getFileSlice(header, 4096, 0);
  if (!llvm::sys::fs::is_regular_file(header) || !text || !isMadeHeader((*text)->getBuffer()))
    return fail(output + ": its C header would replace '" + header +
                "', which is none that ingot made; name the object otherwise");
  return Done;
}

Status CompileVerb::checkDepfile() {
  llvm::StringRef folder = llvm::sys::path::parent_path(depfile);
  const std::string where = "--depfile " + depfile + ": ";
  if (output == "-")
    return fail(where + "-o - names no file for its rule");
  if (depfile == "-" && globals.json)
    return fail(where + "--json wants the standard output for itself");
  if (!folder.empty() && !llvm::sys::fs::is_directory(folder))
    return fail(where + "there is no folder '" + folder.str() + "'");
  if (llvm::sys::fs::is_directory(depfile))
    return fail(where + "is a folder");
  for (const std::string &other : targets())
    if (isSameFile(depfile, other))
      return fail(where + "is what -o names");
  if (isSameFile(depfile, reportFile))
    return fail(where + "is what --report names");
  if (Status status = checkWritable("--depfile", depfile); status != Done)
    return status;
  return Done;
}

// What is written under a name of its own.
std::vector<std::string> CompileVerb::targets() const {
  std::vector<std::string> names = {output};
  if (form == Form::Object || form == Form::Archive) {
    llvm::SmallString<128> header(output);
    llvm::sys::path::replace_extension(header, "h");
    names.push_back(std::string(header));
  }
  return names;
}

// The IR of the last phase that ran: a module with the index of its weights beside it, from which --from goes on, or every
// kernel's text.
Status CompileVerb::writeText(BuiltModel &built) {
  Phase last = model.stopAfter.empty() ? (form == Form::Mlir ? Phase::Schedule : Phase::Emit) : *parsePhase(model.stopAfter);
  const WeightStore &weights = built.model->program.weights;
  if (last < Phase::Tile && output != "-" && weights.size() != 0) {
    llvm::SmallString<128> stem(output);
    llvm::sys::path::replace_extension(stem, "");
    if (Status status = writeWeightIndex("", std::string(stem) + ".", weights); status != Done)
      return status;
  }
  Status status = writeFile("", output, [&](llvm::raw_ostream &os) {
    os << (form == Form::Assembly ? "# "
           : form == Form::Llvm   ? "; "
                                  : "// ")
       << "ingot " << built.model->name << " after " << phaseName(last) << "\n";
    if (last < Phase::Tile) {
      (*built.model->program.module)->print(os, mlir::OpPrintingFlags().elideLargeElementsAttrs(1024));
      os << '\n';
      return;
    }
    for (const CompiledKernel &kernel : built.model->kernels)
      for (const CompiledVariant &variant : kernel.variants)
        os << variant.text[int(last) - int(Phase::Tile)] << '\n';
  });
  if (status != Done && last < Phase::Tile && output != "-") {
    llvm::SmallString<128> stem(output);
    llvm::sys::path::replace_extension(stem, "");
    for (const char *beside : {".weights.bin", ".weights.json"}) // written for this text
      std::ignore = weights.size() != 0 ? llvm::sys::fs::remove(stem + llvm::Twine(beside)) : std::error_code();
  }
  return status;
}

// The program as it was imported, as a model of another format.
Status CompileVerb::writeModel(BuiltModel &built) {
  const bool isFile = output != "-" && (!llvm::sys::fs::exists(output) || llvm::sys::fs::is_regular_file(output));
  llvm::Expected<WrittenModel> written =
      format->write(built.model->program, modelVersion, isFile ? llvm::sys::path::filename(throughLinks(output)) : "");
  if (!written)
    return fail(output + ": " + llvm::toString(written.takeError()));
  auto writeMain = [&] { return writeFile("", output, [&](llvm::raw_ostream &os) { os << written->bytes; }); };
  if (written->besideName.empty())
    return writeMain();
  llvm::SmallString<128> beside(llvm::sys::path::parent_path(throughLinks(output)));
  llvm::sys::path::append(beside, written->besideName);
  for (const std::string &file : built.files)
    if (isSameFile(std::string(beside), file))
      return fail(output + ": its weights would replace those of the model, " + file);
  // Under a name of its own until the model is there too.
  const std::string made = std::string(beside) + "." + std::to_string(getpid()) + ".made";
  llvm::Error error = llvm::Error::success();
  Status status = writeFile("", made, [&](llvm::raw_ostream &os) { error = written->writeBeside(os); });
  if (error)
    status = fail(std::string(beside) + ": " + llvm::toString(std::move(error)));
  status = status == Done ? writeMain() : status;
  std::error_code code = status == Done ? llvm::sys::fs::rename(made, beside) : llvm::sys::fs::remove(made);
  return status == Done && code ? fail(std::string(beside) + ": " + code.message()) : status;
}

// Runs every level that this machine has on the finished file.
llvm::Error CompileVerb::selfTest(const std::string &file, llvm::MutableArrayRef<ingot_self_test> tests) {
  progress("self-test");
  OpenArtifact opened = openArtifact(file);
  ingot_code code = opened.artifact ? INGOT_OK : opened.error.code;
  for (ingot_self_test &test : tests)
    if (code == INGOT_OK)
      code = hostio::runSelfTest(opened.artifact, static_cast<int32_t>(model.jobs), test, &opened.error);
  ingot_unload(opened.artifact);
  selfTests.assign(tests.begin(), tests.end());
  // For other processors than this, or in a folder whose files may not be executed.
  if (code == INGOT_OK || code == INGOT_INCOMPATIBLE || code == INGOT_IO || code == INGOT_OUT_OF_MEMORY)
    return llvm::Error::success();
  return llvm::createStringError(std::string("the file made cannot be run: ") + opened.error.message);
}

// An artifact is made under a name before it goes to the standard output.
Status CompileVerb::linkToStandardOutput(BuiltModel &built, LinkReport &report) {
  llvm::SmallString<128> file;
  if (std::error_code code = llvm::sys::fs::createTemporaryFile("ingot", "artifact", file))
    return fail("-o -: " + code.message());
  output = std::string(file);
  Status status = link(built, report);
  output = "-";
  if (status == Done) {
    auto bytes = llvm::MemoryBuffer::getFile(file, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (bytes)
      llvm::outs() << (*bytes)->getBuffer();
    else
      status = fail("-o -: " + bytes.getError().message());
  }
  std::ignore = llvm::sys::fs::remove(file);
  return status;
}

Status CompileVerb::link(BuiltModel &built, LinkReport &report) {
  CompiledModel &compiled = *built.model;
  ModelParts parts;
  std::vector<char> table = compiled.table.serialize();
  parts.table = table;
  parts.triple = compiled.triple;
  for (const CompiledKernel &kernel : compiled.kernels)
    for (const CompiledVariant &variant : kernel.variants) {
      parts.kernelSymbols.push_back(variant.symbol);
      parts.kernelObjects.push_back({variant.object.data(), variant.object.size()});
    }
  parts.functions = compiled.table.functions;
  auto failed = [&](llvm::Error error) {
    bool users = error.isA<LinkError>() || !model.from.empty(); // a dump's weights may have been edited
    std::string why = llvm::toString(std::move(error));
    bool located = llvm::StringRef(why).contains("'" + output + "'");
    return fail((users ? "" : "internal error: ") + (located ? "" : output + ": ") + why);
  };
  llvm::Expected<std::vector<char>> object = makeModelObject(parts, output);
  if (!object)
    return failed(object.takeError());

  ImageStream weights(compiled.weights);
  LinkInputs inputs;
  inputs.object = {object->data(), object->size()};
  inputs.weights = &weights;
  inputs.outputPath = output;
  inputs.triple = compiled.triple;
  inputs.name = name;
  inputs.isStatic = isStatic;
  for (const std::string &function : compiled.table.functions)
    if (!llvm::is_contained(inputs.functions, function))
      inputs.functions.push_back(function);
  inputs.libraries = model.libraries;
  if (compiled.table.header.arch == rt::hostArch())
    inputs.selfTest = [this](const std::string &file, llvm::MutableArrayRef<ingot_self_test> tests) {
      return selfTest(file, tests);
    };
  else
    selfTests = compiled.table.selfTests;
  llvm::Expected<LinkReport> linked = form == Form::Executable ? linkExecutable(inputs)
                                      : form == Form::Shared   ? linkShared(inputs)
                                      : form == Form::Archive  ? packageArchive(inputs)
                                                               : packageObject(inputs);
  if (!linked)
    return failed(linked.takeError());
  report = *linked;
  return Done;
}

// `link` is null where no artifact was made, but text or dumps.
Status CompileVerb::report(const BuiltModel &built, const LinkReport *link, double milliseconds) {
  const CompiledModel &compiled = *built.model;
  std::string last = model.stopAfter.empty() ? "emit" : model.stopAfter;
  nlohmann::json document = {{"output", link || isText() ? output : model.dumpDir},
                             {"milliseconds", milliseconds},
                             {"triple", compiled.triple},
                             {"last_phase", last}};
  std::string line;
  if (link) {
    std::vector<char> bytes = compiled.table.serialize();
    uint64_t arena = TableView(bytes).arenaBytes();
    warnOfMemory(TableView(bytes));
    document["bytes"] = link->fileSize;
    document["weight_bytes"] = link->weightBytes;
    document["arena_bytes"] = arena;
    document["kernel_count"] = compiled.kernels.size();
    nlohmann::json tests = nlohmann::json::array();
    std::string untested;
    bool linked = form == Form::Executable || form == Form::Shared;
    for (const auto &[test, record] : llvm::zip(selfTests, compiled.table.selfTests)) {
      std::string level = TableView(bytes).table().string(record.level), outcome = hostio::outcomeText(test.outcome);
      tests.push_back({{"level", level}, {"outcome", outcome}});
      if (linked && test.outcome != INGOT_SELF_TEST_STORED)
        untested += "\n  self-test of " + level + ": " + outcome;
    }
    document["self_tests"] = tests;
    std::string runsOn = compiled.kernels.empty() ? compiled.triple : "";
    if (!compiled.kernels.empty())
      for (const KernelVariants::Variant &variant : compiled.kernels.front().info.variants)
        runsOn += (runsOn.empty() ? llvm::StringRef(compiled.triple).split('-').first.str() + " " : std::string(", ")) +
                  variant.level.name;
    line = llvm::formatv("{0}: compiled in {1:f2} s; {2} ({3} without weights), arena {4}, runs on {5}", output,
                         milliseconds / 1000, bytesText(link->fileSize), bytesText(link->fileSize - link->weightBytes),
                         bytesText(arena), runsOn);
    line += untested;
  } else {
    line = (isText() ? output : model.dumpDir) + ": written after phase " + last;
  }
  for (const PhaseTime &time : compiled.times)
    document["phases"].push_back({{"name", phaseName(time.phase).str()}, {"milliseconds", time.milliseconds}});
  if (!reportFile.empty())
    if (Status status =
            writeFile("--report", reportFile, [&](llvm::raw_ostream &os) { os << jsonText(document, 2) << '\n'; });
        status != Done)
      return status;
  answer(document);
  if (!globals.json)
    say(line);
  return Done;
}

Status CompileVerb::run() {
  auto start = std::chrono::steady_clock::now();
  if (Status status = chooseForm(); status != Done)
    return status;
  if (form == Form::Mlir && model.stopAfter.empty())
    model.stopAfter = "schedule";
  if (form == Form::Model)
    model.stopAfter = "import";
  BuiltModel built;
  model.openDefaults = true;
  if (Status status = buildModel(model, {}, "portable", built, isText(), form == Form::Assembly); status != Done)
    return status;
  if (!depfile.empty())
    if (Status status = writeDepfile(depfile, targets(), built.files); status != Done)
      return status;
  LinkReport linked;
  bool links = !isText() && built.model->complete;
  if (links)
    progress("link");
  Status written = format          ? writeModel(built)
                   : isText()      ? writeText(built)
                   : !links        ? Done
                   : output == "-" ? linkToStandardOutput(built, linked)
                                   : link(built, linked);
  if (written != Done) {
    if (!depfile.empty() && depfile != "-")
      std::ignore = llvm::sys::fs::remove(depfile);
    return written;
  }
  double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return report(built, links ? &linked : nullptr, milliseconds);
}

} // namespace

void addCompile(CLI::App &app, Status *status) {
  auto verb = std::make_shared<CompileVerb>();
  CLI::App *command =
      app.add_subcommand("compile", "Compile a model into an executable, a shared library or an object with a C header");
  verb->model.addTo(*command, true);
  addModelArgument(*command, "model", verb->model.model, "The model file");
  command
      ->add_option(
          "-o,--output", verb->output,
          "The artifact; its suffix says the form: .so .o .a .mlir .ll .s .onnx .stablehlo, none: executable; - is the "
          "standard output")
      ->required();
  command->add_option("--name", verb->name,
                      "What the names of an object's header begin with, as in NAME_run; else the file's");
  command->add_option("--emit", verb->emit,
                      "The form, whatever the suffix: exe, shared, object, archive, mlir, llvm, asm, onnx, stablehlo");
  command->add_option("--model-version", verb->modelVersion,
                      "Of a model that is written, the version of its file: the opset for .onnx (21), the newest of VHLO "
                      "that .stablehlo may have (1.17)");
  command->add_option(
      "--depfile", verb->depfile,
      "Write which files the artifact was made from as a rule of Make: the model, its weights, those of --like");
  command->add_flag("--static", verb->isStatic,
                    "An executable with a C library (musl) inside, which runs where there is no other file");
  command->add_option("--report", verb->reportFile, "Write what --json prints to this file too");
  command->footer("Examples:\n  ingot compile mnist.onnx -o mnist && ./mnist --input digit.npy\n"
                  "  ingot compile model.onnx -o model.so --dim batch=1..64\n"
                  "  ingot compile model.onnx -o model.o          # and model.h beside it");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
