// A file that holds one ONNX TensorProto, as test suites store inputs and outputs.
#ifndef INGOT_FRONTENDS_ONNX_TENSORFILE_H
#define INGOT_FRONTENDS_ONNX_TENSORFILE_H

#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

struct OnnxTensor {
  std::string name;
  uint32_t dtype = 0; // enum ingot_dtype
  std::vector<int64_t> dims;
  std::vector<char> bytes; // row-major, as in runtime/abi/artifact.h
};

// False with *why ("PATH: ...") where the file is none, or holds an element type that is not numeric.
bool readOnnxTensor(const std::string &path, OnnxTensor &out, std::string *why);

} // namespace ingot

#endif // INGOT_FRONTENDS_ONNX_TENSORFILE_H
