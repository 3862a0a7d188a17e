#include "ir/DidYouMean.h"
#include "ir/Entries.h"
#include "ir/States.h"
#include "ir/Types.h"
#include "passes/transform/Passes.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot {

#define GEN_PASS_DECL_SPECIALISESIZES
#define GEN_PASS_DEF_SPECIALISESIZES
#include "passes/transform/Passes.h.inc"

using namespace mlir;

namespace {

constexpr size_t kMostSpecialisations = 64;

using Range = std::pair<int64_t, int64_t>;

// By size of the program: the ranges of its list, none where no list names it.
using Ranges = std::vector<SmallVector<Range>>;

bool findRanges(ModuleOp module, ArrayRef<SizeList> lists, Ranges &ranges, std::string *why) {
  SmallVector<SizeAttr> sizes = moduleSizes(module);
  auto names = llvm::map_to_vector(sizes, [](SizeAttr size) { return size.getName().str(); });
  ranges.resize(sizes.size());
  for (const SizeList &list : lists) {
    auto refuse = [&](const Twine &text) {
      auto values = llvm::map_to_vector(list.values, [](int64_t value) { return std::to_string(value); });
      *why = ("--dim " + list.name + "=" + llvm::join(values, ",") + ": " + text).str();
      return false;
    };
    const auto *found = llvm::find(names, list.name);
    if (found == names.end())
      return refuse("the program has no size '" + list.name + "'" + didYouMean(list.name, names));
    const SizeAttr size = sizes[found - names.begin()];
    SmallVector<Range> &own = ranges[found - names.begin()];
    if (!own.empty())
      return refuse("'" + list.name + "' has another list");
    if (size.getIsData())
      return refuse("'" + list.name + "' is computed from data");
    if (list.values.empty() || list.values.front() < size.getMin() || list.values.back() > size.getMax() ||
        !llvm::is_sorted(list.values, std::less_equal<int64_t>()))
      return refuse("expected ascending sizes from " + Twine(size.getMin()) + " to " + Twine(size.getMax()));
    for (func::FuncOp function : entryFunctions(module))
      for (unsigned i = 0; i != function.getNumArguments(); ++i)
        if (std::optional<Growth> growth = growthOf(function, i); growth && names[growth->size] == list.name)
          return refuse("'" + list.name + "' is the length of state '" + stateOfArgument(function, i) +
                        "', which is one for all calls; give a range");
    for (int64_t value : list.values)
      own.push_back({own.empty() ? size.getMin() : own.back().second + 1, value});
  }
  for (func::FuncOp function : entryFunctions(module)) {
    size_t count = 1;
    const auto mentioned = entrySizes(function); // set_bits refers to it
    for (unsigned size : mentioned.set_bits())
      if (!ranges[size].empty())
        count *= std::min(ranges[size].size(), kMostSpecialisations + 1);
    if (count > kMostSpecialisations) {
      *why = "entry point '" + entryName(function).str() + "' would have " + std::to_string(count) +
             " specialisations; the lists of --dim may make " + std::to_string(kMostSpecialisations);
      return false;
    }
  }
  return true;
}

struct SpecialiseSizes : impl::SpecialiseSizesBase<SpecialiseSizes> {
  explicit SpecialiseSizes(ArrayRef<SizeList> lists) : lists(lists.begin(), lists.end()) {}

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(readTexts()))
      return signalPassFailure();
    Ranges ranges;
    std::string why;
    if (!findRanges(module, lists, ranges, &why)) {
      module.emitError(why);
      return signalPassFailure();
    }
    narrowModule(module, ranges);
    for (func::FuncOp function : entryFunctions(module))
      specialise(function, ranges);
  }

private:
  LogicalResult readTexts() {
    for (StringRef text : texts) {
      SizeList list;
      SmallVector<StringRef> parts;
      text.split(parts, ':');
      list.name = parts.front().str();
      for (StringRef part : ArrayRef(parts).drop_front())
        if (part.getAsInteger(10, list.values.emplace_back()))
          return emitError(getOperation().getLoc()) << "'" << text << "' is no list of sizes";
      lists.push_back(list);
    }
    return success();
  }

  // Largest values are those of the lists.
  static void narrowModule(ModuleOp module, const Ranges &ranges) {
    SmallVector<Attribute> sizes;
    for (auto [size, own] : llvm::zip(moduleSizes(module), ranges))
      sizes.push_back(own.empty() ? size
                                  : SizeAttr::get(module.getContext(), size.getName(), size.getMin(), own.back().second));
    module->setAttr(kSizesAttr, ArrayAttr::get(module.getContext(), sizes));
  }

  void specialise(func::FuncOp function, const Ranges &ranges) {
    const llvm::BitVector mentioned = entrySizes(function);
    std::vector<SmallVector<SizeAttr>> choices = {moduleSizes(function)};
    for (auto [index, own] : llvm::enumerate(ranges)) {
      if (own.empty() || !mentioned.test(unsigned(index)))
        continue;
      std::vector<SmallVector<SizeAttr>> more;
      for (const SmallVector<SizeAttr> &choice : choices)
        for (const Range &range : own) {
          more.push_back(choice);
          SizeAttr &size = more.back()[index];
          size = SizeAttr::get(&getContext(), size.getName(), range.first, range.second);
        }
      choices = std::move(more);
    }
    if (choices.size() == 1)
      return;
    SymbolTable symbols(getOperation());
    const std::string name = entryName(function).str();
    Operation *last = function;
    for (const auto &[number, choice] : llvm::enumerate(choices)) {
      auto copy = number == 0 ? function : cast<func::FuncOp>(function->clone());
      if (number != 0)
        symbols.insert(copy, std::next(Block::iterator(last)));
      copy->setAttr(kSpecialisesAttr, StringAttr::get(&getContext(), name));
      copy->setAttr(kSizesAttr, ArrayAttr::get(&getContext(), SmallVector<Attribute>(choice.begin(), choice.end())));
      last = copy;
    }
  }

  std::vector<SizeList> lists;
};

} // namespace

bool checkSizeLists(ModuleOp module, ArrayRef<SizeList> lists, std::string *why) {
  Ranges ranges;
  return findRanges(module, lists, ranges, why);
}

std::unique_ptr<Pass> createSpecialiseSizes(ArrayRef<SizeList> lists) { return std::make_unique<SpecialiseSizes>(lists); }

} // namespace ingot
