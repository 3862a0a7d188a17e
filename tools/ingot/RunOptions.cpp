#include "tools/ingot/RunOptions.h"

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

// An --input and, where it is a file, what it held.
struct Request {
  InputRequest asked;
  std::vector<HostTensor> tensors;
};

// The --inputs of call `call`, from 0.
std::vector<std::string> inputsOf(const RunOptions &options, size_t call) {
  std::vector<std::string> inputs;
  for (const std::string &text : options.inputs)
    if (text == RunOptions::kThen)
      --call;
    else if (call == 0)
      inputs.push_back(text);
  return inputs;
}

// Reads the files that need no spec.
Status readFiles(const std::vector<std::string> &inputs, std::vector<Request> &requests) {
  for (const std::string &text : inputs) {
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

// The same for all calls: where later ones feed an input other dims, from the least to the largest.
Status knownShapes(const RunOptions &options, const std::vector<Request> &first, std::vector<InputShape> &known) {
  known = knownShapes(first);
  for (size_t call = 1; call <= laterCalls(options); ++call) {
    std::vector<Request> requests;
    if (Status status = readFiles(inputsOf(options, call), requests); status != Done)
      return status;
    for (auto [place, shape] : llvm::enumerate(knownShapes(requests))) {
      auto same = llvm::find_if(known, [&, name = shape.name](const InputShape &other) { return other.name == name; });
      if (shape.name.empty())
        same = place < known.size() && known[place].name.empty() ? known.begin() + place : known.end();
      if (same != known.end() && same->bytes != shape.bytes)
        same->bytes.clear(); // what differs from call to call decides nothing
      if (same == known.end() || !shape.sized || !same->sized || same->dims.size() != shape.dims.size())
        continue;
      if (same->most.empty())
        same->most = same->dims;
      for (size_t i = 0; i < shape.dims.size(); ++i) {
        same->dims[i] = std::min(same->dims[i], shape.dims[i]);
        same->most[i] = std::max(same->most[i], shape.dims[i]);
      }
    }
  }
  return Done;
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

  // Inputs that nothing is said of are as before.
  void keep(const std::vector<HostTensor> &before) {
    for (size_t i = 0; i < specs.size(); ++i)
      if (sources[i].empty()) {
        feed[i] = before[i];
        sources[i] = "as before";
      }
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

// Opens an artifact file: a shared library through the runtime's loader, an executable through its image.
std::unique_ptr<Runner> openArtifact(const std::string &path, const SessionOptions &options, std::string *why) {
  llvm::Expected<std::unique_ptr<ExecutableImage>> opened = ExecutableImage::openIfExecutable(path);
  if (!opened) {
    *why = llvm::toString(opened.takeError());
    return nullptr;
  }
  std::shared_ptr<ExecutableImage> executable = std::move(*opened);
  ingot_error error;
  ingot_artifact *artifact = executable
                                 ? ingot_load_mapped(executable->image(), executable->start(), executable->size(), &error)
                                 : ingot_load_file(path.c_str(), &error);
  if (!artifact) {
    *why = (error.code == INGOT_INTERNAL ? "internal error: " : "") + std::string(error.message);
    return nullptr;
  }
  return makeSessionRunner(artifact, executable, options, why);
}

} // namespace

size_t laterCalls(const RunOptions &options) { return llvm::count(options.inputs, RunOptions::kThen); }

Status prepareCall(const RunOptions &options, size_t call, const Runner &runner, std::vector<HostTensor> &feed) {
  std::vector<Request> requests;
  if (Status status = readFiles(inputsOf(options, call), requests); status != Done)
    return status;
  std::vector<InputSpec> specs = runner.inputs();
  std::vector<HostTensor> next;
  Feeder feeder(specs, next);
  if (Status status = feeder.place(requests); status != Done)
    return status;
  feeder.keep(feed);
  if (Status status = feeder.generate(""); status != Done)
    return status;
  feed = std::move(next);
  return Done;
}

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
  if (Status status = readFiles(inputsOf(options, 0), requests); status != Done)
    return status;

  SessionOptions session{options.model.entry, options.device, options.threads, options.profile};
  std::vector<InputShape> known;
  if (!artifact)
    if (Status status = knownShapes(options, requests, known); status != Done)
      return status;
  if (options.reference) {
    std::unique_ptr<mlir::MLIRContext> context;
    Program program;
    if (Status status = importModel(options.model, known, context, program); status != Done)
      return status;
    runner = makeReferenceRunner(std::move(context), std::move(program), &why);
  } else if (artifact) {
    runner = openArtifact(options.model.model, session, &why);
  } else {
    BuiltModel built;
    if (Status status = buildModel(options.model, known, "native", built, /*keepText=*/false,
                                   /*assembly=*/false, /*mapWeights=*/true);
        status != Done)
      return status;
    if (!built.model->complete)
      return fail("--stop-after=" + options.model.stopAfter + ": nothing to run");
    runner = makeCompiledRunner(*built.model, session, &why);
  }
  if (!runner) {
    llvm::StringRef message(why);
    bool internal = message.consume_front("internal error: "), located = message.contains(options.model.model);
    return fail((internal ? "internal error: " : "") + (located ? "" : options.model.model + ": ") + message.str());
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
