#include "frontends/stablehlo/BytecodeEncoder.h"

#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/ElementBytes.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot::stablehlo {

using namespace bytecode;

void appendNumber(std::string &bytes, uint64_t value) {
  unsigned size = 1;
  while (size < 9 && value >> (7 * size))
    ++size;
  if (size == 9) {
    bytes.push_back(0);
    for (unsigned i = 0; i < 8; ++i)
      bytes.push_back(char(value >> (8 * i)));
    return;
  }
  uint64_t marked = (value << 1 | 1) << (size - 1);
  for (unsigned i = 0; i < size; ++i)
    bytes.push_back(char(marked >> (8 * i)));
}

std::string BytecodeEncoder::Encoding::key() const {
  std::string key;
  key.push_back(char(dialect));
  for (const Reference &reference : references) {
    appendNumber(key, reference.at);
    appendNumber(key, reference.handle);
    key.push_back(char(reference.refers));
  }
  key += '/';
  key += bytes;
  key += elements;
  return key;
}

uint32_t BytecodeEncoder::Table::add(Encoding encoding) {
  auto [it, isNew] = known.try_emplace(encoding.key(), uint32_t(entries.size()));
  if (isNew)
    entries.push_back(std::move(encoding));
  return it->second;
}

uint64_t BytecodeEncoder::string(llvm::StringRef text) {
  auto [it, isNew] = knownStrings.try_emplace(text, strings.size());
  if (isNew)
    strings.push_back(text.str());
  return it->second;
}

BytecodeEncoder::Handle BytecodeEncoder::refuse(const llvm::Twine &what, Version since) {
  if (refusal.empty())
    refusal =
        since > kNewestVersion
            ? (what + ", which portable artifacts do not hold").str()
            : (what + ", which VHLO has since version " + llvm::Twine(since.major) + "." + llvm::Twine(since.minor)).str();
  return std::nullopt;
}

static constexpr Version kNever{UINT16_MAX, 0};

BytecodeEncoder::Handle BytecodeEncoder::vhloString(llvm::StringRef text) {
  Encoding encoding(Vhlo, kString);
  encoding.number(string(text));
  return attributes.add(std::move(encoding));
}

uint32_t BytecodeEncoder::builtinString(llvm::StringRef text) {
  Encoding encoding(Builtin, kBuiltinString);
  encoding.number(string(text));
  return attributes.add(std::move(encoding));
}

static uint64_t masked(uint64_t value, unsigned bits) { return bits < 64 ? value & ((uint64_t(1) << bits) - 1) : value; }

// A value of known width: a byte up to eight bits, else a number.
static void appendBits(std::string &bytes, uint64_t value, unsigned width) {
  value = masked(value, width);
  if (width <= 8)
    bytes.push_back(char(value));
  else
    appendSigned(bytes, int64_t(value));
}

void BytecodeEncoder::floating(Encoding &encoding, Element element, double value) {
  appendBits(encoding.bytes, encodeFloat(element, value), floatBits(element));
}

static Type scalarType(Element element) {
  Type type;
  type.kind = Type::Scalar;
  type.element = element;
  return type;
}

BytecodeEncoder::Handle BytecodeEncoder::integer(int64_t value, Element element) {
  Encoding encoding(Vhlo, kInteger);
  if (!encoding.refer(scalar(scalarType(element)), Refers::Type))
    return std::nullopt;
  appendBits(encoding.bytes, uint64_t(value), packedBits(element));
  return attributes.add(std::move(encoding));
}

void BytecodeEncoder::dims(Encoding &encoding, llvm::ArrayRef<int64_t> dims) {
  encoding.number(dims.size());
  for (int64_t dim : dims)
    appendSigned(encoding.bytes, dim == kDynamic ? INT64_MIN : dim);
}

