#include "compiler/artifact/WeightReader.h"

#include "ir/Types.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"
#include "ir/reference/Scalars.h"
#include "llvm/Support/FileSystem.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace ingot {

using namespace mlir;
using reference::Tensor;

// Bytes of a source read at a time before they are put in their places.
static constexpr int64_t kStage = 1 << 20;
// Up to here a gap in a file is read rather than skipped.
static constexpr int64_t kGap = 4096;
// Elements that element steps work on at a time, and those gathered for them.
static constexpr int64_t kBlock = 4096, kPiece = 1 << 20;
// A value in between of more bytes goes to a file.
static constexpr int64_t kInMemory = 4 << 20;

static SmallVector<int64_t> rowMajor(ArrayRef<int64_t> extents) { return reference::rowMajorStrides(extents); }

static int64_t product(ArrayRef<int64_t> extents) {
  int64_t count = 1;
  for (int64_t extent : extents)
    count *= extent;
  return count;
}

static int64_t bytesOf(Type elementType) { return elementBytes(elementType); }

std::shared_ptr<const std::vector<char>> ConversionTables::get(Type from, Type to) {
  std::shared_ptr<const std::vector<char>> &table = tables[{from, to}];
  if (!table) {
    Tensor patterns = Tensor::zeros(from, {int64_t(1) << (8 * bytesOf(from))});
    for (int64_t i = 0, e = patterns.numElements(); i != e; ++i)
      std::memcpy(patterns.bytes.data() + i * bytesOf(from), &i, size_t(bytesOf(from)));
    table = std::make_shared<const std::vector<char>>(reference::converted(patterns, to).bytes);
  }
  return table;
}

//--- Planning

llvm::Expected<WeightReader> WeightReader::create(WeightOp weight, const WeightStore &store, ConversionTables &tables) {
  auto fail = [&](const Twine &why) {
    return llvm::createStringError(std::errc::invalid_argument, "weight '%s': %s", weight.getSymName().str().c_str(),
                                   why.str().c_str());
  };
  SourceAttr from = weight.getSource();
  if (!store.find(from.getKey()))
    return fail("the weight store has no entry '" + from.getKey() + "'");
  llvm::Expected<const WeightSource *> entry = store.require(from.getKey());
  if (!entry)
    return entry.takeError();
  if ((*entry)->type != from.getType())
    return fail("entry '" + from.getKey() + "' of the store is " + describeType((*entry)->type, {}) + ", but " +
                describeType(from.getType(), {}) + " is needed");
  WeightReader reader{WeightView(from.getType())};
  reader.source = *entry;
  ArrayRef<Attribute> all = weight.getSteps().getValue();
  for (size_t i = 0; i != all.size(); ++i) {
    std::string why;
    RankedTensorType type = inferWeightType(from, ArrayAttr::get(weight.getContext(), all.take_front(i + 1)), &why);
    if (!type)
      return fail(why);
    if (reader.append(all[i], type))
      continue;
    if (llvm::Error error = reader.prepare(store, tables, weight.getSymName()))
      return std::move(error);
    if (llvm::Error error = reader.writeDown())
      return std::move(error);
    if (!reader.append(all[i], type))
      return fail("holds an unknown step");
  }
  if (llvm::Error error = reader.prepare(store, tables, weight.getSymName()))
    return std::move(error);
  return std::move(reader);
}

bool WeightReader::append(Attribute step, RankedTensorType type) {
  if (packed && !isa<ReshapeStepAttr>(step)) // loops over the source know nothing of bytes of several elements
    return false;
  if (!packed && !isa<PackBitsStepAttr>(step))
    return view.append(step, type);
  packed = type;
  return true;
}

