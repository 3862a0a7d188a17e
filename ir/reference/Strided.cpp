// Copies of strided boxes of elements, which all data movement consists of.
#include "ir/Types.h"
#include "ir/reference/Families.h"

#include <cstring>

using namespace mlir;

namespace ingot::reference {

SmallVector<int64_t> rowMajorStrides(ArrayRef<int64_t> dims) {
  SmallVector<int64_t> strides(dims.size());
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0; stride *= dims[i])
    strides[i] = stride;
  return strides;
}

namespace {
struct Sixteen {
  uint64_t low, high;
};

template <typename Element>
void copyBox(const Element *source, const StridedView &from, Element *target, const StridedView &to,
             ArrayRef<int64_t> dims) {
  source += from.offset;
  target += to.offset;
  if (dims.empty()) {
    *target = *source;
    return;
  }
  // The last dim is the inner loop; `index` counts the others.
  size_t outer = dims.size() - 1;
  int64_t count = dims[outer], sourceStep = from.strides[outer], targetStep = to.strides[outer];
  SmallVector<int64_t> index(outer, 0);
  while (true) {
    for (int64_t i = 0; i != count; ++i)
      target[i * targetStep] = source[i * sourceStep];
    size_t dim = outer;
    while (dim-- > 0) {
      source += from.strides[dim];
      target += to.strides[dim];
      if (++index[dim] != dims[dim])
        break;
      source -= from.strides[dim] * dims[dim];
      target -= to.strides[dim] * dims[dim];
      index[dim] = 0;
    }
    if (dim == size_t(-1))
      return;
  }
}
} // namespace

void stridedCopy(const char *source, const StridedView &from, char *target, const StridedView &to, ArrayRef<int64_t> dims,
                 int64_t elementBytes) {
  if (llvm::is_contained(dims, 0))
    return;
  auto copy = [&](auto element) {
    using Element = decltype(element);
    copyBox(reinterpret_cast<const Element *>(source), from, reinterpret_cast<Element *>(target), to, dims);
  };
  switch (elementBytes) {
  case 1:
    return copy(uint8_t());
  case 2:
    return copy(uint16_t());
  case 4:
    return copy(uint32_t());
  case 8:
    return copy(uint64_t());
  default:
    return copy(Sixteen());
  }
}

Tensor transposed(const Tensor &operand, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> dims, strides, sourceStrides = rowMajorStrides(operand.dims);
  for (int64_t dim : permutation) {
    dims.push_back(operand.dims[size_t(dim)]);
    strides.push_back(sourceStrides[size_t(dim)]);
  }
  Tensor result = Tensor::zeros(operand.elementType, dims);
  stridedCopy(operand.bytes.data(), {0, strides}, result.bytes.data(), {0, rowMajorStrides(dims)}, dims,
              elementBytes(operand.elementType));
  return result;
}

} // namespace ingot::reference
