/* Runs the entry points of a shared library in turn, 10 times to warm up, then many times between two calls of getppid(), on one
 * thread; counts what the process allocates in between. Usage: quiet_run MODEL.so RUNS. Prints `allocations N`. */
#include <ingot/runtime.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long allocations;

/* The C library's own entry points; ours below take the places of malloc and its kin in the whole process. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size) {
  ++allocations;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : 12;
}

static int fail(const char *what) {
  fprintf(stderr, "quiet_run: %s\n", what);
  return 1;
}

/* A buffer of an argument at its largest sizes, filled with zeros. */
static int make(const ingot_argument_info *info, ingot_buffer *buffer) {
  void *data = NULL;
  if (posix_memalign(&data, 64, info->max_bytes + 64) != 0)
    return 0;
  memset(data, 0, info->max_bytes);
  *buffer = ingot_buffer_of(data, info->dtype, info->rank, info->dims);
  buffer->byte_size = info->max_bytes;
  return 1;
}

enum { MOST = 8 };

/* What one entry point takes and gives, states left out. */
struct entry {
  const char *name;
  size_t input_count, result_count;
  ingot_buffer inputs[MOST], results[MOST];
  uint64_t room[MOST];
};

static int prepare(const ingot_artifact *artifact, size_t index, struct entry *entry) {
  ingot_argument_info info;
  entry->name = ingot_artifact_entry_name(artifact, index);
  for (size_t i = 0; i < ingot_artifact_input_count(artifact, index); ++i)
    if (ingot_artifact_input(artifact, index, i, &info) != INGOT_OK || entry->input_count == MOST ||
        (!info.is_state && !make(&info, &entry->inputs[entry->input_count++])))
      return 0;
  for (size_t i = 0; i < ingot_artifact_result_count(artifact, index); ++i) {
    if (ingot_artifact_result(artifact, index, i, &info) != INGOT_OK || entry->result_count == MOST)
      return 0;
    if (info.is_state)
      continue;
    if (!make(&info, &entry->results[entry->result_count]))
      return 0;
    entry->room[entry->result_count] = entry->results[entry->result_count].byte_size;
    ++entry->result_count;
  }
  return 1;
}

int main(int argc, char **argv) {
  static struct entry entries[MOST];
  ingot_error error;
  ingot_artifact *artifact = argc == 3 ? ingot_load_file(argv[1], &error) : NULL;
  if (!artifact)
    return fail(argc == 3 ? error.message : "usage: quiet_run MODEL.so RUNS");
  ingot_session_options options = {.struct_size = sizeof options, .threads = 1};
  ingot_session *session = ingot_session_create(artifact, NULL, &options, &error);
  if (!session)
    return fail(error.message);
  const size_t count = ingot_artifact_entry_count(artifact);
  for (size_t i = 0; i < count; ++i)
    if (count > MOST || !prepare(artifact, i, &entries[i]))
      return fail("no room for the arguments");
  long runs = atol(argv[2]), before = 0;
  for (long i = -10; i < runs; ++i) {
    if (i == 0) {
      before = allocations;
      getppid();
    }
    for (struct entry *entry = entries; entry < entries + count; ++entry) {
      for (size_t k = 0; k < entry->result_count; ++k)
        entry->results[k].byte_size = entry->room[k];
      if (ingot_session_select(session, entry->name, &error) != INGOT_OK ||
          ingot_run(session, entry->inputs, entry->input_count, entry->results, entry->result_count, &error) != INGOT_OK)
        return fail(error.message);
    }
  }
  getppid();
  printf("allocations %ld\n", allocations - before);
  ingot_session_destroy(session);
  ingot_unload(artifact);
  return 0;
}
