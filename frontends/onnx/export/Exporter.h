// What the exports of single ops share.
//
// Nouns
//   term      a value of an ONNX graph: its name and the number of its element type.
//   narrow    of a term that stands for a value: of fewer elements, which broadcast to the value's dims as NumPy has it.
//             Operators on elements take it as it is; for others it is expanded.
//   graph     the main graph, or the body of a Loop, Scan or If, which sees the terms of those around it. Names are unique in
//             all of them.
//   prologue  nodes in front of all others, that make sizes from the shapes of the model's inputs.
#ifndef INGOT_FRONTENDS_ONNX_EXPORT_EXPORTER_H
#define INGOT_FRONTENDS_ONNX_EXPORT_EXPORTER_H

#include "frontends/onnx/Common.h"
#include "frontends/onnx/onnx.pb.h"
#include "ir/Dialect.h"
#include "ir/TensorTypes.h"
#include "ir/WeightStore.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace ingot::onnx {

struct Term {
  std::string name; // empty: an input that is left out
  int32_t type = 0; // TensorProto::DataType
};
using Terms = llvm::SmallVector<Term, 4>;

struct Attr {
  std::string name;
  std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>, GraphProto> value;
};
using Attrs = std::vector<Attr>;

// Element types, as sets: those in which an operator is asked for. A value of another type is computed in one of them that
// holds it, and comes back. Sets name what ONNX defines and runtimes implement.
enum TypeSet : uint32_t {
  F16 = 1 << TensorProto::FLOAT16,
  BF16 = 1 << TensorProto::BFLOAT16,
  F32 = 1 << TensorProto::FLOAT,
  F64 = 1 << TensorProto::DOUBLE,
  I8 = 1 << TensorProto::INT8,
  I16 = 1 << TensorProto::INT16,
  I32 = 1 << TensorProto::INT32,
  I64 = 1 << TensorProto::INT64,
  U8 = 1 << TensorProto::UINT8,
  U16 = 1 << TensorProto::UINT16,
  U32 = 1 << TensorProto::UINT32,
  U64 = 1 << TensorProto::UINT64,
  Bools = 1 << TensorProto::BOOL,
  Modular = 1u << 31, // of u64, i64 will do: the operator's results do not depend on the sign beyond the low bits
  Floats = F16 | F32 | F64,
  WideFloats = F32 | F64,
  Ints = I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64,
  Numbers = Floats | Ints,
  Products = Floats | I32 | I64 | Modular,                 // sums and products along dims
  Ordered = Floats | I8 | U8 | I32 | I64 | U32 | U64,      // Max, Min
  Ranked = Floats | I8 | I32 | I64 | U8,                   // ReduceMax, TopK
  Selected = Floats | I8 | U8 | I32 | I64 | U32 | Modular, // Where
  Moved = Floats | BF16 | Ints | Bools,                    // Gather, Concat ...
  Padded = Floats | I8 | U8 | I32 | I64 | U32 | U64 | Bools,
};

struct Row;

class Exporter {
public:
  Exporter(mlir::ModuleOp module, const WeightStore &weights, int64_t opset, GraphProto &main);

  mlir::ModuleOp module;
  mlir::MLIRContext *const context;
  const WeightStore &weights;
  const int64_t opset;

  //--- Types
  // The number of an element type; 0 where ONNX, at this opset, has none.
  int32_t typeNumber(mlir::Type element) const;
  mlir::Type elementOf(int32_t type) const;
  // The type in which a set's operator computes values of a type.
  int32_t computeType(int32_t type, uint32_t set) const;

