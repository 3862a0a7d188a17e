// Loop and Scan: an ingot.while where the types of what is carried stay as they are, else the rounds one after the other.
#include "frontends/common/Loops.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// Rounds that are imported one after the other at most.
constexpr int64_t kMostUnrolled = 64;
// From here on a trip count means "until the condition ends it".
constexpr int64_t kUnbounded = int64_t(1) << 40;
// Rounds that are gone through at most to learn when a condition ends a loop.
constexpr int64_t kMostCounted = 1 << 14;

EntryRef knownEntry(NodeContext &n, Type elementType, int64_t value) {
  auto entry = std::make_shared<Entry>();
  entry->type = RankedTensorType::get({}, elementType);
  entry->known = SymbolicTensor::makeInts(entry->type, ArrayRef<int64_t>{value});
  return entry;
}

// The one element of a known tensor.
std::optional<int64_t> knownScalar(const SymbolicTensor *value) {
  std::optional<SmallVector<int64_t>> elements = value ? value->constants() : std::nullopt;
  return elements && elements->size() == 1 ? std::optional(elements->front()) : std::nullopt;
}

// What one round gives.
struct Round {
  SmallVector<Value> carried;
  Value condition; // a scalar i1; null: true
  SmallVector<Value> parts;
};

// A loop to emit.
struct Repetition {
  AffineExpr steps; // how many rounds at most, if known before any input is
  Value count;      // else that as a scalar i64; null: no bound
  Value condition;  // whether there is a first round; null: there is
  SmallVector<Value> initial;
  SmallVector<bool> backwards; // of each part: the first round's is the last
  llvm::function_ref<std::optional<Round>(Value step, ArrayRef<Value> carried)> body;
};

// How often a body runs whose condition follows from carried values that are known: a counter and its limit. `block` takes
// the step and the carried values, and the first round runs.
std::optional<int64_t> countRounds(NodeContext &n, ArrayRef<Value> initial, Block &block, const Round &round) {
  SmallVector<std::optional<SymbolicTensor>> carried;
  for (Value value : initial) {
    const SymbolicTensor *elements = n.host(value);
    carried.push_back(elements ? std::optional(*elements) : std::nullopt);
  }
  auto stepType = cast<RankedTensorType>(block.getArgument(0).getType());
  for (int64_t rounds = 1; rounds <= kMostCounted; ++rounds) {
    SymbolicEvaluator evaluator(n.sizes());
    evaluator.give(block.getArgument(0), SymbolicTensor::makeInts(stepType, ArrayRef<int64_t>{rounds - 1}));
    for (auto [index, elements] : llvm::enumerate(carried))
      if (elements)
        evaluator.give(block.getArgument(1 + index), *elements);
    std::optional<int64_t> goesOn = knownScalar(evaluator.elementsOf(round.condition));
    if (!goesOn)
      return std::nullopt;
    if (*goesOn == 0)
      return rounds;
    for (auto [elements, value] : llvm::zip_equal(carried, round.carried))
      if (elements) {
        const SymbolicTensor *next = evaluator.elementsOf(value);
        elements = next ? std::optional(*next) : std::nullopt;
      }
  }
  return std::nullopt;
}

