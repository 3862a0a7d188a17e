#include "compiler/aot/Finish.h"

#include "compiler/aot/RunLinker.h"

#include "runtime/abi/hash.h"

#include <llvm/Support/MathExtras.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <tuple>

using namespace llvm;
using namespace llvm::ELF;

namespace ingot {

namespace {

constexpr StringLiteral weightsSection = ".ingot.weights";
// The largest page of an architecture's systems. A segment's file offset and address agree modulo this, so every kernel maps
// it.
uint64_t largestPage(const Elf64_Ehdr &header) { return header.e_machine == EM_X86_64 ? 4096 : 65536; }
// From here on weights start on a page of their own in the file; smaller ones follow at once, saving the padding.
constexpr uint64_t largeWeights = 4 << 20;

// Weights an object keeps apart from what the user's linker places within 2 GB.
constexpr uint64_t farWeights = 256 << 20;

Error bug(const Twine &what) { return createStringError(inconvertibleErrorCode(), what); }

uint64_t sizeOf(const WeightStream *weights) { return weights ? weights->size() : 0; }

Error cannotWrite(StringRef outputPath, std::error_code error) {
  return make_error<LinkError>("cannot write '" + outputPath.str() + "': " + error.message());
}

// Writes weights to a file that is as long as it will be, and their blocks' hashes to the table. Zeros are left as holes.
Error writeWeights(ingot_table_header *table, const WeightStream &weights, uint64_t weightsAt, int descriptor,
                   StringRef outputPath) {
  std::atomic<uint64_t> written = 0;
  auto writeBlock = [&](uint64_t offset, ArrayRef<uint8_t> block) -> Error {
    if (std::error_code error = writeWithHoles(descriptor, weightsAt + offset, block))
      return cannotWrite(outputPath, error);
    uint64_t hash = ingot_hash(block.data(), block.size(), 0);
    uint64_t index = offset / INGOT_WEIGHT_BLOCK;
    if (index < table->weight_hashes.count)
      std::memcpy(reinterpret_cast<uint8_t *>(table) + table->weight_hashes.offset +
                      index * uint64_t(table->weight_hashes.stride),
                  &hash, sizeof hash);
    return Error::success();
  };
  Error error = weights.write([&](uint64_t offset, ArrayRef<uint8_t> piece) -> Error {
    written += piece.size();
    for (; !piece.empty(); offset += INGOT_WEIGHT_BLOCK) {
      ArrayRef<uint8_t> block = piece.take_front(INGOT_WEIGHT_BLOCK);
      if (Error failed = writeBlock(offset, block))
        return failed;
      piece = piece.drop_front(block.size());
    }
    return Error::success();
  });
  if (error)
    return error;
  uint64_t blocks = divideCeil(weights.size(), INGOT_WEIGHT_BLOCK);
  if (written != weights.size())
    return bug("the weights are " + Twine(weights.size()) + " bytes, but " + Twine(written) + " were written");
  if (blocks != table->weight_hashes.count)
    return bug("the table has " + Twine(table->weight_hashes.count) + " weight hashes for " + Twine(written) + " bytes");
  return Error::success();
}

// Rewrites the note's program header and section header so that they describe weights at `offset`.
Error placeWeights(ElfImage &image, ingot_table_header *table, uint64_t size, uint64_t &offset) {
  Elf64_Shdr *section = image.findSection(weightsSection);
  Elf64_Phdr *note = nullptr;
  uint64_t end = 0;
  for (Elf64_Phdr &segment : image.segments()) {
    if (segment.p_type == PT_LOAD)
      end = std::max(end, segment.p_vaddr + segment.p_memsz);
    if (segment.p_type == PT_NOTE && section && segment.p_offset == section->sh_offset &&
        segment.p_filesz == section->sh_size)
      note = &segment;
    else if (note && segment.p_type == PT_LOAD)
      return bug("a segment follows the one reserved for weights");
  }
  if (!note)
    return bug("no segment is reserved for weights");
  uint64_t page = largestPage(image.header());
  offset = alignTo(image.bytes().size(), size >= largeWeights ? page : uint64_t(INGOT_WEIGHT_ALIGNMENT));
  uint64_t address = alignTo(end, page) + offset % page;

  *note = {};
  note->p_type = PT_LOAD;
  note->p_flags = PF_R;
  note->p_offset = offset;
  note->p_vaddr = note->p_paddr = address;
  note->p_filesz = note->p_memsz = size;
  note->p_align = page;
  section->sh_type = SHT_PROGBITS;
  section->sh_flags = SHF_ALLOC;
  section->sh_addr = address;
  section->sh_offset = offset;
  section->sh_size = size;
  section->sh_addralign = INGOT_WEIGHT_ALIGNMENT;

  table->weights_offset = int64_t(address - image.findSection(".ingot")->sh_addr);
  return Error::success();
}

// Whether a section's bytes are the same in the file, in memory and after strip: all that is loaded read-only.
bool staysAsItIs(const Elf64_Shdr &section) {
  return (section.sh_flags & SHF_ALLOC) && !(section.sh_flags & SHF_WRITE) && section.sh_type != SHT_NOBITS &&
         section.sh_type != SHT_NOTE && section.sh_size != 0;
}

// Covers the code and the read-only bytes that no relocation changes: the largest stretches, code first. Alignment leaves
// gaps of zeros between sections of data; they are covered too.
void fillRanges(ElfImage &image, ingot_table_header *table) {
  struct Stretch {
    uint64_t address, offset, size;
    bool code;
  };
  std::vector<Stretch> stretches;
  const Elf64_Shdr *own = image.findSection(".ingot");
  for (const Elf64_Shdr &section : image.sections()) { // in the order of addresses
    if (!staysAsItIs(section) || &section == own || image.nameOf(section) == weightsSection)
      continue;
    bool code = section.sh_flags & SHF_EXECINSTR;
    Stretch *last = stretches.empty() ? nullptr : &stretches.back();
    uint64_t gap = last ? section.sh_addr - (last->address + last->size) : 0;
    const uint8_t *between = last ? image.bytes().data() + last->offset + last->size : nullptr;
    if (last && last->code == code && section.sh_addr - last->address == section.sh_offset - last->offset && gap < 64 &&
        (gap == 0 || (!code && std::all_of(between, between + gap, [](uint8_t byte) { return byte == 0; }))))
      last->size += gap + section.sh_size;
    else
      stretches.push_back({section.sh_addr, section.sh_offset, section.sh_size, code});
  }
  auto rank = [](const Stretch &stretch) { return std::make_tuple(!stretch.code, ~stretch.size, stretch.address); };
  std::sort(stretches.begin(), stretches.end(), [&](const Stretch &a, const Stretch &b) { return rank(a) < rank(b); });
  std::memset(table->image_ranges, 0, sizeof table->image_ranges);
  for (size_t i = 0; i < stretches.size() && i < std::size(table->image_ranges); ++i)
    table->image_ranges[i] = {int64_t(stretches[i].address - own->sh_addr), stretches[i].size,
                              ingot_hash(image.bytes().data() + stretches[i].offset, stretches[i].size, 0)};
}

// The table may leave the size of its weights to the source.
Error checkWeights(ingot_table_header *table, const WeightStream *weights) {
  if (table->weights_size == 0)
    table->weights_size = sizeOf(weights);
  if (table->weights_size != sizeOf(weights))
    return bug("the table states " + Twine(table->weights_size) + " bytes of weights, but there are " +
               Twine(sizeOf(weights)));
  return Error::success();
}

// Writes the file: weights from `weightsAt`, then the image, which holds what depends on all bytes.
Expected<LinkReport> writeFile(ElfImage &image, const LinkInputs &inputs, uint64_t weightsAt, unsigned mode) {
  const uint64_t size = sizeOf(inputs.weights);
  image.bytes().resize(weightsAt); // the padding counts for the file's hash
  auto table = image.table();
  if (!table)
    return table.takeError();
  auto file = ScratchFile::create(inputs.outputPath, "", mode);
  if (!file)
    return file.takeError();
  LinkReport report{weightsAt + size, size};
  if (std::error_code error = sys::fs::resize_file(file->descriptor(), report.fileSize))
    return cannotWrite(inputs.outputPath, error);
  if (size != 0) {
    if (Error error = writeWeights(*table, *inputs.weights, weightsAt, file->descriptor(), inputs.outputPath))
      return std::move(error);
  }
  ingot_seal_file(image.bytes().data(), report.fileSize, image.tableOffset(), {weightsAt, size});
  if (std::error_code error = writeWithHoles(file->descriptor(), 0, image.bytes()))
    return cannotWrite(inputs.outputPath, error);
  if (Error failed = file->keep(inputs.outputPath))
    return std::move(failed);
  return report;
}

} // namespace

std::vector<uint8_t> makeWeightsNote(const Elf64_Ehdr &like) {
  // An empty note named "INGOT"; only its program header matters.
  const uint8_t note[20] = {6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 'I', 'N', 'G', 'O', 'T', 0, 0, 0};
  return makeObject(like, {weightsSection, "", SHT_NOTE, SHF_ALLOC, 4, note});
}

std::vector<uint8_t> makeWeightsSymbol(const Elf64_Ehdr &like) {
  return makeObject(like, {weightsSection, "ingot_weights", SHT_PROGBITS, SHF_ALLOC, INGOT_WEIGHT_ALIGNMENT, {}});
}

Expected<LinkReport> finishLinked(ElfImage &image, const LinkInputs &inputs, unsigned mode) {
  auto table = image.table();
  if (!table)
    return table.takeError();
  if (Error error = checkWeights(*table, inputs.weights))
    return std::move(error);
  const WeightStream *weights = sizeOf(inputs.weights) ? inputs.weights : nullptr;
  uint64_t weightsAt = image.bytes().size();
  (*table)->weights_offset = 0;
  if (weights)
    if (Error error = placeWeights(image, *table, weights->size(), weightsAt))
      return std::move(error);
  fillRanges(image, *table);
  return writeFile(image, inputs, weightsAt, mode);
}

Expected<LinkReport> finishObject(ElfImage &image, const LinkInputs &inputs) {
  auto table = image.table();
  if (!table)
    return table.takeError();
  if (Error error = checkWeights(*table, inputs.weights))
    return std::move(error);
  const WeightStream *weights = sizeOf(inputs.weights) ? inputs.weights : nullptr;
  uint64_t weightsAt = image.bytes().size();
  if (weights) {
    Elf64_Shdr *section = image.findSection(weightsSection);
    if (!section)
      return bug("no section is reserved for weights");
    weightsAt = alignTo(weightsAt, INGOT_WEIGHT_ALIGNMENT);
    section->sh_type = SHT_PROGBITS;
    section->sh_offset = weightsAt;
    section->sh_size = weights->size();
    section->sh_addralign = INGOT_WEIGHT_ALIGNMENT;
    // Far from code and small data, which reach each other by 32-bit offsets; the weights are reached by address.
    if (image.header().e_machine == EM_X86_64 && weights->size() >= farWeights)
      section->sh_flags |= SHF_X86_64_LARGE;
  }
  std::memset((*table)->image_ranges, 0, sizeof(*table)->image_ranges);
  (*table)->weights_offset = 0;
  return writeFile(image, inputs, weightsAt, 0666);
}

} // namespace ingot
