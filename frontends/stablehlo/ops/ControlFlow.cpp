// Branches, loops, tuples, tokens.
#include "frontends/common/Loops.h"
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"

#include <algorithm>
#include <numeric>

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// The results that the tree declares, of these values.
LogicalResult resultsOf(OpContext &c, ValueRange values) {
  SmallVector<Value> all(values);
  ArrayRef<Value> left = all;
  for (size_t i = 0; i != c.numResults(); ++i) {
    std::string problem;
    Entry entry = c.importer.takeTensors(c.declared(i), left, &problem);
    if (!problem.empty())
      return c.error("result " + Twine(i) + ": " + problem);
    c.result(i, std::move(entry));
  }
  return left.empty() ? success() : c.error("has fewer results than its regions give");
}

// Regions without arguments, one of which runs. The results' types are those that the first gives.
struct Branches {
  std::vector<std::unique_ptr<mlir::Region>> regions;
  SmallVector<mlir::Type> types;
};

std::optional<Branches> branchesOf(OpContext &c) {
  Branches branches;
  for (size_t i = 0; i != c.op.regions.size(); ++i) {
    auto &region = *branches.regions.emplace_back(std::make_unique<mlir::Region>());
    if (!c.importRegion(i, region, {}, /*isIsolated=*/false))
      return std::nullopt;
    TypeRange types = region.front().getTerminator()->getOperandTypes();
    if (i == 0) {
      branches.types = llvm::to_vector(types);
    } else if (types.size() != branches.types.size()) {
      (void)c.error("(C3) branches give " + Twine(branches.types.size()) + " and " + Twine(types.size()) + " values");
      return std::nullopt;
    }
  }
  return branches;
}

LogicalResult importIf(OpContext &c) {
  std::optional<Branches> branches = branchesOf(c);
  if (!branches)
    return failure();
  auto branch = IfOp::create(c.b, branches->types, c.value(0));
  branch.getTrueBranch().takeBody(*branches->regions[0]);
  branch.getFalseBranch().takeBody(*branches->regions[1]);
  return resultsOf(c, branch.getResults());
}

LogicalResult importCase(OpContext &c) {
  if (c.op.regions.empty())
    return c.error("(C1) needs a branch at least");
  std::optional<Branches> branches = branchesOf(c);
  if (!branches)
    return failure();
  auto choice = CaseOp::create(c.b, branches->types, c.value(0), branches->regions.size());
  for (auto [region, branch] : llvm::zip_equal(choice.getBranches(), branches->regions))
    region.takeBody(*branch);
  return resultsOf(c, choice.getResults());
}

LogicalResult importWhile(OpContext &c) {
  SmallVector<Value> carried = flatten(c.entries());
  SmallVector<mlir::Type> types = llvm::to_vector(ValueRange(carried).getTypes());
  auto loop = WhileOp::create(c.b, types, carried);
  if (!c.importRegion(0, loop.getCond(), types, /*isIsolated=*/false) ||
      !c.importRegion(1, loop.getBody(), types, /*isIsolated=*/false))
    return failure();
  const ValueRange given = loop.getBody().front().getTerminator()->getOperands();
  if (given.size() != types.size())
    return c.error("(C2) body gives " + Twine(given.size()) + " values, but " + Twine(types.size()) + " are carried");
  // Open dims of what a round gives are those of what it takes, or must be.
  for (auto [index, value, type] : llvm::enumerate(given, types)) {
    auto from = dyn_cast<RankedTensorType>(value.getType()), to = dyn_cast<RankedTensorType>(type);
    if (from && to && from.getRank() == to.getRank())
      for (auto [lhs, rhs] : llvm::zip_equal(dimExprs(from), dimExprs(to)))
        if (!c.needEqual(lhs, rhs,
                         "(C3) carried value " + Twine(index) + " changes its type from " + c.show(to) + " to " +
                             c.show(from)))
          return failure();
  }
  return resultsOf(c, loop.getResults());
}

// The one block of a body that takes as much as its op; null after an error.
const Block *bodyOf(OpContext &c) {
  if (c.op.regions[0].blocks.size() != 1) {
    (void)c.error("has a body of " + Twine(c.op.regions[0].blocks.size()) + " blocks, not one");
    return nullptr;
  }
  const Block &body = c.op.regions[0].blocks.front();
  if (body.arguments.size() != c.numOperands()) {
    (void)c.error("has a body of " + Twine(body.arguments.size()) + " arguments for " + Twine(c.numOperands()) +
                  " operands");
    return nullptr;
  }
  return &body;
}

