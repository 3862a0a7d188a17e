// Seeded changes of an ONNX model: each gives a model that a careless exporter, or a hostile hand, might have written.
#ifndef INGOT_TOOLS_MUTATION_MUTATOR_H
#define INGOT_TOOLS_MUTATION_MUTATOR_H

#include "frontends/onnx/onnx.pb.h"

#include <random>
#include <string>
#include <vector>

namespace ingot::mutation {

class Mutator {
public:
  // `operators`: names that an op may be replaced by.
  Mutator(uint64_t seed, const std::vector<std::string> &operators) : random(seed), operators(operators) {}

  // Changes one to three things of the model; returns what, as text.
  std::string mutate(onnx::ModelProto &model);

  // Less than `bound`, which is positive.
  uint64_t draw(uint64_t bound) { return random() % bound; }

private:
  using Nodes = std::vector<onnx::NodeProto *>;

  // Each returns what it did, empty where there is nothing to do it to.
  std::string changeAttribute(onnx::ModelProto &model);
  std::string changeShape(onnx::ModelProto &model);
  std::string changeType(onnx::ModelProto &model);
  std::string retypeAll(onnx::ModelProto &model);
  std::string rewire(onnx::ModelProto &model);
  std::string changeOperator(onnx::ModelProto &model);
  std::string changeOpset(onnx::ModelProto &model);
  std::string changeInitializer(onnx::ModelProto &model);
  std::string moveInput(onnx::ModelProto &model);
  std::string rename(onnx::ModelProto &model);
  std::string insertNode(onnx::ModelProto &model);

  Nodes nodesOf(onnx::GraphProto &graph, unsigned depth = 0);
  int64_t number(int64_t old);
  float real(float old);
  int elementType();
  void changeTensor(onnx::TensorProto &tensor);
  void fill(onnx::TensorProto &tensor);
  template <typename List> auto &pick(List &list) { return list[static_cast<int>(draw(list.size()))]; }

  std::mt19937_64 random;
  const std::vector<std::string> &operators;
};

} // namespace ingot::mutation

#endif // INGOT_TOOLS_MUTATION_MUTATOR_H
