#include "passes/fuse/KernelCost.h"
#include "ir/Types.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace ingot {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

double product(ArrayRef<int64_t> factors) {
  double result = 1;
  for (int64_t factor : factors)
    result *= factor;
  return result;
}

class Summary {
public:
  Summary(ArrayRef<Operation *> ops, ArrayRef<Value> results, ArrayRef<SizeAttr> sizes)
      : ops(ops), results(results), sizes(sizes) {}

  KernelSummary run() {
    llvm::DenseSet<Operation *> inside(ops.begin(), ops.end());
    for (Value result : results) {
      demand[result] = elements(result);
      summary.bytesWritten += bytes(result);
      summary.resultElements = std::max<int64_t>(summary.resultElements, elements(result));
    }
    for (Operation *op : llvm::reverse(ops))
      visit(op);
    // Of an operand that only windows are taken of, what is asked for is read.
    llvm::MapVector<Value, bool> operands; // whether all that reads it takes windows
    for (Operation *op : ops)
      for (OpOperand &use : op->getOpOperands())
        if (!inside.contains(use.get().getDefiningOp())) {
          bool inWindows = use.getOperandNumber() == 0 && isa<GatherOp, DynamicSliceOp>(op);
          operands.try_emplace(use.get(), true).first->second &= inWindows;
        }
    for (auto [operand, inWindows] : operands)
      summary.bytesRead +=
          inWindows ? std::min(bytes(operand), demand.lookup(operand) * elementSize(operand)) : bytes(operand);
    return summary;
  }

private:
  double elements(Value value) {
    std::optional<int64_t> count = maxOfExpr(numElementsExpr(typeOf(value)), sizes);
    return count ? double(std::max<int64_t>(*count, 0)) : 1e18;
  }
  static double elementSize(Value value) { return elementBytes(typeOf(value).getElementType()); }
  double bytes(Value value) { return elements(value) * elementSize(value); }

  void ask(Value operand, double count) {
    double &asked = demand[operand];
    asked = std::max(asked, count);
  }

