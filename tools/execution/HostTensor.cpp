#include "tools/execution/HostTensor.h"

#include "frontends/Frontends.h"
#include "runtime/abi/artifact.h"
#include "runtime/hostio/Generate.h"
#include "runtime/hostio/ResultNames.h"
#include "runtime/hostio/Values.h"
#include "runtime/hostio/npy.h"
#include "tools/execution/Agreement.h"
#include "tools/execution/ZipFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace ingot::driver {

// No input of a model is larger than this; a header that says so is hostile.
static constexpr uint64_t kMaxBytes = 1ull << 40;

uint64_t HostTensor::elements() const {
  uint64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

ingot_buffer HostTensor::buffer() { return ingot_buffer_of(bytes.data(), dtype, dims.size(), dims.data()); }

std::string HostTensor::describe() const {
  std::string text = std::string(ingot_dtype_name(dtype)) + "[";
  for (size_t i = 0; i < dims.size(); ++i)
    text += (i ? "," : "") + std::to_string(dims[i]);
  return text + "]";
}

InputRequest parseInputRequest(const std::string &text) {
  auto [name, source] = llvm::StringRef(text).rsplit('=');
  if (source.empty())
    return {"", text};
  return {name.str(), source.str()};
}

// The element type to read an array as: the model's where the stored bytes fit it, else the stored one. Two bytes without a
// type of NumPy's own are bf16, as ml_dtypes writes it; of one byte there are several types.
static uint32_t chooseType(const hostio::NpyHeader &header, const InputSpec *spec) {
  if (spec && hostio::npyFits(header, spec->dtype))
    return spec->dtype;
  return hostio::npyFits(header, INGOT_BF16) ? static_cast<uint32_t>(INGOT_BF16) : header.dtype;
}

bool readAs(HostTensor &tensor, uint32_t dtype, std::string *why) {
  if (!tensor.stored || (tensor.dtype == dtype && !tensor.borrowsType()))
    return true;
  ingot_error error;
  if (hostio::npyFits(*tensor.stored, dtype)) {
    if (!hostio::settleNpyValues(*tensor.stored, tensor.bytes.data(), dtype, &error)) {
      *why = error.message;
      return false;
    }
    tensor.dtype = dtype;
  }
  if (tensor.dtype != INGOT_DTYPE_INVALID)
    return true;
  *why = std::string("holds ") + hostio::npyStoredName(*tensor.stored) + ", the model takes " + ingot_dtype_name(dtype);
  return false;
}

// Asked for first: a vector that finds none ends the process.
static bool hasMemory(uint64_t bytes) {
  void *volatile room = std::malloc(bytes); // volatile: else the pair is optimised away, as if there always were
  const bool found = room || bytes == 0;
  std::free(room);
  return found;
}

static std::string noMemory(uint64_t bytes) { return ": no memory for its " + std::to_string(bytes) + " bytes"; }

bool allocate(HostTensor &tensor, llvm::StringRef role, std::string *why) {
  const uint64_t bytes = tensor.elements() * ingot_dtype_bytes(tensor.dtype);
  if (!hasMemory(bytes)) {
    *why = (role + " '" + tensor.name + "' " + tensor.describe() + noMemory(bytes)).str();
    return false;
  }
  tensor.bytes.assign(bytes, 0);
  return true;
}

static bool readNpy(const std::string &path, const InputSpec *spec, HostTensor &out, std::string *why) {
  hostio::NpyReader reader;
  ingot_error error;
  if (!reader.open(path.c_str(), &error)) {
    *why = error.message;
    return false;
  }
  const hostio::NpyHeader &header = reader.header();
  out.dtype = chooseType(header, spec);
  out.stored = header;
  out.dims.assign(header.dims, header.dims + header.rank);
  if (!hasMemory(header.byteSize)) {
    *why = "'" + path + "'" + noMemory(header.byteSize);
    return false;
  }
  out.bytes.resize(header.byteSize);
  if (!reader.read(out.bytes.data(), out.dtype, &error)) {
    *why = "'" + path + "': " + error.message;
    return false;
  }
  return true;
}

// Reads what `next` gives, spooled to an unnamed file first: a header may claim any size, a file has its own. `next` returns
// bytes put into its buffer, 0 at the end, and a negative number where it fails.
static bool readSpooled(const std::string &name, const InputSpec *spec, llvm::function_ref<int64_t(char *, size_t)> next,
                        HostTensor &out, std::string *why) {
  FILE *spool = std::tmpfile();
  if (!spool) {
    *why = name + ": no room for a temporary file: " + std::strerror(errno);
    return false;
  }
  char chunk[65536];
  int64_t got = 0;
  bool fine = true;
  while (fine && (got = next(chunk, sizeof chunk)) > 0)
    fine = fwrite(chunk, 1, got, spool) == static_cast<size_t>(got);
  fine = fine && got == 0 && fflush(spool) == 0;
  if (!fine)
    *why = name + ": cannot be read" + (got < 0 ? "" : std::string(": ") + std::strerror(errno));
  std::string path = "/proc/self/fd/" + std::to_string(fileno(spool));
  if (fine && !readNpy(path, spec, out, why)) {
    fine = false;
    if (size_t at = why->find(path); at != std::string::npos)
      why->replace(at, path.size(), name);
  }
  fclose(spool);
  return fine;
}

static bool readNpz(const std::string &path, const InputSpec *spec, std::vector<HostTensor> &out, std::string *why) {
  return readZip(
      path,
      [&](const ZipMember &member, ZipBytes bytes) {
        HostTensor tensor;
        if (!readSpooled(path + "/" + member.name, spec, bytes, tensor, why))
          return false;
        llvm::StringRef stem(member.name);
        stem.consume_back(".npy");
        tensor.name = stem.str();
        out.push_back(std::move(tensor));
        return true;
      },
      why);
}

static bool readRaw(const std::string &path, const InputSpec *spec, HostTensor &out, std::string *why) {
  uint64_t want = spec ? ingot_dtype_bytes(spec->dtype) : 0;
  for (size_t i = 0; spec && i < spec->dims.size(); ++i)
    want = spec->dims[i] < 0 ? 0 : want * spec->dims[i];
  if (!spec || (want == 0 && !llvm::is_contained(spec->dims, 0))) {
    *why = path + ": raw bytes have no shape; give the input's with --shape or --dim, or use .npy";
    return false;
  }
  struct stat info;
  const bool found = stat(path.c_str(), &info) == 0;
  FILE *file = found && S_ISREG(info.st_mode) ? fopen(path.c_str(), "rb") : nullptr;
  if (!file) {
    *why = path + ": " + (found && !S_ISREG(info.st_mode) ? "is not a regular file" : std::strerror(errno));
    return false;
  }
  out.dtype = spec->dtype;
  out.dims = spec->dims;
  bool fine = static_cast<uint64_t>(info.st_size) == want;
  if (!fine)
    *why = llvm::formatv("{0}: has {1} bytes, the input takes {2}", path, info.st_size, want);
  if (fine) {
    out.bytes.resize(want);
    fine = fread(out.bytes.data(), 1, want, file) == want;
    if (!fine)
      *why = path + ": cannot be read";
  }
  fclose(file);
  return fine;
}

bool readTensors(const std::string &source, const InputSpec *spec, std::vector<HostTensor> &out, std::string *why) {
  llvm::StringRef path(source);
  if (path.ends_with_insensitive(".npz"))
    return readNpz(source, spec, out, why);
  HostTensor tensor;
  bool fine;
  if (const Frontend *format = tensorFrontendOf(path)) {
    StoredTensor stored;
    fine = format->readTensor(source, stored, why);
    tensor.name = stored.name;
    tensor.dtype = stored.dtype;
    tensor.dims = std::move(stored.dims);
    tensor.bytes = std::move(stored.bytes);
  } else if (path.ends_with_insensitive(".bin") || path.ends_with_insensitive(".raw")) {
    fine = readRaw(source, spec, tensor, why);
  } else if (source == "-") {
    auto next = [](char *to, size_t size) -> int64_t {
      ssize_t got;
      do
        got = read(STDIN_FILENO, to, size);
      while (got < 0 && errno == EINTR);
      return got;
    };
    fine = readSpooled("the standard input", spec, next, tensor, why);
  } else {
    fine = readNpy(source, spec, tensor, why);
  }
  if (fine)
    out.push_back(std::move(tensor));
  return fine;
}

bool isGenerated(const std::string &source) {
  uint64_t seed;
  return hostio::sourceOf(source.c_str(), seed) != hostio::InputSource::File;
}

bool generateTensor(const std::string &source, const InputSpec &spec, HostTensor &out, std::string *why) {
  uint64_t seed = 0;
  const hostio::InputSource kind = hostio::sourceOf(source.c_str(), seed);
  if (kind == hostio::InputSource::BadSeed) {
    *why = source + ": the seed is no number";
    return false;
  }
  out.name = spec.name;
  out.dtype = spec.dtype;
  out.dims = spec.dims;
  uint64_t count = 1;
  for (int64_t dim : spec.dims) {
    if (dim < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(dim), &count) || count > kMaxBytes) {
      *why = "input '" + spec.name + "': " + source + " needs its shape; give it with --shape or --dim";
      return false;
    }
  }
  if (!allocate(out, "input", why))
    return false;
  if (kind == hostio::InputSource::Zeros)
    return true;
  hostio::fillRandom(out.bytes.data(), spec.dtype, count, seed);
  return true;
}

