#include "tools/ingot/Runner.h"

#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "runtime/loaders/mapped_image.h"
#include "tools/ingot/ExecutableImage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <map>

namespace ingot::driver {

void RunOptions::addTo(CLI::App &verb) {
  model.addTo(verb, false);
  verb.add_option("model", model.model, "A model file or a compiled artifact")->required();
  verb.add_option("--input", inputs, "[NAME=]FILE.npy|.npz|.pb|.bin, -, random:SEED or zeros; without NAME in order")
      ->take_all();
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
      loaded = ingot_load_mapped(executable->image(), executable->start(), executable->size(), &error);
    } else {
      loaded = ingot_load_file(options.model.model.c_str(), &error);
    }
    ingot_session_options sessionOptions{sizeof(ingot_session_options), options.threads, options.device.c_str(),
                                         options.profile};
    if (loaded)
      handle = ingot_session_create(loaded, options.model.entry.empty() ? nullptr : options.model.entry.c_str(),
                                    &sessionOptions, &error);
    if (!handle) {
      bool located = llvm::StringRef(error.message).contains(options.model.model);
      *why = (error.code == INGOT_INTERNAL ? "internal error: " : "") + (located ? "" : options.model.model + ": ") +
             error.message;
      return false;
    }
    entry = std::max<int64_t>(
        0, ingot_artifact_find_entry(loaded, options.model.entry.empty() ? nullptr : options.model.entry.c_str()));
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

  BuiltModel built;                            // keeps the context of a model compiled here
  std::unique_ptr<LoadedModel> jit;            // either this,
  std::unique_ptr<ExecutableImage> executable; // or this, or a file the runtime opens

private:
  InputSpec specOf(const ingot_argument_info &info) const {
    InputSpec spec{info.name, info.dtype, {}, {}};
    for (uint32_t d = 0; d < info.rank; ++d) {
      ingot_size_info size{};
      bool open = info.size_index[d] >= 0 && ingot_artifact_size(loaded, info.size_index[d], &size) == INGOT_OK;
      spec.dims.push_back(open ? -1 : info.dims[d]);
      spec.sizes.push_back(open ? InputSpec::Size{size.name, size.min} : InputSpec::Size{});
    }
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
    llvm::SmallVector<SizeAttr> sizes = moduleSizes(function);
    for (mlir::BlockArgument argument : function.getArguments()) {
      auto type = mlir::cast<mlir::RankedTensorType>(argument.getType());
      auto name = function.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), kNameAttr);
      InputSpec spec{name ? name.getValue().str() : "", dtypeOf(type.getElementType()), {}, {}};
      for (mlir::AffineExpr expr : dimExprs(type)) {
        auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expr);
        auto size = mlir::dyn_cast<mlir::AffineSymbolExpr>(expr);
        spec.dims.push_back(constant ? constant.getValue() : -1);
        spec.sizes.push_back(
            size ? InputSpec::Size{sizes[size.getPosition()].getName().str(), sizes[size.getPosition()].getMin()}
                 : InputSpec::Size{});
      }
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
    llvm::SmallVector<int64_t> values = sizeValues(inputs);
    size_t next = 0;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto type = mlir::cast<mlir::RankedTensorType>(function.getArgument(i).getType());
      auto state = llvm::find_if(states, [&](const State &s) { return s.argument == i; });
      if (state != states.end()) {
        llvm::SmallVector<int64_t> dims;
        for (mlir::AffineExpr expr : dimExprs(type))
          dims.push_back(evaluateExpr(expr, values).value_or(0));
        arguments.push_back(state->value.bytes.empty() ? reference::Tensor::zeros(type.getElementType(), dims)
                                                       : state->value);
        continue;
      }
      HostTensor &tensor = inputs[next++];
      mlir::Type stated = elementTypeOf(function.getContext(), tensor.dtype);
      arguments.push_back({stated ? stated : type.getElementType(), {tensor.dims.begin(), tensor.dims.end()}, tensor.bytes});
    }
    llvm::Expected<std::vector<reference::Tensor>> returned =
        reference::run(function, arguments, {&program.weights, nullptr});
    if (!returned) {
      *why = llvm::toString(returned.takeError());
      return false;
    }
    for (State &state : states)
      state.value = (*returned)[state.result];
    results.clear();
    for (auto [i, value] : llvm::enumerate(*returned)) {
      if (llvm::any_of(states, [&, i = i](const State &s) { return s.result == i; }))
        continue;
      auto name = function.getResultAttrOfType<mlir::StringAttr>(i, kNameAttr);
      results.push_back({name ? name.getValue().str() : "",
                         dtypeOf(value.elementType),
                         {value.dims.begin(), value.dims.end()},
                         std::move(value.bytes)});
    }
    return true;
  }

  std::unique_ptr<mlir::MLIRContext> context;
  Program program;

