#include "frontends/stablehlo/TextParser.h"

#include "frontends/stablehlo/Limits.h"
#include "frontends/stablehlo/Upgrades.h"

#include "llvm/ADT/StringExtras.h"

#include <cassert>

namespace ingot::stablehlo {
namespace {

constexpr size_t kMaxErrors = 20;

} // namespace

TextParser::TextParser(std::shared_ptr<const llvm::MemoryBuffer> file, llvm::StringRef name, const TextSection &section)
    : file(std::move(file)), name(name), firstLine(section.firstLine), lexer(section.text) {
  lines.push_back(0);
  for (size_t end = lexer.text.find('\n'); end != llvm::StringRef::npos; end = lexer.text.find('\n', end + 1))
    lines.push_back(end + 1);
  constexpr uint64_t kBytesOfElement = 8; // of one character of a constant, at most
  uint64_t size = lexer.text.size();
  memoryLimit = std::min(kFreeTreeBytes + kTreeBytesForEachByte * size, kMaxTreeBytes + kBytesOfElement * size);
}

void TextParser::moveTo(size_t position) {
  lexer.position = position;
  advance();
}

bool TextParser::take(char c) {
  if (!token.is(c))
    return false;
  advance();
  return true;
}

bool TextParser::takeWord(llvm::StringRef word) {
  if (!token.isWord(word))
    return false;
  advance();
  return true;
}

bool TextParser::takeArrow() {
  if (token.kind != Token::Arrow)
    return false;
  advance();
  return true;
}

bool TextParser::parse(char c) { return take(c) || expected("'" + llvm::Twine(c) + "'"); }
bool TextParser::parseWord(llvm::StringRef word) { return takeWord(word) || expected("'" + word + "'"); }
bool TextParser::parseArrow() { return takeArrow() || expected("'->'"); }

bool TextParser::skipBalanced() {
  size_t start = offset();
  std::string open;
  do {
    if (token.kind == Token::End || token.kind == Token::Invalid)
      return error(start, "'" + llvm::Twine(lexer.text[start]) + "' is not closed");
    if (token.kind == Token::Punctuation) {
      char c = token.text.front();
      if (c == '(' || c == '{' || c == '[' || c == '<')
        open += c == '(' ? ')' : c == '{' ? '}' : c == '[' ? ']' : '>';
      else if (c == ')' || c == '}' || c == ']' || c == '>') {
        if (open.empty() || open.back() != c)
          return expected(open.empty() ? llvm::Twine("a bracket") : "'" + llvm::Twine(open.back()) + "'");
        open.pop_back();
      }
    }
    advance();
  } while (!open.empty());
  return true;
}

bool TextParser::error(size_t offset, const llvm::Twine &message) {
  if (isExhausted)
    return false;
  if (errors.size() == kMaxErrors) {
    isExhausted = true;
    return false;
  }
  errors.push_back({offset, message.str()});
  return false;
}

bool TextParser::expected(const llvm::Twine &what) {
  // Where a line ends too early, that is the place, and not where the next line begins.
  return error(startsLine() ? behind : offset(), "expected " + what + ", found " + describe(token));
}

std::pair<unsigned, unsigned> TextParser::lineAndColumn(size_t offset) const {
  size_t line = size_t(std::upper_bound(lines.begin(), lines.end(), offset) - lines.begin()) - 1;
  return {firstLine + unsigned(line), unsigned(offset - lines[line]) + 1};
}

bool TextParser::charge(uint64_t bytes) {
  memory += bytes;
  if (memory <= memoryLimit)
    return true;
  error(offset(), "the module takes more than " + llvm::Twine(memoryLimit >> 20) + " MiB, the most for a text of " +
                      llvm::Twine(lexer.text.size()) + " bytes");
  isExhausted = true;
  return false;
}

bool TextParser::Nesting::isFine() const {
  bool isRegion = &depth == &parser.regionDepth;
  unsigned limit = isRegion ? kMaxRegionDepth : kMaxAttributeDepth;
  if (depth <= limit)
    return true;
  parser.error(parser.offset(), llvm::Twine(isRegion ? "regions" : "attributes and types") + " nested more than " +
                                    llvm::Twine(limit) + " deep");
  parser.isExhausted = true;
  return false;
}

// Aliases may stand behind their uses, as those of locations do: they are found first, and read where they are used. A line that
// starts with "#name =" defines one: no other text has lines that start so.
void TextParser::findDefinitions() {
  for (size_t begin : lines) {
    llvm::StringRef line = lexer.text.substr(begin).ltrim(" \t\r");
    if (line.starts_with("{-#")) {
      moveTo(size_t(line.data() - lexer.text.data()));
      parseResources();
      return; // always the last
    }
    if (!line.starts_with("#") && !line.starts_with("!"))
      continue;
    llvm::StringRef alias =
        line.take_until([](char c) { return !llvm::isAlnum(c) && !llvm::StringRef("#!$._-").contains(c); });
    llvm::StringRef rest = line.drop_front(alias.size()).ltrim(" \t");
    if (!rest.consume_front("=") || rest.starts_with("="))
      continue;
    if (!aliases.try_emplace(alias, size_t(rest.data() - lexer.text.data())).second)
      error(size_t(line.data() - lexer.text.data()), "'" + alias + "' is defined twice");
  }
}

// {-# dialect_resources: { builtin: { name: "0x..." } } #-}
bool TextParser::parseResources() {
  advance();
  auto parseSection = [&](auto &&parseSection, llvm::StringRef path) -> bool {
    Nesting nesting(*this, attributeDepth);
    if (!nesting.isFine())
      return false;
    return parse('{') && parseList('}', [&] {
             if (token.kind != Token::Identifier && token.kind != Token::String)
               return expected("the name of a resource");
             std::string key = token.kind == Token::String ? unescape(token.text) : token.text.str();
             advance();
             if (!parse(':'))
               return false;
             if (token.is('{'))
               return parseSection(parseSection, key);
             if (token.kind == Token::String)
               resources.try_emplace(key, offset());
             advance();
             return true;
           });
  };
  do {
    if (token.kind == Token::ResourceEnd)
      break;
    if (token.kind != Token::Identifier)
      return expected("'#-}'");
    advance();
    if (!parse(':') || !parseSection(parseSection, ""))
      return false;
  } while (take(','));
  return token.kind == Token::ResourceEnd || expected("'#-}'");
}

llvm::Expected<std::unique_ptr<Module>> TextParser::parse() {
  auto root = std::make_unique<Module>();
  root->file = file;
  module = root.get();
  findDefinitions();
  moveTo(0);
  bool isFine = parseTop(*root);
  if (errors.empty()) {
    assert(isFine && "a failure that told no error");
    upgradeModule(*root);
    return root;
  }
  (void)isFine;
  std::stable_sort(errors.begin(), errors.end(), [](const Error &a, const Error &b) { return a.offset < b.offset; });
  std::string text;
  for (const Error &error : errors) {
    auto [line, column] = lineAndColumn(error.offset);
    text +=
        (text.empty() ? "" : "\n") + name + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + error.message;
  }
  return llvm::createStringError(std::errc::invalid_argument, "%s", text.c_str());
}

std::vector<TextSection> splitSections(llvm::StringRef text) {
  std::vector<TextSection> sections;
  unsigned line = 1, firstLine = 1;
  size_t begin = 0;
  auto add = [&](llvm::StringRef section) {
    if (TextLexer(section).next().kind != Token::End)
      sections.push_back({section, firstLine});
  };
  for (size_t at = 0; at < text.size(); ++line) {
    size_t end = std::min(text.find('\n', at), text.size());
    if (text.slice(at, end).rtrim() == "// -----") {
      add(text.slice(begin, at));
      begin = std::min(end + 1, text.size());
      firstLine = line + 1;
    }
    at = end + 1;
  }
  add(text.drop_front(begin));
  return sections;
}

llvm::Expected<std::unique_ptr<Module>> parseText(std::shared_ptr<const llvm::MemoryBuffer> file, llvm::StringRef name) {
  TextSection whole{file->getBuffer()};
  return parseText(std::move(file), name, whole);
}

llvm::Expected<std::unique_ptr<Module>> parseText(std::shared_ptr<const llvm::MemoryBuffer> file, llvm::StringRef name,
                                                  const TextSection &section) {
  return TextParser(std::move(file), name, section).parse();
}

bool startsLikeStablehloText(llvm::StringRef start) {
  TextLexer lexer(start);
  Token token = lexer.next();
  if (token.kind == Token::Hash || token.kind == Token::Bang)
    return lexer.next().is('=');
  llvm::StringRef word = token.kind == Token::String ? token.text.drop_front().drop_back() : token.text;
  if (word == "builtin.module" || word == "func.func")
    return true;
  if (token.kind != Token::Identifier || word != "module")
    return false;
  Token next = lexer.next();
  return next.kind == Token::Symbol || next.is('{') || next.isWord("attributes");
}

} // namespace ingot::stablehlo
