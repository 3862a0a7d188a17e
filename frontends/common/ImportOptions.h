// What an import of any format is told, and what it tells beside the program.
#ifndef INGOT_FRONTENDS_COMMON_IMPORTOPTIONS_H
#define INGOT_FRONTENDS_COMMON_IMPORTOPTIONS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ingot {

// An input whose size is known before compiling: the tensor that run, bench or diff will feed.
struct InputShape {
  std::string name; // empty: the input at this place
  std::vector<int64_t> dims;
  uint32_t dtype = 0;        // enum ingot_dtype; 0 = not stated
  std::vector<char> bytes;   // the elements, row-major; read only where ImportOptions::specialise lets them decide a shape
  bool sized = true;         // false: it only holds the place of an input whose shape nobody knows yet
  std::vector<int64_t> most; // where calls to come feed other dims: the largest, `dims` being the least; else empty
  // "--like x.npz" of a tensor that a file of many holds: passed over where the model has no input of that name, but one of
  // the file must be an input. Else empty.
  std::string file;
};

struct ImportOptions {
  // --dim NAME=VALUE. VALUE is N, or LO..HI for a size chosen at run time. NAME is a dim_param, or INPUT.AXIS for a dim
  // without one; `batch` also means axis 0 of every input where no dim bears that name.
  std::vector<std::pair<std::string, std::string>> dims;
  // --shape [NAME=]1x3x224x224; NAME is empty for the only input. May replace a static leading dim of the file.
  std::vector<std::pair<std::string, std::string>> shapes;
  // Sizes not given above are taken from these.
  std::vector<InputShape> knownInputs;
  // Lets the bytes of knownInputs decide shapes, axes and counts (the operands an op needs before it runs).
  bool specialise = false;
  // Whether inputs that an initialiser gives a default value stay inputs (from version 4 of the format on; before, every
  // initialiser had to be listed as an input). Else those alone that knownInputs feeds do, and the others are constants.
  bool openDefaults = false;
  // --fix NAME=VALUE[,VALUE...]: the value of an input, which so is none any more. One value fills a known shape; `default`
  // stands for what an initialiser gives.
  std::vector<std::pair<std::string, std::string>> fixed;
  // --entry NAME: the entry points that are wanted; all where there is none. Importers may leave out the others.
  std::vector<std::string> entries;
  // --alias IN=OUT: result OUT becomes input IN of the next call.
  std::vector<std::pair<std::string, std::string>> aliases;
  // --call NAME=SYMBOL: custom calls of this name are calls of a C function (ir/CustomCalls.h).
  std::vector<std::pair<std::string, std::string>> calls;
  std::string numerics = "fast"; // or "strict"
};

// What a caller may want to know about an import beside the program.
struct ImportNotes {
  std::vector<std::string> specialisedInputs; // whose bytes decided a shape
  std::vector<std::string> equalSizes;        // a sentence for each size that must be what others are, and so became it
  struct RefusedNode {
    std::string op, why;
  };
  std::vector<RefusedNode> refusedNodes;  // where nodes are the reason that it failed
  std::vector<std::string> defaultInputs; // that stayed inputs, with a default value
  // Inputs that openDefaults would have kept, but whose values decide shapes, or without which the model cannot be compiled:
  // constants.
  std::vector<std::string> builtInDefaults;
  std::vector<std::string> externalFiles; // paths of the files of external data that were opened
};

// Receives each error as one message that names the file; a message that starts with "internal error:" is our bug.
using DiagnosticSink = llvm::function_ref<void(llvm::StringRef message)>;

} // namespace ingot

#endif // INGOT_FRONTENDS_COMMON_IMPORTOPTIONS_H