private:
  // Of each size, what the inputs' dims say.
  llvm::SmallVector<int64_t> sizeValues(llvm::ArrayRef<HostTensor> inputs) {
    llvm::SmallVector<int64_t> values;
    for (SizeAttr size : moduleSizes(function)) {
      values.push_back(size.getMin());
      for (auto [spec, tensor] : llvm::zip(specs, inputs))
        for (auto [of, dim] : llvm::zip(spec.sizes, tensor.dims))
          if (of.name == size.getName())
            values.back() = dim;
    }
    return values;
  }

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
      return fail("--input: " + why);
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
      known.push_back({several ? tensor.name : request.asked.name, tensor.dims, tensor.dtype, tensor.bytes, true});
    if (request.tensors.empty())
      known.push_back({request.asked.name, {}, 0, {}, false});
  }
  return known;
}

// The tensors of a request, each with its input's name; one without has none.
std::string nameOf(const Request &request, const HostTensor &tensor) {
  return llvm::StringRef(request.asked.source).ends_with_insensitive(".npz") ? tensor.name : request.asked.name;
}

std::string listInputs(const std::vector<InputSpec> &specs) {
  std::string text;
  for (const InputSpec &spec : specs) {
    text += "\n  " + spec.name + ": " + ingot_dtype_name(spec.dtype) + "[";
    for (size_t i = 0; i < spec.dims.size(); ++i)
      text += (i ? "," : "") + (spec.dims[i] >= 0                                      ? std::to_string(spec.dims[i])
                                : i < spec.sizes.size() && !spec.sizes[i].name.empty() ? spec.sizes[i].name
                                                                                       : std::string("?"));
    text += "]";
  }
  return text;
}

// Fits what was asked for to the model's inputs.
class Feeder {
public:
  Feeder(const std::vector<InputSpec> &specs, std::vector<HostTensor> &feed) : specs(specs), feed(feed) {
    feed.assign(specs.size(), {});
    sources.resize(specs.size());
  }

  // --dim NAME=N and --shape [NAME=]1x2x3, for the sizes of an artifact.
  Status take(const ModelOptions &options) {
    for (llvm::StringRef text : options.dims) {
      auto [name, value] = text.rsplit('=');
      int64_t number;
      if (value.getAsInteger(10, number) || number < 0)
        return fail("--dim " + text.str() + ": an artifact's sizes are given as NAME=N");
      if (!llvm::any_of(specs, [&](const InputSpec &spec) {
            return llvm::any_of(spec.sizes, [&](const InputSpec::Size &size) { return !name.empty() && size.name == name; });
          }))
        return fail("--dim " + text.str() + ": the artifact has no size '" + name.str() +
                    "'; its inputs:" + listInputs(specs));
      sizes[name.str()] = number;
    }
    for (llvm::StringRef text : options.shapes) {
      auto [name, value] = text.contains('=') ? text.rsplit('=') : std::pair<llvm::StringRef, llvm::StringRef>("", text);
      llvm::SmallVector<llvm::StringRef> parts;
      value.split(parts, 'x');
      auto spec =
          llvm::find_if(specs, [&](const InputSpec &s) { return name.empty() ? specs.size() == 1 : s.name == name; });
      if (spec == specs.end() || parts.size() != spec->dims.size())
        return fail("--shape " + text.str() + ": expected [NAME=]1x2x3 for one of:" + listInputs(specs));
      for (auto [part, dim, size] : llvm::zip_first(parts, spec->dims, spec->sizes)) {
        int64_t number;
        if (part.getAsInteger(10, number) || number < 0 || (dim >= 0 && number != dim))
          return fail("--shape " + text.str() + ": expected the shape of:" + listInputs({*spec}));
        if (!size.name.empty())
          sizes[size.name] = number;
      }
    }
    return Done;
  }

