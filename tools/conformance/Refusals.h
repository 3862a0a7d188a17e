// What a valid model may be refused for: the committed lists tools/conformance/refusals.txt, of ONNX's suites, and
// stablehlo-refusals.txt.
#ifndef INGOT_TOOLS_CONFORMANCE_REFUSALS_H
#define INGOT_TOOLS_CONFORMANCE_REFUSALS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace ingot::conformance {

// Lines `KIND | WHAT | REASON`; empty ones and those that start with # say nothing.
//   operator | NAME          nodes of the operator, as reports name it: DOMAIN.NAME, without the domain for ONNX's own
//   type | NAME              inputs and outputs of an element type (STRING) or kind (sequence, optional, map)
//   node | NAME: TEXT        nodes of the operator that the importer refuses with a message that has TEXT in it
//   text | TEXT              files that the reader, or who compiles, refuses with a message that has TEXT in it: these cannot be compared
//   case | NAME              a case that, where it fails, cannot be compared; NAME*: all with that in their names
class Refusals {
public:
  // The list of this tree.
  static const Refusals &committed();
  static const Refusals &ofStablehlo();
  // Fails naming the first line that is none.
  static llvm::Expected<Refusals> parse(llvm::StringRef text);

  bool hasOperator(llvm::StringRef name) const { return has("operator", name); }
  bool hasType(llvm::StringRef name) const { return has("type", name); }
  // Why a case cannot be compared; empty where the list does not say so.
  std::string reasonOfCase(llvm::StringRef name) const;
  // Why a file cannot be compared of which the reader says this; empty where the list does not say so.
  std::string reasonOfText(llvm::StringRef message) const;
  // `why`: what the importer says of a node of the operator `op`.
  bool hasNode(llvm::StringRef op, llvm::StringRef why) const;

private:
  struct Line {
    std::string kind, what, reason;
  };
  bool has(llvm::StringRef kind, llvm::StringRef what) const;

  std::vector<Line> lines;
};

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_REFUSALS_H
