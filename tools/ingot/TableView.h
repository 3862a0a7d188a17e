// An artifact's tables as people read them: of a file of any architecture, or of a model compiled here.
#ifndef INGOT_TOOLS_INGOT_TABLEVIEW_H
#define INGOT_TOOLS_INGOT_TABLEVIEW_H

#include "runtime/core/table.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <string>
#include <vector>

namespace ingot::driver {

// The bytes of an artifact's file, aligned to 8; of an archive, those of its object. The error names the file.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readArtifact(const std::string &path);

class TableView {
public:
  // Tables made in this process.
  explicit TableView(llvm::ArrayRef<char> bytes);
  // The section `.ingot` of an ELF file or of an archive's member, validated. The error names the file.
  static llvm::Expected<TableView> ofFile(const std::string &path);

  rt::Table table() const { return rt::Table(reinterpret_cast<const ingot_table_header *>(storage.data())); }
  const ingot_table_header &header() const { return table().header(); }

  // An expression with the sizes by name: "batch*64"; "..." stands for what is too long to read.
  std::string expression(uint32_t expr) const;
  // Its value with every size at its maximum, or INGOT_NO_VALUE.
  int64_t atMaxima(uint32_t expr) const { return maxima[expr]; }
  // "f32[batch,3,224,224]".
  std::string type(uint32_t dtype, uint32_t rank, uint32_t dims) const;
  // The same at the largest sizes that an entry record is for.
  int64_t atMaxima(uint32_t expr, uint32_t record) const;
  // The arena of an entry record at the largest sizes it is for, and the largest of any.
  uint64_t arenaBytes(uint32_t record) const;
  uint64_t arenaBytes() const;
  // "main", or "main (seq in 33..64)" of a specialisation.
  std::string entryText(uint32_t record) const;

private:
  std::string expression(uint32_t expr, int &budget) const;

  std::vector<char> storage;
  std::vector<int64_t> maxima;
};

// Says so where a call takes more memory at the sizes' maxima than this machine has.
void warnOfMemory(const TableView &view);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_TABLEVIEW_H
