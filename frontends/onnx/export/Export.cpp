#include "frontends/onnx/export/Export.h"

#include "frontends/common/Messages.h"
#include "frontends/onnx/TensorData.h"
#include "frontends/onnx/export/Exporter.h"
#include "ir/Defaults.h"
#include "ir/Entries.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// The least version of the file format that an opset may come with.
int64_t irVersionOf(int64_t opset) {
  return opset <= 18 ? 8 : opset <= 20 ? 9 : opset <= 22 ? 10 : opset == 23 ? 11 : opset == 24 ? 12 : 13;
}

// Ops without a row become what their canonicalisation makes of them.
void decompose(ModuleOp module) {
  llvm::SetVector<OperationName> names;
  module.walk([&](Operation *op) {
    if (!findRow(op->getName().stripDialect()))
      names.insert(op->getName());
  });
  RewritePatternSet patterns(module.getContext());
  for (OperationName name : names)
    if (std::optional<RegisteredOperationName> known = name.getRegisteredInfo())
      known->getCanonicalizationPatterns(patterns, module.getContext());
  std::ignore = applyPatternsGreedily(module, std::move(patterns), GreedyRewriteConfig().enableFolding(false));
}

void setType(ValueInfoProto &info, RankedTensorType type, int32_t number, ArrayRef<SizeAttr> sizes) {
  TypeProto::Tensor &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(number);
  TensorShapeProto &shape = *tensor.mutable_shape();
  for (AffineExpr expr : dimExprs(type)) {
    if (auto known = dyn_cast<AffineConstantExpr>(expr))
      shape.add_dim()->set_dim_value(known.getValue());
    else
      shape.add_dim()->set_dim_param(describeExpr(expr, sizes));
  }
}

// The one entry point of the program, if it can be one of ONNX's.
llvm::Expected<func::FuncOp> entryOf(ModuleOp module) {
  SmallVector<func::FuncOp> entries = entryFunctions(module);
  if (entries.size() != 1)
    return frontend::failure("an ONNX model has one entry point, this program has " +
                             frontend::listNames(entryNames(module)) + "; choose one by --entry NAME");
  func::FuncOp entry = entries.front();
  for (unsigned i = 0; i != entry.getNumArguments(); ++i)
    if (!stateOfArgument(entry, i).empty())
      return frontend::failure("an ONNX model has no state, such as '" + stateOfArgument(entry, i) +
                               "'; without --alias it is an input and an output");
  for (unsigned i = 0; i != entry.getNumResults(); ++i)
    if (!stateOfResult(entry, i).empty())
      return frontend::failure("an ONNX model has no state, such as '" + stateOfResult(entry, i) +
                               "'; without --alias it is an input and an output");
  return entry;
}

uint64_t rawBytes(WeightOp weight) {
  Type element = weight.getTensorType().getElementType();
  const auto count = static_cast<uint64_t>(weight.getTensorType().getNumElements());
  if (isa<ComplexType>(element) || element.isInteger(1) || element.getIntOrFloatBitWidth() >= 8)
    return count * elementBytes(element);
  return llvm::divideCeil(count, 8 / element.getIntOrFloatBitWidth());
}

llvm::Expected<std::string> readWeight(WeightOp weight, const WeightStore &store) {
  llvm::Expected<std::vector<char>> bytes = evaluateWeight(weight, store);
  if (!bytes)
    return bytes.takeError();
  return rawBytesOf(weight.getTensorType().getElementType(), *bytes);
}

void addEntry(TensorProto &tensor, const char *key, const std::string &value) {
  StringStringEntryProto &entry = *tensor.add_external_data();
  entry.set_key(key);
  entry.set_value(value);
}

// Smaller weights stay in the model's file; larger ones start pages of the file beside it.
constexpr uint64_t kLeastBeside = 1024, kPage = 4096;

class Writer {
public:
  Writer(const Program &program, int64_t opset)
      : weights(program.weights), copy(std::make_shared<OwningOpRef<ModuleOp>>(cast<ModuleOp>((*program.module)->clone()))),
        opset(opset), exporter(copy->get(), program.weights, opset, *model.mutable_graph()) {}