// The values carried out, then the parts of all rounds stacked along dim 0. None after an error.
std::optional<SmallVector<Value>> repeat(NodeContext &n, const Repetition &loop) {
  ValueBuilder &b = n.b;
  Type indexType = b.getI64Type();
  Location loc = b.getLoc();
  Region body;
  std::optional<Round> round;
  AffineExpr steps = loop.steps;
  Value one = b.integer(indexType, 1), zero = b.integer(indexType, 0);
  Value count = steps ? b.sizeOf(steps, indexType) : loop.count;
  SmallVector<Value> initial = {zero};
  initial.append(loop.initial);
  bool conditional = false;
  Block *outer = b.getInsertionBlock();
  Block::iterator place = b.getInsertionPoint();
  {
    OpBuilder::InsertionGuard guard(b);
    SmallVector<Type> types = llvm::to_vector(ValueRange(initial).getTypes());
    Block *block = b.createBlock(&body, {}, types, SmallVector<Location>(types.size(), loc));
    Value step = block->getArgument(0);
    SmallVector<Value> arguments(block->getArguments().begin() + 1, block->getArguments().end());
    round = loop.body(step, arguments);
    if (!round)
      return std::nullopt;
    SmallVector<Value> next = {b.add(step, one)};
    for (auto [index, from, to] : llvm::enumerate(loop.initial, round->carried)) {
      if (from.getType() != to.getType()) {
        (void)n.error("value " + llvm::Twine(index) + " is carried as " + n.show(cast<RankedTensorType>(from.getType())) +
                      " into a round and as " + n.show(cast<RankedTensorType>(to.getType())) +
                      " out of it; a loop of run time needs one type");
        return std::nullopt;
      }
      next.push_back(to);
    }
    conditional = loop.condition || round->condition;
    if (round->condition && !loop.condition && !loop.count && (!steps || staticDim(steps) > 0))
      if (std::optional<int64_t> rounds = countRounds(n, loop.initial, *block, *round)) {
        steps = b.number(steps ? std::min(staticDim(steps), *rounds) : *rounds);
        conditional = false;
        round->condition = {};
        OpBuilder::InsertionGuard outside(b);
        b.setInsertionPoint(outer, place);
        count = b.sizeOf(steps, indexType);
      }
    if (!count && !conditional) {
      (void)n.error("has neither a trip count nor a condition that ends it");
      return std::nullopt;
    }
    if (!round->parts.empty() && (!steps || conditional)) {
      // Where the condition is carried, what it is computed from before the first round and in each.
      auto carriedFrom = [&](BlockArgument argument) -> SmallVector<Value> {
        const size_t place = argument.getArgNumber();
        if (argument.getOwner() != block || place == 0 || place > loop.initial.size())
          return {};
        return {loop.initial[place - 1], round->carried[place - 1]};
      };
      (void)n.error("how often it runs is known at run time only, so what its rounds give has no size" +
                    (round->condition ? n.decidedBy(round->condition, carriedFrom) : ""));
      return std::nullopt;
    }
    for (auto [index, part] : llvm::enumerate(round->parts)) {
      Dims dims = {steps};
      llvm::append_range(dims, ValueBuilder::dimsOf(part));
      Value whole = block->addArgument(makeTensorType(dims, ValueBuilder::elementOf(part)), loc);
      Value place = index < loop.backwards.size() && loop.backwards[index] ? b.sub(b.sub(count, one), step) : step;
      next.push_back(staticDim(steps) == 0 ? whole : withPartAt(b, whole, part, place));
    }
    if (conditional) {
      block->addArgument(RankedTensorType::get({}, b.getI1Type()), loc);
      next.push_back(round->condition ? round->condition : b.integer(b.getI1Type(), 1));
    }
    ReturnOp::create(b, next);
  }
  for (Value part : round->parts) {
    Dims dims = {steps};
    llvm::append_range(dims, ValueBuilder::dimsOf(part));
    initial.push_back(b.splat(dims, ValueBuilder::elementOf(part), 0));
  }
  if (conditional)
    initial.push_back(loop.condition ? loop.condition : b.integer(b.getI1Type(), 1));
  SmallVector<Type> types = llvm::to_vector(ValueRange(initial).getTypes());
  auto op = WhileOp::create(b, types, initial);
  op.getBody().takeBody(body);
  OpBuilder::InsertionGuard guard(b);
  op.getCond().getBlocks().clear();
  Block *cond = b.createBlock(&op.getCond(), {}, types, SmallVector<Location>(types.size(), loc));
  Value goesOn = conditional ? Value(cond->getArguments().back()) : Value();
  if (count) {
    Value within = b.compare(ComparisonDirection::LT, cond->getArgument(0), count);
    goesOn = goesOn ? b.binary<AndOp>(goesOn, within) : within;
  }
  ReturnOp::create(b, goesOn);
  return llvm::to_vector_of<Value>(op.getResults().drop_front().drop_back(conditional));
}

//===--- Loop ---------------------------------------------------------------------------------------------------------===//

struct LoopNode {
  NodeContext &n;
  size_t carried; // values

