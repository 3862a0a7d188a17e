#include "frontends/onnx/Sizes.h"

#include "ir/Types.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

namespace ingot::onnx {
namespace {

constexpr int64_t kMaxDim = (int64_t(1) << 40);
constexpr unsigned kMaxRank = 16;

llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(std::errc::invalid_argument, "%s", message.str().c_str());
}

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; }

// Reads sums, differences, products and quotients of names and numbers; `lookup` gives the value of a name. Null where the
// text is no such expression, a name has no value, or a divisor is no positive number.
class ExpressionReader {
public:
  using Lookup = llvm::function_ref<mlir::AffineExpr(llvm::StringRef)>;
  ExpressionReader(mlir::MLIRContext *context, llvm::StringRef text, Lookup lookup)
      : context(context), rest(text), lookup(lookup) {}

  mlir::AffineExpr read() {
    mlir::AffineExpr value = sum(0);
    return value && rest.trim().empty() ? simplifyExpr(value) : mlir::AffineExpr();
  }

private:
  static constexpr int kMaxDepth = 16;

  bool take(char c) {
    rest = rest.ltrim();
    return rest.consume_front(llvm::StringRef(&c, 1));
  }
  mlir::AffineExpr sum(int depth) {
    mlir::AffineExpr value = product(depth);
    while (value && !(rest = rest.ltrim()).empty() && (rest.front() == '+' || rest.front() == '-')) {
      bool isMinus = rest.front() == '-';
      rest = rest.drop_front();
      mlir::AffineExpr right = product(depth);
      value = right ? (isMinus ? value - right : value + right) : mlir::AffineExpr();
    }
    return value;
  }
  mlir::AffineExpr product(int depth) {
    mlir::AffineExpr value = factor(depth);
    while (value && !(rest = rest.ltrim()).empty() && (rest.front() == '*' || rest.front() == '/')) {
      bool isQuotient = rest.front() == '/';
      rest = rest.drop_front();
      if (isQuotient)
        (void)rest.consume_front("/");
      mlir::AffineExpr right = factor(depth);
      auto number = llvm::dyn_cast_or_null<mlir::AffineConstantExpr>(right);
      if (!right || (isQuotient && (!number || number.getValue() < 1)))
        return {};
      value = isQuotient ? value.floorDiv(right) : value * right;
    }
    return value;
  }
  mlir::AffineExpr factor(int depth) {
    if (depth == kMaxDepth)
      return {};
    if (take('(')) {
      mlir::AffineExpr value = sum(depth + 1);
      return take(')') ? value : mlir::AffineExpr();
    }
    rest = rest.ltrim();
    if (rest.empty())
      return {};
    if (llvm::isDigit(rest.front())) {
      llvm::StringRef digits = rest.take_while(llvm::isDigit);
      int64_t value;
      rest = rest.drop_front(digits.size());
      if (digits.getAsInteger(10, value) || value > kMaxDim)
        return {};
      return mlir::getAffineConstantExpr(value, context);
    }
    if (!isNameStart(rest.front()))
      return {};
    llvm::StringRef name = rest.take_while(isNamePart);
    rest = rest.drop_front(name.size());
    return lookup(name);
  }

  mlir::MLIRContext *context;
  llvm::StringRef rest;
  Lookup lookup;
};

struct Range {
  int64_t min, max;
  std::string origin; // the option or input it comes from, for messages
  bool operator==(const Range &other) const { return min == other.min && max == other.max; }
};

std::string show(const Range &range) {
  return range.min == range.max ? std::to_string(range.min) : std::to_string(range.min) + ".." + std::to_string(range.max);
}

bool parseNumber(llvm::StringRef text, int64_t &value) {
  return !text.empty() && llvm::all_of(text, llvm::isDigit) && !text.getAsInteger(10, value);
}

