// Kernels of the contraction emitter against the reference interpreter: every level of this processor, every way the grid
// can be split.
#include "tests/compiler/codegen/contraction/CompiledKernel.h"

#include "compiler/codegen/contraction/Plan.h"
#include "ir/reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "tools/execution/Agreement.h"
#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace ingot;
using namespace ingot::test;
using ingot::reference::Tensor;
using llvm::formatv;

namespace {

// A tensor type's text; -1 is the size s0.
std::string tensor(llvm::ArrayRef<int64_t> dims, const char *element = "f32") {
  std::string text = "tensor<", exprs;
  bool dynamic = false;
  for (int64_t dim : dims) {
    dynamic |= dim < 0;
    text += (dim < 0 ? "?" : std::to_string(dim)) + "x";
    exprs += (exprs.empty() ? "" : ", ") + (dim < 0 ? std::string("s0") : std::to_string(dim));
  }
  return text + element + (dynamic ? ", #ingot.dims<[" + exprs + "]>>" : ">");
}

// The same, each dim a number or an expression of s0.
std::string tensorOf(const std::vector<std::string> &dims) {
  std::string text = "tensor<", exprs;
  bool dynamic = false;
  for (const std::string &dim : dims) {
    const bool known = llvm::all_of(dim, llvm::isDigit);
    dynamic |= !known;
    text += (known ? dim : "?") + "x";
    exprs += (exprs.empty() ? "" : ", ") + dim;
  }
  return text + "f32" + (dynamic ? ", #ingot.dims<[" + exprs + "]>>" : ">");
}

// One kernel: its body (values %0 ... by the arguments' names), argument and result types.
struct Program {
  std::vector<std::pair<std::string, std::string>> arguments; // name, type
  std::vector<std::string> resultTypes;
  std::string body;
  int64_t sizeMax = 0;                          // of the size s0, from 1; 0: none
  int inplaceResult = -1, inplaceArgument = -1; // the result shares this argument's memory

  std::string text() const {
    std::string signature, types, operands, results;
    for (auto &[name, type] : arguments) {
      signature += (signature.empty() ? "" : ", ") + name + ": " + type;
      types += (types.empty() ? "" : ", ") + type;
      operands += (operands.empty() ? "" : ", ") + name;
    }
    for (const std::string &type : resultTypes)
      results += (results.empty() ? "" : ", ") + type;
    std::string module =
        sizeMax ? formatv("module attributes {{ingot.sizes = [#ingot.size<\"batch\", 1 to {0}>]} {{\n", sizeMax).str()
                : "module {\n";
    module += "ingot.kernel @k {\n^bb0(" + signature + "):\n" + body + "}\n";
    const size_t count = resultTypes.size();
    module += formatv("func.func @main({0}) -> ({1}) {{\n  %r{2} = ingot.dispatch @k({3}) : ({4}) -> ({1})\n  func.return "
                      "{5} : {1}\n}\n}\n",
                      signature, results, count > 1 ? ":" + std::to_string(count) : "", operands, types,
                      count > 1 ? "%r#0, %r#1" : "%r");
    return module;
  }
};

void fill(Tensor &tensor, unsigned seed) {
  std::mt19937 random(seed);
  if (tensor.elementType.isF32()) {
    std::uniform_real_distribution<float> values(-1, 1);
    for (int64_t i = 0; i < tensor.numElements(); ++i)
      tensor.data<float>()[i] = values(random);
  } else {
    for (char &byte : tensor.bytes)
      byte = random() & 1;
  }
}

// Sums of `depth` products of numbers up to 1 in f32 may differ by this from sums in f64.
void expectClose(const Tensor &expected, const char *actual, const std::string &what) {
  double largest = 0;
  if (!expected.elementType.isF32()) {
    EXPECT_EQ(memcmp(expected.bytes.data(), actual, expected.bytes.size()), 0) << what;
    return;
  }
  const float *wanted = expected.data<float>(), *got = reinterpret_cast<const float *>(actual);
  for (int64_t i = 0; i < expected.numElements(); ++i)
    if (std::isfinite(wanted[i]))
      largest = std::max<double>(largest, std::fabs(wanted[i]));
  for (int64_t i = 0; i < expected.numElements(); ++i)
    ASSERT_TRUE(agrees(got[i], wanted[i], 1e-5 * largest + 1e-6))
        << what << ", element " << i << " is " << got[i] << ", not " << wanted[i];
}

// Compiles the program for every level, runs it at every size given, whole and in pieces.
void check(const Program &program, llvm::ArrayRef<int64_t> sizes = {}) {
  std::string text = program.text();
  mlir::MLIRContext context;
  context.loadDialect<IngotDialect, mlir::func::FuncDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  ASSERT_TRUE(module) << text;
  auto function = module->lookupSymbol<mlir::func::FuncOp>("main");
  std::vector<CpuLevel> levels = CompiledKernel::usableLevels();
  ASSERT_FALSE(levels.empty());
  std::vector<std::unique_ptr<CompiledKernel>> kernels;
  for (const CpuLevel &level : levels) {
    std::string error;
    kernels.push_back(CompiledKernel::compile(text, level, &error));
    ASSERT_TRUE(kernels.back()) << level.name << ": " << error << text;
  }
  llvm::SmallVector<int64_t> values(sizes);
  if (values.empty())
    values.push_back(0);
  for (int64_t size : values) {
    llvm::SmallVector<int64_t> bound;
    if (program.sizeMax)
      bound.push_back(size);
    std::vector<Tensor> arguments;
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
      auto tensorType = mlir::cast<mlir::RankedTensorType>(type);
      llvm::SmallVector<int64_t> dims;
      for (mlir::AffineExpr expr : dimExprs(tensorType))
        dims.push_back(*evaluateExpr(expr, bound));
      arguments.push_back(Tensor::zeros(tensorType.getElementType(), dims));
      fill(arguments.back(), i + 1);
    }
    llvm::Expected<std::vector<Tensor>> expected = reference::run(function, arguments, {});
    ASSERT_TRUE(static_cast<bool>(expected)) << llvm::toString(expected.takeError());

    for (auto [level, kernel] : llvm::zip_equal(levels, kernels)) {
      std::string what = level.name + (program.sizeMax ? " at size " + std::to_string(size) : "");
      const int64_t grid = kernel->grid(bound);
      ASSERT_GT(grid, 0) << what;
      // Once whole, then in pieces that cut panels and blocks anywhere.
      std::vector<std::vector<std::vector<char>>> outputs;
      for (int64_t piece : {grid, int64_t(1), int64_t(3), grid / 2 + 1}) {
        std::vector<Tensor> inputs = arguments; // a fresh copy: a result may be written over an argument
        std::vector<std::vector<char>> results;
        std::vector<void *> buffers;
        for (Tensor &input : inputs)
          buffers.push_back(input.bytes.data());
        constexpr size_t guard = 128;
        for (const Tensor &result : *expected)
          results.emplace_back(result.bytes.size() + guard, 0x7b);
        for (size_t i = 0; i < results.size(); ++i)
          buffers.push_back(static_cast<int>(i) == program.inplaceResult ? inputs[program.inplaceArgument].bytes.data()
                                                                         : results[i].data());
        for (int64_t begin = 0; begin < grid; begin += piece)
          kernel->run(buffers, bound, begin, std::min(begin + piece, grid));
        for (size_t i = 0; i < results.size(); ++i) {
          for (size_t j = (*expected)[i].bytes.size(); j < results[i].size(); ++j)
            ASSERT_EQ(results[i][j], 0x7b) << what << ": wrote beyond result " << i;
          if (static_cast<int>(i) == program.inplaceResult)
            memcpy(results[i].data(), inputs[program.inplaceArgument].bytes.data(), (*expected)[i].bytes.size());
        }
        outputs.push_back(std::move(results));
      }
      for (size_t i = 0; i < expected->size(); ++i) {
        expectClose((*expected)[i], outputs[0][i].data(), what + ", result " + std::to_string(i));
        for (size_t split = 1; split < outputs.size(); ++split)
          EXPECT_TRUE(outputs[split][i] == outputs[0][i]) << what << ": result " << i << " depends on how the grid is split";
      }
      if (::testing::Test::HasFatalFailure())
        return;
    }
  }
}

