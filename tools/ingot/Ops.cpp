// ingot ops: the operators that models of each format may hold.
#include "frontends/Frontends.h"
#include "ir/DidYouMean.h"
#include "tools/ingot/Driver.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <memory>
#include <nlohmann/json.hpp>

namespace ingot::driver {
namespace {

std::string versionsText(const Operator &op) {
  std::string text;
  for (auto [first, last] : op.versions)
    text += (text.empty() ? "" : ", ") +
            (first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last));
  return text;
}

struct OpsVerb {
  std::vector<std::string> names;
  std::string format;
  bool markdown = false;

  Status run();
  void print(const Frontend &frontend, llvm::ArrayRef<Operator> shown) const;
};

void OpsVerb::print(const Frontend &frontend, llvm::ArrayRef<Operator> shown) const {
  const std::string versions = frontend.versions ? frontend.versions : "";
  std::string domain;
  for (const Operator &op : shown) {
    if (markdown && (domain != op.domain || &op == shown.begin()))
      llvm::outs() << "\n## " << (op.domain.empty() ? frontend.name : op.domain) << "\n\n| operator |"
                   << (versions.empty() ? "" : " " + versions + " |") << "\n|---|" << (versions.empty() ? "" : "---|")
                   << "\n";
    domain = op.domain;
    if (markdown)
      llvm::outs() << "| " << op.name << " |" << (versions.empty() ? "" : " " + versionsText(op) + " |") << "\n";
    else if (op.versions.empty())
      llvm::outs() << llvm::left_justify(op.name, 27) << ' ' << op.domain << "\n";
    else
      llvm::outs() << llvm::left_justify(op.name, 28) << llvm::left_justify(op.domain, 28) << versionsText(op) << "\n";
  }
}

Status OpsVerb::run() {
  std::vector<std::pair<const Frontend *, std::vector<Operator>>> formats;
  llvm::SmallVector<std::string> formatNames;
  for (const Frontend &frontend : allFrontends()) {
    if (!frontend.operators)
      continue;
    formatNames.push_back(llvm::StringRef(frontend.name).lower());
    if (format.empty() || llvm::StringRef(frontend.name).equals_insensitive(format))
      formats.emplace_back(&frontend, frontend.operators());
  }
  if (formats.empty())
    return fail("--format=" + format + ": not built in; the formats are " + llvm::join(formatNames, ", ") +
                didYouMean(format, formatNames));
  llvm::SmallVector<std::string> known;
  for (const auto &[frontend, operators] : formats)
    for (const Operator &op : operators)
      known.push_back(op.name);
  std::string missing;
  for (const std::string &name : names)
    if (!llvm::is_contained(known, name))
      missing += (missing.empty() ? "" : "\n") + ("operator '" + name + "' is not supported" + didYouMean(name, known));
  if (!missing.empty())
    return fail(missing);
  nlohmann::json list = nlohmann::json::array();
  for (auto &[frontend, operators] : formats) {
    llvm::erase_if(operators, [&](const Operator &op) { return !names.empty() && !llvm::is_contained(names, op.name); });
    if (!globals.json) {
      print(*frontend, operators);
      continue;
    }
    for (const Operator &op : operators) {
      list.push_back({{"format", llvm::StringRef(frontend->name).lower()}, {"domain", op.domain}, {"name", op.name}});
      if (!frontend->versions)
        continue;
      nlohmann::json &versions = list.back()[frontend->versions] = nlohmann::json::array();
      for (auto [first, last] : op.versions)
        versions.push_back({first, last});
    }
  }
  if (globals.json)
    answer({{"operators", list}});
  return Done;
}

} // namespace

void addOps(CLI::App &app, Status *status) {
  auto verb = std::make_shared<OpsVerb>();
  CLI::App *command = app.add_subcommand("ops", "List the operators that models may hold, and since when they are known");
  command->add_option("names", verb->names, "Operators: these alone; exit status 1 where one is not supported");
  std::string formats;
  for (const Frontend &frontend : llvm::make_filter_range(allFrontends(), [](const auto &row) { return row.operators; }))
    formats += (formats.empty() ? "" : ", ") + llvm::StringRef(frontend.name).lower();
  command->add_option("--format", verb->format, "Of models of this format alone: " + formats);
  command->add_flag("--markdown", verb->markdown, "As tables of docs/operators.md");
  command->footer("Examples:\n  ingot ops\n  ingot ops Conv GridSample");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
