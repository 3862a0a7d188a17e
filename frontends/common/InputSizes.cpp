#include "frontends/common/InputSizes.h"

#include "frontends/common/Messages.h"
#include "frontends/common/SizeExpression.h"
#include "ir/Types.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>
#include <numeric>

namespace ingot::frontend {
namespace {

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
  auto [low, high] = value.split("..");
  bool isRange = value.contains("..");
  if (!parseNumber(low, range.min) || (isRange && !parseNumber(high, range.max)))
    return failure(option + ": the value must be a number N or a range LO..HI");
  if (!isRange)
    range.max = range.min;
  if (range.max > kMaxDim)
    return failure(option + ": a size must lie between 0 and " + llvm::Twine(kMaxDim));
  if (range.min > range.max)
    return failure(option + ": the range is empty");
  return range;
}

using Dim = InputDim; // with a name where it is no number

// Whether a value of --dim speaks of other sizes.
bool isExpressionText(llvm::StringRef value) {
  return llvm::any_of(value, [](char c) { return llvm::isAlpha(c) || c == '_'; });
}

// Names that exporters give to dims they know nothing of; dims that share such a name need not be equal.
bool isPlaceholder(llvm::StringRef name) {
  return name == "-1" || name.equals_insensitive("none") || llvm::none_of(name, llvm::isAlnum);
}

struct Input {
  std::string name;
  std::optional<llvm::SmallVector<Dim>> dims; // none: the file states no rank
  llvm::ArrayRef<Dim> knownDims() const { return dims ? llvm::ArrayRef(*dims) : llvm::ArrayRef<Dim>(); }
};

class Resolver {
public:
  Resolver(mlir::MLIRContext *context, llvm::ArrayRef<ProgramInput> declared, const ImportOptions &options,
           SizeSuggestion suggest)
      : context(context), declared(declared), options(options), suggest(suggest) {}

  llvm::Expected<ResolvedInputs> run();

private:
  llvm::Error readFile();
  llvm::Error applyShapes();
  llvm::Error applyShape(Input &input, const std::string &text, const std::string &option);
  llvm::Error applyDims();
  llvm::Error applyKnown();
  llvm::Error applyBounds();
  void findExpressions();
  llvm::Error readDefinition(llvm::StringRef name, llvm::StringRef value);
  llvm::Error applyBatch(const Range &range);
  llvm::Error applyToPlace(llvm::StringRef name, llvm::StringRef value, const Range &range);
  std::string listSizes() const;
  bool isExpression(llvm::StringRef name) const { return definitions.count(name); }
  llvm::Expected<mlir::AffineExpr> evaluate(llvm::StringRef name, unsigned depth);
  llvm::Error bind(llvm::StringRef name, const Range &range);
  llvm::Expected<ResolvedInputs> finish();

