#include "frontends/stablehlo/BytecodeAttributes.h"

#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/ElementBytes.h"
#include "frontends/stablehlo/Limits.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"

#include <utility>

namespace ingot::stablehlo {

using namespace bytecode;

BytecodeAttributes::BytecodeAttributes(const BytecodeFile &file, Module &module, Failure &failure)
    : file(file), module(module), failure(failure), attributes(file.attributes.size()), types(file.types.size()),
      locations(file.attributes.size()),
      limit(std::min(kMaxTreeBytes, kFreeTreeBytes + kTreeBytesForEachByte * std::min(file.size, kMaxTreeBytes))) {}

bool BytecodeAttributes::charge(uint64_t bytes) {
  charged += bytes;
  return fits(0);
}

bool BytecodeAttributes::fits(uint64_t bytes) {
  return charged + bytes <= limit || failure.set(file.ops.offset, "the module takes more than " + llvm::Twine(limit >> 20) +
                                                                      " MiB beside its constants");
}

TypeRef BytecodeAttributes::scalar(Element element) {
  Type type;
  type.kind = Type::Scalar;
  type.element = element;
  return module.intern(std::move(type));
}

static uint64_t costOf(const Attribute &attribute) {
  return sizeof(Attribute) + attribute.text.size() + attribute.integers.size() * sizeof(int64_t);
}

bool BytecodeAttributes::attribute(uint64_t index, const Attribute *&attribute) {
  AttributeSlot &slot = attributes[index];
  const BytecodeFile::Entry &entry = file.attributes[index];
  if (slot.state == Unread) {
    Cursor at = open(entry);
    if (depth == kMaxAttributeDepth)
      return at.fail("attributes and types are more than " + llvm::Twine(kMaxAttributeDepth) + " inside each other");
    ++depth;
    llvm::scope_exit leave([&] { --depth; });
    slot.state = Reading;
    auto read = std::make_unique<Attribute>();
    uint64_t outer = std::exchange(copied, 0);
    if (entry.dialect != "vhlo" && entry.dialect != "builtin") {
      read->kind = Attribute::Foreign;
      read->text = entry.dialect.str();
    } else if (!entry.encoded) {
      return at.fail("an attribute of " + entry.dialect + " as text: '" + entry.range.bytes.take_front(40) + "'");
    } else if (!(entry.dialect == "vhlo" ? vhloAttribute(at, *read) : builtinAttribute(at, *read))) {
      return false;
    } else if (!at.atEnd()) {
      return at.fail(llvm::Twine(at.remaining()) + " bytes follow an attribute");
    }
    if (!charge(costOf(*read)))
      return false;
    slot.cost = costOf(*read) + copied;
    copied = outer;
    slot.attribute = std::move(read);
    slot.state = Read;
  }
  if (slot.state == Reading)
    return failure.set(entry.range.offset, "attribute " + llvm::Twine(index) + " is part of itself");
  attribute = slot.attribute.get();
  return true;
}

bool BytecodeAttributes::copy(uint64_t index, Attribute &into) {
  const Attribute *read;
  if (!attribute(index, read) || !charge(attributes[index].cost))
    return false;
  copied += attributes[index].cost;
  into = *read;
  return true;
}

bool BytecodeAttributes::type(uint64_t index, TypeRef &type) {
  TypeSlot &slot = types[index];
  const BytecodeFile::Entry &entry = file.types[index];
  if (slot.state == Unread) {
    Cursor at = open(entry);
    if (depth == kMaxAttributeDepth)
      return at.fail("attributes and types are more than " + llvm::Twine(kMaxAttributeDepth) + " inside each other");
    ++depth;
    llvm::scope_exit leave([&] { --depth; });
    slot.state = Reading;
    Type read;
    if ((entry.dialect != "vhlo" && entry.dialect != "builtin") || !entry.encoded)
      return at.fail("a type of the dialect '" + entry.dialect.take_front(40) + "'" + (entry.encoded ? "" : " as text"));
    if (!(entry.dialect == "vhlo" ? vhloType(at, read) : builtinType(at, read)))
      return false;
    if (!at.atEnd())
      return at.fail(llvm::Twine(at.remaining()) + " bytes follow a type");
    if (!charge(sizeof(Type) + 8 * (read.dims.size() + read.bounds.size() + read.members.size() + read.results.size())))
      return false;
    slot.type = module.intern(std::move(read));
    slot.state = Read;
  }
  if (slot.state == Reading)
    return failure.set(entry.range.offset, "type " + llvm::Twine(index) + " is part of itself");
  type = slot.type;
  return true;
}

bool BytecodeAttributes::string(Cursor &at, std::string &text) {
  uint64_t index;
  if (!at.index(index, file.strings.size(), "string") || !charge(file.strings[index].size()))
    return false;
  text = file.strings[index].str();
  return true;
}

bool BytecodeAttributes::nested(Cursor &at, Attribute &attribute) {
  uint64_t index;
  return at.index(index, attributes.size(), "attribute") && copy(index, attribute);
}

bool BytecodeAttributes::name(Cursor &at, std::string &text) {
  uint64_t index;
  const Attribute *read;
  if (!at.index(index, attributes.size(), "attribute") || !attribute(index, read))
    return false;
  if (read->kind != Attribute::String)
    return at.fail("a name that is no string");
  if (!charge(sizeof(std::string) + read->text.size()))
    return false;
  copied += sizeof(std::string) + read->text.size();
  text = read->text;
  return true;
}

bool BytecodeAttributes::array(Cursor &at, Attribute &attribute) {
  uint64_t count;
  if (!at.count(count, "elements of an array"))
    return false;
  attribute.kind = Attribute::Array;
  if (!fits(count * sizeof(Attribute)))
    return false;
  attribute.items.reserve(count);
  for (uint64_t i = 0; i < count; ++i)
    if (!nested(at, attribute.items.emplace_back()))
      return false;
  return true;
}

bool BytecodeAttributes::dictionary(Cursor &at, Attribute &attribute) {
  uint64_t count;
  if (!at.count(count, "entries of a dictionary"))
    return false;
  attribute.kind = Attribute::Dictionary;
  if (!fits(count * sizeof(NamedAttribute)))
    return false;
  attribute.entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    NamedAttribute &entry = attribute.entries.emplace_back();
    if (!name(at, entry.name) || !nested(at, entry.value))
      return false;
  }
  auto less = [](const NamedAttribute &lhs, const NamedAttribute &rhs) { return lhs.name < rhs.name; };
  llvm::sort(attribute.entries, less);
  for (size_t i = 1; i < attribute.entries.size(); ++i)
    if (!less(attribute.entries[i - 1], attribute.entries[i]))
      return at.fail("two entries '" + llvm::StringRef(attribute.entries[i].name).take_front(40) + "' of a dictionary");
  return true;
}

