// Distribution: verifiers, process groups, and what the ops are for one process.
#include "ir/Distribution.h"
#include "ir/ShapeInference.h"
#include "ir/Verification.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot {

//===--- Verification ---===//

// What a future or a feed gives besides its token.
static LogicalResult verifyFed(Operation *op, ArrayRef<StringRef> labels) {
  if (op->getNumResults() == 0)
    return op->emitOpError() << "(" << labels[0] << ") there is no result";
  SmallVector<Type> types(op->getResultTypes());
  for (Type type : ArrayRef(types).drop_back())
    if (!isa<RankedTensorType>(type))
      return op->emitOpError() << "(" << labels[1] << ") results are (" << op->getResultTypes()
                               << "), but all before the last must be tensors";
  if (!isa<TokenType>(types.back()))
    return op->emitOpError() << "(" << labels[2] << ") the last result is " << types.back() << ", but must be a token";
  return success();
}

LogicalResult InfeedOp::verify() { return verifyFed(*this, {"C1", "C2", "C3"}); }

// Pairs of a source and a target; labels for their columns, sources, targets and ids.
static LogicalResult verifyPairs(Operation *op, DenseIntElementsAttr pairs, ArrayRef<StringRef> labels) {
  auto type = cast<RankedTensorType>(pairs.getType());
  if (type.getRank() != 2 || type.getDimSize(1) != 2)
    return op->emitOpError() << "(" << labels[0] << ") source_target_pairs is " << describeType(type, {})
                             << ", but needs two columns";
  SmallVector<int64_t> ids(pairs.getValues<int64_t>());
  for (size_t side : {0, 1})
    for (size_t row = side; row < ids.size(); row += 2)
      for (size_t other = side; other < row; other += 2)
        if (ids[row] == ids[other])
          return op->emitOpError() << "(" << labels[1 + side] << ") " << (side ? "target " : "source ") << ids[row]
                                   << " is in two of the source_target_pairs";
  for (int64_t id : ids)
    if (id < 0)
      return op->emitOpError() << "(" << labels[3] << ") source_target_pairs names " << id;
  return success();
}

static LogicalResult verifyChannel(Operation *op, int64_t type, bool isHost, int64_t host,
                                   std::optional<DenseIntElementsAttr> pairs) {
  if (pairs && failed(verifyPairs(op, *pairs, {"C1", "C2", "C3", "C4"})))
    return failure();
  if (type != (isHost ? host : 1))
    return op->emitOpError() << "(C5) channel_type is " << type << ", but is_host_transfer is "
                             << (isHost ? "set" : "not set") << ", which takes " << (isHost ? host : 1);
  return success();
}

LogicalResult SendOp::verify() {
  return verifyChannel(*this, getChannelType(), getIsHostTransfer(), 2, getSourceTargetPairs());
}

LogicalResult RecvOp::verify() {
  if (failed(verifyChannel(*this, getChannelType(), getIsHostTransfer(), 3, getSourceTargetPairs())))
    return failure();
  return verifyFed(*this, {"C6", "C6", "C6"});
}

static LogicalResult inferId(MLIRContext *context, SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, IntegerType::get(context, 32, IntegerType::Unsigned)));
  return success();
}
LogicalResult ReplicaIdOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange, DictionaryAttr,
                                            OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferId(context, types);
}
LogicalResult PartitionIdOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange, DictionaryAttr,
                                              OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferId(context, types);
}

// Which processes groups must name: each once in rows of one width; so, or in shorter rows that end in -1; any.
enum class Groups { Equal, Padded, Some };
// The constraints on their ids, by label.
struct GroupLabels {
  StringRef unique, range;
  StringRef whole = {}; // that they are those of the grid
};

static LogicalResult verifyGroups(Operation *op, DenseIntElementsAttr groups, Groups kind, const GroupLabels &labels) {
  auto type = cast<RankedTensorType>(groups.getType());
  if (type.getRank() != 2)
    return op->emitOpError() << "(" << labels.unique << ") replica_groups is " << describeType(type, {})
                             << ", but must be rows of ids";
  llvm::SmallDenseSet<int64_t> seen;
  bool isPadding = false;
  const int64_t least = kind == Groups::Equal ? 0 : -1;
  for (auto [place, id] : llvm::enumerate(groups.getValues<int64_t>())) {
    isPadding &= int64_t(place) % type.getDimSize(1) != 0;
    if (id < least || (isPadding && id != -1))
      return op->emitOpError() << "(" << labels.range << ") replica_groups names " << id << (id < least ? "" : " behind -1");
    isPadding |= id == -1;
    if (id != -1 && !seen.insert(id).second)
      return op->emitOpError() << "(" << labels.unique << ") replica_groups names " << id << " twice";
  }
  for (int64_t id = 0, count = int64_t(seen.size()); kind != Groups::Some && id != count; ++id)
    if (!seen.contains(id))
      return op->emitOpError() << "(" << labels.whole << ") replica_groups names " << count << " ids, but not " << id;
  return success();
}

