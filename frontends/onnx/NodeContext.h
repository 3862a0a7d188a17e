// What an op's import function sees: one node with its operands, attributes and opset, and the builder for its ops.
#ifndef INGOT_FRONTENDS_ONNX_NODECONTEXT_H
#define INGOT_FRONTENDS_ONNX_NODECONTEXT_H

#include "frontends/common/ProgramBuilder.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/TensorData.h"

#include <functional>
#include <memory>
#include <optional>

namespace ingot::onnx {

class GraphImporter;
struct Surroundings;

// One value of the graph. Sequences, and optionals that hold nothing, exist while importing only.
struct Entry : ProgramTensor {
  Entry() = default;
  explicit Entry(ProgramTensor tensor) : ProgramTensor(std::move(tensor)) {}
  bool failed = false; // its node had an error, which is reported already

  std::optional<std::vector<std::shared_ptr<Entry>>> elements; // of a sequence
  bool isNothing = false;                                      // an optional without a value
  bool isTensor() const { return !elements && !isNothing; }
};
using EntryRef = std::shared_ptr<Entry>;

class NodeContext {
public:
  NodeContext(GraphImporter &importer, const NodeProto &node, int64_t opset, llvm::ArrayRef<EntryRef> inputs,
              ProgramBuilder &program)
      : p(program), b(program.b), node(node), opset(opset), importer(importer), inputs(inputs), outputs(node.output_size()) {
  }

  ProgramBuilder &p;
  ValueBuilder &b;
  const NodeProto &node;
  const int64_t opset;

  // Operands. An optional one may be absent.
  size_t numInputs() const { return inputs.size(); }
  bool has(size_t index) const { return index < inputs.size() && inputs[index]; }
  mlir::RankedTensorType type(size_t index) const { return inputs[index]->type; }
  mlir::Type element(size_t index) const { return type(index).getElementType(); }
  int64_t rank(size_t index) const { return type(index).getRank(); }
  Dims dims(size_t index) const { return dimExprs(type(index)); }
  // As the result of an op: what is known of it before the program runs in its place, where that is all and small.
  mlir::Value value(size_t index) { return valueOf(inputs[index]); }
  mlir::Value valueOf(const EntryRef &entry);
  EntryRef entry(size_t index) const { return inputs[index]; }
  llvm::SmallVector<mlir::Value> values();
  // The elements, where they are known before any input is.
  const SymbolicTensor *host(size_t index) { return has(index) ? host(inputs[index]) : nullptr; }
  const SymbolicTensor *host(const EntryRef &entry);
  const SymbolicTensor *host(mlir::Value value);
  // As above, those of a known input's bytes too, without using them for good.
  const SymbolicTensor *known(size_t index);
  // The elements of an operand that decides a shape, an axis or a count; known input bytes are used for good.
  const SymbolicTensor *deciding(size_t index);
  // As above, as integers; an error names what the operand would decide if they are not known.
  std::optional<llvm::SmallVector<int64_t>> decidingInts(size_t index, llvm::StringRef what);
  std::optional<Dims> decidingDims(size_t index, llvm::StringRef what);
  // As ProgramBuilder::decidedBy.
  std::string decidedBy(size_t index);
  std::string decidedBy(mlir::Value value, StandsFor standsFor = nullptr) { return p.decidedBy(value, standsFor); }
  // All elements of a constant as floats, however large (up to 2^20); none if the operand is no constant.
  std::optional<std::vector<double>> constantData(size_t index);

  // Attributes, with a default where absent.
  const AttributeProto *attribute(llvm::StringRef name) const;
  bool hasAttribute(llvm::StringRef name) const { return attribute(name) != nullptr; }
  int64_t intAttr(llvm::StringRef name, int64_t otherwise);
  double floatAttr(llvm::StringRef name, double otherwise);
  std::string stringAttr(llvm::StringRef name, llvm::StringRef otherwise);
  std::optional<llvm::SmallVector<int64_t>> intsAttr(llvm::StringRef name);
  std::optional<llvm::SmallVector<double>> floatsAttr(llvm::StringRef name);
  std::optional<llvm::SmallVector<std::string>> stringsAttr(llvm::StringRef name);

  // An axis in [-rank, rank) as one in [0, rank); an error otherwise.
  std::optional<int64_t> axis(int64_t axis, int64_t rank);
  // An error where a known element of operand `index` names a place that a tensor with `dims` lacks at every size; `axisOf`
  // says along which axis an element names one. `fromEnd`: negative ones count from the end.
  mlir::LogicalResult checkPlaces(size_t index, llvm::ArrayRef<mlir::AffineExpr> dims,
                                  llvm::function_ref<int64_t(int64_t element)> axisOf, bool fromEnd = true);
  // The same where all of them name places along one axis.
  mlir::LogicalResult checkPlaces(size_t index, llvm::ArrayRef<mlir::AffineExpr> dims, int64_t axis, bool fromEnd = true) {
    return checkPlaces(index, dims, [axis](int64_t) { return axis; }, fromEnd);
  }
  // Unique axes, ascending.
  std::optional<llvm::SmallVector<int64_t>> axes(llvm::ArrayRef<int64_t> axes, int64_t rank);

