#include "compiler/pipeline/Phases.h"

namespace ingot {

static constexpr PhaseInfo kPhases[] = {
    {Phase::Import, "import", "the model as its source wrote it, in the ingot dialect"},
    {Phase::Transform, "transform", "function transforms recorded by tracing are resolved"},
    {Phase::Simplify, "simplify", "canonical and folded; composites inlined; weight initialisers extended"},
    {Phase::Layout, "layout", "channels-last where the target prefers it; contraction weights packed into panels"},
    {Phase::Fuse, "fuse", "every op that computes is in an ingot.fusion"},
    {Phase::Outline, "outline", "fusions are kernels, the program is a list of dispatches"},
    {Phase::Schedule, "schedule", "every value has its place in memory"},
    {Phase::Tile, "tile", "every kernel has its emitter and plan"},
    {Phase::Bufferize, "bufferize", "every kernel is loops over memrefs"},
    {Phase::Lower, "lower", "every kernel is in the LLVM dialect"},
    {Phase::Emit, "emit", "machine code and tables"},
};

llvm::ArrayRef<PhaseInfo> allPhases() { return kPhases; }

llvm::StringRef phaseName(Phase phase) { return kPhases[static_cast<int>(phase)].name; }

std::optional<Phase> parsePhase(llvm::StringRef name) {
  for (const PhaseInfo &info : kPhases)
    if (info.name == name)
      return info.phase;
  return std::nullopt;
}

} // namespace ingot
