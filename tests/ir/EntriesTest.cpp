// Entry points of a module: choosing some, and states that several of them name.
#include "ir/Entries.h"

#include "ir/States.h"
#include "ir/Types.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace ingot::test {
namespace {

struct EntriesTest : testing::Test {
  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;
  std::string why;
  EntriesTest() { context.loadDialect<IngotDialect, func::FuncDialect>(); }

  // Sizes s0 "n" in 1..4, s1 "length" in 0..8, s2 "m" in 1..4.
  void parse(const std::string &functions) {
    module = parseSourceString<ModuleOp>(
        "module attributes {ingot.sizes = [#ingot.size<\"n\", 1 to 4>, #ingot.size<\"length\", 0 to "
        "8>, #ingot.size<\"m\", 1 to 4>]} {\n" +
            functions + "\n}",
        &context);
    ASSERT_TRUE(module);
  }
  // An entry point that returns its only argument.
  static std::string identity(const std::string &name, const std::string &argument, const std::string &result,
                              const std::string &dim = "s0") {
    std::string type = "tensor<?xf32, #ingot.dims<[" + dim + "]>>";
    return "func.func @" + name + "(%x: " + type + " {ingot.name = \"" + argument + "\"}) -> (" + type +
           " {ingot.name = \"" + result + "\"}) attributes {ingot.entry} { return %x : " + type + " }\n";
  }
  func::FuncOp entry(StringRef name) { return findEntry(*module, name, &why); }
  bool alias(std::vector<std::pair<std::string, std::string>> pairs) { return aliasStates(*module, pairs, &why); }
  // What verifyStates reports.
  std::string problems() {
    std::string text;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      text += (text.empty() ? "" : "\n") + diagnostic.str();
      return success();
    });
    EXPECT_EQ(failed(verifyStates(*module)), !text.empty());
    return text;
  }
};

TEST_F(EntriesTest, AreFoundAndKept) {
  parse(identity("a", "x", "y") + identity("b", "x", "y") + identity("c", "x", "y"));
  EXPECT_EQ(entryNames(*module), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(entry("").getSymName(), "a");
  EXPECT_EQ(entry("b").getSymName(), "b");
  EXPECT_FALSE(entry("d"));
  EXPECT_EQ(why, "the model has no entry point 'd'; did you mean 'a'?; it has: a, b, c");
  EXPECT_FALSE(keepEntries(*module, {"a", "a"}, &why));
  EXPECT_EQ(why, "entry point 'a' is named twice");
  EXPECT_TRUE(keepEntries(*module, {}, &why));
  EXPECT_EQ(entryNames(*module).size(), 3u);
  EXPECT_TRUE(keepEntries(*module, {"c", "b"}, &why));
  EXPECT_EQ(entryNames(*module), (std::vector<std::string>{"b", "c"}));
}

TEST_F(EntriesTest, AnAliasMakesStatesOfAll) {
  parse(identity("both", "h", "next") + identity("sets", "x", "next") + identity("reads", "h", "y") +
        identity("neither", "x", "y"));
  ASSERT_TRUE(alias({{"h", "next"}})) << why;
  EXPECT_TRUE(succeeded(module->verify()));
  EXPECT_EQ(problems(), "");
  EXPECT_EQ(stateOfArgument(entry("both"), 0), "h");
  EXPECT_EQ(stateOfResult(entry("both"), 0), "h");
  EXPECT_EQ(stateOfArgument(entry("sets"), 0), "");
  EXPECT_EQ(stateOfResult(entry("sets"), 0), "h");
  EXPECT_EQ(stateOfArgument(entry("reads"), 0), "h");
  EXPECT_EQ(stateOfResult(entry("reads"), 0), "");
  EXPECT_EQ(stateOfArgument(entry("neither"), 0), "");
  EXPECT_EQ(stateOfResult(entry("neither"), 0), "");
}

TEST_F(EntriesTest, AliasesThatDoNotFit) {
  parse(identity("f", "h", "next") + identity("g", "k", "after"));
  EXPECT_FALSE(alias({{"hh", "next"}}));
  EXPECT_EQ(why, "--alias hh=next: the model has no input 'hh'; did you mean 'h'?");
  EXPECT_FALSE(alias({{"h", "nex"}}));
  EXPECT_EQ(why, "--alias h=nex: the model has no output 'nex'; did you mean 'next'?");
  EXPECT_FALSE(alias({{"h", "next"}, {"h", "after"}}));
  EXPECT_EQ(why, "--alias h=after: the input is named by another --alias");
  parse(identity("f", "h", "next"));
  EXPECT_FALSE(alias({{"h", "next"}, {"h", "next"}}));
  parse("func.func @f(%x: tensor<2xf32> {ingot.name = \"h\"}) -> (tensor<2xf16> {ingot.name = \"next\"}) attributes "
        "{ingot.entry} {\n"
        "%0 = ingot.convert %x : (tensor<2xf32>) -> tensor<2xf16>\nreturn %0 : tensor<2xf16> }");
  EXPECT_FALSE(alias({{"h", "next"}}));
  EXPECT_EQ(why, "--alias h=next: the input is f32[2], the output f16[2]: state must keep its element type and rank");
}

TEST_F(EntriesTest, StatesOfOneNameAreAlike) {
  parse(identity("a", "h", "next") + identity("b", "h", "next", "s2"));
  ASSERT_TRUE(alias({{"h", "next"}})) << why;
  EXPECT_EQ(problems(), "entry point 'b': state 'h' is f32[m], but f32[n] in 'a'");

  // One that grows is taken and given by all.
  std::string grown = "tensor<?xf32, #ingot.dims<[s0 + s1]>>";
  parse("func.func @a(%h: tensor<?xf32, #ingot.dims<[s1]>> {ingot.name = \"h\"}, %x: tensor<?xf32, #ingot.dims<[s0]>> "
        "{ingot.name = "
        "\"x\"}) -> (" +
        grown +
        " {ingot.name = \"next\"}) attributes {ingot.entry} {\n%0 = ingot.concatenate %h, %x dim = 0 : (tensor<?xf32, " +
        "#ingot.dims<[s1]>>, tensor<?xf32, #ingot.dims<[s0]>>) -> " + grown + "\nreturn %0 : " + grown + " }\n" +
        identity("b", "h", "y", "s1"));
  ASSERT_TRUE(alias({{"h", "next"}})) << why;
  EXPECT_EQ(problems(), "entry point 'b': state 'h' grows in 'a', so 'b' must take and give it too");
  EXPECT_EQ(entrySizes(entry("a")).count(), 2u);
  EXPECT_EQ(entrySizes(entry("b")).count(), 1u);
  EXPECT_TRUE(entrySizes(entry("b")).test(1));
  EXPECT_TRUE(concernsEntry(getAffineSymbolExpr(1, &context) + 3, entrySizes(entry("b"))));
  EXPECT_FALSE(concernsEntry(getAffineSymbolExpr(1, &context) + getAffineSymbolExpr(0, &context), entrySizes(entry("b"))));
  ASSERT_TRUE(keepEntries(*module, {"b"}, &why));
  EXPECT_EQ(entrySizes(entry("b")).count(), 1u);
}

} // namespace
} // namespace ingot::test
