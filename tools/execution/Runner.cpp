#include "tools/execution/Runner.h"

#include "compiler/jit/Jit.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "llvm/ADT/STLExtras.h"

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
    size_t entry = std::max<int64_t>(0, ingot_artifact_find_entry(loaded, name));
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
  std::shared_ptr<void> image;
  ingot_artifact *loaded = nullptr;
  ingot_session *handle = nullptr;
  std::vector<InputSpec> specs;
  std::vector<ingot_argument_info> resultInfos;
};

// The imported program, interpreted.
class ReferenceRunner : public Runner {
public:
  ReferenceRunner(std::unique_ptr<mlir::MLIRContext> context, Program program)
      : context(std::move(context)), program(std::move(program)) {}
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
  std::unique_ptr<mlir::MLIRContext> context;
  Program program;
  mlir::func::FuncOp function;
  std::vector<InputSpec> specs;
  std::vector<State> states;
};

} // namespace

std::unique_ptr<Runner> makeSessionRunner(ingot_artifact *artifact, std::shared_ptr<void> image,
                                          const SessionOptions &options, std::string *why) {
  auto runner = std::make_unique<SessionRunner>(artifact, std::move(image));
  return runner->open(options, why) ? std::move(runner) : nullptr;
}

std::unique_ptr<Runner> makeCompiledRunner(const CompiledModel &model, const SessionOptions &options, std::string *why) {
  llvm::Expected<std::unique_ptr<LoadedModel>> loaded = LoadedModel::load(model);
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

std::unique_ptr<Runner> makeReferenceRunner(std::unique_ptr<mlir::MLIRContext> context, Program program, std::string *why) {
  auto runner = std::make_unique<ReferenceRunner>(std::move(context), std::move(program));
  return runner->open(why) ? std::move(runner) : nullptr;
}

} // namespace ingot::driver
