// Derives from the interpreter what every op reads and compares it with its index relation: one operand element is changed,
// and the result elements that then differ must be those that the relation says read it. The ops are enumerated, so that one
// without a relation or a case fails.
#include "ir/IndexRelation.h"
#include "mlir/IR/Verifier.h"
#include "tests/ir/reference/Harness.h"

#include <random>
#include <set>

using namespace mlir;

namespace ingot::test {
namespace {

using reference::Tensor;

// Ops that hold, name or end programs; the relation of what they run is made of the relations within.
// What structures programs, and then what simplify leaves none of.
constexpr const char *kStructure[] = {"return",
                                      "weight",
                                      "get_weight",
                                      "fusion",
                                      "composite",
                                      "kernel",
                                      "dispatch",
                                      "if",
                                      "case",
                                      "while",
                                      "bind_size",
                                      "optimization_barrier",
                                      "custom_call",
                                      "map",
                                      "batch_norm_inference",
                                      "batch_norm_training",
                                      "batch_norm_grad",
                                      "dynamic_reshape",
                                      "dynamic_iota",
                                      "dynamic_broadcast_in_dim",
                                      "dynamic_gather",
                                      "dynamic_pad",
                                      "real_dynamic_slice",
                                      "dynamic_conv",
                                      "get_dimension_size",
                                      "set_dimension_size",
                                      "after_all",
                                      "infeed",
                                      "outfeed",
                                      "send",
                                      "recv",
                                      "replica_id",
                                      "partition_id",
                                      "all_gather",
                                      "all_reduce",
                                      "reduce_scatter",
                                      "all_to_all",
                                      "collective_broadcast",
                                      "collective_permute",
                                      "async_start",
                                      "async_done"};

struct Case {
  std::string name;  // of the op without `ingot.`
  std::string types; // of its operands, one a place, separated by blanks
  std::string text;  // %0, %1 ... are the operands
  bool exact = true; // else only no element beyond the relation's may differ
};

// Sizes of the module around each case.
constexpr int64_t kSizes[] = {3};
constexpr const char *kModuleSizes = "ingot.sizes = [#ingot.size<\"n\", 1 to 64>]";

const std::string kSum = " { ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = ingot.add %a, %b : tensor<f32> "
                         "ingot.return %c : tensor<f32> }";

const std::vector<Case> &cases() {
  static const std::vector<Case> all = {
      {"compare", "2x3xf32 2x3xf32", "ingot.compare LT %0, %1 : tensor<2x3xf32>"},
      {"select", "2x3xi1 2x3xf32 2x3xf32", "ingot.select %0, %1, %2 : tensor<2x3xi1>, tensor<2x3xf32>"},
      {"select", "i1 2x3xf32 2x3xf32", "ingot.select %0, %1, %2 : tensor<i1>, tensor<2x3xf32>"},
      {"clamp", "f32 2x3xf32 2x3xf32",
       "ingot.clamp %0, %1, %2 : (tensor<f32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>"},
      {"convert", "2x3xf32", "ingot.convert %0 : (tensor<2x3xf32>) -> tensor<2x3xi32>"},
      {"reduce_precision", "2x3xf32", "ingot.reduce_precision %0 exponent = 5 mantissa = 4 : tensor<2x3xf32>"},
      {"is_finite", "2x3xf32", "ingot.is_finite %0 : tensor<2x3xf32>"},
      {"real", "2x3xcomplex<f32>", "ingot.real %0 : tensor<2x3xcomplex<f32>>"},
      {"imag", "2x3xcomplex<f32>", "ingot.imag %0 : tensor<2x3xcomplex<f32>>"},
      {"complex", "2x3xf32 2x3xf32", "ingot.complex %0, %1 : tensor<2x3xf32>"},
      {"bitcast_convert", "2x3xf32", "ingot.bitcast_convert %0 : (tensor<2x3xf32>) -> tensor<2x3xi32>"},
      {"bitcast_convert", "2x3xi32", "ingot.bitcast_convert %0 : (tensor<2x3xi32>) -> tensor<2x3x4xui8>", false},
      {"bitcast_convert", "2x4xui8", "ingot.bitcast_convert %0 : (tensor<2x4xui8>) -> tensor<2xui32>"},
      {"constant", "", "ingot.constant dense<[1, 2]> : tensor<2xi32>"},
      {"iota", "", "ingot.iota dim = 1 : tensor<2x5xi64>"},
      {"size_of", "", "ingot.size_of affine_map<()[s0] -> (s0 * 2)> : tensor<i64>"},
      {"broadcast_in_dim", "3xf32", "ingot.broadcast_in_dim %0 dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>"},
      {"broadcast_in_dim", "1x3xf32", "ingot.broadcast_in_dim %0 dims = [0, 2] : (tensor<1x3xf32>) -> tensor<2x4x3xf32>"},
      {"broadcast_in_dim", "3x1xf32", "ingot.broadcast_in_dim %0 dims = [2, 0] : (tensor<3x1xf32>) -> tensor<1x2x3xf32>"},
      {"reshape", "2x6xf32", "ingot.reshape %0 : (tensor<2x6xf32>) -> tensor<3x4xf32>"},
      {"reshape", "2x3x4xf32", "ingot.reshape %0 : (tensor<2x3x4xf32>) -> tensor<6x2x1x2xf32>"},
      {"reshape", "2x3x4xf32", "ingot.reshape %0 : (tensor<2x3x4xf32>) -> tensor<1x24xf32>"},
      {"reshape", "?x4xf32,#ingot.dims<[s0,4]>",
       "ingot.reshape %0 : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x2xf32, #ingot.dims<[s0 * 2, 2]>>"},
      {"reshape", "4x?xf32,#ingot.dims<[4,s0]>",
       "ingot.reshape %0 : (tensor<4x?xf32, #ingot.dims<[4, s0]>>) -> tensor<2x2x?xf32, #ingot.dims<[2, 2, s0]>>"},
      {"reshape", "4x?xf32,#ingot.dims<[4,s0]>",
       "ingot.reshape %0 : (tensor<4x?xf32, #ingot.dims<[4, s0]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>"},
      {"transpose", "2x3x4xf32", "ingot.transpose %0 perm = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>"},
      {"slice", "4x6xf32", "ingot.slice %0 [1, 1] to [4, 6] step [1, 2] : (tensor<4x6xf32>) -> tensor<3x3xf32>"},
      {"pad", "2x3xf32 f32",
       "ingot.pad %0, %1 low = [1, -1] high = [0, 2] interior = [1, 2] : (tensor<2x3xf32>, tensor<f32>) -> tensor<4x8xf32>"},
      {"pad", "4x3xf32 f32",
       "ingot.pad %0, %1 low = [-1, 2] high = [-1, -1] interior = [0, 0] : (tensor<4x3xf32>, tensor<f32>) -> "
       "tensor<2x4xf32>"},
      {"pad", "4x3xf32 f32",
       "ingot.pad %0, %1 low = [-1, 0] high = [-1, 0] interior = [0, 0] : (tensor<4x3xf32>, tensor<f32>) -> tensor<2x3xf32>",
       false},
      {"concatenate", "2x3xf32 2x1xf32 2x2xf32",
       "ingot.concatenate %0, %1, %2 dim = 1 : (tensor<2x3xf32>, tensor<2x1xf32>, tensor<2x2xf32>) -> tensor<2x6xf32>"},
      {"concatenate", "2x2xf32 ?x2xf32,#ingot.dims<[s0,2]>",
       "ingot.concatenate %0, %1 dim = 0 : (tensor<2x2xf32>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>) -> tensor<?x2xf32, "
       "#ingot.dims<[s0 + 2, 2]>>"},
      {"reverse", "2x3x2xf32", "ingot.reverse %0 dims = [0, 1] : tensor<2x3x2xf32>"},
      {"unpack", "2x3x4xf32", "ingot.unpack %0 dim = 1 width = 4 : (tensor<2x3x4xf32>) -> tensor<3x7xf32>"},
      {"copy", "2x3xf32", "ingot.copy %0 : tensor<2x3xf32>"},
      {"dot_general", "2x3x2xf32 2x2x2xf32",
       "ingot.dot_general %0, %1 <batch = [0] x [0], contract = [2] x [1]> : (tensor<2x3x2xf32>, tensor<2x2x2xf32>) -> "
       "tensor<2x3x2xf32>"},
      {"convolution", "1x2x5x4xf32 2x2x2x3xf32",
       "ingot.convolution %0, %1 <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [2, 1] pad = [1, 0, 1, 1] lhs_dilate = "
       "[1, 2] "
       "rhs_dilate = [2, 1] : (tensor<1x2x5x4xf32>, tensor<2x2x2x3xf32>) -> tensor<1x2x2x7xf32>"},
      {"convolution", "1x4x4xf32 2x2x6xf32",
       "ingot.convolution %0, %1 <[b, 0, f]x[0, i, o]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = "
       "[1] "
       "{feature_group_count = 2 : i64} : (tensor<1x4x4xf32>, tensor<2x2x6xf32>) -> tensor<1x6x3xf32>"},
      {"convolution", "1x4x4xf32 3x4x2xf32",
       "ingot.convolution %0, %1 <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] pad = [1, 0] lhs_dilate = [1] rhs_dilate = "
       "[1] "
       "{window_reversal = array<i1: true>} : (tensor<1x4x4xf32>, tensor<3x4x2xf32>) -> tensor<1x3x2xf32>"},
      {"convolution", "4x3x1xf32 2x1x4xf32",
       "ingot.convolution %0, %1 <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = "
       "[1] "
       "{batch_group_count = 2 : i64} : (tensor<4x3x1xf32>, tensor<2x1x4xf32>) -> tensor<2x2x4xf32>"},
      {"reduce", "2x3x2xf32 f32",
       "ingot.reduce (%0 init %1) dims = [0, 2] : (tensor<2x3x2xf32>, tensor<f32>) -> tensor<3xf32>" + kSum},
      {"reduce", "3x2xf32 3x2xi32 f32 i32",
       "ingot.reduce (%0, %1 init %2, %3) dims = [0] : (tensor<3x2xf32>, tensor<3x2xi32>, tensor<f32>, tensor<i32>) -> "
       "(tensor<2xf32>, tensor<2xi32>) { ^bb0(%a: tensor<f32>, %i: tensor<i32>, %b: tensor<f32>, %j: tensor<i32>): "
       "%c = ingot.compare LT %a, %b : tensor<f32> %d = ingot.select %c, %a, %b : tensor<i1>, tensor<f32> "
       "%e = ingot.select %c, %i, %j : tensor<i1>, tensor<i32> ingot.return %d, %e : tensor<f32>, tensor<i32> }",
       false},
      {"reduce_window", "5x4xf32 f32",
       "ingot.reduce_window (%0 init %1) window = [2, 3] stride = [2, 1] base_dilate = [1, 2] dilate = [2, 1] pad = [1, 0, "
       "1, 1] "
       ": (tensor<5x4xf32>, tensor<f32>) -> tensor<2x7xf32>" +
           kSum},
      {"select_and_scatter", "4x3xf32 2x3xf32 f32",
       "ingot.select_and_scatter %0, %1 init %2 window = [3, 2] stride = [2, 1] pad = [1, 0, 0, 1] : (tensor<4x3xf32>, "
       "tensor<2x3xf32>, tensor<f32>) -> tensor<4x3xf32> select"
       " { ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = ingot.compare GE %a, %b : tensor<f32> ingot.return %c : tensor<i1> "
       "} "
       "scatter" +
           kSum},
      {"sort", "2x3xf32 2x3xi32",
       "ingot.sort (%0, %1) dim = 1 : (tensor<2x3xf32>, tensor<2x3xi32>) -> (tensor<2x3xf32>, tensor<2x3xi32>) { "
       "^bb0(%a: tensor<f32>, %b: tensor<f32>, %i: tensor<i32>, %j: tensor<i32>): %c = ingot.compare LT %a, %b : "
       "tensor<f32> "
       "ingot.return %c : tensor<i1> }",
       false},
      {"sort", "4x2xi32",
       "ingot.sort (%0) dim = 0 : (tensor<4x2xi32>) -> tensor<4x2xi32> { ^bb0(%i: tensor<i32>, %j: tensor<i32>): "
       "%c = ingot.compare LT %i, %j : tensor<i32> ingot.return %c : tensor<i1> }"},
      {"top_k", "2x4xf32", "ingot.top_k %0 : (tensor<2x4xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)"},
      {"scan", "2x4xf32 f32", "ingot.scan (%0 init %1) dim = 1 : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>" + kSum},
      {"scan", "4x2xf32 f32",
       "ingot.scan (%0 init %1) dim = 0 exclusive : (tensor<4x2xf32>, tensor<f32>) -> tensor<4x2xf32>" + kSum},
      {"scan", "4x2xf32 f32",
       "ingot.scan (%0 init %1) dim = 0 reverse : (tensor<4x2xf32>, tensor<f32>) -> tensor<4x2xf32>" + kSum},
      {"scan", "4x2xf32 f32",
       "ingot.scan (%0 init %1) dim = 0 exclusive reverse : (tensor<4x2xf32>, tensor<f32>) -> tensor<4x2xf32>" + kSum},
      {"cholesky", "2x3x3xf64", "ingot.cholesky %0 lower : (tensor<2x3x3xf64>) -> (tensor<2x3x3xf64>, tensor<2xi32>)",
       false},
      {"triangular_solve", "2x3x3xf64 2x3x2xf64",
       "ingot.triangular_solve TRANSPOSE %0, %1 left lower : (tensor<2x3x3xf64>, tensor<2x3x2xf64>) -> tensor<2x3x2xf64>",
       false},
      {"triangular_solve", "2x3x3xf64 2x2x3xf64",
       "ingot.triangular_solve NO_TRANSPOSE %0, %1 unit : (tensor<2x3x3xf64>, tensor<2x2x3xf64>) -> tensor<2x2x3xf64>",
       false},
      {"lu", "2x3x2xf64", "ingot.lu %0 : (tensor<2x3x2xf64>) -> (tensor<2x3x2xf64>, tensor<2x2xi32>, tensor<2xi32>)", false},
      {"householder_qr", "2x3x2xf64",
       "ingot.householder_qr %0 : (tensor<2x3x2xf64>) -> (tensor<2x3x2xf64>, tensor<2x2xf64>)", false},
      {"householder_product", "2x3x2xf64 2x2xf64",
       "ingot.householder_product %0, %1 : (tensor<2x3x2xf64>, tensor<2x2xf64>) -> tensor<2x3x2xf64>", false},
      {"tridiagonal_solve", "2x3xf64 2x3xf64 2x3xf64 2x3x2xf64",
       "ingot.tridiagonal_solve %0, %1, %2, %3 : (tensor<2x3xf64>, tensor<2x3xf64>, tensor<2x3xf64>, tensor<2x3x2xf64>) -> "
       "(tensor<2x3xf64>, tensor<2x3xf64>, tensor<2x3xf64>, tensor<2x3x2xf64>, tensor<2xi32>)",
       false},
      {"fft", "2x3x4xf64", "ingot.fft RFFT %0 length = [3, 4] : (tensor<2x3x4xf64>) -> tensor<2x3x3xcomplex<f64>>", false},
      {"fft", "2x5xcomplex<f64>", "ingot.fft FFT %0 length = [5] : (tensor<2x5xcomplex<f64>>) -> tensor<2x5xcomplex<f64>>"},
      {"interpolate", "1x3x4xf32",
       "ingot.interpolate LINEAR HALF_PIXEL %0 dims = [2] : (tensor<1x3x4xf32>) -> tensor<1x3x7xf32>", false},
      {"interpolate", "3x4xf32",
       "ingot.interpolate NEAREST ASYMMETRIC %0 dims = [0, 1] : (tensor<3x4xf32>) -> tensor<5x2xf32>", false},
      {"quantize", "2x3xf32 3xf32 3xui8",
       "ingot.quantize %0 scale %1 zero_point %2 axis = 1 : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xui8>) -> "
       "tensor<2x3xui8>"},
      {"quantize", "2x4xf32 2x2xf32",
       "ingot.quantize %0 scale %1 axis = 1 block = 2 : (tensor<2x4xf32>, tensor<2x2xf32>) -> tensor<2x4xi8>"},
      {"dequantize", "2x4xi8 f32 i8",
       "ingot.dequantize %0 scale %1 zero_point %2 : (tensor<2x4xi8>, tensor<f32>, tensor<i8>) -> tensor<2x4xf32>"},
      {"dequantize", "4x3xi8 2x3xf32",
       "ingot.dequantize %0 scale %1 axis = 0 block = 2 : (tensor<4x3xi8>, tensor<2x3xf32>) -> tensor<4x3xf32>"},
      {"rng", "f32 f32", "ingot.rng UNIFORM %0, %1 seed = 7 : (tensor<f32>, tensor<f32>) -> tensor<4x3xf32>"},
      {"rng_bit_generator", "2xui64",
       "ingot.rng_bit_generator THREE_FRY %0 : (tensor<2xui64>) -> (tensor<2xui64>, tensor<4x3xui32>)", false},
      {"gather", "5x3xf32 4x1xi64",
       "ingot.gather %0, %1 <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<5x3xf32>, "
       "tensor<4x1xi64>) -> tensor<4x3xf32>"},
      {"gather", "4x5xf32 2x3xi32",
       "ingot.gather %0, %1 <window = [0, 2], collapsed = [], batch = [] x [], map = [1, 0], vector = 0> : "
       "(tensor<4x5xf32>, "
       "tensor<2x3xi32>) -> tensor<2x3x2xf32>"},
      {"gather", "3x5xf32 3x2xi32",
       "ingot.gather %0, %1 <window = [], collapsed = [1], batch = [0] x [0], map = [1], vector = 2> : (tensor<3x5xf32>, "
       "tensor<3x2xi32>) -> tensor<3x2xf32>"},
      {"scatter", "4x2xf32 3x1xi64 3x2xf32",
       "ingot.scatter (%0), %1, (%2) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : "
       "(tensor<4x2xf32>, "
       "tensor<3x1xi64>, tensor<3x2xf32>) -> tensor<4x2xf32>" +
           kSum,
       false},
      {"scatter", "4xf32 2xi32 2xf32",
       "ingot.scatter (%0), %1, (%2) <window = [], collapsed = [0], batch = [] x [], map = [0], vector = 1> : "
       "(tensor<4xf32>, "
       "tensor<2xi32>, tensor<2xf32>) -> tensor<4xf32>" +
           kSum},
      {"dynamic_slice", "5x3xf32 i32 i32",
       "ingot.dynamic_slice %0 [%1, %2] : (tensor<5x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x2xf32>"},
      {"dynamic_slice", "5x3xf32 i32 i32",
       "ingot.dynamic_slice %0 [%1, %2] : (tensor<5x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>"},
      {"dynamic_update_slice", "4x3xf32 2x2xf32 i64 i64",
       "ingot.dynamic_update_slice %0, %1 [%2, %3] : (tensor<4x3xf32>, tensor<2x2xf32>, tensor<i64>, tensor<i64>) -> "
       "tensor<4x3xf32>"},
      {"dynamic_update_slice", "4x3xf32 4x3xf32 i64 i64",
       "ingot.dynamic_update_slice %0, %1 [%2, %3] : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<i64>, tensor<i64>) -> "
       "tensor<4x3xf32>"},
  };
  return all;
}

//===--- Integers ---===//

struct Integers {
  ArrayRef<int64_t> sizes;
  int64_t size(AffineExpr expr) { return evaluateExpr(expr, sizes).value(); }
  int64_t add(int64_t a, int64_t b) { return a + b; }
  int64_t mul(int64_t a, AffineExpr b) { return a * size(b); }
  int64_t floorDiv(int64_t a, AffineExpr b) { return llvm::divideFloorSigned(a, size(b)); }
  int64_t mod(int64_t a, AffineExpr b) { return llvm::mod(a, size(b)); }
};

int64_t linear(ArrayRef<int64_t> index, ArrayRef<int64_t> dims) {
  int64_t position = 0;
  for (auto [at, dim] : llvm::zip_equal(index, dims))
    position = position * dim + at;
  return position;
}

using Reads = std::set<std::pair<unsigned, int64_t>>; // operand, row-major position

// What the relation says the element at `index` reads of these operands.
class Walk {
public:
  Walk(const IndexRelation &relation, ArrayRef<Tensor> operands) : relation(relation), operands(operands) {}