// A dot with packed weight: declares %a [rows.., depth] and %b in panels, yields %0 of rows.. x columns.
Program dot(llvm::ArrayRef<int64_t> rows, int64_t columns, int64_t depth, int64_t width = 0) {
  if (width == 0)
    width = panelWidthFor(columns);
  llvm::SmallVector<int64_t> left(rows), result(rows);
  left.push_back(depth);
  result.push_back(columns);
  Program program;
  std::string a = tensor(left), b = tensor({(columns + width - 1) / width, depth, width}), w = tensor({depth, columns});
  program.arguments = {{"%a", a}, {"%b", b}};
  program.body = formatv("  %w = ingot.unpack %b dim = 1 width = {0} : ({1}) -> {2}\n"
                         "  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [{3}] x [0]> : ({4}, {2}) -> {5}\n",
                         width, b, w, rows.size(), a, tensor(result))
                     .str();
  program.resultTypes = {tensor(result)};
  return program;
}

Program finish(Program program, llvm::StringRef value = "%0") {
  program.body += ("  ingot.return " + value + " : " + program.resultTypes[0] + "\n").str();
  return program;
}

struct Conv {
  std::vector<int64_t> image; // spatial dims; -1: s0
  int64_t inputs, outputs;    // features
  std::vector<int64_t> window;
  std::vector<int64_t> stride, dilation, padding; // empty: 1, 1, 0
  int64_t batch = 1;                              // -1: s0
  bool packed = true;                             // the kernel is a weight in panels
  int64_t groups = 1;                             // of features, `inputs` and `outputs` being all of them
};

std::string list(const std::vector<int64_t> &values) {
  std::string text;
  for (int64_t value : values)
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  return "[" + text + "]";
}

