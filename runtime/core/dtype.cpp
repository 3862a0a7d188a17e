#include "runtime/core/dtype.h"

#include "runtime/abi/artifact.h"

namespace ingot::rt {
namespace {

struct Dtype {
  char name[14]; // in place, so that the table needs no relocation
  uint8_t bytes, alignment;
};

constexpr Dtype dtypes[INGOT_DTYPE_COUNT] = {
    {"?", 0, 1},         {"i1", 1, 1},         {"i2", 1, 1},
    {"i4", 1, 1},        {"i8", 1, 1},         {"i16", 2, 2},
    {"i32", 4, 4},       {"i64", 8, 8},        {"u2", 1, 1},
    {"u4", 1, 1},        {"u8", 1, 1},         {"u16", 2, 2},
    {"u32", 4, 4},       {"u64", 8, 8},        {"f8e4m3fn", 1, 1},
    {"f8e5m2", 1, 1},    {"f8e4m3fnuz", 1, 1}, {"f8e5m2fnuz", 1, 1},
    {"f16", 2, 2},       {"bf16", 2, 2},       {"f32", 4, 4},
    {"f64", 8, 8},       {"c64", 8, 4},        {"c128", 16, 8},
    {"f8e4m3", 1, 1},    {"f8e3m4", 1, 1},     {"f8e4m3b11fnuz", 1, 1},
    {"f8e8m0fnu", 1, 1}, {"f6e2m3fn", 1, 1},   {"f6e3m2fn", 1, 1},
    {"f4e2m1fn", 1, 1},
};

const Dtype &at(uint32_t dtype) { return dtypes[dtype < INGOT_DTYPE_COUNT ? dtype : 0]; }

} // namespace

const char *dtypeName(uint32_t dtype) { return at(dtype).name; }
uint32_t dtypeBytes(uint32_t dtype) { return at(dtype).bytes; }
uint32_t dtypeAlignment(uint32_t dtype) { return at(dtype).alignment; }

} // namespace ingot::rt
