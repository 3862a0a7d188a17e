#include "frontends/common/SizeAdvice.h"

#include "ir/Types.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;

namespace ingot::frontend {
namespace {

constexpr int64_t kGreatestMultiple = 64;

bool isZero(AffineExpr expr) {
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  return constant && constant.getValue() == 0;
}

AffineExpr withSize(AffineExpr expr, unsigned size, size_t count, AffineExpr value) {
  SmallVector<AffineExpr> values;
  for (unsigned i = 0; i != count; ++i)
    values.push_back(i == size ? value : getAffineSymbolExpr(i, expr.getContext()));
  return simplifyExpr(expr.replaceSymbols(values));
}

bool isPolynomial(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  return !binary || ((expr.getKind() == AffineExprKind::Add || expr.getKind() == AffineExprKind::Mul) &&
                     isPolynomial(binary.getLHS()) && isPolynomial(binary.getRHS()));
}

std::string rangeText(int64_t min, int64_t max) {
  return min == max ? std::to_string(min) : std::to_string(min) + ".." + std::to_string(max);
}

// "x.1", as dims are called that the file gives no name.
bool isPlaceName(StringRef name) {
  StringRef axis = name.rsplit('.').second;
  return name.contains('.') && !axis.empty() && llvm::all_of(axis, llvm::isDigit);
}

void setDim(DimOptions &dims, StringRef name, std::string value) {
  llvm::erase_if(dims, [&](const auto &option) { return option.first == name; });
  dims.emplace_back(name.str(), std::move(value));
}

// Makes one mismatch go away.
class Solver {
public:
  Solver(DimOptions &dims, const Trial &trial, std::vector<std::string> &told)
      : dims(dims), sizes(trial.sizes), told(told) {}

  bool solve(const DimMismatch &mismatch, Refine how);

private:
  bool equate(const DimMismatch &mismatch, AffineExpr difference, Refine how);
  bool multiply(const DimMismatch &mismatch, AffineExpr difference);
  std::string newName(StringRef size) const;
  void tell(const std::string &what, const DimMismatch &mismatch) { told.push_back(what + " (" + mismatch.node + ")"); }

