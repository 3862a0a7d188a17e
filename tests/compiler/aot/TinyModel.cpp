#include "tests/compiler/aot/TinyModel.h"

#include "runtime/abi/artifact.h"

#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Target/TargetOptions.h>

#include <cstring>

using namespace llvm;

namespace ingot::test {
namespace {

// A table as it grows: strings and record arrays behind a header.
class TableWriter {
public:
  uint32_t string(const std::string &text) {
    size_t at = strings.size();
    strings += text + '\0';
    return uint32_t(at);
  }
  template <typename Record> void span(ingot_span &span, const std::vector<Record> &records) {
    body.resize((body.size() + 7) / 8 * 8);
    span = {uint32_t(sizeof(ingot_table_header) + body.size()), uint32_t(records.size()), sizeof(Record)};
    body.append(reinterpret_cast<const char *>(records.data()), records.size() * sizeof(Record));
  }
  std::string finish() {
    span(header.strings, std::vector<char>(strings.begin(), strings.end()));
    std::memcpy(header.magic, INGOT_MAGIC, sizeof header.magic);
    header.abi_version = INGOT_ABI_VERSION;
    header.struct_size = sizeof header;
    header.table_size = sizeof header + body.size();
    return std::string(reinterpret_cast<const char *>(&header), sizeof header) + body;
  }
  ingot_table_header header = {};

private:
  std::string strings = std::string(1, '\0'), body;
};

uint32_t archOf(const std::string &triple) {
  return triple.starts_with("x86_64")    ? INGOT_ARCH_X86_64
         : triple.starts_with("aarch64") ? INGOT_ARCH_AARCH64
                                         : INGOT_ARCH_RISCV64;
}

std::string makeTable(const std::string &triple, uint32_t columns, bool delay) {
  TableWriter table;
  ingot_table_header &header = table.header;
  header.arch = archOf(triple);
  header.producer = table.string("ingot test");
  header.model_name = table.string("tiny");
  header.triple = table.string(triple);
  header.numerics = table.string("strict");
  header.weights_size = columns * 4;
  uint32_t batch = table.string("batch"), x = table.string("x"), y = table.string("y:0"), w = table.string("w");
  table.span(header.sizes, std::vector<ingot_size_record>{{batch, 0, 1, 8, 1}});
  // 0: batch, 1: columns, 2: bytes of a row, 3: bytes of x and y, 4: zero
  table.span(header.exprs, std::vector<ingot_expr>{{INGOT_EXPR_SIZE, 0, 0, 0, 0},
                                                   {INGOT_EXPR_CONST, 0, 0, 0, columns},
                                                   {INGOT_EXPR_CONST, 0, 0, 0, columns * 4},
                                                   {INGOT_EXPR_MUL, 0, 2, 0, 0},
                                                   {INGOT_EXPR_CONST, 0, 0, 0, 0}});
  // 0: dims [batch, columns], 2: dims [columns], 3: operands of the kernel, 6 and 8: of the copies
  table.span(header.indices, std::vector<uint32_t>{0, 1, 1, 0, 1, 2, 4, 5, 3, 6});
  std::vector<ingot_slot> slots = {{INGOT_SLOT_INPUT, INGOT_F32, 2, 0, 3, 0, x, 0},
                                   {INGOT_SLOT_WEIGHT, INGOT_F32, 1, 2, 2, 4, w, 0},
                                   {INGOT_SLOT_RESULT, INGOT_F32, 2, 0, 3, 0, y, 0}};
  uint32_t p = table.string("p"), s = table.string("s"), q = table.string("q"), next = table.string("s");
  if (delay)
    slots.insert(slots.end(), {{INGOT_SLOT_INPUT, INGOT_F32, 1, 2, 2, 0, p, 0},
                               {INGOT_SLOT_STATE, INGOT_F32, 1, 2, 2, 1, s, 0},
                               {INGOT_SLOT_RESULT, INGOT_F32, 1, 2, 2, 0, q, 0},
                               {INGOT_SLOT_RESULT, INGOT_F32, 1, 2, 2, 1, next, 0}});
  table.span(header.slots, slots);
  ingot_variant variant = {};
  variant.grid = 0;
  variant.scratch = 2;
  variant.name = table.string("any");
  table.span(header.variants, std::vector<ingot_variant>{variant});
  ingot_kernel_record kernel = {};
  kernel.name = kernel.emitter = table.string("scale");
  kernel.variant_count = 1;
  table.span(header.kernels, std::vector<ingot_kernel_record>{kernel});
  ingot_command command = {};
  command.op = INGOT_CMD_DISPATCH;
  command.name = kernel.name;
  command.operands = 3;
  command.operand_count = 3;
  command.list_a = command.list_b = INGOT_NONE;
  std::vector<ingot_command> commands = {command};
  std::vector<ingot_command_list> lists = {{0, 1}};
  std::vector<ingot_argument> arguments = {{x, INGOT_F32, 2, 0, 3, 0, 0, INGOT_NONE, INGOT_NONE, 0},
                                           {y, INGOT_F32, 2, 0, 3, 2, 0, INGOT_NONE, INGOT_NONE, 0}};
  if (delay) {
    command.op = INGOT_CMD_COPY;
    command.kernel = 0;
    command.operand_count = 2;
    command.operands = 6;
    commands.push_back(command);
    command.operands = 8;
    commands.push_back(command);
    lists.push_back({1, 2});
    arguments.insert(arguments.end(), {{p, INGOT_F32, 1, 2, 2, 3, 0, INGOT_NONE, INGOT_NONE, 0},
                                       {s, INGOT_F32, 1, 2, 2, 4, INGOT_ARG_STATE, 1, INGOT_NONE, 0},
                                       {q, INGOT_F32, 1, 2, 2, 5, 0, INGOT_NONE, INGOT_NONE, 0},
                                       {next, INGOT_F32, 1, 2, 2, 6, 0, 1, INGOT_NONE, 0}});
  }
  table.span(header.commands, commands);
  table.span(header.lists, lists);
  table.span(header.arguments, arguments);
  ingot_entry entry = {};
  entry.name = table.string("main");
  entry.input_count = 1;
  entry.results = 1;
  entry.result_count = 1;
  entry.slot_count = 3;
  entry.arena = 3;
  std::vector<ingot_entry> entries = {entry};
  if (delay) {
    entry = {};
    entry.name = table.string("delay");
    entry.inputs = 2;
    entry.input_count = 2;
    entry.results = 4;
    entry.result_count = 2;
    entry.slots = 3;
    entry.slot_count = 4;
    entry.list = 1;
    entry.arena = 4;
    entries.push_back(entry);
  }
  table.span(header.entries, entries);
  table.span(header.weights, std::vector<ingot_weight_record>{{w, INGOT_F32, 1, 2, 0, columns * 4, 0, 0}});
  table.span(header.weight_hashes, std::vector<uint64_t>((columns * 4 + INGOT_WEIGHT_BLOCK - 1) / INGOT_WEIGHT_BLOCK));
  return table.finish();
}

std::string escaped(const std::string &bytes) {
  std::string text;
  raw_string_ostream os(text);
  for (unsigned char byte : bytes)
    os << '\\' << format_hex_no_prefix(byte, 2, true);
  return text;
}

std::string assemble(const std::string &triple, const std::string &table, uint32_t columns) {
  std::string text =
      "target triple = \"" + triple + "\"\n@ingot_table = hidden constant [" + std::to_string(table.size()) + " x i8] c\"" +
      escaped(table) + "\", section \".ingot\", align 64\n" +
      "@ingot_image = constant { i32, i32, ptr, ptr, [1 x ptr] } { i32 24, i32 1, ptr @ingot_table, ptr null, "
      "[1 x ptr] [ptr @scale] }, align 8\n" +
      R"(define internal void @scale(ptr %buffers, ptr %scalars, i64 %begin, i64 %end, ptr %scratch) nounwind {
entry:
  %wAt = getelementptr ptr, ptr %buffers, i64 1
  %yAt = getelementptr ptr, ptr %buffers, i64 2
  %x = load ptr, ptr %buffers
  %w = load ptr, ptr %wAt
  %y = load ptr, ptr %yAt
  br label %rows
rows:
  %row = phi i64 [ %begin, %entry ], [ %nextRow, %rowEnd ]
  %inside = icmp slt i64 %row, %end
  br i1 %inside, label %columns, label %done
columns:
  %column = phi i64 [ 0, %rows ], [ %nextColumn, %columns ]
  %base = mul i64 %row, COLUMNS
  %index = add i64 %base, %column
  %xp = getelementptr float, ptr %x, i64 %index
  %wp = getelementptr float, ptr %w, i64 %column
  %yp = getelementptr float, ptr %y, i64 %index
  %xv = load float, ptr %xp
  %wv = load float, ptr %wp
  %product = fmul float %xv, %wv
  store float %product, ptr %yp
  %nextColumn = add i64 %column, 1
  %more = icmp ult i64 %nextColumn, COLUMNS
  br i1 %more, label %columns, label %rowEnd
rowEnd:
  %nextRow = add i64 %row, 1
  br label %rows
done:
  ret void
}
)";
  for (size_t at; (at = text.find("COLUMNS")) != std::string::npos;)
    text.replace(at, 7, std::to_string(columns));
  return text;
}

} // namespace

