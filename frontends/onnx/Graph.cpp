#include "frontends/onnx/Graph.h"

#include "frontends/onnx/FixedInput.h"
#include "frontends/onnx/OpTable.h"
#include "ir/Defaults.h"
#include "ir/States.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

constexpr size_t kMaxNodes = 1 << 20;
constexpr int64_t kMaxElements = int64_t(1) << 44;

llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(std::errc::invalid_argument, "%s", message.str().c_str());
}

std::string domainOf(llvm::StringRef domain) { return domain == "ai.onnx" ? "" : domain.str(); }

std::string functionKey(llvm::StringRef domain, llvm::StringRef name, llvm::StringRef overload) {
  return domainOf(domain) + '\0' + name.str() + '\0' + overload.str();
}

template <typename Imports> Opsets readOpsets(const Imports &imports) {
  Opsets opsets;
  for (const OperatorSetIdProto &import : imports)
    opsets[domainOf(import.domain())] = import.version();
  return opsets;
}

// "'a'", or "'a', 'b', 'c' and 4 more".
std::string listNames(ArrayRef<std::string> names) {
  constexpr size_t kMost = 3;
  std::string text;
  for (const std::string &name : names.take_front(kMost))
    text += (text.empty() ? "'" : ", '") + name + "'";
  return names.size() <= kMost ? text : text + " and " + std::to_string(names.size() - kMost) + " more";
}

std::string countOf(size_t count, llvm::StringRef one, llvm::StringRef many) {
  return std::to_string(count) + " " + (count == 1 ? one : many).str();
}

// Maps from labels to scores come as the tensor of the scores, whatever type is declared.
bool isZipMapOutput(const GraphProto &graph, StringRef name) {
  return llvm::any_of(graph.node(), [&](const NodeProto &node) {
    return node.op_type() == "ZipMap" && node.domain() == "ai.onnx.ml" && node.output_size() == 1 && node.output(0) == name;
  });
}

} // namespace

GraphImporter::GraphImporter(MLIRContext &context, ModelFile &file, const ImportOptions &options, Program &program,
                             ImportNotes *notes, SizeSuggestion suggest, const llvm::StringSet<> &builtIn)
    : context(context), file(file), graph(file.model().graph()), options(options), program(program), notes(notes),
      suggest(suggest), emitter(UnknownLoc::get(&context), &context), builtIn(builtIn) {
  modelOpsets = readOpsets(file.model().opset_import());
  modelOpsets.try_emplace("", 1); // files older than opsets
  for (const FunctionProto &function : file.model().functions())
    functions[functionKey(function.domain(), function.name(), function.overload())] = &function;
}

const FunctionProto *GraphImporter::findFunction(const NodeProto &node) const {
  auto found = functions.find(functionKey(node.domain(), node.op_type(), node.overload()));
  return found == functions.end() ? nullptr : found->second;
}

Opsets GraphImporter::opsetsOf(const FunctionProto &callee) const {
  Opsets opsets = readOpsets(callee.opset_import());
  opsets.try_emplace("", modelOpsets.lookup(""));
  return opsets;
}

//===--- before any node -----------------------------------------------------------------------------------------------===//

llvm::Error GraphImporter::checkElementTypes() {
  std::vector<std::string> unsupported;
  for (const auto *list : {&graph.input(), &graph.output()})
    for (const ValueInfoProto &info : *list) {
      std::string what = (list == &graph.input() ? "input '" : "output '") + info.name() + "'";
      const TypeProto &type = info.type();
      if (list == &graph.output() && isZipMapOutput(graph, info.name()))
        continue;
      if (type.has_tensor_type() ? elementTypeOf(&context, type.tensor_type().elem_type()) != nullptr
                                 : type.value_case() == TypeProto::VALUE_NOT_SET && list == &graph.output())
        continue;
      const char *kind = type.has_sequence_type()        ? "a sequence"
                         : type.has_optional_type()      ? "an optional"
                         : type.has_map_type()           ? "a map"
                         : type.has_sparse_tensor_type() ? "a sparse tensor"
                                                         : "of no type";
      unsupported.push_back(what + " (" + (type.has_tensor_type() ? dataTypeName(type.tensor_type().elem_type()) : kind) +
                            ")");
    }
  for (const TensorProto &tensor : graph.initializer())
    if (!elementTypeOf(&context, tensor.data_type()))
      unsupported.push_back("initialiser '" + tensor.name() + "' (" + dataTypeName(tensor.data_type()) + ")");
  for (const SparseTensorProto &tensor : graph.sparse_initializer())
    unsupported.push_back("initialiser '" + tensor.values().name() + "' (a sparse tensor)");
  if (unsupported.empty())
    return llvm::Error::success();
  return failure(countOf(unsupported.size(), "tensor has an unsupported type: ", "tensors have unsupported types: ") +
                 llvm::join(unsupported, ", "));
}