  // Named ones first: one without a name goes to the next input that no other names.
  Status place(std::vector<Request> &requests) {
    struct Item {
      std::string name, source;
      HostTensor *tensor; // null: to be made
    };
    std::vector<Item> items;
    for (Request &request : requests) {
      if (request.tensors.empty())
        items.push_back({request.asked.name, request.asked.source, nullptr});
      for (HostTensor &tensor : request.tensors)
        items.push_back({nameOf(request, tensor), request.asked.source, &tensor});
    }
    llvm::stable_sort(items, [](const Item &a, const Item &b) { return !a.name.empty() && b.name.empty(); });
    for (const Item &item : items)
      if (Status status = put(item.name, item.source, item.tensor); status != Done)
        return status;
    return Done;
  }

  // Makes what is still to be made: zeros, random numbers, raw bytes; `fallback` for inputs nothing was said of.
  Status generate(const std::string &fallback) {
    std::vector<InputSpec> missing;
    for (size_t i = 0; i < specs.size(); ++i) {
      if (sources[i].empty() && fallback.empty())
        missing.push_back(specs[i]);
      std::string source = sources[i].empty() ? fallback : sources[i], why;
      if (source.empty() || !feed[i].name.empty())
        continue;
      InputSpec spec = closed(specs[i]);
      std::vector<HostTensor> read;
      if (isGenerated(source) ? !generateTensor(source, spec, feed[i], &why) : !readTensors(source, &spec, read, &why))
        return fail("--input: " + why);
      if (!read.empty())
        feed[i] = std::move(read.front());
      feed[i].name = specs[i].name;
    }
    if (!missing.empty())
      return fail("nothing to feed these inputs; give --input [NAME=]FILE.npy, random:SEED or zeros:" + listInputs(missing));
    return Done;
  }

private:
  Status put(const std::string &name, const std::string &source, HostTensor *tensor) {
    size_t at = 0;
    while (at < specs.size() && (name.empty() ? !sources[at].empty() : specs[at].name != name))
      ++at;
    if (at == specs.size())
      return fail(name.empty() ? "--input " + source + ": the model has only " + std::to_string(specs.size()) +
                                     (specs.size() == 1 ? " input:" : " inputs:") + listInputs(specs)
                               : "--input " + name + "=" + source + ": the model has no input '" + name +
                                     "'; it has:" + listInputs(specs));
    if (!sources[at].empty())
      return fail("input '" + specs[at].name + "' is given twice");
    sources[at] = source;
    if (!tensor)
      return Done;
    feed[at] = std::move(*tensor);
    feed[at].name = specs[at].name;
    if (feed[at].dims.size() == specs[at].sizes.size())
      for (auto [dim, size] : llvm::zip(feed[at].dims, specs[at].sizes))
        if (!size.name.empty())
          sizes.try_emplace(size.name, dim);
    return Done;
  }

  // With sizes that nothing fixed at their least value.
  InputSpec closed(InputSpec spec) const {
    for (auto [size, dim] : llvm::zip_first(spec.sizes, spec.dims))
      if (!size.name.empty()) {
        auto known = sizes.find(size.name);
        dim = known == sizes.end() ? size.least : known->second;
      }
    return spec;
  }

  const std::vector<InputSpec> &specs;
  std::vector<HostTensor> &feed;
  std::vector<std::string> sources; // by input; empty: not given
  std::map<std::string, int64_t> sizes;
};

} // namespace

Status prepareRun(const RunOptions &options, const std::string &fallback, std::unique_ptr<Runner> &runner,
                  std::vector<HostTensor> &feed) {
  if (options.model.target != "cpu" && !llvm::StringRef(options.model.target).starts_with("cuda") &&
      options.model.target != "wasm32")
    return fail("--target=" + options.model.target +
                ": models run on this machine's cpu; 'ingot compile' makes artifacts for others");
  if (llvm::StringRef(options.device).starts_with("cuda"))
    return fail("--device=" + options.device + ": not built in; devices are cpu and null");
  std::string why;
  FileKind kind = detectFile(options.model.model, &why);
  if (kind == FileKind::Unreadable || kind == FileKind::Unknown)
    return fail(why);
  if (kind == FileKind::Archive)
    return fail(options.model.model +
                ": is an archive; the object in it runs as part of a program that calls its functions");
  bool artifact = kind == FileKind::Artifact;
  if (std::string flag = options.model.compileFlag(); artifact && !flag.empty())
    return fail(flag + ": " + options.model.model + " is compiled already");
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
    if (artifact) {
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
  std::vector<InputSpec> specs = runner->inputs();
  Feeder feeder(specs, feed);
  if (artifact)
    if (Status status = feeder.take(options.model); status != Done)
      return status;
  if (Status status = feeder.place(requests); status != Done)
    return status;
  return feeder.generate(fallback);
}

} // namespace ingot::driver
