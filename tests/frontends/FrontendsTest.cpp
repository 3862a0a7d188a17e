// Which frontend a file belongs to, for every row of the table.
#include "frontends/Frontends.h"

#include "ir/Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tests/TestPaths.h"
#include "llvm/ADT/STLExtras.h"

#include "gtest/gtest.h"

#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

namespace ingot {
namespace {

std::string digits() {
  std::ifstream file(test::sourceDir() + "/docs/digits/digits.onnx", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Frontends, AreToldApart) {
  std::set<std::string> names, suffixes;
  for (const Frontend &frontend : allFrontends()) {
    EXPECT_TRUE(names.insert(frontend.name).second);
    EXPECT_TRUE(suffixes.insert(frontend.suffix).second);
    EXPECT_EQ(frontend.tensorSuffix == nullptr, frontend.readTensor == nullptr);
    EXPECT_EQ(frontendOf("", std::string("model") + frontend.suffix, true), &frontend);
    EXPECT_EQ(frontendOf("", std::string("model") + frontend.suffix, false), nullptr);
    if (frontend.tensorSuffix)
      EXPECT_EQ(tensorFrontendOf(std::string("x") + frontend.tensorSuffix), &frontend);
  }
  EXPECT_EQ(frontendOf("no model", "notes.txt", true), nullptr);
  EXPECT_EQ(tensorFrontendOf("x.npy"), nullptr);
}

TEST(Frontends, TellTheirOperators) {
  for (const Frontend &frontend : allFrontends()) {
    if (!frontend.operators)
      continue;
    std::vector<Operator> operators = frontend.operators();
    EXPECT_FALSE(operators.empty());
    EXPECT_TRUE(llvm::is_sorted(operators, [](const Operator &a, const Operator &b) {
      return std::tie(a.domain, a.name) < std::tie(b.domain, b.name);
    })) << frontend.name;
    for (const Operator &op : operators)
      EXPECT_EQ(op.versions.empty(), frontend.versions == nullptr) << op.name;
  }
}

TEST(Frontends, ContentGoesBeforeNames) {
  const Frontend *found = frontendOf(llvm::StringRef(digits()).take_front(4096), "model.of-another-kind", true);
  ASSERT_TRUE(found);
  EXPECT_STREQ(found->name, "ONNX");
}

TEST(Frontends, ImportByWhatIsThere) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<IngotDialect, mlir::func::FuncDialect>();
  std::string message;
  auto sink = [&](llvm::StringRef text) { message = text.str(); };
  ImportOptions options;
  options.dims = {{"batch", "1"}};
  EXPECT_TRUE(mlir::succeeded(importModel(context, test::sourceDir() + "/docs/digits/digits.onnx", options, sink)))
      << message;
  for (const char *none : {"/docs/digits/absent.onnx", "/README.md", "/docs"}) {
    message.clear();
    EXPECT_TRUE(mlir::failed(importModel(context, test::sourceDir() + none, options, sink)));
    EXPECT_NE(message.find(none), std::string::npos) << message;
  }
}

} // namespace
} // namespace ingot
