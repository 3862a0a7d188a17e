// Seeded changes of an ONNX model: each gives a model that a careless exporter, or a hostile hand, might have written.
#ifndef INGOT_FRONTENDS_ONNX_MUTATOR_H
#define INGOT_FRONTENDS_ONNX_MUTATOR_H

#include "frontends/onnx/onnx.pb.h"

#include <random>
#include <string>
#include <vector>

namespace ingot::onnx {

class Mutator {
public:
  // `operators`: names that an op may be replaced by.
  Mutator(uint64_t seed, const std::vector<std::string> &operators) : random(seed), operators(operators) {}

  // Changes one to three things of the model; returns what, as text.
  std::string mutate(ModelProto &model);

  // Less than `bound`, which is positive.
  uint64_t draw(uint64_t bound) { return random() % bound; }

private:
  using Nodes = std::vector<NodeProto *>;

  // Each returns what it did, empty where there is nothing to do it to.
  std::string changeAttribute(ModelProto &model);
  std::string changeShape(ModelProto &model);
  std::string changeType(ModelProto &model);
  std::string retypeAll(ModelProto &model);
  std::string rewire(ModelProto &model);
  std::string changeOperator(ModelProto &model);
  std::string changeOpset(ModelProto &model);
  std::string changeInitializer(ModelProto &model);
  std::string moveInput(ModelProto &model);
  std::string rename(ModelProto &model);
  std::string insertNode(ModelProto &model);

  Nodes nodesOf(GraphProto &graph, unsigned depth = 0);
  int64_t number(int64_t old);
  float real(float old);
  int elementType();
  void changeTensor(TensorProto &tensor);
  void fill(TensorProto &tensor);
  template <typename List> auto &pick(List &list) { return list[static_cast<int>(draw(list.size()))]; }

  std::mt19937_64 random;
  const std::vector<std::string> &operators;
};

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_MUTATOR_H
