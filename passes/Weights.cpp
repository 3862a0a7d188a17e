#include "passes/Weights.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

static void appendInteger(std::vector<char> &out, const APInt &value, int64_t bytes) {
  for (int64_t i = 0; i < bytes; ++i) {
    uint64_t bit = uint64_t(i) * 8;
    unsigned width = bit < value.getBitWidth() ? std::min<unsigned>(8, value.getBitWidth() - bit) : 0;
    out.push_back(width ? char(value.extractBitsAsZExtValue(width, bit)) : 0);
  }
}

std::vector<char> constantBytes(DenseElementsAttr value) {
  Type elementType = value.getElementType();
  int64_t bytes = elementBytes(elementType);
  std::vector<char> out;
  out.reserve(value.getNumElements() * bytes);
  if (auto complex = dyn_cast<ComplexType>(elementType)) {
    for (std::complex<APFloat> element : value.getValues<std::complex<APFloat>>()) {
      appendInteger(out, element.real().bitcastToAPInt(), bytes / 2);
      appendInteger(out, element.imag().bitcastToAPInt(), bytes / 2);
    }
  } else if (isa<FloatType>(elementType)) {
    for (const APFloat &element : value.getValues<APFloat>())
      appendInteger(out, element.bitcastToAPInt(), bytes);
  } else {
    // Narrow signed integers are stored sign-extended, as the byte they are.
    bool isSigned = !elementType.isUnsignedInteger() && !elementType.isInteger(1);
    for (const APInt &element : value.getValues<APInt>())
      appendInteger(out, isSigned ? element.sextOrTrunc(bytes * 8) : element.zextOrTrunc(bytes * 8), bytes);
  }
  return out;
}

std::optional<std::pair<DenseElementsAttr, int64_t>> repeatedVector(DenseElementsAttr value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (value.isSplat() || value.empty() || type.getRank() < 2)
    return std::nullopt;
  auto elements = llvm::to_vector(value.getValues<Attribute>());
  int64_t inner = elements.size();
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    int64_t extent = type.getDimSize(dim), outer = inner;
    inner /= extent;
    auto indexOf = [&](size_t i) { return int64_t(i) % outer / inner; };
    SmallVector<Attribute> vector(extent);
    for (auto [i, element] : llvm::enumerate(elements)) {
      Attribute &expected = vector[indexOf(i)];
      expected = expected ? expected : element;
      if (expected != element) {
        vector.clear();
        break;
      }
    }
    if (!vector.empty())
      return std::pair(DenseElementsAttr::get(RankedTensorType::get({extent}, type.getElementType()), vector), dim);
  }
  return std::nullopt;
}

bool isPacked(RankedTensorType type) {
  constexpr int64_t kLeast = 64; // weights begin at multiples of it
  return elementsInByte(type.getElementType()) > 1 && type.hasStaticShape() && type.getNumElements() > kLeast;
}

bool widensPacked(Operation *op) {
  if (!op->hasTrait<trait::Pointwise>() || op->getNumOperands() != 1)
    return false;
  auto from = cast<RankedTensorType>(op->getOperand(0).getType()), to = cast<RankedTensorType>(op->getResult(0).getType());
  return op->getOperand(0).getDefiningOp<GetWeightOp>() && isPacked(from) &&
         elementsInByte(to.getElementType()) < elementsInByte(from.getElementType());
}

WeightEditor::WeightEditor(ModuleOp module, WeightStore &store) : module(module), table(module), store(store) {
  for (auto weight : module.getOps<WeightOp>()) {
    derived.try_emplace({weight.getSource(), weight.getSteps()}, weight);
    last = weight;
  }
  module.walk([&](GetWeightOp get) { readers[get.getWeightAttr().getAttr()].insert(get); });
}

GetWeightOp WeightEditor::read(OpBuilder &builder, Location loc, WeightOp weight) {
  auto get = GetWeightOp::create(builder, loc, weight.getTensorType(), weight.getSymName());
  readers[weight.getSymNameAttr()].insert(get);
  return get;
}