BytecodeEncoder::Handle BytecodeEncoder::tensor(Element element, llvm::ArrayRef<int64_t> shape, std::string bytes) {
  Encoding type(Vhlo, kRankedTensor);
  dims(type, shape);
  if (!type.refer(scalar(scalarType(element)), Refers::Type))
    return std::nullopt;
  Encoding encoding(Vhlo, kTensor);
  encoding.type(types.add(std::move(type)));
  encoding.number(bytes.size());
  encoding.elements = std::move(bytes);
  return attributes.add(std::move(encoding));
}

BytecodeEncoder::Handle BytecodeEncoder::integers(const Attribute &attribute) {
  Element element = attribute.type->element;
  std::string bytes;
  unsigned size = elementBytes(element);
  for (int64_t value : attribute.integers)
    for (unsigned b = 0; b < size; ++b)
      bytes.push_back(char(uint64_t(value) >> (8 * b)));
  if (element == Element::Bool) {
    Elements elements;
    elements.type = attribute.type;
    elements.bytes = bytes;
    bytes = packElements(elements);
  }
  return tensor(element, attribute.type->dims, std::move(bytes));
}

BytecodeEncoder::Handle BytecodeEncoder::dictionary(const Attribute &attribute) {
  Encoding encoding(Vhlo, kDictionary);
  encoding.number(attribute.entries.size());
  for (const NamedAttribute &entry : attribute.entries)
    if (!encoding.refer(vhloString(entry.name), Refers::Attribute) ||
        !encoding.refer(this->attribute(entry.value), Refers::Attribute))
      return std::nullopt;
  return attributes.add(std::move(encoding));
}

// What StableHLO has as an attribute of its own, and the tree as a dictionary of its parameters.
BytecodeEncoder::Handle BytecodeEncoder::parameters(const Attribute &attribute) {
  static const Attribute none;
  auto parameter = [&](llvm::StringRef name) -> const Attribute & {
    const Attribute *found = findAttribute(attribute.entries, name);
    return found ? *found : none;
  };
  auto list = [&](Encoding &encoding, llvm::StringRef name) {
    const Attribute &from = parameter(name);
    encoding.number(from.integers.size());
    for (int64_t value : from.integers)
      appendSigned(encoding.bytes, value);
  };
  auto number = [&](Encoding &encoding, llvm::StringRef name) { appendSigned(encoding.bytes, parameter(name).integer); };
  auto refer = [&](Encoding &encoding, llvm::StringRef name) {
    return encoding.refer(this->attribute(parameter(name)), Refers::Attribute);
  };
  auto since = [&](Version since) { return version >= since || refuse("an attribute " + attribute.text, since); };
  auto add = [&](Encoding encoding, bool isWhole) {
    return isWhole ? Handle(attributes.add(std::move(encoding))) : std::nullopt;
  };
  if (attribute.text == "output_operand_alias") {
    Encoding encoding(Vhlo, kOutputOperandAlias);
    list(encoding, "output_tuple_indices");
    number(encoding, "operand_index");
    list(encoding, "operand_tuple_indices");
    return add(std::move(encoding), true);
  }
  if (attribute.text == "result_accuracy") {
    Encoding encoding(Vhlo, kResultAccuracy);
    floating(encoding, Element::F64, parameter("atol").number);
    floating(encoding, Element::F64, parameter("rtol").number);
    number(encoding, "ulps");
    bool isWhole = since(kAccuracySince) && refer(encoding, "mode");
    return add(std::move(encoding), isWhole);
  }
  if (attribute.text == "sub_axis_info") {
    Encoding encoding(Vhlo, kSubAxisInfo);
    number(encoding, "pre_size");
    number(encoding, "size");
    return add(std::move(encoding), since(kMeshSince));
  }
  if (attribute.text == "axis_ref") {
    Encoding encoding(Vhlo, kAxisRef);
    bool isWhole = since(kMeshSince) && refer(encoding, "name"),
         hasSubAxis = parameter("sub_axis_info").kind != Attribute::Unit;
    encoding.number(hasSubAxis);
    isWhole = isWhole && (!hasSubAxis || refer(encoding, "sub_axis_info"));
    return add(std::move(encoding), isWhole);
  }
  if (attribute.text == "replica_group_mesh_axes") {
    Encoding encoding(Vhlo, kReplicaGroupMeshAxes);
    bool isWhole = since(kMeshSince) && refer(encoding, "mesh") && refer(encoding, "axes");
    return add(std::move(encoding), isWhole);
  }
  if (attribute.text == "mesh_axis") {
    Encoding encoding(Vhlo, kMeshAxis);
    bool isWhole = since(kMeshSince) && refer(encoding, "name");
    number(encoding, "size");
    return add(std::move(encoding), isWhole);
  }
  if (attribute.text == "mesh") {
    Encoding encoding(Vhlo, kMesh);
    bool isWhole = since(kMeshSince) && refer(encoding, "axes");
    const Attribute &devices = parameter("device_ids");
    if (devices.kind == Attribute::Unit) {
      encoding.number(0);
      return add(std::move(encoding), isWhole);
    }
    isWhole = isWhole && encoding.refer(this->attribute(devices), Refers::Optional);
    return add(std::move(encoding), isWhole);
  }
  return refuse("an attribute " + attribute.text, kNever);
}

