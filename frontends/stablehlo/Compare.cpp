#include "frontends/stablehlo/Attributes.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <cstring>

namespace ingot::stablehlo {
namespace {

class Comparison {
public:
  std::string why;

  // Types of two modules, member by member. What was compared once is not again: types share parts.
  bool types(TypeRef lhs, TypeRef rhs) {
    if (!lhs || !rhs)
      return lhs == rhs;
    if (auto it = known.find({lhs, rhs}); it != known.end())
      return it->second;
    bool equal = lhs->kind == rhs->kind && lhs->element == rhs->element && lhs->quantization == rhs->quantization &&
                 lhs->dims == rhs->dims && lhs->bounds == rhs->bounds && typeLists(lhs->members, rhs->members) &&
                 typeLists(lhs->results, rhs->results);
    known[{lhs, rhs}] = equal;
    return equal;
  }

  bool attribute(const Attribute &lhs, const Attribute &rhs, const AttributeRow *row) {
    if (lhs.kind != rhs.kind || lhs.text != rhs.text)
      return false;
    switch (lhs.kind) {
    case Attribute::Unit:
    case Attribute::String:
    case Attribute::Symbol:
    case Attribute::Enum:
    case Attribute::Foreign:
      return true;
    case Attribute::Bool:
      return lhs.integer == rhs.integer;
    case Attribute::Integer:
      return lhs.integer == rhs.integer && (row || types(lhs.type, rhs.type));
    case Attribute::Float:
      return std::memcmp(&lhs.number, &rhs.number, sizeof lhs.number) == 0 && (row || types(lhs.type, rhs.type));
    case Attribute::Type:
      return types(lhs.type, rhs.type);
    case Attribute::Integers:
      // Tables without rows are written with and without the length of a row.
      return lhs.integers == rhs.integers && (lhs.integers.empty() || lhs.type->dims == rhs.type->dims);
    case Attribute::Tensor:
      return elements(lhs.elements, rhs.elements);
    case Attribute::Array:
      return llvm::equal(lhs.items, rhs.items, [&](const Attribute &l, const Attribute &r) { return attribute(l, r, row); });
    case Attribute::Dictionary:
      return dictionaries(lhs.entries, rhs.entries, nullptr, nullptr);
    }
    return false;
  }

  bool modules(const Module &lhs, const Module &rhs) {
    std::string within = lhs.name.empty() ? "" : "module @" + lhs.name + ": ";
    if (lhs.name != rhs.name)
      return differ("the modules are called '" + lhs.name + "' and '" + rhs.name + "'");
    std::string name;
    if (!dictionaries(lhs.attributes, rhs.attributes, nullptr, &name))
      return differ(within + "attribute " + name + " differs");
    if (lhs.functions.size() != rhs.functions.size())
      return differ(within + "there are " + llvm::Twine(lhs.functions.size()) + " and " + llvm::Twine(rhs.functions.size()) +
                    " functions");
    values.assign(lhs.valueTypes.size(), kNone);
    for (auto [l, r] : llvm::zip_equal(lhs.functions, rhs.functions))
      if (!functions(lhs, l, rhs, r))
        return false;
    if (!opLists(lhs, lhs.ops, rhs, rhs.ops, within + "beside the functions"))
      return false;
    if (lhs.nested.size() != rhs.nested.size())
      return differ(within + "there are " + llvm::Twine(lhs.nested.size()) + " and " + llvm::Twine(rhs.nested.size()) +
                    " modules inside");
    for (auto [l, r] : llvm::zip_equal(lhs.nested, rhs.nested))
      if (!modules(*l, *r))
        return false;
    return true;
  }

private:
  static constexpr ValueRef kNone = ~ValueRef(0);
  llvm::DenseMap<std::pair<TypeRef, TypeRef>, bool> known;
  std::vector<ValueRef> values; // of the right side, by those of the left

  bool differ(const llvm::Twine &reason) {
    why = reason.str();
    return false;
  }

  bool typeLists(llvm::ArrayRef<TypeRef> lhs, llvm::ArrayRef<TypeRef> rhs) {
    return llvm::equal(lhs, rhs, [&](TypeRef l, TypeRef r) { return types(l, r); });
  }

  bool elements(const Elements &lhs, const Elements &rhs) {
    if (!types(lhs.type, rhs.type))
      return false;
    if (lhs.splat == rhs.splat)
      return lhs.bytes == rhs.bytes;
    llvm::StringRef one = lhs.splat ? lhs.bytes : rhs.bytes, all = lhs.splat ? rhs.bytes : lhs.bytes;
    if (one.empty())
      return all.empty();
    for (; all.size() >= one.size(); all = all.drop_front(one.size()))
      if (!all.starts_with(one))
        return false;
    return all.empty();
  }

  // What a foreign dialect says of an op means nothing here.
  static std::vector<const NamedAttribute *> meant(llvm::ArrayRef<NamedAttribute> list) {
    std::vector<const NamedAttribute *> entries;
    for (const NamedAttribute &entry : list)
      if (entry.value.kind != Attribute::Foreign)
        entries.push_back(&entry);
    return entries;
  }

