// The importer of ONNX is written in the words of frontends/common.
#ifndef INGOT_FRONTENDS_ONNX_COMMON_H
#define INGOT_FRONTENDS_ONNX_COMMON_H

namespace ingot::frontend {}
namespace ingot::onnx {
using namespace frontend;
} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_COMMON_H
