// Calls by name and ragged products, as functions of the ops they become, by values worked out by hand.
#include "frontends/common/CustomCalls.h"
#include "frontends/common/RaggedDot.h"
#include "mlir/IR/Verifier.h"
#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

using namespace mlir;
using frontend::CustomCallSite;
using frontend::ValueBuilder;
using reference::Tensor;

struct Function {
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  std::unique_ptr<ValueBuilder> b;

  explicit Function(llvm::ArrayRef<RankedTensorType (*)(MLIRContext *)> types) {
    context.loadDialect<IngotDialect, func::FuncDialect>();
    Location loc = UnknownLoc::get(&context);
    module = ModuleOp::create(loc);
    SmallVector<Type> arguments;
    for (auto type : types)
      arguments.push_back(type(&context));
    b = std::make_unique<ValueBuilder>(loc, module->getBodyRegion());
    function = func::FuncOp::create(*b, "main", FunctionType::get(&context, arguments, {}));
    b->setInsertionPointToStart(function.addEntryBlock());
  }
  std::vector<Value> arguments() {
    return std::vector<Value>(function.getArguments().begin(), function.getArguments().end());
  }

  std::vector<Tensor> run(ValueRange results, std::vector<Tensor> operands) {
    func::ReturnOp::create(*b, results);
    function.setFunctionType(FunctionType::get(&context, function.getArgumentTypes(), results.getTypes()));
    EXPECT_TRUE(succeeded(verify(*module)));
    auto made = reference::run(function, operands, {});
    if (made)
      return std::move(*made);
    ADD_FAILURE() << llvm::toString(made.takeError());
    return {};
  }
};

template <int64_t... dims> RankedTensorType f64(MLIRContext *context) {
  return makeTensorType(llvm::ArrayRef<int64_t>{dims...}, Float64Type::get(context));
}
template <int64_t... dims> RankedTensorType i32(MLIRContext *context) {
  return makeTensorType(llvm::ArrayRef<int64_t>{dims...}, IntegerType::get(context, 32));
}
template <int64_t... dims> RankedTensorType ui32(MLIRContext *context) {
  return makeTensorType(llvm::ArrayRef<int64_t>{dims...}, IntegerType::get(context, 32, IntegerType::Unsigned));
}

template <typename T> Tensor tensorOf(RankedTensorType type, const std::vector<T> &values) {
  Tensor tensor = Tensor::zeros(type.getElementType(), type.getShape());
  std::copy(values.begin(), values.end(), tensor.data<T>());
  return tensor;
}

void expectNear(const Tensor &tensor, const std::vector<double> &expected) {
  ASSERT_EQ(tensor.numElements(), int64_t(expected.size()));
  for (auto [i, value] : llvm::enumerate(expected))
    EXPECT_NEAR(tensor.data<double>()[i], value, 1e-12) << "number " << i;
}

struct Call {
  std::string name;
  std::vector<std::pair<std::string, int64_t>> attributes;
  CustomCallSite site(Function &f, std::vector<RankedTensorType> results) const {
    CustomCallSite site;
    site.name = name;
    llvm::append_range(site.operands, f.arguments());
    llvm::append_range(site.results, results);
    site.attribute = [this](llvm::StringRef wanted) -> std::optional<int64_t> {
      for (const auto &[attribute, value] : attributes)
        if (wanted == attribute)
          return value;
      return std::nullopt;
    };
    return site;
  }
};

TEST(CustomCalls, NamesOfEveryElementType) {
  for (const char *name :
       {"lapack_spotrf_ffi", "lapack_zgetrf_ffi", "lapack_cgeqrf_ffi", "lapack_dorgqr_ffi", "lapack_cungqr_ffi",
        "lapack_strsm_ffi", "lapack_dgtsv_ffi", "lapack_spotrf", "blas_ztrsm", "cu_threefry2x32_ffi"})
    EXPECT_TRUE(frontend::findCustomCall(name)) << name;
  for (const char *name : {"lapack_xpotrf_ffi", "lapack_ssyevd_ffi", "lapack_sgesdd_ffi", "potrf", "lapack_spotrf_ff"})
    EXPECT_FALSE(frontend::findCustomCall(name)) << name;
}

