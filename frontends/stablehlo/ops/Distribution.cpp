// Processes that exchange tensors, and effects that tokens order.
#include "ir/Distribution.h"
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "frontends/stablehlo/ops/ReplicaGroups.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// What a result's open dims are by its operand's type; null where that does not tell.
using InferDims = llvm::function_ref<std::optional<Dims>(RankedTensorType)>;

// Declared types of tensors; where they leave dims open, those of the operands in their order tell, if anything does.
std::optional<SmallVector<mlir::Type>> declaredTypes(OpContext &c, InferDims infer = nullptr) {
  SmallVector<mlir::Type> types;
  for (size_t i = 0; i != c.numResults(); ++i) {
    if (c.declared(i)->kind == Type::Token) {
      types.push_back(TokenType::get(c.context()));
      continue;
    }
    RankedTensorType type = c.resultType(i, [&]() -> std::optional<Dims> {
      if (infer && i < c.numOperands() && isTensor(c.entry(i).type))
        if (std::optional<Dims> dims = infer(c.type(i)))
          return dims;
      (void)c.error("leaves dims of result " + Twine(i) + " open, which nothing tells");
      return std::nullopt;
    });
    if (!type)
      return std::nullopt;
    types.push_back(type);
  }
  return types;
}

bool areTensors(OpContext &c, size_t count) {
  for (size_t i = 0; i != count; ++i)
    if (!isTensor(c.entry(i).type)) {
      (void)c.error("operand " + Twine(i) + " is " + spellType(c.entry(i).type) + ", but must be a tensor");
      return false;
    }
  return true;
}

std::optional<Dims> sameDims(RankedTensorType type) { return Dims(dimExprs(type)); }

std::optional<Dims> scaledDims(RankedTensorType type, int64_t dim, int64_t factor, int64_t divisor) {
  if (dim < 0 || dim >= type.getRank() || divisor < 1)
    return std::nullopt;
  return Dims(dimExprs(withScaledDim(type, dim, factor, divisor)));
}

// Processes of a group, where their rows tell.
std::optional<int64_t> processesOf(DenseIntElementsAttr groups, int64_t channel, bool isGlobal) {
  const int64_t width = groupWidth(groups);
  return width != 0 && (isGlobal || channel <= 0) ? std::optional(width) : std::nullopt;
}

// A dim of each operand is told off into so many parts.
LogicalResult needMultiple(OpContext &c, StringRef label, int64_t dim, int64_t parts) {
  if (parts > 1)
    for (size_t i = 0; i != c.numOperands(); ++i)
      if (dim >= 0 && dim < c.rank(i) && !c.p.equalDims(simplifyExpr(c.dims(i)[dim] % parts), c.b.number(0), c.op.name))
        return c.error(label + " dim " + Twine(dim) + " of " + c.show(c.type(i)) + " is no multiple of " + Twine(parts));
  return success();
}

LogicalResult importAllGather(OpContext &c) {
  auto dim = c.integer("all_gather_dim"), channel = c.integer("channel_id");
  auto global = c.flag("use_global_device_ids");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  if (!dim || !channel || !global || !groups)
    return failure();
  auto types = declaredTypes(c, [&](RankedTensorType type) -> std::optional<Dims> {
    std::optional<int64_t> count = processesOf(groups, *channel, *global);
    return count ? scaledDims(type, *dim, *count, 1) : std::nullopt;
  });
  if (!types)
    return failure();
  c.results(AllGatherOp::create(c.b, *types, c.values(), *dim, groups, *channel, *global).getResults());
  return success();
}

// Operands as the results of their places hold them.
std::optional<SmallVector<Value>> promoted(OpContext &c) {
  SmallVector<Value> values;
  for (size_t i = 0, count = std::min(c.numOperands(), c.numResults()); i != count; ++i) {
    if (failed(needPromotable(c, i, i)))
      return std::nullopt;
    values.push_back(c.promoted(i, i));
  }
  return values;
}