llvm::Error WeightReader::prepare(const WeightStore &store, ConversionTables &tables, StringRef name) {
  loops = view.loops();
  steps.clear();
  Type type = source->type.getElementType();
  for (const WeightView::ElementStep &element : view.elementSteps()) {
    Step step{type, element.convertTo ? element.convertTo : type, {}, element.operand, {}};
    type = step.to;
    if (element.convertTo) {
      if (bytesOf(step.from) <= 2 && view.type().getNumElements() > int64_t(1) << (8 * bytesOf(step.from)))
        step.table = tables.get(step.from, step.to);
    } else if (llvm::Error error = loadVector(store, element, step)) {
      return llvm::createStringError(std::errc::invalid_argument, "weight '%s': %s", name.str().c_str(),
                                     llvm::toString(std::move(error)).c_str());
    }
    steps.push_back(std::move(step));
  }
  return llvm::Error::success();
}

llvm::Error WeightReader::loadVector(const WeightStore &store, const WeightView::ElementStep &element, Step &step) {
  const WeightSource *entry = store.find(element.scale);
  if (!entry || entry->type.getRank() != 1 || entry->type.getDimSize(0) != element.extent)
    return llvm::createStringError(std::errc::invalid_argument, "scale '%s' is %s, but a vector of %lld is needed",
                                   element.scale.c_str(), entry ? describeType(entry->type, {}).c_str() : "not in the store",
                                   (long long)element.extent);
  Tensor vector = Tensor::zeros(entry->type.getElementType(), {element.extent});
  if (llvm::Error error = store.read(element.scale, vector.bytes))
    return error;
  if (vector.elementType != step.to)
    vector = reference::converted(vector, step.to);
  reference::withValue(step.to, [&](auto value) {
    using V = decltype(value);
    step.vector.resize(size_t(element.extent) * sizeof(V));
    reference::decode<V>(step.to, vector.bytes.data(), element.extent, reinterpret_cast<V *>(step.vector.data()));
  });
  return llvm::Error::success();
}

// The value so far becomes the source of the steps to come.
llvm::Error WeightReader::writeDown() {
  auto value = std::make_shared<WeightSource>();
  value->type = type();
  int64_t size = bytesOf(value->type.getElementType()), bytes = value->type.getNumElements() * size;
  if (bytes <= kInMemory) {
    value->bytes.resize(size_t(bytes));
    if (llvm::Error error = read(0, value->bytes))
      return error;
  } else {
    int descriptor;
    SmallString<128> path;
    if (std::error_code code = llvm::sys::fs::createTemporaryFile("ingot", "weight", descriptor, path))
      return llvm::createStringError(code, "cannot create a temporary file: %s", code.message().c_str());
    value->file = std::make_shared<WeightFile>(descriptor, path.str().str(), uint64_t(bytes));
    if (std::error_code code = llvm::sys::fs::remove(path))
      return llvm::createStringError(code, "cannot remove the temporary file %s: %s", path.c_str(), code.message().c_str());
    value->kind = WeightSource::Kind::FileRange;
    std::vector<char> piece(static_cast<size_t>(kInMemory));
    for (int64_t at = 0; at != bytes; at += int64_t(piece.size())) {
      piece.resize(size_t(std::min(kInMemory, bytes - at)));
      if (llvm::Error error = read(uint64_t(at), piece))
        return error;
      if (llvm::Error error = value->file->write(uint64_t(at), piece))
        return error;
    }
  }
  view = WeightView(value->type);
  packed = {};
  own = std::move(value);
  source = own.get();
  return llvm::Error::success();
}

std::optional<WeightReader::FileStretch> WeightReader::findStretch(WeightOp weight, const WeightStore &store) {
  SourceAttr from = weight.getSource();
  const WeightSource *source = store.find(from.getKey());
  Type elementType = from.getType().getElementType();
  if (!source || source->kind != WeightSource::Kind::FileRange || source->perByte > 1 || elementType.isInteger(1))
    return std::nullopt;
  WeightView view(from.getType());
  ArrayRef<Attribute> all = weight.getSteps().getValue();
  for (size_t i = 0; i != all.size(); ++i) {
    RankedTensorType type = inferWeightType(from, ArrayAttr::get(weight.getContext(), all.take_front(i + 1)));
    if (!type || !view.append(all[i], type))
      return std::nullopt;
  }
  std::optional<int64_t> first = view.stretch();
  if (!first)
    return std::nullopt;
  return FileStretch{source->file, source->offset + uint64_t(*first * bytesOf(elementType))};
}

