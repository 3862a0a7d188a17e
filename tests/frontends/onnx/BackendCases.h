// Runs a folder of the ONNX backend suite (model.onnx, test_data_set_0/input_K.pb, output_K.pb) through importer and
// interpreter.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ingot::test {

struct CaseResult {
  enum Outcome { Passed, Failed, Unsupported, NotComparable } outcome = Failed;
  std::string why;          // for all but Passed
  bool specialised = false; // an input's values decided a shape
};

// Compares every output with the suite's tolerance: |difference| <= atol + rtol * |expected|, NaN equal, dtype and dims
// exact. `dims` are passed on as --dim, so that a size stays symbolic.
CaseResult runBackendCase(const std::string &folder, const std::vector<std::pair<std::string, std::string>> &dims = {},
                          double rtol = 1e-3, double atol = 1e-7);

} // namespace ingot::test
