// Walks a model's graph in execution order and calls each op's import function. Scopes hold the tensors that names stand
// for.
#ifndef INGOT_FRONTENDS_ONNX_GRAPH_H
#define INGOT_FRONTENDS_ONNX_GRAPH_H

#include "frontends/onnx/Import.h"
#include "frontends/onnx/NodeContext.h"
#include "frontends/onnx/NodeOrder.h"
#include "frontends/onnx/SizeAdvice.h"
#include "ir/SymbolicEvaluator.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

#include <list>
#include <map>

namespace ingot::onnx {

// The tensors names stand for in one graph, and in those around it.
class Scope {
public:
  explicit Scope(const Scope *outer = nullptr) : outer(outer) {}
  EntryRef lookup(llvm::StringRef name) const {
    auto found = entries.find(name);
    return found != entries.end() ? found->second : outer ? outer->lookup(name) : nullptr;
  }
  // Whether this graph, or one around it too, defines the name.
  bool holds(llvm::StringRef name) const { return entries.count(name) != 0; }
  bool count(llvm::StringRef name) const { return holds(name) || (outer && outer->count(name)); }
  EntryRef &operator[](llvm::StringRef name) { return entries[name]; }

private:
  llvm::StringMap<EntryRef> entries;
  const Scope *outer;
};

using Opsets = llvm::StringMap<int64_t>; // by domain, "" for ai.onnx

// A domain as a key: ai.onnx has two names.
inline std::string domainOf(llvm::StringRef domain) { return domain == "ai.onnx" ? "" : domain.str(); }
// A model-local function as a key.
inline std::string functionKey(llvm::StringRef domain, llvm::StringRef name, llvm::StringRef overload) {
  return domainOf(domain) + '\0' + name.str() + '\0' + overload.str();
}

// The most elements of a tensor.
inline constexpr int64_t kMaxElements = int64_t(1) << 44;

// Where a node stands.
struct Surroundings {
  Scope &scope;
  const Opsets &opsets;
  unsigned depth;
};

class GraphImporter {
public:
  // `builtIn`: inputs with a default value that are constants, whatever the options say.
  GraphImporter(mlir::MLIRContext &context, ModelFile &file, const ImportOptions &options, Program &program,
                ImportNotes *notes, SizeSuggestion suggest, const llvm::StringSet<> &builtIn);

  // Fills the program. Fails with one message that lists all problems of the first kind that has any.
  llvm::Error run();
  // What stood in the way besides: whether anything but open sizes was found when these were, and dims that differ.
  bool hasOtherProblems() const { return otherProblems; }
  llvm::ArrayRef<DimMismatch> dimMismatches() const { return mismatches; }

  // For NodeContext.
  mlir::Value materialise(Entry &entry);
  mlir::Value materialiseAttribute(mlir::DenseElementsAttr attribute, llvm::StringRef hint);
  // A tensor of the file as an entry: its elements where small, else a source.
  llvm::Expected<Entry> loadEntry(const TensorProto &tensor, llvm::StringRef name);
  // All elements of a tensor that are known before the program runs, or for the inputs at hand; else null.
  const SymbolicTensor *elementsOf(const Entry &entry);
  const SymbolicTensor *elementsOf(mlir::Value value) { return evaluator.elementsOf(value); }
  void noteSpecialised(const SymbolicTensor &elements);
  // Imports the nodes of a graph inside the graph where the builder stands. Returns its outputs; none after an error, which
  // `problem` holds if no node has reported it.
  std::optional<std::vector<EntryRef>> importSubgraph(const GraphProto &body, const Surroundings &around,
                                                      llvm::ArrayRef<EntryRef> inputs, std::string &problem);
  // The private function that a composite of this name, attributes and operand types stands for.
  mlir::func::FuncOp decomposition(llvm::StringRef name, mlir::DictionaryAttr attributes, mlir::TypeRange types,
                                   llvm::function_ref<llvm::SmallVector<mlir::Value>(llvm::ArrayRef<mlir::Value>)> build);
  llvm::ArrayRef<SizeAttr> moduleSizes() const { return sizes; }
  void require(mlir::AffineExpr expr) { requirements.insert(expr); }
  void noteMismatch(DimMismatch mismatch) { mismatches.push_back(std::move(mismatch)); }
  Origin originOf(mlir::Value value, StandsFor standsFor) const;
  // What nodes have reported so far, and what takes back all that came later.
  struct Reported {
    size_t errors, mismatches;
  };
  Reported reported() const { return {errors.size(), mismatches.size()}; }
  std::vector<std::string> takeBackAfter(Reported reported) {
    evaluator.forget(); // ops may be gone
    std::vector<std::string> taken;
    for (const NodeError &error : llvm::ArrayRef(errors).drop_front(reported.errors))
      taken.push_back("node '" + error.name + "' (" + error.op + "): " + error.message);
    errors.resize(reported.errors);
    mismatches.resize(reported.mismatches);
    return taken;
  }

private:
  struct NodeError {
    std::string name, op, message;
  };

