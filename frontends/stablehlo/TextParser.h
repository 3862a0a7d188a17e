// The parser of StableHLO's text. Its parts are in the files Text*.cpp beside; all but the constructor and `parse` is for these.
#ifndef INGOT_FRONTENDS_STABLEHLO_TEXTPARSER_H
#define INGOT_FRONTENDS_STABLEHLO_TEXTPARSER_H

#include "frontends/stablehlo/Schema.h"
#include "frontends/stablehlo/Text.h"
#include "frontends/stablehlo/TextLexer.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace ingot::stablehlo {

struct FieldRow;

// Functions named parse... stand at the first token of what they read and leave behind it; they return false after they told an
// error. Those named take... read what is named where it is there, and say whether it was.
class TextParser {
public:
  TextParser(std::shared_ptr<const llvm::MemoryBuffer> file, llvm::StringRef name, const TextSection &section);
  llvm::Expected<std::unique_ptr<Module>> parse();

private:
  friend struct FormReader;

  // --- Tokens (TextParser.cpp)
  void advance() {
    behind = lexer.position;
    token = lexer.next();
  }
  size_t offset() const { return size_t(token.text.data() - lexer.text.data()); }
  // Goes (back) to a place in the text.
  void moveTo(size_t position);
  bool take(char c);
  bool takeWord(llvm::StringRef word);
  bool takeArrow();
  bool parse(char c);
  bool parseWord(llvm::StringRef word);
  bool parseArrow();
  // Skips what stands between the bracket here and its partner, both included.
  bool skipBalanced();
  // ITEM, ITEM ... CLOSE, with the opening bracket behind.
  template <typename Item> bool parseList(char close, Item item) {
    if (take(close))
      return true;
    do
      if (!item())
        return false;
    while (take(','));
    return parse(close);
  }

  // --- Errors and limits (TextParser.cpp)
  bool error(size_t offset, const llvm::Twine &message); // false
  bool expected(const llvm::Twine &what);                // "expected WHAT, found TOKEN"
  std::pair<unsigned, unsigned> lineAndColumn(size_t offset) const;
  // Counts memory that the tree takes; false where it is too much.
  bool charge(uint64_t bytes);
  // Recursion is bounded: of regions, and of attributes and types with the aliases they name.
  struct Nesting {
    Nesting(TextParser &parser, unsigned &depth) : parser(parser), depth(depth) { ++depth; }
    ~Nesting() { --depth; }
    bool isFine() const;
    TextParser &parser;
    unsigned &depth;
  };

  // --- Aliases, resources (TextParser.cpp)
  void findDefinitions();
  bool parseResources();

  // --- Numbers (TextNumbers.cpp)
  bool parseInteger(int64_t &value);                // of 64 bits, signed or not
  bool parseIntegers(std::vector<int64_t> &values); // [1, 2]
  bool parseDims(std::vector<int64_t> &values);     // [1, ?]
  bool parseNumber(double &value);
  // What stands here as a value of the type in Elements' form; complex ones as (1.0, 2.0).
  bool parseElement(Element type, std::string &bytes);

  // --- Types (TextTypes.cpp)
  bool parseType(TypeRef &type);
  bool parseTypes(std::vector<TypeRef> &types);       // T, T
  bool parseResultTypes(std::vector<TypeRef> &types); // T, or (T, T)
  bool parseFunctionType(TypeRef &type);
  bool parseTensorType(TypeRef &type, Type::Kind kind);
  bool parseShape(std::vector<int64_t> &dims, size_t &elementAt);
  bool parseElementType(Element &element);
  bool parseQuantization(Type &type);
  bool parseEncoding(std::vector<int64_t> &bounds);
  bool parseDialectType(TypeRef &type);
  bool parseAliasedType(TypeRef &type);
  TypeRef scalar(Element element);
  TypeRef tensor(std::vector<int64_t> dims, Element element);
  TypeRef combined(Type type, size_t at); // a tuple, function or future; null where it has too many parts

  // --- Attributes (TextAttributes.cpp)
  bool parseAttribute(Attribute &attribute);
  bool parseAttributeOfNumber(Attribute &attribute);
  bool parseAliasedAttribute(Attribute &attribute);
  bool parseDialectAttribute(Attribute &attribute);
  bool parseSymbol(std::string &name);
  bool parseString(std::string &text);
  bool parseEntries(std::vector<NamedAttribute> &entries); // {a = 1, b}
  bool takeEntries(std::vector<NamedAttribute> &entries) { return !token.is('{') || parseEntries(entries); }
  bool parseEnumeral(Attribute &attribute); // EQ

