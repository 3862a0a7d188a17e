// Exported JAX programs that are kept with what they gave: NAME.mlirbc, and NAME.json with "inputs" and "expected_outputs", arrays
// as {"array": [[...]], "dtype": "float32"}, complex numbers in them as {"complex": [re, im]}.
#include "frontends/stablehlo/Import.h"
#include "tools/conformance/Checks.h"
#include "tools/conformance/ProgramRunner.h"
#include "tools/conformance/Refusals.h"
#include "tools/conformance/Suites.h"
#include "tools/execution/ValueError.h"

#include "frontends/stablehlo/OpTable.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

#include <chrono>
#include <cmath>
#include <cstring>

namespace ingot::conformance {

using driver::HostTensor;
namespace json = llvm::json;

namespace {

// An array of the file; its element type is that of the program's tensor in its place.
struct StoredArray {
  std::vector<int64_t> dims;
  std::vector<std::pair<double, double>> numbers; // real and imaginary part
};

bool readArray(const json::Value &value, size_t depth, StoredArray &array) {
  if (const json::Array *list = value.getAsArray()) {
    if (array.dims.size() == depth)
      array.dims.push_back(list->size());
    if (array.dims.size() <= depth || array.dims[depth] != static_cast<int64_t>(list->size()) || depth > 16)
      return false;
    return llvm::all_of(*list, [&](const json::Value &item) { return readArray(item, depth + 1, array); });
  }
  if (array.dims.size() != depth)
    return false;
  if (const json::Object *number = value.getAsObject()) {
    const json::Array *parts = number->getArray("complex");
    if (!parts || parts->size() != 2 || !(*parts)[0].getAsNumber() || !(*parts)[1].getAsNumber())
      return false;
    array.numbers.emplace_back(*(*parts)[0].getAsNumber(), *(*parts)[1].getAsNumber());
    return true;
  }
  if (std::optional<bool> truth = value.getAsBoolean())
    array.numbers.emplace_back(*truth, 0);
  else if (std::optional<double> number = value.getAsNumber())
    array.numbers.emplace_back(*number, 0);
  else
    return false;
  return true;
}

// The numbers as elements of a type; false where that is none of those that these files hold.
bool encode(const StoredArray &array, uint32_t dtype, HostTensor &tensor) {
  tensor.dtype = dtype;
  tensor.dims = array.dims;
  auto put = [&](auto number) {
    const char *bytes = reinterpret_cast<const char *>(&number);
    tensor.bytes.insert(tensor.bytes.end(), bytes, bytes + sizeof number);
  };
  for (auto [real, imaginary] : array.numbers)
    switch (dtype) {
    case INGOT_I1:
      put(static_cast<char>(real != 0));
      break;
    case INGOT_I8:
    case INGOT_U8:
      put(static_cast<char>(static_cast<int64_t>(real)));
      break;
    case INGOT_I32:
      put(static_cast<int32_t>(real));
      break;
    case INGOT_U32:
      put(static_cast<uint32_t>(real));
      break;
    case INGOT_I64:
      put(static_cast<int64_t>(real));
      break;
    case INGOT_U64:
      put(static_cast<uint64_t>(real));
      break;
    case INGOT_F32:
      put(static_cast<float>(real));
      break;
    case INGOT_F64:
      put(real);
      break;
    case INGOT_C64:
      put(static_cast<float>(real));
      put(static_cast<float>(imaginary));
      break;
    case INGOT_C128:
      put(real);
      put(imaginary);
      break;
    default:
      return false;
    }
  return true;
}

class ExportRun {
public:
  ExportRun(const std::string &name, const std::string &file, const CaseOptions &options) : file(file), options(options) {
    result.name = name;
  }

  CaseResult run() {
    auto start = std::chrono::steady_clock::now();
    runProgram();
    if (std::string reason = refusals.reasonOfCase(result.name); result.status == CaseStatus::Failed && !reason.empty())
      result.end(CaseStatus::NotComparable, reason);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(result);
  }

private:
  bool readStored(llvm::StringRef key, std::vector<StoredArray> &arrays, std::string *why) {
    const std::string path = llvm::StringRef(file).drop_back(strlen(".mlirbc")).str() + ".json";
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (!buffer) {
      *why = path + ": " + buffer.getError().message();
      return false;
    }
    llvm::Expected<json::Value> document = json::parse((*buffer)->getBuffer());
    if (!document) {
      *why = path + ": " + llvm::toString(document.takeError());
      return false;
    }
    const json::Object *object = document->getAsObject();
    const json::Array *list = object ? object->getArray(key) : nullptr;
    for (size_t i = 0; list && i != list->size(); ++i) {
      const json::Object *item = (*list)[i].getAsObject();
      const json::Value *array = item ? item->get("array") : nullptr;
      if (!array || !readArray(*array, 0, arrays.emplace_back()))
        list = nullptr;
    }
    *why = list ? "" : path + ": \"" + key.str() + "\" is no list of arrays";
    return list != nullptr;
  }

