#include "runtime/hostio/npy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ingot::hostio {
namespace {

constexpr char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};
constexpr uint32_t maxHeader = 1u << 20;

__attribute__((format(printf, 3, 4))) bool refuse(ingot_error *error, ingot_code code, const char *format, ...) {
  if (error) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    error->code = code;
  }
  return false;
}

// NumPy's code for a dtype: kind and bytes. Types NumPy lacks are stored as raw bytes or a wider integer.
struct Code {
  uint32_t dtype;
  char kind;
  uint8_t bytes;
};
constexpr Code codes[] = {{INGOT_I1, 'b', 1},         {INGOT_I8, 'i', 1},
                          {INGOT_I16, 'i', 2},        {INGOT_I32, 'i', 4},
                          {INGOT_I64, 'i', 8},        {INGOT_U8, 'u', 1},
                          {INGOT_U16, 'u', 2},        {INGOT_U32, 'u', 4},
                          {INGOT_U64, 'u', 8},        {INGOT_F16, 'f', 2},
                          {INGOT_F32, 'f', 4},        {INGOT_F64, 'f', 8},
                          {INGOT_C64, 'c', 8},        {INGOT_C128, 'c', 16},
                          {INGOT_BF16, 'V', 2},       {INGOT_I2, 'i', 1},
                          {INGOT_I4, 'i', 1},         {INGOT_U2, 'u', 1},
                          {INGOT_U4, 'u', 1},         {INGOT_F8E4M3FN, 'V', 1},
                          {INGOT_F8E5M2, 'V', 1},     {INGOT_F8E4M3FNUZ, 'V', 1},
                          {INGOT_F8E5M2FNUZ, 'V', 1}, {INGOT_F8E4M3, 'V', 1},
                          {INGOT_F8E3M4, 'V', 1},     {INGOT_F8E4M3B11FNUZ, 'V', 1},
                          {INGOT_F8E8M0FNU, 'V', 1},  {INGOT_F6E2M3FN, 'V', 1},
                          {INGOT_F6E3M2FN, 'V', 1},   {INGOT_F4E2M1FN, 'V', 1}};

const Code *findCode(uint32_t dtype) {
  for (const Code &code : codes)
    if (code.dtype == dtype)
      return &code;
  return nullptr;
}

// A cursor over the header's text, a Python dictionary literal.
struct Cursor {
  const char *at, *end;

