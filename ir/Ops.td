// All op families, for one run of the generator.
include "ir/Elementwise.td"
include "ir/Shape.td"
include "ir/Contraction.td"
include "ir/Reduction.td"
include "ir/Program.td"