BytecodeEncoder::Handle BytecodeEncoder::attribute(const Attribute &attribute, const AttributeRow *row) {
  switch (attribute.kind) {
  case Attribute::Unit: {
    if (!row)
      return refuse("a unit attribute", kNever);
    if (version < kNoneSince)
      return refuse("an attribute that is none", kNoneSince);
    Encoding encoding(Vhlo, kType);
    encoding.type(types.add(Encoding(Vhlo, kNone)));
    return attributes.add(std::move(encoding));
  }
  case Attribute::Bool: {
    Encoding encoding(Vhlo, kBool);
    encoding.number(attribute.integer != 0);
    return attributes.add(std::move(encoding));
  }
  case Attribute::Integer: {
    Element element = attribute.type ? attribute.type->element : Element::SI64;
    if (row && row->kind == AttributeKind::Integer)
      element = Element::SI64;
    else if (row && row->kind == AttributeKind::Integer32)
      element = Element::SI32;
    return integer(attribute.integer, element);
  }
  case Attribute::Float: {
    Element element = attribute.type ? attribute.type->element : Element::F32;
    Encoding encoding(Vhlo, kFloat);
    if (!encoding.refer(scalar(scalarType(element)), Refers::Type))
      return std::nullopt;
    floating(encoding, element, attribute.number);
    return attributes.add(std::move(encoding));
  }
  case Attribute::String:
  case Attribute::Symbol:
    return vhloString(attribute.text);
  case Attribute::Enum: {
    if (version < attribute.enumeration->since)
      return refuse(llvm::Twine("a ") + attribute.enumeration->name, attribute.enumeration->since);
    Encoding encoding(Vhlo, attribute.enumeration->code);
    encoding.number(attribute.enumeration->find(llvm::StringRef(attribute.text))->number);
    return attributes.add(std::move(encoding));
  }
  case Attribute::Type: {
    Encoding encoding(Vhlo, kType);
    if (!encoding.refer(type(attribute.type), Refers::Type))
      return std::nullopt;
    return attributes.add(std::move(encoding));
  }
  case Attribute::Array: {
    Encoding encoding(Vhlo, kArray);
    encoding.number(attribute.items.size());
    for (const Attribute &item : attribute.items)
      if (!encoding.refer(this->attribute(item), Refers::Attribute))
        return std::nullopt;
    return attributes.add(std::move(encoding));
  }
  case Attribute::Dictionary:
    return attribute.text.empty() ? dictionary(attribute) : parameters(attribute);
  case Attribute::Integers:
    return integers(attribute);
  case Attribute::Tensor: {
    Encoding encoding(Vhlo, kTensor);
    if (!encoding.refer(type(attribute.elements.type), Refers::Type))
      return std::nullopt;
    bool isEmpty = countElements(attribute.elements.type->dims) == 0;
    encoding.elements = isEmpty ? std::string() : packElements(attribute.elements);
    encoding.number(encoding.elements.size());
    return attributes.add(std::move(encoding));
  }
  case Attribute::Foreign:
    return refuse("an attribute of the dialect " + attribute.text, kNever);
  }
  return std::nullopt;
}

