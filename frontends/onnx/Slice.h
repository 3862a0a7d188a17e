// Parts of an ONNX model as models of their own.
#ifndef INGOT_FRONTENDS_ONNX_SLICE_H
#define INGOT_FRONTENDS_ONNX_SLICE_H

#include "frontends/common/ModelSlicer.h"

namespace ingot {

llvm::Expected<std::unique_ptr<ModelSlicer>> openOnnxSlicer(const std::string &path);

} // namespace ingot

#endif // INGOT_FRONTENDS_ONNX_SLICE_H
