// The types of a bytecode file, and the form that the schema gives attributes.
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/BytecodeAttributes.h"
#include "frontends/stablehlo/ElementBytes.h"
#include "frontends/stablehlo/Limits.h"

#include <cmath>

namespace ingot::stablehlo {

using namespace bytecode;

namespace {

void setScalar(Type &type, Element element) {
  type.kind = Type::Scalar;
  type.element = element;
}

} // namespace

bool BytecodeAttributes::nestedType(Cursor &at, TypeRef &type) {
  uint64_t index;
  return at.index(index, types.size(), "type") && this->type(index, type);
}

// The element type of a tensor, with its quantisation.
bool BytecodeAttributes::elementType(Cursor &at, Type &type) {
  TypeRef element;
  if (!nestedType(at, element))
    return false;
  if (element->kind != Type::Scalar)
    return at.fail("elements of the type " + spellType(element));
  type.element = element->element;
  type.quantization = element->quantization;
  return true;
}

bool BytecodeAttributes::typeList(Cursor &at, std::vector<TypeRef> &list) {
  uint64_t count;
  if (!at.count(count, "types"))
    return false;
  list.resize(count);
  for (TypeRef &type : list)
    if (!nestedType(at, type))
      return false;
  return true;
}

bool BytecodeAttributes::dims(Cursor &at, std::vector<int64_t> &dims, const char *what) {
  uint64_t count;
  if (!at.count(count, what))
    return false;
  if (count > kMaxRank)
    return at.fail(llvm::Twine(count) + " " + what + "; at most " + llvm::Twine(kMaxRank) + " are read");
  dims.resize(count);
  for (int64_t &dim : dims) {
    if (!at.signedNumber(dim, what))
      return false;
    // Open dims are the least integer, in the oldest files -1.
    if (dim < 0 && dim != -1 && dim != INT64_MIN)
      return at.fail("a dimension of " + llvm::Twine(dim));
    if (dim < 0)
      dim = kDynamic;
  }
  return true;
}

bool BytecodeAttributes::quantized(Cursor &at, Type &type, bool perAxis) {
  uint64_t flags, axis = 0, count = 1;
  Type storage, expressed;
  Quantization quantization;
  if (!at.number(flags, "flags") || !elementType(at, storage) || !elementType(at, expressed))
    return false;
  if (storage.quantization || expressed.quantization || storage.element == Element::Bool ||
      storage.element > Element::UI64 || !floatBits(expressed.element))
    return at.fail("a quantised type of " + spellElement(expressed.element) + " stored as " + spellElement(storage.element));
  auto range = [&] {
    return at.signedNumber(quantization.storageMin, "a least value") &&
           at.signedNumber(quantization.storageMax, "a greatest value");
  };
  auto scale = [&](double &value) {
    if (!number(at, Element::F64, value))
      return false;
    return std::isfinite(value) || at.fail("a scale that is no number");
  };
  if (perAxis) {
    if (!at.number(axis, "an axis") || !range() || !at.count(count, "scales"))
      return false;
    if (axis >= kMaxRank)
      return at.fail("a quantised type along axis " + llvm::Twine(axis));
    quantization.axis = int64_t(axis);
  }
  if (!charge(count * 16))
    return false;
  quantization.scales.resize(count);
  quantization.zeroPoints.resize(count);
  for (double &value : quantization.scales)
    if (!scale(value))
      return false;
  uint64_t zeros = 1;
  if (perAxis && !at.count(zeros, "zero points"))
    return false;
  if (zeros != count)
    return at.fail(llvm::Twine(count) + " scales and " + llvm::Twine(zeros) + " zero points");
  for (int64_t &value : quantization.zeroPoints)
    if (!at.signedNumber(value, "a zero point"))
      return false;
  if (!perAxis && !range())
    return false;
  // The lowest flag says that the storage is signed; its type is without a sign.
  bool isSigned = flags & 1, saysUnsigned = storage.element >= Element::UI2;
  if (!isSigned && !saysUnsigned)
    storage.element = Element(unsigned(storage.element) - unsigned(Element::SI2) + unsigned(Element::UI2));
  quantization.storage = storage.element;
  quantization.expressed = expressed.element;
  setScalar(type, storage.element);
  type.quantization = std::move(quantization);
  return true;
}

bool BytecodeAttributes::vhloType(Cursor &at, Type &type) {
  uint64_t code;
  if (!at.number(code, "the code of a type"))
    return false;
  for (const ElementCode &entry : kElementCodes)
    if (entry.code == code) {
      setScalar(type, entry.element);
      return true;
    }
  switch (code) {
  case kComplex: {
    Type part;
    if (!elementType(at, part))
      return false;
    if (part.quantization || (part.element != Element::F32 && part.element != Element::F64))
      return at.fail("complex numbers of " + spellElement(part.element));
    setScalar(type, part.element == Element::F32 ? Element::Complex64 : Element::Complex128);
    return true;
  }
  case kFunction:
    type.kind = Type::Function;
    return typeList(at, type.members) && typeList(at, type.results);
  case kRankedTensorWithEncoding: {
    type.kind = Type::Tensor;
    uint64_t index;
    const Attribute *encoding;
    if (!at.index(index, attributes.size(), "attribute") || !attribute(index, encoding) || !dims(at, type.dims, "dims") ||
        !elementType(at, type))
      return false;
    if (encoding->kind != Attribute::Dictionary || encoding->text != "type_extensions")
      return at.fail("a tensor type with an encoding that gives no bounds");
    type.bounds = encoding->entries.front().value.integers;
    for (int64_t &bound : type.bounds)
      bound = std::max(bound, kDynamic);
    return type.bounds.size() == type.dims.size() ||
           at.fail(llvm::Twine(type.bounds.size()) + " bounds of " + llvm::Twine(type.dims.size()) + " dims");
  }
  case kRankedTensor:
    type.kind = Type::Tensor;
    return dims(at, type.dims, "dims") && elementType(at, type);
  case kRankedBuffer:
    type.kind = Type::Buffer;
    return dims(at, type.dims, "dims") && elementType(at, type);
  case kUnrankedTensor:
    type.kind = Type::UnrankedTensor;
    return elementType(at, type);
  case kToken:
    type.kind = Type::Token;
    return true;
  case kTuple:
    type.kind = Type::Tuple;
    return typeList(at, type.members);
  case kFuture:
    type.kind = Type::Future;
    return typeList(at, type.members);
  case kQuantized:
    return quantized(at, type, false);
  case kQuantizedPerAxis:
    return quantized(at, type, true);
  case kNone:
    type.kind = Type::None;
    return true;
  case kWitness:
    return at.fail("a witness type, which no op of StableHLO has");
  default:
    return at.fail("code " + llvm::Twine(code) + " of a type of VHLO");
  }
}

bool BytecodeAttributes::builtinType(Cursor &at, Type &type) {
  uint64_t code;
  if (!at.number(code, "the code of a type"))
    return false;
  switch (code) {
  case kBuiltinInteger: {
    uint64_t value;
    if (!at.number(value, "the width of an integer"))
      return false;
    uint64_t width = value >> 2;
    bool isUnsigned = (value & 3) == kBuiltinUnsigned;
    for (Element element = isUnsigned ? Element::UI2 : Element::Bool;
         element <= (isUnsigned ? Element::UI64 : Element::SI64); element = Element(unsigned(element) + 1))
      if (packedBits(element) == width) {
        setScalar(type, element);
        return true;
      }
    return at.fail("an integer of " + llvm::Twine(width) + " bits");
  }
  case kBuiltinIndex:
    setScalar(type, Element::Index);
    return true;
  case kBuiltinFunction:
    type.kind = Type::Function;
    return typeList(at, type.members) && typeList(at, type.results);
  case kBuiltinBF16:
    setScalar(type, Element::BF16);
    return true;
  case kBuiltinF16:
    setScalar(type, Element::F16);
    return true;
  case kBuiltinF32:
    setScalar(type, Element::F32);
    return true;
  case kBuiltinF64:
    setScalar(type, Element::F64);
    return true;
  case kBuiltinComplex: {
    Type part;
    if (!elementType(at, part))
      return false;
    if (part.quantization || (part.element != Element::F32 && part.element != Element::F64))
      return at.fail("complex numbers of " + spellElement(part.element));
    setScalar(type, part.element == Element::F32 ? Element::Complex64 : Element::Complex128);
    return true;
  }
  case kBuiltinNone:
    type.kind = Type::None;
    return true;
  case kBuiltinTensor:
    type.kind = Type::Tensor;
    return dims(at, type.dims, "dims") && elementType(at, type);
  case kBuiltinTuple:
    type.kind = Type::Tuple;
    return typeList(at, type.members);
  case kBuiltinUnrankedTensor:
    type.kind = Type::UnrankedTensor;
    return elementType(at, type);
  default:
    return at.fail("code " + llvm::Twine(code) + " of a builtin type");
  }
}

// The integers of a tensor attribute, if it is one of rank 1 or 2 over `elements`.
static bool takeIntegers(Attribute &attribute, llvm::ArrayRef<Element> elements, size_t rank, std::string &why) {
  if (attribute.kind == Attribute::Integers)
    return true;
  if (attribute.kind != Attribute::Tensor) {
    why = "is no list of integers";
    return false;
  }
  const Elements &from = attribute.elements;
  uint64_t count = countElements(from.type->dims).value_or(0); // what the elements' reader has checked
  if (!llvm::is_contained(elements, from.type->element) || from.type->dims.size() > 2 ||
      (from.type->dims.size() != rank && count)) {
    why = "is of the type " + spellType(from.type);
    return false;
  }
  if (count > kMaxIntegers) {
    why = (llvm::Twine("has ") + llvm::Twine(count) + " integers; at most " + llvm::Twine(kMaxIntegers) + " are read").str();
    return false;
  }
  unsigned size = elementBytes(from.type->element);
  std::vector<int64_t> values(count);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t bits = 0;
    for (unsigned b = 0; b < size; ++b)
      bits |= uint64_t(uint8_t(from.bytes[(from.splat ? 0 : i) * size + b])) << (8 * b);
    unsigned unused = 64 - 8 * size;
    values[i] = int64_t(bits << unused) >> unused;
  }
  attribute.kind = Attribute::Integers;
  attribute.type = from.type;
  attribute.elements = Elements();
  attribute.integers = std::move(values);
  return true;
}

