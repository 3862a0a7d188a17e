#include "tools/execution/Runner.h"

#include "compiler/jit/Jit.h"
#include "ir/Defaults.h"
#include "ir/Entries.h"
#include "ir/States.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "runtime/hostio/Values.h"
#include "runtime/loaders/artifact_state.h"
#include "tools/execution/BoundFunctions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

namespace ingot::driver {

namespace {

// A loaded artifact and a session on it. Owns whatever its image lives in.
class SessionRunner : public Runner {
public:
  ~SessionRunner() override {
    ingot_session_destroy(handle);
    ingot_unload(loaded);
  }
  SessionRunner(ingot_artifact *artifact, std::shared_ptr<void> image) : image(std::move(image)), loaded(artifact) {}
  bool open(const SessionOptions &options, std::string *why) {
    ingot_error error;
    ingot_session_options sessionOptions{sizeof(ingot_session_options), options.threads, options.device.c_str(),
                                         options.profile};
    const char *name = options.entry.empty() ? nullptr : options.entry.c_str();
    handle = ingot_session_create(loaded, name, &sessionOptions, &error);
    if (!handle) {
      *why = (error.code == INGOT_INTERNAL ? "internal error: " : "") + std::string(error.message);
      return false;
    }
    learn(name);
    return true;
  }

  bool select(const std::string &name, std::string *why) override {
    ingot_error error;
    if (ingot_session_select(handle, name.c_str(), &error) != INGOT_OK) {
      *why = error.message;
      return false;
    }
    learn(name.c_str());
    return true;
  }

  std::vector<InputSpec> inputs() const override { return specs; }
  ingot_session *session() override { return handle; }
  std::string modelName() const override { return ingot_artifact_model_name(loaded); }

  std::vector<InputSpec> closed(hostio::SizeChoice choice, const std::map<std::string, int64_t> &given) const override {
    rt::Table table = loaded->table;
    hostio::CallSizes sizes;
    const uint32_t first = hostio::recordFor(table, table.recordOf(entry), choice);
    if (!sizes.choose(table, first, choice))
      llvm::report_bad_alloc_error("sizes of a call");
    for (uint32_t i = 0; i < table.header().sizes.count; ++i)
      if (auto found = given.find(table.string(table.size(i).name)); found != given.end())
        sizes.set(i, found->second);
    std::vector<InputSpec> closed = specs;
    ingot_entry record = table.entry(first);
    for (uint32_t i = 0, next = 0; i < record.input_count; ++i) {
      ingot_argument argument = table.argument(record.inputs + i);
      if (argument.flags & INGOT_ARG_STATE)
        continue;
      for (uint32_t d = 0; d < argument.rank; ++d)
        closed[next].dims[d] = std::max<int64_t>(sizes.dim(argument, d), -1);
      ++next;
    }
    return closed;
  }

  std::vector<std::pair<std::string, int64_t>> sizesOf(std::vector<HostTensor> &inputs) override {
    std::vector<ingot_buffer> in, out(resultInfos.size(), ingot_buffer_of(nullptr, 0, 0, nullptr));
    for (HostTensor &tensor : inputs)
      in.push_back(tensor.buffer());
    std::vector<std::pair<std::string, int64_t>> sizes;
    if (ingot_result_shapes(handle, in.data(), in.size(), out.data(), out.size(), nullptr) != INGOT_OK)
      return sizes;
    for (size_t i = 0; i < ingot_artifact_size_count(loaded); ++i) {
      ingot_size_info size{};
      ingot_artifact_size(loaded, i, &size);
      if (const int64_t value = ingot_session_size(handle, i); value >= 0 && !size.is_data)
        sizes.emplace_back(size.name, value);
    }
    return sizes;
  }

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
        if (!allocate(tensor, "result", why))
          return false;
        out[i] = tensor.buffer();
      }
      if (ingot_run(handle, in.data(), in.size(), out.data(), out.size(), &error) == INGOT_OK) {
        // Data may have left fewer elements than there was room for.
        for (auto [tensor, buffer] : llvm::zip(results, out)) {
          tensor.dims.assign(buffer.dims, buffer.dims + buffer.rank);
          tensor.bytes.resize(size_t(hostio::elementCount(buffer)) * ingot_dtype_bytes(buffer.dtype));
        }
        return true;
      }
    }
    *why = std::string(error.code == INGOT_INTERNAL ? "internal error: " : "") + error.message;
    return false;
  }

