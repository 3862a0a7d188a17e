#include "compiler/aot/CHeader.h"

#include "runtime/abi/entries.h"
#include "runtime/abi/workspace.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/raw_ostream.h>

using namespace llvm;

namespace ingot {
namespace {

template <typename Record> Record record(const ingot_table_header *table, const ingot_span &span, uint32_t index) {
  Record value;
  ingot_read_record(table, &span, index, &value, sizeof value);
  return value;
}

StringRef stringAt(const ingot_table_header *table, uint32_t index) {
  return reinterpret_cast<const char *>(table) + table->strings.offset + index;
}

// The C type of one element; `count` of them make an element of complex types.
struct CType {
  const char *name;
  const char *note; // how to read it where the C type does not say
};
CType cTypeOf(uint32_t dtype) {
  switch (dtype) {
  case INGOT_I1:
    return {"uint8_t", "bool, 0 or 1"};
  case INGOT_I2:
  case INGOT_I4:
  case INGOT_I8:
    return {"int8_t", dtype == INGOT_I8 ? "i8" : dtype == INGOT_I4 ? "i4, one a byte" : "i2, one a byte"};
  case INGOT_I16:
    return {"int16_t", "i16"};
  case INGOT_I32:
    return {"int32_t", "i32"};
  case INGOT_I64:
    return {"int64_t", "i64"};
  case INGOT_U2:
  case INGOT_U4:
  case INGOT_U8:
    return {"uint8_t", dtype == INGOT_U8 ? "u8" : dtype == INGOT_U4 ? "u4, one a byte" : "u2, one a byte"};
  case INGOT_U16:
    return {"uint16_t", "u16"};
  case INGOT_U32:
    return {"uint32_t", "u32"};
  case INGOT_U64:
    return {"uint64_t", "u64"};
  case INGOT_F16:
    return {"uint16_t", "bits of f16"};
  case INGOT_BF16:
    return {"uint16_t", "bits of bf16"};
  case INGOT_F32:
    return {"float", "f32"};
  case INGOT_F64:
    return {"double", "f64"};
  case INGOT_C64:
    return {"float", "complex of f32, real and imaginary part in turn"};
  case INGOT_C128:
    return {"double", "complex of f64, real and imaginary part in turn"};
  default:
    return {"uint8_t", "bits of an 8-bit float"};
  }
}

// Words and macros of C and C++, and what the functions' own parameters are called.
constexpr StringLiteral kTaken =
    "alignas alignof and asm assert auto bitand bitor bool break case catch char class co_await co_return "
    "co_yield compl complex concept const const_cast consteval constexpr constinit continue decltype default "
    "delete do double dynamic_cast else enum errno explicit export extern false far float for friend goto "
    "huge i386 if imaginary inline int interface linux long mutable namespace near new noexcept noreturn not "
    "nullptr operator or pool private protected public register reinterpret_cast requires restrict return "
    "short signed sizeof small static static_assert static_cast stderr stdin stdout struct switch template "
    "this thread_local throw true try typedef typeid typename typeof typeof_unqual union unix unsigned using "
    "virtual void volatile while workspace xor ingot_pool";

// Parameter names: identifiers made of the model's names. No two are the same but for case (macros are made of them), none
// is a word or a type of C or C++, or what a C library may define as a macro: those have no lower-case letter, or stand here.
class Names {
public:
  Names() {
    SmallVector<StringRef> list;
    StringRef(kTaken).split(list, ' ', -1, /*KeepEmpty=*/false);
    words.insert_range(list);
  }
  std::string take(StringRef name) {
    const std::string identifier = asIdentifier(name, "a");
    StringRef text = identifier;
    const bool isMacro = text == text.upper() && (text.size() > 1 || text == "I");
    bool isTaken = isMacro || words.contains(text) || text.ends_with("_t") || text.ends_with("_eq");
    std::string unique = identifier;
    for (int i = 2; isTaken || !taken.insert(StringRef(unique).upper()).second; ++i) {
      unique = identifier + "_" + std::to_string(i);
      isTaken = false;
    }
    return unique;
  }

private:
  StringSet<> words, taken;
};

// Text inside a comment or string of the header must not end it.
std::string plain(StringRef text) {
  std::string out;
  for (char c : text)
    out += isPrint(c) && c != '\\' && c != '"' ? c : '?';
  for (size_t at; (at = out.find("*/")) != std::string::npos;)
    out[at] = '?';
  return out;
}

std::string upper(StringRef text) { return text.upper(); }

// Every expr's value at the largest sizes, those of an entry record where it is given.
std::vector<int64_t> valuesAtMaxima(const ingot_table_header *table, const ingot_entry &entry = {}) {
  std::vector<int64_t> sizes(table->sizes.count + 1), values(table->exprs.count + 1);
  for (uint32_t i = 0; i < table->sizes.count; ++i)
    sizes[i] = ingot_entry_bound(table, &entry, i, /*side=*/1);
  ingot_evaluate(table, sizes.data(), values.data());
  return values;
}

struct Writer {
  const ingot_table_header *table;
  std::string name;
  raw_string_ostream &os;
  std::vector<int64_t> values;

