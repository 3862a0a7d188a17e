// If: the branch that runs where the condition is known, else ingot.if with both.
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// The branch in a block of its own, which ends in its outputs' values.
LogicalResult emitBranch(NodeContext &n, StringRef name, Region &region) {
  ValueBuilder &b = n.b;
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&region);
  std::optional<std::vector<EntryRef>> outputs = n.inlineGraph(name, {});
  if (!outputs)
    return failure();
  if (outputs->size() < static_cast<size_t>(n.node.output_size()))
    return n.error("the graph " + name + " has " + llvm::Twine(outputs->size()) + " outputs");
  SmallVector<Value> values;
  for (const EntryRef &entry : ArrayRef(*outputs).take_front(n.node.output_size())) {
    if (!entry->isTensor())
      return n.error("a branch chosen at run time gives a sequence or an optional");
    values.push_back(n.valueOf(entry));
  }
  ReturnOp::create(b, values);
  return success();
}

// In place of the node, the graph that runs.
LogicalResult takeBranch(NodeContext &n, bool condition) {
  std::optional<std::vector<EntryRef>> outputs = n.inlineGraph(condition ? "then_branch" : "else_branch", {});
  if (!outputs)
    return failure();
  if (outputs->size() < static_cast<size_t>(n.node.output_size()))
    return n.error("its branch has " + llvm::Twine(outputs->size()) + " outputs");
  for (int i = 0; i != n.node.output_size(); ++i)
    n.result(i, (*outputs)[i]);
  return success();
}

// An ingot.if on the condition's value.
LogicalResult bothBranches(NodeContext &n) {
  ValueBuilder &b = n.b;
  Value condition = b.reshape(n.value(0), {});
  Region branches[2];
  if (failed(emitBranch(n, "then_branch", branches[0])) || failed(emitBranch(n, "else_branch", branches[1])))
    return failure();
  SmallVector<Type> types = llvm::to_vector(branches[0].front().getTerminator()->getOperandTypes());
  SmallVector<Type> others = llvm::to_vector(branches[1].front().getTerminator()->getOperandTypes());
  for (auto [index, type, other] : llvm::enumerate(types, others))
    if (type != other)
      return n.error("output " + llvm::Twine(index) + " is " + n.show(cast<RankedTensorType>(type)) + " in one branch, " +
                     n.show(cast<RankedTensorType>(other)) + " in the other; a condition of run time needs one type");
  auto op = IfOp::create(b, types, condition);
  op.getTrueBranch().takeBody(branches[0]);
  op.getFalseBranch().takeBody(branches[1]);
  for (auto [index, value] : llvm::enumerate(op.getResults()))
    n.result(index, value);
  return success();
}

LogicalResult branch(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (!n.element(0).isInteger(1) || !n.type(0).hasStaticShape() || n.type(0).getNumElements() != 1)
    return n.error("the condition is " + n.show(n.type(0)) + ", not one BOOL");
  if (const SymbolicTensor *known = n.host(0); known && known->constants())
    return takeBranch(n, known->constants()->front() != 0);

  // A branch may fit other shapes or modes than these. Where a fed input tells which one runs, that one alone is imported.
  std::optional<std::vector<std::string>> problems = n.attempt([&] { return bothBranches(n); });
  if (!problems)
    return success();
  if (const SymbolicTensor *fed = n.deciding(0); fed && fed->constants())
    return takeBranch(n, fed->constants()->front() != 0);
  return n.report(std::move(*problems), "; one branch alone is taken where its condition is known" + n.decidedBy(0));
}

constexpr OpRow rows[] = {
    {"If", 1, kNewestOpset, branch, kComplex},
};

} // namespace

llvm::ArrayRef<OpRow> branchOps() { return rows; }

} // namespace ingot::onnx