llvm::Expected<Range> parseDim(llvm::StringRef name, llvm::StringRef value) {
  std::string option = ("--dim " + name + "=" + value).str();
  Range range{0, 0, option};
  if (value.contains(','))
    return failure(option + ": a list of sizes, one entry point each, is not built in; give one size or a range LO..HI");
  auto [low, high] = value.split("..");
  bool isRange = value.contains("..");
  if (!parseNumber(low, range.min) || (isRange && !parseNumber(high, range.max)))
    return failure(option + ": the value must be a number N or a range LO..HI");
  if (!isRange)
    range.max = range.min;
  if (range.max < 1 || range.max > kMaxDim)
    return failure(option + ": a size must lie between " + llvm::Twine(isRange ? 0 : 1) + " and " + llvm::Twine(kMaxDim));
  if (range.min > range.max)
    return failure(option + ": the range is empty");
  return range;
}

// One dim of one input: a number, or the name of a size.
struct Dim {
  int64_t value = -1;
  std::string name;
  bool named = false; // by the file
};

struct Input {
  std::string name;
  std::optional<llvm::SmallVector<Dim>> dims; // none: the file states no rank
};

class Resolver {
public:
  Resolver(mlir::MLIRContext *context, llvm::ArrayRef<GraphInput> graphInputs, const ImportOptions &options)
      : context(context), graphInputs(graphInputs), options(options) {}

  llvm::Expected<ResolvedInputs> run();

private:
  llvm::Error readFile();
  llvm::Error applyShapes();
  llvm::Error applyDims();
  llvm::Error applyKnown();
  void findExpressions();
  bool isExpression(llvm::StringRef name) const { return definitions.count(name); }
  llvm::Expected<mlir::AffineExpr> evaluate(llvm::StringRef name, unsigned depth);
  llvm::Error bind(llvm::StringRef name, Range range);
  llvm::Expected<ResolvedInputs> finish();

  mlir::MLIRContext *context;
  llvm::ArrayRef<GraphInput> graphInputs;
  const ImportOptions &options;
  std::vector<Input> inputs;
  llvm::StringMap<std::string> definitions; // size name -> the expression that the file or --dim gives it
  llvm::StringMap<mlir::AffineExpr> symbols;
  std::vector<SizeAttr> moduleSizes;
  llvm::StringMap<std::string> aliases; // size name -> the name it goes by (--dim batch)
  llvm::MapVector<std::string, Range, std::map<std::string, unsigned>> bound;
};

llvm::Error Resolver::readFile() {
  for (const GraphInput &graphInput : graphInputs) {
    Input input;
    input.name = graphInput.info->name();
    const TypeProto::Tensor &tensor = graphInput.info->type().tensor_type();
    if (tensor.has_shape()) {
      if (tensor.shape().dim_size() > static_cast<int>(kMaxRank))
        return failure("input '" + input.name + "' has " + llvm::Twine(tensor.shape().dim_size()) + " dims; at most " +
                       llvm::Twine(kMaxRank) + " are supported");
      input.dims.emplace();
      for (auto [axis, proto] : llvm::enumerate(tensor.shape().dim())) {
        Dim dim;
        if (proto.has_dim_value() && proto.dim_value() >= 0) {
          dim.value = proto.dim_value();
          if (dim.value > kMaxDim)
            return failure("dim " + llvm::Twine(axis) + " of input '" + input.name + "' is " + llvm::Twine(dim.value) +
                           ", beyond the limit of " + llvm::Twine(kMaxDim));
        } else if (proto.has_dim_param() && !proto.dim_param().empty()) {
          dim.name = proto.dim_param();
          dim.named = true;
        } else {
          dim.name = input.name + "." + std::to_string(axis);
        }
        input.dims->push_back(std::move(dim));
      }
    }
    inputs.push_back(std::move(input));
  }
  return llvm::Error::success();
}

llvm::Error Resolver::bind(llvm::StringRef name, Range range) {
  auto [at, inserted] = bound.insert({name.str(), range});
  if (!inserted && !(at->second == range))
    return failure("size '" + name + "' is " + show(at->second) + " by " + at->second.origin + ", but " + show(range) +
                   " by " + range.origin);
  return llvm::Error::success();
}