  Reads run(ArrayRef<int64_t> index) {
    dims.assign(index.begin(), index.end());
    for (const IndexRead &read : relation.once)
      add(read.operand, read.place);
    term(0);
    return reads;
  }

private:
  void add(unsigned operand, ArrayRef<AffineExpr> place) {
    SmallVector<int64_t> index = evaluateIndices(place, ArrayRef<int64_t>(dims), algebra);
    ASSERT_EQ(index.size(), operands[operand].dims.size()) << "of operand " << operand;
    for (auto [at, dim] : llvm::zip_equal(index, operands[operand].dims))
      ASSERT_TRUE(at >= 0 && at < dim) << "reads place " << at << " of a dim of " << dim << " of operand " << operand;
    reads.insert({operand, linear(index, operands[operand].dims)});
  }

  void term(size_t number) {
    if (number == relation.terms.size())
      return leaf();
    const IndexTerm &term = relation.terms[number];
    int64_t bound = term.bound ? algebra.size(term.bound) : INT64_MAX;
    if (term.kind == IndexTerm::Kind::Element) {
      add(term.operand, term.place);
      if (testing::Test::HasFatalFailure())
        return;
      SmallVector<int64_t> index = evaluateIndices(ArrayRef(term.place), ArrayRef<int64_t>(dims), algebra);
      int64_t value = int64_t(valuesOf(operands[term.operand])[size_t(linear(index, operands[term.operand].dims))].real());
      dims.push_back(term.bound ? std::clamp<int64_t>(value, 0, bound - 1) : value);
      this->term(number + 1);
      dims.pop_back();
      return;
    }
    for (int64_t value = 0; value < bound; ++value) {
      dims.push_back(value);
      this->term(number + 1);
      dims.pop_back();
    }
  }

