// The attributes, types and locations of a bytecode file, each decoded when it is first asked for: those of VHLO, and what MLIR's
// builtin dialect adds (dictionaries, strings, locations). Of other dialects nothing is known but that they are there.
#ifndef INGOT_FRONTENDS_STABLEHLO_BYTECODEATTRIBUTES_H
#define INGOT_FRONTENDS_STABLEHLO_BYTECODEATTRIBUTES_H

#include "frontends/stablehlo/BytecodeFile.h"
#include "frontends/stablehlo/Tree.h"

namespace ingot::stablehlo {

class BytecodeAttributes {
public:
  BytecodeAttributes(const BytecodeFile &file, Module &module, Failure &failure);

  // By their places in the file's tables. An attribute stays where it is; `cost` is what a copy of it takes of the tree's memory.
  bool attribute(uint64_t index, const Attribute *&attribute);
  bool type(uint64_t index, TypeRef &type);
  bool location(uint64_t index, LocationRef &location);
  // A copy, charged.
  bool copy(uint64_t index, Attribute &attribute);

  // Takes bytes from what the tree may hold (Limits.h).
  bool charge(uint64_t bytes);
  // Whether it may hold as much more.
  bool fits(uint64_t bytes);

  // Where an attribute lies, for messages.
  uint64_t offsetOf(uint64_t index) const { return file.attributes[index].range.offset; }
  const BytecodeFile &bytecode() const { return file; }

  // The attribute in the form that its kind has in the tree: lists of integers, symbols, elements of an enumeration.
  bool conform(Attribute &attribute, const AttributeRow &row, uint64_t offset);

private:
  enum State : uint8_t { Unread, Reading, Read };
  struct AttributeSlot {
    State state = Unread;
    uint64_t cost = 0;
    std::unique_ptr<Attribute> attribute;
  };
  struct TypeSlot {
    State state = Unread;
    TypeRef type = nullptr;
  };
  struct LocationSlot {
    State state = Unread;
    LocationRef location = nullptr;
  };

  const BytecodeFile &file;
  Module &module;
  Failure &failure;
  std::vector<AttributeSlot> attributes;
  std::vector<TypeSlot> types;
  std::vector<LocationSlot> locations;
  const uint64_t limit; // of the tree's bytes
  uint64_t charged = 0;
  uint64_t copied = 0; // what the parts of the attribute that is being read take of that
  unsigned depth = 0, locationDepth = 0;

  Cursor open(const BytecodeFile::Entry &entry) { return Cursor(entry.range.bytes, entry.range.offset, failure); }
  TypeRef scalar(Element element);

  // One thing each, its code read.
  bool vhloAttribute(Cursor &at, Attribute &attribute);
  bool builtinAttribute(Cursor &at, Attribute &attribute);
  bool vhloType(Cursor &at, Type &type);
  bool builtinType(Cursor &at, Type &type);
  bool decodeLocation(Cursor &at, Location &location);

  // References and lists of them.
  bool string(Cursor &at, std::string &text);
  bool name(Cursor &at, std::string &text); // a string attribute's
  bool nested(Cursor &at, Attribute &attribute);
  bool array(Cursor &at, Attribute &attribute);
  bool dictionary(Cursor &at, Attribute &attribute);
  bool nestedType(Cursor &at, TypeRef &type);
  bool elementType(Cursor &at, Type &type);
  bool typeList(Cursor &at, std::vector<TypeRef> &list);
  bool dims(Cursor &at, std::vector<int64_t> &dims, const char *what);
  bool integers(Cursor &at, Attribute &attribute);
  bool parameters(Attribute &attribute, const char *standsFor, std::vector<NamedAttribute> entries);

  bool integer(Cursor &at, Attribute &attribute);
  bool floating(Cursor &at, Attribute &attribute);
  bool bitsOf(Cursor &at, unsigned width, uint64_t &bits);
  bool number(Cursor &at, Element element, double &value);
  bool tensor(Cursor &at, Attribute &attribute, bool packsBools);
  bool quantized(Cursor &at, Type &type, bool perAxis);
};

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_BYTECODEATTRIBUTES_H
