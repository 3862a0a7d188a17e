// If and Loop, and what is written as what it holds.
#include "frontends/onnx/export/Exporter.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

bool isTensor(Value value) { return isa<RankedTensorType>(value.getType()); }

SmallVector<Value> tensorsOf(ValueRange values) {
  SmallVector<Value> tensors;
  for (Value value : values) // a token is an order, which that of a graph's nodes is
    if (isTensor(value))
      tensors.push_back(value);
  return tensors;
}

GraphProto branchOf(Exporter &e, Region &region) {
  GraphProto graph;
  e.within(graph, [&] {
    e.block(region.front());
    for (Value result : tensorsOf(region.front().getTerminator()->getOperands()))
      e.graphOutput(graph, e.term(result));
  });
  return graph;
}

SmallVector<int32_t> typesOf(Exporter &e, ValueRange values) {
  SmallVector<int32_t> types;
  for (Value value : tensorsOf(values))
    types.push_back(e.typeNumber(typeOf(value).getElementType()));
  return types;
}

void bindAll(Exporter &e, ValueRange values, ArrayRef<Term> terms) {
  for (auto [value, term] : llvm::zip(tensorsOf(values), terms))
    e.bind(value, term);
}

void ifOp(Exporter &e, Operation *op) {
  auto source = cast<IfOp>(op);
  GraphProto yes = branchOf(e, source.getTrueBranch()), no = branchOf(e, source.getFalseBranch());
  if (yes.output_size() == 0)
    return;
  bindAll(e, op->getResults(),
          e.nodes("If", {e.term(source.getPred())}, typesOf(e, op->getResults()),
                  {{"then_branch", std::move(yes)}, {"else_branch", std::move(no)}}));
}

// One branch or the others, of which the last one takes every other index.
Terms caseFrom(Exporter &e, CaseOp op, Term index, unsigned first) {
  GraphProto here = branchOf(e, op.getBranches()[first]), others;
  if (first + 2 >= op.getBranches().size())
    others = branchOf(e, op.getBranches().back());
  else
    e.within(others, [&] {
      for (const Term &term : caseFrom(e, op, index, first + 1))
        e.graphOutput(others, term);
    });
  Term isHere = e.test("Equal", index, e.integer(index.type, first));
  return e.nodes("If", {isHere}, typesOf(e, op->getResults()),
                 {{"then_branch", std::move(here)}, {"else_branch", std::move(others)}});
}

void caseOp(Exporter &e, Operation *op) {
  if (!tensorsOf(op->getResults()).empty())
    bindAll(e, op->getResults(), caseFrom(e, cast<CaseOp>(op), e.term(op->getOperand(0)), 0));
}

void whileOp(Exporter &e, Operation *op) {
  auto source = cast<WhileOp>(op);
  auto isTrue = [&](ArrayRef<Term> carried) {
    Block &block = source.getCond().front();
    bindAll(e, block.getArguments(), carried);
    e.block(block);
    return e.term(block.getTerminator()->getOperand(0));
  };
  Terms carried;
  for (Value input : tensorsOf(source.getInputs()))
    carried.push_back(e.term(input));
  Terms given = {Term(), isTrue(carried)};
  given.append(carried);
  GraphProto body;
  e.within(body, [&] {
    e.loopInputs(body);
    Block &block = source.getBody().front();
    for (Value argument : tensorsOf(block.getArguments()))
      e.bind(argument, e.graphInput(body, e.typeNumber(typeOf(argument).getElementType())));
    e.block(block);
    Terms next;
    for (Value result : tensorsOf(block.getTerminator()->getOperands()))
      next.push_back(e.term(result));
    e.graphOutput(body, isTrue(next));
    for (const Term &term : next)
      e.graphOutput(body, term);
  });
  if (!carried.empty())
    bindAll(e, op->getResults(), e.nodes("Loop", given, typesOf(e, op->getResults()), {{"body", std::move(body)}}));
}

void inlineInto(Exporter &e, Operation *op, llvm::StringRef callee) {
  auto function = e.module.lookupSymbol<func::FuncOp>(callee);
  if (function.isExternal())
    return e.refuse(op, "calls '" + callee + "', which has no body");
  e.inlined(function, op->getOperands(), op->getResults());
}

void call(Exporter &e, Operation *op) { inlineInto(e, op, cast<func::CallOp>(op).getCallee()); }

void composite(Exporter &e, Operation *op) {
  if (!exportComposite(e, cast<CompositeOp>(op)))
    inlineInto(e, op, cast<CompositeOp>(op).getDecomposition());
}

void barrier(Exporter &e, Operation *op) {
  for (auto [result, operand] : llvm::zip(op->getResults(), op->getOperands()))
    e.bindAs(result, operand);
}

// Tokens are an order, which that of a graph's nodes is.
void order(Exporter &, Operation *) {}

constexpr Row rows[] = {
    {"after_all", order, nullptr, 0, nullptr}, {"call", call, nullptr, 0, nullptr},
    {"case", caseOp, nullptr, 0, nullptr},     {"composite", composite, nullptr, 0, nullptr},
    {"if", ifOp, nullptr, 0, nullptr},         {"optimization_barrier", barrier, nullptr, 0, nullptr},
    {"while", whileOp, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> controlFlowRows() { return rows; }

} // namespace ingot::onnx
