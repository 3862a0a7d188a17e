// interpolate, quantize, dequantize, bitcast_convert and the parts of complex numbers, alone and within elementwise code, as
// the loop emitter compiles them.
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

namespace ingot::test {
namespace {

// `body` makes %r of type `result` from %a, %b ... of the types given.
void check(const std::string &arguments, const std::string &body, const std::string &result, Values values = Values::Special,
           Tolerance tolerance = {}, const std::string &sizes = "", std::vector<std::vector<int64_t>> sizeValues = {{}}) {
  checkLoops("ingot.kernel @k {\n^bb0(" + arguments + "):\n" + body + "\n  ingot.return %r : " + result + "\n}", tolerance,
             values, sizes, sizeValues);
}

std::string tensor(const std::string &dims, const std::string &element) {
  return "tensor<" + dims + (dims.empty() ? "" : "x") + element + ">";
}

// The format without significand bits: halfway between two powers of two goes up; what lies below the least one, too small
// for a normal f32, and what is negative.
TEST(ConvertKernel, ToAnExponentAlone) {
  const std::string from = "tensor<16xf32>", to = "tensor<16xf8E8M0FNU>";
  check("%a: " + to,
        "  %c = ingot.constant dense<[3.0, 6.0, 1.5, 12.0, 0.0, 1.0e-39, 5.8774718e-39, 7.3468397e-39, 8.8162076e-39, "
        "1.0e-38, 0.75, "
        "1.7e38, 3.4e38, 2.9, 3.1, -2.0]> : " +
            from + "\n  %0 = ingot.convert %c : (" + from + ") -> " + to + "\n  %r = ingot.maximum %0, %a : " + to,
        to, Values::Positive);
  // Its NaN is one, as a constant too.
  check("%a: " + to, "  %c = ingot.constant dense<0xFF> : " + to + "\n  %r = ingot.compare GE %c, %a : " + to,
        "tensor<16xi1>", Values::Plain);
  check("%a: " + to + ", %b: " + to, "  %r = ingot.compare GE %a, %b : " + to, "tensor<16xi1>", Values::Plain);
  check("%a: " + tensor("40", "ui64"),
        "  %r = ingot.convert %a : (" + tensor("40", "ui64") + ") -> " + tensor("40", "f8E8M0FNU"),
        tensor("40", "f8E8M0FNU"), Values::Positive);
}

// Formats of finite numbers alone: every value of theirs, and f32 with its infinities, NaNs and ties.
TEST(ConvertKernel, OfFiniteNumbersAlone) {
  for (const char *element : {"f4E2M1FN", "f6E2M3FN", "f6E3M2FN"}) {
    const std::string wide = tensor("64", "f32"), narrow = tensor("64", element);
    for (Values values : {Values::Plain, Values::Special}) {
      check("%a: " + wide, "  %r = ingot.convert %a : (" + wide + ") -> " + narrow, narrow, values);
      check("%a: " + narrow, "  %r = ingot.convert %a : (" + narrow + ") -> " + wide, wide, values);
      check("%a: " + narrow + ", %b: " + narrow, "  %r = ingot.multiply %a, %b : " + narrow, narrow, values);
    }
  }
}

//===--- quantize and dequantize ---===//

// `dims` of the operand, `scaleDims` of scale and zero point, `where` the axis and block.
void checkQuantize(const std::string &real, const std::string &integer, const std::string &dims,
                   const std::string &scaleDims, const std::string &where, bool hasZero, Values values) {
  std::string zeroText = hasZero ? "zero_point %z " : "";
  std::string operand = tensor(dims, real), scale = tensor(scaleDims, real), zero = tensor(scaleDims, integer),
              result = tensor(dims, integer);
  check("%a: " + operand + ", %s: " + scale + (hasZero ? ", %z: " + zero : ""),
        "  %r = ingot.quantize %a scale %s " + zeroText + where + " : (" + operand + ", " + scale +
            (hasZero ? ", " + zero : "") + ") -> " + result,
        result, values);
  check("%a: " + result + ", %s: " + scale + (hasZero ? ", %z: " + zero : ""),
        "  %r = ingot.dequantize %a scale %s " + zeroText + where + " : (" + result + ", " + scale +
            (hasZero ? ", " + zero : "") + ") -> " + operand,
        operand, values);
}

TEST(QuantizeKernel, EveryType) {
  for (const char *integer : {"i4", "ui4", "i8", "ui8", "i16", "ui16", "i32", "ui32", "i64", "ui64"})
    for (const char *real : {"f32", "f64", "f16", "bf16"})
      for (Values values : {Values::Plain, Values::Special})
        checkQuantize(real, integer, "3x70", "70", "axis = 1", true, values);
}

TEST(QuantizeKernel, PlacesOfScales) {
  for (bool hasZero : {false, true}) {
    checkQuantize("f32", "i8", "4x50", "", "", hasZero, Values::Special);
    checkQuantize("f32", "ui8", "4x50", "4", "axis = 0", hasZero, Values::Special);
    checkQuantize("f32", "ui16", "4x50x3", "50", "axis = 1", hasZero, Values::Plain);
    checkQuantize("f32", "i4", "4x50", "4x7", "axis = 1 block = 8", hasZero, Values::Special);
    checkQuantize("f16", "i8", "9x20", "3x20", "axis = 0 block = 4", hasZero, Values::Special);
    checkQuantize("f32", "i8", "", "", "", hasZero, Values::Special);
    checkQuantize("f32", "i8", "0x4", "4", "axis = 1", hasZero, Values::Special);
  }
}

// The dims of a product, which cannot run as one, behind a quantization without an axis.
TEST(QuantizeKernel, OfAProduct) {
  check("%a: tensor<2x4xf32>, %b: tensor<4x3xf32>, %s: tensor<f32>", R"(
    %0 = ingot.dot_general %a, %b <batch = [] x [], contract = [1] x [0]> : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    %r = ingot.quantize %0 scale %s : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xi16>)",
        "tensor<2x3xi16>", Values::Positive);
}

// Halves go to the even integer; the quotient is not a product with a reciprocal.
TEST(QuantizeKernel, WithinElementwiseCode) {
  check(
      "%a: tensor<?x40xf32, #ingot.dims<[s0, 40]>>, %s: tensor<f32>, %z: tensor<ui8>, %t: tensor<40xf32>, %y: tensor<40xi8>",
      R"(
    %0 = ingot.negate %a : tensor<?x40xf32, #ingot.dims<[s0, 40]>>
    %1 = ingot.quantize %0 scale %s zero_point %z : (tensor<?x40xf32, #ingot.dims<[s0, 40]>>, tensor<f32>, tensor<ui8>) -> tensor<?x40xui8, #ingot.dims<[s0, 40]>>
    %2 = ingot.dequantize %1 scale %s zero_point %z : (tensor<?x40xui8, #ingot.dims<[s0, 40]>>, tensor<f32>, tensor<ui8>) -> tensor<?x40xf32, #ingot.dims<[s0, 40]>>
    %3 = ingot.abs %2 : tensor<?x40xf32, #ingot.dims<[s0, 40]>>
    %r = ingot.quantize %3 scale %t zero_point %y axis = 1 : (tensor<?x40xf32, #ingot.dims<[s0, 40]>>, tensor<40xf32>, tensor<40xi8>) -> tensor<?x40xi8, #ingot.dims<[s0, 40]>>)",
      "tensor<?x40xi8, #ingot.dims<[s0, 40]>>", Values::Plain, {}, "#ingot.size<\"n\", 1 to 9>", {{1}, {7}});
  check("%a: tensor<400xf32>", R"(
    %s = ingot.constant dense<8.0> : tensor<f32>
    %i = ingot.iota dim = 0 : tensor<400xf32>
    %r = ingot.quantize %i scale %s : (tensor<400xf32>, tensor<f32>) -> tensor<400xi8>)",
        "tensor<400xi8>");
}

//===--- bitcast_convert and complex numbers ---===//

TEST(BitcastKernel, BetweenAllWidths) {
  struct Case {
    const char *from, *to, *fromDims, *toDims;
  };
  for (const Case &each : {Case{"f32", "i32", "3x37", "3x37"},
                           {"ui16", "f16", "3x37", "3x37"},
                           {"bf16", "i16", "3x37", "3x37"},
                           {"f8E5M2", "ui8", "40", "40"},
                           {"i8", "ui8", "3x37", "3x37"},
                           {"f64", "i64", "3x37", "3x37"},
                           {"f32", "ui8", "3x37", "3x37x4"},
                           {"ui8", "f32", "3x37x4", "3x37"},
                           {"i64", "i16", "37", "37x4"},
                           {"i16", "f64", "37x4", "37"},
                           {"i8", "i4", "37", "37x2"},
                           {"ui4", "ui8", "37x2", "37"},
                           {"i32", "bf16", "37", "37x2"},
                           {"f16", "i64", "5x4", "5"},
                           {"i8", "i1", "5", "5x8"},
                           {"i1", "ui8", "5x8", "5"},
                           {"complex<f64>", "complex<f32>", "7", "7x2"},
                           {"complex<f32>", "complex<f64>", "7x2", "7"}}) {
    std::string from = tensor(each.fromDims, each.from), to = tensor(each.toDims, each.to);
    check("%a: " + from, "  %r = ingot.bitcast_convert %a : (" + from + ") -> " + to, to);
  }
  check("%a: tensor<3x37xf32>", R"(
    %0 = ingot.negate %a : tensor<3x37xf32>
    %1 = ingot.bitcast_convert %0 : (tensor<3x37xf32>) -> tensor<3x37xi32>
    %2 = ingot.not %1 : tensor<3x37xi32>
    %r = ingot.bitcast_convert %2 : (tensor<3x37xi32>) -> tensor<3x37x2xi16>)",
        "tensor<3x37x2xi16>");
}

TEST(ComplexKernel, PartsAndTheirJoin) {
  for (const char *part : {"f32", "f64"}) {
    std::string real = tensor("3x17", part), complex = tensor("3x17", std::string("complex<") + part + ">");
    check("%a: " + complex, "  %r = ingot.real %a : " + complex, real);
    check("%a: " + complex, "  %r = ingot.imag %a : " + complex, real);
    check("%a: " + real + ", %b: " + real, "  %r = ingot.complex %a, %b : " + real, complex);
    check("%a: " + real + ", %b: " + real,
          "  %0 = ingot.complex %a, %b : " + real + "\n  %1 = ingot.multiply %0, %0 : " + complex +
              "\n  %2 = ingot.real %1 : " + complex + "\n  %3 = ingot.imag %1 : " + complex +
              "\n  %r = ingot.add %2, %3 : " + real,
          real, Values::Plain, {1e-5, 1e-5});
  }
  check("%a: tensor<3x17xf16>", "  %r = ingot.imag %a : tensor<3x17xf16>", "tensor<3x17xf16>");
}

//===--- interpolate ---===//

struct Resample {
  std::string kernel, coordinates, from, to, dims, rest = "", element = "f32";
};

void checkInterpolate(const Resample &each, Values values = Values::Plain) {
  std::string from = tensor(each.from, each.element), to = tensor(each.to, each.element);
  Tolerance tolerance = each.element == "f64"   ? Tolerance{1e-12, 1e-12}
                        : each.element == "f32" ? Tolerance{1e-5, 1e-5}
                                                : Tolerance{1e-2, 1e-2};
  check("%a: " + from,
        "  %r = ingot.interpolate " + each.kernel + " " + each.coordinates + " %a dims = " + each.dims + " " + each.rest +
            " : (" + from + ") -> " + to,
        to, values, each.kernel == "NEAREST" ? Tolerance{} : tolerance);
}

const char *const coordinateSystems[] = {"HALF_PIXEL", "HALF_PIXEL_SYMMETRIC", "PYTORCH_HALF_PIXEL",
                                         "ASYMMETRIC", "ALIGN_CORNERS",        "TF_HALF_PIXEL_FOR_NN"};

TEST(InterpolateKernel, EverySystemOfCoordinates) {
  for (const char *kernel : {"NEAREST", "LINEAR", "CUBIC"})
    for (const char *coordinates : coordinateSystems) {
      checkInterpolate({kernel, coordinates, "2x5x19", "2x11x40", "[1, 2]"});
      checkInterpolate({kernel, coordinates, "2x9x40", "2x4x17", "[1, 2]"});
      checkInterpolate({kernel, coordinates, "3x40", "3x31", "[1]", "scales = [0.77]"});
      checkInterpolate({kernel, coordinates, "7x20", "1x20", "[0]", "scales = [0.2]"});
    }
}

TEST(InterpolateKernel, EveryRounding) {
  for (const char *nearest : {"ROUND_PREFER_FLOOR", "ROUND_PREFER_CEIL", "FLOOR", "CEIL"})
    for (const char *coordinates : {"HALF_PIXEL", "ASYMMETRIC", "ALIGN_CORNERS"})
      for (const char *element : {"f32", "i8", "bf16", "complex<f32>", "i64"})
        checkInterpolate({"NEAREST", coordinates, "2x18", "2x37", "[1]", std::string("nearest = ") + nearest, element},
                         Values::Special);
}

TEST(InterpolateKernel, AntialiasAndExclusion) {
  for (const char *kernel : {"LINEAR", "CUBIC"}) {
    checkInterpolate({kernel, "HALF_PIXEL", "2x20x33", "2x7x12", "[1, 2]", "{antialias}"});
    checkInterpolate({kernel, "ALIGN_CORNERS", "3x90", "3x17", "[1]", "{antialias, exclude_outside}"});
    checkInterpolate({kernel, "HALF_PIXEL", "3x20", "3x41", "[1]", "{antialias}"});
    checkInterpolate({kernel, "HALF_PIXEL", "2x5x19", "2x11x40", "[1, 2]", "{exclude_outside, cubic_coeff = -0.5 : f64}"});
  }
}

TEST(InterpolateKernel, CropsAndExtrapolates) {
  for (const char *kernel : {"NEAREST", "LINEAR", "CUBIC"})
    for (const char *element : {"f32", "f64", "f16"})
      checkInterpolate({kernel, "TF_CROP_AND_RESIZE", "2x9x20", "2x7x35", "[1, 2]",
                        "{roi = array<f64: 0.4, 0.6, -0.3, 1.2>, extrapolation_value = 10.0 : f64}", element});
  checkInterpolate({"NEAREST", "TF_CROP_AND_RESIZE", "2x9", "2x1", "[1]",
                    "{roi = array<f64: 0.4, 0.6>, extrapolation_value = 10.0 : f64}", "i32"});
}

// An element of weight 0 does not count, be it infinite.
TEST(InterpolateKernel, SpecialValues) {
  for (const char *kernel : {"LINEAR", "CUBIC"})
    checkInterpolate({kernel, "ALIGN_CORNERS", "9x17", "9x33", "[1]"}, Values::Special);
}

TEST(InterpolateKernel, ChannelsLastWithNeighboursAndSymbolicSizes) {
  check("%a: tensor<2x6x7x20xf32>, %b: tensor<2x12x14x20xf32>", R"(
    %0 = ingot.negate %a : tensor<2x6x7x20xf32>
    %1 = ingot.interpolate LINEAR HALF_PIXEL %0 dims = [1, 2] : (tensor<2x6x7x20xf32>) -> tensor<2x12x14x20xf32>
    %r = ingot.add %1, %b : tensor<2x12x14x20xf32>)",
        "tensor<2x12x14x20xf32>", Values::Plain, {1e-5, 1e-5});
  for (const char *kernel : {"NEAREST", "LINEAR", "CUBIC"})
    for (const char *rest : {"", "scales = [2.0] "}) {
      std::string antialias = std::string(kernel) == "CUBIC" ? "{antialias} " : "";
      check("%a: tensor<3x?xf32, #ingot.dims<[3, s0]>>",
            std::string("  %r = ingot.interpolate ") + kernel + " HALF_PIXEL %a dims = [1] " + rest + antialias +
                ": (tensor<3x?xf32, #ingot.dims<[3, s0]>>) -> tensor<3x?xf32, #ingot.dims<[3, s0 * 2]>>",
            "tensor<3x?xf32, #ingot.dims<[3, s0 * 2]>>", Values::Plain, {1e-5, 1e-5}, "#ingot.size<\"n\", 1 to 40>",
            {{1}, {7}, {23}, {40}});
    }
  check("%a: tensor<3x?xf32, #ingot.dims<[3, s0]>>",
        "  %r = ingot.interpolate LINEAR HALF_PIXEL %a dims = [1] {antialias} : (tensor<3x?xf32, #ingot.dims<[3, s0]>>) -> "
        "tensor<3x9xf32>",
        "tensor<3x9xf32>", Values::Plain, {1e-5, 1e-5}, "#ingot.size<\"n\", 1 to 40>", {{1}, {9}, {23}, {40}});
}

} // namespace
} // namespace ingot::test
