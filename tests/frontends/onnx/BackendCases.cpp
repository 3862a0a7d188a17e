#include "tests/frontends/onnx/BackendCases.h"

#include "frontends/onnx/Import.h"
#include "frontends/onnx/TensorFile.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"

#include <cmath>
#include <complex>
#include <filesystem>

namespace ingot::test {
namespace {

std::string file(const std::string &folder, const char *kind, size_t index) {
  return folder + "/test_data_set_0/" + kind + "_" + std::to_string(index) + ".pb";
}

bool close(double actual, double expected, double rtol, double atol) {
  if (std::isnan(expected) || std::isnan(actual))
    return std::isnan(expected) && std::isnan(actual);
  if (std::isinf(expected) || std::isinf(actual))
    return actual == expected;
  return std::fabs(actual - expected) <= atol + rtol * std::fabs(expected);
}

// Calls visit(index, actual, expected) on elements as doubles.
template <typename T, typename Visit>
void visitAs(const std::vector<char> &actual, const std::vector<char> &expected, Visit visit) {
  for (size_t i = 0, n = expected.size() / sizeof(T); i != n; ++i)
    visit(i, static_cast<double>(reinterpret_cast<const T *>(actual.data())[i]),
          static_cast<double>(reinterpret_cast<const T *>(expected.data())[i]));
}

template <typename Visit>
void visitFloats(const llvm::fltSemantics &semantics, const std::vector<char> &actual, const std::vector<char> &expected,
                 Visit visit) {
  const unsigned bits = llvm::APFloat::getSizeInBits(semantics), bytes = bits / 8;
  auto at = [&](const std::vector<char> &data, size_t i) {
    uint64_t raw = 0;
    std::memcpy(&raw, data.data() + i * bytes, bytes);
    llvm::APFloat value(semantics, llvm::APInt(bits, raw));
    bool loses = false;
    value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &loses);
    return value.convertToDouble();
  };
  for (size_t i = 0, n = expected.size() / bytes; i != n; ++i)
    visit(i, at(actual, i), at(expected, i));
}

std::string compare(const reference::Tensor &actual, const OnnxTensor &expected, double rtol, double atol) {
  if (dtypeOf(actual.elementType) != expected.dtype)
    return "dtype differs";
  if (std::vector<int64_t>(actual.dims.begin(), actual.dims.end()) != expected.dims)
    return "dims differ";
  if (actual.bytes.size() != expected.bytes.size())
    return "sizes differ";
  size_t wrong = 0;
  std::string first;
  auto visit = [&](size_t index, double got, double want) {
    if (close(got, want, rtol, atol))
      return;
    if (!wrong++)
      first = "element " + std::to_string(index) + " is " + std::to_string(got) + ", not " + std::to_string(want);
  };
  mlir::Type type = actual.elementType;
  if (auto complex = mlir::dyn_cast<mlir::ComplexType>(type))
    type = complex.getElementType();
  if (auto floating = mlir::dyn_cast<mlir::FloatType>(type))
    visitFloats(floating.getFloatSemantics(), actual.bytes, expected.bytes, visit);
  else if (type.isInteger(64))
    visitAs<int64_t>(actual.bytes, expected.bytes, visit);
  else if (type.isInteger(32))
    visitAs<int32_t>(actual.bytes, expected.bytes, visit);
  else if (type.isInteger(16))
    visitAs<int16_t>(actual.bytes, expected.bytes, visit);
  else
    visitAs<signed char>(actual.bytes, expected.bytes, visit);
  return wrong ? std::to_string(wrong) + " elements differ; " + first : "";
}

} // namespace

CaseResult runBackendCase(const std::string &folder, const std::vector<std::pair<std::string, std::string>> &dims,
                          double rtol, double atol) {
  CaseResult result;
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  ImportOptions options;
  options.specialise = true;
  options.dims = dims;
  options.numerics = "strict";
  std::vector<reference::Tensor> inputs;
  for (size_t i = 0; std::filesystem::exists(file(folder, "input", i)); ++i) {
    OnnxTensor tensor;
    std::string why;
    if (!readOnnxTensor(file(folder, "input", i), tensor, &why)) {
      result.outcome = CaseResult::Unsupported;
      result.why = why;
      return result;
    }
    reference::Tensor input;
    input.elementType = elementTypeOf(&context, tensor.dtype);
    input.dims.assign(tensor.dims.begin(), tensor.dims.end());
    input.bytes = tensor.bytes;
    inputs.push_back(std::move(input));
    options.knownInputs.push_back({"", tensor.dims, tensor.dtype, tensor.bytes});
  }
  std::string message;
  ImportNotes notes;
  auto program =
      importOnnx(context, folder + "/model.onnx", options, [&](llvm::StringRef text) { message = text.str(); }, &notes);
  if (mlir::failed(program)) {
    result.outcome = message.rfind("internal error", 0) == 0 ? CaseResult::Failed : CaseResult::Unsupported;
    result.why = message;
    return result;
  }
  result.specialised = !notes.specialisedInputs.empty();
  auto function = program->module->lookupSymbol<mlir::func::FuncOp>("main");
  reference::Options run;
  run.weights = &program->weights;
  llvm::Expected<std::vector<reference::Tensor>> outputs = reference::run(function, inputs, run);
  if (!outputs) {
    result.why = llvm::toString(outputs.takeError());
    return result;
  }
  for (size_t i = 0; i != outputs->size(); ++i) {
    OnnxTensor expected;
    std::string why;
    if (!readOnnxTensor(file(folder, "output", i), expected, &why)) {
      result.outcome = CaseResult::Unsupported;
      result.why = why;
      return result;
    }
    why = compare((*outputs)[i], expected, rtol, atol);
    if (!why.empty()) {
      result.why = "output " + std::to_string(i) + ": " + why;
      return result;
    }
  }
  result.outcome = CaseResult::Passed;
  return result;
}

} // namespace ingot::test
