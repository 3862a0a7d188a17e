// Runs a few ops given as MLIR text through the interpreter and compares with a constant worked out by hand.
#ifndef INGOT_TESTS_IR_REFERENCE_HARNESS_H
#define INGOT_TESTS_IR_REFERENCE_HARNESS_H

#include "ir/Types.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Interpreter.h"
#include "mlir/Parser/Parser.h"
#include "tools/execution/Agreement.h"
#include "gtest/gtest.h"

#include <cmath>

namespace ingot::test {

struct Parsed {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string diagnostics;

  explicit Parsed(const std::string &text) {
    context.loadDialect<IngotDialect, mlir::func::FuncDialect>();
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
      diagnostics += diagnostic.str() + "\n";
      return mlir::success();
    });
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  }
  mlir::func::FuncOp function(llvm::StringRef name = "main") { return module->lookupSymbol<mlir::func::FuncOp>(name); }
};

// All values as complex numbers, which hold every element type but large integers.
inline std::vector<reference::Complex> valuesOf(const reference::Tensor &tensor) {
  std::vector<reference::Complex> values;
  reference::withValue(tensor.elementType, [&](auto value) {
    using V = decltype(value);
    std::vector<V> native(size_t(tensor.numElements()));
    reference::decode<V>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), native.data());
    for (V each : native)
      if constexpr (std::is_same_v<V, reference::Complex>)
        values.push_back(each);
      else
        values.push_back(double(each));
  });
  return values;
}

inline std::string textOf(const reference::Tensor &tensor) {
  std::string text = describeType(mlir::RankedTensorType::get(tensor.dims, tensor.elementType), {}) + ":";
  for (reference::Complex value : valuesOf(tensor))
    text += " " + std::to_string(value.real()) + (value.imag() != 0 ? "+" + std::to_string(value.imag()) + "i" : "");
  return text;
}

// Bitwise with any NaN equal to any; with a tolerance, within that relative or absolute error.
inline bool isEqual(const reference::Tensor &actual, const reference::Tensor &expected, double tolerance) {
  if (actual.elementType != expected.elementType || actual.dims != expected.dims)
    return false;
  if (actual.bytes == expected.bytes)
    return true;
  auto close = [&](double x, double y) {
    if (x == y && tolerance == 0)
      return std::signbit(x) == std::signbit(y);
    return agrees(x, y, tolerance * std::max(1.0, std::fabs(y)));
  };
  if (mlir::isa<mlir::IntegerType>(actual.elementType))
    return false;
  auto left = valuesOf(actual), right = valuesOf(expected);
  for (size_t i = 0; i != left.size(); ++i)
    if (!close(left[i].real(), right[i].real()) || !close(left[i].imag(), right[i].imag()))
      return false;
  return true;
}

// `body` defines %r of `type`; `expected` is the literal of the constant it must equal.
inline void expectValue(const std::string &body, const std::string &type, const std::string &expected,
                        double tolerance = 0) {
  std::string text = "func.func @main() -> (" + type + ", " + type + ") {\n" + body + "\n%expected = ingot.constant " +
                     expected + " : " + type + "\nreturn %r, %expected : " + type + ", " + type + "\n}";
  Parsed parsed(text);
  ASSERT_TRUE(parsed.module) << parsed.diagnostics << text;
  auto results = reference::run(parsed.function(), {}, {});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError()) << "\n" << text;
  EXPECT_TRUE(isEqual((*results)[0], (*results)[1], tolerance))
      << body << "\nis      " << textOf((*results)[0]) << "\nbut not " << textOf((*results)[1]);
}

// `op` applied to constants of one type: expectUnary("abs", "2xf32", "[-1.0, 2.0]", "[1.0, 2.0]").
inline void expectUnary(const std::string &op, const std::string &type, const std::string &x, const std::string &expected,
                        double tolerance = 0) {
  std::string tensor = "tensor<" + type + ">";
  expectValue("%x = ingot.constant dense<" + x + "> : " + tensor + "\n%r = ingot." + op + " %x : " + tensor, tensor,
              "dense<" + expected + ">", tolerance);
}
inline void expectBinary(const std::string &op, const std::string &type, const std::string &x, const std::string &y,
                         const std::string &expected, double tolerance = 0) {
  std::string tensor = "tensor<" + type + ">";
  expectValue("%x = ingot.constant dense<" + x + "> : " + tensor + "\n%y = ingot.constant dense<" + y + "> : " + tensor +
                  "\n%r = ingot." + op + " %x, %y : " + tensor,
              tensor, "dense<" + expected + ">", tolerance);
}

} // namespace ingot::test

#endif // INGOT_TESTS_IR_REFERENCE_HARNESS_H