// The parameters of an attribute of StableHLO's, by name.
bool BytecodeAttributes::parameters(Attribute &attribute, const char *standsFor, std::vector<NamedAttribute> entries) {
  attribute = makeDictionary(std::move(entries), standsFor);
  uint64_t cost = 0;
  for (const NamedAttribute &entry : attribute.entries)
    cost += costOf(entry.value) + sizeof(NamedAttribute);
  copied += cost;
  return charge(cost);
}

bool BytecodeAttributes::integers(Cursor &at, Attribute &attribute) {
  uint64_t count;
  if (!at.count(count, "integers"))
    return false;
  if (count > kMaxIntegers)
    return at.fail("a list of " + llvm::Twine(count) + " integers; at most " + llvm::Twine(kMaxIntegers) + " are read");
  std::vector<int64_t> values(count);
  for (int64_t &value : values)
    if (!at.signedNumber(value, "an integer"))
      return false;
  attribute = makeIntegers(module, std::move(values));
  return true;
}

// A value of known width: a byte up to eight bits, else a number.
bool BytecodeAttributes::bitsOf(Cursor &at, unsigned width, uint64_t &bits) {
  if (width <= 8) {
    uint8_t value;
    if (!at.byte(value, "a value"))
      return false;
    bits = value;
  } else {
    int64_t value;
    if (!at.signedNumber(value, "a value"))
      return false;
    bits = uint64_t(value);
  }
  if (width < 64)
    bits &= (uint64_t(1) << width) - 1;
  return true;
}

