#include "frontends/stablehlo/Importer.h"

#include "frontends/common/Messages.h"
#include "frontends/stablehlo/Import.h"
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "ir/Locations.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"

#include <functional>

using namespace mlir;

namespace ingot::stablehlo {

using frontend::failure;
using frontend::ProgramBuilder;

constexpr size_t kMaxOps = 1 << 20;

ModuleImporter::ModuleImporter(MLIRContext &context, const Module &module, StringRef path, std::shared_ptr<WeightFile> file,
                               frontend::ImportAttempt &attempt)
    : p(context, attempt.options, attempt.program, &attempt.notes), context(context), module(module), path(path.str()),
      file(std::move(file)), attempt(attempt), values(module.valueTypes.size()) {}

//===--- places and names ------------------------------------------------------------------------------------------------===//

mlir::Location ModuleImporter::locationOf(const Op &op) {
  const Location &source = *op.location;
  mlir::Location location = UnknownLoc::get(&context);
  if (!source.file.empty())
    location = FileLineColLoc::get(&context, source.file, source.line, source.column);
  if (!source.name.empty())
    location = NameLoc::get(StringAttr::get(&context, source.name), location);
  for (const std::string &composite : llvm::reverse(composites))
    location = inComposite(location, composite);
  return location;
}

std::string ModuleImporter::placeOf(LocationRef location) const {
  if (!location)
    return "";
  const Location &source = *location;
  std::string text;
  if (source.line)
    text = std::to_string(source.line) + ":" + std::to_string(source.column) + ": ";
  if (source.file.empty() || source.file == path)
    return text;
  return "at " + source.file + (text.empty() ? ": " : ":") + text;
}

//===--- errors ----------------------------------------------------------------------------------------------------------===//

void ModuleImporter::fail(const Op &op, const Twine &message) {
  if (std::string text = message.str(); !text.empty())
    errors.push_back({&op, std::move(text)});
  for (ValueRef result : op.results) {
    values[result] = Entry();
    values[result].type = module.typeOf(result);
    values[result].failed = true;
  }
}

// Ops of one name with one message in one line, at the place of the first.
llvm::Error ModuleImporter::opErrors() const {
  constexpr size_t kMostNames = 3;
  struct Alike {
    const Op *first;
    std::vector<std::string> others;
  };
  llvm::MapVector<std::pair<std::string, std::string>, Alike, std::map<std::pair<std::string, std::string>, unsigned>> alike;
  for (const OpError &error : errors) {
    auto [at, isNew] = alike.try_emplace({error.op->name, error.message}, Alike{error.op, {}});
    if (!isNew)
      at->second.others.push_back(placeOf(*error.op));
  }
  std::vector<std::string> lines;
  for (const auto &[what, ops] : alike) {
    std::string name = ops.first->location->name;
    std::string line =
        placeOf(*ops.first) + "'" + what.first + "'" + (name.empty() ? "" : " (" + name + ")") + ": " + what.second;
    if (!ops.others.empty()) {
      line += "; and " + frontend::countOf(ops.others.size(), "other op", "other ops");
      for (const std::string &other : ArrayRef(ops.others).take_front(kMostNames))
        if (!other.empty())
          line += " " + StringRef(other).drop_back(2).str();
    }
    lines.push_back(std::move(line));
  }
  if (lines.size() == 1)
    return failure(lines.front());
  return failure(Twine(errors.size()) + " ops cannot be imported:\n  " + llvm::join(lines, "\n  "));
}

//===--- what the entry is, and what it reaches --------------------------------------------------------------------------===//

namespace {
// The ops that a region holds, those of its calls' functions too.
class Reached {
public:
  Reached(const llvm::StringMap<const Function *> &functions, llvm::function_ref<void(const Op &)> visit)
      : functions(functions), visit(visit) {}