// A body combines scalars of the type that the results hold.
LogicalResult importBody(OpContext &c, Operation *op, mlir::Region &body, ArrayRef<mlir::Type> types) {
  auto scalar = RankedTensorType::get({}, cast<RankedTensorType>(types.front()).getElementType());
  if (!c.importBody(0, body, {scalar, scalar}))
    return failure();
  return c.resultsOfBodies(op);
}

LogicalResult importAllReduce(OpContext &c) {
  auto channel = c.integer("channel_id");
  auto global = c.flag("use_global_device_ids");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c, sameDims);
  if (!channel || !global || !groups || !types)
    return failure();
  if (types->empty())
    return c.error("gives nothing");
  if (c.numOperands() != c.numResults())
    return c.error("(C6) has " + Twine(c.numOperands()) + " operands and " + Twine(c.numResults()) + " results");
  std::optional<SmallVector<Value>> values = promoted(c);
  if (!values)
    return failure();
  auto reduce = AllReduceOp::create(c.b, *types, *values, groups, *channel, *global);
  return importBody(c, reduce, reduce.getBody(), *types);
}

LogicalResult importReduceScatter(OpContext &c) {
  auto dim = c.integer("scatter_dimension"), channel = c.integer("channel_id");
  auto global = c.flag("use_global_device_ids");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  if (!dim || !channel || !global || !groups)
    return failure();
  const std::optional<int64_t> count = processesOf(groups, *channel, *global);
  if (failed(needMultiple(c, "(C1)", *dim, count.value_or(1))))
    return failure();
  auto types = declaredTypes(c, [&](RankedTensorType type) -> std::optional<Dims> {
    return count ? scaledDims(type, *dim, 1, *count) : std::nullopt;
  });
  std::optional<SmallVector<Value>> values = promoted(c);
  if (!types || !values)
    return failure();
  auto scatter = ReduceScatterOp::create(c.b, types->front(), values->front(), *dim, groups, *channel, *global);
  return importBody(c, scatter, scatter.getBody(), *types);
}

// A new all_reduce that gives what the first process of the group has.
Value fromFirst(OpContext &c, Value value, DenseIntElementsAttr groups, int64_t channel, bool isGlobal) {
  auto type = ValueBuilder::typeOf(value), scalar = RankedTensorType::get({}, type.getElementType());
  auto first = AllReduceOp::create(c.b, TypeRange(type), ValueRange(value), groups, channel, isGlobal);
  OpBuilder::InsertionGuard guard(c.b);
  mlir::Block *block = c.b.createBlock(&first.getBody(), {}, {scalar, scalar}, {c.b.getLoc(), c.b.getLoc()});
  ReturnOp::create(c.b, c.b.getLoc(), ValueRange(block->getArgument(0)));
  return first.getResult(0);
}

// The numbers of the process, its replica and its partition.
Value ownNumbers(OpContext &c) {
  auto scalar = RankedTensorType::get({}, c.b.getIntegerType(32, /*isSigned=*/false));
  auto one = RankedTensorType::get({1}, scalar.getElementType());
  return c.b.concat({ReshapeOp::create(c.b, one, ReplicaIdOp::create(c.b, scalar)),
                     ReshapeOp::create(c.b, one, PartitionIdOp::create(c.b, scalar))},
                    0);
}

// Whether rows of numbers are all equal, as a scalar or a vector of i32: 1 or 0.
Value areEqual(OpContext &c, Value lhs, Value rhs) {
  Value isSame = c.b.convert(c.b.compare(ComparisonDirection::EQ, lhs, rhs), c.b.getI32Type());
  return c.b.reduce(frontend::Reduction::Minimum, isSame, {ValueBuilder::rankOf(isSame) - 1}, /*keep=*/false);
}

constexpr int64_t kMostProcesses = 1 << 20;

