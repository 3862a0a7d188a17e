// Programs made of trees: what functions, types and sizes become, and how what is wrong is told. What single ops become is in the
// .test files.
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Import.h"
#include "ir/CustomCalls.h"
#include "ir/Entries.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

namespace ingot::stablehlo {
namespace {

// A module whose functions are written op by op. Each op stands in a line of its own, from 1.
class Tree {
public:
  Tree() = default;

  TypeRef tensor(std::vector<int64_t> dims, Element element = Element::F32) {
    Type type;
    type.kind = Type::Tensor;
    type.element = element;
    type.dims = std::move(dims);
    return module.intern(type);
  }

  // Begins a function with these arguments; their values.
  std::vector<ValueRef> function(std::string name, std::vector<TypeRef> arguments, bool isPublic = true) {
    Function &function = module.functions.emplace_back();
    function.name = std::move(name);
    function.isPublic = isPublic;
    inputs = arguments;
    Block &block = function.body.blocks.emplace_back();
    for (TypeRef type : arguments)
      block.arguments.push_back(module.addValue(type));
    return {block.arguments.begin(), block.arguments.end()};
  }

  ValueRef op(std::string name, std::vector<ValueRef> operands, TypeRef result,
              std::vector<NamedAttribute> attributes = {}) {
    Op &op = ops().emplace_back();
    op.name = std::move(name);
    op.location = module.intern(Location{"", ++line, 3, ""});
    op.operands.assign(operands.begin(), operands.end());
    if (result)
      op.results.push_back(module.addValue(result));
    for (NamedAttribute &attribute : attributes)
      setAttribute(op.attributes, attribute.name, std::move(attribute.value));
    return result ? op.results.front() : 0;
  }

  void giveBack(std::vector<ValueRef> values) {
    op("func.return", values, nullptr);
    Type type;
    type.kind = Type::Function;
    type.members = inputs;
    for (ValueRef value : values)
      type.results.push_back(module.typeOf(value));
    module.functions.back().type = module.intern(type);
  }

  std::optional<Program> import(const ImportOptions &options = {}) {
    message.clear();
    auto program = importModule(
        context, module, "model.mlir", nullptr, options, [&](llvm::StringRef text) { message = text.str(); }, nullptr);
    if (mlir::failed(program))
      return std::nullopt;
    return std::move(*program);
  }

  // The program's results for arguments of f32.
  std::vector<reference::Tensor> run(Program &program, std::vector<std::vector<float>> values,
                                     std::vector<std::vector<int64_t>> dims) {
    std::vector<reference::Tensor> arguments;
    for (size_t i = 0; i != values.size(); ++i) {
      arguments.push_back(reference::Tensor::zeros(mlir::Float32Type::get(&context), dims[i]));
      std::copy(values[i].begin(), values[i].end(), arguments.back().data<float>());
    }
    reference::Options options;
    options.weights = &program.weights;
    auto main = mlir::cast<mlir::func::FuncOp>(program.module->lookupSymbol("main"));
    llvm::Expected<std::vector<reference::Tensor>> results = reference::run(main, arguments, options);
    EXPECT_TRUE(bool(results));
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return std::move(*results);
  }

