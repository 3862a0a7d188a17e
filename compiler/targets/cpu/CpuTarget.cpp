#include "compiler/targets/cpu/CpuTarget.h"

#include "compiler/codegen/CodeSize.h"
#include "compiler/codegen/FusionRules.h"
#include "compiler/codegen/contraction/Match.h"
#include "compiler/codegen/contraction/Plan.h"
#include "ir/Types.h"
#include "passes/fuse/RegionRules.h"
#include "llvm/TargetParser/Host.h"

namespace ingot {

using namespace mlir;

CpuTarget::CpuTarget(std::string triple, llvm::SmallVector<CpuLevel> levels)
    : targetTriple(std::move(triple)), cpuLevels(std::move(levels)) {
  kernelEmitters.push_back(createContractionEmitter());
  kernelEmitters.push_back(createSortEmitter());
  kernelEmitters.push_back(createTopKEmitter());
  kernelEmitters.push_back(createScanEmitter());
  kernelEmitters.push_back(createScatterEmitter());
  kernelEmitters.push_back(createCholeskyEmitter());
  kernelEmitters.push_back(createTriangularSolveEmitter());
  kernelEmitters.push_back(createLuEmitter());
  kernelEmitters.push_back(createHouseholderQrEmitter());
  kernelEmitters.push_back(createHouseholderProductEmitter());
  kernelEmitters.push_back(createTridiagonalSolveEmitter());
  kernelEmitters.push_back(createFftEmitter());
  kernelEmitters.push_back(createLoopEmitter());
}

llvm::Expected<std::unique_ptr<CpuTarget>> CpuTarget::create(const CpuTargetOptions &options) {
  llvm::Expected<llvm::SmallVector<CpuLevel>> levels = makeCpuLevels(options);
  if (!levels)
    return levels.takeError();
  initializeCodeGenerators(); // also for a model without kernels: the linker makes its tables' object
  std::string triple = options.triple.empty() ? llvm::sys::getDefaultTargetTriple() : options.triple;
  return std::unique_ptr<CpuTarget>(new CpuTarget(std::move(triple), std::move(*levels)));
}

std::optional<ContractionLayout> CpuTarget::dotLayout(DotGeneralOp op) const {
  auto rhs = cast<RankedTensorType>(op.getRhs().getType());
  DotDimsAttr dims = op.getDims();
  if (!dims.getLhsBatch().empty() || rhs.getRank() != 2 || !rhs.hasStaticShape() ||
      dims.getRhsContract() != ArrayRef<int64_t>{0} || !takesElementTypes(op))
    return std::nullopt;
  if (isTiny(op) && !op.getRhs().getDefiningOp<GetWeightOp>())
    return std::nullopt; // weights are packed however small: other products may read them
  return ContractionLayout{1, panelWidthFor(rhs.getDimSize(1))};
}

std::optional<ContractionLayout> CpuTarget::convolutionLayout(ConvolutionOp op) const {
  auto rhs = cast<RankedTensorType>(op.getRhs().getType());
  if (!rhs.hasStaticShape() || !takesElementTypes(op) || !takesConvolution(op) || op.getFeatureGroupCount() != 1)
    return std::nullopt; // the panels of groups are packed where they are used
  return ContractionLayout{rhs.getRank() - 1, panelWidthFor(rhs.getShape().back())};
}

// Channels are the lanes of every convolution and window kernel.
bool CpuTarget::prefersChannelsLast(Type elementType) const { return elementType.isIntOrFloat(); }

// The rules of the emitter that would take the region.
static bool emitterCanFuse(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  if (llvm::any_of(ops, isMadeWhole))
    return wholeOpEmitterCanFuse(ops, results);
  // What the contraction emitter makes alone must not become loops for the sake of its neighbours.
  for (Operation *op : ops) {
    if (makingOf(op) != Making::Contraction)
      continue;
    SmallVector<Operation *> alone;
    Operation *unpack = op->getOperand(1).getDefiningOp();
    if (unpack && makingOf(unpack) == Making::Panels && llvm::is_contained(ops, unpack))
      alone.push_back(unpack);
    alone.push_back(op);
    if (matchContraction(alone, {op->getResult(0)}))
      return contractionEmitterCanFuse(ops, results);
  }
  return loopEmitterCanFuse(ops, results);
}

bool CpuTarget::canFuse(ArrayRef<Operation *> ops, ArrayRef<Value> results) const {
  return emitterCanFuse(ops, results) && makesLinearCode(ops, results);
}

double CpuTarget::estimate(const KernelSummary &summary) const {
  constexpr double gigahertz = 3;           // a core under vector load
  constexpr double fmaPerCycle = 2;         // vector instructions
  constexpr double bytesPerNanosecond = 20; // of one core beyond its second-level cache
  constexpr double transcendentalOps = 24;  // vector instructions of one polynomial
  constexpr double dispatch = 200;          // nanoseconds: command, grid split, first cache misses
  const double lanes = cpuLevels.front().lanes(4);
  double vectorOps = summary.flops / 2 + summary.transcendentals * transcendentalOps;
  double compute = vectorOps / (lanes * fmaPerCycle * gigahertz);
  double memory = (summary.bytesRead + summary.bytesWritten) / bytesPerNanosecond;
  return dispatch + std::max(compute, memory);
}

} // namespace ingot
