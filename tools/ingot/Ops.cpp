// ingot ops: the operators that models may hold.
#include "frontends/onnx/OpTable.h"
#include "ir/DidYouMean.h"
#include "tools/ingot/Driver.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <memory>
#include <nlohmann/json.hpp>

namespace ingot::driver {
namespace {

std::string opsetsText(const onnx::OpSupport &op) {
  std::string text;
  for (auto [first, last] : op.opsets)
    text += (text.empty() ? "" : ", ") +
            (first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last));
  return text;
}

std::string domainOf(const onnx::OpSupport &op) { return op.domain.empty() ? "ai.onnx" : op.domain; }

struct OpsVerb {
  std::vector<std::string> names;
  bool markdown = false;

  Status run() {
    std::vector<onnx::OpSupport> all = onnx::supportedOps(), shown;
    auto known = llvm::map_to_vector(all, [](const onnx::OpSupport &op) { return op.name; });
    std::string missing;
    for (const std::string &name : names)
      if (!llvm::is_contained(known, name))
        missing += (missing.empty() ? "" : "\n") + ("operator '" + name + "' is not supported" + didYouMean(name, known));
    if (!missing.empty())
      return fail(missing);
    llvm::copy_if(all, std::back_inserter(shown),
                  [&](const onnx::OpSupport &op) { return names.empty() || llvm::is_contained(names, op.name); });
    if (globals.json) {
      nlohmann::json list = nlohmann::json::array();
      for (const onnx::OpSupport &op : shown) {
        list.push_back({{"domain", domainOf(op)}, {"name", op.name}, {"opsets", nlohmann::json::array()}});
        for (auto [first, last] : op.opsets)
          list.back()["opsets"].push_back({first, last});
      }
      answer({{"operators", list}});
      return Done;
    }
    std::string domain;
    for (const onnx::OpSupport &op : shown) {
      if (markdown && domain != domainOf(op))
        llvm::outs() << "\n## " << domainOf(op) << "\n\n| operator | opsets |\n|---|---|\n";
      domain = domainOf(op);
      if (markdown)
        llvm::outs() << "| " << op.name << " | " << opsetsText(op) << " |\n";
      else
        llvm::outs() << llvm::left_justify(op.name, 28) << llvm::left_justify(domain, 28) << opsetsText(op) << "\n";
    }
    return Done;
  }
};

} // namespace

void addOps(CLI::App &app, Status *status) {
  auto verb = std::make_shared<OpsVerb>();
  CLI::App *command =
      app.add_subcommand("ops", "List the operators that models may hold, and the opsets they are known from");
  command->add_option("names", verb->names, "Operators: these alone; exit status 1 where one is not supported");
  command->add_flag("--markdown", verb->markdown, "As tables of docs/operators.md");
  command->footer("Examples:\n  ingot ops\n  ingot ops Conv GridSample");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
