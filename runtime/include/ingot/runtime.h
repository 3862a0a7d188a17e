/* Load and run compiled artifacts. C99 and C++; needs libc and threads alone.
 *
 *   // ingot compile resnet50.onnx -o resnet50.so
 *   static float x[1 * 3 * 224 * 224], y[1 * 1000];
 *   const int64_t dims[] = {1, 3, 224, 224}, out_dims[] = {1, 1000};
 *   ingot_error e;
 *   ingot_artifact *a = ingot_load_file("./resnet50.so", &e);
 *   ingot_session *s = a ? ingot_session_create(a, NULL, NULL, &e) : NULL;
 *   ingot_buffer in = ingot_buffer_of(x, INGOT_F32, 4, dims), out = ingot_buffer_of(y, INGOT_F32, 2, out_dims);
 *   if (!s || ingot_run(s, &in, 1, &out, 1, &e) != INGOT_OK) puts(e.message);
 *   ingot_session_destroy(s);
 *   ingot_unload(a);
 *
 * Threads: an artifact may be shared; a session is used by one thread at a time (make one per thread). After its first call
 * at given sizes a single-threaded session makes no allocation, lock or system call.
 */
#ifndef INGOT_RUNTIME_H
#define INGOT_RUNTIME_H

#include <ingot/artifact.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct ingot_session ingot_session;
struct ingot_image;

/* A tensor in memory, row-major and dense. The caller owns buffers it passes; the runtime keeps no reference after the call.
 */
typedef struct ingot_buffer {
  uint32_t struct_size; /* sizeof(ingot_buffer) */
  uint32_t device;      /* 0 = host */
  uint32_t dtype;
  uint32_t rank;
  int64_t dims[16];   /* elements; for a result, written by the callee: after a run what it has, which may depend on data */
  void *data;         /* host address or device handle; NULL for an input: its default, where it has one */
  uint64_t byte_size; /* for an input, exactly its bytes; for a result, the room there is */
  void *owner;        /* the caller's; never touched */
  /* Written for results where struct_size reaches here. By ingot_result_shapes: bit d is set where dims[d] is a bound, which data may
     stay below; the buffer to pass has the bounds' bytes. By ingot_run: 0. */
  uint64_t bounded_dims;
} ingot_buffer;

/* A dense host buffer; rank at most 16. `data` must be aligned to its element (8 bytes for complex64). */
ingot_buffer ingot_buffer_of(void *data, uint32_t dtype, uint32_t rank, const int64_t *dims);

/* What a function that a custom call of a model is bound to (ingot compile --call NAME=SYMBOL) is given. */
typedef struct ingot_call {
  uint32_t struct_size; /* sizeof(ingot_call) of the caller; a later version may have more fields at the end */
  uint32_t operand_count;
  uint32_t result_count;
  const char *name;             /* of the custom call, and where the model has it; for messages */
  const char *attributes;       /* its backend_config: the text itself, or a JSON object of the attributes; never NULL */
  const ingot_buffer *operands; /* to be read alone */
  const ingot_buffer *results;  /* `data` is to be written, all byte_size bytes; dims are those of the call's types */
} ingot_call;

/* Such a function: C linkage, called by the thread that runs the model, once for each time the call is reached. Data is aligned to
 * its element. Returns 0, or any other number for a failure: then no command of the run follows, and the run fails as error->code
 * says (INGOT_INVALID where it is left INGOT_OK) with error->message, in which the name of the call is put first. `error` is never
 * NULL. */
typedef int32_t (*ingot_call_fn)(const ingot_call *call, ingot_error *error);

/* Open a shared library made by `ingot compile -o X.so`. Checks ABI version, features, all offsets and hashes of tables and
 * code. Returns NULL and fills *error on refusal. */
ingot_artifact *ingot_load_file(const char *path, ingot_error *error);
/* Take an image linked into this process (a JIT's, an executable's own). The image must outlive the artifact. */
ingot_artifact *ingot_load_image(const struct ingot_image *image, ingot_error *error);
void ingot_unload(ingot_artifact *artifact); /* after all its sessions; NULL is allowed */
/* Check the hash of every weight block; reads all weights. */
ingot_code ingot_verify_weights(const ingot_artifact *artifact, ingot_error *error);

typedef struct ingot_session_options {
  uint32_t struct_size;
  int32_t threads;    /* 0: from the process's CPU quota and affinity; 1: no thread is made */
  const char *device; /* "cpu" (NULL) or "null" */
  int32_t profile;    /* nonzero: time every command */
} ingot_session_options;

/* A session on an entry point of the artifact (NULL: the first), and after ingot_session_select on others. */
ingot_session *ingot_session_create(const ingot_artifact *artifact, const char *entry, const ingot_session_options *options,
                                    ingot_error *error);
void ingot_session_destroy(ingot_session *session);
int32_t ingot_session_threads(const ingot_session *session);

/* Choose the entry point of the calls that follow (NULL: the first). The states are the session's: what one entry point left in
 * a state the next one finds there. INGOT_NOT_FOUND where there is none of that name; the choice is then as before. */
ingot_code ingot_session_select(ingot_session *session, const char *entry, ingot_error *error);

/* Run. `inputs` are the entry's arguments in order without its state, `results` its results in order without those that
 * become state; dtypes and dims must fit the entry, else INGOT_INVALID with a message that names the argument, what came and
 * what is accepted. Results' dtype, rank and dims are written. A result may share memory with an input only where the entry
 * says that this input is donated to it, and then exactly its address. After a call that failed, states are as before it; so
 * they are where a state that grows has no room for what the call would add, which is INGOT_INVALID. A number of elements that the
 * program computes and that is out of its size's range is INGOT_INVALID too; states written in place are then not as before.
 * So they are where a function of the model's failed (ingot_call_fn).
 * A result is row-major and dense at the dims it has after the run; what its buffer holds beyond them means nothing. */
ingot_code ingot_run(ingot_session *session, const ingot_buffer *inputs, size_t input_count, ingot_buffer *results,
                     size_t result_count, ingot_error *error);
/* Dims and byte sizes the results will have for these inputs (data may be NULL, byte_size is ignored), without running; the most they
 * may have where data decides, as bounded_dims says. */
ingot_code ingot_result_shapes(ingot_session *session, const ingot_buffer *inputs, size_t input_count, ingot_buffer *results,
                               size_t result_count, ingot_error *error);
/* Put every state back to its initial value. */
ingot_code ingot_session_reset(ingot_session *session, ingot_error *error);

/* The profile of the session's last call. Times are of the whole command, over all its workers. */
typedef struct ingot_command_profile {
  const char *name;     /* the command's, such as a kernel's name */
  const char *kind;     /* "dispatch", "copy", "fill", "if", "while", "bind", "call" */
  uint64_t calls;       /* since the session was made */
  uint64_t nanoseconds; /* summed over the calls */
  int64_t tiles;        /* grid of the last call */
  int32_t workers;      /* workers that took part in the last call */
} ingot_command_profile;
size_t ingot_session_profile(const ingot_session *session, ingot_command_profile *out, size_t capacity);
/* The value of size `index` (ingot_artifact_size) in the last call, of one of data too; -1 before the first, and of a size that the
 * entry point's
 * arguments and results do not mention. */
int64_t ingot_session_size(const ingot_session *session, size_t index);
/* Bytes of arena and scratch the session holds. */
uint64_t ingot_session_memory(const ingot_session *session);

const char *ingot_version(void); /* "MAJOR.MINOR.PATCH" */

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif /* INGOT_RUNTIME_H */
