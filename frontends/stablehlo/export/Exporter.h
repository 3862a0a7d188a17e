// What the exports of single ops share.
#ifndef INGOT_FRONTENDS_STABLEHLO_EXPORT_EXPORTER_H
#define INGOT_FRONTENDS_STABLEHLO_EXPORT_EXPORTER_H

#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Schema.h"
#include "frontends/stablehlo/Tree.h"
#include "ir/Dialect.h"
#include "ir/WeightStore.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include "llvm/ADT/DenseMap.h"

#include <map>

namespace ingot::stablehlo {

// Makes the ops of one function. Values of the program have a value of the module, or several.
class Exporter {
public:
  Exporter(const Program &program, Module &module) : program(program), module(module) {}

  const Program &program;
  Module &module;

  TypeRef typeOf(mlir::Type type);
  TypeRef typeOf(mlir::Value value) { return typeOf(value.getType()); }
  ValueRef value(mlir::Value value) const { return values.lookup(value); }
  void bind(mlir::Value value, ValueRef ref) { values[value] = ref; }
  LocationRef location(mlir::Location location);

  // Starts an op with these operands and one result of each type; attributes that it must have are the caller's to set before
  // it is put into `block`.
  Op start(llvm::StringRef name, mlir::Location location, llvm::ArrayRef<ValueRef> operands,
           llvm::ArrayRef<TypeRef> results);
  // Completes the attributes by the schema and appends the op. Returns its first result.
  ValueRef put(Block &block, Op op);
  ValueRef put(Block &block, llvm::StringRef name, mlir::Location location, llvm::ArrayRef<ValueRef> operands,
               TypeRef result) {
    return put(block, start(name, location, operands, {result}));
  }
  // Operands' values, and results bound to an op's.
  llvm::SmallVector<ValueRef> operandsOf(mlir::Operation *op) const;
  Op like(llvm::StringRef name, mlir::Operation *op);
  void putAs(Block &block, mlir::Operation *op, Op made);
  // An attribute that the dialect calls otherwise.
  struct Renamed {
    const char *theirs, *ours;
  };
  // Gives `made`, beside the attributes that it has, those of the op that the schema lists, and the op's regions, and appends it. The
  // op's attribute `taken` stands in those that it has. Refuses the op where another of its attributes would be lost.
  void complete(mlir::Operation *op, Block &block, Op made, llvm::ArrayRef<Renamed> renamed = {},
                llvm::StringRef taken = "");

  void set(Op &op, llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
    setAttribute(op.attributes, name, makeIntegers(module, values.vec()));
  }
  void set(Op &op, llvm::StringRef name, int64_t value) { setAttribute(op.attributes, name, makeInteger(module, value)); }
  void setFlag(Op &op, llvm::StringRef name, bool value) { setAttribute(op.attributes, name, makeBool(value)); }
  void setEnum(Op &op, const char *enumeration, llvm::StringRef attribute, llvm::StringRef keyword);

  // A constant of the type whose every element is that one.
  ValueRef splat(Block &block, mlir::Location location, TypeRef type, llvm::StringRef element);

  // The region of one block; its terminator becomes stablehlo.return.
  Region region(mlir::Region &region);
  void body(mlir::Block &from, Block &to, llvm::StringRef terminator);
  void op(mlir::Operation *op, Block &block);

  // The name of the private function of this signature that stands for an op of CHLO; `fill` makes it where there is none yet.
  std::string decomposition(llvm::StringRef name, TypeRef signature, llvm::function_ref<void(Function &)> fill);
  // Those functions; to be added to the module's.
  std::vector<Function> decompositions;

  // Notes an op that has no counterpart, and binds its results to nothing.
  void refuse(mlir::Operation *op, const llvm::Twine &why);
  // Ops that were refused, by name and reason, with their places.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> refused;

private:
  llvm::DenseMap<mlir::Value, ValueRef> values;
};

using ExportOp = void (*)(Exporter &, mlir::Operation *, Block &);
struct ExportRow {
  const char *name;
  ExportOp function;
};
llvm::ArrayRef<ExportRow> composedExports(); // ComposedOps.cpp
// How an op is exported that is not just the op of its name with the attributes of its name; null where it is.
ExportOp findExport(llvm::StringRef name);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_EXPORT_EXPORTER_H
