#include "tools/execution/BoundFunctions.h"

#include "ir/CustomCalls.h"
#include "ir/Types.h"
#include "llvm/ADT/StringExtras.h"

#include <ingot/runtime.h>

#include <dlfcn.h>

namespace ingot::driver {

namespace {
std::vector<void *> &libraries() {
  static std::vector<void *> list;
  return list;
}
} // namespace

bool loadFunctions(const std::string &path, std::string *why) {
  // A name without a slash is a file here too, not one of the system's folders.
  void *library = dlopen((llvm::StringRef(path).contains('/') ? path : "./" + path).c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    *why = dlerror();
    return false;
  }
  libraries().push_back(library);
  return true;
}

void *findFunction(const std::string &symbol) {
  for (void *library : libraries())
    if (void *address = dlsym(library, symbol.c_str()))
      return address;
  return nullptr;
}

std::string problemOfFunctions(mlir::ModuleOp module) {
  llvm::SmallVector<std::string> missing;
  module.walk([&](CustomCallOp call) {
    if (std::optional<llvm::StringRef> symbol = boundFunction(call); symbol && !findFunction(symbol->str()))
      if (std::string text = "'" + symbol->str() + "'"; !llvm::is_contained(missing, text))
        missing.push_back(text);
  });
  if (missing.empty())
    return "";
  return "calls the function" + std::string(missing.size() == 1 ? " " : "s ") + llvm::join(missing, ", ") + ", which " +
         (libraries().empty() ? "is in no library: --link FILE.so names the one that defines it"
                              : "no library that --link names defines");
}

llvm::Error callFunction(CustomCallOp call, llvm::ArrayRef<const reference::Tensor *> operands,
                         llvm::MutableArrayRef<reference::Tensor> results) {
  const std::string symbol = boundFunction(call)->str(), name = describeCall(call), attributes = callAttributes(call).str();
  auto function = reinterpret_cast<ingot_call_fn>(findFunction(symbol));
  if (!function)
    return llvm::createStringError("custom call " + name + ": there is no function '" + symbol + "'");
  std::vector<ingot_buffer> buffers;
  auto add = [&](const reference::Tensor &tensor, const char *bytes) {
    buffers.push_back(ingot_buffer_of(const_cast<char *>(bytes), dtypeOf(tensor.elementType),
                                      static_cast<uint32_t>(tensor.dims.size()), tensor.dims.data()));
  };
  for (const reference::Tensor *operand : operands)
    add(*operand, operand->bytes.data());
  for (reference::Tensor &result : results)
    add(result, result.bytes.data());
  const ingot_call given{sizeof(ingot_call),
                         static_cast<uint32_t>(operands.size()),
                         static_cast<uint32_t>(results.size()),
                         name.c_str(),
                         attributes.c_str(),
                         buffers.data(),
                         buffers.data() + operands.size()};
  ingot_error error{};
  const int32_t status = function(&given, &error);
  if (status == 0)
    return llvm::Error::success();
  error.message[sizeof error.message - 1] = '\0';
  return llvm::createStringError("custom call " + name + ": the function '" + symbol + "' failed with status " +
                                 std::to_string(status) + (error.message[0] ? ": " : "") + error.message);
}

} // namespace ingot::driver
