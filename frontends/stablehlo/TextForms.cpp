#include "frontends/stablehlo/TextForms.h"

#include "frontends/stablehlo/Attributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace ingot::stablehlo {
namespace {

// The words of a form: % an operand, %+ operands, %* maybe none, %*, each with a comma behind it; $name:kind an attribute; {} the dictionary of
// those that have no place of their own; <...> a method of FormReader; (? WORD ... )? what is there if WORD is; else the text itself.
struct FormRow {
  const char *name;
  const char *form;
};

// The form of an op of StableHLO or CHLO that has no row.
constexpr const char *kCommonForm = "%+ {} : <types>";

constexpr FormRow kForms[] = {
    {"arith.constant", "{} $value:any <value-result>"},
    {"check.expect_almost_eq", "% , % (? , tolerance = $tolerance:number )? {} : <same>"},
    {"check.expect_almost_eq_const", "% , $value:any (? , tolerance = $tolerance:number )? {} <value-operand>"},
    {"check.expect_close", "% , % , max_ulp_difference = $max_ulp_difference:integer (? , min_ulp_difference = "
                           "$min_ulp_difference:integer )? : {} <operands>"},
    {"check.expect_eq", "% , % {} : <same>"},
    {"check.expect_eq_const", "% , $value:any {} <value-operand>"},
    {"check.expect_serialized_eq", "% , probe_id = $probe_id:string (? , iter = $iteration:integer )? {} : <same>"},
    {"chlo.constant", "{} $value:any <value-result>"},
    {"chlo.scan", "<scan>"},
    {"chlo.top_k", "( % , k = $k:integer (? , is_stable = $is_stable:bool )? ) {} : <types>"},
    {"func.call", "$callee:symbol ( %* ) {} : <function>"},
    {"func.return", "%* {} (? : <operands> )?"},
    {"interpreter.print", "% {} : <same>"},
    {"interpreter.probe", "% , probe_id = $probe_id:string {} : <types>"},
    {"sdy.manual_computation", "<manual>"},
    {"sdy.mesh", "$sym_name:symbol-name = $mesh:foreign"},
    {"sdy.reshard", "% $sharding:foreign {} : <types>"},
    {"sdy.return", "%* {} (? : <operands> )?"},
    {"sdy.sharding_constraint", "% $sharding:foreign {} : <types>"},
    {"sdy.sharding_group", "% group_id = $group_id:integer {} : <same>"},
    {"stablehlo.after_all", "%* {} : <types>"},
    {"stablehlo.broadcast", "% , sizes = $broadcast_sizes:integers {} : <function>"},
    {"stablehlo.broadcast_in_dim", "% , dims = $broadcast_dimensions:integers {} : <function>"},
    {"stablehlo.cholesky", "% (? , lower = $lower:bool )? {} : <types>"},
    {"stablehlo.compare", "$comparison_direction:enum , % , % (? , $compare_type:enum )? {} : <function>"},
    {"stablehlo.complex", "%* {} : <complex>"},
    {"stablehlo.composite", "$name:string %* (? ( <regions> )? {} : <function>"},
    {"stablehlo.concatenate", "%*, dim = $dimension:integer {} : <function>"},
    {"stablehlo.constant", "<constant>"},
    {"stablehlo.convolution", "( %* ) dim_numbers = <convolution-dims> , window = { <window> } {} : <function>"},
    {"stablehlo.create_token", "{} : <result>"},
    {"stablehlo.custom_call", "$call_target_name:symbol-name ( %* ) {} : <function>"},
    {"stablehlo.dot", "% , % <precision> {} : <function>"},
    {"stablehlo.dot_general", "% , % , <dot-dims> <algorithm> {} : <function>"},
    {"stablehlo.dynamic_broadcast_in_dim", "% , % , dims = $broadcast_dimensions:integers {} : <function>"},
    {"stablehlo.dynamic_iota", "% , dim = $iota_dimension:integer {} : <function>"},
    {"stablehlo.dynamic_slice", "% , %*, sizes = $slice_sizes:integers {} : <function>"},
    {"stablehlo.einsum", "% , % , config = $einsum_config:string {} : <function>"},
    {"stablehlo.fft", "% , type = $fft_type:enum , length = $fft_length:integers {} : <function>"},
    {"stablehlo.get_dimension_size", "% , dim = $dimension:integer {} : <function>"},
    {"stablehlo.get_tuple_element", "% [ $index:integer ] {} : <function>"},
    {"stablehlo.iota", "dim = $iota_dimension:integer {} : <result>"},
    {"stablehlo.optimization_barrier", "{} (? ( ) )? %* (? : <pairs> )?"},
    {"stablehlo.pad", "% , % , low = $edge_padding_low:integers , high = $edge_padding_high:integers , interior = "
                      "$interior_padding:integers {} : <function>"},
    {"stablehlo.partition_id", "{} : <result>"},
    {"stablehlo.reduce", "<reduce>"},
    {"stablehlo.reduce_precision", "% , format = <mantissa> {} : <types>"},
    {"stablehlo.replica_id", "{} : <result>"},
    {"stablehlo.return", "%* {} (? : <operands> )?"},
    {"stablehlo.reverse", "% , dims = $dimensions:integers {} : <types>"},
    {"stablehlo.rng", "% , % , % , distribution = $rng_distribution:enum {} : <function>"},
    {"stablehlo.rng_bit_generator", "% , algorithm = $rng_algorithm:enum {} : <function>"},
    {"stablehlo.select", "%* {} : <select>"},
    {"stablehlo.set_dimension_size", "% , % , dim = $dimension:integer {} : <function>"},
    {"stablehlo.slice", "% <slice> {} : <function>"},
    {"stablehlo.transpose", "% , dims = $permutation:integers {} : <function>"},
    {"stablehlo.tuple", "%* {} : <tuple>"},
    {"stablehlo.unary_einsum", "% , config = $einsum_config:string {} : <function>"},
    {"stablehlo.while", "<while>"},
};

struct WordRow {
  const char *name;
  bool (FormReader::*read)();
};
constexpr WordRow kWords[] = {
    {"<algorithm>", &FormReader::algorithm},
    {"<complex>", &FormReader::complex},
    {"<constant>", &FormReader::constant},
    {"<convolution-dims>", &FormReader::convolutionDims},
    {"<dot-dims>", &FormReader::dotDims},
    {"<function>", &FormReader::function},
    {"<mantissa>", &FormReader::mantissa},
    {"<manual>", &FormReader::manual},
    {"<operands>", &FormReader::operandTypes},
    {"<pairs>", &FormReader::pairs},
    {"<precision>", &FormReader::precision},
    {"<reduce>", &FormReader::reduce},
    {"<regions>", &FormReader::regions},
    {"<result>", &FormReader::resultType},
    {"<same>", &FormReader::sameTypes},
    {"<scan>", &FormReader::scan},
    {"<select>", &FormReader::select},
    {"<slice>", &FormReader::slice},
    {"<tuple>", &FormReader::tuple},
    {"<types>", &FormReader::types},
    {"<value-operand>", &FormReader::valueOperand},
    {"<value-result>", &FormReader::valueResult},
    {"<while>", &FormReader::loop},
    {"<window>", &FormReader::window},
};

template <typename Row, size_t N> const Row *findRow(const Row (&rows)[N], llvm::StringRef name) {
  auto less = [](const Row &row, llvm::StringRef name) { return row.name < name; };
  const Row *row = std::lower_bound(std::begin(rows), std::end(rows), name, less);
  return row != std::end(rows) && row->name == name ? row : nullptr;
}

} // namespace