  mlir::MLIRContext *context;
  llvm::ArrayRef<ProgramInput> declared;
  const ImportOptions &options;
  SizeSuggestion suggest;
  std::vector<Input> inputs;
  llvm::SetVector<llvm::StringRef> names;   // of sizes that stand for themselves, in order
  llvm::StringSet<> given;                  // by --dim
  llvm::StringSet<> introduced;             // by --dim, for other sizes' expressions
  std::vector<std::string> specialNames;    // for readSizeExpression
  llvm::StringMap<std::string> definitions; // size name -> the expression that the file or --dim gives it
  llvm::StringMap<mlir::AffineExpr> symbols;
  std::vector<SizeAttr> moduleSizes;
  llvm::StringMap<std::string> aliases; // size name -> the name it goes by (--dim batch)
  llvm::MapVector<std::string, Range, std::map<std::string, unsigned>> bound;
};

llvm::Error Resolver::readFile() {
  for (const ProgramInput &given : declared) {
    Input input;
    input.name = given.name;
    input.dims = given.dims;
    if (given.dims) {
      if (given.dims->size() > kMaxRank)
        return failure("input '" + input.name + "' has " + llvm::Twine(given.dims->size()) + " dims; at most " +
                       llvm::Twine(kMaxRank) + " are supported");
      for (auto [axis, dim] : llvm::enumerate(*input.dims)) {
        if (dim.isNumber() && dim.value > kMaxDim)
          return failure("dim " + llvm::Twine(axis) + " of input '" + input.name + "' is " + llvm::Twine(dim.value) +
                         ", beyond the limit of " + llvm::Twine(kMaxDim));
        if (!dim.isNumber() && isPlaceholder(dim.name))
          dim.name = input.name + "." + std::to_string(axis);
      }
    }
    inputs.push_back(std::move(input));
  }
  return llvm::Error::success();
}

llvm::Error Resolver::bind(llvm::StringRef name, const Range &range) {
  auto [at, inserted] = bound.insert({name.str(), range});
  if (!inserted && !(at->second == range))
    return failure("size '" + name + "' is " + show(at->second) + " by " + at->second.origin + ", but " + show(range) +
                   " by " + range.origin);
  return llvm::Error::success();
}

llvm::Error Resolver::applyShapes() {
  for (const auto &[name, text] : options.shapes) {
    std::string option = "--shape " + (name.empty() ? text : name + "=" + text);
    llvm::SmallVector<Input *> found; // those of several entry points may have one name
    for (Input &candidate : inputs)
      if (name.empty() ? inputs.size() == 1 : candidate.name == name)
        found.push_back(&candidate);
    if (found.empty() && name.empty())
      return failure(option + ": the model has " + llvm::Twine(inputs.size()) + " inputs; name one: --shape NAME=" + text);
    if (found.empty()) {
      auto inputNames = llvm::map_to_vector(inputs, [](const Input &in) { return in.name; });
      return failure(option + ": the model has no input '" + name + "'; its inputs: " + llvm::join(inputNames, ", ") +
                     didYouMean(name, inputNames));
    }
    for (Input *input : found)
      if (llvm::Error error = applyShape(*input, text, option))
        return error;
  }
  return llvm::Error::success();
}

llvm::Error Resolver::applyShape(Input &input, const std::string &text, const std::string &option) {
  if (llvm::StringRef(text).find_first_of(",;:[") != llvm::StringRef::npos)
    return failure(option + ": expected [NAME=]1x3x224x224, with x between the dims");
  llvm::SmallVector<llvm::StringRef> parts;
  if (!text.empty() && text != "scalar")
    llvm::StringRef(text).split(parts, 'x');
  if (parts.size() > kMaxRank)
    return failure(option + ": more than " + llvm::Twine(kMaxRank) + " dims");
  if (input.dims && input.dims->size() != parts.size())
    return failure(option + ": " + llvm::Twine(parts.size()) + " dims, but input '" + input.name + "' has " +
                   llvm::Twine(input.dims->size()));
  bool hadRank = input.dims.has_value();
  if (!hadRank)
    input.dims.emplace(parts.size());
  for (auto [axis, part] : llvm::enumerate(parts)) {
    int64_t value = 0;
    if (!parseNumber(part, value) || value > kMaxDim)
      return failure(option + ": '" + part + "' is no size");
    Dim &dim = (*input.dims)[axis];
    if (!dim.name.empty()) {
      if (llvm::Error error = bind(dim.name, {value, value, option}))
        return error;
    } else if (hadRank && axis != 0 && dim.value != value) {
      return failure(option + ": dim " + llvm::Twine(axis) + " of input '" + input.name + "' is " + llvm::Twine(dim.value) +
                     " in the file; only a leading dim can be replaced");
    } else {
      dim.value = value;
    }
  }
  return llvm::Error::success();
}

// A name such as "past + seq", all of whose names are sizes, states how its dim follows from these; so does --dim
// total=past+seq.
void Resolver::findExpressions() {
  llvm::StringSet<> plain;
  for (const auto &[name, value] : options.dims)
    given.insert(name);
  for (const Input &input : inputs)
    for (const Dim &dim : input.knownDims())
      if (isPlainName(dim.name))
        plain.insert(dim.name);
  for (const auto &[name, value] : options.dims)
    if (isPlainName(name))
      plain.insert(name);
  mlir::AffineExpr one = mlir::getAffineConstantExpr(1, context);
  auto known = [&](llvm::StringRef name) { return plain.contains(name) ? one : mlir::AffineExpr(); };
  for (const Input &input : inputs)
    for (const Dim &dim : input.knownDims()) {
      if (dim.name.empty() || isExpression(dim.name))
        continue;
      if (!isPlainName(dim.name) && !given.contains(dim.name) && readSizeExpression(context, dim.name, {}, known))
        definitions[dim.name] = dim.name;
      else
        names.insert(dim.name);
    }
  for (llvm::StringRef name : names)
    if (!isPlainName(name) && llvm::isAlpha(name.front()))
      specialNames.push_back(name.str());
}

std::string Resolver::listSizes() const {
  return names.empty() ? "; all its sizes are fixed" : "; its sizes: " + llvm::join(names, ", ");
}

// --dim NAME=EXPRESSION, of a size of the model or one that another expression introduces.
llvm::Error Resolver::readDefinition(llvm::StringRef name, llvm::StringRef value) {
  std::string unknown;
  auto known = [&](llvm::StringRef other) {
    if (other != name && (names.contains(other) || given.contains(other)))
      return mlir::getAffineConstantExpr(1, context);
    unknown = other.str();
    return mlir::AffineExpr();
  };
  if (readSizeExpression(context, value, specialNames, known)) {
    definitions[name] = value.str();
    return llvm::Error::success();
  }
  std::string option = ("--dim " + name + "=" + value).str();
  if (unknown.empty() || unknown == name)
    return failure(option + ": the value must be a number N, a range LO..HI, or an expression over other sizes" +
                   (names.empty() ? std::string() : "; the model's sizes: " + llvm::join(names, ", ")));
  return failure(option + ": there is no size '" + unknown + "'; a new one takes a range of its own, --dim " + unknown +
                 "=LO..HI; the model's sizes: " + llvm::join(names, ", ") + didYouMean(unknown, names));
}

// --dim batch=.. where no dim bears that name: every open leading dim.
llvm::Error Resolver::applyBatch(const Range &range) {
  const Input *fixed = nullptr;
  bool isUsed = introduced.contains("batch");
  for (const Input &input : inputs) {
    if (!input.dims || input.dims->empty())
      continue;
    const Dim &dim = input.dims->front();
    if (dim.name.empty()) {
      isUsed |= range.min == dim.value && range.max == dim.value;
      fixed = &input;
    } else if (bound.count(dim.name)) {
      if (llvm::Error error = bind(dim.name, range))
        return error;
    } else if (!given.contains(dim.name)) {
      aliases[dim.name] = "batch";
      isUsed = true;
    }
  }
  if (!isUsed && fixed)
    return failure(range.origin + ": dim 0 of input '" + fixed->name + "' is " + llvm::Twine(fixed->dims->front().value) +
                   " in the file; a fixed dim can only be replaced by --shape");
  return bind("batch", range);
}

// --dim INPUT.AXIS=.. of a dim that the file fixes or names otherwise.
llvm::Error Resolver::applyToPlace(llvm::StringRef name, llvm::StringRef value, const Range &range) {
  auto [inputName, axisText] = name.rsplit('.');
  int64_t axis = 0;
  bool found = false;
  for (const Input &input : inputs) {
    if (input.name != inputName || !input.dims || !parseNumber(axisText, axis) ||
        axis >= static_cast<int64_t>(input.dims->size()))
      continue;
    found = true;
    const Dim &dim = (*input.dims)[axis];
    if (!dim.name.empty())
      return failure(range.origin + ": this dim is named '" + dim.name + "'; use --dim " + dim.name + "=" + value);
    if (range.min != dim.value || range.max != dim.value)
      return failure(range.origin + ": this dim is " + llvm::Twine(dim.value) + " in the file");
  }
  if (!found)
    return failure(range.origin + ": the model has no size '" + name + "'" + listSizes() + didYouMean(name, names));
  return llvm::Error::success();
}

llvm::Error Resolver::applyDims() {
  // A name in another's expression is a size, even where no dim is called so.
  for (const auto &[name, value] : options.dims)
    if (isExpressionText(value))
      (void)readSizeExpression(context, value, specialNames, [&](llvm::StringRef other) {
        if (given.contains(other) && !names.contains(other))
          introduced.insert(other);
        return mlir::getAffineConstantExpr(1, context);
      });
  for (const auto &[name, value] : options.dims) {
    const bool isSize = names.contains(name) || introduced.contains(name);
    if (isSize && isExpressionText(value)) {
      if (llvm::Error error = readDefinition(name, value))
        return error;
      continue;
    }
    llvm::Expected<Range> range = parseDim(name, value);
    if (!range)
      return range.takeError();
    if (llvm::Error error = name == "batch" && !names.contains(name) ? applyBatch(*range)
                            : isSize                                 ? bind(name, *range)
                                                                     : applyToPlace(name, value, *range))
      return error;
  }
  return llvm::Error::success();
}

// What makes an array fit an input whose dims it has in another order, or all but the leading one; else empty.
std::string adviceForDims(llvm::ArrayRef<int64_t> given, llvm::ArrayRef<Dim> wanted) {
  constexpr size_t kMost = 6; // dims whose orders are tried
  auto fits = [&](llvm::ArrayRef<int64_t> dims) {
    return llvm::all_of(llvm::zip_equal(dims, wanted), [](auto pair) {
      const Dim &dim = std::get<1>(pair);
      return !dim.name.empty() || dim.value == std::get<0>(pair);
    });
  };
  llvm::SmallVector<int64_t> dims;
  if (given.size() + 1 == wanted.size()) {
    dims.push_back(1);
    llvm::append_range(dims, given);
    return fits(dims) ? "; with a leading dim it fits: array[numpy.newaxis]" : "";
  }
  if (given.size() != wanted.size() || given.size() > kMost)
    return "";
  llvm::SmallVector<unsigned> order(given.size());
  std::iota(order.begin(), order.end(), 0);
  while (std::next_permutation(order.begin(), order.end())) {
    dims.clear();
    std::string text;
    for (unsigned place : order) {
      dims.push_back(given[place]);
      text += (text.empty() ? "" : ", ") + std::to_string(place);
    }
    if (fits(dims))
      return "; with its dims in another order it fits: array.transpose(" + text + ")";
  }
  return "";
}

llvm::Error Resolver::applyKnown() {
  for (auto [index, input] : llvm::enumerate(inputs)) {
    const InputShape *known = declared[index].known;
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
                     " dims" + adviceForDims(known->dims, *input.dims));
    for (auto [axis, dim] : llvm::enumerate(*input.dims)) {
      const int64_t value = known->dims[axis], most = known->most.empty() ? value : known->most[axis];
      if (dim.name.empty()) {
        if (dim.value != value || dim.value != most)
          return failure("input '" + input.name + "' was given as " + shape() + ", but its dim " + llvm::Twine(axis) +
                         " is " + llvm::Twine(dim.value) + adviceForDims(known->dims, *input.dims));
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

// What a file bounds a dim by is its range where nobody gives one, and holds the one that is given.
llvm::Error Resolver::applyBounds() {
  for (const Input &input : inputs)
    for (const Dim &dim : input.knownDims()) {
      if (!dim.most || dim.name.empty() || isExpression(dim.name))
        continue;
      auto alias = aliases.find(dim.name);
      const std::string name = alias == aliases.end() ? dim.name : alias->second;
      auto found = bound.find(name);
      if (found == bound.end())
        bound.insert({name, {0, *dim.most, "input '" + input.name + "'"}});
      else if (found->second.max > *dim.most)
        return failure("size '" + name + "' is " + show(found->second) + " by " + found->second.origin + ", but input '" +
                       input.name + "' bounds it by " + llvm::Twine(*dim.most));
    }
  return llvm::Error::success();
}

llvm::Expected<ResolvedInputs> Resolver::finish() {
  std::vector<std::string> missing;
  std::vector<OpenSize> open;
  llvm::StringSet<> reported;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    if (!input.dims) {
      missing.push_back("the shape of input '" + input.name + "'");
      open.push_back({input.name, "", 0, &declared[index]});
      continue;
    }
    for (auto [axis, dim] : llvm::enumerate(*input.dims)) {
      if (dim.name.empty() || isExpression(dim.name) || bound.count(dim.name) || aliases.count(dim.name) ||
          !reported.insert(dim.name).second)
        continue;
      missing.push_back("'" + dim.name + "' (dim " + std::to_string(axis) + " of input '" + input.name + "')");
      open.push_back({input.name, dim.name, static_cast<unsigned>(axis), &declared[index]});
    }
  }
  if (!missing.empty())
    return failure(llvm::Twine(missing.size()) + (missing.size() == 1 ? " size is" : " sizes are") +
                   " not known: " + llvm::join(missing, ", ") + "; give " + (missing.size() == 1 ? "it" : "them") +
                   ", for example " + suggest(open));

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
    // What the file calls an expression is none of the names that stand for themselves.
    mlir::AffineExpr value = readSizeExpression(context, definition->second, specialNames, lookup);
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
  if (llvm::Error error = applyBounds())
    return std::move(error);
  return finish();
}

} // namespace

llvm::Expected<ResolvedInputs> resolveInputs(mlir::MLIRContext *context, llvm::ArrayRef<ProgramInput> inputs,
                                             const ImportOptions &options, SizeSuggestion suggest) {
  return Resolver(context, inputs, options, suggest).run();
}

} // namespace ingot::frontend
