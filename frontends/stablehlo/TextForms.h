// Pretty forms of ops, as a table; what the rows' words mean is in TextForms.cpp and, for ops with regions, TextRegions.cpp.
#ifndef INGOT_FRONTENDS_STABLEHLO_TEXTFORMS_H
#define INGOT_FRONTENDS_STABLEHLO_TEXTFORMS_H

#include "frontends/stablehlo/TextParser.h"

namespace ingot::stablehlo {

// Reads one op by its row.
struct FormReader {
  TextParser &parser;
  Op &op;
  size_t start; // of the op's name
  std::vector<TextParser::Use> uses;
  bool isTyped = false; // the types were there

  bool read(llvm::StringRef form);

  // Of the words <...>: the types behind the colon ...
  bool function();     // (T, T) -> T
  bool types();        // the same; T, T -> T; or T alone, of all operands and the one result
  bool operandTypes(); // T, T, of operands alone
  bool sameTypes();    // T, of all operands; there are no results
  bool resultType();   // T
  bool pairs();        // T, T, of operands and results
  bool tuple();        // tuple<T, T>, the result's; members are the operands'
  bool select();       // T, T, of the predicate and all others
  bool complex();      // tensor<complex>, the result's; its parts are the operands'
  bool valueResult();  // nothing: $value has the type of the result
  bool valueOperand(); // or of the operand
  // ... and parts of the form.
  bool constant();
  bool slice();
  bool convolutionDims();
  bool window();
  bool dotDims();
  bool precision();
  bool algorithm();
  bool mantissa();
  bool reduce();
  bool loop();
  bool scan();
  bool manual();
  bool regions();

  bool attribute(llvm::StringRef name, llvm::StringRef kind);
  void set(llvm::StringRef name, Attribute value) { op.attributes.push_back({name.str(), std::move(value)}); }
  // The operands are of these types, the results of those.
  bool finish(llvm::ArrayRef<TypeRef> operandTypes, llvm::ArrayRef<TypeRef> resultTypes);
  bool appliedReduction(llvm::StringRef inner, size_t at, TypeRef type);
};

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_TEXTFORMS_H
