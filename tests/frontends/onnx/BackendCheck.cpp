// onnx-backend-check FOLDER...: runs cases of the ONNX backend suite, one line each, and counts.
#include "tests/frontends/onnx/BackendCases.h"

#include <cstdio>

int main(int argc, char **argv) {
  size_t counts[4] = {};
  const char *names[] = {"passed", "FAILED", "unsupported", "not comparable"};
  for (int i = 1; i < argc; ++i) {
    std::printf("%s: ", argv[i]);
    std::fflush(stdout);
    ingot::test::CaseResult result = ingot::test::runBackendCase(argv[i]);
    ++counts[result.outcome];
    std::printf("%s%s%s\n", names[result.outcome], result.why.empty() ? "" : ": ", result.why.c_str());
  }
  std::printf("%zu passed, %zu failed, %zu unsupported, %zu not comparable\n", counts[0], counts[1], counts[2], counts[3]);
  return counts[1] ? 1 : 0;
}
