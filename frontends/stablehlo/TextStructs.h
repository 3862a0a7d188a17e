// Attributes of StableHLO and CHLO with fields, as text writes them: #stablehlo.gather<offset_dims = [0], index_vector_dim = 1>.
#ifndef INGOT_FRONTENDS_STABLEHLO_TEXTSTRUCTS_H
#define INGOT_FRONTENDS_STABLEHLO_TEXTSTRUCTS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace ingot::stablehlo {

enum class FieldKind : uint8_t { Integer, Dims, Float, Bool, Type, String, Any, SubAxis, Structs };

struct FieldRow {
  const char *name;
  FieldKind kind;
  bool isOptional = false;   // 0, or no element, or none where it is not given
  const char *mnemonic = ""; // of Structs: theirs, where they are written without
  const char *as = nullptr;  // its name in the tree, where that is another
  const char *key() const { return as ? as : name; }
};

struct StructRow {
  const char *mnemonic; // "gather"; also what the tree calls it (Attribute::text)
  llvm::ArrayRef<FieldRow> fields;
  // Where the tree has the fields as attributes of an op: what text calls the attribute that holds them; null where the tree has it whole.
  const char *attribute = nullptr;
};

llvm::ArrayRef<StructRow> allStructs();

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_TEXTSTRUCTS_H
