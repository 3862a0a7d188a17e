// The times of a profile beside what is drawn.
#ifndef INGOT_TOOLS_INGOT_GRAPH_GRAPHPROFILE_H
#define INGOT_TOOLS_INGOT_GRAPH_GRAPHPROFILE_H

#include "tools/ingot/Driver.h"
#include "tools/ingot/graph/Graph.h"

namespace ingot::driver {

// Names and microseconds of a call's commands, in order.
using Profile = std::vector<std::pair<std::string, double>>;

// Reads what `ingot bench` writes: a --trace, or the document of --json --profile.
Status readProfile(const std::string &path, Profile &profile);
// The times of the commands of a table, which must be those of the profile. `model` is what messages call it.
Status timesOf(const std::string &path, const Profile &profile, const TableView &view, const std::string &model,
               std::vector<double> &microseconds);

// The names of the nodes that the commands of a table are made of; empty if the module is not what it was made of.
std::vector<std::string> commandNames(const TableView &view, mlir::ModuleOp scheduled);
NodeTimes nodeTimes(const CommandNotes &notes);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_GRAPH_GRAPHPROFILE_H