  bool holds(const IndexCondition &condition) {
    int64_t value = evaluateIndex(condition.value, ArrayRef<int64_t>(dims), algebra);
    switch (condition.kind) {
    case IndexCondition::Kind::NonNegative:
      return value >= 0;
    case IndexCondition::Kind::Below:
      return value < algebra.size(condition.bound);
    case IndexCondition::Kind::Zero:
      return value == 0;
    }
    return false;
  }

  void leaf() {
    for (const IndexCase &each : relation.cases)
      if (llvm::all_of(each.conditions, [&](const IndexCondition &condition) { return holds(condition); })) {
        for (const IndexRead &read : each.reads)
          add(read.operand, read.place);
        return;
      }
  }

  const IndexRelation &relation;
  ArrayRef<Tensor> operands;
  Integers algebra{kSizes};
  SmallVector<int64_t> dims;
  Reads reads;
};

//===--- The interpreter's side ---===//

void setElement(Tensor &tensor, int64_t at, double value) {
  reference::withValue(tensor.elementType, [&](auto native) {
    using V = decltype(native);
    V converted;
    if constexpr (std::is_same_v<V, reference::Complex>)
      converted = reference::Complex(value, value * 0.5 - 1);
    else if constexpr (std::is_same_v<V, double>)
      converted = value;
    else
      converted = V(int64_t(value));
    int64_t size = elementBytes(tensor.elementType);
    reference::encode<V>(tensor.elementType, &converted, 1, tensor.bytes.data() + at * size);
  });
}

bool isEqualAt(const Tensor &a, const Tensor &b, int64_t at) {
  int64_t size = elementBytes(a.elementType);
  return std::equal(a.bytes.begin() + at * size, a.bytes.begin() + (at + 1) * size, b.bytes.begin() + at * size);
}

using Pair = std::array<int64_t, 4>; // operand, its element, result, its element

class Derivation {
public:
  Derivation(Operation *op, const std::string &what) : op(op), what(what), random(7) {}