// A convolution of `operand`, declared as argument %a unless given.
Program convolution(Conv conv, llvm::StringRef operand = "%a") {
  const size_t rank = conv.image.size();
  if (conv.stride.empty())
    conv.stride.assign(rank, 1);
  if (conv.dilation.empty())
    conv.dilation.assign(rank, 1);
  if (conv.padding.empty())
    conv.padding.assign(2 * rank, 0);
  auto number = [](int64_t value) { return value < 0 ? std::string("s0") : std::to_string(value); };
  std::vector<std::string> input{number(conv.batch)}, output{number(conv.batch)};
  std::vector<int64_t> kernel;
  std::string digits;
  for (size_t i = 0; i < rank; ++i) {
    input.push_back(number(conv.image[i]));
    const int64_t reach = (conv.window[i] - 1) * conv.dilation[i] + 1, stride = conv.stride[i];
    const int64_t more = conv.padding[2 * i] + conv.padding[2 * i + 1] - reach;
    if (conv.image[i] >= 0)
      output.push_back(std::to_string((conv.image[i] + more) / stride + 1));
    else if (stride == 1)
      output.push_back(more + 1 == 0 ? "s0" : formatv("s0 + {0}", more + 1).str());
    else
      output.push_back(formatv("(s0 + {0}) floordiv {1} + {2}", (more % stride + stride) % stride, stride,
                               (more - (more % stride + stride) % stride) / stride + 1)
                           .str());
    kernel.push_back(conv.window[i]);
    digits += (i ? ", " : "") + std::to_string(i);
  }
  input.push_back(number(conv.inputs));
  output.push_back(number(conv.outputs));
  kernel.push_back(conv.inputs / conv.groups);
  kernel.push_back(conv.outputs);
  Program program;
  const int64_t width = panelWidthFor(conv.outputs);
  std::vector<int64_t> panels(kernel);
  panels.insert(panels.begin(), (conv.outputs + width - 1) / width);
  panels.back() = width;
  std::string a = tensorOf(input), w = tensor(kernel), b = tensor(panels), c = tensorOf(output);
  if (operand == "%a")
    program.arguments.push_back({"%a", a});
  program.arguments.push_back({conv.packed ? "%b" : "%w", conv.packed ? b : w});
  if (conv.packed)
    program.body += formatv("  %w = ingot.unpack %b dim = {0} width = {1} : ({2}) -> {3}\n", rank + 1, width, b, w).str();
  program.body +=
      formatv(
          "  %0 = ingot.convolution {0}, %w <[b, {1}, f]x[{1}, i, o]->[b, {1}, f]> stride = {2} pad = {3} lhs_dilate = {4} "
          "rhs_dilate = {5}{9} : ({6}, {7}) -> {8}\n",
          operand, digits, list(conv.stride), list(conv.padding), list(std::vector<int64_t>(rank, 1)), list(conv.dilation),
          a, w, c, conv.groups == 1 ? "" : formatv(" {{feature_group_count = {0} : i64}", conv.groups).str())
          .str();
  program.resultTypes = {c};
  if (conv.batch < 0 || llvm::is_contained(conv.image, -1))
    program.sizeMax = 8;
  return program;
}

//===--- matrices -----------------------------------------------------------------------------------------------------===//

TEST(ContractionDot, Shapes) {
  const int64_t shapes[][3] = {{127, 1000, 500}, {1, 768, 3072}, {49, 256, 512}, {1, 1, 1},      {5, 1, 7},     {7, 10, 1},
                               {3, 10, 33},      {64, 84, 120},  {30, 24, 1100}, {13, 64, 2050}, {300, 40, 96}, {2, 130, 64},
                               {17, 8, 23},      {40, 500, 9},   {6, 64, 1025},  {100, 16, 10}};
  for (auto &[rows, columns, depth] : shapes) {
    SCOPED_TRACE(formatv("{0}x{1}x{2}", rows, columns, depth).str());
    check(finish(dot({rows}, columns, depth)));
    if (HasFatalFailure())
      return;
  }
}

TEST(ContractionDot, EveryPanelWidth) {
  for (int64_t width : {8, 16, 32, 48, 64}) {
    SCOPED_TRACE(width);
    check(finish(dot({31}, 2 * width - 3, 70, width)));
  }
}

TEST(ContractionDot, RowsAtRunTime) {
  for (auto [columns, depth] : {std::pair<int64_t, int64_t>{200, 150}, {96, 40}, {10, 1500}, {30, 17}}) {
    SCOPED_TRACE(formatv("{0}x{1}", columns, depth).str());
    Program program = finish(dot({-1}, columns, depth));
    program.sizeMax = 64;
    check(program, {1, 2, 3, 5, 6, 7, 8, 13, 14, 15, 29, 64});
  }
}

TEST(ContractionDot, SeveralRowDims) {
  check(finish(dot({3, 5}, 40, 33)));
  Program few = finish(dot({-1, 7}, 40, 33)); // rows = 7 * s0
  few.sizeMax = 20;
  check(few, {1, 2, 9, 20});
  Program many = finish(dot({-1, 40}, 40, 33)); // s0 outer indices of 40 rows
  many.sizeMax = 5;
  check(many, {1, 5});
}

TEST(ContractionDot, NoRowDims) { check(finish(dot({}, 100, 64))); }

TEST(ContractionDot, LeftOperandInAnyOrder) {
  // [K, M] x panels; [K, A, B] x panels.
  Program program = dot({45}, 70, 37);
  program.arguments[0].second = tensor({37, 45});
  program.body = formatv("  %w = ingot.unpack %b dim = 1 width = 48 : {0} -> tensor<37x70xf32>\n"
                         "  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [0] x [0]> : (tensor<37x45xf32>, "
                         "tensor<37x70xf32>) -> "
                         "tensor<45x70xf32>\n",
                         "(tensor<2x37x48xf32>)")
                     .str();
  program.arguments[1].second = tensor({2, 37, 48});
  check(finish(program));
  program.arguments[0].second = tensor({37, 5, 9});
  program.resultTypes = {tensor({5, 9, 70})};
  program.body =
      "  %w = ingot.unpack %b dim = 1 width = 48 : (tensor<2x37x48xf32>) -> tensor<37x70xf32>\n"
      "  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [0] x [0]> : (tensor<37x5x9xf32>, tensor<37x70xf32>) -> "
      "tensor<5x9x70xf32>\n";
  check(finish(program));
}

