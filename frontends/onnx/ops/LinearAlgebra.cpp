// Sums of products named by letters, and determinants.
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

//===--- Einsum --------------------------------------------------------------------------------------------------------===//

// Letters are 0 to 127; dims that an ellipsis stands for are 128 and up, the last dim first.
using Labels = SmallVector<unsigned>;
constexpr unsigned kEllipsis = 128;

struct Term {
  Value value;
  Labels labels;
};

bool has(ArrayRef<unsigned> labels, unsigned label) { return llvm::is_contained(labels, label); }

// The labels of one term of the equation, where an ellipsis stands for `hidden` dims.
std::optional<Labels> readLabels(NodeContext &n, llvm::StringRef text, int64_t hidden) {
  Labels labels;
  bool seen = false;
  while (!text.empty()) {
    if (text.consume_front(" "))
      continue;
    if (!seen && text.consume_front("...")) {
      seen = true;
      for (int64_t i = hidden; i-- > 0;)
        labels.push_back(kEllipsis + i);
    } else if (llvm::isAlpha(text.front())) {
      labels.push_back(static_cast<unsigned char>(text.front()));
      text = text.drop_front();
    } else {
      (void)n.error("the equation has '" + text.take_front() + "' in a term");
      return std::nullopt;
    }
  }
  return labels;
}

class Einsum {
public:
  explicit Einsum(NodeContext &node) : n(node), b(node.b) {}

  LogicalResult run() {
    if (failed(n.needInputs(1, 64)) || failed(parse()))
      return failure();
    for (size_t i = 0; i != terms.size(); ++i)
      if (failed(normalise(terms[i])))
        return failure();
    Term product = terms.front();
    for (size_t i = 1; i != terms.size(); ++i) {
      product = drop(product, ArrayRef(terms).drop_front(i));
      product = multiply(product, drop(terms[i], joined(product, i + 1)), ArrayRef(terms).drop_front(i + 1));
    }
    product = drop(product, {});
    // The dims in the order of the result; a label of the result alone cannot be.
    SmallVector<int64_t> order;
    for (unsigned label : output) {
      auto found = llvm::find(product.labels, label);
      if (found == product.labels.end())
        return n.error("the result names an index that no operand has");
      order.push_back(found - product.labels.begin());
    }
    n.result(0, b.convert(b.transpose(product.value, order), n.element(0)));
    return success();
  }

private:
  SmallVector<Term> joined(const Term &product, size_t from) {
    SmallVector<Term> others = {product};
    others.append(terms.begin() + from, terms.end());
    return others;
  }

  LogicalResult parse() {
    std::string equation = n.stringAttr("equation", "");
    auto [left, right] = llvm::StringRef(equation).split("->");
    const bool explicitOutput = llvm::StringRef(equation).contains("->");
    SmallVector<llvm::StringRef> parts;
    left.split(parts, ',');
    if (parts.size() != n.numInputs())
      return n.error("the equation '" + equation + "' has " + llvm::Twine(parts.size()) + " terms for " +
                     llvm::Twine(n.numInputs()) + " operands");
    for (size_t i = 0; i != n.numInputs(); ++i)
      if (!n.has(i))
        return n.error("operand " + llvm::Twine(i) + " is absent");
    int64_t mostHidden = 0;
    for (auto [index, part] : llvm::enumerate(parts)) {
      int64_t letters = llvm::count_if(part, [](char c) { return llvm::isAlpha(c); });
      const int64_t hidden = part.contains("...") ? n.rank(index) - letters : 0;
      std::optional<Labels> labels = readLabels(n, part, std::max<int64_t>(hidden, 0));
      if (!labels)
        return failure();
      if (static_cast<int64_t>(labels->size()) != n.rank(index) || n.element(index) != n.element(0))
        return n.error("the term '" + part + "' does not fit operand " + llvm::Twine(index) + " " + n.show(n.type(index)));
      mostHidden = std::max(mostHidden, hidden);
      terms.push_back({b.convert(n.value(index), b.stepType(n.element(index))), *labels});
    }
    if (explicitOutput) {
      std::optional<Labels> labels = readLabels(n, right, mostHidden);
      if (!labels)
        return failure();
      output = *labels;
      Labels sorted = output;
      llvm::sort(sorted);
      if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
        return n.error("the result of the equation '" + equation + "' names an index twice");
      return success();
    }
    // Without a result: what an ellipsis stands for, then the letters that stand once, in order.
    for (int64_t i = mostHidden; i-- > 0;)
      output.push_back(kEllipsis + i);
    for (unsigned letter = 0; letter != kEllipsis; ++letter) {
      int64_t count = 0;
      for (const Term &term : terms)
        count += llvm::count(term.labels, letter);
      if (count == 1)
        output.push_back(letter);
    }
    return success();
  }

  // Agrees on the extent of each label, spreads dims of 1, and takes the diagonal of a label that stands twice.
  LogicalResult normalise(Term &term) {
    Dims dims = ValueBuilder::dimsOf(term.value);
    for (auto [label, dim] : llvm::zip(term.labels, dims)) {
      for (const Term &other : terms)
        for (auto [otherLabel, otherDim] : llvm::zip(other.labels, ValueBuilder::dimsOf(other.value)))
          if (otherLabel == label && otherDim != dim) {
            if (staticDim(dim) != 1 && staticDim(otherDim) != 1)
              return n.error("the operands disagree on the extent of an index: " +
                             n.show(ValueBuilder::dimsOf(other.value)) + " and " + n.show(ValueBuilder::dimsOf(term.value)));
            if (staticDim(dim) == 1)
              dim = otherDim;
          }
    }
    term.value = b.broadcast(term.value, dims);
    for (size_t i = 0; i != term.labels.size(); ++i)
      for (size_t k = i + 1; k < term.labels.size();) {
        if (term.labels[k] != term.labels[i]) {
          ++k;
          continue;
        }
        Dims all = ValueBuilder::dimsOf(term.value);
        Value on = b.compare(ComparisonDirection::EQ, b.iota(all, b.getI64Type(), i), b.iota(all, b.getI64Type(), k));
        Value diagonal = b.select(on, term.value, b.like(term.value, 0));
        term.value = b.reduce(Reduction::Add, diagonal, static_cast<int64_t>(k), /*keep=*/false);
        term.labels.erase(term.labels.begin() + k);
      }
    return success();
  }