llvm::Error Resolver::applyShapes() {
  for (const auto &[name, text] : options.shapes) {
    std::string option = "--shape " + (name.empty() ? text : name + "=" + text);
    Input *input = nullptr;
    if (name.empty()) {
      if (inputs.size() != 1)
        return failure(option + ": the model has " + llvm::Twine(inputs.size()) + " inputs; name one: --shape NAME=" + text);
      input = &inputs.front();
    } else {
      for (Input &candidate : inputs)
        if (candidate.name == name)
          input = &candidate;
      if (!input)
        return failure(option + ": the model has no input '" + name + "'; its inputs: " +
                       llvm::join(llvm::map_range(inputs, [](const Input &in) { return in.name; }), ", "));
    }
    llvm::SmallVector<llvm::StringRef> parts;
    if (!text.empty() && text != "scalar")
      llvm::StringRef(text).split(parts, 'x');
    if (parts.size() > kMaxRank)
      return failure(option + ": more than " + llvm::Twine(kMaxRank) + " dims");
    if (input->dims && input->dims->size() != parts.size())
      return failure(option + ": " + llvm::Twine(parts.size()) + " dims, but input '" + input->name + "' has " +
                     llvm::Twine(input->dims->size()));
    bool hadRank = input->dims.has_value();
    if (!hadRank)
      input->dims.emplace(parts.size());
    for (auto [axis, part] : llvm::enumerate(parts)) {
      int64_t value = 0;
      if (!parseNumber(part, value) || value > kMaxDim)
        return failure(option + ": '" + part + "' is no size");
      Dim &dim = (*input->dims)[axis];
      if (!dim.name.empty()) {
        if (llvm::Error error = bind(dim.name, {value, value, option}))
          return error;
      } else if (hadRank && axis != 0 && dim.value != value) {
        return failure(option + ": dim " + llvm::Twine(axis) + " of input '" + input->name + "' is " +
                       llvm::Twine(dim.value) + " in the file; only a leading dim can be replaced");
      } else {
        dim.value = value;
      }
    }
  }
  return llvm::Error::success();
}

// A name such as "past + seq", all of whose names are sizes, states how its dim follows from these; so does --dim
// total=past+seq.
void Resolver::findExpressions() {
  llvm::StringSet<> plain;
  auto isPlain = [](llvm::StringRef name) {
    return !name.empty() && isNameStart(name.front()) && llvm::all_of(name, isNamePart);
  };
  for (const Input &input : inputs)
    for (const Dim &dim : input.dims.value_or(llvm::SmallVector<Dim>()))
      if (isPlain(dim.name))
        plain.insert(dim.name);
  for (const auto &[name, value] : options.dims)
    if (isPlain(name))
      plain.insert(name);
  mlir::AffineExpr one = mlir::getAffineConstantExpr(1, context);
  auto known = [&](llvm::StringRef name) { return plain.contains(name) ? one : mlir::AffineExpr(); };
  llvm::StringSet<> given;
  for (const auto &[name, value] : options.dims)
    given.insert(name);
  for (const Input &input : inputs)
    for (const Dim &dim : input.dims.value_or(llvm::SmallVector<Dim>()))
      if (!dim.name.empty() && !isPlain(dim.name) && !given.contains(dim.name) &&
          ExpressionReader(context, dim.name, known).read())
        definitions[dim.name] = dim.name;
}

