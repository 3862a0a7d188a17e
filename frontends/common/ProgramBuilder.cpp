#include "frontends/common/ProgramBuilder.h"

#include "frontends/common/ElementBytes.h"
#include "frontends/common/Messages.h"
#include "ir/Composites.h"
#include "ir/CustomCalls.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::frontend {

constexpr unsigned kMaxTerms = 500; // of a dim over the sizes

ProgramBuilder::ProgramBuilder(MLIRContext &context, const ImportOptions &options, Program &program, ImportNotes *notes)
    : b(UnknownLoc::get(&context), &context), context(context), options(options), program(program), notes(notes) {
  program.module = ModuleOp::create(UnknownLoc::get(&context));
  bindCalls(*program.module, options.calls);
  b.setInsertionPointToEnd(program.module->getBody());
}

bool ProgramBuilder::isBound(llvm::StringRef name) const {
  return llvm::any_of(options.calls, [&](const auto &call) { return call.first == name; });
}

//===--- symbols, composites -------------------------------------------------------------------------------------------===//

std::string ProgramBuilder::uniqueSymbol(llvm::StringRef hint) {
  std::string symbol;
  for (char c : hint)
    symbol += llvm::isAlnum(c) || c == '_' || c == '.' || c == '$' || c == '-' ? c : '_';
  if (symbol.empty() || llvm::isDigit(symbol[0]) || symbol[0] == '-')
    symbol = "w" + symbol;
  auto [like, isNew] = symbols.try_emplace(symbol, 0);
  unsigned &last = like->second;
  std::string unique = symbol;
  while (!isNew) {
    unique = symbol + "_" + std::to_string(++last);
    isNew = symbols.try_emplace(unique, 0).second;
  }
  return unique;
}

func::FuncOp ProgramBuilder::decomposition(llvm::StringRef name, DictionaryAttr attributes, TypeRange types, Build build) {
  std::string key;
  llvm::raw_string_ostream text(key);
  text << name << ' ' << attributes;
  for (Type type : types)
    text << ' ' << type;
  func::FuncOp &body = decompositions[key];
  if (body)
    return body;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function());
  body = func::FuncOp::create(b, uniqueSymbol(name), FunctionType::get(&context, types, {}));
  body.setPrivate();
  Block *block = body.addEntryBlock();
  b.setInsertionPointToEnd(block);
  SmallVector<Value> results = build(llvm::to_vector_of<Value>(block->getArguments()));
  func::ReturnOp::create(b, results);
  body.setType(FunctionType::get(&context, types, ValueRange(results).getTypes()));
  return body;
}

SmallVector<Value> ProgramBuilder::composite(llvm::StringRef name, ArrayRef<NamedAttribute> attributes,
                                             ArrayRef<Value> operands, ArrayRef<bool> wanted, Build build) {
  const CompositeRow &row = *findComposite(name);
  SmallVector<Value> given;
  SmallVector<bool> present, results(row.results.size(), wanted.empty());
  for (Value operand : operands) {
    present.push_back(bool(operand));
    if (operand)
      given.push_back(operand);
  }
  if (wanted.empty())
    std::fill(results.begin() + 1, results.end(), false);
  else
    results.assign(wanted.begin(), wanted.end());
  DictionaryAttr all = compositeAttributes(b.getContext(), row, attributes, present, results);
  func::FuncOp body = decomposition(name, all, ValueRange(given).getTypes(), [&](ArrayRef<Value> arguments) {
    SmallVector<Value> places(operands);
    for (Value &place : places)
      if (place) {
        place = arguments.front();
        arguments = arguments.drop_front();
      }
    return build(places);
  });
  auto op = CompositeOp::create(b, body.getFunctionType().getResults(), given, b.getStringAttr(name),
                                FlatSymbolRefAttr::get(body), all);
  SmallVector<Value> values;
  size_t next = 0;
  for (bool isWanted : results)
    values.push_back(isWanted ? Value(op.getResult(next++)) : Value());
  return values;
}

//===--- elements that a file holds ------------------------------------------------------------------------------------===//

llvm::Expected<ProgramTensor> ProgramBuilder::tensorOf(WeightSource source, llvm::StringRef name) {
  ProgramTensor tensor;
  tensor.name = name.str();
  tensor.type = source.type;
  if (canBeSymbolic(tensor.type) &&
      tensor.type.getNumElements() * elementBytes(tensor.type.getElementType()) <= ConstantOp::kMaxBytes) {
    llvm::Expected<std::vector<char>> bytes = readSource(source);
    if (!bytes)
      return failure("tensor '" + name + "': " + llvm::toString(bytes.takeError()));
    tensor.known = fromAttribute(attributeOf(tensor.type, *bytes));
  } else {
    tensor.source = std::move(source);
  }
  return tensor;
}