  std::vector<Op> &ops() { return module.functions.back().body.blocks.front().ops; }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  Module module;
  std::string message;
  unsigned line = 0;

private:
  std::vector<TypeRef> inputs;
};

std::vector<float> floats(const reference::Tensor &tensor) {
  return {tensor.data<float>(), tensor.data<float>() + tensor.numElements()};
}

TEST(StablehloImporter, InlinesCalls) {
  Tree tree;
  TypeRef type = tree.tensor({2});
  auto x = tree.function("main", {type});
  ValueRef once = tree.op("func.call", {x[0]}, type, {{"callee", makeSymbol("twice")}});
  tree.giveBack({tree.op("func.call", {once}, type, {{"callee", makeSymbol("twice")}})});
  auto y = tree.function("twice", {type}, /*isPublic=*/false);
  tree.giveBack({tree.op("stablehlo.add", {y[0], y[0]}, type)});
  std::optional<Program> program = tree.import();
  ASSERT_TRUE(program) << tree.message;
  EXPECT_EQ(floats(tree.run(*program, {{1, 2}}, {{2}})[0]), (std::vector<float>{4, 8}));
}

TEST(StablehloImporter, RefusesFunctionsThatCallThemselves) {
  Tree tree;
  TypeRef type = tree.tensor({2});
  auto x = tree.function("main", {type});
  tree.giveBack({tree.op("func.call", {x[0]}, type, {{"callee", makeSymbol("main")}})});
  EXPECT_FALSE(tree.import());
  EXPECT_EQ(tree.message, "model.mlir:1:3: 'func.call': function '@main' calls itself");
}

std::vector<std::string> entriesOf(const std::optional<Program> &program) {
  return program ? entryNames(*program->module) : std::vector<std::string>{};
}

// The only public function is called main; of several those that no other calls are entry points, main first.
TEST(StablehloImporter, PublicFunctionsAreEntryPoints) {
  using Names = std::vector<std::string>;
  Tree tree;
  TypeRef type = tree.tensor({1});
  auto x = tree.function("forward", {type});
  tree.giveBack({tree.op("stablehlo.negate", {x[0]}, type)});
  EXPECT_EQ(entriesOf(tree.import()), (Names{"main"})) << tree.message;
  auto y = tree.function("backward", {type});
  tree.giveBack({tree.op("func.call", {y[0]}, type, {{"callee", makeSymbol("helper")}})});
  auto z = tree.function("helper", {type});
  tree.giveBack({z[0]});
  EXPECT_EQ(entriesOf(tree.import()), (Names{"forward", "backward"})) << tree.message;
  auto u = tree.function("main", {type});
  tree.giveBack({u[0]});
  tree.function("private", {type}, /*isPublic=*/false);
  tree.giveBack({u[0]});
  EXPECT_EQ(entriesOf(tree.import()), (Names{"main", "forward", "backward"})) << tree.message;
  ImportOptions options;
  options.entries = {"helper", "main"};
  EXPECT_EQ(entriesOf(tree.import(options)), (Names{"helper", "main"})) << tree.message;
  options.entries = {"private"};
  EXPECT_FALSE(tree.import(options));
  EXPECT_EQ(tree.message,
            "model.mlir: the module has no function 'private', but 4 public functions: forward, backward, helper, main");
}

TEST(StablehloImporter, BindsCustomCalls) {
  Tree tree;
  TypeRef type = tree.tensor({2});
  auto x = tree.function("main", {type});
  Attribute config;
  config.kind = Attribute::Dictionary;
  Attribute flag, factor;
  flag.kind = Attribute::Bool;
  flag.integer = 1;
  factor.kind = Attribute::Float;
  factor.number = 2.5;
  config.entries = {{"factor", factor}, {"fast", flag}};
  ValueRef y = tree.op("stablehlo.custom_call", {x[0]}, type,
                       {{"call_target_name", makeString("acme.f")}, {"backend_config", config}});
  tree.giveBack({y});
  EXPECT_FALSE(tree.import());
  EXPECT_EQ(tree.message,
            "model.mlir:1:3: unsupported op: custom call 'acme.f'; --call acme.f=SYMBOL binds it to a function of C");
  ImportOptions options;
  options.calls = {{"acme.f", "f"}};
  std::optional<Program> program = tree.import(options);
  ASSERT_TRUE(program) << tree.message;
  CustomCallOp call;
  program->module->walk([&](CustomCallOp found) { call = found; });
  ASSERT_TRUE(call);
  EXPECT_EQ(boundFunction(call), "f");
  EXPECT_EQ(callAttributes(call), R"({"factor":2.5,"fast":true})");
  EXPECT_EQ(describeCall(call), "'acme.f'");
}

// All ops that are not supported are told at once, each at its first place.
TEST(StablehloImporter, ListsUnsupportedOps) {
  Tree tree;
  TypeRef type = tree.tensor({1});
  auto x = tree.function("main", {type});
  ValueRef a = tree.op("stablehlo.no_such_op", {x[0]}, type);
  ValueRef b = tree.op("stablehlo.no_such_op", {a}, type);
  tree.giveBack({tree.op("stablehlo.custom_call", {b}, type, {{"call_target_name", makeString("mine")}})});
  EXPECT_FALSE(tree.import());
  EXPECT_EQ(tree.message, "model.mlir: 2 ops are not supported:\n  1:3: unsupported op: 'stablehlo.no_such_op' (2 ops)\n  "
                          "3:3: unsupported op: custom call 'mine'; --call mine=SYMBOL binds it to a function of C");
}

// What is wrong with other ops is told beside them, but not with those that need what they give.
TEST(StablehloImporter, TellsWhatElseIsWrong) {
  Tree tree;
  auto x = tree.function("main", {tree.tensor({2, 3})});
  ValueRef a = tree.op("stablehlo.no_such_op", {x[0]}, tree.tensor({2}));
  ValueRef b = tree.op("stablehlo.negate", {a}, tree.tensor({7}));
  tree.giveBack({b, tree.op("stablehlo.transpose", {x[0]}, tree.tensor({3, 2}),
                            {{"permutation", makeIntegers(tree.module, {1, 1})}})});
  EXPECT_FALSE(tree.import());
  llvm::StringRef message = tree.message;
  EXPECT_TRUE(
      message.starts_with("model.mlir:1:3: unsupported op: 'stablehlo.no_such_op'\n3:3: 'stablehlo.transpose': (C1)"))
      << tree.message;
  EXPECT_FALSE(message.contains("negate")) << tree.message;
}

// Constraints on quantised types by the labels of the specification.
TEST(StablehloImporter, ChecksQuantisedTypes) {
  auto message = [](const char *name, std::optional<Element> lhs, std::optional<Element> rhs, std::optional<Element> result,
                    bool isPerAxis = false) {
    Tree tree;
    auto type = [&](std::optional<Element> storage) {
      Type type;
      type.kind = Type::Tensor;
      type.element = storage.value_or(Element::F32);
      type.dims = {2, 2};
      if (storage) {
        auto [low, high] = storageRange(*storage);
        type.quantization = Quantization{*storage, Element::F32, low, high, std::nullopt, {0.5}, {0}};
      }
      return type;
    };
    Type last = type(result), right = type(rhs);
    if (isPerAxis) {
      right.quantization->axis = 0;
      right.quantization->scales = {0.5, 0.25};
      right.quantization->zeroPoints = {0, 0};
    }
    auto x = tree.function("main", {tree.module.intern(type(lhs)), tree.module.intern(right)});
    auto list = [&](std::vector<int64_t> values) { return makeIntegers(tree.module, std::move(values)); };
    std::vector<NamedAttribute> attributes;
    if (llvm::StringRef(name).contains("dot"))
      attributes = {{"lhs_batching_dimensions", list({})},
                    {"rhs_batching_dimensions", list({})},
                    {"lhs_contracting_dimensions", list({1})},
                    {"rhs_contracting_dimensions", list({0})}};
    tree.giveBack({tree.op(name, {x[0], x[1]}, tree.module.intern(last), attributes)});
    return tree.import() ? std::string() : tree.message;
  };
  const std::optional<Element> none, i8 = Element::SI8, i4 = Element::SI4;
  EXPECT_EQ(message("stablehlo.dot_general", i8, i8, i8), "");
  EXPECT_EQ(message("stablehlo.dot_general", none, i8, none), "");
  EXPECT_NE(message("stablehlo.dot_general", none, i8, i8).find("(C14)"), std::string::npos);
  EXPECT_NE(message("stablehlo.dot_general", i8, none, i8).find("(C14)"), std::string::npos);
  EXPECT_NE(message("stablehlo.dot_general", i8, i8, i8, true).find("(C16)"), std::string::npos);
  EXPECT_NE(message("stablehlo.dot_general", i8, i4, i8).find("(C17)"), std::string::npos);
  EXPECT_EQ(message("stablehlo.multiply", i8, i8, i8), "");
  EXPECT_NE(message("stablehlo.multiply", i8, none, i8).find("takes tensor<2x2xf32> and gives tensor<2x2x!quant"),
            std::string::npos);
}

TEST(StablehloImporter, TellsWhatVerifiersFindByThePlaceOfTheOp) {
  Tree tree;
  auto x = tree.function("main", {tree.tensor({2, 3})});
  tree.giveBack(
      {tree.op("stablehlo.transpose", {x[0]}, tree.tensor({3, 2}), {{"permutation", makeIntegers(tree.module, {1, 1})}})});
  EXPECT_FALSE(tree.import());
  EXPECT_EQ(tree.message.rfind("model.mlir:1:3: 'stablehlo.transpose': (C1)", 0), 0u) << tree.message;
}

TEST(StablehloImporter, ComparesResultsWithTheirDeclaration) {
  Tree tree;
  auto x = tree.function("main", {tree.tensor({2})});
  tree.giveBack({tree.op("stablehlo.negate", {x[0]}, tree.tensor({3}))});
  EXPECT_FALSE(tree.import());
  EXPECT_NE(tree.message.find("1:3: 'stablehlo.negate': result 0 is declared as tensor<3xf32>"), std::string::npos)
      << tree.message;
}

// Open dims are sizes; what is computed of them decides shapes, in functions too.
TEST(StablehloImporter, FollowsSizesThroughThePrograms) {
  Tree tree;
  TypeRef open = tree.tensor({kDynamic, 2}), flat = tree.tensor({kDynamic}), count = tree.tensor({}, Element::SI32);
  auto x = tree.function("main", {open});
  ValueRef size = tree.op("stablehlo.get_dimension_size", {x[0]}, count, {{"dimension", makeInteger(tree.module, 0)}});
  tree.giveBack({tree.op("func.call", {size, x[0]}, flat, {{"callee", makeSymbol("inner")}})});
  auto y = tree.function("inner", {count, open}, /*isPublic=*/false);
  ValueRef doubled = tree.op("stablehlo.add", {y[0], y[0]}, count);
  ValueRef shape = tree.op("stablehlo.reshape", {doubled}, tree.tensor({1}, Element::SI32));
  tree.giveBack({tree.op("stablehlo.dynamic_reshape", {y[1], shape}, flat)});
  EXPECT_FALSE(tree.import());
  EXPECT_NE(tree.message.find("1 size is not known: 'arg0.0'"), std::string::npos) << tree.message;
  ImportOptions options;
  options.dims = {{"arg0.0", "1..8"}};
  std::optional<Program> program = tree.import(options);
  ASSERT_TRUE(program) << tree.message;
  auto results = tree.run(*program, {{1, 2, 3, 4, 5, 6}}, {{3, 2}});
  EXPECT_EQ(results[0].dims, (llvm::SmallVector<int64_t>{6}));
}

// Dims that an op needs to be equal are one size.
TEST(StablehloImporter, JoinsSizesThatMustBeEqual) {
  Tree tree;
  TypeRef open = tree.tensor({kDynamic});
  auto x = tree.function("main", {open, open});
  tree.giveBack({tree.op("stablehlo.add", {x[0], x[1]}, open)});
  ImportOptions options;
  options.dims = {{"arg0.0", "1..8"}, {"arg1.0", "1..8"}};
  std::optional<Program> program = tree.import(options);
  ASSERT_TRUE(program) << tree.message;
  EXPECT_EQ(ingot::moduleSizes(*program->module).size(), 1u);
}

TEST(StablehloImporter, RefusesTypesByName) {
  Tree tree;
  Type type;
  type.kind = Type::Tensor;
  type.dims = {3};
  type.bounds = {4};
  tree.function("main", {tree.module.intern(type)});
  tree.giveBack({0});
  EXPECT_FALSE(tree.import());
  EXPECT_NE(tree.message.find("argument 'arg0': tensor<3xf32, #stablehlo.bounds<4>> bounds dim 0 by 4, which is a number"),
            std::string::npos)
      << tree.message;
}

// A dim that a type bounds has the range to its bound, or a part of it that the options give.
TEST(StablehloImporter, BoundedArguments) {
  for (auto [given, max] : {std::pair("", 4), std::pair("1..3", 3), std::pair("1..5", 0)}) {
    Tree tree;
    Type type;
    type.kind = Type::Tensor;
    type.dims = {kDynamic};
    type.bounds = {4};
    tree.function("main", {tree.module.intern(type)});
    tree.giveBack({0});
    ImportOptions options;
    if (*given)
      options.dims = {{"arg0.0", given}};
    std::optional<Program> program = tree.import(options);
    if (max == 0) {
      EXPECT_FALSE(program);
      EXPECT_NE(tree.message.find("--dim arg0.0=1..5, but input 'arg0' bounds it by 4"), std::string::npos) << tree.message;
      continue;
    }
    ASSERT_TRUE(program) << tree.message;
    llvm::SmallVector<ingot::SizeAttr> sizes = ingot::moduleSizes(*program->module);
    ASSERT_EQ(sizes.size(), 1u);
    EXPECT_EQ(sizes[0].getMax(), max);
    EXPECT_FALSE(sizes[0].getIsData());
  }
}

TEST(StablehloImporter, NamesArgumentsAndResults) {
  Tree tree;
  TypeRef type = tree.tensor({1});
  auto x = tree.function("main", {type, type});
  tree.giveBack({x[1], x[0]});
  Function &function = tree.module.functions.back();
  function.argumentAttributes = {{}, {{"jax.arg_info", makeString("params['w']")}}};
  function.resultAttributes = {{{"jax.result_info", makeString("loss")}}, {}};
  std::optional<Program> program = tree.import();
  ASSERT_TRUE(program) << tree.message;
  auto main = mlir::cast<mlir::func::FuncOp>(program->module->lookupSymbol("main"));
  EXPECT_EQ(main.getArgAttrOfType<mlir::StringAttr>(0, kNameAttr).getValue(), "arg0");
  EXPECT_EQ(main.getArgAttrOfType<mlir::StringAttr>(1, kNameAttr).getValue(), "params['w']");
  EXPECT_EQ(main.getResultAttrOfType<mlir::StringAttr>(0, kNameAttr).getValue(), "loss");
  EXPECT_EQ(main.getResultAttrOfType<mlir::StringAttr>(1, kNameAttr).getValue(), "result1");
}

} // namespace
} // namespace ingot::stablehlo
