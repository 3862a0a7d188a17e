// Names and numbers of this table are the standard's: VHLO's definitions of ops and enumerations, CHLO's and the check dialect's.
#include "frontends/stablehlo/Schema.h"

#include "llvm/ADT/StringMap.h"

namespace ingot::stablehlo {
namespace {

using enum AttributeKind;

constexpr EnumValue kComparisonDirections[] = {{"EQ", 0}, {"NE", 1}, {"GE", 2}, {"GT", 3}, {"LE", 4}, {"LT", 5}};
constexpr EnumValue kComparisonTypes[] = {{"NOTYPE", 0}, {"FLOAT", 1}, {"TOTALORDER", 2}, {"SIGNED", 3}, {"UNSIGNED", 4}};
constexpr EnumValue kApiVersions[] = {{"API_VERSION_UNSPECIFIED", 0},
                                      {"API_VERSION_ORIGINAL", 1},
                                      {"API_VERSION_STATUS_RETURNING", 2},
                                      {"API_VERSION_STATUS_RETURNING_UNIFIED", 3},
                                      {"API_VERSION_TYPED_FFI", 4}};
constexpr EnumValue kFftTypes[] = {{"FFT", 0}, {"IFFT", 1}, {"RFFT", 2}, {"IRFFT", 3}};
constexpr EnumValue kPrecisions[] = {{"DEFAULT", 0}, {"HIGH", 1}, {"HIGHEST", 2}};
constexpr EnumValue kRngAlgorithms[] = {{"DEFAULT", 0}, {"THREE_FRY", 1}, {"PHILOX", 2}};
constexpr EnumValue kRngDistributions[] = {{"UNIFORM", 1}, {"NORMAL", 2}};
constexpr EnumValue kTransposes[] = {{"TRANSPOSE_INVALID", 0}, {"NO_TRANSPOSE", 1}, {"TRANSPOSE", 2}, {"ADJOINT", 3}};
constexpr EnumValue kAccuracyModes[] = {{"DEFAULT", 0}, {"HIGHEST", 1}, {"TOLERANCE", 2}};

// The codes are those of VHLO's attributes in bytecode.
constexpr EnumRow kEnums[] = {
    {"comparison_direction", 3, kComparisonDirections, {0, 9}},
    {"comparison_type", 4, kComparisonTypes, {0, 9}},
    {"custom_call_api_version", 5, kApiVersions, {0, 9}},
    {"fft_type", 7, kFftTypes, {0, 9}},
    {"precision", 11, kPrecisions, {0, 9}},
    {"rng_algorithm", 12, kRngAlgorithms, {0, 9}},
    {"rng_distribution", 13, kRngDistributions, {0, 9}},
    {"transpose", 16, kTransposes, {0, 9}},
    {"result_accuracy_mode", 19, kAccuracyModes, {1, 9}},
};
constexpr const EnumRow *kComparisonDirection = &kEnums[0], *kComparisonType = &kEnums[1], *kApiVersion = &kEnums[2],
                        *kFftType = &kEnums[3], *kPrecision = &kEnums[4], *kRngAlgorithm = &kEnums[5],
                        *kRngDistribution = &kEnums[6], *kTransposeA = &kEnums[7];

constexpr AttributeRow kAllGather[] = {{"all_gather_dim", Integer},
                                       {"channel_id", Integer, "0"},
                                       {"replica_groups", Integers2d},
                                       {"use_global_device_ids", Bool, "false"}};
constexpr AttributeRow kAllReduce[] = {
    {"channel_id", Integer, "0"}, {"replica_groups", Integers2d}, {"use_global_device_ids", Bool, "false"}};
constexpr AttributeRow kAllToAll[] = {{"channel_id", Integer, "0"},
                                      {"concat_dimension", Integer},
                                      {"replica_groups", Integers2d},
                                      {"split_count", Integer},
                                      {"split_dimension", Integer}};
constexpr AttributeRow kBatchNormGrad[] = {{"epsilon", Float}, {"feature_index", Integer}};
constexpr AttributeRow kBroadcastInDim[] = {{"broadcast_dimensions", Integers}};
constexpr AttributeRow kBroadcast[] = {{"broadcast_sizes", Integers}};
constexpr AttributeRow kCall[] = {{"callee", Symbol}};
constexpr AttributeRow kCbrt[] = {{"result_accuracy", Accuracy, "DEFAULT"}};
constexpr AttributeRow kCholesky[] = {{"lower", Bool, "false"}};
constexpr AttributeRow kCollectiveBroadcast[] = {{"channel_id", Integer, "0"}, {"replica_groups", Integers2d}};
constexpr AttributeRow kCollectiveBroadcastV2[] = {
    {"channel_id", Integer, "0"}, {"has_dynamic_root", Bool, "false"}, {"replica_groups", Integers2d}};
constexpr AttributeRow kCollectiveReduce[] = {{"channel_id", Integer, "0"},
                                              {"has_dynamic_root", Bool, "false"},
                                              {"replica_groups", Integers2d},
                                              {"use_global_device_ids", Bool, "false"}};
constexpr AttributeRow kCollectivePermute[] = {{"channel_id", Integer, "0"}, {"source_target_pairs", Integers2d}};
constexpr AttributeRow kCompare[] = {{"compare_type", Enum, "NOTYPE", nullptr, kComparisonType},
                                     {"comparison_direction", Enum, nullptr, nullptr, kComparisonDirection}};
constexpr AttributeRow kComposite[] = {
    {"composite_attributes", Dictionary, "{}"}, {"decomposition", Symbol}, {"name", String}, {"version", Integer32, "0"}};
constexpr AttributeRow kConcatenate[] = {{"dimension", Integer}};
constexpr AttributeRow kConstant[] = {{"value", Tensor}};
constexpr AttributeRow kConvolution[] = {{"batch_group_count", Integer},
                                         {"feature_group_count", Integer},
                                         {"input_batch_dimension", Integer},
                                         {"input_feature_dimension", Integer},
                                         {"input_spatial_dimensions", Integers},
                                         {"kernel_input_feature_dimension", Integer},
                                         {"kernel_output_feature_dimension", Integer},
                                         {"kernel_spatial_dimensions", Integers},
                                         {"lhs_dilation", Integers, "1", "input_spatial_dimensions"},
                                         {"output_batch_dimension", Integer},
                                         {"output_feature_dimension", Integer},
                                         {"output_spatial_dimensions", Integers},
                                         {"padding", Integers2d, "0", "input_spatial_dimensions"},
                                         {"precision_config", Enums, "DEFAULT", nullptr, kPrecision},
                                         {"rhs_dilation", Integers, "1", "input_spatial_dimensions"},
                                         {"window_reversal", Bools, "false", "input_spatial_dimensions"},
                                         {"window_strides", Integers, "1", "input_spatial_dimensions"}};
constexpr AttributeRow kCrossReplicaSum[] = {{"replica_groups", Integers2d}};
constexpr AttributeRow kCustomCall[] = {{"api_version", Enum, "API_VERSION_ORIGINAL", nullptr, kApiVersion},
                                        {"backend_config", Any, "\"\""},
                                        {"call_target_name", String},
                                        {"called_computations", Symbols, "[]"},
                                        {"has_side_effect", Bool, "false"},
                                        {"operand_layouts", Layouts, "[]"},
                                        {"output_operand_aliases", Array, "[]"},
                                        {"result_layouts", Layouts, "[]"}};
constexpr AttributeRow kCustomCallV2[] = {{"api_version", Enum, "API_VERSION_ORIGINAL", nullptr, kApiVersion},
                                          {"backend_config", Any, "\"\""},
                                          {"call_target_name", String},
                                          {"called_computations", Symbols, "[]"},
                                          {"has_side_effect", Bool, "false"},
                                          {"operand_layouts", Layouts, "[]"},
                                          {"output_operand_aliases", Array, "[]"},
                                          {"result_layouts", Layouts, "[]"},
                                          {"result_tilings", Tilings, "[]"}};
constexpr AttributeRow kDotGeneral[] = {{"lhs_batching_dimensions", Integers},
                                        {"lhs_contracting_dimensions", Integers},
                                        {"precision_config", Enums, "DEFAULT", nullptr, kPrecision},
                                        {"rhs_batching_dimensions", Integers},
                                        {"rhs_contracting_dimensions", Integers}};
constexpr AttributeRow kDotGeneralV2[] = {
    {"accumulation_type", Type, "none"},           {"allow_imprecise_accumulation", Bool, "none"},
    {"lhs_batching_dimensions", Integers},         {"lhs_component_count", Integer, "none"},
    {"lhs_contracting_dimensions", Integers},      {"lhs_precision_type", Type, "none"},
    {"num_primitive_operations", Integer, "none"}, {"precision_config", Enums, "DEFAULT", nullptr, kPrecision},
    {"rhs_batching_dimensions", Integers},         {"rhs_component_count", Integer, "none"},
    {"rhs_contracting_dimensions", Integers},      {"rhs_precision_type", Type, "none"}};
constexpr AttributeRow kDot[] = {{"precision_config", Enums, "DEFAULT", nullptr, kPrecision}};
constexpr AttributeRow kDynamicBroadcastInDim[] = {{"broadcast_dimensions", Integers},
                                                   {"known_expanding_dimensions", Integers, "[]"},
                                                   {"known_nonexpanding_dimensions", Integers, "[]"}};
constexpr AttributeRow kDynamicConv[] = {{"batch_group_count", Integer},
                                         {"feature_group_count", Integer},
                                         {"input_batch_dimension", Integer},
                                         {"input_feature_dimension", Integer},
                                         {"input_spatial_dimensions", Integers},
                                         {"kernel_input_feature_dimension", Integer},
                                         {"kernel_output_feature_dimension", Integer},
                                         {"kernel_spatial_dimensions", Integers},
                                         {"lhs_dilation", Integers, "1", "input_spatial_dimensions"},
                                         {"output_batch_dimension", Integer},
                                         {"output_feature_dimension", Integer},
                                         {"output_spatial_dimensions", Integers},
                                         {"precision_config", Enums, "DEFAULT", nullptr, kPrecision},
                                         {"rhs_dilation", Integers, "1", "input_spatial_dimensions"},
                                         {"window_reversal", Bools, "false", "input_spatial_dimensions"},
                                         {"window_strides", Integers, "1", "input_spatial_dimensions"}};
constexpr AttributeRow kDynamicGather[] = {{"collapsed_slice_dims", Integers},
                                           {"index_vector_dim", Integer},
                                           {"indices_are_sorted", Bool, "false"},
                                           {"offset_dims", Integers},
                                           {"start_index_map", Integers}};
constexpr AttributeRow kDynamicGatherV2[] = {{"collapsed_slice_dims", Integers},
                                             {"index_vector_dim", Integer},
                                             {"indices_are_sorted", Bool, "false"},
                                             {"offset_dims", Integers},
                                             {"operand_batching_dims", Integers, "[]"},
                                             {"start_index_map", Integers},
                                             {"start_indices_batching_dims", Integers, "[]"}};
constexpr AttributeRow kDynamicIota[] = {{"iota_dimension", Integer}};
constexpr AttributeRow kDynamicSlice[] = {{"slice_sizes", Integers}};
constexpr AttributeRow kEinsum[] = {{"einsum_config", String}};
constexpr AttributeRow kFft[] = {{"fft_length", Integers}, {"fft_type", Enum, nullptr, nullptr, kFftType}};
constexpr AttributeRow kFunc[] = {{"arg_attrs", Array, "[]"},
                                  {"function_type", Type},
                                  {"res_attrs", Array, "[]"},
                                  {"sym_name", String},
                                  {"sym_visibility", String, "\"\""}};
constexpr AttributeRow kGather[] = {
    {"collapsed_slice_dims", Integers}, {"index_vector_dim", Integer}, {"indices_are_sorted", Bool, "false"},
    {"offset_dims", Integers},          {"slice_sizes", Integers},     {"start_index_map", Integers}};
constexpr AttributeRow kGatherV2[] = {{"collapsed_slice_dims", Integers},
                                      {"index_vector_dim", Integer},
                                      {"indices_are_sorted", Bool, "false"},
                                      {"offset_dims", Integers},
                                      {"operand_batching_dims", Integers, "[]"},
                                      {"slice_sizes", Integers},
                                      {"start_index_map", Integers},
                                      {"start_indices_batching_dims", Integers, "[]"}};
constexpr AttributeRow kGetTupleElement[] = {{"index", Integer32}};
constexpr AttributeRow kInfeed[] = {{"infeed_config", String, "\"\""}, {"layout", Array, "[]"}};
constexpr AttributeRow kMap[] = {{"dimensions", Integers}};
constexpr AttributeRow kOutfeed[] = {{"outfeed_config", String, "\"\""}};
constexpr AttributeRow kPad[] = {
    {"edge_padding_high", Integers}, {"edge_padding_low", Integers}, {"interior_padding", Integers}};
constexpr AttributeRow kRecv[] = {
    {"channel_id", Integer, "0"}, {"channel_type", Integer}, {"is_host_transfer", Bool, "false"}};
constexpr AttributeRow kRecvV2[] = {{"channel_id", Integer, "0"},
                                    {"channel_type", Integer},
                                    {"is_host_transfer", Bool, "false"},
                                    {"source_target_pairs", Integers2d, "[]"}};
constexpr AttributeRow kReducePrecision[] = {{"exponent_bits", Integer32}, {"mantissa_bits", Integer32}};
constexpr AttributeRow kReduceScatter[] = {{"channel_id", Integer, "0"},
                                           {"replica_groups", Integers2d},
                                           {"scatter_dimension", Integer},
                                           {"use_global_device_ids", Bool, "false"}};
constexpr AttributeRow kReduceWindow[] = {{"base_dilations", Integers, "1", "window_dimensions"},
                                          {"padding", Integers2d, "0", "window_dimensions"},
                                          {"window_dilations", Integers, "1", "window_dimensions"},
                                          {"window_dimensions", Integers},
                                          {"window_strides", Integers, "1", "window_dimensions"}};
constexpr AttributeRow kRngBitGenerator[] = {{"rng_algorithm", Enum, nullptr, nullptr, kRngAlgorithm}};
constexpr AttributeRow kRng[] = {{"rng_distribution", Enum, nullptr, nullptr, kRngDistribution}};
constexpr AttributeRow kScatter[] = {{"index_vector_dim", Integer},      {"indices_are_sorted", Bool, "false"},
                                     {"inserted_window_dims", Integers}, {"scatter_dims_to_operand_dims", Integers},
                                     {"unique_indices", Bool, "false"},  {"update_window_dims", Integers}};
constexpr AttributeRow kScatterV2[] = {{"index_vector_dim", Integer},
                                       {"indices_are_sorted", Bool, "false"},
                                       {"input_batching_dims", Integers, "[]"},
                                       {"inserted_window_dims", Integers},
                                       {"scatter_dims_to_operand_dims", Integers},
                                       {"scatter_indices_batching_dims", Integers, "[]"},
                                       {"unique_indices", Bool, "false"},
                                       {"update_window_dims", Integers}};
constexpr AttributeRow kSelectAndScatter[] = {{"padding", Integers2d, "0", "window_dimensions"},
                                              {"window_dimensions", Integers},
                                              {"window_strides", Integers, "1", "window_dimensions"}};
constexpr AttributeRow kSlice[] = {{"limit_indices", Integers}, {"start_indices", Integers}, {"strides", Integers}};
constexpr AttributeRow kSort[] = {{"dimension", Integer, "-1"}, {"is_stable", Bool, "false"}};
constexpr AttributeRow kTorchIndexSelect[] = {{"batch_dims", Integer}, {"dim", Integer}};
constexpr AttributeRow kTranspose[] = {{"permutation", Integers}};
constexpr AttributeRow kTriangularSolve[] = {
    {"left_side", Bool}, {"lower", Bool}, {"transpose_a", Enum, nullptr, nullptr, kTransposeA}, {"unit_diagonal", Bool}};

constexpr AttributeRow kBroadcastBinary[] = {{"broadcast_dimensions", Integers, "none"}};
constexpr AttributeRow kBroadcastCompare[] = {{"broadcast_dimensions", Integers, "none"},
                                              {"compare_type", Enum, "NOTYPE", nullptr, kComparisonType},
                                              {"comparison_direction", Enum, nullptr, nullptr, kComparisonDirection}};
constexpr AttributeRow kConstantLike[] = {{"value", Any}};
constexpr AttributeRow kTopK[] = {{"is_stable", Bool, "true"}, {"k", Integer}};
constexpr AttributeRow kScan[] = {{"dimension", Integer},
                                  {"is_associative", Bool, "none"},
                                  {"is_reverse", Bool, "false"},
                                  {"scan_dim_size", Integer, "none"}};
constexpr AttributeRow kRaggedDot[] = {
    {"lhs_batching_dimensions", Integers}, {"lhs_contracting_dimensions", Integers},
    {"lhs_ragged_dimensions", Integers},   {"precision_config", Enums, "DEFAULT", nullptr, kPrecision},
    {"rhs_batching_dimensions", Integers}, {"rhs_contracting_dimensions", Integers},
    {"rhs_group_dimensions", Integers}};
constexpr AttributeRow kTolerance[] = {{"tolerance", Float, "1e-4"}};
constexpr AttributeRow kToleranceOfValue[] = {{"tolerance", Float, "1e-4"}, {"value", Tensor}};
constexpr AttributeRow kUlps[] = {{"max_ulp_difference", Integer, "1"}, {"min_ulp_difference", Integer, "0"}};
constexpr AttributeRow kProbeOf[] = {{"iteration", Integer, "0"}, {"probe_id", String}};
constexpr AttributeRow kProbe[] = {{"probe_id", String}};
constexpr AttributeRow kRunParallel[] = {{"infeed", Symbols, "none"}, {"programs", Array}};

// Ops of VHLO, one version each, by name.
constexpr OpRow kOps[] = {
    {"abs_v1", "stablehlo", "abs", {0, 9}, kNewestVersion, {}},
    {"add_v1", "stablehlo", "add", {0, 9}, kNewestVersion, {}},
    {"after_all_v1", "stablehlo", "after_all", {0, 9}, kNewestVersion, {}},
    {"all_gather_v1", "stablehlo", "all_gather", {0, 9}, {1, 4}, kAllGather, Restriction::OneOperand},
    {"all_gather_v2", "stablehlo", "all_gather", {1, 5}, kNewestVersion, kAllGather},
    {"all_reduce_v1", "stablehlo", "all_reduce", {0, 9}, {1, 4}, kAllReduce, Restriction::OneOperand},
    {"all_reduce_v2", "stablehlo", "all_reduce", {1, 5}, kNewestVersion, kAllReduce},
    {"all_to_all_v1", "stablehlo", "all_to_all", {0, 9}, {1, 4}, kAllToAll, Restriction::OneOperand},
    {"all_to_all_v2", "stablehlo", "all_to_all", {1, 5}, kNewestVersion, kAllToAll},
    {"and_v1", "stablehlo", "and", {0, 9}, kNewestVersion, {}},
    {"async_start_v1", "stablehlo", "async_start", {1, 15}, kNewestVersion, {}},
    {"async_done_v1", "stablehlo", "async_done", {1, 15}, kNewestVersion, {}},
    {"atan2_v1", "stablehlo", "atan2", {0, 9}, kNewestVersion, {}},
    {"batch_norm_grad_v1", "stablehlo", "batch_norm_grad", {0, 9}, kNewestVersion, kBatchNormGrad},
    {"batch_norm_inference_v1", "stablehlo", "batch_norm_inference", {0, 9}, kNewestVersion, kBatchNormGrad},
    {"batch_norm_training_v1", "stablehlo", "batch_norm_training", {0, 9}, kNewestVersion, kBatchNormGrad},
    {"bitcast_convert_v1", "stablehlo", "bitcast_convert", {0, 9}, kNewestVersion, {}},
    {"broadcast_in_dim_v1", "stablehlo", "broadcast_in_dim", {0, 9}, kNewestVersion, kBroadcastInDim},
    {"broadcast_v1", "stablehlo", "broadcast", {0, 9}, kNewestVersion, kBroadcast},
    {"call_v1", "func", "call", {0, 9}, kNewestVersion, kCall},
    {"case_v1", "stablehlo", "case", {0, 9}, kNewestVersion, {}},
    {"cbrt_v1", "stablehlo", "cbrt", {0, 9}, {1, 9}, {}},
    {"cbrt_v2", "stablehlo", "cbrt", {1, 10}, kNewestVersion, kCbrt},
    {"ceil_v1", "stablehlo", "ceil", {0, 9}, kNewestVersion, {}},
    {"cholesky_v1", "stablehlo", "cholesky", {0, 9}, kNewestVersion, kCholesky},
    {"clamp_v1", "stablehlo", "clamp", {0, 9}, kNewestVersion, {}},
    {"count_leading_zeros_v1", "stablehlo", "count_leading_zeros", {0, 9}, kNewestVersion, {}},
    {"collective_broadcast_v1",
     "stablehlo",
     "collective_broadcast",
     {0, 16},
     {1, 19},
     kCollectiveBroadcast,
     Restriction::OneOperand},
    {"collective_broadcast_v2", "stablehlo", "collective_broadcast", {1, 20}, kNewestVersion, kCollectiveBroadcastV2},
    {"collective_reduce_v1", "stablehlo", "collective_reduce", {1, 19}, kNewestVersion, kCollectiveReduce},
    {"collective_permute_v1", "stablehlo", "collective_permute", {0, 9}, kNewestVersion, kCollectivePermute},
    {"compare_v1", "stablehlo", "compare", {0, 9}, kNewestVersion, kCompare},
    {"complex_v1", "stablehlo", "complex", {0, 9}, kNewestVersion, {}},
    {"composite_v1", "stablehlo", "composite", {0, 19}, {1, 13}, kComposite, Restriction::NoRegions},
    {"composite_v2", "stablehlo", "composite", {1, 14}, kNewestVersion, kComposite},
    {"concatenate_v1", "stablehlo", "concatenate", {0, 9}, kNewestVersion, kConcatenate},
    {"constant_v1", "stablehlo", "constant", {0, 9}, kNewestVersion, kConstant},
    {"convert_v1", "stablehlo", "convert", {0, 9}, kNewestVersion, {}},
    {"convolution_v1", "stablehlo", "convolution", {0, 9}, kNewestVersion, kConvolution},
    {"cosine_v1", "stablehlo", "cosine", {0, 9}, {1, 9}, {}},
    {"cosine_v2", "stablehlo", "cosine", {1, 10}, kNewestVersion, kCbrt},
    {"create_token_v1", "stablehlo", "create_token", {0, 9}, kNewestVersion, {}},
    {"cross-replica-sum_v1", "stablehlo", "cross-replica-sum", {0, 9}, kNewestVersion, kCrossReplicaSum},
    {"custom_call_v1", "stablehlo", "custom_call", {0, 9}, {1, 17}, kCustomCall},
    {"custom_call_v2", "stablehlo", "custom_call", {1, 18}, kNewestVersion, kCustomCallV2},
    {"divide_v1", "stablehlo", "divide", {0, 9}, kNewestVersion, {}},
    {"dot_general_v1", "stablehlo", "dot_general", {0, 9}, {1, 5}, kDotGeneral},
    {"dot_general_v2", "stablehlo", "dot_general", {1, 6}, kNewestVersion, kDotGeneralV2},
    {"dot_v1", "stablehlo", "dot", {0, 9}, kNewestVersion, kDot},
    {"dynamic_broadcast_in_dim_v1", "stablehlo", "dynamic_broadcast_in_dim", {0, 9}, kNewestVersion, kDynamicBroadcastInDim},
    {"dynamic_conv_v1", "stablehlo", "dynamic_conv", {0, 9}, {0, 19}, kConvolution},
    {"dynamic_conv_v2", "stablehlo", "dynamic_conv", {0, 20}, kNewestVersion, kDynamicConv},
    {"dynamic_gather_v1", "stablehlo", "dynamic_gather", {0, 9}, {1, 0}, kDynamicGather},
    {"dynamic_gather_v2", "stablehlo", "dynamic_gather", {1, 1}, kNewestVersion, kDynamicGatherV2},
    {"dynamic_iota_v1", "stablehlo", "dynamic_iota", {0, 9}, kNewestVersion, kDynamicIota},
    {"dynamic_pad_v1", "stablehlo", "dynamic_pad", {0, 9}, kNewestVersion, {}},
    {"dynamic_reshape_v1", "stablehlo", "dynamic_reshape", {0, 9}, kNewestVersion, {}},
    {"dynamic_slice_v1", "stablehlo", "dynamic_slice", {0, 9}, kNewestVersion, kDynamicSlice},
    {"dynamic_update_slice_v1", "stablehlo", "dynamic_update_slice", {0, 9}, kNewestVersion, {}},
    {"einsum_v1", "stablehlo", "einsum", {0, 9}, kNewestVersion, kEinsum},
    {"exponential_minus_one_v1", "stablehlo", "exponential_minus_one", {0, 9}, {1, 9}, {}},
    {"exponential_minus_one_v2", "stablehlo", "exponential_minus_one", {1, 10}, kNewestVersion, kCbrt},
    {"exponential_v1", "stablehlo", "exponential", {0, 9}, {1, 8}, {}},
    {"exponential_v2", "stablehlo", "exponential", {1, 9}, kNewestVersion, kCbrt},
    {"fft_v1", "stablehlo", "fft", {0, 9}, kNewestVersion, kFft},
    {"floor_v1", "stablehlo", "floor", {0, 9}, kNewestVersion, {}},
    {"func_v1", "func", "func", {0, 9}, kNewestVersion, kFunc},
    {"gather_v1", "stablehlo", "gather", {0, 9}, {1, 0}, kGather},
    {"gather_v2", "stablehlo", "gather", {1, 1}, kNewestVersion, kGatherV2},
    {"get_dimension_size_v1", "stablehlo", "get_dimension_size", {0, 9}, kNewestVersion, kConcatenate},
    {"get_tuple_element_v1", "stablehlo", "get_tuple_element", {0, 9}, kNewestVersion, kGetTupleElement},
    {"if_v1", "stablehlo", "if", {0, 9}, kNewestVersion, {}},
    {"imag_v1", "stablehlo", "imag", {0, 9}, kNewestVersion, {}},
    {"infeed_v1", "stablehlo", "infeed", {0, 9}, kNewestVersion, kInfeed},
    {"iota_v1", "stablehlo", "iota", {0, 9}, kNewestVersion, kDynamicIota},
    {"is_finite_v1", "stablehlo", "is_finite", {0, 9}, kNewestVersion, {}},
    {"log_plus_one_v1", "stablehlo", "log_plus_one", {0, 9}, {1, 9}, {}},
    {"log_plus_one_v2", "stablehlo", "log_plus_one", {1, 10}, kNewestVersion, kCbrt},
    {"logistic_v1", "stablehlo", "logistic", {0, 9}, {1, 9}, {}},
    {"logistic_v2", "stablehlo", "logistic", {1, 10}, kNewestVersion, kCbrt},
    {"log_v1", "stablehlo", "log", {0, 9}, {1, 9}, {}},
    {"log_v2", "stablehlo", "log", {1, 10}, kNewestVersion, kCbrt},
    {"map_v1", "stablehlo", "map", {0, 9}, kNewestVersion, kMap},
    {"maximum_v1", "stablehlo", "maximum", {0, 9}, kNewestVersion, {}},
    {"minimum_v1", "stablehlo", "minimum", {0, 9}, kNewestVersion, {}},
    {"multiply_v1", "stablehlo", "multiply", {0, 9}, kNewestVersion, {}},
    {"negate_v1", "stablehlo", "negate", {0, 9}, kNewestVersion, {}},
    {"not_v1", "stablehlo", "not", {0, 9}, kNewestVersion, {}},
    {"optimization_barrier_v1", "stablehlo", "optimization_barrier", {0, 9}, kNewestVersion, {}},
    {"or_v1", "stablehlo", "or", {0, 9}, kNewestVersion, {}},
    {"outfeed_v1", "stablehlo", "outfeed", {0, 9}, kNewestVersion, kOutfeed},
    {"pad_v1", "stablehlo", "pad", {0, 9}, kNewestVersion, kPad},
    {"partition_id_v1", "stablehlo", "partition_id", {0, 9}, kNewestVersion, {}},
    {"popcnt_v1", "stablehlo", "popcnt", {0, 9}, kNewestVersion, {}},
    {"power_v1", "stablehlo", "power", {0, 9}, kNewestVersion, {}},
    {"real_dynamic_slice_v1", "stablehlo", "real_dynamic_slice", {0, 9}, kNewestVersion, {}},
    {"real_v1", "stablehlo", "real", {0, 9}, kNewestVersion, {}},
    {"recv_v1", "stablehlo", "recv", {0, 9}, {1, 11}, kRecv},
    {"recv_v2", "stablehlo", "recv", {1, 12}, kNewestVersion, kRecvV2},
    {"reduce_v1", "stablehlo", "reduce", {0, 9}, kNewestVersion, kMap},
    {"reduce_precision_v1", "stablehlo", "reduce_precision", {0, 9}, kNewestVersion, kReducePrecision},
    {"reduce_scatter_v1", "stablehlo", "reduce_scatter", {0, 9}, kNewestVersion, kReduceScatter},
    {"reduce_window_v1", "stablehlo", "reduce_window", {0, 9}, kNewestVersion, kReduceWindow},
    {"remainder_v1", "stablehlo", "remainder", {0, 9}, kNewestVersion, {}},
    {"replica_id_v1", "stablehlo", "replica_id", {0, 9}, kNewestVersion, {}},
    {"reshape_v1", "stablehlo", "reshape", {0, 9}, kNewestVersion, {}},
    {"return_v1", "stablehlo", "return", {0, 9}, kNewestVersion, {}},
    {"reverse_v1", "stablehlo", "reverse", {0, 9}, kNewestVersion, kMap},
    {"rng_bit_generator_v1", "stablehlo", "rng_bit_generator", {0, 9}, kNewestVersion, kRngBitGenerator},
    {"rng_v1", "stablehlo", "rng", {0, 9}, kNewestVersion, kRng},
    {"round_nearest_even_v1", "stablehlo", "round_nearest_even", {0, 9}, kNewestVersion, {}},
    {"round_nearest_afz_v1", "stablehlo", "round_nearest_afz", {0, 9}, kNewestVersion, {}},
    {"rsqrt_v1", "stablehlo", "rsqrt", {0, 9}, {1, 9}, {}},
    {"rsqrt_v2", "stablehlo", "rsqrt", {1, 10}, kNewestVersion, kCbrt},
    {"scatter_v1", "stablehlo", "scatter", {0, 9}, {1, 0}, kScatter},
    {"scatter_v2", "stablehlo", "scatter", {1, 1}, kNewestVersion, kScatterV2},
    {"select_and_scatter_v1", "stablehlo", "select_and_scatter", {0, 9}, kNewestVersion, kSelectAndScatter},
    {"select_v1", "stablehlo", "select", {0, 9}, kNewestVersion, {}},
    {"send_v1", "stablehlo", "send", {0, 9}, {1, 11}, kRecv},
    {"send_v2", "stablehlo", "send", {1, 12}, kNewestVersion, kRecvV2},
    {"set_dimension_size_v1", "stablehlo", "set_dimension_size", {0, 9}, kNewestVersion, kConcatenate},
    {"shift_left_v1", "stablehlo", "shift_left", {0, 9}, kNewestVersion, {}},
    {"shift_right_arithmetic_v1", "stablehlo", "shift_right_arithmetic", {0, 9}, kNewestVersion, {}},
    {"shift_right_logical_v1", "stablehlo", "shift_right_logical", {0, 9}, kNewestVersion, {}},
    {"sign_v1", "stablehlo", "sign", {0, 9}, kNewestVersion, {}},
    {"sine_v1", "stablehlo", "sine", {0, 9}, {1, 9}, {}},
    {"sine_v2", "stablehlo", "sine", {1, 10}, kNewestVersion, kCbrt},
    {"slice_v1", "stablehlo", "slice", {0, 9}, kNewestVersion, kSlice},
    {"sort_v1", "stablehlo", "sort", {0, 9}, kNewestVersion, kSort},
    {"sqrt_v1", "stablehlo", "sqrt", {0, 9}, {1, 9}, {}},
    {"sqrt_v2", "stablehlo", "sqrt", {1, 10}, kNewestVersion, kCbrt},
    {"subtract_v1", "stablehlo", "subtract", {0, 9}, kNewestVersion, {}},
    {"tan_v1", "stablehlo", "tan", {1, 4}, {1, 9}, {}},
    {"tan_v2", "stablehlo", "tan", {1, 10}, kNewestVersion, kCbrt},
    {"tanh_v1", "stablehlo", "tanh", {0, 9}, {1, 9}, {}},
    {"tanh_v2", "stablehlo", "tanh", {1, 10}, kNewestVersion, kCbrt},
    {"torch_index_select_v1", "stablehlo", "torch_index_select", {0, 9}, kNewestVersion, kTorchIndexSelect},
    {"transpose_v1", "stablehlo", "transpose", {0, 9}, kNewestVersion, kTranspose},
    {"triangular_solve_v1", "stablehlo", "triangular_solve", {0, 9}, kNewestVersion, kTriangularSolve},
    {"tuple_v1", "stablehlo", "tuple", {0, 9}, kNewestVersion, {}},
    {"unary_einsum_v1", "stablehlo", "unary_einsum", {0, 9}, kNewestVersion, kEinsum},
    {"uniform_dequantize_v1", "stablehlo", "uniform_dequantize", {0, 9}, kNewestVersion, {}},
    {"uniform_quantize_v1", "stablehlo", "uniform_quantize", {0, 9}, kNewestVersion, {}},
    {"while_v1", "stablehlo", "while", {0, 9}, kNewestVersion, {}},
    {"xor_v1", "stablehlo", "xor", {0, 9}, kNewestVersion, {}},
    {"return_v1", "func", "return", {0, 9}, kNewestVersion, {}},
    // Ops that text has and portable artifacts do not.
    {"", "chlo", "_asin_acos_kernel", {}, {}, {}},
    {"", "chlo", "acos", {}, {}, {}},
    {"", "chlo", "acosh", {}, {}, {}},
    {"", "chlo", "asin", {}, {}, {}},
    {"", "chlo", "asinh", {}, {}, {}},
    {"", "chlo", "atan", {}, {}, {}},
    {"", "chlo", "atanh", {}, {}, {}},
    {"", "chlo", "bessel_i1e", {}, {}, {}},
    {"", "chlo", "broadcast_add", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_and", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_atan2", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_compare", {}, {}, kBroadcastCompare},
    {"", "chlo", "broadcast_complex", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_divide", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_maximum", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_minimum", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_multiply", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_next_after", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_or", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_polygamma", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_power", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_remainder", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_select", {}, {}, {}},
    {"", "chlo", "broadcast_shift_left", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_shift_right_arithmetic", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_shift_right_logical", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_subtract", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_xor", {}, {}, kBroadcastBinary},
    {"", "chlo", "broadcast_zeta", {}, {}, kBroadcastBinary},
    {"", "chlo", "conj", {}, {}, {}},
    {"", "chlo", "constant", {}, {}, kConstant},
    {"", "chlo", "constant_like", {}, {}, kConstantLike},
    {"", "chlo", "cosh", {}, {}, {}},
    {"", "chlo", "digamma", {}, {}, {}},
    {"", "chlo", "erf", {}, {}, {}},
    {"", "chlo", "erf_inv", {}, {}, {}},
    {"", "chlo", "erfc", {}, {}, {}},
    {"", "chlo", "is_inf", {}, {}, {}},
    {"", "chlo", "is_neg_inf", {}, {}, {}},
    {"", "chlo", "is_pos_inf", {}, {}, {}},
    {"", "chlo", "lgamma", {}, {}, {}},
    {"", "chlo", "mulhi", {}, {}, {}},
    {"", "chlo", "next_after", {}, {}, {}},
    {"", "chlo", "polygamma", {}, {}, {}},
    {"", "chlo", "ragged_dot", {}, {}, kRaggedDot},
    {"", "chlo", "scan", {}, {}, kScan},
    {"", "chlo", "sinh", {}, {}, {}},
    {"", "chlo", "square", {}, {}, {}},
    {"", "chlo", "tan", {}, {}, {}},
    {"", "chlo", "top_k", {}, {}, kTopK},
    {"", "chlo", "zeta", {}, {}, {}},
    {"", "check", "expect_almost_eq", {}, {}, kTolerance},
    {"", "check", "expect_almost_eq_const", {}, {}, kToleranceOfValue},
    {"", "check", "expect_close", {}, {}, kUlps},
    {"", "check", "expect_eq", {}, {}, {}},
    {"", "check", "expect_eq_const", {}, {}, kConstant},
    {"", "check", "expect_serialized_eq", {}, {}, kProbeOf},
    {"", "interpreter", "print", {}, {}, {}},
    {"", "interpreter", "probe", {}, {}, kProbe},
    {"", "interpreter", "run_parallel", {}, {}, kRunParallel},
};

struct Index {
  llvm::StringMap<const OpRow *> byVhlo;
  llvm::StringMap<llvm::SmallVector<const OpRow *, 2>> byName;
  Index() {
    for (const OpRow &row : kOps) {
      if (*row.name)
        byVhlo.try_emplace(row.name, &row);
      byName[(llvm::StringRef(row.dialect) + "." + row.current).str()].push_back(&row);
    }
  }
};

const Index &index() {
  static const Index index;
  return index;
}

} // namespace

llvm::ArrayRef<OpRow> allOps() { return kOps; }
llvm::ArrayRef<EnumRow> allEnums() { return kEnums; }

const OpRow *findVhloOp(llvm::StringRef name) { return index().byVhlo.lookup(name); }

const OpRow *findOp(llvm::StringRef name) {
  auto it = index().byName.find(name);
  // Versions of an op follow each other.
  return it == index().byName.end() ? nullptr : it->second.back();
}

const OpRow *findOp(llvm::StringRef name, Version at) {
  auto it = index().byName.find(name);
  if (it != index().byName.end())
    for (const OpRow *row : it->second)
      if (*row->name && row->since <= at && at <= row->until)
        return row;
  return nullptr;
}

const EnumRow *findEnum(unsigned code) {
  for (const EnumRow &row : kEnums)
    if (row.code == code)
      return &row;
  return nullptr;
}

const EnumRow *findEnum(llvm::StringRef name) {
  for (const EnumRow &row : kEnums)
    if (row.name == name)
      return &row;
  return nullptr;
}

const EnumValue *EnumRow::find(uint64_t number) const {
  for (const EnumValue &value : values)
    if (value.number == number)
      return &value;
  return nullptr;
}

const EnumValue *EnumRow::find(llvm::StringRef keyword) const {
  for (const EnumValue &value : values)
    if (value.keyword == keyword)
      return &value;
  return nullptr;
}

} // namespace ingot::stablehlo