  //--- Values of the program
  Term term(mlir::Value value);   // of the value's dims
  Term spread(mlir::Value value); // may be narrow
  bool isNarrow(mlir::Value value) const { return values.lookup(value).narrow; }
  // Whether an op on elements whose operands are as they are gives a narrow term.
  bool givesNarrow(mlir::Operation *op) const;
  void bind(mlir::Value value, Term term, bool narrow = false) { values[value] = {std::move(term), narrow, {}}; }
  // Of a complex number, which no operator takes: two terms.
  struct Parts {
    Term real, imaginary;
    bool narrow;
  };
  const Parts &parts(mlir::Value value) const { return complexes.find(value)->second; }
  void bindParts(mlir::Value value, Parts parts) { complexes[value] = std::move(parts); }
  Term wholePart(mlir::Value value, bool imaginary); // of the value's dims
  // The type of a complex number's parts; another type itself.
  static mlir::Type partOf(mlir::Type element);
  // Elements of a value that is a constant, in order; a splat's one element stands for all.
  std::optional<llvm::SmallVector<int64_t>> knownIntegers(mlir::Value value) const;

  //--- Nodes
  std::string fresh(llvm::StringRef hint);
  Terms nodes(llvm::StringRef op, llvm::ArrayRef<Term> inputs, llvm::ArrayRef<int32_t> types, const Attrs &attrs = {});
  Term node(llvm::StringRef op, llvm::ArrayRef<Term> inputs, int32_t type, const Attrs &attrs = {}) {
    return nodes(op, inputs, {type}, attrs).front();
  }
  // An operator of one type, in its set; `typed` inputs are of that type, those behind them are not.
  Term typed(uint32_t set, llvm::StringRef op, llvm::ArrayRef<Term> inputs, const Attrs &attrs = {}, size_t typed = 1);
  Term cast(Term term, int32_t type);

  Term add(Term a, Term b) { return node("Add", {a, b}, a.type); }
  Term sub(Term a, Term b) { return node("Sub", {a, b}, a.type); }
  Term mul(Term a, Term b) { return node("Mul", {a, b}, a.type); }
  Term div(Term a, Term b) { return node("Div", {a, b}, a.type); }
  Term test(llvm::StringRef op, Term a, Term b) { return node(op, {a, b}, TensorProto::BOOL); } // Less, And ...
  Term negate(Term a) { return node("Neg", {a}, a.type); }
  Term invert(Term a) { return node("Not", {a}, a.type); }
  Term where(Term condition, Term yes, Term no);
  // The operator of a row of two operands on elements.
  Term apply(llvm::StringRef name, Term a, Term b);

  //--- Constants
  Term number(int32_t type, double value);
  Term integer(int32_t type, int64_t value);
  Term integers(llvm::ArrayRef<int64_t> values); // a vector of i64
  // Of elements in the store's layout.
  Term constant(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes);
  Term weight(WeightOp op);
  void initialise(const std::string &name, WeightOp op);

  //--- Shapes
  // As vectors of i64: the value of an expression over the sizes, and dims.
  Term size(mlir::AffineExpr expr);
  Term scalarSize(mlir::AffineExpr expr); // of no dims
  Term dims(llvm::ArrayRef<mlir::AffineExpr> exprs);
  Term dims(mlir::Value value) { return dims(dimExprs(typeOf(value))); }
  Term reshape(Term term, llvm::ArrayRef<mlir::AffineExpr> exprs);
  Term transpose(Term term, llvm::ArrayRef<int64_t> permutation); // none where it is the identity
  Term expand(Term term, Term shape);
  Term unsqueeze(Term term, llvm::ArrayRef<int64_t> axes);
  // Of vectors of i64: one after another.
  Term join(llvm::ArrayRef<Term> vectors);
  Term slice(Term term, Term starts, Term ends, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> steps = {});
  mlir::AffineExpr fixed(int64_t value) const;
  // Finds how sizes are computed from the dims of the inputs.
  void bindSizes(mlir::func::FuncOp function, llvm::ArrayRef<std::string> inputs);
  // Sizes that were asked for and that no input tells.
  std::set<std::string> unknownSizes;

