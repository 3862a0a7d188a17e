#include "frontends/onnx/export/Exporter.h"

#include "frontends/common/ElementBytes.h"
#include "frontends/onnx/TensorData.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {

Exporter::Exporter(ModuleOp module, const WeightStore &weights, int64_t opset, GraphProto &main)
    : module(module), context(module.getContext()), weights(weights), opset(opset), main(main), graph(&main) {}

//===--- types ---------------------------------------------------------------------------------------------------------===//

// The opset whose Cast knows a type first.
static int64_t firstOpset(int32_t type) {
  switch (type) {
  case TensorProto::FLOAT8E4M3FN:
  case TensorProto::FLOAT8E4M3FNUZ:
  case TensorProto::FLOAT8E5M2:
  case TensorProto::FLOAT8E5M2FNUZ:
    return 19;
  case TensorProto::UINT4:
  case TensorProto::INT4:
    return 21;
  case TensorProto::FLOAT4E2M1:
    return 23;
  case TensorProto::FLOAT8E8M0:
    return 24;
  case TensorProto::UINT2:
  case TensorProto::INT2:
    return 25;
  default:
    return 1;
  }
}

int32_t Exporter::typeNumber(Type element) const {
  if (isa<ComplexType>(element)) // ONNX moves complex numbers, but no operator computes with them
    return 0;
  for (int32_t type = 1; TensorProto::DataType_IsValid(type); ++type)
    if (elementTypeOf(element.getContext(), type) == element)
      return firstOpset(type) <= opset ? type : 0;
  return 0;
}

Type Exporter::elementOf(int32_t type) const { return elementTypeOf(context, type); }

int32_t Exporter::computeType(int32_t type, uint32_t set) const {
  if (type < 31 && (set >> type & 1))
    return type;
  Type element = elementOf(type);
  if (isa<FloatType>(element))
    return type == TensorProto::DOUBLE ? type : TensorProto::FLOAT;
  const bool isUnsigned = element.isUnsignedInteger();
  unsigned width = element.isInteger(1) ? 1 : element.getIntOrFloatBitWidth();
  for (int32_t wider : {TensorProto::UINT8, TensorProto::UINT16, TensorProto::UINT32, TensorProto::UINT64})
    if (isUnsigned && (set >> wider & 1) && elementOf(wider).getIntOrFloatBitWidth() > width)
      return wider;
  for (int32_t wider : {TensorProto::INT8, TensorProto::INT16, TensorProto::INT32, TensorProto::INT64})
    if ((set >> wider & 1) && elementOf(wider).getIntOrFloatBitWidth() > width)
      return wider;
  return (set & Modular) ? static_cast<int32_t>(TensorProto::INT64) : type;
}

//===--- values of the program -----------------------------------------------------------------------------------------===//

Term Exporter::spread(Value value) {
  assert(values.count(value) && "a value is used after it is made");
  return values.lookup(value).term;
}

Term Exporter::term(Value value) {
  assert(values.count(value) && "a value is used after it is made");
  Bound bound = values.lookup(value);
  if (!bound.narrow || lifted)
    return bound.term;
  if (bound.whole.name.empty()) {
    bound.whole = expand(bound.term, dims(value));
    values[value].whole = bound.whole;
    expanded.push_back(value);
  }
  return bound.whole;
}

Term Exporter::wholePart(Value value, bool imaginary) {
  const Parts &known = parts(value);
  Term part = imaginary ? known.imaginary : known.real;
  return known.narrow ? expand(part, dims(value)) : part;
}

Type Exporter::partOf(Type element) {
  auto complex = dyn_cast<ComplexType>(element);
  return complex ? complex.getElementType() : element;
}

bool Exporter::givesNarrow(Operation *op) const {
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return isNarrow(operand) || typeOf(operand).getRank() < typeOf(op->getResult(0)).getRank();
  });
}

