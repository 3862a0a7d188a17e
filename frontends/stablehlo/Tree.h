// A StableHLO module as its readers give it: a plain tree, whichever form the file has (portable artifact, text). Ops, their
// versions and attributes are normal: names of today's StableHLO and CHLO with the attributes that the schema (Schema.h) lists
// for each, all present, defaults filled in; ops and versions that only older files hold are rewritten by the readers'
// upgrades. Nothing here is checked beyond that: the importer says what is wrong with an op.
//
// A tree belongs to no MLIR context. It refers to the bytes of the file it was read from, which `Module::file` keeps alive.
#ifndef INGOT_FRONTENDS_STABLEHLO_TREE_H
#define INGOT_FRONTENDS_STABLEHLO_TREE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ingot::stablehlo {

// Element types of tensors. Complex64 and Complex128 have parts of f32 and f64.
enum class Element : uint8_t {
  Bool,
  SI2,
  SI4,
  SI8,
  SI16,
  SI32,
  SI64,
  UI2,
  UI4,
  UI8,
  UI16,
  UI32,
  UI64,
  F4E2M1FN,
  F6E2M3FN,
  F6E3M2FN,
  F8E3M4,
  F8E4M3,
  F8E4M3FN,
  F8E4M3FNUZ,
  F8E4M3B11FNUZ,
  F8E5M2,
  F8E5M2FNUZ,
  F8E8M0FNU,
  BF16,
  F16,
  TF32,
  F32,
  F64,
  Complex64,
  Complex128,
  Index,
};

// "i32", "ui8", "f8E4M3FN", "complex<f32>": as StableHLO's text has them.
llvm::StringRef spellElement(Element element);
// Bytes of one value in Elements::bytes: sub-byte types and Bool take one each.
unsigned elementBytes(Element element);
// Bits of one value where sub-byte types are packed.
unsigned packedBits(Element element);
// The element of that spelling.
std::optional<Element> findElement(llvm::StringRef name);
// The least and the greatest value of an integer type, as quantised types have them where they say nothing else.
std::pair<int64_t, int64_t> storageRange(Element storage);

// !quant.uniform: real = (stored - zero point) * scale, per tensor (one scale) or along an axis (one for each place on it).
struct Quantization {
  Element storage = Element::SI8, expressed = Element::F32;
  int64_t storageMin = 0, storageMax = 0;
  std::optional<int64_t> axis;
  std::vector<double> scales;
  std::vector<int64_t> zeroPoints;
  bool operator==(const Quantization &) const = default;
  auto operator<=>(const Quantization &) const = default;
};

// The product of dims; none where one is open or it exceeds 64 bits.
std::optional<uint64_t> countElements(llvm::ArrayRef<int64_t> dims);

inline constexpr int64_t kDynamic = -1; // a dim that the type leaves open, and a bound that it does not give

struct Type;
using TypeRef = const Type *; // interned: equal types of a module, and of those inside it, are one

struct Type {
  enum Kind : uint8_t { Tensor, UnrankedTensor, Scalar, Token, Tuple, Function, Buffer, Future, None };
  Kind kind = None;
  Element element = Element::F32;           // of tensors, buffers, scalars (attributes alone have these)
  std::optional<Quantization> quantization; // of tensors; `element` is its storage
  std::vector<int64_t> dims, bounds;        // of tensors; bounds are empty where the type gives none
  std::vector<TypeRef> members, results;    // of tuples and futures; inputs and results of functions
  bool operator==(const Type &) const = default;
  auto operator<=>(const Type &) const = default;
};

// As StableHLO's text has it: "tensor<2x?xf32, #stablehlo.bounds<?, 4>>". Types are as large as their file says, and share parts: one
// that is longer than about `most` characters is cut off.
std::string spellType(TypeRef type, size_t most = 1 << 14);

// The elements of a constant: little-endian, row-major, one value or (sub-byte types, Bool) one byte each.
struct Elements {
  TypeRef type = nullptr;
  llvm::StringRef bytes; // of one element where `splat`, else of all
  bool splat = false;
  // Where `bytes` lie in the file the module came from; else they are the module's own.
  std::optional<uint64_t> offset;
};

struct EnumRow; // Schema.h
struct NamedAttribute;