//--- Reading

// The bytes of a value whose elements are packed.
llvm::Error WeightReader::readPacked(uint64_t offset, MutableArrayRef<char> out) const {
  const int64_t each = elementsInByte(view.type().getElementType()), all = view.type().getNumElements();
  std::vector<char> elements;
  for (int64_t done = 0, count = int64_t(out.size()); done < count; done += kPiece / each) {
    const int64_t bytes = std::min(kPiece / each, count - done), first = (int64_t(offset) + done) * each;
    elements.resize(size_t(std::min(bytes * each, all - first)));
    if (llvm::Error error = readElements(first, int64_t(elements.size()), elements.data()))
      return error;
    packBits(elements, unsigned(each), out.slice(size_t(done), size_t(bytes)));
  }
  return llvm::Error::success();
}

llvm::Error WeightReader::read(uint64_t offset, MutableArrayRef<char> out) const {
  if (packed)
    return readPacked(offset, out);
  int64_t size = bytesOf(view.type().getElementType());
  int64_t first = int64_t(offset) / size, count = int64_t(out.size()) / size;
  int64_t piece = steps.empty() ? count : kPiece;
  for (int64_t done = 0; done < count; done += piece)
    if (llvm::Error error = readElements(first + done, std::min(piece, count - done), out.data() + done * size))
      return error;
  return llvm::Error::success();
}

llvm::Error WeightReader::readElements(int64_t first, int64_t count, char *out) const {
  int64_t size = bytesOf(view.type().getElementType());
  SmallVector<int64_t> extents;
  for (const ViewFactor &factor : loops.factors)
    extents.push_back(factor.extent);
  return forBoxes(extents, first, count, [&](ArrayRef<int64_t> begin, ArrayRef<int64_t> box, int64_t done) -> llvm::Error {
    char *at = out + done * size;
    if (!loops.padded)
      return readBox(begin, box, rowMajor(box), at);
    // Of the last panel a part is padding; the panels before it are full.
    int64_t width = extents.back(), lastPanel = extents.front() - 1, filled = *loops.padded - lastPanel * width;
    int64_t full = std::min(box.front(), lastPanel - begin.front());
    SmallVector<int64_t> from(begin), part(box);
    part.front() = full;
    if (full != 0)
      if (llvm::Error error = readBox(from, part, rowMajor(part), at))
        return error;
    if (full == box.front())
      return llvm::Error::success();
    at += product(part) * size;
    from.front() = lastPanel;
    part.front() = 1;
    std::memset(at, 0, size_t(product(part) * size));
    SmallVector<int64_t> strides = rowMajor(part);
    part.back() = std::min(part.back(), filled - from.back());
    return part.back() > 0 ? readBox(from, part, strides, at) : llvm::Error::success();
  });
}

// Reads one box of the loops to where `outStrides` say.
llvm::Error WeightReader::readBox(ArrayRef<int64_t> begin, ArrayRef<int64_t> box, ArrayRef<int64_t> outStrides,
                                  char *out) const {
  if (steps.empty())
    return gather(begin, box, outStrides, out);
  int64_t count = product(box), size = bytesOf(view.type().getElementType());
  SmallVector<int64_t> dense = rowMajor(box);
  std::vector<char> raw(size_t(count * bytesOf(source->type.getElementType())));
  if (llvm::Error error = gather(begin, box, dense, raw.data()))
    return error;
  if (ArrayRef<int64_t>(dense) == outStrides) {
    applySteps(begin, box, raw.data(), out);
    return llvm::Error::success();
  }
  std::vector<char> value(size_t(count * size));
  applySteps(begin, box, raw.data(), value.data());
  SmallVector<CopyLoop> copy;
  for (auto [extent, from, to] : llvm::zip_equal(box, dense, outStrides))
    copy.push_back({extent, from, to});
  copyStrided(value.data(), out, std::move(copy), size);
  return llvm::Error::success();
}

