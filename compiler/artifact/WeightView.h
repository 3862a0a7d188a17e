// A weight's steps as loops over its source, so that any part of its value can be read without the rest.
//
// Nouns
//   factor    one loop: its extent, and how far a step of it moves, forwards or backwards, in each operand.
//   operand   what is read element by element: the source (operand 0), then the vector of each scale step.
//   place     the factors of one dim of the value, outermost first. A reshape leaves dims of several factors.
#ifndef INGOT_COMPILER_ARTIFACT_WEIGHTVIEW_H
#define INGOT_COMPILER_ARTIFACT_WEIGHTVIEW_H

#include "ir/Dialect.h"

#include <optional>
#include <string>

namespace ingot {

struct ViewFactor {
  int64_t extent;
  llvm::SmallVector<int64_t, 2> strides; // elements, one an operand
};

class WeightView {
public:
  // What a step does to elements, in order.
  struct ElementStep {
    mlir::Type convertTo; // or null: multiply
    std::string scale;    // key of the vector, which is the operand `operand`
    unsigned operand = 0;
    int64_t extent = 0; // of the vector
  };

  // The source itself.
  explicit WeightView(mlir::RankedTensorType source);

  // Appends a step whose value is of type `result`. False, and nothing changed, where loops cannot express it: then the
  // view's value has to be written down before the step. That is never so for the first step.
  bool append(mlir::Attribute step, mlir::RankedTensorType result);

  // The value's type so far.
  mlir::RankedTensorType type() const { return valueType; }
  llvm::ArrayRef<ElementStep> elementSteps() const { return steps; }
  // Where the value is a stretch of the source as it is: its first element.
  std::optional<int64_t> stretch() const;

  // The loops over the value in row-major order, as few as possible. Where `padded` is set, the first factor counts panels
  // and the last the places in a panel, of which the `padded` first ones of all panels together are read and the others are
  // zero.
  struct Loops {
    llvm::SmallVector<ViewFactor> factors;
    llvm::SmallVector<int64_t> offsets; // one an operand
    std::optional<int64_t> padded;
  };
  Loops loops() const;

private:
  using Place = llvm::SmallVector<ViewFactor>;

  bool reshape(llvm::ArrayRef<int64_t> shape);
  bool slice(llvm::ArrayRef<int64_t> starts, llvm::ArrayRef<int64_t> limits, llvm::ArrayRef<int64_t> strides);
  void reverse(llvm::ArrayRef<int64_t> dims);
  bool pack(size_t dim, int64_t width);
  void scale(size_t dim, std::string key);

  mlir::RankedTensorType valueType;
  llvm::SmallVector<Place> places;
  llvm::SmallVector<int64_t> offsets;
  llvm::SmallVector<ElementStep> steps;
  std::optional<int64_t> padded;
};

} // namespace ingot

#endif // INGOT_COMPILER_ARTIFACT_WEIGHTVIEW_H
