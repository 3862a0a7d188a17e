// Values as ops: initialisers, known elements, weights, the bodies of composites, and what is known of any.
#include "frontends/onnx/FixedInput.h"
#include "frontends/onnx/Graph.h"

using namespace mlir;

namespace ingot::onnx {

Value GraphImporter::inPrologue(llvm::function_ref<Value()> build) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = builder.getLoc();
  Block *block = &function.getBody().front();
  if (lastOfPrologue)
    builder.setInsertionPointAfter(lastOfPrologue);
  else
    builder.setInsertionPointToStart(block);
  Value value = build();
  if (builder.getInsertionPoint() != block->begin())
    lastOfPrologue = &*std::prev(builder.getInsertionPoint());
  builder.setLoc(loc);
  return value;
}

std::string GraphImporter::uniqueSymbol(llvm::StringRef hint) {
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

func::FuncOp GraphImporter::decomposition(llvm::StringRef name, DictionaryAttr attributes, TypeRange types,
                                          llvm::function_ref<SmallVector<Value>(ArrayRef<Value>)> build) {
  std::string key;
  llvm::raw_string_ostream text(key);
  text << name << ' ' << attributes;
  for (Type type : types)
    text << ' ' << type;
  func::FuncOp &body = decompositions[key];
  if (body)
    return body;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(function);
  body = func::FuncOp::create(builder, uniqueSymbol(name), FunctionType::get(&context, types, {}));
  body.setPrivate();
  Block *block = body.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  SmallVector<Value> results = build(llvm::to_vector_of<Value>(block->getArguments()));
  func::ReturnOp::create(builder, results);
  body.setType(FunctionType::get(&context, types, ValueRange(results).getTypes()));
  return body;
}

std::string GraphImporter::addWeightOp(WeightSource source, llvm::StringRef hint) {
  std::string unique = uniqueSymbol(hint);
  RankedTensorType type = source.type;
  std::string key = program.weights.add(unique, std::move(source));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(function);
  WeightOp::create(builder, unique, StringAttr::get(&context, "private"), type, SourceAttr::get(&context, key, type),
                   ArrayAttr::get(&context, {}));
  return unique;
}

Value GraphImporter::addWeight(WeightSource source, llvm::StringRef hint) {
  RankedTensorType type = source.type;
  return GetWeightOp::create(builder, type, addWeightOp(std::move(source), hint));
}

Value GraphImporter::materialiseAttribute(DenseElementsAttr attribute, llvm::StringRef hint) {
  int64_t bytes = attribute.getNumElements() * elementBytes(attribute.getElementType());
  if (attribute.isSplat() || bytes <= ConstantOp::kMaxBytes)
    return ConstantOp::create(builder, attribute);
  WeightSource source;
  source.type = cast<RankedTensorType>(attribute.getType());
  source.bytes = bytesOf(attribute);
  return addWeight(std::move(source), hint);
}

const SymbolicTensor *GraphImporter::elementsOf(const Entry &entry) {
  if (entry.known)
    return &*entry.known;
  return entry.value ? evaluator.elementsOf(entry.value) : nullptr;
}

// What is known takes the place of the ops that compute it, which then are dead.
Value GraphImporter::materialise(Entry &entry) {
  if (entry.isMaterialised)
    return entry.value;
  entry.isMaterialised = true;
  const SymbolicTensor *known = elementsOf(entry);
  if (entry.value) {
    const bool isSmall =
        known && known->size() * elementBytes(known->type.getElementType()) <= ConstantOp::kMaxBytes && !known->isGiven();
    if (!isSmall || isa_and_nonnull<ConstantOp, SizeOfOp>(entry.value.getDefiningOp()))
      return entry.value;
  }
  return entry.value = inPrologue([&]() -> Value {
           builder.setLoc(NameLoc::get(StringAttr::get(&context, entry.name)));
           return known ? materialiseElements(*known, entry.name) : addWeight(*entry.source, entry.name);
         });
}

Value GraphImporter::materialiseElements(const SymbolicTensor &elements, llvm::StringRef name) {
  if (elements.isConstant())
    return materialiseAttribute(toAttribute(elements), name);
  if (elements.size() == 1)
    return builder.reshape(builder.sizeOf(elements.ints[0], elements.type.getElementType()), dimExprs(elements.type));
  SmallVector<Value> parts;
  for (AffineExpr element : elements.ints)
    parts.push_back(builder.reshape(builder.sizeOf(element, elements.type.getElementType()), builder.number(1)));
  return builder.reshape(builder.concat(parts, 0), dimExprs(elements.type));
}

Origin GraphImporter::originOf(Value value, StandsFor standsFor) const {
  SetVector<Value> seen;
  seen.insert(value);
  Origin origin;
  llvm::SmallSetVector<unsigned, 4> symbols;
  for (size_t i = 0; i != seen.size(); ++i) {
    if (auto argument = dyn_cast<BlockArgument>(seen[i])) {
      Operation *parent = argument.getOwner()->getParentOp();
      if (parent == function) {
        auto type = cast<RankedTensorType>(argument.getType());
        const bool canBeFixed = !type.hasStaticShape() || type.getNumElements() <= kMostFixed;
        origin.inputs.push_back({arguments[argument.getArgNumber()].info->name(), canBeFixed});
      } else if (parent) {
        seen.insert(parent->operand_begin(), parent->operand_end());
      } else if (standsFor) {
        seen.insert_range(standsFor(argument));
      } else {
        origin.changesByRound = true;
      }
      continue;
    }
    seen[i].getDefiningOp()->walk([&](Operation *op) {
      seen.insert(op->operand_begin(), op->operand_end());
      if (auto size = dyn_cast<SizeOfOp>(op))
        size.getValue().walkExprs([&](AffineExpr expr) {
          if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
            symbols.insert(symbol.getPosition());
        });
    });
  }
  llvm::sort(origin.inputs);
  for (unsigned symbol : symbols)
    origin.sizes.push_back(sizes[symbol].getName().str());
  llvm::sort(origin.sizes);
  return origin;
}

void GraphImporter::noteSpecialised(const SymbolicTensor &elements) {
  if (!notes)
    return;
  for (unsigned index : elements.arguments)
    if (const std::string &name = arguments[index].info->name(); !llvm::is_contained(notes->specialisedInputs, name))
      notes->specialisedInputs.push_back(name);
}

} // namespace ingot::onnx
