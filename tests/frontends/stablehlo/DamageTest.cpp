// Portable artifacts that are cut, changed or made to exceed a limit: an error that tells the place, or a module; never more.
#include "frontends/stablehlo/Limits.h"
#include "tests/frontends/stablehlo/TreeBuilder.h"

#include "frontends/stablehlo/BytecodeEncoder.h"
#include "frontends/stablehlo/JaxExport.h"
#include "tests/TestPaths.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <random>

namespace ingot::stablehlo {
namespace {

using namespace test;
using namespace bytecode;
using ingot::test::skipReason;
using ingot::test::sourceDir;
using ingot::test::testData;

std::string failureOf(llvm::StringRef bytes) {
  llvm::Expected<std::unique_ptr<Module>> read = readBytes(bytes);
  return read ? "" : llvm::toString(read.takeError());
}

std::string written(const Module &module) {
  llvm::Expected<std::string> bytes = writePortableArtifact(module);
  EXPECT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  return *bytes;
}

// A module with some of everything.
std::string sample() {
  Module module;
  module.name = "sample";
  setAttribute(module.attributes, "mhlo.num_partitions", makeInteger(module, 1, Element::SI32));
  TypeRef type = tensor(module, {2, kDynamic});
  FunctionBuilder builder(module, "main", {type});
  TypeRef bools = tensor(module, {9}, Element::Bool);
  builder.op("stablehlo.constant", {}, {bools}, {{"value", constant(module, bools, std::string(9, '\1'))}});
  Op &reduce = builder.op("stablehlo.reduce", {builder.argument(0), builder.argument(0)}, {type},
                          {{"dimensions", makeIntegers(module, {0})}});
  reduce.location = module.intern(Location{"model.py", 3, 4, "jit(f)/reduce"});
  reduce.regions.push_back(FunctionBuilder::region(module, {type, type}));
  Attribute alias = makeDictionary({{"operand_index", makeInteger(module, 0)},
                                    {"operand_tuple_indices", makeIntegers(module, {})},
                                    {"output_tuple_indices", makeIntegers(module, {})}},
                                   "output_operand_alias");
  Type quantized = *type;
  quantized.quantization = Quantization{Element::SI8, Element::F32, -128, 127, 0, {0.5, 0.25}, {1, 2}};
  quantized.element = Element::SI8;
  builder.op("stablehlo.custom_call", {builder.argument(0)}, {module.intern(quantized)},
             {{"call_target_name", makeString("f")},
              {"backend_config", makeDictionary({{"a", makeFloat(module, 1, Element::F16)}})},
              {"output_operand_aliases", makeArray({alias})}});
  builder.finish();
  return written(module);
}

void tryEach(llvm::StringRef bytes, std::mt19937 &random, unsigned mutations, unsigned &refused) {
  auto tryBytes = [&](llvm::StringRef damaged) {
    std::string failure = failureOf(damaged);
    if (failure.empty())
      return;
    ++refused;
    ASSERT_EQ(failure.find("test: byte "), 0u) << failure;
  };
  for (unsigned i = 0; i < mutations; ++i) {
    std::string damaged = bytes.str();
    for (unsigned changes = 1 + random() % 3; changes; --changes) {
      size_t at = random() % damaged.size();
      switch (random() % 4) {
      case 0:
        damaged[at] = char(random());
        break;
      case 1:
        damaged[at] ^= char(1 << random() % 8);
        break;
      case 2:
        damaged.erase(at, 1 + random() % 4);
        break;
      case 3:
        damaged.insert(at, 1 + random() % 4, char(random() % 2 ? 0 : random()));
        break;
      }
      if (damaged.empty())
        damaged = "M";
    }
    tryBytes(damaged);
  }
}

TEST(Damage, CutAtEveryByte) {
  std::string bytes = sample();
  ASSERT_EQ(failureOf(bytes), "");
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string failure = failureOf(llvm::StringRef(bytes).take_front(size));
    EXPECT_EQ(failure.find("test: byte "), 0u) << size << ": " << failure;
  }
}

TEST(Damage, ChangedBytes) {
  std::mt19937 random(1);
  unsigned refused = 0;
  tryEach(sample(), random, 20000, refused);
  EXPECT_GT(refused, 10000u);
}

TEST(Damage, ChangedBytesOfOthers) {
  std::string folder = testData("jax-export");
  if (folder.empty())
    GTEST_SKIP() << skipReason;
  std::vector<std::string> paths;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".mlirbc" && entry.file_size() < 6000)
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::mt19937 random(2);
  unsigned refused = 0;
  for (const std::string &path : paths)
    tryEach(llvm::cantFail(llvm::errorOrToExpected(llvm::MemoryBuffer::getFile(path, false, false)))->getBuffer(), random,
            100, refused);
  EXPECT_GT(refused, 1000u);
}