static LogicalResult verifyGlobalIds(Operation *op, bool useGlobal, int64_t channel, StringRef label) {
  if (useGlobal && channel <= 0)
    return op->emitOpError() << "(" << label << ") use_global_device_ids needs a channel_id above 0, but it is " << channel;
  return success();
}

static LogicalResult verifyAxis(Operation *op, int64_t axis, RankedTensorType type, StringRef label, StringRef name) {
  if (axis >= 0 && axis < type.getRank())
    return success();
  return op->emitOpError() << "(" << label << ") " << name << " is " << axis << ", but the rank is " << type.getRank();
}

// As many results as operands; result i is `expected(i)`.
static LogicalResult verifyResults(Operation *op, ValueRange inputs, ResultRange outputs, StringRef label,
                                   function_ref<RankedTensorType(RankedTensorType)> expected) {
  SmallVector<SizeAttr> sizes = moduleSizes(op);
  if (inputs.size() != outputs.size())
    return op->emitOpError() << "(" << label << ") there are " << inputs.size() << " operands, but " << outputs.size()
                             << " results";
  for (auto [index, input, output] : llvm::enumerate(inputs, outputs))
    if (RankedTensorType type = expected(tensorType(input)); type != tensorType(output))
      return op->emitOpError() << "(" << label << ") result " << index << " is " << describeType(tensorType(output), sizes)
                               << ", but must be " << describeType(type, sizes);
  return success();
}

RankedTensorType withScaledDim(RankedTensorType type, int64_t dim, int64_t factor, int64_t divisor) {
  SmallVector<AffineExpr> dims = dimExprs(type);
  dims[size_t(dim)] = simplifyExpr((dims[size_t(dim)] * factor).floorDiv(divisor));
  return makeTensorType(dims, type.getElementType());
}

int64_t groupWidth(DenseIntElementsAttr groups) {
  auto type = cast<RankedTensorType>(groups.getType());
  return type.getNumElements() == 0 ? 0 : type.getDimSize(1);
}

// The width by which the dim's extent differs between operand and result.
static int64_t widthFromDims(RankedTensorType smaller, RankedTensorType larger, int64_t dim) {
  if (smaller.getRank() != larger.getRank() || smaller.isDynamicDim(unsigned(dim)) || larger.isDynamicDim(unsigned(dim)) ||
      smaller.getDimSize(unsigned(dim)) == 0)
    return 1;
  return std::max<int64_t>(larger.getDimSize(unsigned(dim)) / smaller.getDimSize(unsigned(dim)), 1);
}

// Processes of a group of rows of replicas: those of a row; where each of them stands for all its partitions, a multiple of
// that, which types tell, as they do where there are no rows.
template <typename Op> static int64_t processesOf(Op op, RankedTensorType smaller, RankedTensorType larger, int64_t dim) {
  int64_t width = groupWidth(op.getReplicaGroups());
  const bool isWhole = width != 0 && (op.getUseGlobalDeviceIds() || int64_t(op.getChannelId()) <= 0);
  if (isWhole)
    return width;
  int64_t told = widthFromDims(smaller, larger, dim);
  return width == 0 || told % width == 0 ? told : width;
}

LogicalResult AllGatherOp::verify() {
  for (Value input : getInputs())
    if (failed(verifyAxis(*this, getAllGatherDim(), tensorType(input), "C1", "all_gather_dim")))
      return failure();
  if (failed(verifyGroups(*this, getReplicaGroups(), Groups::Equal, {"C2", "C4", "C3"})) ||
      failed(verifyGlobalIds(*this, getUseGlobalDeviceIds(), getChannelId(), "C5")))
    return failure();
  int64_t width = 1;
  if (!getInputs().empty() && !getOutputs().empty())
    width = processesOf(*this, tensorType(getInputs()[0]), tensorType(getOutputs()[0]), getAllGatherDim());
  return verifyResults(*this, getInputs(), getOutputs(), "C6",
                       [&](RankedTensorType type) { return withScaledDim(type, getAllGatherDim(), width, 1); });
}

