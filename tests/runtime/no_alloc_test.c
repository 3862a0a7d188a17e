/* quiet_run LIBRARY allocations|calls COUNT: warm up, then run COUNT times on one thread.
 * allocations: prints how often malloc and its kin were called meanwhile. calls: runs between two getppid() for strace to
 * see. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ingot/runtime.h>

#include "runtime/abi/artifact.h"

static long allocations;
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) { return ++allocations, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return ++allocations, __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return ++allocations, __libc_realloc(old, size); }
void free(void *memory) { ++allocations, __libc_free(memory); }
void *aligned_alloc(size_t alignment, size_t size) { return ++allocations, __libc_memalign(alignment, size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  ++allocations;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : 12;
}

int main(int argc, char **argv) {
  static float x[64 * 16], y[64];
  static const int64_t x_dims[] = {64, 16}, y_dims[] = {64};
  ingot_error error;
  if (argc != 4)
    return 1;
  const int count = atoi(argv[3]);
  ingot_session_options options = {sizeof options, 1, NULL, 0};
  ingot_artifact *artifact = ingot_load_file(argv[1], &error);
  ingot_session *session = artifact ? ingot_session_create(artifact, NULL, &options, &error) : NULL;
  if (!session)
    return fprintf(stderr, "%s\n", error.message), 1;
  ingot_buffer in = ingot_buffer_of(x, INGOT_F32, 2, x_dims), out = ingot_buffer_of(y, INGOT_F32, 1, y_dims);
  for (int i = 0; i < 64 * 16; ++i)
    x[i] = 1;
  for (int i = 0; i < 10; ++i)
    if (ingot_run(session, &in, 1, &out, 1, &error) != INGOT_OK)
      return fprintf(stderr, "%s\n", error.message), 1;
  const long before = allocations;
  getppid();
  int bad = 0;
  for (int i = 0; i < count; ++i) {
    y[63] = 0;
    out.dims[0] = 64;
    bad += ingot_run(session, &in, 1, &out, 1, &error) != INGOT_OK || y[63] != 136;
  }
  getppid();
  const long during = allocations - before;
  ingot_session_destroy(session);
  ingot_unload(artifact);
  if (strcmp(argv[2], "allocations") == 0)
    printf("%d runs, %d bad, %ld allocations (%ld before them)\n", count, bad, during, before);
  return bad != 0 || during != 0 || before == 0;
}
