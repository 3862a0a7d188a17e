// The ops of StableHLO and CHLO as portable artifacts hold them: a row for each version of each op in VHLO, with the attributes
// that its properties list. It is all that readers, writers and the text parser know of an op's form; what an op means is the
// dialect's. Names and numbers are the standard's (VHLO, bytecode encoding).
//
// Attributes that text writes as one and VHLO as several (dimension_numbers, dot_dimension_numbers, algorithm, channel_handle)
// are several here and in the tree.
#ifndef INGOT_FRONTENDS_STABLEHLO_SCHEMA_H
#define INGOT_FRONTENDS_STABLEHLO_SCHEMA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <compare>
#include <cstdint>

namespace ingot::stablehlo {

// A version of VHLO: 1.17.0 and the like; patches do not change forms.
struct Version {
  uint16_t major = 0, minor = 0;
  auto operator<=>(const Version &) const = default;
};
inline constexpr Version kOldestVersion{0, 9}, kNewestVersion{1, 21};

// What form an attribute has, in the tree (Attribute, Tree.h) and in files.
enum class AttributeKind : uint8_t {
  Any, // of any kind
  Bool,
  Integer,   // i64 in StableHLO
  Integer32, // i32 there; Attribute::Integer
  Float,
  String,
  Symbol,   // the name of a function; a string in VHLO
  Symbols,  // an array of these
  Integers, // Attribute::Integers of rank 1; array<i64: ...> or dense<...> in text, a tensor of i64 in VHLO
  Integers2d, // Attribute::Integers of rank 2 (1 where there are none); replica groups may be a Dictionary "replica_group_mesh_axes"
  Bools,   // Attribute::Integers of i1
  Layouts, // an array of Integers of type index
  Tilings, // an array of Layouts
  Enum,
  Enums,    // an array of these
  Accuracy, // a Dictionary "result_accuracy"
  Type,
  Tensor,
  Dictionary,
  Array,
};

struct EnumValue {
  const char *keyword;
  unsigned number; // in VHLO
};

// An enumeration of StableHLO; CHLO's of the same name are taken for it.
struct EnumRow {
  const char *name; // "comparison_direction", as in #stablehlo<comparison_direction EQ>
  unsigned code;    // of the attribute, in VHLO's bytecode
  llvm::ArrayRef<EnumValue> values;
  Version since;
  const EnumValue *find(uint64_t number) const;
  const EnumValue *find(llvm::StringRef keyword) const;
};

struct AttributeRow {
  const char *name;
  AttributeKind kind;
  // The value in StableHLO's text where an op does not give the attribute; null: it must be given. "none": Attribute::Unit;
  // "[]", "{}": without elements; else a number, a keyword or a quoted string, for lists that of each element. Precisions are two.
  const char *byDefault = nullptr;
  // Lists by default have as many elements (2d: rows of two) as the attribute of this name.
  const char *asManyAs = nullptr;
  const EnumRow *enumeration = nullptr; // of Enum and Enums
};

// What a version of an op cannot have that newer ones can.
enum class Restriction : uint8_t { None, OneOperand, NoRegions };

struct OpRow {
  const char *name;                        // in VHLO, with its version: "add_v1"; empty where VHLO has no such op
  const char *dialect;                     // "stablehlo", "chlo", "func", "check", "interpreter"
  const char *current;                     // what it is called there: "add"
  Version since, until;                    // the versions of VHLO that have this row
  llvm::ArrayRef<AttributeRow> attributes; // by name: the order of the properties
  Restriction restriction = Restriction::None;
};

llvm::ArrayRef<OpRow> allOps();
llvm::ArrayRef<EnumRow> allEnums();
// By VHLO's name with version; null where there is none.
const OpRow *findVhloOp(llvm::StringRef name);
// The newest row of an op by its name in today's StableHLO or CHLO ("stablehlo.add"); null where there is none.
const OpRow *findOp(llvm::StringRef name);
// The row that a version of VHLO has of it; null where that has none.
const OpRow *findOp(llvm::StringRef name, Version at);
const EnumRow *findEnum(unsigned code);
const EnumRow *findEnum(llvm::StringRef name);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_SCHEMA_H