  void skip() {
    while (at != end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
      ++at;
  }
  bool take(char c) {
    skip();
    if (at == end || *at != c)
      return false;
    ++at;
    return true;
  }
  // A quoted string without escapes.
  bool string(const char *&text, size_t &size) {
    skip();
    if (at == end || (*at != '\'' && *at != '"'))
      return false;
    char quote = *at++;
    text = at;
    while (at != end && *at != quote && *at != '\\' && *at != '\n')
      ++at;
    if (at == end || *at != quote)
      return false;
    size = size_t(at++ - text);
    return true;
  }
  bool word(const char *text) {
    skip();
    size_t size = strlen(text);
    if (size_t(end - at) < size || memcmp(at, text, size) != 0)
      return false;
    at += size;
    return true;
  }
  // A number of at most 18 digits; Python 2's suffix 'L' is allowed.
  bool number(int64_t &value) {
    skip();
    const char *first = at;
    value = 0;
    while (at != end && *at >= '0' && *at <= '9' && at - first < 18)
      value = value * 10 + (*at++ - '0');
    if (at == first || (at != end && *at >= '0' && *at <= '9'))
      return false;
    if (at != end && *at == 'L')
      ++at;
    return true;
  }
};

// The names of ml_dtypes' types, which some writers put where NumPy's code would be.
struct TypeName {
  const char *name;
  uint32_t dtype;
};
constexpr TypeName typeNames[] = {{"bfloat16", INGOT_BF16},
                                  {"float8_e4m3fn", INGOT_F8E4M3FN},
                                  {"float8_e5m2", INGOT_F8E5M2},
                                  {"float8_e4m3fnuz", INGOT_F8E4M3FNUZ},
                                  {"float8_e5m2fnuz", INGOT_F8E5M2FNUZ},
                                  {"float8_e4m3", INGOT_F8E4M3},
                                  {"float8_e3m4", INGOT_F8E3M4},
                                  {"float8_e4m3b11fnuz", INGOT_F8E4M3B11FNUZ},
                                  {"float8_e8m0fnu", INGOT_F8E8M0FNU},
                                  {"float6_e2m3fn", INGOT_F6E2M3FN},
                                  {"float6_e3m2fn", INGOT_F6E3M2FN},
                                  {"float4_e2m1fn", INGOT_F4E2M1FN},
                                  {"int2", INGOT_I2},
                                  {"int4", INGOT_I4},
                                  {"uint2", INGOT_U2},
                                  {"uint4", INGOT_U4}};

// Types that NumPy has no code for.
bool isNamed(uint32_t dtype) {
  for (const TypeName &type : typeNames)
    if (type.dtype == dtype)
      return true;
  return false;
}

bool parseDescr(const char *text, size_t size, NpyHeader &header, ingot_error *error) {
  int shown = int(size < 40 ? size : 40);
  for (const TypeName &type : typeNames)
    if (strlen(type.name) == size && memcmp(type.name, text, size) == 0) {
      header.dtype = type.dtype;
      header.elementBytes = uint32_t(ingot_dtype_bytes(type.dtype));
      return true;
    }
  const char *rest = text, *end = text + size;
  char order = '|';
  if (rest != end && (*rest == '<' || *rest == '>' || *rest == '=' || *rest == '|'))
    order = *rest++;
  char kind = rest != end ? *rest++ : '\0';
  unsigned bytes = 0;
  if (kind == '?') {
    kind = 'b';
    bytes = 1;
  }
  for (; rest != end && *rest >= '0' && *rest <= '9' && bytes < 1000; ++rest)
    bytes = bytes * 10 + unsigned(*rest - '0');
  if (rest != end)
    return refuse(error, INGOT_INVALID, "element type '%.*s' is not supported", shown, text);
  if (order == '>' && bytes > 1)
    return refuse(error, INGOT_INVALID, "element type '%.*s' is big-endian; save it as '<%.*s'", shown, text, shown - 1,
                  text + 1);
  header.elementBytes = bytes;
  if ((kind == 'V' && (bytes == 1 || bytes == 2)) || (kind == 'f' && bytes == 1)) {
    header.dtype = INGOT_DTYPE_INVALID;
    return true;
  }
  for (const Code &code : codes) // plain types come before those that borrow a storage type
    if (code.kind == kind && code.bytes == bytes) {
      header.dtype = code.dtype;
      return true;
    }
  return refuse(error, INGOT_INVALID, "element type '%.*s' is not supported", shown, text);
}

bool parseShape(Cursor &cursor, NpyHeader &header, ingot_error *error) {
  if (!cursor.take('('))
    return refuse(error, INGOT_INVALID, "malformed .npy header: 'shape' is not a tuple");
  header.rank = 0;
  while (!cursor.take(')')) {
    int64_t dim;
    if (!cursor.number(dim))
      return refuse(error, INGOT_INVALID, "malformed .npy header: a dimension is not a number from 0 to 10^18");
    if (header.rank == INGOT_MAX_RANK)
      return refuse(error, INGOT_INVALID, "more than %u dimensions", INGOT_MAX_RANK);
    header.dims[header.rank++] = dim;
    if (!cursor.take(',')) {
      if (!cursor.take(')'))
        return refuse(error, INGOT_INVALID, "malformed .npy header: 'shape' does not end");
      break;
    }
  }
  return true;
}

// Elements times element size; false where that leaves 63 bits.
bool countBytes(NpyHeader &header) {
  uint64_t bytes = header.elementBytes;
  for (uint32_t i = 0; i < header.rank; ++i)
    if (header.dims[i] == 0) {
      header.byteSize = 0;
      return true;
    }
  for (uint32_t i = 0; i < header.rank; ++i)
    if (__builtin_mul_overflow(bytes, uint64_t(header.dims[i]), &bytes) || bytes >> 62)
      return false;
  header.byteSize = bytes;
  return true;
}

// Reads up to `size` bytes; -1 on an error.
int64_t readFully(int file, void *data, uint64_t size) {
  uint64_t done = 0;
  while (done < size) {
    uint64_t left = size - done;
    ssize_t n = ::read(file, static_cast<char *>(data) + done, left < (1u << 30) ? left : (1u << 30));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    done += uint64_t(n);
  }
  return int64_t(done);
}

bool writeFully(int file, const void *data, uint64_t size) {
  const char *at = static_cast<const char *>(data);
  while (size) {
    ssize_t n = ::write(file, at, size < (1u << 30) ? size : (1u << 30));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    size -= uint64_t(n);
  }
  return true;
}

// The values types below 8 bits may hold, as [low, high] of the stored byte read as signed.
bool storedRange(uint32_t dtype, int &low, int &high) {
  switch (dtype) {
  case INGOT_I1:
    low = 0, high = 1;
    return true;
  case INGOT_I2:
    low = -2, high = 1;
    return true;
  case INGOT_I4:
    low = -8, high = 7;
    return true;
  case INGOT_U2:
    low = 0, high = 3;
    return true;
  case INGOT_U4:
    low = 0, high = 15;
    return true;
  default:
    return false;
  }
}

} // namespace

