/* The first thing of an executable that runs: before its dynamic linker, which trusts a file blindly.
 *
 * Nouns
 *   guard    position-independent code without a library (runtime/standalone/guard.cpp): it tells a file that was cut off or
 *            changed and exits with status 3, else starts the dynamic linker as the kernel would have done, or, in a static
 *            executable, the program itself.
 *   section  `.note.ingot.guard`, the first of the file, a note that holds in this order: this structure at
 *            INGOT_GUARD_PLACE, the guard, the program headers for what starts it, those for the kernel. The kernel's are
 *            last and name no interpreter: a file that ends before them is none that it starts, and of one that ends behind
 *            them the guard is whole.
 * Addresses are those of the link, counted from the file's load address. */
#ifndef INGOT_RUNTIME_ABI_GUARD_H
#define INGOT_RUNTIME_ABI_GUARD_H

#include <stdint.h>

#define INGOT_GUARD_SECTION ".note.ingot.guard"
#define INGOT_GUARD_PLACE 64u
#define INGOT_GUARD_RANGES 12u
#define INGOT_GUARD_HEADERS 20u /* room for program headers, twice */

typedef struct ingot_guard_range {
  uint64_t address, size;
} ingot_guard_range;

typedef struct ingot_guard {
  uint64_t address;     /* of this structure; the guard follows it */
  uint64_t start;       /* the program's own entry, which the dynamic linker calls */
  uint64_t interpreter; /* the dynamic linker's path; 0 in a static executable */
  uint64_t headers;     /* program headers for it, or for the C library inside, which relocates the program */
  uint64_t header_count;
  uint64_t sentinel; /* INGOT_SENTINEL, the last bytes of the file */
  uint64_t hash;     /* ingot_hash of the ranges one after another, as the kernel maps them: all that is loaded but this
                        section, the table (which has a hash of its own) and the weights */
  uint64_t range_count;
  ingot_guard_range ranges[INGOT_GUARD_RANGES];
} ingot_guard;

#endif /* INGOT_RUNTIME_ABI_GUARD_H */