  size_t parts() const { return n.node.output_size() - carried; }
  std::optional<std::vector<EntryRef>> runBody(EntryRef step, ArrayRef<EntryRef> values);
  LogicalResult whileLoop(AffineExpr steps, Value count, Value condition);
  LogicalResult unrolled(int64_t steps);
};

std::optional<std::vector<EntryRef>> LoopNode::runBody(EntryRef step, ArrayRef<EntryRef> values) {
  // A round runs where the condition holds.
  std::vector<EntryRef> inputs = {std::move(step), knownEntry(n, n.b.getI1Type(), 1)};
  inputs.insert(inputs.end(), values.begin(), values.end());
  std::optional<std::vector<EntryRef>> outputs = n.inlineGraph("body", inputs);
  if (outputs && outputs->size() != 1 + carried + parts()) {
    (void)n.error("its body gives " + llvm::Twine(outputs->size()) + " values, " + llvm::Twine(1 + carried + parts()) +
                  " are needed");
    return std::nullopt;
  }
  return outputs;
}

LogicalResult LoopNode::whileLoop(AffineExpr steps, Value count, Value condition) {
  Repetition loop{steps, count, condition, {}, {}, nullptr};
  for (size_t i = 0; i != carried; ++i) {
    if (!n.has(2 + i) || !n.entry(2 + i)->isTensor())
      return n.error("a loop of run time carries tensors only");
    loop.initial.push_back(n.value(2 + i));
  }
  auto body = [&](Value step, ArrayRef<Value> values) -> std::optional<Round> {
    std::vector<EntryRef> entries;
    for (Value value : values)
      entries.push_back(NodeContext::tensor(value, "carried"));
    std::optional<std::vector<EntryRef>> outputs = runBody(NodeContext::tensor(step, "step"), entries);
    if (!outputs)
      return std::nullopt;
    Round round;
    const EntryRef &again = outputs->front();
    std::optional<int64_t> always = knownScalar(n.host(again));
    if (!always || *always == 0)
      round.condition = n.b.reshape(n.valueOf(again), {});
    for (const EntryRef &entry : ArrayRef(*outputs).drop_front()) {
      if (!entry->isTensor()) {
        (void)n.error("a loop of run time carries tensors only");
        return std::nullopt;
      }
      (round.carried.size() < carried ? round.carried : round.parts).push_back(n.valueOf(entry));
    }
    return round;
  };
  loop.body = body;
  std::optional<SmallVector<Value>> results = repeat(n, loop);
  if (!results)
    return failure();
  for (auto [index, value] : llvm::enumerate(*results))
    n.result(index, value);
  return success();
}

LogicalResult LoopNode::unrolled(int64_t steps) {
  std::vector<EntryRef> values;
  for (size_t i = 0; i != carried; ++i) {
    if (!n.has(2 + i))
      return n.error("carried value " + llvm::Twine(i) + " is absent");
    values.push_back(n.entry(2 + i));
  }
  std::vector<SmallVector<Value>> stacked(parts());
  for (int64_t step = 0; step != steps; ++step) {
    std::optional<std::vector<EntryRef>> outputs = runBody(knownEntry(n, n.b.getI64Type(), step), values);
    if (!outputs)
      return failure();
    values.assign(outputs->begin() + 1, outputs->begin() + 1 + carried);
    for (size_t i = 0; i != parts(); ++i) {
      const EntryRef &entry = (*outputs)[1 + carried + i];
      if (!entry->isTensor())
        return n.error("a round gives a sequence or an optional");
      Value part = n.valueOf(entry);
      Dims dims = {n.b.number(1)};
      llvm::append_range(dims, ValueBuilder::dimsOf(part));
      stacked[i].push_back(n.b.reshape(part, dims));
      if (stacked[i].front().getType() != stacked[i].back().getType())
        return n.error("output " + llvm::Twine(carried + i) + " has another type in round " + llvm::Twine(step));
    }
    const EntryRef &again = outputs->front();
    std::optional<int64_t> goesOn = knownScalar(n.host(again));
    if (!goesOn)
      return n.error("whether a round follows is known at run time only");
    if (*goesOn == 0)
      break;
  }
  for (size_t i = 0; i != carried; ++i)
    n.result(i, values[i]);
  for (size_t i = 0; i != parts(); ++i) {
    if (stacked[i].empty())
      return n.error("it never runs, so output " + llvm::Twine(carried + i) + " has no type");
    n.result(carried + i, stacked[i].size() == 1 ? stacked[i].front() : n.b.concat(stacked[i], 0));
  }
  return success();
}

