// Locations: of all that MLIR's say, the first file with line and column and the outermost name are kept. What cannot be
// understood is no error: the text's own line serves.
#include "frontends/stablehlo/Limits.h"
#include "frontends/stablehlo/TextParser.h"

namespace ingot::stablehlo {

LocationRef TextParser::textLocation(size_t offset) {
  auto [line, column] = lineAndColumn(offset);
  return module->intern(Location{name, line, column, ""});
}

bool TextParser::takeLocation(LocationRef &location) {
  if (!takeWord("loc"))
    return true;
  if (!token.is('('))
    return expected("'('");
  size_t start = offset();
  if (!skipBalanced())
    return false;
  size_t end = offset();
  moveTo(start);
  advance();
  Location found = parseLocation();
  moveTo(end);
  if (found.file.empty()) { // where it is, is what the text's place says
    found.file = location->file;
    found.line = location->line;
    found.column = location->column;
  }
  location = module->intern(std::move(found));
  return true;
}

// unknown; "file":3:4; "file":3:4 to :8; "name"(LOCATION); callsite(LOCATION at LOCATION); fused<...>[LOCATION, ...]; #loc3
Location TextParser::parseLocation() {
  Location location;
  Nesting nesting(*this, locationDepth);
  if (locationDepth > kMaxLocationDepth)
    return location;
  if (token.kind == Token::Hash)
    return locationOf(token.text);
  if (token.kind == Token::String) {
    std::string text = unescape(token.text);
    advance();
    if (take(':')) {
      int64_t line, column;
      if (token.kind == Token::Integer && !token.text.getAsInteger(10, line)) {
        advance();
        if (take(':') && token.kind == Token::Integer && !token.text.getAsInteger(10, column))
          return Location{std::move(text), unsigned(line), unsigned(column), ""};
      }
      return location;
    }
    if (take('('))
      location = parseLocation();
    location.name = std::move(text);
    return location;
  }
  if (takeWord("callsite"))
    return take('(') ? parseLocation() : location;
  if (takeWord("loc")) // behind an alias
    return take('(') ? parseLocation() : location;
  if (takeWord("fused")) {
    if (token.is('<') && !skipBalanced())
      return location;
    if (!take('['))
      return location;
    while (location.file.empty() && !token.is(']') && token.kind != Token::End) {
      Location part = parseLocation();
      std::string name = std::move(location.name);
      location = std::move(part);
      if (!name.empty())
        location.name = std::move(name);
      while (!token.is(',') && !token.is(']') && token.kind != Token::End)
        if (!(token.is('(') || token.is('[') || token.is('<')))
          advance();
        else if (!skipBalanced())
          return location;
      take(',');
    }
  }
  return location;
}

Location TextParser::locationOf(llvm::StringRef alias) {
  auto known = aliasedLocations.find(alias);
  if (known != aliasedLocations.end()) {
    advance();
    return known->second;
  }
  auto it = aliases.find(alias);
  Location location;
  size_t end = lexer.position;
  if (it != aliases.end()) {
    aliasedLocations.try_emplace(alias); // a circle ends here
    moveTo(it->second);
    location = parseLocation();
    aliasedLocations[alias] = location;
  }
  moveTo(end);
  return location;
}

} // namespace ingot::stablehlo