std::optional<SmallVector<int64_t>> Exporter::knownIntegers(Value value) const {
  while (auto broadcast = value.getDefiningOp<BroadcastInDimOp>()) {
    if (typeOf(broadcast.getOperand()).getRank() != 0)
      break;
    value = broadcast.getOperand();
  }
  DenseElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !isa<IntegerType>(elements.getElementType()))
    return std::nullopt;
  const bool isUnsigned = elements.getElementType().isUnsignedInteger() || elements.getElementType().isInteger(1);
  SmallVector<int64_t> known;
  if (elements.isSplat()) {
    auto one = elements.getSplatValue<llvm::APInt>();
    return SmallVector<int64_t>{isUnsigned ? static_cast<int64_t>(one.getZExtValue()) : one.getSExtValue()};
  }
  for (const llvm::APInt &one : elements.getValues<llvm::APInt>())
    known.push_back(isUnsigned ? static_cast<int64_t>(one.getZExtValue()) : one.getSExtValue());
  return known;
}

//===--- nodes ---------------------------------------------------------------------------------------------------------===//

std::string Exporter::fresh(llvm::StringRef hint) {
  if (!hint.empty() && names.insert(hint).second)
    return hint.str();
  const std::string stem = hint.empty() ? "v" : hint.str() + "_";
  for (unsigned &next = numbers[stem];;)
    if (std::string name = stem + std::to_string(next++); names.insert(name).second)
      return name;
}

void Exporter::addNode(NodeProto made) {
  if (inPrologue)
    prologue.push_back(std::move(made));
  else
    *graph->add_node() = std::move(made);
}

static void addAttribute(NodeProto &node, const Attr &attr) {
  AttributeProto &made = *node.add_attribute();
  made.set_name(attr.name);
  if (const auto *integer = std::get_if<int64_t>(&attr.value)) {
    made.set_type(AttributeProto::INT);
    made.set_i(*integer);
  } else if (const auto *number = std::get_if<double>(&attr.value)) {
    made.set_type(AttributeProto::FLOAT);
    made.set_f(static_cast<float>(*number));
  } else if (const auto *text = std::get_if<std::string>(&attr.value)) {
    made.set_type(AttributeProto::STRING);
    made.set_s(*text);
  } else if (const auto *integers = std::get_if<std::vector<int64_t>>(&attr.value)) {
    made.set_type(AttributeProto::INTS);
    made.mutable_ints()->Add(integers->begin(), integers->end());
  } else if (const auto *floats = std::get_if<std::vector<double>>(&attr.value)) {
    made.set_type(AttributeProto::FLOATS);
    for (double each : *floats)
      made.add_floats(static_cast<float>(each));
  } else {
    made.set_type(AttributeProto::GRAPH);
    *made.mutable_g() = std::get<GraphProto>(attr.value);
  }
}

Terms Exporter::nodes(llvm::StringRef op, ArrayRef<Term> inputs, ArrayRef<int32_t> types, const Attrs &attrs) {
  NodeProto made;
  made.set_op_type(op.str());
  if (auto named = current ? current->getLoc()->findInstanceOf<NameLoc>() : NameLoc())
    made.set_name(fresh(named.getName().getValue()));
  size_t count = inputs.size();
  while (count != 0 && inputs[count - 1].name.empty())
    --count;
  for (const Term &input : inputs.take_front(count))
    made.add_input(input.name);
  Terms results;
  for (int32_t type : types) {
    results.push_back({type ? fresh("") : "", type});
    made.add_output(results.back().name);
  }
  for (const Attr &attr : attrs)
    addAttribute(made, attr);
  addNode(std::move(made));
  return results;
}

Term Exporter::cast(Term from, int32_t type) {
  if (from.type == type)
    return from;
  Attrs attrs = {{"to", int64_t(type)}};
  // As `convert` does: what an eight-bit float does not hold is infinity or NaN.
  if (isa<FloatType>(elementOf(type)) && elementOf(type).getIntOrFloatBitWidth() == 8 && type != TensorProto::FLOAT8E8M0)
    attrs.push_back({"saturate", int64_t(0)});
  return node("Cast", {from}, type, attrs);
}