LogicalResult loop(NodeContext &n) {
  size_t carried = n.numInputs() > 2 ? n.numInputs() - 2 : 0;
  if (static_cast<size_t>(n.node.output_size()) < carried)
    return n.error("carries " + llvm::Twine(carried) + " values, but has " + llvm::Twine(n.node.output_size()) + " outputs");
  for (size_t i : {0, 1})
    if (n.has(i) && (!n.entry(i)->isTensor() || !n.type(i).hasStaticShape() || n.type(i).getNumElements() != 1 ||
                     !n.element(i).isInteger(i == 0 ? 64 : 1)))
      return n.error((i == 0 ? "the trip count" : "the condition") + llvm::Twine(" is no ") + (i == 0 ? "INT64" : "BOOL") +
                     " of one element");
  LoopNode node{n, carried};
  // Where the rounds' results are stacked, both decide how many there are.
  auto count = [&](size_t index) { return node.parts() != 0 ? n.deciding(index) : n.host(index); };
  std::optional<int64_t> first = n.has(1) ? knownScalar(count(1)) : std::optional<int64_t>(1);
  bool begins = first && *first != 0;
  AffineExpr steps;
  bool bounded = n.has(0);
  if (bounded)
    if (const SymbolicTensor *rounds = count(0))
      steps = rounds->ints.front();
  if (first && *first == 0)
    steps = n.b.number(0);
  if (auto number = steps ? dyn_cast<AffineConstantExpr>(steps) : AffineConstantExpr()) {
    bounded = number.getValue() < kUnbounded;
    steps = bounded ? n.b.number(std::max<int64_t>(number.getValue(), 0)) : AffineExpr();
  }
  int64_t known = steps ? staticDim(steps) : -1;
  if (known == 0 || known == 1) // nothing to repeat; the types need not stay
    if (!n.attempt([&] { return node.unrolled(known); }))
      return success();
  std::optional<std::vector<std::string>> problems = n.attempt([&] {
    Value most = bounded && !steps ? n.b.reshape(n.value(0), {}) : Value();
    Value condition = begins || (first && *first == 0) ? Value() : n.b.reshape(n.value(1), {});
    return node.whileLoop(steps, most, condition);
  });
  if (!problems)
    return success();
  const SymbolicTensor *fed = n.has(0) ? n.deciding(0) : nullptr;
  if (std::optional<int64_t> rounds = knownScalar(fed); rounds && *rounds <= kMostUnrolled && begins)
    if (!n.attempt([&] { return node.unrolled(std::max<int64_t>(*rounds, 0)); }))
      return success();
  std::string decides = n.has(0) && !n.host(0) ? n.decidedBy(0) : "";
  if (decides.empty() && n.has(1) && !n.host(1))
    decides = n.decidedBy(1);
  if (llvm::any_of(*problems, [&](StringRef problem) { return !decides.empty() && problem.contains(decides); }))
    return n.report(std::move(*problems), "");
  if (!decides.empty())
    return n.report(std::move(*problems), "; how often it runs must be known" + decides);
  // Of rounds whose number is known before the program runs, few are imported one by one.
  const bool few = steps && (staticDim(steps) < 0 || staticDim(steps) > kMostUnrolled);
  return n.report(std::move(*problems), few ? "; it runs " + describeExpr(steps, n.sizes()) + " times, and up to " +
                                                  llvm::Twine(kMostUnrolled) +
                                                  " rounds of a known number are imported one by one"
                                            : llvm::Twine(""));
}

//===--- Scan ---------------------------------------------------------------------------------------------------------===//

