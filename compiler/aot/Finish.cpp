#include "compiler/aot/Finish.h"

#include "compiler/aot/RunLinker.h"

#include "runtime/abi/guard.h"
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

// Weights of an object from here on are kept apart from code and small data, which reach each other by offsets of 32 bits; the
// weights are reached by address. All linkers put large data that can be written last; of what can only be read lld puts the large
// sections first, where code that is not position-independent then has no room, and GNU ld goes by the name.
constexpr uint64_t farWeights = 256 << 20;
constexpr StringLiteral farSection = ".ldata.ingot.weights";

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

  table->flags |= INGOT_TABLE_SENTINEL;
  table->weights_offset = int64_t(address - image.findSection(".ingot")->sh_addr);
  *note = {};
  note->p_type = PT_LOAD;
  note->p_flags = PF_R;
  note->p_offset = offset;
  note->p_vaddr = note->p_paddr = address;
  note->p_filesz = note->p_memsz = ingot_weights_extent(table);
  note->p_align = page;
  section->sh_type = SHT_PROGBITS;
  section->sh_flags = SHF_ALLOC;
  section->sh_addr = address;
  section->sh_offset = offset;
  section->sh_size = ingot_weights_extent(table);
  section->sh_addralign = INGOT_WEIGHT_ALIGNMENT;
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

// Covers with the guard's hash what is loaded of a file but headers, the guard's own section, the table and the weights.
bool coverSegments(ElfImage &image, uint64_t guardEnd, const Elf64_Shdr &table, ingot_guard &guard) {
  ingot_hash_state state;
  ingot_hash_begin(&state, 0);
  auto cover = [&](const Elf64_Phdr &segment, uint64_t from, uint64_t to) {
    if (from >= to)
      return true;
    if (guard.range_count == INGOT_GUARD_RANGES)
      return false;
    guard.ranges[guard.range_count++] = {from, to - from};
    ingot_hash_update(&state, image.bytes().data() + segment.p_offset + (from - segment.p_vaddr), to - from);
    return true;
  };
  for (const Elf64_Phdr &segment : image.segments()) // the one thing before the guard that is needed
    if (segment.p_type == PT_INTERP)
      cover(segment, segment.p_vaddr, segment.p_vaddr + segment.p_filesz);
  const uint64_t tableEnd = table.sh_addr + table.sh_size;
  for (const Elf64_Phdr &segment : image.segments()) {
    if (segment.p_type != PT_LOAD || segment.p_offset >= image.bytes().size()) // the weights are not in the image yet
      continue;
    const uint64_t first = segment.p_offset == 0 ? guardEnd : segment.p_vaddr, last = segment.p_vaddr + segment.p_filesz;
    bool split = table.sh_addr >= first && tableEnd <= last;
    if (!cover(segment, first, split ? table.sh_addr : last) || (split && !cover(segment, tableEnd, last)))
      return false;
  }
  guard.hash = ingot_hash_end(&state);
  return true;
}

// The kernel fills what a file does not hold of a segment with zeros, and faults where the file was cut off before; the guard
// could not tell. So the zeros of the last segment, a C library's variables, become bytes of the file.
Error writeZeros(ElfImage &image) {
  Elf64_Phdr *last = nullptr;
  for (Elf64_Phdr &segment : image.segments())
    if (segment.p_type == PT_LOAD && segment.p_filesz != segment.p_memsz)
      last = &segment;
  if (!last)
    return Error::success();
  const uint64_t end = last->p_offset + last->p_filesz, zeros = last->p_memsz - last->p_filesz;
  for (Elf64_Shdr &section : image.sections()) {
    const bool isLoaded = section.sh_flags & SHF_ALLOC;
    if (section.sh_flags & SHF_TLS)
      return bug("the executable has variables of threads");
    if (section.sh_type == SHT_NOBITS && isLoaded && image.nameOf(section) != ".relro_padding") {
      if (section.sh_addr < last->p_vaddr + last->p_filesz ||
          section.sh_addr + section.sh_size > last->p_vaddr + last->p_memsz)
        return bug("the executable has zero-initialised data in section " + image.nameOf(section));
      section.sh_type = SHT_PROGBITS;
      section.sh_offset = last->p_offset + (section.sh_addr - last->p_vaddr);
    } else if (section.sh_type != SHT_NOBITS && section.sh_offset >= end) {
      if (isLoaded && section.sh_size != 0)
        return bug("section " + image.nameOf(section) + " follows zero-initialised data");
      section.sh_offset += isLoaded ? 0 : alignTo(zeros, 8);
    }
  }
  last->p_filesz = last->p_memsz;
  if (image.header().e_shoff >= end)
    image.header().e_shoff += alignTo(zeros, 8);
  image.bytes().insert(image.bytes().begin() + ptrdiff_t(end), alignTo(zeros, 8), 0);
  return Error::success();
}