// The source's elements of a box, before any element step.
llvm::Error WeightReader::gather(ArrayRef<int64_t> begin, ArrayRef<int64_t> box, ArrayRef<int64_t> outStrides,
                                 char *out) const {
  int64_t base = loops.offsets[0], size = bytesOf(source->type.getElementType());
  bool isSplat = source->kind == WeightSource::Kind::Splat;
  SmallVector<CopyLoop> copy;
  for (size_t i = 0; i != box.size(); ++i) {
    int64_t stride = loops.factors[i].strides[0], to = outStrides[i];
    base += begin[i] * stride;
    if (box[i] == 1)
      continue;
    if (stride < 0) { // from its end on
      base += (box[i] - 1) * stride;
      out += (box[i] - 1) * to * size;
      stride = -stride;
      to = -to;
    }
    copy.push_back({box[i], isSplat ? 0 : stride, to});
  }
  if (source->kind == WeightSource::Kind::FileRange)
    return gatherFromFile(base, std::move(copy), out);
  copyStrided(source->bytes.data() + (isSplat ? 0 : base * size), out, std::move(copy), size);
  return llvm::Error::success();
}

// Reads runs of the file that hold many of the elements, as many runs at a time as fit the stage.
llvm::Error WeightReader::gatherFromFile(int64_t base, SmallVector<CopyLoop> copy, char *out) const {
  int64_t size = bytesOf(source->type.getElementType()), room = kStage / size;
  llvm::stable_sort(copy, [](const CopyLoop &a, const CopyLoop &b) { return a.from > b.from; });
  if (copy.empty() || (copy.size() == 1 && copy[0].from == 1 && copy[0].to == 1))
    return source->read(base, {out, size_t((copy.empty() ? 1 : copy[0].extent) * size)});

  // The loops from `split` on walk a run of `span` elements, `useful` of which are wanted.
  size_t split = copy.size();
  int64_t span = 1, useful = 1;
  bool isDense = true;
  while (split != 0) {
    const CopyLoop &loop = copy[split - 1];
    int64_t longer = span + (loop.extent - 1) * loop.from;
    isDense = longer * size <= kGap || useful * loop.extent >= longer / 4;
    if (!isDense || longer > room)
      break;
    span = longer;
    useful *= loop.extent;
    --split;
  }
  // The loop before them goes through the stage in parts: as a longer run, or as a run a turn.
  CopyLoop cut = split == 0 ? CopyLoop{1, 0, 0} : copy[split - 1];
  ArrayRef<CopyLoop> outer = ArrayRef(copy).take_front(split == 0 ? 0 : split - 1), run = ArrayRef(copy).drop_front(split);
  isDense &= split != 0;
  int64_t pitch = isDense ? cut.from : span;
  int64_t turns = std::min(cut.extent, isDense ? (room - span) / cut.from + 1 : std::max<int64_t>(1, room / span));
  std::vector<char> stage(size_t(((turns - 1) * pitch + span) * size));
  SmallVector<int64_t> extents;
  for (const CopyLoop &loop : outer)
    extents.push_back(loop.extent);
  for (int64_t index = 0, end = product(extents); index != end; ++index) {
    int64_t from = base, to = 0;
    for (int64_t rest = index; const CopyLoop &loop : llvm::reverse(outer)) {
      from += rest % loop.extent * loop.from;
      to += rest % loop.extent * loop.to;
      rest /= loop.extent;
    }
    for (int64_t turn = 0; turn < cut.extent; turn += turns) {
      int64_t some = std::min(turns, cut.extent - turn), runs = isDense ? 1 : some;
      int64_t length = isDense ? (some - 1) * pitch + span : span;
      for (int64_t i = 0; i != runs; ++i)
        if (llvm::Error error =
                source->read(from + (turn + i) * cut.from, {stage.data() + i * pitch * size, size_t(length * size)}))
          return error;
      SmallVector<CopyLoop> inner(run);
      inner.push_back({some, pitch, cut.to});
      copyStrided(stage.data(), out + (to + turn * cut.to) * size, std::move(inner), size);
    }
  }
  return llvm::Error::success();
}