static bool isNone(const Attribute &attribute) {
  return attribute.kind == Attribute::Type && attribute.type->kind == Type::None;
}

bool BytecodeAttributes::conform(Attribute &attribute, const AttributeRow &row, uint64_t offset) {
  std::string why;
  auto fail = [&](const llvm::Twine &what) {
    return failure.set(offset, llvm::Twine("attribute ") + row.name + " " + what);
  };
  auto isOf = [&](Attribute::Kind kind, const char *what) {
    return attribute.kind == kind || fail(llvm::Twine("is no ") + what);
  };
  if (row.byDefault && llvm::StringRef(row.byDefault) == "none" && isNone(attribute)) {
    attribute = Attribute();
    return true;
  }
  auto list = [&](Attribute &item, llvm::ArrayRef<Element> elements, size_t rank) {
    uint64_t before = item.integers.size();
    if (!takeIntegers(item, elements, rank, why))
      return fail(why);
    return charge((item.integers.size() - before) * sizeof(int64_t));
  };
  auto layouts = [&](Attribute &array) {
    if (array.kind != Attribute::Array)
      return fail("is no array");
    for (Attribute &item : array.items)
      if (!list(item, {Element::Index, Element::SI64}, 1))
        return false;
    return true;
  };
  switch (row.kind) {
  case AttributeKind::Any:
    return true;
  case AttributeKind::Bool:
    return isOf(Attribute::Bool, "bool");
  case AttributeKind::Integer:
  case AttributeKind::Integer32:
    return isOf(Attribute::Integer, "integer");
  case AttributeKind::Float:
    return isOf(Attribute::Float, "number");
  case AttributeKind::String:
    return isOf(Attribute::String, "string");
  case AttributeKind::Symbol:
    if (attribute.kind == Attribute::String)
      attribute.kind = Attribute::Symbol;
    return isOf(Attribute::Symbol, "symbol");
  case AttributeKind::Symbols:
    for (Attribute &item : attribute.items) {
      if (item.kind == Attribute::String)
        item.kind = Attribute::Symbol;
      if (item.kind != Attribute::Symbol)
        return fail("has an element that is no symbol");
    }
    return isOf(Attribute::Array, "array");
  case AttributeKind::Integers:
    return list(attribute, {Element::SI64}, 1);
  case AttributeKind::Integers2d:
    if (attribute.kind == Attribute::Dictionary && attribute.text == "replica_group_mesh_axes")
      return true;
    return list(attribute, {Element::SI64}, 2);
  case AttributeKind::Bools:
    return list(attribute, {Element::Bool}, 1);
  case AttributeKind::Layouts:
    return layouts(attribute);
  case AttributeKind::Tilings:
    for (Attribute &item : attribute.items)
      if (!layouts(item))
        return false;
    return isOf(Attribute::Array, "array");
  case AttributeKind::Enum:
    return (attribute.kind == Attribute::Enum && attribute.enumeration == row.enumeration) ||
           fail(llvm::Twine("is no ") + row.enumeration->name);
  case AttributeKind::Enums:
    for (Attribute &item : attribute.items)
      if (item.kind != Attribute::Enum || item.enumeration != row.enumeration)
        return fail(llvm::Twine("has an element that is no ") + row.enumeration->name);
    return isOf(Attribute::Array, "array");
  case AttributeKind::Accuracy:
    return (attribute.kind == Attribute::Dictionary && attribute.text == "result_accuracy") || fail("is no accuracy");
  case AttributeKind::Type:
    return isOf(Attribute::Type, "type");
  case AttributeKind::Tensor:
    return isOf(Attribute::Tensor, "tensor");
  case AttributeKind::Dictionary:
    return isOf(Attribute::Dictionary, "dictionary");
  case AttributeKind::Array:
    return isOf(Attribute::Array, "array");
  }
  return false;
}

} // namespace ingot::stablehlo
