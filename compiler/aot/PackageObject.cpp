// The object form: model, run functions, embedded interpreter and weights in one relocatable file, and its header.
#include "compiler/aot/CHeader.h"
#include "compiler/aot/Finish.h"
#include "compiler/aot/Link.h"
#include "compiler/aot/ModelObject.h"
#include "compiler/aot/RunLinker.h"

#include "runtime/abi/expr.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/ObjCopy/CommonConfig.h>
#include <llvm/ObjCopy/ConfigManager.h>
#include <llvm/ObjCopy/ObjCopy.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include <cstring>

using namespace llvm;
using namespace llvm::ELF;

namespace ingot {
namespace {

Error bug(const Twine &what) { return createStringError(inconvertibleErrorCode(), what); }

// The relocation that stores a symbol's 64-bit address.
uint32_t addressRelocation(uint16_t machine) {
  return machine == EM_X86_64 ? R_X86_64_64 : machine == EM_AARCH64 ? R_AARCH64_ABS64 : machine == EM_RISCV ? R_RISCV_64 : 0;
}

// Makes the field `weights` of ingot_image point at the symbol `ingot_weights`, where no relocation is at that place yet:
// adds an undefined symbol and a relocation. The grown sections move to the end of the file.
Error pointImageAtWeights(ElfImage &image) {
  auto indexOf = [&](const Elf64_Shdr *section) { return uint32_t(section - image.sections().data()); };
  Elf64_Shdr *symbols = image.findSection(".symtab");
  if (!symbols || symbols->sh_link >= image.sections().size())
    return bug("the model object has no symbols");
  uint32_t symbolsAt = indexOf(symbols), stringsAt = symbols->sh_link;
  ArrayRef<Elf64_Sym> list(reinterpret_cast<Elf64_Sym *>(image.bytes().data() + symbols->sh_offset),
                           symbols->sh_size / sizeof(Elf64_Sym));
  const char *strings = reinterpret_cast<const char *>(image.bytes().data() + image.sections()[stringsAt].sh_offset);
  auto found = find_if(list, [&](const Elf64_Sym &symbol) { return StringRef(strings + symbol.st_name) == "ingot_image"; });
  if (found == list.end() || found->st_shndx >= image.sections().size())
    return bug("the model object does not define ingot_image");
  uint64_t field = found->st_value + offsetof(ingot_image, weights);
  Elf64_Shdr *relocations = nullptr;
  for (Elf64_Shdr &section : image.sections())
    if (section.sh_type == SHT_RELA && section.sh_info == found->st_shndx)
      relocations = &section;
  if (!relocations)
    return bug("ingot_image has no relocations");
  ArrayRef<Elf64_Rela> present(reinterpret_cast<Elf64_Rela *>(image.bytes().data() + relocations->sh_offset),
                               relocations->sh_size / sizeof(Elf64_Rela));
  if (any_of(present, [&](const Elf64_Rela &relocation) { return relocation.r_offset == field; }))
    return Error::success();
  uint32_t relocationsAt = indexOf(relocations);

  auto grow = [&](uint32_t index, const void *more, size_t size) {
    Elf64_Shdr section = image.sections()[index];
    std::vector<uint8_t> &bytes = image.bytes();
    uint64_t offset = (bytes.size() + 7) / 8 * 8;
    bytes.resize(offset + section.sh_size + size);
    std::memcpy(bytes.data() + offset, bytes.data() + section.sh_offset, section.sh_size);
    const auto *from = static_cast<const uint8_t *>(more);
    std::copy(from, from + size, bytes.begin() + offset + section.sh_size);
    image.sections()[index].sh_offset = offset;
    image.sections()[index].sh_size += size;
  };
  const char name[] = "ingot_weights";
  Elf64_Sym symbol = {};
  symbol.st_name = uint32_t(image.sections()[stringsAt].sh_size);
  symbol.st_info = STB_GLOBAL << 4 | STT_NOTYPE;
  symbol.st_other = STV_HIDDEN;
  Elf64_Rela relocation = {};
  relocation.r_offset = field;
  relocation.setSymbolAndType(uint32_t(list.size()), addressRelocation(image.header().e_machine));
  grow(stringsAt, name, sizeof name);
  grow(symbolsAt, &symbol, sizeof symbol);
  grow(relocationsAt, &relocation, sizeof relocation);
  return Error::success();
}

// One run function: collects its parameters into arrays, calls the interpreter and hands out the sizes that data led to.
void emitRunFunction(Module &module, const ingot_table_header *table, const RunFunction &function) {
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  Type *pointer = builder.getPtrTy(), *i64 = builder.getInt64Ty(), *i32 = builder.getInt32Ty();
  ingot_entry entry;
  ingot_read_record(table, &table->entries, function.entry, &entry, sizeof entry);
  const std::vector<uint32_t> taken = sizesOfFunction(table, function.entry);
  // Sizes of arguments come first; addresses of those of data behind the results.
  auto isData = [&](uint32_t index) {
    ingot_size_record size;
    ingot_read_record(table, &table->sizes, index, &size, sizeof size);
    return size.origin == INGOT_SIZE_OF_DATA;
  };
  const uint32_t dataCount = uint32_t(llvm::count_if(taken, isData)), sizeCount = uint32_t(taken.size()) - dataCount;

  SmallVector<Type *> parameters(sizeCount, i64);
  parameters.append(entry.input_count + entry.result_count + dataCount + 2, pointer);
  auto *run = Function::Create(FunctionType::get(i32, parameters, false), Function::ExternalLinkage, function.name, module);
  run->addFnAttr(Attribute::NoUnwind);
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", run));
  auto collect = [&](Type *type, uint32_t first, uint32_t count) -> Value * {
    if (count == 0)
      return ConstantPointerNull::get(builder.getPtrTy());
    Value *array = builder.CreateAlloca(type, builder.getInt32(count));
    for (uint32_t i = 0; i < count; ++i)
      builder.CreateStore(run->getArg(first + i), builder.CreateConstGEP1_32(type, array, i));
    return array;
  };
  // Those of other entry points have the least value they may.
  Value *sizes = ConstantPointerNull::get(builder.getPtrTy());
  if (table->sizes.count != 0)
    sizes = builder.CreateAlloca(i64, builder.getInt32(table->sizes.count));
  for (uint32_t i = 0, next = 0; i < table->sizes.count; ++i) {
    ingot_size_record size;
    ingot_read_record(table, &table->sizes, i, &size, sizeof size);
    const int64_t least = ingot_apply(INGOT_EXPR_ALIGN, size.min, size.multiple);
    const bool isTaken = llvm::is_contained(taken, i) && !isData(i);
    Value *value = isTaken ? static_cast<Value *>(run->getArg(next++)) : builder.getInt64(uint64_t(least));
    builder.CreateStore(value, builder.CreateConstGEP1_32(i64, sizes, i));
  }
  Value *inputs = collect(pointer, sizeCount, entry.input_count),
        *results = collect(pointer, sizeCount + entry.input_count, entry.result_count);
  uint32_t last = uint32_t(parameters.size());
  FunctionCallee callee = module.getOrInsertFunction(
      "ingot_embedded_run", FunctionType::get(i32, {pointer, i32, pointer, pointer, pointer, pointer, pointer}, false));
  cast<Function>(callee.getCallee())->setVisibility(GlobalValue::HiddenVisibility);
  auto *image = cast<GlobalVariable>(module.getOrInsertGlobal("ingot_image", builder.getInt8Ty()));
  image->setVisibility(GlobalValue::HiddenVisibility);
  Value *code = builder.CreateCall(callee, {image, builder.getInt32(function.entry), inputs, results, sizes,
                                            run->getArg(last - 2), run->getArg(last - 1)});
  uint32_t next = sizeCount + entry.input_count + entry.result_count;
  for (uint32_t index : taken)
    if (isData(index))
      builder.CreateStore(builder.CreateLoad(i64, builder.CreateConstGEP1_32(i64, sizes, index)), run->getArg(next++));
  builder.CreateRet(code);
}

Expected<SmallVector<char, 0>> emitRunFunctions(const ingot_table_header *table, const Triple &triple,
                                                ArrayRef<RunFunction> functions) {
  auto made = makePlainTargetMachine(triple);
  if (!made)
    return made.takeError();
  std::unique_ptr<TargetMachine> machine = std::move(*made);
  LLVMContext context;
  Module module("run", context);
  module.setTargetTriple(triple);
  module.setDataLayout(machine->createDataLayout());
  for (const RunFunction &function : functions)
    emitRunFunction(module, table, function);
  SmallVector<char, 0> object;
  raw_svector_ostream os(object);
  legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr, CodeGenFileType::ObjectFile))
    return bug("no object files can be made for " + triple.str());
  passes.run(module);
  return object;
}

