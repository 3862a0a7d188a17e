#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Bytecode.h"
#include "frontends/stablehlo/BytecodeEncoder.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace ingot::stablehlo {

using namespace bytecode;

namespace {

std::string spell(Version version) { return std::to_string(version.major) + "." + std::to_string(version.minor); }

// The ops are walked twice, in the same order: `collect` adds what they refer to, `emit` writes them once the places of that are
// known.
class Writer {
public:
  Writer(const Module &root, Version version) : root(root), version(version), encoder(version) {}

  llvm::Expected<std::string> write() {
    if (!collectModule(root)) {
      std::string why = error.empty() ? encoder.refusal : error;
      return llvm::createStringError(place + "no portable artifact of VHLO " + spell(version) + ": " + why);
    }
    encoder.place();
    std::string ops;
    appendNumberAndFlag(ops, 1, false);
    emitModule(ops, root);
    return file(ops);
  }

private:
  // What an op refers to.
  struct References {
    uint32_t name = 0, location = 0;
    std::optional<uint32_t> dictionary, properties;
    std::vector<uint32_t> results;
  };
  struct OpName {
    bool isVhlo;
    uint64_t string;
  };
  // The attributes of an op in the order of its row; of a module the optional ones, which may be none.
  struct Properties {
    std::vector<std::optional<uint32_t>> attributes;
    bool optional = false;
    auto operator<=>(const Properties &) const = default;
  };

  const Module &root;
  Version version;
  BytecodeEncoder encoder;
  std::string error;
  std::string place; // of what it is of, where that is known
  Module scratch;    // of defaults
  std::vector<References> references;
  size_t nextReference = 0;
  std::vector<OpName> names;
  llvm::StringMap<uint32_t> knownNames;
  std::map<Properties, uint32_t> knownProperties;
  std::vector<const Properties *> properties;
  struct Argument {
    uint32_t type = 0;
    std::optional<uint32_t> location;
  };
  std::vector<std::vector<Argument>> blockArguments; // a list for each block
  size_t nextBlock = 0;
  std::vector<uint64_t> values; // where the open regions see each value, by ValueRef
  size_t visible = 0;           // values that the open regions have given

  bool refuse(const llvm::Twine &what) {
    if (error.empty())
      error = what.str();
    return false;
  }
  // Of an op, at its place.
  bool refuseAt(const Op &op, const llvm::Twine &what) {
    if (error.empty() && op.location && op.location->line)
      place = op.location->file + ":" + std::to_string(op.location->line) + ":" + std::to_string(op.location->column) + ": ";
    return refuse("'" + op.name + "'" + what);
  }

  // A refusal that the encoder has begun, with the op that it is of.
  bool refuseOp(const Op &op) { return refuseAt(op, " has " + encoder.refusal); }

  uint32_t nameOf(bool isVhlo, llvm::StringRef name) {
    auto [it, isNew] =
        knownNames.try_emplace((llvm::Twine(isVhlo ? "vhlo." : "builtin.") + name).str(), uint32_t(names.size()));
    if (isNew)
      names.push_back({isVhlo, encoder.string(name)});
    return it->second;
  }

  uint32_t propertiesOf(Properties list) {
    auto [it, isNew] = knownProperties.try_emplace(std::move(list), uint32_t(properties.size()));
    if (isNew)
      properties.push_back(&it->first);
    return it->second;
  }

  bool collectModule(const Module &module) {
    References own;
    own.name = nameOf(false, "module");
    own.location = encoder.location(Location());
    Properties list;
    list.optional = true;
    list.attributes.resize(2); // its name and its visibility
    if (!module.name.empty()) {
      Attribute name = makeString(module.name);
      list.attributes[0] = encoder.builtin(name);
    }
    own.properties = propertiesOf(std::move(list));
    if (!module.attributes.empty()) {
      own.dictionary = encoder.discardable(module.attributes, true);
      if (!own.dictionary)
        return refuse("the module has " + encoder.refusal);
    }
    references.push_back(std::move(own));
    for (const Function &function : module.functions)
      if (!collectFunction(module, function))
        return false;
    for (const Op &op : module.ops)
      return refuseAt(op, " beside the functions");
    for (const Module *inner : module.nested)
      if (!collectModule(*inner))
        return false;
    return true;
  }

