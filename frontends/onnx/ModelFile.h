// An ONNX file that is open: its parsed message, and the files that hold its tensors.
#ifndef INGOT_FRONTENDS_ONNX_MODELFILE_H
#define INGOT_FRONTENDS_ONNX_MODELFILE_H

#include "frontends/onnx/onnx.pb.h"
#include "ir/WeightStore.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace ingot::onnx {

class ModelFile {
public:
  static llvm::Expected<std::unique_ptr<ModelFile>> open(llvm::StringRef path);
  ~ModelFile();

  const ModelProto &model() const { return proto; }
  const std::shared_ptr<WeightFile> &file() const { return modelFile; }

  // The file of external data at `location`, a path relative to the model's folder that must stay beneath it, links
  // included.
  llvm::Expected<std::shared_ptr<WeightFile>> external(llvm::StringRef location);
  // Paths of those that were opened, sorted.
  std::vector<std::string> externalPaths() const;

private:
  ModelFile() = default;

  ModelProto proto;
  std::shared_ptr<WeightFile> modelFile;
  int folder = -1; // of the model; -1 until the first external tensor
  std::string folderPath;
  llvm::StringMap<std::shared_ptr<WeightFile>> externals;
};

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_MODELFILE_H
