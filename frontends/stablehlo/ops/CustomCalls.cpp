// Custom calls by target: annotations, assertions of shapes, and ops that frameworks call so since StableHLO has none.
#include "frontends/common/CustomCalls.h"
#include "frontends/stablehlo/AttributeJson.h"
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// An annotation of where or how its operands are kept: one device keeps all.
LogicalResult importAnnotation(OpContext &c) {
  if (c.numResults() != c.numOperands())
    return c.error("has " + Twine(c.numOperands()) + " operands and " + Twine(c.numResults()) + " results");
  for (size_t i = 0; i != c.numResults(); ++i) {
    if (isTensor(c.entry(i).type) && isTensor(c.declared(i)))
      for (auto [dim, stated] : llvm::zip(c.dims(i), c.declared(i)->dims))
        if (stated >= 0 && !c.p.equalDims(dim, c.b.number(stated), c.op.name))
          return c.error("gives " + spellType(c.declared(i)) + " of " + c.show(c.type(i)) +
                         ": programs of several devices are not supported");
    c.result(i, c.entry(i));
  }
  return success();
}

// Its first operand, of the dims that the others hold.
LogicalResult importShapeWrapper(OpContext &c) {
  if (c.numOperands() == 0 || c.numResults() != 1)
    return c.error("has " + Twine(c.numOperands()) + " operands and " + Twine(c.numResults()) + " results");
  c.result(c.value(0));
  return success();
}

//===--- assertions of shapes --------------------------------------------------------------------------------------------===//

// What must not be negative for a condition over the sizes to hold; false where the condition is of run time.
bool conditionsOf(OpContext &c, Value condition, SmallVectorImpl<AffineExpr> &atLeast, unsigned depth = 0) {
  constexpr unsigned kMostNested = 64;
  if (const SymbolicTensor *known = c.p.elementsOf(condition); known && known->isConstant()) {
    if (!(*known->constants())[0])
      atLeast.push_back(c.b.number(-1));
    return true;
  }
  Operation *op = condition.getDefiningOp();
  if (!op || depth > kMostNested)
    return false;
  if (isa<AndOp>(op))
    return conditionsOf(c, op->getOperand(0), atLeast, depth + 1) && conditionsOf(c, op->getOperand(1), atLeast, depth + 1);
  if (isa<ReshapeOp>(op))
    return conditionsOf(c, op->getOperand(0), atLeast, depth + 1);
  auto compare = dyn_cast<CompareOp>(op);
  if (!compare)
    return false;
  const SymbolicTensor *lhs = c.p.elementsOf(compare.getLhs()), *rhs = c.p.elementsOf(compare.getRhs());
  if (!lhs || !rhs || lhs->isFloat() || lhs->size() != 1)
    return false;
  AffineExpr more = lhs->ints[0] - rhs->ints[0], less = rhs->ints[0] - lhs->ints[0];
  switch (compare.getDirection()) {
  case ComparisonDirection::EQ:
    // Sizes that must be equal become one, where an import can be made so.
    if (!c.p.equalDims(lhs->ints[0], rhs->ints[0], c.op.name))
      return false;
    return true;
  case ComparisonDirection::GE:
    atLeast.push_back(more);
    return true;
  case ComparisonDirection::GT:
    atLeast.push_back(more - 1);
    return true;
  case ComparisonDirection::LE:
    atLeast.push_back(less);
    return true;
  case ComparisonDirection::LT:
    atLeast.push_back(less - 1);
    return true;
  case ComparisonDirection::NE:
    return false;
  }
  return false;
}

// The message with its {0} ... replaced by the operands after the condition.
std::string messageOf(OpContext &c) {
  const Attribute *message = c.attribute("error_message");
  std::string text = message ? message->text : "a shape is not what the program asserts";
  for (size_t i = 1; i < c.numOperands(); ++i) {
    const SymbolicTensor *known = c.p.elementsOf(c.value(i));
    std::string place = "{" + std::to_string(i - 1) + "}";
    if (size_t at = text.find(place); at != std::string::npos && known && !known->isFloat() && known->size() == 1)
      text.replace(at, place.size(), describeExpr(known->ints[0], c.p.sizes()));
  }
  return text;
}