void GraphImporter::collectUnsupported(ArrayRef<const NodeProto *> nodes, const Opsets &opsets, NodesByText &unsupported,
                                       llvm::StringSet<> &functionsSeen) {
  for (const NodeProto *node : nodes) {
    std::string domain = domainOf(node->domain());
    if (const FunctionProto *callee = findFunction(*node)) {
      if (!functionsSeen.insert(functionKey(domain, node->op_type(), node->overload())).second)
        continue;
      std::vector<const NodeProto *> body;
      for (const NodeProto &inner : callee->node())
        body.push_back(&inner);
      collectUnsupported(body, opsetsOf(*callee), unsupported, functionsSeen);
      continue;
    }
    for (const AttributeProto &attribute : node->attribute()) {
      std::vector<const NodeProto *> body;
      for (const NodeProto &inner : attribute.g().node())
        body.push_back(&inner);
      collectUnsupported(body, opsets, unsupported, functionsSeen);
    }
    auto version = opsets.find(domain);
    OpLookup found = findOp(domain, node->op_type(), version == opsets.end() ? 1 : version->second);
    if (found.row)
      continue;
    std::string text;
    if (!domain.empty())
      text += ", domain '" + domain + "'";
    if (!found.why.empty())
      text += ", " + found.why;
    unsupported[{node->op_type(), text}].push_back(nameOf(*node));
  }
}

llvm::Error GraphImporter::checkOps(ArrayRef<const NodeProto *> nodes) {
  NodesByText found;
  llvm::StringSet<> functionsSeen;
  collectUnsupported(nodes, modelOpsets, found, functionsSeen);
  if (found.empty())
    return llvm::Error::success();
  std::vector<std::string> unsupported;
  for (const auto &[what, names] : found)
    unsupported.push_back("'" + what.first + "' (" +
                          (names.size() == 1 ? "node " : std::to_string(names.size()) + " nodes: ") + listNames(names) +
                          what.second + ")");
  return failure(countOf(unsupported.size(), "unsupported operator: ", "unsupported operators: ") +
                 llvm::join(unsupported, ", "));
}

llvm::Expected<Entry> GraphImporter::loadEntry(const TensorProto &tensor, llvm::StringRef name) {
  llvm::Expected<WeightSource> source = loadTensor(&context, tensor, &file);
  if (!source)
    return source.takeError();
  Entry entry;
  entry.name = name.str();
  entry.type = source->type;
  if (canBeHostValue(entry.type) &&
      entry.type.getNumElements() * elementBytes(entry.type.getElementType()) <= ConstantOp::kMaxBytes) {
    llvm::Expected<std::vector<char>> bytes = readSource(*source);
    if (!bytes)
      return failure("tensor '" + name + "': " + llvm::toString(bytes.takeError()));
    entry.host = fromAttribute(attributeOf(entry.type, *bytes));
  } else {
    entry.source = std::move(*source);
  }
  return entry;
}

llvm::Error GraphImporter::declareInitializers(Scope &scope) {
  std::vector<std::string> problems;
  for (const TensorProto &tensor : graph.initializer()) {
    if (scope.count(tensor.name())) {
      problems.push_back("initialiser '" + tensor.name() + "' is defined twice");
      continue;
    }
    llvm::Expected<Entry> entry = loadEntry(tensor, tensor.name());
    if (!entry)
      problems.push_back(llvm::toString(entry.takeError()));
    scope[tensor.name()] = std::make_shared<Entry>(entry ? std::move(*entry) : Entry());
  }
  return problems.empty() ? llvm::Error::success() : failure(llvm::join(problems, "\n  "));
}

