#include "tools/ingot/graph/GraphProfile.h"

#include "ir/Locations.h"
#include "passes/Programs.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

namespace ingot::driver {

using nlohmann::json;

// The number under `key`, or -1.
static double numberOf(const json &item, const char *key) {
  auto found = item.find(key);
  double number = found != item.end() && found->is_number() ? found->get<double>() : -1;
  return std::isfinite(number) ? number : -1;
}

Status readProfile(const std::string &path, Profile &profile) {
  std::unique_ptr<llvm::MemoryBuffer> file;
  if (Status status = readFile("--profile", path, file); status != Done)
    return status;
  llvm::StringRef text = file->getBuffer();
  json document = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const char *const kinds[][2] = {{"traceEvents", "dur"}, {"commands", "microseconds"}};
  for (auto [list, time] : kinds) {
    if (!document.is_object() || !document.contains(list) || !document[list].is_array())
      continue;
    for (const json &item : document[list]) {
      bool isNamed = item.is_object() && item.contains("name") && item["name"].is_string();
      double microseconds = isNamed ? numberOf(item, time) : -1;
      if (microseconds < 0)
        return fail("--profile " + path + ": entry " + std::to_string(profile.size()) + " of '" + list +
                    "' has no name or no time");
      profile.push_back({item["name"].get<std::string>(), microseconds});
    }
    return Done;
  }
  return fail("--profile " + path +
              ": is no profile; 'ingot bench MODEL --trace FILE' writes one, and so does 'ingot bench MODEL "
              "--json --profile'");
}

static void addNames(const TableView &view, uint32_t list, std::vector<std::string> &names, std::vector<uint32_t> &kinds) {
  if (list == INGOT_NONE)
    return;
  ingot_command_list range = view.table().list(list); // the loader has checked that lists form trees
  for (uint32_t i = 0; i < range.count; ++i) {
    ingot_command command = view.table().command(range.first + i);
    bool isNameless = command.name == 0 && command.op == INGOT_CMD_DISPATCH;
    names.push_back(view.table().string(isNameless ? view.table().kernel(command.kernel).name : command.name));
    kinds.push_back(command.op);
    if (command.op == INGOT_CMD_IF || command.op == INGOT_CMD_WHILE) {
      addNames(view, command.list_a, names, kinds);
      addNames(view, command.list_b, names, kinds);
    }
  }
}

Status timesOf(const std::string &path, const Profile &profile, const TableView &view, const std::string &model,
               std::vector<double> &microseconds) {
  std::string why;
  for (uint32_t entry = 0; entry < view.header().entries.count; ++entry) {
    std::vector<std::string> names;
    std::vector<uint32_t> kinds;
    addNames(view, view.table().entry(entry).list, names, kinds);
    size_t same = 0;
    while (same < names.size() && same < profile.size() && names[same] == profile[same].first)
      ++same;
    if (same == names.size() && same == profile.size()) { // what comes before is of other entries
      for (auto &[name, time] : profile)
        microseconds.push_back(time);
      return Done;
    }
    microseconds.insert(microseconds.end(), names.size(), 0);
    if (why.empty())
      why = same < names.size() && same < profile.size()
                ? "command " + std::to_string(same) + " is '" + profile[same].first + "', that of " + model + " '" +
                      names[same] + "'"
                : "has " + std::to_string(profile.size()) + " commands, " + model + " " + std::to_string(names.size());
  }
  return fail("--profile " + path + ": " + why +
              "; a picture shows the profile of the same model or artifact, compiled with the same "
              "flags (bench compiles models with --mcpu=native unless told)");
}

std::vector<std::string> commandNames(const TableView &view, mlir::ModuleOp scheduled) {
  std::vector<std::string> dispatches, branches, names;
  for (mlir::func::FuncOp function : programFunctions(scheduled))
    function.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
      if (llvm::isa<DispatchOp>(op) || isControlFlow(op))
        (llvm::isa<DispatchOp>(op) ? dispatches : branches).push_back(llvm::join(nodeNames(op->getLoc()), ", "));
    });
  size_t dispatch = 0, branch = 0;
  for (uint32_t entry = 0; entry < view.header().entries.count; ++entry) {
    std::vector<std::string> labels;
    std::vector<uint32_t> kinds;
    addNames(view, view.table().entry(entry).list, labels, kinds);
    for (uint32_t kind : kinds) {
      bool isBranch = kind == INGOT_CMD_IF || kind == INGOT_CMD_WHILE;
      std::vector<std::string> &own = isBranch ? branches : dispatches;
      size_t &next = isBranch ? branch : dispatch;
      if (kind != INGOT_CMD_DISPATCH && !isBranch)
        names.push_back("");
      else if (next < own.size())
        names.push_back(own[next++]);
      else
        return {};
    }
  }
  if (dispatch != dispatches.size() || branch != branches.size())
    return {};
  return names;
}

NodeTimes nodeTimes(const CommandNotes &notes) {
  NodeTimes times;
  for (size_t i = 0; i != std::min(notes.names.size(), notes.microseconds.size()); ++i)
    times[notes.names[i]].push_back(notes.microseconds[i]);
  return times;
}

} // namespace ingot::driver