  void run(bool exact) {
    for (int round = 0; round < (exact ? 80 : 6) && !testing::Test::HasFailure(); ++round) {
      draw();
      if (exact && round > 2 && std::includes(changed.begin(), changed.end(), said.begin(), said.end()))
        break;
    }
    if (!exact)
      return;
    for (const Pair &pair : said)
      if (!changed.count(pair)) {
        ADD_FAILURE() << what << ": the relation says that element " << pair[3] << " of result " << pair[2]
                      << " reads element " << pair[1] << " of operand " << pair[0] << ", but it never changes with it";
        return;
      }
  }

private:
  double number(Type type, bool wild) {
    if (auto integer = dyn_cast<IntegerType>(type)) {
      int64_t low = integer.isUnsigned() || integer.getWidth() == 1 ? 0 : -2, high = integer.getWidth() == 1 ? 1 : 6;
      int64_t value = std::uniform_int_distribution<int64_t>(low, high)(random);
      return double(wild && integer.getWidth() > 1 && random() % 4 == 0 ? value * 37 : value);
    }
    if (wild && random() % 6 == 0)
      return random() % 2 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    return double(std::uniform_int_distribution<int64_t>(-16, 16)(random)) / 4 * (wild && random() % 3 == 0 ? 25 : 1);
  }

