// Weights read by stretches are what evaluateWeight says they are as a whole.
#include "compiler/artifact/WeightReader.h"

#include "compiler/artifact/WeightImage.h"
#include "ir/Types.h"
#include "mlir/AsmParser/AsmParser.h"
#include "gtest/gtest.h"

#include <cstring>
#include <mutex>
#include <numeric>
#include <random>
#include <unistd.h>

using namespace mlir;

namespace ingot::test {
namespace {

struct WeightReaderTest : testing::Test {
  MLIRContext context;
  WeightStore store;
  OwningOpRef<ModuleOp> module;
  ConversionTables tables;
  std::mt19937 random{7};

  WeightReaderTest() {
    context.loadDialect<IngotDialect>();
    module = ModuleOp::create(UnknownLoc::get(&context));
  }

  int64_t pick(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }

  RankedTensorType type(StringRef text) {
    return cast<RankedTensorType>(parseType(("tensor<" + text + ">").str(), &context));
  }

  // Bytes that are elements: small numbers and a few special ones.
  std::vector<char> elements(RankedTensorType type, int64_t count) {
    Type element = type.getElementType();
    std::vector<char> bytes(size_t(count * elementBytes(element)));
    for (int64_t i = 0; i != count; ++i) {
      char *at = bytes.data() + i * elementBytes(element);
      float value = pick(0, 40) == 0 ? INFINITY : float(pick(-1000, 1000)) / 16;
      if (element.isF32())
        std::memcpy(at, &value, 4);
      else if (element.isF64()) {
        double wide = double(value) / 3;
        std::memcpy(at, &wide, 8);
      } else if (element.isInteger(1))
        *at = char(pick(0, 1));
      else if (element.isInteger(4))
        *at = char(pick(-8, 7));
      else
        for (int64_t b = 0; b != elementBytes(element); ++b)
          at[b] = char(pick(0, 255));
    }
    return bytes;
  }

  std::shared_ptr<WeightFile> file(const std::vector<char> &bytes) {
    std::string path = testing::TempDir() + "/weightreader.XXXXXX";
    int descriptor = mkstemp(path.data());
    EXPECT_EQ(write(descriptor, bytes.data(), bytes.size()), ssize_t(bytes.size()));
    unlink(path.c_str());
    return std::make_shared<WeightFile>(descriptor, "model.onnx", bytes.size());
  }

  std::string add(WeightSource::Kind kind, RankedTensorType type) {
    WeightSource source;
    source.kind = kind;
    source.type = type;
    if (kind == WeightSource::Kind::FileRange) {
      std::vector<char> bytes = elements(type, type.getNumElements() + 5);
      source.offset = 3 * uint64_t(elementBytes(type.getElementType()));
      source.file = file(bytes);
    } else {
      source.bytes = elements(type, kind == WeightSource::Kind::Splat ? 1 : type.getNumElements());
    }
    return store.add("w", std::move(source));
  }

  WeightOp weight(StringRef key, ArrayRef<Attribute> steps) {
    auto source = SourceAttr::get(&context, key, store.find(key)->type);
    auto all = ArrayAttr::get(&context, steps);
    std::string why;
    RankedTensorType result = inferWeightType(source, all, &why);
    EXPECT_TRUE(result) << why;
    OpBuilder builder(&context);
    builder.setInsertionPointToEnd(module->getBody());
    return WeightOp::create(builder, builder.getUnknownLoc(), ("weight" + std::to_string(names++)), StringAttr(), result,
                            source, all);
  }

