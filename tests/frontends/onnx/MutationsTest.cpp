// Hostile files: every mutation of a model imports or fails with a message that names the file; none crashes or is our bug.
#include "frontends/onnx/Import.h"
#include "frontends/onnx/WireScanner.h"
#include "tests/TestPaths.h"

#include "gtest/gtest.h"

#include <fstream>
#include <random>
#include <unistd.h>

namespace ingot {
namespace {

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Mutations : public ::testing::Test {
protected:
  void SetUp() override { path = test::binaryDir() + "/mutation-" + std::to_string(getpid()) + ".onnx"; }
  void TearDown() override { unlink(path.c_str()); }

  // Imports `bytes` as a file and returns the error, empty on success.
  std::string importBytes(const std::string &bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    ImportOptions options;
    options.dims = {{"batch", "1..8"}};
    std::string message;
    auto program = importOnnx(context, path, options, [&](llvm::StringRef text) { message = text.str(); });
    EXPECT_EQ(mlir::failed(program), !message.empty());
    if (mlir::failed(program))
      EXPECT_EQ(message.rfind(path + ": ", 0), 0u) << message;
    return message;
  }

  void mutate(const std::string &original, unsigned count, unsigned seed) {
    ASSERT_FALSE(original.empty());
    std::mt19937_64 random(seed);
    unsigned refused = 0;
    for (unsigned i = 0; i != count; ++i) {
      std::string bytes = original;
      switch (i % 4) {
      case 0: // cut off
        bytes.resize(random() % bytes.size());
        break;
      case 1: // some bits flipped, anywhere
        for (unsigned flips = 1 + random() % 8; flips; --flips)
          bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
        break;
      case 2: // bytes replaced, where the structure is dense
        for (unsigned flips = 1 + random() % 4; flips; --flips)
          bytes[random() % std::min<size_t>(bytes.size(), 4096)] = static_cast<char>(random());
        break;
      case 3: { // a piece moved
        size_t from = random() % bytes.size(), size = random() % 64, to = random() % bytes.size();
        bytes.insert(to, bytes.substr(from, size));
        break;
      }
      }
      SCOPED_TRACE("mutation " + std::to_string(i));
      refused += !importBytes(bytes).empty();
    }
    EXPECT_GT(refused, count / 4); // the mutations do reach the checks
  }

  std::string path;
};

TEST_F(Mutations, BundledModel) { mutate(readFile(test::sourceDir() + "/docs/digits/digits.onnx"), 400, 1); }

TEST_F(Mutations, Mnist) {
  std::string model = test::testData("models/onnx/mnist-8.onnx");
  if (model.empty())
    GTEST_SKIP() << test::skipReason;
  std::string bytes = readFile(model);
  mutate(bytes, 200, 2);
}

TEST_F(Mutations, DeepNesting) {
  // node.attribute.g.node.attribute.g ...: each level wraps the last.
  std::string inner;
  auto wrap = [](char tag, const std::string &bytes) {
    std::string out(1, tag);
    for (size_t size = bytes.size();; size >>= 7) {
      out.push_back(static_cast<char>(size < 0x80 ? size : size | 0x80));
      if (size < 0x80)
        break;
    }
    return out + bytes;
  };
  for (int i = 0; i != 400; ++i)
    inner = wrap(0x0a, wrap(0x2a, wrap(0x32, inner)));
  std::string message = importBytes(wrap(0x3a, inner));
  EXPECT_NE(message.find("nested too deeply"), std::string::npos) << message;
}

TEST_F(Mutations, OwnFieldsInTheFileAreIgnored) {
  // An initialiser that claims our range fields must not read the file at its choosing.
  auto message = [](std::initializer_list<std::string> parts) {
    std::string out;
    for (const std::string &part : parts)
      out += part;
    return out;
  };
  auto field = [](char tag, const std::string &bytes) { return std::string{tag, static_cast<char>(bytes.size())} + bytes; };
  std::string tensor = message({std::string("\x08\x10\x10\x01", 4), field(0x42, "w"),
                                std::string("\xc0\x3e\x00\xc8\x3e\x40", 6)}); // dims 16, FLOAT, name, fields 1000 and 1001
  std::string graph = message({field(0x2a, tensor), field(0x62, field(0x0a, "w"))});
  std::string error =
      importBytes(message({std::string("\x08\x08", 2), field(0x3a, graph), field(0x42, std::string("\x10\x0d", 2))}));
  EXPECT_NE(error.find("needs 16 entries, its float_data has 0"), std::string::npos) << error;
}

TEST_F(Mutations, EmptyFileAndFolder) {
  EXPECT_NE(importBytes("").find("the file is empty"), std::string::npos);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  std::string message;
  EXPECT_TRUE(mlir::failed(importOnnx(context, "/", {}, [&](llvm::StringRef text) { message = text.str(); })));
  EXPECT_NE(message.find("not a regular file"), std::string::npos) << message;
}

TEST(StartsLikeOnnx, ByContent) {
  std::string model = readFile(test::sourceDir() + "/docs/digits/digits.onnx");
  EXPECT_TRUE(startsLikeOnnx(llvm::StringRef(model).take_front(4096)));
  EXPECT_FALSE(startsLikeOnnx("garbage"));
  EXPECT_FALSE(startsLikeOnnx(""));
  EXPECT_FALSE(startsLikeOnnx("\x7f"
                              "ELF\x02\x01\x01"));
  EXPECT_FALSE(startsLikeOnnx("module {\n}\n"));
  EXPECT_FALSE(startsLikeOnnx(llvm::StringRef("\x93NUMPY\x01\x00v\x00", 10)));
}

} // namespace
} // namespace ingot