bool TextParser::parseForm(Op &op, size_t at) {
  const FormRow *row = findRow(kForms, op.name);
  llvm::StringRef dialect = llvm::StringRef(op.name).split('.').first;
  bool isOurs =
      dialect == "stablehlo" || dialect == "chlo" || dialect == "check" || dialect == "interpreter" || dialect == "func";
  if (!row && isOurs && !findOp(op.name))
    return unknownOp(op.name, at);
  if (!row && dialect != "stablehlo" && dialect != "chlo")
    return error(at, "'" + op.name + "' is read in its generic form alone");
  FormReader reader{*this, op, at, {}};
  if (!reader.read(row ? row->form : kCommonForm))
    return false;
  bool isTyped = reader.isTyped || reader.uses.empty();
  return isTyped || expected("':' and the types of the operands");
}

bool FormReader::read(llvm::StringRef form) {
  std::pair<llvm::StringRef, llvm::StringRef> split;
  for (; !form.empty(); form = split.second) {
    split = form.split(' ');
    llvm::StringRef word = split.first;
    if (word == "(?") {
      llvm::StringRef next = split.second.split(' ').first;
      bool isThere = parser.token.text == next && parser.token.kind != Token::String;
      if (!isThere)
        split.second = split.second.split(")?").second.ltrim(' ');
    } else if (word == ")?") {
      continue;
    } else if (word == "%") {
      if (!parser.parseUse(uses.emplace_back()))
        return false;
    } else if (word == "%+" || word == "%*") {
      if (word == "%+" && parser.token.kind != Token::Value)
        return parser.expected("a value (%name)");
      if (!parser.parseUses(uses))
        return false;
    } else if (word == "%*,") {
      while (parser.token.kind == Token::Value)
        if (!parser.parseUse(uses.emplace_back()) || !parser.parse(','))
          return false;
    } else if (word == "{}") {
      if (!parser.takeEntries(op.attributes))
        return false;
    } else if (word.starts_with("$")) {
      auto [name, kind] = word.drop_front().split(':');
      if (!attribute(name, kind))
        return false;
    } else if (const WordRow *row = word.size() > 2 && word.front() == '<' ? findRow(kWords, word) : nullptr) {
      if (!(this->*row->read)())
        return false;
    } else if (llvm::isAlpha(word.front()) ? !parser.parseWord(word) : !parser.parse(word.front())) {
      return false;
    }
  }
  return true;
}