private:
  // What the entry point of this name (null: the first) takes and gives.
  void learn(const char *name) {
    entry = std::max<int64_t>(0, ingot_artifact_find_entry(loaded, name));
    specs.clear();
    resultInfos.clear();
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
  }
  InputSpec specOf(const ingot_argument_info &info) const {
    InputSpec spec{info.name, info.dtype, {}, {}, info.default_data != nullptr};
    for (uint32_t d = 0; d < info.rank; ++d) {
      ingot_size_info size{};
      bool open = info.size_index[d] >= 0 && ingot_artifact_size(loaded, info.size_index[d], &size) == INGOT_OK;
      spec.dims.push_back(open ? -1 : info.dims[d]);
      spec.sizes.push_back(open ? InputSpec::Size{size.name, size.min} : InputSpec::Size{});
    }
    return spec;
  }
  std::shared_ptr<void> image;
  ingot_artifact *loaded = nullptr;
  ingot_session *handle = nullptr;
  uint32_t entry = 0;
  std::vector<InputSpec> specs;
  std::vector<ingot_argument_info> resultInfos;
};

// The imported program, interpreted.
class ReferenceRunner : public Runner {
public:
  ReferenceRunner(std::unique_ptr<mlir::MLIRContext> context, Program program)
      : context(std::move(context)), program(std::move(program)) {}
  bool select(const std::string &entry, std::string *why) override {
    mlir::func::FuncOp found = findEntry(*program.module, entry, why);
    if (!found)
      return false;
    function = found;
    specs.clear();
    states.clear();
    givenResults.clear();
    llvm::SmallVector<SizeAttr> sizes = moduleSizes(function);
    for (mlir::BlockArgument argument : function.getArguments()) {
      const unsigned number = argument.getArgNumber();
      auto type = mlir::cast<mlir::RankedTensorType>(argument.getType());
      auto name = function.getArgAttrOfType<mlir::StringAttr>(number, kNameAttr);
      bool hasDefault = function.getArgAttr(number, kDefaultAttr) != nullptr;
      InputSpec spec{name ? name.getValue().str() : "", dtypeOf(type.getElementType()), {}, {}, hasDefault};
      for (mlir::AffineExpr expr : dimExprs(type)) {
        auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expr);
        auto size = mlir::dyn_cast<mlir::AffineSymbolExpr>(expr);
        spec.dims.push_back(constant ? constant.getValue() : -1);
        spec.sizes.push_back(
            size ? InputSpec::Size{sizes[size.getPosition()].getName().str(), sizes[size.getPosition()].getMin()}
                 : InputSpec::Size{});
      }
      if (auto state = function.getArgAttrOfType<mlir::IntegerAttr>(number, kStateAttr))
        states.push_back({number, state.getInt(), spec.name.empty() ? "#" + std::to_string(number) : spec.name});
      else
        specs.push_back(spec);
    }
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (auto state = function.getResultAttrOfType<mlir::StringAttr>(i, kStateAttr))
        states.push_back({std::nullopt, i, state.getValue().str()});
      else if (llvm::none_of(states, [&](const State &s) { return s.result == int64_t(i); }))
        givenResults.push_back(i);
    return true;
  }

  std::vector<InputSpec> inputs() const override { return specs; }

  std::vector<InputSpec> closed(hostio::SizeChoice choice, const std::map<std::string, int64_t> &given) const override {
    llvm::SmallVector<int64_t> values;
    for (SizeAttr size : moduleSizes(function)) {
      auto found = given.find(size.getName().str());
      bool length = llvm::any_of(states, [&](const State &state) { return isLength(state, size); });
      values.push_back(found != given.end()                    ? found->second
                       : length                                ? 0
                       : choice == hostio::SizeChoice::Largest ? size.getMax()
                       : choice == hostio::SizeChoice::Least   ? size.getMin()
                                                               : std::max<int64_t>(size.getMin(), 1));
    }
    std::vector<InputSpec> closed = specs;
    for (auto [spec, argument] : llvm::zip(closed, fedArguments()))
      for (auto [dim, expr] : llvm::zip(spec.dims, dimExprs(mlir::cast<mlir::RankedTensorType>(argument.getType()))))
        dim = evaluateExpr(expr, values).value_or(-1);
    return closed;
  }

  std::vector<std::pair<std::string, int64_t>> sizesOf(std::vector<HostTensor> &inputs) override {
    std::vector<std::pair<std::string, int64_t>> sizes;
    const llvm::BitVector mentioned = entrySizes(function);
    for (auto [index, size, value] : llvm::enumerate(moduleSizes(function), sizeValues(inputs)))
      if (mentioned.test(unsigned(index)) && !size.getIsData())
        sizes.emplace_back(size.getName().str(), value);
    return sizes;
  }

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
        auto value = kept.find(state->name);
        arguments.push_back(value == kept.end() ? reference::Tensor::zeros(type.getElementType(), dims) : value->second);
        continue;
      }
      HostTensor &tensor = inputs[next++];
      auto byDefault = function.getArgAttrOfType<mlir::FlatSymbolRefAttr>(i, kDefaultAttr);
      if (byDefault && tensor.bytes.empty() && tensor.elements() != 0) {
        auto weight = mlir::SymbolTable::lookupNearestSymbolFrom<WeightOp>(function, byDefault);
        llvm::Expected<std::vector<char>> bytes = evaluateWeight(weight, program.weights);
        if (!bytes) {
          *why = llvm::toString(bytes.takeError());
          return false;
        }
        arguments.push_back({type.getElementType(), llvm::SmallVector<int64_t>(type.getShape()), std::move(*bytes)});
        continue;
      }
      mlir::Type stated = elementTypeOf(function.getContext(), tensor.dtype);
      arguments.push_back({stated ? stated : type.getElementType(), {tensor.dims.begin(), tensor.dims.end()}, tensor.bytes});
    }
    llvm::Expected<std::vector<reference::Tensor>> returned =
        reference::run(function, arguments, {&program.weights, nullptr, nullptr, callFunction});
    if (!returned) {
      *why = llvm::toString(returned.takeError());
      return false;
    }
    for (const State &state : states)
      if (state.result != kOnlyRead)
        kept[state.name] = (*returned)[state.result];
    results.clear();
    for (unsigned i : givenResults) {
      reference::Tensor &value = (*returned)[i];
      auto name = function.getResultAttrOfType<mlir::StringAttr>(i, kNameAttr);
      results.push_back({name ? name.getValue().str() : "",
                         dtypeOf(value.elementType),
                         {value.dims.begin(), value.dims.end()},
                         std::move(value.bytes),
                         {}});
    }
    return true;
  }

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
    std::optional<unsigned> argument; // none: it is only set
    int64_t result;                   // or kOnlyRead
    std::string name;
  };
  bool isLength(const State &state, SizeAttr size) const {
    std::optional<Growth> growth = state.argument ? growthOf(function, *state.argument) : std::nullopt;
    return growth && moduleSizes(function)[growth->size] == size;
  }
  // The arguments a caller feeds, as `specs` has them.
  llvm::SmallVector<mlir::BlockArgument> fedArguments() const {
    llvm::SmallVector<mlir::BlockArgument> fed;
    for (mlir::BlockArgument argument : mlir::func::FuncOp(function).getArguments())
      if (llvm::none_of(states, [&](const State &state) { return state.argument == argument.getArgNumber(); }))
        fed.push_back(argument);
    return fed;
  }
  std::unique_ptr<mlir::MLIRContext> context;
  Program program;
  mlir::func::FuncOp function;
  std::vector<InputSpec> specs;
  std::vector<State> states;
  std::vector<unsigned> givenResults;            // those that become no state
  std::map<std::string, reference::Tensor> kept; // by name: the states that have a value
};

} // namespace