  // Holds stretches of the weight to the whole; the error of either.
  std::string compare(WeightOp op, int stretches = 12) {
    llvm::Expected<std::vector<char>> whole = evaluateWeight(op, store);
    llvm::Expected<WeightReader> reader = WeightReader::create(op, store, tables);
    if (!whole || !reader) {
      std::string first = whole ? "" : llvm::toString(whole.takeError());
      return first + (reader ? "" : " | " + llvm::toString(reader.takeError()));
    }
    int64_t size = elementBytes(op.getTensorType().getElementType()), count = int64_t(whole->size()) / size;
    for (int i = 0; i != stretches; ++i) {
      int64_t first = i == 0 ? 0 : pick(0, count), last = i == 0 ? count : pick(first, count);
      std::vector<char> part(size_t((last - first) * size), 'x');
      if (llvm::Error error = reader->read(uint64_t(first * size), part))
        return llvm::toString(std::move(error));
      for (size_t b = 0; b != part.size(); ++b)
        if (part[b] != (*whole)[size_t(first * size) + b])
          return "byte " + std::to_string(b) + " of elements " + std::to_string(first) + " to " + std::to_string(last) +
                 " differs";
    }
    return "";
  }

  SmallVector<int64_t> randomShape(int64_t elements, int64_t maxRank) {
    SmallVector<int64_t> shape;
    while (int64_t(shape.size()) + 1 < maxRank && pick(0, 3)) {
      int64_t extent = pick(1, 12);
      while (elements % extent)
        --extent;
      shape.push_back(extent);
      elements /= extent;
    }
    shape.push_back(elements);
    std::shuffle(shape.begin(), shape.end(), random);
    return shape;
  }

  Attribute randomStep(RankedTensorType type) {
    int64_t rank = type.getRank();
    ArrayRef<int64_t> shape = type.getShape();
    static const char *const kinds[] = {"f32", "f16", "bf16", "f64", "i32", "i8", "f8E5M2", "f8E8M0FNU", "complex<f32>"};
    switch (pick(0, 7)) {
    case 0:
      return ConvertStepAttr::get(&context, parseType(kinds[pick(0, 8)], &context));
    case 1:
      if (type.getElementType().isInteger(1) || rank == 0)
        return {};
      return scaleStep(type, pick(0, rank - 1));
    case 2: {
      SmallVector<int64_t> permutation(shape.size());
      std::iota(permutation.begin(), permutation.end(), 0);
      std::shuffle(permutation.begin(), permutation.end(), random);
      return TransposeStepAttr::get(&context, permutation);
    }
    case 3:
      return type.getNumElements() ? ReshapeStepAttr::get(&context, randomShape(type.getNumElements(), 5)) : Attribute();
    case 4: {
      SmallVector<int64_t> starts, limits;
      for (int64_t extent : shape) {
        starts.push_back(pick(0, 2) ? 0 : pick(0, extent / 3));
        limits.push_back(pick(0, 2) ? extent : pick(starts.back(), extent));
        if (limits.back() == starts.back() && extent && pick(0, 9))
          starts.back() = 0, limits.back() = extent;
      }
      SmallVector<int64_t> strides;
      for (size_t i = 0, strided = size_t(pick(0, 1)); strided && i != shape.size(); ++i)
        strides.push_back(pick(1, 3));
      return SliceStepAttr::get(&context, starts, limits, strides);
    }
    case 5: {
      SmallVector<int64_t> dims;
      for (int64_t dim = 0; dim != rank; ++dim)
        if (pick(0, 1))
          dims.push_back(dim);
      return dims.empty() ? Attribute() : ReverseStepAttr::get(&context, dims);
    }
    default:
      if (rank == 0)
        return {};
      return PackStepAttr::get(&context, pick(0, rank - 1), pick(1, 20));
    }
  }
  Attribute scaleStep(RankedTensorType type, int64_t dim) {
    std::string key = add(pick(0, 2) ? WeightSource::Kind::Owned : WeightSource::Kind::Splat,
                          RankedTensorType::get({type.getDimSize(unsigned(dim))},
                                                pick(0, 1) ? type.getElementType() : Float32Type::get(&context)));
    return ScaleStepAttr::get(&context, dim, key);
  }

