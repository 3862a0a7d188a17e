// What a model's file says of itself, whether it can be imported or not.
#ifndef INGOT_FRONTENDS_COMMON_MODELFACTS_H
#define INGOT_FRONTENDS_COMMON_MODELFACTS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

struct ModelFacts {
  struct Dim {
    int64_t value = -1; // -1: open
    std::string name;   // of an open one that has a name
  };
  struct Input {
    std::string name;
    bool hasDefault = false;
    uint32_t dtype = 0;    // enum ingot_dtype; 0: none that a caller can pass
    bool hasShape = false; // else its rank is open
    std::vector<Dim> dims;
  };

  std::vector<std::string> ops, missing; // sorted, once each; `missing`: those the importer does not know at their version
  std::vector<Input> declared;           // all inputs, in the file's order
  bool keepsDefaults = false;            // whether inputs with a default stay inputs
  std::vector<std::string> inputs, outputs; // names; inputs without those that have a default
  // The first input or output that no caller can pass: what is said of it, "input 'x' is a sequence", and its type as
  // tools/conformance/refusals.txt names it. Empty where there is none.
  std::string oddValue, oddType;
  std::vector<std::string> randomNodes; // nodes whose results are drawn: "RandomNormal (node 'noise')"
  // Nodes that drop elements at random where they train, with the names of their ratio and mode operands (empty: absent) and, of those
  // that are constants of one element, the values.
  struct Dropout {
    std::string node, ratio, mode;
    std::optional<double> ratioValue, modeValue;
  };
  std::vector<Dropout> dropouts;
};

} // namespace ingot

#endif // INGOT_FRONTENDS_COMMON_MODELFACTS_H