bool parseNpyHeader(const char *text, size_t size, NpyHeader &header, ingot_error *error) {
  header = {};
  Cursor cursor{text, text + size};
  bool haveDescr = false, haveOrder = false, haveShape = false;
  if (!cursor.take('{'))
    return refuse(error, INGOT_INVALID, "malformed .npy header: no dictionary");
  while (!cursor.take('}')) {
    const char *key, *value;
    size_t keySize, valueSize;
    if (!cursor.string(key, keySize) || !cursor.take(':'))
      return refuse(error, INGOT_INVALID, "malformed .npy header: no key");
    if (keySize == 5 && !memcmp(key, "descr", 5) && !haveDescr) {
      haveDescr = true;
      if (!cursor.string(value, valueSize))
        return refuse(error, INGOT_INVALID, "structured element types are not supported");
      if (!parseDescr(value, valueSize, header, error))
        return false;
    } else if (keySize == 13 && !memcmp(key, "fortran_order", 13) && !haveOrder) {
      haveOrder = true;
      if (cursor.word("True"))
        return refuse(error, INGOT_INVALID, "the array is in Fortran order; save it with numpy.ascontiguousarray");
      if (!cursor.word("False"))
        return refuse(error, INGOT_INVALID, "malformed .npy header: 'fortran_order' is neither True nor False");
    } else if (keySize == 5 && !memcmp(key, "shape", 5) && !haveShape) {
      haveShape = true;
      if (!parseShape(cursor, header, error))
        return false;
    } else {
      return refuse(error, INGOT_INVALID, "malformed .npy header: unexpected key '%.*s'", int(keySize < 40 ? keySize : 40),
                    key);
    }
    if (!cursor.take(',') && !(cursor.at != cursor.end && *cursor.at == '}'))
      return refuse(error, INGOT_INVALID, "malformed .npy header: the dictionary does not end");
  }
  cursor.skip();
  if (cursor.at != cursor.end)
    return refuse(error, INGOT_INVALID, "malformed .npy header: text after the dictionary");
  if (!haveDescr || !haveOrder || !haveShape)
    return refuse(error, INGOT_INVALID, "malformed .npy header: '%s' is missing",
                  !haveDescr   ? "descr"
                  : !haveOrder ? "fortran_order"
                               : "shape");
  if (!countBytes(header))
    return refuse(error, INGOT_INVALID, "the shape overflows a 64-bit size");
  return true;
}

bool npyFits(const NpyHeader &header, uint32_t dtype) {
  const Code *code = findCode(dtype);
  if (!code)
    return false;
  if (header.dtype == dtype)
    return true;
  const bool named = isNamed(header.dtype), borrows = isNamed(dtype);
  if (named)
    return false; // the file says what it holds
  if (header.dtype == INGOT_DTYPE_INVALID)
    return borrows && header.elementBytes == code->bytes;
  const Code *stored = findCode(header.dtype);
  return stored && stored->kind == code->kind && stored->bytes == code->bytes;
}

