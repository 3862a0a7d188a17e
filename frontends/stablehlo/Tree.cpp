#include "frontends/stablehlo/Tree.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot::stablehlo {
namespace {

struct ElementFacts {
  const char *name;
  unsigned bytes; // of one value in Elements::bytes
  unsigned bits;  // of one value in a file that packs them
};

constexpr ElementFacts kElements[] = {
    {"i1", 1, 1},
    {"i2", 1, 2},
    {"i4", 1, 4},
    {"i8", 1, 8},
    {"i16", 2, 16},
    {"i32", 4, 32},
    {"i64", 8, 64},
    {"ui2", 1, 2},
    {"ui4", 1, 4},
    {"ui8", 1, 8},
    {"ui16", 2, 16},
    {"ui32", 4, 32},
    {"ui64", 8, 64},
    {"f4E2M1FN", 1, 4},
    {"f6E2M3FN", 1, 6},
    {"f6E3M2FN", 1, 6},
    {"f8E3M4", 1, 8},
    {"f8E4M3", 1, 8},
    {"f8E4M3FN", 1, 8},
    {"f8E4M3FNUZ", 1, 8},
    {"f8E4M3B11FNUZ", 1, 8},
    {"f8E5M2", 1, 8},
    {"f8E5M2FNUZ", 1, 8},
    {"f8E8M0FNU", 1, 8},
    {"bf16", 2, 16},
    {"f16", 2, 16},
    {"tf32", 4, 32},
    {"f32", 4, 32},
    {"f64", 8, 64},
    {"complex<f32>", 8, 64},
    {"complex<f64>", 16, 128},
    {"index", 8, 64},
};
static_assert(std::size(kElements) == size_t(Element::Index) + 1);

class Speller {
public:
  explicit Speller(size_t most) : most(most) {}

  std::string text;
  llvm::raw_string_ostream out{text};

  void spell(TypeRef type) {
    if (!type)
      return void(out << "<<none>>");
    if (text.size() > most)
      return void(out << "...");
    switch (type->kind) {
    case Type::Tensor:
      return tensor("tensor<", *type);
    case Type::Buffer:
      return tensor("memref<", *type);
    case Type::UnrankedTensor:
      out << "tensor<*x";
      value(*type);
      out << '>';
      return;
    case Type::Scalar:
      return value(*type);
    case Type::Token:
      out << "!stablehlo.token";
      return;
    case Type::Tuple:
      return list("tuple<", type->members, ">");
    case Type::Future:
      return list("!stablehlo.future<", type->members, ">");
    case Type::Function:
      list("(", type->members, ") -> ");
      if (type->results.size() == 1 && type->results.front()->kind != Type::Function)
        return spell(type->results.front());
      return list("(", type->results, ")");
    case Type::None:
      out << "none";
      return;
    }
  }

private:
  size_t most;

  void list(const char *before, llvm::ArrayRef<TypeRef> types, const char *after) {
    out << before;
    llvm::interleaveComma(types, out, [&](TypeRef type) {
      if (text.size() <= most)
        spell(type);
    });
    out << after;
  }

  void dim(int64_t value) {
    if (value < 0)
      out << '?';
    else
      out << value;
  }

  void tensor(const char *before, const Type &type) {
    out << before;
    for (int64_t extent : type.dims) {
      dim(extent);
      out << 'x';
    }
    value(type);
    if (!type.bounds.empty()) {
      out << ", #stablehlo.bounds<";
      llvm::interleaveComma(type.bounds, out, [&](int64_t bound) { dim(bound); });
      out << '>';
    }
    out << '>';
  }

  void value(const Type &type) {
    if (type.quantization)
      return quantized(*type.quantization);
    out << spellElement(type.element);
  }

  void scale(const Quantization &quantization, size_t place) {
    out << llvm::format("%.17g", quantization.scales[place]);
    if (quantization.zeroPoints[place])
      out << ':' << quantization.zeroPoints[place];
  }

  void quantized(const Quantization &quantization) {
    llvm::StringRef storage = spellElement(quantization.storage);
    storage.consume_front("u"); // ui8 is written u8
    bool isUnsigned = quantization.storage >= Element::UI2 && quantization.storage <= Element::UI64;
    out << "!quant.uniform<" << (isUnsigned ? "u" : "i") << storage.drop_front();
    auto [low, high] = storageRange(quantization.storage);
    if (quantization.storageMin != low || quantization.storageMax != high)
      out << '<' << quantization.storageMin << ':' << quantization.storageMax << '>';
    out << ':' << spellElement(quantization.expressed);
    if (quantization.axis)
      out << ':' << *quantization.axis;
    out << ", ";
    if (!quantization.axis) {
      scale(quantization, 0);
    } else {
      out << '{';
      for (size_t i = 0; i < quantization.scales.size() && text.size() <= most; ++i) {
        out << (i ? "," : "");
        scale(quantization, i);
      }
      out << '}';
    }
    out << '>';
  }
};

} // namespace

llvm::StringRef spellElement(Element element) { return kElements[size_t(element)].name; }
unsigned elementBytes(Element element) { return kElements[size_t(element)].bytes; }
unsigned packedBits(Element element) { return kElements[size_t(element)].bits; }

std::optional<Element> findElement(llvm::StringRef name) {
  for (size_t i = 0; i < std::size(kElements); ++i)
    if (name == kElements[i].name)
      return Element(i);
  return std::nullopt;
}

std::pair<int64_t, int64_t> storageRange(Element storage) {
  unsigned bits = packedBits(storage);
  bool isUnsigned = storage >= Element::UI2 && storage <= Element::UI64;
  if (isUnsigned)
    return {0, bits >= 63 ? INT64_MAX : (int64_t(1) << bits) - 1};
  return {bits >= 64 ? INT64_MIN : -(int64_t(1) << (bits - 1)), bits >= 64 ? INT64_MAX : (int64_t(1) << (bits - 1)) - 1};
}

std::string spellType(TypeRef type, size_t most) {
  Speller speller(most);
  speller.spell(type);
  return std::move(speller.text);
}

std::optional<uint64_t> countElements(llvm::ArrayRef<int64_t> dims) {
  uint64_t count = 1;
  bool tooMany = false, none = false;
  for (int64_t dim : dims) {
    if (dim < 0)
      return std::nullopt;
    none |= dim == 0;
    tooMany |= __builtin_mul_overflow(count, uint64_t(dim), &count);
  }
  if (none)
    return 0;
  return tooMany ? std::nullopt : std::optional(count);
}

} // namespace ingot::stablehlo
