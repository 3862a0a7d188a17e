#include "frontends/common/FixedInput.h"

#include "frontends/common/ElementBytes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;

namespace ingot::frontend {

// Whether an integer of this width and sign can be `value`.
static bool holds(Type type, int64_t value) {
  const unsigned width = type.getIntOrFloatBitWidth();
  if (type.isUnsignedInteger())
    return value >= 0 && (width >= 63 || value < int64_t(1) << width);
  return width >= 64 || (value >= -(int64_t(1) << (width - 1)) && value < int64_t(1) << (width - 1));
}

// The word as an element; false where it is none.
static bool readElement(llvm::StringRef word, Type type, int64_t &integer, double &number) {
  if (type.isInteger(1)) {
    integer = word == "true" || word == "1";
    return integer || word == "false" || word == "0";
  }
  if (isa<FloatType>(type))
    return !word.getAsDouble(number);
  return !word.getAsInteger(0, integer) && holds(type, integer);
}

std::optional<WeightSource> fixedElements(const ProgramInput &input, llvm::StringRef text, std::string *why) {
  if (input.dims && input.dims->size() > kMaxRank) {
    *why = "it has " + std::to_string(input.dims->size()) + " dims; at most " + std::to_string(kMaxRank) + " are supported";
    return std::nullopt;
  }
  SmallVector<llvm::StringRef> words;
  text.split(words, ',');
  SmallVector<int64_t> dims;
  int64_t count = 1;
  bool open = false;
  const SmallVector<InputDim> stated = input.dims.value_or(SmallVector<InputDim>());
  for (const InputDim &dim : stated) {
    const bool known = dim.value > 0;
    open |= !known;
    if (known && llvm::MulOverflow(count, dim.value, count))
      count = std::numeric_limits<int64_t>::max();
    dims.push_back(known ? dim.value : 1);
  }
  // The first open dim takes what is given, the others are 1; so are all where one value fills the rest.
  if (open && static_cast<int64_t>(words.size()) % count == 0) {
    const auto *first = llvm::find_if(stated, [](const InputDim &dim) { return dim.value <= 0; });
    dims[first - stated.begin()] = static_cast<int64_t>(words.size()) / count;
    count = static_cast<int64_t>(words.size());
  }
  if (count > kMostFixed || (words.size() != 1 && static_cast<int64_t>(words.size()) != count)) {
    *why = (llvm::Twine("it takes ") + llvm::Twine(count) + " elements, " + llvm::Twine(words.size()) + " are given" +
            (count > kMostFixed ? "; at most " + llvm::Twine(kMostFixed) + " can be fixed" : llvm::Twine("")))
               .str();
    return std::nullopt;
  }
  WeightSource source;
  source.type = RankedTensorType::get(dims, input.elementType);
  SmallVector<int64_t> integers;
  SmallVector<double> numbers;
  for (llvm::StringRef word : words) {
    int64_t integer = 0;
    double number = 0;
    if (!canBeSymbolic(source.type) || !readElement(word.trim(), input.elementType, integer, number)) {
      *why = ("'" + word.trim() + "' is no " + describeElementType(input.elementType)).str();
      return std::nullopt;
    }
    integers.push_back(integer);
    numbers.push_back(number);
  }
  if (words.size() == 1) {
    integers.resize(count, integers.front());
    numbers.resize(count, numbers.front());
  }
  SymbolicTensor elements = isa<FloatType>(input.elementType) ? SymbolicTensor::makeFloats(source.type, numbers)
                                                              : SymbolicTensor::makeInts(source.type, integers);
  source.bytes = bytesOf(toAttribute(elements));
  return source;
}

} // namespace ingot::frontend