  //--- Graphs
  // What `make` puts between is in that graph.
  void within(GraphProto &graph, llvm::function_ref<void()> make);
  Term graphInput(GraphProto &graph, int32_t type);
  // Of a Loop's body: the number of the round and the condition, scalars.
  std::pair<Term, Term> loopInputs(GraphProto &graph);
  void graphOutput(GraphProto &graph, Term term); // by a name of the graph's own
  // The ops of a block, its arguments being bound.
  void block(mlir::Block &block);
  // The results of a body on elements where whole tensors stand for its scalars; none where it has other ops than on elements.
  // A result that is the same everywhere is expanded to `shape`.
  std::optional<Terms> onElements(mlir::Region &body, llvm::ArrayRef<Term> arguments, const Term &shape) {
    return onElements(body, arguments, shape, body.front().getTerminator()->getOperands());
  }
  // Values of the body other than its results, by the ops that they need.
  std::optional<Terms> onElements(mlir::Region &body, llvm::ArrayRef<Term> arguments, const Term &shape,
                                  mlir::ValueRange wanted);
  void op(mlir::Operation *op);
  // By its row, each operand being bound to a term.
  void write(mlir::Operation *op, const Row &row);
  // A function of the module, in place of what calls it.
  void inlined(mlir::func::FuncOp function, mlir::ValueRange operands, mlir::ValueRange results);
  // One value for another.
  void bindAs(mlir::Value value, mlir::Value other);
  bool isLifted() const { return lifted; }

  // Notes an op that has no counterpart, and binds its results to nothing.
  void refuse(mlir::Operation *op, const llvm::Twine &why);
  void refuseBefore(mlir::Operation *op, int64_t opset) { refuse(op, "needs opset " + llvm::Twine(opset)); }
  // Ops that were refused, by name and reason, with their places.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> refused;

  // Weights among the initialisers, whose data are filled in when all is told.
  std::vector<std::pair<std::string, WeightOp>> weightData;
  std::vector<NodeProto> prologue;

private:
  struct Bound {
    Term term;
    bool narrow = false;
    Term whole; // of a narrow one, once it was expanded
  };
  void addNode(NodeProto made);
  Term fixedTerm(int32_t type, llvm::ArrayRef<int64_t> dims, std::string raw);

  GraphProto &main, *graph;
  bool inPrologue = false, lifted = false;
  mlir::Operation *current = nullptr; // for names
  llvm::DenseMap<mlir::Value, Bound> values;
  llvm::DenseMap<mlir::Value, Parts> complexes;
  std::vector<mlir::Value> expanded; // in the graphs that are open, in order
  llvm::StringSet<> names;
  llvm::StringMap<unsigned> numbers;
  std::map<std::string, std::string> constants; // content -> name
  llvm::DenseMap<mlir::AffineExpr, Term> sizeTerms;
  llvm::DenseMap<unsigned, Term> sizes;
  llvm::DenseMap<mlir::Operation *, Term> weightTerms;
};

// The ops of the block that compute the values.
llvm::SmallPtrSet<mlir::Operation *, 8> opsBehind(mlir::ValueRange values, mlir::Block &block);

using ExportOp = void (*)(Exporter &, mlir::Operation *);
// How an op is written.
struct Row {
  const char *name;   // in its dialect
  ExportOp function;  // null: by the operator
  const char *op;     // on elements, with the op's operands as inputs
  uint32_t set;       // the types of that operator
  const char *boolOp; // of booleans, if another
};
// Null where there is none.
const Row *findRow(llvm::StringRef name);
// How an op that takes or gives complex numbers is written.
ExportOp findComplexRow(llvm::StringRef name);
// Elements of composites that ONNX names; false where it has no such operator at this opset.
bool exportComposite(Exporter &e, CompositeOp op);

llvm::ArrayRef<Row> elementwiseRows();
llvm::ArrayRef<Row> integerRows();
llvm::ArrayRef<Row> shapeRows();
llvm::ArrayRef<Row> contractionRows();
llvm::ArrayRef<Row> reductionRows();
llvm::ArrayRef<Row> windowRows();
llvm::ArrayRef<Row> orderingRows();
llvm::ArrayRef<Row> indexingRows();
llvm::ArrayRef<Row> controlFlowRows();
llvm::ArrayRef<Row> numericRows();

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_EXPORT_EXPORTER_H
