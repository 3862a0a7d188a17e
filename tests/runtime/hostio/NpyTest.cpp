#include "runtime/hostio/npy.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace ingot::hostio {
namespace {

struct Parsed {
  bool ok;
  NpyHeader header;
  std::string message;
};
Parsed parse(const std::string &text) {
  Parsed parsed;
  ingot_error error = {};
  parsed.ok = parseNpyHeader(text.data(), text.size(), parsed.header, &error);
  parsed.message = error.message;
  return parsed;
}
Parsed parseParts(const std::string &descr, const std::string &shape) {
  return parse("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }");
}

TEST(NpyHeaderTest, ReadsWhatNumpyWrites) {
  Parsed parsed = parseParts("<f4", "(2, 3)");
  ASSERT_TRUE(parsed.ok) << parsed.message;
  EXPECT_EQ(parsed.header.dtype, uint32_t(INGOT_F32));
  EXPECT_EQ(parsed.header.rank, 2u);
  EXPECT_EQ(parsed.header.dims[1], 3);
  EXPECT_EQ(parsed.header.byteSize, 24u);
  EXPECT_EQ(parseParts("<i8", "()").header.byteSize, 8u);
  EXPECT_EQ(parseParts("<f8", "(5,)").header.byteSize, 40u);
  EXPECT_EQ(parseParts("|b1", "(0, 1000000)").header.byteSize, 0u);
  // Any order of keys, either quote, and Python 2's numbers.
  EXPECT_TRUE(parse("{\"shape\": (2L, 3L), \"fortran_order\": False, \"descr\": \"|u1\"}   \n").ok);
}

TEST(NpyHeaderTest, KnowsEveryDtype) {
  struct Case {
    const char *descr;
    uint32_t dtype;
  };
  for (Case c : {Case{"|b1", INGOT_I1},
                 {"|i1", INGOT_I8},
                 {"<i2", INGOT_I16},
                 {"<i4", INGOT_I32},
                 {"<i8", INGOT_I64},
                 {"|u1", INGOT_U8},
                 {"<u2", INGOT_U16},
                 {"<u4", INGOT_U32},
                 {"<u8", INGOT_U64},
                 {"<f2", INGOT_F16},
                 {"<f4", INGOT_F32},
                 {"<f8", INGOT_F64},
                 {"<c8", INGOT_C64},
                 {"<c16", INGOT_C128},
                 {"?", INGOT_I1}}) {
    Parsed parsed = parseParts(c.descr, "(1,)");
    EXPECT_TRUE(parsed.ok) << c.descr << ": " << parsed.message;
    EXPECT_EQ(parsed.header.dtype, c.dtype) << c.descr;
    EXPECT_TRUE(npyFits(parsed.header, c.dtype)) << c.descr;
  }
  for (const char *descr : {"|V2", "<V2", "V2"}) {
    EXPECT_TRUE(npyFits(parseParts(descr, "(1,)").header, INGOT_BF16)) << descr;
    EXPECT_FALSE(npyFits(parseParts(descr, "(1,)").header, INGOT_F16)) << descr;
  }
  EXPECT_TRUE(npyFits(parseParts("|V1", "(1,)").header, INGOT_F8E5M2));
  // As the versions of ml_dtypes write its types, or by its names for them.
  for (const char *descr : {"<V1", "|V1", "<f1", "|f1"})
    for (uint32_t dtype :
         {INGOT_F8E4M3FN, INGOT_F8E8M0FNU, INGOT_F6E2M3FN, INGOT_F4E2M1FN, INGOT_I2, INGOT_I4, INGOT_U2, INGOT_U4})
      EXPECT_TRUE(npyFits(parseParts(descr, "(1,)").header, dtype)) << descr << dtype;
  EXPECT_FALSE(npyFits(parseParts("|V1", "(1,)").header, INGOT_I8));
  EXPECT_FALSE(npyFits(parseParts("|V1", "(1,)").header, INGOT_BF16));
  EXPECT_TRUE(npyFits(parseParts("float8_e4m3fn", "(1,)").header, INGOT_F8E4M3FN));
  EXPECT_FALSE(npyFits(parseParts("float8_e4m3fn", "(1,)").header, INGOT_F8E5M2));
  EXPECT_FALSE(npyFits(parseParts("int4", "(1,)").header, INGOT_U4));
  EXPECT_TRUE(npyFits(parseParts("bfloat16", "(1,)").header, INGOT_BF16));
  EXPECT_TRUE(npyFits(parseParts("|i1", "(1,)").header, INGOT_I4));
  EXPECT_FALSE(npyFits(parseParts("|u1", "(1,)").header, INGOT_I4));
  EXPECT_FALSE(npyFits(parseParts("<f8", "(1,)").header, INGOT_F32));
  EXPECT_FALSE(npyFits(parseParts("<i4", "(1,)").header, INGOT_U32));
}

TEST(NpyHeaderTest, RefusesWithAReason) {
  struct Case {
    const char *text, *reason;
  };
  for (Case c :
       {Case{"", "no dictionary"},
        {"{", "no key"},
        {"{}", "'descr' is missing"},
        {"{'descr': '<f4', 'fortran_order': False}", "'shape' is missing"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", "Fortran order"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}", "big-endian"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}", "'|O' is not supported"},
        {"{'descr': '<U7', 'fortran_order': False, 'shape': (2, 3)}", "'<U7' is not supported"},
        {"{'descr': '<f16', 'fortran_order': False, 'shape': (2, 3)}", "not supported"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}", "structured"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3)}", "dimension"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "dimension"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", "dimension"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000000000, 100000000000000000)}", "overflows"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}", "more than 16"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3", "does not end"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", "unexpected key"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x", "text after"}}) {
    Parsed parsed = parse(c.text);
    EXPECT_FALSE(parsed.ok) << c.text;
    EXPECT_NE(parsed.message.find(c.reason), std::string::npos) << c.text << ": " << parsed.message;
  }
}