  int names = 0;
};

TEST_F(WeightReaderTest, RandomStepsGiveTheWholeByStretches) {
  static const char *const kinds[] = {"f32", "f32", "f16", "i8", "i4", "i1", "f64", "ui16", "f8E4M3FN"};
  int plain = 0;
  for (int round = 0; round != 1500; ++round) {
    SmallVector<int64_t> shape = randomShape(pick(0, 9) ? pick(1, 400) * pick(1, 8) : 0, 5);
    auto from = RankedTensorType::get(shape, parseType(kinds[pick(0, 8)], &context));
    auto kind = static_cast<WeightSource::Kind>(pick(0, 2));
    std::string key = add(kind, from);
    SmallVector<Attribute> steps;
    auto source = SourceAttr::get(&context, key, from);
    for (int64_t i = 0, e = pick(0, 5); i != e; ++i) {
      Attribute step = randomStep(inferWeightType(source, ArrayAttr::get(&context, steps)));
      if (step)
        steps.push_back(step);
    }
    WeightOp op = weight(key, steps);
    std::string text;
    llvm::raw_string_ostream(text) << op;
    ASSERT_EQ(compare(op), "") << text;
    plain += WeightReader::findStretch(op, store).has_value();
  }
  EXPECT_GT(plain, 20);
}

// What layout makes: sizes at which stages, runs and tiles are used more than once.
TEST_F(WeightReaderTest, LargePanelsOfEveryOrientation) {
  std::string key = add(WeightSource::Kind::FileRange, type("1500x1100xf32"));
  auto transpose = TransposeStepAttr::get(&context, {1, 0});
  for (int64_t width : {16, 48, 64})
    for (int64_t dim : {0, 1}) {
      auto pack = PackStepAttr::get(&context, dim, width);
      EXPECT_EQ(compare(weight(key, {pack}), 3), "") << dim << " " << width;
      EXPECT_EQ(compare(weight(key, {transpose, pack}), 3), "") << dim << " " << width;
    }
  EXPECT_EQ(compare(weight(key, {transpose}), 3), "");
  EXPECT_EQ(compare(weight(key, {scaleStep(type("1500x1100xf32"), 0), transpose, PackStepAttr::get(&context, 1, 64)}), 2),
            "");
  std::string halves = add(WeightSource::Kind::FileRange, type("32x64x64x3x3xf16"));
  SmallVector<Attribute> conv = {ReshapeStepAttr::get(&context, {2048, 64, 3, 3}),
                                 ConvertStepAttr::get(&context, Float32Type::get(&context)),
                                 TransposeStepAttr::get(&context, {2, 3, 1, 0}), PackStepAttr::get(&context, 3, 48)};
  EXPECT_EQ(compare(weight(halves, conv), 2), "");
}

// A reshape of what is padded or permuted reads a value that had to be written down, in memory and in a file.
TEST_F(WeightReaderTest, ValuesThatAreNoLoopsAreWrittenDown) {
  for (const char *shape : {"30x35xf32", "1500x1001xf32"}) {
    std::string key = add(WeightSource::Kind::FileRange, type(shape));
    int64_t rows = type(shape).getDimSize(0), columns = type(shape).getDimSize(1);
    SmallVector<Attribute> steps = {TransposeStepAttr::get(&context, {1, 0}),
                                    ReshapeStepAttr::get(&context, {rows, columns}), PackStepAttr::get(&context, 1, 32),
                                    ConvertStepAttr::get(&context, Float16Type::get(&context)),
                                    TransposeStepAttr::get(&context, {2, 1, 0})};
    EXPECT_EQ(compare(weight(key, steps), 4), "");
  }
}

TEST_F(WeightReaderTest, PackedBitsOfFiles) {
  for (const char *element : {"i4", "ui4", "i2", "ui2", "f4E2M1FN"}) {
    auto tensor = type(("777x" + std::string(element)).c_str());
    unsigned each = 8 / tensor.getElementTypeBitWidth();
    WeightSource packed, plain;
    packed.kind = WeightSource::Kind::FileRange;
    packed.type = plain.type = tensor;
    packed.perByte = each;
    packed.offset = 2;
    std::vector<char> bytes;
    for (int i = 0; i != 500; ++i)
      bytes.push_back(char(pick(0, 255)));
    packed.file = file(bytes);
    for (unsigned i = 0; i != 777; ++i) {
      unsigned width = tensor.getElementTypeBitWidth(),
               bits = uint8_t(bytes[2 + i / each]) >> (i % each * width) & ((1 << width) - 1);
      bool isNegative = tensor.getElementType().isSignlessInteger() && bits >> (width - 1);
      plain.bytes.push_back(char(isNegative ? int(bits) - (1 << width) : int(bits)));
    }
    std::vector<char> expected = plain.bytes;
    std::string key = store.add("packed", packed);
    std::vector<char> whole;
    ASSERT_FALSE(bool(store.read(key, whole)));
    EXPECT_EQ(whole, expected) << element;
    EXPECT_EQ(compare(weight(
                  key, {ConvertStepAttr::get(&context, Float32Type::get(&context)), PackStepAttr::get(&context, 0, 50)})),
              "");
  }
}

// Elements that the artifact packs: stretches begin anywhere in a group of rows; counts fill no byte; what is behind the packing reads
// bytes that were written down, in memory and in a file.
TEST_F(WeightReaderTest, ElementsOfSeveralToAByte) {
  auto bits = PackBitsStepAttr::get(&context);
  for (const char *element : {"i4", "ui4", "i2", "ui2", "f4E2M1FN"})
    for (const char *shape : {"1", "9x19", "61x64", "1501x1003"}) {
      RankedTensorType tensor = type((shape + ("x" + std::string(element))).c_str());
      std::string key = add(pick(0, 1) ? WeightSource::Kind::FileRange : WeightSource::Kind::Owned, tensor);
      const int64_t each = elementsInByte(tensor.getElementType()), all = tensor.getNumElements();
      EXPECT_EQ(weight(key, {bits}).getTensorType().getNumElements(), (all + each - 1) / each);
      EXPECT_EQ(compare(weight(key, {bits}), 3), "") << element << " " << shape;
      if (tensor.getRank() != 2)
        continue;
      const int64_t rows = (tensor.getDimSize(0) + each - 1) / each, columns = tensor.getDimSize(1);
      SmallVector<Attribute> steps = {PackStepAttr::get(&context, 0, each), bits,
                                      ReshapeStepAttr::get(&context, {rows, columns})};
      EXPECT_EQ(compare(weight(key, steps), 3), "") << element << " " << shape;
      steps.insert(steps.begin(),
                   {TransposeStepAttr::get(&context, {1, 0}), ReshapeStepAttr::get(&context, tensor.getShape())});
      EXPECT_EQ(compare(weight(key, steps), 3), "") << element << " " << shape;
      steps.append({ConvertStepAttr::get(&context, Float32Type::get(&context)), TransposeStepAttr::get(&context, {1, 0})});
      EXPECT_EQ(compare(weight(key, steps), 3), "") << element << " " << shape;
    }
}

// The first element in the lowest bits of the first byte, however negative ones are stored; the last bits are zeros.
TEST_F(WeightReaderTest, BitsOfAByte) {
  auto packed = [&](const char *text, std::vector<char> bytes) {
    WeightSource source;
    source.type = type(text);
    source.bytes = std::move(bytes);
    llvm::Expected<std::vector<char>> value =
        evaluateWeight(weight(store.add("w", source), {PackBitsStepAttr::get(&context)}), store);
    return value ? *value : std::vector<char>();
  };
  EXPECT_EQ(packed("3xi4", {1, -8, 7}), (std::vector<char>{char(0x81), 0x07}));
  EXPECT_EQ(packed("5xui2", {0, 1, 2, 3, 1}), (std::vector<char>{char(0xe4), 0x01}));
  EXPECT_EQ(packed("4xi2", {-1, 1, -2, 0}), (std::vector<char>{0x27}));
}

TEST_F(WeightReaderTest, HolesReadAsZeros) {
  std::string path = testing::TempDir() + "/weightreader.XXXXXX";
  int descriptor = mkstemp(path.data());
  unlink(path.c_str());
  constexpr uint64_t size = 3 << 20;
  std::vector<char> expected(size, 0);
  ASSERT_EQ(ftruncate(descriptor, size), 0);
  for (uint64_t at : {uint64_t(0), uint64_t(70000), uint64_t(1 << 20), size - 3}) {
    ASSERT_EQ(pwrite(descriptor, "abc", 3, off_t(at)), 3);
    std::memcpy(expected.data() + at, "abc", 3);
  }
  WeightFile sparse(descriptor, "sparse", size);
  for (int i = 0; i != 50; ++i) {
    uint64_t first = i == 0 ? 0 : uint64_t(pick(0, size)), last = i == 0 ? size : uint64_t(pick(int64_t(first), size));
    std::vector<char> part(last - first, 'x');
    ASSERT_FALSE(bool(sparse.read(first, part)));
    EXPECT_TRUE(std::equal(part.begin(), part.end(), expected.begin() + ptrdiff_t(first)));
  }
}

TEST_F(WeightReaderTest, SaysWhatIsMissing) {
  std::string key = add(WeightSource::Kind::Owned, type("4x6xf32"));
  WeightOp op = weight(key, {ScaleStepAttr::get(&context, 0, "nowhere")});
  llvm::Expected<WeightReader> reader = WeightReader::create(op, store, tables);
  ASSERT_FALSE(bool(reader));
  EXPECT_EQ(llvm::toString(reader.takeError()),
            "weight 'weight0': scale 'nowhere' is not in the store, but a vector of 4 is needed");
}

// The image: weights at their places, zeros between, mapped ones left out, errors by place.
TEST_F(WeightReaderTest, ImageCoversEveryByteOnce) {
  std::vector<std::string> keys;
  for (const char *shape : {"5xf32", "1024x2100xf32", "7xi8", "1500x1500xf32", "3xf64", "1024x2048xf32"})
    keys.push_back(add(WeightSource::Kind::FileRange, type(shape)));
  std::string aligned = add(WeightSource::Kind::FileRange, type("300000xf32"));
  WeightSource moved = *store.find(aligned);
  moved.offset = 128;
  moved.type = type("299900xf32");
  aligned = store.add("aligned", moved);
  weight(keys[0], {});
  weight(keys[1], {PackStepAttr::get(&context, 1, 64)});
  weight(keys[2], {});
  weight(aligned, {});
  weight(keys[3], {TransposeStepAttr::get(&context, {1, 0})});
  weight(keys[4], {});
  weight(keys[5], {});
  weight(keys[5], {});
  for (bool maps : {false, true}) {
    WeightImage image(*module, store, maps);
    EXPECT_EQ(image.items().size(), 7u);
    EXPECT_GT(image.size(), WeightImage::kPiece);
    std::vector<char> bytes(image.size(), 'x');
    std::mutex mutex;
    uint64_t total = 0;
    ASSERT_FALSE(bool(image.write([&](uint64_t offset, ArrayRef<char> piece) {
      std::scoped_lock lock(mutex);
      total += piece.size();
      std::memcpy(bytes.data() + offset, piece.data(), piece.size());
      return llvm::Error::success();
    })));
    int mapped = 0;
    for (const WeightImage::Item &item : image.items()) {
      mapped += item.mapped.has_value();
      EXPECT_EQ(item.offset % 64, 0u);
      if (item.mapped) {
        EXPECT_EQ(item.offset % 4096, item.mapped->offset % 4096);
        EXPECT_EQ(bytes[item.offset], 'x');
        continue;
      }
      auto whole = llvm::cantFail(evaluateWeight(item.weight, store));
      EXPECT_TRUE(std::equal(whole.begin(), whole.end(), bytes.begin() + ptrdiff_t(item.offset)));
      uint64_t end = item.offset + item.size;
      for (uint64_t at = end; at % 64 && at < image.size(); ++at)
        EXPECT_EQ(bytes[at], 0);
    }
    EXPECT_EQ(mapped, maps ? 1 : 0);
    if (!maps)
      EXPECT_EQ(total, image.size());
  }
}

} // namespace
} // namespace ingot::test
