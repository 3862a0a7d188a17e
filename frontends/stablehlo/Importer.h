// Imports the functions of a module that its entry reaches. Calls are inlined: a function is imported for each call, with the
// types and known values that its operands have there, so that shapes computed by a caller decide those of a callee.
#ifndef INGOT_FRONTENDS_STABLEHLO_IMPORTER_H
#define INGOT_FRONTENDS_STABLEHLO_IMPORTER_H

#include "frontends/common/ImportTrials.h"
#include "frontends/stablehlo/OpContext.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

#include <deque>

namespace ingot::stablehlo {

struct ImportRow; // OpTable.h

class ModuleImporter {
public:
  // `path` is the file that locations of its own text name. `file` may be null: constants are copied. All must outlive the
  // importer.
  ModuleImporter(mlir::MLIRContext &context, const Module &module, llvm::StringRef path, std::shared_ptr<WeightFile> file,
                 frontend::ImportAttempt &attempt);
  ModuleImporter(const ModuleImporter &) = delete;

  llvm::Error run();

  ProgramBuilder p;

  //===--- for import functions ----------------------------------------------------------------------------------------===//

  const Function *findFunction(llvm::StringRef name) const { return functions.lookup(name); }
  // What the function gives for these arguments; false after an error of an op in it, or with *why. `composite`: the name its
  // ops go by, or empty.
  bool inlineFunction(const Function &function, llvm::ArrayRef<Entry> arguments, llvm::StringRef composite,
                      std::vector<Entry> &results, std::string *why);
  // Imports a block's ops but for the last, whose operands are `returned`. False after an error.
  bool importBlock(const Block &block, std::vector<Entry> &returned);
  Entry &at(ValueRef value) { return values[value]; }
  TypeRef typeOf(ValueRef value) const { return module.typeOf(value); }
  const Module &source() const { return module; }
  // The entry of a declared type whose tensors are the first of `left`, which it takes off; *why where they do not fit.
  Entry takeTensors(TypeRef type, llvm::ArrayRef<mlir::Value> &left, std::string *why);
  // Imports an op that stands for another; false after an error.
  bool importAs(const Op &op);
  // The value where an op of the innermost region may use it; null where it may not.
  mlir::Value reachable(mlir::Value value);
  size_t depth() const { return openRegions.size() + calls.size(); }
  const std::shared_ptr<WeightFile> &weightFile() const { return file; }
  // A number for each that asks, for what a program draws at random.
  int64_t nextSeed() { return ++seeds; }

  // Regions being imported, the innermost last, with the depth that calls and they have.
  struct OpenRegion {
    mlir::Region *region;
    bool isIsolated;
  };
  llvm::SmallVector<OpenRegion> openRegions;

private:
  friend class OpContext;
  struct OpError {
    const Op *op;
    std::string message;
  };

  // A function that callers may name.
  struct EntryPoint {
    const Function *function = nullptr;
    std::string name;
    std::vector<frontend::ProgramInput> inputs;              // its tensors, those of tuples one by one
    std::vector<std::pair<std::string, WeightSource>> fixed; // those whose value is stated, by name
  };
  llvm::Error findEntries();
  llvm::Error checkOps();
  llvm::Error import();
  llvm::Error declareInputs();
  llvm::Error importEntry(size_t index);
  llvm::Error bindArguments(const EntryPoint &entry);
  llvm::Error finish(const Function &function, llvm::ArrayRef<Entry> returned);
  llvm::Error opErrors() const;
  void importOp(const Op &op);
  std::string problemOf(const Op &op, const ImportRow &row) const;
  void define(OpContext &c);
  void fail(const Op &op, const llvm::Twine &message);
  mlir::Location locationOf(const Op &op);
  // "3:5: " of the module's own text; "at model.py:7:1: " else; empty where nothing is known.
  std::string placeOf(LocationRef location) const;
  std::string placeOf(const Op &op) const { return placeOf(op.location); }
  std::string placesOfUses(const Region &region, ValueRef value) const;

  mlir::MLIRContext &context;
  const Module &module;
  std::string path;
  std::shared_ptr<WeightFile> file;
  frontend::ImportAttempt &attempt;

  std::vector<EntryPoint> entries;
  llvm::StringMap<const Function *> functions;
  std::vector<Entry> values;           // by ValueRef
  std::vector<const Function *> calls; // being inlined
  std::vector<std::string> composites; // being inlined, the innermost last
  std::deque<Op> standIns;             // that errors may refer to
  std::vector<OpError> errors;
  size_t opsImported = 0;
  int64_t seeds = 0;
};

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_IMPORTER_H