// CHLO's scan: the body takes a slice of each input along a dim, without that, and what is carried; it gives a slice of each
// output and what is carried on. Results are the outputs, then what is carried at the end.
LogicalResult importScan(OpContext &c) {
  auto dimension = c.integer("dimension");
  auto reverse = c.flag("is_reverse");
  if (!dimension || !reverse)
    return failure();
  const Block *block = bodyOf(c);
  if (!block)
    return failure();
  const Block &body = *block;
  // Inputs have a dim more than their slices; the first operand that has not is carried.
  size_t inputs = 0;
  while (inputs != c.numOperands() &&
         c.importer.typeOf(body.arguments[inputs])->dims.size() < c.entry(inputs).type->dims.size())
    ++inputs;
  const size_t carried = c.numOperands() - inputs;
  if (inputs == 0 || carried == 0 || c.numResults() < carried)
    return c.error("has " + Twine(inputs) + " inputs, " + Twine(carried) + " carried values and " + Twine(c.numResults()) +
                   " results");
  const size_t outputs = c.numResults() - carried;
  auto front = [&](Value x, bool back) -> Value {
    SmallVector<int64_t> order(ValueBuilder::rankOf(x));
    std::iota(order.begin(), order.end(), 0);
    if (back)
      std::rotate(order.begin(), order.begin() + 1, order.begin() + *dimension + 1);
    else
      std::rotate(order.begin(), order.begin() + *dimension, order.begin() + *dimension + 1);
    return *dimension == 0 ? x : c.b.transpose(x, order);
  };
  for (size_t i = 0; i != inputs; ++i)
    if (*dimension < 0 || *dimension >= c.rank(i) || !c.p.equalDims(c.dims(i)[*dimension], c.dims(0)[*dimension], c.op.name))
      return c.error("dimension " + Twine(*dimension) + " is none that inputs have alike: " + c.show(c.type(0)) + ", " +
                     c.show(c.type(i)));
  const AffineExpr steps = c.dims(0)[*dimension];
  const Attribute *size = c.attribute("scan_dim_size");
  if (size && size->kind == Attribute::Integer &&
      !c.needEqual(steps, c.b.number(size->integer), "scan_dim_size is not the dim's"))
    return failure();
  SmallVector<Value> sources, initial;
  for (Value x : c.values(0, inputs))
    sources.push_back(front(x, false));
  for (size_t i = 0; i != outputs; ++i) {
    RankedTensorType type = c.resultType(i, [&]() -> std::optional<Dims> { return c.dims(std::min(i, inputs - 1)); });
    if (!type)
      return failure();
    if (type.getRank() <= *dimension)
      return c.error("result " + Twine(i) + " is declared as " + c.show(type) + ", which has no dim " + Twine(*dimension));
    initial.push_back(front(c.b.splat(dimExprs(type), type.getElementType(), 0), false));
  }
  initial.append(c.values(inputs));
  bool failed = false;
  SmallVector<Value> results =
      frontend::countedLoop(c.b, steps, initial, [&](Value step, ArrayRef<Value> state) -> SmallVector<Value> {
        Value place = *reverse ? c.b.sub(c.b.sizeOf(steps - 1, c.b.getI64Type()), step) : step;
        SmallVector<Value> arguments, next(state);
        for (Value source : sources)
          arguments.push_back(frontend::partAt(c.b, source, place));
        arguments.append(state.begin() + outputs, state.end());
        std::string problem;
        ArrayRef<Value> left = arguments;
        for (ValueRef argument : body.arguments)
          if (problem.empty())
            c.importer.at(argument) = c.importer.takeTensors(c.importer.typeOf(argument), left, &problem);
        std::vector<Entry> returned;
        if (!problem.empty())
          (void)c.error("its body: " + problem);
        else if (!c.importer.importBlock(body, returned))
          (void)c.failedInside();
        else if (returned.size() != c.numResults())
          (void)c.error("its body gives " + Twine(returned.size()) + " values, not " + Twine(c.numResults()));
        failed = returned.size() != c.numResults();
        if (failed)
          return next;
        for (size_t i = 0; i != c.numResults(); ++i) {
          auto wanted = ValueBuilder::typeOf(state[i]);
          if (i < outputs)
            wanted = makeTensorType(ArrayRef(dimExprs(wanted)).drop_front(), wanted.getElementType());
          if (returned[i].value.getType() != wanted) {
            (void)c.error("its body gives " + c.show(returned[i].value.getType()) + " for " + c.show(wanted));
            failed = true;
            return next;
          }
          next[i] = i < outputs ? frontend::withPartAt(c.b, state[i], returned[i].value, place) : returned[i].value;
        }
        return next;
      });
  if (failed)
    return failure();
  for (size_t i = 0; i != c.numResults(); ++i)
    c.result(i, i < outputs ? front(results[i], true) : results[i]);
  return success();
}