bool FormReader::attribute(llvm::StringRef name, llvm::StringRef kind) {
  Attribute value;
  if (kind == "any" || parser.token.kind == Token::Hash || (kind == "integers" && !parser.token.is('['))) {
    if (!parser.parseAttribute(value))
      return false;
  } else if (kind == "integer") {
    int64_t integer;
    if (!parser.parseInteger(integer))
      return false;
    value = makeInteger(*parser.module, integer);
  } else if (kind == "integers") {
    std::vector<int64_t> integers;
    if (!parser.parseIntegers(integers))
      return false;
    value = makeIntegers(*parser.module, std::move(integers));
  } else if (kind == "number") {
    double number;
    if (!parser.parseNumber(number))
      return false;
    value = makeFloat(*parser.module, number, Element::F64);
  } else if (kind == "foreign") { // <...>, [...], {...} of a dialect that is none of ours: it is not kept
    value.kind = Attribute::Foreign;
    value.text = llvm::StringRef(op.name).split('.').first.str();
    if (!(parser.token.is('<') || parser.token.is('[') || parser.token.is('{') ? parser.skipBalanced()
                                                                               : parser.expected("'<'")))
      return false;
  } else if (kind == "bool") {
    value = makeBool(parser.token.isWord("true"));
    if (!parser.takeWord("true") && !parser.takeWord("false"))
      return parser.expected("'true' or 'false'");
  } else if (kind == "enum") {
    if (!parser.parseEnumeral(value))
      return false;
  } else if (kind == "string") {
    value.kind = Attribute::String;
    if (!parser.parseString(value.text))
      return false;
  } else {
    value.kind = kind == "symbol" ? Attribute::Symbol : Attribute::String;
    if (!parser.parseSymbol(value.text))
      return false;
  }
  set(name, std::move(value));
  return true;
}

bool FormReader::finish(llvm::ArrayRef<TypeRef> operandTypes, llvm::ArrayRef<TypeRef> resultTypes) {
  if (!parser.resolveAll(uses, operandTypes, start, op.operands))
    return false;
  parser.addResults(op, resultTypes);
  return isTyped = true;
}

bool FormReader::function() {
  TypeRef type;
  return parser.parseFunctionType(type) && finish(type->members, type->results);
}

bool FormReader::types() {
  if (parser.token.is('(')) // (T, T) -> T
    return function();
  std::vector<TypeRef> operands, results;
  size_t at = parser.offset();
  if (!parser.parseTypes(operands))
    return false;
  if (parser.takeArrow())
    return parser.parseResultTypes(results) && finish(operands, results);
  if (operands.size() != 1)
    return parser.error(at, "expected one type, of all operands and the result, or all of them: (T, T) -> T");
  return finish(std::vector<TypeRef>(uses.size(), operands.front()), operands);
}