Term Exporter::typed(uint32_t set, llvm::StringRef op, ArrayRef<Term> inputs, const Attrs &attrs, size_t typed) {
  const int32_t type = inputs.front().type, compute = computeType(type, set);
  Terms given(inputs);
  for (Term &input : llvm::MutableArrayRef(given).take_front(typed))
    input = cast(input, compute);
  return cast(node(op, given, compute, attrs), type);
}

Term Exporter::where(Term condition, Term yes, Term no) {
  if (yes.type == TensorProto::BOOL) // which runtimes do not select
    return test("Or", test("And", condition, yes), test("And", invert(condition), no));
  const int32_t type = yes.type, compute = computeType(type, Selected);
  return cast(node("Where", {condition, cast(yes, compute), cast(no, compute)}, compute), type);
}

Term Exporter::apply(llvm::StringRef name, Term a, Term b) {
  const Row *row = findRow(name);
  if (row->boolOp && a.type == TensorProto::BOOL)
    return test(row->boolOp, a, b);
  return typed(row->set, row->op, {a, b}, {}, 2);
}

//===--- constants -----------------------------------------------------------------------------------------------------===//

Term Exporter::fixedTerm(int32_t type, ArrayRef<int64_t> dims, std::string raw) {
  std::string content = std::to_string(type);
  for (int64_t dim : dims)
    content += "," + std::to_string(dim);
  std::string &name = constants[content + ":" + raw];
  if (!name.empty())
    return {name, type};
  name = fresh("");
  TensorProto &made = *main.add_initializer();
  made.set_name(name);
  made.set_data_type(type);
  made.mutable_dims()->Add(dims.begin(), dims.end());
  made.set_raw_data(std::move(raw));
  return {name, type};
}

Term Exporter::constant(RankedTensorType type, ArrayRef<char> bytes) {
  const int32_t number = typeNumber(type.getElementType());
  return fixedTerm(number, type.getShape(), rawBytesOf(type.getElementType(), bytes));
}

Term Exporter::number(int32_t type, double value) {
  llvm::APFloat number(value);
  Type element = elementOf(type);
  if (!isa<FloatType>(element))
    return integer(type, static_cast<int64_t>(value));
  bool loses = false;
  number.convert(cast_or_null<FloatType>(element).getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &loses);
  auto scalar = RankedTensorType::get({}, element);
  return constant(scalar, frontend::bytesOf(DenseElementsAttr::get(scalar, number)));
}

Term Exporter::integer(int32_t type, int64_t value) {
  Type element = elementOf(type);
  if (isa<FloatType>(element))
    return number(type, static_cast<double>(value));
  auto scalar = RankedTensorType::get({}, element);
  llvm::APInt bits(element.getIntOrFloatBitWidth(), static_cast<uint64_t>(value), false, /*implicitTrunc=*/true);
  return constant(scalar, frontend::bytesOf(DenseElementsAttr::get(scalar, bits)));
}

Term Exporter::integers(ArrayRef<int64_t> list) {
  return fixedTerm(TensorProto::INT64, {static_cast<int64_t>(list.size())},
                   std::string(reinterpret_cast<const char *>(list.data()), list.size() * sizeof(int64_t)));
}

Term Exporter::weight(WeightOp op) {
  Term &made = weightTerms[op];
  if (!made.name.empty())
    return made;
  made = {fresh(op.getSource().getKey()), typeNumber(op.getTensorType().getElementType())};
  initialise(made.name, op);
  return made;
}

void Exporter::initialise(const std::string &name, WeightOp op) {
  TensorProto &tensor = *main.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(typeNumber(op.getTensorType().getElementType()));
  tensor.mutable_dims()->Add(op.getTensorType().getShape().begin(), op.getTensorType().getShape().end());
  weightData.push_back({name, op});
}

//===--- shapes --------------------------------------------------------------------------------------------------------===//

