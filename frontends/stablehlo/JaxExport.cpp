#include "frontends/stablehlo/JaxExport.h"

#include "frontends/stablehlo/FlatBuffer.h"
#include "frontends/stablehlo/Limits.h"

namespace ingot::stablehlo {
namespace {

// The numbers of the fields of JAX's schema (Exported, AbstractValue, Effect, DisabledSafetyCheck).
enum ExportedField : unsigned {
  kSerializationVersion = 0,
  kFunctionName = 1,
  kInputs = 3,
  kResults = 5,
  kDevicesShort = 6,
  kPlatforms = 9,
  kOrderedEffects = 10,
  kUnorderedEffects = 11,
  kDisabledChecks = 12,
  kModule = 13,
  kCallingConvention = 14,
  kKept = 15,
  kUsesGlobalConstants = 16,
  kDevices = 18,
  kUniqueValues = 19,
  kInputIndices = 22,
  kResultIndices = 23,
  kJaxVersion = 26,
};
enum ValueField : unsigned { kShape = 1, kDtype = 2 };
enum EffectField : unsigned { kTypeName = 0 };
enum CheckField : unsigned { kCheckKind = 0, kCustomCallTarget = 1 };

struct Dtype {
  const char *name;
  std::optional<Element> element;
};
// By their numbers in JAX's schema.
constexpr Dtype kDtypes[] = {
    {"bool", Element::Bool},
    {"i8", Element::SI8},
    {"i16", Element::SI16},
    {"i32", Element::SI32},
    {"i64", Element::SI64},
    {"ui8", Element::UI8},
    {"ui16", Element::UI16},
    {"ui32", Element::UI32},
    {"ui64", Element::UI64},
    {"f16", Element::F16},
    {"f32", Element::F32},
    {"f64", Element::F64},
    {"c64", Element::Complex64},
    {"c128", Element::Complex128},
    {"bf16", Element::BF16},
    {"i4", Element::SI4},
    {"ui4", Element::UI4},
    {"f8_e4m3b11fnuz", Element::F8E4M3B11FNUZ},
    {"f8_e4m3fn", Element::F8E4M3FN},
    {"f8_e4m3fnuz", Element::F8E4M3FNUZ},
    {"f8_e5m2", Element::F8E5M2},
    {"f8_e5m2fnuz", Element::F8E5M2FNUZ},
    {"f0", std::nullopt},
    {"f8_e4m3", Element::F8E4M3},
    {"f8_e3m4", Element::F8E3M4},
    {"f8_e8m0fnu", Element::F8E8M0FNU},
    {"f4_e2m1fn", Element::F4E2M1FN},
    {"key_fry", std::nullopt},
    {"key_rbg", std::nullopt},
    {"key_unsafe_rbg", std::nullopt},
};

// Names and shapes are copied, and many fields may share one: what is copied in all is bounded, and each.
constexpr size_t kMaxText = 4096, kMaxTexts = size_t(64) << 20;

class ExportReader {
public:
  ExportReader(llvm::StringRef bytes, Failure &failure) : bytes(bytes), failure(failure), buffer(bytes, failure) {}

  bool frame(JaxExport &read) {
    root = buffer.root();
    if (!root)
      return false;
    std::optional<FlatVector> module = root->vector(kModule, 1);
    if (!module)
      return failure.set(0, "no container of jax.export: it has no module");
    read.module = {module->begin, module->size};
    return isBytecode(bytes.substr(module->begin, module->size)) ||
           failure.set(module->begin, "the module in the container is no MLIR bytecode");
  }

  bool rest(JaxExport &read) {
    read.serializationVersion = root->scalar<uint16_t>(kSerializationVersion).value_or(0);
    read.callingConvention = root->scalar<uint16_t>(kCallingConvention).value_or(0);
    if (read.serializationVersion > kNewestJaxExport)
      return failure.set(0, "version " + llvm::Twine(read.serializationVersion) +
                                " of jax.export's container; read are those up to " + llvm::Twine(kNewestJaxExport));
    if (read.callingConvention < kOldestCallingConvention || read.callingConvention > kNewestCallingConvention)
      return failure.set(0, "calling convention " + llvm::Twine(read.callingConvention) + " of jax.export; known are " +
                                llvm::Twine(kOldestCallingConvention) + " and " + llvm::Twine(kNewestCallingConvention));
    read.usesGlobalConstants = root->scalar<uint8_t>(kUsesGlobalConstants).value_or(0);
    read.devices = root->scalar<uint32_t>(kDevices).value_or(root->scalar<uint16_t>(kDevicesShort).value_or(1));
    return text(root->string(kFunctionName), read.functionName) && text(root->string(kJaxVersion), read.jaxVersion) &&
           strings(*root, kPlatforms, read.platforms) && values(kInputIndices, kInputs, read.inputs) &&
           values(kResultIndices, kResults, read.results) && kept(read) && effects(kOrderedEffects, read.orderedEffects) &&
           effects(kUnorderedEffects, read.unorderedEffects) && checks(read) && failure.message.empty();
  }

private:
  llvm::StringRef bytes;
  Failure &failure;
  FlatBuffer buffer;
  std::optional<FlatTable> root;
  size_t copied = 0;

  bool charge(size_t size) {
    copied += size;
    return copied <= kMaxTexts || failure.set(0, "names and shapes take more than " + llvm::Twine(kMaxTexts >> 20) + " MiB");
  }