BytecodeEncoder::Handle BytecodeEncoder::builtinScalar(Element element) {
  unsigned code = kBuiltinInteger;
  switch (element) {
  case Element::Index:
    code = kBuiltinIndex;
    break;
  case Element::BF16:
    code = kBuiltinBF16;
    break;
  case Element::F16:
    code = kBuiltinF16;
    break;
  case Element::F32:
    code = kBuiltinF32;
    break;
  case Element::F64:
    code = kBuiltinF64;
    break;
  default:
    if (element > Element::UI64)
      return refuse("an attribute of a module of the type " + spellElement(element), kNever);
  }
  Encoding encoding(Builtin, code);
  if (code == kBuiltinInteger)
    encoding.number(packedBits(element) << 2 | (element >= Element::UI2 ? kBuiltinUnsigned : 0));
  return types.add(std::move(encoding));
}

BytecodeEncoder::Handle BytecodeEncoder::builtin(const Attribute &attribute) {
  switch (attribute.kind) {
  case Attribute::Unit:
    return attributes.add(Encoding(Builtin, kBuiltinUnit));
  case Attribute::Bool:
  case Attribute::Integer: {
    Element element = attribute.kind == Attribute::Bool ? Element::Bool
                      : attribute.type                  ? attribute.type->element
                                                        : Element::SI64;
    Encoding encoding(Builtin, kBuiltinIntegerAttribute);
    if (!encoding.refer(builtinScalar(element), Refers::Type))
      return std::nullopt;
    appendBits(encoding.bytes, uint64_t(attribute.integer), packedBits(element));
    return attributes.add(std::move(encoding));
  }
  case Attribute::Float: {
    Element element = attribute.type ? attribute.type->element : Element::F32;
    Encoding encoding(Builtin, kBuiltinFloat);
    if (!encoding.refer(builtinScalar(element), Refers::Type))
      return std::nullopt;
    floating(encoding, element, attribute.number);
    return attributes.add(std::move(encoding));
  }
  case Attribute::String:
    return builtinString(attribute.text);
  case Attribute::Symbol: {
    Encoding encoding(Builtin, kBuiltinSymbol);
    encoding.attribute(builtinString(attribute.text));
    return attributes.add(std::move(encoding));
  }
  case Attribute::Array: {
    Encoding encoding(Builtin, kBuiltinArray);
    encoding.number(attribute.items.size());
    for (const Attribute &item : attribute.items)
      if (!encoding.refer(builtin(item), Refers::Attribute))
        return std::nullopt;
    return attributes.add(std::move(encoding));
  }
  case Attribute::Dictionary:
    if (attribute.text.empty())
      return discardable(attribute.entries, true);
    [[fallthrough]];
  default:
    return refuse("an attribute of a module that is neither a number nor a string, array or dictionary of these", kNever);
  }
}

// What foreign dialects say is left out: it is annotation.
BytecodeEncoder::Handle BytecodeEncoder::discardable(llvm::ArrayRef<NamedAttribute> list, bool asBuiltin) {
  auto isForeign = [](const NamedAttribute &entry) { return entry.value.kind == Attribute::Foreign; };
  Encoding encoding(Builtin, kBuiltinDictionary);
  encoding.number(list.size() - llvm::count_if(list, isForeign));
  for (const NamedAttribute &entry : list) {
    if (isForeign(entry))
      continue;
    encoding.attribute(builtinString(entry.name));
    if (!encoding.refer(asBuiltin ? builtin(entry.value) : attribute(entry.value), Refers::Attribute))
      return std::nullopt;
  }
  return attributes.add(std::move(encoding));
}

