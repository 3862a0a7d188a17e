// Special functions by their decompositions, interpreted and compiled, beside values computed in 60 digits; and the functions
// of bits. Bounds are those that SpecialFunctions.h states.
#include "frontends/common/SpecialFunctions.h"
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace ingot::test {
namespace {

using namespace mlir;
using frontend::ValueBuilder;
using reference::Tensor;

// A kernel of one function on `count` elements.
std::string kernelText(const std::string &name, const std::string &element, int64_t count) {
  MLIRContext context;
  context.loadDialect<IngotDialect>();
  const frontend::SpecialFunction *function = frontend::findSpecialFunction(name);
  EXPECT_TRUE(function) << name;
  Builder types(&context);
  Type type = element == "f64"    ? Type(types.getF64Type())
              : element == "f32"  ? Type(types.getF32Type())
              : element == "f16"  ? Type(types.getF16Type())
              : element == "bf16" ? Type(types.getBF16Type())
              : element == "c64"  ? Type(ComplexType::get(types.getF32Type()))
              : element == "c128" ? Type(ComplexType::get(types.getF64Type()))
              : element[0] == 'u' ? Type(types.getIntegerType(unsigned(std::stoi(element.substr(2))), false))
                                  : Type(types.getIntegerType(unsigned(std::stoi(element.substr(1)))));
  EXPECT_TRUE(frontend::takesElements(*function, type)) << name << " of " << element;
  auto tensor = makeTensorType(llvm::ArrayRef<int64_t>(count), type);
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  ValueBuilder b(loc, module->getBodyRegion());
  auto kernel = KernelOp::create(b, "k", StringAttr(), StringAttr(), DictionaryAttr());
  Block &block = kernel.getBody().empty() ? kernel.getBody().emplaceBlock() : kernel.getBody().front();
  for (unsigned i = 0; i != function->operands; ++i)
    block.addArgument(tensor, loc);
  b.setInsertionPointToEnd(&block);
  Value result = function->make(b, block.getArguments());
  ReturnOp::create(b, result);
  std::string text;
  llvm::raw_string_ostream(text) << *module;
  return text;
}

Tensor tensorOf(MLIRContext &context, const std::string &element, const std::vector<double> &values) {
  Type type = element == "f64" || element == "c128" ? Type(Float64Type::get(&context)) : Type(Float32Type::get(&context));
  const bool isComplex = element[0] == 'c';
  int64_t count = int64_t(values.size()) / (isComplex ? 2 : 1);
  Tensor tensor = Tensor::zeros(isComplex ? Type(ComplexType::get(type)) : type, {count});
  for (auto [i, value] : llvm::enumerate(values))
    if (type.isF64())
      tensor.data<double>()[i] = value;
    else
      tensor.data<float>()[i] = float(value);
  return tensor;
}

// `units` of the last place of each expected number, or of `least` where that is more.
void expectNear(const Tensor &actual, const std::vector<double> &expected, bool isDouble, double units, double least,
                const std::string &what) {
  for (auto [i, value] : llvm::enumerate(expected)) {
    double is = isDouble ? actual.data<double>()[i] : double(actual.data<float>()[i]);
    double unit = isDouble ? 0x1p-53 : 0x1p-24;
    EXPECT_LE(std::fabs(is - value), 2 * unit * units * std::max(std::fabs(value), least))
        << what << ", number " << i << ": " << is << ", not " << value;
  }
}

void expectValues(const std::string &name, const std::string &element, const std::vector<std::vector<double>> &operands,
                  const std::vector<double> &expected, double units, double least) {
  const bool isDouble = element == "f64" || element == "c128";
  KernelHarness harness(kernelText(name, element, int64_t(operands[0].size()) / (element[0] == 'c' ? 2 : 1)));
  std::vector<Tensor> tensors;
  for (const std::vector<double> &operand : operands)
    tensors.push_back(tensorOf(harness.context(), element, operand));
  std::string what = name + " of " + element;
  expectNear(harness.expected(tensors)[0], expected, isDouble, units, least, what + " interpreted");
  std::unique_ptr<KernelEmitter> loops = createLoopEmitter();
  for (const CpuLevel &level : hostLevels()) {
    std::unique_ptr<LoadedKernel> kernel = harness.load(*loops, level);
    ASSERT_TRUE(kernel) << what;
    int64_t end = evaluateExpr(kernel->plan.grid, {}).value();
    expectNear(harness.run(*kernel, tensors, {}, {0, end})[0], expected, isDouble, units, least, what + " at " + level.name);
  }
}

struct OneOperand {
  const char *name;
  std::vector<double> x, expected;
};
struct TwoOperands {
  const char *name;
  std::vector<double> x, y, expected;
};
struct OfComplex {
  const char *name;
  std::vector<std::array<double, 2>> x, expected;
};

// Near their zeros these are right to units of 1.
double leastOf(const std::string &name) { return name == "lgamma" || name == "digamma" || name == "polygamma" ? 1 : 0; }

TEST(SpecialFunctions, OfOneNumber) {
  const OneOperand cases[] = {
      {"erf_inv",
       {0.25, -0.5, 0.75, 0.875, -0.9375, 0.9999998807907104, 0.0010000000474974513, -0.71875},
       {0.2253120550121781047, -0.4769362762044698734, 0.8134198475976185417, 1.084787040069283141, -1.317150334986130749,
        3.743921162776799625, 0.000886227199560105402, -0.7619185642882500764}},
      {"erfc",
       {0.0, 0.25, 0.5, 1.0, 2.5, 5.0, -0.75, -4.0, 8.5, 9.0},
       {1.0, 0.723673609831763067, 0.4795001221869534623, 0.1572992070502851307, 0.0004069520174449589396,
        1.53745979442803485e-12, 1.711155633653515132, 1.9999999845827421, 2.762324071333771446e-33,
        4.137031746513810238e-37}},
      {"lgamma",
       {0.5, 1.25, 3.0, 10.5, 100.0, 100000.0, -0.25, -2.75, -10.125, 0.0010000000474974513},
       {0.5723649429247000871, -0.09827183642181316146, 0.6931471805599453094, 13.94062521940376363, 359.1342053695753988,
        1051287.708973656895, 1.58957531255118599, 0.004487897535955773311, -13.29384514038953848, 6.907178837859065305}},
      {"digamma",
       {0.5, 1.0, 2.25, 10.0, 10000.0, -0.25, -3.375, 0.009999999776482582, 7.5},
       {-1.963510026021423479, -0.5772156649015328606, 0.5725464666237345919, 2.251752589066721108, 9.210290371142849404,
        2.91413912021352783, 2.658579557238071037, -100.560887693405273, 1.946757484246086788}},
      {"bessel_i1e",
       {0.0, 0.25, -1.0, 4.0, 8.0, 8.25, -40.0, 1000.0},
       {0.0, 0.09811262869736824667, -0.2079104153497084489, 0.178750839502435327, 0.1341424932926981783,
        0.1323101739650014232, -0.06248222907444206075, 0.01261093025692862947}},
  };
  for (const OneOperand &each : cases)
    for (const char *element : {"f32", "f64"})
      expectValues(each.name, element, {each.x}, each.expected, element[1] == '3' ? 2 : 8, leastOf(each.name));
}

TEST(SpecialFunctions, OfTwoNumbers) {
  const TwoOperands cases[] = {
      {"zeta",
       {2.0, 1.5, 3.0, 20.0, 1.125, 7.0, 40.0},
       {1.0, 0.25, 10.0, 2.0, 3.5, 0.5, 1.5},
       {1.644934066848226436, 10.21305536046660074, 0.005524917485401033731, 9.539620338727961132e-7, 6.969036597548218952,
        128.060358227504199, 9.043772695905903659e-8}},
      {"polygamma",
       {0.0, 1.0, 1.0, 2.0, 5.0, 3.0},
       {2.25, 0.5, 20.0, 3.5, 1.25, 0.125},
       {0.5725464666237345919, 4.934802200544679309, 0.05127082293520311983, -0.108204051641727403, 32.51376768129204586,
        24580.14341906356622}},
  };
  for (const TwoOperands &each : cases)
    for (const char *element : {"f32", "f64"})
      expectValues(each.name, element, {each.x, each.y}, each.expected,
                   element[1] == '3'                       ? 2
                   : std::string(each.name) == "polygamma" ? 32
                                                           : 8,
                   leastOf(each.name));
}

TEST(SpecialFunctions, OfComplexNumbers) {
  const OfComplex cases[] = {
      {"asin",
       {{0.5, 0.25},
        {-2.0, 1.0},
        {0.0010000000474974513, -3.0},
        {1.0, 9.999999682655225e-21},
        {10000000000.0, 10000000000.0},
        {0.75, -1.0000000031710769e-30}},
       {{0.5016088532755007632, 0.2813960562452927693},
        {-1.063440023577752056, 1.469351744368185273},
        {0.0003162277720770632144, -1.818446506666234453},
        {1.570796326694896621, 9.999999841327611436e-11},
        {0.7853981633974483096, 24.0655717007803748},
        {0.8480620789814810081, -1.511857896831126472e-30}}},
      {"acos",
       {{0.5, 0.25},
        {-2.0, 1.0},
        {0.0010000000474974513, -3.0},
        {1.0, 9.999999682655225e-21},
        {10000000000.0, 10000000000.0},
        {0.75, -1.0000000031710769e-30}},
       {{1.069187473519395856, -0.2813960562452927693},
        {2.634236350372648675, -1.469351744368185273},
        {1.570480099022819556, 1.818446506666234453},
        {9.999999841327611436e-11, -9.999999841327611436e-11},
        {0.7853981633974483096, -24.0655717007803748},
        {0.7227342478134156112, 1.511857896831126472e-30}}},
      {"asinh",
       {{0.5, 0.25},
        {-2.0, 1.0},
        {0.0010000000474974513, -3.0},
        {1.0, 9.999999682655225e-21},
        {10000000000.0, 10000000000.0},
        {0.75, -1.0000000031710769e-30}},
       {{0.4926756834207706157, 0.2243284526346674998},
        {-1.528570919480998161, 0.4270785863924761255},
        {1.762747240330347646, -1.570442773405003988},
        {0.8813735870195430252, 7.071067587468833142e-21},
        {24.0655717007803748, 0.7853981633974483096},
        {0.6931471805599453094, -8.000000025368614808e-31}}},
      {"acosh",
       {{0.5, 0.25},
        {-2.0, 1.0},
        {0.0010000000474974513, -3.0},
        {1.0, 9.999999682655225e-21},
        {10000000000.0, 10000000000.0},
        {0.75, -1.0000000031710769e-30}},
       {{0.2813960562452927693, 1.069187473519395856},
        {1.469351744368185273, 2.634236350372648675},
        {1.818446506666234453, -1.570480099022819556},
        {9.999999841327611436e-11, 9.999999841327611436e-11},
        {24.0655717007803748, 0.7853981633974483096},
        {1.511857896831126472e-30, -0.7227342478134156112}}},
      {"atan",
       {{0.5, 0.25},
        {-2.0, 1.0},
        {0.0010000000474974513, -3.0},
        {1.0, 9.999999682655225e-21},
        {10000000000.0, 10000000000.0},
        {0.75, -1.0000000031710769e-30}},
       {{0.4842544903299662188, 0.2005866181312343228},
        {-1.178097245096172464, 0.1732867951399863274},
        {1.570671326807188604, -0.346573543404975526},
        {0.7853981633974483096, 4.999999841327612694e-21},
        {1.570796326744896619, 5.0e-11},
        {0.6435011087932843868, -6.400000020294891846e-31}}},
      {"atanh",
       {{0.5, 0.25},
        {-2.0, 1.0},
        {0.0010000000474974513, -3.0},
        {1.0, 9.999999682655225e-21},
        {10000000000.0, 10000000000.0},
        {0.75, -1.0000000031710769e-30}},
       {{0.5003700000525310174, 0.3143981432077164772},
        {-0.4023594781085250937, 1.338972522294493561},
        {0.00009999999608307786094, -1.249045802398254876},
        {23.37242453608766848, 0.7853981633974483096},
        {5.0e-11, 1.570796326744896619},
        {0.9729550745276566526, -2.285714292962461374e-30}}},
      {"sinh",
       {{0.5, 0.25}, {-2.0, 1.0}, {88.5, 1.5}, {0.0010000000474974513, -3.0}},
       {{0.5048957143879950174, 0.2789791283502615225},
        {-1.959601041421605897, 3.165778513216168147},
        {9.631180632035475751e+36, 1.358133226793989854e+38},
        {-0.0009899927086213470517, -0.1411200786198838349}}},
      {"cosh",
       {{0.5, 0.25}, {-2.0, 1.0}, {88.5, 1.5}, {0.0010000000474974513, -3.0}},
       {{1.092570804731917682, 0.1289210417280982508},
        {2.032723007019665529, -3.051897799151800058},
        {9.631180632035475751e+36, 1.358133226793989854e+38},
        {-0.9899929915967820293, -0.0001411200382827138039}}},
  };
  auto flat = [](const std::vector<std::array<double, 2>> &numbers) {
    std::vector<double> parts;
    for (auto [re, im] : numbers)
      parts.insert(parts.end(), {re, im});
    return parts;
  };
  for (const OfComplex &each : cases)
    for (const char *element : {"c64", "c128"})
      expectValues(each.name, element, {flat(each.x)}, flat(each.expected), element[1] == '6' ? 2 : 8, 0);
}

constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

// What a function of f32 gives, interpreted.
std::vector<double> valuesOf(const std::string &name, const std::vector<std::vector<double>> &operands) {
  KernelHarness harness(kernelText(name, "f32", int64_t(operands[0].size())));
  std::vector<Tensor> tensors;
  for (const std::vector<double> &operand : operands)
    tensors.push_back(tensorOf(harness.context(), "f32", operand));
  Tensor result = harness.expected(tensors)[0];
  std::vector<double> values;
  for (int64_t i = 0; i != result.numElements(); ++i)
    values.push_back(result.elementType.isF32() ? double(result.data<float>()[i]) : double(result.bytes[size_t(i)]));
  return values;
}

void expectSame(const std::vector<double> &actual, const std::vector<double> &expected, const std::string &what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t i = 0; i != actual.size(); ++i)
    EXPECT_TRUE(std::isnan(expected[i]) ? std::isnan(actual[i])
                                        : actual[i] == expected[i] && std::signbit(actual[i]) == std::signbit(expected[i]))
        << what << ", number " << i << ": " << actual[i] << ", not " << expected[i];
}

TEST(SpecialFunctions, AtTheirEnds) {
  expectSame(valuesOf("erf_inv", {{1, -1, 1.5, 0, -0.0, kNaN}}), {kInfinity, -kInfinity, kNaN, 0, -0.0, kNaN}, "erf_inv");
  expectSame(valuesOf("erfc", {{kInfinity, -kInfinity, kNaN}}), {0, 2, kNaN}, "erfc");
  expectSame(valuesOf("lgamma", {{0, -2, kInfinity, -kInfinity, kNaN}}), {kInfinity, kInfinity, kInfinity, kInfinity, kNaN},
             "lgamma");
  expectSame(valuesOf("digamma", {{0, -2, kInfinity, kNaN}}), {kNaN, kNaN, kInfinity, kNaN}, "digamma");
  expectSame(valuesOf("zeta", {{1, 0.5, 2, 2, 2.5, kNaN}, {3, 3, 0, -3, -1.5, 1}}),
             {kInfinity, kNaN, kInfinity, kInfinity, kNaN, kNaN}, "zeta");
  expectSame(valuesOf("polygamma", {{-1, 0.5, 1, 2, 0}, {2, 2, 0, -1, 0}}), {kNaN, kNaN, kInfinity, kNaN, kNaN},
             "polygamma");
  expectSame(valuesOf("bessel_i1e", {{kInfinity, kNaN, -0.0}}), {0, kNaN, -0.0}, "bessel_i1e");
  expectSame(valuesOf("is_inf", {{kInfinity, -kInfinity, kNaN, 1}}), {1, 1, 0, 0}, "is_inf");
  expectSame(valuesOf("is_pos_inf", {{kInfinity, -kInfinity, kNaN, 1}}), {1, 0, 0, 0}, "is_pos_inf");
  expectSame(valuesOf("is_neg_inf", {{kInfinity, -kInfinity, kNaN, 1}}), {0, 1, 0, 0}, "is_neg_inf");
}

TEST(SpecialFunctions, NeighboursOfFloats) {
  const double least = std::numeric_limits<float>::denorm_min(), greatest = std::numeric_limits<float>::max();
  expectSame(
      valuesOf("next_after", {{1, 1, -1, -1, 0, -0.0, 0, greatest, least, kNaN, 1, kInfinity, -least},
                              {2, 0, 0, -2, 1, -1, -0.0, kInfinity, 0, 1, kNaN, 0, 1}}),
      {1 + 0x1p-23, 1 - 0x1p-24, -1 + 0x1p-24, -1 - 0x1p-23, least, -least, -0.0, kInfinity, 0, kNaN, kNaN, greatest, -0.0},
      "next_after");
}

// Compiled beside interpreted on random operands, in narrow types too.
TEST(SpecialFunctions, OfRandomOperands) {
  auto compare = [](const std::string &name, const std::string &element, Values values, Tolerance tolerance) {
    KernelHarness harness(kernelText(name, element, 37));
    harness.check(*createLoopEmitter(), {{}}, values, tolerance);
  };
  for (const char *element : {"i8", "ui8", "i32", "ui32", "i64", "ui64"})
    compare("mulhi", element, Values::Special, {});
  for (const char *element : {"f16", "bf16"}) {
    compare("erf_inv", element, Values::Special, {1e-2, 1e-2});
    compare("next_after", element, Values::Special, {});
    compare("is_inf", element, Values::Special, {});
  }
  compare("conj", "c64", Values::Special, {});
  compare("square", "c128", Values::Plain, {1e-14, 1e-14});
  compare("lgamma", "f16", Values::Positive, {1e-2, 1e-2});
}

} // namespace
} // namespace ingot::test