// What is left of zeros is the end of a page that is made read-only.
Error dropZeros(ElfImage &image) {
  for (Elf64_Shdr &section : image.sections()) {
    if (section.sh_type != SHT_NOBITS || !(section.sh_flags & SHF_ALLOC) || section.sh_size == 0)
      continue;
    if (image.nameOf(section) != ".relro_padding")
      return bug("the executable has zero-initialised data in section " + image.nameOf(section));
    section.sh_size = 0;
  }
  for (Elf64_Phdr &segment : image.segments())
    if (segment.p_type == PT_LOAD)
      segment.p_memsz = segment.p_filesz;
  return Error::success();
}

// Fills the guard's structure, and gives the kernel program headers that start it.
Error placeGuard(ElfImage &image, const ingot_table_header *table, bool isStatic) {
  Elf64_Shdr *section = image.findSection(INGOT_GUARD_SECTION), *own = image.findSection(".ingot");
  MutableArrayRef<Elf64_Phdr> segments = image.segments();
  if (!section || !own || segments.size() > INGOT_GUARD_HEADERS || image.header().e_entry == 0)
    return bug("the executable has no room for its guard, no table or no entry");
  const uint64_t room = INGOT_GUARD_HEADERS * sizeof(Elf64_Phdr), end = section->sh_addr + section->sh_size;
  auto *guard = reinterpret_cast<ingot_guard *>(image.bytes().data() + section->sh_offset + INGOT_GUARD_PLACE);
  guard->address = section->sh_addr + INGOT_GUARD_PLACE;
  guard->start = image.header().e_entry;
  guard->headers = end - 2 * room;
  guard->header_count = segments.size();
  guard->sentinel = own->sh_addr + uint64_t(table->weights_offset) + ingot_weights_extent(table) - INGOT_SENTINEL_SIZE;
  for (const Elf64_Phdr &segment : segments)
    if (segment.p_type == PT_INTERP)
      guard->interpreter = segment.p_vaddr;
  if (isStatic != !guard->interpreter)
    return bug(isStatic ? "the static executable names a dynamic linker" : "the executable names no dynamic linker");
  if (Error error = dropZeros(image))
    return error;
  if (!coverSegments(image, end, *own, *guard))
    return bug("the executable has too many segments for its guard");

  auto copyHeaders = [&](uint64_t address) {
    const uint64_t offset = section->sh_offset + (address - section->sh_addr);
    MutableArrayRef<Elf64_Phdr> copy(reinterpret_cast<Elf64_Phdr *>(image.bytes().data() + offset), segments.size());
    std::copy(segments.begin(), segments.end(), copy.begin());
    for (Elf64_Phdr &segment : copy)
      if (segment.p_type == PT_PHDR) {
        segment.p_vaddr = segment.p_paddr = address;
        segment.p_offset = offset;
      }
    return copy;
  };
  (void)copyHeaders(guard->headers);
  for (Elf64_Phdr &segment : copyHeaders(end - room))
    if (segment.p_type == PT_INTERP || segment.p_type == PT_NOTE) // strip takes no note that holds program headers
      segment = {};
  std::fill(segments.begin(), segments.end(), Elf64_Phdr{});
  image.header().e_phoff = section->sh_offset + section->sh_size - room;
  image.header().e_entry = guard->address + sizeof *guard;
  return Error::success();
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
  const uint64_t extent = ingot_weights_extent(*table);
  auto file = ScratchFile::create(inputs.outputPath, "", mode);
  if (!file)
    return file.takeError();
  LinkReport report{weightsAt + extent, size};
  if (std::error_code error = sys::fs::resize_file(file->descriptor(), report.fileSize))
    return cannotWrite(inputs.outputPath, error);
  if (size != 0) {
    if (Error error = writeWeights(*table, *inputs.weights, weightsAt, file->descriptor(), inputs.outputPath))
      return std::move(error);
  }
  const auto *mark = reinterpret_cast<const uint8_t *>(INGOT_SENTINEL);
  if (extent != size)
    if (std::error_code error =
            writeWithHoles(file->descriptor(), report.fileSize - INGOT_SENTINEL_SIZE, ArrayRef(mark, INGOT_SENTINEL_SIZE)))
      return cannotWrite(inputs.outputPath, error);
  auto seal = [&]() -> Error {
    ingot_seal_file(image.bytes().data(), report.fileSize, image.tableOffset(), {weightsAt, extent});
    if (std::error_code error = writeWithHoles(file->descriptor(), 0, image.bytes()))
      return cannotWrite(inputs.outputPath, error);
    return Error::success();
  };
  if (Error error = seal())
    return std::move(error);
  if (inputs.selfTest && extent != size && (*table)->self_tests.count) {
    // What the file itself gives, loaded from its scratch name.
    auto *tests = reinterpret_cast<ingot_self_test *>(reinterpret_cast<uint8_t *>(*table) + (*table)->self_tests.offset);
    if (Error error = inputs.selfTest(file->path(), {tests, (*table)->self_tests.count}))
      return std::move(error);
    if (Error error = seal())
      return std::move(error);
  }
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

std::vector<uint8_t> makeWeightsSymbol(const Elf64_Ehdr &like, uint64_t size) {
  if (size < farWeights)
    return makeObject(like, {weightsSection, "ingot_weights", SHT_PROGBITS, SHF_ALLOC, INGOT_WEIGHT_ALIGNMENT, {}});
  const uint64_t flags = SHF_ALLOC | SHF_WRITE | (like.e_machine == EM_X86_64 ? uint64_t(SHF_X86_64_LARGE) : 0);
  return makeObject(like, {farSection, "ingot_weights", SHT_PROGBITS, flags, INGOT_WEIGHT_ALIGNMENT, {}});
}

std::vector<uint8_t> makeGuardNote(const Elf64_Ehdr &like, StringRef guard) {
  std::vector<uint8_t> note(INGOT_GUARD_PLACE + sizeof(ingot_guard));
  note.insert(note.end(), guard.begin(), guard.end());
  note.resize(alignTo(note.size(), 8) + 2 * INGOT_GUARD_HEADERS * sizeof(Elf64_Phdr));
  const uint32_t header[] = {8, uint32_t(note.size() - 20), 2};
  std::memcpy(note.data(), header, sizeof header);
  std::memcpy(note.data() + sizeof header, "INGOT", 6);
  return makeObject(like, {INGOT_GUARD_SECTION, "", SHT_NOTE, SHF_ALLOC, 64, note});
}

Expected<LinkReport> finishLinked(ElfImage &image, const LinkInputs &inputs, unsigned mode, bool guarded) {
  auto table = image.table();
  if (!table)
    return table.takeError();
  if (Error error = checkWeights(*table, inputs.weights))
    return std::move(error);
  if (guarded && inputs.isStatic) {
    if (Error error = writeZeros(image))
      return std::move(error);
    table = image.table(); // the bytes have moved
    if (!table)
      return table.takeError();
  }
  uint64_t weightsAt = image.bytes().size();
  if (Error error = placeWeights(image, *table, sizeOf(inputs.weights), weightsAt))
    return std::move(error);
  fillRanges(image, *table);
  if (guarded)
    if (Error error = placeGuard(image, *table, inputs.isStatic))
      return std::move(error);
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
    Elf64_Shdr *section = image.findSection(weights->size() < farWeights ? weightsSection : farSection);
    if (!section)
      return bug("no section is reserved for weights");
    weightsAt = alignTo(weightsAt, INGOT_WEIGHT_ALIGNMENT);
    section->sh_type = SHT_PROGBITS;
    section->sh_offset = weightsAt;
    section->sh_size = weights->size();
    section->sh_addralign = INGOT_WEIGHT_ALIGNMENT;
  }
  std::memset((*table)->image_ranges, 0, sizeof(*table)->image_ranges);
  (*table)->weights_offset = 0;
  return writeFile(image, inputs, weightsAt, 0666);
}

} // namespace ingot
