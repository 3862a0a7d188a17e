#include "tools/ingot/Runner.h"

#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "tools/ingot/ExecutableImage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

namespace ingot::driver {

void RunOptions::addTo(CLI::App &verb) {
  model.addTo(verb, false);
  verb.add_option("model", model.model, "A model file or a compiled artifact")->required();
  verb.add_option("--input", inputs, "[NAME=]FILE.npy|.npz|.pb|.bin, -, random:SEED or zeros; without NAME in order")->take_all();
  verb.add_option("--device", device, "cpu, or null (runs no kernel)")->capture_default_str();
  verb.add_option("--threads", threads, "Threads that compute; 0: what the process may use");
}

namespace {

// A loaded artifact and a session on it. Owns whatever its image lives in.
class SessionRunner : public Runner {
public:
  ~SessionRunner() override {
    ingot_session_destroy(handle);
    ingot_unload(loaded);
  }
  bool open(const RunOptions &options, std::string *why) {
    ingot_error error;
    if (jit) {
      loaded = ingot_load_image(jit->image(), &error);
    } else if (executable) {
      loaded = ingot_load_image(executable->image(), &error);
    } else {
      loaded = ingot_load_file(options.model.model.c_str(), &error);
    }
    ingot_session_options sessionOptions{sizeof(ingot_session_options), options.threads, options.device.c_str(), options.profile};
    if (loaded)
      handle = ingot_session_create(loaded, options.model.entry.empty() ? nullptr : options.model.entry.c_str(), &sessionOptions, &error);
    if (!handle) {
      *why = std::string(error.code == INGOT_INTERNAL ? "internal error: " : "") + options.model.model + ": " + error.message;
      return false;
    }
    entry = std::max<int64_t>(0, ingot_artifact_find_entry(loaded, options.model.entry.empty() ? nullptr : options.model.entry.c_str()));
    for (size_t i = 0; i < ingot_artifact_input_count(loaded, entry); ++i) {
      ingot_argument_info info;
      ingot_artifact_input(loaded, entry, i, &info);
      if (!info.is_state)
        specs.push_back(specOf(info));
    }
    for (size_t i = 0; i < ingot_artifact_result_count(loaded, entry); ++i) {
      ingot_argument_info info;
      ingot_artifact_result(loaded, entry, i, &info);
      if (!info.is_state)
        resultInfos.push_back(info);
    }
    return true;
  }

  std::vector<InputSpec> inputs() const override { return specs; }
  ingot_session *session() override { return handle; }
  const ingot_artifact *artifact() const override { return loaded; }

  bool run(std::vector<HostTensor> &inputs, std::vector<HostTensor> &results, std::string *why) override {
    ingot_error error;
    std::vector<ingot_buffer> in, out(resultInfos.size());
    for (HostTensor &tensor : inputs)
      in.push_back(tensor.buffer());
    for (ingot_buffer &buffer : out)
      buffer = ingot_buffer_of(nullptr, 0, 0, nullptr);
    if (ingot_result_shapes(handle, in.data(), in.size(), out.data(), out.size(), &error) == INGOT_OK) {
      results.resize(out.size());
      for (size_t i = 0; i < out.size(); ++i) {
        HostTensor &tensor = results[i];
        tensor.name = resultInfos[i].name;
        tensor.dtype = resultInfos[i].dtype;
        tensor.dims.assign(out[i].dims, out[i].dims + out[i].rank);
        tensor.bytes.resize(tensor.elements() * ingot_dtype_bytes(tensor.dtype));
        out[i] = tensor.buffer();
      }
      if (ingot_run(handle, in.data(), in.size(), out.data(), out.size(), &error) == INGOT_OK)
        return true;
    }
    *why = std::string(error.code == INGOT_INTERNAL ? "internal error: " : "") + error.message;
    return false;
  }