  // --- Structs (TextStructs.cpp): from < on; as dictionaries that stand for them
  bool parseStruct(llvm::StringRef mnemonic, Attribute &attribute);
  bool parseField(const FieldRow &field, Attribute &value);
  bool parseConvolutionDims(std::vector<NamedAttribute> &entries);
  bool parseConvolutionSide(llvm::StringRef side, llvm::StringRef first, char firstLetter, llvm::StringRef second,
                            char secondLetter, std::vector<NamedAttribute> &entries);

  // --- Constants (TextElements.cpp)
  bool parseDense(Attribute &attribute);
  bool parseDenseResource(Attribute &attribute);
  bool parseArray(Attribute &attribute);
  bool parseElements(TypeRef type, Elements &elements);
  bool parseElementList(const Type &type, size_t level, std::string &bytes);
  bool parseBlob(TypeRef type, llvm::StringRef text, size_t at, size_t skipped, Elements &elements);
  bool countOf(TypeRef type, size_t at, uint64_t &count);

  // --- Locations (TextLocations.cpp)
  bool takeLocation(LocationRef &location); // of an op that starts at `start`: what loc(...) says, else unchanged
  Location parseLocation();
  Location locationOf(llvm::StringRef alias);
  LocationRef textLocation(size_t offset);

  // --- Ops (TextOps.cpp)
  struct Use {
    llvm::StringRef name;
    unsigned number = 0; // %x#2
    size_t offset = 0;
  };
  struct Argument {
    llvm::StringRef name; // empty: none in this region
    TypeRef type = nullptr;
    size_t offset = 0;
  };
  bool startsLine() const; // nothing stands before the token on its line
  bool parseUse(Use &use);
  bool parseUses(std::vector<Use> &uses); // %a, %b; maybe none
  // The value, which must be of the type where one is given.
  bool resolve(const Use &use, TypeRef type, ValueRef &value);
  bool resolveAll(llvm::ArrayRef<Use> uses, llvm::ArrayRef<TypeRef> types, size_t at, llvm::SmallVectorImpl<ValueRef> &into);
  bool define(llvm::StringRef name, llvm::ArrayRef<ValueRef> values, size_t at, bool isUnknown);
  void endScope(size_t names);
  bool parseOp(std::vector<Op> &into);
  bool parseGenericOp(Op &op);
  bool parseGenericOperands(Op &op); // and what is behind them
  bool parsePrettyOp(Op &op);
  void addResults(Op &op, llvm::ArrayRef<TypeRef> types);
  void skipToNextOp(size_t start);
  bool parseArguments(char close, std::vector<Argument> &arguments);
  bool addArguments(Block &block, llvm::ArrayRef<Argument> arguments);
  bool parseBlockBody(Block &block);
  bool parseRegion(Region &region, llvm::ArrayRef<Argument> arguments);

  // --- Modules and functions (TextModules.cpp)
  void skipAlias();
  bool parseTop(Module &root);
  bool parseModule(Module &into);
  bool parseModuleBody(Module &into);
  bool parseModuleItem(Module &into);
  bool parseFunction(Module &into);
  bool parseSignature(Function &function, std::vector<Argument> &arguments);
  bool addGenericFunction(Op &op, Module &into, size_t at);

  // --- Pretty forms (TextForms.cpp), and what makes attributes normal (TextNormal.cpp)
  bool parseForm(Op &op, size_t at); // of op.name, from behind it on
  bool normalize(Op &op, size_t at);
  bool unknownOp(llvm::StringRef name, size_t at); // tells that there is none; false
  bool coerce(Attribute &value, AttributeKind kind, const EnumRow *enumeration);

  std::shared_ptr<const llvm::MemoryBuffer> file;
  std::string name;
  unsigned firstLine;
  TextLexer lexer;
  Token token;
  size_t behind = 0;         // the token before it
  std::vector<size_t> lines; // where each begins
  Module *module = nullptr;  // what types and values belong to
  unsigned regionDepth = 0, attributeDepth = 0, locationDepth = 0;
  uint64_t memory = 0, memoryLimit = 0;
  struct Error {
    size_t offset;
    std::string message;
  };
  std::vector<Error> errors;
  bool isExhausted = false; // a limit was passed, or there are too many errors: no more is parsed

  // Behind the = of "#name = ..." and "!name = ..." at the start of a line, and how far aliases being read are nested.
  llvm::StringMap<size_t> aliases;
  llvm::StringMap<Location> aliasedLocations;
  llvm::StringMap<size_t> resources; // where the string with a blob stands
  llvm::StringMap<TypeRef> aliasedTypes;
  llvm::DenseMap<TypeRef, uint64_t> typeParts; // how many types are within one

  struct Defined {
    llvm::SmallVector<ValueRef, 1> values;
    size_t offset = 0;
    bool isUnknown = false; // its op failed
  };
  llvm::StringMap<Defined> values;
  std::vector<llvm::StringRef> definedNames; // in order of definition: scopes end by taking their part away
};

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_TEXTPARSER_H
