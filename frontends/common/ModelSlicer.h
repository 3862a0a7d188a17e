// Parts of a model's file as models of their own, in the model's own format: some of its nodes, fed with the values the others
// gave. What shrinks a failing model asks for them, also of a model that cannot be imported.
#ifndef INGOT_FRONTENDS_COMMON_MODELSLICER_H
#define INGOT_FRONTENDS_COMMON_MODELSLICER_H

#include "frontends/common/StoredTensor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>

namespace ingot {

// A model of its own.
class ModelPart {
public:
  virtual ~ModelPart();
  virtual std::unique_ptr<ModelPart> clone() const = 0;
  // Writes its files: `write` is given the end of each name (that of the model itself comes first) and what prints it.
  using WriteFile = llvm::function_ref<llvm::Error(llvm::StringRef suffix, llvm::function_ref<void(llvm::raw_ostream &)>)>;
  virtual llvm::Error write(WriteFile write) const = 0;
  // What its nodes are called, in order, constants left out: "Conv".
  virtual std::vector<std::string> operators() const = 0;
  // Visits every weight and constant, which may get other elements.
  virtual void changeWeights(llvm::function_ref<void(StoredTensor &)> change) = 0;
  // Gives all that has a name one that says nothing, the inputs too.
  virtual void rename() = 0;
  // A tensor as the format has files of them; empty where it has none.
  virtual std::string tensorFile(const StoredTensor &tensor) const { return ""; }

  std::vector<StoredTensor> inputs; // what to feed it, in its inputs' order
};

class ModelSlicer {
public:
  virtual ~ModelSlicer();
  // Nodes that compute, constants left out, in an order in which they can be executed where the model has one.
  virtual llvm::ArrayRef<size_t> nodes() const = 0;
  virtual std::string nodeName(size_t node) const = 0;
  // The nodes in `chosen` alone. A value that a node outside gives becomes an input; outputs are what the model or a node
  // outside wants, or nothing uses; with `everyValue`, every value of theirs, by its name. Fails where a value is unknown.
  virtual llvm::Expected<std::unique_ptr<ModelPart>> slice(llvm::ArrayRef<size_t> chosen, bool everyValue = false) const = 0;
  // States the value of one of the names: of an input, or of what a node gives.
  virtual void learn(StoredTensor value) = 0;
  // The model's inputs as the file declares them, without elements; dims that it leaves open are -1.
  virtual std::vector<StoredTensor> inputs() const = 0;
};

} // namespace ingot

#endif // INGOT_FRONTENDS_COMMON_MODELSLICER_H