  std::vector<Tensor> evaluate(ArrayRef<Tensor> operands) {
    auto results = reference::evaluate(op, operands, kSizes, {});
    if (results)
      return std::move(*results);
    ADD_FAILURE() << what << ": " << llvm::toString(results.takeError());
    return {};
  }

  // One set of operands: each of their elements is changed once or twice.
  void draw() {
    std::vector<Tensor> operands;
    for (Value operand : op->getOperands()) {
      SmallVector<int64_t> dims;
      auto type = cast<RankedTensorType>(operand.getType());
      for (AffineExpr dim : dimExprs(type))
        dims.push_back(evaluateExpr(dim, kSizes).value());
      Tensor tensor = Tensor::zeros(type.getElementType(), dims);
      for (int64_t at = 0; at < tensor.numElements(); ++at)
        setElement(tensor, at, number(type.getElementType(), false));
      operands.push_back(std::move(tensor));
    }
    std::vector<Tensor> before = evaluate(operands);
    std::set<Pair> reads;
    for (auto [result, tensor] : llvm::enumerate(before)) {
      IndexRelation relation = cast<ReadsInterface>(op).getIndexRelation(unsigned(result));
      ASSERT_EQ(relation.rank, tensor.dims.size()) << what;
      SmallVector<int64_t> index(tensor.dims.size(), 0);
      for (int64_t at = 0; at < tensor.numElements(); ++at) {
        SCOPED_TRACE(what + ", element " + std::to_string(at) + " of result " + std::to_string(result));
        for (auto [operand, element] : Walk(relation, operands).run(index))
          reads.insert({operand, element, int64_t(result), at});
        if (testing::Test::HasFatalFailure())
          return;
        for (size_t dim = index.size(); dim-- > 0 && ++index[dim] == tensor.dims[dim];)
          index[dim] = 0;
      }
    }
    said.insert(reads.begin(), reads.end());
    for (size_t operand = 0; operand < operands.size(); ++operand)
      for (int64_t element = 0; element < operands[operand].numElements(); ++element) {
        Tensor kept = operands[operand];
        for (int change = 0; change < 2; ++change) {
          setElement(operands[operand], element, number(kept.elementType, true));
          std::vector<Tensor> after = evaluate(operands);
          for (size_t result = 0; result < after.size(); ++result)
            for (int64_t at = 0; at < after[result].numElements(); ++at) {
              if (isEqualAt(before[result], after[result], at))
                continue;
              Pair pair{int64_t(operand), element, int64_t(result), at};
              changed.insert(pair);
              ASSERT_TRUE(reads.count(pair))
                  << what << ": element " << at << " of result " << result << " changes with element " << element
                  << " of operand " << operand << ", which the relation says it does not read";
            }
        }
        operands[operand] = kept;
      }
  }

