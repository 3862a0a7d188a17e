// Parts of an ONNX model as models of their own: some of its nodes, fed with the values the others gave.
#ifndef INGOT_TOOLS_DIAGNOSIS_ONNXSLICE_H
#define INGOT_TOOLS_DIAGNOSIS_ONNXSLICE_H

#include "frontends/onnx/ModelFile.h"
#include "tools/execution/HostTensor.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ingot::diagnosis {

// A model of its own with what to feed it, in its inputs' order.
struct Slice {
  onnx::ModelProto model;
  std::vector<driver::HostTensor> inputs;
  size_t operators() const; // nodes but Constant
};

class OnnxSlicer {
public:
  // `feed`: the tensors of the model's inputs, by name.
  static llvm::Expected<std::unique_ptr<OnnxSlicer>> open(const std::string &path, std::vector<driver::HostTensor> feed);

  // Nodes that compute, by their place in the file; Constant nodes follow those that use them.
  const std::vector<size_t> &nodes() const { return operators; }
  std::string nodeName(size_t node) const;

  // Learns what every node gives, by interpreting the model. Fails where it cannot be imported or interpreted.
  llvm::Error learnValues();

  // The nodes in `chosen` alone. A value that a node outside gives becomes an input; one of few integers, which may decide
  // a shape, a constant. Outputs are what the model or a node outside wants, or nothing uses. Fails where a value is
  // unknown.
  llvm::Expected<Slice> slice(llvm::ArrayRef<size_t> chosen) const;

private:
  OnnxSlicer() = default;
  const onnx::GraphProto &graph() const { return file->model().graph(); }
  llvm::Error addTensor(onnx::GraphProto &to, const onnx::TensorProto &tensor) const;

  std::string path;
  std::unique_ptr<onnx::ModelFile> file;
  std::vector<size_t> operators;
  std::map<std::string, driver::HostTensor> values; // inputs, and after learnValues what nodes give
};

// Fails where the file cannot be written whole.
llvm::Error writeModel(const std::string &path, const onnx::ModelProto &model);

// A tensor as a file stores it.
onnx::TensorProto tensorProtoOf(const driver::HostTensor &tensor);

// Neutral names; floats of weights and inputs replaced by seeded ones of the same mean, deviation and range, and large
// integer tensors by ones of the same range. What decides shapes stays.
void anonymise(Slice &slice, uint64_t seed);

} // namespace ingot::diagnosis

#endif // INGOT_TOOLS_DIAGNOSIS_ONNXSLICE_H