// Every prefix and every changed byte of a good header is answered, within the bytes given.
TEST(NpyHeaderTest, StaysWithinItsBytes) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n";
  for (size_t size = 0; size < good.size(); ++size) {
    std::vector<char> exact(good.begin(), good.begin() + long(size));
    NpyHeader header;
    parseNpyHeader(exact.data(), exact.size(), header, nullptr);
    for (int byte = 0; byte < 256; ++byte) {
      std::vector<char> changed(good.begin(), good.end());
      changed[size] = char(byte);
      parseNpyHeader(changed.data(), changed.size(), header, nullptr);
    }
  }
}

class NpyFileTest : public testing::Test {
protected:
  void SetUp() override {
    char name[] = "/tmp/ingot-npy-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder = name;
    path = folder + "/a.npy";
  }
  void TearDown() override {
    unlink(path.c_str());
    rmdir(folder.c_str()); // fails where something else was left behind
    EXPECT_NE(access(folder.c_str(), F_OK), 0);
  }
  void write(const std::string &bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  std::string openError() {
    NpyReader reader;
    ingot_error error = {};
    EXPECT_FALSE(reader.open(path.c_str(), &error));
    return error.message;
  }
  static std::string file(int version, const std::string &header, const std::string &data) {
    std::string out = "\x93NUMPY";
    out += char(version);
    out += '\0';
    for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
      out += char(header.size() >> (8 * i));
    return out + header + data;
  }
  std::string folder, path;
};

TEST_F(NpyFileTest, WritesWhatItReads) {
  float values[6] = {1, 2, 3, 4, 5, 6}, back[6] = {};
  int64_t dims[2] = {2, 3};
  ingot_error error = {};
  ASSERT_TRUE(writeNpy(path.c_str(), INGOT_F32, 2, dims, values, &error)) << error.message;
  NpyReader reader;
  ASSERT_TRUE(reader.open(path.c_str(), &error)) << error.message;
  EXPECT_EQ(reader.header().rank, 2u);
  ASSERT_TRUE(reader.read(back, INGOT_F32, &error)) << error.message;
  EXPECT_EQ(memcmp(values, back, sizeof values), 0);
}

TEST_F(NpyFileTest, HeaderIsAlignedForEveryRankAndDtype) {
  for (uint32_t dtype = 1; dtype < INGOT_DTYPE_COUNT; ++dtype)
    for (uint32_t rank = 0; rank <= INGOT_MAX_RANK; ++rank) {
      int64_t dims[INGOT_MAX_RANK];
      for (int64_t &dim : dims)
        dim = 3;
      char bytes[1024];
      size_t size = formatNpyHeader(dtype, rank, dims, bytes, sizeof bytes);
      ASSERT_GT(size, 0u) << dtype;
      EXPECT_EQ(size % 64, 0u);
      EXPECT_EQ(bytes[size - 1], '\n');
      NpyHeader header;
      ingot_error error = {};
      ASSERT_TRUE(parseNpyHeader(bytes + 10, size - 10, header, &error)) << error.message;
      EXPECT_EQ(header.rank, rank);
      EXPECT_TRUE(npyFits(header, dtype)) << dtype;
    }
}

TEST_F(NpyFileTest, ReadsAllVersions) {
  for (int version : {1, 2, 3}) {
    write(file(version, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n", "abc"));
    NpyReader reader;
    ingot_error error = {};
    ASSERT_TRUE(reader.open(path.c_str(), &error)) << error.message;
    char data[3];
    ASSERT_TRUE(reader.read(data, INGOT_U8, &error)) << error.message;
    EXPECT_EQ(data[2], 'c');
  }
}

TEST_F(NpyFileTest, RefusesWrongLengths) {
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
  write(file(1, header, "ab"));
  EXPECT_NE(openError().find("truncated: 2 bytes of data where its shape needs 3"), std::string::npos);
  write(file(1, header, "abcd"));
  EXPECT_NE(openError().find("too long: 4 bytes"), std::string::npos);
  write(file(1, header, "").substr(0, 30));
  EXPECT_NE(openError().find("ends within its header"), std::string::npos);
  write("PNG");
  EXPECT_NE(openError().find("is not a .npy file"), std::string::npos);
  write(file(9, header, "abc"));
  EXPECT_NE(openError().find("version 9.0"), std::string::npos);
  write(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12));
  EXPECT_NE(openError().find("header of 4294967295 bytes"), std::string::npos);
}

TEST_F(NpyFileTest, RefusesValuesTheTypeDoesNotHold) {
  write(file(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }\n", std::string("\0\1\2", 3)));
  NpyReader reader;
  ingot_error error = {};
  ASSERT_TRUE(reader.open(path.c_str(), &error)) << error.message;
  char data[3];
  EXPECT_FALSE(reader.read(data, INGOT_I1, &error));
  EXPECT_NE(std::string(error.message).find("element 2 is 2"), std::string::npos) << error.message;
}

TEST_F(NpyFileTest, FailedWriteLeavesNothing) {
  float value = 1;
  ingot_error error = {};
  std::string inside = folder + "/absent/a.npy";
  EXPECT_FALSE(writeNpy(inside.c_str(), INGOT_F32, 0, nullptr, &value, &error));
  EXPECT_EQ(error.code, INGOT_IO);
  EXPECT_NE(std::string(error.message).find(inside), std::string::npos);
}

} // namespace
} // namespace ingot::hostio
