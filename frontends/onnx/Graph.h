// Walks a model's graph in execution order and calls each op's import function. Scopes hold the tensors that names stand
// for.
#ifndef INGOT_FRONTENDS_ONNX_GRAPH_H
#define INGOT_FRONTENDS_ONNX_GRAPH_H

#include "frontends/common/ImportTrials.h"
#include "frontends/onnx/NodeContext.h"
#include "frontends/onnx/NodeOrder.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

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

// Where a node stands.
struct Surroundings {
  Scope &scope;
  const Opsets &opsets;
  unsigned depth;
};

class GraphImporter {
public:
  GraphImporter(mlir::MLIRContext &context, ModelFile &file, ImportAttempt &attempt);

  // Fills the attempt's program and notes. Fails with one message that lists all problems of the first kind that has any.
  llvm::Error run();

  // For NodeContext.
  ProgramBuilder &program() { return p; }
  // A tensor of the file as an entry: its elements where small, else a source.
  llvm::Expected<Entry> loadEntry(const TensorProto &tensor, llvm::StringRef name);
  // Imports the nodes of a graph inside the graph where the builder stands. Returns its outputs; none after an error, which
  // `problem` holds if no node has reported it.
  std::optional<std::vector<EntryRef>> importSubgraph(const GraphProto &body, const Surroundings &around,
                                                      llvm::ArrayRef<EntryRef> inputs, std::string &problem);
  // What nodes have reported so far, and what takes back all that came later.
  struct Reported {
    size_t errors, mismatches;
  };
  Reported reported() const { return {errors.size(), p.dimMismatches().size()}; }
  std::vector<std::string> takeBackAfter(Reported reported) {
    p.forgetElements(); // ops may be gone
    std::vector<std::string> taken;
    for (const NodeError &error : llvm::ArrayRef(errors).drop_front(reported.errors))
      taken.push_back("node '" + error.name + "' (" + error.op + "): " + error.message);
    errors.resize(reported.errors);
    p.keepMismatches(reported.mismatches);
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

  mlir::MLIRContext &context;
  ModelFile &file;
  const GraphProto &graph;
  const ImportOptions &options;
  ImportAttempt &attempt;
  ProgramBuilder p;

  llvm::StringSet<> fixedInputs;
  Opsets modelOpsets;
  llvm::StringMap<const FunctionProto *> functions; // domain + '\0' + name + '\0' + overload
  size_t nodesImported = 0;
  std::vector<NodeError> errors;
};

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_GRAPH_H
