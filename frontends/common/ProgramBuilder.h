// Makes the program that an import gives: a module with its entry function, inputs whose sizes are resolved, constants and
// weights, composites with their decompositions, what sizes must satisfy, results and states. It knows no format; an importer
// reads its own and tells what is wrong with it.
//
// The way of an importer
//   ProgramBuilder p(context, options, program, notes);
//   p.beginEntry("main", inputs, suggest)     the inputs become arguments; ops go to p.b from here on
//   ... p.b.add(x, y), p.constant(...), p.weight(...), p.composite(...)
//   p.finishEntry(results, names)             results, states, requirements; ops that nothing reads are gone
// Of several entry points, which share sizes, weights and states by their names: beginEntries declares all, and for each
// chooseEntry, its ops, finishEntry.
// frontends/common/ImportTrials.h runs it with the sizes that an import asks for.
#ifndef INGOT_FRONTENDS_COMMON_PROGRAMBUILDER_H
#define INGOT_FRONTENDS_COMMON_PROGRAMBUILDER_H

#include "frontends/common/ProgramInput.h"
#include "frontends/common/SizeAdvice.h"
#include "frontends/common/ValueBuilder.h"
#include "ir/SymbolicEvaluator.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/SetVector.h"

#include <map>
#include <tuple>

namespace ingot::frontend {

// The most elements of a tensor.
inline constexpr int64_t kMaxElements = int64_t(1) << 44;

// What is known at run time only, of which a value is computed.
struct Origin {
  std::vector<std::pair<std::string, bool>> inputs; // by name, and whether a value of theirs can be stated
  std::vector<std::string> sizes;                   // by name
  bool changesByRound = false;                      // the rounds of a loop whose body is being imported
};
// The values that an argument of a region has that no op has yet: those it is carried from. Null: not known.
using StandsFor = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::BlockArgument)>;

class ProgramBuilder {
public:
  // Makes program.module. `notes` may be null. All but the module must outlive the builder.
  ProgramBuilder(mlir::MLIRContext &context, const ImportOptions &options, Program &program, ImportNotes *notes);
  ProgramBuilder(const ProgramBuilder &) = delete;

  // Where ops go.
  ValueBuilder b;

  //===--- an entry's inputs and results -------------------------------------------------------------------------------===//

  // Binds the options to the inputs, resolves their sizes and makes the function, with an argument for each input: those that
  // have a fallback and are not fed are none unless options.openDefaults. What stands in the way is one error.
  llvm::Error beginEntry(llvm::StringRef name, std::vector<ProgramInput> inputs, SizeSuggestion suggest);
  struct EntryInputs {
    std::string name;
    std::vector<ProgramInput> inputs;
  };
  // As above, of all entry points together: an option is for every input of the name it gives, one without a name for the first entry
  // point's. The first is chosen.
  llvm::Error beginEntries(std::vector<EntryInputs> entries, SizeSuggestion suggest);
  // Ops go to the end of this entry point from here on; what is said of arguments is of its own.
  void chooseEntry(size_t index);
  // Those that are arguments, in order.
  llvm::ArrayRef<ProgramInput> inputs() const { return entries[current].arguments; }
  mlir::BlockArgument argument(size_t index) { return function().getArgument(index); }
  // Of the module, once its entry has begun.
  llvm::ArrayRef<SizeAttr> sizes() const { return moduleSizes; }
  // Ends the chosen entry: its results with their names; with the last one's, states (--alias) and requirements.
  llvm::Error finishEntry(llvm::ArrayRef<mlir::Value> results, llvm::ArrayRef<std::string> names);

  //===--- elements that a file holds ----------------------------------------------------------------------------------===//

  // A tensor of these elements, for which materialise makes the op: known where they are few, else a source.
  static llvm::Expected<ProgramTensor> tensorOf(WeightSource source, llvm::StringRef name);
  // The tensor as an op's result: what is known of it in its place, where that is all and small.
  mlir::Value materialise(ProgramTensor &tensor);
  // The attribute as a value where the builder stands: an ingot.constant where small or a splat, else a weight called `hint`.
  mlir::Value constant(mlir::DenseElementsAttr attribute, llvm::StringRef hint);
  // A weight's value where the builder stands.
  mlir::Value weight(WeightSource source, llvm::StringRef hint);

  //===--- what is known of values -------------------------------------------------------------------------------------===//

  // All elements that are known before the program runs, or for the inputs at hand; else null.
  const SymbolicTensor *elementsOf(const ProgramTensor &tensor);
  const SymbolicTensor *elementsOf(mlir::Value value) { return evaluator.elementsOf(value); }
  // To be called where ops were erased.
  void forgetElements() { evaluator.forget(); }
  // These elements, which follow from the inputs at hand, decide a shape: the notes say so.
  void noteSpecialised(const SymbolicTensor &elements);
  Origin originOf(mlir::Value value, StandsFor standsFor) const;
  // For an operand that is known at run time only: " ('x' decides it; --fix x=VALUE states it)", with the inputs and sizes it
  // is computed from. Empty where there are none.
  std::string decidedBy(mlir::Value value, StandsFor standsFor = nullptr) const;