  void region(const Region &region) {
    for (const Block &block : region.blocks)
      for (const Op &op : block.ops) {
        visit(op);
        for (const Region &inner : op.regions)
          this->region(inner);
        for (StringRef reference : {"callee", "decomposition"})
          if (const Attribute *name = op.find(reference))
            if (const Function *callee = functions.lookup(name->text); callee && seen.insert(callee).second)
              pending.push_back(callee);
      }
  }
  void run(const Function &entry) {
    if (!seen.insert(&entry).second)
      return;
    pending.push_back(&entry);
    while (!pending.empty())
      region(pending.pop_back_val()->body);
  }

private:
  const llvm::StringMap<const Function *> &functions;
  llvm::function_ref<void(const Op &)> visit;
  llvm::SmallVector<const Function *> pending;
  llvm::SmallPtrSet<const Function *, 8> seen;
};

// The functions that one calls itself.
llvm::SmallVector<const Function *> calledBy(const llvm::StringMap<const Function *> &functions, const Function &function) {
  llvm::SmallVector<const Function *> called;
  auto visit = [&](const Op &op) {
    for (StringRef reference : {"callee", "decomposition", "called_computations"})
      if (const Attribute *name = op.find(reference)) {
        for (const Attribute &item : name->items)
          called.push_back(functions.lookup(item.text));
        called.push_back(functions.lookup(name->text));
      }
  };
  std::function<void(const Region &)> walk = [&](const Region &region) {
    for (const Block &block : region.blocks)
      for (const Op &op : block.ops) {
        visit(op);
        for (const Region &inner : op.regions)
          walk(inner);
      }
  };
  walk(function.body);
  return called;
}
} // namespace

// Whether a caller may be given what the function gives.
static bool givesTensors(const Function &function) {
  return llvm::any_of(function.type->results, [](TypeRef type) {
    return isTensor(type) || type->kind == Type::Tuple || type->kind == Type::Future;
  });
}

// The functions that are entry points: those that are asked for, else the public ones that no other one calls, `main` before all. One alone is
// called main.
llvm::Error ModuleImporter::findEntries() {
  std::vector<const Function *> publics;
  for (const Function &function : module.functions) {
    if (!functions.try_emplace(function.name, &function).second)
      return failure(placeOf(function.location) + "function '@" + function.name + "' is defined twice");
    if (function.isPublic)
      publics.push_back(&function);
  }
  const Function *main = functions.lookup("main");
  auto unknown = [&](StringRef name) {
    std::vector<std::string> names;
    for (const Function *one : publics)
      names.push_back(one->name);
    return failure("the module has no function '" + name + "', but " +
                   frontend::countOf(publics.size(), "public function", "public functions") + (publics.empty() ? "" : ": ") +
                   llvm::join(names, ", ") + (name == "main" ? "" : didYouMean(name, names)));
  };
  std::vector<const Function *> chosen;
  llvm::DenseMap<const Function *, std::string> asked; // by what name
  for (const std::string &name : attempt.options.entries) {
    const Function *found = functions.lookup(name);
    if (name == "main" && !found && publics.size() == 1)
      found = publics.front();
    if (!found || (found != main && !found->isPublic))
      return unknown(name);
    if (asked.try_emplace(found, name).second) // one named twice is told by who chooses among the program's
      chosen.push_back(found);
  }
  if (attempt.options.entries.empty()) {
    llvm::DenseSet<const Function *> called;
    for (const Function &function : module.functions)
      for (const Function *callee : calledBy(functions, function))
        if (callee != &function)
          called.insert(callee);
    if (main)
      chosen.push_back(main);
    for (const Function *function : publics)
      if (function != main && (publics.size() == 1 || (!called.contains(function) && givesTensors(*function))))
        chosen.push_back(function);
  }
  if (chosen.empty())
    return module.functions.empty() ? failure(std::string("the module has no functions")) : unknown("main");
  for (const Function *function : chosen) {
    for (TypeRef type : llvm::concat<const TypeRef>(function->type->members, function->type->results))
      if (std::string problem = problemOfType(&context, type); !problem.empty() && type->kind == Type::Future)
        return failure(placeOf(function->location) + "function '@" + function->name + "': " + problem);
    if (function->body.blocks.size() != 1)
      return failure(placeOf(function->location) + "function '@" + function->name + "' has " +
                     Twine(function->body.blocks.size()) + " blocks, not one");
    std::string name = asked.lookup(function);
    entries.push_back({function, !name.empty() ? name : publics.size() > 1 ? function->name : "main", {}, {}});
  }
  return llvm::Error::success();
}

static bool isReturn(const Op &op) { return StringRef(op.name).ends_with(".return"); }

// What an op is told of where it is not supported: its name, of a custom call its target's.
static std::string unsupportedName(const Op &op, const ProgramBuilder &p) {
  if (op.name == "stablehlo.custom_call") {
    const Attribute *target = op.find("call_target_name");
    if (target && !findCustomCall(target->text) && !p.isBound(target->text))
      return "custom call '" + target->text + "'";
    return "";
  }
  return isReturn(op) || findRow(op.name) ? "" : "'" + op.name + "'";
}

llvm::Error ModuleImporter::checkOps() {
  llvm::MapVector<std::string, std::vector<const Op *>, std::map<std::string, unsigned>> unsupported;
  auto visit = [&](const Op &op) {
    if (std::string name = unsupportedName(op, p); !name.empty())
      unsupported[name].push_back(&op);
  };
  Reached reached(functions, visit);
  for (const EntryPoint &entry : entries)
    reached.run(*entry.function);
  if (unsupported.empty())
    return llvm::Error::success();
  for (const auto &[name, ops] : unsupported) {
    const Attribute *target = ops.front()->find("call_target_name");
    attempt.notes.refusedNodes.push_back({target ? target->text : ops.front()->name, "unsupported"});
  }
  std::vector<std::string> lines;
  for (const auto &[name, ops] : unsupported) {
    std::string line = placeOf(*ops.front()) + "unsupported op: " + name;
    if (ops.size() != 1)
      line += " (" + std::to_string(ops.size()) + " ops)";
    if (const Attribute *target = ops.front()->find("call_target_name"); target && !target->text.empty())
      line += "; --call " + target->text + "=SYMBOL binds it to a function of C";
    lines.push_back(std::move(line));
  }
  if (lines.size() == 1)
    return failure(lines.front());
  return failure(Twine(lines.size()) + " ops are not supported:\n  " + llvm::join(lines, "\n  "));
}

//===--- ops -------------------------------------------------------------------------------------------------------------===//

Value ModuleImporter::reachable(Value value) {
  // The regions around the innermost one that is isolated hold nothing that an op may use.
  size_t first = openRegions.size();
  while (first != 0 && !openRegions[first - 1].isIsolated)
    --first;
  if (first == 0)
    return value;
  for (mlir::Region *region = value.getParentRegion(); region; region = region->getParentRegion())
    for (const OpenRegion &open : ArrayRef(openRegions).drop_front(first - 1))
      if (open.region == region)
        return value;
  if (Operation *op = value.getDefiningOp(); op && isa<ConstantOp, SizeOfOp>(op))
    return p.b.clone(*op)->getResult(0);
  const SymbolicTensor *known = p.elementsOf(value);
  if (known && known->isConstant() && !known->isGiven())
    return ConstantOp::create(p.b, ingot::toAttribute(*known));
  return nullptr;
}

// What is wrong with the op's form; empty if nothing.
// The highest accuracy there is leaves no tolerance to state.
static std::string problemOfAccuracy(const Op &op) {
  const Attribute *accuracy = op.find("result_accuracy");
  if (!accuracy || accuracy->kind != Attribute::Dictionary)
    return "";
  const Attribute *mode = findAttribute(accuracy->entries, "mode");
  if (!mode || mode->text != "HIGHEST")
    return "";
  for (StringRef name : {"atol", "rtol", "ulps"})
    if (const Attribute *tolerance = findAttribute(accuracy->entries, name);
        tolerance && (tolerance->kind == Attribute::Integer ? tolerance->integer != 0 : tolerance->number != 0))
      return ("result_accuracy has the mode HIGHEST, but its " + name + " is not 0").str();
  return "";
}

std::string ModuleImporter::problemOf(const Op &op, const ImportRow &row) const {
  auto problemOfCount = [](StringRef what, int wanted, size_t has) {
    return wanted == kAny || static_cast<size_t>(wanted) == has
               ? std::string()
               : ("has " + Twine(has) + " " + what + ", not " + Twine(wanted)).str();
  };
  for (std::string problem : {problemOfCount("operands", row.operands, op.operands.size()),
                              problemOfCount("results", row.results, op.results.size()),
                              problemOfCount("regions", row.regions, op.regions.size())})
    if (!problem.empty())
      return problem;
  for (auto [index, result] : llvm::enumerate(op.results)) {
    TypeRef type = module.typeOf(result);
    if (std::string problem = problemOfType(&context, type); !problem.empty())
      return ("result " + Twine(index) + ": " + problem).str();
    if (!(row.flags & kTakesAny) && !isTensor(type))
      return ("result " + Twine(index) + " is declared as " + spellType(type) + ", but is a tensor").str();
  }
  for (auto [index, operand] : llvm::enumerate(op.operands))
    if (!(row.flags & kTakesAny) && !isTensor(module.typeOf(operand)))
      return ("operand " + Twine(index) + " is " + spellType(module.typeOf(operand)) + ", but must be a tensor").str();
  if (!(row.flags & (kTakesAny | kAlongAxis)) || (row.flags & kWhole))
    for (auto [what, values] : {std::pair("operand ", ArrayRef(op.operands)), std::pair("result ", ArrayRef(op.results))})
      for (auto [index, value] : llvm::enumerate(values))
        if (const auto &stored = module.typeOf(value)->quantization; stored && stored->axis)
          return (what + Twine(index) + " is " + spellType(module.typeOf(value)) +
                  ", but must be quantised as a whole: the op takes no scales along an axis")
              .str();
  return problemOfAccuracy(op);
}

static bool isQuantized(const Module &module, const Op &op) {
  return llvm::any_of(llvm::concat<const ValueRef>(op.operands, op.results),
                      [&](ValueRef value) { return module.typeOf(value)->quantization.has_value(); });
}

// The messages of the dialect's verifiers start with the name of the op that the importer made; the op of the tree is named
// already.
static std::string withoutName(std::string problem) {
  StringRef rest = problem;
  if (rest.consume_front("'ingot.") && rest.contains("' op "))
    return rest.split("' op ").second.str();
  return problem;
}

void ModuleImporter::importOp(const Op &op) {
  if (++opsImported > kMaxOps)
    return fail(op, opsImported == kMaxOps + 1
                        ? "more than " + Twine(kMaxOps) + " ops, those of calls counted as often as these"
                        : Twine());
  SmallVector<Entry> operands;
  for (ValueRef operand : op.operands) {
    operands.push_back(values[operand]);
    if (operands.back().failed)
      return fail(op, "");
  }
  const ImportRow *row = findRow(op.name);
  if (!unsupportedName(op, p).empty())
    return fail(op, ""); // which is told before; what does not depend on it is imported to tell what else is wrong
  if (!row)
    return fail(op, "is not supported here");
  if (std::string problem = problemOf(op, *row); !problem.empty())
    return fail(op, problem);

  p.b.setLoc(locationOf(op));
  mlir::Block *block = p.b.getInsertionBlock();
  Operation *before = p.b.getInsertionPoint() == block->begin() ? nullptr : &*std::prev(p.b.getInsertionPoint());
  for (auto [index, operand] : llvm::enumerate(operands))
    if (operand.value && !(operand.value = reachable(operand.value)))
      return fail(op, "operand " + Twine(index) + " is a value from outside of its region that is no constant");
  const bool isExpressed = !(row->flags & kStored) && isQuantized(module, op);
  if (isExpressed)
    for (Entry &operand : operands)
      if (operand.value && operand.type->quantization)
        operand.value = dequantized(p.b, operand.value, *operand.type->quantization);
  OpContext c(*this, p, op, operands);
  c.isExpressed = isExpressed;
  LogicalResult imported = row->import(c);
  if (succeeded(imported) && c.errors.empty())
    if (std::string problem =
            frontend::problemOfOps(before ? std::next(before->getIterator()) : block->begin(), p.b.getInsertionPoint());
        !problem.empty())
      imported = c.error(withoutName(problem));
  if (succeeded(imported) && c.errors.empty())
    define(c);
  if (succeeded(imported) && c.errors.empty())
    return;
  p.forgetElements(); // ops may be gone
  std::string message = llvm::join(c.errors, "; ");
  fail(op, message.empty() && !c.errorsReported ? Twine("cannot be imported") : Twine(message));
}

// Results by what the tree declares.
void ModuleImporter::define(OpContext &c) {
  for (auto [index, result] : llvm::enumerate(c.op.results)) {
    Entry &entry = c.made[index];
    entry.type = module.typeOf(result);
    if (isTensor(entry.type)) {
      if (!entry.value) {
        (void)c.error("result " + Twine(index) + " is not supported");
        return;
      }
      auto type = cast<RankedTensorType>(entry.value.getType());
      mlir::Type wanted = c.resultElement(index);
      if (type.getElementType() != wanted || type.getRank() != static_cast<int64_t>(entry.type->dims.size())) {
        (void)c.error("result " + Twine(index) + " is declared as " + spellType(entry.type) + ", but is " + c.show(type));
        return;
      }
      for (auto [dim, stated] : llvm::zip_equal(dimExprs(type), entry.type->dims))
        if (stated >= 0 &&
            !c.needEqual(dim, getAffineConstantExpr(stated, &context),
                         "result " + Twine(index) + " is declared as " + spellType(entry.type) + ", but is " + c.show(type)))
          return;
      if (std::string problem = p.problemOf("result " + Twine(index), type); !problem.empty()) {
        (void)c.error(problem);
        return;
      }
      if (c.isExpressed && entry.type->quantization)
        entry.value = quantized(p.b, entry.value, *entry.type->quantization);
    }
    values[result] = std::move(entry);
  }
}

bool ModuleImporter::importAs(const Op &op) {
  const size_t before = errors.size();
  importOp(standIns.emplace_back(op));
  return errors.size() == before;
}

bool ModuleImporter::importBlock(const Block &block, std::vector<Entry> &returned) {
  const size_t before = errors.size();
  if (block.ops.empty() || !isReturn(block.ops.back())) {
    if (!block.ops.empty())
      fail(block.ops.back(), "ends a block, but is no return");
    return false;
  }
  for (const Op &op : ArrayRef(block.ops).drop_back())
    importOp(op);
  bool complete = errors.size() == before;
  for (ValueRef operand : block.ops.back().operands) {
    returned.push_back(values[operand]);
    complete &= !values[operand].failed;
  }
  return complete;
}

Entry ModuleImporter::takeTensors(TypeRef type, ArrayRef<Value> &left, std::string *why) {
  Entry entry;
  entry.type = type;
  if (*why = problemOfType(&context, type); !why->empty())
    return entry;
  const bool isFuture = type->kind == Type::Future, isRunning = !left.empty() && isa<FutureType>(left.front().getType());
  if (type->kind == Type::Tuple || (isFuture && !isRunning)) {
    for (TypeRef member : type->members)
      entry.members.push_back(takeTensors(member, left, why));
    return entry;
  }
  if (isFuture || (type->kind == Type::Token && !left.empty() && isa<TokenType>(left.front().getType()))) {
    entry.value = left.front();
    left = left.drop_front();
    return entry;
  }
  if (!isTensor(type) && type->kind != Type::Token)
    return entry;
  if (left.empty() || !isa<RankedTensorType>(left.front().getType()) || !isTensor(type)) {
    *why = "nothing is given for " + spellType(type);
    return entry;
  }
  entry.value = left.front();
  left = left.drop_front();
  auto given = cast<RankedTensorType>(entry.value.getType());
  bool fits = given.getElementType() == elementTypeOf(&context, type->element) &&
              given.getRank() == static_cast<int64_t>(type->dims.size());
  if (fits)
    for (auto [dim, stated] : llvm::zip_equal(dimExprs(given), type->dims))
      fits &= stated < 0 || p.equalDims(dim, getAffineConstantExpr(stated, &context), "a declared type");
  if (!fits)
    *why = "is declared as " + spellType(type) + ", but is given " + describeType(given, p.sizes());
  return entry;
}

bool ModuleImporter::inlineFunction(const Function &function, ArrayRef<Entry> arguments, StringRef composite,
                                    std::vector<Entry> &results, std::string *why) {
  constexpr size_t kMostNested = 64;
  if (llvm::is_contained(calls, &function)) {
    *why = "function '@" + function.name + "' calls itself";
    return false;
  }
  if (depth() >= kMostNested) {
    *why = "regions and calls are nested more than " + std::to_string(kMostNested) + " deep";
    return false;
  }
  if (function.body.blocks.size() != 1) {
    *why = "function '@" + function.name + "' has " + std::to_string(function.body.blocks.size()) + " blocks, not one";
    return false;
  }
  const Block &block = function.body.blocks.front();
  if (block.arguments.size() != arguments.size()) {
    *why = "function '@" + function.name + "' takes " + std::to_string(block.arguments.size()) + " arguments, but " +
           std::to_string(arguments.size()) + " are given";
    return false;
  }
  for (auto [index, argument, given] : llvm::enumerate(block.arguments, arguments)) {
    TypeRef type = module.typeOf(argument);
    bool fits = type->kind == given.type->kind && type->element == given.type->element &&
                type->quantization == given.type->quantization && type->dims.size() == given.type->dims.size();
    if (fits && isTensor(type))
      for (auto [dim, stated] : llvm::zip_equal(dimExprs(cast<RankedTensorType>(given.value.getType())), type->dims))
        fits &= stated < 0 || p.equalDims(dim, getAffineConstantExpr(stated, &context), "a call");
    if (!fits) {
      *why = "argument " + std::to_string(index) + " of function '@" + function.name + "' is declared as " +
             spellType(type) + ", but is given " + spellType(given.type);
      return false;
    }
    values[argument] = given;
    values[argument].type = type;
  }
  calls.push_back(&function);
  if (!composite.empty())
    composites.push_back(composite.str());
  mlir::Location around = p.b.getLoc();
  bool imported = importBlock(block, results);
  p.b.setLoc(around);
  if (!composite.empty())
    composites.pop_back();
  calls.pop_back();
  return imported;
}

//===--- the program -----------------------------------------------------------------------------------------------------===//

llvm::Error ModuleImporter::importEntry(size_t index) {
  const EntryPoint &entry = entries[index];
  p.chooseEntry(index);
  if (llvm::Error error = bindArguments(entry))
    return error;
  std::vector<Entry> returned;
  const size_t before = errors.size();
  calls.push_back(entry.function);
  bool imported = importBlock(entry.function->body.blocks.front(), returned);
  calls.pop_back();
  if (errors.size() != before)
    return llvm::Error::success(); // told with those of the other entry points
  if (!imported)
    return failure("function '@" + entry.function->name + "' does not end in a return");
  return finish(*entry.function, returned);
}

llvm::Error ModuleImporter::import() {
  if (llvm::Error error = findEntries())
    return error;
  llvm::Error problems = checkOps();
  const bool isSupported = !(attempt.hasOtherProblems = static_cast<bool>(problems));
  if (llvm::Error inputs = declareInputs())
    return llvm::joinErrors(std::move(problems), std::move(inputs));
  llvm::Error broken = llvm::Error::success();
  for (size_t index = 0; index != entries.size() && !broken; ++index)
    broken = importEntry(index);
  for (const OpError &error : errors)
    attempt.notes.refusedNodes.push_back({error.op->name, error.message});
  if (errors.empty() && isSupported)
    return llvm::joinErrors(std::move(problems), std::move(broken));
  llvm::consumeError(std::move(broken)); // what follows from that
  return errors.empty() ? std::move(problems) : llvm::joinErrors(std::move(problems), opErrors());
}

llvm::Error ModuleImporter::run() {
  llvm::Error error = import();
  attempt.trial.mismatches = p.dimMismatches().vec();
  attempt.trial.sizes = p.sizes().vec();
  return error;
}

} // namespace ingot::stablehlo
