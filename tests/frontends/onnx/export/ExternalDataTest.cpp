// Weights beside the model, as where they take more than a file holds.
#include "frontends/onnx/Import.h"
#include "frontends/onnx/export/Export.h"
#include "frontends/onnx/onnx.pb.h"
#include "ir/reference/Interpreter.h"
#include "tests/TestPaths.h"

#include "gtest/gtest.h"

#include <fstream>
#include <unistd.h>

namespace ingot {
namespace {

class ExternalData : public ::testing::Test {
protected:
  void TearDown() override {
    unlink(file.c_str());
    unlink((file + ".data").c_str());
  }

  Program import(const std::string &path) {
    ImportOptions options;
    options.dims = {{"batch", "2"}};
    auto program = importOnnx(context, path, options, [](llvm::StringRef text) { ADD_FAILURE() << text.str(); });
    return mlir::failed(program) ? Program() : std::move(*program);
  }

  // What the program gives of a ramp.
  std::vector<char> answers(Program &program) {
    auto function = program.module->lookupSymbol<mlir::func::FuncOp>("main");
    auto type = mlir::cast<mlir::RankedTensorType>(function.getArgumentTypes()[0]);
    reference::Tensor ramp = reference::Tensor::zeros(type.getElementType(), type.getShape());
    for (int64_t i = 0; i != ramp.numElements(); ++i)
      ramp.data<float>()[i] = static_cast<float>(i % 17) / 17;
    reference::Options options;
    options.weights = &program.weights;
    auto results = reference::run(function, ramp, options);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return results->front().bytes;
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  const std::string digits = test::sourceDir() + "/docs/digits/digits.onnx";
  const std::string name = "external-" + std::to_string(getpid()) + ".onnx", file = test::binaryDir() + "/" + name;
};

TEST_F(ExternalData, LiesBesideWhereItIsTooMuch) {
  Program program = import(digits);
  auto written = onnx::exportProgram(program, 23, name, 8000);
  ASSERT_TRUE(bool(written)) << llvm::toString(written.takeError());
  ASSERT_EQ(written->besideName, name + ".data");
  std::ofstream(file, std::ios::binary) << written->bytes;
  {
    std::error_code code;
    llvm::raw_fd_ostream os(file + ".data", code);
    llvm::Error error = written->writeBeside(os);
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(written->bytes));
  int beside = 0;
  for (const onnx::TensorProto &tensor : model.graph().initializer()) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) {
      EXPECT_LT(tensor.raw_data().size(), 1024u) << tensor.name();
      continue;
    }
    ++beside;
    for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
      if (entry.key() == "location")
        EXPECT_EQ(entry.value(), name + ".data");
      if (entry.key() == "offset")
        EXPECT_EQ(std::stoll(entry.value()) % 4096, 0) << tensor.name();
    }
  }
  EXPECT_GT(beside, 0);
  Program again = import(file);
  EXPECT_EQ(answers(again), answers(program));
}

TEST_F(ExternalData, StaysInTheFileWhereItFits) {
  auto written = onnx::exportProgram(import(digits), 23, "x.onnx", onnx::kMostFileBytes);
  ASSERT_TRUE(bool(written)) << llvm::toString(written.takeError());
  EXPECT_EQ(written->besideName, "");
  EXPECT_FALSE(written->writeBeside);
}

TEST_F(ExternalData, NeedsANameToLieBeside) {
  auto written = onnx::exportProgram(import(digits), 23, "", 8000);
  ASSERT_FALSE(bool(written));
  std::string message = llvm::toString(written.takeError());
  EXPECT_NE(message.find("more than an ONNX file holds (8000); -o NAME puts them beside it"), std::string::npos) << message;
}

} // namespace
} // namespace ingot