  //===--- composites, symbols -----------------------------------------------------------------------------------------===//

  // An ingot.composite of ir/Composites.h: operands by the roles of its row, null where absent, and so what it returns;
  // `wanted` tells which results are (empty: the first). Those of one name, attributes and operand types share the
  // decomposition, which `build` emits from its arguments alone, in the operands' places: the wanted results in order.
  using Build = llvm::function_ref<llvm::SmallVector<mlir::Value>(llvm::ArrayRef<mlir::Value>)>;
  llvm::SmallVector<mlir::Value> composite(llvm::StringRef name, llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                           llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<bool> wanted, Build build);
  // The private function that a composite of this name, attributes and operand types stands for.
  mlir::func::FuncOp decomposition(llvm::StringRef name, mlir::DictionaryAttr attributes, mlir::TypeRange types,
                                   Build build);
  // Whether ImportOptions::calls binds custom calls of this name: then they are an ingot.custom_call.
  bool isBound(llvm::StringRef name) const;
  // A name no other symbol of the module has, as near to `hint` as symbols may be.
  std::string uniqueSymbol(llvm::StringRef hint);

  //===--- sizes -------------------------------------------------------------------------------------------------------===//

  // Whether two dims are equal for all sizes; where they are not, the import learns that `where` ("node 'x' (Add)") needs them
  // to be. False comes with an error of the caller's.
  bool equalDims(mlir::AffineExpr lhs, mlir::AffineExpr rhs, llvm::StringRef where);
  // As broadcastDims, and as equalDims for the dims that do not fit.
  std::optional<Dims> broadcastShapes(llvm::ArrayRef<mlir::AffineExpr> lhs, llvm::ArrayRef<mlir::AffineExpr> rhs,
                                      llvm::StringRef where);
  // A size of data: `count` (a scalar i64) when the program runs, at most `most`. Binds it where the builder stands, under a name like
  // `hint`. Null with *why in a loop, branch or composite, and where there are too many sizes. One count has one size.
  mlir::AffineExpr dataSize(mlir::Value count, int64_t most, llvm::StringRef hint, std::string *why);
  // Has calls refused where the expression is negative. False where it may be so for one size alone: then that size's range
  // is the user's mistake.
  bool require(mlir::AffineExpr expr);
  // What is wrong with a tensor of this type, and with its elements where known, at any size ("output 'y' has more than 16
  // dims", `what` being its first words); else empty.
  std::string problemOf(const llvm::Twine &what, mlir::RankedTensorType type, const SymbolicTensor *known = nullptr) const;
  // Dims that were found to differ, and what takes back the last ones.
  llvm::ArrayRef<DimMismatch> dimMismatches() const { return mismatches; }
  void keepMismatches(size_t count) { mismatches.resize(count); }

private:
  struct ProgramEntry {
    mlir::func::FuncOp function;
    mlir::Operation *lastOfPrologue = nullptr;
    std::vector<ProgramInput> arguments;
  };
  mlir::func::FuncOp function() const { return entries[current].function; }
  void declareEntry(llvm::StringRef name, std::vector<ProgramInput> inputs,
                    llvm::ArrayRef<llvm::SmallVector<mlir::AffineExpr>> dims);
  void declareArgument(size_t index);
  llvm::Error finish();
  void removeDeadOps();
  mlir::Value materialiseElements(const SymbolicTensor &elements, llvm::StringRef name);
  // Runs `build` with the builder before the function's first op that stands for one of the model.
  mlir::Value inPrologue(llvm::function_ref<mlir::Value()> build);
  // The weight alone; returns its symbol.
  std::string addWeightOp(WeightSource source, llvm::StringRef hint);

  mlir::MLIRContext &context;
  const ImportOptions &options;
  Program &program;
  ImportNotes *notes;

  std::vector<ProgramEntry> entries;
  size_t current = 0, finished = 0; // of the entries
  std::vector<SizeAttr> moduleSizes;
  SymbolicEvaluator evaluator;
  llvm::SetVector<mlir::AffineExpr> requirements;     // not negative in any call
  llvm::StringMap<unsigned> symbols;                  // with the number that was tried last to make one like it
  llvm::StringMap<mlir::func::FuncOp> decompositions; // by name, attributes and types as text
  std::map<std::tuple<const void *, const void *, uint64_t>, std::string>
      weightsByPlace; // of ranges of files: by type, file and offset
  std::vector<DimMismatch> mismatches;
};

// What its verifier says of the first op among [begin, end) that it does not accept; else empty. The ops of its regions were
// asked when they were made; the block may not be part of a program yet.
std::string problemOfOps(mlir::Block::iterator begin, mlir::Block::iterator end);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_PROGRAMBUILDER_H
