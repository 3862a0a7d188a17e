#include "tools/ingot/ForeignFormats.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <iterator>

namespace ingot::driver {
namespace {

constexpr llvm::StringLiteral kFromTensorFlow = "convert it: pip install tf2onnx, then python -m tf2onnx.convert ";
constexpr llvm::StringLiteral kFromTorch =
    "export the model from Python: torch.onnx.export(model, example_inputs, \"model.onnx\")";

// Formats that their first bytes tell.
struct Mark {
  size_t offset;
  llvm::StringRef bytes, what, advice;
};
constexpr Mark kMarks[] = {
    {0, "version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the model itself",
     "fetch the model: git lfs pull"},
    {0, "\x1f\x8b", "compressed by gzip", "unpack it first: gunzip"},
    {0, {"\xfd\x37zXZ\0", 6}, "compressed by xz", "unpack it first: unxz"},
    {0, "\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it first: unzstd"},
    {4, "1AY&SY", "compressed by bzip2", "unpack it first: bunzip2"},
    {0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes models (.h5)",
     "load it in Python and convert it: pip install tf2onnx, then tf2onnx.convert.from_keras(model, "
     "output_path=\"model.onnx\")"},
    {4, "TFL3", "a TensorFlow Lite model", ""},
    {4, "ORTM", "a model in ONNX Runtime's own format (.ort)", "give the ONNX model that it was made from"},
    {0, "GGUF", "a GGUF file, which holds weights for llama.cpp and no graph",
     "export the model to ONNX from its framework"},
    {0, "ML\xefR", "MLIR bytecode, as StableHLO's portable artifacts are", "this version reads no StableHLO"},
    {0, "\x93NUMPY", "a NumPy array, not a model", "give it as --input"},
    {0, "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", "a PyTorch checkpoint", kFromTorch},
    {0, "7767517", "an ncnn graph (.param)", "give the ONNX model that it was made from"},
};

// The names of a zip archive's members, as far as the bytes go.
llvm::SmallVector<llvm::StringRef> membersOf(llvm::StringRef bytes) {
  constexpr size_t kHeader = 30;
  llvm::SmallVector<llvm::StringRef> names;
  for (size_t at = 0; (at = bytes.find({"PK\3\4", 4}, at)) != llvm::StringRef::npos && bytes.size() - at > kHeader;
       at += kHeader) {
    size_t length = llvm::support::endian::read16le(bytes.data() + at + 26);
    names.push_back(bytes.substr(at + kHeader, length));
  }
  return names;
}

std::string nameZip(llvm::StringRef start, llvm::StringRef path) {
  llvm::SmallVector<llvm::StringRef> names = membersOf(start);
  auto ends = [&](llvm::StringRef suffix) {
    return llvm::any_of(names, [&](llvm::StringRef name) { return name.ends_with(suffix); });
  };
  if (ends(".npy"))
    return "NumPy arrays (.npz), not a model; give them as --input";
  if (ends("data.pkl") || ends("archive_format") || ends("serialized_exported_program.json") || ends(".pt2"))
    return ("a PyTorch file; " + kFromTorch).str();
  if (path.ends_with_insensitive(".keras") || ends("metadata.json"))
    return ("a Keras model; load it in Python and convert it: pip install tf2onnx, then tf2onnx.convert.from_keras(model, "
            "output_path=\"model.onnx\")");
  return "a zip archive; give the model inside it";
}

// Safetensors begin with the length of a JSON object, and it.
bool isSafetensors(llvm::StringRef start) {
  return start.size() >= 10 && llvm::support::endian::read64le(start.data()) < (uint64_t(1) << 28) && start[8] == '{' &&
         (start[9] == '"' || start[9] == '}');
}

} // namespace

std::string nameForeignFormat(llvm::StringRef start, llvm::StringRef path) {
  for (const Mark &mark : kMarks)
    if (start.substr(mark.offset).starts_with(mark.bytes)) {
      std::string advice = mark.advice.str();
      if (mark.bytes == "TFL3")
        advice = (kFromTensorFlow + "--tflite " + path + " --output model.onnx").str();
      return (mark.what + "; " + advice).str();
    }
  if (start.starts_with({"PK\3\4", 4}))
    return nameZip(start, path);
  if (isSafetensors(start))
    return "weights alone (safetensors), without a graph; export the model to ONNX from its framework, for example with "
           "optimum-cli export onnx";
  if (start.size() > 1 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5)
    return ("a Python pickle, as PyTorch and scikit-learn write them; load it and export: " +
            (path.ends_with_insensitive(".pkl") || path.ends_with_insensitive(".joblib")
                 ? llvm::StringRef("skl2onnx.to_onnx(model, example) for scikit-learn")
                 : llvm::StringRef(kFromTorch)))
        .str();
  if (llvm::sys::path::filename(path) == "saved_model.pb" || llvm::sys::path::extension(path) == ".pb")
    return (llvm::sys::path::filename(path) == "saved_model.pb"
                ? "a TensorFlow SavedModel; " + kFromTensorFlow + "--saved-model FOLDER --output model.onnx"
                : "a protobuf that is no ONNX model; of a TensorFlow graph: " + kFromTensorFlow +
                      "--graphdef FILE --inputs NAME:0 --outputs NAME:0 --output model.onnx")
        .str();
  llvm::StringRef text = start.ltrim();
  if (text.starts_with_insensitive("<!doctype html") || text.starts_with_insensitive("<html"))
    return "a web page; the download did not give the model";
  if (text.starts_with("<?xml") && start.contains("<net"))
    return "an OpenVINO model (IR); give the ONNX model that it was made from";
  if (text.starts_with("module") || text.starts_with("#loc") || text.starts_with("func.func"))
    return "MLIR text; --from reads what --dump-dir wrote";
  if (text.starts_with("{"))
    return "JSON, not a model; of MXNet, export the model to ONNX from there";
  return "";
}

std::string nameForeignFolder(const std::string &path) {
  auto holds = [&](llvm::StringRef name) {
    llvm::SmallString<128> file(path);
    llvm::sys::path::append(file, name);
    return llvm::sys::fs::exists(file);
  };
  if (holds("model.onnx"))
    return "is a folder; give the model in it: " + path + "/model.onnx";
  if (holds("saved_model.pb"))
    return ("is a TensorFlow SavedModel; " + kFromTensorFlow + "--saved-model " + path + " --output model.onnx").str();
  if (holds("config.json"))
    return "is a folder of a Hugging Face model; export it: pip install optimum[onnx], then optimum-cli export onnx "
           "--model " +
           path + " OUT";
  return "is a folder, not a model file";
}

} // namespace ingot::driver
