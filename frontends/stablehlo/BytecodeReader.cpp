#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Bytecode.h"
#include "frontends/stablehlo/BytecodeAttributes.h"
#include "frontends/stablehlo/Limits.h"
#include "frontends/stablehlo/Upgrades.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot::stablehlo {

using namespace bytecode;

namespace {

class OpReader {
public:
  OpReader(const BytecodeFile &file, Module &root, Failure &failure)
      : file(file), root(root), failure(failure), attributes(file, root, failure) {}

  // The file's outermost block, which has the module.
  bool read() {
    Cursor at(file.ops.bytes, file.ops.offset, failure);
    scopes.emplace_back();
    scopes.back().next.push_back(0);
    uint64_t count;
    bool hasArguments;
    if (!at.numberAndFlag(count, hasArguments, "the number of ops"))
      return false;
    if (count != 1 || hasArguments)
      return at.fail("the file holds " + llvm::Twine(count) + " ops outside of a module");
    OpHead head;
    if (!this->head(at, head))
      return false;
    if (head.name != "builtin.module")
      return failure.set(head.offset, "the outermost op is '" + shown(head.name) + "', not a module");
    return moduleBody(at, head, root, 0) &&
           (at.atEnd() || at.fail(llvm::Twine(at.remaining()) + " bytes follow the module"));
  }

private:
  // The values that ops of an isolated region see, and where in them each open region goes on.
  struct Scope {
    std::vector<ValueRef> values;
    std::vector<size_t> next;
  };
  static constexpr ValueRef kUndefined = ~ValueRef(0);

  // An op without its regions. Attributes and properties are read where what they are is known.
  struct OpHead {
    uint64_t offset = 0;
    const BytecodeFile::OpName *listed = nullptr;
    std::string name;
    LocationRef location = nullptr;
    std::optional<uint64_t> dictionary, properties;
    std::vector<TypeRef> results;
    llvm::SmallVector<ValueRef, 4> operands;
    uint64_t regions = 0;
    bool isolated = false;
  };

  const BytecodeFile &file;
  Module &root;
  Failure &failure;
  BytecodeAttributes attributes;
  Module *current = nullptr; // the module that is being read, the root or one inside it
  std::vector<Scope> scopes;
  std::vector<LocationRef> *argumentLocations = nullptr; // of the function whose first block comes next

  static llvm::StringRef shown(llvm::StringRef name) { return name.take_front(80); }

  bool head(Cursor &at, OpHead &head) {
    head.offset = at.offset();
    uint64_t name, location, count;
    uint8_t parts;
    if (!at.index(name, file.opNames.size(), "op name") || !at.byte(parts, "the parts of an op") ||
        !at.index(location, file.attributes.size(), "attribute") || !attributes.location(location, head.location))
      return false;
    head.listed = &file.opNames[name];
    // Their encoding changes with every build of MLIR that writes them.
    for (llvm::StringRef dialect : {"stablehlo", "chlo", "func", "mhlo"})
      if (head.listed->dialect == dialect)
        return failure.set(head.offset, "an op of the dialect '" + dialect +
                                            "' itself: the file is no portable artifact, whose ops are those of 'vhlo' "
                                            "(StableHLO's serialize_portable_artifact writes one)");
    if (!attributes.charge(head.listed->dialect.size() + head.listed->name.size()))
      return false;
    head.name =
        head.listed->name.empty() ? head.listed->dialect.str() : (head.listed->dialect + "." + head.listed->name).str();
    if (parts & 0x80)
      return at.fail("an op has a part that is not known");
    if (parts & kHasAttributes) {
      uint64_t dictionary;
      if (!at.index(dictionary, file.attributes.size(), "attribute"))
        return false;
      head.dictionary = dictionary;
    }
    if (parts & kHasProperties) {
      uint64_t properties;
      if (file.frame < kProperties)
        return at.fail("an op has properties in version " + llvm::Twine(file.frame) + " of the bytecode");
      // Of ops that their writer did not know, properties are an attribute.
      if (!at.index(properties, head.listed->registered ? file.properties.size() : file.attributes.size(), "properties"))
        return false;
      head.properties = properties;
    }
    if (parts & kHasResults) {
      if (!at.count(count, "results") || !attributes.charge(count * sizeof(TypeRef)))
        return false;
      head.results.resize(count);
      for (TypeRef &type : head.results)
        if (!readType(at, type))
          return false;
    }
    if (parts & kHasOperands) {
      if (!at.count(count, "operands") || !attributes.charge(count * sizeof(ValueRef)))
        return false;
      head.operands.resize(count);
      Scope &scope = scopes.back();
      for (ValueRef &value : head.operands) {
        uint64_t index;
        if (!at.index(index, scope.values.size(), "value"))
          return false;
        value = scope.values[index];
        if (value == kUndefined)
          return at.fail("'" + shown(head.name) + "' reads value " + llvm::Twine(index) + " before an op gives it");
      }
    }
    if (parts & kHasSuccessors)
      return at.fail("'" + shown(head.name) + "' has blocks that follow it; ops of StableHLO have none");
    if ((parts & kHasUseLists) && !skipUseLists(at, head.results.size()))
      return false;
    if (parts & kHasRegions) {
      if (!at.numberAndFlag(head.regions, head.isolated, "the number of regions"))
        return false;
      if (head.regions > at.remaining())
        return at.fail(llvm::Twine(head.regions) + " regions where " + llvm::Twine(at.remaining()) + " bytes are left");
    }
    return true;
  }

