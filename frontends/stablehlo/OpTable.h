// The ops the importer knows, as data: name, form and the function that makes ops of the dialect of it.
#ifndef INGOT_FRONTENDS_STABLEHLO_OPTABLE_H
#define INGOT_FRONTENDS_STABLEHLO_OPTABLE_H

#include "frontends/stablehlo/OpContext.h"

namespace ingot::stablehlo {

using ImportFunction = mlir::LogicalResult (*)(OpContext &);

inline constexpr int kAny = -1; // a number of operands, results or regions that is the function's to check

// What operands and results may be beside tensors of numbers and those quantised as a whole, and how quantised ones are given to
// the function.
enum OpFlags : unsigned {
  kTakesAny = 1,  // tokens, tuples, and what is quantised along an axis
  kStored = 2,    // quantised tensors as they are stored: the op moves elements, whatever they mean
  kAlongAxis = 4, // tensors quantised along an axis
  kWhole = 8,     // of what kTakesAny says, nothing that is quantised along an axis
};

struct ImportRow {
  const char *name; // "stablehlo.add"
  int operands, results, regions;
  ImportFunction import;
  unsigned flags = 0; // OpFlags
};

// One table a family, each in its file under ops/.
llvm::ArrayRef<ImportRow> callOps();
llvm::ArrayRef<ImportRow> contractionOps();
llvm::ArrayRef<ImportRow> controlFlowOps();
llvm::ArrayRef<ImportRow> distributionOps();
llvm::ArrayRef<ImportRow> dynamicOps();
llvm::ArrayRef<ImportRow> elementwiseOps();
llvm::ArrayRef<ImportRow> indexingOps();
llvm::ArrayRef<ImportRow> linearAlgebraOps();
llvm::ArrayRef<ImportRow> movementOps();
llvm::ArrayRef<ImportRow> normalizationOps();
llvm::ArrayRef<ImportRow> orderingOps();
llvm::ArrayRef<ImportRow> randomOps();
llvm::ArrayRef<ImportRow> reductionOps();
llvm::ArrayRef<ImportRow> specialOps();

// Custom calls by target: annotations and what needs the importer (ops/CustomCalls.cpp), and those that importers share.
struct CustomCallRow {
  const char *target;
  ImportFunction import;
};
mlir::LogicalResult importDynamicReduceWindow(OpContext &c); // ops/Reduction.cpp
llvm::ArrayRef<CustomCallRow> customCalls();                 // without those that importers share

// All rows, by name.
std::vector<const ImportRow *> allRows();
// Null where there is none.
const ImportRow *findRow(llvm::StringRef name);
const CustomCallRow *findCustomCall(llvm::StringRef target);
// A custom call whose target ImportOptions::calls binds, whatever the table says of it.
mlir::LogicalResult importBoundCall(OpContext &c);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_OPTABLE_H