  static Attribute dictionaries(const std::vector<std::vector<NamedAttribute>> &lists) {
    std::vector<Attribute> items;
    for (const std::vector<NamedAttribute> &list : lists) {
      std::vector<NamedAttribute> kept;
      for (const NamedAttribute &entry : list)
        if (entry.value.kind != Attribute::Foreign)
          kept.push_back(entry);
      items.push_back(makeDictionary(std::move(kept)));
    }
    return makeArray(std::move(items));
  }

  bool collectFunction(const Module &module, const Function &function) {
    Op op;
    op.name = "func.func";
    op.location = function.location;
    op.attributes = function.attributes;
    setAttribute(op.attributes, "sym_name", makeString(function.name));
    setAttribute(op.attributes, "sym_visibility", makeString(function.isPublic ? "public" : "private"));
    setAttribute(op.attributes, "function_type", makeType(function.type));
    setAttribute(op.attributes, "arg_attrs", dictionaries(function.argumentAttributes));
    setAttribute(op.attributes, "res_attrs", dictionaries(function.resultAttributes));
    if (collectOp(module, op) && collectRegion(module, function.body, function.argumentLocations))
      return true;
    error += " (in function @" + function.name + ")";
    return false;
  }

  // `locations` are those of the first block's arguments, or none.
  bool collectRegion(const Module &module, const Region &region, llvm::ArrayRef<LocationRef> locations = {}) {
    for (const Block &block : region.blocks) {
      size_t place = blockArguments.size();
      blockArguments.emplace_back();
      for (auto [i, value] : llvm::enumerate(block.arguments)) {
        BytecodeEncoder::Handle type = encoder.type(module.typeOf(value));
        if (!type)
          return refuse("an argument of a block is of " + encoder.refusal);
        std::optional<uint32_t> location;
        if (i < locations.size() && *locations[i] != Location())
          location = encoder.location(*locations[i]);
        blockArguments[place].push_back({*type, location});
      }
      locations = {};
      for (const Op &op : block.ops) {
        if (!collectOp(module, op))
          return false;
        for (const Region &inner : op.regions)
          if (!collectRegion(module, inner))
            return false;
      }
    }
    return true;
  }

  static llvm::StringRef elementOf(const Module &module, ValueRef value) {
    return spellElement(module.typeOf(value)->element);
  }

  // What versions ask of an op beside its form.
  bool fitsVersion(const Module &module, const Op &op, const OpRow &row) {
    auto since = [&](Version needed, const llvm::Twine &what) {
      return version >= needed || refuseAt(op, " has " + what + ", which VHLO has since version " + spell(needed));
    };
    Version after{row.until.major, uint16_t(row.until.minor + 1)};
    if (row.restriction == Restriction::OneOperand && (op.operands.size() != 1 || op.results.size() != 1))
      return since(after, llvm::Twine(op.operands.size()) + " operands");
    if (row.restriction == Restriction::NoRegions && !op.regions.empty())
      return since(after, "regions");
    if (op.name == "stablehlo.custom_call") {
      const Attribute *config = op.find("backend_config"), *interface = op.find("api_version");
      if (((config && config->kind == Attribute::Dictionary) || (interface && interface->text == "API_VERSION_TYPED_FFI")) &&
          !since({1, 3}, "a typed interface"))
        return false;
      if (llvm::any_of(op.operands, [&](ValueRef value) { return module.typeOf(value)->kind == Type::Future; }) &&
          !since({1, 17}, "futures for operands"))
        return false;
    }
    // Reductions and scatters to a wider type than that of what they combine.
    llvm::StringRef name = row.current;
    if (version < Version{0, 17} && !op.regions.empty() && !op.operands.empty() && row.attributes.size() &&
        (name.contains("reduce") || name.contains("scatter")))
      for (auto [operand, result] : llvm::zip(op.operands, op.results))
        if (elementOf(module, operand) != elementOf(module, result))
          return since({0, 17}, "results of another element type than its operands");
    return true;
  }

