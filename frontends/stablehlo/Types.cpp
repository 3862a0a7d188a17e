#include "frontends/stablehlo/Types.h"

#include "frontends/common/ElementBytes.h"
#include "frontends/common/ProgramBuilder.h"
#include "frontends/common/SizeExpression.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ingot::stablehlo {

mlir::Type elementTypeOf(MLIRContext *context, Element element) {
  auto integer = [&](unsigned width, bool isUnsigned = false) -> mlir::Type {
    return IntegerType::get(context, width, isUnsigned ? IntegerType::Unsigned : IntegerType::Signless);
  };
  switch (element) {
  case Element::Bool:
    return integer(1);
  case Element::SI2:
    return integer(2);
  case Element::SI4:
    return integer(4);
  case Element::SI8:
    return integer(8);
  case Element::SI16:
    return integer(16);
  case Element::SI32:
    return integer(32);
  case Element::SI64:
  case Element::Index:
    return integer(64);
  case Element::UI2:
    return integer(2, true);
  case Element::UI4:
    return integer(4, true);
  case Element::UI8:
    return integer(8, true);
  case Element::UI16:
    return integer(16, true);
  case Element::UI32:
    return integer(32, true);
  case Element::UI64:
    return integer(64, true);
  case Element::F4E2M1FN:
    return Float4E2M1FNType::get(context);
  case Element::F6E2M3FN:
    return Float6E2M3FNType::get(context);
  case Element::F6E3M2FN:
    return Float6E3M2FNType::get(context);
  case Element::F8E3M4:
    return Float8E3M4Type::get(context);
  case Element::F8E4M3:
    return Float8E4M3Type::get(context);
  case Element::F8E4M3FN:
    return Float8E4M3FNType::get(context);
  case Element::F8E4M3FNUZ:
    return Float8E4M3FNUZType::get(context);
  case Element::F8E4M3B11FNUZ:
    return Float8E4M3B11FNUZType::get(context);
  case Element::F8E5M2:
    return Float8E5M2Type::get(context);
  case Element::F8E5M2FNUZ:
    return Float8E5M2FNUZType::get(context);
  case Element::F8E8M0FNU:
    return Float8E8M0FNUType::get(context);
  case Element::BF16:
    return BFloat16Type::get(context);
  case Element::F16:
    return Float16Type::get(context);
  case Element::TF32:
    return nullptr;
  case Element::F32:
    return Float32Type::get(context);
  case Element::F64:
    return Float64Type::get(context);
  case Element::Complex64:
    return ComplexType::get(Float32Type::get(context));
  case Element::Complex128:
    return ComplexType::get(Float64Type::get(context));
  }
  return nullptr;
}

bool hasNumbersForDims(TypeRef type) {
  return isTensor(type) && llvm::none_of(type->dims, [](int64_t dim) { return dim < 0; });
}

