// Tree ensembles of ai.onnx.ml. All trees are walked at once, level by level: a row stands at one node of each tree, and
// leaves lead to themselves.
#include "frontends/common/Loops.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/PostTransforms.h"

#include "llvm/ADT/DenseMap.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {
namespace {

constexpr size_t kMaxNodes = 1 << 22;

enum class Test { LessEqual, Less, GreaterEqual, Greater, Equal, NotEqual, Leaf };
enum class Aggregate { Average, Sum, Minimum, Maximum };

struct TreeNode {
  Test test = Test::Leaf;
  int64_t feature = 0;
  double split = 0;
  size_t whenTrue = 0, whenFalse = 0;
  bool nanIsTrue = false;
};

struct Ensemble {
  std::vector<TreeNode> nodes;
  std::vector<size_t> roots;
  std::vector<double> votes; // [nodes, targets], NaN where a node gives none
  int64_t targets = 0;
  Aggregate aggregate = Aggregate::Sum;

  double &vote(size_t node, int64_t target) {
    return votes[node * static_cast<size_t>(targets) + static_cast<size_t>(target)];
  }
  void addVote(size_t node, int64_t target, double weight) {
    double &old = vote(node, target);
    old = std::isnan(old) ? weight : old + weight;
  }
};

// Levels below the roots; none where the nodes lead in a circle or nowhere.
std::optional<int64_t> depthOf(const Ensemble &ensemble) {
  constexpr int64_t unseen = -1, open = -2;
  std::vector<int64_t> heights(ensemble.nodes.size(), unseen);
  std::vector<size_t> pending(ensemble.roots.begin(), ensemble.roots.end());
  while (!pending.empty()) {
    const size_t at = pending.back();
    if (at >= ensemble.nodes.size())
      return std::nullopt;
    const TreeNode &node = ensemble.nodes[at];
    if (node.test == Test::Leaf)
      heights[at] = 0;
    if (heights[at] >= 0) {
      pending.pop_back();
      continue;
    }
    int64_t below = -1;
    for (size_t child : {node.whenTrue, node.whenFalse}) {
      if (child >= ensemble.nodes.size() || heights[child] == open)
        return std::nullopt;
      if (heights[child] == unseen)
        pending.push_back(child);
      below = std::max(below, heights[child]);
    }
    if (pending.back() == at) {
      heights[at] = below + 1;
      pending.pop_back();
    } else {
      heights[at] = open;
    }
  }
  int64_t depth = 0;
  for (size_t root : ensemble.roots)
    depth = std::max(depth, heights[root]);
  return depth;
}

class Walker {
public:
  Walker(NodeContext &n, const Ensemble &ensemble, Value features) : n(n), b(n.b), ensemble(ensemble), features(features) {}

  // The scores [rows, targets] without base values.
  std::optional<Value> scores() {
    std::optional<int64_t> depth = depthOf(ensemble);
    const int64_t width = staticDim(ValueBuilder::dimsOf(features)[1]);
    bool fits = depth && width >= 1;
    for (const TreeNode &node : ensemble.nodes)
      fits &= node.feature >= 0 && node.feature < width;
    if (!fits) {
      (void)n.error("its nodes are no trees over the features " + n.show(n.type(0)));
      return std::nullopt;
    }
    rows = ValueBuilder::dimsOf(features)[0];
    const auto trees = static_cast<int64_t>(ensemble.roots.size());
    places = {rows, b.number(trees)};
    std::vector<double> roots(ensemble.roots.begin(), ensemble.roots.end());
    makeColumns();
    Value start = b.broadcast(constant("roots", roots, b.getI64Type()), places, 1);
    Value leaves = countedLoop(b, b.number(*depth), start, [&](Value, ArrayRef<Value> at) {
                     return SmallVector<Value>{descend(at.front())};
                   }).front();
    return gathered(leaves);
  }

private:
  Value constant(StringRef name, ArrayRef<double> values, Type type) {
    return n.constant(name, makeTensorType(b.number(static_cast<int64_t>(values.size())), type), values);
  }
  template <typename Get> Value column(StringRef name, Type type, Get get) {
    std::vector<double> values;
    for (const TreeNode &node : ensemble.nodes)
      values.push_back(static_cast<double>(get(node)));
    return constant(name, values, type);
  }

