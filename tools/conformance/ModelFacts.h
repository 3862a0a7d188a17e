// What a model file says of itself that decides whether a case can be compared.
#ifndef INGOT_TOOLS_CONFORMANCE_MODELFACTS_H
#define INGOT_TOOLS_CONFORMANCE_MODELFACTS_H

#include "frontends/onnx/ModelFile.h"

#include <optional>
#include <string>
#include <vector>

namespace ingot::conformance {

struct ModelFacts {
  std::vector<std::string> ops, missing;    // sorted, once each; `missing`: those the importer does not know at their opset
  std::vector<std::string> inputs, outputs; // names; inputs without those that an initialiser gives
  // The first input or output that no caller can pass: what is said of it, "input 'x' is a sequence", and its type as
  // tools/conformance/refusals.txt names it. Empty where there is none.
  std::string oddValue, oddType;
  std::vector<std::string> randomNodes; // nodes whose results are drawn: "RandomNormal (node 'noise')"
  // Dropout nodes that may run in training mode, with the names of their ratio and mode operands (empty: absent).
  struct Dropout {
    std::string node, ratio, mode;
  };
  std::vector<Dropout> dropouts;
};

ModelFacts factsOf(const onnx::ModelProto &model);

// The value of an initialiser or Constant of one element, by its name in the main graph.
std::optional<double> constantScalar(onnx::ModelFile &file, const std::string &name);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_MODELFACTS_H