std::vector<std::string> filesOfResults(const std::string &dir, llvm::ArrayRef<HostTensor> results) {
  std::vector<const char *> names;
  for (const HostTensor &result : results)
    names.push_back(result.name.c_str());
  hostio::ResultNames stems;
  std::vector<std::string> files;
  if (!stems.assign(names.data(), names.size()))
    llvm::report_bad_alloc_error("names of results");
  for (size_t i = 0; i < results.size(); ++i)
    files.push_back(dir + "/" + stems.stem(i) + ".npy");
  return files;
}

bool writeTensor(const std::string &path, const HostTensor &tensor, std::string *why) {
  ingot_error error;
  if (hostio::writeNpy(path.c_str(), tensor.dtype, tensor.dims.size(), tensor.dims.data(), tensor.bytes.data(), &error))
    return true;
  *why = error.message;
  return false;
}

double elementAsDouble(const HostTensor &tensor, uint64_t index) {
  return hostio::loadElement(tensor.bytes.data(), tensor.dtype, index).asReal();
}

bool isIntegral(uint32_t dtype) {
  alignas(16) const char zero[16] = {};
  hostio::Number::Kind kind = hostio::loadElement(zero, dtype, 0).kind;
  return kind == hostio::Number::Signed || kind == hostio::Number::Unsigned;
}

