#include "frontends/onnx/export/Exporter.h"

namespace ingot::onnx {

const Row *findRow(llvm::StringRef name) {
  static const llvm::StringMap<const Row *> rows = [] {
    llvm::StringMap<const Row *> made;
    for (llvm::ArrayRef<Row> family : {elementwiseRows(), integerRows(), shapeRows(), contractionRows(), reductionRows(),
                                       windowRows(), orderingRows(), indexingRows(), controlFlowRows(), numericRows()})
      for (const Row &row : family)
        made[row.name] = &row;
    return made;
  }();
  return rows.lookup(name);
}

} // namespace ingot::onnx
