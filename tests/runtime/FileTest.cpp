// Shared libraries and objects on disk: loading, verifying, and every way to spoil them.
#include <elf.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/loaders/verify.h"
#include "tests/runtime/Loaded.h"
#include "tests/runtime/Samples.h"

using namespace ingot::test;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes readFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

/// A file in a folder of its own, gone at the end.
class ScratchFile {
public:
  explicit ScratchFile(const Bytes &bytes) {
    std::string folder = (std::filesystem::temp_directory_path() / "ingot-file-test-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    write(bytes);
  }
  ~ScratchFile() { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/sample.so"; }
  std::string folder() const { return folder_; }
  void write(const Bytes &bytes) const {
    std::ofstream out(path(), std::ios::binary);
    out.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  void put(size_t at, uint8_t byte) const {
    std::fstream io(path(), std::ios::binary | std::ios::in | std::ios::out);
    io.seekp(static_cast<std::streamoff>(at));
    io.put(static_cast<char>(byte));
  }

private:
  std::string folder_;
};

struct Section {
  uint64_t offset = 0, size = 0;
};

Section findSection(const Bytes &file, const std::string &name) {
  const Elf64_Ehdr *elf = reinterpret_cast<const Elf64_Ehdr *>(file.data());
  const Elf64_Shdr *sections = reinterpret_cast<const Elf64_Shdr *>(file.data() + elf->e_shoff);
  const char *names = reinterpret_cast<const char *>(file.data() + sections[elf->e_shstrndx].sh_offset);
  for (int i = 0; i < elf->e_shnum; ++i)
    if (name == names + sections[i].sh_name)
      return {sections[i].sh_offset, sections[i].sh_size};
  ADD_FAILURE() << "no section " << name;
  return {};
}

ingot_table_header *headerOf(Bytes &file) {
  return reinterpret_cast<ingot_table_header *>(file.data() + findSection(file, ".ingot").offset);
}

std::string problems;
ingot_code verify(const std::string &path, ingot_verify_report &report) {
  problems.clear();
  report = {};
  report.problem = [](void *, const char *message) { problems += std::string(message) + "\n"; };
  return ingot_verify_file(path.c_str(), &report);
}

std::string loadRefusal(const std::string &path, ingot_code code) {
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_file(path.c_str(), &error);
  EXPECT_EQ(artifact, nullptr);
  EXPECT_EQ(error.code, code) << error.message;
  EXPECT_NE(std::string(error.message).find(path), std::string::npos) << error.message;
  ingot_unload(artifact);
  return error.message;
}

void loadAndRun(const std::string &path) {
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_file(path.c_str(), &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  ingot_session *const session = ingot_session_create(artifact, "main", nullptr, &error);
  ASSERT_NE(session, nullptr) << error.message;
  std::vector<float> x = sampleRows(9), y(9);
  const ingot_buffer in = floats(x, {9, sampleColumns});
  ingot_buffer out = floats(y, {9});
  EXPECT_EQ(ingot_run(session, &in, 1, &out, 1, &error), INGOT_OK) << error.message;
  EXPECT_EQ(y, expectedRowSums(x));
  EXPECT_EQ(ingot_verify_weights(artifact, &error), INGOT_OK) << error.message;
  ingot_session_destroy(session);
  ingot_unload(artifact);
}

TEST(File, LoadsAndRuns) { loadAndRun(SAMPLE_LIBRARY); }

// Made by the compiler of ABI version 3: y = x + total, where the state total adds up all x.
TEST(File, OfTheOldestVersion) {
  ASSERT_EQ(INGOT_ABI_OLDEST, 3u);
#if defined(__x86_64__)
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_file(OLDEST_LIBRARY, &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  ingot_session *const session = ingot_session_create(artifact, nullptr, nullptr, &error);
  ASSERT_NE(session, nullptr) << error.message;
  std::vector<float> x = {1, 2, 3}, y(3);
  const ingot_buffer in = floats(x, {3});
  for (float total : {6, 12}) {
    ingot_buffer out = floats(y, {3});
    ASSERT_EQ(ingot_run(session, &in, 1, &out, 1, &error), INGOT_OK) << error.message;
    EXPECT_EQ(y, (std::vector<float>{1 + total, 2 + total, 3 + total}));
  }
  ingot_session_destroy(session);
  ingot_unload(artifact);
  ingot_verify_report report;
  EXPECT_EQ(verify(OLDEST_LIBRARY, report), INGOT_OK);
#else
  EXPECT_NE(loadRefusal(OLDEST_LIBRARY, INGOT_INCOMPATIBLE).find("x86-64"), std::string::npos);
#endif
}

// Version 4 had no sizes of data; its entry points and states are as they were.
TEST(File, OfTheFormerVersion) {
  ASSERT_EQ(INGOT_ABI_VERSION, 5u);
#if defined(__x86_64__)
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_file(FORMER_LIBRARY, &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  ingot_size_info size;
  ASSERT_EQ(ingot_artifact_size(artifact, 0, &size), INGOT_OK);
  EXPECT_STREQ(size.name, "n");
  EXPECT_FALSE(size.is_data);
  ingot_session *const session = ingot_session_create(artifact, "init", nullptr, &error);
  ASSERT_NE(session, nullptr) << error.message;
  std::vector<float> x = {1, 2, 3}, total(3);
  const ingot_buffer in = floats(x, {3});
  ASSERT_EQ(ingot_run(session, &in, 1, nullptr, 0, &error), INGOT_OK) << error.message;
  ASSERT_EQ(ingot_session_select(session, "step", &error), INGOT_OK) << error.message;
  ASSERT_EQ(ingot_run(session, &in, 1, nullptr, 0, &error), INGOT_OK) << error.message;
  ASSERT_EQ(ingot_session_select(session, "get", &error), INGOT_OK) << error.message;
  ingot_buffer out = floats(total, {3});
  ASSERT_EQ(ingot_run(session, &in, 1, &out, 1, &error), INGOT_OK) << error.message;
  EXPECT_EQ(total, (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(out.bounded_dims, 0u);
  ingot_session_destroy(session);
  ingot_unload(artifact);
  ingot_verify_report report;
  EXPECT_EQ(verify(FORMER_LIBRARY, report), INGOT_OK);
#else
  EXPECT_NE(loadRefusal(FORMER_LIBRARY, INGOT_INCOMPATIBLE).find("x86-64"), std::string::npos);
#endif
}

TEST(File, LoadsByANameWithoutASlash) {
  const ScratchFile file(readFile(SAMPLE_LIBRARY));
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(file.folder());
  loadAndRun("sample.so");
  std::filesystem::current_path(before);
}

TEST(File, Absent) {
  EXPECT_NE(loadRefusal("/nowhere/m.so", INGOT_NOT_FOUND).find("No such file"), std::string::npos);
  EXPECT_NE(loadRefusal("/", INGOT_IO).find("not a regular file"), std::string::npos);
  const ScratchFile empty({});
  EXPECT_NE(loadRefusal(empty.path(), INGOT_CORRUPT).find("not an ELF file"), std::string::npos);
  ingot_verify_report report;
  EXPECT_EQ(verify("/nowhere/m.so", report), INGOT_NOT_FOUND);
}

TEST(File, Verifies) {
  ingot_verify_report report;
  EXPECT_EQ(verify(SAMPLE_LIBRARY, report), INGOT_OK) << problems;
  EXPECT_TRUE(report.whole_file);
  EXPECT_TRUE(report.has_file_hash);
  EXPECT_TRUE(report.runs_here) << report.why_not_here;
  EXPECT_EQ(report.code_ranges, 1u);
  EXPECT_EQ(report.weight_blocks, 1u);
  EXPECT_EQ(report.weight_bytes, 64u);
  EXPECT_EQ(report.problems, 0u);
}

TEST(File, VerifiesObjectsOfAnyArchitecture) {
  for (const std::string path : {SAMPLE_OBJECT, FOREIGN_OBJECT}) {
    if (path.empty())
      GTEST_SKIP() << "no clang for objects of another architecture";
    ingot_verify_report report;
    EXPECT_EQ(verify(path, report), INGOT_OK) << problems;
    EXPECT_TRUE(report.whole_file);
    EXPECT_EQ(report.weight_blocks, 1u);
    EXPECT_EQ(report.runs_here, path == SAMPLE_OBJECT) << report.why_not_here;
    Bytes bytes = readFile(path);
    bytes[findSection(bytes, ".text").offset + 3] ^= 1;
    bytes[findSection(bytes, ".ingot.weights").offset + 3] ^= 1;
    const ScratchFile spoilt(bytes);
    EXPECT_EQ(verify(spoilt.path(), report), INGOT_CORRUPT);
    EXPECT_EQ(report.problems, 2u) << problems;
  }
  EXPECT_NE(loadRefusal(SAMPLE_OBJECT, INGOT_INVALID).find("an object file has to be linked first"), std::string::npos);
}

TEST(File, AnyFlippedBitIsFoundAndRefused) {
  const Bytes original = readFile(SAMPLE_LIBRARY);
  const ScratchFile file(original);
  const Section table = findSection(original, ".ingot");
  for (size_t at = 0; at < original.size(); ++at) {
    const bool inHeaders = at < 1024 || (at >= table.offset && at < table.offset + sizeof(ingot_table_header));
    for (int bit = inHeaders ? 0 : static_cast<int>(at % 8); bit < (inHeaders ? 8 : static_cast<int>(at % 8) + 1); ++bit) {
      file.put(at, static_cast<uint8_t>(original[at] ^ 1 << bit));
      ingot_verify_report report;
      EXPECT_NE(verify(file.path(), report), INGOT_OK) << "byte " << at << " bit " << bit;
      EXPECT_NE(problems, "");
      ingot_error error{};
      ingot_artifact *const artifact = ingot_load_file(file.path().c_str(), &error);
      EXPECT_EQ(artifact, nullptr) << "byte " << at << " bit " << bit;
      ingot_unload(artifact);
    }
    file.put(at, original[at]);
  }
  ingot_verify_report report;
  EXPECT_EQ(verify(file.path(), report), INGOT_OK) << problems;
}

TEST(File, AnyLengthThatIsCutOffIsRefused) {
  const Bytes original = readFile(SAMPLE_LIBRARY);
  const ScratchFile file(original);
  for (size_t size = original.size(); size-- > 0; size -= std::min<size_t>(size, size % 64)) {
    ASSERT_EQ(truncate(file.path().c_str(), static_cast<off_t>(size)), 0);
    loadRefusal(file.path(), INGOT_CORRUPT);
    ingot_verify_report report;
    EXPECT_EQ(verify(file.path(), report), INGOT_CORRUPT);
  }
}

TEST(File, StrippedFilesKeepTheirOtherHashes) {
  const ScratchFile file(readFile(SAMPLE_LIBRARY));
  ASSERT_EQ(system((std::string(STRIP) + " " + file.path()).c_str()), 0);
  loadAndRun(file.path());
  ingot_verify_report report;
  EXPECT_EQ(verify(file.path(), report), INGOT_OK) << problems;
  EXPECT_FALSE(report.whole_file);
  EXPECT_TRUE(report.has_file_hash);
  const Bytes stripped = readFile(file.path());
  for (const char *name : {".ingot", ".ingot.weights", ".text"}) {
    const Section section = findSection(stripped, name);
    for (size_t at = section.offset; at < section.offset + section.size; ++at) {
      file.put(at, static_cast<uint8_t>(stripped[at] ^ 1 << at % 8));
      EXPECT_NE(verify(file.path(), report), INGOT_OK) << name << " + " << at - section.offset;
      file.put(at, stripped[at]);
    }
  }
}

void seal(Bytes &bytes) {
  ingot_seal_file(bytes.data(), bytes.size(), findSection(bytes, ".ingot").offset,
                  {findSection(bytes, ".ingot.weights").offset, headerOf(bytes)->weights_size});
}

TEST(File, OtherVersionsAndArchitectures) {
  const Bytes original = readFile(SAMPLE_LIBRARY);
  Bytes bytes = original;
  headerOf(bytes)->abi_version = 7;
  seal(bytes);
  const ScratchFile file(bytes);
  EXPECT_NE(loadRefusal(file.path(), INGOT_INCOMPATIBLE).find("artifact has ABI version 7, this runtime reads 3"),
            std::string::npos);
  ingot_verify_report report;
  EXPECT_EQ(verify(file.path(), report), INGOT_INCOMPATIBLE);

  bytes = original;
  Elf64_Ehdr *const elf = reinterpret_cast<Elf64_Ehdr *>(bytes.data());
  const bool isX86 = elf->e_machine == EM_X86_64;
  elf->e_machine = isX86 ? EM_AARCH64 : EM_X86_64;
  headerOf(bytes)->arch = isX86 ? INGOT_ARCH_AARCH64 : INGOT_ARCH_X86_64;
  seal(bytes);
  file.write(bytes);
  EXPECT_NE(loadRefusal(file.path(), INGOT_INCOMPATIBLE).find(isX86 ? "artifact is for aarch64" : "artifact is for x86_64"),
            std::string::npos);
  EXPECT_EQ(verify(file.path(), report), INGOT_OK) << problems;
  EXPECT_FALSE(report.runs_here);
}

TEST(File, NoArtifact) {
  EXPECT_NE(loadRefusal(RUNTIME_LIBRARY, INGOT_INVALID).find("not an artifact: it has no section .ingot"),
            std::string::npos);
  const ScratchFile text(Bytes(100, 'x'));
  EXPECT_NE(loadRefusal(text.path(), INGOT_CORRUPT).find("not an ELF file"), std::string::npos);
}

} // namespace
