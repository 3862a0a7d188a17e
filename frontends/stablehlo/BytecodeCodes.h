// The codes by which bytecode tells what an attribute or a type is: those of VHLO and of MLIR's builtin dialect. Enumerations of
// VHLO have theirs in the schema.
#ifndef INGOT_FRONTENDS_STABLEHLO_BYTECODECODES_H
#define INGOT_FRONTENDS_STABLEHLO_BYTECODECODES_H

#include "frontends/stablehlo/Schema.h"
#include "frontends/stablehlo/Tree.h"

namespace ingot::stablehlo::bytecode {

// What versions of the frame changed.
enum FrameVersion : unsigned {
  kDialectVersions = 1,
  kLazyRegions = 2,
  kUseLists = 3,
  kElidedLocations = 4, // of block arguments; the number of op names is told
  kProperties = 5,      // of ops, where dictionaries had all attributes
  kNewestFrame = 6,
};

// The ids of sections.
enum class Section : uint8_t {
  Strings,
  Dialects,
  Attributes,
  Offsets,
  Ops,
  Resources,
  ResourceOffsets,
  Versions,
  Properties
};
inline constexpr size_t kSectionCount = 9;

// What an op's record has, by bits.
enum OpParts : uint8_t {
  kHasAttributes = 1,
  kHasResults = 2,
  kHasOperands = 4,
  kHasSuccessors = 8,
  kHasRegions = 16,
  kHasUseLists = 32,
  kHasProperties = 64,
};

enum VhloAttribute : unsigned {
  kArray = 1,
  kBool = 2,
  kDictionary = 6,
  kFloat = 8,
  kInteger = 9,
  kOutputOperandAlias = 10,
  kString = 14,
  kTensor = 15,
  kType = 17,
  kTypeExtensions = 18,
  kResultAccuracy = 20,
  kSubAxisInfo = 21,
  kAxisRef = 22,
  kReplicaGroupMeshAxes = 23,
  kMeshAxis = 24,
  kMesh = 25,
};

enum VhloType : unsigned {
  kComplex = 1,
  kFunction = 8,
  kRankedTensor = 20,
  kRankedTensorWithEncoding = 21,
  kToken = 22,
  kTuple = 23,
  kQuantized = 24,
  kUnrankedTensor = 25,
  kWitness = 26,
  kQuantizedPerAxis = 30,
  kNone = 33,
  kRankedBuffer = 41,
  kFuture = 42,
};

// The element types that have a code of their own, and since when VHLO has them.
struct ElementCode {
  unsigned code;
  Element element;
  Version since = kOldestVersion;
};
inline constexpr ElementCode kElementCodes[] = {
    {0, Element::Bool},
    {2, Element::BF16},
    {3, Element::F16},
    {4, Element::F32},
    {5, Element::F64},
    {6, Element::F8E4M3FN},
    {7, Element::F8E5M2},
    {9, Element::Index},
    {10, Element::SI4},
    {11, Element::SI8},
    {12, Element::SI16},
    {13, Element::SI32},
    {14, Element::SI64},
    {15, Element::UI4},
    {16, Element::UI8},
    {17, Element::UI16},
    {18, Element::UI32},
    {19, Element::UI64},
    {27, Element::F8E4M3FNUZ, {0, 10}},
    {28, Element::F8E5M2FNUZ, {0, 10}},
    {29, Element::F8E4M3B11FNUZ, {0, 11}},
    {31, Element::SI2, {1, 2}},
    {32, Element::UI2, {1, 2}},
    {34, Element::TF32, {1, 6}},
    {35, Element::F8E4M3, {1, 7}},
    {36, Element::F8E3M4, {1, 7}},
    {37, Element::F4E2M1FN, {1, 8}},
    {38, Element::F6E2M3FN, {1, 8}},
    {39, Element::F6E3M2FN, {1, 8}},
    {40, Element::F8E8M0FNU, {1, 8}},
};

// Since when VHLO has other types and attributes, where it is not since its beginning.
inline constexpr Version kPerAxisSince{0, 18}, kNoneSince{1, 6}, kBufferSince{1, 13}, kFutureSince{1, 15},
    kAccuracySince{1, 9}, kMeshSince{1, 16};

enum BuiltinAttribute : unsigned {
  kBuiltinArray = 0,
  kBuiltinDictionary = 1,
  kBuiltinString = 2,
  kBuiltinStringWithType = 3,
  kBuiltinSymbol = 4,
  kBuiltinNestedSymbol = 5,
  kBuiltinTypeAttribute = 6,
  kBuiltinUnit = 7,
  kBuiltinIntegerAttribute = 8,
  kBuiltinFloat = 9,
  kCallSiteLocation = 10,
  kFileLocation = 11,
  kFusedLocation = 12,
  kFusedLocationWithMetadata = 13,
  kNameLocation = 14,
  kUnknownLocation = 15,
  kBuiltinElements = 18,
  kFileRangeLocation = 22,
};

enum BuiltinType : unsigned {
  kBuiltinInteger = 0, // its width, and above two bits of signedness
  kBuiltinIndex = 1,
  kBuiltinFunction = 2,
  kBuiltinBF16 = 3,
  kBuiltinF16 = 4,
  kBuiltinF32 = 5,
  kBuiltinF64 = 6,
  kBuiltinComplex = 9,
  kBuiltinNone = 12,
  kBuiltinTensor = 13,
  kBuiltinTuple = 15,
  kBuiltinUnrankedTensor = 18,
};
inline constexpr unsigned kBuiltinUnsigned = 2;

} // namespace ingot::stablehlo::bytecode

#endif // INGOT_FRONTENDS_STABLEHLO_BYTECODECODES_H