  // "[batch, 10]" for a comment.
  std::string shapeOf(const ingot_argument &argument) {
    std::string text = "[";
    for (uint32_t i = 0; i < argument.rank; ++i) {
      const uint32_t dim = ingot_read_index(table, argument.dims + i);
      const uint32_t most = argument.bounds != 0 ? ingot_read_index(table, argument.bounds - 1 + i) : dim;
      auto expr = record<ingot_expr>(table, table->exprs, dim);
      text += i ? ", " : "";
      if (expr.op == INGOT_EXPR_SIZE)
        text += plain(stringAt(table, record<ingot_size_record>(table, table->sizes, expr.lhs).name));
      else
        text += (expr.op == INGOT_EXPR_CONST ? "" : "at most ") + std::to_string(values[most]);
    }
    return text + "]";
  }

  // Of the bounds where data decides.
  uint64_t elementsOf(const ingot_argument &argument) {
    uint64_t count = argument.dtype == INGOT_C64 || argument.dtype == INGOT_C128 ? 2 : 1;
    for (uint32_t i = 0; i < argument.rank; ++i)
      count *= uint64_t(values[ingot_read_index(table, (argument.bounds != 0 ? argument.bounds - 1 : argument.dims) + i)]);
    return count;
  }

  void writeRole(const ingot_argument &argument, const std::string &parameter, const char *role) {
    os << " *   " << parameter << ": " << role << " '" << plain(stringAt(table, argument.name)) << "', " << shapeOf(argument)
       << " of " << cTypeOf(argument.dtype).note << "\n";
  }

