// The tokens of MLIR's text.
#ifndef INGOT_FRONTENDS_STABLEHLO_TEXTLEXER_H
#define INGOT_FRONTENDS_STABLEHLO_TEXTLEXER_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace ingot::stablehlo {

struct Token {
  enum Kind : uint8_t {
    End,
    Invalid,       // a character that no token has, a string without an end
    Identifier,    // add, stablehlo.add, f32
    String,        // "..."
    Integer,       // 12, 0x1f
    Float,         // 1.5e-3
    Value,         // %0, %arg0, %0#1
    Block,         // ^bb0
    Symbol,        // @main, @"a b"
    Hash,          // #loc1, #stablehlo.gather
    Bang,          // !stablehlo.token
    Arrow,         // ->
    ResourceStart, // {-#
    ResourceEnd,   // #-}
    Punctuation,   // one character
  };
  Kind kind = End;
  llvm::StringRef text; // as it stands

  bool is(char c) const { return kind == Punctuation && text.front() == c; }
  bool isWord(llvm::StringRef word) const { return kind == Identifier && text == word; }
};

class TextLexer {
public:
  explicit TextLexer(llvm::StringRef text) : text(text) {}

  // The token at `position` or behind the spaces and comments there; `position` moves behind it.
  Token next();
  size_t position = 0;
  const llvm::StringRef text;

private:
  Token take(Token::Kind kind, size_t begin, size_t end);
  Token number(size_t begin);
};

// The text of a string token, its escapes resolved: \n, \t, \\, \", \xx.
std::string unescape(llvm::StringRef token);
// What a message calls a token: "'add'", "the end of the text".
std::string describe(const Token &token);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_TEXTLEXER_H