llvm::Error Resolver::applyDims() {
  llvm::StringSet<> names;
  std::vector<std::string> order;
  for (const Input &input : inputs)
    if (input.dims)
      for (const Dim &dim : *input.dims)
        if (!dim.name.empty() && !isExpression(dim.name) && names.insert(dim.name).second)
          order.push_back(dim.name);
  llvm::StringSet<> given;
  for (const auto &[name, value] : options.dims) {
    given.insert(name);
  }
  for (const auto &[name, value] : options.dims) {
    if (names.contains(name) && llvm::any_of(value, isNameStart)) {
      auto known = [&](llvm::StringRef other) {
        bool isSize = other != name && (names.contains(other) || given.contains(other));
        return isSize ? mlir::getAffineConstantExpr(1, context) : mlir::AffineExpr();
      };
      if (!ExpressionReader(context, value, known).read())
        return failure(
            "--dim " + name + "=" + value +
            ": the value must be a number N, a range LO..HI, or an expression over other sizes; the model's sizes: " +
            llvm::join(order, ", "));
      definitions[name] = value;
      continue;
    }
    llvm::Expected<Range> range = parseDim(name, value);
    if (!range)
      return range.takeError();
    if (names.contains(name)) {
      if (llvm::Error error = bind(name, *range))
        return error;
      continue;
    }
    if (name == "batch") {
      for (const Input &input : inputs) {
        if (!input.dims || input.dims->empty())
          continue;
        const Dim &dim = input.dims->front();
        if (!dim.name.empty()) {
          if (bound.count(dim.name)) {
            if (llvm::Error error = bind(dim.name, *range))
              return error;
          } else if (!given.contains(dim.name)) {
            aliases[dim.name] = name;
          }
        } else if (range->min != dim.value || range->max != dim.value) {
          return failure(range->origin + ": dim 0 of input '" + input.name + "' is " + llvm::Twine(dim.value) +
                         " in the file; a fixed dim can only be replaced by --shape");
        }
      }
      if (llvm::Error error = bind(name, *range))
        return error;
      continue;
    }
    // INPUT.AXIS of a dim that the file fixes or names otherwise.
    auto [inputName, axisText] = llvm::StringRef(name).rsplit('.');
    int64_t axis = 0;
    bool found = false;
    for (const Input &input : inputs) {
      if (input.name != inputName || !input.dims || !parseNumber(axisText, axis) ||
          axis >= static_cast<int64_t>(input.dims->size()))
        continue;
      found = true;
      const Dim &dim = (*input.dims)[axis];
      if (!dim.name.empty())
        return failure(range->origin + ": this dim is named '" + dim.name + "'; use --dim " + dim.name + "=" + value);
      if (range->min != dim.value || range->max != dim.value)
        return failure(range->origin + ": this dim is " + llvm::Twine(dim.value) + " in the file");
    }
    if (!found)
      return failure(range->origin + ": the model has no size '" + name + "'" +
                     (order.empty() ? std::string("; all its sizes are fixed") : "; its sizes: " + llvm::join(order, ", ")));
  }
  return llvm::Error::success();
}

llvm::Error Resolver::applyKnown() {
  for (auto [index, input] : llvm::enumerate(inputs)) {
    const InputShape *known = graphInputs[index].known;
    if (!known)
      continue;
    auto shape = [&] {
      std::string text;
      for (int64_t dim : known->dims)
        text += (text.empty() ? "" : "x") + std::to_string(dim);
      return text.empty() ? std::string("scalar") : text;
    };
    if (known->dims.size() > kMaxRank)
      return failure("input '" + input.name + "' was given " + llvm::Twine(known->dims.size()) + " dims; at most " +
                     llvm::Twine(kMaxRank) + " are supported");
    if (!input.dims) {
      input.dims.emplace(known->dims.size());
      for (auto [axis, dim] : llvm::enumerate(*input.dims))
        dim.value = known->dims[axis];
    }
    if (input.dims->size() != known->dims.size())
      return failure("input '" + input.name + "' was given as " + shape() + ", but has " + llvm::Twine(input.dims->size()) +
                     " dims");
    for (auto [axis, dim] : llvm::enumerate(*input.dims)) {
      const int64_t value = known->dims[axis], most = known->most.empty() ? value : known->most[axis];
      if (dim.name.empty()) {
        if (dim.value != value || dim.value != most)
          return failure("input '" + input.name + "' was given as " + shape() + ", but its dim " + llvm::Twine(axis) +
                         " is " + llvm::Twine(dim.value));
        continue;
      }
      if (isExpression(dim.name))
        continue;
      auto alias = aliases.find(dim.name);
      std::string name = alias == aliases.end() ? dim.name : alias->second;
      auto found = bound.find(name);
      if (found == bound.end())
        bound.insert({name, {value, most, "input '" + input.name + "'"}});
      else if (value < found->second.min || most > found->second.max)
        return failure("input '" + input.name + "' was given as " + shape() + ", but size '" + name + "' is " +
                       show(found->second) + " by " + found->second.origin);
    }
  }
  return llvm::Error::success();
}

