#include "tools/ingot/Depfile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot::driver {

// Of backslashes before a space each counts twice, elsewhere once.
static std::string escaped(llvm::StringRef name) {
  std::string out;
  size_t backslashes = 0;
  for (char c : name) {
    if (c == ' ' || c == '\t')
      out.append(backslashes + 1, '\\');
    else if (c == '#')
      out += '\\';
    else if (c == '$')
      out += '$';
    backslashes = c == '\\' ? backslashes + 1 : 0;
    out += c;
  }
  return out;
}

std::string dependencyRule(llvm::ArrayRef<std::string> targets, llvm::ArrayRef<std::string> files) {
  std::string rule;
  for (const std::string &target : targets)
    rule += (rule.empty() ? "" : " ") + escaped(target);
  rule += ":";
  for (const std::string &file : files)
    rule += " \\\n  " + escaped(llvm::StringRef(file).starts_with("./") ? file.substr(2) : file);
  return rule + "\n";
}

Status writeDepfile(const std::string &path, llvm::ArrayRef<std::string> targets, llvm::ArrayRef<std::string> files) {
  for (llvm::ArrayRef<std::string> names : {targets, files})
    for (const std::string &name : names)
      if (llvm::is_contained(name, '\n'))
        return fail("--depfile " + path + ": the name '" + name + "' has a line break, which no rule can hold");
  return writeFile("--depfile", path, [&](llvm::raw_ostream &os) { os << dependencyRule(targets, files); });
}

} // namespace ingot::driver