  llvm::Error makeGraph();
  llvm::Expected<WrittenModel> write(llvm::StringRef fileName, uint64_t mostBytes);

private:
  llvm::Error addInputs(func::FuncOp entry, std::vector<std::string> &names);
  llvm::Error refusals() const;
  llvm::Error wrongType(const char *what, const std::string &name, RankedTensorType type) const {
    return frontend::failure(
        llvm::formatv("cannot be written as ONNX: {0} '{1}' is of {2}, with which no operator of opset {3} computes", what,
                      name, describeElementType(type.getElementType()), opset)
            .str());
  }
  std::string nameOf(DictionaryAttr attributes, const std::string &otherwise) {
    auto name = attributes ? attributes.getAs<StringAttr>(kNameAttr) : StringAttr();
    return name ? name.getValue().str() : otherwise;
  }

  const WeightStore &weights;
  std::shared_ptr<OwningOpRef<ModuleOp>> copy; // whose weights are read when the files are written
  const int64_t opset;
  ModelProto model;
  Exporter exporter;
};

llvm::Error Writer::addInputs(func::FuncOp entry, std::vector<std::string> &names) {
  GraphProto &graph = *model.mutable_graph();
  SmallVector<SizeAttr> sizes = moduleSizes(entry);
  for (auto [i, argument] : llvm::enumerate(entry.getArguments())) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type) { // a token is an order, which that of the nodes is
      names.emplace_back();
      continue;
    }
    const int32_t number = exporter.typeNumber(type.getElementType());
    std::string name = nameOf(entry.getArgAttrDict(i), "arg" + std::to_string(i));
    if (number == 0)
      return wrongType("input", name, type);
    Term term = {exporter.fresh(name), number};
    names.push_back(term.name);
    ValueInfoProto &info = *graph.add_input();
    info.set_name(term.name);
    setType(info, type, number, sizes);
    exporter.bind(argument, term);
    if (auto byDefault = entry.getArgAttrOfType<FlatSymbolRefAttr>(i, kDefaultAttr))
      exporter.initialise(term.name, copy->get().lookupSymbol<WeightOp>(byDefault));
  }
  return llvm::Error::success();
}

llvm::Error Writer::refusals() const {
  if (exporter.refused.empty() && exporter.unknownSizes.empty())
    return llvm::Error::success();
  if (exporter.refused.empty())
    return frontend::failure(
        "cannot be written as ONNX: no dim of an input tells the size " +
        frontend::listNames(std::vector<std::string>(exporter.unknownSizes.begin(), exporter.unknownSizes.end())) +
        "; --dim NAME=N fixes it");
  std::string text = "cannot be written as ONNX: ";
  for (auto [i, entry] : llvm::enumerate(exporter.refused))
    text += (i ? "; " : "") + entry.first.first + " " + entry.first.second + " (" +
            frontend::countOf(entry.second.size(), "op", "ops") + ": " + frontend::listNames(entry.second) + ")";
  return frontend::failure(text);
}

llvm::Error Writer::makeGraph() {
  decompose(copy->get());
  llvm::Expected<func::FuncOp> entry = entryOf(copy->get());
  if (!entry)
    return entry.takeError();
  model.set_ir_version(irVersionOf(opset));
  model.set_producer_name("ingot");
  OperatorSetIdProto &import = *model.add_opset_import();
  import.set_domain("");
  import.set_version(opset);
  GraphProto &graph = *model.mutable_graph();
  graph.set_name(copy->get().getName().value_or("main").str());
  // The names of inputs and outputs, before others are made.
  std::vector<std::string> inputs, outputs;
  if (llvm::Error error = addInputs(*entry, inputs))
    return error;
  for (unsigned i = 0; i != entry->getNumResults(); ++i) {
    const std::string name = nameOf(entry->getResultAttrDict(i), "result" + std::to_string(i));
    auto type = dyn_cast<RankedTensorType>(entry->getResultTypes()[i]);
    if (type && exporter.typeNumber(type.getElementType()) == 0)
      return wrongType("output", name, type);
    outputs.push_back(exporter.fresh(name));
  }
  exporter.bindSizes(*entry, inputs);
  exporter.block(entry->front());
  for (auto [value, name] : llvm::zip(entry->front().getTerminator()->getOperands(), outputs)) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      continue;
    Term term = exporter.term(value);
    NodeProto &node = *graph.add_node();
    node.set_op_type("Identity");
    node.add_input(term.name);
    node.add_output(name);
    ValueInfoProto &info = *graph.add_output();
    info.set_name(name);
    setType(info, type, term.type, moduleSizes(*entry));
  }
  if (llvm::Error error = refusals())
    return error;
  // Sizes first.
  google::protobuf::RepeatedPtrField<NodeProto> nodes;
  for (NodeProto &node : exporter.prologue)
    *nodes.Add() = std::move(node);
  for (NodeProto &node : *graph.mutable_node())
    *nodes.Add() = std::move(node);
  graph.mutable_node()->Swap(&nodes);
  return llvm::Error::success();
}