llvm::Error GraphImporter::declareFixedInputs(Scope &scope) {
  std::vector<std::string> problems;
  for (const auto &[name, text] : options.fixed) {
    auto found =
        llvm::find_if(graph.input(), [&, wanted = name](const ValueInfoProto &info) { return info.name() == wanted; });
    std::string option = "--fix " + name + "=" + text + ": ", why;
    fixedInputs.insert(name);
    if (found == graph.input().end()) {
      problems.push_back(
          option + "the model has no such input; its inputs: " +
          llvm::join(llvm::map_range(graph.input(), [](const ValueInfoProto &in) { return in.name(); }), ", "));
      continue;
    }
    if (text == "default") {
      if (!scope.count(name))
        problems.push_back(option + "the model gives no default value for that input");
      continue;
    }
    std::optional<TensorProto> tensor = fixedTensor(*found, text, &why);
    if (!tensor) {
      problems.push_back(option + "input '" + name + "' is " + dataTypeName(found->type().tensor_type().elem_type()) + ": " +
                         why);
      continue;
    }
    llvm::Expected<Entry> entry = loadEntry(*tensor, name);
    if (!entry)
      return entry.takeError();
    scope[name] = std::make_shared<Entry>(std::move(*entry));
  }
  return problems.empty() ? llvm::Error::success() : failure(llvm::join(problems, "\n  "));
}

llvm::Error GraphImporter::bindKnownInputs(std::vector<GraphInput> &inputs) {
  // One without a name belongs to the next input that the caller feeds and that no other names; those with a default come
  // last.
  SmallVector<GraphInput *> places;
  for (bool optional : {false, true})
    for (GraphInput &input : inputs)
      if ((input.fallback != nullptr) == optional)
        places.push_back(&input);
  auto isTaken = [&](llvm::StringRef name) {
    return llvm::any_of(options.knownInputs, [&](const InputShape &known) { return known.name == name; }) ||
           llvm::any_of(options.aliases, [&](const auto &alias) { return alias.first == name; });
  };
  size_t next = 0;
  for (const InputShape &known : options.knownInputs) {
    GraphInput *input = nullptr;
    if (known.name.empty()) {
      while (next < places.size() && isTaken(places[next]->info->name()))
        ++next;
      if (next < places.size())
        input = places[next++];
    }
    for (GraphInput &candidate : inputs)
      if (!known.name.empty() && candidate.info->name() == known.name)
        input = &candidate;
    if (!input)
      return failure(
          known.name.empty()
              ? "more inputs are given than the model has; its inputs: " +
                    llvm::join(llvm::map_range(inputs, [](const GraphInput &in) { return in.info->name(); }), ", ")
              : "the model has no input '" + known.name + "'; its inputs: " +
                    llvm::join(llvm::map_range(inputs, [](const GraphInput &in) { return in.info->name(); }), ", "));
    if (input->known)
      return failure("input '" + input->info->name() + "' was given twice");
    input->fed = true;
    if (!known.sized)
      continue;
    Type elementType = elementTypeOf(&context, input->info->type().tensor_type().elem_type());
    if (known.dtype && known.dtype != dtypeOf(elementType))
      return failure("input '" + input->info->name() + "' was given as " +
                     describeType(makeTensorType(known.dims, ingot::elementTypeOf(&context, known.dtype)), {}) +
                     ", but has the element type " + dataTypeName(input->info->type().tensor_type().elem_type()));
    input->known = &known;
  }
  return llvm::Error::success();
}

