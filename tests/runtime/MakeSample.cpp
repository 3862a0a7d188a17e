// Makes the sample artifact without a compiler of models: `MakeSample emit OUT.c ARCH` writes C source that holds the table,
// the weights and two kernels; `MakeSample seal FILE` does to the compiled ELF file what the compiler does after linking.
#include <elf.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/runtime/Samples.h"

namespace {

using Bytes = std::vector<uint8_t>;

void writeArray(FILE *out, const char *name, const char *section, const Bytes &bytes) {
  fprintf(out, "__attribute__((section(\"%s\"), aligned(64), used)) static const unsigned char %s[] = {", section, name);
  for (size_t i = 0; i < bytes.size(); ++i)
    fprintf(out, "%s%u", i == 0 ? "" : i % 32 == 0 ? ",\n" : ",", bytes[i]);
  fprintf(out, "};\n");
}

int emit(const char *path, uint32_t arch) {
  const ingot::test::BuiltArtifact built = ingot::test::rowSums();
  built.header()->arch = arch;
  built.seal();
  FILE *out = fopen(path, "w");
  if (!out)
    return 1;
  fprintf(out, "#include \"runtime/abi/artifact.h\"\n");
  writeArray(out, "table", ".ingot", Bytes(built.table(), built.table() + built.tableSize()));
  writeArray(out, "weights", ".ingot.weights", Bytes(built.weights(), built.weights() + built.weightsSize()));
  fprintf(out, "%s", R"(
static void scale_rows(void *const *b, const int64_t *s, int64_t begin, int64_t end, void *scratch) {
  (void)scratch;
  for (int64_t i = begin * s[0]; i < end * s[0]; ++i)
    ((float *)b[2])[i] = ((float *)b[0])[i] * ((float *)b[1])[i % s[0]];
}
static void sum_rows(void *const *b, const int64_t *s, int64_t begin, int64_t end, void *scratch) {
  float *sum = scratch;
  for (int64_t row = begin; row < end; ++row) {
    *sum = 0;
    for (int64_t i = 0; i < s[0]; ++i)
      *sum += ((float *)b[0])[row * s[0] + i];
    ((float *)b[1])[row] = *sum;
  }
}
extern const ingot_image sample_image __asm__("ingot_image") __attribute__((visibility("default")));
const ingot_image sample_image = {sizeof(ingot_image), 2, (const ingot_table_header *)table, weights, {scale_rows, sum_rows}};
)");
  return fclose(out);
}

int seal(const char *path) {
  std::ifstream in(path, std::ios::binary);
  Bytes file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const Elf64_Ehdr *elf = reinterpret_cast<Elf64_Ehdr *>(file.data());
  const Elf64_Shdr *sections = reinterpret_cast<Elf64_Shdr *>(file.data() + elf->e_shoff);
  const char *names = reinterpret_cast<char *>(file.data() + sections[elf->e_shstrndx].sh_offset);
  const auto find = [&](const std::string &name) -> const Elf64_Shdr * {
    for (int i = 0; i < elf->e_shnum; ++i)
      if (name == names + sections[i].sh_name)
        return &sections[i];
    return nullptr;
  };
  const Elf64_Shdr *table = find(".ingot"), *weights = find(".ingot.weights"), *text = find(".text");
  if (!table || !weights || !text)
    return 1;
  ingot_table_header *header = reinterpret_cast<ingot_table_header *>(file.data() + table->sh_offset);
  if (elf->e_type != ET_REL) {
    header->weights_offset = static_cast<int64_t>(weights->sh_addr - table->sh_addr);
    header->image_ranges[0] = {static_cast<int64_t>(text->sh_addr - table->sh_addr), text->sh_size,
                               ingot_hash(file.data() + text->sh_offset, text->sh_size, 0)};
  }
  ingot_seal_file(file.data(), file.size(), table->sh_offset, {weights->sh_offset, header->weights_size});
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char *>(file.data()), static_cast<std::streamsize>(file.size()));
  return out ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 4 && std::string(argv[1]) == "emit")
    return emit(argv[2], static_cast<uint32_t>(atoi(argv[3])));
  if (argc == 3 && std::string(argv[1]) == "seal")
    return seal(argv[2]);
  fprintf(stderr, "usage: MakeSample emit OUT.c ARCH | seal FILE\n");
  return 1;
}
