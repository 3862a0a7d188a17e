#include "tools/ingot/RunOptions.h"

#include "ir/DidYouMean.h"
#include "tools/ingot/ExecutableImage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <map>
#include <nlohmann/json.hpp>

namespace ingot::driver {

void RunOptions::addTo(CLI::App &verb) {
  model.addTo(verb, false);
  addModelArgument(verb, "model", model.model, "A model file or a compiled artifact");
  // Told as each is read, so that --then, where a verb has it, stands between them.
  verb.add_option_function<std::vector<std::string>>(
          "--input", [this](const std::vector<std::string> &texts) { llvm::append_range(calls.back().inputs, texts); },
          "[NAME=]FILE.npy|.npz|.pb|.bin, -, random:SEED or zeros; without NAME in order")
      ->take_all()
      ->trigger_on_parse();
  verb.add_option_function<std::vector<std::string>>(
          "--entry",
          [this](const std::vector<std::string> &names) {
            if (names.size() != 1 || !calls.back().entry.empty())
              throw CLI::ValidationError("--entry", "a call has one entry point");
            calls.back().entry = names.front();
          },
          "NAME: the entry point of this call and those after it, of a model that has several; by default the first")
      ->take_all()
      ->trigger_on_parse();
  verb.add_option("--device", device, "cpu, or null (runs no kernel)")->capture_default_str();
  verb.add_option("--threads", threads, "Threads that compute; 0: what the process may use")->check(CLI::Range(0, 1024));
}

namespace {

// An --input and, where it is a file, what it held.
struct Request {
  InputRequest asked;
  std::vector<HostTensor> tensors;
};

// What to do about a file that could not be read as an input.
std::string inputAdvice(const std::string &source) {
  constexpr llvm::StringLiteral kMade[] = {"zeros", "random"};
  llvm::StringRef path(source);
  double number;
  if (!path.split(',').first.getAsDouble(number) && !llvm::sys::fs::exists(source))
    return "; a value is stated by --fix NAME=" + source;
  if (!llvm::sys::fs::exists(source)) // "zero", "ones", "rand:1"
    return path.find_first_of("/.") == llvm::StringRef::npos
               ? "; without a file: zeros, random or random:SEED" + didYouMean(path.split(':').first, kMade)
               : "";
  if (llvm::sys::fs::is_directory(source) || path.ends_with_insensitive(".npy") || path.ends_with_insensitive(".npz") ||
      path.ends_with_insensitive(".pb"))
    return "";
  return "; inputs are .npy, .npz, .pb (an ONNX tensor) or .bin (raw elements)";
}

// Reads the files that need no spec.
Status readFiles(llvm::ArrayRef<std::string> inputs, std::vector<Request> &requests) {
  for (const std::string &text : inputs) {
    Request request{parseInputRequest(text), {}};
    std::string why;
    if (text.front() == '=' || (text.back() == '=' && !llvm::sys::fs::exists(text)))
      return fail("--input " + text + ": expected [NAME=]FILE");
    if (request.asked.source == "-" && standardInputIsRead())
      return fail("--input " + text + ": the standard input is the model");
    bool raw = llvm::StringRef(request.asked.source).ends_with_insensitive(".bin") ||
               llvm::StringRef(request.asked.source).ends_with_insensitive(".raw");
    if (!isGenerated(request.asked.source) && !raw && !readTensors(request.asked.source, nullptr, request.tensors, &why))
      return fail("--input: " + why + inputAdvice(request.asked.source));
    if (request.tensors.empty() && llvm::StringRef(request.asked.source).ends_with_insensitive(".npz"))
      return fail("--input " + request.asked.source + ": holds no array");
    requests.push_back(std::move(request));
  }
  return Done;
}

bool isNpz(const Request &request) { return llvm::StringRef(request.asked.source).ends_with_insensitive(".npz"); }

// The tensors of a request, each with its input's name; one without has none.
std::string nameOf(const Request &request, const HostTensor &tensor) {
  return isNpz(request) ? tensor.name : request.asked.name;
}

// Shapes and types the importer may take sizes from. Names stay empty for inputs given by place.
std::vector<InputShape> knownShapes(const std::vector<Request> &requests) {
  std::vector<InputShape> known;
  for (const Request &request : requests) {
    const std::string file = isNpz(request) ? "--input " + request.asked.source : "";
    for (const HostTensor &tensor : request.tensors)
      known.push_back(
          {nameOf(request, tensor), tensor.dims, tensor.borrowsType() ? 0 : tensor.dtype, tensor.bytes, true, {}, file});
    if (request.tensors.empty())
      known.push_back({request.asked.name, {}, 0, {}, false, {}, file});
  }
  return known;
}

// The same for all calls: where later ones feed an input other dims, from the least to the largest.
Status knownShapes(const RunOptions &options, const std::vector<Request> &first, std::vector<InputShape> &known) {
  known = knownShapes(first);
  for (const RunOptions::Call &call : llvm::drop_begin(options.calls)) {
    std::vector<Request> requests;
    if (Status status = readFiles(call.inputs, requests); status != Done)
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
  Feeder(const Runner &runner, std::vector<HostTensor> &feed) : runner(runner), specs(runner.inputs()), feed(feed) {
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
        return fail("--dim " + text.str() + ": the artifact has no size '" + name.str() + "'" +
                    didYouMean(name, sizeNames()) + "; its inputs:" + listInputs(specs));
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
      std::string spare;
      size_t used = 0;
      for (HostTensor &tensor : request.tensors) {
        std::string name = nameOf(request, tensor);
        if (isNpz(request) && !llvm::any_of(specs, [&](const InputSpec &spec) { return spec.name == name; })) {
          spare += (spare.empty() ? "'" : ", '") + name + "'";
          continue;
        }
        ++used;
        items.push_back({name, request.asked.source, &tensor});
      }
      if (!spare.empty() && !used)
        return fail("--input " + request.asked.source + ": holds " + spare +
                    ", none of which is an input; the model has:" + listInputs(specs));
      if (!spare.empty())
        say("--input " + request.asked.source + ": not used: " + spare);
    }
    llvm::stable_sort(items, [](const Item &a, const Item &b) { return !a.name.empty() && b.name.empty(); });
    for (const Item &item : items)
      if (Status status = put(item.name, item.source, item.tensor); status != Done)
        return status;
    return Done;
  }

  // Inputs that nothing is said of are as before, where the entry point before had them.
  void keep(const std::vector<HostTensor> &before) {
    for (size_t i = 0; i < specs.size(); ++i)
      for (const HostTensor &tensor : before)
        if (sources[i].empty() && tensor.name == specs[i].name && tensor.dtype == specs[i].dtype &&
            tensor.dims.size() == specs[i].dims.size()) {
          feed[i] = tensor;
          sources[i] = "as before";
        }
  }

  // Makes what is still to be made: zeros, random numbers, raw bytes; `fallback` for inputs nothing was said of. Those with a
  // default keep it: they have no bytes.
  Status generate(const std::string &fallback, hostio::SizeChoice choice) {
    std::vector<InputSpec> missing, closed = runner.closed(choice, sizes);
    for (size_t i = 0; i < specs.size(); ++i) {
      if (sources[i].empty() && specs[i].hasDefault) {
        feed[i] = {specs[i].name, specs[i].dtype, closed[i].dims, {}, {}};
        continue;
      }
      if (sources[i].empty() && fallback.empty())
        missing.push_back(specs[i]);
      std::string source = sources[i].empty() ? fallback : sources[i], why;
      if (source.empty() || !feed[i].name.empty())
        continue;
      std::vector<HostTensor> read;
      if (isGenerated(source) ? !generateTensor(source, closed[i], feed[i], &why)
                              : !readTensors(source, &closed[i], read, &why))
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
  std::vector<std::string> inputNames() const {
    std::vector<std::string> names;
    for (const InputSpec &spec : specs)
      names.push_back(spec.name);
    return names;
  }
  std::vector<std::string> sizeNames() const {
    std::vector<std::string> names;
    for (const InputSpec &spec : specs)
      for (const InputSpec::Size &size : spec.sizes)
        names.push_back(size.name);
    return names;
  }
  Status put(const std::string &name, const std::string &source, HostTensor *tensor) {
    size_t at = specs.size();
    // By place, those with a default come last.
    for (bool optional : {false, true})
      for (size_t i = 0; i < specs.size() && at == specs.size(); ++i)
        if (name.empty() ? sources[i].empty() && specs[i].hasDefault == optional : specs[i].name == name)
          at = i;
    if (at == specs.size())
      return fail(name.empty() ? "--input " + source + ": the model has only " + std::to_string(specs.size()) +
                                     (specs.size() == 1 ? " input:" : " inputs:") + listInputs(specs)
                               : "--input " + name + "=" + source + ": the model has no input '" + name + "'" +
                                     didYouMean(name, inputNames()) + "; it has:" + listInputs(specs));
    if (!sources[at].empty())
      return fail("input '" + specs[at].name + "' is given twice");
    sources[at] = source;
    if (!tensor)
      return Done;
    std::string why;
    if (!readAs(*tensor, specs[at].dtype, &why))
      return fail("input '" + specs[at].name + "': '" + source + "' " + why);
    feed[at] = std::move(*tensor);
    feed[at].name = specs[at].name;
    if (feed[at].dims.size() == specs[at].sizes.size())
      for (auto [dim, size] : llvm::zip(feed[at].dims, specs[at].sizes))
        if (!size.name.empty())
          sizes.try_emplace(size.name, dim);
    return Done;
  }

  const Runner &runner;
  const std::vector<InputSpec> specs;
  std::vector<HostTensor> &feed;
  std::vector<std::string> sources; // by input; empty: not given
  std::map<std::string, int64_t> sizes;
};

} // namespace

Status prepareCall(const RunOptions &options, size_t call, Runner &runner, std::vector<HostTensor> &feed) {
  std::vector<Request> requests;
  std::string why;
  if (const std::string &entry = options.calls[call].entry; !entry.empty() && !runner.select(entry, &why))
    return fail(options.model.model + ": " + why);
  if (Status status = readFiles(options.calls[call].inputs, requests); status != Done)
    return status;
  std::vector<HostTensor> next;
  Feeder feeder(runner, next);
  if (Status status = feeder.place(requests); status != Done)
    return status;
  feeder.keep(feed);
  if (Status status = feeder.generate("", hostio::SizeChoice::Least); status != Done)
    return status;
  feed = std::move(next);
  return Done;
}

// The options of the model with the entry points that the calls name, where the first of them does.
static ModelOptions ofCalls(const RunOptions &options) {
  ModelOptions model = options.model;
  for (const RunOptions::Call &call : options.calls)
    if (!call.entry.empty() && !options.calls.front().entry.empty() && !llvm::is_contained(model.entries, call.entry))
      model.entries.push_back(call.entry);
  return model;
}

Status importToRun(const RunOptions &options, std::unique_ptr<mlir::MLIRContext> &context, Program &program) {
  std::vector<Request> requests;
  if (Status status = readFiles(options.calls.front().inputs, requests); status != Done)
    return status;
  std::vector<InputShape> known;
  if (Status status = knownShapes(options, requests, known); status != Done)
    return status;
  return importModel(ofCalls(options), std::move(known), context, program);
}

Status makeRunner(const RunOptions &options, std::vector<InputShape> known, std::unique_ptr<Runner> &runner) {
  std::string why;
  SessionOptions session{options.calls.front().entry, options.device, options.threads, options.profile};
  if (detectFile(options.model.model, &why) == FileKind::Artifact) {
    if (Status status = loadLibraries(options.model); status != Done)
      return status;
    OpenArtifact opened = openArtifact(options.model.model);
    if (!opened.artifact)
      why = (opened.error.code == INGOT_INTERNAL ? "internal error: " : "") + std::string(opened.error.message);
    else
      runner = makeSessionRunner(opened.artifact, opened.image, session, &why);
  } else if (options.reference) {
    std::unique_ptr<mlir::MLIRContext> context;
    Program program;
    if (Status status = importModel(ofCalls(options), std::move(known), context, program); status != Done)
      return status;
    runner = makeReferenceRunner(std::move(context), std::move(program), options.calls.front().entry, &why);
  } else {
    BuiltModel built;
    if (Status status = buildModel(ofCalls(options), std::move(known), "native", built, /*keepText=*/false,
                                   /*assembly=*/false, /*mapWeights=*/true);
        status != Done)
      return status;
    if (!built.model->complete)
      return fail("--stop-after=" + options.model.stopAfter + ": nothing to run");
    runner = makeCompiledRunner(*built.model, session, &why);
  }
  if (runner)
    return Done;
  llvm::StringRef message(why);
  bool internal = message.consume_front("internal error: "), located = message.contains(options.model.model);
  return fail((internal ? "internal error: " : "") + (located ? "" : options.model.model + ": ") + message.str());
}

Status prepareRun(const RunOptions &options, const std::string &fallback, hostio::SizeChoice sizes,
                  std::unique_ptr<Runner> &runner, std::vector<HostTensor> &feed) {
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
  if (Status status = readFiles(options.calls.front().inputs, requests); status != Done)
    return status;
  std::vector<InputShape> known;
  if (!artifact)
    if (Status status = knownShapes(options, requests, known); status != Done)
      return status;
  if (Status status = makeRunner(options, std::move(known), runner); status != Done)
    return status;
  Feeder feeder(*runner, feed);
  if (artifact)
    if (Status status = feeder.take(options.model); status != Done)
      return status;
  if (Status status = feeder.place(requests); status != Done)
    return status;
  return feeder.generate(fallback, sizes);
}

nlohmann::json sizesJson(Runner &runner, std::vector<HostTensor> &feed) {
  nlohmann::json sizes = nlohmann::json::object();
  for (const auto &[name, value] : runner.sizesOf(feed))
    sizes[name] = value;
  return sizes;
}

std::string sizesText(Runner &runner, std::vector<HostTensor> &feed) {
  std::string text;
  for (const auto &[name, value] : runner.sizesOf(feed))
    text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(value);
  return text;
}

} // namespace ingot::driver