  bool collectOp(const Module &module, const Op &op) {
    const OpRow *newest = findOp(op.name), *row = findOp(op.name, version);
    if (!row && newest && *newest->name) {
      for (const OpRow &other : allOps()) // the first version that has it
        if (*other.name && op.name == (llvm::Twine(other.dialect) + "." + other.current).str())
          return refuseAt(op, ", which VHLO has since version " + spell(other.since));
    }
    if (!row)
      return refuseAt(op, " is no op of VHLO");
    if (!fitsVersion(module, op, *row))
      return false;
    References own;
    own.name = nameOf(true, row->name);
    own.location = encoder.location(op.location ? *op.location : Location());
    // What this version has no attribute for must say nothing.
    for (const AttributeRow &attribute : newest->attributes) {
      const Attribute *value = op.find(attribute.name);
      if (!value || llvm::any_of(row->attributes,
                                 [&](const AttributeRow &has) { return has.name == llvm::StringRef(attribute.name); }))
        continue;
      std::optional<Attribute> otherwise = defaultAttribute(scratch, op, attribute);
      if (!otherwise || !equalAttributes(*value, *otherwise, &attribute))
        return refuseAt(op, llvm::Twine(" has an attribute ") + attribute.name + ", which VHLO has since version " +
                                spell(newest->since));
    }
    Properties list;
    for (const AttributeRow &attribute : row->attributes) {
      const Attribute *value = op.find(attribute.name);
      std::optional<Attribute> otherwise;
      if (!value && !(otherwise = defaultAttribute(scratch, op, attribute)))
        return refuseAt(op, llvm::Twine(" has no attribute ") + attribute.name);
      BytecodeEncoder::Handle handle = encoder.attribute(value ? *value : *otherwise, &attribute);
      if (!handle)
        return refuseOp(op);
      list.attributes.push_back(handle);
    }
    if (!row->attributes.empty())
      own.properties = propertiesOf(std::move(list));
    std::vector<NamedAttribute> others;
    for (const NamedAttribute &entry : op.attributes)
      if (llvm::none_of(newest->attributes, [&](const AttributeRow &attribute) { return attribute.name == entry.name; }) &&
          entry.value.kind != Attribute::Foreign)
        others.push_back(entry);
    if (!others.empty() && !(own.dictionary = encoder.discardable(others, false)))
      return refuseOp(op);
    for (ValueRef value : op.results) {
      BytecodeEncoder::Handle type = encoder.type(module.typeOf(value));
      if (!type)
        return refuseAt(op, " has a result of " + encoder.refusal);
      own.results.push_back(*type);
    }
    references.push_back(std::move(own));
    return true;
  }

  void emitHead(std::string &out, llvm::ArrayRef<ValueRef> operands, llvm::ArrayRef<ValueRef> results, size_t regions) {
    const References &own = references[nextReference++];
    appendNumber(out, own.name);
    out.push_back(char((own.dictionary ? kHasAttributes : 0) | (own.properties ? kHasProperties : 0) |
                       (own.results.empty() ? 0 : kHasResults) | (operands.empty() ? 0 : kHasOperands) |
                       (regions ? kHasRegions : 0)));
    appendNumber(out, encoder.attributeIndex(own.location));
    if (own.dictionary)
      appendNumber(out, encoder.attributeIndex(*own.dictionary));
    if (own.properties)
      appendNumber(out, *own.properties);
    if (!own.results.empty()) {
      appendNumber(out, own.results.size());
      for (uint32_t type : own.results)
        appendNumber(out, encoder.typeIndex(type));
    }
    if (!operands.empty()) {
      appendNumber(out, operands.size());
      for (ValueRef value : operands)
        appendNumber(out, values[value]);
    }
    for (ValueRef value : results)
      give(value);
  }

  size_t nextValue = 0; // in the innermost open region

  void give(ValueRef value) { values[value] = nextValue++; }