AffineExpr Exporter::fixed(int64_t value) const { return getAffineConstantExpr(value, context); }

Term Exporter::size(AffineExpr expr) {
  expr = simplifyExpr(expr);
  if (auto known = dyn_cast<AffineConstantExpr>(expr))
    return integers({known.getValue()});
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    if (auto found = sizes.find(symbol.getPosition()); found != sizes.end())
      return found->second;
    unknownSizes.insert(moduleSizes(module)[symbol.getPosition()].getName().str());
    return integers({1});
  }
  if (auto found = sizeTerms.find(expr); found != sizeTerms.end())
    return found->second;
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Term lhs = size(binary.getLHS()), rhs = size(binary.getRHS());
  const bool outside = std::exchange(inPrologue, true);
  auto floor = [&](Term a, Term b) { // Div truncates, Mod has the divisor's sign
    auto range = rangeOfExpr(binary.getLHS(), moduleSizes(module));
    return range && range->first >= 0 ? div(a, b) : div(sub(a, node("Mod", {a, b}, a.type)), b);
  };
  Term made;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    made = add(lhs, rhs);
    break;
  case AffineExprKind::Mul:
    made = mul(lhs, rhs);
    break;
  case AffineExprKind::Mod:
    made = node("Mod", {lhs, rhs}, lhs.type);
    break;
  case AffineExprKind::CeilDiv:
    made = add(floor(lhs, rhs), cast(test("Greater", node("Mod", {lhs, rhs}, lhs.type), integers({0})), lhs.type));
    break;
  default:
    made = floor(lhs, rhs);
  }
  inPrologue = outside;
  return sizeTerms[expr] = made;
}

Term Exporter::scalarSize(AffineExpr expr) {
  if (auto known = dyn_cast<AffineConstantExpr>(simplifyExpr(expr)))
    return integer(TensorProto::INT64, known.getValue());
  const bool outside = std::exchange(inPrologue, true);
  Term made = reshape(size(expr), {});
  inPrologue = outside;
  return made;
}

Term Exporter::join(ArrayRef<Term> vectors) {
  return vectors.empty()       ? integers({})
         : vectors.size() == 1 ? vectors[0]
                               : node("Concat", vectors, vectors[0].type, {{"axis", int64_t(0)}});
}

Term Exporter::dims(ArrayRef<AffineExpr> exprs) {
  SmallVector<int64_t> known;
  Terms parts;
  for (AffineExpr expr : exprs) {
    if (auto constant = dyn_cast<AffineConstantExpr>(simplifyExpr(expr))) {
      known.push_back(constant.getValue());
      continue;
    }
    if (!known.empty())
      parts.push_back(integers(known));
    known.clear();
    parts.push_back(size(expr));
  }
  if (!known.empty() || parts.empty())
    parts.push_back(integers(known));
  const bool outside = std::exchange(inPrologue, true);
  Term made = join(parts);
  inPrologue = outside;
  return made;
}

Term Exporter::reshape(Term from, ArrayRef<AffineExpr> exprs) {
  SmallVector<int64_t> known;
  unsigned open = 0;
  bool isEmpty = false;
  for (AffineExpr expr : exprs) {
    auto constant = dyn_cast<AffineConstantExpr>(simplifyExpr(expr));
    open += !constant;
    isEmpty |= constant && constant.getValue() == 0;
    known.push_back(constant ? constant.getValue() : -1);
  }
  Term shape = open == 0 || (open == 1 && !isEmpty) ? integers(known) : dims(exprs);
  return typed(Moved, "Reshape", {from, shape}, {{"allowzero", int64_t(1)}});
}

Term Exporter::transpose(Term from, ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, static_cast<int64_t>(permutation.size()))))
    return from;
  return typed(Moved, "Transpose", {from}, {{"perm", std::vector<int64_t>(permutation.begin(), permutation.end())}});
}

Term Exporter::expand(Term from, Term shape) { return typed(Moved & ~BF16, "Expand", {from, shape}); }