TEST(ContractionDot, RightOperandComputed) {
  for (bool transposed : {false, true}) {
    for (auto [rows, columns, depth] : {std::tuple<int64_t, int64_t, int64_t>{33, 70, 45}, {20, 64, 1030}, {3, 5, 400}}) {
      SCOPED_TRACE(formatv("{0} {1}x{2}x{3}", transposed, rows, columns, depth).str());
      Program program;
      std::string a = tensor({rows, depth}), w = transposed ? tensor({columns, depth}) : tensor({depth, columns}),
                  c = tensor({rows, columns});
      program.arguments = {{"%a", a}, {"%w", w}};
      program.resultTypes = {c};
      program.body = formatv("  %n = ingot.negate %w : {0}\n  %0 = ingot.dot_general %a, %n <batch = [] x [], contract = "
                             "[1] x [{1}]> : ({2}, {0}) -> {3}\n",
                             w, transposed ? 1 : 0, a, c)
                         .str();
      check(finish(program));
    }
  }
}

TEST(ContractionDot, BatchDims) {
  // Attention's scores, q [b, h, m, d] x k [b, h, n, d], and its values, p [b, h, m, n] x v [b, h, n, d].
  Program scores;
  scores.arguments = {{"%q", tensor({-1, 3, 20, 16})}, {"%k", tensor({-1, 3, 25, 16})}};
  scores.resultTypes = {tensor({-1, 3, 20, 25})};
  scores.sizeMax = 4;
  scores.body =
      formatv("  %0 = ingot.dot_general %q, %k <batch = [0, 1] x [0, 1], contract = [3] x [3]> : ({0}, {1}) -> {2}\n",
              tensor({-1, 3, 20, 16}), tensor({-1, 3, 25, 16}), tensor({-1, 3, 20, 25}))
          .str();
  check(finish(scores), {1, 4});
  Program values;
  values.arguments = {{"%p", tensor({2, 3, 20, 25})}, {"%v", tensor({2, 3, 25, 16})}};
  values.resultTypes = {tensor({2, 3, 20, 16})};
  values.body =
      formatv("  %0 = ingot.dot_general %p, %v <batch = [0, 1] x [0, 1], contract = [3] x [2]> : ({0}, {1}) -> {2}\n",
              tensor({2, 3, 20, 25}), tensor({2, 3, 25, 16}), tensor({2, 3, 20, 16}))
          .str();
  check(finish(values));
}

TEST(ContractionDot, ColumnsAndDepthAtRunTime) {
  // A prompt's scores: rows and columns are the size.
  Program scores;
  std::string q = tensor({2, -1, 24}), s = tensor({2, -1, -1});
  scores.arguments = {{"%q", q}, {"%k", q}};
  scores.resultTypes = {s};
  scores.sizeMax = 150;
  scores.body =
      formatv("  %0 = ingot.dot_general %q, %k <batch = [0] x [0], contract = [2] x [2]> : ({0}, {0}) -> {1}\n", q, s).str();
  check(finish(scores), {1, 2, 15, 16, 33, 64, 150});
  // Its values, of the first rows of a larger buffer; the depth is the size, in more blocks than one.
  for (bool computed : {false, true}) {
    Program values;
    std::string p = tensor({2, 5, -1}), v = tensor({2, -1, 24}), buffer = tensor({2, 1300, 24}), out = tensor({2, 5, 24});
    values.arguments = {{"%p", p}, {"%buffer", buffer}};
    values.resultTypes = {out};
    values.sizeMax = 1300;
    values.body = formatv("  %v = ingot.slice %buffer [0, 0, 0] to [2, {0}, 24] step [1, 1, 1] : ({1}) -> {2}\n"
                          "  %left = ingot.{3} : {4}\n"
                          "  %0 = ingot.dot_general {5}, %v <batch = [0] x [0], contract = [2] x [1]> : ({4}, {2}) -> {6}\n",
                          SliceOp::kToResult, buffer, v, "negate %p", p, computed ? "%left" : "%p", out)
                      .str();
    check(finish(values), {1, 3, 4, 63, 1023, 1025, 1300});
  }
  // Rows stored transposed, columns behind a bias.
  Program behind;
  std::string a = tensor({40, -1}), b = tensor({40, -1}), c = tensor({-1, -1}), bias = tensor({-1});
  behind.arguments = {{"%a", a}, {"%b", b}, {"%bias", bias}};
  behind.resultTypes = {c};
  behind.sizeMax = 70;
  behind.body =
      formatv("  %0 = ingot.dot_general %a, %b <batch = [] x [], contract = [0] x [0]> : ({0}, {0}) -> {1}\n"
              "  %wide = ingot.broadcast_in_dim %bias dims = [1] : ({2}) -> {1}\n  %sum = ingot.add %0, %wide : {1}\n",
              a, c, bias)
          .str();
  check(finish(behind, "%sum"), {1, 7, 32, 70});
}

