// Ops that StableHLO has none of: composites that CHLO names, with what they are made of, and loops.
#include "frontends/stablehlo/export/Exporter.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// Appends ops to a block, all at one place of the source.
class Steps {
public:
  Steps(Exporter &e, Block &block, mlir::Location location) : e(e), block(block), location(location) {}

  Exporter &e;
  Block &block;
  mlir::Location location;

  TypeRef typeOf(ValueRef value) const { return e.module.typeOf(value); }
  TypeRef withElement(TypeRef type, Element element) {
    stablehlo::Type made = *type;
    made.element = element;
    return e.module.intern(std::move(made));
  }
  TypeRef scalarOf(TypeRef type) {
    stablehlo::Type made = *type;
    made.dims.clear();
    return e.module.intern(std::move(made));
  }

  ValueRef op(llvm::StringRef name, llvm::ArrayRef<ValueRef> operands, TypeRef result) {
    return e.put(block, ("stablehlo." + name).str(), location, operands, result);
  }
  // Of elements at equal places.
  ValueRef op(llvm::StringRef name, llvm::ArrayRef<ValueRef> operands) {
    return op(name, operands, typeOf(operands.front()));
  }
  ValueRef convert(ValueRef x, Element element) {
    TypeRef type = withElement(typeOf(x), element);
    return type == typeOf(x) ? x : op("convert", {x}, type);
  }
  ValueRef compare(llvm::StringRef direction, llvm::StringRef kind, ValueRef lhs, ValueRef rhs) {
    Op made = e.start("stablehlo.compare", location, {lhs, rhs}, {withElement(typeOf(lhs), Element::Bool)});
    e.setEnum(made, "comparison_direction", "comparison_direction", direction);
    e.setEnum(made, "comparison_type", "compare_type", kind);
    return e.put(block, std::move(made));
  }
  // Everywhere the same number; `type` is one of f64 or si64.
  ValueRef number(TypeRef type, double value) {
    const auto integer = static_cast<int64_t>(value);
    std::string bytes(sizeof(double), 0);
    static_assert(sizeof(double) == sizeof(int64_t));
    std::memcpy(bytes.data(), type->element == Element::F64 ? static_cast<const void *>(&value) : &integer, sizeof(double));
    return e.splat(block, location, type, bytes);
  }
  // A scalar in every place of the type.
  ValueRef broadcast(ValueRef scalar, TypeRef type) {
    Op made = e.start("stablehlo.broadcast_in_dim", location, {scalar}, {type});
    e.set(made, "broadcast_dimensions", llvm::ArrayRef<int64_t>());
    return e.put(block, std::move(made));
  }
  void end(llvm::StringRef name, llvm::ArrayRef<ValueRef> values) { e.put(block, e.start(name, location, values, {})); }

  // A loop over these values. `condition` and `body` get a block of their own and its arguments.
  using Fill = llvm::function_ref<llvm::SmallVector<ValueRef>(Steps &, llvm::ArrayRef<ValueRef>)>;
  llvm::SmallVector<ValueRef> loop(llvm::ArrayRef<ValueRef> carried, Fill condition, Fill body) {
    llvm::SmallVector<TypeRef> types;
    for (ValueRef value : carried)
      types.push_back(typeOf(value));
    Op made = e.start("stablehlo.while", location, carried, types);
    for (Fill fill : {condition, body}) {
      Block &inner = made.regions.emplace_back().blocks.emplace_back();
      for (TypeRef type : types)
        inner.arguments.push_back(e.module.addValue(type));
      Steps steps(e, inner, location);
      steps.end("stablehlo.return", fill(steps, inner.arguments));
    }
    llvm::SmallVector<ValueRef> results(made.results.begin(), made.results.end());
    e.put(block, std::move(made));
    return results;
  }
};

// A composite of CHLO's op of that name. What it is made of, of values of these types, is a function of the module's, which `fill` makes
// where there is none yet.
void composite(Exporter &e, Operation *op, Block &block, llvm::StringRef name, std::vector<NamedAttribute> attributes,
               llvm::function_ref<llvm::SmallVector<ValueRef>(Steps &, llvm::ArrayRef<ValueRef>)> fill) {
  Op made = e.like("stablehlo.composite", op);
  Type type;
  type.kind = Type::Function;
  for (mlir::Type operand : op->getOperandTypes())
    type.members.push_back(e.typeOf(operand));
  for (mlir::Type result : op->getResultTypes())
    type.results.push_back(e.typeOf(result));
  TypeRef signature = e.module.intern(std::move(type));
  const std::string function = e.decomposition(("chlo." + name).str(), signature, [&](Function &function) {
    function.location = e.location(op->getLoc());
    Block &body = function.body.blocks.emplace_back();
    for (TypeRef member : signature->members)
      body.arguments.push_back(e.module.addValue(member));
    Steps steps(e, body, op->getLoc());
    steps.end("func.return", fill(steps, body.arguments));
  });
  setAttribute(made.attributes, "name", makeString(("chlo." + name).str()));
  setAttribute(made.attributes, "decomposition", makeSymbol(function));
  setAttribute(made.attributes, "composite_attributes", makeDictionary(std::move(attributes)));
  setAttribute(made.attributes, "version", makeInteger(e.module, 1, Element::SI32));
  e.putAs(block, op, std::move(made));
}