// Makes every symbol local but the run functions, so that models live side by side in one program.
Expected<ElfImage> localise(ElfImage &image, ArrayRef<RunFunction> functions) {
  StringRef bytes(reinterpret_cast<const char *>(image.bytes().data()), image.bytes().size());
  auto object = object::ObjectFile::createELFObjectFile(MemoryBufferRef(bytes, "model"));
  if (!object)
    return object.takeError();
  objcopy::ConfigManager config;
  config.Common.StripDebug = true;
  config.Common.DiscardMode = objcopy::DiscardType::All;
  for (const RunFunction &function : functions)
    if (Error error = config.Common.SymbolsToKeepGlobal.addMatcher(
            objcopy::NameOrPattern::create(function.name, objcopy::MatchStyle::Literal, [](Error e) { return e; })))
      return std::move(error);
  SmallVector<char, 0> out;
  raw_svector_ostream os(out);
  if (Error error = objcopy::executeObjcopyOnBinary(config, **object, os))
    return std::move(error);
  return ElfImage::parse(StringRef(out.data(), out.size()));
}

} // namespace

Expected<LinkReport> packageObject(const LinkInputs &inputs) {
  auto model = ElfImage::parse(inputs.object);
  if (!model)
    return model.takeError();
  std::string embedded = (inputs.partsDir.empty() ? partsFolder(inputs.triple) : inputs.partsDir) + "/embedded.o";
  if (!sys::fs::exists(embedded))
    return make_error<LinkError>("no objects can be made for " + inputs.triple + ": '" + embedded +
                                 "' is not installed; -o NAME.so needs no runtime");
  auto table = model->table();
  if (!table)
    return table.takeError();
  std::string name = inputs.name.empty() ? identifierOf(inputs.outputPath) : inputs.name;
  std::vector<RunFunction> functions = runFunctionsOf(*table, name);
  std::string header = makeHeader(*table, name);
  auto run = emitRunFunctions(*table, Triple(inputs.triple), functions);
  if (!run)
    return run.takeError();

  std::vector<uint8_t> symbol;
  if (inputs.weights && inputs.weights->size()) {
    symbol = makeWeightsSymbol(model->header(), inputs.weights->size());
    if (Error error = pointImageAtWeights(*model))
      return std::move(error);
  }
  auto toRef = [](const std::vector<uint8_t> &bytes) {
    return StringRef(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  };
  std::vector<StringRef> objects = {toRef(model->bytes()), StringRef(run->data(), run->size())};
  if (!symbol.empty())
    objects.push_back(toRef(symbol));
  for (const RunFunction &function : functions)
    if (is_contained(inputs.functions, function.name))
      return make_error<LinkError>("'" + function.name + "', which the model is to call, is the name of its own function");
  std::vector<std::string> files = inputs.libraries;
  files.push_back(embedded);
  auto merged = runLinker(inputs.outputPath, objects, files,
                          {"-r", "--force-group-allocation", "--strip-debug", "--threads=1", "--color-diagnostics=never"});
  if (!merged)
    return withFunctions(merged.takeError(), inputs);
  auto image = localise(*merged, functions);
  if (!image)
    return image.takeError();

  SmallString<128> headerPath(inputs.outputPath);
  sys::path::replace_extension(headerPath, "h");
  auto headerFile = ScratchFile::create(headerPath, header);
  if (!headerFile)
    return headerFile.takeError();
  auto report = finishObject(*image, inputs);
  if (!report)
    return report.takeError();
  if (Error error = headerFile->keep(headerPath)) {
    sys::fs::remove(throughLinks(inputs.outputPath)); // both or none
    return std::move(error);
  }
  return report;
}

} // namespace ingot