bool FormReader::operandTypes() {
  std::vector<TypeRef> types;
  return parser.parseTypes(types) && finish(types, {});
}

bool FormReader::sameTypes() {
  TypeRef type;
  return parser.parseType(type) && finish(std::vector<TypeRef>(uses.size(), type), {});
}

bool FormReader::resultType() {
  TypeRef type;
  return parser.parseType(type) && finish({}, type);
}

bool FormReader::pairs() {
  std::vector<TypeRef> types;
  return parser.parseTypes(types) && finish(types, types);
}

bool FormReader::tuple() {
  size_t at = parser.offset();
  TypeRef type;
  if (!parser.parseType(type))
    return false;
  if (type->kind != Type::Tuple)
    return parser.error(at, "expected a tuple type, found " + spellType(type));
  return finish(type->members, type);
}

bool FormReader::select() {
  if (parser.token.is('('))
    return function();
  TypeRef predicate, type;
  return parser.parseType(predicate) && parser.parse(',') && parser.parseType(type) && finish({predicate, type, type}, type);
}

bool FormReader::complex() {
  if (parser.token.is('('))
    return function();
  size_t at = parser.offset();
  TypeRef type;
  if (!parser.parseType(type))
    return false;
  if (type->element != Element::Complex64 && type->element != Element::Complex128)
    return parser.error(at, "expected a tensor of complex numbers, found " + spellType(type));
  Type part = *type;
  part.element = type->element == Element::Complex64 ? Element::F32 : Element::F64;
  return finish(std::vector<TypeRef>(2, parser.module->intern(std::move(part))), type);
}

// The type of the constant $value.
static TypeRef valueType(const Op &op) {
  for (const NamedAttribute &entry : op.attributes)
    if (entry.name == "value")
      return entry.value.kind == Attribute::Tensor ? entry.value.elements.type : entry.value.type;
  return nullptr;
}

bool FormReader::valueResult() {
  TypeRef type = valueType(op);
  return type ? finish({}, type) : parser.error(start, "the value of '" + op.name + "' has no type");
}

bool FormReader::valueOperand() {
  TypeRef type = valueType(op);
  return type ? finish(type, {}) : parser.error(start, "the value of '" + op.name + "' has no type");
}

// Where the value and the result are of different types, what stands behind the name is the generic form.
bool FormReader::constant() {
  if (parser.token.is('('))
    return parser.parseGenericOperands(op);
  return read("{} $value:any <value-result>");
}

// [0:4, 1:8:2]
bool FormReader::slice() {
  std::vector<int64_t> starts, limits, strides;
  if (!parser.parse('[') || !parser.parseList(']', [&] {
        strides.push_back(1);
        return parser.charge(24) && parser.parseInteger(starts.emplace_back()) && parser.parse(':') &&
               parser.parseInteger(limits.emplace_back()) && (!parser.take(':') || parser.parseInteger(strides.back()));
      }))
    return false;
  set("start_indices", makeIntegers(*parser.module, std::move(starts)));
  set("limit_indices", makeIntegers(*parser.module, std::move(limits)));
  set("strides", makeIntegers(*parser.module, std::move(strides)));
  return true;
}

bool FormReader::convolutionDims() {
  if (parser.token.kind == Token::Hash)
    return attribute("dimension_numbers", "any");
  return parser.parseConvolutionDims(op.attributes);
}