LogicalResult importShapeAssertion(OpContext &c) {
  if (c.numOperands() < 1 || c.numResults() != 0 || !isTensor(c.entry(0).type) || c.rank(0) != 0 ||
      !c.element(0).isInteger(1))
    return c.error("takes a truth value first and gives nothing");
  SmallVector<AffineExpr> atLeast;
  if (!conditionsOf(c, c.value(0), atLeast))
    return c.error("does not hold, or is known at run time only: " + messageOf(c));
  for (AffineExpr expr : atLeast) {
    auto range = rangeOfExpr(simplifyExpr(expr), c.p.sizes());
    if ((range && range->second < 0) || !c.p.require(simplifyExpr(expr)))
      return c.error(messageOf(c));
  }
  return success();
}

//===--- approximate top k -----------------------------------------------------------------------------------------------===//

// The exact one: operands are N inputs, N initial values, which stand for absent elements, and k where no attribute has it; the
// comparator is a function.
LogicalResult importApproxTopK(OpContext &c) {
  const Attribute *called = c.attribute("called_computations"), *k = nullptr, *along = nullptr;
  for (StringRef holder : {"backend_config", "mhlo.backend_config"})
    if (const Attribute *config = c.attribute(holder); config && !along) {
      k = findAttribute(config->entries, "top_k");
      along = findAttribute(config->entries, "reduction_dim");
    }
  const size_t count = c.numResults();
  if (!along || along->kind != Attribute::Integer || count == 0 || c.numOperands() < 2 * count + (k ? 0 : 1) || !called ||
      called->items.size() != 1)
    return c.error("needs inputs, initial values, a comparator, top_k and reduction_dim");
  const Function *comparator = c.importer.findFunction(called->items[0].text);
  const int64_t rank = c.rank(0), dim = along->integer < 0 ? along->integer + rank : along->integer;
  if (!comparator || dim < 0 || dim >= rank)
    return c.error("has no comparator, or a reduction_dim of " + Twine(along->integer) + " of " + c.show(c.type(0)));
  std::optional<Dims> most = k ? Dims{c.b.number(k->integer)} : c.deciding(2 * count, "how many elements it gives");
  if (!most || most->size() != 1)
    return failure();
  SmallVector<Value> inputs = c.values(0, count);
  auto sort = SortOp::create(c.b, ValueRange(inputs).getTypes(), inputs, dim);
  SmallVector<mlir::Type> types;
  for (mlir::Type scalar : c.scalarsOf(inputs))
    types.append(2, scalar);
  if (!c.importFunction(*comparator, sort.getComparator(), types))
    return failure();
  SmallVector<int64_t> starts(rank, 0), limits(rank, SliceOp::kWholeDim), strides(rank, 1);
  limits[dim] = SliceOp::kToResult;
  for (auto [index, sorted] : llvm::enumerate(sort.getResults())) {
    Dims dims = ValueBuilder::dimsOf(sorted);
    dims[dim] = most->front();
    c.result(index,
             SliceOp::create(c.b, makeTensorType(dims, ValueBuilder::elementOf(sorted)), sorted, starts, limits, strides));
  }
  return success();
}

//===--- ops whose shape comes from an operand ---------------------------------------------------------------------------===//

LogicalResult importDynamicTopK(OpContext &c) {
  if (c.numOperands() != 2 || c.numResults() != 2 || c.rank(0) == 0)
    return c.error("takes a tensor and how many elements it gives, and gives values and places");
  std::optional<Dims> k = c.deciding(1, "how many elements it gives");
  if (!k || k->size() != 1)
    return failure();
  Dims dims = c.dims(0);
  dims.back() = k->front();
  auto top = TopKOp::create(c.b, makeTensorType(dims, c.element(0)), makeTensorType(dims, c.b.getI32Type()), c.value(0));
  c.results(top.getResults());
  return success();
}

