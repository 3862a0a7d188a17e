// Constants, and ops that move elements by attributes alone.
#include "frontends/stablehlo/ops/Movement.h"
#include "frontends/common/ElementBytes.h"
#include "frontends/common/ExactDivision.h"
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot::stablehlo {

LogicalResult needBroadcastMeaning(OpContext &c, ArrayRef<int64_t> places) {
  auto placed = [&](int64_t axis, int64_t ofResult) {
    return axis < static_cast<int64_t>(places.size()) && places[axis] == ofResult;
  };
  return needSameMeaning(c, 0, placed, /*repeats=*/true);
}

LogicalResult needReshapedMeaning(OpContext &c) {
  // Elements stand where they were along the axis: it is as long as before, and as many are in front of it.
  const std::vector<int64_t> &from = c.entry(0).type->dims, &to = c.declared(0)->dims;
  auto kept = [&](int64_t axis, int64_t ofResult) {
    auto before = countElements(ArrayRef(from).take_front(axis)), after = countElements(ArrayRef(to).take_front(ofResult));
    const bool isOpen = from[axis] < 0 || to[ofResult] < 0;
    return (isOpen || from[axis] == to[ofResult]) && (!before || !after || before == after);
  };
  return needSameMeaning(c, 0, kept);
}

namespace {

LogicalResult importConstant(OpContext &c) {
  const Attribute *value = c.attribute("value");
  if (!value || value->kind != Attribute::Tensor || !value->elements.type)
    return c.error("needs the attribute 'value', a tensor");
  const Elements &elements = value->elements;
  if (std::string problem = problemOfType(c.context(), elements.type); !problem.empty())
    return c.error(problem);
  if (!hasNumbersForDims(elements.type))
    return c.error("is a constant of the type " + spellType(elements.type) + ", whose dims are open");
  RankedTensorType type = makeTensorType(elements.type->dims, elementTypeOf(c.context(), elements.type->element));
  const uint64_t each = ingot::elementBytes(type.getElementType());
  if (elements.bytes.size() != (elements.splat ? each : each * type.getNumElements()))
    return c.error("holds " + Twine(elements.bytes.size()) + " bytes of elements, not what " + spellType(elements.type) +
                   " takes");
  WeightSource source = sourceOf(elements, type, c.importer.weightFile());
  if (elements.splat) {
    DenseElementsAttr scalar = frontend::attributeOf(RankedTensorType::get({}, type.getElementType()), source.bytes);
    c.result(ConstantOp::create(c.b, scalar.resizeSplat(type)));
  } else if (elements.bytes.size() <= ConstantOp::kMaxBytes) {
    c.result(
        ConstantOp::create(c.b, frontend::attributeOf(type, ArrayRef<char>(elements.bytes.data(), elements.bytes.size()))));
  } else {
    c.result(c.p.weight(std::move(source), c.op.location->name.empty() ? "constant" : c.op.location->name));
  }
  return success();
}

LogicalResult importIota(OpContext &c) {
  auto dimension = c.integer("iota_dimension");
  RankedTensorType type = c.resultType(0, [&]() -> std::optional<Dims> {
    (void)c.error("leaves dims of its result open, which nothing tells");
    return std::nullopt;
  });
  if (!dimension || !type)
    return failure();
  c.result(IotaOp::create(c.b, type, *dimension));
  return success();
}

LogicalResult importBroadcast(OpContext &c) {
  auto places = c.integers("broadcast_dimensions");
  if (!places || failed(needBroadcastMeaning(c, *places)))
    return failure();
  RankedTensorType type = c.resultType(0, [&]() -> std::optional<Dims> {
    Dims dims;
    for (auto [index, stated] : llvm::enumerate(c.declared(0)->dims)) {
      const auto *place = llvm::find(*places, static_cast<int64_t>(index));
      if (stated >= 0) {
        dims.push_back(c.b.number(stated));
      } else if (place != places->end() && place - places->begin() < c.rank(0)) {
        dims.push_back(c.dims(0)[place - places->begin()]);
      } else if (const auto &bounds = c.declared(0)->bounds; !bounds.empty() && bounds[index] != kDynamic) {
        dims.push_back(c.b.number(bounds[index])); // it is repeated as often as it may be
      } else {
        (void)c.error("leaves dim " + Twine(index) + " of its result open, which nothing tells");
        return std::nullopt;
      }
    }
    return dims;
  });
  if (!type)
    return failure();
  // An open dim that is not repeated is the result's.
  for (auto [dim, place] : llvm::zip(c.dims(0), *places))
    if (!isa<AffineConstantExpr>(dim) && place >= 0 && place < type.getRank() && dimExpr(type, unsigned(place)) != 1 &&
        !c.needEqual(dim, dimExpr(type, unsigned(place)), "(C5) a dim of the operand is not the result's"))
      return failure();
  c.result(BroadcastInDimOp::create(c.b, type, c.value(0), *places));
  return success();
}

// The readers make a broadcast_in_dim of every other one (Upgrades.h).
LogicalResult refuseBroadcast(OpContext &c) {
  return c.error("gives " + spellType(c.declared(0)) + ", which is not " + spellType(c.entry(0).type) +
                 " behind the dims of broadcast_sizes");
}

LogicalResult importReshape(OpContext &c) {
  RankedTensorType type = c.resultType(0, [&]() -> std::optional<Dims> {
    Dims dims, stated;
    AffineExpr *open = nullptr;
    for (int64_t dim : c.declared(0)->dims)
      dims.push_back(dim >= 0 ? c.b.number(dim) : AffineExpr());
    for (AffineExpr &dim : dims) {
      if (dim)
        stated.push_back(dim);
      else if (!open)
        open = &dim;
      else
        open = &(dims.front() = AffineExpr());
    }
    if (llvm::count(dims, AffineExpr()) == 1)
      *open = frontend::divideExactly(c.dims(0), stated, c.context());
    if (llvm::is_contained(dims, AffineExpr())) {
      (void)c.error("leaves dims of its result open, which nothing tells");
      return std::nullopt;
    }
    return dims;
  });
  if (!type || failed(needReshapedMeaning(c)))
    return failure();
  c.result(ReshapeOp::create(c.b, type, c.value(0)));
  return success();
}

LogicalResult importTranspose(OpContext &c) {
  auto permutation = c.integers("permutation");
  if (!permutation)
    return failure();
  std::optional<Dims> dims =
      c.infer([&](EmitError emitError) { return inferTranspose(c.type(0), *permutation, emitError); });
  auto moved = [&](int64_t axis, int64_t ofResult) {
    return ofResult < static_cast<int64_t>(permutation->size()) && (*permutation)[ofResult] == axis;
  };
  if (!dims || failed(needSameMeaning(c, 0, moved)))
    return failure();
  c.result(TransposeOp::create(c.b, makeTensorType(*dims, c.element(0)), c.value(0), *permutation));
  return success();
}

LogicalResult importSlice(OpContext &c) {
  auto starts = c.integers("start_indices"), limits = c.integers("limit_indices"), strides = c.integers("strides");
  if (!starts || !limits || !strides)
    return failure();
  RankedTensorType type = c.resultType(0, [&] {
    return c.infer([&](EmitError emitError) { return inferSlice(c.type(0), {}, *starts, *limits, *strides, emitError); });
  });
  if (!type || failed(needSameMeaning(c)))
    return failure();
  c.result(SliceOp::create(c.b, type, c.value(0), *starts, *limits, *strides));
  return success();
}

LogicalResult importPad(OpContext &c) {
  auto low = c.integers("edge_padding_low"), high = c.integers("edge_padding_high"),
       interior = c.integers("interior_padding");
  if (!low || !high || !interior)
    return failure();
  RankedTensorType type = c.resultType(0, [&] {
    return c.infer([&](EmitError emitError) { return inferPad(c.type(0), *low, *high, *interior, emitError); });
  });
  if (!type || failed(needSameMeaning(c, 0)) || failed(needSameMeaning(c, 1)))
    return failure();
  c.result(PadOp::create(c.b, type, c.value(0), c.value(1), *low, *high, *interior));
  return success();
}

LogicalResult importConcatenate(OpContext &c) {
  auto dimension = c.integer("dimension");
  if (!dimension)
    return failure();
  if (c.numOperands() == 0)
    return c.error("(C4) needs an operand at least");
  for (size_t i = 0; i != c.numOperands(); ++i)
    if (failed(needSameMeaning(c, i)))
      return failure();
  // Open dims besides `dimension` are equal, or must be.
  for (size_t i = 1; i != c.numOperands(); ++i)
    if (c.rank(i) == c.rank(0))
      for (auto [dim, lhs, rhs] : llvm::enumerate(c.dims(0), c.dims(i)))
        if (static_cast<int64_t>(dim) != *dimension && !c.p.equalDims(lhs, rhs, c.op.name))
          return c.error("(C2) operands differ in dim " + Twine(dim) + ": " + c.show(c.type(0)) + " and " +
                         c.show(c.type(i)));
  RankedTensorType type = c.resultType(0, [&] {
    return c.infer([&](EmitError emitError) {
      SmallVector<RankedTensorType> types;
      for (Value value : c.values())
        types.push_back(ValueBuilder::typeOf(value));
      return inferConcatenate(types, *dimension, emitError);
    });
  });
  if (!type)
    return failure();
  c.result(ConcatenateOp::create(c.b, type, c.values(), *dimension));
  return success();
}

LogicalResult importReverse(OpContext &c) {
  auto dimensions = c.integers("dimensions");
  if (!dimensions || failed(needSameMeaning(c)))
    return failure();
  c.result(ReverseOp::create(c.b, c.type(0), c.value(0), *dimensions));
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.broadcast", 1, 1, 0, refuseBroadcast, kStored | kAlongAxis},
    {"stablehlo.broadcast_in_dim", 1, 1, 0, importBroadcast, kStored | kAlongAxis},
    {"stablehlo.concatenate", kAny, 1, 0, importConcatenate, kStored},
    {"stablehlo.constant", 0, 1, 0, importConstant, kStored | kAlongAxis},
    {"stablehlo.iota", 0, 1, 0, importIota},
    {"stablehlo.pad", 2, 1, 0, importPad, kStored},
    {"stablehlo.reshape", 1, 1, 0, importReshape, kStored | kAlongAxis},
    {"stablehlo.reverse", 1, 1, 0, importReverse, kStored},
    {"stablehlo.slice", 1, 1, 0, importSlice, kStored},
    {"stablehlo.transpose", 1, 1, 0, importTranspose, kStored | kAlongAxis},
    {"chlo.constant", 0, 1, 0, importConstant, kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> movementOps() { return kRows; }

} // namespace ingot::stablehlo