// True for element types whose values all are values of `wide`: the same, or a narrower one of its kind.
static bool isPromotable(Type narrow, Type wide) {
  if (narrow == wide)
    return true;
  if (auto complexWide = dyn_cast<ComplexType>(wide))
    return isa<ComplexType>(narrow) &&
           isPromotable(cast<ComplexType>(narrow).getElementType(), complexWide.getElementType());
  bool isSameKind = (isa<FloatType>(narrow) && isa<FloatType>(wide)) ||
                    (isa<IntegerType>(narrow) && isa<IntegerType>(wide) &&
                     narrow.isUnsignedInteger() == wide.isUnsignedInteger() && !narrow.isInteger(1));
  return isSameKind && narrow.getIntOrFloatBitWidth() <= wide.getIntOrFloatBitWidth();
}

// The body's element type; null where it is no body of two scalars of one type to one.
static Type bodyElement(Region &body) {
  Block &block = body.front();
  auto scalar = block.getNumArguments() == 2 ? dyn_cast<RankedTensorType>(block.getArgument(0).getType()) : nullptr;
  bool isFit = scalar && scalar.getRank() == 0 && block.getArgument(1).getType() == scalar &&
               block.getTerminator()->getNumOperands() == 1 && block.getTerminator()->getOperand(0).getType() == scalar;
  return isFit ? scalar.getElementType() : Type();
}

static LogicalResult verifyReducer(Operation *op, Region &body, ValueRange inputs, StringRef label) {
  Type element = bodyElement(body);
  if (!element)
    return op->emitOpError() << "(" << label << ") the body takes (" << body.front().getArgumentTypes() << ") and returns ("
                             << body.front().getTerminator()->getOperandTypes()
                             << "), but must take two scalars of one type and return one";
  for (Value input : inputs)
    if (!isPromotable(tensorType(input).getElementType(), element))
      return op->emitOpError() << "(" << label << ") an operand holds " << tensorType(input).getElementType()
                               << ", but the body takes " << element;
  return success();
}

LogicalResult AllReduceOp::verify() {
  if (failed(verifyGroups(*this, getReplicaGroups(), Groups::Padded, {"C1", "C3", "C2"})) ||
      failed(verifyGlobalIds(*this, getUseGlobalDeviceIds(), getChannelId(), "C4")) ||
      failed(verifyReducer(*this, getBody(), getInputs(), "C5")))
    return failure();
  Type element = bodyElement(getBody());
  for (auto [index, input, output] : llvm::enumerate(getInputs(), getOutputs()))
    if (tensorType(output).getElementType() != element)
      return emitOpError() << "(C7) result " << index << " holds " << tensorType(output).getElementType()
                           << ", but the body returns " << element;
  return verifyResults(*this, getInputs(), getOutputs(), "C6",
                       [&](RankedTensorType type) { return withElementType(type, element); });
}

LogicalResult ReduceScatterOp::verify() {
  RankedTensorType operand = getOperand().getType();
  int64_t dim = getScatterDimension();
  if (failed(verifyAxis(*this, dim, operand, "C2", "scatter_dimension")) ||
      failed(verifyGroups(*this, getReplicaGroups(), Groups::Equal, {"C3", "C5", "C4"})))
    return failure();
  int64_t width = processesOf(*this, getType(), operand, dim);
  if (!operand.isDynamicDim(unsigned(dim)) && operand.getDimSize(unsigned(dim)) % width != 0)
    return emitOpError() << "(C1) dim " << dim << " of the operand is " << operand.getDimSize(unsigned(dim))
                         << ", which is no multiple of " << width << " processes";
  if (failed(verifyGlobalIds(*this, getUseGlobalDeviceIds(), getChannelId(), "C6")) ||
      failed(verifyReducer(*this, getBody(), getOperand(), "C7")))
    return failure();
  Type element = bodyElement(getBody());
  if (getType().getElementType() != element)
    return emitOpError() << "(C9) the result holds " << getType().getElementType() << ", but the body returns " << element;
  return verifyResults(*this, getOperand(), getOperation()->getResults(), "C8",
                       [&](RankedTensorType type) { return withElementType(withScaledDim(type, dim, 1, width), element); });
}