  void visit(Operation *op) {
    double asked = 0;
    for (Value result : op->getResults())
      asked = std::max(asked, demand.lookup(result));
    llvm::TypeSwitch<Operation *>(op)
        .Case<DotGeneralOp>([&](DotGeneralOp dot) {
          double depth = 1;
          for (int64_t dim : dot.getDims().getLhsContract())
            depth *= maxOfExpr(dimExpr(typeOf(dot.getLhs()), dim), sizes).value_or(1);
          summary.flops += 2 * elements(dot.getResult()) * depth;
          ask(dot.getLhs(), elements(dot.getLhs()));
          ask(dot.getRhs(), elements(dot.getRhs()));
        })
        .Case<ConvolutionOp>([&](ConvolutionOp conv) {
          auto kernel = typeOf(conv.getRhs());
          double perResult = elements(conv.getRhs()) / kernel.getDimSize(conv.getDims().getKernelOutputFeature());
          summary.flops += 2 * elements(conv.getResult()) * perResult;
          double taps = 1;
          for (int64_t dim : conv.getDims().getKernelSpatial())
            taps *= kernel.getDimSize(dim);
          ask(conv.getLhs(), elements(conv.getLhs()) * std::max(1.0, taps / product(conv.getWindowStrides())));
          ask(conv.getRhs(), elements(conv.getRhs()));
        })
        .Case<ReduceOp>([&](ReduceOp reduce) {
          double count = elements(reduce.getInputs().front());
          countBody(reduce.getBody(), count);
          for (Value input : reduce.getInputs())
            ask(input, count);
          for (Value init : reduce.getInitValues())
            ask(init, 1);
        })
        .Case<ReduceWindowOp>([&](ReduceWindowOp reduce) {
          double count = elements(reduce.getOutputs().front()) * product(reduce.getWindowDimensions());
          countBody(reduce.getBody(), count);
          for (Value input : reduce.getInputs())
            ask(input, count);
          for (Value init : reduce.getInitValues())
            ask(init, 1);
        })
        .Case<SortOp>([&](SortOp sort) {
          double count = elements(sort.getInputs().front());
          std::optional<int64_t> length = maxOfExpr(dimExpr(typeOf(sort.getInputs().front()), sort.getDimension()), sizes);
          countBody(sort.getComparator(), count * std::log2(double(length.value_or(1024)) + 2));
          for (Value input : sort.getInputs())
            ask(input, count);
        })
        .Case<TopKOp>([&](TopKOp topK) {
          summary.flops += elements(topK.getOperand()) * 4;
          ask(topK.getOperand(), elements(topK.getOperand()));
        })
        .Case<ScanOp>([&](ScanOp scan) {
          double count = elements(scan.getInputs().front());
          countBody(scan.getBody(), count);
          for (Value input : scan.getInputs())
            ask(input, count);
          for (Value init : scan.getInitValues())
            ask(init, 1);
        })
        .Case<ScatterOp>([&](ScatterOp scatter) {
          countBody(scatter.getBody(), elements(scatter.getUpdates().front()));
          for (Value operand : scatter->getOperands())
            ask(operand, elements(operand));
        })
        .Case<RngOp, RngBitGeneratorOp>([&](Operation *rng) {
          summary.transcendentals += 4 * asked;
          for (Value operand : rng->getOperands())
            ask(operand, elements(operand));
        })
        .Case<BroadcastInDimOp>([&](BroadcastInDimOp broadcast) {
          // A value that is the same along the innermost dim is computed once a row.
          int64_t innermost = typeOf(broadcast.getResult()).getRank() - 1;
          bool varies = llvm::is_contained(broadcast.getBroadcastDimensions(), innermost);
          ask(broadcast.getOperand(), varies ? asked : std::min(asked, elements(broadcast.getOperand())));
        })
        .Case<ConcatenateOp>([&](ConcatenateOp concat) {
          for (Value operand : concat.getOperands())
            ask(operand, asked * elements(operand) / std::max(1.0, elements(concat.getResult())));
          summary.flops += asked;
        })
        .Case<GatherOp>([&](GatherOp gather) {
          // With lanes along a window its start is read once for all of them.
          int64_t innermost = gather.getType().getRank() - 1;
          bool inWindow = llvm::is_contained(gather.getDims().getWindowDims(), innermost);
          ask(gather.getOperand(), asked);
          ask(gather.getStartIndices(), inWindow ? std::min(asked, elements(gather.getStartIndices())) : asked);
          summary.flops += asked;
        })
        .Case<InterpolateOp>([&](InterpolateOp interpolate) {
          double taps = interpolationTaps(interpolate);
          ask(interpolate.getOperand(), asked * taps);
          summary.flops += asked * (4 * taps + 10);
        })
        .Case<DynamicSliceOp, DynamicUpdateSliceOp>([&](Operation *other) {
          ask(other->getOperand(0), asked);
          bool updates = isa<DynamicUpdateSliceOp>(other);
          if (updates)
            ask(other->getOperand(1), std::min(asked, elements(other->getOperand(1))));
          for (Value start : other->getOperands().drop_front(updates ? 2 : 1))
            ask(start, 1);
          summary.flops += asked;
        })
        .Default([&](Operation *other) {
          if (!isa<ConstantOp, SizeOfOp, UnpackOp, ReshapeOp>(other))
            countElements(other, asked);
          for (Value operand : other->getOperands())
            ask(operand, typeOf(operand).getRank() == 0 ? 1 : asked);
        });
  }

  void countElements(Operation *op, double count) {
    if (isa<CbrtOp, CosineOp, SineOp, TanOp, AsinOp, AcosOp, AtanOp, SinhOp, CoshOp, AsinhOp, AcoshOp, AtanhOp, ErfOp,
            ExponentialOp, ExponentialMinusOneOp, LogOp, LogPlusOneOp, LogisticOp, RsqrtOp, SqrtOp, TanhOp, Atan2Op,
            DivideOp, PowerOp, RemainderOp, QuantizeOp>(op))
      summary.transcendentals += count;
    else
      summary.flops += count;
  }

  void countBody(Region &body, double count) {
    for (Operation &op : body.front().without_terminator())
      if (!isa<ConstantOp>(op))
        countElements(&op, count);
  }

  ArrayRef<Operation *> ops;
  ArrayRef<Value> results;
  ArrayRef<SizeAttr> sizes;
  llvm::DenseMap<Value, double> demand; // elements asked for, of every value
  KernelSummary summary;
};

} // namespace

int64_t interpolationTaps(InterpolateOp op) {
  if (op.getKernel() == InterpolationKernel::NEAREST)
    return 1;
  int64_t taps = 1;
  for (auto [number, dim] : llvm::enumerate(op.getDimensions())) {
    int64_t along = op.getKernel() == InterpolationKernel::LINEAR ? 2 : 4;
    RankedTensorType from = op.getOperand().getType(), to = op.getType();
    if (op.getAntialias() && !from.isDynamicDim(dim) && !to.isDynamicDim(dim) && to.getDimSize(dim) > 0)
      along *= std::max<int64_t>(1, from.getDimSize(dim) / to.getDimSize(dim));
    taps = std::min<int64_t>(taps * along, 1 << 20);
  }
  return taps;
}

KernelSummary summarizeKernel(ArrayRef<Operation *> ops, ArrayRef<Value> results, ArrayRef<SizeAttr> sizes) {
  return Summary(ops, results, sizes).run();
}

} // namespace ingot
