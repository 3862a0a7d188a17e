// What an importer tells of an input before its size is known, and how callers' options are matched to inputs.
#ifndef INGOT_FRONTENDS_COMMON_PROGRAMINPUT_H
#define INGOT_FRONTENDS_COMMON_PROGRAMINPUT_H

#include "frontends/common/ImportOptions.h"
#include "ir/SymbolicTensor.h"
#include "ir/WeightStore.h"

#include <memory>
#include <optional>

namespace ingot::frontend {

inline constexpr unsigned kMaxRank = 16; // of a tensor

// A tensor of the program: an op's result, or elements that a file holds or that are known, which become an op when first used.
struct ProgramTensor {
  mlir::RankedTensorType type;
  mlir::Value value;
  std::optional<SymbolicTensor> known; // of a tensor that no op has made
  std::optional<WeightSource> source;  // of one in a file that is too large for that
  std::string name;
  bool isMaterialised = false; // `value` is what ops are to use
};

// A dim as a file states it: a number, or (value < 0) a name. Names may be expressions ("past + seq"); dims of one name are
// equal, but none of those that exporters give to any dim ("?", "none", "") is that of another.
struct InputDim {
  int64_t value = -1;
  std::string name;
  std::optional<int64_t> most =
      std::nullopt; // of a name: what the file bounds it by; where nothing else is said it is 0 to that
  bool isNumber() const { return value >= 0; }
};

struct ProgramInput {
  std::string name;
  mlir::Type elementType;
  std::optional<llvm::SmallVector<InputDim>> dims; // none: the file states no rank
  // What the file gives it where the caller feeds nothing; its dims are then those.
  std::shared_ptr<ProgramTensor> fallback;

  // Of the options, by bindKnownInputs.
  const InputShape *known = nullptr; // the one that belongs to it
  bool fed = false;                  // among them, perhaps without a shape
};

// Finds the input that each of options.knownInputs belongs to. Fails where one belongs to none, with the wrong element type
// or twice. Of the inputs of several entry points the first `places` are those that one without a name may be for; of one name all have it
// whose type it fits.
llvm::Error bindKnownInputs(llvm::MutableArrayRef<ProgramInput> inputs, const ImportOptions &options, size_t places);

// The names, for "did you mean".
llvm::SmallVector<std::string> namesOf(llvm::ArrayRef<ProgramInput> inputs);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_PROGRAMINPUT_H
