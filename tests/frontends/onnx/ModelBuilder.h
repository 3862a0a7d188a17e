// Small ONNX models made in a test, imported and run by the interpreter.
#pragma once

#include "frontends/onnx/Import.h"
#include "frontends/onnx/onnx.pb.h"
#include "ir/reference/Interpreter.h"
#include "tests/TestPaths.h"

#include "gtest/gtest.h"

#include <atomic>
#include <fstream>
#include <unistd.h>

namespace ingot::test {

using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

// A tensor fed or fetched: f32 or i64.
struct Data {
  Ints dims;
  Floats floats;
  Ints ints;
  bool isInt = false;
};

inline Data floats(Ints dims, Floats values) { return {std::move(dims), std::move(values), {}, false}; }
inline Data ints(Ints dims, Ints values) { return {std::move(dims), {}, std::move(values), true}; }

class Model {
public:
  explicit Model(int64_t opset) {
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(opset);
    proto.mutable_graph()->set_name("test");
  }

  // A run-time input; a negative dim is the size N.
  Model &input(const std::string &name, const Data &data, const Ints &declared) {
    onnx::TypeProto::Tensor *type = addValue(*proto.mutable_graph()->add_input(), name, data.isInt);
    for (int64_t dim : declared) {
      if (dim < 0)
        type->mutable_shape()->add_dim()->set_dim_param("N");
      else
        type->mutable_shape()->add_dim()->set_dim_value(dim);
    }
    type->mutable_shape();
    fed.push_back(data);
    return *this;
  }
  Model &input(const std::string &name, const Data &data) { return input(name, data, data.dims); }

  Model &constant(const std::string &name, const Data &data) {
    onnx::TensorProto *tensor = proto.mutable_graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(data.isInt ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
    for (int64_t dim : data.dims)
      tensor->add_dims(dim);
    if (data.isInt)
      tensor->set_raw_data(data.ints.data(), data.ints.size() * 8);
    else
      tensor->set_raw_data(data.floats.data(), data.floats.size() * 4);
    return *this;
  }

  Model &node(const std::string &op, const std::vector<std::string> &inputs, const std::vector<std::string> &outputs) {
    last = proto.mutable_graph()->add_node();
    last->set_op_type(op);
    for (const std::string &name : inputs)
      last->add_input(name);
    for (const std::string &name : outputs)
      last->add_output(name);
    return *this;
  }
  Model &with(const std::string &name, int64_t value) {
    addAttribute(name, onnx::AttributeProto::INT)->set_i(value);
    return *this;
  }
  Model &with(const std::string &name, const Ints &values) {
    onnx::AttributeProto *attribute = addAttribute(name, onnx::AttributeProto::INTS);
    for (int64_t value : values)
      attribute->add_ints(value);
    return *this;
  }
  Model &with(const std::string &name, float value) {
    addAttribute(name, onnx::AttributeProto::FLOAT)->set_f(value);
    return *this;
  }
  Model &with(const std::string &name, const char *value) {
    addAttribute(name, onnx::AttributeProto::STRING)->set_s(value);
    return *this;
  }
  Model &with(const std::string &name, const std::vector<std::string> &values) {
    onnx::AttributeProto *attribute = addAttribute(name, onnx::AttributeProto::STRINGS);
    for (const std::string &value : values)
      attribute->add_strings(value);
    return *this;
  }
  Model &with(const std::string &name, const Floats &values) {
    onnx::AttributeProto *attribute = addAttribute(name, onnx::AttributeProto::FLOATS);
    for (float value : values)
      attribute->add_floats(value);
    return *this;
  }
  // The node's `name` as a whole text, for what the above cannot say.
  onnx::ModelProto &raw() { return proto; }

  Model &output(const std::string &name, bool isInt = false) {
    addValue(*proto.mutable_graph()->add_output(), name, isInt);
    return *this;
  }

  // Imports (with the size N from `range` if given) and runs. A failure is a test failure, and returns nothing.
  std::vector<Data> run(const std::string &range = "") {
    static std::atomic<unsigned> counter = 0;
    std::string path = binaryDir() + "/model-" + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".onnx";
    {
      std::ofstream file(path, std::ios::binary);
      EXPECT_TRUE(proto.SerializeToOstream(&file));
    }
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    ImportOptions options;
    if (!range.empty())
      options.dims = {{"N", range}};
    error.clear();
    auto program = importOnnx(context, path, options, [&](llvm::StringRef message) { error = message.str(); });
    unlink(path.c_str());
    if (mlir::failed(program)) {
      ADD_FAILURE() << error;
      return {};
    }
    mlir::Builder builder(&context);
    std::vector<reference::Tensor> arguments;
    for (const Data &data : fed) {
      reference::Tensor tensor =
          reference::Tensor::zeros(data.isInt ? mlir::Type(builder.getI64Type()) : builder.getF32Type(), data.dims);
      if (data.isInt)
        std::copy(data.ints.begin(), data.ints.end(), tensor.data<int64_t>());
      else
        std::copy(data.floats.begin(), data.floats.end(), tensor.data<float>());
      arguments.push_back(std::move(tensor));
    }
    reference::Options interpreter;
    interpreter.weights = &program->weights;
    auto results = reference::run(program->module->lookupSymbol<mlir::func::FuncOp>("main"), arguments, interpreter);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    std::vector<Data> out;
    for (reference::Tensor &tensor : *results) {
      Data data;
      data.dims.assign(tensor.dims.begin(), tensor.dims.end());
      data.isInt = tensor.elementType.isInteger();
      const int64_t count = tensor.numElements();
      if (tensor.elementType.isF32())
        data.floats.assign(tensor.data<float>(), tensor.data<float>() + count);
      else if (tensor.elementType.isInteger(64))
        data.ints.assign(tensor.data<int64_t>(), tensor.data<int64_t>() + count);
      else if (tensor.elementType.isInteger(1))
        data.ints.assign(tensor.data<char>(), tensor.data<char>() + count);
      out.push_back(std::move(data));
    }
    return out;
  }

private:
  static onnx::TypeProto::Tensor *addValue(onnx::ValueInfoProto &info, const std::string &name, bool isInt) {
    info.set_name(name);
    onnx::TypeProto::Tensor *type = info.mutable_type()->mutable_tensor_type();
    type->set_elem_type(isInt ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
    return type;
  }
  onnx::AttributeProto *addAttribute(const std::string &name, onnx::AttributeProto::AttributeType type) {
    onnx::AttributeProto *attribute = last->add_attribute();
    attribute->set_name(name);
    attribute->set_type(type);
    return attribute;
  }

  onnx::ModelProto proto;
  onnx::NodeProto *last = nullptr;
  std::vector<Data> fed;
  std::string error;
};

inline void expectNear(const std::vector<Data> &results, size_t index, const Ints &dims, const Floats &values,
                       float tolerance = 1e-5f) {
  ASSERT_LT(index, results.size());
  EXPECT_EQ(results[index].dims, dims);
  ASSERT_EQ(results[index].floats.size(), values.size());
  for (size_t i = 0; i != values.size(); ++i)
    EXPECT_NEAR(results[index].floats[i], values[i], tolerance) << "element " << i;
}

inline void expectInts(const std::vector<Data> &results, size_t index, const Ints &dims, const Ints &values) {
  ASSERT_LT(index, results.size());
  EXPECT_EQ(results[index].dims, dims);
  EXPECT_EQ(results[index].ints, values);
}

} // namespace ingot::test