  bool isKept(unsigned label, ArrayRef<Term> others) const {
    return has(output, label) || llvm::any_of(others, [&](const Term &other) { return has(other.labels, label); });
  }

  // Sums over what neither the result nor another term names.
  Term drop(const Term &term, ArrayRef<Term> others) {
    Term rest{term.value, {}};
    SmallVector<int64_t> axes;
    for (auto [axis, label] : llvm::enumerate(term.labels)) {
      if (isKept(label, others))
        rest.labels.push_back(label);
      else
        axes.push_back(static_cast<int64_t>(axis));
    }
    rest.value = b.reduce(Reduction::Add, term.value, axes, /*keep=*/false);
    return rest;
  }

  // The term with its dims in the order of these groups, each group joined to one dim.
  Value group(const Term &term, ArrayRef<Labels> groups) {
    SmallVector<int64_t> order;
    Dims from = ValueBuilder::dimsOf(term.value), joined;
    for (const Labels &labels : groups) {
      AffineExpr extent = b.number(1);
      for (unsigned label : labels) {
        order.push_back(llvm::find(term.labels, label) - term.labels.begin());
        extent = extent * from[order.back()];
      }
      joined.push_back(extent);
    }
    return b.reshape(b.transpose(term.value, order), joined);
  }

  Term multiply(const Term &x, const Term &y, ArrayRef<Term> later) {
    Labels batch, sum, left, right;
    Dims result;
    llvm::SmallDenseMap<unsigned, AffineExpr> extents;
    for (auto [label, dim] : llvm::zip(x.labels, ValueBuilder::dimsOf(x.value))) {
      extents[label] = dim;
      (!has(y.labels, label) ? left : isKept(label, later) ? batch : sum).push_back(label);
    }
    for (auto [label, dim] : llvm::zip(y.labels, ValueBuilder::dimsOf(y.value))) {
      extents[label] = dim;
      if (!has(x.labels, label))
        right.push_back(label);
    }
    Term product;
    for (const Labels &labels : {batch, left, right})
      for (unsigned label : labels) {
        product.labels.push_back(label);
        result.push_back(extents[label]);
      }
    if (sum.empty()) {
      auto spread = [&](const Term &term) {
        SmallVector<int64_t> places, order;
        for (auto [place, label] : llvm::enumerate(product.labels))
          if (auto found = llvm::find(term.labels, label); found != term.labels.end()) {
            places.push_back(static_cast<int64_t>(place));
            order.push_back(found - term.labels.begin());
          }
        return b.broadcast(b.transpose(term.value, order), result, places);
      };
      product.value = b.mul(spread(x), spread(y));
      return product;
    }
    Value lhs = batch.empty() ? group(x, {left, sum}) : group(x, {batch, left, sum});
    Value rhs = batch.empty() ? group(y, {sum, right}) : group(y, {batch, sum, right});
    product.value = b.reshape(b.matmul(lhs, rhs), result);
    return product;
  }

  NodeContext &n;
  ValueBuilder &b;
  SmallVector<Term> terms;
  Labels output;
};

LogicalResult einsum(NodeContext &n) { return Einsum(n).run(); }

//===--- Det -----------------------------------------------------------------------------------------------------------===//

// The product of the pivots; each exchange of rows turns the sign.
LogicalResult det(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  const int64_t rank = n.rank(0);
  Dims dims = n.dims(0);
  if (rank < 2 || !sameExpr(dims[rank - 1], dims[rank - 2]) || !isa<FloatType>(n.element(0)))
    return n.error("needs square matrices of floats, not " + n.show(n.type(0)));
  Type type = n.element(0).isF64() ? n.element(0) : Type(b.getF32Type()), indexType = b.getI32Type();
  Value matrix = b.convert(n.value(0), type);
  Dims line = dims, outer = dims;
  line.pop_back();
  outer.resize(rank - 2);
  auto lu = LuOp::create(b, TypeRange{matrix.getType(), makeTensorType(line, indexType), makeTensorType(outer, indexType)},
                         matrix);
  Value row = b.iota(dims, indexType, rank - 2), column = b.iota(dims, indexType, rank - 1);
  Value diagonal = b.select(b.compare(ComparisonDirection::EQ, row, column), lu.getResult(), b.like(matrix, 0));
  Value pivots = b.reduce(Reduction::Add, diagonal, rank - 1, /*keep=*/false);
  Value place = b.add(b.iota(line, indexType, rank - 2), b.broadcast(b.integer(indexType, 1), line));
  Value stays = b.compare(ComparisonDirection::EQ, lu.getPivots(), place);
  Value factors = b.select(stays, pivots, b.unary<NegateOp>(pivots));
  n.result(0, b.convert(b.reduce(Reduction::Multiply, factors, rank - 2, /*keep=*/false), n.element(0)));
  return success();
}

constexpr OpRow rows[] = {
    {"Det", 11, kNewestOpset, det},
    {"Einsum", 12, kNewestOpset, einsum},
};

} // namespace

llvm::ArrayRef<OpRow> linearAlgebraOps() { return rows; }

} // namespace ingot::onnx
