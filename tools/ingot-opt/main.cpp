// ingot-opt: runs passes over MLIR text, for tests and debugging. The only tool that reads files with MLIR's own parser.
// They ask the CPU target for x86-64, whatever machine this is.
#include "compiler/targets/cpu/CpuTarget.h"
#include "ir/Dialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Pipeline.h"

using namespace mlir;

int main(int argc, char **argv) {
  DialectRegistry registry;
  registry.insert<ingot::IngotDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect, scf::SCFDialect,
                  memref::MemRefDialect, vector::VectorDialect, linalg::LinalgDialect, tensor::TensorDialect,
                  cf::ControlFlowDialect, affine::AffineDialect, bufferization::BufferizationDialect,
                  complex::ComplexDialect, LLVM::LLVMDialect>();
  registerAllExtensions(registry);
  registerAllPasses();
  std::unique_ptr<ingot::CpuTarget> target = llvm::cantFail(ingot::CpuTarget::create({"x86_64-unknown-linux-gnu"}));
  ingot::WeightStore weights;
  ingot::registerPasses(*target, weights);
  return asMainReturnCode(MlirOptMain(argc, argv, "ingot-opt: the ingot dialect and its passes\n", registry));
}