LogicalResult importDynamicRngBits(OpContext &c) {
  std::optional<StringRef> text = c.text("rng_algorithm");
  if (!text)
    return failure();
  std::optional<RngAlgorithm> algorithm = symbolizeRngAlgorithm(*text);
  if (!algorithm || c.numOperands() != 2 || c.numResults() != 2)
    return c.error("takes a state and a shape, by one of the algorithms, and gives a state and bits");
  RankedTensorType type = c.resultType(1, [&] { return c.deciding(1, "the dims of its result"); });
  if (!type)
    return failure();
  auto bits = RngBitGeneratorOp::create(c.b, c.type(0), type, c.value(0), *algorithm);
  c.results(bits.getResults());
  return success();
}

//===--- calls as importers share them -----------------------------------------------------------------------------------===//

// The tensors that a call takes and the types of those that it gives; a tuple stands for its tensors.
std::optional<frontend::CustomCallSite> siteOf(OpContext &c) {
  std::optional<StringRef> target = c.text("call_target_name");
  SmallVector<int64_t> shapes;
  if (c.attribute("indices_of_shape_operands")) {
    auto indices = c.integers("indices_of_shape_operands");
    if (!indices)
      return std::nullopt;
    shapes = *indices;
  }
  auto wrong = [&](const Twine &what) {
    (void)c.error(what);
    return std::nullopt;
  };
  frontend::CustomCallSite call;
  call.name = *target;
  // Operands that hold the dims of results are named by an attribute; the others are the call's.
  for (auto [index, entry] : llvm::enumerate(c.entries())) {
    if (!isTensor(entry.type))
      return wrong("operand " + Twine(index) + " is " + spellType(entry.type) + ", but must be a tensor");
    if (!llvm::is_contained(shapes, static_cast<int64_t>(index)))
      call.operands.push_back(entry.value);
  }
  const bool isTuple = c.numResults() == 1 && c.declared(0)->kind == Type::Tuple;
  if (isTuple)
    for (TypeRef member : c.declared(0)->members) {
      if (!hasNumbersForDims(member))
        return wrong("gives " + spellType(c.declared(0)) + ", which is no tuple of tensors whose dims are known");
      call.results.push_back(makeTensorType(member->dims, elementTypeOf(c.context(), member->element)));
    }
  for (size_t i = 0; !isTuple && i != c.numResults(); ++i) {
    if (!isTensor(c.declared(i)))
      return wrong("result " + Twine(i) + " is declared as " + spellType(c.declared(i)) + ", but must be a tensor");
    RankedTensorType type = c.resultType(i, [&]() -> std::optional<Dims> {
      if (i < shapes.size() && shapes[i] >= 0 && shapes[i] < static_cast<int64_t>(c.numOperands()))
        return c.deciding(shapes[i], "the dims of a result");
      return wrong("leaves dims of result " + Twine(i) + " open, which nothing tells");
    });
    if (!type)
      return std::nullopt;
    call.results.push_back(type);
  }
  call.attribute = [&c](StringRef name) -> std::optional<int64_t> {
    for (StringRef holder : {"backend_config", "mhlo.backend_config"})
      if (const Attribute *config = c.attribute(holder))
        if (const Attribute *found = findAttribute(config->entries, name))
          return found->kind == Attribute::Unit ? 1 : found->integer;
    const Attribute *found = c.attribute(name);
    return found ? std::optional(found->kind == Attribute::Unit ? 1 : found->integer) : std::nullopt;
  };
  return call;
}

// The call gives these.
LogicalResult finishCall(OpContext &c, ArrayRef<Value> results) {
  if (c.numResults() != 1 || c.declared(0)->kind != Type::Tuple) {
    c.results(results);
    return success();
  }
  std::string problem;
  Entry tuple = c.importer.takeTensors(c.declared(0), results, &problem);
  if (!problem.empty())
    return c.error(problem);
  c.result(0, std::move(tuple));
  return success();
}