llvm::Expected<WrittenModel> Writer::write(llvm::StringRef fileName, uint64_t mostBytes) {
  llvm::StringMap<TensorProto *> tensors;
  for (TensorProto &tensor : *model.mutable_graph()->mutable_initializer())
    tensors[tensor.name()] = &tensor;
  constexpr uint64_t kTensorBytes = 32; // what a tensor takes beside its data, at most
  uint64_t total = model.ByteSizeLong();
  for (const auto &[name, weight] : exporter.weightData)
    total += rawBytes(weight) + kTensorBytes;
  WrittenModel written;
  const bool isBeside = total > mostBytes;
  if (isBeside && fileName.empty())
    return frontend::failure("the weights take " + llvm::Twine(total) + " bytes, more than an ONNX file holds (" +
                             llvm::Twine(mostBytes) + "); -o NAME puts them beside it");
  if (isBeside)
    written.besideName = (fileName + ".data").str();
  std::vector<std::pair<uint64_t, WeightOp>> beside;
  uint64_t end = 0;
  for (const auto &[name, weight] : exporter.weightData) {
    TensorProto &tensor = *tensors.lookup(name);
    const uint64_t size = rawBytes(weight);
    if (!isBeside || size < kLeastBeside) {
      llvm::Expected<std::string> raw = readWeight(weight, weights);
      if (!raw)
        return raw.takeError();
      tensor.set_raw_data(std::move(*raw));
      continue;
    }
    const uint64_t offset = llvm::alignTo(end, kPage);
    end = offset + size;
    tensor.set_data_location(TensorProto::EXTERNAL);
    addEntry(tensor, "location", written.besideName);
    addEntry(tensor, "offset", std::to_string(offset));
    addEntry(tensor, "length", std::to_string(size));
    beside.push_back({offset, weight});
  }
  if (isBeside)
    written.writeBeside = [beside, copy = copy, &store = weights](llvm::raw_ostream &os) -> llvm::Error {
      uint64_t at = 0;
      for (auto [offset, weight] : beside) {
        os.write_zeros(static_cast<unsigned>(offset - at));
        llvm::Expected<std::string> raw = readWeight(weight, store);
        if (!raw)
          return raw.takeError();
        os << *raw;
        at = offset + raw->size();
      }
      return llvm::Error::success();
    };
  if (!model.SerializeToString(&written.bytes))
    return frontend::failure("the model without its weights takes more than an ONNX file holds");
  return written;
}

} // namespace

llvm::Expected<WrittenModel> exportProgram(const Program &program, int64_t opset, llvm::StringRef fileName,
                                           uint64_t mostFileBytes) {
  Writer writer(program, opset);
  if (llvm::Error error = writer.makeGraph())
    return std::move(error);
  return writer.write(fileName, mostFileBytes);
}

} // namespace ingot::onnx

llvm::Expected<ingot::WrittenModel> ingot::writeOnnx(const Program &program, llvm::StringRef version,
                                                     llvm::StringRef fileName) {
  int64_t opset = onnx::kDefaultWrittenOpset;
  if (!version.empty() && version.getAsInteger(10, opset))
    return frontend::failure("'" + version + "' is no opset of ONNX, such as 21");
  if (opset < onnx::kOldestWrittenOpset || opset > onnx::kNewestWrittenOpset)
    return frontend::failure(llvm::formatv("opset {0} of ONNX is not written; {1} to {2} are", version,
                                           onnx::kOldestWrittenOpset, onnx::kNewestWrittenOpset)
                                 .str());
  return onnx::exportProgram(program, opset, fileName, onnx::kMostFileBytes);
}