llvm::Error GraphImporter::listArguments(Scope &scope) {
  llvm::StringSet<> names;
  for (const ValueInfoProto &info : graph.input()) {
    if (!names.insert(info.name()).second)
      return failure("input '" + info.name() + "' is defined twice");
    EntryRef initialiser = scope.lookup(info.name());
    bool constant = fixedInputs.contains(info.name()) || builtIn.contains(info.name()) || file.model().ir_version() < 4;
    if (!initialiser) {
      arguments.push_back({&info, nullptr, nullptr, false});
    } else if (!constant && initialiser->type) {
      // A value that is fed has the default's shape.
      ValueInfoProto &shaped = defaultInfos.emplace_back(info);
      auto *shape = shaped.mutable_type()->mutable_tensor_type()->mutable_shape();
      shape->clear_dim();
      for (int64_t dim : initialiser->type.getShape())
        shape->add_dim()->set_dim_value(dim);
      arguments.push_back({&shaped, nullptr, initialiser, false});
    }
  }
  if (llvm::Error error = bindKnownInputs(arguments))
    return error;
  if (!options.openDefaults)
    llvm::erase_if(arguments, [](const GraphInput &input) { return input.fallback && !input.fed; });
  return llvm::Error::success();
}

llvm::Error GraphImporter::declareInputs(Scope &scope) {
  if (llvm::Error error = listArguments(scope))
    return error;
  llvm::Expected<ResolvedInputs> resolved = resolveInputs(&context, arguments, options, suggest);
  if (!resolved)
    return resolved.takeError();
  sizes = resolved->sizes;

  SmallVector<Type> types;
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    Type elementType = elementTypeOf(&context, argument.info->type().tensor_type().elem_type());
    RankedTensorType type = makeTensorType(resolved->dims[index], elementType);
    auto bounds = rangeOfExpr(numElementsExpr(type), sizes);
    if (!bounds || bounds->second > kMaxElements)
      return failure("input '" + argument.info->name() + "' (" + describeType(type, sizes) + ") has too many elements");
    types.push_back(type);
  }
  function.setType(FunctionType::get(&context, types, {}));
  Block *block = function.addEntryBlock();
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    auto entry = std::make_shared<Entry>();
    entry->name = argument.info->name();
    entry->value = block->getArgument(index);
    entry->type = cast<RankedTensorType>(types[index]);
    function.setArgAttr(index, kNameAttr, StringAttr::get(&context, entry->name));
    const InputShape *known = argument.known;
    if (argument.fallback) {
      // The weight holds the default alone: what reads the input reads the argument.
      emitter.setInsertionPoint(function);
      Entry &initialiser = *argument.fallback;
      std::string symbol;
      if (initialiser.source) {
        symbol = addWeightOp(*initialiser.source, entry->name);
      } else {
        WeightSource source;
        source.type = initialiser.type;
        source.bytes = bytesOf(toAttribute(*initialiser.host));
        symbol = addWeightOp(std::move(source), entry->name);
      }
      function.setArgAttr(index, kDefaultAttr, FlatSymbolRefAttr::get(&context, symbol));
      if (notes)
        notes->defaultInputs.push_back(entry->name);
      if (initialiser.host && !argument.fed) {
        entry->host = initialiser.host;
        entry->host->fromInput = true;
        entry->knownInputs = {static_cast<unsigned>(index)};
      }
    }
    if (options.specialise && known && canBeHostValue(entry->type) &&
        known->bytes.size() ==
            static_cast<size_t>(entry->type.getNumElements() * elementBytes(entry->type.getElementType()))) {
      entry->host = fromAttribute(attributeOf(entry->type, known->bytes));
      entry->host->fromInput = true;
      entry->knownInputs = {static_cast<unsigned>(index)};
    }
    scope[entry->name] = entry;
  }
  emitter.setInsertionPointToEnd(block);
  return llvm::Error::success();
}

//===--- values --------------------------------------------------------------------------------------------------------===//

Value GraphImporter::inPrologue(llvm::function_ref<Value()> build) {
  OpBuilder::InsertionGuard guard(emitter);
  Location loc = emitter.getLoc();
  Block *block = &function.getBody().front();
  if (lastOfPrologue)
    emitter.setInsertionPointAfter(lastOfPrologue);
  else
    emitter.setInsertionPointToStart(block);
  Value value = build();
  if (emitter.getInsertionPoint() != block->begin())
    lastOfPrologue = &*std::prev(emitter.getInsertionPoint());
  emitter.setLoc(loc);
  return value;
}