Term Exporter::unsqueeze(Term from, ArrayRef<int64_t> axes) {
  return axes.empty() ? from : typed(Moved, "Unsqueeze", {from, integers(axes)});
}

Term Exporter::slice(Term from, Term starts, Term ends, ArrayRef<int64_t> axes, ArrayRef<int64_t> steps) {
  return typed(Moved, "Slice", {from, starts, ends, integers(axes), steps.empty() ? Term() : integers(steps)});
}

void Exporter::bindSizes(func::FuncOp function, ArrayRef<std::string> inputs) {
  inPrologue = true;
  const auto count = static_cast<unsigned>(moduleSizes(module).size());
  // Those first that a dim gives as they are.
  for (bool plain : {true, false})
    for (bool more = true; more;) {
      more = false;
      for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
        auto tensor = dyn_cast<RankedTensorType>(type);
        for (int64_t dim = 0; dim != (tensor ? tensor.getRank() : 0); ++dim) {
          AffineExpr expr = dimExpr(tensor, dim);
          SmallVector<unsigned> open;
          for (unsigned i = 0; i != count; ++i)
            if (!sizes.count(i) && expr.isFunctionOfSymbol(i))
              open.push_back(i);
          if (open.size() != 1 || (plain && !isa<AffineSymbolExpr>(expr)))
            continue;
          AffineExpr symbol = getAffineSymbolExpr(open[0], context);
          AffineExpr rest = simplifyExpr(expr.replace(symbol, fixed(0)));
          auto factor = dyn_cast<AffineConstantExpr>(simplifyExpr(expr.replace(symbol, fixed(1)) - rest));
          if (!factor || factor.getValue() == 0 || !sameExpr(expr, symbol * factor.getValue() + rest))
            continue;
          Term shape = node("Shape", {{inputs[index], 0}}, TensorProto::INT64, {{"start", dim}, {"end", dim + 1}});
          if (!sameExpr(rest, fixed(0)))
            shape = sub(shape, size(rest));
          if (factor.getValue() != 1)
            shape = div(shape, integers({factor.getValue()}));
          sizes[open[0]] = shape;
          more = true;
        }
      }
    }
  inPrologue = false;
}

//===--- graphs --------------------------------------------------------------------------------------------------------===//

void Exporter::within(GraphProto &inner, llvm::function_ref<void()> make) {
  GraphProto *outer = std::exchange(graph, &inner);
  const size_t before = expanded.size();
  inner.set_name(fresh("body"));
  make();
  for (; expanded.size() != before; expanded.pop_back()) // what it expanded is not seen outside
    values[expanded.back()].whole = {};
  graph = outer;
}

Term Exporter::graphInput(GraphProto &inner, int32_t type) {
  ValueInfoProto &made = *inner.add_input();
  made.set_name(fresh(""));
  made.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  return {made.name(), type};
}

std::pair<Term, Term> Exporter::loopInputs(GraphProto &inner) {
  std::pair<Term, Term> made = {graphInput(inner, TensorProto::INT64), graphInput(inner, TensorProto::BOOL)};
  for (int i : {0, 1}) // runtimes allocate them by their shape
    inner.mutable_input(i)->mutable_type()->mutable_tensor_type()->mutable_shape();
  return made;
}

void Exporter::graphOutput(GraphProto &inner, Term value) {
  Term own = node("Identity", {value}, value.type);
  ValueInfoProto &made = *inner.add_output();
  made.set_name(own.name);
  made.mutable_type()->mutable_tensor_type()->set_elem_type(own.type);
}

void Exporter::block(Block &block) {
  for (Operation &each : block.without_terminator())
    op(&each);
}

llvm::SmallPtrSet<Operation *, 8> opsBehind(ValueRange values, Block &block) {
  llvm::SmallPtrSet<Operation *, 8> found;
  SmallVector<Value> open(values);
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (op && op->getBlock() == &block && found.insert(op).second)
      open.append(op->operand_begin(), op->operand_end());
  }
  return found;
}

