// Ops that combine elements by a body.
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "ir/Monoid.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

struct Accumulation {
  SmallVector<Value> inputs, initial;
  SmallVector<mlir::Type> types; // of the body's arguments
};

// Inputs, then as many initial values, then `others`. The body's arguments may be wider than the inputs, which then are widened.
std::optional<Accumulation> accumulationOf(OpContext &c, size_t others = 0) {
  const size_t count = c.numResults();
  if (count == 0 || c.numOperands() != 2 * count + others) {
    (void)c.error("has " + Twine(c.numOperands()) + " operands and " + Twine(count) +
                  " results: inputs and as many initial values and results are needed");
    return std::nullopt;
  }
  Accumulation a;
  for (size_t i = 0; i != count; ++i) {
    if (failed(needPromotable(c, i, i)) || failed(needPromotable(c, count + i, i)))
      return std::nullopt;
    a.inputs.push_back(c.promoted(i, i));
    a.initial.push_back(c.promoted(count + i, i));
  }
  a.types = c.scalarsOf(a.initial);
  a.types.append(c.scalarsOf(a.initial));
  return a;
}

LogicalResult importReduce(OpContext &c) {
  auto dimensions = c.integers("dimensions");
  std::optional<Accumulation> a = accumulationOf(c);
  if (!dimensions || !a)
    return failure();
  llvm::sort(*dimensions);
  SmallVector<mlir::Type> types;
  for (auto [index, input] : llvm::enumerate(a->inputs)) {
    RankedTensorType type = c.resultType(index, [&] {
      return c.infer([&, input = input](EmitError emitError) {
        return inferReduce(ValueBuilder::typeOf(input), *dimensions, emitError);
      });
    });
    if (!type)
      return failure();
    types.push_back(type);
  }
  auto reduce = ReduceOp::create(c.b, types, a->inputs, a->initial, *dimensions);
  if (!c.importBody(0, reduce.getBody(), a->types))
    return failure();
  return c.resultsOfBodies(reduce);
}

LogicalResult importReduceWindow(OpContext &c) {
  auto window = c.integers("window_dimensions");
  std::optional<Accumulation> a = accumulationOf(c);
  if (!window || !a)
    return failure();
  const size_t rank = window->size();
  auto strides = c.integers("window_strides", rank, 1, "(C6)"),
       baseDilations = c.integers("base_dilations", rank, 1, "(C8)"),
       dilations = c.integers("window_dilations", rank, 1, "(C10)"), padding = c.pairs("padding", rank, "(C12)");
  if (!strides || !baseDilations || !dilations || !padding)
    return failure();
  SmallVector<mlir::Type> types;
  for (auto [index, input] : llvm::enumerate(a->inputs)) {
    RankedTensorType type = c.resultType(index, [&] {
      return c.infer([&, input = input](EmitError emitError) {
        return inferReduceWindow(ValueBuilder::typeOf(input), *window, *strides, *baseDilations, *dilations, *padding,
                                 emitError);
      });
    });
    if (!type)
      return failure();
    types.push_back(type);
  }
  auto reduce =
      ReduceWindowOp::create(c.b, types, a->inputs, a->initial, *window, *strides, *baseDilations, *dilations, *padding);
  if (!c.importBody(0, reduce.getBody(), a->types))
    return failure();
  return c.resultsOfBodies(reduce);
}

} // namespace