std::string GraphImporter::uniqueSymbol(llvm::StringRef hint) {
  std::string symbol;
  for (char c : hint)
    symbol += llvm::isAlnum(c) || c == '_' || c == '.' || c == '$' || c == '-' ? c : '_';
  if (symbol.empty() || llvm::isDigit(symbol[0]) || symbol[0] == '-')
    symbol = "w" + symbol;
  std::string unique = symbol;
  for (unsigned i = 1; !symbols.insert(unique).second; ++i)
    unique = symbol + "_" + std::to_string(i);
  return unique;
}

func::FuncOp GraphImporter::decomposition(llvm::StringRef name, DictionaryAttr attributes, TypeRange types,
                                          llvm::function_ref<SmallVector<Value>(ArrayRef<Value>)> build) {
  std::string key;
  llvm::raw_string_ostream text(key);
  text << name << ' ' << attributes;
  for (Type type : types)
    text << ' ' << type;
  func::FuncOp &body = decompositions[key];
  if (body)
    return body;
  OpBuilder::InsertionGuard guard(emitter);
  emitter.setInsertionPoint(function);
  body = func::FuncOp::create(emitter, uniqueSymbol(name), FunctionType::get(&context, types, {}));
  body.setPrivate();
  Block *block = body.addEntryBlock();
  emitter.setInsertionPointToEnd(block);
  SmallVector<Value> results = build(llvm::to_vector_of<Value>(block->getArguments()));
  func::ReturnOp::create(emitter, results);
  body.setType(FunctionType::get(&context, types, ValueRange(results).getTypes()));
  return body;
}

std::string GraphImporter::addWeightOp(WeightSource source, llvm::StringRef hint) {
  std::string unique = uniqueSymbol(hint);
  RankedTensorType type = source.type;
  std::string key = program.weights.add(unique, std::move(source));
  OpBuilder::InsertionGuard guard(emitter);
  emitter.setInsertionPoint(function);
  WeightOp::create(emitter, unique, StringAttr::get(&context, "private"), type, SourceAttr::get(&context, key, type),
                   ArrayAttr::get(&context, {}));
  return unique;
}

Value GraphImporter::addWeight(WeightSource source, llvm::StringRef hint) {
  RankedTensorType type = source.type;
  return GetWeightOp::create(emitter, type, addWeightOp(std::move(source), hint));
}

Value GraphImporter::materialiseAttribute(DenseElementsAttr attribute, llvm::StringRef hint) {
  int64_t bytes = attribute.getNumElements() * elementBytes(attribute.getElementType());
  if (attribute.isSplat() || bytes <= ConstantOp::kMaxBytes)
    return ConstantOp::create(emitter, attribute);
  WeightSource source;
  source.type = cast<RankedTensorType>(attribute.getType());
  source.bytes = bytesOf(attribute);
  return addWeight(std::move(source), hint);
}

Value GraphImporter::materialise(Entry &entry) {
  if (entry.value)
    return entry.value;
  entry.value = inPrologue([&]() -> Value {
    emitter.setLoc(NameLoc::get(StringAttr::get(&context, entry.name)));
    if (entry.source)
      return addWeight(*entry.source, entry.name);
    const HostValue &host = *entry.host;
    if (host.isConstant())
      return materialiseAttribute(toAttribute(host), entry.name);
    if (host.size() == 1)
      return emitter.reshape(emitter.sizeOf(host.ints[0], host.type.getElementType()), dimExprs(host.type));
    SmallVector<Value> parts;
    for (AffineExpr element : host.ints)
      parts.push_back(emitter.reshape(emitter.sizeOf(element, host.type.getElementType()), emitter.number(1)));
    return emitter.reshape(emitter.concat(parts, 0), dimExprs(host.type));
  });
  return entry.value;
}

std::vector<std::string> GraphImporter::inputsBehind(Value value) const {
  SetVector<Value> seen;
  seen.insert(value);
  std::vector<std::string> names;
  for (size_t i = 0; i != seen.size(); ++i) {
    if (auto argument = dyn_cast<BlockArgument>(seen[i])) {
      Operation *parent = argument.getOwner()->getParentOp();
      if (parent == function)
        names.push_back(arguments[argument.getArgNumber()].info->name());
      else if (parent)
        seen.insert(parent->operand_begin(), parent->operand_end());
      continue;
    }
    Operation *op = seen[i].getDefiningOp();
    op->walk([&](Operation *inner) { seen.insert(inner->operand_begin(), inner->operand_end()); });
  }
  llvm::sort(names);
  return names;
}

