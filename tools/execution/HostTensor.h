// Tensors as the driver reads, makes, compares and writes them.
#ifndef INGOT_TOOLS_EXECUTION_HOSTTENSOR_H
#define INGOT_TOOLS_EXECUTION_HOSTTENSOR_H

#include <ingot/runtime.h>

#include "runtime/hostio/npy.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot::driver {

// Row-major and dense, elements as in runtime/abi/artifact.h.
struct HostTensor {
  std::string name;
  uint32_t dtype = 0; // enum ingot_dtype
  std::vector<int64_t> dims;
  std::vector<char> bytes; // none, though there are elements: the input's default
  // How a .npy file held it, whose element type may be one of several: `dtype` is the likeliest, or 0.
  std::optional<hostio::NpyHeader> stored;

  uint64_t elements() const;
  // Whether other types than `dtype` may be meant: those that NumPy has no code for.
  bool borrowsType() const { return stored && (dtype == 0 || stored->elementBytes < 2); }
  ingot_buffer buffer();        // borrows `bytes`
  std::string describe() const; // "f32[1,3,224,224]"
};

// What the model wants of an input; dims that are open are -1.
struct InputSpec {
  // A size that the caller chooses at run time.
  struct Size {
    std::string name; // empty: the dim is no size of its own
    int64_t least = 0;
  };
  std::string name;
  uint32_t dtype = 0;
  std::vector<int64_t> dims;
  std::vector<Size> sizes; // by dim, where they are known
  bool hasDefault = false; // need not be fed
};

// Splits --input's "[NAME=]SOURCE" texts. A text with no name, or whose part before '=' is no input's name, stands for the
// next unnamed input in order.
struct InputRequest {
  std::string name; // empty: by place
  std::string source;
};
InputRequest parseInputRequest(const std::string &text);

// Reads FILE.npy, FILE.pb (an ONNX TensorProto), or '-' (npy on stdin). FILE.npz gives several. Raw .bin needs `spec` for
// dtype and dims. False with *why where it cannot be read.
bool readTensors(const std::string &source, const InputSpec *spec, std::vector<HostTensor> &out, std::string *why);

// Takes a tensor from a .npy file for one of type `dtype` where its bytes are such elements: a type that NumPy has no code for
// is read from what it is stored as, as an executable does. Any other stays what it is. False with *why where its values, or
// raw bytes, are no elements of that type.
bool readAs(HostTensor &tensor, uint32_t dtype, std::string *why);

// random:SEED (uniform in [0, 1) for floats, 0..9 for integers; splitmix64, the same on every machine) or zeros, for a
// static spec.
bool isGenerated(const std::string &source);
bool generateTensor(const std::string &source, const InputSpec &spec, HostTensor &out, std::string *why);

// The file of each result: DIR/NAME.npy, as executables name them (runtime/hostio/ResultNames.h).
std::vector<std::string> filesOfResults(const std::string &dir, llvm::ArrayRef<HostTensor> results);
bool writeTensor(const std::string &path, const HostTensor &tensor, std::string *why);

// Element i as a double (complex: the magnitude's parts are compared apart by compareTensors).
double elementAsDouble(const HostTensor &tensor, uint64_t index);

// Makes room for all its elements; false with *why, which names `role` and the tensor, where there is no memory for them.
bool allocate(HostTensor &tensor, llvm::StringRef role, std::string *why);

struct Comparison {
  bool equal = false;
  std::string text; // the largest error and where, or why they cannot be compared
  double maxAbsolute = 0, maxRelative = 0;
  uint64_t mismatches = 0, elements = 0;
};
// |got - want| <= atol + rtol * |want| for every element, as tools/execution/Agreement.h has it; integers and booleans
// exactly, unless `integersToo`.
Comparison compareTensors(const HostTensor &got, const HostTensor &want, double rtol, double atol, bool integersToo = false);

// True for integers and booleans.
bool isIntegral(uint32_t dtype);

// A part of an element (complex numbers have two) that is not the same in both.
struct Differing {
  uint64_t element;
  double got, want;
  double absolute; // their distance: at least 1 for integers, infinite where NaN or an infinity meets anything else
};
// Precondition: type and dims are the same.
void forEachDifference(const HostTensor &got, const HostTensor &want, llvm::function_ref<void(const Differing &)> visit);

} // namespace ingot::driver

#endif // INGOT_TOOLS_EXECUTION_HOSTTENSOR_H