TinyModel::TinyModel(const std::string &triple, uint32_t columns, float scale, bool delay) : columns(columns) {
  for (uint32_t i = 0; i < columns; ++i) {
    float value = scale * float(i + 1);
    weights.insert(weights.end(), reinterpret_cast<uint8_t *>(&value), reinterpret_cast<uint8_t *>(&value) + sizeof value);
  }
  InitializeAllTargetInfos();
  InitializeAllTargets();
  InitializeAllTargetMCs();
  InitializeAllAsmPrinters();
  LLVMContext context;
  SMDiagnostic diagnostic;
  auto module = parseAssemblyString(assemble(triple, makeTable(triple, columns, delay), columns), diagnostic, context);
  if (!module)
    report_fatal_error(diagnostic.getMessage());
  std::string message;
  const Target *target = TargetRegistry::lookupTarget(Triple(triple), message);
  if (!target)
    report_fatal_error(message.c_str());
  std::string features = triple.starts_with("riscv64") ? "+m,+a,+f,+d,+c" : "";
  TargetOptions options;
  options.MCOptions.ABIName = triple.starts_with("riscv64") ? "lp64d" : "";
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(Triple(triple), "", features, options, Reloc::PIC_));
  module->setDataLayout(machine->createDataLayout());
  SmallVector<char, 0> bytes;
  raw_svector_ostream os(bytes);
  legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, os, nullptr, CodeGenFileType::ObjectFile);
  passes.run(*module);
  object.assign(bytes.begin(), bytes.end());
}

} // namespace ingot::test