  void listOps(const stablehlo::Module &module) {
    llvm::StringSet<> names;
    auto visit = [&](const stablehlo::Region &region, auto &&visit) -> void {
      for (const stablehlo::Block &block : region.blocks)
        for (const stablehlo::Op &op : block.ops) {
          const stablehlo::Attribute *target = op.find("call_target_name");
          names.insert(op.name == "stablehlo.custom_call" && target ? target->text : op.name);
          for (const stablehlo::Region &inner : op.regions)
            visit(inner, visit);
        }
    };
    for (const stablehlo::Function &function : module.functions)
      visit(function.body, visit);
    for (const auto &name : names.keys())
      if (!name.starts_with("func.") && !name.ends_with(".return"))
        result.ops.push_back(name.str());
    llvm::sort(result.ops);
  }

  bool runProgram() {
    std::string why;
    llvm::Expected<std::unique_ptr<stablehlo::Module>> module = stablehlo::readModule(file);
    if (!module)
      return result.end(CaseStatus::Failed, llvm::toString(module.takeError()));
    listOps(**module);
    std::vector<StoredArray> inputs, outputs;
    if (!readStored("inputs", inputs, &why) || !readStored("expected_outputs", outputs, &why))
      return result.end(CaseStatus::Failed, why);
    ImportOptions import;
    import.numerics = options.numerics;
    import.dims = options.dims;
    import.specialise = true;
    for (const StoredArray &input : inputs)
      import.knownInputs.push_back({"", input.dims, 0, {}, true, {}, ""});
    auto context = makeCompilerContext();
    ImportNotes notes;
    auto program = stablehlo::importModule(
        *context, **module, file, nullptr, import, [&](llvm::StringRef text) { why = text.str(); }, &notes);
    if (mlir::failed(program)) {
      const bool isListed =
          !notes.refusedNodes.empty() && llvm::all_of(notes.refusedNodes, [&](const ImportNotes::RefusedNode &node) {
            return refusals.hasOperator(node.op) || refusals.hasNode(node.op, node.why);
          });
      for (const ImportNotes::RefusedNode &node : notes.refusedNodes)
        result.missing.push_back(node.op);
      return result.end(isListed ? CaseStatus::Unsupported : CaseStatus::Failed, "is refused: " + why);
    }
    auto runner = makeProgramRunner(std::move(context), std::move(*program), options, &why);
    if (!runner)
      return result.end(CaseStatus::Failed, why);
    std::vector<HostTensor> feed, results;
    const std::vector<driver::InputSpec> specs = runner->inputs();
    if (specs.size() != inputs.size())
      return result.end(CaseStatus::Failed, std::to_string(inputs.size()) + " inputs are stored, the program has " +
                                                std::to_string(specs.size()));
    for (auto [spec, input] : llvm::zip_equal(specs, inputs))
      if (!encode(input, spec.dtype, feed.emplace_back()))
        return result.end(CaseStatus::Failed, "input '" + spec.name + "' has a type that is not stored");
    if (!runner->run(feed, results, &why))
      return result.end(CaseStatus::Failed, "does not run: " + why);
    result.compiled = !options.interpret;
    if (results.size() != outputs.size())
      return result.end(CaseStatus::Failed, std::to_string(outputs.size()) + " outputs are stored, the program gives " +
                                                std::to_string(results.size()));
    for (auto [got, output] : llvm::zip_equal(results, outputs)) {
      HostTensor want;
      if (!encode(output, got.dtype, want))
        return result.end(CaseStatus::Failed,
                          "output '" + got.name + "' is " + got.describe() + ", a type that is not stored");
      // Elements that cancel are as wrong as the others are large.
      const double largest = driver::scaleOf(want);
      const bool isDouble = got.dtype == INGOT_F64 || got.dtype == INGOT_C128;
      driver::Comparison comparison =
          driver::compareTensors(got, want, options.rtol, std::fmax(options.atol, largest * (isDouble ? 1e-12 : 1e-5)));
      if (!comparison.equal)
        return result.end(CaseStatus::Failed, "output '" + got.name + "': " + comparison.text);
    }
    ++result.sets;
    return result.end(CaseStatus::Passed, "");
  }

  const std::string &file;
  const CaseOptions &options;
  const Refusals &refusals = Refusals::ofStablehlo();
  CaseResult result;
};

} // namespace

bool findJaxExports(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why) {
  std::vector<std::string> files;
  if (!filesBeneath(folder, {".mlirbc"}, files, why))
    return false;
  for (const std::string &file : files) {
    llvm::StringRef name = file;
    name.consume_front(folder);
    name = name.ltrim('/').drop_back(strlen(".mlirbc"));
    cases.push_back({name.str(), file, [name = name.str(), file](const CaseOptions &options) {
                       return ExportRun(name, file, options).run();
                     }});
  }
  return true;
}

} // namespace ingot::conformance
