#include "tools/ingot/TableView.h"

#include "runtime/loaders/elf_file.h"
#include "llvm/Support/MemoryBuffer.h"

namespace ingot::driver {

TableView::TableView(llvm::ArrayRef<char> bytes) : storage(bytes.begin(), bytes.end()) {
  rt::Table t = table();
  std::vector<int64_t> sizes;
  for (uint32_t i = 0; i < t.header().sizes.count; ++i)
    sizes.push_back(t.size(i).max);
  maxima.resize(t.header().exprs.count);
  ingot_evaluate(&t.header(), sizes.data(), maxima.data());
}

llvm::Expected<TableView> TableView::ofFile(const std::string &path) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                                                                        /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError(path + ": " + file.getError().message());
  rt::FileTable found;
  ingot_error error;
  const auto *bytes = reinterpret_cast<const uint8_t *>((*file)->getBufferStart());
  if (found.open(bytes, (*file)->getBufferSize(), rt::ElfUse::Verify, &error) != INGOT_OK)
    return llvm::createStringError(path + ": " + error.message);
  const auto *start = reinterpret_cast<const char *>(found.table.base());
  return TableView(llvm::ArrayRef<char>(start, found.table.header().table_size));
}

std::string TableView::expression(uint32_t index) const {
  ingot_expr expr = table().expr(index);
  auto operand = [&](uint32_t child) {
    uint32_t op = table().expr(child).op;
    std::string text = expression(child);
    bool plain = op == INGOT_EXPR_CONST || op == INGOT_EXPR_SIZE || op == INGOT_EXPR_MIN || op == INGOT_EXPR_MAX || op == INGOT_EXPR_ALIGN;
    return plain || (expr.op == INGOT_EXPR_ADD && op == INGOT_EXPR_MUL) ? text : "(" + text + ")";
  };
  switch (expr.op) {
  case INGOT_EXPR_CONST: return std::to_string(expr.value);
  case INGOT_EXPR_SIZE: return table().string(table().size(expr.lhs).name);
  case INGOT_EXPR_ADD: return operand(expr.lhs) + "+" + operand(expr.rhs);
  case INGOT_EXPR_SUB: return operand(expr.lhs) + "-" + operand(expr.rhs);
  case INGOT_EXPR_MUL: return operand(expr.lhs) + "*" + operand(expr.rhs);
  case INGOT_EXPR_FLOORDIV: return operand(expr.lhs) + "/" + operand(expr.rhs);
  case INGOT_EXPR_CEILDIV: return "ceil(" + expression(expr.lhs) + "/" + operand(expr.rhs) + ")";
  case INGOT_EXPR_MOD: return operand(expr.lhs) + "%" + operand(expr.rhs);
  case INGOT_EXPR_MIN: return "min(" + expression(expr.lhs) + "," + expression(expr.rhs) + ")";
  case INGOT_EXPR_MAX: return "max(" + expression(expr.lhs) + "," + expression(expr.rhs) + ")";
  default: return "align(" + expression(expr.lhs) + "," + expression(expr.rhs) + ")";
  }
}

std::string TableView::type(uint32_t dtype, uint32_t rank, uint32_t dims) const {
  std::string text = std::string(ingot_dtype_name(dtype)) + "[";
  for (uint32_t d = 0; d < rank; ++d)
    text += (d ? "," : "") + expression(table().index(dims + d));
  return text + "]";
}

} // namespace ingot::driver