  bool readType(Cursor &at, TypeRef &type) {
    uint64_t index;
    return at.index(index, file.types.size(), "type") && attributes.type(index, type);
  }

  // In which order the uses of values stood in memory.
  bool skipUseLists(Cursor &at, size_t values) {
    uint64_t lists = 1, ignored;
    if (values > 1 && !at.count(lists, "orders of uses"))
      return false;
    for (uint64_t i = 0; i < lists; ++i) {
      uint64_t length;
      bool pairs;
      if (values > 1 && !at.number(ignored, "a value's place"))
        return false;
      if (!at.numberAndFlag(length, pairs, "an order of uses"))
        return false;
      if (length > at.remaining())
        return at.fail("an order of " + llvm::Twine(length) + " uses where " + llvm::Twine(at.remaining()) +
                       " bytes are left");
      for (uint64_t j = 0; j < length; ++j)
        if (!at.number(ignored, "a use"))
          return false;
    }
    return true;
  }

  bool define(Cursor &at, ValueRef value) {
    Scope &scope = scopes.back();
    size_t &next = scope.next.back();
    if (next >= scope.values.size())
      return at.fail("a region gives more values than it says");
    scope.values[next++] = value;
    return true;
  }

  // A region of ops. `each` reads one op, its first byte to come.
  template <typename Each> bool regionOf(Cursor &at, unsigned depth, Each each, std::vector<Block> &blocks) {
    if (depth > kMaxRegionDepth)
      return at.fail("regions are more than " + llvm::Twine(kMaxRegionDepth) + " inside each other");
    uint64_t count, values;
    if (!at.count(count, "blocks"))
      return false;
    if (!count)
      return true;
    // Each value has at least its type.
    if (!at.count(values, "values of a region") || !attributes.charge(count * sizeof(Block) + values * sizeof(ValueRef)))
      return false;
    Scope &scope = scopes.back();
    size_t begin = scope.values.size(), scopeIndex = scopes.size() - 1;
    scope.next.push_back(begin);
    scope.values.resize(begin + values, kUndefined);
    blocks.resize(count);
    for (Block &block : blocks)
      if (!this->block(at, block, each))
        return false;
    Scope &after = scopes[scopeIndex];
    after.values.resize(begin);
    after.next.pop_back();
    return true;
  }

