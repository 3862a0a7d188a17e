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

// Of inputs of one name those that a known one may be; the first where it is none of them.
static SmallVector<ProgramInput *> fitting(ArrayRef<ProgramInput *> inputs, const InputShape &known) {
  SmallVector<ProgramInput *> fit;
  for (ProgramInput *input : inputs)
    if ((!known.dtype || known.dtype == dtypeOf(input->elementType)) &&
        (!known.sized || !input->dims || input->dims->size() == known.dims.size()))
      fit.push_back(input);
  return fit.empty() ? SmallVector<ProgramInput *>(inputs.take_front(1)) : fit;
}

llvm::Error bindKnownInputs(llvm::MutableArrayRef<ProgramInput> inputs, const ImportOptions &options, size_t first) {
  // One without a name belongs to the next input that the caller feeds and that no other names; those with a default come
  // last.
  SmallVector<ProgramInput *> places;
  for (bool optional : {false, true})
    for (ProgramInput &input : inputs.take_front(first))
      if ((input.fallback != nullptr) == optional)
        places.push_back(&input);
  llvm::StringSet<> taken;
  for (const InputShape &known : options.knownInputs)
    taken.insert(known.name);
  for (const auto &alias : options.aliases)
    taken.insert(alias.first);
  llvm::StringMap<SmallVector<ProgramInput *>> byName;
  for (ProgramInput &input : inputs)
    byName[input.name].push_back(&input);
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
    SmallVector<ProgramInput *> found;
    if (known.name.empty()) {
      while (next < places.size() && taken.contains(places[next]->name))
        ++next;
      if (next < places.size())
        found = {places[next++]};
    } else if (auto named = byName.find(known.name); named != byName.end()) {
      found = fitting(named->second, known);
    }
    if (!known.file.empty()) {
      Spare &spare = files[known.file];
      spare.used |= !found.empty();
      if (found.empty()) {
        if (spare.names.empty())
          spare.first = known.name;
        spare.names += (spare.names.empty() ? "'" : ", '") + known.name + "'";
        continue;
      }
    }
    if (found.empty())
      return failure((known.name.empty() ? std::string("more inputs are given than the model has")
                                         : "the model has no input '" + known.name + "'") +
                     listNames(known.name));
    for (ProgramInput *input : found) {
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
  }
  for (const auto &[file, spare] : files)
    if (!spare.used)
      return failure(file + ": holds " + spare.names + ", none of which is an input" + listNames(spare.first));
  return llvm::Error::success();
}

} // namespace ingot::frontend
