// The frame of MLIR's bytecode: sections, strings, dialects, names of ops, and where attributes, types and properties lie. What
// these mean is BytecodeAttributes' and BytecodeReader's to say.
#ifndef INGOT_FRONTENDS_STABLEHLO_BYTECODEFILE_H
#define INGOT_FRONTENDS_STABLEHLO_BYTECODEFILE_H

#include "frontends/stablehlo/BytecodeCodes.h"
#include "frontends/stablehlo/Cursor.h"
#include "frontends/stablehlo/Schema.h"

#include <optional>
#include <vector>

namespace ingot::stablehlo {

struct BytecodeFile {
  // A range of the file.
  struct Range {
    llvm::StringRef bytes;
    uint64_t offset = 0;
  };
  // An attribute or type: what its dialect has written, or (not `encoded`) text.
  struct Entry {
    Range range;
    llvm::StringRef dialect;
    bool encoded = false;
  };
  struct OpName {
    llvm::StringRef dialect, name;
    bool registered = true;
  };

  unsigned frame = 0;             // bytecode::FrameVersion
  uint64_t size = 0;              // in bytes
  std::string producer;           // "StableHLO_v1.17.0"
  std::optional<Version> version; // of VHLO, as the producer says
  Range ops;
  std::vector<llvm::StringRef> strings;
  std::vector<OpName> opNames;
  std::vector<Entry> attributes, types;
  std::vector<Range> properties;
};

// `bytes` begin at `offset` of the file they came from, which messages tell. False, and `failure` set, where they are no bytecode.
bool readBytecodeFile(llvm::StringRef bytes, uint64_t offset, BytecodeFile &file, Failure &failure);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_BYTECODEFILE_H
