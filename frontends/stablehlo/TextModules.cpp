#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/TextParser.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"

namespace ingot::stablehlo {

// Alias definitions are read where they are used.
void TextParser::skipAlias() {
  do
    if (token.is('<') || token.is('(') || token.is('[') || token.is('{')) {
      if (!skipBalanced()) {
        isExhausted = true;
        return;
      }
    } else {
      advance();
    }
  while (token.kind != Token::End && !startsLine());
}

// A file has one module, whole or without the words "module { }" around its functions.
bool TextParser::parseTop(Module &root) {
  auto skipAliases = [&] {
    while ((token.kind == Token::Hash || token.kind == Token::Bang) && !isExhausted)
      skipAlias();
    return token.kind == Token::End || token.kind == Token::ResourceStart;
  };
  if (skipAliases())
    return isExhausted || error(0, "no module and no function");
  if (!token.isWord("module") && !token.isWord("builtin.module") && token.text != "\"builtin.module\"")
    return parseModuleBody(root) && (!token.is('}') || expected("an op"));
  if (!parseModule(root))
    return false;
  return skipAliases() || expected("the end of the text: a file is one module");
}

bool TextParser::parseModule(Module &into) {
  Nesting nesting(*this, regionDepth);
  LocationRef ignored = textLocation(offset());
  if (!nesting.isFine())
    return false;
  Module *outer = std::exchange(module, &into);
  auto end = llvm::make_scope_exit([&] { module = outer; });
  bool isGeneric = token.kind == Token::String;
  advance();
  if (isGeneric) {
    if (!parse('(') || !parse(')') || (take('<') && (!parseEntries(into.attributes) || !parse('>'))) || !parse('(') ||
        !parse('{'))
      return false;
    if (token.kind == Token::Block && (advance(), !parse(':')))
      return false;
  } else if ((token.kind == Token::Symbol && !parseSymbol(into.name)) ||
             (takeWord("attributes") && !parseEntries(into.attributes)) || !parse('{')) {
    return false;
  }
  if (!parseModuleBody(into) || !parse('}'))
    return false;
  TypeRef type;
  if (isGeneric && (!parse(')') || !takeEntries(into.attributes) || !parse(':') || !parseFunctionType(type)))
    return false;
  llvm::stable_sort(into.attributes, [](const NamedAttribute &a, const NamedAttribute &b) { return a.name < b.name; });
  llvm::erase_if(into.attributes, [&](const NamedAttribute &entry) {
    if (entry.name == "sym_name" && into.name.empty())
      into.name = entry.value.text;
    return entry.name == "sym_name" || entry.name == "sym_visibility";
  });
  return takeLocation(ignored);
}

bool TextParser::parseModuleBody(Module &into) {
  while (token.kind != Token::End && token.kind != Token::ResourceStart && !token.is('}')) {
    size_t start = offset();
    if ((token.kind == Token::Hash || token.kind == Token::Bang) && startsLine())
      skipAlias();
    else if (!parseModuleItem(into) && !isExhausted)
      skipToNextOp(start);
    if (isExhausted)
      return false;
    if (token.is(')') || token.is(']'))
      return expected("an op or '}'");
  }
  return true;
}

bool TextParser::parseModuleItem(Module &into) {
  llvm::StringRef word = token.kind == Token::String ? token.text.drop_front().drop_back() : token.text;
  if (word == "module" || word == "builtin.module")
    return charge(sizeof(Module)) && parseModule(into.addNested());
  // Names and values of a function are its own.
  llvm::StringMap<Defined> outerValues = std::exchange(values, {});
  std::vector<llvm::StringRef> outerNames = std::exchange(definedNames, {});
  auto end = llvm::make_scope_exit([&] {
    values = std::move(outerValues);
    definedNames = std::move(outerNames);
  });
  if (token.isWord("func.func"))
    return parseFunction(into);
  size_t start = offset();
  std::vector<Op> ops;
  if (!parseOp(ops))
    return false;
  Op &op = ops.front();
  if (op.name == "func.func")
    return addGenericFunction(op, into, start);
  if (findOp(op.name))
    return error(start, "'" + op.name + "' stands outside a function");
  into.ops.push_back(std::move(op));
  return true;
}

// func.func public @f(%a: T {...}, ...) -> (T {...}, ...) attributes {...} { ... }
bool TextParser::parseFunction(Module &into) {
  size_t start = offset();
  Function function;
  function.location = textLocation(start);
  advance();
  if (takeWord("private") || takeWord("nested"))
    function.isPublic = false;
  else
    takeWord("public");
  std::vector<Argument> arguments;
  if (!parseSymbol(function.name) || !parseSignature(function, arguments) ||
      (takeWord("attributes") && !parseEntries(function.attributes)))
    return false;
  bool isDefined = token.is('{');
  if (isDefined && !arguments.empty() && arguments.front().name.empty())
    return expected("no body, for the arguments have no names");
  if ((isDefined && !parseRegion(function.body, arguments)) || !takeLocation(function.location))
    return false;
  into.functions.push_back(std::move(function));
  return charge(sizeof(Function));
}

bool TextParser::parseSignature(Function &function, std::vector<Argument> &arguments) {
  size_t start = offset();
  Type type;
  type.kind = Type::Function;
  bool hasAttributes = false;
  if (!parse('(') || !parseList(')', [&] {
        Argument &argument = arguments.emplace_back();
        argument.offset = offset();
        if (token.kind == Token::Value) {
          argument.name = token.text;
          advance();
          if (!parse(':'))
            return false;
        }
        if (argument.name.empty() != arguments.front().name.empty())
          return error(argument.offset, "some arguments have names and some have none");
        std::vector<NamedAttribute> &attributes = function.argumentAttributes.emplace_back();
        LocationRef ignored = textLocation(argument.offset);
        if (!charge(sizeof(Argument) + sizeof(attributes)) || !parseType(argument.type) || !takeEntries(attributes) ||
            !takeLocation(ignored))
          return false;
        hasAttributes |= !attributes.empty();
        type.members.push_back(argument.type);
        return true;
      }))
    return false;
  if (!hasAttributes)
    function.argumentAttributes.clear();
  hasAttributes = false;
  if (takeArrow()) {
    if (take('(')) {
      if (!parseList(')', [&] {
            std::vector<NamedAttribute> &attributes = function.resultAttributes.emplace_back();
            if (!charge(sizeof(attributes)) || !parseType(type.results.emplace_back()) || !takeEntries(attributes))
              return false;
            hasAttributes |= !attributes.empty();
            return true;
          }))
        return false;
    } else if (!parseType(type.results.emplace_back())) {
      return false;
    }
  }
  if (!hasAttributes)
    function.resultAttributes.clear();
  return (function.type = combined(std::move(type), start)) != nullptr;
}

// "func.func"() <{function_type = (T) -> T, sym_name = "f", ...}> ({...}) : () -> ()
bool TextParser::addGenericFunction(Op &op, Module &into, size_t at) {
  Function function;
  function.location = op.location;
  auto takeAttributes = [&](const Attribute &list, std::vector<std::vector<NamedAttribute>> &to) {
    for (const Attribute &item : list.items)
      to.push_back(item.entries);
  };
  for (NamedAttribute &entry : op.attributes) {
    const Attribute &value = entry.value;
    if (entry.name == "sym_name")
      function.name = value.text;
    else if (entry.name == "function_type")
      function.type = value.type;
    else if (entry.name == "sym_visibility")
      function.isPublic = value.text != "private" && value.text != "nested";
    else if (entry.name == "arg_attrs")
      takeAttributes(value, function.argumentAttributes);
    else if (entry.name == "res_attrs")
      takeAttributes(value, function.resultAttributes);
    else
      function.attributes.push_back(std::move(entry));
  }
  if (!function.type || function.type->kind != Type::Function)
    return error(at, "the function '" + function.name + "' has no function_type");
  if (op.regions.size() != 1)
    return error(at, "the function '" + function.name + "' has " + llvm::Twine(op.regions.size()) + " regions, not 1");
  function.body = std::move(op.regions.front());
  into.functions.push_back(std::move(function));
  return true;
}

} // namespace ingot::stablehlo
