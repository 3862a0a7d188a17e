#include "ir/Composites.h"
#include "ir/Types.h"
#include "ir/Verification.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot {
namespace {

//===--- what must hold of shapes --------------------------------------------------------------------------------------===//

std::string show(Value value, Operation *op) { return describeType(tensorType(value), moduleSizes(op)); }

bool isOne(AffineExpr dim) {
  auto constant = dyn_cast<AffineConstantExpr>(dim);
  return constant && constant.getValue() == 1;
}

bool isFloats(Value value) { return isa<FloatType>(tensorType(value).getElementType()); }

ArrayRef<int64_t> intsOf(CompositeOp op, StringRef name) {
  auto ints = op.getCompositeAttributes().getAs<DenseI64ArrayAttr>(name);
  return ints ? ints.asArrayRef() : ArrayRef<int64_t>();
}

// The one result of a function applied to each element, or along axes, has the input's dims.
std::string sameDimsProblem(CompositeOp op) {
  auto input = tensorType(op.getInputs().front()), output = tensorType(op.getOutputs().front());
  if (!isFloats(op.getInputs().front()) || !isFloats(op.getOutputs().front()))
    return "the input is " + show(op.getInputs().front(), op) + ", but floats are needed";
  if (input.getShape() == output.getShape() && input.getEncoding() == output.getEncoding())
    return "";
  return "the input is " + show(op.getInputs().front(), op) + ", but the result " + show(op.getOutputs().front(), op);
}

std::string axesProblem(CompositeOp op) {
  ArrayRef<int64_t> axes = intsOf(op, "axes");
  int64_t rank = tensorType(op.getInputs().front()).getRank();
  if (axes.empty() || !areUniqueDims(axes, rank) || !llvm::is_sorted(axes))
    return "axes are " + listOf(axes) + ", but must be unique, ascending dims of " + show(op.getInputs().front(), op);
  return sameDimsProblem(op);
}

// `role` stands along the input's dims that the attribute role_dims names, else along its last ones.
std::string placeProblem(CompositeOp op, StringRef role) {
  Value operand = operandOf(op, role);
  if (!operand)
    return "";
  auto type = tensorType(operand), input = tensorType(op.getInputs().front());
  SmallVector<int64_t> dims(intsOf(op, (role + "_dims").str()));
  if (!op.getCompositeAttributes().get((role + "_dims").str()))
    for (int64_t dim = input.getRank() - type.getRank(); dim < input.getRank(); ++dim)
      dims.push_back(dim);
  bool fits = int64_t(dims.size()) == type.getRank() && areUniqueDims(dims, input.getRank()) && isFloats(operand);
  for (size_t i = 0; fits && i < dims.size(); ++i)
    fits = isOne(dimExpr(type, i)) || sameExpr(dimExpr(type, i), dimExpr(input, dims[i]));
  return fits ? ""
              : (role + " is " + show(operand, op) + ", which does not stand along dims " + listOf(dims) + " of ").str() +
                    show(op.getInputs().front(), op);
}

std::string alongAxesProblem(CompositeOp op) {
  for (auto problem : {axesProblem(op), placeProblem(op, "scale")})
    if (!problem.empty())
      return problem;
  return findComposite(op.getName())->operands.size() > 2 ? placeProblem(op, "bias") : "";
}

// Vectors along dim `axis` (or of one number a group of it); their other dims are of size 1.
std::string channelsProblem(CompositeOp op) {
  Value input = op.getInputs().front();
  auto type = tensorType(input);
  auto axisAttr = op.getCompositeAttributes().getAs<IntegerAttr>("axis"),
       groupsAttr = op.getCompositeAttributes().getAs<IntegerAttr>("groups");
  const int64_t axis = axisAttr ? axisAttr.getInt() : 1;
  if (axis < 0 || axis >= type.getRank())
    return "the input " + show(input, op) + " has no dim " + std::to_string(axis) + " of channels";
  if (groupsAttr && (groupsAttr.getInt() < 1 || type.isDynamicDim(axis) || type.getDimSize(axis) % groupsAttr.getInt() != 0))
    return std::to_string(groupsAttr.getInt()) + " groups do not divide the channels of " + show(input, op);
  for (Value operand : op.getInputs().drop_front()) {
    auto vector = tensorType(operand);
    bool isVector = llvm::count_if(dimExprs(vector), [](AffineExpr dim) { return !isOne(dim); }) <= 1;
    AffineExpr length = numElementsExpr(vector);
    if (!isVector || !isFloats(operand) ||
        (!sameExpr(length, dimExpr(type, axis)) && !(groupsAttr && length == groupsAttr.getInt())))
      return show(operand, op) + " is no vector along dim " + std::to_string(axis) + " of " + show(input, op);
  }
  return sameDimsProblem(op);
}

bool isLayout(StringRef layout, int64_t rank) {
  SmallVector<char> letters(layout.begin(), layout.end());
  llvm::sort(letters);
  return int64_t(layout.size()) == rank && std::adjacent_find(letters.begin(), letters.end()) == letters.end() &&
         layout.find_first_not_of("bhsd") == StringRef::npos && layout.contains('s') && layout.contains('d');
}

std::string attentionProblem(CompositeOp op) {
  AffineExpr dims[4][4]; // of query, key, value and output, by letter
  Value values[] = {operandOf(op, "query"), operandOf(op, "key"), operandOf(op, "value"), op.getOutputs().front()};
  StringRef roles[] = {"query", "key", "value", "output"};
  for (int i : {0, 1, 2, 3}) {
    auto type = tensorType(values[i]);
    auto attribute = op.getCompositeAttributes().getAs<StringAttr>((roles[i] + "_layout").str());
    StringRef layout = attribute ? attribute.getValue() : "bhsd";
    if (!isFloats(values[i]) || !isLayout(layout, type.getRank()))
      return (roles[i] + " is ").str() + show(values[i], op) + ", which is no layout '" + layout.str() + "'";
    for (int letter : {0, 1, 2, 3})
      if (int64_t dim = layoutDim(layout, "bhsd"[letter]); dim >= 0)
        dims[i][letter] = dimExpr(type, dim);
  }
  enum { B, H, S, D };
  auto &[query, key, value, output] = dims;
  auto same = [](AffineExpr a, AffineExpr b) { return (!a && !b) || (a && b && sameExpr(a, b)); };
  auto divides = [](AffineExpr few, AffineExpr many) {
    auto a = dyn_cast_or_null<AffineConstantExpr>(few), b = dyn_cast_or_null<AffineConstantExpr>(many);
    return a && b && a.getValue() > 0 && b.getValue() % a.getValue() == 0;
  };
  if (!same(query[B], key[B]) || !same(key[B], value[B]) || !same(query[B], output[B]) || !same(key[H], value[H]) ||
      (!same(query[H], key[H]) && !divides(key[H], query[H])) || !same(query[H], output[H]) || !same(key[S], value[S]) ||
      !same(query[D], key[D]) || !same(query[S], output[S]) || !same(value[D], output[D]))
    return "query " + show(values[0], op) + ", key " + show(values[1], op) + ", value " + show(values[2], op) +
           " and result " + show(values[3], op) + " do not fit together";
  return "";
}

//===--- the rows ------------------------------------------------------------------------------------------------------===//

// "name?": an optional role; "name: kind?": an optional attribute.
struct Signature {
  StringLiteral name, operands, results, attributes;
  std::string (*problem)(CompositeOp);
  StringLiteral meaning;
};

constexpr StringLiteral kRecurrentOperands =
    "input, weight, recurrence, bias?, state_bias?, peepholes?, lengths?, hidden, cell?";
constexpr StringLiteral kRecurrentAttributes =
    "activations: strings, parameters: floats, reverse: flag, sequence: flag, clip: float?, coupled: flag?, "
    "linear_before_reset: flag?";

constexpr Signature kSignatures[] = {
    {"attention", "query, key, value, mask?, bias?, lengths?", "output, scores?",
     "scale: float, softcap: float?, mask_hides: flag?, causal: flag?, past: map?, left_window: int?, right_window: int?, "
     "scores: string?, softmax_type: type?, mask_dims: ints?, bias_dims: ints?, query_layout: string?, key_layout: string?, "
     "value_layout: string?, output_layout: string?",
     attentionProblem,
     "softmax over the keys of (scale * query . key, then softcap * tanh(. / softcap), plus a mask or bias of floats; minus "
     "infinity where a mask of i1 is false (true, where mask_hides), where a key lies at or beyond the batch's length, or "
     "where causal or the windows hide it from the query at place `past` (else its length less the queries) plus its own), "
     "times value. Rows that see nothing may be zeros. Neighbouring query heads share the fewer heads of key and value. "
     "Masks stand along the dims of the scores (batch, heads, queries, keys) that mask_dims and bias_dims name, else the "
     "last ones. "
     "Layouts say which dims are batch, heads, sequence and elements, bhsd where not given; `scores` names what the second "
     "result is: product, capped, masked or weights; softmax_type is that in which the softmax is computed, if another."},
    {"batch_norm", "input, scale?, bias?, mean?, variance?", "output, running_mean?, running_variance?",
     "epsilon: float, axis: int?, momentum: float?", channelsProblem,
     "scale * (input - mean) / sqrt(variance + epsilon) + bias, vectors along dim `axis` (1); without mean and variance "
     "they "
     "are folded into scale and bias: scale * input + bias. With momentum, mean and variance are the input's over the other "
     "dims, and the further results momentum * mean + (1 - momentum) * that mean, variance alike."},
    {"celu", "input", "output", "alpha: float", sameDimsProblem, "max(0, input) + min(0, alpha * (e^(input / alpha) - 1))"},
    {"elu", "input", "output", "alpha: float", sameDimsProblem, "input where positive, else alpha * (e^input - 1)"},
    {"gelu", "input", "output", "approximate: string?", sameDimsProblem,
     "input * Phi(input), Phi being (1 + erf(input / sqrt(2))) / 2; where approximate is tanh, (1 + tanh(sqrt(2 / pi) * "
     "(input + 0.044715 * input^3))) / 2; where it is sigmoid, 1 / (1 + e^(-1.702 * input))"},
    {"group_norm", "input, scale?, bias?", "output", "groups: int, epsilon: float", channelsProblem,
     "dim 1 cut into groups, each normalised with all that follows dim 1 as instance_norm does; scale and bias have an "
     "element a channel, or a group"},
    {"gru", kRecurrentOperands, "sequence?, hidden", kRecurrentAttributes, nullptr,
     "a gated recurrent unit along dim 0 of input [steps, batch, features], from hidden"},
    {"hard_sigmoid", "input", "output", "alpha: float, beta: float", sameDimsProblem, "alpha * input + beta within 0 and 1"},
    {"hard_swish", "input", "output", "", sameDimsProblem, "input * (input / 6 + 1/2 within 0 and 1)"},
    {"instance_norm", "input, scale?, bias?", "output", "epsilon: float", channelsProblem,
     "scale * (input - mean) / sqrt(variance + epsilon) + bias: mean and variance over the dims from 2 on, scale and bias "
     "vectors along dim 1"},
    {"layer_norm", "input, scale?, bias?", "output, mean?, inverse?",
     "axes: ints, epsilon: float, scale_dims: ints?, bias_dims: ints?", alongAxesProblem,
     "scale * (input - mean) / sqrt(variance + epsilon) + bias, mean and variance over `axes`; scale and bias stand along "
     "the input's dims that scale_dims and bias_dims name, else its last ones. `inverse` is 1 / sqrt(variance + epsilon)."},
    {"leaky_relu", "input", "output", "alpha: float", sameDimsProblem, "alpha * input where negative, else input"},
    {"log_softmax", "input", "output", "axes: ints", axesProblem, "the logarithm of softmax"},
    {"lstm", kRecurrentOperands, "sequence?, hidden, cell", kRecurrentAttributes, nullptr,
     "a long short-term memory along dim 0 of input [steps, batch, features], from hidden and cell"},
    {"mish", "input", "output", "", sameDimsProblem, "input * tanh(ln(1 + e^input))"},
    {"prelu", "input, slope", "output", "", sameDimsProblem,
     "slope * input where negative, else input; slope broadcasts to the input's last dims"},
    {"rms_norm", "input, scale?", "output", "axes: ints, epsilon: float, scale_dims: ints?", alongAxesProblem,
     "scale * input / sqrt(mean of input^2 over `axes` + epsilon); scale as layer_norm's"},
    {"rnn", kRecurrentOperands, "sequence?, hidden", kRecurrentAttributes, nullptr,
     "a plain recurrent layer along dim 0 of input [steps, batch, features], from hidden"},
    {"selu", "input", "output", "alpha: float, gamma: float", sameDimsProblem, "gamma * elu(input) of alpha"},
    {"softmax", "input", "output", "axes: ints", axesProblem, "e^input / sum of e^input over `axes`"},
    {"softplus", "input", "output", "", sameDimsProblem, "ln(1 + e^input)"},
    {"softsign", "input", "output", "", sameDimsProblem, "input / (1 + |input|)"},
    {"swish", "input", "output", "alpha: float", sameDimsProblem,
     "input / (1 + e^(-alpha * input)); of alpha 1 also called silu"},
    {"thresholded_relu", "input", "output", "alpha: float", sameDimsProblem, "input where above alpha, else 0"},
};

CompositeRow::Kind kindOf(StringRef text) {
  constexpr StringLiteral names[] = {"flag", "int", "ints", "float", "floats", "string", "strings", "map", "type"};
  const auto *found = llvm::find(names, text);
  assert(found != std::end(names) && "a kind of attribute");
  return CompositeRow::Kind(found - names);
}

template <typename Add> void forEachItem(StringRef list, Add add) {
  SmallVector<StringRef> items;
  list.split(items, ',', -1, /*KeepEmpty=*/false);
  for (StringRef item : items)
    add(item.trim());
}

CompositeRow parse(const Signature &signature) {
  CompositeRow row{signature.name, signature.meaning, {}, {}, {}, signature.problem};
  forEachItem(signature.operands, [&](StringRef item) { row.operands.push_back({item.rtrim('?'), item.ends_with("?")}); });
  forEachItem(signature.results, [&](StringRef item) { row.results.push_back({item.rtrim('?'), item.ends_with("?")}); });
  forEachItem(signature.attributes, [&](StringRef item) {
    auto [name, kind] = item.split(": ");
    row.attributes.push_back({name, kindOf(kind.rtrim('?')), kind.ends_with("?")});
  });
  return row;
}

//===--- the verifier --------------------------------------------------------------------------------------------------===//

bool isOfKind(Attribute attribute, CompositeRow::Kind kind) {
  switch (kind) {
  case CompositeRow::Kind::Flag:
    return isa<BoolAttr>(attribute);
  case CompositeRow::Kind::Int:
    return isa<IntegerAttr>(attribute) && !isa<BoolAttr>(attribute);
  case CompositeRow::Kind::Ints:
    return isa<DenseI64ArrayAttr>(attribute);
  case CompositeRow::Kind::Float:
    return isa<FloatAttr>(attribute);
  case CompositeRow::Kind::Floats:
    return isa<DenseF64ArrayAttr>(attribute);
  case CompositeRow::Kind::String:
    return isa<StringAttr>(attribute);
  case CompositeRow::Kind::Strings:
    return isa<ArrayAttr>(attribute) && llvm::all_of(cast<ArrayAttr>(attribute), llvm::IsaPred<StringAttr>);
  case CompositeRow::Kind::Map:
    return isa<AffineMapAttr>(attribute);
  case CompositeRow::Kind::Type:
    return isa<TypeAttr>(attribute);
  }
  return false;
}

// The roles of the operands (results) in their order: those listed, else all of the row.
SmallVector<StringRef> rolesOf(CompositeOp op, ArrayRef<CompositeRow::Role> row, StringRef list) {
  if (auto listed = op.getCompositeAttributes().getAs<ArrayAttr>(list))
    return llvm::map_to_vector(listed, [](Attribute role) { return cast<StringAttr>(role).getValue(); });
  return llvm::map_to_vector(row, [](const CompositeRow::Role &role) { return role.name; });
}

std::string rolesProblem(CompositeOp op, ArrayRef<CompositeRow::Role> row, StringRef list, size_t count) {
  const bool needsList = llvm::any_of(row, [](const CompositeRow::Role &role) { return role.optional; });
  Attribute attribute = op.getCompositeAttributes().get(list);
  if (bool(attribute) != needsList || (attribute && !isOfKind(attribute, CompositeRow::Kind::Strings)))
    return ("attribute '" + list + (needsList ? "' must list the roles present" : "' has nothing to list")).str();
  SmallVector<StringRef> roles = rolesOf(op, row, list);
  size_t next = 0;
  for (const CompositeRow::Role &role : row) {
    if (next < roles.size() && roles[next] == role.name)
      ++next;
    else if (!role.optional)
      return ("the " + list.drop_back() + " '" + role.name + "' is absent").str();
  }
  if (next != roles.size())
    return ("'" + roles[next] + "' is none of the " + list + " " +
            llvm::join(llvm::map_range(row, [](const CompositeRow::Role &role) { return role.name; }), ", ") +
            ", in that order")
        .str();
  if (count != roles.size())
    return std::to_string(count) + " " + list.str() + " are given, " + std::to_string(roles.size()) + " are named";
  return "";
}

std::string problemOf(CompositeOp op, const CompositeRow &row) {
  for (NamedAttribute attribute : op.getCompositeAttributes()) {
    StringRef name = attribute.getName().getValue();
    const auto *known =
        llvm::find_if(row.attributes, [&](const CompositeRow::Attribute &each) { return each.name == name; });
    if (known == row.attributes.end() ? name != "operands" && name != "results"
                                      : !isOfKind(attribute.getValue(), known->kind))
      return known == row.attributes.end() ? ("has no attribute '" + name + "'").str()
                                           : ("attribute '" + name + "' is of another kind").str();
  }
  for (const CompositeRow::Attribute &attribute : row.attributes)
    if (!attribute.optional && !op.getCompositeAttributes().get(attribute.name))
      return ("attribute '" + attribute.name + "' is absent").str();
  for (auto problem : {rolesProblem(op, row.operands, "operands", op.getInputs().size()),
                       rolesProblem(op, row.results, "results", op.getOutputs().size())})
    if (!problem.empty())
      return problem;
  return row.problem ? row.problem(op) : "";
}

Value valueOf(CompositeOp op, ArrayRef<CompositeRow::Role> row, StringRef list, StringRef role, ValueRange values) {
  SmallVector<StringRef> roles = rolesOf(op, row, list);
  const auto *found = llvm::find(roles, role);
  return found == roles.end() ? Value() : values[found - roles.begin()];
}

} // namespace

