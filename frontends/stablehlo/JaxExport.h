// The container that jax.export writes (jax.export.Exported.serialize): a FlatBuffer around a portable artifact, which says how its
// function is called.
//
// The module's function main takes, where there is more than one platform, the index of one among `platforms`; then a token for
// each ordered effect; then the inputs that are `kept`. Names of dimensions stand in the inputs' shapes, and the module checks
// what JAX assumed of them.
#ifndef INGOT_FRONTENDS_STABLEHLO_JAXEXPORT_H
#define INGOT_FRONTENDS_STABLEHLO_JAXEXPORT_H

#include "frontends/stablehlo/Bytecode.h"

namespace ingot::stablehlo {

struct JaxValue {
  std::string dtype;              // as JAX's schema has it: "f32", "key_fry"
  std::optional<Element> element; // none of those that tensors of StableHLO do not have (float0, random keys)
  std::vector<std::string> shape; // "4", "batch", "2*batch + 1"
};

// A check that whoever exported has switched off.
struct JaxDisabledCheck {
  enum Kind : uint8_t { Platform, CustomCall, ShapeAssertions };
  Kind kind = Platform;
  std::string customCall;
};

struct JaxExport {
  unsigned serializationVersion = 0; // of the container
  unsigned callingConvention = 0;
  unsigned devices = 1;
  std::string functionName, jaxVersion;
  std::vector<std::string> platforms;
  std::vector<JaxValue> inputs, results;
  std::vector<unsigned> kept; // of the inputs, those that the module takes
  std::vector<std::string> orderedEffects, unorderedEffects;
  std::vector<JaxDisabledCheck> disabledChecks;
  bool usesGlobalConstants = false;
  FileRange module; // the portable artifact
};

inline constexpr unsigned kNewestJaxExport = 12, kOldestCallingConvention = 9, kNewestCallingConvention = 10;

// Whether a file that starts so is such a container: it has no magic number, so its frame is looked at, and the module's where it
// begins within `start`.
bool isJaxExport(llvm::StringRef start);

llvm::Expected<JaxExport> readJaxExport(llvm::StringRef bytes, llvm::StringRef name);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_JAXEXPORT_H
