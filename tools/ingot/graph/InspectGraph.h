// ingot inspect --graph: the pictures of a model or an artifact, written to a file.
#ifndef INGOT_TOOLS_INGOT_GRAPH_INSPECTGRAPH_H
#define INGOT_TOOLS_INGOT_GRAPH_INSPECTGRAPH_H

#include "tools/ingot/ModelOptions.h"
#include "tools/ingot/TableView.h"

namespace ingot::driver {

// Whether `path` names a picture that can be written.
Status checkGraphPath(const std::string &path);
// The model as imported, its kernels, and the arena of what it becomes. An .svg shows the kernels alone. `profile`, unless empty,
// names the file that tells how long the commands take.
Status drawModel(const std::string &path, const ModelOptions &options, const std::string &profile);
// The command list and the arena.
Status drawArtifact(const std::string &path, const TableView &view, const std::string &artifact, const std::string &profile);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_GRAPH_INSPECTGRAPH_H