// What it takes is computed before what reads its results, which is so in any case.
LogicalResult importBarrier(OpContext &c) {
  if (c.numResults() != c.numOperands())
    return c.error("(C1) has " + Twine(c.numOperands()) + " operands and " + Twine(c.numResults()) + " results");
  for (size_t i = 0; i != c.numResults(); ++i)
    c.result(i, c.entry(i));
  return success();
}

LogicalResult importToken(OpContext &c) {
  for (size_t i = 0; i != c.numOperands(); ++i)
    if (c.entry(i).type->kind != Type::Token)
      return c.error("operand " + Twine(i) + " is " + spellType(c.entry(i).type) + ", but must be a token");
  if (c.declared(0)->kind != Type::Token)
    return c.error("gives " + spellType(c.declared(0)) + ", but must give a token");
  c.result(AfterAllOp::create(c.b, TokenType::get(c.context()), c.values()));
  return success();
}

LogicalResult importTuple(OpContext &c) {
  TypeRef type = c.declared(0);
  bool fits = type->kind == Type::Tuple && type->members.size() == c.numOperands();
  for (size_t i = 0; fits && i != c.numOperands(); ++i)
    fits = type->members[i] == c.entry(i).type;
  if (!fits)
    return c.error("(C1) gives " + spellType(type) + ", which is no tuple of its operands");
  Entry entry;
  entry.members = c.entries().vec();
  c.result(0, std::move(entry));
  return success();
}

LogicalResult importGetTupleElement(OpContext &c) {
  auto index = c.integer("index");
  if (!index)
    return failure();
  const Entry &tuple = c.entry(0);
  if (tuple.type->kind != Type::Tuple || *index < 0 || *index >= static_cast<int64_t>(tuple.members.size()))
    return c.error("(C1) " + spellType(tuple.type) + " has no element " + Twine(*index));
  if (tuple.type->members[*index] != c.declared(0))
    return c.error("(C2) gives " + spellType(c.declared(0)) + ", but the element is " +
                   spellType(tuple.type->members[*index]));
  c.result(0, tuple.members[*index]);
  return success();
}

// Shardy's computation of one device's parts. Where the parts are the whole values, one device does it all.
LogicalResult importManualComputation(OpContext &c) {
  const Block *block = bodyOf(c);
  if (!block)
    return failure();
  const Block &body = *block;
  for (auto [index, argument] : llvm::enumerate(body.arguments)) {
    if (c.importer.typeOf(argument) != c.entry(index).type)
      return c.error("takes " + spellType(c.entry(index).type) + " in parts of " + spellType(c.importer.typeOf(argument)) +
                     ", which needs several devices");
    c.importer.at(argument) = c.entry(index);
  }
  std::vector<Entry> returned;
  if (!c.importer.importBlock(body, returned))
    return c.failedInside();
  if (returned.size() != c.numResults())
    return c.error("has a body that gives " + Twine(returned.size()) + " values, not " + Twine(c.numResults()));
  for (auto [index, entry] : llvm::enumerate(returned)) {
    if (entry.type != c.declared(index))
      return c.error("gives " + spellType(c.declared(index)) + " of parts of " + spellType(entry.type) +
                     ", which needs several devices");
    c.result(index, entry);
  }
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.after_all", kAny, 1, 0, importToken, kTakesAny},
    {"stablehlo.case", 1, kAny, kAny, importCase, kTakesAny | kStored},
    {"stablehlo.create_token", 0, 1, 0, importToken, kTakesAny},
    {"stablehlo.get_tuple_element", 1, 1, 0, importGetTupleElement, kTakesAny | kStored},
    {"stablehlo.if", 1, kAny, 2, importIf, kTakesAny | kStored},
    {"stablehlo.optimization_barrier", kAny, kAny, 0, importBarrier, kTakesAny | kStored | kWhole},
    {"stablehlo.tuple", kAny, 1, 0, importTuple, kTakesAny | kStored},
    {"chlo.scan", kAny, kAny, 1, importScan},
    {"stablehlo.while", kAny, kAny, 2, importWhile, kTakesAny | kStored},
    // Annotations of where a value is kept: one device keeps all.
    {"sdy.manual_computation", kAny, kAny, 1, importManualComputation, kTakesAny | kStored},
    {"sdy.propagation_barrier", 1, 1, 0, importBarrier, kTakesAny | kStored},
    {"sdy.reshard", 1, 1, 0, importBarrier, kTakesAny | kStored},
    {"sdy.sharding_constraint", 1, 1, 0, importBarrier, kTakesAny | kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> controlFlowOps() { return kRows; }

} // namespace ingot::stablehlo