std::string problemOfType(MLIRContext *context, TypeRef type) {
  switch (type->kind) {
  case Type::Token:
  case Type::None:
    return "";
  case Type::Future:
    if (llvm::any_of(type->members, [](TypeRef member) { return !isTensor(member); }))
      return spellType(type) + " holds what is no tensor";
    [[fallthrough]];
  case Type::Tuple:
    for (TypeRef member : type->members)
      if (std::string problem = problemOfType(context, member); !problem.empty())
        return problem;
    return "";
  case Type::Tensor:
    break;
  case Type::UnrankedTensor:
    return spellType(type) + " has no rank; a program is compiled for ranks that are known";
  default:
    return spellType(type) + " is no tensor, token or tuple";
  }
  if (type->dims.size() > frontend::kMaxRank)
    return spellType(type) + " has " + std::to_string(type->dims.size()) + " dims; at most " +
           std::to_string(frontend::kMaxRank) + " are supported";
  for (auto [index, bound] : llvm::enumerate(type->bounds))
    if (bound != kDynamic && (bound < 0 || bound > frontend::kMaxDim || type->dims[index] != kDynamic))
      return spellType(type) + " bounds dim " + std::to_string(index) + " by " + std::to_string(bound) +
             (type->dims[index] != kDynamic ? ", which is a number" : ", beyond the limit");
  for (int64_t dim : type->dims)
    if (dim > frontend::kMaxDim)
      return spellType(type) + " has a dim beyond the limit of " + std::to_string(frontend::kMaxDim);
  if (type->quantization) {
    const Quantization &quantization = *type->quantization;
    size_t count = quantization.scales.size();
    if (count == 0 || count != quantization.zeroPoints.size() || (!quantization.axis && count != 1))
      return spellType(type) + " has " + std::to_string(count) + " scales and " +
             std::to_string(quantization.zeroPoints.size()) + " zero points";
    for (int64_t zero : quantization.zeroPoints)
      if (zero < quantization.storageMin || zero > quantization.storageMax)
        return spellType(type) + " has the zero point " + std::to_string(zero) + ", which is no stored value (" +
               std::to_string(quantization.storageMin) + " to " + std::to_string(quantization.storageMax) + ")";
    if (quantization.axis) {
      if (*quantization.axis < 0 || *quantization.axis >= static_cast<int64_t>(type->dims.size()))
        return spellType(type) + " is quantised along dim " + std::to_string(*quantization.axis) + ", which it lacks";
      if (int64_t dim = type->dims[*quantization.axis]; dim >= 0 && dim != static_cast<int64_t>(count))
        return spellType(type) + " has " + std::to_string(count) + " scales for a dim of " + std::to_string(dim);
    }
  }
  mlir::Type element = elementTypeOf(context, type->element);
  if (!element || ingot::elementBytes(element) == 0)
    return "element type " + spellElement(type->element).str() + " is not supported";
  return "";
}

WeightSource sourceOf(const Elements &elements, RankedTensorType type, const std::shared_ptr<WeightFile> &file) {
  WeightSource source;
  source.type = type;
  if (elements.splat) {
    source.kind = WeightSource::Kind::Splat;
  } else if (elements.offset && file) {
    source.kind = WeightSource::Kind::FileRange;
    source.file = file;
    source.offset = *elements.offset;
    return source;
  }
  source.bytes.assign(elements.bytes.begin(), elements.bytes.end());
  return source;
}

mlir::Attribute attributeOf(MLIRContext *context, const Attribute &attribute) {
  Builder builder(context);
  switch (attribute.kind) {
  case Attribute::Unit:
    return builder.getUnitAttr();
  case Attribute::Bool:
    return builder.getBoolAttr(attribute.integer != 0);
  case Attribute::Integer:
    return builder.getI64IntegerAttr(attribute.integer);
  case Attribute::Float:
    return builder.getF64FloatAttr(attribute.number);
  case Attribute::String:
  case Attribute::Enum:
  case Attribute::Symbol:
    return builder.getStringAttr(attribute.text);
  case Attribute::Type:
    if (mlir::Type type = attribute.type && attribute.type->kind == Type::Scalar
                              ? elementTypeOf(context, attribute.type->element)
                              : mlir::Type())
      return TypeAttr::get(type);
    return nullptr;
  case Attribute::Array: {
    SmallVector<mlir::Attribute> items;
    for (const Attribute &item : attribute.items)
      if (!items.emplace_back(attributeOf(context, item)))
        return nullptr;
    return builder.getArrayAttr(items);
  }
  case Attribute::Dictionary: {
    SmallVector<mlir::NamedAttribute> entries;
    for (const NamedAttribute &entry : attribute.entries) {
      mlir::Attribute value = attributeOf(context, entry.value);
      if (!value)
        return nullptr;
      entries.emplace_back(builder.getStringAttr(entry.name), value);
    }
    return builder.getDictionaryAttr(entries);
  }
  case Attribute::Integers:
    return builder.getI64ArrayAttr(attribute.integers);
  case Attribute::Tensor:
  case Attribute::Foreign:
    return nullptr;
  }
  return nullptr;
}

} // namespace ingot::stablehlo
