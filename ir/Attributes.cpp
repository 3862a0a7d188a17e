#include "ir/Dialect.h"
#include "ir/Types.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include <array>

using namespace mlir;

#define GET_ATTRDEF_CLASSES
#include "ir/Attributes.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "ir/ValueTypes.cpp.inc"

namespace ingot {

void IngotDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "ir/ValueTypes.cpp.inc"
      >();
}

void IngotDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/Attributes.cpp.inc"
      >();
}

//--- DimsAttr: `<[s0, 256]>`

// Sizes a module may have; the names the parser knows.
static constexpr unsigned kMaxSizes = 64;

Attribute DimsAttr::parse(AsmParser &parser, Type) {
  static const std::array<std::string, kMaxSizes> names = [] {
    std::array<std::string, kMaxSizes> list;
    for (unsigned i = 0; i != kMaxSizes; ++i)
      list[i] = "s" + std::to_string(i);
    return list;
  }();
  SmallVector<std::pair<StringRef, AffineExpr>> symbols;
  for (unsigned i = 0; i != kMaxSizes; ++i)
    symbols.push_back({names[i], getAffineSymbolExpr(i, parser.getContext())});
  SmallVector<AffineExpr> exprs;
  auto parseDim = [&]() -> ParseResult {
    AffineExpr expr;
    if (parser.parseAffineExpr(symbols, expr))
      return failure();
    exprs.push_back(simplifyExpr(expr));
    return success();
  };
  if (parser.parseLess() || parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseDim) || parser.parseGreater())
    return {};
  return get(parser.getContext(), exprs);
}

void DimsAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getExprs(), printer.getStream(), [&](AffineExpr expr) { printer.getStream() << expr; });
  printer << "]>";
}

LogicalResult DimsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type, function_ref<InFlightDiagnostic()> emitError) const {
  ArrayRef<AffineExpr> exprs = getExprs();
  if (exprs.size() != shape.size())
    return emitError() << "#ingot.dims has " << exprs.size() << " expressions for a tensor of rank " << shape.size();
  bool isDynamic = false;
  for (auto [index, expr] : llvm::enumerate(exprs)) {
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    if (!expr.isSymbolicOrConstant())
      return emitError() << "#ingot.dims expression " << index << " is not over sizes alone";
    if (ShapedType::isDynamic(shape[index]) == bool(constant) || (constant && constant.getValue() != shape[index]))
      return emitError() << "#ingot.dims expression " << index << " is " << describeExpr(expr, {}) << ", but the dim is "
                         << (constant && !ShapedType::isDynamic(shape[index]) ? std::to_string(shape[index])
                             : constant                                       ? std::string("dynamic")
                                                                              : std::string("static"));
    isDynamic |= !constant;
  }
  if (!isDynamic)
    return emitError() << "#ingot.dims belongs only on tensors with a dynamic dim";
  return success();
}

//--- SizeAttr: `<"batch", 1 to 64>`, `<"selected", 0 to 100 data>`

Attribute SizeAttr::parse(AsmParser &parser, Type) {
  std::string name;
  int64_t min = 0, max = 0;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseString(&name) || parser.parseComma() || parser.parseInteger(min) ||
      parser.parseKeyword("to") || parser.parseInteger(max))
    return {};
  const bool isData = succeeded(parser.parseOptionalKeyword("data"));
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(location); }, parser.getContext(), name, min, max, isData);
}

void SizeAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printString(getName());
  printer << ", " << getMin() << " to " << getMax() << (getIsData() ? " data>" : ">");
}

LogicalResult SizeAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef name, int64_t min, int64_t max,
                               bool) {
  if (name.empty())
    return emitError() << "a size needs a name";
  if (min < 0 || max < min)
    return emitError() << "size '" << name << "' has the range " << min << " to " << max;
  return success();
}

//--- ConvDimsAttr: `<[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]>`

// Parses one bracket: the positions of the letters `first` and `second`, then the spatial dims by number.
static ParseResult parseConvDims(AsmParser &parser, StringRef first, StringRef second, int64_t &firstDim, int64_t &secondDim,
                                 SmallVectorImpl<int64_t> &spatial) {
  firstDim = secondDim = -1;
  int64_t position = 0;
  SmallVector<std::pair<int64_t, int64_t>> numbered;
  SMLoc location = parser.getCurrentLocation();
  auto parseEntry = [&]() -> ParseResult {
    int64_t number;
    OptionalParseResult parsed = parser.parseOptionalInteger(number);
    if (parsed.has_value()) {
      if (failed(*parsed))
        return failure();
      numbered.push_back({number, position++});
      return success();
    }
    if (succeeded(parser.parseOptionalKeyword(first)))
      firstDim = position++;
    else if (succeeded(parser.parseOptionalKeyword(second)))
      secondDim = position++;
    else
      return parser.emitError(parser.getCurrentLocation())
             << "expected '" << first << "', '" << second << "' or the number of a spatial dim";
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseEntry))
    return failure();
  llvm::sort(numbered);
  for (auto [index, entry] : llvm::enumerate(numbered)) {
    if (entry.first != int64_t(index))
      return parser.emitError(location) << "spatial dims must be numbered 0, 1, ... once each";
    spatial.push_back(entry.second);
  }
  if (firstDim < 0 || secondDim < 0 || position != int64_t(spatial.size()) + 2)
    return parser.emitError(location) << "'" << first << "' and '" << second << "' are needed once each";
  return success();
}

Attribute ConvDimsAttr::parse(AsmParser &parser, Type) {
  int64_t inputBatch, inputFeature, kernelInput, kernelOutput, outputBatch, outputFeature;
  SmallVector<int64_t> inputSpatial, kernelSpatial, outputSpatial;
  if (parser.parseLess() || parseConvDims(parser, "b", "f", inputBatch, inputFeature, inputSpatial) ||
      parser.parseKeyword("x") || parseConvDims(parser, "o", "i", kernelOutput, kernelInput, kernelSpatial) ||
      parser.parseArrow() || parseConvDims(parser, "b", "f", outputBatch, outputFeature, outputSpatial) ||
      parser.parseGreater())
    return {};
  return get(parser.getContext(), inputBatch, inputFeature, inputSpatial, kernelInput, kernelOutput, kernelSpatial,
             outputBatch, outputFeature, outputSpatial);
}

static void printConvDims(raw_ostream &stream, char first, char second, int64_t firstDim, int64_t secondDim,
                          ArrayRef<int64_t> spatial) {
  SmallVector<std::string> entries(spatial.size() + 2);
  auto set = [&](int64_t dim, std::string text) {
    if (dim >= 0 && dim < int64_t(entries.size()))
      entries[dim] = std::move(text);
  };
  set(firstDim, std::string(1, first));
  set(secondDim, std::string(1, second));
  for (auto [number, dim] : llvm::enumerate(spatial))
    set(dim, std::to_string(number));
  stream << '[';
  llvm::interleaveComma(entries, stream);
  stream << ']';
}

void ConvDimsAttr::print(AsmPrinter &printer) const {
  raw_ostream &stream = printer.getStream();
  stream << '<';
  printConvDims(stream, 'b', 'f', getInputBatch(), getInputFeature(), getInputSpatial());
  stream << 'x';
  printConvDims(stream, 'o', 'i', getKernelOutputFeature(), getKernelInputFeature(), getKernelSpatial());
  stream << "->";
  printConvDims(stream, 'b', 'f', getOutputBatch(), getOutputFeature(), getOutputSpatial());
  stream << '>';
}

} // namespace ingot
