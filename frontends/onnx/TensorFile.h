// A file that holds one ONNX TensorProto, as test suites store inputs and outputs.
#ifndef INGOT_FRONTENDS_ONNX_TENSORFILE_H
#define INGOT_FRONTENDS_ONNX_TENSORFILE_H

#include "frontends/common/Frontend.h"

namespace ingot {

// As Frontend::readTensor.
bool readOnnxTensor(const std::string &path, StoredTensor &out, std::string *why);

} // namespace ingot

#endif // INGOT_FRONTENDS_ONNX_TENSORFILE_H