bool BytecodeAttributes::integer(Cursor &at, Attribute &attribute) {
  TypeRef type;
  if (!nestedType(at, type))
    return false;
  if (type->kind != Type::Scalar || type->quantization ||
      !(type->element <= Element::UI64 || type->element == Element::Index))
    return at.fail("an integer of type " + spellType(type));
  unsigned width = packedBits(type->element);
  uint64_t bits;
  if (!bitsOf(at, width, bits))
    return false;
  attribute.kind = type->element == Element::Bool ? Attribute::Bool : Attribute::Integer;
  if (attribute.kind == Attribute::Integer)
    attribute.type = type;
  bool isSigned = type->element >= Element::SI2 && type->element <= Element::SI64;
  attribute.integer = isSigned && width < 64 ? int64_t(bits << (64 - width)) >> (64 - width) : int64_t(bits);
  return true;
}

bool BytecodeAttributes::number(Cursor &at, Element element, double &value) {
  uint64_t bits;
  if (!bitsOf(at, floatBits(element), bits))
    return false;
  value = decodeFloat(element, bits);
  return true;
}

bool BytecodeAttributes::floating(Cursor &at, Attribute &attribute) {
  TypeRef type;
  if (!nestedType(at, type))
    return false;
  if (type->kind != Type::Scalar || type->quantization || !floatBits(type->element))
    return at.fail("a number of type " + spellType(type));
  attribute.kind = Attribute::Float;
  attribute.type = type;
  return number(at, type->element, attribute.number);
}

bool BytecodeAttributes::tensor(Cursor &at, Attribute &attribute, bool packsBools) {
  TypeRef type;
  uint64_t size;
  llvm::StringRef bytes;
  if (!nestedType(at, type))
    return false;
  uint64_t offset = at.offset();
  if (!at.number(size, "the size of elements"))
    return false;
  offset = at.offset();
  if (!at.take(size, bytes, "elements"))
    return false;
  std::string what;
  attribute.kind = Attribute::Tensor;
  Elements &elements = attribute.elements;
  elements.type = type;
  elements.offset = offset;
  std::optional<std::string> unpacked;
  if (!unpackElements(*type, bytes, packsBools, elements.splat, unpacked, what))
    return failure.set(offset, what);
  elements.bytes = bytes;
  if (unpacked) {
    if (!charge(unpacked->size()))
      return false;
    elements.bytes = module.own(std::move(*unpacked));
    elements.offset.reset();
  }
  return true;
}