bool settleNpyValues(const NpyHeader &header, void *data, uint32_t dtype, ingot_error *error) {
  int low, high;
  // A negative number of 2 or 4 bits is sign-extended in an 8-bit integer; in raw bytes ml_dtypes leaves the bits above at 0.
  const bool isRaw = header.dtype == INGOT_DTYPE_INVALID || isNamed(header.dtype);
  if (storedRange(dtype, low, high))
    for (uint64_t i = 0; i < header.byteSize; ++i) {
      uint8_t &element = static_cast<uint8_t *>(data)[i]; // of two's complement
      int value = element < 128 ? element : element - 256;
      if (isRaw && low < 0 && value > high && value <= high - low)
        element = static_cast<uint8_t>(value -= high - low + 1);
      if (value < low || value > high)
        return refuse(error, INGOT_INVALID, "element %llu is %d, but %s holds %d to %d", (unsigned long long)i, value,
                      ingot_dtype_name(dtype), low, high);
    }
  return true;
}

const char *npyStoredName(const NpyHeader &header) {
  if (header.dtype == INGOT_DTYPE_INVALID)
    return header.elementBytes == 1 ? "V1" : "V2";
  return ingot_dtype_name(header.dtype);
}

NpyReader::~NpyReader() {
  if (file > 0)
    close(file);
}

bool NpyReader::open(const char *path, ingot_error *error) {
  file = strcmp(path, "-") == 0 ? 0 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return refuse(error, INGOT_IO, "cannot open '%s': %s", path, strerror(errno));
  unsigned char prefix[12];
  int64_t got = readFully(file, prefix, 10);
  if (got < 0)
    return refuse(error, INGOT_IO, "cannot read '%s': %s", path, strerror(errno));
  if (got < 10 || memcmp(prefix, magic, sizeof magic) != 0)
    return refuse(error, INGOT_INVALID, "'%s' is not a .npy file, as numpy.save writes them", path);
  if (prefix[6] < 1 || prefix[6] > 3)
    return refuse(error, INGOT_INVALID, "'%s': .npy format version %d.%d is not supported", path, prefix[6], prefix[7]);
  uint32_t length = prefix[8] | uint32_t(prefix[9]) << 8;
  uint32_t before = 10;
  if (prefix[6] >= 2) {
    if (readFully(file, prefix + 10, 2) != 2)
      return refuse(error, INGOT_INVALID, "'%s' ends within its header", path);
    length |= uint32_t(prefix[10]) << 16 | uint32_t(prefix[11]) << 24;
    before = 12;
  }
  if (length > maxHeader)
    return refuse(error, INGOT_INVALID, "'%s': a header of %u bytes is not supported", path, length);
  char *text = static_cast<char *>(malloc(length + 1));
  if (!text)
    return refuse(error, INGOT_OUT_OF_MEMORY, "out of memory");
  ingot_error why;
  int64_t read = readFully(file, text, length);
  bool parsed = read == int64_t(length) && parseNpyHeader(text, length, head, &why);
  free(text);
  if (read != int64_t(length))
    return refuse(error, INGOT_INVALID, "'%s' ends within its header", path);
  if (!parsed)
    return refuse(error, why.code, "'%s': %.900s", path, why.message);

  struct stat status;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && file != 0) {
    uint64_t size = uint64_t(status.st_size), expected = head.byteSize + length + before;
    if (size != expected)
      return refuse(error, INGOT_INVALID, "'%s' is %s: %llu bytes of data where its shape needs %llu", path,
                    size < expected ? "truncated" : "too long",
                    (unsigned long long)(size < length + before ? 0 : size - length - before),
                    (unsigned long long)head.byteSize);
  }
  return true;
}

