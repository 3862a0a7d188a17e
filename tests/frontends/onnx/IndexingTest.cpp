// Reads and writes at places named by tensors of indices, by hand-computed values; indices known and fed, sizes known and
// symbolic.
#include "tests/frontends/onnx/ModelBuilder.h"

namespace ingot::test {
namespace {

const Data ramp = floats({2, 3}, {1, 2, 3, 4, 5, 6});

TEST(OnnxIndexing, GatherWrapsIndicesThatAreFedOrKnown) {
  for (bool fed : {false, true}) {
    Model model(13);
    model.input("x", ramp);
    const Data places = ints({2, 2}, {-1, 0, 1, -3});
    fed ? model.input("i", places) : model.constant("i", places);
    model.node("Gather", {"x", "i"}, {"y"}).with("axis", int64_t(1)).output("y");
    expectNear(model.run(), 0, {2, 2, 2}, {3, 1, 2, 1, 6, 4, 5, 4});
  }
}

TEST(OnnxIndexing, GatherOfManyKnownPlacesIsNotCutIntoSlices) {
  Ints places;
  Floats expected;
  for (int64_t i = 0; i != 40; ++i) {
    places.push_back(i % 2 ? -1 : 0);
    expected.push_back(i % 2 ? 6 : 3);
  }
  Model model(13);
  model.input("x", floats({3}, {3, 4, 6})).constant("i", ints({40}, places)).node("Gather", {"x", "i"}, {"y"}).output("y");
  expectNear(model.run(), 0, {40}, expected);
}

TEST(OnnxIndexing, GatherFromASymbolicAxis) {
  for (bool fed : {false, true}) {
    Model model(13);
    model.input("x", floats({4}, {1, 2, 3, 4}), {-1});
    fed ? model.input("i", ints({}, {-1})) : model.constant("i", ints({}, {-1}));
    model.node("Gather", {"x", "i"}, {"y"}).output("y");
    expectNear(model.run("1..9"), 0, {}, {4});
  }
}

TEST(OnnxIndexing, GatherElementsMayTakeFewerRows) {
  Model model(13);
  model.input("x", ramp).input("i", ints({1, 3}, {-1, 0, 1})).node("GatherElements", {"x", "i"}, {"y"}).output("y");
  expectNear(model.run(), 0, {1, 3}, {4, 2, 6});
  Model rows(13);
  rows.input("x", ramp).input("i", ints({2, 1}, {-1, 0})).node("GatherElements", {"x", "i"}, {"y"});
  rows.with("axis", int64_t(1)).output("y");
  expectNear(rows.run(), 0, {2, 1}, {3, 4});
}

TEST(OnnxIndexing, GatherNDByVectorsAndBatches) {
  Model model(13);
  model.input("x", ramp).input("i", ints({2, 2}, {-1, -1, 0, 1})).node("GatherND", {"x", "i"}, {"y"}).output("y");
  expectNear(model.run(), 0, {2}, {6, 2});
  Model batches(13);
  batches.input("x", ramp, {-1, 3}).input("i", ints({2, 1}, {-1, 0}), {-1, 1}).node("GatherND", {"x", "i"}, {"y"});
  batches.with("batch_dims", int64_t(1)).output("y");
  expectNear(batches.run("1..4"), 0, {2}, {3, 4});
}

TEST(OnnxIndexing, ScatterElementsReduces) {
  struct Case {
    const char *reduction;
    Floats expected;
  };
  for (const Case &c :
       {Case{"none", {1, 2, 20, 4, 5, 6}}, Case{"add", {1, 2, 33, 4, 5, 6}}, Case{"mul", {1, 2, 600, 4, 5, 6}},
        Case{"max", {1, 2, 20, 4, 5, 6}}, Case{"min", {1, 2, 3, 4, 5, 6}}}) {
    Model model(18);
    model.input("x", ramp).input("i", ints({1, 2}, {2, -1})).input("u", floats({1, 2}, {10, 20}));
    model.node("ScatterElements", {"x", "i", "u"}, {"y"})
        .with("axis", int64_t(1))
        .with("reduction", c.reduction)
        .output("y");
    expectNear(model.run(), 0, {2, 3}, c.expected);
  }
  Model old(10);
  old.input("x", ramp).constant("i", ints({1, 3}, {1, 0, -1})).input("u", floats({1, 3}, {7, 8, 9}));
  old.node("Scatter", {"x", "i", "u"}, {"y"}).output("y");
  expectNear(old.run(), 0, {2, 3}, {1, 8, 3, 7, 5, 9});
}

TEST(OnnxIndexing, ScatterNDWritesSlices) {
  Model model(18);
  model.input("x", ramp).input("i", ints({2, 1}, {-1, -1})).input("u", floats({2, 3}, {1, 1, 1, 2, 2, 2}));
  model.node("ScatterND", {"x", "i", "u"}, {"y"}).with("reduction", "add").output("y");
  expectNear(model.run(), 0, {2, 3}, {1, 2, 3, 7, 8, 9});
}

TEST(OnnxIndexing, ReverseSequenceLeavesTheRest) {
  for (int64_t time : {0, 1}) {
    Model model(10);
    model.input("x", floats({2, 2}, {1, 2, 3, 4})).input("l", ints({2}, {2, 1}));
    model.node("ReverseSequence", {"x", "l"}, {"y"}).with("time_axis", time).with("batch_axis", 1 - time).output("y");
    expectNear(model.run(), 0, {2, 2}, time ? Floats{2, 1, 3, 4} : Floats{3, 2, 1, 4});
  }
}

TEST(OnnxIndexing, TensorScatterWrapsAroundIfCircular) {
  for (bool circular : {false, true}) {
    Model model(24);
    model.input("c", floats({1, 3, 1}, {1, 2, 3}))
        .input("u", floats({1, 2, 1}, {8, 9}))
        .input("w", ints({1}, {circular ? 2 : 1}));
    model.node("TensorScatter", {"c", "u", "w"}, {"y"}).with("mode", circular ? "circular" : "linear").output("y");
    expectNear(model.run(), 0, {1, 3, 1}, circular ? Floats{9, 2, 8} : Floats{1, 8, 9});
  }
}

TEST(OnnxIndexing, KnownConditionsAndConstantsDecideSizes) {
  Model model(13);
  model.input("x", ramp).constant("k", ints({2}, {0, 1})).node("Cast", {"k"}, {"c"}).with("to", int64_t(9)); // BOOL
  model.node("Compress", {"x", "c"}, {"y"}).with("axis", int64_t(0));
  model.constant("z", ints({2, 2}, {0, 7, 7, 0})).node("NonZero", {"z"}, {"p"}).output("y").output("p", true);
  std::vector<Data> results = model.run();
  expectNear(results, 0, {1, 3}, {4, 5, 6});
  expectInts(results, 1, {2, 2}, {0, 1, 1, 0});
}

TEST(OnnxIndexing, SliceOfAKnownSizeStartsAnywhere) {
  for (int64_t start : {0, 2, -3, 9}) {
    Model model(13);
    model.input("x", floats({2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}))
        .input("s", ints({}, {start}))
        .constant("two", ints({}, {2}));
    model.constant("z", ints({1}, {0})).constant("a", ints({1}, {1})).node("Add", {"s", "two"}, {"e"});
    model.node("Unsqueeze", {"s", "z"}, {"s1"}).node("Unsqueeze", {"e", "z"}, {"e1"});
    model.node("Slice", {"x", "s1", "e1", "a"}, {"y"}).output("y");
    const float at = start == 9 ? 3 : static_cast<float>(start < 0 ? start + 5 : start); // beyond: the last window
    expectNear(model.run(), 0, {2, 2}, {at, at + 1, at + 5, at + 6});
  }
}

TEST(OnnxIndexing, AnEmptyAxisGivesZeros) {
  Model model(13);
  model.input("x", floats({0, 2}, {})).input("i", ints({1}, {0})).node("Gather", {"x", "i"}, {"y"}).output("y");
  expectNear(model.run(), 0, {1, 2}, {0, 0});
}

TEST(OnnxIndexing, SplitOfASymbolicAxis) {
  Model model(13);
  model.input("x", floats({3}, {1, 2, 3}), {-1}).node("Concat", {"x", "x"}, {"d"}).with("axis", int64_t(0));
  model.node("Split", {"d"}, {"a", "b"}).output("b");
  model.constant("one", ints({1}, {1})).node("Shape", {"x"}, {"n"}).node("Sub", {"n", "one"}, {"m"});
  model.node("Concat", {"one", "m"}, {"sizes"})
      .with("axis", int64_t(0))
      .node("Split", {"x", "sizes"}, {"p", "q"})
      .output("q");
  std::vector<Data> results = model.run("1..5");
  expectNear(results, 0, {3}, {1, 2, 3});
  expectNear(results, 1, {2}, {2, 3});
}

} // namespace
} // namespace ingot::test