//===--- prologues and epilogues --------------------------------------------------------------------------------------===//

// Adds bias and relu to %0; yields %relu.
void addBiasRelu(Program &program, int64_t columns, int64_t channelDim) {
  std::string c = program.resultTypes[0], bias = tensor({columns});
  program.arguments.push_back({"%bias", bias});
  program.body += formatv("  %zero = ingot.constant dense<0.0> : tensor<f32>\n  %zeros = ingot.broadcast_in_dim %zero dims "
                          "= [] : (tensor<f32>) -> {0}\n"
                          "  %wide = ingot.broadcast_in_dim %bias dims = [{1}] : ({2}) -> {0}\n"
                          "  %biased = ingot.add %0, %wide : {0}\n  %relu = ingot.maximum %biased, %zeros : {0}\n",
                          c, channelDim, bias)
                      .str();
}

TEST(ContractionEpilogue, BiasRelu) {
  for (int64_t depth : {70, 1500}) {
    Program program = dot({45}, 100, depth);
    addBiasRelu(program, 100, 1);
    check(finish(program, "%relu"));
    Program dynamic = dot({-1}, 100, depth);
    addBiasRelu(dynamic, 100, 1);
    dynamic.sizeMax = 20;
    check(finish(dynamic, "%relu"), {1, 4, 20});
  }
}

TEST(ContractionEpilogue, ResidualInPlace) {
  for (int64_t depth : {30, 1500})
    for (int64_t columns : {64, 70}) {
      Program program = dot({45}, columns, depth);
      std::string c = program.resultTypes[0];
      program.arguments.push_back({"%residual", c});
      program.body += "  %sum = ingot.add %0, %residual : " + c + "\n";
      program.inplaceResult = 0;
      program.inplaceArgument = 2;
      check(finish(program, "%sum"));
    }
}

TEST(ContractionEpilogue, TwoResultsAndAPredicate) {
  Program program = dot({45}, 70, 64);
  std::string c = program.resultTypes[0], p = tensor({45, 70}, "i1");
  addBiasRelu(program, 70, 1);
  program.resultTypes = {c, p};
  program.body +=
      "  %positive = ingot.compare GT %biased, %zeros : " + c + "\n  ingot.return %relu, %positive : " + c + ", " + p + "\n";
  check(program);
}

TEST(ContractionEpilogue, Gelu) {
  Program program = dot({45}, 100, 64);
  std::string c = program.resultTypes[0];
  for (auto [name, value] : {std::pair<const char *, const char *>{"half", "0.5"}, {"one", "1.0"}, {"root", "0.70710678"}})
    program.body += formatv("  %{0} = ingot.constant dense<{1}> : {2}\n", name, value, c).str();
  program.body +=
      formatv("  %t = ingot.multiply %0, %root : {0}\n  %e = ingot.erf %t : {0}\n  %f = ingot.add %e, %one : {0}\n"
              "  %h = ingot.multiply %0, %half : {0}\n  %g = ingot.multiply %h, %f : {0}\n",
              c)
          .str();
  check(finish(program, "%g"));
}

TEST(ContractionEpilogue, Movements) {
  // To heads: [b, s, h * d] -> [b, s, h, d] -> [b, h, s, d].
  Program heads = dot({2, 9}, 64, 40);
  heads.body += "  %r = ingot.reshape %0 : (tensor<2x9x64xf32>) -> tensor<2x9x4x16xf32>\n"
                "  %t = ingot.transpose %r perm = [0, 2, 1, 3] : (tensor<2x9x4x16xf32>) -> tensor<2x4x9x16xf32>\n";
  heads.resultTypes = {tensor({2, 4, 9, 16})};
  check(finish(heads, "%t"));
  // Rows merged before the bias is added.
  Program merged = dot({2, 9}, 70, 40);
  merged.arguments.push_back({"%bias", tensor({18, 70})});
  merged.body += "  %r = ingot.reshape %0 : (tensor<2x9x70xf32>) -> tensor<18x70xf32>\n  %s = ingot.add %r, %bias : "
                 "tensor<18x70xf32>\n";
  merged.resultTypes = {tensor({18, 70})};
  check(finish(merged, "%s"));
  // A name for the same memory.
  Program flat = dot({4, 9}, 10, 40);
  flat.body +=
      "  %n = ingot.negate %0 : tensor<4x9x10xf32>\n  %r = ingot.reshape %n : (tensor<4x9x10xf32>) -> tensor<4x90xf32>\n";
  flat.resultTypes = {tensor({4, 90})};
  check(finish(flat, "%r"));
  // Transposed.
  Program transposed = dot({45}, 70, 40);
  transposed.body += "  %t = ingot.transpose %0 perm = [1, 0] : (tensor<45x70xf32>) -> tensor<70x45xf32>\n";
  transposed.resultTypes = {tensor({70, 45})};
  check(finish(transposed, "%t"));
}

TEST(ContractionPrologue, ElementwiseRows) {
  for (int64_t depth : {40, 1500}) {
    Program program = dot({45}, 70, depth);
    std::string a = tensor({45, depth});
    program.arguments.push_back({"%scale", tensor({depth})});
    program.arguments[0].first = "%x";
    program.body = formatv("  %s = ingot.broadcast_in_dim %scale dims = [1] : (tensor<{0}xf32>) -> {1}\n  %a = "
                           "ingot.multiply %x, %s : {1}\n",
                           depth, a)
                       .str() +
                   program.body;
    check(finish(program));
  }
}

