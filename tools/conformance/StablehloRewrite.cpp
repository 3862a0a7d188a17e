#include "tools/conformance/StablehloRewrite.h"

#include "frontends/stablehlo/Types.h"
#include "tools/conformance/ParallelPrograms.h"
#include "tools/conformance/Probes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace ingot::conformance {

using namespace stablehlo;
using driver::HostTensor;

namespace {

// The check that an op is, as the op or as the custom call of its name, whose bounds then are the suite's.
std::optional<CheckedValue> checkOf(const Op &op) {
  const bool isCall = op.name == "stablehlo.custom_call";
  const Attribute *target = isCall ? op.find("call_target_name") : nullptr;
  llvm::StringRef name = isCall ? (target ? llvm::StringRef(target->text) : "") : llvm::StringRef(op.name);
  if (!name.starts_with("check."))
    return std::nullopt;
  CheckedValue checked;
  checked.name = name.str();
  auto find = [&](llvm::StringRef attribute) { return isCall ? nullptr : op.find(attribute); };
  auto number = [&](llvm::StringRef attribute, double byDefault) {
    const Attribute *found = find(attribute);
    return !found ? byDefault : found->kind == Attribute::Float ? found->number : static_cast<double>(found->integer);
  };
  auto count = [&](llvm::StringRef attribute, uint64_t byDefault) {
    const Attribute *found = find(attribute);
    return found && found->kind == Attribute::Integer ? static_cast<uint64_t>(found->integer) : byDefault;
  };
  if (name.starts_with("check.expect_almost_eq")) {
    checked.check.kind = Check::Near;
    checked.check.tolerance = number("tolerance", 1e-3);
  } else if (name == "check.expect_close") {
    checked.check.kind = Check::Close;
    checked.check.minUlps = count("min_ulp_difference", 0);
    checked.check.maxUlps = count("max_ulp_difference", 3);
  }
  return checked;
}

std::optional<HostTensor> tensorOf(mlir::MLIRContext &context, const Elements &elements) {
  if (!elements.type || !hasNumbersForDims(elements.type))
    return std::nullopt;
  mlir::Type element = elementTypeOf(&context, elements.type->element);
  HostTensor tensor;
  tensor.dtype = element ? dtypeOf(element) : 0;
  tensor.dims = elements.type->dims;
  if (!tensor.dtype)
    return std::nullopt;
  const uint64_t count = tensor.elements(), width = ingot_dtype_bytes(tensor.dtype);
  if (elements.bytes.size() != (elements.splat ? width : count * width))
    return std::nullopt;
  if (!elements.splat)
    tensor.bytes.assign(elements.bytes.begin(), elements.bytes.end());
  else
    for (uint64_t i = 0; i != count; ++i)
      tensor.bytes.insert(tensor.bytes.end(), elements.bytes.begin(), elements.bytes.end());
  return tensor;
}

class Rewriter {
public:
  Rewriter(Module &module, Function &function, const std::string &path, CheckedModule &checked, std::string *why)
      : module(module), function(function), block(function.body.blocks.front()), path(path), checked(checked), why(why) {}

  bool run(bool feedsConstants) {
    if (!feedInputs())
      return false;
    if (feedsConstants && checked.inputs.empty())
      feedConstants();
    if (!takeOut())
      return false;
    removeProbes(function.body);
    Type type;
    type.kind = Type::Function;
    for (ValueRef argument : block.arguments)
      type.members.push_back(module.typeOf(argument));
    for (ValueRef result : block.ops.back().operands)
      type.results.push_back(module.typeOf(result));
    function.type = module.intern(std::move(type));
    function.argumentAttributes.clear();
    function.resultAttributes.clear();
    for (Function &other : module.functions)
      other.isPublic = &other == &function;
    function.name = "main";
    return true;
  }

private:
  void addInput(ValueRef value, HostTensor tensor) {
    tensor.name = "arg" + std::to_string(block.arguments.size());
    block.arguments.push_back(value);
    checked.inputs.push_back(std::move(tensor));
  }