//--- Element steps

template <size_t From, size_t To> static void lookUp(const char *table, const char *in, int64_t count, char *out) {
  for (int64_t i = 0; i != count; ++i) {
    uint32_t pattern = 0;
    std::memcpy(&pattern, in + i * int64_t(From), From);
    std::memcpy(out + i * int64_t(To), table + pattern * To, To);
  }
}

static void lookUp(const char *table, int64_t from, int64_t to, const char *in, int64_t count, char *out) {
  auto look = [&](auto width) {
    constexpr size_t To = decltype(width)::value;
    return from == 1 ? lookUp<1, To>(table, in, count, out) : lookUp<2, To>(table, in, count, out);
  };
  switch (to) {
  case 1:
    return look(std::integral_constant<size_t, 1>());
  case 2:
    return look(std::integral_constant<size_t, 2>());
  case 4:
    return look(std::integral_constant<size_t, 4>());
  case 8:
    return look(std::integral_constant<size_t, 8>());
  default:
    return look(std::integral_constant<size_t, 16>());
  }
}

// All steps on a dense box, a block at a time so that values stay in the cache.
void WeightReader::applySteps(ArrayRef<int64_t> begin, ArrayRef<int64_t> box, const char *in, char *out) const {
  int64_t fromSize = bytesOf(steps.front().from), toSize = bytesOf(steps.back().to);
  std::vector<char> values, next;
  for (int64_t first = 0, all = product(box); first < all; first += kBlock) {
    int64_t count = std::min(kBlock, all - first);
    values.assign(in + first * fromSize, in + (first + count) * fromSize);
    for (const Step &step : steps) {
      if (!step.vector.empty()) {
        multiply(step, begin, box, first, count, values.data());
        continue;
      }
      next.resize(size_t(count * bytesOf(step.to)));
      if (step.table)
        lookUp(step.table->data(), bytesOf(step.from), bytesOf(step.to), values.data(), count, next.data());
      else
        next = reference::converted(Tensor{step.from, {count}, std::move(values), {}}, step.to).bytes;
      std::swap(values, next);
    }
    std::memcpy(out + first * toSize, values.data(), size_t(count * toSize));
  }
}

void WeightReader::multiply(const Step &step, ArrayRef<int64_t> begin, ArrayRef<int64_t> box, int64_t first, int64_t count,
                            char *values) const {
  reference::withValue(step.to, [&](auto value) {
    using V = decltype(value);
    V factors[kBlock], elements[kBlock];
    llvm::cantFail(
        forBoxes(box, first, count, [&](ArrayRef<int64_t> inner, ArrayRef<int64_t> part, int64_t done) -> llvm::Error {
          int64_t base = loops.offsets[step.operand];
          SmallVector<CopyLoop> copy;
          for (auto [i, to] : llvm::enumerate(rowMajor(part))) {
            int64_t stride = loops.factors[i].strides[step.operand];
            base += (begin[i] + inner[i]) * stride;
            copy.push_back({part[i], stride, to});
          }
          copyStrided(step.vector.data() + base * int64_t(sizeof(V)), reinterpret_cast<char *>(factors + done),
                      std::move(copy), sizeof(V));
          return llvm::Error::success();
        }));
    if constexpr (std::is_same_v<V, double>)
      if (step.to.isF32()) { // what follows does the same, one call an element
        auto *floats = reinterpret_cast<float *>(values);
        for (int64_t i = 0; i != count; ++i)
          floats[i] = float(double(floats[i]) * factors[i]);
        return;
      }
    auto product = reference::binaryFunction<V>("multiply");
    unsigned width = step.to.isIntOrFloat() ? step.to.getIntOrFloatBitWidth() : 0;
    reference::decode<V>(step.to, values, count, elements);
    for (int64_t i = 0; i != count; ++i)
      elements[i] = product(elements[i], factors[i], width);
    reference::encode<V>(step.to, elements, count, values);
  });
}

} // namespace ingot
