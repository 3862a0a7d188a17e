#include "frontends/stablehlo/TextStructs.h"
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/TextParser.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace ingot::stablehlo {

namespace {

constexpr FieldRow kGather[] = {
    {"offset_dims", FieldKind::Dims, true},           {"collapsed_slice_dims", FieldKind::Dims, true},
    {"operand_batching_dims", FieldKind::Dims, true}, {"start_indices_batching_dims", FieldKind::Dims, true},
    {"start_index_map", FieldKind::Dims, true},       {"index_vector_dim", FieldKind::Integer, true}};
constexpr FieldRow kScatter[] = {
    {"update_window_dims", FieldKind::Dims, true},           {"inserted_window_dims", FieldKind::Dims, true},
    {"input_batching_dims", FieldKind::Dims, true},          {"scatter_indices_batching_dims", FieldKind::Dims, true},
    {"scatter_dims_to_operand_dims", FieldKind::Dims, true}, {"index_vector_dim", FieldKind::Integer, true}};
constexpr FieldRow kDot[] = {{"lhs_batching_dimensions", FieldKind::Dims, true},
                             {"rhs_batching_dimensions", FieldKind::Dims, true},
                             {"lhs_contracting_dimensions", FieldKind::Dims, true},
                             {"rhs_contracting_dimensions", FieldKind::Dims, true}};
constexpr FieldRow kRaggedDot[] = {
    {"lhs_batching_dimensions", FieldKind::Dims, true},    {"rhs_batching_dimensions", FieldKind::Dims, true},
    {"lhs_contracting_dimensions", FieldKind::Dims, true}, {"rhs_contracting_dimensions", FieldKind::Dims, true},
    {"lhs_ragged_dimensions", FieldKind::Dims, true},      {"rhs_group_dimensions", FieldKind::Dims, true}};
constexpr FieldRow kConvolution[] = {{"input_batch_dimension", FieldKind::Integer, true},
                                     {"input_feature_dimension", FieldKind::Integer, true},
                                     {"input_spatial_dimensions", FieldKind::Dims, true},
                                     {"kernel_input_feature_dimension", FieldKind::Integer, true},
                                     {"kernel_output_feature_dimension", FieldKind::Integer, true},
                                     {"kernel_spatial_dimensions", FieldKind::Dims, true},
                                     {"output_batch_dimension", FieldKind::Integer, true},
                                     {"output_feature_dimension", FieldKind::Integer, true},
                                     {"output_spatial_dimensions", FieldKind::Dims, true}};
constexpr FieldRow kAlgorithm[] = {
    {"lhs_precision_type", FieldKind::Type},          {"rhs_precision_type", FieldKind::Type},
    {"accumulation_type", FieldKind::Type},           {"lhs_component_count", FieldKind::Integer},
    {"rhs_component_count", FieldKind::Integer},      {"num_primitive_operations", FieldKind::Integer},
    {"allow_imprecise_accumulation", FieldKind::Bool}};
constexpr FieldRow kAlias[] = {{"output_tuple_indices", FieldKind::Dims},
                               {"operand_index", FieldKind::Integer},
                               {"operand_tuple_indices", FieldKind::Dims}};
constexpr FieldRow kAccuracy[] = {{"atol", FieldKind::Float, true},
                                  {"rtol", FieldKind::Float, true},
                                  {"ulps", FieldKind::Integer, true},
                                  {"mode", FieldKind::Any}};
constexpr FieldRow kChannel[] = {{"handle", FieldKind::Integer, false, "", "channel_id"},
                                 {"type", FieldKind::Integer, false, "", "channel_type"}};
constexpr FieldRow kAxisRef[] = {{"name", FieldKind::String}, {"sub_axis_info", FieldKind::SubAxis, true}};
constexpr FieldRow kMeshAxis[] = {{"name", FieldKind::String}, {"size", FieldKind::Integer}};
constexpr FieldRow kMesh[] = {{"axes", FieldKind::Structs, false, "mesh_axis"}, {"device_ids", FieldKind::Any, true}};
constexpr FieldRow kMeshAxes[] = {{"mesh", FieldKind::Any}, {"axes", FieldKind::Any}};

constexpr StructRow kStructs[] = {{"gather", kGather, "dimension_numbers"},
                                  {"scatter", kScatter, "scatter_dimension_numbers"},
                                  {"dot", kDot, "dot_dimension_numbers"},
                                  {"ragged_dot", kRaggedDot, "ragged_dot_dimension_numbers"},
                                  {"conv", kConvolution, "dimension_numbers"},
                                  {"dot_algorithm", kAlgorithm, "algorithm"},
                                  {"output_operand_alias", kAlias},
                                  {"result_accuracy", kAccuracy},
                                  {"channel_handle", kChannel, "channel_handle"},
                                  {"axis_ref", kAxisRef},
                                  {"mesh_axis", kMeshAxis},
                                  {"mesh", kMesh},
                                  {"replica_group_mesh_axes", kMeshAxes}};

} // namespace

llvm::ArrayRef<StructRow> allStructs() { return kStructs; }

bool TextParser::parseField(const FieldRow &field, Attribute &value) {
  switch (field.kind) {
  case FieldKind::Integer: {
    int64_t integer;
    if (!parseInteger(integer))
      return false;
    value = makeInteger(*module, integer);
    return true;
  }
  case FieldKind::Dims: {
    std::vector<int64_t> dims;
    if (!parseDims(dims))
      return false;
    value = makeIntegers(*module, std::move(dims));
    return true;
  }
  case FieldKind::Float: {
    double number;
    if (!parseNumber(number))
      return false;
    value = makeFloat(*module, number, Element::F64);
    return true;
  }
  case FieldKind::Bool: {
    bool isTrue = token.isWord("true");
    if (!isTrue && !token.isWord("false"))
      return expected("'true' or 'false'");
    advance();
    value = makeBool(isTrue);
    return true;
  }
  case FieldKind::Type:
    value.kind = Attribute::Type;
    return parseType(value.type);
  case FieldKind::String:
    value.kind = Attribute::String;
    return parseString(value.text);
  case FieldKind::Any:
    return parseAttribute(value);
  case FieldKind::SubAxis: { // (1)2
    int64_t before, size;
    if (!parse('(') || !parseInteger(before) || !parse(')') || !parseInteger(size))
      return false;
    value =
        makeDictionary({{"pre_size", makeInteger(*module, before)}, {"size", makeInteger(*module, size)}}, "sub_axis_info");
    return true;
  }
  case FieldKind::Structs:
    value = makeArray({});
    return parse('[') && parseList(']', [&] {
             Attribute &item = value.items.emplace_back();
             return charge(sizeof(Attribute)) && (token.is('<') ? parseStruct(field.mnemonic, item) : parseAttribute(item));
           });
  }
  return false;
}

bool TextParser::parseStruct(llvm::StringRef mnemonic, Attribute &attribute) {
  const StructRow *row = llvm::find_if(kStructs, [&](const StructRow &row) { return mnemonic == row.mnemonic; });
  if (row == std::end(kStructs))
    return error(offset(), "unknown attribute '" + mnemonic + "'");
  Nesting nesting(*this, attributeDepth);
  if (!nesting.isFine() || !parse('<'))
    return false;
  std::vector<NamedAttribute> entries;
  if (row->fields.data() == kConvolution && !takeWord("raw")) {
    if (!parseConvolutionDims(entries))
      return false;
  } else {
    while (!token.is('>')) {
      const FieldRow *field = llvm::find_if(row->fields, [&](const FieldRow &field) { return token.isWord(field.name); });
      if (field == row->fields.end()) {
        std::string names;
        for (const FieldRow &field : row->fields)
          names += (names.empty() ? "'" : ", '") + std::string(field.name) + "'";
        return expected("one of " + names);
      }
      if (llvm::any_of(entries, [&](const NamedAttribute &entry) { return entry.name == field->key(); }))
        return error(offset(), "'" + llvm::Twine(field->name) + "' is given twice");
      advance();
      NamedAttribute &entry = entries.emplace_back();
      entry.name = field->key();
      if (!charge(sizeof(NamedAttribute)) || !parse('=') || !parseField(*field, entry.value))
        return false;
      if (!take(','))
        break;
    }
  }
  size_t at = offset();
  if (!parse('>'))
    return false;
  for (const FieldRow &field : row->fields) {
    if (llvm::any_of(entries, [&](const NamedAttribute &entry) { return entry.name == field.key(); }))
      continue;
    if (!field.isOptional)
      return error(at, "'" + mnemonic + "' lacks '" + field.name + "'");
    if (field.kind == FieldKind::Integer)
      entries.push_back({field.key(), makeInteger(*module, 0)});
    else if (field.kind == FieldKind::Dims)
      entries.push_back({field.key(), makeIntegers(*module, {})});
    else if (field.kind == FieldKind::Float)
      entries.push_back({field.key(), makeFloat(*module, 0, Element::F64)});
  }
  attribute = makeDictionary(std::move(entries), mnemonic);
  return true;
}

// [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]
bool TextParser::parseConvolutionDims(std::vector<NamedAttribute> &entries) {
  return parseConvolutionSide("input_", "input_batch_dimension", 'b', "input_feature_dimension", 'f', entries) &&
         parseWord("x") &&
         parseConvolutionSide("kernel_", "kernel_input_feature_dimension", 'i', "kernel_output_feature_dimension", 'o',
                              entries) &&
         parseArrow() &&
         parseConvolutionSide("output_", "output_batch_dimension", 'b', "output_feature_dimension", 'f', entries);
}

bool TextParser::parseConvolutionSide(llvm::StringRef side, llvm::StringRef first, char firstLetter, llvm::StringRef second,
                                      char secondLetter, std::vector<NamedAttribute> &entries) {
  size_t start = offset();
  std::map<int64_t, int64_t> spatial; // the dim of each
  std::optional<int64_t> named[2];
  int64_t dim = 0;
  auto parseDim = [&] {
    size_t at = offset();
    if (token.kind == Token::Integer) {
      int64_t number;
      if (!parseInteger(number) || !charge(64))
        return false;
      if (!spatial.try_emplace(number, dim++).second)
        return error(at, "the spatial dim " + llvm::Twine(number) + " is given twice");
      return true;
    }
    int which = token.isWord(llvm::StringRef(&firstLetter, 1))    ? 0
                : token.isWord(llvm::StringRef(&secondLetter, 1)) ? 1
                                                                  : -1;
    if (which < 0)
      return expected("'" + llvm::Twine(firstLetter) + "', '" + llvm::Twine(secondLetter) +
                      "' or the number of a spatial dim");
    if (named[which])
      return error(at, describe(token) + " is given twice");
    named[which] = dim++;
    advance();
    return true;
  };
  if (!parse('[') || !parseList(']', parseDim))
    return false;
  for (int which : {0, 1})
    if (!named[which])
      return error(start, "the dim '" + llvm::Twine(which ? secondLetter : firstLetter) + "' is not given");
  std::vector<int64_t> dims;
  for (auto [number, at] : spatial) {
    if (number != int64_t(dims.size()))
      return error(start, "the spatial dim " + llvm::Twine(dims.size()) + " is not given");
    dims.push_back(at);
  }
  entries.push_back({first.str(), makeInteger(*module, *named[0])});
  entries.push_back({second.str(), makeInteger(*module, *named[1])});
  entries.push_back({(side + "spatial_dimensions").str(), makeIntegers(*module, std::move(dims))});
  return true;
}

} // namespace ingot::stablehlo
