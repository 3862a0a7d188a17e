#include "tools/ingot/ForeignFormats.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <optional>

namespace ingot::driver {
namespace {

using llvm::StringLiteral;
using llvm::StringRef;

constexpr StringLiteral kFromTensorFlow = "convert it: pip install tf2onnx, then python -m tf2onnx.convert ";
constexpr StringLiteral kFromKeras =
    "load it in Python and convert it: pip install tf2onnx, then tf2onnx.convert.from_keras(model, "
    "output_path=\"model.onnx\")";
constexpr StringLiteral kFromTorch =
    "export the model from Python: torch.onnx.export(model, example_inputs, \"model.onnx\")";
constexpr StringLiteral kFromPaddle =
    "convert it: pip install paddle2onnx, then paddle2onnx --model_dir FOLDER --save_file model.onnx";
constexpr StringLiteral kSource = "give the ONNX model that it was made from";
constexpr StringLiteral kExport = "export the model to ONNX from its framework";
constexpr StringLiteral kPicture = "inputs are arrays, as numpy.save writes them, and are given as --input";
constexpr StringLiteral kTrees = "export it: pip install onnxmltools, then onnxmltools.convert_*";

// Formats that their first bytes tell.
struct Mark {
  size_t offset;
  StringRef bytes, what, advice;
};
constexpr Mark kMarks[] = {
    {0, "version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the model itself",
     "fetch the model: git lfs pull"},
    {0, "\x1f\x8b", "compressed by gzip", "unpack it first: gunzip"},
    {0, {"\xfd\x37zXZ\0", 6}, "compressed by xz", "unpack it first: unxz"},
    {0, "\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it first: unzstd"},
    {0, "\x04\x22\x4d\x18", "compressed by lz4", "unpack it first: unlz4"},
    {4, "1AY&SY", "compressed by bzip2", "unpack it first: bunzip2"},
    {257, "ustar", "a tar archive", "unpack it and give the model inside: tar -xf"},
    {0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it and give the model inside"},
    {0, "Rar!\x1a\x07", "a RAR archive", "unpack it and give the model inside"},
    {0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes models (.h5)", kFromKeras},
    {4, "TFL3", "a TensorFlow Lite model", ""},
    {4, "ORTM", "a model in ONNX Runtime's own format (.ort)", kSource},
    {4, "ET12", "an ExecuTorch program (.pte)", kFromTorch},
    {0, "GGUF", "a GGUF file, which holds weights for llama.cpp and no graph", kExport},
    {0, "lmgg", "a GGML file, which holds weights and no graph", kExport},
    {0, "BC\xc0\xde", "LLVM bitcode, not a model", kExport},
    {0, "\x93NUMPY", "a NumPy array, not a model", "give it as --input"},
    {0, "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", "a PyTorch checkpoint", kFromTorch},
    {0, "7767517", "an ncnn graph (.param)", kSource},
    {0, "ptrt", "a TensorRT engine, which one kind of GPU alone runs", kSource},
    {0, "ftrt", "a TensorRT engine, which one kind of GPU alone runs", kSource},
    {0,
     {"\x12\x01\0\0\0\0\0\0", 8},
     "weights of MXNet (.params), without a graph",
     "export the model to ONNX from MXNet: mx.onnx.export_model"},
    {0, "RKNN", "a model for Rockchip's NPUs (.rknn)", kSource},
    {0, "VPMN", "a network binary for VeriSilicon's NPUs (.nb)", kSource},
    {0, "CBM1", "a CatBoost model", "export it: model.save_model(\"model.onnx\", format=\"onnx\")"},
    {0, "binf", "an XGBoost model", kTrees},
    {0, "tree\nversion=", "a LightGBM model", kTrees},
    {0, {"\0asm", 4}, "WebAssembly, not a model", kSource},
    {0, "MZ", "a program for Windows, not a model", kSource},
    {0, "\xcf\xfa\xed\xfe", "a program for macOS, not a model", kSource},
    {0, "\xca\xfe\xba\xbe", "a program for macOS or Java, not a model", kSource},
    {0, "\x89PNG\r\n\x1a\n", "a picture (PNG), not a model", kPicture},
    {0, "\xff\xd8\xff", "a picture (JPEG), not a model", kPicture},
    {0, "GIF8", "a picture (GIF), not a model", kPicture},
    {0, "RIFF", "sound or a picture (RIFF), not a model", kPicture},
    {0, "%PDF-", "a PDF document, not a model", kExport},
    {0, "PAR1", "a table (Parquet), not a model", kPicture},
};

// Formats that have no mark, by the end of the file's name in lower case.
struct Suffix {
  StringRef suffix, what, advice;
};
constexpr Suffix kSuffixes[] = {
    {".onnx.data", "weights that an ONNX model keeps beside it", "give the .onnx file, which names them"},
    {".onnx_data", "weights that an ONNX model keeps beside it", "give the .onnx file, which names them"},
    {".mlmodel", "a Core ML model", "export the model to ONNX from where it was trained"},
    {".caffemodel", "a Caffe model", "convert it: pip install caffe2onnx"},
    {".pdmodel", "a Paddle model", kFromPaddle},
    {".pdiparams", "weights of a Paddle model, without its graph", kFromPaddle},
    {".params", "weights of MXNet (.params), without a graph", "export the model to ONNX from MXNet: mx.onnx.export_model"},
    {".nb", "a model for Paddle Lite or an NPU (.nb)", kSource},
    {".mnn", "an MNN model", kSource},
    {".tnnmodel", "a TNN model", kSource},
    {".engine", "a TensorRT engine, which one kind of GPU alone runs", kSource},
    {".plan", "a TensorRT engine, which one kind of GPU alone runs", kSource},
    {".trt", "a TensorRT engine, which one kind of GPU alone runs", kSource},
    {".weights", "weights of Darknet, without a graph", "export the model to ONNX from its framework"},
    {".meta", "a TensorFlow 1 graph (.meta) of a checkpoint", ""},
    {".index", "a TensorFlow checkpoint, which holds weights and no graph", ""},
    {".ckpt", "a checkpoint, which holds weights and no graph", kExport},
    {".data-00000-of-00001", "weights of a TensorFlow checkpoint, without its graph", ""},
    {".tfrecord", "training data (TFRecord), not a model", kPicture},
    {".csv", "a table of text (.csv), not a model", kPicture},
    {".bin", "raw bytes, as OpenVINO, ncnn and others keep weights beside a graph", kSource},
    {".raw", "raw bytes, not a model", "give them as --input"},
};

// The names of a zip archive's members, as far as the bytes go.
llvm::SmallVector<StringRef> membersOf(StringRef bytes) {
  constexpr size_t kHeader = 30;
  llvm::SmallVector<StringRef> names;
  for (size_t at = 0; (at = bytes.find({"PK\3\4", 4}, at)) != StringRef::npos && bytes.size() - at > kHeader;
       at += kHeader) {
    size_t length = llvm::support::endian::read16le(bytes.data() + at + 26);
    names.push_back(bytes.substr(at + kHeader, length));
  }
  return names;
}

std::string nameZip(StringRef start, StringRef path) {
  llvm::SmallVector<StringRef> names = membersOf(start);
  auto ending = [&](StringRef suffix) {
    auto found = llvm::find_if(names, [&](StringRef name) { return name.ends_with(suffix); });
    return found == names.end() ? StringRef() : *found;
  };
  auto ends = [&](StringRef suffix) { return !ending(suffix).empty(); };
  if (ends(".npy"))
    return "NumPy arrays (.npz), not a model; give them as --input";
  if (ends("data.pkl") || ends("archive_format") || ends("serialized_exported_program.json") || ends(".pt2") ||
      ends("bytecode.pkl") || path.ends_with_insensitive(".jit") || path.ends_with_insensitive(".ptl"))
    return ("a PyTorch file; " + kFromTorch).str();
  if (path.ends_with_insensitive(".keras") || ends("metadata.json"))
    return ("a Keras model; " + kFromKeras).str();
  if (ends("saved_model.pb"))
    return "a zip archive of a TensorFlow SavedModel; unpack it and give its folder";
  if (StringRef model = ending(".onnx"); !model.empty())
    return ("a zip archive; unpack it and give the model inside: " + model).str();
  return "a zip archive; give the model inside it";
}

// Safetensors begin with the length of a JSON object, and it.
bool isSafetensors(StringRef start) {
  return start.size() >= 10 && llvm::support::endian::read64le(start.data()) < (uint64_t(1) << 28) && start[8] == '{' &&
         (start[9] == '"' || start[9] == '}');
}

// Protobuf messages have no mark: how the first fields begin tells those apart that graphs are kept in.
class Fields {
public:
  explicit Fields(StringRef bytes) : bytes(bytes) {}
  // The content of the next field, of bytes, if its number is this; what of it is there.
  std::optional<StringRef> content(unsigned number) {
    uint64_t size = 0;
    if (!varintIs(number << 3 | 2) || !varint(size))
      return std::nullopt;
    StringRef inside = bytes.take_front(size);
    bytes = bytes.drop_front(inside.size());
    return inside;
  }
  // The next field, an integer, if its number is this.
  std::optional<uint64_t> integer(unsigned number) {
    uint64_t value = 0;
    return varintIs(number << 3) && varint(value) ? std::optional(value) : std::nullopt;
  }

private:
  bool varintIs(uint64_t wanted) {
    uint64_t value = 0;
    return varint(value) && value == wanted;
  }
  bool varint(uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
      auto byte = static_cast<unsigned char>(bytes.front());
      bytes = bytes.drop_front();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80)
        return true;
    }
    return false;
  }
  StringRef bytes;
};

bool isWord(std::optional<StringRef> text) {
  return text && !text->empty() && llvm::all_of(*text, [](char c) { return llvm::isPrint(c); });
}

// GraphDef { node { name, op } }, a frozen TensorFlow graph.
bool isGraphDef(StringRef start) {
  std::optional<StringRef> node = Fields(start).content(1);
  if (!node)
    return false;
  Fields fields(*node);
  return isWord(fields.content(1)) && isWord(fields.content(2));
}

// ProgramDesc { blocks { idx, parent_idx, vars ... } } of Paddle.
bool isPaddle(StringRef start) {
  std::optional<StringRef> block = Fields(start).content(1);
  if (!block)
    return false;
  Fields fields(*block);
  return fields.integer(1) && fields.integer(2) && fields.content(3);
}

// NetParameter { name, layer (100) or layers (2) { ... } } of Caffe.
bool isCaffe(StringRef start) {
  Fields fields(start);
  if (!isWord(fields.content(1)))
    return false;
  Fields other = fields;
  return fields.content(100) || (other.content(2) && other.content(2));
}

// SavedModel { schema version 1, meta graph { meta info { ... } } }.
bool isSavedModel(StringRef start) {
  Fields fields(start);
  std::optional<StringRef> graph = fields.integer(1) == 1 ? fields.content(2) : std::nullopt;
  return graph && graph->starts_with("\x0a") && !isWord(graph);
}

// Model { specification version from 2 on, description { input { name ... } } } of Core ML.
bool isCoreMl(StringRef start) {
  Fields fields(start);
  std::optional<uint64_t> version = fields.integer(1);
  std::optional<StringRef> description = version && *version > 1 && *version < 100 ? fields.content(2) : std::nullopt;
  std::optional<StringRef> input = description ? Fields(*description).content(1) : std::nullopt;
  return input && isWord(Fields(*input).content(1));
}

// Graphs and their surroundings as text; empty where it is none known.
std::string nameText(StringRef start, StringRef path) {
  StringRef text = start.ltrim();
  auto holds = [&](StringRef word) { return text.contains(word); };
  if (text.starts_with_insensitive("<!doctype html") || text.starts_with_insensitive("<html"))
    return "a web page; the download did not give the model";
  if (text.starts_with("<?xml"))
    return holds("<net")      ? ("an OpenVINO model (IR); " + kSource).str()
           : holds("<Error>") ? "an answer of a server that refused; the download did not give the model"
                              : "XML, not a model";
  if (text.starts_with("Entry not found") || text.starts_with("404: Not Found") || text.starts_with("{\"error\"") ||
      text.starts_with("Invalid username or password"))
    return "an answer of a server that refused; the download did not give the model";
  if (text.starts_with("module {") || text.starts_with("module @") || text.starts_with("module attributes") ||
      text.starts_with("#loc") || text.starts_with("func.func"))
    return "MLIR text; --from reads what --dump-dir wrote";
  if (text.starts_with("ir_version:") || (holds("opset_import {") && holds("graph {")))
    return "an ONNX model as protobuf text; make it binary in Python: onnx.save(google.protobuf.text_format.Parse(text, "
           "onnx.ModelProto()), \"model.onnx\")";
  if (text.starts_with("<") && holds("ir_version:"))
    return "an ONNX model as text; make it binary in Python: onnx.save(onnx.parser.parse_model(text), \"model.onnx\")";
  if (text.starts_with("node {") && holds("op:"))
    return ("a TensorFlow graph as text; " + kFromTensorFlow +
            "--graphdef FILE --inputs NAME:0 --outputs NAME:0 --output "
            "model.onnx")
        .str();
  if (holds("layer {") || holds("layers {") || path.ends_with_insensitive(".prototxt"))
    return "a Caffe network's description (.prototxt); convert it with its weights: pip install caffe2onnx";
  if (text.starts_with("[net]"))
    return "a network's description for Darknet; export the model to ONNX from its framework";
  if (text.starts_with("model_checkpoint_path:"))
    return "the index of a folder of TensorFlow checkpoints; export the model: a SavedModel can be converted by tf2onnx";
  if (text.starts_with("{") && holds("\"irVersion\""))
    return "an ONNX model as JSON; make it binary in Python: onnx.save(google.protobuf.json_format.Parse(text, "
           "onnx.ModelProto()), \"model.onnx\")";
  if (text.starts_with("{"))
    return "JSON, not a model; of MXNet, export the model to ONNX from there";
  StringRef line = text.split('\n').first;
  if (path.ends_with_insensitive(".py") || line.contains("python") || line.starts_with("import ") ||
      (line.starts_with("from ") && line.contains(" import ")))
    return "a Python script, not a model; run it and have it export the model: torch.onnx.export, tf2onnx or skl2onnx";
  if (text.starts_with("#!"))
    return "a script, not a model; give the model that it makes";
  return "";
}

} // namespace

std::string nameForeignFormat(StringRef start, StringRef path) {
  const std::string lower = path.lower();
  const bool isTar = StringRef(lower).contains(".tar.") || StringRef(lower).ends_with(".tgz");
  for (const Mark &mark : kMarks)
    if (start.substr(mark.offset).starts_with(mark.bytes)) {
      std::string advice = mark.advice.str();
      if (mark.bytes == "TFL3")
        advice = (kFromTensorFlow + "--tflite " + path + " --output model.onnx").str();
      if (isTar && mark.what.starts_with("compressed"))
        advice = "unpack it and give the model inside: tar -xf";
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
                 ? StringRef("skl2onnx.to_onnx(model, example) for scikit-learn")
                 : StringRef(kFromTorch)))
        .str();
  if (path.ends_with_insensitive(".joblib"))
    return "a Python pickle (joblib), as scikit-learn writes models; load it and export: skl2onnx.to_onnx(model, example)";
  if (std::string text = nameText(start, path); !text.empty())
    return text;
  for (const Suffix &entry : kSuffixes)
    if (StringRef(lower).ends_with(entry.suffix))
      return (entry.what + "; " +
              (entry.advice.empty() ? "export the model: a SavedModel can be converted by tf2onnx" : entry.advice))
          .str();
  if (isPaddle(start))
    return ("a Paddle model; " + kFromPaddle).str();
  if (llvm::sys::path::filename(path) == "saved_model.pb" || isSavedModel(start))
    return ("a TensorFlow SavedModel; " + kFromTensorFlow + "--saved-model FOLDER --output model.onnx").str();
  if (isCoreMl(start))
    return "a Core ML model; export the model to ONNX from where it was trained";
  if (isGraphDef(start))
    return ("a TensorFlow graph; " + kFromTensorFlow +
            "--graphdef FILE --inputs NAME:0 --outputs NAME:0 --output model.onnx")
        .str();
  if (isCaffe(start))
    return "a Caffe model; convert it: pip install caffe2onnx";
  if (path.ends_with_insensitive(".pb"))
    return ("a protobuf that is no ONNX model; of a TensorFlow graph: " + kFromTensorFlow +
            "--graphdef FILE --inputs NAME:0 --outputs NAME:0 --output model.onnx")
        .str();
  return "";
}

std::string nameForeignFolder(const std::string &path) {
  auto holds = [&](StringRef name) {
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
  if (holds("Manifest.json") && holds("Data"))
    return "is a Core ML package; export the model to ONNX from where it was trained";
  if (holds("checkpoint"))
    return "is a folder of TensorFlow checkpoints; export the model: a SavedModel can be converted by tf2onnx";
  if (holds("inference.pdmodel") || holds("model.pdmodel") || holds("__model__"))
    return ("is a folder of a Paddle model; " + kFromPaddle).str();
  // The ONNX models in it, where there are some.
  std::string models;
  std::error_code code;
  int count = 0;
  constexpr int kMost = 1000;
  for (llvm::sys::fs::directory_iterator at(path, code), end; !code && at != end && count < kMost;
       at.increment(code), ++count)
    if (StringRef(at->path()).ends_with(".onnx") && (models.empty() || at->path() < models))
      models = at->path();
  return models.empty() ? "is a folder, not a model file" : "is a folder; give a model in it: " + models;
}

} // namespace ingot::driver
