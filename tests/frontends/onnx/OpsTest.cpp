// What operators mean at the opset that names them, by hand-computed values; sizes known and symbolic.
#include "tests/frontends/onnx/ModelBuilder.h"

#include "llvm/Support/FormatVariadic.h"

namespace ingot::test {
namespace {

const Data ramp = floats({2, 3}, {1, 2, 3, 4, 5, 6});

TEST(OnnxOps, AddBeforeOpset7BroadcastsFromAnAxis) {
  Model model(6);
  model.input("x", floats({2, 2, 2}, {0, 0, 0, 0, 0, 0, 0, 0})).constant("b", floats({2}, {1, 2}));
  model.node("Add", {"x", "b"}, {"y"}).with("broadcast", int64_t(1)).with("axis", int64_t(1)).output("y");
  expectNear(model.run(), 0, {2, 2, 2}, {1, 1, 2, 2, 1, 1, 2, 2});
}

TEST(OnnxOps, SoftmaxBeforeOpset13TakesAllTrailingAxesAsOneRow) {
  for (int64_t opset : {11, 13}) {
    Model model(opset);
    model.input("x", floats({1, 2, 2}, {0, 0, 0, 0})).node("Softmax", {"x"}, {"y"}).with("axis", int64_t(1)).output("y");
    expectNear(model.run(), 0, {1, 2, 2}, Floats(4, opset < 13 ? 0.25f : 0.5f));
  }
}

TEST(OnnxOps, ConvSameUpperPadsAtTheEnd) {
  for (const char *mode : {"SAME_UPPER", "SAME_LOWER"}) {
    Model model(11);
    model.input("x", floats({1, 1, 3}, {1, 2, 3})).constant("w", floats({1, 1, 2}, {1, 10}));
    model.node("Conv", {"x", "w"}, {"y"}).with("auto_pad", mode).output("y");
    expectNear(model.run(), 0, {1, 1, 3}, mode[5] == 'U' ? Floats{21, 32, 3} : Floats{10, 21, 32});
  }
}

// SAME with a stride over a size pads as over the number it is.
TEST(OnnxOps, SamePaddingFollowsASize) {
  struct Case {
    int64_t kernel, stride, dilation;
  };
  for (Case c : {Case{3, 2, 1}, Case{2, 2, 1}, Case{4, 2, 1}, Case{1, 3, 1}, Case{2, 4, 1}, Case{5, 3, 1}, Case{3, 2, 2}})
    for (const char *op : {"Conv", "MaxPool", "AveragePool", "CountedAveragePool", "IndexedMaxPool"})
      for (const char *mode : {"SAME_UPPER", "SAME_LOWER"})
        for (int64_t size = 1; size != 9; ++size) {
          SCOPED_TRACE(llvm::formatv("{0} {1} kernel {2} stride {3} dilation {4} size {5}", op, mode, c.kernel, c.stride,
                                     c.dilation, size)
                           .str());
          Floats values, taps = {1, 2, 3, 4, 5};
          taps.resize(c.kernel);
          for (int64_t i = 0; i != size; ++i)
            values.push_back(static_cast<float>(i * i % 7 - 3));
          auto run = [&](int64_t declared, const char *range) {
            Model model(19);
            model.input("x", floats({1, 1, size}, values), {1, 1, declared});
            bool indexed = std::string(op) == "IndexedMaxPool", counted = std::string(op) == "CountedAveragePool";
            if (std::string(op) == "Conv")
              model.constant("w", floats({1, 1, c.kernel}, taps)).node("Conv", {"x", "w"}, {"y"});
            else if (indexed)
              model.node("MaxPool", {"x"}, {"y", "places"});
            else
              model.node(counted ? "AveragePool" : op, {"x"}, {"y"});
            if (counted)
              model.with("count_include_pad", int64_t(1));
            model.with("kernel_shape", Ints{c.kernel}).with("strides", Ints{c.stride}).with("dilations", Ints{c.dilation});
            model.with("auto_pad", mode).output("y");
            if (indexed)
              model.output("places", true);
            return model.run(range);
          };
          std::vector<Data> fixed = run(size, ""), open = run(-1, "1..8");
          ASSERT_EQ(fixed.size(), open.size());
          expectNear(open, 0, fixed[0].dims, fixed[0].floats);
          if (fixed.size() == 2)
            expectInts(open, 1, fixed[1].dims, fixed[1].ints);
        }
}

TEST(OnnxOps, GroupedConvWithBiasAndSymbolicBatch) {
  Model model(11);
  model.input("x", floats({3, 2, 1}, {1, 2, 3, 4, 5, 6}), {-1, 2, 1}).constant("w", floats({2, 1, 1}, {10, 100}));
  model.constant("b", floats({2}, {1, 2})).node("Conv", {"x", "w", "b"}, {"y"}).with("group", int64_t(2)).output("y");
  expectNear(model.run("1..8"), 0, {3, 2, 1}, {11, 202, 31, 402, 51, 602});
}

TEST(OnnxOps, ConvTransposeSpreadsTheKernel) {
  Model model(11);
  model.input("x", floats({1, 1, 2}, {1, 2})).constant("w", floats({1, 1, 3}, {1, 10, 100}));
  model.node("ConvTranspose", {"x", "w"}, {"y"}).with("strides", Ints{2}).with("output_padding", Ints{1}).output("y");
  expectNear(model.run(), 0, {1, 1, 6}, {1, 10, 102, 20, 200, 0});
}

TEST(OnnxOps, AveragePoolCountsPaddingOnlyIfAsked) {
  for (int64_t counted : {0, 1}) {
    Model model(10);
    model.input("x", floats({1, 1, 3}, {3, 6, 9})).node("AveragePool", {"x"}, {"y"}).with("kernel_shape", Ints{3});
    model.with("pads", Ints{1, 1}).with("count_include_pad", counted).output("y");
    expectNear(model.run(), 0, {1, 1, 3}, counted ? Floats{3, 6, 5} : Floats{4.5f, 6, 7.5f});
  }
}

TEST(OnnxOps, AveragePoolAlongASymbolicDim) {
  for (int64_t counted : {0, 1}) {
    Model model(10);
    model.input("x", floats({1, 1, 4}, {3, 6, 9, 12}), {1, 1, -1})
        .node("AveragePool", {"x"}, {"y"})
        .with("kernel_shape", Ints{3});
    model.with("pads", Ints{1, 0}).with("strides", Ints{2}).with("ceil_mode", int64_t(1)).with("count_include_pad", counted);
    model.output("y");
    expectNear(model.run("3..9"), 0, {1, 1, 2}, counted ? Floats{3, 9} : Floats{4.5f, 9});
    Model odd(10);
    odd.input("x", floats({1, 1, 5}, {3, 6, 9, 12, 15}), {1, 1, -1})
        .node("AveragePool", {"x"}, {"y"})
        .with("kernel_shape", Ints{3});
    odd.with("strides", Ints{3}).with("ceil_mode", int64_t(1)).with("count_include_pad", counted).output("y");
    expectNear(odd.run("3..9"), 0, {1, 1, 2}, {6, 13.5f});
  }
}

TEST(OnnxOps, CeilModeAddsAPartialWindowButNoneInThePaddingAlone) {
  Model partial(10);
  partial.input("x", floats({1, 1, 4}, {1, 2, 3, 4})).node("MaxPool", {"x"}, {"y"}).with("kernel_shape", Ints{3});
  partial.with("strides", Ints{2}).with("ceil_mode", int64_t(1)).output("y");
  expectNear(partial.run(), 0, {1, 1, 2}, {3, 4});
  Model dropped(12);
  dropped.input("x", floats({1, 1, 2}, {1, 2})).node("MaxPool", {"x"}, {"y"}).with("kernel_shape", Ints{1});
  dropped.with("strides", Ints{2}).with("ceil_mode", int64_t(1)).output("y");
  expectNear(dropped.run(), 0, {1, 1, 1}, {1});
}

TEST(OnnxOps, GemmTransposesScalesAndAdds) {
  Model model(13);
  model.input("a", floats({2, 1}, {1, 2}))
      .constant("b", floats({3, 2}, {1, 2, 3, 4, 5, 6}))
      .constant("c", floats({3}, {1, 1, 1}));
  model.node("Gemm", {"a", "b", "c"}, {"y"})
      .with("transA", int64_t(1))
      .with("transB", int64_t(1))
      .with("alpha", 2.0f)
      .with("beta", 3.0f);
  model.output("y");
  expectNear(model.run(), 0, {1, 3}, {13, 25, 37});
}

TEST(OnnxOps, MatMulOfVectorsAndBroadcastBatches) {
  Model vectors(13);
  vectors.input("x", floats({3}, {1, 2, 3}))
      .constant("w", floats({3}, {4, 5, 6}))
      .node("MatMul", {"x", "w"}, {"y"})
      .output("y");
  expectNear(vectors.run(), 0, {}, {32});
  Model batches(13);
  batches.input("x", floats({2, 1, 1, 2}, {1, 2, 3, 4})).constant("w", floats({2, 2, 1}, {1, 1, 10, 100}));
  batches.node("MatMul", {"x", "w"}, {"y"}).output("y");
  expectNear(batches.run(), 0, {2, 2, 1, 1}, {3, 210, 7, 430});
}

TEST(OnnxOps, BatchNormalizationFoldsItsConstants) {
  Model model(9);
  model.input("x", floats({1, 2, 1}, {3, 5})).constant("s", floats({2}, {2, 1})).constant("b", floats({2}, {1, 0}));
  model.constant("m", floats({2}, {1, 2})).constant("v", floats({2}, {3, 8}));
  model.node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"}).with("epsilon", 1.0f).output("y");
  expectNear(model.run(), 0, {1, 2, 1}, {3, 1});
}

TEST(OnnxOps, ReduceAxesComeFromAttributeOrOperand) {
  Model old(11);
  old.input("x", ramp).node("ReduceSum", {"x"}, {"y"}).with("axes", Ints{-1}).with("keepdims", int64_t(0)).output("y");
  expectNear(old.run(), 0, {2}, {6, 15});
  Model now(13);
  now.input("x", ramp).constant("a", ints({1}, {0})).node("ReduceSum", {"x", "a"}, {"y"}).output("y");
  expectNear(now.run(), 0, {1, 3}, {5, 7, 9});
  Model none(18);
  none.input("x", ramp)
      .constant("a", ints({0}, {}))
      .node("ReduceMax", {"x", "a"}, {"y"})
      .with("noop_with_empty_axes", int64_t(1));
  none.output("y");
  expectNear(none.run(), 0, {2, 3}, {1, 2, 3, 4, 5, 6});
}

TEST(OnnxOps, MeanOverASymbolicAxis) {
  Model model(13);
  model.input("x", floats({4, 1}, {1, 2, 3, 6}), {-1, 1}).node("ReduceMean", {"x"}, {"y"}).with("axes", Ints{0}).output("y");
  expectNear(model.run("2..9"), 0, {1, 1}, {3});
}

// NaN is the greatest: the first one of a row is its maximum's place.
TEST(OnnxOps, HardmaxOfNaN) {
  Model model(13);
  model.input("x", floats({2, 4}, {1, NAN, 7, NAN, 5, 6, 6, -INFINITY})).node("Hardmax", {"x"}, {"y"}).output("y");
  expectNear(model.run(), 0, {2, 4}, {0, 1, 0, 0, 0, 1, 0, 0});
}

TEST(OnnxOps, ArgMaxOfEqualElements) {
  for (int64_t last : {0, 1}) {
    Model model(12);
    model.input("x", floats({1, 4}, {1, 7, 7, 2})).node("ArgMax", {"x"}, {"y"}).with("axis", int64_t(1));
    model.with("select_last_index", last).output("y", true);
    expectInts(model.run(), 0, {1, 1}, {last ? 2 : 1});
  }
}

TEST(OnnxOps, SliceBackwardsAndBeyondTheEnds) {
  Model model(13);
  model.input("x", floats({5}, {0, 1, 2, 3, 4})).constant("s", ints({1}, {-1})).constant("e", ints({1}, {INT64_MIN}));
  model.constant("a", ints({1}, {0}))
      .constant("p", ints({1}, {-2}))
      .node("Slice", {"x", "s", "e", "a", "p"}, {"y"})
      .output("y");
  expectNear(model.run(), 0, {3}, {4, 2, 0});
  Model old(9);
  old.input("x", floats({5}, {0, 1, 2, 3, 4}))
      .node("Slice", {"x"}, {"y"})
      .with("starts", Ints{2})
      .with("ends", Ints{1000})
      .output("y");
  expectNear(old.run(), 0, {3}, {2, 3, 4});
}

TEST(OnnxOps, SliceOfASymbolicAxis) {
  struct Case {
    int64_t start, end, step;
    Floats expected;
  };
  for (const Case &c : {Case{1, INT64_MAX, 1, {1, 2, 3, 4}}, Case{-2, INT64_MAX, 1, {3, 4}}, Case{0, -1, 1, {0, 1, 2, 3}},
                        Case{1, -1, 2, {1, 3}}, Case{0, 2, 1, {0, 1}}, Case{-1, INT64_MIN, -1, {4, 3, 2, 1, 0}}}) {
    Model model(13);
    model.input("x", floats({5}, {0, 1, 2, 3, 4}), {-1})
        .constant("s", ints({1}, {c.start}))
        .constant("e", ints({1}, {c.end}));
    model.constant("a", ints({1}, {0}))
        .constant("p", ints({1}, {c.step}))
        .node("Slice", {"x", "s", "e", "a", "p"}, {"y"})
        .output("y");
    expectNear(model.run("3..9"), 0, {static_cast<int64_t>(c.expected.size())}, c.expected);
  }
}

TEST(OnnxOps, PadModes) {
  struct Case {
    const char *mode;
    Floats expected;
  };
  for (const Case &c : {Case{"constant", {0, 0, 1, 2, 3, 0}}, Case{"reflect", {3, 2, 1, 2, 3, 2}},
                        Case{"edge", {1, 1, 1, 2, 3, 3}}, Case{"wrap", {2, 3, 1, 2, 3, 1}}}) {
    Model model(19);
    model.input("x", floats({3}, {1, 2, 3}))
        .constant("p", ints({2}, {2, 1}))
        .node("Pad", {"x", "p"}, {"y"})
        .with("mode", c.mode)
        .output("y");
    expectNear(model.run(), 0, {6}, c.expected);
    Model symbolic(19);
    symbolic.input("x", floats({3}, {1, 2, 3}), {-1})
        .constant("p", ints({2}, {2, 1}))
        .node("Pad", {"x", "p"}, {"y"})
        .with("mode", c.mode)
        .output("y");
    expectNear(symbolic.run("3..9"), 0, {6}, c.expected);
  }
}

TEST(OnnxOps, SliceBetweenPlacesThatFollowFromASize) {
  // table[n - 2 : n], table[: n], table[n - 2 : n : 2]
  for (const auto &[from, step, expected] :
       {std::tuple<int64_t, int64_t, Floats>{-2, 1, {1, 2}}, {INT64_MIN, 1, {0, 1, 2}}, {-2, 2, {1}}}) {
    Model model(13);
    model.input("x", floats({3}, {7, 8, 9}), {-1}).constant("table", floats({9}, {0, 1, 2, 3, 4, 5, 6, 7, 8}));
    model.node("Shape", {"x"}, {"n"}).constant("from", ints({1}, {from == INT64_MIN ? 0 : from}));
    model.node("Add", {"n", "from"}, {"start"}).constant("zero", ints({1}, {0})).constant("step", ints({1}, {step}));
    model.node("Slice", {"table", from == INT64_MIN ? "zero" : "start", "n", "zero", "step"}, {"y"}).output("y");
    expectNear(model.run("2..9"), 0, {static_cast<int64_t>(expected.size())}, expected);
  }
}

// Pairs for the last dim first, turned into all lows and all highs, as PyTorch's exporter does.
TEST(OnnxOps, PaddingComputedFromPairs) {
  Model model(13);
  model.input("x", ramp).constant("pairs", ints({4}, {1, 2, 0, 0})).constant("two", ints({2}, {-1, 2}));
  model.constant("flat", ints({1}, {-1})).constant("start", ints({1}, {-1})).constant("end", ints({1}, {INT64_MIN + 1}));
  model.constant("axis", ints({1}, {0})).constant("step", ints({1}, {-1}));
  model.node("Reshape", {"pairs", "two"}, {"rows"}).node("Slice", {"rows", "start", "end", "axis", "step"}, {"turned"});
  model.node("Transpose", {"turned"}, {"columns"}).with("perm", Ints{1, 0}).node("Reshape", {"columns", "flat"}, {"pads"});
  model.node("Pad", {"x", "pads"}, {"y"}).output("y");
  expectNear(model.run(), 0, {2, 6}, {0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0});
}

TEST(OnnxOps, ReshapeInfersASizeOfASymbolicTensor) {
  Model model(13);
  model.input("x", floats({2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), {-1, 2, 3}).constant("s", ints({2}, {-1, 3}));
  model.node("Reshape", {"x", "s"}, {"y"}).output("y");
  expectNear(model.run("1..4"), 0, {4, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST(OnnxOps, TileExpandAndSplit) {
  Model model(13);
  model.input("x", floats({2, 1}, {1, 2})).constant("r", ints({2}, {1, 2})).constant("e", ints({3}, {2, 1, 3}));
  model.node("Tile", {"x", "r"}, {"t"}).node("Expand", {"x", "e"}, {"w"});
  model.node("Split", {"t"}, {"u", "v"}).with("axis", int64_t(0)).output("t").output("w").output("v");
  std::vector<Data> results = model.run();
  expectNear(results, 0, {2, 2}, {1, 1, 2, 2});
  expectNear(results, 1, {2, 2, 3}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2});
  expectNear(results, 2, {1, 2}, {2, 2});
}

TEST(OnnxOps, ModHasTheDivisorsSignUnlessFmod) {
  for (int64_t fmod : {0, 1}) {
    Model model(13);
    model.input("x", ints({4}, {-7, 7, -6, 0}))
        .constant("d", ints({4}, {3, -3, 3, 3}))
        .node("Mod", {"x", "d"}, {"y"})
        .with("fmod", fmod);
    model.output("y", true);
    expectInts(model.run(), 0, {4}, fmod ? Ints{-1, 1, 0, 0} : Ints{2, -2, 0, 0});
  }
}

TEST(OnnxOps, ClipBoundsAreAttributesThenOperands) {
  Model old(6);
  old.input("x", floats({3}, {-2, 0, 2})).node("Clip", {"x"}, {"y"}).with("max", 1.0f).output("y");
  expectNear(old.run(), 0, {3}, {-2, 0, 1});
  Model now(13);
  now.input("x", floats({3}, {-2, 0, 2})).constant("lo", floats({}, {-1})).node("Clip", {"x", "lo"}, {"y"}).output("y");
  expectNear(now.run(), 0, {3}, {-1, 0, 2});
}

TEST(OnnxOps, ShapeArithmeticAsData) {
  // N + 1 as a tensor, and a mean by a size that is only known at run time.
  Model model(13);
  model.input("x", floats({3, 2}, {1, 2, 3, 4, 5, 6}), {-1, 2})
      .constant("one", ints({}, {1}))
      .constant("zero", ints({}, {0}));
  model.node("Shape", {"x"}, {"s"}).node("Gather", {"s", "zero"}, {"n"}).node("Add", {"n", "one"}, {"y"}).output("y", true);
  expectInts(model.run("1..5"), 0, {}, {4});
}

TEST(OnnxOps, NormalisationsOfARow) {
  Model model(17);
  model.input("x", floats({1, 2}, {1, 3})).constant("s", floats({2}, {2, 2})).constant("b", floats({2}, {1, 1}));
  model.node("LayerNormalization", {"x", "s", "b"}, {"y", "mean", "inverse"}).with("epsilon", 0.0f);
  model.output("y").output("mean").output("inverse");
  std::vector<Data> results = model.run();
  expectNear(results, 0, {1, 2}, {-1, 3});
  expectNear(results, 1, {1, 1}, {2});
  expectNear(results, 2, {1, 1}, {1});
}

TEST(OnnxOps, DepthToSpaceModes) {
  for (const char *mode : {"DCR", "CRD"}) {
    Model model(11);
    model.input("x", floats({1, 8, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7}))
        .node("DepthToSpace", {"x"}, {"y"})
        .with("blocksize", int64_t(2));
    model.with("mode", mode).output("y");
    expectNear(model.run(), 0, {1, 2, 2, 2},
               mode[0] == 'D' ? Floats{0, 2, 4, 6, 1, 3, 5, 7} : Floats{0, 1, 2, 3, 4, 5, 6, 7});
  }
}

TEST(OnnxOps, CumSumForwardsAndBackwards) {
  for (int64_t reverse : {0, 1})
    for (int64_t exclusive : {0, 1}) {
      Model model(14);
      model.input("x", floats({3}, {1, 2, 4})).constant("a", ints({}, {0})).node("CumSum", {"x", "a"}, {"y"});
      model.with("reverse", reverse).with("exclusive", exclusive).output("y");
      expectNear(model.run(), 0, {3},
                 reverse ? (exclusive ? Floats{6, 4, 0} : Floats{7, 6, 4})
                         : (exclusive ? Floats{0, 1, 3} : Floats{1, 3, 7}));
    }
}

TEST(OnnxOps, LargeConstantsAreWeights) {
  Floats values(1000);
  for (size_t i = 0; i != values.size(); ++i)
    values[i] = static_cast<float>(i);
  Model model(13);
  model.input("x", floats({1000}, values)).constant("w", floats({1000}, values)).node("Mul", {"x", "w"}, {"y"}).output("y");
  for (float &value : values)
    value *= value;
  expectNear(model.run(), 0, {1000}, values);
}

} // namespace
} // namespace ingot::test