  bool feedInputs() {
    auto call = llvm::find_if(block.ops, [](const Op &op) {
      const Attribute *callee = op.find("callee");
      return op.name == "func.call" && op.operands.empty() && callee && callee->text == "inputs";
    });
    auto inputs = llvm::find_if(module.functions, [](const Function &one) { return one.name == "inputs"; });
    if (call == block.ops.end() || inputs == module.functions.end())
      return true;
    std::vector<HostTensor> values;
    if (!interpretFunction(module, *inputs, path, values, why))
      return false;
    if (values.size() != call->results.size()) {
      *why = "'@inputs' does not give what it is called for";
      return false;
    }
    for (auto [value, tensor] : llvm::zip_equal(call->results, values))
      addInput(value, std::move(tensor));
    block.ops.erase(call);
    return true;
  }

  void feedConstants() {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    llvm::erase_if(block.ops, [&](const Op &op) {
      const Attribute *value = op.name == "stablehlo.constant" && op.results.size() == 1 ? op.find("value") : nullptr;
      std::optional<HostTensor> tensor = value ? tensorOf(context, value->elements) : std::nullopt;
      if (!tensor || module.typeOf(op.results[0])->quantization)
        return false;
      addInput(op.results[0], std::move(*tensor));
      return true;
    });
  }

  bool takeOut() {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    std::vector<Op> kept;
    llvm::SmallVector<ValueRef> results;
    struct Probed {
      size_t result;
      std::string id;
      int64_t iteration;
    };
    std::vector<Probed> probed;
    for (Op &op : block.ops) {
      if (op.name == "interpreter.print")
        continue;
      std::optional<CheckedValue> check = checkOf(op);
      if (!check) {
        kept.push_back(std::move(op));
        continue;
      }
      const Attribute *value = op.find("value"), *probe = op.find("probe_id");
      if (op.operands.empty()) {
        *why = check->name + " takes nothing";
        return false;
      }
      results.push_back(op.operands[0]);
      bool isKnown = true;
      if (value) {
        check->want = tensorOf(context, value->elements);
        isKnown = check->want.has_value();
      } else if (probe) {
        const Attribute *iteration = op.find("iteration");
        probed.push_back({results.size(), probe->text, iteration ? iteration->integer : 0});
        results.push_back(0);
      } else if (op.operands.size() == 2) {
        results.push_back(op.operands[1]);
      } else {
        isKnown = false;
      }
      if (!isKnown) {
        *why = check->name + ": what it compares with is not known";
        return false;
      }
      checked.checks.push_back(std::move(*check));
    }
    block.ops = std::move(kept);
    if (block.ops.empty() || checked.checks.empty()) {
      *why = "nothing is checked";
      return false;
    }
    for (const Probed &one : probed)
      if (!keepProbed(module, function, one.id, one.iteration, results[one.result], why))
        return false;
    block.ops.back().operands.assign(results.begin(), results.end());
    return true;
  }

  Module &module;
  Function &function;
  Block &block;
  const std::string &path;
  CheckedModule &checked;
  std::string *why;
};

} // namespace

Function *checkedFunction(Module &module) {
  Function *first = nullptr;
  for (Function &function : module.functions) {
    if (function.body.blocks.size() != 1 ||
        llvm::none_of(function.body.blocks.front().ops, [](const Op &op) { return checkOf(op).has_value(); }))
      continue;
    if (function.name == "main")
      return &function;
    first = first ? first : &function;
  }
  return first;
}

bool takeOutChecks(Module &module, const std::string &path, bool feedsConstants, CheckedModule &checked, std::string *why) {
  Function *function = checkedFunction(module);
  if (!function) {
    *why = "nothing is checked";
    return false;
  }
  if (hasParallelPrograms(*function) && !runParallelPrograms(module, *function, path, why))
    return false;
  return Rewriter(module, *function, path, checked, why).run(feedsConstants);
}

} // namespace ingot::conformance