TEST(ContractionPrologue, ReshapedInput) {
  Program program = dot({6}, 70, 40);
  program.arguments[0] = {"%x", tensor({6, 4, 10})};
  program.body = "  %a = ingot.reshape %x : (tensor<6x4x10xf32>) -> tensor<6x40xf32>\n" + program.body;
  check(finish(program));
}

//===--- convolutions -------------------------------------------------------------------------------------------------===//

TEST(ContractionConvolution, Shapes) {
  std::vector<Conv> cases = {
      {{14, 14}, 32, 64, {1, 1}},
      {{14, 14}, 32, 48, {3, 3}, {}, {}, {1, 1, 1, 1}},
      {{15, 13}, 16, 24, {3, 3}, {2, 2}, {}, {1, 1, 1, 1}},
      {{28, 28}, 1, 8, {5, 5}, {}, {}, {2, 2, 2, 2}},
      {{28, 28}, 1, 8, {5, 5}, {2, 2}, {}, {1, 2, 1, 2}},
      {{14, 14}, 8, 16, {5, 5}, {}, {}, {2, 2, 2, 2}},
      {{30, 30}, 3, 16, {7, 7}, {2, 2}, {}, {3, 3, 3, 3}},
      {{7, 7}, 200, 100, {3, 3}, {}, {}, {1, 1, 1, 1}}, // the depth in blocks
      {{7, 7}, 1200, 40, {1, 2}, {}, {}, {0, 0, 1, 0}}, // a run in blocks
      {{9, 9}, 20, 10, {1, 1}, {2, 2}},
      {{12, 12}, 10, 33, {3, 3}},
      {{16, 16}, 6, 16, {3, 3}, {}, {2, 2}, {2, 2, 2, 2}},
      {{16, 16}, 6, 16, {3, 2}, {1, 2}, {2, 3}, {0, 1, 2, 0}},
      {{20, 20}, 5, 8, {3, 3}, {}, {}, {-1, 1, 0, -2}},
      {{50}, 7, 16, {5}, {2}, {}, {2, 1}},
      {{50}, 16, 20, {3}, {}, {2}},
      {{6, 7, 8}, 5, 16, {3, 3, 3}, {1, 2, 1}, {}, {1, 1, 1, 1, 1, 1}},
      {{5, 6, 7}, 4, 8, {2, 3, 2}},
      {{4, 4}, 8, 16, {4, 4}}, // one output position
      {{40, 40}, 64, 64, {3, 3}, {}, {}, {1, 1, 1, 1}},
  };
  for (auto [i, conv] : llvm::enumerate(cases)) {
    SCOPED_TRACE(i);
    for (int64_t batch : {1, 3, -1}) {
      SCOPED_TRACE(batch);
      conv.batch = batch;
      check(finish(convolution(conv)), batch < 0 ? llvm::ArrayRef<int64_t>{1, 2, 5} : llvm::ArrayRef<int64_t>{});
      if (HasFatalFailure())
        return;
    }
  }
}

TEST(ContractionConvolution, Groups) {
  std::vector<Conv> cases = {
      {{14, 14}, 32, 64, {1, 1}, {}, {}, {}, 1, false, 2},
      {{7, 7}, 51, 68, {1, 1}, {}, {}, {}, 1, false, 17}, // 4 columns of 3 features
      {{7, 7}, 272, 68, {1, 1}, {}, {}, {}, 1, false, 4}, // 17 columns a group
      {{7, 7}, 12, 160, {1, 1}, {}, {}, {}, 1, false, 2}, // 5 vectors
      {{9, 9}, 24, 24, {1, 1}, {2, 2}, {}, {}, 1, false, 3},
      {{13, 13}, 96, 64, {5, 5}, {}, {}, {2, 2, 2, 2}, 1, false, 2},
      {{14, 14}, 32, 32, {3, 3}, {}, {}, {1, 1, 1, 1}, 1, false, 8},
      {{15, 14}, 40, 60, {3, 3}, {2, 2}, {}, {1, 1, 0, 1}, 1, false, 4},
      {{16, 16}, 6, 15, {3, 2}, {1, 2}, {2, 3}, {0, 1, 2, 0}, 1, false, 3},
      {{50}, 12, 24, {5}, {2}, {}, {2, 1}, 1, false, 2},
      {{5, 6, 7}, 4, 24, {2, 3, 2}, {}, {}, {}, 1, false, 2},
      {{7, 7}, 400, 200, {3, 3}, {}, {}, {1, 1, 1, 1}, 1, false, 2}, // the depth in blocks
  };
  for (auto [i, conv] : llvm::enumerate(cases)) {
    SCOPED_TRACE(i);
    for (int64_t batch : {1, 3, -1}) {
      SCOPED_TRACE(batch);
      conv.batch = batch;
      Program program = convolution(conv);
      addBiasRelu(program, conv.outputs, conv.image.size() + 1);
      check(finish(program, "%relu"), batch < 0 ? llvm::ArrayRef<int64_t>{1, 2, 5} : llvm::ArrayRef<int64_t>{});
      if (HasFatalFailure())
        return;
    }
  }
  // Operands made on the way, results moved as a channel shuffle does.
  for (int64_t inputs : {6, 40}) {
    Program program = convolution({{19, 21}, inputs, 48, {3, 3}, {2, 1}, {}, {1, 1, 1, 1}, 2, false, 2}, "%t");
    std::string x = tensor({2, inputs, 19, 21}), t = tensor({2, 19, 21, inputs});
    program.arguments.insert(program.arguments.begin(), {"%x", x});
    program.body =
        formatv("  %n = ingot.abs %x : {0}\n  %t = ingot.transpose %n perm = [0, 2, 3, 1] : ({0}) -> {1}\n", x, t).str() +
        program.body;
    check(finish(program));
  }
  Program shuffled = convolution({{7, 7}, 64, 64, {1, 1}, {}, {}, {}, 1, false, 2});
  shuffled.body += "  %r = ingot.reshape %0 : (tensor<1x7x7x64xf32>) -> tensor<1x7x7x4x16xf32>\n"
                   "  %s = ingot.transpose %r perm = [0, 1, 3, 2, 4] : (tensor<1x7x7x4x16xf32>) -> tensor<1x7x4x7x16xf32>\n";
  shuffled.resultTypes = {tensor({1, 7, 4, 7, 16})};
  check(finish(shuffled, "%s"));
}

