// The ops of StableHLO and CHLO as portable artifacts hold them: a row for each version of each op in VHLO, with the attributes
// that its properties list. It is all that readers, writers and the text parser know of an op's form; what an op means is the
// dialect's. Names and numbers are the standard's (VHLO, bytecode encoding).
#ifndef INGOT_FRONTENDS_STABLEHLO_SCHEMA_H
#define INGOT_FRONTENDS_STABLEHLO_SCHEMA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace ingot::stablehlo {

// A version of VHLO: 1.17.0 and the like; patches do not change forms.
struct Version {
  uint16_t major = 0, minor = 0;
  auto operator<=>(const Version &) const = default;
};
inline constexpr Version kOldestVersion{0, 9}, kNewestVersion{1, 21};

// The kinds of attribute that the text forms and the checks of readers tell apart.
enum class AttributeKind : uint8_t { Any, Bool, Integer, Float, String, Symbol, Integers, Integers2d, Bools, Enum, Enums, Type, Tensor, Dictionary, Array };

struct AttributeRow {
  const char *name;
  AttributeKind kind;
  // The value in StableHLO's text where an op does not give the attribute ("[]", "0", "DEFAULT", "false"); null: it must be given.
  // An empty list of "Integers" whose length is that of the rank ("ones", "zeros") is filled in by the reader.
  const char *byDefault;
};

struct OpRow {
  const char *name;     // in VHLO, with its version: "add_v1"
  const char *dialect;  // "stablehlo", "chlo", "func", "check" ...
  const char *current;  // what it is called there: "add"
  Version since, until; // the versions of VHLO that have this row
  llvm::ArrayRef<AttributeRow> attributes; // by name: the order of the properties
};

llvm::ArrayRef<OpRow> allOps();
// By VHLO's name with version; null where there is none.
const OpRow *findVhloOp(llvm::StringRef name);
// The newest row of an op by its name in today's StableHLO or CHLO ("stablehlo.add"); null where there is none.
const OpRow *findOp(llvm::StringRef name);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_SCHEMA_H
