#include "frontends/common/ProgramInput.h"

#include "frontends/common/Messages.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ingot::frontend {

SmallVector<std::string> namesOf(ArrayRef<ProgramInput> inputs) {
  return llvm::map_to_vector(inputs, [](const ProgramInput &input) { return input.name; });
}

// How NumPy makes an array of elements of a type that it has.
static std::string adviceForType(Type type) {
  if (!type.isF16() && !type.isF32() && !type.isF64() && !type.isInteger(1) && !type.isInteger(8) && !type.isInteger(16) &&
      !type.isInteger(32) && !type.isInteger(64))
    return "";
  const std::string bits = std::to_string(type.getIntOrFloatBitWidth());
  return "; convert it in Python: array.astype(numpy." +
         (type.isInteger(1) ? "bool_" : (type.isInteger() ? type.isUnsignedInteger() ? "uint" : "int" : "float") + bits) +
         ")";
}

llvm::Error bindKnownInputs(llvm::MutableArrayRef<ProgramInput> inputs, const ImportOptions &options) {
  // One without a name belongs to the next input that the caller feeds and that no other names; those with a default come
  // last.
  SmallVector<ProgramInput *> places;
  for (bool optional : {false, true})
    for (ProgramInput &input : inputs)
      if ((input.fallback != nullptr) == optional)
        places.push_back(&input);
  llvm::StringSet<> taken;
  for (const InputShape &known : options.knownInputs)
    taken.insert(known.name);
  for (const auto &alias : options.aliases)
    taken.insert(alias.first);
  llvm::StringMap<ProgramInput *> byName;
  for (ProgramInput &input : inputs)
    byName[input.name] = &input;
  auto listNames = [&](llvm::StringRef typed) {
    auto names = namesOf(inputs);
    return names.empty() ? "; it takes none" : "; its inputs: " + llvm::join(names, ", ") + didYouMean(typed, names);
  };
  struct Spare {
    std::string names, first;
    bool used = false;
  };
  llvm::MapVector<llvm::StringRef, Spare> files;
  size_t next = 0;
  for (const InputShape &known : options.knownInputs) {
    ProgramInput *input = nullptr;
    if (known.name.empty()) {
      while (next < places.size() && taken.contains(places[next]->name))
        ++next;
      if (next < places.size())
        input = places[next++];
    }
    if (!known.name.empty())
      input = byName.lookup(known.name);
    if (!known.file.empty()) {
      Spare &spare = files[known.file];
      spare.used |= input != nullptr;
      if (!input) {
        if (spare.names.empty())
          spare.first = known.name;
        spare.names += (spare.names.empty() ? "'" : ", '") + known.name + "'";
        continue;
      }
    }
    if (!input)
      return failure((known.name.empty() ? std::string("more inputs are given than the model has")
                                         : "the model has no input '" + known.name + "'") +
                     listNames(known.name));
    if (input->known)
      return failure("input '" + input->name + "' was given twice");
    input->fed = true;
    if (!known.sized)
      continue;
    Type elementType = input->elementType;
    if (known.dtype && known.dtype != dtypeOf(elementType))
      return failure("input '" + input->name + "' was given as " +
                     describeType(makeTensorType(known.dims, elementTypeOf(elementType.getContext(), known.dtype)), {}) +
                     ", but has the element type " + describeElementType(elementType) + adviceForType(elementType));
    input->known = &known;
  }
  for (const auto &[file, spare] : files)
    if (!spare.used)
      return failure(file + ": holds " + spare.names + ", none of which is an input" + listNames(spare.first));
  return llvm::Error::success();
}

} // namespace ingot::frontend