LogicalResult AllToAllOp::verify() {
  int64_t split = getSplitDimension(), concat = getConcatDimension(), count = getSplitCount();
  if (count < 1)
    return emitOpError() << "(C4) count is " << count << ", but must be positive";
  for (Value input : getInputs()) {
    RankedTensorType type = tensorType(input);
    if (failed(verifyAxis(*this, split, type, "C1", "split_dimension")) ||
        failed(verifyAxis(*this, concat, type, "C3", "concat_dimension")))
      return failure();
    if (!type.isDynamicDim(unsigned(split)) && type.getDimSize(unsigned(split)) % count != 0)
      return emitOpError() << "(C2) dim " << split << " of an operand is " << type.getDimSize(unsigned(split))
                           << ", which is no multiple of " << count;
  }
  if (failed(verifyGroups(*this, getReplicaGroups(), Groups::Equal, {"C5", "C7", "C6"})))
    return failure();
  // Rows of no ids still say how many belong to a group.
  if (int64_t width = cast<RankedTensorType>(getReplicaGroups().getType()).getDimSize(1); width != 0 && width != count)
    return emitOpError() << "(C8) a group has " << width << " processes, but count is " << count;
  return verifyResults(*this, getInputs(), getOutputs(), "C9", [&](RankedTensorType type) {
    return split == concat ? type : withScaledDim(withScaledDim(type, split, 1, count), concat, count, 1);
  });
}

LogicalResult CollectiveBroadcastOp::verify() {
  if (failed(verifyGroups(*this, getReplicaGroups(), Groups::Some, {"C1", "C2"})))
    return failure();
  bool hasRoots = getHasDynamicRoot();
  StringRef label = hasRoots ? "C4" : "C3";
  if (getInputs().size() < (hasRoots ? 2 : 1))
    return emitOpError() << "(" << label << ") there are " << getInputs().size() << " operands, but " << (hasRoots ? 2 : 1)
                         << " are needed";
  ValueRange inputs = getInputs();
  if (hasRoots) {
    auto roots = RankedTensorType::get({int64_t(inputs.size()) - 1}, IntegerType::get(getContext(), 32));
    if (inputs.back().getType() != roots)
      return emitOpError() << "(C4) the last operand is " << describeType(tensorType(inputs.back()), {}) << ", but must be "
                           << describeType(roots, {});
    inputs = inputs.drop_back();
  }
  if (inputs.size() != getOutputs().size())
    return emitOpError() << "(C5) there are " << getOutputs().size() << " results, but " << inputs.size() << " are needed";
  return verifyResults(*this, inputs, getOutputs(), label, [](RankedTensorType type) { return type; });
}

LogicalResult CollectivePermuteOp::verify() { return verifyPairs(*this, getSourceTargetPairs(), {"C1", "C2", "C3", "C4"}); }

LogicalResult AsyncStartOp::verify() {
  Block &block = getBody().front();
  if (block.getOperations().size() != 2)
    return emitOpError() << "(C1) the body holds " << block.getOperations().size() - 1
                         << " operations, but must hold one and a return";
  Operation &inner = block.front();
  if (!isa<AllReduceOp, AllGatherOp, AllToAllOp, CollectivePermuteOp, ReduceScatterOp, CollectiveBroadcastOp, SliceOp,
           DynamicSliceOp, DynamicUpdateSliceOp>(inner))
    return emitOpError() << "(C2) the body holds " << inner.getName()
                         << ", but only a collective operation or a slice may be asynchronous";
  if (block.getArgumentTypes() != getInputs().getTypes() || !llvm::equal(inner.getOperands(), block.getArguments()))
    return emitOpError() << "(C3) the body must take (" << getInputs().getTypes() << ") and give them to " << inner.getName()
                         << " in their order";
  if (!llvm::equal(block.getTerminator()->getOperands(), inner.getResults()))
    return emitOpError() << "(C1) the body must return the results of " << inner.getName();
  if (!llvm::equal(getType().getTypes(), inner.getResultTypes()))
    return emitOpError() << "(C4) the result is " << getType() << ", but the body returns (" << inner.getResultTypes()
                         << ")";
  return success();
}