// The triangle that LAPACK does not read stays as it was.
TEST(CustomCalls, Potrf) {
  Function f({f64<2, 2>});
  std::string problem;
  auto made = frontend::makeCustomCall(
      *f.b, Call{"lapack_dpotrf_ffi", {{"uplo", 'L'}}}.site(f, {f64<2, 2>(&f.context), i32<>(&f.context)}), problem);
  ASSERT_EQ(problem, "");
  std::vector<Tensor> results = f.run(made, {tensorOf<double>(f64<2, 2>(&f.context), {4, 77, 2, 10})});
  expectNear(results[0], {2, 77, 1, 3});
  EXPECT_EQ(results[1].data<int32_t>()[0], 0);
}

TEST(CustomCalls, GetrfAndTrsmSolve) {
  Function f({f64<2, 2>, f64<2, 1>});
  std::string problem;
  Call lu{"lapack_dgetrf_ffi", {}};
  CustomCallSite site = lu.site(f, {f64<2, 2>(&f.context), i32<2>(&f.context), i32<>(&f.context)});
  site.operands.pop_back();
  auto factors = frontend::makeCustomCall(*f.b, site, problem);
  ASSERT_EQ(problem, "");
  Call upper{"lapack_dtrsm_ffi", {{"side", 'L'}, {"uplo", 'U'}, {"diag", 'N'}, {"trans_x", 'N'}}};
  site = upper.site(f, {f64<2, 1>(&f.context)});
  site.operands[0] = factors[0];
  auto x = frontend::makeCustomCall(*f.b, site, problem);
  ASSERT_EQ(problem, "");
  std::vector<Tensor> results = f.run({factors[0], factors[1], x[0]}, {tensorOf<double>(f64<2, 2>(&f.context), {1, 3, 2, 4}),
                                                                       tensorOf<double>(f64<2, 1>(&f.context), {10, 3})});
  expectNear(results[0], {2, 4, 0.5, 1});
  EXPECT_EQ(results[1].data<int32_t>()[0], 2); // rows from one
  expectNear(results[2], {-1, 3});
}

TEST(CustomCalls, QrGivesBackItsMatrix) {
  Function f({f64<3, 2>});
  std::string problem;
  auto qr = frontend::makeCustomCall(
      *f.b, Call{"lapack_dgeqrf_ffi", {}}.site(f, {f64<3, 2>(&f.context), f64<2>(&f.context)}), problem);
  ASSERT_EQ(problem, "");
  Call orgqr{"lapack_dorgqr_ffi", {}};
  CustomCallSite site = orgqr.site(f, {f64<3, 2>(&f.context)});
  site.operands.assign({qr[0], qr[1]});
  auto q = frontend::makeCustomCall(*f.b, site, problem);
  ASSERT_EQ(problem, "");
  std::vector<Tensor> results = f.run({q[0], qr[0]}, {tensorOf<double>(f64<3, 2>(&f.context), {3, 1, 0, 2, 4, -5})});
  const double *made = results[0].data<double>(), *r = results[1].data<double>();
  std::vector<double> product;
  for (int i = 0; i != 3; ++i) {
    product.push_back(made[2 * i] * r[0]);
    product.push_back(made[2 * i] * r[1] + made[2 * i + 1] * r[3]);
  }
  const double expected[] = {3, 1, 0, 2, 4, -5};
  for (size_t i = 0; i != 6; ++i)
    EXPECT_NEAR(product[i], expected[i], 1e-12);
  EXPECT_NEAR(r[0], -5, 1e-12);
}

TEST(CustomCalls, Gtsv) {
  Function f({f64<3>, f64<3>, f64<3>, f64<3, 1>});
  std::string problem;
  auto v = f64<3>(&f.context);
  auto made = frontend::makeCustomCall(
      *f.b, Call{"lapack_dgtsv_ffi", {}}.site(f, {v, v, v, f64<3, 1>(&f.context), i32<>(&f.context)}), problem);
  ASSERT_EQ(problem, "");
  std::vector<Tensor> results =
      f.run(made, {tensorOf<double>(v, {7, 4, 3}), tensorOf<double>(v, {1, 2, 1}), tensorOf<double>(v, {2, 2, 8}),
                   tensorOf<double>(f64<3, 1>(&f.context), {5, 14, 9})});
  expectNear(results[3], {1, 2, 3});
}

