// Pretty forms of ops with regions.
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/TextForms.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot::stablehlo {

// Behind a bracket: {...}, {...} )
bool FormReader::regions() {
  return parser.parseList(')', [&] { return parser.parseRegion(op.regions.emplace_back(), {}); });
}

// (%a init: %b), (%c init: %d) across dimensions = [0] : (T, T, T, T) -> (T, T)
//   reducer(%x: T, %y: T) (%z: T, %w: T) { ... }
// or, in place of the reducer, applies OP before the dims: one of two operands and no more.
bool FormReader::reduce() {
  std::vector<TextParser::Use> inits;
  do
    if (!parser.parse('(') || !parser.parseUse(uses.emplace_back()) || !parser.parseWord("init") || !parser.parse(':') ||
        !parser.parseUse(inits.emplace_back()) || !parser.parse(')'))
      return false;
  while (parser.take(','));
  uses.insert(uses.end(), inits.begin(), inits.end());
  bool isApplied = parser.takeWord("applies");
  llvm::StringRef inner = parser.token.text;
  size_t innerAt = parser.offset();
  if (isApplied) {
    if (parser.token.kind != Token::Identifier)
      return parser.expected("the name of an op");
    parser.advance();
  }
  if (!read("across dimensions = $dimensions:integers {} : <function>"))
    return false;
  if (isApplied)
    return appliedReduction(inner, innerAt, parser.module->typeOf(op.operands.front()));
  if (!parser.parseWord("reducer"))
    return false;
  std::vector<TextParser::Argument> elements, accumulators;
  while (parser.take('(')) {
    size_t at = parser.offset();
    std::vector<TextParser::Argument> pair;
    if (!parser.parseArguments(')', pair))
      return false;
    if (pair.size() != 2)
      return parser.error(at, "a reducer has two arguments for each operand, not " + llvm::Twine(pair.size()));
    elements.push_back(pair[0]);
    accumulators.push_back(pair[1]);
  }
  elements.insert(elements.end(), accumulators.begin(), accumulators.end());
  return parser.parseRegion(op.regions.emplace_back(), elements);
}

bool FormReader::appliedReduction(llvm::StringRef inner, size_t at, TypeRef type) {
  const OpRow *row = findOp(inner);
  if (!row || !inner.starts_with("stablehlo."))
    return parser.error(at, "there is no op '" + inner + "' that a reduction can apply");
  Type element = *type;
  element.kind = Type::Tensor;
  element.dims.clear();
  element.bounds.clear();
  TypeRef scalar = parser.module->intern(std::move(element));
  Block &block = op.regions.emplace_back().blocks.emplace_back();
  std::vector<TextParser::Argument> arguments(2, {"", scalar, at});
  if (!parser.addArguments(block, arguments))
    return false;
  Op applied, end;
  applied.name = inner.str();
  end.name = "stablehlo.return";
  applied.location = end.location = op.location;
  applied.operands.assign(block.arguments.begin(), block.arguments.end());
  parser.addResults(applied, scalar);
  end.operands.push_back(applied.results.front());
  if (!parser.charge(2 * sizeof(Op)) || !parser.normalize(applied, at))
    return false;
  block.ops.push_back(std::move(applied));
  block.ops.push_back(std::move(end));
  return true;
}

// (%i = %0, %x = %1) : T, T attributes {...} cond {...} do {...}
bool FormReader::loop() {
  std::vector<TextParser::Argument> arguments;
  if (!parser.parse('(') || !parser.parseList(')', [&] {
        TextParser::Argument &argument = arguments.emplace_back();
        argument.name = parser.token.text;
        argument.offset = parser.offset();
        if (parser.token.kind != Token::Value || parser.token.text.contains('#'))
          return parser.expected("the name of an argument (%name)");
        parser.advance();
        return parser.charge(sizeof(TextParser::Argument)) && parser.parse('=') && parser.parseUse(uses.emplace_back());
      }))
    return false;
  std::vector<TypeRef> types;
  if (!uses.empty() && (!parser.parse(':') || !parser.parseTypes(types)))
    return false;
  if (!finish(types, types) || (parser.takeWord("attributes") && !parser.parseEntries(op.attributes)))
    return false;
  for (auto [argument, type] : llvm::zip_equal(arguments, types))
    argument.type = type;
  return parser.parseWord("cond") && parser.parseRegion(op.regions.emplace_back(), arguments) && parser.parseWord("do") &&
         parser.parseRegion(op.regions.emplace_back(), arguments);
}

// (%a) inits (%b) dimension=0 attributes {...} { ^bb0(...): ... } : (T, T) -> (T, T)
bool FormReader::scan() {
  if (!read("( %* )"))
    return false;
  int64_t inputs = int64_t(uses.size());
  if (!read("inits ( %* ) dimension = $dimension:integer") ||
      (parser.takeWord("attributes") && !parser.parseEntries(op.attributes)) ||
      !parser.parseRegion(op.regions.emplace_back(), {}) || !read(": <function>"))
    return false;
  int64_t carries = int64_t(uses.size()) - inputs;
  if (int64_t(op.results.size()) < carries)
    return parser.error(start,
                        llvm::Twine(op.results.size()) + " results where " + llvm::Twine(carries) + " values are carried");
  // Which operands and results are which, as the generic form tells it.
  auto segments = [&](int64_t first, int64_t second) {
    Attribute value;
    value.kind = Attribute::Tensor;
    value.elements.type = parser.tensor({2}, Element::SI32);
    std::string bytes;
    for (int64_t count : {first, second})
      for (unsigned i = 0; i < 4; ++i)
        bytes += char(count >> (8 * i));
    value.elements.bytes = parser.module->own(std::move(bytes));
    return value;
  };
  set("operandSegmentSizes", segments(inputs, carries));
  set("resultSegmentSizes", segments(int64_t(op.results.size()) - carries, carries));
  return true;
}

// (%a) in_shardings=[...] out_shardings=[...] manual_axes={...} (%x: T) { ... } : (T) -> T
bool FormReader::manual() {
  std::vector<TextParser::Argument> arguments;
  return read("( %* ) in_shardings = $in_shardings:foreign out_shardings = $out_shardings:foreign manual_axes = "
              "$manual_axes:foreign") &&
         parser.parse('(') && parser.parseArguments(')', arguments) &&
         parser.parseRegion(op.regions.emplace_back(), arguments) && read("{} : <function>");
}

} // namespace ingot::stablehlo
