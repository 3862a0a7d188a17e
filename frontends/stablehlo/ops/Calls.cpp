// Calls of functions, and of operations that a name alone tells.
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

LogicalResult callFunction(OpContext &c, StringRef name, StringRef composite) {
  const Function *function = c.importer.findFunction(name);
  if (!function)
    return c.error("the module has no function '@" + name + "'");
  std::vector<Entry> results;
  std::string why;
  if (!c.importer.inlineFunction(*function, c.entries(), composite, results, &why))
    return why.empty() ? c.failedInside() : c.error(why);
  if (results.size() != c.numResults())
    return c.error("function '@" + name + "' gives " + Twine(results.size()) + " results, not " + Twine(c.numResults()));
  for (auto [index, result] : llvm::enumerate(results))
    c.result(index, result);
  return success();
}

LogicalResult importCall(OpContext &c) {
  std::optional<StringRef> callee = c.text("callee");
  return callee ? callFunction(c, *callee, "") : failure();
}

// "dialect.op": words after each other, the first of which starts with a letter.
bool isNamespaced(StringRef name) {
  auto isWord = [](StringRef word) {
    return !word.empty() && llvm::all_of(word, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '$'; });
  };
  SmallVector<StringRef> words;
  name.split(words, '.');
  return words.size() > 1 && llvm::isAlpha(name.front()) && !words[0].contains('$') && llvm::all_of(words, isWord);
}

// A composite that is an op of CHLO by its name is imported as that op; of others the decomposition is what they mean.
LogicalResult importComposite(OpContext &c) {
  std::optional<StringRef> name = c.text("name"), decomposition = c.text("decomposition");
  if (!name || !decomposition)
    return failure();
  if (!isNamespaced(*name))
    return c.error("(C1) is named '" + *name + "', which is no name of an op behind that of a dialect");
  const Attribute *attributes = c.attribute("composite_attributes");
  const ImportRow *row = name->starts_with("chlo.") ? findRow(*name) : nullptr;
  if (!row)
    return callFunction(c, *decomposition, *name);
  Op op;
  op.name = name->str();
  op.location = c.op.location;
  op.operands = c.op.operands;
  op.results = c.op.results;
  if (attributes)
    op.attributes = attributes->entries;
  if (!c.importer.importAs(op))
    return c.failedInside();
  for (auto [index, result] : llvm::enumerate(op.results))
    c.result(index, c.importer.at(result));
  return success();
}

LogicalResult importCustomCall(OpContext &c) {
  std::optional<StringRef> target = c.text("call_target_name");
  if (!target)
    return failure();
  if (c.p.isBound(*target))
    return importBoundCall(c);
  const CustomCallRow *row = findCustomCall(*target);
  return row ? row->import(c) : c.error("custom call '" + *target + "' is not supported");
}

constexpr ImportRow kRows[] = {
    {"func.call", kAny, kAny, 0, importCall, kTakesAny | kStored},
    {"stablehlo.composite", kAny, kAny, 0, importComposite, kTakesAny | kStored},
    {"stablehlo.custom_call", kAny, kAny, 0, importCustomCall, kTakesAny | kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> callOps() { return kRows; }

} // namespace ingot::stablehlo