// An axis or direction for each of `count` values.
std::optional<SmallVector<int64_t>> listOf(NodeContext &n, llvm::StringRef name, size_t count) {
  std::optional<SmallVector<int64_t>> list = n.intsAttr(name);
  if (!list)
    return SmallVector<int64_t>(count, 0);
  if (list->size() != count) {
    (void)n.error("'" + name + "' has " + llvm::Twine(list->size()) + " elements, " + llvm::Twine(count) + " are needed");
    return std::nullopt;
  }
  return list;
}

// The permutation that moves dim `from` to the place `to`, the others in order.
SmallVector<int64_t> moved(int64_t rank, int64_t from, int64_t to) {
  SmallVector<int64_t> order;
  for (int64_t dim = 0; dim != rank; ++dim)
    if (dim != from)
      order.push_back(dim);
  order.insert(order.begin() + to, from);
  return order;
}

// `states` and `sequences`, whose steps lie along dim 0. Results: states, then the stacked parts with steps along dim 0.
std::optional<SmallVector<Value>> scanOver(NodeContext &n, ArrayRef<Value> states, ArrayRef<Value> sequences,
                                           ArrayRef<int64_t> backwardIn, ArrayRef<int64_t> backwardOut, size_t parts) {
  ValueBuilder &b = n.b;
  AffineExpr steps = ValueBuilder::dimsOf(sequences.front()).front();
  for (Value sequence : sequences)
    if (!n.equalDims(ValueBuilder::dimsOf(sequence).front(), steps)) {
      (void)n.error("the scanned operands have different lengths: " + n.show(ValueBuilder::typeOf(sequences.front())) +
                    " and " + n.show(ValueBuilder::typeOf(sequence)));
      return std::nullopt;
    }
  Repetition loop{steps, Value(), Value(), SmallVector<Value>(states), {}, nullptr};
  for (int64_t direction : backwardOut)
    loop.backwards.push_back(direction != 0);
  Value last;
  if (llvm::is_contained(backwardIn, 1))
    last = b.sub(b.sizeOf(steps, b.getI64Type()), b.integer(b.getI64Type(), 1));
  auto body = [&](Value step, ArrayRef<Value> carried) -> std::optional<Round> {
    std::vector<EntryRef> inputs;
    for (Value value : carried)
      inputs.push_back(NodeContext::tensor(value, "state"));
    for (auto [sequence, backward] : llvm::zip_equal(sequences, backwardIn))
      inputs.push_back(NodeContext::tensor(partAt(b, sequence, backward ? b.sub(last, step) : step), "element"));
    std::optional<std::vector<EntryRef>> outputs = n.inlineGraph("body", inputs);
    if (!outputs)
      return std::nullopt;
    if (outputs->size() != states.size() + parts) {
      (void)n.error("its body gives " + llvm::Twine(outputs->size()) + " values, " + llvm::Twine(states.size() + parts) +
                    " are needed");
      return std::nullopt;
    }
    Round round;
    for (const EntryRef &entry : *outputs) {
      if (!entry->isTensor()) {
        (void)n.error("its body gives a sequence or an optional");
        return std::nullopt;
      }
      (round.carried.size() < states.size() ? round.carried : round.parts).push_back(n.valueOf(entry));
    }
    return round;
  };
  loop.body = body;
  return repeat(n, loop);
}