TEST(ContractionConvolution, ExtentsAtRunTime) {
  struct Case {
    Conv conv;
    std::vector<int64_t> sizes; // that the window fits
  };
  std::vector<Case> cases = {
      {{{14, -1}, 32, 64, {1, 1}}, {1, 2, 8}},
      {{{-1, -1}, 32, 64, {1, 1}, {2, 2}}, {1, 2, 5}},
      {{{-1, 13}, 16, 24, {3, 3}, {2, 2}, {}, {1, 1, 1, 1}}, {1, 2, 20}},
      {{{15, -1}, 16, 24, {3, 3}, {}, {}, {1, 1, 1, 1}}, {1, 2, 7, 20}},
      {{{-1, -1}, 3, 40, {3, 3}, {}, {}, {1, 1, 1, 1}, -1}, {1, 4, 23}},
      {{{-1, -1}, 12, 33, {3, 2}, {1, 2}, {2, 3}, {0, 1, 2, 0}}, {4, 5, 16}},
      {{{-1, 9}, 10, 33, {3, 3}}, {3, 4, 30}},                     // read in place
      {{{-1, -1}, 200, 20, {3, 3}, {}, {}, {1, 1, 1, 1}}, {1, 7}}, // the depth in blocks
      {{{-1}, 8, 24, {5}, {2}, {}, {2, 1}}, {2, 3, 50}},
      {{{-1}, 8, 24, {4}, {}, {}, {}, -1}, {4, 40}},
      {{{-1, 6, -1}, 4, 16, {2, 3, 2}, {}, {}, {1, 0, 1, 1, 0, 1}}, {1, 5}},
      {{{-1, 14}, 40, 60, {3, 3}, {2, 2}, {}, {1, 1, 0, 1}, 1, false, 4}, {1, 15}},
      {{{-1, 14}, 32, 64, {1, 1}, {}, {}, {}, 1, false, 2}, {1, 10}},
  };
  for (const Case &test : cases) {
    SCOPED_TRACE(list(test.conv.image) + " by " + list(test.conv.window));
    Program program = convolution(test.conv);
    program.sizeMax = test.sizes.back();
    addBiasRelu(program, test.conv.outputs, test.conv.image.size() + 1);
    check(finish(program, "%relu"), test.sizes);
    if (HasFatalFailure())
      return;
  }
}

TEST(ContractionConvolution, KernelComputed) {
  check(finish(convolution({{9, 9}, 5, 20, {3, 3}, {}, {}, {1, 1, 1, 1}, 2, false})));
}

TEST(ContractionConvolution, Epilogues) {
  for (int64_t outputs : {10, 48, 64}) {
    Program program = convolution({{14, 14}, 16, outputs, {3, 3}, {}, {}, {1, 1, 1, 1}, -1});
    addBiasRelu(program, outputs, 3);
    std::string c = program.resultTypes[0];
    program.arguments.push_back({"%residual", c});
    program.body += "  %sum = ingot.add %relu, %residual : " + c + "\n";
    program.inplaceResult = 0;
    program.inplaceArgument = 3;
    check(finish(program, "%sum"), {1, 3});
  }
  // Back to channels first.
  Program program = convolution({{9, 9}, 16, 20, {3, 3}, {}, {}, {}, 2});
  program.body += "  %t = ingot.transpose %0 perm = [0, 3, 1, 2] : (tensor<2x7x7x20xf32>) -> tensor<2x20x7x7xf32>\n";
  program.resultTypes = {tensor({2, 20, 7, 7})};
  check(finish(program, "%t"));
}

