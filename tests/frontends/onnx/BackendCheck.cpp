// onnx-backend-check [--dim NAME=VALUE]... [--rtol R] [--atol A] FOLDER...: runs cases of the ONNX backend suite, one line
// each, and counts.
#include "tests/frontends/onnx/BackendCases.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char **argv) {
  size_t counts[4] = {};
  const char *names[] = {"passed", "FAILED", "unsupported", "not comparable"};
  std::vector<std::pair<std::string, std::string>> dims;
  double rtol = 1e-3, atol = 1e-7;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--dim" && i + 1 < argc) {
      std::string text = argv[++i];
      dims.emplace_back(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
      continue;
    }
    if ((argument == "--rtol" || argument == "--atol") && i + 1 < argc) {
      (argument == "--rtol" ? rtol : atol) = std::atof(argv[++i]);
      continue;
    }
    std::printf("%s: ", argv[i]);
    std::fflush(stdout);
    ingot::test::CaseResult result = ingot::test::runBackendCase(argv[i], dims, rtol, atol);
    ++counts[result.outcome];
    std::printf("%s%s%s\n", names[result.outcome], result.why.empty() ? "" : ": ", result.why.c_str());
  }
  std::printf("%zu passed, %zu failed, %zu unsupported, %zu not comparable\n", counts[0], counts[1], counts[2], counts[3]);
  return counts[1] ? 1 : 0;
}