LogicalResult AsyncDoneOp::verify() {
  if (!llvm::equal(getOperand().getType().getTypes(), getResultTypes()))
    return emitOpError() << "(C1) the results are (" << getResultTypes() << "), but the operand is "
                         << getOperand().getType();
  return success();
}

//===--- Process groups ---===//

namespace {
// How ids make groups of processes.
enum class Strategy { CrossReplica, CrossPartition, CrossReplicaAndPartition, FlattenedIds };
} // namespace

static std::pair<Strategy, DenseIntElementsAttr> groupingOf(Operation *op) {
  auto all = [](auto typed) {
    Strategy strategy = typed.getUseGlobalDeviceIds()       ? Strategy::FlattenedIds
                        : int64_t(typed.getChannelId()) > 0 ? Strategy::CrossReplicaAndPartition
                                                            : Strategy::CrossReplica;
    return std::pair(strategy, typed.getReplicaGroups());
  };
  auto some = [](int64_t channel, DenseIntElementsAttr groups) {
    return std::pair(channel > 0 ? Strategy::CrossPartition : Strategy::CrossReplica, groups);
  };
  return llvm::TypeSwitch<Operation *, std::pair<Strategy, DenseIntElementsAttr>>(op)
      .Case<AllGatherOp, AllReduceOp, ReduceScatterOp>(all)
      .Case<AllToAllOp, CollectiveBroadcastOp>(
          [&](auto typed) { return some(typed.getChannelId(), typed.getReplicaGroups()); })
      .Case<CollectivePermuteOp>([&](auto typed) { return some(typed.getChannelId(), typed.getSourceTargetPairs()); })
      .Case<SendOp, RecvOp>([&](auto typed) {
        return some(typed.getChannelId(), typed.getSourceTargetPairs().value_or(DenseIntElementsAttr()));
      })
      .Default([](Operation *) -> std::pair<Strategy, DenseIntElementsAttr> { llvm_unreachable("no op of groups"); });
}

FailureOr<ProcessGroups> processGroups(Operation *op, int64_t replicas, int64_t partitions, std::string *why) {
  auto [strategy, ids] = groupingOf(op);
  int64_t count = strategy == Strategy::CrossPartition ? partitions
                  : strategy == Strategy::FlattenedIds ? replicas * partitions
                                                       : replicas;
  ProcessGroups rows;
  if (!ids || ids.getNumElements() == 0) {
    // Pairs that are not given are none; groups that are not given are one of all.
    if (ids && !isa<CollectivePermuteOp>(op)) {
      rows.emplace_back();
      for (int64_t id = 0; id != count; ++id)
        rows.back().push_back(id);
    }
  } else {
    int64_t width = cast<RankedTensorType>(ids.getType()).getDimSize(1);
    for (auto [place, id] : llvm::enumerate(ids.getValues<int64_t>())) {
      if (int64_t(place) % width == 0)
        rows.emplace_back();
      if (id >= count) {
        *why = "it names " + std::to_string(id) + " of " + std::to_string(count) +
               (strategy == Strategy::CrossPartition ? " partitions"
                : strategy == Strategy::FlattenedIds ? " processes"
                                                     : " replicas");
        return failure();
      }
      if (id >= 0)
        rows.back().push_back(id);
    }
  }
  ProcessGroups groups;
  auto addGroup = [&](ArrayRef<int64_t> row, int64_t factor, int64_t offset) {
    groups.push_back(llvm::map_to_vector(row, [&](int64_t id) { return id * factor + offset; }));
  };
  for (ArrayRef<int64_t> row : rows) {
    switch (strategy) {
    case Strategy::FlattenedIds:
      addGroup(row, 1, 0);
      break;
    case Strategy::CrossReplica:
      for (int64_t partition = 0; partition != partitions; ++partition)
        addGroup(row, partitions, partition);
      break;
    case Strategy::CrossPartition:
      for (int64_t replica = 0; replica != replicas; ++replica)
        addGroup(row, 1, replica * partitions);
      break;
    case Strategy::CrossReplicaAndPartition:
      groups.emplace_back();
      for (int64_t partition = 0; partition != partitions; ++partition)
        for (int64_t replica : row)
          groups.back().push_back(replica * partitions + partition);
      break;
    }
  }
  return groups;
}

//===--- One process ---===//

static Value zerosOf(Type type, OpBuilder &builder, Location loc) {
  auto scalar = scalarType(type);
  Value zero = ConstantOp::create(builder, loc, cast<ElementsAttr>(builder.getZeroAttr(scalar)));
  return BroadcastInDimOp::create(builder, loc, type, zero, ArrayRef<int64_t>());
}