Value ProgramBuilder::inPrologue(llvm::function_ref<Value()> build) {
  OpBuilder::InsertionGuard guard(b);
  Location loc = b.getLoc();
  mlir::Operation *&lastOfPrologue = entries[current].lastOfPrologue;
  Block *block = &function().getBody().front();
  if (lastOfPrologue)
    b.setInsertionPointAfter(lastOfPrologue);
  else
    b.setInsertionPointToStart(block);
  Value value = build();
  if (b.getInsertionPoint() != block->begin())
    lastOfPrologue = &*std::prev(b.getInsertionPoint());
  b.setLoc(loc);
  return value;
}

std::string ProgramBuilder::addWeightOp(WeightSource source, llvm::StringRef hint) {
  std::string unique = uniqueSymbol(hint);
  RankedTensorType type = source.type;
  std::string key = program.weights.add(unique, std::move(source));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function());
  WeightOp::create(b, unique, StringAttr::get(&context, "private"), type, SourceAttr::get(&context, key, type),
                   ArrayAttr::get(&context, {}));
  return unique;
}

Value ProgramBuilder::weight(WeightSource source, llvm::StringRef hint) {
  RankedTensorType type = source.type;
  if (source.kind == WeightSource::Kind::FileRange) { // one place of a file is one weight
    std::string &symbol = weightsByPlace[{type.getAsOpaquePointer(), source.file.get(), source.offset}];
    if (symbol.empty())
      symbol = addWeightOp(std::move(source), hint);
    return GetWeightOp::create(b, type, symbol);
  }
  return GetWeightOp::create(b, type, addWeightOp(std::move(source), hint));
}

Value ProgramBuilder::constant(DenseElementsAttr attribute, llvm::StringRef hint) {
  int64_t bytes = attribute.getNumElements() * elementBytes(attribute.getElementType());
  if (attribute.isSplat() || bytes <= ConstantOp::kMaxBytes)
    return ConstantOp::create(b, attribute);
  WeightSource source;
  source.type = cast<RankedTensorType>(attribute.getType());
  source.bytes = bytesOf(attribute);
  return weight(std::move(source), hint);
}

const SymbolicTensor *ProgramBuilder::elementsOf(const ProgramTensor &tensor) {
  if (tensor.known)
    return &*tensor.known;
  return tensor.value ? evaluator.elementsOf(tensor.value) : nullptr;
}

// What is known takes the place of the ops that compute it, which then are dead.
Value ProgramBuilder::materialise(ProgramTensor &tensor) {
  if (tensor.isMaterialised)
    return tensor.value;
  tensor.isMaterialised = true;
  const SymbolicTensor *known = elementsOf(tensor);
  if (tensor.value) {
    const bool isSmall =
        known && known->size() * elementBytes(known->type.getElementType()) <= ConstantOp::kMaxBytes && !known->isGiven();
    if (!isSmall || isa_and_nonnull<ConstantOp, SizeOfOp>(tensor.value.getDefiningOp()))
      return tensor.value;
  }
  return tensor.value = inPrologue([&]() -> Value {
           b.setLoc(NameLoc::get(StringAttr::get(&context, tensor.name)));
           return known ? materialiseElements(*known, tensor.name) : weight(*tensor.source, tensor.name);
         });
}

Value ProgramBuilder::materialiseElements(const SymbolicTensor &elements, llvm::StringRef name) {
  if (elements.isConstant())
    return constant(toAttribute(elements), name);
  if (elements.size() == 1)
    return b.reshape(b.sizeOf(elements.ints[0], elements.type.getElementType()), dimExprs(elements.type));
  SmallVector<Value> parts;
  for (AffineExpr element : elements.ints)
    parts.push_back(b.reshape(b.sizeOf(element, elements.type.getElementType()), b.number(1)));
  return b.reshape(b.concat(parts, 0), dimExprs(elements.type));
}

//===--- sizes ---------------------------------------------------------------------------------------------------------===//

bool ProgramBuilder::equalDims(AffineExpr lhs, AffineExpr rhs, llvm::StringRef where) {
  if (sameExpr(lhs, rhs))
    return true;
  // Nothing that a user could say makes sizes of data equal.
  const bool isData = llvm::any_of(llvm::enumerate(moduleSizes), [&](auto size) {
    return size.value().getIsData() && (mentionsSize(lhs, size.index()) || mentionsSize(rhs, size.index()));
  });
  if (!isData)
    mismatches.push_back({lhs, rhs, where.str()});
  return false;
}

