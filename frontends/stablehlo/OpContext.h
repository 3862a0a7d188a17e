// What an op's import function sees: one op of the tree with its operands as values, its attributes, and the builder for what
// it becomes.
#ifndef INGOT_FRONTENDS_STABLEHLO_OPCONTEXT_H
#define INGOT_FRONTENDS_STABLEHLO_OPCONTEXT_H

#include "frontends/common/ProgramBuilder.h"
#include "frontends/stablehlo/Types.h"
#include "ir/ShapeInference.h"

#include <optional>

namespace ingot::stablehlo {

using frontend::Dims;
using frontend::ProgramBuilder;
using frontend::ValueBuilder;

class ModuleImporter;

// A value of the tree as the program has it.
struct Entry {
  TypeRef type = nullptr;     // as the tree declares it, open dims and quantisation included
  mlir::Value value;          // of a tensor: its elements, of a quantised one the stored ones; of a token; of a future
  std::vector<Entry> members; // of a tuple; of a future that the program was given, what it waited for
  bool failed = false;        // its op had an error, which is reported already
};

// The integers that an attribute holds, of lists of lists row after row; false where it holds something else.
bool addIntegers(const Attribute &attribute, llvm::SmallVectorImpl<int64_t> &values);

// The tensors and tokens that entries hold, in order.
llvm::SmallVector<mlir::Value> flatten(llvm::ArrayRef<Entry> entries);

class OpContext {
public:
  OpContext(ModuleImporter &importer, ProgramBuilder &p, const Op &op, llvm::ArrayRef<Entry> operands);

  ProgramBuilder &p;
  ValueBuilder &b;
  const Op &op;

  //===--- operands ----------------------------------------------------------------------------------------------------===//

  size_t numOperands() const { return operands.size(); }
  const Entry &entry(size_t index) const { return operands[index]; }
  llvm::ArrayRef<Entry> entries() const { return operands; }
  // Precondition: the operand is a tensor, as it is for all ops but those whose row takes any.
  mlir::Value value(size_t index) const { return operands[index].value; }
  llvm::SmallVector<mlir::Value> values(size_t first = 0, size_t count = ~size_t(0)) const;
  mlir::RankedTensorType type(size_t index) const { return ValueBuilder::typeOf(value(index)); }
  mlir::Type element(size_t index) const { return type(index).getElementType(); }
  int64_t rank(size_t index) const { return type(index).getRank(); }
  Dims dims(size_t index) const { return dimExprs(type(index)); }
  // As StableHLO promotes what a body combines: converted to the element type of the result where that is wider, of one kind and
  // of the same quantisation.
  mlir::Value promoted(size_t index, size_t result);
  // The integers of an operand that decides a shape; an error names `what` it decides where they are not known.
  std::optional<Dims> deciding(size_t index, llvm::StringRef what);
  // As above, where none depends on a size.
  std::optional<llvm::SmallVector<int64_t>> decidingNumbers(size_t index, llvm::StringRef what);

  //===--- attributes --------------------------------------------------------------------------------------------------===//
  // Each is an error where the attribute is absent or of another kind.

  const Attribute *attribute(llvm::StringRef name) const { return op.find(name); }
  std::optional<int64_t> integer(llvm::StringRef name);
  std::optional<bool> flag(llvm::StringRef name);
  // Of lists of lists, row after row.
  std::optional<llvm::SmallVector<int64_t>> integers(llvm::StringRef name);
  // As above; where the list is empty or absent, `count` times `byDefault`. An error, with the label, where it has another
  // length.
  std::optional<llvm::SmallVector<int64_t>> integers(llvm::StringRef name, size_t count, int64_t byDefault,
                                                     llvm::StringRef label = "");
  // As above, of rows of two: `count` of them; zeros by default.
  std::optional<llvm::SmallVector<int64_t>> pairs(llvm::StringRef name, size_t count, llvm::StringRef label);
  // A keyword, text or the name of a function.
  std::optional<llvm::StringRef> text(llvm::StringRef name);

  //===--- results -----------------------------------------------------------------------------------------------------===//

  size_t numResults() const { return op.results.size(); }
  // As the tree declares it.
  TypeRef declared(size_t index) const;
  // The element type that the tree declares; of a quantised result what the row's function is to give.
  mlir::Type resultElement(size_t index) const;
  // The declared type; where it leaves dims open, with those that `infer` gives in their places. Null after an error.
  mlir::RankedTensorType resultType(size_t index, llvm::function_ref<std::optional<Dims>()> infer);
  // As above, where open dims are those of operand `like`.
  mlir::RankedTensorType resultLike(size_t index, size_t like);
  // What an inference of ir/ShapeInference.h gives; what it reports is an error of this op.
  std::optional<Dims> infer(llvm::function_ref<InferredType(EmitError)> run);
  void result(mlir::Value value) { result(0, value); }
  void result(size_t index, mlir::Value value);
  void results(mlir::ValueRange values);
  void result(size_t index, Entry entry);

  //===--- the rest ----------------------------------------------------------------------------------------------------===//

  // Records an error of this op.
  mlir::LogicalResult error(const llvm::Twine &message);
  mlir::MLIRContext *context() const { return b.getContext(); }
  std::string show(mlir::Type type) const;
  // The dims of both are equal, or must be; an error where they cannot be.
  bool needEqual(mlir::AffineExpr lhs, mlir::AffineExpr rhs, const llvm::Twine &what);

  // Imports region `index` into `target`, an empty region: one block whose arguments, tensors alone, have these types. What
  // it may use of the values outside: all; or, where it is to be isolated from above, constants. `returned` (may be null): what
  // its last op gives. False after an error.
  bool importRegion(size_t index, mlir::Region &target, mlir::TypeRange types, bool isIsolated,
                    std::vector<Entry> *returned = nullptr);
  // Imports the body of an op on elements so that it may use all values outside, until resultsOfBodies() isolates it. It gives
  // tensors alone.
  bool importBody(size_t index, mlir::Region &target, mlir::TypeRange types);
  // Results are those of an op on elements, whose bodies were imported with all they use of the values outside (ir/Captures.h).
  mlir::LogicalResult resultsOfBodies(mlir::Operation *op);
  // Imports a function's body likewise, for an op that is isolated from above.
  bool importFunction(const Function &function, mlir::Region &target, mlir::TypeRange types);
  // Of an op inside was reported what is wrong.
  mlir::LogicalResult failedInside() {
    errorsReported = true;
    return mlir::failure();
  }
  // Types of scalars, one for each value: those that a body takes of them.
  llvm::SmallVector<mlir::Type> scalarsOf(mlir::ValueRange values) const;

  ModuleImporter &importer;

private:
  friend class ModuleImporter;
  bool importRegion(const Region &region, const std::string &what, mlir::Region &target, mlir::TypeRange types,
                    bool isIsolated, std::vector<Entry> *returned);

  llvm::ArrayRef<Entry> operands;
  std::vector<Entry> made;  // the results
  bool isExpressed = false; // quantised operands and results are handled as what they express
  llvm::SmallVector<std::string, 1> errors;
  bool errorsReported = false; // of an op in a region of this one
};

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_OPCONTEXT_H