LogicalResult scan(NodeContext &n) {
  ValueBuilder &b = n.b;
  int64_t scanned = n.intAttr("num_scan_inputs", 0);
  if (scanned < 1 || scanned > static_cast<int64_t>(n.numInputs()))
    return n.error("num_scan_inputs is " + llvm::Twine(scanned) + ", of " + llvm::Twine(n.numInputs()) + " operands");
  size_t states = n.numInputs() - scanned;
  if (static_cast<size_t>(n.node.output_size()) < states)
    return n.error("has " + llvm::Twine(states) + " states, but " + llvm::Twine(n.node.output_size()) + " outputs");
  size_t parts = n.node.output_size() - states;
  auto axesIn = listOf(n, "scan_input_axes", scanned), axesOut = listOf(n, "scan_output_axes", parts);
  auto backwardIn = listOf(n, "scan_input_directions", scanned), backwardOut = listOf(n, "scan_output_directions", parts);
  if (!axesIn || !axesOut || !backwardIn || !backwardOut)
    return failure();
  SmallVector<Value> initial, sequences;
  for (size_t i = 0; i != n.numInputs(); ++i)
    if (!n.has(i))
      return n.error("operand " + llvm::Twine(i) + " is absent");
  for (size_t i = 0; i != states; ++i)
    initial.push_back(n.value(i));
  for (int64_t i = 0; i != scanned; ++i) {
    std::optional<int64_t> axis = n.axis((*axesIn)[i], n.rank(states + i));
    if (!axis)
      return failure();
    sequences.push_back(b.transpose(n.value(states + i), moved(n.rank(states + i), *axis, 0)));
  }
  std::optional<SmallVector<Value>> results = scanOver(n, initial, sequences, *backwardIn, *backwardOut, parts);
  if (!results)
    return failure();
  for (size_t i = 0; i != states; ++i)
    n.result(i, (*results)[i]);
  for (size_t i = 0; i != parts; ++i) {
    Value stacked = (*results)[states + i];
    std::optional<int64_t> axis = n.axis((*axesOut)[i], ValueBuilder::rankOf(stacked));
    if (!axis)
      return failure();
    n.result(states + i, b.transpose(stacked, moved(ValueBuilder::rankOf(stacked), 0, *axis)));
  }
  return success();
}

// Opset 8: operand 0 is the sequences' lengths, each other operand begins with a batch dim, steps lie along dim 1, and each
// batch element runs by itself.
LogicalResult scanOfBatches(NodeContext &n) {
  ValueBuilder &b = n.b;
  int64_t scanned = n.intAttr("num_scan_inputs", 0), operands = static_cast<int64_t>(n.numInputs()) - 1;
  if (n.has(0))
    return n.error("lengths of its sequences are not supported; all run to the end");
  if (scanned < 1 || scanned > operands)
    return n.error("num_scan_inputs is " + llvm::Twine(scanned) + ", of " + llvm::Twine(operands) + " operands");
  size_t states = operands - scanned;
  if (static_cast<size_t>(n.node.output_size()) < states)
    return n.error("has " + llvm::Twine(states) + " states, but " + llvm::Twine(n.node.output_size()) + " outputs");
  size_t parts = n.node.output_size() - states;
  auto backwardIn = listOf(n, "directions", scanned);
  if (!backwardIn)
    return failure();
  for (int64_t i = 0; i != operands; ++i)
    if (!n.has(1 + i) || n.rank(1 + i) < 1 + (i >= static_cast<int64_t>(states)))
      return n.error("operand " + llvm::Twine(1 + i) + " has no batch of sequences");
  int64_t batch = staticDim(n.dims(1).front());
  if (batch < 1 || batch > kMostUnrolled)
    return n.error("its batch must be a number from 1 to " + llvm::Twine(kMostUnrolled));
  std::vector<SmallVector<Value>> stacked(states + parts);
  for (int64_t element = 0; element != batch; ++element) {
    SmallVector<Value> initial, sequences;
    for (int64_t i = 0; i != operands; ++i) {
      Value one = b.slice(n.value(1 + i), 0, element, 1);
      (i < static_cast<int64_t>(states) ? initial : sequences)
          .push_back(b.reshape(one, Dims(ArrayRef(n.dims(1 + i)).drop_front())));
    }
    std::optional<SmallVector<Value>> results =
        scanOver(n, initial, sequences, *backwardIn, SmallVector<int64_t>(parts, 0), parts);
    if (!results)
      return failure();
    for (auto [list, value] : llvm::zip_equal(stacked, *results)) {
      Dims dims = {b.number(1)};
      llvm::append_range(dims, ValueBuilder::dimsOf(value));
      list.push_back(b.reshape(value, dims));
    }
  }
  for (auto [index, list] : llvm::enumerate(stacked))
    n.result(index, list.size() == 1 ? list.front() : b.concat(list, 0));
  return success();
}

constexpr OpRow rows[] = {
    {"Loop", 1, kNewestOpset, loop, kComplex | kLists},
    {"Scan", 8, 8, scanOfBatches, kComplex},
    {"Scan", 9, kNewestOpset, scan, kComplex},
};

} // namespace

llvm::ArrayRef<OpRow> iterationOps() { return rows; }

} // namespace ingot::onnx
