#include "tools/conformance/ExpectedErrors.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace ingot::conformance {

using llvm::StringRef;

std::vector<ExpectedError> expectedErrors(StringRef text, unsigned firstLine) {
  constexpr llvm::StringLiteral kMark = "expected-error";
  std::vector<ExpectedError> errors;
  unsigned line = firstLine;
  for (StringRef rest : llvm::split(text, '\n')) {
    for (size_t at; (at = rest.find(kMark)) != StringRef::npos;) {
      rest = rest.drop_front(at + kMark.size());
      rest.consume_front("-re");
      StringRef place = rest.ltrim();
      ExpectedError error{line, ""};
      if (place.consume_front("@")) {
        const bool isBefore = place.starts_with("-");
        unsigned distance = 0;
        if (place.consume_front("below"))
          ++error.line;
        else if (place.consume_front("above"))
          --error.line;
        else if ((place.consume_front("+") || place.consume_front("-")) && !place.consumeInteger(10, distance))
          error.line = isBefore ? error.line - distance : error.line + distance;
      }
      error.words = place.split("{{").second.split("}}").first.str();
      errors.push_back(std::move(error));
    }
    ++line;
  }
  return errors;
}

bool areOfInvalidModule(llvm::ArrayRef<ExpectedError> errors) {
  // What MLIR says of an op for which a pass has no pattern.
  return !errors.empty() && llvm::none_of(errors, [](const ExpectedError &error) {
    return StringRef(error.words).contains("failed to legalize operation");
  });
}

std::vector<unsigned> linesOfMessages(StringRef messages) {
  std::vector<unsigned> lines;
  auto add = [&](StringRef place) {
    unsigned line = 0, column = 0;
    if (!place.consumeInteger(10, line) && place.consume_front(":") && !place.consumeInteger(10, column))
      lines.push_back(line);
  };
  for (StringRef message : llvm::split(messages, '\n')) {
    message = message.ltrim();
    add(message);
    for (StringRef also : llvm::split(message, "; "))
      add(also);
    // "; taken at 7:3, 9:3"
    for (StringRef place : llvm::split(message.rsplit("; taken at ").second, ", "))
      add(place);
    // "; and 2 other ops 7:3 9:3"
    StringRef others = message.rsplit("; and ").second;
    if (others.contains(" other op"))
      for (StringRef word : llvm::split(others, ' '))
        add(word);
  }
  return lines;
}

// True if a statement starts in this line: an op or a function. A module is none.
static bool startsStatement(StringRef line) {
  line = line.ltrim();
  if (line.starts_with("%"))
    return line.contains('=');
  if (line.consume_front("\""))
    return line.contains("\"(");
  const StringRef word = line.take_while([](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
  return word == "return" || word == "call" || word.contains('.') || line.starts_with("#") || line.starts_with("!");
}

std::vector<ExpectedError> errorsNotTold(StringRef text, unsigned firstLine, StringRef messages) {
  // The number of the statement of each line; 0 before the first one: there it is the module that an error is of.
  std::vector<unsigned> statements;
  for (StringRef line : llvm::split(text, '\n'))
    statements.push_back((statements.empty() ? 0 : statements.back()) + startsStatement(line));
  auto statementOf = [&](unsigned line) {
    return line < firstLine ? 0 : line - firstLine < statements.size() ? statements[line - firstLine] : ~0u;
  };
  const std::vector<unsigned> told = linesOfMessages(messages);
  std::vector<ExpectedError> errors = expectedErrors(text, firstLine);
  llvm::erase_if(errors, [&](const ExpectedError &error) {
    const unsigned statement = statementOf(error.line);
    return llvm::any_of(told, [&](unsigned line) {
      return line == error.line || statement == 0 || (statement != ~0u && statementOf(line) == statement);
    });
  });
  return errors;
}

} // namespace ingot::conformance