std::optional<Terms> Exporter::onElements(Region &body, ArrayRef<Term> arguments, const Term &shape, ValueRange wanted) {
  Block &block = body.front();
  llvm::SmallPtrSet<Operation *, 8> needed = opsBehind(wanted, block);
  for (Operation *each : needed)
    if (!each->hasTrait<trait::Pointwise>() && !isa<ConstantOp>(each) &&
        !(isa<BroadcastInDimOp>(each) && typeOf(each->getResult(0)).getRank() == 0))
      return std::nullopt;
  for (auto [argument, term] : llvm::zip(block.getArguments(), arguments))
    bind(argument, term);
  const bool outside = std::exchange(lifted, true);
  for (Operation &each : block.without_terminator())
    if (needed.contains(&each))
      op(&each);
  Terms results;
  for (Value result : wanted)
    results.push_back(isNarrow(result) ? expand(spread(result), shape) : spread(result));
  lifted = outside;
  return results;
}

void Exporter::bindAs(Value value, Value other) { // of a token nothing is known
  if (auto found = values.find(other); found != values.end())
    values[value] = Bound(found->second);
  if (auto found = complexes.find(other); found != complexes.end())
    complexes[value] = Parts(found->second);
}

void Exporter::inlined(func::FuncOp function, ValueRange operands, ValueRange results) {
  for (auto [argument, operand] : llvm::zip(function.getArguments(), operands))
    bindAs(argument, operand);
  block(function.front());
  for (auto [result, inner] : llvm::zip(results, function.front().getTerminator()->getOperands()))
    bindAs(result, inner);
}

static std::string textOf(Location location) {
  std::string text;
  if (auto named = location->findInstanceOf<NameLoc>())
    return named.getName().str();
  llvm::raw_string_ostream(text) << location;
  return text;
}

void Exporter::refuse(Operation *op, const Twine &why) {
  refused[{op->getName().getStringRef().str(), why.str()}].push_back(textOf(op->getLoc()));
  for (Value result : op->getResults())
    if (auto tensor = dyn_cast<RankedTensorType>(result.getType())) {
      Term none = {fresh("refused"), std::max(1, typeNumber(partOf(tensor.getElementType())))};
      bind(result, none);
      bindParts(result, {none, none, false});
    }
}

void Exporter::write(Operation *op, const Row &row) {
  if (row.function)
    return row.function(*this, op);
  Terms inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(spread(operand));
  const bool bools = row.boolOp && inputs.front().type == TensorProto::BOOL;
  bind(op->getResult(0),
       bools ? node(row.boolOp, inputs, TensorProto::BOOL) : typed(row.set, row.op, inputs, {}, inputs.size()),
       givesNarrow(op));
}

void Exporter::op(Operation *op) {
  const Row *row = findRow(op->getName().stripDialect());
  ExportOp function = nullptr;
  bool hasComplex = false;
  for (ValueRange list : {ValueRange(op->getOperands()), ValueRange(op->getResults())})
    for (Value value : list) {
      auto tensor = dyn_cast<RankedTensorType>(value.getType());
      if (!tensor)
        continue;
      Type part = partOf(tensor.getElementType());
      hasComplex |= part != tensor.getElementType();
      if (!typeNumber(part))
        return refuse(op, "of " + describeElementType(part) + " has no counterpart in ONNX's opset " + Twine(opset));
    }
  // What calls and branches hold is written op by op.
  if (hasComplex && !isa<func::CallOp, CompositeOp, OptimizationBarrierOp>(op)) {
    function = findComplexRow(op->getName().stripDialect());
    if (!function)
      return refuse(op, "of complex numbers has no counterpart in ONNX");
  }
  Operation *outer = std::exchange(current, op);
  if (function)
    function(*this, op);
  else if (row)
    write(op, *row);
  else
    refuse(op, "has no counterpart in ONNX");
  current = outer;
}

} // namespace ingot::onnx