uint32_t BytecodeEncoder::location(const Location &location) {
  Encoding encoding(Builtin, kUnknownLocation);
  if (location.line || !location.file.empty()) {
    encoding = Encoding(Builtin, kFileLocation);
    encoding.attribute(builtinString(location.file));
    encoding.number(location.line);
    encoding.number(location.column);
  }
  uint32_t place = attributes.add(std::move(encoding));
  if (location.name.empty())
    return place;
  Encoding named(Builtin, kNameLocation);
  named.attribute(builtinString(location.name));
  named.attribute(place);
  return attributes.add(std::move(named));
}

BytecodeEncoder::Handle BytecodeEncoder::quantized(const Quantization &quantization) {
  if (quantization.axis && version < kPerAxisSince)
    return refuse("a type quantised along an axis", kPerAxisSince);
  bool isUnsigned = quantization.storage >= Element::UI2 && quantization.storage <= Element::UI64;
  // The storage's type is without a sign, which a flag tells.
  Element storage = isUnsigned ? Element(unsigned(quantization.storage) - unsigned(Element::UI2) + unsigned(Element::SI2))
                               : quantization.storage;
  Encoding encoding(Vhlo, quantization.axis ? kQuantizedPerAxis : kQuantized);
  encoding.number(!isUnsigned);
  if (!encoding.refer(scalar(scalarType(storage)), Refers::Type) ||
      !encoding.refer(scalar(scalarType(quantization.expressed)), Refers::Type))
    return std::nullopt;
  auto range = [&] {
    appendSigned(encoding.bytes, quantization.storageMin);
    appendSigned(encoding.bytes, quantization.storageMax);
  };
  if (quantization.axis) {
    encoding.number(uint64_t(*quantization.axis));
    range();
    encoding.number(quantization.scales.size());
  }
  for (double scale : quantization.scales)
    floating(encoding, Element::F64, scale);
  if (quantization.axis)
    encoding.number(quantization.zeroPoints.size());
  for (int64_t zeroPoint : quantization.zeroPoints)
    appendSigned(encoding.bytes, zeroPoint);
  if (!quantization.axis)
    range();
  return types.add(std::move(encoding));
}

// The type of an element, of a tensor or alone.
BytecodeEncoder::Handle BytecodeEncoder::scalar(const Type &type) {
  if (type.quantization)
    return quantized(*type.quantization);
  if (type.element == Element::Complex64 || type.element == Element::Complex128) {
    Encoding encoding(Vhlo, kComplex);
    if (!encoding.refer(scalar(scalarType(type.element == Element::Complex64 ? Element::F32 : Element::F64)), Refers::Type))
      return std::nullopt;
    return types.add(std::move(encoding));
  }
  for (const ElementCode &entry : kElementCodes)
    if (entry.element == type.element)
      return version >= entry.since ? Handle(types.add(Encoding(Vhlo, entry.code)))
                                    : refuse("the type " + spellElement(type.element), entry.since);
  return std::nullopt;
}