void GraphImporter::noteSpecialised(const Entry &entry) {
  if (!notes)
    return;
  for (unsigned index : entry.knownInputs)
    if (const std::string &name = arguments[index].info->name(); !llvm::is_contained(notes->specialisedInputs, name))
      notes->specialisedInputs.push_back(name);
}

//===--- nodes ---------------------------------------------------------------------------------------------------------===//

void GraphImporter::fail(const NodeProto &node, Scope &scope, const llvm::Twine &message) {
  if (!message.isTriviallyEmpty())
    errors.push_back({nameOf(node), node.op_type(), message.str()});
  for (const std::string &output : node.output())
    if (!output.empty()) {
      auto entry = std::make_shared<Entry>();
      entry->failed = true;
      entry->name = output;
      scope[output] = entry;
    }
}

void GraphImporter::define(NodeContext &node, Scope &scope, ArrayRef<std::optional<HostValue>> known,
                           ArrayRef<unsigned> from, std::string deferredError) {
  std::string problem;
  for (int i = 0; i != node.node.output_size(); ++i) {
    if (!node.wants(i))
      continue;
    NodeContext::Output &output = node.outputs[i];
    if (output.entry) {
      scope[node.node.output(i)] = output.entry;
      continue;
    }
    auto entry = std::make_shared<Entry>();
    entry->name = node.node.output(i);
    entry->value = output.value;
    entry->host = output.host;
    if (!known.empty() && known[i]) {
      entry->host = known[i];
      entry->host->fromInput = true;
      entry->knownInputs.assign(from.begin(), from.end());
      entry->deferredError = deferredError;
    }
    if (!entry->value && !entry->host) {
      problem = "output " + std::to_string(i) + " ('" + entry->name + "') is not supported";
      break;
    }
    entry->type = entry->value ? cast<RankedTensorType>(entry->value.getType()) : entry->host->type;
    if (entry->type.getRank() > 16) {
      problem = "output '" + entry->name + "' has more than 16 dims";
      break;
    }
    for (AffineExpr dim : dimExprs(entry->type))
      if (auto bounds = rangeOfExpr(dim, sizes); !bounds || bounds->first < 0)
        problem = "output '" + entry->name + "' has a dim that can be negative: " + describeType(entry->type, sizes);
    auto bounds = rangeOfExpr(numElementsExpr(entry->type), sizes);
    if (problem.empty() && (!bounds || bounds->second > kMaxElements))
      problem = "output '" + entry->name + "' (" + describeType(entry->type, sizes) + ") has too many elements";
    if (!problem.empty())
      break;
    scope[entry->name] = entry;
  }
  if (!problem.empty())
    fail(node.node, scope, problem);
}

void GraphImporter::importNode(const NodeProto &node, Scope &scope, const Opsets &opsets, unsigned depth) {
  if (++nodesImported > kMaxNodes) {
    if (nodesImported == kMaxNodes + 1)
      fail(node, scope, "more than " + llvm::Twine(kMaxNodes) + " nodes");
    else
      fail(node, scope, "");
    return;
  }
  SmallVector<EntryRef> inputs;
  bool fromInput = false;
  SmallVector<unsigned> from;
  for (const std::string &name : node.input()) {
    EntryRef entry = name.empty() ? nullptr : scope.lookup(name);
    if (entry && entry->failed)
      return fail(node, scope, "");
    if (entry && entry->host && entry->host->fromInput) {
      fromInput = true;
      from.append(entry->knownInputs.begin(), entry->knownInputs.end());
    }
    inputs.push_back(entry);
  }
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
  if (const FunctionProto *callee = findFunction(node))
    return inlineFunction(node, *callee, scope, depth);

  emitter.setLoc(NameLoc::get(StringAttr::get(&context, nameOf(node))));
  auto version = opsets.find(domainOf(node.domain()));
  int64_t opset = version == opsets.end() ? 1 : version->second;
  const OpRow *row = findOp(node.domain(), node.op_type(), opset).row;
  if (!row)
    return fail(node, scope, "unsupported operator");
  for (const EntryRef &input : inputs)
    if (input && !input->isTensor() && !row->takesLists)
      return fail(node, scope, "takes no sequences and optionals");
  Surroundings around{scope, opsets, depth};
  NodeContext nodeContext(*this, node, opset, inputs, emitter);
  nodeContext.around = &around;
  std::vector<std::optional<HostValue>> known;
  if (evaluateOnHost(nodeContext) && nodeContext.errors.empty()) {
    // Shape and Size read no elements.
    if (!fromInput || node.op_type() == "Shape" || node.op_type() == "Size")
      return define(nodeContext, scope, {}, {}, "");
    for (NodeContext::Output &output : nodeContext.outputs)
      known.push_back(std::move(output.host));
  }
  nodeContext.outputs.assign(node.output_size(), {});
  nodeContext.errors.clear();
  LogicalResult imported = row->import(nodeContext);
  if (succeeded(imported) && nodeContext.errors.empty())
    return define(nodeContext, scope, known, from, "");
  std::string message = llvm::join(nodeContext.errors, "; ");
  if (message.empty() && nodeContext.errorsReported)
    return fail(node, scope, "");
  if (known.empty())
    return fail(node, scope, message.empty() ? "cannot be imported" : message);
  nodeContext.outputs.assign(node.output_size(), {});
  define(nodeContext, scope, known, from,
         "reads the output of node '" + nameOf(node) + "' (" + node.op_type() + "): " + message);
}

