// Small trees for tests of readers and writers. Ops need not mean anything: neither looks at more than their form.
#pragma once

#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Bytecode.h"

namespace ingot::stablehlo::test {

inline TypeRef tensor(Module &module, std::vector<int64_t> dims, Element element = Element::F32) {
  Type type;
  type.kind = Type::Tensor;
  type.element = element;
  type.dims = std::move(dims);
  return module.intern(std::move(type));
}

inline TypeRef plain(Module &module, Type::Kind kind, std::vector<TypeRef> members = {}) {
  Type type;
  type.kind = kind;
  type.members = std::move(members);
  return module.intern(std::move(type));
}

// A constant whose bytes the module owns.
inline Attribute constant(Module &module, TypeRef type, std::string bytes, bool splat = false) {
  Attribute value;
  value.kind = Attribute::Tensor;
  value.elements.type = type;
  value.elements.bytes = module.own(std::move(bytes));
  value.elements.splat = splat;
  return value;
}

// A function of the arguments' types that returns what its last op gives.
class FunctionBuilder {
public:
  FunctionBuilder(Module &module, std::string name, std::vector<TypeRef> arguments)
      : module(module), index(module.functions.size()) {
    Function &function = module.functions.emplace_back();
    function.name = std::move(name);
    function.location = module.intern(Location());
    Block &block = function.body.blocks.emplace_back();
    for (TypeRef type : arguments)
      block.arguments.push_back(module.addValue(type));
    signature.kind = Type::Function;
    signature.members = std::move(arguments);
  }

  ValueRef argument(size_t i) { return block().arguments[i]; }

  Op &op(std::string name, std::vector<ValueRef> operands, std::vector<TypeRef> results,
         std::vector<NamedAttribute> attributes = {}) {
    Op &op = block().ops.emplace_back();
    op.name = std::move(name);
    op.location = module.intern(Location());
    op.operands.assign(operands.begin(), operands.end());
    for (TypeRef type : results)
      op.results.push_back(module.addValue(type));
    for (NamedAttribute &attribute : attributes)
      setAttribute(op.attributes, attribute.name, std::move(attribute.value));
    if (const OpRow *row = findOp(op.name))
      completeAttributes(module, op, *row);
    return op;
  }

  // A region of one block with arguments of these types.
  static Region region(Module &module, std::vector<TypeRef> arguments) {
    Region region;
    Block &block = region.blocks.emplace_back();
    for (TypeRef type : arguments)
      block.arguments.push_back(module.addValue(type));
    Op &end = block.ops.emplace_back();
    end.name = "stablehlo.return";
    end.location = module.intern(Location());
    end.operands.assign(block.arguments.begin(), block.arguments.end());
    return region;
  }

  void finish() {
    std::vector<ValueRef> results;
    if (!block().ops.empty())
      results.assign(block().ops.back().results.begin(), block().ops.back().results.end());
    for (ValueRef value : results)
      signature.results.push_back(module.typeOf(value));
    op("func.return", results, {});
    module.functions[index].type = module.intern(signature);
  }

private:
  Module &module;
  size_t index;
  Type signature;

  Block &block() { return module.functions[index].body.blocks.front(); }
};

inline llvm::Expected<std::unique_ptr<Module>> readBytes(llvm::StringRef bytes) {
  return readPortableArtifact(llvm::MemoryBuffer::getMemBufferCopy(bytes), "test");
}

} // namespace ingot::stablehlo::test
