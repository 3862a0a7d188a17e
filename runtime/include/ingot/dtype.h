/* Element types of tensors. C99. */
#ifndef INGOT_DTYPE_H
#define INGOT_DTYPE_H

/* clang-format off */
/* The numbers are part of the format of artifacts. Values narrower than a byte are stored one per byte. */
enum ingot_dtype {
  INGOT_DTYPE_INVALID = 0,
  INGOT_I1 = 1, /* one byte, 0 or 1 */
  INGOT_I2 = 2, INGOT_I4 = 3, INGOT_I8 = 4, INGOT_I16 = 5, INGOT_I32 = 6, INGOT_I64 = 7,
  INGOT_U2 = 8, INGOT_U4 = 9, INGOT_U8 = 10, INGOT_U16 = 11, INGOT_U32 = 12, INGOT_U64 = 13,
  INGOT_F8E4M3FN = 14, INGOT_F8E5M2 = 15, INGOT_F8E4M3FNUZ = 16, INGOT_F8E5M2FNUZ = 17,
  INGOT_F16 = 18, INGOT_BF16 = 19, INGOT_F32 = 20, INGOT_F64 = 21,
  INGOT_C64 = 22, INGOT_C128 = 23, /* complex of f32, of f64 */
  INGOT_F8E4M3 = 24, INGOT_F8E3M4 = 25, INGOT_F8E4M3B11FNUZ = 26, INGOT_F8E8M0FNU = 27,
  INGOT_F6E2M3FN = 28, INGOT_F6E3M2FN = 29, INGOT_F4E2M1FN = 30,
  INGOT_DTYPE_COUNT = 31
};
/* clang-format on */

#endif /* INGOT_DTYPE_H */