struct Attribute {
  enum Kind : uint8_t {
    Unit, // none is given, and that means something of its own (the algorithm of dot_general); UnitAttr of text where no schema says Bool
    Bool,
    Integer,
    Float,
    String,
    Enum,   // a keyword of StableHLO's ("EQ", "TOTALORDER")
    Symbol, // the name of a function, without its sign
    Type,
    Array,
    Dictionary,
    Integers, // of the attributes for which the schema says so, whichever form the file has
    Tensor,   // elements
    Foreign,  // of a dialect that is none of ours (sharding annotations); what it says is not kept
  };
  Kind kind = Unit;
  int64_t integer = 0;    // Bool, Integer; unsigned ones as their bits
  double number = 0;      // Float
  TypeRef type = nullptr; // Type; of Integer and Float a scalar's; of Integers the tensor's (of i64, i1 or index)
  // String, Enum, Symbol. Of a dictionary the StableHLO attribute that it stands for, with the names of its parameters as keys:
  // "result_accuracy", "output_operand_alias", "replica_group_mesh_axes", "axis_ref", "sub_axis_info", "mesh", "mesh_axis"; empty
  // for a plain one. Of Foreign the dialect.
  std::string text;
  const EnumRow *enumeration = nullptr; // Enum
  Elements elements;                    // Tensor
  std::vector<int64_t> integers;        // Integers, row-major
  std::vector<Attribute> items;         // Array
  std::vector<NamedAttribute> entries;  // Dictionary, by name
};

struct NamedAttribute {
  std::string name;
  Attribute value;
};

struct Location {
  std::string file; // as the file says; of text that says nothing, the text's own
  unsigned line = 0, column = 0;
  std::string name; // of the op as its framework calls it ("jit(f)/add"), else empty
  bool operator==(const Location &) const = default;
  auto operator<=>(const Location &) const = default;
};
using LocationRef = const Location *; // interned; never null

using ValueRef = uint32_t; // a place in Module::valueTypes; each has one op or block that gives it

struct Op;

struct Block {
  llvm::SmallVector<ValueRef, 2> arguments;
  std::vector<Op> ops; // the last one ends it
};

struct Region {
  std::vector<Block> blocks;
};

struct Op {
  std::string name; // "stablehlo.add", "chlo.erf", "func.call", "func.return", "check.expect_eq", "interpreter.probe"
  LocationRef location = nullptr;
  llvm::SmallVector<ValueRef, 4> operands;
  llvm::SmallVector<ValueRef, 1> results;
  std::vector<NamedAttribute> attributes; // by name: those of the schema, and others ("mhlo.frontend_attributes")
  std::vector<Region> regions;

  const Attribute *find(llvm::StringRef attribute) const;
};

struct Function {
  std::string name;
  bool isPublic = true;
  TypeRef type = nullptr; // Function
  LocationRef location = nullptr;
  std::vector<std::vector<NamedAttribute>> argumentAttributes, resultAttributes; // one each; both may be empty
  std::vector<LocationRef> argumentLocations; // one each, or none: their names are what the source calls the arguments
  std::vector<NamedAttribute> attributes;
  Region body; // no blocks: declared alone
};

class Module {
public:
  Module() = default;
  Module(const Module &) = delete;
  Module &operator=(const Module &) = delete;

  std::string name;
  std::vector<NamedAttribute> attributes;
  std::vector<Function> functions;
  std::vector<Op> ops;                            // others beside the functions: of foreign dialects ("sdy.mesh")
  std::vector<Module *> nested;                   // named modules inside (mpmd, interpreter programs); owned by `storage`
  std::vector<TypeRef> valueTypes;                // by ValueRef
  std::shared_ptr<const llvm::MemoryBuffer> file; // what `Elements::bytes` may point into
  std::string version;                            // of a portable artifact: "1.17.0"; else empty

  TypeRef intern(Type type) { return &*outermost->types.insert(std::move(type)).first; }
  LocationRef intern(Location location) { return &*outermost->locations.insert(std::move(location)).first; }
  // Bytes that the module is to own.
  llvm::StringRef own(std::string bytes) { return owned.emplace_back(std::move(bytes)); }
  Module &addNested() {
    storage.push_back(std::make_unique<Module>());
    storage.back()->outermost = outermost;
    return *nested.emplace_back(storage.back().get());
  }
  ValueRef addValue(TypeRef type) {
    valueTypes.push_back(type);
    return ValueRef(valueTypes.size() - 1);
  }
  TypeRef typeOf(ValueRef value) const { return valueTypes[value]; }

private:
  Module *outermost = this; // whose types these are
  std::set<Type> types;
  std::set<Location> locations;
  std::deque<std::string> owned;
  std::vector<std::unique_ptr<Module>> storage;
};

// The attribute of that name in a list that is ordered by name; null where there is none.
const Attribute *findAttribute(llvm::ArrayRef<NamedAttribute> attributes, llvm::StringRef name);
// Puts an attribute into its place there, over one of the same name.
void setAttribute(std::vector<NamedAttribute> &attributes, llvm::StringRef name, Attribute value);

// True if both mean the same: equal names, types, attributes, structure; constants by their elements; locations and what
// foreign dialects say aside. Where not, *why names the first place that differs.
bool equalModules(const Module &lhs, const Module &rhs, std::string *why);

// The module as generic text of our own, for messages, tests and debugging; attributes by name, constants of more than
// `maxElements` elements elided.
std::string printModule(const Module &module, size_t maxElements = 16);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_TREE_H