bool BytecodeAttributes::vhloAttribute(Cursor &at, Attribute &attribute) {
  uint64_t code, value;
  if (!at.number(code, "the code of an attribute"))
    return false;
  if (const EnumRow *enumeration = findEnum(unsigned(std::min<uint64_t>(code, UINT32_MAX)))) {
    if (!at.number(value, "an enumerator"))
      return false;
    const EnumValue *found = enumeration->find(value);
    if (!found)
      return at.fail("enumerator " + llvm::Twine(value) + " of " + enumeration->name);
    attribute = makeEnum(*enumeration, *found);
    return true;
  }
  std::vector<NamedAttribute> entries;
  auto add = [&](const char *name) -> Attribute & { return entries.emplace_back(NamedAttribute{name, {}}).value; };
  auto addInteger = [&](const char *name) {
    int64_t read;
    if (!at.signedNumber(read, name))
      return false;
    add(name) = makeInteger(module, read);
    return true;
  };
  switch (code) {
  case kArray:
    return array(at, attribute);
  case kBool:
    if (!at.number(value, "a bool"))
      return false;
    if (value > 1)
      return at.fail("a bool of value " + llvm::Twine(value));
    attribute = makeBool(value);
    return true;
  case kDictionary:
    return dictionary(at, attribute);
  case kFloat:
    return floating(at, attribute);
  case kInteger:
    return integer(at, attribute);
  case kOutputOperandAlias:
    return integers(at, add("output_tuple_indices")) && addInteger("operand_index") &&
           integers(at, add("operand_tuple_indices")) && parameters(attribute, "output_operand_alias", std::move(entries));
  case kString:
    attribute.kind = Attribute::String;
    return string(at, attribute.text);
  case kTensor:
    return tensor(at, attribute, true);
  case kType:
    attribute.kind = Attribute::Type;
    return nestedType(at, attribute.type);
  case kTypeExtensions:
    return integers(at, add("bounds")) && parameters(attribute, "type_extensions", std::move(entries));
  case kResultAccuracy: {
    double absolute, relative;
    if (!number(at, Element::F64, absolute) || !number(at, Element::F64, relative))
      return false;
    add("atol") = makeFloat(module, absolute, Element::F64);
    add("rtol") = makeFloat(module, relative, Element::F64);
    return addInteger("ulps") && nested(at, add("mode")) && parameters(attribute, "result_accuracy", std::move(entries));
  }
  case kSubAxisInfo:
    return addInteger("pre_size") && addInteger("size") && parameters(attribute, "sub_axis_info", std::move(entries));
  case kAxisRef:
    return nested(at, add("name")) && at.number(value, "a flag") && (!value || nested(at, add("sub_axis_info"))) &&
           parameters(attribute, "axis_ref", std::move(entries));
  case kReplicaGroupMeshAxes: {
    Attribute &mesh = add("mesh");
    if (!nested(at, mesh))
      return false;
    if (mesh.kind == Attribute::String)
      mesh.kind = Attribute::Symbol;
    return nested(at, add("axes")) && parameters(attribute, "replica_group_mesh_axes", std::move(entries));
  }
  case kMeshAxis:
    return nested(at, add("name")) && addInteger("size") && parameters(attribute, "mesh_axis", std::move(entries));
  case kMesh: {
    if (!nested(at, add("axes")))
      return false;
    bool given;
    uint64_t index;
    if (!at.numberAndFlag(index, given, "an attribute"))
      return false;
    if (given &&
        (index >= attributes.size() ? !at.fail("attribute " + llvm::Twine(index) + " of " + llvm::Twine(attributes.size()))
                                    : !copy(index, add("device_ids"))))
      return false;
    return parameters(attribute, "mesh", std::move(entries));
  }
  default:
    return at.fail("code " + llvm::Twine(code) + " of an attribute of VHLO");
  }
}

bool BytecodeAttributes::builtinAttribute(Cursor &at, Attribute &attribute) {
  uint64_t code;
  if (!at.number(code, "the code of an attribute"))
    return false;
  switch (code) {
  case kBuiltinArray:
    return array(at, attribute);
  case kBuiltinDictionary:
    return dictionary(at, attribute);
  case kBuiltinString:
  case kBuiltinStringWithType: {
    attribute.kind = Attribute::String;
    TypeRef type;
    return string(at, attribute.text) && (code == kBuiltinString || nestedType(at, type));
  }
  case kBuiltinSymbol:
    attribute.kind = Attribute::Symbol;
    return name(at, attribute.text);
  case kBuiltinNestedSymbol: {
    attribute.kind = Attribute::Symbol;
    uint64_t count;
    if (!name(at, attribute.text) || !at.count(count, "parts of a symbol"))
      return false;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t index;
      const Attribute *part;
      if (!at.index(index, attributes.size(), "attribute") || !this->attribute(index, part))
        return false;
      if (part->kind != Attribute::Symbol)
        return at.fail("a part of a symbol that is none");
      if (!charge(part->text.size()))
        return false;
      attribute.text += "::@" + part->text;
    }
    return true;
  }
  case kBuiltinTypeAttribute:
    attribute.kind = Attribute::Type;
    return nestedType(at, attribute.type);
  case kBuiltinUnit:
    return true;
  case kBuiltinIntegerAttribute:
    return integer(at, attribute);
  case kBuiltinFloat:
    return floating(at, attribute);
  case kBuiltinElements:
    return tensor(at, attribute, false);
  default:
    return at.fail("code " + llvm::Twine(code) + " of a builtin attribute, where an attribute's value is read");
  }
}

