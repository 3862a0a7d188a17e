// Cases of the ONNX backend suite's form: a model with stored inputs and outputs beside it.
#ifndef INGOT_TOOLS_CONFORMANCE_CASES_H
#define INGOT_TOOLS_CONFORMANCE_CASES_H

#include <string>
#include <vector>

namespace ingot::conformance {

// What is fed once, and what must come out. Files by place; the place of an input or output without a file is empty.
struct DataSet {
  enum Form {
    Files,  // test_data_set_N/input_K.pb, output_K.pb, each a TensorProto
    Named,  // io.npz: arrays by the names of inputs and outputs
    Counted // MODEL_output_K.pb alone: the first input counts up, x = arange(n).reshape(shape) / n, open dims being 1
  } form = Files;
  std::vector<std::string> inputs, outputs;
};

struct Case {
  std::string name; // "node/test_abs": the folder, or the model's stem where a folder holds several models
  std::string model;
  std::vector<DataSet> sets; // none: nothing is stored to compare with
};

// All cases beneath `folder`, by name. False with *why where a folder cannot be read.
bool findCases(const std::string &folder, std::vector<Case> &cases, std::string *why);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_CASES_H
