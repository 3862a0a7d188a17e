// Attributes of the tree, made and completed.
#ifndef INGOT_FRONTENDS_STABLEHLO_ATTRIBUTES_H
#define INGOT_FRONTENDS_STABLEHLO_ATTRIBUTES_H

#include "frontends/stablehlo/Schema.h"
#include "frontends/stablehlo/Tree.h"

namespace ingot::stablehlo {

Attribute makeBool(bool value);
Attribute makeInteger(Module &module, int64_t value, Element type = Element::SI64);
Attribute makeFloat(Module &module, double value, Element type);
Attribute makeString(llvm::StringRef value);
Attribute makeSymbol(llvm::StringRef name);
Attribute makeEnum(const EnumRow &enumeration, const EnumValue &value);
Attribute makeType(TypeRef type);
Attribute makeArray(std::vector<Attribute> items);
// A dictionary; `standsFor` as in Attribute::text. The entries may come in any order.
Attribute makeDictionary(std::vector<NamedAttribute> entries, llvm::StringRef standsFor = "");
// A list, or with `rowLength` a table of rows.
Attribute makeIntegers(Module &module, std::vector<int64_t> values, Element type = Element::SI64,
                       std::optional<int64_t> rowLength = std::nullopt);

// Gives an op the attributes of its row that it lacks, by the row's defaults. Returns the names of those that it must have itself.
llvm::SmallVector<llvm::StringRef> completeAttributes(Module &module, Op &op, const OpRow &row);

// What an attribute is by default; none where the row says that it must be given. `op` has the attributes that the default
// goes by.
std::optional<Attribute> defaultAttribute(Module &module, const Op &op, const AttributeRow &row);

// True if both mean the same, where the schema says what kind they are: integers and lists of them whatever their width.
bool equalAttributes(const Attribute &lhs, const Attribute &rhs, const AttributeRow *row);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_ATTRIBUTES_H