bool NpyReader::read(void *data, uint32_t dtype, ingot_error *error) {
  int64_t got = readFully(file, data, head.byteSize);
  if (got < 0)
    return refuse(error, INGOT_IO, "cannot read the data: %s", strerror(errno));
  if (uint64_t(got) != head.byteSize)
    return refuse(error, INGOT_INVALID, "truncated: %lld bytes of data where its shape needs %llu", (long long)got,
                  (unsigned long long)head.byteSize);
  char more;
  if (readFully(file, &more, 1) != 0)
    return refuse(error, INGOT_INVALID, "too long: data follows the %llu bytes its shape needs",
                  (unsigned long long)head.byteSize);
  return settleNpyValues(head, data, dtype, error);
}

size_t formatNpyHeader(uint32_t dtype, uint32_t rank, const int64_t *dims, char *out, size_t capacity) {
  const Code *code = findCode(dtype);
  if (!code || rank > INGOT_MAX_RANK)
    return 0;
  char text[512];
  size_t size = size_t(snprintf(text, sizeof text, "{'descr': '%c%c%d', 'fortran_order': False, 'shape': (",
                                code->bytes == 1 ? '|' : '<', code->kind, code->bytes));
  for (uint32_t i = 0; i < rank; ++i)
    size += size_t(snprintf(text + size, sizeof text - size, i ? ", %lld" : "%lld", (long long)dims[i]));
  size += size_t(snprintf(text + size, sizeof text - size, rank == 1 ? ",), }" : "), }"));
  size_t total = (10 + size + 1 + 63) / 64 * 64;
  if (total > capacity)
    return 0;
  memcpy(out, magic, sizeof magic);
  out[6] = 1;
  out[7] = 0;
  out[8] = char((total - 10) & 0xff);
  out[9] = char((total - 10) >> 8);
  memcpy(out + 10, text, size);
  memset(out + 10 + size, ' ', total - 10 - size - 1);
  out[total - 1] = '\n';
  return total;
}

static constexpr size_t longest_path = 4096; // as Linux takes them

// The file that a path's symbolic links lead to, which need not exist. False, with errno, where they lead nowhere.
static bool followLinks(const char *path, char (&target)[longest_path]) {
  size_t size = strlen(path);
  if (size >= longest_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  memcpy(target, path, size + 1);
  for (int links = 0; links < 40; ++links) { // as many as the kernel follows
    char next[longest_path];
    const ssize_t length = readlink(target, next, longest_path);
    if (length < 0)
      return true; // no link, or nothing
    const char *slash = next[0] == '/' ? nullptr : strrchr(target, '/');
    const size_t folder = slash ? size_t(slash + 1 - target) : 0;
    if (folder + size_t(length) >= longest_path) {
      errno = ENAMETOOLONG;
      return false;
    }
    memcpy(target + folder, next, size_t(length));
    target[folder + size_t(length)] = '\0';
  }
  errno = ELOOP;
  return false;
}

bool writeNpy(const char *path, uint32_t dtype, uint32_t rank, const int64_t *dims, const void *data, ingot_error *error) {
  char header[1024];
  size_t headerSize = formatNpyHeader(dtype, rank, dims, header, sizeof header);
  if (!headerSize)
    return refuse(error, INGOT_INVALID, "an array of this element type cannot be written");
  uint64_t bytes = ingot_dtype_bytes(dtype);
  for (uint32_t i = 0; i < rank; ++i)
    bytes *= uint64_t(dims[i]);

  char target[longest_path];
  if (!followLinks(path, target))
    return refuse(error, INGOT_IO, "cannot write '%s': %s", path, strerror(errno));
  const size_t room = strlen(target) + 32;
  char *temporary = static_cast<char *>(malloc(room));
  if (!temporary)
    return refuse(error, INGOT_OUT_OF_MEMORY, "out of memory");
  snprintf(temporary, room, "%s.%d.partial", target, int(getpid()));
  int out = ::open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  bool created = out >= 0;
  bool done = created && writeFully(out, header, headerSize) && writeFully(out, data, bytes);
  int cause = errno;
  if (created && close(out) != 0 && done) {
    cause = errno;
    done = false;
  }
  if (done && rename(temporary, target) != 0) {
    cause = errno;
    done = false;
  }
  if (created && !done)
    unlink(temporary);
  free(temporary);
  return done || refuse(error, INGOT_IO, "cannot write '%s': %s", path, strerror(cause));
}

} // namespace ingot::hostio