WeightOp WeightEditor::insert(StringRef hint, RankedTensorType type, SourceAttr source, ArrayAttr steps, Location loc) {
  OpBuilder builder(module.getContext());
  auto weight = WeightOp::create(builder, loc, hint, builder.getStringAttr("private"), type, source, steps);
  table.insert(weight, last ? std::next(last->getIterator()) : module.getBody()->begin());
  last = weight;
  derived.try_emplace({source, steps}, weight);
  return weight;
}

void WeightEditor::erase(GetWeightOp get) {
  readers[get.getWeightAttr().getAttr()].erase(get);
  get.erase();
}

std::string WeightEditor::addEntry(StringRef hint, DenseElementsAttr value) {
  WeightSource entry;
  entry.kind = value.isSplat() ? WeightSource::Kind::Splat : WeightSource::Kind::Owned;
  entry.type = cast<RankedTensorType>(value.getType());
  entry.bytes =
      constantBytes(value.isSplat() ? value.resizeSplat(RankedTensorType::get({}, value.getElementType())) : value);
  return store.add(hint, std::move(entry));
}

WeightOp WeightEditor::addOwned(StringRef hint, RankedTensorType type, std::vector<char> bytes, Location loc) {
  WeightSource entry;
  entry.kind = WeightSource::Kind::Owned;
  entry.type = type;
  entry.bytes = std::move(bytes);
  std::string key = store.add(hint, std::move(entry));
  return insert(hint, type, SourceAttr::get(module.getContext(), key, type), ArrayAttr::get(module.getContext(), {}), loc);
}

WeightOp WeightEditor::addConstant(StringRef hint, DenseElementsAttr value, Location loc) {
  WeightOp &weight = byConstant[value];
  if (!weight || !weight.getSteps().empty()) { // none yet, or extended since
    auto type = cast<RankedTensorType>(value.getType());
    std::string key = addEntry(hint, value);
    weight =
        insert(hint, type, SourceAttr::get(module.getContext(), key, type), ArrayAttr::get(module.getContext(), {}), loc);
  }
  return weight;
}

// Appends a step; of reshapes in a row only the last counts, and none that changes nothing.
static void appendStep(SmallVectorImpl<Attribute> &steps, SourceAttr source, Attribute step) {
  auto reshape = dyn_cast<ReshapeStepAttr>(step);
  if (reshape) {
    if (!steps.empty() && isa<ReshapeStepAttr>(steps.back()))
      steps.pop_back();
    RankedTensorType type = inferWeightType(source, ArrayAttr::get(step.getContext(), steps));
    if (type && type.getShape() == reshape.getShape())
      return;
  }
  steps.push_back(step);
}

WeightOp WeightEditor::derive(WeightOp base, ArrayRef<Attribute> steps, ArrayRef<GetWeightOp> onlyUses) {
  SmallVector<Attribute> all(base.getSteps().begin(), base.getSteps().end());
  for (Attribute step : steps)
    appendStep(all, base.getSource(), step);
  auto allSteps = ArrayAttr::get(module.getContext(), all);
  RankedTensorType type = inferWeightType(base.getSource(), allSteps);
  if (!type)
    return nullptr;
  auto &known = readers[base.getSymNameAttr()];
  for (GetWeightOp get : onlyUses) // the caller replaces them
    known.erase(get);
  auto found = derived.find({base.getSource(), allSteps});
  if (found != derived.end())
    return found->second;
  if (onlyUses.empty() || !known.empty())
    return insert(base.getSymName(), type, base.getSource(), allSteps, base.getLoc());
  derived.erase({base.getSource(), base.getSteps()});
  base.setStepsAttr(allSteps);
  base.setType(type);
  for (GetWeightOp get : onlyUses)
    get.getResult().setType(type);
  derived.try_emplace({base.getSource(), allSteps}, base);
  return base;
}

WeightOp WeightEditor::extend(GetWeightOp get, ArrayRef<Attribute> steps) {
  WeightOp base = lookup(get);
  if (!base)
    return nullptr;
  return get->hasOneUse() ? derive(base, steps, {get}) : derive(base, steps, {});
}

WeightOp WeightEditor::extendAll(ArrayRef<GetWeightOp> gets, ArrayRef<Attribute> steps) {
  WeightOp base = gets.empty() ? nullptr : lookup(GetWeightOp(gets.front()));
  return base ? derive(base, steps, gets) : nullptr;
}

} // namespace ingot
