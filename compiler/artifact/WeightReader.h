// Reads any stretch of a weight's value from its source. However large the weight is, a read needs a few times the memory of
// what it returns. The value is that of evaluateWeight (ir/WeightStore.h), bit by bit.
#ifndef INGOT_COMPILER_ARTIFACT_WEIGHTREADER_H
#define INGOT_COMPILER_ARTIFACT_WEIGHTREADER_H

#include "compiler/artifact/StridedCopy.h"
#include "compiler/artifact/WeightView.h"
#include "ir/WeightStore.h"
#include "llvm/ADT/DenseMap.h"

#include <memory>

namespace ingot {

// What converting does to every pattern of the bytes of a narrow element type; shared by the weights it serves.
class ConversionTables {
public:
  // The table from `from`, of 1 or 2 bytes, to `to`: the results' bytes in the order of the patterns.
  std::shared_ptr<const std::vector<char>> get(mlir::Type from, mlir::Type to);

private:
  llvm::DenseMap<std::pair<mlir::Type, mlir::Type>, std::shared_ptr<const std::vector<char>>> tables;
};

class WeightReader {
public:
  // Plans the reading. Steps that loops over the source cannot express read the value before them from a temporary file,
  // which is written here. `store` must outlive the reader.
  static llvm::Expected<WeightReader> create(WeightOp weight, const WeightStore &store, ConversionTables &tables);

  // The bytes of the value from `offset` on. Both are multiples of the element's bytes and within the value. Thread-safe.
  llvm::Error read(uint64_t offset, llvm::MutableArrayRef<char> out) const;

  // Where a weight's value lies in a file as it is, if it does.
  struct FileStretch {
    std::shared_ptr<WeightFile> file;
    uint64_t offset;
  };
  static std::optional<FileStretch> findStretch(WeightOp weight, const WeightStore &store);

private:
  // One of WeightView's element steps, ready to be applied.
  struct Step {
    mlir::Type from, to;
    std::shared_ptr<const std::vector<char>> table; // of a conversion, if it is one by table
    unsigned operand = 0;                           // of a scale
    std::vector<char> vector; // its elements in the native type of the value class (ir/reference/Elements.h)
  };
  explicit WeightReader(WeightView view) : view(std::move(view)) {}
  llvm::Error prepare(const WeightStore &store, ConversionTables &tables, llvm::StringRef name);
  llvm::Error loadVector(const WeightStore &store, const WeightView::ElementStep &element, Step &step);
  llvm::Error writeDown();

  mlir::RankedTensorType type() const { return packed ? packed : view.type(); }
  llvm::Error readPacked(uint64_t offset, llvm::MutableArrayRef<char> out) const;
  // As WeightView::append, and where the elements so far become bytes.
  bool append(mlir::Attribute step, mlir::RankedTensorType type);

  using Dims = llvm::ArrayRef<int64_t>; // one number a loop
  llvm::Error readElements(int64_t first, int64_t count, char *out) const;
  llvm::Error readBox(Dims begin, Dims box, Dims outStrides, char *out) const;
  llvm::Error gather(Dims begin, Dims box, Dims outStrides, char *out) const;
  llvm::Error gatherFromFile(int64_t base, llvm::SmallVector<CopyLoop> copy, char *out) const;
  void applySteps(Dims begin, Dims box, const char *in, char *out) const;
  void multiply(const Step &step, Dims begin, Dims box, int64_t first, int64_t count, char *values) const;

  WeightView view;
  mlir::RankedTensorType packed; // the bytes that the view's value is packed into (#ingot.pack_bits), or null
  const WeightSource *source = nullptr;
  std::shared_ptr<WeightSource> own; // the source, where it was written down here
  WeightView::Loops loops;
  std::vector<Step> steps;
};

} // namespace ingot

#endif // INGOT_COMPILER_ARTIFACT_WEIGHTREADER_H
