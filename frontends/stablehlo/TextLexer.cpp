#include "frontends/stablehlo/TextLexer.h"

#include "llvm/ADT/StringExtras.h"

namespace ingot::stablehlo {
namespace {

bool isWordStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isWordPart(char c) { return llvm::isAlnum(c) || c == '_' || c == '$' || c == '.'; }
// Of the names behind %, ^, # and !.
bool isNamePart(char c) { return isWordPart(c) || c == '-'; }

} // namespace

Token TextLexer::take(Token::Kind kind, size_t begin, size_t end) {
  position = end;
  return {kind, text.slice(begin, end)};
}

Token TextLexer::number(size_t begin) {
  auto skipDigits = [&](size_t at) {
    while (at < text.size() && llvm::isDigit(text[at]))
      ++at;
    return at;
  };
  if (text[begin] == '0' && begin + 2 < text.size() && text[begin + 1] == 'x' && llvm::isHexDigit(text[begin + 2])) {
    size_t end = begin + 2;
    while (end < text.size() && llvm::isHexDigit(text[end]))
      ++end;
    return take(Token::Integer, begin, end);
  }
  size_t end = skipDigits(begin);
  if (end == text.size() || text[end] != '.')
    return take(Token::Integer, begin, end);
  end = skipDigits(end + 1);
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    size_t digits = end + 1 + (end + 1 < text.size() && (text[end + 1] == '+' || text[end + 1] == '-'));
    if (digits < text.size() && llvm::isDigit(text[digits]))
      end = skipDigits(digits);
  }
  return take(Token::Float, begin, end);
}

Token TextLexer::next() {
  size_t at = position;
  for (; at < text.size(); ++at) {
    if (text[at] == '/' && at + 1 < text.size() && text[at + 1] == '/')
      at = std::min(text.find('\n', at), text.size() - 1);
    else if (!llvm::isSpace(text[at]))
      break;
  }
  if (at >= text.size())
    return take(Token::End, text.size(), text.size());
  char c = text[at];
  llvm::StringRef rest = text.drop_front(at);
  auto nameEnd = [&](size_t begin) {
    while (begin < text.size() && isNamePart(text[begin]) && !text.substr(begin).starts_with("->"))
      ++begin;
    return begin;
  };
  auto quotedEnd = [&](size_t begin) { // behind the closing quote; npos where there is none on the line
    for (size_t i = begin + 1; i < text.size() && text[i] != '\n'; ++i) {
      if (text[i] == '"')
        return i + 1;
      i += text[i] == '\\' && i + 1 < text.size() && text[i + 1] != '\n';
    }
    return llvm::StringRef::npos;
  };
  if (isWordStart(c)) {
    size_t end = at;
    while (end < text.size() && isWordPart(text[end]))
      ++end;
    return take(Token::Identifier, at, end);
  }
  if (llvm::isDigit(c))
    return number(at);
  if (c == '"') {
    size_t end = quotedEnd(at);
    return end == llvm::StringRef::npos ? take(Token::Invalid, at, std::min(text.find('\n', at), text.size()))
                                        : take(Token::String, at, end);
  }
  if (rest.starts_with("->"))
    return take(Token::Arrow, at, at + 2);
  if (rest.starts_with("{-#"))
    return take(Token::ResourceStart, at, at + 3);
  if (rest.starts_with("#-}"))
    return take(Token::ResourceEnd, at, at + 3);
  bool isNamed = at + 1 < text.size() && (isWordPart(text[at + 1]) || (c == '%' && text[at + 1] == '-'));
  if (c == '@') {
    size_t end = at + 1 < text.size() && text[at + 1] == '"' ? quotedEnd(at + 1) : llvm::StringRef::npos;
    if (end != llvm::StringRef::npos)
      return take(Token::Symbol, at, end);
    return isNamed ? take(Token::Symbol, at, nameEnd(at + 1)) : take(Token::Invalid, at, at + 1);
  }
  if (c == '%' || c == '^' || c == '#' || c == '!') {
    if (!isNamed)
      return take(Token::Invalid, at, at + 1);
    size_t end = nameEnd(at + 1);
    if (c == '%' && end + 1 < text.size() && text[end] == '#' && llvm::isDigit(text[end + 1]))
      for (++end; end < text.size() && llvm::isDigit(text[end]);)
        ++end;
    return take(c == '%' ? Token::Value : c == '^' ? Token::Block : c == '#' ? Token::Hash : Token::Bang, at, end);
  }
  if (llvm::StringRef("(){}[]<>,:=*?+-|/;").contains(c))
    return take(Token::Punctuation, at, at + 1);
  return take(Token::Invalid, at, at + 1);
}

std::string unescape(llvm::StringRef token) {
  llvm::StringRef quoted = token.drop_front().drop_back();
  std::string text;
  text.reserve(quoted.size());
  for (size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] != '\\' || i + 1 == quoted.size()) {
      text += quoted[i];
      continue;
    }
    char c = quoted[++i];
    if (llvm::isHexDigit(c) && i + 1 < quoted.size() && llvm::isHexDigit(quoted[i + 1]))
      text += char(llvm::hexDigitValue(c) * 16 + llvm::hexDigitValue(quoted[++i]));
    else
      text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return text;
}

std::string describe(const Token &token) {
  constexpr size_t kMost = 40;
  if (token.kind == Token::End)
    return "the end of the text";
  if (token.kind == Token::Invalid && token.text.starts_with("\""))
    return "a string without an end";
  std::string shown;
  for (char c : token.text.take_front(kMost))
    shown += llvm::isPrint(c) ? std::string(1, c) : "\\x" + llvm::utohexstr(uint8_t(c), true, 2);
  return "'" + shown + (token.text.size() > kMost ? "...'" : "'");
}

} // namespace ingot::stablehlo
