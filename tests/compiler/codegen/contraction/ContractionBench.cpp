// GFLOP/s of contraction kernels on one core: ContractionBench [--level NAME] [--filter TEXT] [--rounds N] [--asm]. Not a
// test.
#include "tests/compiler/codegen/contraction/CompiledKernel.h"

#include "compiler/codegen/contraction/Plan.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

using namespace ingot;
using namespace ingot::test;

namespace {

struct Case {
  std::string name, text;
  std::vector<size_t> elements; // of each buffer, results last
  double flops;
  std::vector<int64_t> sizes;
};

std::string tensor(std::initializer_list<int64_t> dims) {
  std::string text = "tensor<";
  for (int64_t dim : dims)
    text += std::to_string(dim) + "x";
  return text + "f32>";
}

Case gemm(int64_t m, int64_t n, int64_t k, bool epilogue = false) {
  const int64_t width = panelWidthFor(n), panels = (n + width - 1) / width;
  std::string a = tensor({m, k}), b = tensor({panels, k, width}), w = tensor({k, n}), c = tensor({m, n}), bias = tensor({n});
  std::string text = "ingot.kernel @k {\n^bb0(%a: " + a + ", %b: " + b + ", %bias: " + bias +
                     "):\n  %w = ingot.unpack %b dim = 1 width = " + std::to_string(width) + " : (" + b + ") -> " + w +
                     "\n  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [1] x [0]> : (" + a + ", " + w +
                     ") -> " + c + "\n";
  std::string result = "%0";
  if (epilogue) {
    text += "  %z = ingot.constant dense<0.0> : " + c + "\n  %1 = ingot.broadcast_in_dim %bias dims = [1] : (" + bias +
            ") -> " + c + "\n  %2 = ingot.add %0, %1 : " + c + "\n  %3 = ingot.maximum %2, %z : " + c + "\n";
    result = "%3";
  }
  text += "  ingot.return " + result + " : " + c + "\n}\n";
  return {llvm::formatv("gemm {0}x{1}x{2}{3}", m, n, k, epilogue ? " bias relu" : "").str(),
          text,
          {size_t(m * k), size_t(panels * k * width), size_t(n), size_t(m * n)},
          2.0 * m * n * k,
          {}};
}

// The same with the rows a run-time size of 1 to 64.
Case dynamicGemm(int64_t m, int64_t n, int64_t k) {
  const int64_t width = panelWidthFor(n), panels = (n + width - 1) / width;
  auto rows = [](int64_t columns) {
    return "tensor<?x" + std::to_string(columns) + "xf32, #ingot.dims<[s0, " + std::to_string(columns) + "]>>";
  };
  std::string a = rows(k), b = tensor({panels, k, width}), w = tensor({k, n}), c = rows(n);
  std::string text =
      "module attributes {ingot.sizes = [#ingot.size<\"batch\", 1 to 64>]} {\ningot.kernel @k {\n^bb0(%a: " + a +
      ", %b: " + b + "):\n  %w = ingot.unpack %b dim = 1 width = " + std::to_string(width) + " : (" + b + ") -> " + w +
      "\n  %0 = ingot.dot_general %a, %w <batch = [] x [], contract = [1] x [0]> : (" + a + ", " + w + ") -> " + c +
      "\n  ingot.return %0 : " + c + "\n}\n}\n";
  return {llvm::formatv("dynamic {0}x{1}x{2}", m, n, k).str(),
          text,
          {size_t(m * k), size_t(panels * k * width), size_t(m * n)},
          2.0 * m * n * k,
          {m}};
}

Case conv(int64_t image, int64_t ic, int64_t oc, int64_t window, int64_t stride, int64_t pad, int64_t batch = 1) {
  const int64_t width = panelWidthFor(oc), panels = (oc + width - 1) / width, out = (image + 2 * pad - window) / stride + 1;
  std::string a = tensor({batch, image, image, ic}), b = tensor({panels, window, window, ic, width}),
              w = tensor({window, window, ic, oc}), c = tensor({batch, out, out, oc});
  std::string text = llvm::formatv("ingot.kernel @k {{\n^bb0(%a: {0}, %b: {1}):\n  %w = ingot.unpack %b dim = 3 width = {2} "
                                   ": ({1}) -> {3}\n  %0 = ingot.convolution %a, %w "
                                   "<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [{4}, {4}] pad = [{5}, {5}, {5}, "
                                   "{5}] lhs_dilate = [1, 1] rhs_dilate = "
                                   "[1, 1] : ({0}, {3}) -> {6}\n  ingot.return %0 : {6}\n}\n",
                                   a, b, width, w, stride, pad, c);
  return {
      llvm::formatv("conv {0}^2 {1}->{2} {3}x{3} s{4}{5}", image, ic, oc, window, stride,
                    batch > 1 ? " b" + std::to_string(batch) : "")
          .str(),
      text,
      {size_t(batch * image * image * ic), size_t(panels * window * window * ic * width), size_t(batch * out * out * oc)},
      2.0 * batch * out * out * oc * window * window * ic,
      {}};
}

// FMA peak of this core at the widest vectors, GFLOP/s.
double measurePeak();

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

#if defined(__x86_64__)
// Sixteen independent chains of multiply-adds between registers alone. GFLOP/s of 512-bit vectors on this core.
__attribute__((target("avx512f"))) double measurePeak() {
  typedef float V __attribute__((vector_size(64)));
  V x = V() + 0.999f, y = V() + 0.0001f, a[16];
  double best = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 16; ++i)
      a[i] = V() + 0.001f * i;
    constexpr int count = 100000;
    double start = now();
    for (int n = 0; n < count; ++n)
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; ++i)
        asm volatile("vfmadd213ps %2, %1, %0" : "+v"(a[i]) : "v"(x), "v"(y));
    best = std::max(best, count * 16 * 32.0 / (now() - start) * 1e-9);
  }
  return best;
}
bool canMeasurePeak() { return __builtin_cpu_supports("avx512f"); }
#else
double measurePeak() { return 0; }
bool canMeasurePeak() { return false; }
#endif

} // namespace