  BuiltModel built;                              // keeps the context of a model compiled here
  std::unique_ptr<LoadedModel> jit;              // either this,
  std::unique_ptr<ExecutableImage> executable;   // or this, or a file the runtime opens

private:
  static InputSpec specOf(const ingot_argument_info &info) {
    InputSpec spec{info.name, info.dtype, {}};
    for (uint32_t d = 0; d < info.rank; ++d)
      spec.dims.push_back(info.size_index[d] >= 0 ? -1 : info.dims[d]);
    return spec;
  }
  ingot_artifact *loaded = nullptr;
  ingot_session *handle = nullptr;
  int64_t entry = 0;
  std::vector<InputSpec> specs;
  std::vector<ingot_argument_info> resultInfos;
};

// The imported program, interpreted.
class ReferenceRunner : public Runner {
public:
  bool open(std::string *why) {
    for (auto candidate : program.module->getOps<mlir::func::FuncOp>())
      if (candidate->hasAttr(kEntryAttr))
        function = candidate;
    if (!function) {
      *why = "internal error: the model has no entry point";
      return false;
    }
    for (mlir::BlockArgument argument : function.getArguments()) {
      auto type = mlir::cast<mlir::RankedTensorType>(argument.getType());
      auto name = function.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), kNameAttr);
      InputSpec spec{name ? name.getValue().str() : "", dtypeOf(type.getElementType()), {}};
      for (int64_t dim : type.getShape())
        spec.dims.push_back(mlir::ShapedType::isDynamic(dim) ? -1 : dim);
      if (auto state = function.getArgAttrOfType<mlir::IntegerAttr>(argument.getArgNumber(), kStateAttr))
        states.push_back({argument.getArgNumber(), static_cast<unsigned>(state.getInt()), spec});
      else
        specs.push_back(spec);
    }
    return true;
  }

  std::vector<InputSpec> inputs() const override { return specs; }

  bool run(std::vector<HostTensor> &inputs, std::vector<HostTensor> &results, std::string *why) override {
    std::vector<reference::Tensor> arguments;
    size_t next = 0;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto type = mlir::cast<mlir::RankedTensorType>(function.getArgument(i).getType());
      auto state = llvm::find_if(states, [&](const State &s) { return s.argument == i; });
      if (state != states.end()) {
        arguments.push_back(state->value.bytes.empty() ? reference::Tensor::zeros(type.getElementType(), type.getShape()) : state->value);
        continue;
      }
      HostTensor &tensor = inputs[next++];
      mlir::Type stated = elementTypeOf(function.getContext(), tensor.dtype);
      arguments.push_back({stated ? stated : type.getElementType(), {tensor.dims.begin(), tensor.dims.end()}, tensor.bytes});
    }
    llvm::Expected<std::vector<reference::Tensor>> values = reference::run(function, arguments, {&program.weights, nullptr});
    if (!values) {
      *why = llvm::toString(values.takeError());
      return false;
    }
    for (State &state : states)
      state.value = (*values)[state.result];
    results.resize(values->size());
    for (auto [i, value] : llvm::enumerate(*values)) {
      auto name = function.getResultAttrOfType<mlir::StringAttr>(i, kNameAttr);
      results[i] = {name ? name.getValue().str() : "", dtypeOf(value.elementType), {value.dims.begin(), value.dims.end()},
                    std::move(value.bytes)};
    }
    return true;
  }

  std::unique_ptr<mlir::MLIRContext> context;
  Program program;

private:
  struct State {
    unsigned argument, result;
    InputSpec spec;
    reference::Tensor value;
  };
  mlir::func::FuncOp function;
  std::vector<InputSpec> specs;
  std::vector<State> states;
};

// An --input and, where it is a file, what it held.
struct Request {
  InputRequest asked;
  std::vector<HostTensor> tensors;
};

// Reads the files that need no spec.
Status readFiles(const RunOptions &options, std::vector<Request> &requests) {
  for (const std::string &text : options.inputs) {
    Request request{parseInputRequest(text), {}};
    std::string why;
    bool raw = llvm::StringRef(request.asked.source).ends_with_insensitive(".bin") ||
               llvm::StringRef(request.asked.source).ends_with_insensitive(".raw");
    if (!isGenerated(request.asked.source) && !raw && !readTensors(request.asked.source, nullptr, request.tensors, &why))
      return fail("--input " + text + ": " + why);
    requests.push_back(std::move(request));
  }
  return Done;
}

// Shapes and types the importer may take sizes from. Names stay empty for inputs given by place.
std::vector<InputShape> knownShapes(const std::vector<Request> &requests) {
  std::vector<InputShape> known;
  for (const Request &request : requests) {
    bool several = request.tensors.size() > 1 || llvm::StringRef(request.asked.source).ends_with_insensitive(".npz");
    for (const HostTensor &tensor : request.tensors)
      known.push_back({several ? tensor.name : request.asked.name, tensor.dims, tensor.dtype, tensor.bytes});
    if (request.tensors.empty())
      known.push_back({request.asked.name, {}, 0, {}});
  }
  return known;
}

std::string listInputs(const std::vector<InputSpec> &specs) {
  std::string text;
  for (const InputSpec &spec : specs) {
    text += "\n  " + spec.name + ": " + ingot_dtype_name(spec.dtype) + "[";
    for (size_t i = 0; i < spec.dims.size(); ++i)
      text += (i ? "," : "") + (spec.dims[i] < 0 ? std::string("?") : std::to_string(spec.dims[i]));
    text += "]";
  }
  return text;
}