// The place of this process in its group, an i32; null after an error.
Value placeInGroup(OpContext &c, Value own, DenseIntElementsAttr groups, int64_t channel, bool isGlobal) {
  const int64_t width = groups.getNumElements() == 0 ? 0 : cast<RankedTensorType>(groups.getType()).getDimSize(1);
  auto numberAt = [&](int64_t index) { return c.b.convert(c.b.reshape(c.b.slice(own, 0, index, 1), {}), c.b.getI32Type()); };
  if (width == 0 && (isGlobal || channel > 0)) {
    (void)c.error("has a root of run time, which needs replica_groups that tell how many processes belong to a group");
    return {};
  }
  if (isGlobal) {
    // Where its numbers are among those of all.
    auto type = RankedTensorType::get({width, 2}, ValueBuilder::elementOf(own));
    Value all = AllGatherOp::create(c.b, TypeRange(type), c.b.reshape(own, c.b.numbers({1, 2})), 0, groups, channel, true)
                    .getResult(0);
    Value isOwn = areEqual(c, all, c.b.broadcast(own, c.b.numbers({width, 2})));
    Value places = c.b.iota(c.b.numbers({width}), c.b.getI32Type(), 0);
    return c.b.reduce(frontend::Reduction::Add, c.b.mul(isOwn, places), {0}, /*keep=*/false);
  }
  if (width == 0)
    return numberAt(0);
  // By the place of its replica in a row; all replicas of the row stand for one partition after the other.
  SmallVector<int32_t> places;
  for (auto [place, id] : llvm::enumerate(groups.getValues<int64_t>())) {
    if (id < 0 || id >= kMostProcesses)
      continue;
    places.resize(std::max<size_t>(places.size(), id + 1));
    places[id] = place % width;
  }
  auto type = RankedTensorType::get({static_cast<int64_t>(places.size())}, c.b.getI32Type());
  Value table = ConstantOp::create(c.b, DenseElementsAttr::get(type, ArrayRef(places)));
  auto one = RankedTensorType::get({1}, c.b.getI32Type());
  Value place = c.b.reshape(DynamicSliceOp::create(c.b, one, table, ValueRange(numberAt(0))), {});
  return channel > 0 ? c.b.add(place, c.b.mul(numberAt(1), c.b.integer(c.b.getI32Type(), width))) : place;
}

// An all_reduce whose results the root of each group keeps, the group's first process; others have zeros. With dynamic roots
// the last operand has the root's place in the group for each result.
LogicalResult importCollectiveReduce(OpContext &c) {
  auto channel = c.integer("channel_id");
  auto global = c.flag("use_global_device_ids"), dynamic = c.flag("has_dynamic_root");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c, sameDims);
  if (!channel || !global || !dynamic || !groups || !types)
    return failure();
  const size_t count = c.numResults();
  if (count == 0 || c.numOperands() != count + *dynamic)
    return c.error("(C3) has " + Twine(c.numOperands()) + " operands and " + Twine(count) + " results" +
                   (*dynamic ? ", of which the last operand holds roots" : ""));
  auto roots = RankedTensorType::get({static_cast<int64_t>(count)}, c.b.getI32Type());
  if (*dynamic && c.type(count) != roots)
    return c.error("(C3) the last operand is " + c.show(c.type(count)) + ", but must be " + c.show(roots));
  std::optional<SmallVector<Value>> values = promoted(c);
  if (!values)
    return failure();
  auto reduce = AllReduceOp::create(c.b, *types, *values, groups, *channel, *global);
  SmallVector<mlir::Type> scalars(2, RankedTensorType::get({}, cast<RankedTensorType>(types->front()).getElementType()));
  if (!c.importBody(0, reduce.getBody(), scalars) || failed(c.resultsOfBodies(reduce)))
    return failure();
  Value own = ownNumbers(c), place, isRoot;
  if (*dynamic)
    place = placeInGroup(c, own, groups, *channel, *global);
  else
    isRoot = areEqual(c, own, fromFirst(c, own, groups, *channel, *global));
  if (*dynamic && !place)
    return failure();
  for (auto [index, result] : llvm::enumerate(reduce.getResults())) {
    if (place)
      isRoot =
          c.b.convert(c.b.compare(ComparisonDirection::EQ, place, c.b.reshape(c.b.slice(c.value(count), 0, index, 1), {})),
                      c.b.getI32Type());
    Value keeps = c.b.broadcast(c.b.convert(isRoot, c.b.getI1Type()), ValueBuilder::dimsOf(result));
    c.result(index, c.b.select(keeps, result, c.b.like(result, 0)));
  }
  return success();
}