void GraphImporter::importNodes(ArrayRef<const NodeProto *> nodes, Scope &scope, const Opsets &opsets, unsigned depth) {
  for (const NodeProto *node : nodes)
    importNode(*node, scope, opsets, depth);
}

//===--- after the nodes -----------------------------------------------------------------------------------------------===//

llvm::Error GraphImporter::applyAliases() {
  llvm::DenseMap<unsigned, AffineExpr> nextLengths; // by size
  for (const auto &[input, output] : options.aliases) {
    auto find = [](const auto &list, const std::string &name, auto get) {
      for (auto [index, item] : llvm::enumerate(list))
        if (get(item) == name)
          return static_cast<int>(index);
      return -1;
    };
    std::string option = "--alias " + input + "=" + output;
    int in = find(arguments, input, [](const GraphInput &argument) { return argument.info->name(); });
    int out = find(graph.output(), output, [](const ValueInfoProto &info) { return info.name(); });
    if (in < 0 || out < 0)
      return failure(option + ": the model has no " + (in < 0 ? "input '" + input : "output '" + output) + "'");
    auto from = cast<RankedTensorType>(function.getFunctionType().getResult(out));
    auto to = cast<RankedTensorType>(function.getArgumentTypes()[in]);
    std::string why;
    std::optional<Growth> growth = findGrowth(to, from, sizes, &why);
    if (from != to && !growth)
      return failure(option + ": the input is " + describeType(to, sizes) + ", the output " + describeType(from, sizes) +
                     ": " + why);
    if (growth) {
      AffineExpr &next = nextLengths[growth->size];
      if (next && !sameExpr(next, growth->next))
        return failure(option + ": the state would hold " + describeExpr(growth->next, sizes) +
                       " after a call, another one of '" + sizes[growth->size].getName() + "' " + describeExpr(next, sizes));
      next = growth->next;
    }
    if (function.getArgAttr(in, kStateAttr))
      return failure(option + ": the input is named by another --alias");
    function.setArgAttr(in, kStateAttr, Builder(&context).getI64IntegerAttr(out));
  }
  return llvm::Error::success();
}