  void emitRegion(std::string &out, const Region &region) {
    appendNumber(out, region.blocks.size());
    if (region.blocks.empty())
      return;
    size_t count = 0;
    for (const Block &block : region.blocks) {
      count += block.arguments.size();
      for (const Op &op : block.ops)
        count += op.results.size();
    }
    appendNumber(out, count);
    // A region's values are numbered after all those of the regions around it.
    size_t outerNext = nextValue, outerVisible = visible;
    nextValue = visible;
    visible += count;
    for (const Block &block : region.blocks) {
      const std::vector<Argument> &arguments = blockArguments[nextBlock++];
      appendNumberAndFlag(out, block.ops.size(), !block.arguments.empty());
      if (!block.arguments.empty()) {
        appendNumber(out, block.arguments.size());
        for (auto [value, argument] : llvm::zip_equal(block.arguments, arguments)) {
          appendNumberAndFlag(out, encoder.typeIndex(argument.type), argument.location.has_value());
          if (argument.location)
            appendNumber(out, encoder.attributeIndex(*argument.location));
          give(value);
        }
        out.push_back(0); // uses are in no order of their own
      }
      for (const Op &op : block.ops) {
        emitHead(out, op.operands, op.results, op.regions.size());
        if (op.regions.empty())
          continue;
        appendNumberAndFlag(out, op.regions.size(), false);
        for (const Region &inner : op.regions)
          emitRegion(out, inner);
      }
    }
    nextValue = outerNext;
    visible = outerVisible;
  }

  // A module sees nothing from above: its region is a section of its own.
  void emitModule(std::string &out, const Module &module) {
    emitHead(out, {}, {}, 1);
    appendNumberAndFlag(out, 1, true);
    std::string inner;
    appendNumber(inner, 1);
    appendNumber(inner, 0);
    appendNumberAndFlag(inner, module.functions.size() + module.nested.size(), false);
    values.resize(std::max(values.size(), module.valueTypes.size()));
    for (const Function &function : module.functions) {
      emitHead(inner, {}, {}, 1);
      appendNumberAndFlag(inner, 1, false);
      visible = 0;
      emitRegion(inner, function.body);
    }
    for (const Module *nested : module.nested)
      emitModule(inner, *nested);
    out.push_back(char(Section::Ops));
    appendNumber(out, inner.size());
    out += inner;
  }

  std::string propertySection() const {
    std::string section;
    appendNumber(section, properties.size());
    for (const Properties *list : properties) {
      std::string bytes;
      for (std::optional<uint32_t> handle : list->attributes) {
        if (!list->optional)
          appendNumber(bytes, encoder.attributeIndex(*handle));
        else if (handle)
          appendNumberAndFlag(bytes, encoder.attributeIndex(*handle), true);
        else
          appendNumber(bytes, 0);
      }
      appendNumber(section, bytes.size());
      section += bytes;
    }
    return section;
  }

  std::string dialectSection(uint64_t builtin, uint64_t vhlo) const {
    std::string section;
    appendNumber(section, 2);
    appendNumberAndFlag(section, builtin, false);
    appendNumberAndFlag(section, vhlo, false);
    appendNumber(section, names.size());
    // Names are numbered as they stand here: each is a group of its own where dialects alternate.
    for (size_t begin = 0; begin < names.size();) {
      size_t end = begin;
      while (end < names.size() && names[end].isVhlo == names[begin].isVhlo)
        ++end;
      appendNumber(section, names[begin].isVhlo);
      appendNumber(section, end - begin);
      for (; begin < end; ++begin)
        appendNumberAndFlag(section, names[begin].string, true);
    }
    return section;
  }

  std::string file(const std::string &ops) {
    uint64_t builtin = encoder.string("builtin"), vhlo = encoder.string("vhlo");
    std::string out = "ML\xEFR";
    appendNumber(out, kNewestFrame);
    out += "StableHLO_v" + spell(version) + ".0";
    out.push_back('\0');
    auto section = [&](Section id, const std::string &bytes) {
      out.push_back(char(id));
      appendNumber(out, bytes.size());
      out += bytes;
    };
    section(Section::Dialects, dialectSection(builtin, vhlo));
    section(Section::Offsets, encoder.offsetSection({0, 1}));
    section(Section::Attributes, encoder.attributeSection());
    section(Section::Ops, ops);
    section(Section::Properties, propertySection());
    section(Section::Strings, encoder.stringSection());
    return out;
  }
};

} // namespace

llvm::Expected<std::string> writePortableArtifact(const Module &module, Version version) {
  if (version < kOldestWritten || version > kNewestVersion)
    return llvm::createStringError("no portable artifacts of VHLO " + spell(version) + " are written; those of " +
                                   spell(kOldestWritten) + " to " + spell(kNewestVersion) + " are");
  return Writer(module, version).write();
}

} // namespace ingot::stablehlo
