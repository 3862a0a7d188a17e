// What only old files and older texts have, in the form of today's StableHLO.
#ifndef INGOT_FRONTENDS_STABLEHLO_UPGRADES_H
#define INGOT_FRONTENDS_STABLEHLO_UPGRADES_H

#include "frontends/stablehlo/Schema.h"
#include "frontends/stablehlo/Tree.h"

namespace ingot::stablehlo {

// An op with the attributes of `row`, a version of it in VHLO, gets those of the newest version.
void upgradeVersion(Module &module, Op &op, const OpRow &row);

// Rewrites the ops that StableHLO has left behind, wherever they are in the module, by ops of the specification: create_token by
// after_all; dot, einsum and unary_einsum by dot_general, reduce and transpose; broadcast by broadcast_in_dim; cross-replica-sum by
// all_reduce; torch_index_select by gather. What keeps its name, for the importer to judge: real_dynamic_slice and
// collective_reduce, which are no others of the specification, and those of the others whose types or configuration say too little.
void upgradeModule(Module &module);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_UPGRADES_H