  llvm::Error checkElementTypes();
  llvm::Error checkOps(llvm::ArrayRef<const NodeProto *> nodes);
  // Nodes by an operator and what is told of it, in order.
  using OperatorText = std::pair<std::string, std::string>;
  using NodesByText = llvm::MapVector<OperatorText, std::vector<std::string>, std::map<OperatorText, unsigned>>;

  void collectUnsupported(llvm::ArrayRef<const NodeProto *> nodes, const Opsets &opsets, NodesByText &unsupported,
                          llvm::StringSet<> &functionsSeen);
  llvm::Error declareInputs(Scope &scope);
  llvm::Error declareFixedInputs(Scope &scope);
  llvm::Error declareInitializers(Scope &scope);
  llvm::Error bindKnownInputs(std::vector<GraphInput> &inputs);
  // Inputs that are arguments, in the graph's order, bound to what is known of them.
  llvm::Error listArguments(Scope &scope);
  llvm::Error applyAliases();
  llvm::Error finish(Scope &scope);
  llvm::Error nodeErrors() const;

  void importNodes(llvm::ArrayRef<const NodeProto *> nodes, Scope &scope, const Opsets &opsets, unsigned depth);
  void importNode(const NodeProto &node, Scope &scope, const Opsets &opsets, unsigned depth);
  void inlineFunction(const NodeProto &node, const FunctionProto &function, Scope &scope, unsigned depth);
  // Turns a context's outputs into entries.
  void define(NodeContext &node, Scope &scope);
  void fail(const NodeProto &node, Scope &scope, const llvm::Twine &message);
  const FunctionProto *findFunction(const NodeProto &node) const;
  // The versions that hold inside a function.
  Opsets opsetsOf(const FunctionProto &callee) const;
  mlir::Value materialiseElements(const SymbolicTensor &elements, llvm::StringRef name);
  void removeDeadOps();
  // Runs `build` with the builder before the function's first op that came from a node.
  mlir::Value inPrologue(llvm::function_ref<mlir::Value()> build);
  mlir::Value addWeight(WeightSource source, llvm::StringRef hint);
  // The weight alone; returns its symbol.
  std::string addWeightOp(WeightSource source, llvm::StringRef hint);
  // A name no other symbol of the module has, as near to `hint` as symbols may be.
  std::string uniqueSymbol(llvm::StringRef hint);

  mlir::MLIRContext &context;
  ModelFile &file;
  const GraphProto &graph;
  const ImportOptions &options;
  Program &program;
  ImportNotes *notes;
  SizeSuggestion suggest;

  ValueBuilder builder;
  mlir::func::FuncOp function;
  mlir::Operation *lastOfPrologue = nullptr;
  std::vector<SizeAttr> sizes;
  SymbolicEvaluator evaluator;
  llvm::SetVector<mlir::AffineExpr> requirements; // not negative in any call
  std::vector<GraphInput> arguments;
  const llvm::StringSet<> &builtIn;
  llvm::StringSet<> fixedInputs;
  std::list<ValueInfoProto> defaultInfos;             // of arguments with a default: with its shape
  llvm::StringMap<unsigned> symbols;                  // with the number that was tried last to make one like it
  llvm::StringMap<mlir::func::FuncOp> decompositions; // by name, attributes and types as text
  Opsets modelOpsets;
  llvm::StringMap<const FunctionProto *> functions; // domain + '\0' + name + '\0' + overload
  size_t nodesImported = 0;
  std::vector<NodeError> errors;
  std::vector<DimMismatch> mismatches;
  bool otherProblems = false;
};

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_GRAPH_H
