#include "frontends/stablehlo/OpTable.h"

#include "frontends/common/CustomCalls.h"

#include "frontends/stablehlo/Import.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <tuple>

namespace ingot::stablehlo {

std::vector<const ImportRow *> allRows() {
  std::vector<const ImportRow *> rows;
  for (llvm::ArrayRef<ImportRow> family :
       {callOps(), contractionOps(), controlFlowOps(), distributionOps(), dynamicOps(), elementwiseOps(), indexingOps(),
        linearAlgebraOps(), movementOps(), normalizationOps(), orderingOps(), randomOps(), reductionOps(), specialOps()})
    for (const ImportRow &row : family)
      rows.push_back(&row);
  llvm::sort(rows, [](const ImportRow *lhs, const ImportRow *rhs) { return llvm::StringRef(lhs->name) < rhs->name; });
  return rows;
}

const ImportRow *findRow(llvm::StringRef name) {
  static const llvm::StringMap<const ImportRow *> byName = [] {
    llvm::StringMap<const ImportRow *> map;
    for (const ImportRow *row : allRows())
      map[row->name] = row;
    return map;
  }();
  return byName.lookup(name);
}

} // namespace ingot::stablehlo

std::vector<ingot::Operator> ingot::stablehloOperators() {
  std::vector<Operator> all;
  for (const stablehlo::ImportRow *row : stablehlo::allRows()) {
    auto [dialect, name] = llvm::StringRef(row->name).split('.');
    all.push_back({dialect.str(), name.str(), {}});
  }
  for (const stablehlo::CustomCallRow &row : stablehlo::customCalls())
    all.push_back({"custom_call", row.target, {}});
  for (const frontend::CustomCall &call : frontend::customCalls())
    all.push_back({"custom_call", call.name.str(), {}});
  llvm::sort(all,
             [](const Operator &a, const Operator &b) { return std::tie(a.domain, a.name) < std::tie(b.domain, b.name); });
  return all;
}