// stride = [2, 2], pad = [[0, 1], [0, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, true]
bool FormReader::window() {
  constexpr std::pair<const char *, const char *> kNames[] = {{"stride", "window_strides"},
                                                              {"pad", "padding"},
                                                              {"lhs_dilate", "lhs_dilation"},
                                                              {"rhs_dilate", "rhs_dilation"},
                                                              {"reverse", "window_reversal"}};
  while (!parser.token.is('}')) {
    auto it = llvm::find_if(kNames, [&](const auto &name) { return parser.token.isWord(name.first); });
    if (it == std::end(kNames))
      return parser.expected("'stride', 'pad', 'lhs_dilate', 'rhs_dilate', 'reverse' or '}'");
    llvm::StringRef name = it->second;
    parser.advance();
    std::vector<int64_t> values;
    auto parseOne = [&] {
      bool isWord = name == "window_reversal" && (parser.token.isWord("true") || parser.token.isWord("false"));
      values.push_back(isWord && parser.token.text == "true");
      if (isWord) {
        parser.advance();
        return true;
      }
      return parser.charge(8) && parser.parseInteger(values.back());
    };
    auto parseRow = [&] {
      size_t at = parser.offset(), before = values.size();
      if (!parser.parse('[') || !parser.parseList(']', parseOne))
        return false;
      return values.size() == before + 2 ||
             parser.error(at, "padding of " + llvm::Twine(values.size() - before) + " numbers for a dim, not 2");
    };
    bool isTable = name == "padding";
    if (!parser.parse('=') || !parser.parse('[') ||
        !(isTable ? parser.parseList(']', parseRow) : parser.parseList(']', parseOne)))
      return false;
    for (int64_t &value : values)
      if (name == "window_reversal")
        value = value != 0;
    set(name, makeIntegers(*parser.module, std::move(values), name == "window_reversal" ? Element::Bool : Element::SI64,
                           isTable ? std::optional<int64_t>(2) : std::nullopt));
    if (!parser.take(','))
      break;
  }
  return true;
}

// batching_dims = [0] x [0], contracting_dims = [2] x [1]
bool FormReader::dotDims() {
  if (parser.token.kind == Token::Hash)
    return attribute("dot_dimension_numbers", "any");
  auto parseSides = [&](llvm::StringRef lhs, llvm::StringRef rhs) {
    return parser.parse('=') && attribute(lhs, "integers") && parser.parseWord("x") && attribute(rhs, "integers");
  };
  if (!parser.takeWord("batching_dims")) {
    set("lhs_batching_dimensions", makeIntegers(*parser.module, {}));
    set("rhs_batching_dimensions", makeIntegers(*parser.module, {}));
  } else if (!parseSides("lhs_batching_dimensions", "rhs_batching_dimensions") || !parser.parse(',')) {
    return false;
  }
  return parser.parseWord("contracting_dims") && parseSides("lhs_contracting_dimensions", "rhs_contracting_dimensions");
}

// , precision = [DEFAULT, HIGH]
bool FormReader::precision() {
  if (!parser.take(','))
    return true;
  Attribute list = makeArray({});
  if (!parser.parseWord("precision") || !parser.parse('=') || !parser.parse('[') || !parser.parseList(']', [&] {
        Attribute &item = list.items.emplace_back();
        return parser.charge(sizeof(Attribute)) &&
               (parser.token.kind == Token::Hash ? parser.parseAttribute(item) : parser.parseEnumeral(item));
      }))
    return false;
  set("precision_config", std::move(list));
  return true;
}

// , precision = [...], algorithm = <lhs_precision_type = f32, ...>; either may be missing
bool FormReader::algorithm() {
  auto isNext = [&](llvm::StringRef word) { // behind a comma
    if (!parser.token.is(','))
      return false;
    size_t at = parser.offset();
    parser.advance();
    bool isIt = parser.token.isWord(word);
    parser.moveTo(at);
    return isIt;
  };
  if (!isNext("algorithm") && !precision())
    return false;
  if (!parser.take(','))
    return true;
  Attribute value;
  if (!parser.parseWord("algorithm") || !parser.parse('=') ||
      !(parser.token.is('<') ? parser.parseStruct("dot_algorithm", value) : parser.parseAttribute(value)))
    return false;
  set("algorithm", std::move(value));
  return true;
}

// e5m10
bool FormReader::mantissa() {
  llvm::StringRef text = parser.token.text;
  int64_t exponent, mantissa;
  auto [before, behind] = text.split('m');
  if (parser.token.kind != Token::Identifier || !before.consume_front("e") || before.getAsInteger(10, exponent) ||
      behind.getAsInteger(10, mantissa) || exponent > INT32_MAX || mantissa > INT32_MAX)
    return parser.expected("the bits of exponent and mantissa (e5m10)");
  parser.advance();
  set("exponent_bits", makeInteger(*parser.module, exponent, Element::SI32));
  set("mantissa_bits", makeInteger(*parser.module, mantissa, Element::SI32));
  return true;
}

} // namespace ingot::stablehlo