  bool text(std::optional<llvm::StringRef> from, std::string &into) {
    if (!from)
      return failure.message.empty();
    if (from->size() > kMaxText)
      return failure.set(size_t(from->data() - bytes.data()), "a name of " + llvm::Twine(from->size()) + " bytes; at most " +
                                                                  llvm::Twine(kMaxText) + " are read");
    into = from->str();
    return charge(sizeof(std::string) + into.size());
  }

  bool strings(FlatTable &table, unsigned field, std::vector<std::string> &into) {
    std::optional<FlatVector> list = table.vector(field, 4);
    for (size_t i = 0; list && i < list->size; ++i) {
      std::optional<size_t> at = buffer.follow(list->begin + 4 * i);
      if (!at || !text(buffer.stringAt(*at), into.emplace_back()))
        return false;
    }
    return failure.message.empty();
  }

  // Calls `each` for each table of a list.
  template <typename Each> bool tables(unsigned field, Each each) {
    std::optional<FlatVector> list = root->vector(field, 4);
    for (size_t i = 0; list && i < list->size; ++i) {
      std::optional<size_t> at = buffer.follow(list->begin + 4 * i);
      std::optional<FlatTable> table = at ? buffer.tableAt(*at) : std::nullopt;
      if (!table || !each(*table))
        return false;
    }
    return failure.message.empty();
  }

  bool value(FlatTable &table, JaxValue &value) {
    unsigned dtype = table.scalar<uint8_t>(kDtype).value_or(0);
    if (dtype >= std::size(kDtypes))
      return failure.set(0, "element type " + llvm::Twine(dtype) + " of jax.export; there are " +
                                llvm::Twine(std::size(kDtypes)));
    value.dtype = kDtypes[dtype].name;
    value.element = kDtypes[dtype].element;
    if (!charge(sizeof(JaxValue)) || !strings(table, kShape, value.shape))
      return false;
    return value.shape.size() <= kMaxRank || failure.set(0, "a value of rank " + llvm::Twine(value.shape.size()) +
                                                                "; at most " + llvm::Twine(kMaxRank) + " are read");
  }

  bool addValue(FlatTable &table, std::vector<JaxValue> &into) { return value(table, into.emplace_back()); }

  // Newer containers list each value once, and places among these.
  bool values(unsigned indexField, unsigned field, std::vector<JaxValue> &into) {
    std::optional<FlatVector> indices = root->vector(indexField, 4);
    if (!indices || !indices->size)
      return tables(field, [&](FlatTable &table) { return addValue(table, into); });
    std::optional<FlatVector> unique = root->vector(kUniqueValues, 4);
    for (size_t i = 0; i < indices->size; ++i) {
      std::optional<uint32_t> index = buffer.scalar<uint32_t>(indices->begin + 4 * i);
      if (!index)
        return false;
      if (!unique || *index >= unique->size)
        return failure.set(indices->begin + 4 * i,
                           "value " + llvm::Twine(*index) + " of " + llvm::Twine(unique ? unique->size : 0));
      std::optional<size_t> at = buffer.follow(unique->begin + 4 * *index);
      std::optional<FlatTable> table = at ? buffer.tableAt(*at) : std::nullopt;
      if (!table || !addValue(*table, into))
        return false;
    }
    return failure.message.empty();
  }

  bool kept(JaxExport &read) {
    std::optional<FlatVector> list = root->vector(kKept, 2);
    for (size_t i = 0; list && i < list->size; ++i) {
      std::optional<uint16_t> index = buffer.scalar<uint16_t>(list->begin + 2 * i);
      if (!index)
        return false;
      if (*index >= read.inputs.size() || (!read.kept.empty() && *index <= read.kept.back()))
        return failure.set(list->begin + 2 * i, "input " + llvm::Twine(*index) + " of " + llvm::Twine(read.inputs.size()) +
                                                    " is kept, after " + llvm::Twine(i) + " others");
      read.kept.push_back(*index);
    }
    return failure.message.empty();
  }

  bool effects(unsigned field, std::vector<std::string> &into) {
    return tables(field, [&](FlatTable &table) { return text(table.string(kTypeName), into.emplace_back()); });
  }

  bool checks(JaxExport &read) {
    return tables(kDisabledChecks, [&](FlatTable &table) {
      JaxDisabledCheck check;
      uint8_t kind = table.scalar<uint8_t>(kCheckKind).value_or(0);
      if (kind > JaxDisabledCheck::ShapeAssertions)
        return failure.set(0, "a disabled check of kind " + llvm::Twine(unsigned(kind)));
      check.kind = JaxDisabledCheck::Kind(kind);
      if (!text(table.string(kCustomCallTarget), check.customCall))
        return false;
      read.disabledChecks.push_back(std::move(check));
      return true;
    });
  }
};

} // namespace

bool isJaxExport(llvm::StringRef start) {
  Failure failure;
  FlatBuffer buffer(start, failure);
  std::optional<FlatTable> root = buffer.root();
  if (!root)
    return false;
  std::optional<uint64_t> module = root->whereabouts(kModule);
  uint16_t convention = root->scalar<uint16_t>(kCallingConvention).value_or(0);
  if (!module || !root->whereabouts(kFunctionName) || !convention || convention > UINT8_MAX)
    return false;
  return *module + 8 > start.size() || isBytecode(start.substr(*module + 4));
}

llvm::Expected<JaxExport> readJaxExport(llvm::StringRef bytes, llvm::StringRef name) {
  Failure failure;
  JaxExport read;
  ExportReader reader(bytes, failure);
  if (reader.frame(read) && reader.rest(read))
    return read;
  return llvm::createStringError(name.str() + ": " + failure.message);
}

} // namespace ingot::stablehlo
