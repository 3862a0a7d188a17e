#include "passes/Programs.h"
#include "passes/outline/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_LIFTCONSTANTS
#include "passes/outline/Passes.h.inc"

using namespace mlir;

namespace {

struct LiftConstants : impl::LiftConstantsBase<LiftConstants> {
  explicit LiftConstants(WeightStore &store) : store(&store) {}

  void runOnOperation() override {
    WeightEditor weights(getOperation(), *store);
    for (func::FuncOp function : programFunctions(getOperation())) {
      // One get_weight a weight and function.
      llvm::DenseMap<StringRef, GetWeightOp> gets;
      for (auto get : function.getBody().getOps<GetWeightOp>())
        gets.try_emplace(get.getWeight(), get);
      for (Block *block : programBlocks(function))
        for (FusionOp fusion : llvm::to_vector(block->getOps<FusionOp>()))
          liftFrom(fusion, weights, gets, function.getBody().front());
    }
  }

  void liftFrom(FusionOp fusion, WeightEditor &weights, llvm::DenseMap<StringRef, GetWeightOp> &gets, Block &outermost) {
    Block &body = fusion.getBody().front();
    for (auto constant : llvm::to_vector(body.getOps<ConstantOp>())) {
      auto value = dyn_cast<DenseElementsAttr>(constant.getValue());
      if (!value || value.isSplat())
        continue;
      auto repeated = repeatedVector(value);
      WeightOp weight = weights.addConstant("constant", repeated ? repeated->first : value, constant.getLoc());
      GetWeightOp &get = gets[weight.getSymName()];
      if (!get) {
        auto builder = OpBuilder::atBlockBegin(&outermost);
        get = weights.read(builder, constant.getLoc(), weight);
      }
      get->moveBefore(&outermost, outermost.begin());
      fusion.getInputsMutable().append(get.getResult());
      Value lifted = body.addArgument(get.getType(), constant.getLoc());
      if (repeated) {
        OpBuilder builder(constant);
        lifted = BroadcastInDimOp::create(builder, constant.getLoc(), constant.getType(), lifted,
                                          ArrayRef<int64_t>{repeated->second});
      }
      constant.replaceAllUsesWith(lifted);
      constant.erase();
    }
  }

  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createLiftConstants(WeightStore &store) { return std::make_unique<LiftConstants>(store); }

} // namespace ingot