bool BytecodeAttributes::location(uint64_t index, LocationRef &location) {
  LocationSlot &slot = locations[index];
  const BytecodeFile::Entry &entry = file.attributes[index];
  if (slot.state == Unread) {
    Cursor at = open(entry);
    if (locationDepth == kMaxLocationDepth)
      return at.fail("locations are more than " + llvm::Twine(kMaxLocationDepth) + " inside each other");
    ++locationDepth;
    llvm::scope_exit leave([&] { --locationDepth; });
    slot.state = Reading;
    Location read;
    // Whoever writes a dialect may have locations of its own; they say nothing here.
    if (entry.dialect == "builtin" && entry.encoded &&
        (!decodeLocation(at, read) || (!at.atEnd() && !at.fail("bytes follow a location"))))
      return false;
    if (!charge(sizeof(Location) + read.file.size() + read.name.size()))
      return false;
    slot.location = module.intern(std::move(read));
    slot.state = Read;
  }
  if (slot.state == Reading)
    return failure.set(entry.range.offset, "location " + llvm::Twine(index) + " is part of itself");
  location = slot.location;
  return true;
}

bool BytecodeAttributes::decodeLocation(Cursor &at, Location &location) {
  uint64_t code;
  if (!at.number(code, "the code of a location"))
    return false;
  auto nestedLocation = [&](LocationRef &read) {
    uint64_t index;
    return at.index(index, attributes.size(), "attribute") && this->location(index, read);
  };
  auto take = [&](const Location &from) { return charge(from.file.size() + from.name.size()) && (location = from, true); };
  switch (code) {
  case kCallSiteLocation: {
    // What is called is nearer to the op than who calls it.
    LocationRef callee, caller;
    if (!nestedLocation(callee) || !nestedLocation(caller))
      return false;
    return take(callee->line || !caller->line ? *callee : *caller);
  }
  case kFileLocation: {
    uint64_t line, column;
    if (!name(at, location.file) || !at.number(line, "a line") || !at.number(column, "a column"))
      return false;
    location.line = unsigned(line);
    location.column = unsigned(column);
    return true;
  }
  case kFileRangeLocation: {
    uint64_t count, numbers[4] = {};
    if (!name(at, location.file) || !at.count(count, "numbers of a location"))
      return false;
    if (count > 4)
      return at.fail(llvm::Twine(count) + " numbers of a location; there are at most 4");
    for (uint64_t i = 0; i < count; ++i)
      if (!at.number(numbers[i], "a line"))
        return false;
    location.line = unsigned(numbers[0]);
    location.column = unsigned(numbers[1]);
    return true;
  }
  case kFusedLocation:
  case kFusedLocationWithMetadata: {
    uint64_t count;
    if (!at.count(count, "fused locations"))
      return false;
    for (uint64_t i = 0; i < count; ++i) {
      LocationRef part;
      if (!nestedLocation(part))
        return false;
      if (!location.line && part->line) {
        if (!take(*part))
          return false;
      } else if (location.name.empty() && !location.line && !part->name.empty() && !take(*part)) {
        return false;
      }
    }
    uint64_t metadata;
    return code == kFusedLocation || at.index(metadata, attributes.size(), "attribute");
  }
  case kNameLocation: {
    std::string outer;
    LocationRef inner;
    if (!name(at, outer) || !nestedLocation(inner) || !take(*inner))
      return false;
    // The outermost name is the op's, those within are functions that its framework went through.
    location.name = std::move(outer);
    return true;
  }
  case kUnknownLocation:
    return true;
  default:
    return at.fail("code " + llvm::Twine(code) + " of a builtin attribute, where a location is read");
  }
}

} // namespace ingot::stablehlo
