// Portable artifacts written and read again: every op, attribute and type that the schema knows, in every version that has it.
#include "tests/frontends/stablehlo/TreeBuilder.h"

#include "frontends/stablehlo/Upgrades.h"
#include "gtest/gtest.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot::stablehlo {
namespace {

using namespace test;

std::string spell(Version version) { return std::to_string(version.major) + "." + std::to_string(version.minor); }

std::vector<Version> versions() {
  std::vector<Version> all;
  for (uint16_t minor = kOldestWritten.minor; minor <= 20; ++minor)
    all.push_back({0, minor});
  for (uint16_t minor = 0; minor <= kNewestVersion.minor; ++minor)
    all.push_back({1, minor});
  return all;
}

std::unique_ptr<Module> rewritten(const Module &module, Version version) {
  llvm::Expected<std::string> bytes = writePortableArtifact(module, version);
  if (!bytes) {
    ADD_FAILURE() << llvm::toString(bytes.takeError());
    return nullptr;
  }
  llvm::Expected<std::unique_ptr<Module>> read = readBytes(*bytes);
  if (!read) {
    ADD_FAILURE() << llvm::toString(read.takeError());
    return nullptr;
  }
  EXPECT_EQ((*read)->version, spell(version) + ".0");
  return std::move(*read);
}

void expectSame(const Module &module, Version version) {
  std::unique_ptr<Module> read = rewritten(module, version);
  std::string why;
  if (read)
    EXPECT_TRUE(equalModules(module, *read, &why)) << spell(version) << ": " << why << '\n'
                                                   << printModule(module) << printModule(*read);
}

std::string refusal(const Module &module, Version version) {
  llvm::Expected<std::string> bytes = writePortableArtifact(module, version);
  return bytes ? "" : llvm::toString(bytes.takeError());
}

// Some value of the kind, other than the default.
Attribute example(Module &module, const AttributeRow &row) {
  switch (row.kind) {
  case AttributeKind::Any:
    return makeString("any");
  case AttributeKind::Bool:
    return makeBool(true);
  case AttributeKind::Integer:
    return makeInteger(module, -7);
  case AttributeKind::Integer32:
    return makeInteger(module, 3, Element::SI32);
  case AttributeKind::Float:
    return makeFloat(module, 0.1f, Element::F32);
  case AttributeKind::String:
    return makeString(std::string("a\0\"\xFF", 4));
  case AttributeKind::Symbol:
    return makeSymbol("callee");
  case AttributeKind::Symbols:
    return makeArray({makeSymbol("one"), makeSymbol("two")});
  case AttributeKind::Integers:
    return makeIntegers(module, {3, -1, INT64_MAX});
  case AttributeKind::Integers2d:
    return makeIntegers(module, {1, 2, 3, 4}, Element::SI64, 2);
  case AttributeKind::Bools:
    return makeIntegers(module, {1, 0, 0, 1, 1, 0, 0, 0, 1}, Element::Bool);
  case AttributeKind::Layouts:
    return makeArray({makeIntegers(module, {1, 0}, Element::Index), makeIntegers(module, {}, Element::Index)});
  case AttributeKind::Tilings:
    return makeArray({makeArray({makeIntegers(module, {8, 128}, Element::Index)})});
  case AttributeKind::Enum: // none of the typed interfaces of custom calls: these need a version
    return makeEnum(*row.enumeration, row.enumeration->values[row.enumeration->values.size() > 4 ? 2 : 1]);
  case AttributeKind::Enums:
    return makeArray({makeEnum(*row.enumeration, row.enumeration->values.back()),
                      makeEnum(*row.enumeration, row.enumeration->values.front())});
  case AttributeKind::Accuracy: {
    const EnumRow &modes = *findEnum("result_accuracy_mode");
    return makeDictionary({{"atol", makeFloat(module, 0.5, Element::F64)},
                           {"mode", makeEnum(modes, *modes.find("TOLERANCE"))},
                           {"rtol", makeFloat(module, 1e-3, Element::F64)},
                           {"ulps", makeInteger(module, 4)}},
                          "result_accuracy");
  }
  case AttributeKind::Type: {
    Type scalar;
    scalar.kind = Type::Scalar;
    scalar.element = Element::TF32;
    return makeType(module.intern(scalar));
  }
  case AttributeKind::Tensor:
    return constant(module, tensor(module, {3}, Element::SI16), std::string("\1\2\3\4\5\6", 6));
  case AttributeKind::Dictionary:
    return makeDictionary({{"a", makeInteger(module, 1)}, {"b", makeString("x")}});
  case AttributeKind::Array:
    return makeArray({makeArray({makeBool(true)}), makeFloat(module, -0.0, Element::BF16)});
  }
  return Attribute();
}

// An op with what the row can have; `given`: other attributes than those by default.
void addOp(Module &module, const OpRow &row, bool given) {
  TypeRef type = tensor(module, {2, kDynamic});
  FunctionBuilder builder(module, "main", {type});
  std::vector<NamedAttribute> attributes;
  for (const AttributeRow &attribute : findOp((llvm::Twine(row.dialect) + "." + row.current).str())->attributes) {
    bool has = llvm::any_of(row.attributes,
                            [&](const AttributeRow &other) { return other.name == llvm::StringRef(attribute.name); });
    if ((given && has) || !attribute.byDefault)
      attributes.push_back({attribute.name, example(module, attribute)});
  }
  Op &op =
      builder.op((llvm::Twine(row.dialect) + "." + row.current).str(), {builder.argument(0)}, {type}, std::move(attributes));
  op.regions.push_back(FunctionBuilder::region(module, {type, type}));
  if (row.restriction == Restriction::NoRegions)
    op.regions.clear();
  builder.finish();
}

bool isBodiless(const OpRow &row) {
  return row.current == llvm::StringRef("func") || row.current == llvm::StringRef("return");
}

TEST(Bytecode, KeepsEveryOpInEveryVersion) {
  unsigned tried = 0;
  for (Version version : versions())
    for (const OpRow &row : allOps()) {
      if (!*row.name || row.since > version || version > row.until || isBodiless(row))
        continue;
      for (bool given : {false, true}) {
        Module module;
        addOp(module, row, given);
        // Types that are younger than the attribute that holds them are refused, as another test shows.
        if (given && version < Version{1, 6} &&
            llvm::any_of(
                row.attributes, [](const AttributeRow &attribute) { return attribute.kind == AttributeKind::Type; }))
          continue;
        SCOPED_TRACE(std::string(row.name) + " in " + spell(version));
        upgradeModule(module);
        std::unique_ptr<Module> read = rewritten(module, version);
        std::string why;
        ASSERT_NE(read, nullptr);
        ASSERT_TRUE(equalModules(module, *read, &why)) << why << '\n' << printModule(module) << printModule(*read);
        ++tried;
      }
    }
  EXPECT_GT(tried, 5000u);
}

TEST(Bytecode, RefusesOpsThatAVersionLacks) {
  unsigned tried = 0;
  for (const OpRow &row : allOps()) {
    std::string name = (llvm::Twine(row.dialect) + "." + row.current).str();
    if (!*row.name || row.since <= kOldestWritten)
      continue;
    Version before = row.since == Version{1, 0} ? Version{0, 20} : Version{row.since.major, uint16_t(row.since.minor - 1)};
    if (findOp(name, before))
      continue; // it has another form of it
    Module module;
    addOp(module, row, false);
    EXPECT_EQ(refusal(module, before), "no portable artifact of VHLO " + spell(before) + ": '" + name +
                                           "', which VHLO has since version " + spell(row.since) + " (in function @main)");
    ++tried;
  }
  EXPECT_EQ(tried, 6u); // async_start, async_done, collective_broadcast, collective_reduce, composite, tan
  Module module;
  FunctionBuilder builder(module, "main", {tensor(module, {2})});
  builder.op("chlo.erf", {builder.argument(0)}, {tensor(module, {2})});
  builder.finish();
  EXPECT_EQ(refusal(module, kNewestVersion),
            "no portable artifact of VHLO 1.21: 'chlo.erf' is no op of VHLO (in function @main)");
  EXPECT_EQ(refusal(Module(), {0, 14}), "no portable artifacts of VHLO 0.14 are written; those of 0.15 to 1.21 are");
  EXPECT_EQ(refusal(Module(), {1, 22}), "no portable artifacts of VHLO 1.22 are written; those of 0.15 to 1.21 are");
}

// Attributes that newer versions added are left out of older ones where they say nothing, else refused.
TEST(Bytecode, RefusesAttributesThatAVersionLacks) {
  unsigned tried = 0;
  for (const OpRow &row : allOps()) {
    const OpRow *newest = findOp((llvm::Twine(row.dialect) + "." + row.current).str());
    if (!*row.name || newest == &row || row.until < kOldestWritten)
      continue;
    Module plain, given;
    addOp(plain, *newest, false);
    addOp(given, *newest, true);
    for (Module *module : {&plain, &given})
      if (row.restriction == Restriction::NoRegions)
        module->functions[0].body.blocks[0].ops[0].regions.clear();
    SCOPED_TRACE(row.name);
    EXPECT_EQ(refusal(plain, row.until), "");
    expectSame(plain, row.until);
    bool hasMore = llvm::any_of(newest->attributes, [&](const AttributeRow &attribute) {
      return llvm::none_of(row.attributes,
                           [&](const AttributeRow &has) { return has.name == llvm::StringRef(attribute.name); });
    });
    if (hasMore) {
      EXPECT_NE(refusal(given, row.until).find(", which VHLO has since version " + spell(newest->since)), std::string::npos)
          << refusal(given, row.until);
      ++tried;
    }
  }
  EXPECT_GT(tried, 15u);
}

TEST(Bytecode, RefusesFormsThatAVersionLacks) {
  Module two;
  TypeRef type = tensor(two, {2});
  FunctionBuilder builder(two, "main", {type});
  ValueRef argument = builder.argument(0);
  builder.op("stablehlo.all_gather", {argument, argument}, {type, type},
             {{"all_gather_dim", makeInteger(two, 0)}, {"replica_groups", makeIntegers(two, {0}, Element::SI64, 1)}});
  builder.finish();
  expectSame(two, {1, 5});
  EXPECT_EQ(refusal(two, {1, 4}), "no portable artifact of VHLO 1.4: 'stablehlo.all_gather' has 2 operands, which VHLO has "
                                  "since version 1.5 (in function @main)");

  Module composite;
  FunctionBuilder outer(composite, "main", {type = tensor(composite, {2})});
  outer
      .op("stablehlo.composite", {outer.argument(0)}, {type},
          {{"name", makeString("n")}, {"decomposition", makeSymbol("d")}})
      .regions.emplace_back();
  outer.finish();
  expectSame(composite, {1, 14});
  EXPECT_EQ(refusal(composite, {1, 13}), "no portable artifact of VHLO 1.13: 'stablehlo.composite' has regions, which VHLO "
                                         "has since version 1.14 (in function @main)");

  Module typed;
  FunctionBuilder caller(typed, "main", {type = tensor(typed, {2})});
  caller.op("stablehlo.custom_call", {caller.argument(0)}, {type},
            {{"call_target_name", makeString("f")}, {"backend_config", makeDictionary({})}});
  caller.finish();
  expectSame(typed, {1, 3});
  EXPECT_EQ(refusal(typed, {1, 2}), "no portable artifact of VHLO 1.2: 'stablehlo.custom_call' has a typed interface, which "
                                    "VHLO has since version 1.3 (in function @main)");

  Module promoted;
  FunctionBuilder reducer(promoted, "main", {type = tensor(promoted, {2})});
  TypeRef wide = tensor(promoted, {}, Element::F64);
  reducer
      .op("stablehlo.reduce", {reducer.argument(0), reducer.argument(0)}, {wide},
          {{"dimensions", makeIntegers(promoted, {0})}})
      .regions.push_back(FunctionBuilder::region(promoted, {wide, wide}));
  reducer.finish();
  expectSame(promoted, {0, 17});
  EXPECT_NE(refusal(promoted, {0, 16}).find("another element type than its operands"), std::string::npos);
}

TEST(Bytecode, KeepsEveryType) {
  for (Element element = Element::Bool; element <= Element::Index; element = Element(unsigned(element) + 1)) {
    Module module;
    TypeRef type = tensor(module, {2}, element);
    FunctionBuilder builder(module, "main", {type});
    builder.op("stablehlo.abs", {builder.argument(0)}, {type});
    builder.finish();
    SCOPED_TRACE(spellType(type));
    expectSame(module, kNewestVersion);
    std::string old = refusal(module, kOldestWritten);
    bool isYoung = element == Element::SI2 || element == Element::UI2 || element == Element::TF32 ||
                   element == Element::F8E3M4 || element == Element::F8E4M3 || element == Element::F4E2M1FN ||
                   element == Element::F6E2M3FN || element == Element::F6E3M2FN || element == Element::F8E8M0FNU;
    EXPECT_EQ(!old.empty(), isYoung) << old;
    if (isYoung)
      EXPECT_NE(old.find("the type " + spellElement(element).str() + ", which VHLO has since version 1."), std::string::npos)
          << old;
  }
  Module module;
  Type bounded = *tensor(module, {kDynamic, 3});
  bounded.bounds = {5, kDynamic};
  Type quantized = *tensor(module, {2, 3}, Element::SI8);
  quantized.quantization = Quantization{Element::SI8, Element::F32, -127, 127, std::nullopt, {0.1}, {-3}};
  Type perAxis = *tensor(module, {2, 3}, Element::UI4);
  perAxis.quantization = Quantization{Element::UI4, Element::BF16, 0, 15, 1, {0.1, 2, 1e300}, {1, 2, 3}};
  TypeRef plainTensor = tensor(module, {1});
  Type unranked = *plainTensor;
  unranked.kind = Type::UnrankedTensor;
  unranked.dims.clear();
  Type buffer = *plainTensor;
  buffer.kind = Type::Buffer;
  std::vector<TypeRef> types = {module.intern(bounded),  module.intern(quantized), module.intern(perAxis),
                                module.intern(unranked), module.intern(buffer),    plain(module, Type::Token)};
  types.push_back(plain(module, Type::Tuple, {types[0], types[5]}));
  types.push_back(plain(module, Type::Tuple));
  types.push_back(plain(module, Type::Future, {types[1], types[2]}));
  FunctionBuilder builder(module, "main", types);
  builder.finish();
  expectSame(module, kNewestVersion);
  EXPECT_NE(refusal(module, {1, 14}).find("!stablehlo.future<"), std::string::npos);
  EXPECT_NE(refusal(module, {1, 12}).find("memref<1xf32>"), std::string::npos);
  EXPECT_NE(refusal(module, {0, 17}).find("quantised along an axis"), std::string::npos);
}

// Elements of constants, as files have them and as the tree does: a value or a byte each.
TEST(Bytecode, KeepsElements) {
  struct Case {
    Element element;
    std::vector<int64_t> dims;
    std::string bytes;
    bool splat;
  };
  auto bytes = [](std::initializer_list<int> list) {
    std::string text;
    for (int value : list)
      text.push_back(char(value));
    return text;
  };
  const Case cases[] = {
      {Element::Bool, {3}, bytes({1, 0, 1}), false},
      {Element::Bool, {8}, bytes({1, 1, 1, 1, 1, 1, 1, 1}), false}, // as many bits as a splat of true
      {Element::Bool, {9}, bytes({0, 1, 0, 0, 0, 0, 0, 1, 1}), false},
      {Element::Bool, {5}, bytes({1}), true},
      {Element::Bool, {5}, bytes({0}), true},
      {Element::Bool, {100}, bytes({0}), true},
      {Element::Bool, {}, bytes({1}), false},
      {Element::Bool, {1}, bytes({0}), false},
      {Element::Bool, {0}, "", false},
      {Element::SI2, {3}, bytes({1, -2, -1}), false},
      {Element::UI2, {3}, bytes({1, 2, 3}), false},
      {Element::SI4, {2, 2}, bytes({-8, 7, -1, 0}), false},
      {Element::UI4, {2}, bytes({15, 8}), false},
      {Element::F4E2M1FN, {2}, bytes({15, 8}), false},
      {Element::F6E3M2FN, {2}, bytes({63, 32}), false},
      {Element::F8E5M2, {2}, bytes({0x7C, 0xFF}), false},
      {Element::TF32, {2}, bytes({0, 0xE0, 0x7F, 0x3F, 0, 0, 0x80, 0xBF}), false},
      {Element::F32, {7}, bytes({1, 2, 3, 4}), true},
      {Element::Complex64, {1}, bytes({1, 2, 3, 4, 5, 6, 7, 8}), false},
      {Element::F64, {0, 4}, "", false},
      {Element::Index, {2}, bytes({1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}), false},
  };
  for (const Case &each : cases) {
    Module module;
    TypeRef type = tensor(module, each.dims, each.element);
    SCOPED_TRACE(spellType(type) + (each.splat ? " splat" : ""));
    FunctionBuilder builder(module, "main", {});
    builder.op("stablehlo.constant", {}, {type}, {{"value", constant(module, type, each.bytes, each.splat)}});
    builder.finish();
    std::unique_ptr<Module> read = rewritten(module, kNewestVersion);
    ASSERT_NE(read, nullptr);
    std::string why;
    EXPECT_TRUE(equalModules(module, *read, &why)) << why << printModule(*read);
    // What the file holds as the tree does stays there.
    const Elements &elements = read->functions[0].body.blocks[0].ops[0].find("value")->elements;
    if (elements.offset)
      EXPECT_EQ(read->file->getBuffer().substr(*elements.offset, elements.bytes.size()), elements.bytes);
    EXPECT_EQ(elements.offset.has_value(), packedBits(each.element) >= 8 && each.element != Element::TF32);
  }
}

TEST(Bytecode, KeepsAttributesOfModulesAndFunctions) {
  Module module;
  module.name = "jit_f";
  setAttribute(module.attributes, "mhlo.num_partitions", makeInteger(module, 2, Element::SI32));
  setAttribute(module.attributes, "jax.uses_shape_polymorphism", makeBool(false));
  setAttribute(module.attributes, "some.list",
               makeArray({makeString("a"), makeFloat(module, 0.5, Element::F64), makeSymbol("s"), Attribute()}));
  setAttribute(module.attributes, "some.table", makeDictionary({{"k", makeInteger(module, 255, Element::UI8)}}));
  TypeRef type = tensor(module, {2});
  FunctionBuilder builder(module, "main", {type, type});
  builder.op("stablehlo.add", {builder.argument(0), builder.argument(1)}, {type},
             {{"mhlo.frontend_attributes", makeDictionary({{"x", makeString("1")}})}});
  builder.finish();
  Function &function = module.functions[0];
  function.argumentAttributes = {{{"tf.aliasing_output", makeInteger(module, 0, Element::SI32)}}, {}};
  function.resultAttributes = {{{"jax.result_info", makeString("[0]")}}};
  setAttribute(function.attributes, "execution_thread", makeString("main"));
  FunctionBuilder callee(module, "helper", {});
  callee.finish();
  module.functions[1].isPublic = false;
  Function &declared = module.functions.emplace_back();
  declared.name = "declared";
  declared.type = module.functions[1].type;
  Module &inner = module.addNested();
  inner.name = "inner";
  FunctionBuilder nested(inner, "main", {type});
  nested.op("stablehlo.abs", {nested.argument(0)}, {type});
  nested.finish();
  expectSame(module, kNewestVersion);
  expectSame(module, kOldestWritten);
}

TEST(Bytecode, KeepsAttributesThatAreStableHlosOwn) {
  Module module;
  TypeRef type = tensor(module, {2});
  FunctionBuilder builder(module, "main", {type});
  Attribute axis = makeDictionary({{"name", makeString("x")}, {"size", makeInteger(module, 2)}}, "mesh_axis");
  auto mesh = [&](bool devices) {
    std::vector<NamedAttribute> entries = {{"axes", makeArray({axis})}};
    if (devices)
      entries.push_back({"device_ids", constant(module, tensor(module, {2}, Element::SI64), std::string(16, '\3'))});
    return makeDictionary(std::move(entries), "mesh");
  };
  Attribute part = makeDictionary({{"pre_size", makeInteger(module, 1)}, {"size", makeInteger(module, 2)}}, "sub_axis_info");
  Attribute axes = makeArray({makeDictionary({{"name", makeString("x")}}, "axis_ref"),
                              makeDictionary({{"name", makeString("y")}, {"sub_axis_info", part}}, "axis_ref")});
  for (Attribute of : {makeSymbol("mesh"), mesh(false), mesh(true)})
    builder
        .op("stablehlo.all_reduce", {builder.argument(0)}, {type},
            {{"replica_groups", makeDictionary({{"axes", axes}, {"mesh", of}}, "replica_group_mesh_axes")}})
        .regions.push_back(FunctionBuilder::region(module, {type, type}));
  Attribute alias = makeDictionary({{"operand_index", makeInteger(module, 1)},
                                    {"operand_tuple_indices", makeIntegers(module, {})},
                                    {"output_tuple_indices", makeIntegers(module, {0, 1})}},
                                   "output_operand_alias");
  builder.op("stablehlo.custom_call", {builder.argument(0)}, {type},
             {{"call_target_name", makeString("f")}, {"output_operand_aliases", makeArray({alias})}});
  builder.finish();
  expectSame(module, kNewestVersion);
  EXPECT_NE(refusal(module, {1, 15}).find(", which VHLO has since version 1.16"), std::string::npos)
      << refusal(module, {1, 15});
}

TEST(Bytecode, KeepsRegionsAndWhatTheySeeFromAbove) {
  Module module;
  TypeRef type = tensor(module, {2});
  FunctionBuilder builder(module, "main", {type});
  ValueRef argument = builder.argument(0);
  // Three levels, each of which reads from all above, and another value after them.
  std::vector<Region> regions;
  ValueRef seen[3] = {argument};
  for (unsigned level = 0; level < 3; ++level) {
    Region region = FunctionBuilder::region(module, {type, type});
    Op &end = region.blocks[0].ops.back();
    end.operands = {argument, region.blocks[0].arguments[1], seen[level]};
    if (level < 2)
      seen[level + 1] = region.blocks[0].arguments[0];
    regions.push_back(std::move(region));
  }
  for (unsigned level = 2; level > 0; --level) {
    Op inner;
    inner.name = "stablehlo.while";
    inner.location = module.intern(Location());
    inner.results = {module.addValue(type)};
    inner.regions.push_back(std::move(regions[level]));
    inner.regions.push_back(FunctionBuilder::region(module, {type}));
    ValueRef result = inner.results[0];
    regions[level - 1].blocks[0].ops.insert(regions[level - 1].blocks[0].ops.begin(), std::move(inner));
    regions[level - 1].blocks[0].ops.back().operands.push_back(result);
  }
  Op &outer = builder.op("stablehlo.while", {argument}, {type});
  ValueRef result = outer.results[0];
  outer.regions.push_back(std::move(regions[0]));
  builder.op("stablehlo.add", {argument, result}, {type});
  builder.finish();
  for (Version version : versions())
    expectSame(module, version);
}

TEST(Bytecode, KeepsLocations) {
  Module module;
  TypeRef type = tensor(module, {2});
  FunctionBuilder builder(module, "main", {type});
  const Location locations[] = {{}, {"model.py", 12, 3, ""}, {"model.py", 12, 3, "jit(f)/abs"}, {"", 0, 0, "jit(f)/neg"}};
  for (const Location &location : locations)
    builder.op("stablehlo.abs", {builder.argument(0)}, {type}).location = module.intern(location);
  builder.finish();
  module.functions[0].argumentLocations = {module.intern(Location{"", 0, 0, "params['w']"})};
  std::unique_ptr<Module> read = rewritten(module, kNewestVersion);
  ASSERT_NE(read, nullptr);
  ASSERT_EQ(read->functions[0].argumentLocations.size(), 1u);
  EXPECT_EQ(read->functions[0].argumentLocations[0]->name, "params['w']");
  for (auto [i, location] : llvm::enumerate(locations))
    EXPECT_EQ(*read->functions[0].body.blocks[0].ops[i].location, location) << i;
}

} // namespace
} // namespace ingot::stablehlo