  // Sets output `index`.
  void result(size_t index, mlir::Value value);
  void result(size_t index, SymbolicTensor value);
  void result(size_t index, EntryRef entry);
  bool wants(size_t index) const { return index < static_cast<size_t>(node.output_size()) && !node.output(index).empty(); }

  // Records an error of this node.
  mlir::LogicalResult error(const llvm::Twine &message);
  // Errors of operands: a wrong element type, and a run-time operand where a constant is needed.
  mlir::LogicalResult needInputs(size_t atLeast, size_t atMost);

  // What a constant of this node is called.
  std::string hintOf(const llvm::Twine &hint) const;
  // Constant data made by the importer: an ingot.constant where small or a splat, else a weight with owned bytes.
  mlir::Value constant(const llvm::Twine &hint, mlir::RankedTensorType type, llvm::ArrayRef<double> elements);
  mlir::Value constant(mlir::DenseElementsAttr attribute);
  // 64-bit integers. `dims` are numbers.
  mlir::Value constant(const llvm::Twine &hint, llvm::ArrayRef<mlir::AffineExpr> dims, llvm::ArrayRef<int64_t> elements);

  // As ProgramBuilder::composite.
  llvm::SmallVector<mlir::Value> composite(llvm::StringRef name, llvm::ArrayRef<mlir::NamedAttribute> attributes,
                                           llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<bool> wanted,
                                           ProgramBuilder::Build build) {
    return p.composite(name, attributes, operands, wanted, build);
  }
  mlir::NamedAttribute named(llvm::StringRef name, double value) const {
    return b.getNamedAttr(name, b.getF64FloatAttr(value));
  }

  // Output 0 as the tensor of an attribute: its elements where small, else a weight.
  mlir::LogicalResult constantTensor(const TensorProto &tensor);
  // The elements of an attribute's tensor; an error where they are too many.
  std::optional<SymbolicTensor> hostTensor(const TensorProto &tensor);
  // As constantData, of an attribute's tensor.
  std::optional<std::vector<double>> tensorData(const TensorProto &tensor);

  // Entries of their own.
  static EntryRef tensor(mlir::Value value, llvm::StringRef name);
  static EntryRef sequence(std::vector<EntryRef> elements);
  static EntryRef nothing();
  // Imports the graph that an attribute holds in place, where the builder stands; its outputs, or none after an error.
  std::optional<std::vector<EntryRef>> inlineGraph(llvm::StringRef name, llvm::ArrayRef<EntryRef> graphInputs);

  // Runs `body`; where it fails, takes back what it reported and returns that. What it emitted is the caller's to remove.
  std::optional<std::vector<std::string>> attempt(llvm::function_ref<mlir::LogicalResult()> body);
  // Reports once more what an attempt took back.
  mlir::LogicalResult report(std::vector<std::string> problems, const llvm::Twine &advice);

  // As those of ProgramBuilder, for this node.
  bool equalDims(mlir::AffineExpr lhs, mlir::AffineExpr rhs) { return p.equalDims(lhs, rhs, where()); }
  std::optional<Dims> broadcastShapes(llvm::ArrayRef<mlir::AffineExpr> lhs, llvm::ArrayRef<mlir::AffineExpr> rhs) {
    return p.broadcastShapes(lhs, rhs, where());
  }
  bool require(mlir::AffineExpr expr) { return p.require(expr); }
  // The dims all operands broadcast to; an error where they do not.
  std::optional<Dims> broadcastAll(llvm::ArrayRef<mlir::Value> values);
  llvm::ArrayRef<SizeAttr> sizes() const { return p.sizes(); }
  std::string show(mlir::RankedTensorType type) const;
  std::string show(llvm::ArrayRef<mlir::AffineExpr> dims) const;

private:
  friend class GraphImporter;
  std::optional<std::vector<double>> dataOf(Entry &entry);
  std::string where() const;
  bool wrongAttribute(const AttributeProto &attribute, AttributeProto::AttributeType type);

  GraphImporter &importer;
  llvm::ArrayRef<EntryRef> inputs;
  struct Output {
    mlir::Value value;
    std::optional<SymbolicTensor> known;
    EntryRef entry; // an output that is another entry's value
  };
  std::vector<Output> outputs;
  const Surroundings *around = nullptr; // what graphs inside this node see
  bool errorsReported = false;          // of a graph inside this node
  llvm::SmallVector<std::string, 1> errors;
};

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_NODECONTEXT_H