// Known answers of the generator's paper.
TEST(CustomCalls, Threefry) {
  Function f({ui32<3>, ui32<3>, ui32<3>, ui32<3>});
  std::string problem;
  auto u = ui32<3>(&f.context);
  auto made = frontend::makeCustomCall(*f.b, Call{"cu_threefry2x32_ffi", {}}.site(f, {u, u}), problem);
  ASSERT_EQ(problem, "");
  std::vector<Tensor> results =
      f.run(made, {tensorOf<uint32_t>(u, {0, 0xffffffff, 0x13198a2e}), tensorOf<uint32_t>(u, {0, 0xffffffff, 0x03707344}),
                   tensorOf<uint32_t>(u, {0, 0xffffffff, 0x243f6a88}), tensorOf<uint32_t>(u, {0, 0xffffffff, 0x85a308d3})});
  const uint32_t first[] = {0x6b200159, 0x1cb996fc, 0xc4923a9c}, second[] = {0x99ba4efe, 0xbb002be7, 0x483df7a0};
  for (int i = 0; i != 3; ++i) {
    EXPECT_EQ(results[0].data<uint32_t>()[i], first[i]);
    EXPECT_EQ(results[1].data<uint32_t>()[i], second[i]);
  }
}

TEST(CustomCalls, SayWhatIsWrong) {
  Function f({f64<2, 2>});
  std::string problem;
  EXPECT_TRUE(
      frontend::makeCustomCall(*f.b, Call{"lapack_dpotrf_ffi", {{"uplo", 'X'}}}.site(f, {f64<2, 2>(&f.context)}), problem)
          .empty());
  EXPECT_EQ(problem, "takes one tensor of matrices, and uplo or lower");
  problem.clear();
  EXPECT_TRUE(
      frontend::makeCustomCall(*f.b, Call{"lapack_dpotrf_ffi", {{"uplo", 'U'}}}.site(f, {f64<2, 3>(&f.context)}), problem)
          .empty());
  EXPECT_EQ(problem, "gives result 0 as f64[2,2], not f64[2,3]");
}

//===--- ragged_dot ---===//

Tensor ragged(const frontend::RaggedDims &dims, RankedTensorType (*lhs)(MLIRContext *), const std::vector<double> &lhsValues,
              RankedTensorType (*rhs)(MLIRContext *), const std::vector<double> &rhsValues,
              const std::vector<int32_t> &sizes) {
  Function f({lhs, rhs, sizes.size() == 2 ? i32<2> : i32<1, 2>});
  std::vector<Value> arguments = f.arguments();
  Value made = frontend::raggedDot(*f.b, arguments[0], arguments[1], arguments[2], dims);
  auto sizesType = cast<RankedTensorType>(arguments[2].getType());
  return f.run(made, {tensorOf<double>(lhs(&f.context), lhsValues), tensorOf<double>(rhs(&f.context), rhsValues),
                      tensorOf<int32_t>(sizesType, sizes)})[0];
}

TEST(RaggedDot, KindsOfTheRaggedDim) {
  frontend::RaggedDims free;
  free.lhsContract = {1};
  free.rhsContract = {1};
  free.rhsGroup = 0;
  // Rows 0 and 1 by the first slice, row 2 by the second, row 3 is in no group.
  expectNear(ragged(free, f64<4, 1>, {1, 2, 3, 4}, f64<2, 1, 2>, {10, 20, 100, 200}, {2, 1}),
             {10, 20, 20, 40, 300, 600, 0, 0});
  frontend::RaggedDims contracted;
  contracted.lhsContract = {1};
  contracted.rhsContract = {0};
  contracted.lhsRagged = 1;
  // The first group is the first two products, the second the third.
  expectNear(ragged(contracted, f64<1, 3>, {1, 2, 3}, f64<3, 1>, {10, 100, 1000}, {2, 1}), {210, 3000});
  frontend::RaggedDims batch;
  batch.lhsBatch = {0};
  batch.rhsBatch = {0};
  batch.lhsContract = {1};
  batch.rhsContract = {1};
  expectNear(ragged(batch, f64<2, 1>, {1, 2}, f64<2, 1>, {10, 100}, {1, 1}), {10, 200});
}

} // namespace
} // namespace ingot::test