  template <typename Each> bool block(Cursor &at, Block &block, Each each) {
    uint64_t count;
    bool hasArguments;
    if (!at.numberAndFlag(count, hasArguments, "the number of ops"))
      return false;
    if (hasArguments) {
      uint64_t arguments;
      if (!at.count(arguments, "arguments of a block") || !attributes.charge(2 * arguments * sizeof(ValueRef)))
        return false;
      std::vector<LocationRef> *wanted = std::exchange(argumentLocations, nullptr);
      for (uint64_t i = 0; i < arguments; ++i) {
        uint64_t index, locationIndex;
        bool hasLocation = true;
        TypeRef type;
        if (file.frame >= kElidedLocations ? !at.numberAndFlag(index, hasLocation, "type") : !at.number(index, "type"))
          return false;
        if (index >= file.types.size())
          return at.fail("type " + llvm::Twine(index) + " of " + llvm::Twine(file.types.size()));
        if (!attributes.type(index, type) || (hasLocation && !at.index(locationIndex, file.attributes.size(), "attribute")))
          return false;
        if (wanted) {
          LocationRef location = current->intern(Location());
          if (hasLocation && !attributes.location(locationIndex, location))
            return false;
          wanted->push_back(location);
        }
        block.arguments.push_back(current->addValue(type));
        if (!define(at, block.arguments.back()))
          return false;
      }
      uint8_t hasUseLists = 0;
      if (file.frame >= kUseLists && !at.byte(hasUseLists, "whether uses are ordered"))
        return false;
      if (hasUseLists && !skipUseLists(at, arguments))
        return false;
    }
    if (count > at.remaining())
      return at.fail(llvm::Twine(count) + " ops where " + llvm::Twine(at.remaining()) + " bytes are left");
    for (uint64_t i = 0; i < count; ++i)
      if (!each(at, block))
        return false;
    return true;
  }

  // The regions of an op, each by `region`. Those that see no value from above are a section of their own.
  template <typename ReadRegion> bool regionsOf(Cursor &at, const OpHead &head, ReadRegion region) {
    if (!head.isolated) {
      for (uint64_t i = 0; i < head.regions; ++i)
        if (!region(at))
          return false;
      return true;
    }
    Cursor inner = at;
    uint64_t end = 0;
    if (file.frame >= kLazyRegions) {
      uint8_t id;
      uint64_t length;
      llvm::StringRef bytes;
      if (!at.byte(id, "the id of a section") || !at.number(length, "the length of a section"))
        return false;
      if (id != uint8_t(Section::Ops))
        return at.fail("a section of id " + llvm::Twine(unsigned(id)) + " for the regions of an op");
      uint64_t offset = at.offset();
      if (!at.take(length, bytes, "regions"))
        return false;
      inner = Cursor(bytes, offset, failure);
      end = offset + length;
    }
    scopes.emplace_back();
    for (uint64_t i = 0; i < head.regions; ++i)
      if (!region(inner))
        return false;
    scopes.pop_back();
    if (file.frame < kLazyRegions) {
      at = inner;
      return true;
    }
    return inner.offset() == end || inner.fail(llvm::Twine(inner.remaining()) + " bytes follow the regions of an op");
  }

  // The discardable attributes of an op; in old files all of them.
  bool dictionary(const OpHead &head, std::vector<NamedAttribute> &list) {
    if (!head.dictionary)
      return true;
    Attribute read;
    if (!attributes.copy(*head.dictionary, read))
      return false;
    if (read.kind != Attribute::Dictionary || !read.text.empty())
      return failure.set(head.offset, "the attributes of '" + shown(head.name) + "' are no dictionary");
    list = std::move(read.entries);
    return true;
  }

  // All attributes that the op's row lists, and the discardable ones.
  bool opAttributes(const OpHead &head, const OpRow &row, std::vector<NamedAttribute> &list) {
    if (!dictionary(head, list))
      return false;
    if (head.properties && head.listed->registered) {
      const BytecodeFile::Range &range = file.properties[*head.properties];
      Cursor at(range.bytes, range.offset, failure);
      for (const AttributeRow &attribute : row.attributes) {
        uint64_t index;
        Attribute value;
        if (!at.index(index, file.attributes.size(), attribute.name) || !attributes.copy(index, value) ||
            !attributes.charge(sizeof(NamedAttribute)))
          return false;
        setAttribute(list, attribute.name, std::move(value));
      }
      if (!at.atEnd())
        return at.fail("'" + shown(head.name) + "' has more properties than the " + llvm::Twine(row.attributes.size()) +
                       " of that op");
    }
    for (const AttributeRow &attribute : row.attributes) {
      auto it = llvm::find_if(list, [&](const NamedAttribute &entry) { return entry.name == attribute.name; });
      if (it == list.end())
        return failure.set(head.offset, "'" + shown(head.name) + "' has no attribute " + attribute.name);
      if (!attributes.conform(it->value, attribute, head.offset))
        return false;
    }
    return true;
  }