std::unique_ptr<Runner> makeSessionRunner(ingot_artifact *artifact, std::shared_ptr<void> image,
                                          const SessionOptions &options, std::string *why) {
  auto runner = std::make_unique<SessionRunner>(artifact, std::move(image));
  return runner->open(options, why) ? std::move(runner) : nullptr;
}

std::unique_ptr<Runner> makeCompiledRunner(const CompiledModel &model, const SessionOptions &options, std::string *why) {
  llvm::Expected<std::unique_ptr<LoadedModel>> loaded = LoadedModel::load(model, findFunction);
  if (!loaded) {
    *why = "internal error: " + llvm::toString(loaded.takeError());
    return nullptr;
  }
  std::shared_ptr<LoadedModel> image = std::move(*loaded);
  ingot_error error;
  ingot_artifact *artifact = ingot_load_image(image->image(), &error);
  if (!artifact) {
    *why = (error.code == INGOT_INTERNAL ? "internal error: " : "") + std::string(error.message);
    return nullptr;
  }
  return makeSessionRunner(artifact, image, options, why);
}

std::unique_ptr<Runner> makeReferenceRunner(std::unique_ptr<mlir::MLIRContext> context, Program program,
                                            const std::string &entry, std::string *why) {
  auto runner = std::make_unique<ReferenceRunner>(std::move(context), std::move(program));
  return runner->select(entry, why) ? std::move(runner) : nullptr;
}

} // namespace ingot::driver