  // From a node of each tree to the next, [rows, trees].
  Value descend(Value at) {
    auto of = [&](Value column) { return b.take(column, at, 0); };
    Value x = pick(of(featureColumn)), split = of(splitColumn);
    Value isTrue, test = kinds.size() > 1 ? of(testColumn) : Value();
    for (auto [kind, direction] : kinds) {
      Value holds = b.compare(direction, x, split);
      isTrue = !isTrue
                   ? holds
                   : b.select(b.compare(ComparisonDirection::EQ, test, b.like(test, static_cast<int>(kind))), holds, isTrue);
    }
    if (nanColumn)
      isTrue = b.binary<OrOp>(isTrue, b.binary<AndOp>(of(nanColumn), b.compare(ComparisonDirection::NE, x, x)));
    return b.select(isTrue, of(trueColumn), of(falseColumn));
  }

  void makeColumns() {
    Type index = b.getI64Type(), type = ValueBuilder::elementOf(features);
    featureColumn = column("features", index, [](const TreeNode &node) { return node.feature; });
    splitColumn = column("splits", type, [](const TreeNode &node) { return node.split; });
    trueColumn = column("when_true", index, [](const TreeNode &node) { return node.whenTrue; });
    falseColumn = column("when_false", index, [](const TreeNode &node) { return node.whenFalse; });
    constexpr std::pair<Test, ComparisonDirection> all[] = {
        {Test::LessEqual, ComparisonDirection::LE},    {Test::Less, ComparisonDirection::LT},
        {Test::GreaterEqual, ComparisonDirection::GE}, {Test::Greater, ComparisonDirection::GT},
        {Test::Equal, ComparisonDirection::EQ},        {Test::NotEqual, ComparisonDirection::NE}};
    for (const auto &kind : all)
      if (llvm::any_of(ensemble.nodes, [&](const TreeNode &node) { return node.test == kind.first; }))
        kinds.push_back(kind);
    if (kinds.size() > 1)
      testColumn = column("tests", index, [](const TreeNode &node) { return static_cast<int>(node.test); });
    if (llvm::any_of(ensemble.nodes, [](const TreeNode &node) { return node.nanIsTrue; }))
      nanColumn = column("nans", b.getI1Type(), [](const TreeNode &node) { return node.nanIsTrue; });
  }

  // features[row, which[row, tree]]
  Value pick(Value which) {
    Dims dims = ValueBuilder::dimsOf(which);
    dims.push_back(b.number(1));
    const int64_t row[] = {0}, column[] = {1};
    auto numbers = GatherDimsAttr::get(b.getContext(), {}, column, row, row, column, 2);
    return b.gather(features, b.reshape(which, dims), numbers, places);
  }

  // The leaves' votes, joined over the trees.
  Value gathered(Value leaves) {
    const double none = ensemble.aggregate == Aggregate::Minimum   ? INFINITY
                        : ensemble.aggregate == Aggregate::Maximum ? -INFINITY
                                                                   : 0;
    std::vector<double> votes = ensemble.votes;
    for (double &vote : votes)
      vote = std::isnan(vote) ? none : vote;
    Type type = ValueBuilder::elementOf(features);
    AffineExpr targets = b.number(ensemble.targets);
    Value table =
        n.constant("votes", makeTensorType({b.number(static_cast<int64_t>(ensemble.nodes.size())), targets}, type), votes);
    Value all = b.take(table, leaves, 0); // [rows, trees, targets]
    switch (ensemble.aggregate) {
    case Aggregate::Sum:
      return b.reduce(Reduction::Add, all, 1, /*keep=*/false);
    case Aggregate::Average:
      return b.mean(all, 1, /*keep=*/false);
    case Aggregate::Minimum:
    case Aggregate::Maximum: {
      Value joined = b.reduce(ensemble.aggregate == Aggregate::Minimum ? Reduction::Minimum : Reduction::Maximum, all, 1,
                              /*keep=*/false);
      return b.select(b.compare(ComparisonDirection::EQ, joined, b.like(joined, none)), b.like(joined, 0), joined);
    }
    }
    return {};
  }

