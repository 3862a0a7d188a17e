// Containers of jax.export: those that JAX keeps, and what is made of them byte by byte.
#include "frontends/stablehlo/JaxExport.h"

#include "tests/TestPaths.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <random>

namespace ingot::stablehlo {
namespace {

std::shared_ptr<const llvm::MemoryBuffer> open(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  return buffer ? std::shared_ptr<const llvm::MemoryBuffer>(std::move(*buffer)) : nullptr;
}

std::vector<std::string> containers() {
  std::vector<std::string> paths;
  std::string folder = test::testData("jax-export/exported");
  if (!folder.empty())
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".jax_exported")
        paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

const Function *mainOf(const Module &module) {
  for (const Function &function : module.functions)
    if (function.name == "main")
      return &function;
  return nullptr;
}

TEST(JaxExport, ReadsEveryVersion) {
  std::vector<std::string> paths = containers();
  if (paths.empty())
    GTEST_SKIP() << test::skipReason;
  EXPECT_GE(paths.size(), 13u);
  for (const std::string &path : paths) {
    SCOPED_TRACE(path);
    std::shared_ptr<const llvm::MemoryBuffer> file = open(path);
    ASSERT_NE(file, nullptr);
    // The whole file and its beginning, with and without that of the module.
    for (size_t size : {file->getBufferSize(), size_t(1024), size_t(200)})
      EXPECT_TRUE(isJaxExport(file->getBuffer().take_front(size))) << size;
    llvm::Expected<JaxExport> read = readJaxExport(file->getBuffer(), "container");
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_GE(read->callingConvention, 9u);
    EXPECT_FALSE(read->functionName.empty());
    EXPECT_FALSE(read->platforms.empty());
    llvm::Expected<std::unique_ptr<Module>> module = readPortableArtifact(file, "container", read->module);
    ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
    // main takes what the container says it does.
    const Function *main = mainOf(**module);
    ASSERT_NE(main, nullptr);
    size_t before = (read->platforms.size() > 1) + read->orderedEffects.size();
    ASSERT_EQ(main->type->members.size(), before + read->kept.size());
    for (size_t i = 0; i < read->kept.size(); ++i) {
      const JaxValue &value = read->inputs[read->kept[i]];
      TypeRef type = main->type->members[before + i];
      EXPECT_EQ(type->element, value.element);
      ASSERT_EQ(type->dims.size(), value.shape.size());
      for (size_t d = 0; d < type->dims.size(); ++d)
        if (type->dims[d] != kDynamic)
          EXPECT_EQ(std::to_string(type->dims[d]), value.shape[d]);
    }
    EXPECT_EQ(main->type->results.size(), read->orderedEffects.size() + read->results.size());
  }
}

TEST(JaxExport, RefusesWhatIsNone) {
  EXPECT_FALSE(isJaxExport(""));
  EXPECT_FALSE(isJaxExport(llvm::StringRef("\x08\0\0\0\0\0\0\0", 8)));
  EXPECT_FALSE(isJaxExport("module @jit_f attributes {mhlo.num_partitions = 1 : i32} {\n}\n"));
  EXPECT_FALSE(isJaxExport(std::string(4096, '\0')));
  EXPECT_FALSE(isJaxExport(std::string(4096, '\1')));
  llvm::Expected<JaxExport> read = readJaxExport("abc", "file");
  ASSERT_FALSE(bool(read));
  EXPECT_EQ(llvm::toString(read.takeError()), "file: byte 0: a value in a FlatBuffer of 3 bytes");
  read = readJaxExport(llvm::StringRef("\xFF\0\0\0", 4), "file");
  ASSERT_FALSE(bool(read));
  EXPECT_EQ(llvm::toString(read.takeError()), "file: byte 0: an offset of 255 in a FlatBuffer of 4 bytes");
}

// Cut anywhere, and with bytes changed: an error or a container whose module lies in the file.
TEST(JaxExport, SurvivesDamage) {
  std::vector<std::string> paths = containers();
  if (paths.empty())
    GTEST_SKIP() << test::skipReason;
  std::mt19937 random(1);
  unsigned refused = 0;
  for (const std::string &path : paths) {
    std::shared_ptr<const llvm::MemoryBuffer> file = open(path);
    llvm::StringRef bytes = file->getBuffer();
    auto tryBytes = [&](llvm::StringRef damaged) {
      llvm::Expected<JaxExport> read = readJaxExport(damaged, "file");
      if (!read) {
        EXPECT_EQ(llvm::toString(read.takeError()).find("file: byte "), 0u);
        ++refused;
        return;
      }
      EXPECT_LE(read->module.offset + read->module.length, damaged.size());
    };
    for (size_t size = 0; size < bytes.size(); size += 7)
      tryBytes(bytes.take_front(size));
    for (unsigned i = 0; i < 2000; ++i) {
      std::string damaged = bytes.str();
      for (unsigned changes = 1 + random() % 4; changes; --changes)
        damaged[random() % damaged.size()] = char(random() % 3 ? random() : 0xFF);
      tryBytes(damaged);
    }
  }
  EXPECT_GT(refused, 1000u);
}

} // namespace
} // namespace ingot::stablehlo
