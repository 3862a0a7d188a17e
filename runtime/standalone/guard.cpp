// What an executable runs first (runtime/abi/guard.h): one flat piece of code, linked with nothing.
#include "runtime/abi/guard.h"
#include "runtime/abi/hash.h"

#include <elf.h>

#define HIDDEN __attribute__((visibility("hidden")))

extern "C" {
// Compilers call these for loops and assignments.
HIDDEN void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    static_cast<volatile uint8_t *>(to)[i] = static_cast<const uint8_t *>(from)[i];
  }
  return to;
}
HIDDEN void *memset(void *to, int value, size_t size) {
  for (size_t i = 0; i < size; ++i)
    static_cast<volatile uint8_t *>(to)[i] = uint8_t(value);
  return to;
}
}

namespace {

#if defined(__x86_64__)
enum { sysWrite = 1, sysMmap = 9, sysClose = 3, sysPread = 17, sysExit = 231, sysOpenat = 257, sysFaccessat = 269 };
int64_t call(int64_t number, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0, uint64_t e = 0,
             uint64_t f = 0) {
  register uint64_t r10 __asm__("r10") = d;
  register uint64_t r8 __asm__("r8") = e;
  register uint64_t r9 __asm__("r9") = f;
  int64_t result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum { sysWrite = 64, sysMmap = 222, sysClose = 57, sysPread = 67, sysExit = 94, sysOpenat = 56, sysFaccessat = 48 };
int64_t call(int64_t number, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0, uint64_t e = 0,
             uint64_t f = 0) {
  register uint64_t x8 __asm__("x8") = uint64_t(number);
  register uint64_t x0 __asm__("x0") = a;
  register uint64_t x1 __asm__("x1") = b;
  register uint64_t x2 __asm__("x2") = c;
  register uint64_t x3 __asm__("x3") = d;
  register uint64_t x4 __asm__("x4") = e;
  register uint64_t x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return int64_t(x0);
}
#endif

constexpr uint64_t atCurrentFolder = uint64_t(-100);
constexpr uint64_t closeOnExec = 02000000;
constexpr uint64_t readable = 1, writable = 2, executable = 4;
constexpr uint64_t isPrivate = 2, isFixed = 16, isAnonymous = 32;
constexpr int64_t badAddress = -14;
constexpr uint64_t page = 4096; // segments of a dynamic linker are aligned to the largest page, mappings to any

bool failed(int64_t result) { return result < 0 && result >= -4095; }

// The process as the kernel left it on the stack.
struct Process {
  uint64_t argc;
  const char **argv;
  Elf64_auxv_t *auxiliary;

  explicit Process(uint64_t *stack) : argc(stack[0]), argv(reinterpret_cast<const char **>(stack + 1)) {
    const char **at = argv + argc + 1;
    while (*at)
      ++at;
    auxiliary = reinterpret_cast<Elf64_auxv_t *>(at + 1);
  }
  void set(uint64_t type, uint64_t value) {
    for (Elf64_auxv_t *at = auxiliary; at->a_type != AT_NULL; ++at)
      if (at->a_type == type)
        at->a_un.a_val = value;
  }
};

void write(uint64_t file, const char *text) {
  uint64_t size = 0;
  while (text[size])
    ++size;
  call(sysWrite, file, reinterpret_cast<uint64_t>(text), size);
}

bool same(const char *a, const char *b) {
  for (; *a && *a == *b; ++a)
    ++b;
  return *a == *b;
}

[[noreturn]] void end(const Process &process, uint64_t status, const char *message) {
  const char *name = process.argc ? process.argv[0] : "model";
  for (const char *at = name; *at; ++at)
    if (*at == '/')
      name = at + 1;
  write(2, name);
  write(2, ": ");
  write(2, message);
  write(2, "\n");
  for (uint64_t i = 1; i < process.argc && !same(process.argv[i], "--"); ++i)
    if (same(process.argv[i], "--json")) {
      write(1, "{\"error\": \"");
      write(1, message);
      write(1, "\"}\n");
      break;
    }
  for (;;)
    call(sysExit, status);
}

// The end of the file is there: its page can be read, and holds the mark.
bool isWhole(const char *sentinel) {
  // The mark begins as an empty path; the kernel says whether it could read it, where this code would get a signal.
  if (call(sysFaccessat, atCurrentFolder, reinterpret_cast<uint64_t>(sentinel)) == badAddress)
    return false;
  for (unsigned i = 0; i < INGOT_SENTINEL_SIZE; ++i)
    if (static_cast<const volatile char *>(sentinel)[i] != INGOT_SENTINEL[i])
      return false;
  return true;
}

bool isUnchanged(const ingot_guard &guard, uint64_t base) {
  ingot_hash_state state;
  ingot_hash_begin(&state, 0);
  for (uint64_t i = 0; i < guard.range_count && i < INGOT_GUARD_RANGES; ++i)
    ingot_hash_update(&state, reinterpret_cast<const void *>(base + guard.ranges[i].address), guard.ranges[i].size);
  return ingot_hash_end(&state) == guard.hash;
}

struct Interpreter {
  uint64_t base = 0, entry = 0;
};

// Maps the dynamic linker as the kernel does; entry 0 where that cannot be done.
Interpreter mapInterpreter(const char *path) {
  Interpreter none, mapped;
  const int64_t file = call(sysOpenat, atCurrentFolder, reinterpret_cast<uint64_t>(path), closeOnExec);
  if (failed(file))
    return none;
  Elf64_Ehdr header;
  Elf64_Phdr segments[32];
  auto read = [&](void *to, uint64_t size, uint64_t offset) {
    return call(sysPread, uint64_t(file), reinterpret_cast<uint64_t>(to), size, offset) == int64_t(size);
  };
  if (!read(&header, sizeof header, 0) || header.e_phnum > 32 || header.e_phentsize != sizeof(Elf64_Phdr) ||
      !read(segments, header.e_phnum * sizeof(Elf64_Phdr), header.e_phoff))
    return none;
  uint64_t first = ~uint64_t(0), last = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i)
    if (segments[i].p_type == PT_LOAD) {
      const uint64_t begin = segments[i].p_vaddr & ~(page - 1), finish = segments[i].p_vaddr + segments[i].p_memsz;
      first = begin < first ? begin : first;
      last = finish > last ? finish : last;
    }
  if (first >= last)
    return none;
  const int64_t place = call(sysMmap, 0, last - first, 0, isPrivate | isAnonymous, ~uint64_t(0), 0);
  if (failed(place))
    return none;
  mapped.base = uint64_t(place) - first;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const Elf64_Phdr &segment = segments[i];
    if (segment.p_type != PT_LOAD)
      continue;
    const uint64_t rights = (segment.p_flags & PF_R ? readable : 0) | (segment.p_flags & PF_W ? writable : 0) |
                            (segment.p_flags & PF_X ? executable : 0);
    const uint64_t skew = segment.p_vaddr & (page - 1), at = mapped.base + segment.p_vaddr;
    if (segment.p_filesz && failed(call(sysMmap, at - skew, segment.p_filesz + skew, rights, isPrivate | isFixed,
                                        uint64_t(file), segment.p_offset - skew)))
      return none;
    const uint64_t written = at + segment.p_filesz, end = at + segment.p_memsz;
    if (end == written)
      continue;
    const uint64_t pageEnd = (written + page - 1) & ~(page - 1);
    // To the end of the page, which a dynamic linker allocates from.
    for (uint64_t byte = written; byte < pageEnd; ++byte)
      *reinterpret_cast<volatile uint8_t *>(byte) = 0;
    if (end > pageEnd &&
        failed(call(sysMmap, pageEnd, end - pageEnd, rights, isPrivate | isFixed | isAnonymous, ~uint64_t(0), 0)))
      return none;
  }
  call(sysClose, uint64_t(file));
  mapped.entry = mapped.base + header.e_entry;
  return mapped;
}

} // namespace

