// What a command line that cannot be read is likely to have meant.
#ifndef INGOT_TOOLS_INGOT_EXPLAIN_H
#define INGOT_TOOLS_INGOT_EXPLAIN_H

#include "CLI/CLI.hpp"
#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace ingot::driver {

// The message for `words`, the arguments that `app` refused by `error`: what is wrong, what was likely meant and where help
// is.
std::string explain(const CLI::App &app, llvm::ArrayRef<const char *> words, const CLI::ParseError &error);

// Has every option refuse an empty value.
void refuseEmptyValues(CLI::App &app);

// What a tolerance may be.
CLI::Validator toleranceValues();

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_EXPLAIN_H
