#include "tools/conformance/Cases.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>

namespace ingot::conformance {

namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

struct Listing {
  std::vector<std::string> folders, files; // full paths, sorted
};

bool list(const std::string &folder, Listing &out, std::string *why) {
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; at != end && !code; at.increment(code)) {
    fs::file_status status;
    if (fs::status(at->path(), status)) // a dangling link is none of ours
      continue;
    if (fs::is_directory(status) && at->type() != fs::file_type::symlink_file)
      out.folders.push_back(at->path());
    else if (fs::is_regular_file(status))
      out.files.push_back(at->path());
  }
  if (code) {
    *why = folder + ": " + code.message();
    return false;
  }
  llvm::sort(out.folders);
  llvm::sort(out.files);
  return true;
}

// The number K of PREFIX_K SUFFIX, or -1.
int64_t numberOf(llvm::StringRef name, llvm::StringRef prefix, llvm::StringRef suffix) {
  int64_t number;
  if (!name.consume_front(prefix) || !name.consume_back(suffix) || name.getAsInteger(10, number) || number < 0 ||
      number > 100000)
    return -1;
  return number;
}

void put(std::vector<std::string> &places, int64_t place, const std::string &file) {
  if (place < 0)
    return;
  if (places.size() <= static_cast<size_t>(place))
    places.resize(place + 1);
  places[place] = file;
}

bool readSet(const std::string &folder, DataSet &set, std::string *why) {
  Listing listing;
  if (!list(folder, listing, why))
    return false;
  for (const std::string &file : listing.files) {
    put(set.inputs, numberOf(path::filename(file), "input_", ".pb"), file);
    put(set.outputs, numberOf(path::filename(file), "output_", ".pb"), file);
  }
  return true;
}

class Finder {
public:
  Finder(const std::string &root, std::vector<Case> &cases, std::string *why) : root(root), cases(cases), why(why) {}

  bool visit(const std::string &folder, unsigned depth) {
    Listing listing;
    if (!list(folder, listing, why))
      return false;
    std::vector<std::string> models;
    for (const std::string &file : listing.files)
      if (llvm::StringRef(file).ends_with(".onnx"))
        models.push_back(file);
    std::vector<std::pair<int64_t, DataSet>> sets;
    for (const std::string &inner : listing.folders) {
      int64_t number = numberOf(path::filename(inner), "test_data_set_", "");
      if (number < 0) {
        if (depth < 32 && !visit(inner, depth + 1))
          return false;
        continue;
      }
      sets.emplace_back(number, DataSet());
      if (!readSet(inner, sets.back().second, why))
        return false;
    }
    llvm::sort(sets, [](const auto &a, const auto &b) { return a.first < b.first; });
    for (const std::string &model : models) {
      Case found{nameOf(folder, model, models.size()), model, {}};
      // Data sets belong to the folder's only model.
      if (models.size() == 1)
        for (auto &set : sets)
          found.sets.push_back(set.second);
      addFilesBeside(listing, model, models.size(), found);
      cases.push_back(std::move(found));
    }
    return true;
  }

private:
  std::string nameOf(const std::string &folder, const std::string &model, size_t models) {
    llvm::StringRef within = folder;
    within.consume_front(root);
    within = within.ltrim('/');
    if (models == 1 && !within.empty())
      return within.str();
    return (within.empty() ? "" : within.str() + "/") + path::stem(model).str();
  }

  void addFilesBeside(const Listing &listing, const std::string &model, size_t models, Case &found) {
    std::string stem = path::stem(model).str();
    DataSet counted{DataSet::Counted, {}, {}};
    for (const std::string &file : listing.files) {
      llvm::StringRef name = path::filename(file);
      put(counted.outputs, numberOf(name, stem + "_output_", ".pb"), file);
      if ((name == "io.npz" && models == 1) || name == stem + ".io.npz")
        found.sets.push_back({DataSet::Named, {file}, {}});
    }
    if (!counted.outputs.empty())
      found.sets.push_back(std::move(counted));
  }

  std::string root;
  std::vector<Case> &cases;
  std::string *why;
};

} // namespace

bool findCases(const std::string &folder, std::vector<Case> &cases, std::string *why) {
  if (!Finder(folder, cases, why).visit(folder, 0))
    return false;
  llvm::stable_sort(cases, [](const Case &a, const Case &b) { return a.name < b.name; });
  return true;
}

} // namespace ingot::conformance