llvm::Expected<ResolvedInputs> Resolver::finish() {
  std::vector<std::string> missing, example;
  llvm::StringSet<> reported;
  for (const Input &input : inputs) {
    if (!input.dims) {
      missing.push_back("the shape of input '" + input.name + "'");
      example.push_back("--shape " + input.name + "=1x3x224x224");
      continue;
    }
    for (auto [axis, dim] : llvm::enumerate(*input.dims)) {
      if (dim.name.empty() || isExpression(dim.name) || bound.count(dim.name) || aliases.count(dim.name) ||
          !reported.insert(dim.name).second)
        continue;
      missing.push_back("'" + dim.name + "' (dim " + std::to_string(axis) + " of input '" + input.name + "')");
      // A state of an open length usually grows.
      bool isState = llvm::any_of(options.aliases, [&](const auto &alias) { return alias.first == input.name; });
      example.push_back("--dim " + dim.name + (isState ? "=0..1024" : "=1"));
    }
  }
  if (!missing.empty())
    return failure(llvm::Twine(missing.size()) + (missing.size() == 1 ? " size is" : " sizes are") +
                   " not known: " + llvm::join(missing, ", ") + "; give " + (missing.size() == 1 ? "it" : "them") +
                   ", for example " + llvm::join(example, " "));

  ResolvedInputs result;
  for (const Input &input : inputs) {
    llvm::SmallVector<mlir::AffineExpr> dims;
    for (const Dim &dim : *input.dims) {
      if (dim.name.empty()) {
        dims.push_back(mlir::getAffineConstantExpr(dim.value, context));
        continue;
      }
      llvm::Expected<mlir::AffineExpr> value = evaluate(dim.name, 0);
      if (!value)
        return value.takeError();
      dims.push_back(*value);
    }
    result.dims.push_back(std::move(dims));
  }
  result.sizes = moduleSizes;
  return result;
}

// The value of a dim's name: a number, a size of the module, or what its expression says.
llvm::Expected<mlir::AffineExpr> Resolver::evaluate(llvm::StringRef dim, unsigned depth) {
  if (auto definition = definitions.find(dim); definition != definitions.end()) {
    llvm::Error problem = llvm::Error::success();
    auto lookup = [&](llvm::StringRef name) -> mlir::AffineExpr {
      if (depth > definitions.size())
        return {};
      llvm::Expected<mlir::AffineExpr> value = evaluate(name, depth + 1);
      if (value)
        return *value;
      problem = llvm::joinErrors(std::move(problem), value.takeError());
      return {};
    };
    mlir::AffineExpr value = ExpressionReader(context, definition->second, lookup).read();
    if (problem)
      return std::move(problem);
    if (!value)
      return failure("size '" + dim + "' is defined by itself");
    return value;
  }
  auto alias = aliases.find(dim);
  const std::string name = alias == aliases.end() ? dim.str() : alias->second;
  auto found = bound.find(name);
  if (found == bound.end())
    return failure("size '" + name + "' is not known; give it, for example --dim " + name + "=1");
  const Range &range = found->second;
  if (range.min == range.max)
    return mlir::getAffineConstantExpr(range.min, context);
  mlir::AffineExpr &symbol = symbols[name];
  if (!symbol) {
    symbol = mlir::getAffineSymbolExpr(moduleSizes.size(), context);
    moduleSizes.push_back(SizeAttr::get(context, name, range.min, range.max));
  }
  return symbol;
}

llvm::Expected<ResolvedInputs> Resolver::run() {
  if (llvm::Error error = readFile())
    return std::move(error);
  findExpressions();
  if (llvm::Error error = applyShapes())
    return std::move(error);
  if (llvm::Error error = applyDims())
    return std::move(error);
  if (llvm::Error error = applyKnown())
    return std::move(error);
  return finish();
}

} // namespace

llvm::Expected<ResolvedInputs> resolveInputs(mlir::MLIRContext *context, llvm::ArrayRef<GraphInput> inputs,
                                             const ImportOptions &options) {
  return Resolver(context, inputs, options).run();
}

} // namespace ingot::onnx
