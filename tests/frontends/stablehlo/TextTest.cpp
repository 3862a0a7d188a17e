#include "frontends/stablehlo/Text.h"
#include "frontends/stablehlo/Limits.h"

#include "gtest/gtest.h"

namespace ingot::stablehlo {
namespace {

std::shared_ptr<const llvm::MemoryBuffer> buffer(const std::string &text) {
  return llvm::MemoryBuffer::getMemBufferCopy(text, "m");
}

// Null after a failure of the running test.
std::unique_ptr<Module> read(const std::string &text) {
  llvm::Expected<std::unique_ptr<Module>> module = parseText(buffer(text), "m.mlir");
  if (module)
    return std::move(*module);
  ADD_FAILURE() << llvm::toString(module.takeError()) << "\n" << text;
  return nullptr;
}

std::string errorOf(const std::string &text) {
  llvm::Expected<std::unique_ptr<Module>> module = parseText(buffer(text), "m.mlir");
  if (!module)
    return llvm::toString(module.takeError());
  return "no error";
}

std::string print(const std::string &text) {
  std::unique_ptr<Module> module = read(text);
  return module ? printModule(*module) : "";
}

// Line 1 is the function's; the body begins in line 2.
std::string function(const std::string &body) {
  return "func.func @f(%f: tensor<2x3xf32>, %i: tensor<2x3xi32>, %p: tensor<2x3xi1>, %s: tensor<f32>, %n: tensor<i32>, "
         "%c: tensor<2x3xcomplex<f32>>, %t: !stablehlo.token, %q: tensor<3x4xf32>, %d: tensor<2xi64>, %u: tensor<2xui64>, "
         "%x: tensor<1x8x8x3xf32>, %k: tensor<3x3x3x4xf32>, %r: tuple<tensor<f32>, tensor<i32>>) {\n" +
         body + "\n  return\n}\n";
}

void expectEqual(const std::string &one, const std::string &other) {
  std::unique_ptr<Module> lhs = read(one), rhs = read(other);
  std::string why;
  if (lhs && rhs)
    EXPECT_TRUE(equalModules(*lhs, *rhs, &why)) << why << "\n" << one << "\n" << other;
}

struct FormCase {
  const char *pretty, *generic;
};
const FormCase kForms[] =
    {
        {"%0 = stablehlo.add %f, %f : tensor<2x3xf32>",
         R"(%0 = "stablehlo.add"(%f, %f) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.abs %c : (tensor<2x3xcomplex<f32>>) -> tensor<2x3xf32>",
         R"(%0 = "stablehlo.abs"(%c) : (tensor<2x3xcomplex<f32>>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.exponential %f {result_accuracy = #stablehlo.result_accuracy<ulps = 3, mode = "
         "#stablehlo.result_accuracy_mode<TOLERANCE>>} : tensor<2x3xf32>",
         R"(%0 = "stablehlo.exponential"(%f) <{result_accuracy = #stablehlo.result_accuracy<ulps = 3, mode = #stablehlo<result_accuracy_mode TOLERANCE>>}> : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = chlo.erf %f : tensor<2x3xf32> -> tensor<2x3xf32>",
         R"(%0 = "chlo.erf"(%f) : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = chlo.next_after %f, %f : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>",
         R"(%0 = "chlo.next_after"(%f, %f) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = chlo.broadcast_add %f, %s {broadcast_dimensions = array<i64>} : (tensor<2x3xf32>, tensor<f32>) -> "
         "tensor<2x3xf32>",
         R"(%0 = "chlo.broadcast_add"(%f, %s) <{broadcast_dimensions = dense<> : tensor<0xi64>}> : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>)"},
        {"%0:2 = chlo.top_k(%f, k = 2) : tensor<2x3xf32> -> (tensor<2x2xf32>, tensor<2x2xi32>)",
         R"(%0:2 = "chlo.top_k"(%f) <{k = 2 : i64, is_stable = true}> : (tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>))"},
        {"%0 = chlo.constant dense<1> : tensor<2xi32>",
         R"(%0 = "chlo.constant"() {value = dense<[1, 1]> : tensor<2xi32>} : () -> tensor<2xi32>)"},
        {"%0 = stablehlo.compare LT, %f, %f, TOTALORDER : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>",
         R"(%0 = "stablehlo.compare"(%f, %f) {comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type TOTALORDER>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>)"},
        {"%0 = stablehlo.compare EQ, %i, %i : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi1>",
         R"(%0 = "stablehlo.compare"(%i, %i) {comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type NOTYPE>} : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi1>)"},
        {"%0 = stablehlo.select %p, %f, %f : tensor<2x3xi1>, tensor<2x3xf32>",
         R"(%0 = "stablehlo.select"(%p, %f, %f) : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.complex %f, %f : tensor<2x3xcomplex<f32>>",
         R"(%0 = "stablehlo.complex"(%f, %f) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xcomplex<f32>>)"},
        {"%0 = stablehlo.clamp %s, %f, %s : (tensor<f32>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>",
         R"(%0 = "stablehlo.clamp"(%s, %f, %s) : (tensor<f32>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.iota dim = 1 : tensor<2x3xi32>",
         R"(%0 = "stablehlo.iota"() <{iota_dimension = 1 : i64}> : () -> tensor<2x3xi32>)"},
        {"%0 = stablehlo.dynamic_iota %d, dim = 0 : (tensor<2xi64>) -> tensor<?x?xi32>",
         R"(%0 = "stablehlo.dynamic_iota"(%d) {iota_dimension = 0 : i64} : (tensor<2xi64>) -> tensor<?x?xi32>)"},
        {"%0 = stablehlo.constant dense<[[1, -2], [3, 4]]> : tensor<2x2xi8>",
         R"(%0 = "stablehlo.constant"() {value = dense<"0x01FE0304"> : tensor<2x2xi8>} : () -> tensor<2x2xi8>)"},
        {"%0 = stablehlo.constant() <{value = dense<7> : tensor<2xi8>}> : () -> tensor<2x!quant.uniform<i8:f32, 0.5:3>>",
         R"(%0 = "stablehlo.constant"() <{value = dense<7> : tensor<2xi8>}> : () -> tensor<2x!quant.uniform<i8:f32, 5.0e-1:3>>)"},
        {"%0 = stablehlo.slice %f [0:2, 1:3:2] : (tensor<2x3xf32>) -> tensor<2x1xf32>",
         R"(%0 = "stablehlo.slice"(%f) {start_indices = array<i64: 0, 1>, limit_indices = array<i64: 2, 3>, strides = array<i64: 1, 2>} : (tensor<2x3xf32>) -> tensor<2x1xf32>)"},
        {"%0 = stablehlo.dynamic_slice %f, %n, %n, sizes = [1, 2] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> "
         "tensor<1x2xf32>",
         R"(%0 = "stablehlo.dynamic_slice"(%f, %n, %n) {slice_sizes = dense<[1, 2]> : tensor<2xi64>} : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x2xf32>)"},
        {"%0 = stablehlo.pad %f, %s, low = [0, 1], high = [1, -1], interior = [0, 2] : (tensor<2x3xf32>, tensor<f32>) -> "
         "tensor<3x7xf32>",
         R"(%0 = "stablehlo.pad"(%f, %s) {edge_padding_low = array<i64: 0, 1>, edge_padding_high = array<i64: 1, -1>, interior_padding = array<i64: 0, 2>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<3x7xf32>)"},
        {"%0 = stablehlo.concatenate %f, %f, dim = 0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>",
         R"(%0 = "stablehlo.concatenate"(%f, %f) {dimension = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>)"},
        {"%0 = stablehlo.transpose %f, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>",
         R"(%0 = "stablehlo.transpose"(%f) {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>)"},
        {"%0 = stablehlo.reverse %f, dims = [1] : tensor<2x3xf32>",
         R"(%0 = "stablehlo.reverse"(%f) {dimensions = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.broadcast_in_dim %s, dims = [] : (tensor<f32>) -> tensor<2xf32>",
         R"(%0 = "stablehlo.broadcast_in_dim"(%s) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2xf32>)"},
        {"%0 = stablehlo.dynamic_broadcast_in_dim %s, %d, dims = [] : (tensor<f32>, tensor<2xi64>) -> tensor<?x?xf32>",
         R"(%0 = "stablehlo.dynamic_broadcast_in_dim"(%s, %d) {broadcast_dimensions = array<i64>, known_expanding_dimensions = array<i64>} : (tensor<f32>, tensor<2xi64>) -> tensor<?x?xf32>)"},
        {"%0 = stablehlo.dot_general %f, %q, contracting_dims = [1] x [0], precision = [DEFAULT, HIGH] : (tensor<2x3xf32>, "
         "tensor<3x4xf32>) -> tensor<2x4xf32>",
         R"(%0 = "stablehlo.dot_general"(%f, %q) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision HIGH>]} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>)"},
        {"%0 = stablehlo.dot_general %f, %f, batching_dims = [0] x [0], contracting_dims = [1] x [1], algorithm = "
         "<lhs_precision_type = tf32, rhs_precision_type = tf32, accumulation_type = f32, "
         "lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, allow_imprecise_accumulation = "
         "false> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>",
         R"(%0 = "stablehlo.dot_general"(%f, %f) {dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [0], lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1]>, algorithm = #stablehlo.dot_algorithm<lhs_precision_type = tf32, rhs_precision_type = tf32, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, allow_imprecise_accumulation = false>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>)"},
        {"%0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, "
         "2], pad = [[1, 1], [0, 1]], rhs_dilate = [1, 1], reverse = [0, 1]} "
         "{batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32>) -> "
         "tensor<1x4x3x4xf32>",
         R"(%0 = "stablehlo.convolution"(%x, %k) {dimension_numbers = #stablehlo.conv<raw input_batch_dimension = 0, input_feature_dimension = 3, input_spatial_dimensions = [1, 2], kernel_input_feature_dimension = 2, kernel_output_feature_dimension = 3, kernel_spatial_dimensions = [0, 1], output_batch_dimension = 0, output_feature_dimension = 3, output_spatial_dimensions = [1, 2]>, window_strides = array<i64: 2, 2>, padding = dense<[[1, 1], [0, 1]]> : tensor<2x2xi64>, lhs_dilation = array<i64: 1, 1>, window_reversal = array<i1: false, true>, batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32>) -> tensor<1x4x3x4xf32>)"},
        {"%0 = stablehlo.fft %c, type = IFFT, length = [3] : (tensor<2x3xcomplex<f32>>) -> tensor<2x3xcomplex<f32>>",
         R"(%0 = "stablehlo.fft"(%c) {fft_type = #stablehlo<fft_type IFFT>, fft_length = array<i64: 3>} : (tensor<2x3xcomplex<f32>>) -> tensor<2x3xcomplex<f32>>)"},
        {"%0 = stablehlo.rng %s, %s, %d, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> "
         "tensor<2x3xf32>",
         R"(%0 = "stablehlo.rng"(%s, %s, %d) {rng_distribution = #stablehlo<rng_distribution NORMAL>} : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<2x3xf32>)"},
        {"%0, %1 = stablehlo.rng_bit_generator %u, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, "
         "tensor<4xui32>)",
         R"(%0:2 = "stablehlo.rng_bit_generator"(%u) {rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>} : (tensor<2xui64>) -> (tensor<2xui64>, tensor<4xui32>))"},
        {"%0 = stablehlo.reduce_precision %f, format = e5m10 : tensor<2x3xf32>",
         R"(%0 = "stablehlo.reduce_precision"(%f) {exponent_bits = 5 : i32, mantissa_bits = 10 : i32} : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.cholesky %f, lower = true : tensor<2x3xf32>",
         R"(%0 = "stablehlo.cholesky"(%f) {lower = true} : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.get_dimension_size %f, dim = 1 : (tensor<2x3xf32>) -> tensor<i32>",
         R"(%0 = "stablehlo.get_dimension_size"(%f) {dimension = 1 : i64} : (tensor<2x3xf32>) -> tensor<i32>)"},
        {"%0 = stablehlo.set_dimension_size %f, %n, dim = 1 : (tensor<2x3xf32>, tensor<i32>) -> tensor<2x?xf32, "
         "#stablehlo.bounds<?, 3>>",
         R"(%0 = "stablehlo.set_dimension_size"(%f, %n) {dimension = 1 : i64} : (tensor<2x3xf32>, tensor<i32>) -> tensor<2x?xf32, #stablehlo.type_extensions<bounds = [?, 3]>>)"},
        {"%0 = stablehlo.tuple %s, %n : tuple<tensor<f32>, tensor<i32>>",
         R"(%0 = "stablehlo.tuple"(%s, %n) : (tensor<f32>, tensor<i32>) -> tuple<tensor<f32>, tensor<i32>>)"},
        {"%0 = stablehlo.get_tuple_element %r[1] : (tuple<tensor<f32>, tensor<i32>>) -> tensor<i32>",
         R"(%0 = "stablehlo.get_tuple_element"(%r) {index = 1 : i32} : (tuple<tensor<f32>, tensor<i32>>) -> tensor<i32>)"},
        {"%0 = stablehlo.after_all %t, %t : !stablehlo.token",
         R"(%0 = "stablehlo.after_all"(%t, %t) : (!stablehlo.token, !stablehlo.token) -> !stablehlo.token)"},
        {"%0 = stablehlo.replica_id : tensor<ui32>", R"(%0 = "stablehlo.replica_id"() : () -> tensor<ui32>)"},
        {"%0:2 = stablehlo.optimization_barrier %f, %n : tensor<2x3xf32>, tensor<i32>",
         R"(%0:2 = "stablehlo.optimization_barrier"(%f, %n) : (tensor<2x3xf32>, tensor<i32>) -> (tensor<2x3xf32>, tensor<i32>))"},
        {"stablehlo.optimization_barrier ()", R"("stablehlo.optimization_barrier"() : () -> ())"},
        {"%0 = stablehlo.custom_call @\"a b\"(%f) {api_version = 4 : i32, has_side_effect = true, called_computations = "
         "[@f]} : (tensor<2x3xf32>) -> tensor<2x3xf32>",
         R"(%0 = "stablehlo.custom_call"(%f) {call_target_name = "a b", api_version = 4 : i32, backend_config = {}, has_side_effect = true, called_computations = [@f], operand_layouts = []} : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.composite \"my.op\" %f {composite_attributes = {n = 1 : i64}, decomposition = @g, version = 2 : "
         "i32} : (tensor<2x3xf32>) -> tensor<2x3xf32>",
         R"(%0 = "stablehlo.composite"(%f) {name = "my.op", composite_attributes = {n = 1 : i64}, decomposition = @g, version = 2 : i32} : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = stablehlo.reduce(%f init: %s) applies stablehlo.maximum across dimensions = [1] : (tensor<2x3xf32>, "
         "tensor<f32>) -> tensor<2xf32>",
         "%0 = stablehlo.reduce(%f init: %s) across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>\n"
         "  reducer(%a: tensor<f32>, %b: tensor<f32>) {\n %m = stablehlo.maximum %a, %b : tensor<f32>\n stablehlo.return %m "
         ": tensor<f32>\n}"},
        {"%0:2 = stablehlo.reduce(%f init: %s), (%i init: %n) across dimensions = [0, 1] : (tensor<2x3xf32>, "
         "tensor<2x3xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)\n"
         "  reducer(%a: tensor<f32>, %b: tensor<f32>) (%e: tensor<i32>, %g: tensor<i32>) {\n stablehlo.return %b, %e : "
         "tensor<f32>, tensor<i32>\n}",
         "%0:2 = \"stablehlo.reduce\"(%f, %i, %s, %n) <{dimensions = array<i64: 0, 1>}> ({\n^bb0(%a: tensor<f32>, %e: "
         "tensor<i32>, %b: tensor<f32>, %g: tensor<i32>):\n"
         " \"stablehlo.return\"(%b, %e) : (tensor<f32>, tensor<i32>) -> ()\n}) : (tensor<2x3xf32>, tensor<2x3xi32>, "
         "tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)"},
        {"%0:2 = stablehlo.while(%a = %n, %b = %f) : tensor<i32>, tensor<2x3xf32> attributes {mhlo.x = 1 : i64}\n cond {\n "
         "%l = stablehlo.compare LT, %a, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
         " stablehlo.return %l : tensor<i1>\n} do {\n stablehlo.return %a, %b : tensor<i32>, tensor<2x3xf32>\n}",
         "%0:2 = \"stablehlo.while\"(%n, %f) ({\n^bb0(%a: tensor<i32>, %b: tensor<2x3xf32>):\n %l = "
         "\"stablehlo.compare\"(%a, %n) {comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<i32>, "
         "tensor<i32>) -> tensor<i1>\n"
         " stablehlo.return %l : tensor<i1>\n}, {\n^bb0(%a: tensor<i32>, %b: tensor<2x3xf32>):\n stablehlo.return %a, %b : "
         "tensor<i32>, tensor<2x3xf32>\n}) {mhlo.x = 1 : i64} : (tensor<i32>, tensor<2x3xf32>) -> (tensor<i32>, "
         "tensor<2x3xf32>)"},
        {"%0 = func.call @g(%f) : (tensor<2x3xf32>) -> tensor<2x3xf32>",
         R"(%0 = "func.call"(%f) <{callee = @g}> : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"%0 = call @g(%f) : (tensor<2x3xf32>) -> tensor<2x3xf32>",
         R"(%0 = "func.call"(%f) <{callee = @g}> : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"check.expect_eq_const %n, dense<4> : tensor<i32>",
         R"("check.expect_eq_const"(%n) {value = dense<4> : tensor<i32>} : (tensor<i32>) -> ())"},
        {"check.expect_almost_eq_const %s, dense<4.5> : tensor<f32>, tolerance = 1.0e-3",
         R"("check.expect_almost_eq_const"(%s) {value = dense<4.5> : tensor<f32>, tolerance = 1.0e-3 : f64} : (tensor<f32>) -> ())"},
        {"check.expect_almost_eq %f, %f : tensor<2x3xf32>",
         R"("check.expect_almost_eq"(%f, %f) {tolerance = 1.0e-4 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> ())"},
        {"check.expect_close %f, %f, max_ulp_difference = 3 : tensor<2x3xf32>, tensor<2x3xf32>",
         R"("check.expect_close"(%f, %f) {max_ulp_difference = 3 : ui64, min_ulp_difference = 0 : ui64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> ())"},
        {"check.expect_serialized_eq %f, probe_id = \"p\", iter = 2 : tensor<2x3xf32>",
         R"("check.expect_serialized_eq"(%f) {probe_id = "p", iteration = 2 : ui32} : (tensor<2x3xf32>) -> ())"},
        {"%0 = interpreter.probe %f, probe_id = \"p\" : tensor<2x3xf32>",
         R"(%0 = "interpreter.probe"(%f) {probe_id = "p"} : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
        {"interpreter.print %f : tensor<2x3xf32>", R"("interpreter.print"(%f) : (tensor<2x3xf32>) -> ())"},
        {"sdy.sharding_group %f group_id = 3 : tensor<2x3xf32>",
         R"("sdy.sharding_group"(%f) <{group_id = 3 : i64}> : (tensor<2x3xf32>) -> ())"},
        {"%0 = sdy.sharding_constraint %f <@mesh, [{\"a\"}, {}]> : tensor<2x3xf32>",
         R"(%0 = "sdy.sharding_constraint"(%f) <{sharding = #sdy.sharding<@mesh, [{"a"}, {}]>}> : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
};

TEST(Text, ReadsPrettyFormsAsGeneric) {
  for (const FormCase &form : kForms)
    expectEqual(function(form.pretty), function(form.generic));
}

TEST(Text, ReadsGenericModules) {
  expectEqual(
      "module @m attributes {mhlo.num_replicas = 1 : i32} {\n func.func private @g(tensor<2xf32>) -> tensor<2xf32>\n"
      " func.func public @main(%a: tensor<2xf32> {x.y = \"s\"}) -> (tensor<2xf32> {x.z}) { return %a : tensor<2xf32> }\n}",
      "\"builtin.module\"() <{sym_name = \"m\"}> ({\n \"func.func\"() <{function_type = (tensor<2xf32>) -> tensor<2xf32>, "
      "sym_name = \"g\", sym_visibility = \"private\"}> ({}) : () -> ()\n"
      " \"func.func\"() <{arg_attrs = [{x.y = \"s\"}], res_attrs = [{x.z}], function_type = (tensor<2xf32>) -> "
      "tensor<2xf32>, sym_name = \"main\", sym_visibility = \"public\"}> ({\n"
      " ^bb0(%a: tensor<2xf32>):\n \"func.return\"(%a) : (tensor<2xf32>) -> ()\n }) : () -> ()\n}) {mhlo.num_replicas = 1 : "
      "i32} : () -> ()");
}

TEST(Text, ReadsConstantsOfAllKinds) {
  auto constant = [](const char *text) { return function("%0 = stablehlo.constant " + std::string(text)); };
  const FormCase kEqual[] = {
      {"dense<[true, false, true, true, false, false, false, false, true]> : tensor<9xi1>",
       "dense<\"0x0D01\"> : tensor<9xi1>"},
      {"dense<true> : tensor<9xi1>", "dense<\"0xFF\"> : tensor<9xi1>"},
      {"dense<[0x7FC00000, 0xFF800000]> : tensor<2xf32>", "dense<\"0x0000C07F000080FF\"> : tensor<2xf32>"},
      {"dense<[1.0, -0.5]> : tensor<2xbf16>", "dense<\"0x803F00BF\"> : tensor<2xbf16>"},
      {"dense<[1.0, 448.0]> : tensor<2xf8E4M3FN>", "dense<[0x38, 0x7E]> : tensor<2xf8E4M3FN>"},
      {"dense<[(1.0, 2.0), (0.0, 0x7FC00000)]> : tensor<2xcomplex<f32>>",
       "dense<\"0x0000803F00000040000000000000C07F\"> : tensor<2xcomplex<f32>>"},
      {"dense<[-1, 7]> : tensor<2xi4>", "dense<[15, 7]> : tensor<2xi4>"},
      {"dense<255> : tensor<2xi8>", "dense<-1> : tensor<2xi8>"},
      {"dense<18446744073709551615> : tensor<ui64>", "dense<0xFFFFFFFFFFFFFFFF> : tensor<ui64>"},
      {"dense<> : tensor<0x3xf32>", "dense<[]> : tensor<0x3xf32>"},
      {"dense<[[], []]> : tensor<2x0xf32>", "dense<> : tensor<2x0xf32>"},
  };
  for (const FormCase &form : kEqual)
    expectEqual(constant(form.pretty), constant(form.generic));
  expectEqual(constant("dense_resource<r> : tensor<2xi16>") +
                  "\n{-#\n  dialect_resources: {\n    builtin: {\n      r: \"0x040000000100FEFF\"\n    }\n  }\n#-}\n",
              constant("dense<[1, -2]> : tensor<2xi16>"));
}

TEST(Text, ReadsAliasesWhereverTheyStand) {
  expectEqual("!t = tensor<2x!e>\n!e = !quant.uniform<i8<-8:7>:f32:0, {0.5:1, 0.25}>\n#d = [1, #n]\n#n = 2 : i64\n"
              "func.func @f(%a: !t) -> !t attributes {x.d = #d} { return %a : !t }",
              "func.func @f(%a: tensor<2x!quant.uniform<i8<-8:7>:f32:0, {0.5:1, 0.25:0}>>) -> "
              "tensor<2x!quant.uniform<i8<-8:7>:f32:0, {0.5:1, 0.25}>> "
              "attributes {x.d = [1 : i64, 2]} { return %a : tensor<2x!quant.uniform<i8<-8:7>:f32:0, {0.5:1, 0.25}>> }");
}

TEST(Text, FindsLocations) {
  std::unique_ptr<Module> module =
      read("#loc = loc(unknown)\nfunc.func @f(%a: tensor<f32> loc(\"a\"(#loc))) -> tensor<f32> {\n"
           "  %0 = stablehlo.abs %a : tensor<f32>\n"
           "  %1 = stablehlo.abs %a : tensor<f32> loc(#loc3)\n"
           "  %2 = stablehlo.abs %a : tensor<f32> loc(callsite(\"g.py\":5:6 at \"h.py\":7:8))\n"
           "  %3 = stablehlo.abs %a : tensor<f32> loc(fused<\"x\">[\"n\", \"i.py\":9:1 to :4])\n"
           "  return %0 : tensor<f32> loc(#loc5)\n} loc(#loc)\n"
           "#loc3 = loc(\"jit(f)/abs\"(#loc4))\n#loc4 = loc(\"f.py\":2:3)\n#loc5 = loc(\"round\"(#loc5))\n");
  ASSERT_TRUE(module);
  const std::vector<Op> &ops = module->functions.at(0).body.blocks.at(0).ops;
  EXPECT_EQ(*ops.at(0).location, (Location{"m.mlir", 3, 3, ""}));
  EXPECT_EQ(*ops.at(1).location, (Location{"f.py", 2, 3, "jit(f)/abs"}));
  EXPECT_EQ(*ops.at(2).location, (Location{"g.py", 5, 6, ""}));
  EXPECT_EQ(*ops.at(3).location, (Location{"i.py", 9, 1, "n"}));
  EXPECT_EQ(*ops.at(4).location, (Location{"m.mlir", 7, 3, "round"}));
}

TEST(Text, FillsInDefaults) {
  std::string text =
      print(function("%0 = \"stablehlo.dot\"(%f, %q) : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>"));
  EXPECT_NE(text.find("lhs_contracting_dimensions = array<tensor<1xi64>: 1>"), std::string::npos) << text; // of today's ops
  text = print(function("%0 = \"stablehlo.reduce_window\"(%f, %s) ({\n^bb0(%a: tensor<f32>, %b: tensor<f32>):\n "
                        "stablehlo.return %a : tensor<f32>\n}) "
                        "{window_dimensions = array<i64: 1, 2>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x2xf32>"));
  EXPECT_NE(text.find("padding = array<tensor<2x2xi64>: 0, 0, 0, 0>"), std::string::npos) << text;
  EXPECT_NE(text.find("window_strides = array<tensor<2xi64>: 1, 1>"), std::string::npos) << text;
}

TEST(Text, SplitsSections) {
  std::vector<TextSection> sections =
      splitSections("// RUN: x\n// -----\nmodule {}\n// -----   \n\nmodule @b {\n}\n// -----");
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].text, "module {}\n");
  EXPECT_EQ(sections[0].firstLine, 3u);
  EXPECT_EQ(sections[1].firstLine, 5u);
  std::string text = "module {}\n// -----\nmodule { what }\n";
  std::vector<TextSection> two = splitSections(text);
  ASSERT_EQ(two.size(), 2u);
  llvm::Expected<std::unique_ptr<Module>> module = parseText(buffer(text), "m.mlir", two[1]);
  ASSERT_FALSE(bool(module));
  EXPECT_EQ(llvm::toString(module.takeError()), "m.mlir:3:10: there is no op 'func.what'");
}

TEST(Text, IsRecognised) {
  for (const char *text : {"module {", "// x\n\nmodule @a attributes", "module attributes {", "func.func @main",
                           "\"builtin.module\"() (", "#loc = loc(unknown)", "!t = tensor<2xf32>"})
    EXPECT_TRUE(startsLikeStablehloText(text)) << text;
  for (const char *text :
       {"", "module", "modules {", "\x08\x07onnx", "# comment", "#include <x>", "{\"a\": 1}", "import module", "ML\xefR"})
    EXPECT_FALSE(startsLikeStablehloText(text)) << text;
}

struct ErrorCase {
  const char *body, *message;
};
const ErrorCase kErrors[] = {
    {"  %0 = stablehlo.add %f, %y : tensor<2x3xf32>", "m.mlir:2:26: '%y' is not defined here"},
    {"  stablehlo.return %f", "m.mlir:2:22: expected ':' and the types of the operands, found 'return'"},
    {"  %0 = stablehlo.add %f, %i : tensor<2x3xf32>",
     "m.mlir:2:26: '%i' is of type tensor<2x3xi32>, and used as tensor<2x3xf32>"},
    {"  %0 = stablehlo.add %f, %f#1 : tensor<2x3xf32>", "m.mlir:2:26: '%f' has 1 result, not one of number 1"},
    {"  %f = stablehlo.abs %f : tensor<2x3xf32>", "m.mlir:2:3: '%f' is defined already, in line 1"},
    {"  %0:2 = stablehlo.abs %f : tensor<2x3xf32>", "m.mlir:2:3: names for 2 results, and 'stablehlo.abs' has 1"},
    {"  %0 = stablehlo.abz %f : tensor<2x3xf32>",
     "m.mlir:2:8: there is no op 'stablehlo.abz'; did you mean 'stablehlo.abs'?"},
    {"  %0 = \"stablehlo.abz\"(%f) : (tensor<2x3xf32>) -> tensor<2x3xf32>",
     "m.mlir:2:8: there is no op 'stablehlo.abz'; did you mean 'stablehlo.abs'?"},
    {"  %0 = tensor.dim %f, %n : tensor<2x3xf32>", "m.mlir:2:8: 'tensor.dim' is read in its generic form alone"},
    {"  %0 = stablehlo.abs %f : tensor<2x3xf23>", "m.mlir:2:38: unknown type 'f23'"},
    {"  %0 = stablehlo.abs %f : memref<*xf32>", "m.mlir:2:34: buffers of unknown rank are not supported"},
    {"  %0 = stablehlo.abs %f : !llvm.ptr", "m.mlir:2:27: the type '!llvm.ptr' is not supported"},
    {"  %0 = stablehlo.abs %f : !unknown", "m.mlir:2:27: '!unknown' is not defined"},
    {"  %0 = stablehlo.compare LL, %f, %f : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>",
     "m.mlir:2:8: the attribute 'comparison_direction' of 'stablehlo.compare' is not a keyword: EQ, NE, GE, GT, LE or LT"},
    {"  %0 = stablehlo.iota dim = 1.5 : tensor<2x3xf32>", "m.mlir:2:29: expected an integer, found '1.5'"},
    {"  %0 = \"stablehlo.iota\"() : () -> tensor<2x3xf32>",
     "m.mlir:2:8: 'stablehlo.iota' lacks the attribute 'iota_dimension'"},
    {"  %0 = \"stablehlo.iota\"() {iota_dimension = [1]} : () -> tensor<2x3xf32>",
     "m.mlir:2:8: the attribute 'iota_dimension' of 'stablehlo.iota' is not an integer"},
    {"  %0 = stablehlo.constant dense<[1, 2]> : tensor<3xi32>", "m.mlir:2:33: 2 elements where the type has 3 along dim 0"},
    {"  %0 = stablehlo.constant dense<[1]> : tensor<i32>",
     "m.mlir:2:33: the elements are nested deeper than the 0 dims of their type"},
    {"  %0 = stablehlo.constant dense<[[1]]> : tensor<1xi32>", "m.mlir:2:34: expected a value of i32, found '['"},
    {"  %0 = stablehlo.constant dense<1> : tensor<2xf32>",
     "m.mlir:2:33: '1' is no value of f32: write 1.0, or its bits as 0x..."},
    {"  %0 = stablehlo.constant dense<256> : tensor<2xi8>", "m.mlir:2:33: 256 is no value of i8"},
    {"  %0 = stablehlo.constant dense<\"0x0102\"> : tensor<3xi8>", "m.mlir:2:33: 2 bytes for the elements of tensor<3xi8>"},
    {"  %0 = stablehlo.constant dense<1> : tensor<?xi8>",
     "m.mlir:2:33: a constant of type tensor<?xi8>: its dims must be known, and their product fit in 64 bits"},
    {"  %0 = stablehlo.constant dense<[1, 2 : tensor<2xi8>", "m.mlir:3:9: expected ']', found '}'"},
    {"  %0 = stablehlo.constant dense_resource<r> : tensor<2xi8>", "m.mlir:2:42: the resource 'r' is not defined"},
    {"  %0 = stablehlo.select %p, %f : tensor<2x3xi1>, tensor<2x3xf32>", "m.mlir:2:8: 2 operands, and types for 3"},
    {"  %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, 2, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} : () -> ()",
     "m.mlir:2:52: the spatial dim 1 is not given"},
    {"  %0 = stablehlo.custom_call @c(%f) {a = 1 : i64, a = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>",
     "m.mlir:2:64: the attribute 'a' is given twice"},
    {"  %0 = \"stablehlo.abs\"(%f)[^bb1] : (tensor<2x3xf32>) -> tensor<2x3xf32>",
     "m.mlir:2:27: branches between blocks are not supported"},
    {"  %0 = \"abs\"(%f) : (tensor<2x3xf32>) -> tensor<2x3xf32>", "m.mlir:2:8: 'abs' is no name of an op (dialect.op)"},
    {"  %0 = stablehlo.abs %f : tensor<2x3xf32, #stablehlo.bounds<?, 4>>", "m.mlir:2:41: dim 1 is 3 and can have no bound"},
    {"  %0 = stablehlo.abs %f : tensor<?x3xf32, #stablehlo.bounds<4>>", "m.mlir:2:41: 1 bounds for 2 dims"},
    {"  %0 = stablehlo.reduce_precision %f, format = e2147483648m1 : tensor<2x3xf32>",
     "m.mlir:2:48: expected the bits of exponent and mantissa (e5m10), found 'e2147483648m1'"},
    {"  %0 = stablehlo.custom_call @c(%f) {a = #vhlo.bool_v1<true>} : (tensor<2x3xf32>) -> tensor<2x3xf32>",
     "m.mlir:2:42: attributes of VHLO are read from portable artifacts alone"},
    {"  %0 = \"stablehlo.abs", "m.mlir:2:8: expected an op, found a string without an end"},
};

// What reads our text is as good as what reads the text that it was made of: each form, attribute and kind of constant.
TEST(Text, IsWritten) {
  for (const FormCase &form : kForms) {
    std::unique_ptr<Module> module = read(function(form.pretty));
    ASSERT_TRUE(module) << form.pretty;
    const std::string text = writeText(*module);
    std::unique_ptr<Module> again = read(text);
    std::string why;
    ASSERT_TRUE(again) << text;
    EXPECT_TRUE(equalModules(*module, *again, &why)) << why << '\n' << text;
  }
}

TEST(Text, TellsWhatIsWrong) {
  for (const ErrorCase &wrong : kErrors)
    EXPECT_EQ(llvm::StringRef(errorOf(function(wrong.body))).split('\n').first.str(), wrong.message) << wrong.body;
}

TEST(Text, GoesOnBehindErrors) {
  EXPECT_EQ(errorOf(function("  %0 = stablehlo.add %f, %y : tensor<2x3xf32>\n"
                             "  %1 = stablehlo.abs %0 : tensor<2x3xf32>\n" // not told: %0 is what failed
                             "  %2 = stablehlo.while(%a = %n) : tensor<i32> cond {\n"
                             "    %l = stablehlo.compare LT, %a, %z : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
                             "    stablehlo.return %l : tensor<i1>\n"
                             "  } do {\n"
                             "    stablehlo.return %a : tensor<i32>\n"
                             "  }\n"
                             "  %3 = stablehlo.abs : tensor<2x3xf32>\n")),
            "m.mlir:2:26: '%y' is not defined here\n"
            "m.mlir:5:36: '%z' is not defined here\n"
            "m.mlir:10:22: expected a value (%name), found ':'");
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "  stablehlo.return %y : tensor<f32>\n";
  EXPECT_EQ(llvm::StringRef(errorOf(function(many))).count('\n'), 19u);
}

TEST(Text, RefusesWhatIsNoModule) {
  EXPECT_EQ(errorOf(""), "m.mlir:1:1: no module and no function");
  EXPECT_EQ(errorOf("module {"), "m.mlir:1:9: expected '}', found the end of the text");
  EXPECT_EQ(errorOf("module {} module {}"),
            "m.mlir:1:11: expected the end of the text: a file is one module, found 'module'");
  EXPECT_EQ(errorOf("func.func @f() { return } }"), "m.mlir:1:27: expected an op, found '}'");
  EXPECT_EQ(errorOf("%0 = stablehlo.iota dim = 0 : tensor<2xi32>"),
            "m.mlir:1:1: 'stablehlo.iota' stands outside a function");
}

std::string repeat(const std::string &text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

TEST(Text, BoundsWhatItReads) {
  auto attribute = [](const std::string &value) { return "module attributes {x.y = " + value + "} {}"; };
  EXPECT_NE(read(attribute(repeat("[", kMaxAttributeDepth - 2) + repeat("]", kMaxAttributeDepth - 2))), nullptr);
  for (size_t depth : {size_t(kMaxAttributeDepth) + 1, size_t(100000)})
    EXPECT_NE(
        errorOf(attribute(repeat("[", depth) + repeat("]", depth))).find("attributes and types nested more than 32 deep"),
        std::string::npos);
  EXPECT_NE(errorOf("func.func @f() {" + repeat("\"x.y\"() ({", 100000) + repeat("}) : () -> ()", 100000) + "}")
                .find("regions nested more than 64 deep"),
            std::string::npos);
  EXPECT_EQ(errorOf(function("%0 = stablehlo.iota dim = 0 : tensor<" + repeat("1x", kMaxRank + 1) + "i8>")),
            "m.mlir:2:" + std::to_string(38 + 2 * kMaxRank) + ": a tensor of more than 64 dims");
  // Aliases that name others several times would be many times as large with each line.
  std::string attributes = "#a0 = 1\n", types = "!t0 = tensor<2xf32>\n";
  for (int i = 1; i < 13; ++i) {
    std::string before = std::to_string(i - 1);
    attributes += "#a" + std::to_string(i) + " = [" + repeat("#a" + before + ", ", 7) + "#a" + before + "]\n";
    types += "!t" + std::to_string(i) + " = tuple<" + repeat("!t" + before + ", ", 7) + "!t" + before + ">\n";
  }
  EXPECT_NE(errorOf(attributes + attribute("#a12")).find("the most for a text of"), std::string::npos);
  EXPECT_NE(errorOf(types + "func.func private @f(!t12)").find("a type of more than 1048576 parts"), std::string::npos);
  EXPECT_NE(errorOf("#a = #b\n#b = #a\n" + attribute("#a")).find("nested more than 32 deep"), std::string::npos);
}

// Whatever stands at a place, a text is read or refused; what is refused has a place in it.
TEST(Text, SurvivesDamage) {
  for (const FormCase &form : kForms)
    for (llvm::StringRef body : {form.pretty, form.generic})
      for (size_t at = 0; at < body.size(); at += 2) {
        std::string before = body.take_front(at).str();
        for (const std::string &damaged :
             {before, before + body.drop_front(at + 1).str(),
              before + std::string(1, "<>{}[]()\"%#@!,:=-0"[at % 18]) + body.drop_front(at + 1).str()}) {
          std::string error = errorOf(function(damaged));
          if (error != "no error")
            EXPECT_EQ(error.find("m.mlir:"), 0u) << error;
        }
      }
}

} // namespace
} // namespace ingot::stablehlo
