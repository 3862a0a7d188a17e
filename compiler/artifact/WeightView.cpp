#include "compiler/artifact/WeightView.h"

#include "llvm/ADT/TypeSwitch.h"

namespace ingot {

using namespace mlir;

// Joins neighbours that walk every operand as one loop, and drops loops of one turn.
static SmallVector<ViewFactor> coalesce(ArrayRef<ViewFactor> factors) {
  SmallVector<ViewFactor> result;
  for (const ViewFactor &factor : factors) {
    if (factor.extent == 1)
      continue;
    bool joins = !result.empty();
    for (size_t i = 0; joins && i != factor.strides.size(); ++i)
      joins = result.back().strides[i] == factor.strides[i] * factor.extent;
    if (joins)
      result.back() = {result.back().extent * factor.extent, factor.strides};
    else
      result.push_back(factor);
  }
  return result;
}

// Removes from the front of coalesced `factors` loops of `extent` turns together. Fails where none are so many.
static std::optional<SmallVector<ViewFactor>> take(SmallVector<ViewFactor> &factors, int64_t extent) {
  SmallVector<ViewFactor> taken;
  while (extent > 1) {
    if (factors.empty())
      return std::nullopt;
    ViewFactor &front = factors.front();
    if (extent % front.extent == 0) {
      extent /= front.extent;
      taken.push_back(front);
      factors.erase(factors.begin());
    } else if (front.extent % extent == 0) {
      front.extent /= extent;
      taken.push_back({extent, front.strides});
      for (int64_t &stride : taken.back().strides)
        stride *= front.extent;
      extent = 1;
    } else {
      return std::nullopt;
    }
  }
  return taken;
}

WeightView::WeightView(RankedTensorType source) : valueType(source), offsets(1, 0) {
  int64_t stride = 1;
  for (int64_t extent : llvm::reverse(source.getShape())) {
    places.insert(places.begin(), Place{ViewFactor{extent, {stride}}});
    stride *= extent;
  }
}

std::optional<int64_t> WeightView::stretch() const {
  Loops own = loops();
  bool isStretch =
      steps.empty() && !padded && (own.factors.empty() || (own.factors.size() == 1 && own.factors[0].strides[0] == 1));
  return isStretch ? std::optional(offsets[0]) : std::nullopt;
}

WeightView::Loops WeightView::loops() const {
  SmallVector<ViewFactor> all;
  for (const Place &place : places)
    all.append(place);
  if (!padded)
    return {coalesce(all), offsets, padded};
  // The panel's and the place's loop stay apart: together they say what is padding.
  ViewFactor panels = all.front(), width = all.back();
  Loops result{{panels}, offsets, padded};
  result.factors.append(coalesce(ArrayRef(all).drop_front().drop_back()));
  result.factors.push_back(width);
  return result;
}

bool WeightView::append(Attribute step, RankedTensorType result) {
  if (result.getNumElements() == 0) { // nothing is read, whatever the steps were
    *this = WeightView(result);
    return true;
  }
  if (padded) // padding is zero whatever comes before it, but not what comes after
    return false;
  bool done = llvm::TypeSwitch<Attribute, bool>(step)
                  .Case([&](ConvertStepAttr convert) {
                    steps.push_back({convert.getElementType(), "", 0, 0});
                    return true;
                  })
                  .Case([&](TransposeStepAttr transpose) {
                    SmallVector<Place> permuted;
                    for (int64_t dim : transpose.getPermutation())
                      permuted.push_back(places[size_t(dim)]);
                    places = std::move(permuted);
                    return true;
                  })
                  .Case([&](ReshapeStepAttr) { return reshape(result.getShape()); })
                  .Case([&](SliceStepAttr box) { return slice(box.getStarts(), box.getLimits(), box.getStrides()); })
                  .Case([&](ReverseStepAttr turned) {
                    reverse(turned.getDims());
                    return true;
                  })
                  .Case([&](ScaleStepAttr factor) {
                    scale(size_t(factor.getDim()), factor.getKey().str());
                    return true;
                  })
                  .Case([&](PackStepAttr panels) { return pack(size_t(panels.getDim()), panels.getWidth()); })
                  .Default([](Attribute) { return false; });
  if (done)
    valueType = result;
  return done;
}

bool WeightView::reshape(ArrayRef<int64_t> shape) {
  SmallVector<Place> result;
  SmallVector<ViewFactor> rest = loops().factors;
  for (int64_t extent : shape) {
    auto place = take(rest, extent);
    if (!place)
      return false;
    result.push_back(std::move(*place));
  }
  places = std::move(result);
  return true;
}

bool WeightView::slice(ArrayRef<int64_t> starts, ArrayRef<int64_t> limits, ArrayRef<int64_t> strides) {
  SmallVector<Place> result;
  SmallVector<int64_t> moved = offsets;
  for (size_t dim = 0; dim != places.size(); ++dim) {
    int64_t extent = valueType.getDimSize(unsigned(dim)), length = limits[dim] - starts[dim];
    const int64_t stride = strides.empty() || length <= 1 ? 1 : strides[dim];
    if (length == extent && stride == 1) {
      result.push_back(places[dim]);
      continue;
    }
    // All of the inner loops go with a turn of the outermost.
    Place place =
        length == 0 ? Place{ViewFactor{extent, SmallVector<int64_t, 2>(offsets.size(), 0)}} : coalesce(places[dim]);
    int64_t inner = extent / place.front().extent;
    if (starts[dim] % inner != 0 || length % inner != 0 || (stride != 1 && inner != 1))
      return false;
    place.front().extent = llvm::divideCeilSigned(length / inner, stride);
    for (size_t i = 0; i != moved.size(); ++i)
      moved[i] += starts[dim] / inner * place.front().strides[i];
    for (int64_t &step : place.front().strides)
      step *= stride;
    result.push_back(std::move(place));
  }
  places = std::move(result);
  offsets = std::move(moved);
  return true;
}

void WeightView::reverse(ArrayRef<int64_t> dims) {
  for (int64_t dim : dims)
    for (ViewFactor &factor : places[size_t(dim)])
      for (auto [offset, stride] : llvm::zip_equal(offsets, factor.strides)) {
        offset += (factor.extent - 1) * stride;
        stride = -stride;
      }
}

void WeightView::scale(size_t dim, std::string key) {
  for (auto [index, place] : llvm::enumerate(places)) {
    int64_t stride = 1;
    for (ViewFactor &factor : llvm::reverse(place)) {
      factor.strides.push_back(index == dim ? stride : 0);
      stride *= factor.extent;
    }
  }
  steps.push_back({Type(), std::move(key), unsigned(offsets.size()), valueType.getDimSize(unsigned(dim))});
  offsets.push_back(0);
}

bool WeightView::pack(size_t dim, int64_t width) {
  int64_t extent = valueType.getDimSize(unsigned(dim)), panels = llvm::divideCeilSigned(extent, width);
  SmallVector<ViewFactor> inner = coalesce(places[dim]);
  Place outer;
  if (panels * width == extent) {
    auto taken = take(inner, panels);
    if (!taken)
      return false;
    outer = std::move(*taken);
  } else {
    if (inner.size() > 1)
      return false;
    if (inner.empty())
      inner.push_back({1, SmallVector<int64_t, 2>(offsets.size(), 0)});
    outer.push_back({panels, inner.front().strides});
    for (int64_t &stride : outer.front().strides)
      stride *= width;
    inner.front().extent = width;
    padded = extent;
  }
  places.erase(places.begin() + ptrdiff_t(dim));
  places.insert(places.begin(), std::move(outer));
  places.push_back(std::move(inner));
  return true;
}

} // namespace ingot
