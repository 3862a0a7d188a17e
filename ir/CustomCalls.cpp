#include "ir/CustomCalls.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

static std::string needsOperandTypes(CustomCallOp op) {
  return op.getInputs().getTypes() == op.getResultTypes() ? "" : "its results must have the operands' types";
}
static SmallVector<Value> operandsOf(CustomCallOp op, OpBuilder &) { return op.getInputs(); }

// By name.
static const CustomCallRow kRows[] = {
    {"AssumeGatherIndicesInBound", "the operands; their values are promised to be places of what they index",
     needsOperandTypes, operandsOf},
    {"LayoutConstraint", "the operands; where they lie in memory is the compiler's", needsOperandTypes, operandsOf},
    {"SPMDFullToShardShape", "the operands: on one device the shard is the whole", needsOperandTypes, operandsOf},
    {"SPMDShardToFullShape", "the operands: on one device the shard is the whole", needsOperandTypes, operandsOf},
    {"Sharding", "the operands: on one device there is nothing to divide", needsOperandTypes, operandsOf},
    {"annotate_device_placement", "the operands: there is one memory", needsOperandTypes, operandsOf},
    {"xla.sdy.FuncResultSharding", "the operands: on one device there is nothing to divide", needsOperandTypes, operandsOf},
};

ArrayRef<CustomCallRow> customCallRows() { return kRows; }

const CustomCallRow *findCustomCall(StringRef name) {
  const CustomCallRow *row = llvm::find_if(kRows, [&](const CustomCallRow &each) { return each.name == name; });
  return row == std::end(kRows) ? nullptr : row;
}

} // namespace ingot