// erf x = 2 / sqrt(pi) * x * exp(-x^2) * sum over n of (2 x^2)^n / (1 * 3 * ... * (2 n + 1)): terms of one sign, so nothing
// cancels. In f64, by Horner's rule; beyond 6 it is 1 there.
llvm::SmallVector<ValueRef> errorFunction(Steps &s, llvm::ArrayRef<ValueRef> arguments) {
  constexpr double kMost = 6, kTerms = 100;
  const Element element = s.typeOf(arguments[0])->element;
  ValueRef x = s.convert(arguments[0], Element::F64);
  TypeRef type = s.typeOf(x), scalar = s.scalarOf(type);
  auto number = [&](double value) { return s.number(type, value); };
  ValueRef near = s.op("clamp", {number(-kMost), x, number(kMost)}, type), square = s.op("multiply", {near, near});
  ValueRef twice = s.op("add", {square, square});
  auto isLeft = [&](Steps &s, llvm::ArrayRef<ValueRef> carried) -> llvm::SmallVector<ValueRef> {
    return {s.compare("GT", "FLOAT", carried[0], s.number(scalar, 0))};
  };
  auto addTerm = [&](Steps &s, llvm::ArrayRef<ValueRef> carried) -> llvm::SmallVector<ValueRef> {
    ValueRef one = s.number(scalar, 1), divisor = s.op("add", {s.op("add", {carried[0], carried[0]}), one});
    ValueRef next = s.op("divide", {s.op("multiply", {carried[2], carried[1]}), s.broadcast(divisor, type)});
    return {s.op("subtract", {carried[0], one}), s.op("add", {s.number(type, 1), next}), carried[2]};
  };
  ValueRef sum = s.loop({s.number(scalar, kTerms), number(1), twice}, isLeft, addTerm)[1];
  ValueRef made = s.op("multiply", {s.op("multiply", {near, s.op("exponential", {s.op("negate", {square})})}), sum});
  made = s.op("multiply", {made, number(2 / std::sqrt(std::acos(-1.0)))});
  made = s.op("clamp", {number(-1), made, number(1)}, type);
  ValueRef isFar = s.compare("GE", "FLOAT", s.op("abs", {x}), number(kMost));
  return {s.convert(s.op("select", {isFar, s.op("sign", {x}), made}, type), element)};
}

void erf(Exporter &e, Operation *op, Block &block) { composite(e, op, block, "erf", {}, errorFunction); }

// The first elements of rows that are sorted with their places.
void topK(Exporter &e, Operation *op, Block &block) {
  auto type = cast<RankedTensorType>(op->getOperand(0).getType()),
       values = cast<RankedTensorType>(op->getResult(0).getType());
  const int64_t last = type.getRank() - 1;
  mlir::Type element = type.getElementType();
  auto sorted = [&](Steps &s, llvm::ArrayRef<ValueRef> arguments) -> llvm::SmallVector<ValueRef> {
    TypeRef keys = s.typeOf(arguments[0]), places = s.withElement(keys, Element::SI32);
    Op iota = e.start("stablehlo.iota", s.location, {}, {places});
    e.set(iota, "iota_dimension", last);
    Op sort = e.start("stablehlo.sort", s.location, {arguments[0], e.put(s.block, std::move(iota))}, {keys, places});
    e.set(sort, "dimension", last);
    e.setFlag(sort, "is_stable", true);
    Block &less = sort.regions.emplace_back().blocks.emplace_back();
    for (TypeRef scalar : {s.scalarOf(keys), s.scalarOf(keys), s.scalarOf(places), s.scalarOf(places)})
      less.arguments.push_back(e.module.addValue(scalar));
    const bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
    Steps inner(e, less, s.location);
    inner.end("stablehlo.return", {inner.compare("GT",
                                                 isa<FloatType>(element) ? "TOTALORDER"
                                                 : isUnsigned            ? "UNSIGNED"
                                                                         : "SIGNED",
                                                 less.arguments[0], less.arguments[1])});
    llvm::SmallVector<ValueRef> results(sort.results.begin(), sort.results.end());
    e.put(s.block, std::move(sort));
    for (auto [index, result] : llvm::enumerate(results)) {
      Op slice = e.start("stablehlo.slice", s.location, {result}, {e.typeOf(op->getResult(index))});
      e.set(slice, "start_indices", llvm::SmallVector<int64_t>(last + 1, 0));
      e.set(slice, "limit_indices", values.getShape());
      e.set(slice, "strides", llvm::SmallVector<int64_t>(last + 1, 1));
      result = e.put(s.block, std::move(slice));
    }
    return results;
  };
  std::vector<NamedAttribute> attributes;
  setAttribute(attributes, "k", makeInteger(e.module, values.getDimSize(unsigned(last))));
  composite(e, op, block, "top_k", std::move(attributes), sorted);
}