  Operation *op;
  std::string what;
  std::mt19937 random;
  std::set<Pair> said, changed;
};

// "2x3xf32 f32" as the arguments of a function around `text`.
std::string programOf(const Case &each) {
  std::string arguments;
  StringRef rest = each.types;
  for (int number = 0; !rest.empty(); ++number) {
    auto [type, other] = rest.split(' ');
    arguments += (number ? ", %" : "%") + std::to_string(number) + ": tensor<" + type.str() + ">";
    rest = other;
  }
  return "module attributes {" + std::string(kModuleSizes) + "} { func.func @main(" + arguments + ") { " + each.text +
         " return } }";
}

// An op of one or two operands of one type, its result's; null if it is none such.
OwningOpRef<ModuleOp> plainCase(MLIRContext &context, RegisteredOperationName name) {
  Location loc = UnknownLoc::get(&context);
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  for (Type element : {Type(Float32Type::get(&context)), Type(IntegerType::get(&context, 32))})
    for (unsigned count : {1u, 2u}) {
      OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
      OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
      Type type = RankedTensorType::get({2, 3}, element);
      auto function =
          func::FuncOp::create(builder, loc, "main", builder.getFunctionType(SmallVector<Type>(count, type), {}));
      Block *block = function.addEntryBlock();
      builder.setInsertionPointToEnd(block);
      OperationState state(loc, name);
      state.addOperands(block->getArguments());
      state.addTypes(type);
      Operation *op = builder.create(state);
      func::ReturnOp::create(builder, loc);
      if (succeeded(verify(op)))
        return module;
    }
  return nullptr;
}

TEST(IndexRelation, OfEveryOpIsWhatTheInterpreterReads) {
  Parsed parsed("module {}");
  unsigned derived = 0;
  for (RegisteredOperationName name : parsed.context.getRegisteredOperationsByDialect("ingot")) {
    std::string op = name.stripDialect().str();
    bool isStructure = llvm::is_contained(kStructure, op), hasRelation = name.hasInterface<ReadsInterface>();
    EXPECT_NE(isStructure, hasRelation) << op << (hasRelation ? " has" : " has no") << " index relation";
    EXPECT_TRUE(isStructure || name.hasInterface<MadeInterface>()) << op << " does not say how a kernel makes it";
    if (!hasRelation)
      continue;
    bool isMet = false;
    for (const Case &each : cases()) {
      if (each.name != op)
        continue;
      isMet = true;
      Parsed program(programOf(each));
      ASSERT_TRUE(program.module) << program.diagnostics << programOf(each);
      Derivation(&program.function().getBody().front().front(), each.text).run(each.exact);
    }
    if (!isMet) {
      OwningOpRef<ModuleOp> module = plainCase(parsed.context, name);
      ASSERT_TRUE(module) << op << " has no case here";
      auto function = module->lookupSymbol<func::FuncOp>("main");
      Derivation(&function.getBody().front().front(), op).run(/*exact=*/true);
    }
    ++derived;
  }
  EXPECT_GT(derived, 70u);
}

} // namespace
} // namespace ingot::test
