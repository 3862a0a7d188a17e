#include "frontends/common/SizeExpression.h"

#include "ir/Types.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace ingot::frontend {
namespace {

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; }

class ExpressionReader {
public:
  using Lookup = llvm::function_ref<mlir::AffineExpr(llvm::StringRef)>;
  ExpressionReader(mlir::MLIRContext *context, llvm::StringRef text, llvm::ArrayRef<std::string> names, Lookup lookup)
      : context(context), rest(text), names(names), lookup(lookup) {}

  mlir::AffineExpr read() {
    mlir::AffineExpr value = sum(0);
    return value && rest.trim().empty() ? simplifyExpr(value) : mlir::AffineExpr();
  }

private:
  static constexpr int kMaxDepth = 16;

  bool take(char c) {
    rest = rest.ltrim();
    return rest.consume_front(llvm::StringRef(&c, 1));
  }
  mlir::AffineExpr sum(int depth) {
    mlir::AffineExpr value = product(depth);
    while (value && !(rest = rest.ltrim()).empty() && (rest.front() == '+' || rest.front() == '-')) {
      bool isMinus = rest.front() == '-';
      rest = rest.drop_front();
      mlir::AffineExpr right = product(depth);
      value = right ? (isMinus ? value - right : value + right) : mlir::AffineExpr();
    }
    return value;
  }
  mlir::AffineExpr product(int depth) {
    mlir::AffineExpr value = factor(depth);
    while (value && !(rest = rest.ltrim()).empty() && (rest.front() == '*' || rest.front() == '/')) {
      bool isQuotient = rest.front() == '/';
      rest = rest.drop_front();
      if (isQuotient)
        (void)rest.consume_front("/");
      mlir::AffineExpr right = factor(depth);
      auto number = llvm::dyn_cast_or_null<mlir::AffineConstantExpr>(right);
      if (!right || (isQuotient && (!number || number.getValue() < 1)))
        return {};
      value = isQuotient ? value.floorDiv(right) : value * right;
    }
    return value;
  }
  mlir::AffineExpr factor(int depth) {
    if (depth == kMaxDepth)
      return {};
    rest = rest.ltrim();
    llvm::StringRef longest;
    for (llvm::StringRef name : names)
      if (rest.starts_with(name) && name.size() > longest.size())
        longest = name;
    if (!longest.empty()) {
      rest = rest.drop_front(longest.size());
      return lookup(longest);
    }
    if (take('(')) {
      mlir::AffineExpr value = sum(depth + 1);
      return take(')') ? value : mlir::AffineExpr();
    }
    if (rest.empty())
      return {};
    if (llvm::isDigit(rest.front())) {
      llvm::StringRef digits = rest.take_while(llvm::isDigit);
      int64_t value;
      rest = rest.drop_front(digits.size());
      if (digits.getAsInteger(10, value) || value > kMaxDim)
        return {};
      return mlir::getAffineConstantExpr(value, context);
    }
    if (!isNameStart(rest.front()))
      return {};
    llvm::StringRef name = rest.take_while(isNamePart);
    rest = rest.drop_front(name.size());
    return lookup(name);
  }

  mlir::MLIRContext *context;
  llvm::StringRef rest;
  llvm::ArrayRef<std::string> names;
  Lookup lookup;
};

} // namespace

bool isPlainName(llvm::StringRef name) {
  return !name.empty() && isNameStart(name.front()) && llvm::all_of(name, isNamePart);
}

mlir::AffineExpr readSizeExpression(mlir::MLIRContext *context, llvm::StringRef text, llvm::ArrayRef<std::string> names,
                                    llvm::function_ref<mlir::AffineExpr(llvm::StringRef)> lookup) {
  return ExpressionReader(context, text, names, lookup).read();
}

} // namespace ingot::frontend