  DimOptions &dims;
  ArrayRef<SizeAttr> sizes;
  std::vector<std::string> &told;
  llvm::SmallSet<unsigned, 4> changed;
};

bool Solver::solve(const DimMismatch &mismatch, Refine how) {
  AffineExpr difference = simplifyExpr(mismatch.lhs - mismatch.rhs);
  for (unsigned size = 0; size != sizes.size(); ++size)
    if (changed.contains(size) && difference.isFunctionOfSymbol(size))
      return false; // the next import tells
  return equate(mismatch, difference, how) || (how == Refine::All && multiply(mismatch, difference));
}

// difference = c * size + rest with c = 1 or -1: the size is what makes it 0. Names of places go first, then later names.
bool Solver::equate(const DimMismatch &mismatch, AffineExpr difference, Refine how) {
  SmallVector<unsigned> order;
  for (bool place : {true, false})
    for (unsigned size = sizes.size(); size-- != 0;)
      if (isPlaceName(sizes[size].getName()) == place && difference.isFunctionOfSymbol(size))
        order.push_back(size);
  MLIRContext *context = difference.getContext();
  for (unsigned size : order) {
    AffineExpr rest = withSize(difference, size, sizes.size(), getAffineConstantExpr(0, context));
    for (int64_t factor : {1, -1}) {
      if (!isZero(simplifyExpr(difference - rest - getAffineSymbolExpr(size, context) * factor)))
        continue;
      AffineExpr value = simplifyExpr(rest * -factor);
      auto range = rangeOfExpr(value, sizes);
      const std::string name = sizes[size].getName().str();
      if (!range || range->first < 0 || !isPolynomial(value))
        continue;
      if (range->first == range->second) {
        if (how == Refine::Equal || range->first < sizes[size].getMin() || range->first > sizes[size].getMax())
          continue;
        setDim(dims, name, std::to_string(range->first));
        tell("size '" + name + "' must be " + std::to_string(range->first), mismatch);
      } else {
        if (name == "batch") // may stand for many dims
          continue;
        if (auto other = dyn_cast<AffineSymbolExpr>(value)) {
          SizeAttr kept = sizes[other.getPosition()];
          int64_t min = std::max(kept.getMin(), sizes[size].getMin()), max = std::min(kept.getMax(), sizes[size].getMax());
          if (min > max)
            continue;
          if (min != kept.getMin() || max != kept.getMax())
            setDim(dims, kept.getName(), rangeText(min, max));
          changed.insert(other.getPosition());
        }
        std::string text = describeExpr(value, sizes);
        llvm::erase(text, ' ');
        setDim(dims, name, text);
        tell("size '" + name + "' must be equal to " + text, mismatch);
      }
      changed.insert(size);
      return true;
    }
  }
  return false;
}

std::string Solver::newName(StringRef size) const {
  auto isTaken = [&](StringRef name) {
    return llvm::any_of(sizes, [&](SizeAttr other) { return other.getName() == name; }) ||
           llvm::any_of(dims, [&](const auto &option) { return option.first == name; });
  };
  std::string name = size.lower();
  if (name == size || isPlaceName(size) || llvm::any_of(name, [](char c) { return !llvm::isAlnum(c); }))
    name = "n";
  std::string unique = name;
  for (unsigned i = 2; isTaken(unique); ++i)
    unique = name + std::to_string(i);
  return unique;
}

// The difference vanishes where a size is a multiple of some number.
bool Solver::multiply(const DimMismatch &mismatch, AffineExpr difference) {
  for (unsigned size = 0; size != sizes.size(); ++size) {
    if (!difference.isFunctionOfSymbol(size))
      continue;
    AffineExpr symbol = getAffineSymbolExpr(size, difference.getContext());
    for (int64_t multiple = 2; multiple <= kGreatestMultiple; ++multiple) {
      if (!isZero(withSize(difference, size, sizes.size(), symbol * multiple)))
        continue;
      const std::string name = sizes[size].getName().str();
      int64_t min = llvm::divideCeilSigned(sizes[size].getMin(), multiple), max = sizes[size].getMax() / multiple;
      if (min > max || name == "batch")
        break;
      changed.insert(size);
      tell("size '" + name + "' must be a multiple of " + std::to_string(multiple), mismatch);
      // One that is a multiple already becomes a greater one.
      for (auto &[of, value] : dims)
        if (int64_t factor; StringRef(value).ends_with("*" + name) &&
                            !StringRef(value).drop_back(name.size() + 1).getAsInteger(10, factor)) {
          value = std::to_string(factor * multiple) + "*" + name;
          setDim(dims, name, rangeText(min, max));
          return true;
        }
      std::string factorName = newName(name);
      setDim(dims, name, std::to_string(multiple) + "*" + factorName);
      setDim(dims, factorName, rangeText(min, max));
      return true;
    }
  }
  return false;
}

//===--- open sizes ----------------------------------------------------------------------------------------------------===//

enum class SizeKind { Batch, Length, Side, State };

SizeKind kindOf(const OpenSize &size, const ImportOptions &options) {
  auto contains = [name = StringRef(size.name).lower()](std::initializer_list<StringRef> words) {
    return llvm::any_of(words, [&](StringRef word) { return StringRef(name).contains(word); });
  };
  const bool placed = isPlaceName(size.name);
  if (llvm::any_of(options.aliases, [&](const auto &alias) { return alias.first == size.input; }) && size.axis != 0)
    return SizeKind::State;
  if (!placed && contains({"past", "cache"}))
    return SizeKind::State;
  if (!placed && contains({"batch"}))
    return SizeKind::Batch;
  if (!placed && contains({"height", "width"}))
    return SizeKind::Side;
  if (!placed && contains({"seq", "len", "time", "token", "frame", "step"}))
    return SizeKind::Length;
  if (size.axis == 0)
    return SizeKind::Batch;
  // Two neighbouring dims of four, beside a few channels, are those of a picture.
  const SmallVector<InputDim> &shape = *size.at->dims;
  auto isFew = [&](size_t axis) { return shape[axis].value >= 1 && shape[axis].value <= 4; };
  if (shape.size() == 4 && (size.axis >= 2 || isFew(3)))
    return SizeKind::Side;
  return shape.size() == 3 && isFew(2) && !isFew(0) ? SizeKind::Side : SizeKind::Length;
}

// From what serves most calls to what most models take.
struct Proposal {
  const char *batch, *length, *side, *state;
};
constexpr Proposal kProposals[] = {
    {"1..64", "1..512", "224", "0..1024"},
    {"1..64", "16..512", "224", "1..1024"},
    {"1..64", "1600..16000", "224", "0..1024"},
    {"1..64", "128", "224", "0..1024"},
    {"1", "128", "224", "128"},
    {"1", "16000", "640", "128"},
};

DimOptions propose(ArrayRef<OpenSize> open, const ImportOptions &options, const Proposal &proposal) {
  DimOptions dims;
  // One word for leading dims without names.
  const bool together = llvm::any_of(open, [&](const OpenSize &size) {
    return size.axis == 0 && isPlaceName(size.name) && kindOf(size, options) == SizeKind::Batch;
  });
  const bool isFree = llvm::none_of(open, [](const OpenSize &size) { return size.name == "batch"; }) &&
                      llvm::none_of(options.dims, [](const auto &option) { return option.first == "batch"; });
  bool used = false;
  for (const OpenSize &size : open) {
    if (size.name.empty())
      continue;
    SizeKind kind = kindOf(size, options);
    const char *value = kind == SizeKind::Batch    ? proposal.batch
                        : kind == SizeKind::Length ? proposal.length
                        : kind == SizeKind::Side   ? proposal.side
                                                   : proposal.state;
    if (kind == SizeKind::Batch && size.axis == 0 && together && isFree) {
      if (!used)
        dims.emplace_back("batch", value);
      used = true;
    } else {
      dims.emplace_back(size.name, value);
    }
  }
  return dims;
}

} // namespace

bool refineSizes(DimOptions &dims, const Trial &trial, Refine how, std::vector<std::string> &told) {
  Solver solver(dims, trial, told);
  bool any = false;
  for (const DimMismatch &mismatch : trial.mismatches)
    any |= solver.solve(mismatch, how);
  return any;
}

std::string dimText(const DimOptions &dims, const DimOptions &before) {
  std::vector<std::string> words;
  for (const auto &option : dims) {
    if (llvm::is_contained(before, option))
      continue;
    std::string word = option.first + "=" + option.second;
    bool plain = llvm::all_of(word, [](char c) { return llvm::isAlnum(c) || StringRef("_.,:/=+-").contains(c); });
    words.push_back("--dim " + (plain ? word : "'" + word + "'"));
  }
  return llvm::join(words, " ");
}

std::string suggestSizes(ArrayRef<OpenSize> open, const ImportOptions &options, TryImport tryImport) {
  constexpr int kMostRounds = 12;
  std::string shapes;
  for (const OpenSize &size : open)
    if (size.name.empty())
      shapes += (shapes.empty() ? "" : " ") + ("--shape " + size.input) + "=1x3x224x224";
  DimOptions first = propose(open, options, kProposals[0]);
  if (tryImport && shapes.empty())
    for (const Proposal &proposal : kProposals) {
      DimOptions dims = options.dims;
      llvm::append_range(dims, propose(open, options, proposal));
      for (int round = 0; round != kMostRounds; ++round) {
        Trial trial = tryImport(dims);
        if (trial.imported)
          return dimText(dims, options.dims);
        std::vector<std::string> told;
        if (!refineSizes(dims, trial, Refine::All, told))
          break;
      }
    }
  std::string text = dimText(first);
  return shapes + (shapes.empty() || text.empty() ? "" : " ") + text;
}

std::string adviceForNegative(AffineExpr dim, ArrayRef<SizeAttr> sizes) {
  constexpr int64_t kMostTried = 1 << 16;
  const SizeAttr *size = nullptr;
  SmallVector<int64_t> values;
  for (auto [index, each] : llvm::enumerate(sizes)) {
    values.push_back(each.getMin());
    if (!dim.isFunctionOfSymbol(index))
      continue;
    if (size)
      return "";
    size = &each;
  }
  if (!size)
    return "";
  auto fits = [&](int64_t value) {
    values[size - sizes.begin()] = value;
    std::optional<int64_t> extent = evaluateExpr(dim, values);
    return extent && *extent >= 0;
  };
  if (!fits(size->getMax()))
    return "";
  int64_t least = size->getMin();
  while (!fits(least) && least - size->getMin() < kMostTried)
    ++least;
  if (!fits(least))
    return "";
  return "; " + dimText({{size->getName().str(), rangeText(least, size->getMax())}}) + " fits";
}

} // namespace ingot::frontend