// Returns where to go on. `linked` is not 0 where a dynamic linker that was called by name has loaded the program already.
extern "C" HIDDEN uint64_t ingot_guard_main(uint64_t *stack, const char *guardCode, uint64_t linked) {
  const ingot_guard &guard = reinterpret_cast<const ingot_guard *>(guardCode)[-1];
  const uint64_t base = reinterpret_cast<uint64_t>(&guard) - guard.address;
  if (linked)
    return base + guard.start;
  Process process(stack);
  if (!isWhole(reinterpret_cast<const char *>(base + guard.sentinel)))
    end(process, 3, "the file is damaged: its end is missing (is it cut off?)");
  if (!isUnchanged(guard, base))
    end(process, 3, "the file is damaged: its code or data have changed since it was compiled");
  process.set(AT_ENTRY, base + guard.start);
  process.set(AT_PHDR, base + guard.headers);
  process.set(AT_PHNUM, guard.header_count);
  if (!guard.interpreter)
    return base + guard.start;
  const Interpreter interpreter = mapInterpreter(reinterpret_cast<const char *>(base + guard.interpreter));
  if (!interpreter.entry)
    end(process, 1, "cannot be started: this system has no dynamic linker of the GNU C library for it");
  process.set(AT_BASE, interpreter.base);
  return interpreter.entry;
}