TEST(ContractionConvolution, Prologues) {
  // Channels first, few and many; an operation on the way; padding by an op of its own.
  for (int64_t inputs : {1, 2, 3, 5, 8, 20}) {
    SCOPED_TRACE(inputs);
    for (bool padded : {false, true}) {
      Program program = convolution(
          {{19, 21}, inputs, 24, {3, 3}, {2, 1}, {}, padded ? std::vector<int64_t>{1, 1, 1, 1} : std::vector<int64_t>{}, -1},
          "%t");
      std::string x = tensor({-1, inputs, 19, 21}), t = tensor({-1, 19, 21, inputs});
      program.arguments.insert(program.arguments.begin(), {"%x", x});
      program.body =
          formatv("  %n = ingot.abs %x : {0}\n  %t = ingot.transpose %n perm = [0, 2, 3, 1] : ({0}) -> {1}\n", x, t).str() +
          program.body;
      check(finish(program), {1, 3});
      if (HasFatalFailure())
        return;
    }
  }
  Program program = convolution({{12, 12}, 9, 24, {3, 3}}, "%p");
  program.arguments.insert(program.arguments.begin(), {"%x", tensor({1, 10, 9, 9})});
  program.body = "  %v = ingot.constant dense<0.5> : tensor<f32>\n  %p = ingot.pad %x, %v low = [0, 1, 2, 0] high = [0, 1, "
                 "1, 0] interior = [0, 0, 0, 0] : "
                 "(tensor<1x10x9x9xf32>, tensor<f32>) -> tensor<1x12x12x9xf32>\n" +
                 program.body;
  check(finish(program));
}

//===--- choices ------------------------------------------------------------------------------------------------------===//

TEST(ContractionPlan, PanelsWasteLittle) {
  for (int64_t columns = 1; columns <= 4096; ++columns) {
    const int64_t width = panelWidthFor(columns), padded = (columns + width - 1) / width * width;
    ASSERT_TRUE(width % 8 == 0 && width <= 64);
    if (columns >= 56) {
      ASSERT_LE(padded * 100, columns * 115) << columns;
    }
  }
  EXPECT_EQ(panelWidthFor(10), 16);
  EXPECT_EQ(panelWidthFor(8), 8);
  EXPECT_EQ(panelWidthFor(768), 64);
  EXPECT_EQ(panelWidthFor(84), 48);
}

TEST(ContractionPlan, WorkIsCutForManyWorkers) {
  std::string error;
  CpuLevel level = CompiledKernel::usableLevels().front();
  for (const auto &program : {dot({128}, 768, 768), dot({1024}, 1024, 1024), dot({49}, 2048, 512),
                              convolution({{14, 14}, 256, 256, {3, 3}, {}, {}, {1, 1, 1, 1}}),
                              convolution({{56, 56}, 64, 64, {3, 3}, {}, {}, {1, 1, 1, 1}})}) {
    std::unique_ptr<CompiledKernel> kernel = CompiledKernel::compile(finish(program).text(), level, &error);
    ASSERT_TRUE(kernel) << error;
    EXPECT_GE(kernel->grid({}), 48);
    EXPECT_LE(kernel->grid({}), 256);
  }
}

TEST(ContractionMatch, RefusesWhatItCannotMake) {
  std::string error;
  CpuLevel level = CompiledKernel::usableLevels().front();
  auto refuses = [&](const Program &program) {
    error.clear();
    return !CompiledKernel::compile(program.text(), level, &error) && error.find("does not take") != std::string::npos;
  };
  auto plain = [](int64_t rows, int64_t columns, int64_t depth) { // no weight on the right
    Program program;
    std::string a = tensor({rows, depth}), w = tensor({depth, columns}), c = tensor({rows, columns});
    program.arguments = {{"%a", a}, {"%w", w}};
    program.resultTypes = {c};
    program.body =
        formatv("  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [1] x [0]> : ({0}, {1}) -> {2}\n", a, w, c)
            .str();
    return finish(program);
  };
  EXPECT_FALSE(refuses(plain(20, 25, 20))) << error;
  EXPECT_TRUE(refuses(plain(10, 25, 20))) << error;        // loops do
  EXPECT_TRUE(refuses(plain(1, 700, 40))) << error;        // panels for one row alone
  EXPECT_TRUE(refuses(finish(dot({0}, 70, 40)))) << error; // nothing to make
  // A reduction of the result; a broadcast of it; two contractions.
  Program reduced = dot({6}, 70, 40);
  reduced.resultTypes = {tensor({70})};
  reduced.body += "  %z = ingot.constant dense<0.0> : tensor<f32>\n  %r = ingot.reduce (%0 init %z) dims = [0] : "
                  "(tensor<6x70xf32>, tensor<f32>) -> "
                  "tensor<70xf32> {\n  ^bb0(%x: tensor<f32>, %y: tensor<f32>):\n    %s = ingot.add %x, %y : tensor<f32>\n   "
                  " ingot.return %s : tensor<f32>\n  }\n";
  EXPECT_TRUE(refuses(finish(reduced, "%r"))) << error;
  Program wide = dot({6}, 70, 40);
  wide.resultTypes = {tensor({2, 6, 70})};
  wide.body += "  %r = ingot.broadcast_in_dim %0 dims = [1, 2] : (tensor<6x70xf32>) -> tensor<2x6x70xf32>\n";
  EXPECT_TRUE(refuses(finish(wide, "%r"))) << error;
  Program twice = dot({40}, 40, 40);
  twice.body += "  %r = ingot.dot_general %0, %w <batch = [] x [], contract = [1] x [0]> : (tensor<40x40xf32>, "
                "tensor<40x40xf32>) -> tensor<40x40xf32>\n";
  EXPECT_TRUE(refuses(finish(twice, "%r"))) << error;
}

} // namespace