// What fuzzing has found (tools/dev/fuzz), kept.
TEST(Damage, Crashers) {
  for (const auto &entry : std::filesystem::directory_iterator(sourceDir() + "/tests/frontends/stablehlo/crashers")) {
    auto file = llvm::MemoryBuffer::getFile(entry.path().string(), /*IsText=*/false, /*RequiresNullTerminator=*/false);
    ASSERT_TRUE(bool(file));
    // Its arrays, each of the one before twice, have 2^28 elements.
    if (entry.path().filename() == "shared-parts.mlirbc")
      EXPECT_EQ(failureOf((*file)->getBuffer()), "test: byte 233: the module takes more than 64 MiB beside its constants");
    else if (entry.path().extension() == ".mlirbc")
      EXPECT_EQ(failureOf((*file)->getBuffer()).find("test: byte "), 0u) << entry.path();
    else if (entry.path().extension() == ".jax_exported")
      llvm::consumeError(readJaxExport((*file)->getBuffer(), "test").takeError());
    else
      ADD_FAILURE() << entry.path() << ": of no reader";
  }
}

TEST(Damage, OtherFiles) {
  EXPECT_EQ(failureOf("module {}"), "test: byte 0: no MLIR bytecode: the first bytes are not 4D 4C EF 52");
  std::string bytes = "ML\xEFR";
  appendNumber(bytes, 7);
  EXPECT_EQ(failureOf(bytes), "test: byte 5: version 7 of MLIR's bytecode; read are 0 to 6");
  bytes.back() = 13;
  for (auto [producer, version] :
       {std::pair("StableHLO_v0.8.0", "0.8"), std::pair("StableHLO_v1.22.5", "1.22"), std::pair("StableHLO_v2.0.0", "2.0")})
    EXPECT_EQ(failureOf(bytes + producer + std::string(1, '\0')),
              std::string("test: byte 5: a portable artifact of version ") + version + " of VHLO; read are 0.9 to 1.21");
  EXPECT_EQ(failureOf(bytes + "StableHLO_vx" + std::string(1, '\0')),
            "test: byte 5: the producer 'StableHLO_vx' tells no version");
  EXPECT_EQ(failureOf(bytes + "none" + std::string(1, '\0')), "test: byte 10: there is no section of strings");
}

// What MLIR writes of StableHLO's own dialect.
TEST(Damage, NoPortableArtifact) {
  std::string bytes = sample();
  size_t name = bytes.rfind(std::string("vhlo\0", 5));
  ASSERT_NE(name, std::string::npos);
  bytes.replace(name, 4, "func");
  EXPECT_NE(failureOf(bytes).find(": an op of the dialect 'func' itself: the file is no portable artifact"),
            std::string::npos)
      << failureOf(bytes);
}

TEST(Damage, RegionsInsideEachOther) {
  for (unsigned depth : {kMaxRegionDepth - 2, kMaxRegionDepth - 1}) {
    Module module;
    TypeRef type = tensor(module, {2});
    Region region = FunctionBuilder::region(module, {type});
    // A module and a function are one each.
    for (unsigned i = 1; i < depth; ++i) {
      Region outer = FunctionBuilder::region(module, {type});
      Op loop;
      loop.name = "stablehlo.while";
      loop.location = module.intern(Location());
      loop.regions.push_back(std::move(region));
      outer.blocks[0].ops.insert(outer.blocks[0].ops.begin(), std::move(loop));
      region = std::move(outer);
    }
    FunctionBuilder builder(module, "main", {type});
    builder.op("stablehlo.while", {}, {}).regions.push_back(std::move(region));
    builder.finish();
    std::string failure = failureOf(written(module));
    if (depth == kMaxRegionDepth - 2)
      EXPECT_EQ(failure, "");
    else
      EXPECT_NE(failure.find("regions are more than 64 inside each other"), std::string::npos) << failure;
  }
}

TEST(Damage, TypesAndAttributesInsideEachOther) {
  for (bool isAttribute : {false, true})
    for (unsigned depth : {kMaxAttributeDepth - 4, kMaxAttributeDepth + 1}) {
      Module module;
      TypeRef type = tensor(module, {2});
      Attribute attribute = makeBool(true);
      for (unsigned i = 0; i < depth; ++i) {
        if (isAttribute)
          attribute = makeArray({attribute});
        else
          type = plain(module, Type::Tuple, {type});
      }
      FunctionBuilder builder(module, "main", {type});
      builder.op("stablehlo.custom_call", {}, {type}, {{"call_target_name", makeString("f")}, {"mhlo.nested", attribute}});
      builder.finish();
      std::string failure = failureOf(written(module));
      if (depth < kMaxAttributeDepth)
        EXPECT_EQ(failure, "");
      else
        EXPECT_NE(failure.find("attributes and types are more than 32 inside each other"), std::string::npos) << failure;
    }
}

TEST(Damage, RanksAndLists) {
  Module module;
  TypeRef type = tensor(module, std::vector<int64_t>(kMaxRank + 1, 1));
  FunctionBuilder builder(module, "main", {type});
  builder.finish();
  EXPECT_NE(failureOf(written(module)).find("65 dims; at most 64 are read"), std::string::npos)
      << failureOf(written(module));

  // A splat says much by little.
  Module list;
  FunctionBuilder other(list, "main", {});
  TypeRef table = tensor(list, {int64_t(kMaxIntegers) + 1}, Element::SI64);
  other.op("stablehlo.transpose", {}, {table}, {{"permutation", constant(list, table, std::string(8, '\0'), true)}});
  other.finish();
  EXPECT_NE(failureOf(written(list)).find("attribute permutation has 1048577 integers; at most 1048576 are read"),
            std::string::npos)
      << failureOf(written(list));
}

} // namespace
} // namespace ingot::stablehlo