// The operand itself where the group is this process, zeros where it is in none.
static LogicalResult lowerCollective(Operation *op, OpBuilder &builder) {
  std::string why;
  FailureOr<ProcessGroups> groups = processGroups(op, 1, 1, &why);
  if (failed(groups))
    return op->emitError() << "'" << op->getName()
                           << "' needs more than the one process that a compiled program is: " << why;
  bool isMember = !groups->empty() && !groups->front().empty();
  bool mayBeOutside = isa<CollectivePermuteOp, CollectiveBroadcastOp>(op);
  if (!isMember && !mayBeOutside)
    return op->emitError() << "'" << op->getName() << "' has no group with the process that runs it";
  for (auto [result, operand] : llvm::zip(op->getResults(), op->getOperands())) {
    Value value = isMember ? operand : zerosOf(result.getType(), builder, op->getLoc());
    if (value.getType() != result.getType() &&
        withElementType(tensorType(value), tensorType(result).getElementType()) == result.getType())
      value = ConvertOp::create(builder, op->getLoc(), result.getType(), value);
    if (value.getType() != result.getType())
      return op->emitError() << "'" << op->getName() << "' gives " << describeType(tensorType(result), moduleSizes(op))
                             << " of " << describeType(tensorType(operand), moduleSizes(op))
                             << ", which needs more than the one process that a compiled program is";
    result.replaceAllUsesWith(value);
  }
  op->erase();
  return success();
}

static bool isCollective(Operation *op) {
  return isa<AllGatherOp, AllReduceOp, ReduceScatterOp, AllToAllOp, CollectiveBroadcastOp, CollectivePermuteOp>(op);
}
static bool isExchange(Operation *op) { return isa<InfeedOp, OutfeedOp, SendOp, RecvOp>(op); }

static LogicalResult lowerOp(Operation *op, OpBuilder &builder) {
  builder.setInsertionPoint(op);
  if (isa<ReplicaIdOp, PartitionIdOp>(op)) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    op->replaceAllUsesWith(
        ValueRange{ConstantOp::create(builder, op->getLoc(), cast<ElementsAttr>(builder.getZeroAttr(type)))});
    op->erase();
    return success();
  }
  if (isCollective(op))
    return lowerCollective(op, builder);
  if (isExchange(op))
    return op->emitError() << "'" << op->getName()
                           << "' exchanges tensors with a host or another process, which a compiled program has not";
  if (auto start = dyn_cast<AsyncStartOp>(op)) {
    Operation *inner = &start.getBody().front().front();
    inner->setOperands(start.getInputs());
    inner->moveBefore(start);
    for (Operation *user : llvm::make_early_inc_range(start->getUsers())) {
      auto done = dyn_cast<AsyncDoneOp>(user);
      if (!done)
        return user->emitError() << "'" << user->getName() << "' takes a future, which only ingot.async_done may";
      done.replaceAllUsesWith(inner->getResults());
      done.erase();
    }
    start.getBody().front().getTerminator()->erase();
    start.erase();
    return lowerOp(inner, builder);
  }
  return success();
}

LogicalResult lowerToOneProcess(Operation *root) {
  SmallVector<Operation *> ops;
  // What async_start and collective ops hold belongs to them, and goes with them.
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<IngotDialect>(op->getDialect()) && !isa<AsyncDoneOp>(op))
      ops.push_back(op);
    return isa<AsyncStartOp>(op) || isCollective(op) ? WalkResult::skip() : WalkResult::advance();
  });
  OpBuilder builder(root->getContext());
  bool isLowered = true;
  for (Operation *op : ops)
    isLowered &= succeeded(lowerOp(op, builder));
  return success(isLowered);
}

std::string problemsInOneProcess(ModuleOp module) {
  std::string problems;
  WalkResult found = module.walk(
      [](Operation *op) { return isCollective(op) || isExchange(op) ? WalkResult::interrupt() : WalkResult::advance(); });
  if (!found.wasInterrupted())
    return problems;
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
    problems += (problems.empty() ? "" : "\n") + diagnostic.str();
    return success();
  });
  OwningOpRef<ModuleOp> copy = module.clone();
  (void)lowerToOneProcess(*copy);
  return problems;
}

} // namespace ingot
