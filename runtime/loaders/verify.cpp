#include "runtime/loaders/verify.h"

#include "runtime/abi/hash.h"
#include "runtime/core/features.h"
#include "runtime/loaders/artifact_state.h"
#include "runtime/loaders/elf_file.h"
#include "runtime/platform/memory.h"
#include "runtime/platform/processor.h"

namespace ingot::rt {
namespace {

class Verifier {
public:
  explicit Verifier(ingot_verify_report &report) : report_(report) {}

  ingot_code run(const char *path) {
    MappedFile file;
    if (!check(mapFile(path, file, &error_)))
      return first_;
    verify(file);
    unmapFile(file);
    return first_;
  }

  ingot_code run(const MappedFile &file) {
    verify(file);
    return first_;
  }

private:
  /// Count and tell a problem; its code is that of the whole if it is the first.
  bool check(ingot_code code) {
    if (code == INGOT_OK)
      return true;
    if (first_ == INGOT_OK)
      first_ = code;
    ++report_.problems;
    if (report_.problem)
      report_.problem(report_.context, error_.message);
    return false;
  }

  void verify(const MappedFile &file) {
    report_.file_bytes = file.size;
    FileTable artifact;
    if (!check(artifact.open(file.data, file.size, ElfUse::Verify, &error_)))
      return;
    const ingot_table_header &header = artifact.table.header();
    report_.arch = header.arch;
    report_.has_file_hash = header.file_size != 0;
    report_.whole_file = header.file_size == file.size;
    code(artifact);
    weights(file, artifact);
    runsHere(artifact.table);
  }

  void code(const FileTable &artifact) {
    for (const ingot_image_range &range : artifact.table.header().image_ranges)
      if (range.size != 0) {
        ++report_.code_ranges;
        report_.code_bytes += range.size;
      }
    check(artifact.checkCode(&error_));
  }

  void weights(const MappedFile &file, const FileTable &artifact) {
    const uint8_t *weights = nullptr;
    if (!check(artifact.checkPlaces(weights, &error_)))
      return;
    if (report_.whole_file)
      check(artifact.checkFile(weights, &error_));
    if (!weights)
      return;
    report_.weight_bytes = artifact.table.header().weights_size;
    report_.weight_blocks = artifact.table.header().weight_hashes.count;
    for (uint32_t block = 0; block < report_.weight_blocks; ++block) {
      check(checkWeightBlock(artifact.table, weights, block, &error_));
      if (file.isMapped && block % 16 == 15) // weights may be larger than the memory
        forgetBefore(file, weights + static_cast<uint64_t>(block) * INGOT_WEIGHT_BLOCK);
    }
  }

  void runsHere(const Table &table) {
    ingot_error reason{};
    ingot_code code = checkArch(table, &reason);
    uint32_t *const chosen = allocateArray<uint32_t>(table.header().kernels.count);
    if (code == INGOT_OK && chosen)
      code = chooseVariants(table, processFeatures(featuresAsked(table)), chosen, &reason);
    releaseArray(chosen);
    report_.runs_here = code == INGOT_OK;
    Message(report_.why_not_here, sizeof report_.why_not_here) << static_cast<const char *>(reason.message);
  }

  ingot_verify_report &report_;
  ingot_error error_{};
  ingot_code first_ = INGOT_OK;
};

} // namespace
} // namespace ingot::rt

static ingot_verify_report emptyLike(const ingot_verify_report &report) {
  ingot_verify_report empty{};
  empty.problem = report.problem;
  empty.context = report.context;
  return empty;
}

ingot_code ingot_verify_file(const char *path, ingot_verify_report *report) {
  *report = emptyLike(*report);
  return ingot::rt::Verifier(*report).run(path);
}

ingot_code ingot_verify_bytes(const uint8_t *data, uint64_t size, ingot_verify_report *report) {
  *report = emptyLike(*report);
  return ingot::rt::Verifier(*report).run(ingot::rt::MappedFile{data, size, /*isMapped=*/false});
}
