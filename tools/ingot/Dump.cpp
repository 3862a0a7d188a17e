#include "tools/ingot/Dump.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot::driver {

Status writeDump(const std::string &dir, const std::string &modelName, Phase phase,
                 llvm::function_ref<void(llvm::raw_ostream &)> print) {
  if (std::error_code code = llvm::sys::fs::create_directories(dir, /*IgnoreExisting=*/true, llvm::sys::fs::perms::all_all))
    return fail("--dump-dir " + dir + ": " + code.message());
  int number = static_cast<int>(phase);
  std::string name = (number < 10 ? "0" : "") + std::to_string(number) + "-" + phaseName(phase).str() +
                     (phase == Phase::Emit ? ".ll" : ".mlir");
  return writeFile("--dump-dir", dir + "/" + name, [&](llvm::raw_ostream &os) {
    os << (phase == Phase::Emit ? "; ingot " : kDumpMark.data()) << modelName << " after " << phaseName(phase) << '\n';
    print(os);
  });
}

Status writeWeightIndex(llvm::StringRef what, const std::string &stem, const WeightStore &store) {
  std::string index, why;
  Status status = writeFile(what, stem + "weights.bin", [&](llvm::raw_ostream &data) {
    if (llvm::Expected<std::string> printed = printWeights(data, store, /*copies=*/false))
      index = std::move(*printed);
    else
      why = llvm::toString(printed.takeError());
  });
  if (status != Done)
    return status;
  status = why.empty() ? writeFile(what, stem + "weights.json", [&](llvm::raw_ostream &os) { os << index; })
                       : fail(stem + "weights.bin: " + why);
  if (status != Done) // the one is nothing without the other
    std::ignore = llvm::sys::fs::remove(stem + "weights.bin");
  return status;
}

} // namespace ingot::driver