LogicalResult importShared(OpContext &c) {
  std::optional<frontend::CustomCallSite> call = siteOf(c);
  if (!call)
    return failure();
  std::string problem;
  SmallVector<Value> results = frontend::makeCustomCall(c.b, *call, problem);
  return problem.empty() ? finishCall(c, results) : c.error(problem);
}

//===--- calls that are bound to functions -------------------------------------------------------------------------------===//

// What a function cannot be told: another order of elements, memory that an operand and a result share, functions of the module.
std::string problemOfBinding(OpContext &c) {
  for (StringRef name : {"operand_layouts", "result_layouts"})
    if (const Attribute *layouts = c.attribute(name))
      for (auto [index, layout] : llvm::enumerate(layouts->items))
        for (auto [place, dim] : llvm::enumerate(layout.integers))
          if (dim != static_cast<int64_t>(layout.integers.size() - 1 - place))
            return (name.drop_back(sizeof("_layouts") - 1) + " " + Twine(index) +
                    " has another layout than rows after each other, which a function cannot be given")
                .str();
  if (const Attribute *aliases = c.attribute("output_operand_aliases"); aliases && !aliases->items.empty())
    return "gives results in the memory of operands, which a function cannot";
  if (const Attribute *called = c.attribute("called_computations"); called && !called->items.empty())
    return "calls functions of the module, which a function of C cannot";
  return "";
}

LogicalResult importBound(OpContext &c) {
  if (std::string problem = problemOfBinding(c); !problem.empty())
    return c.error(problem);
  std::optional<frontend::CustomCallSite> call = siteOf(c);
  if (!call)
    return failure();
  std::string attributes;
  for (StringRef holder : {"backend_config", "mhlo.backend_config"}) {
    const Attribute *config = c.attribute(holder);
    if (!config || !attributes.empty())
      continue;
    std::string why;
    std::optional<std::string> text = config->kind == Attribute::String ? config->text : jsonOf(*config, &why);
    if (!text)
      return c.error((holder + ": " + why).str());
    attributes = std::move(*text);
  }
  const Attribute *effect = c.attribute("has_side_effect");
  auto op = CustomCallOp::create(c.b, llvm::to_vector_of<mlir::Type>(call->results), call->operands, call->name,
                                 effect && effect->integer != 0, c.b.getStringAttr(attributes),
                                 /*called_computations=*/nullptr);
  return finishCall(c, llvm::to_vector_of<Value>(op.getResults()));
}

constexpr CustomCallRow kRows[] = {
    {"ApproxTopK", importApproxTopK},
    {"Sharding", importAnnotation},
    {"SPMDFullToShardShape", importAnnotation},
    {"SPMDShardToFullShape", importAnnotation},
    {"annotate_device_placement", importAnnotation},
    {"xla.sdy.FuncResultSharding", importAnnotation},
    {"shape_assertion", importShapeAssertion},
    {"stablehlo.dynamic_approx_top_k", importApproxTopK},
    {"stablehlo.dynamic_reduce_window", importDynamicReduceWindow},
    {"stablehlo.dynamic_rng_bit_generator", importDynamicRngBits},
    {"stablehlo.dynamic_top_k", importDynamicTopK},
    {"stablehlo.shape_refinement_operand_wrapper", importShapeWrapper},
};

} // namespace

llvm::ArrayRef<CustomCallRow> customCalls() { return kRows; }

LogicalResult importBoundCall(OpContext &c) { return importBound(c); }

const CustomCallRow *findCustomCall(StringRef target) {
  static constexpr CustomCallRow shared = {"", importShared};
  for (const CustomCallRow &row : kRows)
    if (target == row.target)
      return &row;
  return frontend::findCustomCall(target) ? &shared : nullptr;
}

} // namespace ingot::stablehlo
