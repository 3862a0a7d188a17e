// Ops that processes exchange tensors by, and tokens.
#include "ir/Distribution.h"
#include "ir/Types.h"
#include "ir/reference/Bodies.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Process.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;

namespace ingot::reference {
namespace {

// The one process of its grid.
class Alone : public Process {
public:
  llvm::Expected<std::vector<std::vector<Tensor>>> exchange(Operation *, ArrayRef<int64_t>,
                                                            std::vector<Tensor> given) override {
    std::vector<std::vector<Tensor>> all;
    all.push_back(std::move(given));
    return all;
  }
  void send(Channel, std::vector<Tensor>) override {}
  llvm::Expected<std::vector<Tensor>> receive(Operation *, Channel) override {
    return llvm::createStringError(std::errc::invalid_argument, "nothing is sent to a program that runs alone");
  }
  llvm::Expected<std::vector<Tensor>> readInfeed() override {
    return llvm::createStringError(std::errc::invalid_argument, "a program that runs alone has no infeed");
  }
  void writeOutfeed(std::vector<Tensor>) override {}
};

template <typename... Arguments> llvm::Error problem(const char *format, Arguments... arguments) {
  return llvm::createStringError(std::errc::invalid_argument, format, arguments...);
}

Tensor tokenOf(MLIRContext *context) { return Tensor{TokenType::get(context), {}, {}, {}}; }

// The part of `tensor` from `start` along `dim` that `result` has at its place `at`.
void copyPart(const Tensor &tensor, int64_t dim, int64_t start, Tensor &result, int64_t resultDim, int64_t at,
              ArrayRef<int64_t> box) {
  StridedView from{0, rowMajorStrides(tensor.dims)}, to{0, rowMajorStrides(result.dims)};
  from.offset = start * from.strides[size_t(dim)];
  to.offset = at * to.strides[size_t(resultDim)];
  stridedCopy(tensor.bytes.data(), from, result.bytes.data(), to, box, elementBytes(tensor.elementType));
}

// The values of the group's processes, which must have the types of this one's.
struct Group {
  int64_t place = 0; // of this process
  std::vector<std::vector<Tensor>> values;
};

// Nothing where this process is in no group.
llvm::Expected<std::optional<Group>> meet(Operation *op, ArrayRef<int64_t> ids, Operands operands, Process &process) {
  auto own = llvm::find(ids, process.number());
  if (own == ids.end())
    return std::nullopt;
  std::vector<Tensor> given;
  for (const Tensor *operand : operands)
    given.push_back(*operand);
  auto values = process.exchange(op, ids, std::move(given));
  if (!values)
    return values.takeError();
  for (const std::vector<Tensor> &others : *values)
    for (size_t i = 0; i != operands.size(); ++i)
      if (others.size() != operands.size() || others[i].elementType != operands[i]->elementType ||
          others[i].dims != operands[i]->dims)
        return problem("the processes of a group give tensors of different types");
  return Group{own - ids.begin(), std::move(*values)};
}

llvm::Expected<std::optional<Group>> meet(Operation *op, Operands operands, Process &process) {
  std::string why;
  FailureOr<ProcessGroups> groups = processGroups(op, process.replicas, process.partitions, &why);
  if (failed(groups))
    return problem("%s", why.c_str());
  for (ArrayRef<int64_t> ids : *groups)
    if (llvm::is_contained(ids, process.number()))
      return meet(op, ids, operands, process);
  return std::nullopt;
}

llvm::Error noGroup(const Process &process) {
  return problem("process (%lld, %lld) is in no group", (long long)process.replica, (long long)process.partition);
}

// All values of operand `index` combined by the body, in the body's element type.
llvm::Expected<Tensor> reduced(Block &body, const Group &group, size_t index) {
  Type element = cast<RankedTensorType>(body.getArgument(0).getType()).getElementType();
  const Tensor &first = group.values.front()[index];
  std::vector<Tensor> sum{flattened(converted(first, element), first.numElements())};
  for (const std::vector<Tensor> &next : llvm::drop_begin(group.values))
    if (first.numElements() != 0)
      if (llvm::Error error = combine(body, sum, {flattened(converted(next[index], element), first.numElements())}))
        return std::move(error);
  Tensor result = Tensor::zeros(element, first.dims);
  result.bytes = std::move(sum.front().bytes);
  return result;
}

llvm::Error checkDims(const Tensor &result, ArrayRef<int64_t> dims) {
  if (ArrayRef<int64_t>(result.dims) == dims)
    return llvm::Error::success();
  return problem("the group makes %s, but the result is %s",
                 describeType(RankedTensorType::get(dims, result.elementType), {}).c_str(),
                 describeType(RankedTensorType::get(result.dims, result.elementType), {}).c_str());
}

llvm::Error evaluate(AllGatherOp op, const Group &group, std::vector<Tensor> &results) {
  int64_t dim = op.getAllGatherDim();
  for (size_t i = 0; i != results.size(); ++i) {
    SmallVector<int64_t> box = group.values.front()[i].dims, dims = box;
    dims[size_t(dim)] *= int64_t(group.values.size());
    if (llvm::Error error = checkDims(results[i], dims))
      return error;
    for (size_t p = 0; p != group.values.size(); ++p)
      copyPart(group.values[p][i], dim, 0, results[i], dim, int64_t(p) * box[size_t(dim)], box);
  }
  return llvm::Error::success();
}

llvm::Error evaluate(AllReduceOp op, const Group &group, std::vector<Tensor> &results) {
  for (size_t i = 0; i != results.size(); ++i) {
    auto sum = reduced(op.getBody().front(), group, i);
    if (!sum)
      return sum.takeError();
    results[i] = std::move(*sum);
  }
  return llvm::Error::success();
}

llvm::Error evaluate(ReduceScatterOp op, const Group &group, std::vector<Tensor> &results) {
  auto sum = reduced(op.getBody().front(), group, 0);
  if (!sum)
    return sum.takeError();
  int64_t dim = op.getScatterDimension();
  SmallVector<int64_t> box = sum->dims;
  box[size_t(dim)] /= int64_t(group.values.size());
  if (llvm::Error error = checkDims(results[0], box))
    return error;
  copyPart(*sum, dim, group.place * box[size_t(dim)], results[0], dim, 0, box);
  return llvm::Error::success();
}

llvm::Error evaluate(AllToAllOp op, const Group &group, std::vector<Tensor> &results) {
  int64_t split = op.getSplitDimension(), concat = op.getConcatDimension(), count = op.getSplitCount();
  if (int64_t(group.values.size()) != count)
    return problem("the group has %zu processes, but count is %lld", group.values.size(), (long long)count);
  for (size_t i = 0; i != results.size(); ++i) {
    SmallVector<int64_t> box = group.values.front()[i].dims;
    box[size_t(split)] /= count;
    for (size_t p = 0; p != group.values.size(); ++p)
      copyPart(group.values[p][i], split, group.place * box[size_t(split)], results[i], concat,
               int64_t(p) * box[size_t(concat)], box);
  }
  return llvm::Error::success();
}

llvm::Error evaluate(CollectiveBroadcastOp op, const Group &group, std::vector<Tensor> &results) {
  for (size_t i = 0; i != results.size(); ++i) {
    int32_t root = op.getHasDynamicRoot() ? group.values[size_t(group.place)].back().data<int32_t>()[i] : 0;
    if (root < 0 || size_t(root) >= group.values.size())
      return problem("root %d is no place of a group of %zu processes", root, group.values.size());
    results[i] = group.values[size_t(root)][i];
  }
  return llvm::Error::success();
}

// The pairs one after the other, of which a process may be the source of one and the target of another.
llvm::Error permute(CollectivePermuteOp op, Operands operands, Tensor &result, Process &process) {
  std::string why;
  FailureOr<ProcessGroups> pairs = processGroups(op, process.replicas, process.partitions, &why);
  if (failed(pairs))
    return problem("%s", why.c_str());
  for (ArrayRef<int64_t> pair : *pairs) {
    if (pair[0] == pair[1]) {
      if (pair[0] == process.number())
        result = *operands[0];
      continue;
    }
    auto group = meet(op, pair, operands, process);
    if (!group)
      return group.takeError();
    if (*group && (*group)->place == 1)
      result = (*group)->values[0][0];
  }
  return llvm::Error::success();
}

// The channels that the op's pairs open for this process as their source (side 0) or target (side 1).
llvm::Expected<SmallVector<Process::Channel>> channelsOf(Operation *op, int64_t id, bool isHost, size_t side,
                                                         const Process &process) {
  if (isHost)
    return SmallVector<Process::Channel>{{id, -1, -1}};
  std::string why;
  FailureOr<ProcessGroups> pairs = processGroups(op, process.replicas, process.partitions, &why);
  if (failed(pairs))
    return problem("%s", why.c_str());
  SmallVector<Process::Channel> channels;
  for (ArrayRef<int64_t> pair : *pairs)
    if (pair[side] == process.number())
      channels.push_back({id, pair[0], pair[1]});
  return channels;
}

Results withToken(Operation *op, llvm::Expected<std::vector<Tensor>> values, ArrayRef<int64_t> sizes) {
  if (!values)
    return values.takeError();
  size_t count = op->getNumResults() - 1;
  bool isFit = values->size() == count;
  for (size_t i = 0; isFit && i != count; ++i) {
    auto type = cast<RankedTensorType>(op->getResult(unsigned(i)).getType());
    auto dims = concreteDims(type, sizes);
    if (!dims)
      return dims.takeError();
    isFit = (*values)[i].elementType == type.getElementType() && (*values)[i].dims == *dims;
  }
  if (!isFit)
    return problem("the tensors that arrive are not those of the results");
  values->push_back(tokenOf(op->getContext()));
  return values;
}

Results evaluateEffect(Operation *op, Operands operands, ArrayRef<int64_t> sizes, Process &process) {
  std::vector<Tensor> given, token;
  for (const Tensor *operand : operands)
    given.push_back(*operand);
  token.push_back(tokenOf(op->getContext()));
  if (isa<AfterAllOp>(op))
    return token;
  if (isa<InfeedOp>(op))
    return withToken(op, process.readInfeed(), sizes);
  if (isa<OutfeedOp>(op)) {
    given.pop_back();
    process.writeOutfeed(std::move(given));
    return token;
  }
  if (auto send = dyn_cast<SendOp>(op)) {
    auto channels = channelsOf(op, send.getChannelId(), send.getIsHostTransfer(), 0, process);
    if (!channels)
      return channels.takeError();
    given.pop_back();
    for (Process::Channel channel : *channels)
      process.send(channel, given);
    return token;
  }
  auto recv = cast<RecvOp>(op);
  auto channels = channelsOf(op, recv.getChannelId(), recv.getIsHostTransfer(), 1, process);
  if (!channels)
    return channels.takeError();
  if (channels->empty())
    return problem("no source is paired with process (%lld, %lld)", (long long)process.replica,
                   (long long)process.partition);
  return withToken(op, process.receive(op, channels->front()), sizes);
}

} // namespace

bool isDistributed(Operation *op) {
  return isa<AfterAllOp, InfeedOp, OutfeedOp, SendOp, RecvOp, ReplicaIdOp, PartitionIdOp, AllGatherOp, AllReduceOp,
             ReduceScatterOp, AllToAllOp, CollectiveBroadcastOp, CollectivePermuteOp>(op);
}

Results evaluateDistribution(Operation *op, Operands operands, ArrayRef<int64_t> sizes, Process *process) {
  Alone alone;
  Process &own = process ? *process : alone;
  if (isa<AfterAllOp, InfeedOp, OutfeedOp, SendOp, RecvOp>(op))
    return evaluateEffect(op, operands, sizes, own);
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  if (isa<ReplicaIdOp, PartitionIdOp>(op)) {
    auto id = uint64_t(isa<ReplicaIdOp>(op) ? own.replica : own.partition);
    encode<uint64_t>(results->front().elementType, &id, 1, results->front().bytes.data());
    return results;
  }
  if (auto collective = dyn_cast<CollectivePermuteOp>(op)) {
    if (llvm::Error error = permute(collective, operands, results->front(), own))
      return std::move(error);
    return results;
  }
  auto group = meet(op, operands, own);
  if (!group)
    return group.takeError();
  if (!*group)
    return isa<CollectiveBroadcastOp>(op) ? std::move(results) : Results(noGroup(own));
  llvm::Error error = llvm::TypeSwitch<Operation *, llvm::Error>(op)
                          .Case<AllGatherOp, AllReduceOp, ReduceScatterOp, AllToAllOp, CollectiveBroadcastOp>(
                              [&](auto typed) { return evaluate(typed, **group, *results); })
                          .Default([](Operation *) { return llvm::Error::success(); });
  if (error)
    return std::move(error);
  return results;
}

} // namespace ingot::reference
