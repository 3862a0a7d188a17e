#include "tools/conformance/Refusals.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace ingot::conformance {

using llvm::StringRef;

static constexpr char kCommitted[] =
#include "tools/conformance/refusals.inc"
    ;
static constexpr char kStablehlo[] =
#include "tools/conformance/stablehlo-refusals.inc"
    ;

const Refusals &Refusals::committed() {
  static const Refusals list = llvm::cantFail(parse(kCommitted), "tools/conformance/refusals.txt");
  return list;
}

const Refusals &Refusals::ofStablehlo() {
  static const Refusals list = llvm::cantFail(parse(kStablehlo), "tools/conformance/stablehlo-refusals.txt");
  return list;
}

llvm::Expected<Refusals> Refusals::parse(StringRef text) {
  Refusals list;
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (StringRef line : lines) {
    line = line.trim();
    if (line.empty() || line.starts_with("#"))
      continue;
    llvm::SmallVector<StringRef> fields;
    line.split(fields, '|');
    for (StringRef &field : fields)
      field = field.trim();
    bool known = fields.size() == 3 && llvm::is_contained({"operator", "type", "node", "text", "case"}, fields[0]) &&
                 !fields[1].empty() && !fields[2].empty() && (fields[0] != "node" || fields[1].contains(": "));
    if (!known)
      return llvm::createStringError("'" + line.str() + "': expected operator|type|node|text|case | WHAT | REASON");
    list.lines.push_back({fields[0].str(), fields[1].str(), fields[2].str()});
  }
  return list;
}

bool Refusals::has(StringRef kind, StringRef what) const {
  return llvm::any_of(lines, [&](const Line &line) { return line.kind == kind && line.what == what; });
}

// True if one of two paths ends in the other: suites are also run by their folders.
static bool isPathEnd(StringRef lhs, StringRef rhs) {
  if (lhs.size() < rhs.size())
    std::swap(lhs, rhs);
  return lhs.consume_back(rhs) && (lhs.empty() || lhs.ends_with("/"));
}

std::string Refusals::reasonOfCase(StringRef name) const {
  for (const Line &line : lines)
    if (StringRef what = line.what;
        line.kind == "case" && (what.consume_back("*") ? name.contains(what) : isPathEnd(what, name)))
      return line.reason;
  return "";
}

std::string Refusals::reasonOfText(StringRef message) const {
  for (const Line &line : lines)
    if (line.kind == "text" && message.contains(line.what))
      return line.reason;
  return "";
}

bool Refusals::hasNode(StringRef op, StringRef why) const {
  return llvm::any_of(lines, [&](const Line &line) {
    auto [name, part] = StringRef(line.what).split(": ");
    return line.kind == "node" && name == op && why.contains(part);
  });
}

} // namespace ingot::conformance
