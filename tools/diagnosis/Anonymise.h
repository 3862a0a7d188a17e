// Models that say nothing of what they were made for.
#ifndef INGOT_TOOLS_DIAGNOSIS_ANONYMISE_H
#define INGOT_TOOLS_DIAGNOSIS_ANONYMISE_H

#include "frontends/common/ModelSlicer.h"

namespace ingot::diagnosis {

// Neutral names; floats of weights and inputs replaced by seeded ones of the same mean, deviation and range, and large
// integer tensors by ones of the same range. What decides shapes stays.
void anonymise(ModelPart &part, uint64_t seed);

} // namespace ingot::diagnosis

#endif // INGOT_TOOLS_DIAGNOSIS_ANONYMISE_H