  void writeFunction(const RunFunction &function) {
    auto entry = record<ingot_entry>(table, table->entries, function.entry);
    Names names;
    std::vector<std::string> parameters, sizeMacros;
    std::vector<std::pair<std::string, std::string>> computed;         // of data: parameter and what it is
    std::string prefix = upper(StringRef(function.name).drop_back(4)); // without "_run"
    os << "/* Run the model"
       << (ingot_entry_point_count(table) > 1 ? (" at entry point '" + plain(stringAt(table, entry.name)) + "'") : "")
       << ". Arrays are row-major and dense and do not overlap.\n";
    for (uint32_t i : sizesOfFunction(table, function.entry)) {
      auto size = record<ingot_size_record>(table, table->sizes, i);
      std::string parameter = names.take(stringAt(table, size.name));
      if (size.origin == INGOT_SIZE_OF_DATA) {
        computed.push_back({parameter, "the size '" + plain(stringAt(table, size.name)) + "' that data led to, " +
                                           std::to_string(size.min) + " to " + std::to_string(size.max)});
        continue;
      }
      os << " *   " << parameter << ": the size '" << plain(stringAt(table, size.name)) << "', " << size.min << " to "
         << size.max;
      if (size.multiple > 1)
        os << ", a multiple of " << size.multiple;
      os << "\n";
      parameters.push_back("int64_t " + parameter);
    }
    for (uint32_t i = 0; i < entry.input_count; ++i) {
      auto argument = record<ingot_argument>(table, table->arguments, entry.inputs + i);
      std::string parameter = names.take(stringAt(table, argument.name));
      bool state = argument.flags & INGOT_ARG_STATE;
      writeRole(argument, parameter, state ? "state before the call" : "input");
      if (state && argument.initial_weight == INGOT_NONE)
        os << " *     (zeros before the first call)\n";
      if (argument.flags & INGOT_ARG_DEFAULT)
        os << " *     (NULL: its default value)\n";
      if (argument.flags & INGOT_ARG_DONATED)
        os << " *     (may be the array of the state after the call, which is then written in place)\n";
      if (argument.grows != 0)
        os << " *     (the first "
           << plain(stringAt(table, record<ingot_size_record>(table, table->sizes, argument.length).name)) << " along dim "
           << argument.grows - 1 << " count, 0 before the first call; the call adds to them)\n";
      parameters.push_back(std::string("const ") + cTypeOf(argument.dtype).name + " *" + parameter);
      sizeMacros.push_back(upper(parameter) + "_MAX_ELEMENTS " + std::to_string(elementsOf(argument)));
    }
    for (uint32_t i = 0; i < entry.result_count; ++i) {
      auto argument = record<ingot_argument>(table, table->arguments, entry.results + i);
      std::string parameter = names.take(stringAt(table, argument.name));
      bool state =
          argument.becomes != 0 ||
          (argument.alias != INGOT_NONE && argument.alias < entry.input_count &&
           (record<ingot_argument>(table, table->arguments, entry.inputs + argument.alias).flags & INGOT_ARG_STATE));
      writeRole(argument, parameter, state ? "state after the call" : "result");
      parameters.push_back(std::string(cTypeOf(argument.dtype).name) + " *" + parameter);
      sizeMacros.push_back(upper(parameter) + "_MAX_ELEMENTS " + std::to_string(elementsOf(argument)));
    }
    for (const auto &[parameter, meaning] : computed) {
      os << " *   " << parameter << ": written: " << meaning << "; results that have it are dense at that size\n";
      parameters.push_back("int64_t *" + parameter);
    }
    os << " *   workspace: " << prefix << "_WORKSPACE_SIZE bytes, or " << prefix
       << "_WORKSPACE_SIZE_FOR(pool->workers) with a pool; any\n"
       << " *     alignment and content; calls at the same time need a workspace each\n"
       << " *   pool: splits the work; NULL for this thread alone\n"
       << " * Returns 0, 1 where a size is out of range" << (computed.empty() ? "" : " (computed ones, too)")
       << ", 5 where the processor lacks what the code needs. */\n";
    for (const std::string &macro : sizeMacros)
      os << "#define " << prefix << "_" << macro << "\n";
    WorkspaceBytes bytes = workspaceBytesOf(table, function.entry);
    os << "#define " << prefix << "_WORKSPACE_SIZE " << bytes.fixed + bytes.perWorker << "\n"
       << "#define " << prefix << "_WORKSPACE_SIZE_FOR(workers) (" << bytes.fixed << " + (size_t)(workers) * "
       << bytes.perWorker << ")\n";
    os << "int " << function.name << "(";
    for (const std::string &parameter : parameters)
      os << parameter << ", ";
    os << "void *workspace, const ingot_pool *pool);\n";
  }
};

} // namespace

std::vector<RunFunction> runFunctionsOf(const ingot_table_header *table, StringRef name) {
  std::vector<RunFunction> functions;
  Names names;
  const bool isOnly = ingot_entry_point_count(table) == 1;
  for (uint32_t i = 0; i < table->entries.count; i = ingot_past_specialisations(table, i)) {
    std::string entry = names.take(stringAt(table, ingot_read_entry(table, i).name));
    functions.push_back({i, isOnly ? (name + "_run").str() : (name + "_" + entry + "_run").str()});
  }
  return functions;
}

std::vector<uint32_t> sizesOfFunction(const ingot_table_header *table, uint32_t entry) {
  std::vector<uint8_t> exprs(table->exprs.count + 1), mentioned(table->sizes.count + 1);
  ingot_entry_sizes(table, entry, exprs.data(), mentioned.data());
  std::vector<uint32_t> sizes;
  for (uint32_t i = 0; i < table->sizes.count; ++i)
    if (mentioned[i])
      sizes.push_back(i);
  return sizes;
}

WorkspaceBytes workspaceBytesOf(const ingot_table_header *table, uint32_t entry) {
  WorkspaceBytes most = {0, 0};
  for (uint32_t i = entry; i < ingot_past_specialisations(table, entry); ++i) {
    std::vector<int64_t> values = valuesAtMaxima(table, ingot_read_entry(table, i));
    ingot_workspace_layout layout;
    if (ingot_lay_out_workspace(table, i, values.data(), /*pointer_bytes=*/8, &layout) != 0)
      return {0, 0};
    most = {std::max(most.fixed, layout.fixed), std::max(most.perWorker, layout.scratch_stride)};
  }
  return most;
}

std::string asIdentifier(StringRef text, StringRef before) {
  std::string name;
  for (char c : text)
    if (isAlnum(c))
      name += c;
    else if (name.empty() || name.back() != '_')
      name += '_';
  if (name.empty() || !isAlpha(name[0]))
    name.insert(0, (before + (name.empty() || name[0] == '_' ? "" : "_")).str());
  return name;
}

bool isRuntimeName(StringRef name) { return name.equals_insensitive("ingot") || name.starts_with_insensitive("ingot_"); }

bool isMadeHeader(StringRef text) {
  return text.starts_with("/* Model '") && text.split('\n').first.contains("', made by ingot ");
}

// The functions that the model calls, each once.
static std::vector<std::string> functionsOf(const ingot_table_header *table) {
  std::vector<std::string> symbols;
  for (uint32_t i = 0; i < table->kernels.count; ++i) {
    auto kernel = record<ingot_kernel_record>(table, table->kernels, i);
    if (record<ingot_variant>(table, table->variants, kernel.variants).flags & INGOT_VARIANT_FUNCTION)
      if (std::string symbol = stringAt(table, kernel.name).str(); !is_contained(symbols, symbol))
        symbols.push_back(symbol);
  }
  return symbols;
}

std::string makeHeader(const ingot_table_header *table, StringRef name) {
  std::string text;
  raw_string_ostream os(text);
  std::string guard = "INGOT_MODEL_" + upper(name) + "_H";
  os << "/* Model '" << plain(stringAt(table, table->model_name)) << "', made by " << plain(stringAt(table, table->producer))
     << " for " << plain(stringAt(table, table->triple)) << ".\n"
     << " * The object beside it needs nothing but memcpy, memmove and memset, allocates nothing and keeps no state. */\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "#ifndef INGOT_POOL_DEFINED\n#define INGOT_POOL_DEFINED\n"
     << "/* Threads a caller lends: parallel_for runs task(data, i, worker) for every i in [0, count), on any threads, and "
        "returns when\n"
     << " * all are done. worker is in [0, workers), and no two tasks run with the same worker at the same time. */\n"
     << "typedef struct ingot_pool {\n"
     << "  uint32_t struct_size; /* sizeof(ingot_pool) */\n"
     << "  int32_t workers;\n"
     << "  void *context;\n"
     << "  void (*parallel_for)(void *context, int64_t count, void (*task)(void *data, int64_t index, int32_t worker), void "
        "*data);\n"
     << "} ingot_pool;\n#endif\n\n";
  if (std::vector<std::string> functions = functionsOf(table); !functions.empty()) {
    os << "/* What the model's custom calls call, which the program defines (ingot_call_fn of <ingot/runtime.h>). The run "
          "fails with the\n"
       << " * status of one that gives another than 0. */\nstruct ingot_call;\nstruct ingot_error;\n";
    for (const std::string &function : functions)
      os << "int32_t " << function << "(const struct ingot_call *call, struct ingot_error *error);\n";
    os << "\n";
  }
  Writer writer{table, name.str(), os, valuesAtMaxima(table)};
  bool first = true;
  for (const RunFunction &function : runFunctionsOf(table, name)) {
    os << (first ? "" : "\n");
    first = false;
    writer.writeFunction(function);
  }
  os << "\n#ifdef __cplusplus\n}\n#endif\n#endif /* " << guard << " */\n";
  return text;
}

} // namespace ingot
