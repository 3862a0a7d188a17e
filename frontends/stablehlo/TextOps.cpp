#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/TextParser.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"

namespace ingot::stablehlo {

bool TextParser::startsLine() const {
  size_t at = *std::prev(std::upper_bound(lines.begin(), lines.end(), offset()));
  while (at < offset() && (lexer.text[at] == ' ' || lexer.text[at] == '\t' || lexer.text[at] == '\r'))
    ++at;
  return at == offset();
}

bool TextParser::parseUse(Use &use) {
  if (token.kind != Token::Value)
    return expected("a value (%name)");
  use.offset = offset();
  auto [value, number] = token.text.split('#');
  use.name = value;
  if (!number.empty() && number.getAsInteger(10, use.number))
    return error(use.offset, describe(token) + " has no such result");
  advance();
  return charge(sizeof(ValueRef));
}

bool TextParser::parseUses(std::vector<Use> &uses) {
  if (token.kind != Token::Value)
    return true;
  do
    if (!parseUse(uses.emplace_back()))
      return false;
  while (take(','));
  return true;
}

// What an op that failed would have defined is known, and not told again where it is used.
bool TextParser::resolve(const Use &use, TypeRef type, ValueRef &value) {
  auto it = values.find(use.name);
  if (it == values.end())
    return error(use.offset, "'" + use.name + "' is not defined here");
  const Defined &defined = it->second;
  if (defined.isUnknown)
    return false;
  if (use.number >= defined.values.size())
    return error(use.offset, "'" + use.name + "' has " + llvm::Twine(defined.values.size()) +
                                 (defined.values.size() == 1 ? " result" : " results") + ", not one of number " +
                                 llvm::Twine(use.number));
  value = defined.values[use.number];
  if (type && module->typeOf(value) != type)
    return error(use.offset,
                 "'" + use.name + "' is of type " + spellType(module->typeOf(value)) + ", and used as " + spellType(type));
  return true;
}

bool TextParser::resolveAll(llvm::ArrayRef<Use> uses, llvm::ArrayRef<TypeRef> types, size_t at,
                            llvm::SmallVectorImpl<ValueRef> &into) {
  if (uses.size() != types.size())
    return error(at, llvm::Twine(uses.size()) + (uses.size() == 1 ? " operand" : " operands") + ", and types for " +
                         llvm::Twine(types.size()));
  bool isFine = true;
  for (auto [use, type] : llvm::zip_equal(uses, types))
    isFine &= resolve(use, type, into.emplace_back());
  return isFine;
}

bool TextParser::define(llvm::StringRef name, llvm::ArrayRef<ValueRef> defined, size_t at, bool isUnknown) {
  auto [it, isNew] = values.try_emplace(name);
  if (!isNew) {
    auto [line, column] = lineAndColumn(it->second.offset);
    return error(at, "'" + name + "' is defined already, in line " + llvm::Twine(line));
  }
  it->second = {{defined.begin(), defined.end()}, at, isUnknown};
  definedNames.push_back(it->getKey());
  return true;
}

void TextParser::endScope(size_t names) {
  for (; definedNames.size() > names; definedNames.pop_back())
    values.erase(definedNames.back());
}

// %a, %b:2 = OP loc(...)
bool TextParser::parseOp(std::vector<Op> &into) {
  size_t start = offset();
  struct Results {
    llvm::StringRef name;
    size_t offset;
    unsigned count = 1;
  };
  llvm::SmallVector<Results, 1> named;
  if (token.kind == Token::Value) {
    do {
      if (token.kind != Token::Value || token.text.contains('#'))
        return expected("the name of a result (%name)");
      Results &results = named.emplace_back(Results{token.text, offset()});
      advance();
      if (take(':')) {
        if (token.kind != Token::Integer || token.text.getAsInteger(10, results.count) || !results.count)
          return expected("how many results there are");
        advance();
      }
    } while (take(','));
    if (!parse('='))
      return false;
  }
  Op op;
  op.location = textLocation(start);
  bool isFine = charge(sizeof(Op)) &&
                (token.kind == Token::String       ? parseGenericOp(op)
                 : token.kind == Token::Identifier ? parsePrettyOp(op)
                                                   : expected("an op")) &&
                takeLocation(op.location);
  size_t next = 0;
  if (isFine && !named.empty()) {
    size_t count = 0;
    for (const Results &results : named)
      count += results.count;
    if (count != op.results.size())
      isFine = error(start, "names for " + llvm::Twine(count) + (count == 1 ? " result" : " results") + ", and '" + op.name +
                                "' has " + llvm::Twine(op.results.size()));
  }
  for (const Results &results : named) {
    llvm::ArrayRef<ValueRef> defined =
        isFine ? llvm::ArrayRef(op.results).slice(next, results.count) : llvm::ArrayRef<ValueRef>();
    isFine &= define(results.name, defined, results.offset, !isFine);
    next += results.count;
  }
  if (isFine)
    into.push_back(std::move(op));
  return isFine;
}

// To where the next op of the block begins whose op at `start` failed, or to the bracket that ends the block.
void TextParser::skipToNextOp(size_t start) {
  unsigned open = 0;
  for (moveTo(start); token.kind != Token::End; advance()) {
    if (open == 0 && offset() > start && startsLine() &&
        (token.kind == Token::Value || token.kind == Token::String || token.kind == Token::Block ||
         (token.kind == Token::Identifier &&
          (token.text.contains('.') || token.text == "return" || token.text == "module"))))
      return;
    if (token.is('(') || token.is('{') || token.is('['))
      ++open;
    else if (token.is(')') || token.is('}') || token.is(']')) {
      if (!open)
        return;
      --open;
    }
  }
}

bool TextParser::parseBlockBody(Block &block) {
  while (token.kind != Token::Block && !token.is('}') && !isExhausted) {
    if (token.kind == Token::End)
      return expected("'}'");
    size_t start = offset();
    if (!parseOp(block.ops)) {
      if (isExhausted)
        return false;
      skipToNextOp(start);
      if (token.is(')') || token.is(']'))
        return false;
    }
  }
  return !isExhausted;
}

bool TextParser::addArguments(Block &block, llvm::ArrayRef<Argument> arguments) {
  bool isFine = true;
  for (const Argument &argument : arguments) {
    block.arguments.push_back(module->addValue(argument.type));
    if (!argument.name.empty())
      isFine &= define(argument.name, block.arguments.back(), argument.offset, false);
  }
  return isFine && charge(arguments.size() * 2 * sizeof(ValueRef));
}

// %a: T loc(...), ... CLOSE
bool TextParser::parseArguments(char close, std::vector<Argument> &arguments) {
  return parseList(close, [&] {
    Argument &argument = arguments.emplace_back();
    argument.offset = offset();
    argument.name = token.text;
    if (token.kind != Token::Value || token.text.contains('#'))
      return expected("the name of an argument (%name)");
    advance();
    LocationRef ignored = textLocation(argument.offset);
    return charge(sizeof(Argument)) && parse(':') && parseType(argument.type) && takeLocation(ignored);
  });
}

// { OPS ^bb0(%a: T): OPS }; the first block has the arguments that its op names, or a label with its own.
bool TextParser::parseRegion(Region &region, llvm::ArrayRef<Argument> arguments) {
  Nesting nesting(*this, regionDepth);
  if (!nesting.isFine() || !charge(sizeof(Region) + sizeof(Block)) || !parse('{'))
    return false;
  size_t outer = definedNames.size();
  auto end = llvm::make_scope_exit([&] { endScope(outer); });
  if (!arguments.empty() || (token.kind != Token::Block && !token.is('}'))) {
    Block &block = region.blocks.emplace_back();
    if (!addArguments(block, arguments) || !parseBlockBody(block))
      return false;
  }
  while (token.kind == Token::Block) {
    Block &block = region.blocks.emplace_back();
    std::vector<Argument> own;
    advance();
    if (!charge(sizeof(Block)) || (take('(') && !parseArguments(')', own)) || !parse(':') || !addArguments(block, own) ||
        !parseBlockBody(block))
      return false;
  }
  return parse('}');
}

// "dialect.op"(%a, %b) <{...}> ({...}, {...}) {...} : (T, T) -> T
bool TextParser::parseGenericOp(Op &op) {
  size_t at = offset();
  op.name = unescape(token.text);
  if (!llvm::StringRef(op.name).contains('.'))
    return error(at, "'" + op.name + "' is no name of an op (dialect.op)");
  advance();
  return parseGenericOperands(op) && normalize(op, at);
}

bool TextParser::parseGenericOperands(Op &op) {
  std::vector<Use> uses;
  if (!parse('(') || !parseUses(uses) || !parse(')'))
    return false;
  if (token.is('['))
    return error(offset(), "branches between blocks are not supported");
  if (take('<') && (!parseEntries(op.attributes) || !parse('>')))
    return false;
  if (take('(') && !parseList(')', [&] { return parseRegion(op.regions.emplace_back(), {}); }))
    return false;
  size_t typeAt = 0;
  TypeRef type;
  if (!takeEntries(op.attributes) || !parse(':') || ((typeAt = offset()), !parseFunctionType(type)) ||
      !resolveAll(uses, type->members, typeAt, op.operands))
    return false;
  addResults(op, type->results);
  return true;
}

void TextParser::addResults(Op &op, llvm::ArrayRef<TypeRef> types) {
  for (TypeRef type : types)
    op.results.push_back(module->addValue(type));
}

// A name without a dialect is one of func's: functions take it for theirs.
bool TextParser::parsePrettyOp(Op &op) {
  size_t at = offset();
  op.name = token.text.contains('.') ? token.text.str() : ("func." + token.text).str();
  advance();
  return parseForm(op, at) && normalize(op, at);
}

} // namespace ingot::stablehlo