  // A module that holds functions, modules, and ops of foreign dialects.
  bool moduleBody(Cursor &at, const OpHead &head, Module &module, unsigned depth) {
    if (!dictionary(head, module.attributes))
      return false;
    auto takeName = [&](const Attribute &value) {
      if (value.kind != Attribute::String)
        return failure.set(head.offset, "a module's name that is no string");
      module.name = value.text;
      return true;
    };
    if (const Attribute *name = findAttribute(module.attributes, "sym_name")) {
      if (!takeName(*name))
        return false;
      llvm::erase_if(module.attributes, [](const NamedAttribute &entry) { return entry.name == "sym_name"; });
    }
    if (head.properties && head.listed->registered) {
      // Its name and its visibility, each of which may be absent.
      const BytecodeFile::Range &range = file.properties[*head.properties];
      Cursor from(range.bytes, range.offset, failure);
      uint64_t index;
      bool given;
      const Attribute *name;
      if (!from.numberAndFlag(index, given, "a module's name"))
        return false;
      if (given) {
        if (index >= file.attributes.size())
          return from.fail("attribute " + llvm::Twine(index) + " of " + llvm::Twine(file.attributes.size()));
        if (!attributes.attribute(index, name) || !takeName(*name))
          return false;
      }
    }
    if (!head.operands.empty() || !head.results.empty() || head.regions != 1)
      return failure.set(head.offset, "a module with operands, results or other than one region");
    Module *outer = std::exchange(current, &module);
    auto each = [&](Cursor &from, Block &) { return moduleMember(from, module, depth + 1); };
    bool done = regionsOf(at, head, [&](Cursor &from) {
      std::vector<Block> blocks;
      return regionOf(from, depth + 1, each, blocks);
    });
    current = outer;
    return done;
  }

  bool moduleMember(Cursor &at, Module &module, unsigned depth) {
    OpHead head;
    if (!this->head(at, head))
      return false;
    if (head.name == "builtin.module") {
      if (!attributes.charge(sizeof(Module)))
        return false;
      return moduleBody(at, head, module.addNested(), depth);
    }
    if (head.name == "vhlo.func_v1")
      return function(at, head, module, depth);
    Op op;
    if (!this->op(at, head, op, depth))
      return false;
    module.ops.push_back(std::move(op));
    return true;
  }

  bool function(Cursor &at, const OpHead &head, Module &module, unsigned depth) {
    if (!attributes.charge(sizeof(Function)))
      return false;
    Function &function = module.functions.emplace_back();
    function.location = head.location;
    if (!opAttributes(head, *findVhloOp("func_v1"), function.attributes))
      return false;
    auto take = [&](llvm::StringRef name) {
      auto it = llvm::find_if(function.attributes, [&](const NamedAttribute &entry) { return entry.name == name; });
      Attribute value = std::move(it->value);
      function.attributes.erase(it);
      return value;
    };
    function.name = take("sym_name").text;
    function.isPublic = take("sym_visibility").text != "private";
    function.type = take("function_type").type;
    if (function.type->kind != Type::Function)
      return failure.set(head.offset, "function @" + shown(function.name) + " is of the type " + spellType(function.type));
    auto lists = [&](Attribute from, size_t count, std::vector<std::vector<NamedAttribute>> &into, const char *what) {
      if (from.items.size() != count && !from.items.empty())
        return failure.set(head.offset, llvm::Twine(from.items.size()) + " " + what + " of function @" +
                                            shown(function.name) + ", which has " + llvm::Twine(count));
      bool any = false;
      for (Attribute &item : from.items) {
        if (item.kind != Attribute::Dictionary)
          return failure.set(head.offset,
                             llvm::Twine(what) + " of function @" + shown(function.name) + " are no dictionaries");
        any |= !item.entries.empty();
        into.push_back(std::move(item.entries));
      }
      if (!any)
        into.clear();
      return true;
    };
    if (!lists(take("arg_attrs"), function.type->members.size(), function.argumentAttributes, "attributes of arguments") ||
        !lists(take("res_attrs"), function.type->results.size(), function.resultAttributes, "attributes of results"))
      return false;
    if (!head.operands.empty() || !head.results.empty() || head.regions > 1)
      return failure.set(head.offset, "a function with operands, results or more than one region");
    // A function that sees no value from above is read like one that may.
    auto each = [&](Cursor &from, Block &block) { return blockMember(from, block, depth + 1, true); };
    argumentLocations = &function.argumentLocations;
    if (!regionsOf(at, head, [&](Cursor &from) { return regionOf(from, depth + 1, each, function.body.blocks); }))
      return false;
    argumentLocations = nullptr;
    if (llvm::all_of(function.argumentLocations, [](LocationRef location) { return *location == Location(); }))
      function.argumentLocations.clear();
    if (!function.body.blocks.empty() && function.body.blocks.front().arguments.size() != function.type->members.size())
      return failure.set(head.offset, "function @" + shown(function.name) + " has " +
                                          llvm::Twine(function.body.blocks.front().arguments.size()) +
                                          " arguments, its type " + llvm::Twine(function.type->members.size()));
    return true;
  }