llvm::Error GraphImporter::finish(Scope &scope) {
  SmallVector<Value> results;
  llvm::StringSet<> names;
  emitter.setLoc(UnknownLoc::get(&context));
  for (const ValueInfoProto &info : graph.output()) {
    if (!names.insert(info.name()).second)
      return failure("output '" + info.name() + "' is listed twice");
    Entry &entry = *scope.lookup(info.name());
    if (!entry.value && entry.host && entry.host->fromInput)
      return failure("output '" + info.name() + "' " + entry.deferredError);
    if (!entry.isTensor())
      return failure("output '" + info.name() + "' is a sequence or an optional");
    results.push_back(materialise(entry));
    const TypeProto::Tensor &declared = info.type().tensor_type();
    if (info.type().has_tensor_type() && elementTypeOf(&context, declared.elem_type()) != entry.type.getElementType())
      return failure("output '" + info.name() + "' is declared as " + dataTypeName(declared.elem_type()) +
                     ", but computed as " + describeType(entry.type, sizes));
  }
  func::ReturnOp::create(emitter, results);
  function.setType(FunctionType::get(&context, function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [index, info] : llvm::enumerate(graph.output()))
    function.setResultAttr(index, kNameAttr, StringAttr::get(&context, info.name()));
  if (!requirements.empty()) {
    SmallVector<Attribute> maps;
    for (AffineExpr expr : requirements)
      maps.push_back(AffineMapAttr::get(AffineMap::get(0, sizes.size(), expr)));
    (*program.module)->setAttr(kRequiresAttr, ArrayAttr::get(&context, maps));
  }
  return applyAliases();
}

// Nodes of one operator with one message in one line.
llvm::Error GraphImporter::nodeErrors() const {
  NodesByText alike;
  for (const NodeError &error : errors)
    alike[{error.op, error.message}].push_back(error.name);
  std::vector<std::string> lines;
  for (const auto &[what, names] : alike)
    lines.push_back((names.size() == 1 ? "node " : std::to_string(names.size()) + " nodes ") + listNames(names) + " (" +
                    what.first + "): " + what.second);
  if (errors.size() == 1)
    return failure(lines.front());
  return failure(llvm::Twine(errors.size()) + " nodes cannot be imported:\n  " + llvm::join(lines, "\n  "));
}

llvm::Error GraphImporter::run() {
  if (graph.node_size() > static_cast<int>(kMaxNodes))
    return failure("the graph has " + llvm::Twine(graph.node_size()) + " nodes, more than " + llvm::Twine(kMaxNodes));
  if (graph.output_size() == 0)
    return failure("the graph has no outputs");

  llvm::StringSet<> defined;
  for (const ValueInfoProto &info : graph.input())
    defined.insert(info.name());
  for (const TensorProto &tensor : graph.initializer())
    defined.insert(tensor.name());
  for (const SparseTensorProto &tensor : graph.sparse_initializer())
    defined.insert(tensor.values().name());
  std::vector<std::string> outputs;
  for (const ValueInfoProto &info : graph.output())
    outputs.push_back(info.name());
  llvm::Expected<std::vector<const NodeProto *>> order =
      orderNodes(graph.node(), [&](llvm::StringRef name) { return defined.contains(name); }, outputs);
  if (!order)
    return order.takeError();
  // All that is wrong with operators and types is told at once, with the sizes that are not known where all types are.
  llvm::Error wrongOps = checkOps(*order), wrongTypes = checkElementTypes();
  bool typed = !wrongTypes;
  llvm::Error problems = llvm::joinErrors(std::move(wrongOps), std::move(wrongTypes));

  program.module = ModuleOp::create(UnknownLoc::get(&context));
  emitter.setInsertionPointToEnd(program.module->getBody());
  function = func::FuncOp::create(emitter, "main", FunctionType::get(&context, {}, {}));
  function->setAttr(kEntryAttr, UnitAttr::get(&context));
  symbols.insert("main");

  Scope scope;
  if (typed) {
    problems = llvm::joinErrors(std::move(problems), declareInitializers(scope));
    problems = llvm::joinErrors(std::move(problems), declareFixedInputs(scope));
    otherProblems = static_cast<bool>(problems);
    problems = llvm::joinErrors(std::move(problems), declareInputs(scope));
  }
  if (problems)
    return problems;
  SmallVector<Attribute> sizeAttributes(sizes.begin(), sizes.end());
  (*program.module)->setAttr(kSizesAttr, ArrayAttr::get(&context, sizeAttributes));
  (*program.module)->setAttr(kNumericsAttr, StringAttr::get(&context, options.numerics));
  importNodes(*order, scope, modelOpsets, 0);
  if (notes)
    for (const NodeError &error : errors)
      notes->refusedNodes.push_back({error.op, error.message});
  if (!errors.empty())
    return nodeErrors();
  return finish(scope);
}

} // namespace ingot::onnx
