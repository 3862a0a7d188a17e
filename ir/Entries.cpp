#include "ir/Entries.h"
#include "ir/Defaults.h"
#include "ir/DidYouMean.h"
#include "ir/States.h"
#include "ir/Types.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace ingot {

SmallVector<func::FuncOp> entryFunctions(ModuleOp module) {
  SmallVector<func::FuncOp> entries;
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr(kEntryAttr))
      entries.push_back(function);
  return entries;
}

StringRef entryName(func::FuncOp function) {
  auto name = function->getAttrOfType<StringAttr>(kSpecialisesAttr);
  return name ? name.getValue() : function.getSymName();
}

std::vector<std::string> entryNames(ModuleOp module) {
  std::vector<std::string> names;
  for (func::FuncOp function : entryFunctions(module))
    if (names.empty() || names.back() != entryName(function))
      names.push_back(entryName(function).str());
  return names;
}

static std::string listed(ArrayRef<std::string> names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

func::FuncOp findEntry(ModuleOp module, StringRef name, std::string *why) {
  for (func::FuncOp function : entryFunctions(module))
    if (name.empty() || entryName(function) == name)
      return function;
  std::vector<std::string> names = entryNames(module);
  *why = "the model has no entry point '" + name.str() + "'" + didYouMean(name, names) + "; it has: " + listed(names);
  return {};
}

bool keepEntries(ModuleOp module, ArrayRef<std::string> names, std::string *why) {
  for (const auto &[index, name] : llvm::enumerate(names)) {
    if (!findEntry(module, name, why))
      return false;
    if (llvm::is_contained(names.take_front(index), name)) {
      *why = "entry point '" + name + "' is named twice";
      return false;
    }
  }
  for (func::FuncOp function : entryFunctions(module))
    if (!names.empty() && !llvm::is_contained(names, entryName(function)))
      function.erase();
  return true;
}

//--- States

StringRef stateOfArgument(func::FuncOp function, unsigned argument) {
  auto name = function.getArgAttrOfType<StringAttr>(argument, kNameAttr);
  return function.getArgAttr(argument, kStateAttr) && name ? name.getValue() : "";
}

StringRef stateOfResult(func::FuncOp function, unsigned result) {
  if (auto name = function.getResultAttrOfType<StringAttr>(result, kStateAttr))
    return name.getValue();
  for (unsigned i = 0; i != function.getNumArguments(); ++i)
    if (auto state = function.getArgAttrOfType<IntegerAttr>(i, kStateAttr); state && state.getInt() == int64_t(result))
      return stateOfArgument(function, i);
  return "";
}

static std::vector<std::string> argumentNames(func::FuncOp function) {
  std::vector<std::string> names;
  for (unsigned i = 0; i != function.getNumArguments(); ++i) {
    auto name = function.getArgAttrOfType<StringAttr>(i, kNameAttr);
    names.push_back(name ? name.getValue().str() : "");
  }
  return names;
}

static std::vector<std::string> resultNames(func::FuncOp function) {
  std::vector<std::string> names;
  for (unsigned i = 0; i != function.getNumResults(); ++i) {
    auto name = function.getResultAttrOfType<StringAttr>(i, kNameAttr);
    names.push_back(name ? name.getValue().str() : "");
  }
  return names;
}

static int placeOf(ArrayRef<std::string> names, StringRef name) {
  const auto *found = llvm::find(names, name);
  return found == names.end() ? -1 : int(found - names.begin());
}

bool aliasStates(ModuleOp module, ArrayRef<std::pair<std::string, std::string>> pairs, std::string *why) {
  SmallVector<func::FuncOp> entries = entryFunctions(module);
  Builder builder(module.getContext());
  llvm::DenseMap<std::pair<Operation *, unsigned>, AffineExpr> nextLengths; // by entry and size
  for (const auto &[input, output] : pairs) {
    const std::string option = "--alias " + input + "=" + output;
    std::vector<std::string> inputs, outputs; // of all entries
    for (func::FuncOp function : entries) {
      std::vector<std::string> arguments = argumentNames(function), results = resultNames(function);
      const int in = placeOf(arguments, input), out = placeOf(results, output);
      llvm::append_range(inputs, arguments);
      llvm::append_range(outputs, results);
      if (in < 0 || out < 0)
        continue;
      SmallVector<SizeAttr> sizes = moduleSizes(function);
      auto before = cast<RankedTensorType>(function.getArgumentTypes()[in]);
      auto after = cast<RankedTensorType>(function.getResultTypes()[out]);
      std::string problem;
      std::optional<Growth> growth = findGrowth(before, after, sizes, &problem);
      if (before != after && !growth) {
        *why = option + ": the input is " + describeType(before, sizes) + ", the output " + describeType(after, sizes) +
               ": " + problem;
        return false;
      }
      if (!growth)
        continue;
      AffineExpr &next = nextLengths[{function.getOperation(), growth->size}];
      if (next && !sameExpr(next, growth->next)) {
        *why = option + ": the state would hold " + describeExpr(growth->next, sizes) + " after a call, another one of '" +
               sizes[growth->size].getName().str() + "' " + describeExpr(next, sizes);
        return false;
      }
      next = growth->next;
    }
    const bool hasInput = placeOf(inputs, input) >= 0, hasOutput = placeOf(outputs, output) >= 0;
    if (!hasInput || !hasOutput) {
      *why = option + ": the model has no " + (hasInput ? "output '" + output : "input '" + input) + "'" +
             (hasInput ? didYouMean(output, outputs) : didYouMean(input, inputs));
      return false;
    }
    for (func::FuncOp function : entries) {
      const int in = placeOf(argumentNames(function), input), out = placeOf(resultNames(function), output);
      if (in >= 0 && function.getArgAttr(in, kStateAttr)) {
        *why = option + ": the input is named by another --alias";
        return false;
      }
      if (in >= 0 && function.getArgAttr(in, kDefaultAttr)) {
        *why = option + ": the input has a default, which a state cannot have";
        return false;
      }
      if (out >= 0 && !stateOfResult(function, out).empty()) {
        *why = option + ": the output is named by another --alias";
        return false;
      }
      if (in >= 0)
        function.setArgAttr(in, kStateAttr, builder.getI64IntegerAttr(out));
      else if (out >= 0)
        function.setResultAttr(out, kStateAttr, builder.getStringAttr(input));
    }
  }
  return true;
}

LogicalResult verifyStates(ModuleOp module) {
  struct Seen {
    func::FuncOp function;
    RankedTensorType type;
    std::optional<Growth> growth;
    bool whole; // takes and gives it
  };
  llvm::StringMap<Seen> states;
  bool bad = false;
  auto compare = [&](StringRef name, const Seen &use) {
    auto [entry, isNew] = states.try_emplace(name, use);
    if (isNew || name.empty() || entryName(entry->second.function) == entryName(use.function))
      return;
    const Seen &first = entry->second;
    SmallVector<SizeAttr> sizes = moduleSizes(module);
    auto report = [&](const Twine &text) {
      func::FuncOp(use.function).emitError()
          << "entry point '" << entryName(use.function) << "': state '" << name << "' " << text;
      bad = true;
    };
    if (first.type != use.type)
      return report("is " + Twine(describeType(use.type, sizes)) + ", but " + describeType(first.type, sizes) + " in '" +
                    entryName(first.function) + "'");
    if ((first.growth || use.growth) && !(first.whole && use.whole)) {
      const Seen &grows = first.growth ? first : use, &other = first.growth ? use : first;
      return report("grows in '" + Twine(entryName(grows.function)) + "', so '" + entryName(other.function) +
                    "' must take and give it too");
    }
    if (bool(first.growth) != bool(use.growth) ||
        (first.growth && (first.growth->axis != use.growth->axis || first.growth->size != use.growth->size)))
      report("grows otherwise than in '" + Twine(entryName(first.function)) + "'");
  };
  for (func::FuncOp function : entryFunctions(module)) {
    for (unsigned i = 0; i != function.getNumArguments(); ++i)
      if (auto state = function.getArgAttrOfType<IntegerAttr>(i, kStateAttr))
        compare(stateOfArgument(function, i),
                {function, argumentTypeForCaller(function, i), growthOf(function, i), state.getInt() >= 0});
    for (unsigned i = 0; i != function.getNumResults(); ++i)
      if (function.getResultAttr(i, kStateAttr))
        compare(stateOfResult(function, i),
                {function, cast<RankedTensorType>(function.getResultTypes()[i]), std::nullopt, false});
  }
  return failure(bad);
}

//--- Sizes

static void addSizes(RankedTensorType type, llvm::BitVector &sizes) {
  for (AffineExpr dim : dimExprs(type))
    dim.walk([&](AffineExpr part) {
      if (auto size = dyn_cast<AffineSymbolExpr>(part); size && size.getPosition() < sizes.size())
        sizes.set(size.getPosition());
    });
}

// Tokens have no dims.
static bool hasDims(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && hasKnownDims(tensor);
}

llvm::BitVector entrySizes(func::FuncOp function) {
  llvm::BitVector sizes(moduleSizes(function).size());
  for (unsigned i = 0; i != function.getNumArguments(); ++i) {
    if (!hasDims(function.getArgumentTypes()[i]))
      continue;
    addSizes(argumentTypeForCaller(function, i), sizes);
    if (std::optional<Growth> growth = growthOf(function, i))
      sizes.set(growth->size);
  }
  for (unsigned i = 0; i != function.getNumResults(); ++i)
    if (hasDims(function.getResultTypes()[i]))
      addSizes(resultTypeForCaller(function, i), sizes);
  return sizes;
}

bool concernsEntry(AffineExpr expr, const llvm::BitVector &sizes) {
  bool concerns = true;
  expr.walk([&](AffineExpr part) {
    if (auto size = dyn_cast<AffineSymbolExpr>(part))
      concerns = concerns && size.getPosition() < sizes.size() && sizes.test(size.getPosition());
  });
  return concerns;
}

} // namespace ingot
