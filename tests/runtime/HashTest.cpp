#include <gtest/gtest.h>

#include <vector>

#include "runtime/abi/hash.h"

namespace {

std::vector<uint8_t> pattern(size_t size) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < size; ++i)
    bytes.push_back(static_cast<uint8_t>(i * 131 + 7));
  return bytes;
}

// Published vectors of the algorithm.
TEST(Hash, KnownValues) {
  EXPECT_EQ(ingot_hash("", 0, 0), 0xef46db3751d8e999ull);
  EXPECT_EQ(ingot_hash("a", 1, 0), 0xd24ec4f1a98c6e5bull);
  EXPECT_EQ(ingot_hash("abc", 3, 0), 0x44bc2cf5ad770999ull);
  const char *text = "Nobody inspects the spammish repetition";
  EXPECT_EQ(ingot_hash(text, 39, 0), 0xfbcea83c8a378bf1ull);
}

TEST(Hash, PiecesHashLikeTheWhole) {
  const std::vector<uint8_t> bytes = pattern(300);
  for (size_t size = 0; size <= bytes.size(); ++size)
    for (size_t piece : {1, 3, 8, 31, 32, 33, 100}) {
      ingot_hash_state state;
      ingot_hash_begin(&state, 5);
      for (size_t at = 0; at < size; at += piece)
        ingot_hash_update(&state, bytes.data() + at, std::min(piece, size - at));
      ASSERT_EQ(ingot_hash_end(&state), ingot_hash(bytes.data(), size, 5)) << size << " in pieces of " << piece;
    }
}

TEST(Hash, ZerosHashLikeZeroBytes) {
  const std::vector<uint8_t> zeros(500);
  for (size_t size : {0, 1, 8, 63, 64, 65, 128, 500}) {
    ingot_hash_state state;
    ingot_hash_begin(&state, 0);
    ingot_hash_update_zeros(&state, size);
    EXPECT_EQ(ingot_hash_end(&state), ingot_hash(zeros.data(), size, 0)) << size;
  }
}

// Whatever bit of a sealed file flips, the table's hash or the file's shows it; but the weights', wherever they are.
class SealedFile : public testing::TestWithParam<ingot_file_range> {};

TEST_P(SealedFile, ShowsEveryFlippedBit) {
  const ingot_file_range weights = GetParam();
  constexpr size_t header = 104, tableSize = sizeof(ingot_table_header) + 40;
  std::vector<uint8_t> file = pattern(header + tableSize + 77);
  ingot_table_header table{};
  table.table_size = tableSize;
  memcpy(file.data() + header, &table, sizeof table);
  ingot_seal_file(file.data(), file.size(), header, weights);
  const auto holds = [&] {
    memcpy(&table, file.data() + header, sizeof table);
    return ingot_table_hash(file.data() + header, tableSize) == table.table_hash && table.file_size == file.size() &&
           ingot_file_hash(file.data(), file.size(), header, weights) == table.file_hash;
  };
  ASSERT_TRUE(holds());
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    file[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    const bool isWeight = bit / 8 >= weights.offset && bit / 8 < weights.offset + weights.size;
    EXPECT_EQ(holds(), isWeight) << "bit " << bit;
    file[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  }
}

constexpr size_t behindTable = 104 + sizeof(ingot_table_header) + 40;
INSTANTIATE_TEST_SUITE_P(Hash, SealedFile,
                         testing::Values(ingot_file_range{}, ingot_file_range{0, 104}, ingot_file_range{33, 50},
                                         ingot_file_range{behindTable, 77}, ingot_file_range{behindTable + 3, 40}));

} // namespace