BytecodeEncoder::Handle BytecodeEncoder::type(TypeRef type) {
  if (auto it = knownTypes.find(type); it != knownTypes.end())
    return it->second;
  auto list = [&](Encoding &encoding, llvm::ArrayRef<TypeRef> members) {
    encoding.number(members.size());
    return llvm::all_of(members, [&](TypeRef member) { return encoding.refer(this->type(member), Refers::Type); });
  };
  auto add = [&](Encoding encoding, bool isWhole) {
    return isWhole ? Handle(types.add(std::move(encoding))) : std::nullopt;
  };
  auto make = [&]() -> Handle {
    switch (type->kind) {
    case Type::Scalar:
      return scalar(*type);
    case Type::Tensor: {
      Encoding encoding(Vhlo, type->bounds.empty() ? kRankedTensor : kRankedTensorWithEncoding);
      if (!type->bounds.empty()) {
        Encoding bounds(Vhlo, kTypeExtensions);
        dims(bounds, type->bounds);
        encoding.attribute(attributes.add(std::move(bounds)));
      }
      dims(encoding, type->dims);
      bool isWhole = encoding.refer(scalar(*type), Refers::Type);
      return add(std::move(encoding), isWhole);
    }
    case Type::Buffer: {
      if (version < kBufferSince)
        return refuse("the type " + spellType(type), kBufferSince);
      Encoding encoding(Vhlo, kRankedBuffer);
      dims(encoding, type->dims);
      bool isWhole = encoding.refer(scalar(*type), Refers::Type);
      return add(std::move(encoding), isWhole);
    }
    case Type::UnrankedTensor: {
      Encoding encoding(Vhlo, kUnrankedTensor);
      bool isWhole = encoding.refer(scalar(*type), Refers::Type);
      return add(std::move(encoding), isWhole);
    }
    case Type::Token:
      return types.add(Encoding(Vhlo, kToken));
    case Type::None:
      return version < kNoneSince ? refuse("the type none", kNoneSince) : Handle(types.add(Encoding(Vhlo, kNone)));
    case Type::Tuple: {
      Encoding encoding(Vhlo, kTuple);
      bool isWhole = list(encoding, type->members);
      return add(std::move(encoding), isWhole);
    }
    case Type::Future: {
      if (version < kFutureSince)
        return refuse("the type " + spellType(type), kFutureSince);
      Encoding encoding(Vhlo, kFuture);
      bool isWhole = list(encoding, type->members);
      return add(std::move(encoding), isWhole);
    }
    case Type::Function: {
      Encoding encoding(Vhlo, kFunction);
      bool isWhole = list(encoding, type->members) && list(encoding, type->results);
      return add(std::move(encoding), isWhole);
    }
    }
    return std::nullopt;
  };
  Handle made = make();
  knownTypes[type] = made;
  return made;
}

// Entries of a dialect stand together.
void BytecodeEncoder::place() {
  for (Table *table : {&attributes, &types}) {
    table->places.resize(table->entries.size());
    uint64_t next = 0;
    for (Dialect dialect : {Builtin, Vhlo})
      for (auto [handle, entry] : llvm::enumerate(table->entries))
        if (entry.dialect == dialect)
          table->places[handle] = next++;
  }
  finish(attributes);
  finish(types);
}

void BytecodeEncoder::finish(Table &table) {
  table.encoded.resize(table.entries.size());
  for (auto [handle, entry] : llvm::enumerate(table.entries)) {
    std::string &bytes = table.encoded[table.places[handle]];
    size_t from = 0;
    for (const Encoding::Reference &reference : entry.references) {
      bytes.append(entry.bytes, from, reference.at - from);
      from = reference.at;
      uint64_t place = (reference.refers == Refers::Type ? types : attributes).places[reference.handle];
      if (reference.refers == Refers::Optional)
        appendNumberAndFlag(bytes, place, true);
      else
        appendNumber(bytes, place);
    }
    bytes.append(entry.bytes, from, std::string::npos);
    bytes += entry.elements;
  }
}

std::string BytecodeEncoder::stringSection() const {
  std::string section;
  appendNumber(section, strings.size());
  for (const std::string &text : llvm::reverse(strings))
    appendNumber(section, text.size() + 1);
  for (const std::string &text : strings)
    section.append(text.c_str(), text.size() + 1);
  return section;
}

std::string BytecodeEncoder::offsetSection(llvm::ArrayRef<uint64_t> dialectIndices) const {
  std::string section;
  appendNumber(section, attributes.entries.size());
  appendNumber(section, types.entries.size());
  for (const Table *table : {&attributes, &types}) {
    size_t place = 0;
    for (Dialect dialect : {Builtin, Vhlo}) {
      size_t count = llvm::count_if(table->entries, [&](const Encoding &entry) { return entry.dialect == dialect; });
      if (!count)
        continue;
      appendNumber(section, dialectIndices[dialect]);
      appendNumber(section, count);
      for (; count; --count)
        appendNumberAndFlag(section, table->encoded[place++].size(), true);
    }
  }
  return section;
}

std::string BytecodeEncoder::attributeSection() const {
  std::string section;
  for (const Table *table : {&attributes, &types})
    for (const std::string &bytes : table->encoded)
      section += bytes;
  return section;
}

} // namespace ingot::stablehlo
