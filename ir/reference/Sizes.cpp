// Binding the module's sizes from the arguments of a call.
#include "ir/Entries.h"
#include "ir/States.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"

using namespace mlir;

namespace ingot::reference {

static std::string nameOfArgument(func::FuncOp function, unsigned index) {
  auto name = function.getArgAttrOfType<StringAttr>(index, kNameAttr);
  return name ? "'" + name.getValue().str() + "'" : std::to_string(index);
}

static std::string describe(const Tensor &tensor) {
  return describeType(RankedTensorType::get(tensor.dims, tensor.elementType), {});
}

// Tokens have no dims to bind sizes from.
static bool isToken(func::FuncOp function, unsigned argument) {
  return isa<TokenType>(function.getArgumentTypes()[argument]);
}

namespace {
// The expression `factor * size + offset`.
struct Linear {
  unsigned size;
  int64_t factor, offset;
};
} // namespace

// `expr` at the known sizes as a linear function of the one unknown size in it, if it is one.
static std::optional<Linear> linearIn(AffineExpr expr, ArrayRef<std::optional<int64_t>> known) {
  SmallVector<AffineExpr> replacements;
  std::optional<unsigned> unknown;
  bool tooMany = false;
  for (auto [index, value] : llvm::enumerate(known)) {
    replacements.push_back(value ? getAffineConstantExpr(*value, expr.getContext())
                                 : getAffineSymbolExpr(unsigned(index), expr.getContext()));
    if (!value && expr.isFunctionOfSymbol(unsigned(index))) {
      tooMany |= unknown.has_value();
      unknown = unsigned(index);
    }
  }
  if (!unknown || tooMany)
    return std::nullopt;
  AffineExpr rest = expr.replaceSymbols(replacements);
  SmallVector<int64_t> at(known.size(), 0);
  std::optional<int64_t> first = evaluateExpr(rest, at);
  at[*unknown] = 1;
  std::optional<int64_t> second = evaluateExpr(rest, at);
  if (!first || !second || *first == *second)
    return std::nullopt;
  int64_t factor = *second - *first;
  AffineExpr symbol = getAffineSymbolExpr(*unknown, expr.getContext());
  if (!sameExpr(rest, symbol * factor + *first))
    return std::nullopt;
  return Linear{*unknown, factor, *first};
}

llvm::Expected<SmallVector<int64_t>> bindSizes(func::FuncOp function, ArrayRef<Tensor> arguments) {
  SmallVector<SizeAttr> sizes = moduleSizes(function);
  std::string problems;
  auto report = [&](const Twine &problem) { problems += (problems.empty() ? "" : "\n") + problem.str(); };
  auto fail = [&] { return llvm::createStringError(std::errc::invalid_argument, "%s", problems.c_str()); };
  if (arguments.size() != function.getNumArguments()) {
    report("'" + function.getName() + "' takes " + Twine(function.getNumArguments()) + " arguments, but " +
           Twine(arguments.size()) + " are given");
    return fail();
  }
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    if (isToken(function, unsigned(index)))
      continue;
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    if (type && hasKnownDims(type))
      type = argumentTypeForCaller(function, unsigned(index));
    if (!type || !hasKnownDims(type)) {
      report("argument " + nameOfArgument(function, unsigned(index)) + " is no tensor with known dims");
      continue;
    }
    if (argument.elementType != type.getElementType() || int64_t(argument.dims.size()) != type.getRank())
      report("argument " + nameOfArgument(function, unsigned(index)) + " is " + describe(argument) + ", but " +
             describeType(type, sizes) + " is needed");
    else if (int64_t(argument.bytes.size()) != argument.numElements() * elementBytes(argument.elementType))
      report("argument " + nameOfArgument(function, unsigned(index)) + " is " + describe(argument) + ", but has " +
             Twine(argument.bytes.size()) + " bytes");
  }
  if (!problems.empty())
    return fail();

  // Dims that hold one unknown size bind it, until no more is learnt.
  SmallVector<std::optional<int64_t>> values(sizes.size());
  SmallVector<std::string> origin(sizes.size());
  for (bool progress = true; progress;) {
    progress = false;
    for (auto [index, argument] : llvm::enumerate(arguments)) {
      if (isToken(function, unsigned(index)))
        continue;
      RankedTensorType type = argumentTypeForCaller(function, unsigned(index));
      for (unsigned dim = 0, e = unsigned(type.getRank()); dim != e; ++dim) {
        std::optional<Linear> linear = linearIn(dimExpr(type, dim), values);
        if (!linear || (argument.dims[dim] - linear->offset) % linear->factor != 0)
          continue;
        values[linear->size] = (argument.dims[dim] - linear->offset) / linear->factor;
        origin[linear->size] = "dim " + std::to_string(dim) + " of argument " + nameOfArgument(function, unsigned(index));
        progress = true;
      }
    }
  }
  SmallVector<int64_t> bound;
  const llvm::BitVector mentioned = entrySizes(function);
  for (auto [index, size, value, from] : llvm::enumerate(sizes, values, origin)) {
    if (size.getIsData())
      value = size.getMax(); // until the program binds it
    if (!value && (size.getMin() == size.getMax() || !mentioned.test(unsigned(index))))
      value = size.getMin();
    if (!value)
      report("size '" + size.getName() + "' does not follow from any argument's dims");
    else if (*value < size.getMin() || *value > size.getMax())
      report("size '" + size.getName() + "' is " + Twine(*value) + " by " + from + "; accepted: " + Twine(size.getMin()) +
             " to " + Twine(size.getMax()));
    bound.push_back(value.value_or(0));
  }
  if (!problems.empty())
    return fail();
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    if (isToken(function, unsigned(index)))
      continue;
    RankedTensorType type = argumentTypeForCaller(function, unsigned(index));
    for (unsigned dim = 0, e = unsigned(type.getRank()); dim != e; ++dim) {
      std::optional<int64_t> expected = evaluateExpr(dimExpr(type, dim), bound);
      if (expected && *expected == argument.dims[dim])
        continue;
      std::string why;
      if (type.isDynamicDim(dim)) {
        why = " with";
        for (auto [position, size] : llvm::enumerate(sizes))
          if (dimExpr(type, dim).isFunctionOfSymbol(unsigned(position)))
            why += " " + size.getName().str() + " = " + std::to_string(bound[position]) +
                   (origin[position].empty() ? "" : " by " + origin[position]);
      }
      report("argument " + nameOfArgument(function, unsigned(index)) + " is " + describe(argument) + ", but " +
             describeType(type, sizes) + " is needed: dim " + Twine(dim) + " must be " +
             (expected ? std::to_string(*expected) : describeExpr(dimExpr(type, dim), sizes)) + why);
    }
  }
  if (auto requirements = function->getParentOfType<ModuleOp>()->getAttrOfType<ArrayAttr>(kRequiresAttr))
    for (Attribute requirement : requirements) {
      AffineExpr expr = cast<AffineMapAttr>(requirement).getValue().getResult(0);
      if (std::optional<int64_t> value = evaluateExpr(expr, bound); concernsEntry(expr, mentioned) && (!value || *value < 0))
        report("these sizes do not fit together: " + Twine(describeExpr(expr, sizes)) + " is " +
               (value ? std::to_string(*value) : "too large") + ", but must not be negative");
    }
  if (!problems.empty())
    return fail();
  return bound;
}

} // namespace ingot::reference