LogicalResult importAllToAll(OpContext &c) {
  auto split = c.integer("split_dimension"), concat = c.integer("concat_dimension"), count = c.integer("split_count"),
       channel = c.integer("channel_id");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  if (!split || !concat || !count || !channel || !groups)
    return failure();
  if (failed(needMultiple(c, "(C2)", *split, *count)))
    return failure();
  auto types = declaredTypes(c, [&](RankedTensorType type) -> std::optional<Dims> {
    if (*split == *concat)
      return sameDims(type);
    std::optional<Dims> dims = scaledDims(type, *split, 1, *count);
    return dims ? scaledDims(makeTensorType(*dims, type.getElementType()), *concat, *count, 1) : std::nullopt;
  });
  if (!types)
    return failure();
  c.results(AllToAllOp::create(c.b, *types, c.values(), *split, *concat, *count, groups, *channel).getResults());
  return success();
}

LogicalResult importCollectiveBroadcast(OpContext &c) {
  auto channel = c.integer("channel_id");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c, sameDims);
  auto dynamic = c.attribute("has_dynamic_root") ? c.flag("has_dynamic_root") : std::optional(false);
  if (!channel || !groups || !types || !dynamic)
    return failure();
  c.results(CollectiveBroadcastOp::create(c.b, *types, c.values(), groups, *channel, *dynamic).getResults());
  return success();
}

LogicalResult importCollectivePermute(OpContext &c) {
  auto channel = c.integer("channel_id");
  DenseIntElementsAttr pairs = rowsOf(c, "source_target_pairs");
  if (!channel || !pairs)
    return failure();
  c.result(CollectivePermuteOp::create(c.b, c.type(0), c.value(0), pairs, *channel));
  return success();
}

//===--- what goes on meanwhile ------------------------------------------------------------------------------------------===//

LogicalResult importAsyncStart(OpContext &c) {
  TypeRef type = c.declared(0);
  if (type->kind != Type::Future)
    return c.error("gives " + spellType(type) + ", but must give a future");
  if (!areTensors(c, c.numOperands()))
    return failure();
  SmallVector<Value> operands = c.values();
  auto body = std::make_unique<mlir::Region>();
  if (!c.importRegion(0, *body, ValueRange(operands).getTypes(), /*isIsolated=*/true))
    return failure();
  auto future = FutureType::get(c.context(), llvm::to_vector(body->front().getTerminator()->getOperandTypes()));
  auto start = AsyncStartOp::create(c.b, future, operands);
  start.getBody().takeBody(*body);
  // The future is what its declared type says.
  SmallVector<Value> results(start.getBody().front().getTerminator()->getOperands());
  ArrayRef<Value> left = results;
  for (TypeRef member : type->members) {
    std::string problem;
    (void)c.importer.takeTensors(member, left, &problem);
    if (!problem.empty())
      return c.error("gives " + spellType(type) + ", but its body gives another: " + problem);
  }
  if (!left.empty())
    return c.error("gives " + spellType(type) + ", but its body gives " + Twine(results.size()) + " tensors");
  c.result(start.getResult());
  return success();
}

LogicalResult importAsyncDone(OpContext &c) {
  if (const std::vector<Entry> &members = c.entry(0).members; !members.empty() && members.size() == c.numResults()) {
    for (auto [index, member] : llvm::enumerate(members))
      c.result(index, member);
    return success();
  }
  auto future = c.value(0) ? dyn_cast<FutureType>(c.value(0).getType()) : FutureType();
  if (!future)
    return c.error("takes " + spellType(c.entry(0).type) + ", but waits for a future");
  if (future.getTypes().size() != c.numResults())
    return c.error("gives " + Twine(c.numResults()) + " tensors, but the future is of " + Twine(future.getTypes().size()));
  c.results(AsyncDoneOp::create(c.b, future.getTypes(), c.value(0)).getResults());
  return success();
}

//===--- effects ---------------------------------------------------------------------------------------------------------===//

// The last operand is the token.
bool endsInToken(OpContext &c) {
  const size_t count = c.numOperands();
  if (count != 0 && c.entry(count - 1).type->kind == Type::Token)
    return areTensors(c, count - 1);
  (void)c.error("needs a token as its last operand");
  return false;
}

