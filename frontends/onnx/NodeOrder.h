// The order in which a graph's nodes run.
#ifndef INGOT_FRONTENDS_ONNX_NODEORDER_H
#define INGOT_FRONTENDS_ONNX_NODEORDER_H

#include "frontends/onnx/onnx.pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace ingot::onnx {

// The name a message uses for a node: its own, or that of its first output.
std::string nameOf(const NodeProto &node);

// The nodes that `outputs` depend on, each after those it reads from; in file order where that allows. `isDefined` tells
// which names stand for inputs and initialisers. Fails on a name defined twice or never, and on a cycle, naming tensors and
// nodes.
llvm::Expected<std::vector<const NodeProto *>> orderNodes(const google::protobuf::RepeatedPtrField<NodeProto> &nodes,
                                                          llvm::function_ref<bool(llvm::StringRef)> isDefined,
                                                          llvm::ArrayRef<std::string> outputs);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_NODEORDER_H