  bool dictionaries(llvm::ArrayRef<NamedAttribute> left, llvm::ArrayRef<NamedAttribute> right, const OpRow *row,
                    std::string *name) {
    std::vector<const NamedAttribute *> lhs = meant(left), rhs = meant(right);
    auto differs = [&](llvm::StringRef at) {
      if (name)
        *name = at.str();
      return false;
    };
    size_t common = std::min(lhs.size(), rhs.size());
    for (size_t i = 0; i < common; ++i) {
      if (lhs[i]->name != rhs[i]->name)
        return differs(std::min(lhs[i]->name, rhs[i]->name));
      const AttributeRow *known = nullptr;
      for (const AttributeRow &attribute : row ? row->attributes : llvm::ArrayRef<AttributeRow>())
        if (attribute.name == lhs[i]->name && attribute.kind != AttributeKind::Any && attribute.kind != AttributeKind::Array)
          known = &attribute;
      if (!attribute(lhs[i]->value, rhs[i]->value, known))
        return differs(lhs[i]->name);
    }
    return lhs.size() == rhs.size() || differs((lhs.size() > rhs.size() ? lhs : rhs)[common]->name);
  }

  bool defineValues(const Module &lhs, llvm::ArrayRef<ValueRef> l, const Module &rhs, llvm::ArrayRef<ValueRef> r) {
    if (l.size() != r.size())
      return false;
    for (auto [left, right] : llvm::zip_equal(l, r)) {
      if (!types(lhs.typeOf(left), rhs.typeOf(right)))
        return false;
      values[left] = right;
    }
    return true;
  }

  bool functions(const Module &lhs, const Function &l, const Module &rhs, const Function &r) {
    std::string at = "function @" + l.name;
    if (l.name != r.name)
      return differ("functions are called '" + l.name + "' and '" + r.name + "'");
    if (l.isPublic != r.isPublic)
      return differ(at + " is public in one");
    if (!types(l.type, r.type))
      return differ(at + " has the type " + spellType(l.type) + " and " + spellType(r.type));
    std::string name;
    if (!dictionaries(l.attributes, r.attributes, nullptr, &name))
      return differ(at + ": attribute " + name + " differs");
    auto lists = [&](const std::vector<std::vector<NamedAttribute>> &left,
                     const std::vector<std::vector<NamedAttribute>> &right, const char *what) {
      for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
        llvm::ArrayRef<NamedAttribute> one, other;
        if (i < left.size())
          one = left[i];
        if (i < right.size())
          other = right[i];
        if (!dictionaries(one, other, nullptr, &name))
          return differ(at + ": attribute " + name + " of " + what + " " + llvm::Twine(i) + " differs");
      }
      return true;
    };
    return lists(l.argumentAttributes, r.argumentAttributes, "argument") &&
           lists(l.resultAttributes, r.resultAttributes, "result") && regions(lhs, l.body, rhs, r.body, at);
  }

  bool regions(const Module &lhs, const Region &l, const Module &rhs, const Region &r, const std::string &at) {
    if (l.blocks.size() != r.blocks.size())
      return differ(at + ": there are " + llvm::Twine(l.blocks.size()) + " and " + llvm::Twine(r.blocks.size()) + " blocks");
    for (auto [left, right] : llvm::zip_equal(l.blocks, r.blocks)) {
      if (!defineValues(lhs, left.arguments, rhs, right.arguments))
        return differ(at + ": the arguments of a block differ");
      if (!opLists(lhs, left.ops, rhs, right.ops, at))
        return false;
    }
    return true;
  }

  bool opLists(const Module &lhs, llvm::ArrayRef<Op> l, const Module &rhs, llvm::ArrayRef<Op> r, const std::string &within) {
    for (size_t i = 0; i < std::min(l.size(), r.size()); ++i) {
      const Op &left = l[i], &right = r[i];
      std::string at = within + ", op " + llvm::utostr(i) + " (" + left.name + ")";
      if (left.name != right.name)
        return differ(at + " is " + right.name + " in the other");
      if (left.operands.size() != right.operands.size())
        return differ(at + " has " + llvm::Twine(left.operands.size()) + " and " + llvm::Twine(right.operands.size()) +
                      " operands");
      for (auto [one, other] : llvm::zip_equal(left.operands, right.operands))
        if (values[one] != other)
          return differ(at + " reads other values");
      if (!defineValues(lhs, left.results, rhs, right.results))
        return differ(at + ": the results differ");
      std::string name;
      if (!dictionaries(left.attributes, right.attributes, findOp(left.name), &name))
        return differ(at + ": attribute " + name + " differs");
      if (left.regions.size() != right.regions.size())
        return differ(at + " has " + llvm::Twine(left.regions.size()) + " and " + llvm::Twine(right.regions.size()) +
                      " regions");
      for (auto [one, other] : llvm::zip_equal(left.regions, right.regions))
        if (!regions(lhs, one, rhs, other, at))
          return false;
    }
    if (l.size() != r.size())
      return differ(within + ": there are " + llvm::Twine(l.size()) + " and " + llvm::Twine(r.size()) + " ops");
    return true;
  }
};

} // namespace

bool equalAttributes(const Attribute &lhs, const Attribute &rhs, const AttributeRow *row) {
  return Comparison().attribute(lhs, rhs, row);
}

bool equalModules(const Module &lhs, const Module &rhs, std::string *why) {
  Comparison comparison;
  if (comparison.modules(lhs, rhs))
    return true;
  if (why)
    *why = std::move(comparison.why);
  return false;
}

} // namespace ingot::stablehlo