  NodeContext &n;
  ValueBuilder &b;
  const Ensemble &ensemble;
  Value features;
  AffineExpr rows;
  Dims places; // [rows, trees]
  // One element a node.
  Value featureColumn, splitColumn, testColumn, nanColumn, trueColumn, falseColumn;
  SmallVector<std::pair<Test, ComparisonDirection>> kinds; // that there are
};

//===--- reading -------------------------------------------------------------------------------------------------------===//

// The elements of an attribute of floats, or of the tensor `name`_as_tensor.
std::optional<std::vector<double>> readNumbers(NodeContext &n, StringRef name, StringRef suffix = "_as_tensor") {
  std::vector<double> numbers;
  if (const AttributeProto *tensor = n.attribute((name + suffix).str())) {
    std::optional<std::vector<double>> data = n.tensorData(tensor->t());
    if (!data)
      return std::nullopt;
    return data;
  }
  if (std::optional<SmallVector<double>> floats = suffix.empty() ? std::nullopt : n.floatsAttr(name))
    numbers.assign(floats->begin(), floats->end());
  return numbers;
}

std::vector<int64_t> readInts(NodeContext &n, StringRef name) {
  std::optional<SmallVector<int64_t>> ints = n.intsAttr(name);
  return ints ? std::vector<int64_t>(ints->begin(), ints->end()) : std::vector<int64_t>();
}

// Nodes numbered within their trees, whose leaves' votes are listed apart under `votes` ("target" or "class").
std::optional<Ensemble> readNumbered(NodeContext &n, StringRef votes, int64_t targets) {
  std::vector<int64_t> trees = readInts(n, "nodes_treeids"), ids = readInts(n, "nodes_nodeids");
  std::vector<int64_t> features = readInts(n, "nodes_featureids"), nans = readInts(n, "nodes_missing_value_tracks_true");
  std::vector<int64_t> whenTrue = readInts(n, "nodes_truenodeids"), whenFalse = readInts(n, "nodes_falsenodeids");
  SmallVector<std::string> modes = n.stringsAttr("nodes_modes").value_or(SmallVector<std::string>());
  std::optional<std::vector<double>> splits = readNumbers(n, "nodes_values");
  std::string prefix = votes.str() + "_";
  std::vector<int64_t> voteTrees = readInts(n, prefix + "treeids"), voteNodes = readInts(n, prefix + "nodeids");
  std::vector<int64_t> voteTargets = readInts(n, prefix + "ids");
  std::optional<std::vector<double>> weights = readNumbers(n, prefix + "weights");
  const size_t count = trees.size();
  auto fails = [&](const llvm::Twine &message) {
    (void)n.error(message);
    return std::nullopt;
  };
  if (!splits || !weights)
    return std::nullopt;
  if (count == 0 || count > kMaxNodes || ids.size() != count || features.size() != count || whenTrue.size() != count ||
      whenFalse.size() != count || modes.size() != count || splits->size() != count ||
      (!nans.empty() && nans.size() != count))
    return fails("the attributes nodes_* have different lengths");
  if (voteTrees.size() != voteNodes.size() || voteTrees.size() != voteTargets.size() || voteTrees.size() != weights->size())
    return fails("the attributes " + prefix + "* have different lengths");
  if (targets < 1 || static_cast<size_t>(targets) > kMaxNodes / count + 1)
    return fails("there are " + llvm::Twine(targets) + " results");
  Ensemble ensemble;
  ensemble.targets = targets;
  ensemble.nodes.resize(count);
  ensemble.votes.assign(count * static_cast<size_t>(targets), NAN);
  llvm::DenseMap<std::pair<int64_t, int64_t>, size_t> places;
  for (size_t i = 0; i != count; ++i)
    if (!places.try_emplace({trees[i], ids[i]}, i).second)
      return fails("tree " + llvm::Twine(trees[i]) + " has node " + llvm::Twine(ids[i]) + " twice");
  std::vector<char> isChild(count, 0);
  static const std::pair<const char *, Test> kinds[] = {{"BRANCH_LEQ", Test::LessEqual},
                                                        {"BRANCH_LT", Test::Less},
                                                        {"BRANCH_GTE", Test::GreaterEqual},
                                                        {"BRANCH_GT", Test::Greater},
                                                        {"BRANCH_EQ", Test::Equal},
                                                        {"BRANCH_NEQ", Test::NotEqual},
                                                        {"LEAF", Test::Leaf}};
  for (size_t i = 0; i != count; ++i) {
    TreeNode &node = ensemble.nodes[i];
    const auto *kind = llvm::find_if(kinds, [&](const auto &one) { return modes[i] == one.first; });
    if (kind == std::end(kinds))
      return fails("nodes_modes holds '" + modes[i] + "'");
    node = {kind->second, features[i], (*splits)[i], i, i, !nans.empty() && nans[i] != 0};
    if (node.test == Test::Leaf) {
      node.feature = 0; // what a leaf names is read nowhere
      node.nanIsTrue = false;
      continue;
    }
    auto yes = places.find({trees[i], whenTrue[i]}), no = places.find({trees[i], whenFalse[i]});
    if (yes == places.end() || no == places.end())
      return fails("a node of tree " + llvm::Twine(trees[i]) + " names one that is not there");
    node.whenTrue = yes->second;
    node.whenFalse = no->second;
    isChild[node.whenTrue] = isChild[node.whenFalse] = 1;
  }
  for (size_t i = 0; i != count; ++i)
    if (!isChild[i])
      ensemble.roots.push_back(i);
  if (ensemble.roots.empty())
    return fails("its nodes lead in a circle");
  for (size_t i = 0; i != voteTrees.size(); ++i) {
    auto found = places.find({voteTrees[i], voteNodes[i]});
    if (found == places.end() || voteTargets[i] < 0 || voteTargets[i] >= targets)
      return fails("a weight belongs to no node or result");
    ensemble.addVote(found->second, voteTargets[i], (*weights)[i]);
  }
  return ensemble;
}

std::optional<Value> readFeatures(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return std::nullopt;
  if (!isa<FloatType, IntegerType>(n.element(0)) || n.rank(0) != 2) {
    (void)n.error("needs rows of features, not " + n.show(n.type(0)));
    return std::nullopt;
  }
  return n.element(0).isF64() ? n.value(0) : n.b.convert(n.value(0), n.b.getF32Type());
}

// Scores plus one base value for each target; an error where their number is another.
std::optional<Value> withBase(NodeContext &n, Value scores, ArrayRef<double> base) {
  if (base.empty())
    return scores;
  AffineExpr targets = ValueBuilder::dimsOf(scores)[1];
  if (static_cast<int64_t>(base.size()) != staticDim(targets)) {
    (void)n.error(llvm::Twine(base.size()) + " base values do not fit " + n.show(ArrayRef(targets)) + " results");
    return std::nullopt;
  }
  Value vector = n.constant("base", makeTensorType(targets, ValueBuilder::elementOf(scores)), base);
  return n.b.add(scores, n.b.broadcast(vector, ValueBuilder::dimsOf(scores)));
}

LogicalResult treeEnsembleRegressor(NodeContext &n) {
  std::optional<Value> features = readFeatures(n);
  std::optional<PostTransform> transform = readPostTransform(n);
  std::optional<Ensemble> ensemble = features ? readNumbered(n, "target", n.intAttr("n_targets", 1)) : std::nullopt;
  std::optional<std::vector<double>> base = readNumbers(n, "base_values");
  if (!ensemble || !transform || !base)
    return failure();
  std::string aggregate = n.stringAttr("aggregate_function", "SUM");
  const char *names[] = {"AVERAGE", "SUM", "MIN", "MAX"};
  const auto *found = llvm::find(names, aggregate);
  if (found == std::end(names))
    return n.error("aggregate_function is '" + aggregate + "', not AVERAGE, SUM, MIN or MAX");
  ensemble->aggregate = static_cast<Aggregate>(found - names);
  std::optional<Value> scores = Walker(n, *ensemble, *features).scores();
  if (scores)
    scores = withBase(n, *scores, *base);
  if (!scores)
    return failure();
  n.result(0, postTransform(n.b, *transform, n.b.convert(*scores, n.b.getF32Type())));
  return success();
}

// Two classes, of which only the first gets votes: that is how exporters write one score that says how much it is the
// second.
LogicalResult binaryClassifier(NodeContext &n, Ensemble &ensemble, Value features, ArrayRef<double> base,
                               PostTransform transform, ArrayRef<int64_t> labels) {
  ValueBuilder &b = n.b;
  if (base.size() > 1)
    return n.error("two base values for votes of one class are not supported");
  std::vector<double> votes;
  bool allPositive = true;
  for (size_t i = 0; i != ensemble.nodes.size(); ++i) {
    votes.push_back(ensemble.vote(i, 0));
    allPositive &= !(votes.back() < 0);
  }
  ensemble.votes = std::move(votes);
  ensemble.targets = 1;
  std::optional<Value> walked = Walker(n, ensemble, features).scores();
  std::optional<Value> score = walked ? withBase(n, *walked, base) : std::nullopt;
  if (!score)
    return failure();
  Value second = b.convert(*score, b.getF32Type()), first;
  Value isSecond = b.compare(ComparisonDirection::GT, second, b.like(second, allPositive ? 0.5 : 0));
  if (transform == PostTransform::Logistic) {
    first = b.unary<LogisticOp>(b.unary<NegateOp>(second));
    second = b.unary<LogisticOp>(second);
  } else {
    first = allPositive ? b.sub(b.like(second, 1), second) : b.unary<NegateOp>(second);
  }
  Dims rows(1, ValueBuilder::dimsOf(second)[0]);
  Value place = b.reshape(isSecond, rows);
  auto label = [&](size_t index) { return b.broadcast(b.integer(b.getI64Type(), labels[index]), rows); };
  n.result(0, b.select(place, label(1), label(0)));
  n.result(1, b.concat({first, second}, 1));
  return success();
}

LogicalResult treeEnsembleClassifier(NodeContext &n) {
  ValueBuilder &b = n.b;
  std::optional<Value> features = readFeatures(n);
  std::optional<PostTransform> transform = readPostTransform(n);
  std::vector<int64_t> labels = readInts(n, "classlabels_int64s");
  if (n.hasAttribute("classlabels_strings"))
    return n.error("labels that are strings are not supported");
  if (labels.size() < 2)
    return n.error("has " + llvm::Twine(labels.size()) + " labels");
  const auto classes = static_cast<int64_t>(labels.size());
  std::optional<Ensemble> ensemble = features ? readNumbered(n, "class", classes) : std::nullopt;
  std::optional<std::vector<double>> base = readNumbers(n, "base_values");
  if (!ensemble || !transform || !base)
    return failure();
  std::vector<int64_t> voted = readInts(n, "class_ids");
  if (classes == 2 && llvm::all_of(voted, [](int64_t id) { return id == 0; }))
    return binaryClassifier(n, *ensemble, *features, *base, *transform, labels);
  std::optional<Value> walked = Walker(n, *ensemble, *features).scores();
  std::optional<Value> scores = walked ? withBase(n, *walked, *base) : std::nullopt;
  if (!scores)
    return failure();
  n.result(0, bestLabel(n, *scores, labels));
  n.result(1, postTransform(b, *transform, b.convert(*scores, b.getF32Type())));
  return success();
}

//===--- TreeEnsemble --------------------------------------------------------------------------------------------------===//

// A test whether a feature is one of several values becomes a row of tests for each.
LogicalResult treeEnsemble(NodeContext &n) {
  std::optional<Value> features = readFeatures(n);
  if (!features)
    return failure();
  std::vector<int64_t> featureIds = readInts(n, "nodes_featureids"), nans = readInts(n, "nodes_missing_value_tracks_true");
  std::vector<int64_t> whenTrue = readInts(n, "nodes_truenodeids"), whenFalse = readInts(n, "nodes_falsenodeids");
  std::vector<int64_t> trueLeaves = readInts(n, "nodes_trueleafs"), falseLeaves = readInts(n, "nodes_falseleafs");
  std::vector<int64_t> roots = readInts(n, "tree_roots"), leafTargets = readInts(n, "leaf_targetids");
  std::optional<std::vector<double>> splits = readNumbers(n, "nodes_splits", ""), modes = readNumbers(n, "nodes_modes", "");
  std::optional<std::vector<double>> weights = readNumbers(n, "leaf_weights", "");
  std::optional<std::vector<double>> members = readNumbers(n, "membership_values", "");
  if (!splits || !modes || !weights || !members)
    return failure();
  const size_t count = featureIds.size(), leaves = leafTargets.size();
  if (count == 0 || count + leaves + members->size() > kMaxNodes || whenTrue.size() != count || whenFalse.size() != count ||
      trueLeaves.size() != count || falseLeaves.size() != count || splits->size() != count || modes->size() != count ||
      (!nans.empty() && nans.size() != count) || weights->size() != leaves)
    return n.error("its attributes nodes_* or leaf_* have different lengths");
  const int64_t transform = n.intAttr("post_transform", 0), aggregate = n.intAttr("aggregate_function", 1);
  constexpr PostTransform transforms[] = {PostTransform::None, PostTransform::Softmax, PostTransform::Logistic,
                                          PostTransform::SoftmaxZero};
  if (transform < 0 || transform > 3 || aggregate < 0 || aggregate > 3)
    return n.error("post_transform " + llvm::Twine(transform) + " or aggregate_function " + llvm::Twine(aggregate) +
                   " is not supported");
  Ensemble ensemble;
  ensemble.targets = n.intAttr("n_targets", 1);
  ensemble.aggregate = static_cast<Aggregate>(aggregate);
  if (ensemble.targets < 1 || static_cast<size_t>(ensemble.targets) > kMaxNodes / (count + leaves) + 1)
    return n.error("there are " + llvm::Twine(ensemble.targets) + " results");
  // The nodes, then the leaves, then further members' tests.
  ensemble.nodes.resize(count + leaves);
  auto childOf = [&](int64_t index, bool isLeaf) -> size_t {
    const size_t limit = isLeaf ? leaves : count;
    return index < 0 || static_cast<size_t>(index) >= limit ? SIZE_MAX : static_cast<size_t>(index) + (isLeaf ? count : 0);
  };
  for (size_t i = 0; i != leaves; ++i)
    ensemble.nodes[count + i].whenTrue = ensemble.nodes[count + i].whenFalse = count + i;
  size_t member = 0;
  for (size_t i = 0; i != count; ++i) {
    TreeNode node = {Test::Equal,
                     featureIds[i],
                     (*splits)[i],
                     childOf(whenTrue[i], trueLeaves[i] != 0),
                     childOf(whenFalse[i], falseLeaves[i] != 0),
                     !nans.empty() && nans[i] != 0};
    const double mode = (*modes)[i];
    if (!(mode >= 0 && mode <= 6))
      return n.error("nodes_modes holds " + std::to_string(mode));
    if (mode < 6) {
      node.test = static_cast<Test>(static_cast<int>(mode));
      ensemble.nodes[i] = node;
      continue;
    }
    SmallVector<double> values; // up to the next NaN
    for (; member < members->size() && !std::isnan((*members)[member]); ++member)
      values.push_back((*members)[member]);
    ++member;
    if (values.empty())
      return n.error("a node tests membership of nothing");
    size_t at = i;
    for (auto [index, value] : llvm::enumerate(values)) {
      const bool isLast = index + 1 == values.size();
      TreeNode test = node;
      test.split = value;
      if (!isLast)
        test.whenFalse = ensemble.nodes.size();
      ensemble.nodes[at] = test;
      if (!isLast) {
        at = ensemble.nodes.size();
        ensemble.nodes.emplace_back();
      }
    }
  }
  for (int64_t root : roots)
    ensemble.roots.push_back(childOf(root, false));
  ensemble.votes.assign(ensemble.nodes.size() * static_cast<size_t>(ensemble.targets), NAN);
  for (size_t i = 0; i != leaves; ++i) {
    if (leafTargets[i] < 0 || leafTargets[i] >= ensemble.targets)
      return n.error("leaf_targetids names result " + llvm::Twine(leafTargets[i]));
    ensemble.addVote(count + i, leafTargets[i], (*weights)[i]);
  }
  if (ensemble.roots.empty())
    return n.error("there are no trees");
  std::optional<Value> scores = Walker(n, ensemble, *features).scores();
  if (!scores)
    return failure();
  n.result(0, n.b.convert(postTransform(n.b, transforms[transform], *scores), n.element(0)));
  return success();
}

constexpr OpRow rows[] = {
    {"TreeEnsemble", 5, 5, treeEnsemble},
    {"TreeEnsembleClassifier", 1, 5, treeEnsembleClassifier},
    {"TreeEnsembleRegressor", 1, 5, treeEnsembleRegressor},
};

} // namespace

llvm::ArrayRef<OpRow> treeOps() { return rows; }

} // namespace ingot::onnx
