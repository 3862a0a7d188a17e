// Small models for the test of planted faults, with what real ones are made of: norms, attention, convolutions, gates.
#ifndef INGOT_TESTS_TOOLS_DIAGNOSIS_FAULTMODELS_H
#define INGOT_TESTS_TOOLS_DIAGNOSIS_FAULTMODELS_H

#include <string>
#include <vector>

namespace ingot::test {

// Writes the models into `folder`; their paths.
std::vector<std::string> writeFaultModels(const std::string &folder);

} // namespace ingot::test

#endif // INGOT_TESTS_TOOLS_DIAGNOSIS_FAULTMODELS_H