// A loop over the places along the dim, which carries the accumulators of all rows and what is made.
void scan(Exporter &e, Operation *op, Block &block) {
  auto source = cast<ScanOp>(op);
  const size_t count = source.getInputs().size();
  const auto dim = size_t(source.getDimension());
  Steps s(e, block, op->getLoc());
  llvm::SmallVector<ValueRef> carried;
  stablehlo::Type index;
  index.kind = stablehlo::Type::Tensor;
  index.element = Element::SI64;
  TypeRef place = e.module.intern(std::move(index));
  const int64_t steps = cast<RankedTensorType>(source.getInputs().front().getType()).getDimSize(unsigned(dim));
  carried.push_back(s.number(place, 0));
  for (auto [input, init] : llvm::zip_equal(source.getInputs(), source.getInitValues())) {
    stablehlo::Type slice = *e.typeOf(input);
    slice.dims[dim] = 1;
    carried.push_back(s.broadcast(e.value(init), e.module.intern(std::move(slice))));
  }
  for (auto [input, init] : llvm::zip_equal(source.getInputs(), source.getInitValues()))
    carried.push_back(s.broadcast(e.value(init), e.typeOf(input)));
  for (mlir::Value input : source.getInputs())
    carried.push_back(e.value(input));
  auto isLeft = [&](Steps &s, llvm::ArrayRef<ValueRef> arguments) -> llvm::SmallVector<ValueRef> {
    return {s.compare("LT", "SIGNED", arguments[0], s.number(place, static_cast<double>(steps)))};
  };
  auto step = [&](Steps &s, llvm::ArrayRef<ValueRef> arguments) {
    llvm::ArrayRef<ValueRef> sums = arguments.slice(1, count), made = arguments.slice(1 + count, count),
                             inputs = arguments.take_back(count);
    ValueRef at = arguments[0];
    if (source.getReverse())
      at = s.op("subtract", {s.number(place, static_cast<double>(steps - 1)), at});
    llvm::SmallVector<ValueRef> starts(s.typeOf(inputs.front())->dims.size(), s.number(place, 0));
    starts[dim] = at;
    llvm::SmallVector<ValueRef> combined(sums.begin(), sums.end()), next{s.op("add", {arguments[0], s.number(place, 1)})};
    for (auto [input, sum] : llvm::zip_equal(inputs, sums)) {
      llvm::SmallVector<ValueRef> operands{input};
      llvm::append_range(operands, starts);
      Op slice = e.start("stablehlo.dynamic_slice", s.location, operands, {s.typeOf(sum)});
      e.set(slice, "slice_sizes", s.typeOf(sum)->dims);
      combined.push_back(e.put(s.block, std::move(slice)));
    }
    // A map gives one result: one for each accumulator.
    llvm::SmallVector<int64_t> dims;
    for (size_t i = 0; i != starts.size(); ++i)
      dims.push_back(static_cast<int64_t>(i));
    for (auto [place, sum] : llvm::enumerate(sums)) {
      Op map = e.start("stablehlo.map", s.location, combined, {s.typeOf(sum)});
      e.set(map, "dimensions", dims);
      Op &end = map.regions.emplace_back(e.region(source.getBody())).blocks.front().ops.back();
      end.operands = {ValueRef(end.operands[place])};
      next.push_back(e.put(s.block, std::move(map)));
    }
    for (size_t i = 0; i != count; ++i) {
      llvm::SmallVector<ValueRef> operands{made[i], source.getExclusive() ? sums[i] : next[1 + i]};
      llvm::append_range(operands, starts);
      next.push_back(s.op("dynamic_update_slice", operands));
    }
    llvm::append_range(next, inputs);
    return next;
  };
  llvm::SmallVector<ValueRef> results = s.loop(carried, isLeft, step);
  for (auto [index, result] : llvm::enumerate(op->getResults()))
    e.bind(result, results[1 + count + index]);
}

constexpr ExportRow rows[] = {
    {"erf", erf},
    {"scan", scan},
    {"top_k", topK},
};

} // namespace

llvm::ArrayRef<ExportRow> composedExports() { return rows; }

} // namespace ingot::stablehlo