int main(int argc, char **argv) {
  std::string levelName = "native", filter;
  int rounds = 7;
  for (int i = 1; i < argc; ++i) {
    if (!strcmp(argv[i], "--level") && i + 1 < argc)
      levelName = argv[++i];
    else if (!strcmp(argv[i], "--filter") && i + 1 < argc)
      filter = argv[++i];
    else if (!strcmp(argv[i], "--rounds") && i + 1 < argc)
      rounds = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--asm"))
      setenv("INGOT_TEST_ASSEMBLY", "1", 1);
  }
  std::vector<Case> cases = {
      gemm(256, 256, 256),        gemm(512, 512, 512),         gemm(1024, 1024, 1024),       gemm(128, 768, 768),
      gemm(128, 3072, 768),       gemm(128, 768, 3072),        gemm(1, 768, 3072),           gemm(127, 1000, 500),
      gemm(49, 2048, 512),        gemm(128, 768, 768, true),   dynamicGemm(1, 1024, 1024),   gemm(1, 1024, 1024),
      dynamicGemm(8, 1024, 1024), gemm(8, 1024, 1024),         dynamicGemm(64, 1024, 1024),  gemm(64, 1024, 1024),
      conv(56, 64, 64, 3, 1, 1),  conv(28, 128, 128, 3, 1, 1), conv(14, 256, 256, 3, 1, 1),  conv(7, 512, 512, 3, 1, 1),
      conv(56, 64, 256, 1, 1, 0), conv(56, 256, 512, 1, 2, 0), conv(14, 1024, 256, 1, 1, 0), conv(56, 128, 128, 3, 2, 1),
      conv(224, 3, 64, 7, 2, 3),  conv(28, 1, 8, 5, 1, 2),     conv(14, 8, 16, 5, 1, 2)};
  const double peak = canMeasurePeak() ? measurePeak() : 0;
  std::printf("FMA peak at 512 bits: %.0f GFLOP/s\n", peak);
  for (const CpuLevel &level : CompiledKernel::usableLevels()) {
    if (level.name != levelName)
      continue;
    for (const Case &item : cases) {
      if (item.name.find(filter) == std::string::npos)
        continue;
      std::string error;
      std::unique_ptr<CompiledKernel> kernel = CompiledKernel::compile(item.text, level, &error);
      if (!kernel) {
        std::printf("%-28s %s\n", item.name.c_str(), error.c_str());
        continue;
      }
      if (!kernel->assembly.empty())
        std::printf("%s\n", kernel->assembly.c_str());
      std::vector<std::unique_ptr<float[]>> storage;
      std::vector<void *> buffers;
      for (size_t count : item.elements) {
        storage.emplace_back(new (std::align_val_t(64)) float[count + 64]);
        for (size_t i = 0; i < count; ++i)
          storage.back()[i] = static_cast<float>(static_cast<int>(i * 7919 % 17) - 8) / 8;
        buffers.push_back(storage.back().get());
      }
      std::vector<double> times;
      const int repeat = std::max(1, static_cast<int>(5e8 / item.flops));
      for (int round = 0; round < rounds; ++round) {
        double start = now();
        for (int i = 0; i < repeat; ++i)
          kernel->run(buffers, item.sizes);
        times.push_back((now() - start) / repeat);
      }
      std::sort(times.begin(), times.end());
      double rate = item.flops / times[times.size() / 2] * 1e-9;
      std::string plan;
      llvm::raw_string_ostream(plan) << kernel->plan().params;
      std::printf("%-28s %8.1f us %7.1f GFLOP/s %5.1f %%  grid %4ld  compile %.0f+%.0f+%.0f+%.0f ms  object %6zu\n",
                  item.name.c_str(), times[times.size() / 2] * 1e6, rate, peak > 0 ? 100 * rate / peak : 0.0,
                  static_cast<long>(kernel->grid(item.sizes)), kernel->compileMilliseconds[0],
                  kernel->compileMilliseconds[1], kernel->compileMilliseconds[2], kernel->compileMilliseconds[3],
                  kernel->objectBytes);
      if (getenv("INGOT_BENCH_PLAN"))
        std::printf("    %s\n", plan.c_str());
      for (auto &buffer : storage)
        ::operator delete[](buffer.release(), std::align_val_t(64));
    }
  }
}