  bool blockMember(Cursor &at, Block &block, unsigned depth, bool inFunction) {
    OpHead head;
    if (!this->head(at, head))
      return false;
    // Casts between the types of dialects are none here: the tree has one form of each type.
    if (head.name == "builtin.unrealized_conversion_cast" && head.operands.size() == head.results.size() && !head.regions) {
      for (ValueRef value : head.operands)
        if (!define(at, value))
          return false;
      return true;
    }
    Op op;
    if (!this->op(at, head, op, depth))
      return false;
    if (inFunction && op.name == "stablehlo.return")
      op.name = "func.return";
    block.ops.push_back(std::move(op));
    return true;
  }

  bool op(Cursor &at, OpHead &head, Op &op, unsigned depth) {
    if (!attributes.charge(2 * sizeof(Op) + head.results.size() * (sizeof(ValueRef) + sizeof(TypeRef))))
      return false;
    op.location = head.location;
    op.operands = std::move(head.operands);
    llvm::StringRef name = head.name;
    if (name.consume_front("vhlo.")) {
      const OpRow *row = findVhloOp(name);
      if (!row)
        return failure.set(head.offset, "'" + shown(head.name) + "' is no op of VHLO up to version " +
                                            llvm::Twine(kNewestVersion.major) + "." + llvm::Twine(kNewestVersion.minor));
      if (row->dialect == llvm::StringRef("func") && row->current == llvm::StringRef("func"))
        return failure.set(head.offset, "a function inside of a function");
      if (!opAttributes(head, *row, op.attributes))
        return false;
      op.name = (llvm::Twine(row->dialect) + "." + row->current).str();
      upgradeVersion(*current, op, *row);
    } else {
      if (head.listed->dialect == "builtin")
        return failure.set(head.offset, "'" + shown(head.name) + "' inside of a function");
      if (!dictionary(head, op.attributes))
        return false;
      op.name = head.name;
    }
    for (TypeRef type : head.results) {
      op.results.push_back(current->addValue(type));
      if (!define(at, op.results.back()))
        return false;
    }
    if (!attributes.charge(head.regions * sizeof(Region)))
      return false;
    op.regions.resize(head.regions);
    size_t region = 0;
    auto each = [&](Cursor &from, Block &block) { return blockMember(from, block, depth + 1, false); };
    return regionsOf(at, head, [&](Cursor &from) { return regionOf(from, depth + 1, each, op.regions[region++].blocks); });
  }
};

} // namespace

bool isBytecode(llvm::StringRef bytes) { return bytes.starts_with("ML\xEFR"); }

llvm::Expected<std::unique_ptr<Module>> readPortableArtifact(std::shared_ptr<const llvm::MemoryBuffer> file,
                                                             llvm::StringRef name, FileRange range) {
  Failure failure;
  BytecodeFile frame;
  auto module = std::make_unique<Module>();
  llvm::StringRef bytes = file->getBuffer().substr(range.offset, range.length);
  module->file = std::move(file);
  if (readBytecodeFile(bytes, range.offset, frame, failure) && OpReader(frame, *module, failure).read()) {
    if (frame.version)
      module->version = llvm::StringRef(frame.producer).drop_front(strlen("StableHLO_v")).str();
    upgradeModule(*module);
    return module;
  }
  return llvm::createStringError(name.str() + ": " + failure.message);
}

} // namespace ingot::stablehlo
