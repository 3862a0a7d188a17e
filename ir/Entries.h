// Entry points: the functions marked `ingot.entry`, which callers know by name. Those of one module share its weights and, by
// name, its states: an argument with `ingot.state`, known by its `ingot.name`, and a result with `ingot.state` = "NAME", which a
// state becomes that the function does not take (the first value of a loop, say).
//
// Nouns
//   sizes of an entry   those of the module that its arguments and results mention.
//   sizes of data       those of the module that an ingot.bind_size binds; no argument mentions them.
//   specialisation      a function with `ingot.specialises` = "NAME": one of several of the entry point NAME that follow each other
//                       in the module, take and give the same types, and mean the same. `ingot.sizes` on it narrows the
//                       module's sizes to those it is for.
#ifndef INGOT_IR_ENTRIES_H
#define INGOT_IR_ENTRIES_H

#include "ir/Dialect.h"

#include "llvm/ADT/BitVector.h"

#include <string>
#include <utility>
#include <vector>

namespace ingot {

inline constexpr llvm::StringLiteral kSpecialisesAttr = "ingot.specialises"; // func: string

// The functions callers name, specialisations among them, in order.
llvm::SmallVector<mlir::func::FuncOp> entryFunctions(mlir::ModuleOp module);
// The name by which a function of these is called.
llvm::StringRef entryName(mlir::func::FuncOp function);
// All names, each once.
std::vector<std::string> entryNames(mlir::ModuleOp module);
// The first function of an entry point, of that name or, where it is empty, of the first one; null with *why where there is none.
mlir::func::FuncOp findEntry(mlir::ModuleOp module, llvm::StringRef name, std::string *why);

// Leaves the entry points of these names, in the order of the module; all where there is no name. False with *why for a name that
// no entry point has or that is given twice.
bool keepEntries(mlir::ModuleOp module, llvm::ArrayRef<std::string> names, std::string *why);

// Makes states of pairs of an input's and a result's name: in every entry point that has both, the result becomes the input of
// the next call; one that has the input alone reads the state, one that has the result alone sets it. False with *why for a
// name that no entry point has, or where types do not fit.
bool aliasStates(mlir::ModuleOp module, llvm::ArrayRef<std::pair<std::string, std::string>> pairs, std::string *why);

// The name of the state that an argument is or a result becomes; empty if it is none.
llvm::StringRef stateOfArgument(mlir::func::FuncOp function, unsigned argument);
llvm::StringRef stateOfResult(mlir::func::FuncOp function, unsigned result);

// Whether a state means the same in all entry points: one type, and where it grows every one that names it takes and gives it.
// Reports what differs at the functions.
mlir::LogicalResult verifyStates(mlir::ModuleOp module);

// Sizes of an entry, by index.
llvm::BitVector entrySizes(mlir::func::FuncOp function);
// Whether an expression mentions sizes of the entry alone.
bool concernsEntry(mlir::AffineExpr expr, const llvm::BitVector &sizes);

} // namespace ingot

#endif // INGOT_IR_ENTRIES_H