void forEachDifference(const HostTensor &got, const HostTensor &want, llvm::function_ref<void(const Differing &)> visit) {
  bool integral = isIntegral(want.dtype);
  uint64_t width = ingot_dtype_bytes(want.dtype);
  for (uint64_t i = 0, count = want.elements(); i < count; ++i) {
    if (integral && std::memcmp(got.bytes.data() + i * width, want.bytes.data() + i * width, width) == 0)
      continue;
    hostio::Number a = hostio::loadElement(got.bytes.data(), got.dtype, i);
    hostio::Number b = hostio::loadElement(want.bytes.data(), want.dtype, i);
    double pairs[2][2] = {{a.asReal(), b.asReal()}, {a.imaginary, b.imaginary}};
    for (int part = 0; part < (b.kind == hostio::Number::Complex ? 2 : 1); ++part) {
      double x = pairs[part][0], y = pairs[part][1];
      if (integral) // neighbours may be one number as doubles
        visit({i, x, y, std::fmax(1, std::fabs(x - y))});
      else if (!agrees(x, y, 0))
        visit({i, x, y, std::isfinite(x) && std::isfinite(y) ? std::fabs(x - y) : HUGE_VAL});
    }
  }
}

Comparison compareTensors(const HostTensor &got, const HostTensor &want, double rtol, double atol, bool integersToo) {
  Comparison result;
  if (got.dtype != want.dtype || got.dims != want.dims) {
    result.text = "is " + got.describe() + ", expected " + want.describe();
    return result;
  }
  result.elements = got.elements();
  bool exact = isIntegral(want.dtype) && !integersToo;
  Differing worst{};
  double worstExcess = -1;
  forEachDifference(got, want, [&](const Differing &at) {
    double bound = exact ? 0 : atol + rtol * std::fabs(at.want);
    double excess = !std::isfinite(at.absolute) || !std::isfinite(bound) ? HUGE_VAL : at.absolute / std::fmax(bound, 1e-300);
    result.mismatches += !(excess <= 1);
    result.maxAbsolute = std::fmax(result.maxAbsolute, at.absolute);
    if (at.want != 0)
      result.maxRelative = std::fmax(result.maxRelative, at.absolute / std::fabs(at.want));
    if (excess > worstExcess) {
      worstExcess = excess;
      worst = at;
    }
  });
  result.equal = result.mismatches == 0;
  result.text = llvm::formatv("max |error| {0:e3}, max relative {1:e3}", result.maxAbsolute, result.maxRelative);
  if (!result.equal) {
    std::string outside = exact ? "differ" : llvm::formatv("outside rtol {0:e1} + atol {1:e1}", rtol, atol).str();
    result.text += llvm::formatv("; {0} of {1} elements {2}, worst at [{3}]: got {4}, expected {5}", result.mismatches,
                                 result.elements, outside, worst.element, worst.got, worst.want)
                       .str();
  }
  return result;
}

} // namespace ingot::driver
