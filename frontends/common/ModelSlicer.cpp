#include "frontends/common/ModelSlicer.h"

namespace ingot {

ModelPart::~ModelPart() = default;
ModelSlicer::~ModelSlicer() = default;

} // namespace ingot