// Gives each input of the model its tensor.
Status fitInputs(const std::vector<InputSpec> &specs, std::vector<Request> &requests, const std::string &fallback,
                 std::vector<HostTensor> &feed) {
  std::vector<bool> fed(specs.size(), false);
  feed.assign(specs.size(), {});
  std::string why;
  auto place = [&](const std::string &name) -> size_t {
    for (size_t i = 0; i < specs.size(); ++i)
      if (name.empty() ? !fed[i] : specs[i].name == name)
        return i;
    return specs.size();
  };
  auto give = [&](const std::string &name, const std::string &source, HostTensor tensor, bool generate) {
    size_t at = place(name);
    if (at == specs.size())
      return fail(name.empty() ? "--input " + source + ": the model has only " + std::to_string(specs.size()) + " inputs:" + listInputs(specs)
                               : "--input " + name + "=" + source + ": the model has no input '" + name + "'; it has:" + listInputs(specs));
    if (fed[at])
      return fail("input '" + specs[at].name + "' is given twice");
    if (generate) {
      std::vector<HostTensor> read;
      bool fine = isGenerated(source) ? generateTensor(source, specs[at], tensor, &why) : readTensors(source, &specs[at], read, &why);
      if (!fine)
        return fail(why);
      if (!read.empty())
        tensor = std::move(read.front());
    }
    // Stored types that share their bits with the input's (f8 as u8, bf16 as raw) are taken for it.
    tensor.name = specs[at].name;
    feed[at] = std::move(tensor);
    fed[at] = true;
    return Done;
  };
  for (Request &request : requests) {
    bool npz = llvm::StringRef(request.asked.source).ends_with_insensitive(".npz");
    if (request.tensors.empty())
      if (Status status = give(request.asked.name, request.asked.source, {}, true); status != Done)
        return status;
    for (HostTensor &tensor : request.tensors) {
      std::string name = npz ? tensor.name : request.asked.name;
      if (Status status = give(name, request.asked.source, std::move(tensor), false); status != Done)
        return status;
    }
  }
  std::vector<InputSpec> missing;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (fed[i])
      continue;
    if (fallback.empty()) {
      missing.push_back(specs[i]);
    } else if (!generateTensor(fallback, specs[i], feed[i], &why)) {
      return fail(why);
    }
  }
  if (!missing.empty())
    return fail("nothing to feed these inputs; give --input [NAME=]FILE.npy, random:SEED or zeros:" + listInputs(missing));
  return Done;
}

} // namespace

Status prepareRun(const RunOptions &options, const std::string &fallback, std::unique_ptr<Runner> &runner, std::vector<HostTensor> &feed) {
  if (llvm::StringRef(options.device).starts_with("cuda"))
    return fail("--device=" + options.device + ": not built in; devices are cpu and null");
  std::string why;
  FileKind kind = detectFile(options.model.model, &why);
  std::vector<Request> requests;
  if (Status status = readFiles(options, requests); status != Done)
    return status;

  if (options.reference) {
    auto made = std::make_unique<ReferenceRunner>();
    if (Status status = importModel(options.model, knownShapes(requests), made->context, made->program); status != Done)
      return status;
    if (!made->open(&why))
      return fail(why);
    runner = std::move(made);
  } else {
    auto made = std::make_unique<SessionRunner>();
    if (kind == FileKind::Artifact) {
      llvm::Expected<std::unique_ptr<ExecutableImage>> executable = ExecutableImage::openIfExecutable(options.model.model);
      if (!executable)
        return fail(llvm::toString(executable.takeError()));
      made->executable = std::move(*executable);
    } else {
      if (Status status = buildModel(options.model, knownShapes(requests), "native", made->built); status != Done)
        return status;
      if (!made->built.model->complete)
        return fail("--stop-after=" + options.model.stopAfter + ": nothing to run");
      llvm::Expected<std::unique_ptr<LoadedModel>> loaded = LoadedModel::load(*made->built.model);
      if (!loaded)
        return fail("internal error: " + llvm::toString(loaded.takeError()));
      made->jit = std::move(*loaded);
    }
    if (!made->open(options, &why))
      return fail(why);
    runner = std::move(made);
  }
  // Sizes that nothing fixed take their smallest value in generated inputs; the session refuses what does not fit.
  return fitInputs(runner->inputs(), requests, fallback, feed);
}

} // namespace ingot::driver