LogicalResult importInfeed(OpContext &c) {
  auto types = declaredTypes(c);
  std::optional<StringRef> config = c.text("infeed_config");
  if (!types || !config || !endsInToken(c))
    return failure();
  // How its tensors lie in memory: the order of dims for each.
  if (const Attribute *layout = c.attribute("layout"); layout && !layout->items.empty()) {
    if (layout->items.size() + 1 != types->size())
      return c.error("has a layout of " + Twine(layout->items.size()) + " tensors, but gives " + Twine(types->size() - 1));
    for (const Attribute &order : layout->items)
      if (order.kind != Attribute::Array ||
          !llvm::all_of(order.items, [](const Attribute &dim) { return dim.kind == Attribute::Integer; }))
        return c.error("has a layout that is no list of lists of integers");
  }
  c.results(InfeedOp::create(c.b, *types, c.value(c.numOperands() - 1), *config).getResults());
  return success();
}

LogicalResult importOutfeed(OpContext &c) {
  auto types = declaredTypes(c);
  std::optional<StringRef> config = c.text("outfeed_config");
  if (!types || !config || !endsInToken(c))
    return failure();
  const size_t last = c.numOperands() - 1;
  c.result(OutfeedOp::create(c.b, types->front(), c.values(0, last), c.value(last), *config));
  return success();
}

struct Channel {
  int64_t id, type;
  bool isHost;
  DenseIntElementsAttr pairs; // null: none
};

std::optional<Channel> channelOf(OpContext &c) {
  auto id = c.integer("channel_id"), type = c.integer("channel_type");
  auto host = c.flag("is_host_transfer");
  if (!id || !type || !host)
    return std::nullopt;
  Channel channel{*id, *type, *host, {}};
  const Attribute *pairs = c.attribute("source_target_pairs");
  if (pairs && !pairs->integers.empty() && !(channel.pairs = rowsOf(c, "source_target_pairs")))
    return std::nullopt;
  return channel;
}

LogicalResult importSend(OpContext &c) {
  auto types = declaredTypes(c);
  std::optional<Channel> channel = channelOf(c);
  if (!types || !channel || !endsInToken(c))
    return failure();
  const size_t last = c.numOperands() - 1;
  c.result(SendOp::create(c.b, types->front(), c.values(0, last), c.value(last), channel->id, channel->type, channel->isHost,
                          channel->pairs));
  return success();
}

LogicalResult importRecv(OpContext &c) {
  auto types = declaredTypes(c);
  std::optional<Channel> channel = channelOf(c);
  if (!types || !channel || !endsInToken(c))
    return failure();
  c.results(
      RecvOp::create(c.b, *types, c.value(0), channel->id, channel->type, channel->isHost, channel->pairs).getResults());
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.all_gather", kAny, kAny, 0, importAllGather, kStored},
    {"stablehlo.all_reduce", kAny, kAny, 1, importAllReduce, kStored},
    {"stablehlo.all_to_all", kAny, kAny, 0, importAllToAll, kStored},
    {"stablehlo.async_done", 1, kAny, 0, importAsyncDone, kTakesAny | kStored},
    {"stablehlo.async_start", kAny, 1, 1, importAsyncStart, kTakesAny | kStored},
    {"stablehlo.collective_broadcast", kAny, kAny, 0, importCollectiveBroadcast, kStored},
    {"stablehlo.collective_permute", 1, 1, 0, importCollectivePermute, kStored},
    {"stablehlo.collective_reduce", kAny, kAny, 1, importCollectiveReduce, kStored},
    {"stablehlo.infeed", 1, kAny, 0, importInfeed, kTakesAny | kStored},
    {"stablehlo.outfeed", kAny, 1, 0, importOutfeed, kTakesAny | kStored},
    {"stablehlo.recv", 1, kAny, 0, importRecv, kTakesAny | kStored},
    {"stablehlo.reduce_scatter", 1, 1, 1, importReduceScatter, kStored},
    {"stablehlo.send", kAny, 1, 0, importSend, kTakesAny | kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> distributionOps() { return kRows; }

} // namespace ingot::stablehlo