LogicalResult importDynamicReduceWindow(OpContext &c) {
  constexpr size_t kVectors = 5;
  std::optional<Accumulation> a = accumulationOf(c, kVectors);
  const Attribute *called = c.attribute("called_computations");
  const Function *body = called && called->items.size() == 1 ? c.importer.findFunction(called->items[0].text) : nullptr;
  if (!a || !body)
    return a ? c.error("needs called_computations: the function that combines two elements") : failure();
  const Dims dims = c.dims(0);
  std::array<Dims, kVectors> vectors; // the window's dims and strides, base dilations, its dilations, padding
  for (auto [index, vector] : llvm::enumerate(vectors)) {
    std::optional<Dims> known = c.deciding(2 * c.numResults() + index, "the windows");
    if (!known)
      return failure();
    const size_t needed = dims.size() * (index + 1 == kVectors ? 2 : 1);
    if (known->size() != needed)
      return c.error("operand " + Twine(2 * c.numResults() + index) + " has " + Twine(known->size()) +
                     " numbers, but needs " + Twine(needed));
    vector = *known;
  }
  SmallVector<mlir::Type> types;
  // Windows as long as an open dim are running accumulations: of a body and initial values that are no monoid StableHLO leaves
  // the result open.
  if (std::optional<RunningWindow> running =
          runningWindow(dims, vectors[0], vectors[1], vectors[2], vectors[3], vectors[4])) {
    for (Value input : a->inputs)
      types.push_back(input.getType());
    auto scan = ScanOp::create(c.b, types, a->inputs, a->initial, running->dim, /*exclusive=*/false, running->reverse);
    if (!c.importFunction(*body, scan.getBody(), a->types))
      return failure();
    c.results(scan.getResults());
    return success();
  }
  std::array<SmallVector<int64_t>, kVectors> numbers;
  for (size_t index = 0; index != kVectors; ++index) {
    auto known = c.decidingNumbers(2 * c.numResults() + index, "the windows");
    if (!known)
      return failure();
    numbers[index] = std::move(*known);
  }
  for (Value input : a->inputs) {
    auto inferred = c.infer([&](EmitError emitError) {
      return inferReduceWindow(ValueBuilder::typeOf(input), numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
                               emitError);
    });
    if (!inferred)
      return failure();
    types.push_back(makeTensorType(*inferred, ValueBuilder::elementOf(input)));
  }
  auto reduce =
      ReduceWindowOp::create(c.b, types, a->inputs, a->initial, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
  if (!c.importFunction(*body, reduce.getBody(), a->types))
    return failure();
  c.results(reduce.getResults());
  return success();
}

namespace {

LogicalResult importSelectAndScatter(OpContext &c) {
  const size_t rank = c.rank(0);
  auto window = c.integers("window_dimensions", rank, 1, "(C4)"), strides = c.integers("window_strides", rank, 1, "(C6)"),
       padding = c.pairs("padding", rank, "(C8)");
  if (!window || !strides || !padding)
    return failure();
  // What is combined may be wider than the operand, which then is widened; select still sees what it was.
  SmallVector<Value> values;
  for (size_t i = 0; i != 3; ++i) {
    if (failed(needPromotable(c, i, 0)))
      return failure();
    values.push_back(c.promoted(i, 0));
  }
  auto scatter =
      SelectAndScatterOp::create(c.b, values[0].getType(), values[0], values[1], values[2], *window, *strides, *padding);
  SmallVector<mlir::Type> given = c.scalarsOf({c.value(0), c.value(0)}), combined = c.scalarsOf({values[0], values[0]});
  const bool selects = c.importBody(0, scatter.getSelect(), given);
  if (!c.importBody(1, scatter.getScatter(), combined) || !selects)
    return failure();
  if (given != combined) {
    OpBuilder::InsertionGuard guard(c.b);
    mlir::Block &select = scatter.getSelect().front();
    c.b.setInsertionPointToStart(&select);
    for (BlockArgument argument : select.getArguments()) {
      argument.setType(combined.front());
      Value narrow = ConvertOp::create(c.b, given.front(), argument);
      argument.replaceAllUsesExcept(narrow, narrow.getDefiningOp());
    }
  }
  return c.resultsOfBodies(scatter);
}

constexpr ImportRow kRows[] = {
    {"stablehlo.reduce", kAny, kAny, 1, importReduce, kStored},
    {"stablehlo.reduce_window", kAny, kAny, 1, importReduceWindow, kStored},
    {"stablehlo.select_and_scatter", 3, 1, 2, importSelectAndScatter, kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> reductionOps() { return kRows; }

} // namespace ingot::stablehlo
