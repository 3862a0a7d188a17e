// Processes that exchange tensors, and effects that tokens order.
#include "frontends/stablehlo/OpTable.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// Rows of ids, as an attribute; an error where they are given by axes of a mesh.
DenseIntElementsAttr rowsOf(OpContext &c, StringRef name) {
  const Attribute *rows = c.attribute(name);
  if (!rows || rows->kind != Attribute::Integers || !rows->type) {
    (void)c.error("needs the attribute '" + name + "', rows of ids");
    return {};
  }
  SmallVector<int64_t> dims(rows->type->dims.begin(), rows->type->dims.end());
  if (dims.size() != 2)
    dims = {0, 0};
  auto type = RankedTensorType::get(dims, c.b.getI64Type());
  if (type.getNumElements() != static_cast<int64_t>(rows->integers.size())) {
    (void)c.error("'" + name + "' is " + spellType(rows->type) + ", no table of ids");
    return {};
  }
  return DenseIntElementsAttr::get(type, ArrayRef(rows->integers));
}

// Declared types of tensors; nothing else tells what a result's dims are.
std::optional<SmallVector<mlir::Type>> declaredTypes(OpContext &c) {
  SmallVector<mlir::Type> types;
  for (size_t i = 0; i != c.numResults(); ++i) {
    if (c.declared(i)->kind == Type::Token) {
      types.push_back(TokenType::get(c.context()));
      continue;
    }
    RankedTensorType type = c.resultType(i, [&]() -> std::optional<Dims> {
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

LogicalResult importAllGather(OpContext &c) {
  auto dim = c.integer("all_gather_dim"), channel = c.integer("channel_id");
  auto global = c.flag("use_global_device_ids");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c);
  if (!dim || !channel || !global || !groups || !types)
    return failure();
  c.results(AllGatherOp::create(c.b, *types, c.values(), *dim, groups, *channel, *global).getResults());
  return success();
}

// A body combines scalars of the type that the results hold.
LogicalResult importBody(OpContext &c, Operation *op, mlir::Region &body, ArrayRef<mlir::Type> types) {
  auto scalar = RankedTensorType::get({}, cast<RankedTensorType>(types.front()).getElementType());
  if (!c.importRegion(0, body, {scalar, scalar}, /*isIsolated=*/true))
    return failure();
  c.results(op->getResults());
  return success();
}

LogicalResult importAllReduce(OpContext &c) {
  auto channel = c.integer("channel_id");
  auto global = c.flag("use_global_device_ids");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c);
  if (!channel || !global || !groups || !types)
    return failure();
  if (types->empty())
    return c.error("gives nothing");
  auto reduce = AllReduceOp::create(c.b, *types, c.values(), groups, *channel, *global);
  return importBody(c, reduce, reduce.getBody(), *types);
}

LogicalResult importReduceScatter(OpContext &c) {
  auto dim = c.integer("scatter_dimension"), channel = c.integer("channel_id");
  auto global = c.flag("use_global_device_ids");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c);
  if (!dim || !channel || !global || !groups || !types)
    return failure();
  auto scatter = ReduceScatterOp::create(c.b, types->front(), c.value(0), *dim, groups, *channel, *global);
  return importBody(c, scatter, scatter.getBody(), *types);
}

LogicalResult importAllToAll(OpContext &c) {
  auto split = c.integer("split_dimension"), concat = c.integer("concat_dimension"), count = c.integer("split_count"),
       channel = c.integer("channel_id");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c);
  if (!split || !concat || !count || !channel || !groups || !types)
    return failure();
  c.results(AllToAllOp::create(c.b, *types, c.values(), *split, *concat, *count, groups, *channel).getResults());
  return success();
}

LogicalResult importCollectiveBroadcast(OpContext &c) {
  auto channel = c.integer("channel_id");
  DenseIntElementsAttr groups = rowsOf(c, "replica_groups");
  auto types = declaredTypes(c);
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
    {"stablehlo.all_gather", kAny, kAny, 0, importAllGather},
    {"stablehlo.all_reduce", kAny, kAny, 1, importAllReduce},
    {"stablehlo.all_to_all", kAny, kAny, 0, importAllToAll},
    {"stablehlo.collective_broadcast", kAny, kAny, 0, importCollectiveBroadcast},
    {"stablehlo.collective_permute", 1, 1, 0, importCollectivePermute},
    {"stablehlo.infeed", 1, kAny, 0, importInfeed, kTakesAny | kStored},
    {"stablehlo.outfeed", kAny, 1, 0, importOutfeed, kTakesAny | kStored},
    {"stablehlo.recv", 1, kAny, 0, importRecv, kTakesAny | kStored},
    {"stablehlo.reduce_scatter", 1, 1, 1, importReduceScatter},
    {"stablehlo.send", kAny, 1, 0, importSend, kTakesAny | kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> distributionOps() { return kRows; }

} // namespace ingot::stablehlo