ArrayRef<CompositeRow> compositeRows() {
  static const std::vector<CompositeRow> rows = [] {
    std::vector<CompositeRow> parsed;
    for (const Signature &signature : kSignatures)
      parsed.push_back(parse(signature));
    return parsed;
  }();
  return rows;
}

const CompositeRow *findComposite(StringRef name) {
  const auto *found =
      llvm::lower_bound(compositeRows(), name, [](const CompositeRow &row, StringRef name) { return row.name < name; });
  return found != compositeRows().end() && found->name == name ? found : nullptr;
}

Value operandOf(CompositeOp op, StringRef role) {
  return valueOf(op, findComposite(op.getName())->operands, "operands", role, op.getInputs());
}

Value resultOf(CompositeOp op, StringRef role) {
  return valueOf(op, findComposite(op.getName())->results, "results", role, op.getOutputs());
}

DictionaryAttr compositeAttributes(MLIRContext *context, const CompositeRow &row, ArrayRef<NamedAttribute> attributes,
                                   ArrayRef<bool> operands, ArrayRef<bool> results) {
  Builder builder(context);
  SmallVector<NamedAttribute> all(attributes);
  auto list = [&](StringRef name, ArrayRef<CompositeRow::Role> roles, ArrayRef<bool> present) {
    SmallVector<StringRef> names;
    bool needsList = false;
    for (auto [role, is] : llvm::zip_equal(roles, present)) {
      needsList |= role.optional;
      if (is)
        names.push_back(role.name);
    }
    if (needsList)
      all.push_back(builder.getNamedAttr(name, builder.getStrArrayAttr(names)));
  };
  list("operands", row.operands, operands);
  list("results", row.results, results);
  return builder.getDictionaryAttr(all);
}

LogicalResult verifyComposite(CompositeOp op) {
  const CompositeRow *row = findComposite(op.getName());
  std::string problem = row ? problemOf(op, *row) : "";
  return problem.empty() ? success() : op.emitOpError() << "(C3) '" << op.getName() << "': " << problem;
}

int64_t layoutDim(StringRef layout, char letter) {
  size_t place = layout.find(letter);
  return place == StringRef::npos ? -1 : int64_t(place);
}

} // namespace ingot
