// Branches, loops, tuples, tokens.
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"

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
  // Open dims of what a round gives are those of what it takes, or must be.
  for (auto [index, value, type] : llvm::enumerate(loop.getBody().front().getTerminator()->getOperands(), types)) {
    auto from = cast<RankedTensorType>(value.getType()), to = cast<RankedTensorType>(type);
    if (from.getRank() == to.getRank())
      for (auto [lhs, rhs] : llvm::zip_equal(dimExprs(from), dimExprs(to)))
        if (!c.needEqual(lhs, rhs,
                         "(C3) carried value " + Twine(index) + " changes its type from " + c.show(to) + " to " +
                             c.show(from)))
          return failure();
  }
  return resultsOf(c, loop.getResults());
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

constexpr ImportRow kRows[] = {
    {"stablehlo.after_all", kAny, 1, 0, importToken, kTakesAny},
    {"stablehlo.case", 1, kAny, kAny, importCase, kTakesAny | kStored},
    {"stablehlo.create_token", 0, 1, 0, importToken, kTakesAny},
    {"stablehlo.get_tuple_element", 1, 1, 0, importGetTupleElement, kTakesAny | kStored},
    {"stablehlo.if", 1, kAny, 2, importIf, kTakesAny | kStored},
    {"stablehlo.optimization_barrier", kAny, kAny, 0, importBarrier, kTakesAny | kStored},
    {"stablehlo.tuple", kAny, 1, 0, importTuple, kTakesAny | kStored},
    {"stablehlo.while", kAny, kAny, 2, importWhile, kTakesAny | kStored},
    // Annotations of where a value is kept: one device keeps all.
    {"sdy.propagation_barrier", 1, 1, 0, importBarrier, kTakesAny | kStored},
    {"sdy.reshard", 1, 1, 0, importBarrier, kTakesAny | kStored},
    {"sdy.sharding_constraint", 1, 1, 0, importBarrier, kTakesAny | kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> controlFlowOps() { return kRows; }

} // namespace ingot::stablehlo
