// Reading and writing .npy files, NumPy's format for one array. No conversion happens on the way: an array is read into a
// buffer of its own element type or refused.
//
// Read are format versions 1 to 3, little-endian, C order. An element type NumPy has no code for is read from its nearest
// storage: bf16 and the 8-bit floats from raw bytes ('V2', 'V1', as ml_dtypes writes them), 2- and 4-bit integers from
// 8-bit ones or raw bytes (ml_dtypes: 'V1'). Headers are parsed within bounds; any bytes whatever are answered with a message.
#ifndef INGOT_RUNTIME_HOSTIO_NPY_H
#define INGOT_RUNTIME_HOSTIO_NPY_H

#include "runtime/abi/artifact.h"

#include <ingot/artifact.h>

#include <stddef.h>
#include <stdint.h>

namespace ingot::hostio {

struct NpyHeader {
  uint32_t dtype; // enum ingot_dtype as stored; INGOT_DTYPE_INVALID for raw bytes ('V1', 'V2')
  uint32_t elementBytes;
  uint32_t rank;
  int64_t dims[INGOT_MAX_RANK];
  uint64_t byteSize; // of the data
};

// Parses the dictionary of a header (without magic, version and length).
bool parseNpyHeader(const char *text, size_t size, NpyHeader &header, ingot_error *error);

// Whether an array stored like this can be read as `dtype`, byte for byte. What names ml_dtypes gives its types in files
// differs between its versions: '<V1', '|V1', '<f1' and the types' own names are all raw bytes.
bool npyFits(const NpyHeader &header, uint32_t dtype);
// Whether the stored bytes are elements of `dtype`: the values that types below 8 bits and i1 may have. Negative ones of raw
// bytes are sign-extended in place.
bool settleNpyValues(const NpyHeader &header, void *data, uint32_t dtype, ingot_error *error);
// "f32", or for raw bytes "V2".
const char *npyStoredName(const NpyHeader &header);

// One .npy file, opened and past its header; the data is read once the header was found acceptable.
class NpyReader {
public:
  NpyReader() = default;
  NpyReader(const NpyReader &) = delete;
  NpyReader &operator=(const NpyReader &) = delete;
  ~NpyReader();

  // `path` may be "-": the standard input. Reads magic and header; for a regular file the length must be exact.
  bool open(const char *path, ingot_error *error);
  const NpyHeader &header() const { return head; }
  // Reads the data, header().byteSize bytes, and settles the values `dtype` restricts (i1, and integers below 8 bits).
  // Nothing may follow in the file.
  bool read(void *data, uint32_t dtype, ingot_error *error);

private:
  int file = -1;
  NpyHeader head = {};
};

// Writes magic, version and header for an array; returns the number of bytes, a multiple of 64, or 0 where `dtype` is
// unknown or `capacity` too small (1024 is always enough).
size_t formatNpyHeader(uint32_t dtype, uint32_t rank, const int64_t *dims, char *out, size_t capacity);
// Writes a file under a temporary name in the same folder and renames it; on failure nothing is left behind.
bool writeNpy(const char *path, uint32_t dtype, uint32_t rank, const int64_t *dims, const void *data, ingot_error *error);

} // namespace ingot::hostio

#endif // INGOT_RUNTIME_HOSTIO_NPY_H
