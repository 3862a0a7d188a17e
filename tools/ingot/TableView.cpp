#include "tools/ingot/TableView.h"

#include "runtime/loaders/elf_file.h"
#include "tools/ingot/ModelOptions.h"
#include "llvm/Object/Archive.h"
#include "llvm/Support/FormatVariadic.h"

#include <unistd.h>

namespace ingot::driver {

TableView::TableView(llvm::ArrayRef<char> bytes) : storage(bytes.begin(), bytes.end()) {
  rt::Table t = table();
  std::vector<int64_t> sizes;
  for (uint32_t i = 0; i < t.header().sizes.count; ++i)
    sizes.push_back(t.size(i).max);
  maxima.resize(t.header().exprs.count);
  ingot_evaluate(&t.header(), sizes.data(), maxima.data());
}

int64_t TableView::atMaxima(uint32_t expr, uint32_t record) const {
  rt::Table t = table();
  const ingot_entry entry = t.entry(record);
  if (entry.range_count == 0)
    return atMaxima(expr);
  std::vector<int64_t> sizes, values(t.header().exprs.count);
  for (uint32_t i = 0; i < t.header().sizes.count; ++i)
    sizes.push_back(ingot_entry_bound(&t.header(), &entry, i, /*side=*/1));
  ingot_evaluate(&t.header(), sizes.data(), values.data());
  return values[expr];
}

uint64_t TableView::arenaBytes(uint32_t record) const {
  return static_cast<uint64_t>(atMaxima(table().entry(record).arena, record));
}

uint64_t TableView::arenaBytes() const {
  uint64_t most = 0;
  for (uint32_t i = 0; i < header().entries.count; ++i)
    most = std::max(most, arenaBytes(i));
  return most;
}

std::string TableView::entryText(uint32_t record) const {
  rt::Table t = table();
  const ingot_entry entry = t.entry(record);
  std::string ranges;
  for (uint32_t i = 0; i < t.header().sizes.count; ++i) {
    const int64_t low = ingot_entry_bound(&t.header(), &entry, i, 0), high = ingot_entry_bound(&t.header(), &entry, i, 1);
    if (low != t.size(i).min || high != t.size(i).max)
      ranges += (ranges.empty() ? " (" : ", ") + std::string(t.string(t.size(i).name)) + " in " + std::to_string(low) +
                ".." + std::to_string(high);
  }
  return t.string(entry.name) + (ranges.empty() ? "" : ranges + ")");
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readArtifact(const std::string &path) {
  std::string why;
  FileKind kind = detectFile(path, &why);
  if (kind != FileKind::Artifact && kind != FileKind::Archive)
    return llvm::createStringError(
        kind == FileKind::Unreadable ? why : path + ": is no artifact: neither an ELF file nor an archive");
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                                                                        /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError(path + ": " + file.getError().message());
  if (kind == FileKind::Artifact)
    return std::move(*file);

  auto bad = [&](llvm::Error error) {
    return llvm::createStringError(path +
                                   ": corrupt artifact: it is a damaged archive: " + llvm::toString(std::move(error)));
  };
  llvm::Expected<std::unique_ptr<llvm::object::Archive>> archive = llvm::object::Archive::create((*file)->getMemBufferRef());
  if (!archive)
    return bad(archive.takeError());
  std::unique_ptr<llvm::MemoryBuffer> found;
  llvm::Error error = llvm::Error::success();
  for (const llvm::object::Archive::Child &child : (*archive)->children(error)) {
    llvm::Expected<llvm::StringRef> bytes = child.getBuffer();
    if (!bytes) {
      llvm::consumeError(std::move(error));
      return bad(bytes.takeError());
    }
    if (found) {
      llvm::consumeError(std::move(error));
      return llvm::createStringError(path + ": is an archive of several members; extract the object made by ingot (ar x)");
    }
    // LLVM takes the member's header at its word.
    llvm::StringRef whole = (*file)->getBuffer();
    uint64_t begin = bytes->data() - whole.data();
    if (begin > whole.size() || bytes->size() > whole.size() - begin) {
      llvm::consumeError(std::move(error));
      return bad(
          llvm::createStringError("a member of %zu bytes does not fit into the file of %zu", bytes->size(), whole.size()));
    }
    found = llvm::MemoryBuffer::getMemBufferCopy(*bytes);
  }
  if (error)
    return bad(std::move(error));
  if (!found)
    return llvm::createStringError(path + ": is an empty archive");
  return found;
}

llvm::Expected<TableView> TableView::ofFile(const std::string &path) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> file = readArtifact(path);
  if (!file)
    return file.takeError();
  rt::FileTable found;
  ingot_error error;
  const auto *bytes = reinterpret_cast<const uint8_t *>((*file)->getBufferStart());
  if (found.open(bytes, (*file)->getBufferSize(), rt::ElfUse::Verify, &error) != INGOT_OK)
    return llvm::createStringError(path + ": " + error.message);
  const auto *start = reinterpret_cast<const char *>(found.table.base());
  return TableView(llvm::ArrayRef<char>(start, found.table.header().table_size));
}

// Expressions share parts, so the text of a hostile table's could double with every level.
static constexpr int kMaxParts = 200;

std::string TableView::expression(uint32_t index) const {
  int budget = kMaxParts;
  return expression(index, budget);
}

std::string TableView::expression(uint32_t index, int &budget) const {
  if (--budget < 0)
    return "...";
  ingot_expr expr = table().expr(index);
  auto operand = [&](uint32_t child) {
    uint32_t op = table().expr(child).op;
    std::string text = expression(child, budget);
    bool plain = op == INGOT_EXPR_CONST || op == INGOT_EXPR_SIZE || op == INGOT_EXPR_MIN || op == INGOT_EXPR_MAX ||
                 op == INGOT_EXPR_ALIGN;
    return plain || (expr.op == INGOT_EXPR_ADD && op == INGOT_EXPR_MUL) ? text : "(" + text + ")";
  };
  auto pair = [&](const char *name) {
    std::string left = expression(expr.lhs, budget);
    return std::string(name) + "(" + left + "," + expression(expr.rhs, budget) + ")";
  };
  auto joined = [&](const char *sign) {
    std::string left = operand(expr.lhs);
    return left + sign + operand(expr.rhs);
  };
  switch (expr.op) {
  case INGOT_EXPR_CONST:
    return std::to_string(expr.value);
  case INGOT_EXPR_SIZE:
    return table().string(table().size(expr.lhs).name);
  case INGOT_EXPR_ADD:
    return joined("+");
  case INGOT_EXPR_SUB:
    return joined("-");
  case INGOT_EXPR_MUL:
    return joined("*");
  case INGOT_EXPR_FLOORDIV:
    return joined("/");
  case INGOT_EXPR_CEILDIV:
    return "ceil(" + joined("/") + ")";
  case INGOT_EXPR_MOD:
    return joined("%");
  case INGOT_EXPR_MIN:
    return pair("min");
  case INGOT_EXPR_MAX:
    return pair("max");
  default:
    return pair("align");
  }
}

std::string TableView::type(uint32_t dtype, uint32_t rank, uint32_t dims) const {
  std::string text = std::string(ingot_dtype_name(dtype)) + "[";
  for (uint32_t d = 0; d < rank; ++d)
    text += (d ? "," : "") + expression(table().index(dims + d));
  return text + "]";
}

void warnOfMemory(const TableView &view) {
  const double machine = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGESIZE));
  const uint64_t arena = view.arenaBytes();
  if (double(arena) <= machine)
    return;
  std::string at;
  for (uint32_t i = 0; i < view.header().sizes.count; ++i) {
    const ingot_size_record size = view.table().size(i);
    at += (at.empty() ? " at " : ", ") + std::string(view.table().string(size.name)) + "=" + std::to_string(size.max);
  }
  say(llvm::formatv("warning: a call takes {0:f1} GB of memory{1}, more than the {2:f1} GB of this machine",
                    double(arena) / 1e9, at, machine / 1e9)
          .str());
}

} // namespace ingot::driver
