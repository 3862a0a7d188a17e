// The tables of a bytecode file that is written: strings, attributes, types, properties. Whatever is added twice is there once.
// What an attribute refers to gets its final place when all are there, so an encoding is bytes and references until then.
#ifndef INGOT_FRONTENDS_STABLEHLO_BYTECODEENCODER_H
#define INGOT_FRONTENDS_STABLEHLO_BYTECODEENCODER_H

#include "frontends/stablehlo/BytecodeCodes.h"
#include "frontends/stablehlo/Tree.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace ingot::stablehlo {

// Numbers as MLIR's bytecode writes them.
void appendNumber(std::string &bytes, uint64_t value);
inline void appendNumberAndFlag(std::string &bytes, uint64_t value, bool flag) {
  appendNumber(bytes, value << 1 | uint64_t(flag));
}
inline void appendSigned(std::string &bytes, int64_t value) {
  appendNumber(bytes, uint64_t(value) << 1 ^ uint64_t(value >> 63));
}

class BytecodeEncoder {
public:
  explicit BytecodeEncoder(Version version) : version(version) {}

  // Handles, not places yet. None where the version has no such thing: then `refusal` says what it is.
  using Handle = std::optional<uint32_t>;
  Handle attribute(const Attribute &attribute, const AttributeRow *row = nullptr); // VHLO's form of it
  Handle builtin(const Attribute &attribute);                                      // MLIR's own form, as modules have them
  Handle discardable(llvm::ArrayRef<NamedAttribute> attributes, bool asBuiltin);
  Handle type(TypeRef type);
  uint32_t location(const Location &location);
  uint64_t string(llvm::StringRef text);

  std::string refusal;

  // After the last was added: their places, and the sections.
  void place();
  uint64_t attributeIndex(uint32_t handle) const { return attributes.places[handle]; }
  uint64_t typeIndex(uint32_t handle) const { return types.places[handle]; }
  std::string stringSection() const;
  std::string offsetSection(llvm::ArrayRef<uint64_t> dialectIndices) const; // of builtin and vhlo
  std::string attributeSection() const;

private:
  enum Dialect : uint8_t { Builtin, Vhlo };
  // How a reference is written: a place in the table of attributes or of types, or one with a flag that says it is there.
  enum class Refers : uint8_t { Attribute, Type, Optional };
  // Bytes with references to attributes and types in between.
  struct Encoding {
    Dialect dialect = Vhlo;
    std::string bytes;
    struct Reference {
      size_t at; // before the byte of this place
      uint32_t handle;
      Refers refers;
    };
    std::vector<Reference> references;
    std::string elements; // what follows, of constants

    Encoding(Dialect dialect, unsigned code) : dialect(dialect) { number(code); }
    void number(uint64_t value) { appendNumber(bytes, value); }
    void attribute(uint32_t handle) { refer(handle, Refers::Attribute); }
    void type(uint32_t handle) { refer(handle, Refers::Type); }
    bool refer(Handle handle, Refers refers) {
      if (handle)
        references.push_back({bytes.size(), *handle, refers});
      return handle.has_value();
    }
    std::string key() const;
  };
  struct Table {
    llvm::StringMap<uint32_t> known;
    std::vector<Encoding> entries;
    std::vector<uint64_t> places;
    std::vector<std::string> encoded; // by place
    uint32_t add(Encoding encoding);
  };

  Version version;
  Table attributes, types;
  llvm::StringMap<uint64_t> knownStrings;
  std::vector<std::string> strings;
  llvm::DenseMap<TypeRef, Handle> knownTypes;

  Handle refuse(const llvm::Twine &what, Version since);
  Handle vhloString(llvm::StringRef text);
  uint32_t builtinString(llvm::StringRef text);
  Handle integer(int64_t value, Element type);
  Handle tensor(Element element, llvm::ArrayRef<int64_t> dims, std::string bytes);
  Handle integers(const Attribute &attribute);
  Handle dictionary(const Attribute &attribute);
  Handle parameters(const Attribute &attribute);
  Handle scalar(const Type &type);
  Handle quantized(const Quantization &quantization);
  Handle builtinScalar(Element element);
  void dims(Encoding &encoding, llvm::ArrayRef<int64_t> dims);
  void floating(Encoding &encoding, Element element, double value);
  void finish(Table &table);
};

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_BYTECODEENCODER_H