AffineExpr ProgramBuilder::dataSize(Value count, int64_t most, llvm::StringRef hint, std::string *why) {
  constexpr size_t kMaxSizes = 64; // that types are printed with
  if (b.getInsertionBlock() != &function().getBody().front()) {
    *why =
        "the number of elements depends on data, which is taken in the main graph alone, not in a loop, branch or function";
    return {};
  }
  for (BindSizeOp bound : function().getOps<BindSizeOp>())
    if (bound.getCount() == count && moduleSizes[size_t(bound.getSize())].getMax() <= most)
      return getAffineSymbolExpr(unsigned(bound.getSize()), &context);
  if (moduleSizes.size() == kMaxSizes) {
    *why = "there are more than " + std::to_string(kMaxSizes) + " sizes";
    return {};
  }
  std::string name = hint.empty() ? "count" : hint.str();
  for (int i = 2; llvm::any_of(moduleSizes, [&](SizeAttr size) { return size.getName() == name; }); ++i)
    name = (hint + "_" + llvm::Twine(i)).str();
  const auto index = unsigned(moduleSizes.size());
  moduleSizes.push_back(SizeAttr::get(&context, name, 0, most, /*isData=*/true));
  (*program.module)->setAttr(kSizesAttr, ArrayAttr::get(&context, llvm::to_vector_of<Attribute>(moduleSizes)));
  evaluator.useSizes(moduleSizes);
  // What is made of the size from now on comes behind, in the prologue too.
  entries[current].lastOfPrologue = BindSizeOp::create(b, count, index);
  return getAffineSymbolExpr(index, &context);
}

std::optional<Dims> ProgramBuilder::broadcastShapes(ArrayRef<AffineExpr> lhs, ArrayRef<AffineExpr> rhs,
                                                    llvm::StringRef where) {
  std::optional<Dims> dims = broadcastDims(lhs, rhs);
  if (dims)
    return dims;
  for (auto [left, right] : llvm::zip(llvm::reverse(lhs), llvm::reverse(rhs)))
    if (staticDim(left) != 1 && staticDim(right) != 1)
      (void)equalDims(left, right, where);
  return std::nullopt;
}

bool ProgramBuilder::require(AffineExpr expr) {
  unsigned mentioned = 0;
  SmallVector<int64_t> least;
  for (auto [index, size] : llvm::enumerate(moduleSizes)) {
    mentioned += expr.isFunctionOfSymbol(index);
    if (size.getIsData() && expr.isFunctionOfSymbol(index)) // no call could be refused before it runs
      return false;
    least.push_back(size.getMin());
  }
  std::optional<int64_t> value = evaluateExpr(expr, least);
  if (mentioned < 2 || !value || *value < 0)
    return false;
  requirements.insert(expr);
  return true;
}

// Takes the expression's terms from `left`; false where there are more.
static bool hasFewTerms(AffineExpr expr, unsigned &left) {
  if (left == 0)
    return false;
  --left;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  return !binary || (hasFewTerms(binary.getLHS(), left) && hasFewTerms(binary.getRHS(), left));
}

static bool hasFewTerms(ArrayRef<AffineExpr> exprs) {
  return llvm::all_of(exprs, [](AffineExpr expr) {
    unsigned left = kMaxTerms;
    return hasFewTerms(expr, left);
  });
}

std::string ProgramBuilder::problemOf(const llvm::Twine &what, RankedTensorType type, const SymbolicTensor *known) const {
  if (type.getRank() > kMaxRank)
    return (what + " has more than " + llvm::Twine(kMaxRank) + " dims").str();
  if (!hasFewTerms(dimExprs(type)) || (known && !hasFewTerms(known->ints)))
    return (what + " has a dim or an element of more than " + llvm::Twine(kMaxTerms) +
            " terms over the sizes; give some of them a number")
        .str();
  std::string problem;
  for (AffineExpr dim : dimExprs(type))
    if (auto bounds = rangeOfExpr(dim, moduleSizes); !bounds || bounds->first < 0)
      problem = (what + " has a dim that can be negative: " + describeType(type, moduleSizes) +
                 adviceForNegative(dim, moduleSizes))
                    .str();
  auto bounds = rangeOfExpr(numElementsExpr(type), moduleSizes);
  if (problem.empty() && (!bounds || bounds->second > kMaxElements))
    return (what + " (" + describeType(type, moduleSizes) + ") has too many elements").str();
  return problem;
}

std::string problemOfOps(Block::iterator begin, Block::iterator end) {
  if (begin == end)
    return "";
  std::string problem;
  ScopedDiagnosticHandler handler(begin->getContext(), [&](Diagnostic &diagnostic) {
    problem += (problem.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  for (Operation &op : llvm::make_range(begin, end))
    if (failed(op.getName().verifyInvariants(&op)) || failed(op.getName().verifyRegionInvariants(&op)))
      return problem;
  return "";
}

} // namespace ingot::frontend
