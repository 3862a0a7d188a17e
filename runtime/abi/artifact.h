/* The contract between compiler and runtime: the layout of a compiled artifact.
 *
 * This header is all that the two sides share. It is C99, includes nothing but <stdint.h> and the element types, and describes
 * position-independent tables: fixed-width little-endian fields, offsets instead of pointers. The tables lie in an allocated
 * section `.ingot` of the object, executable or shared library; `ingot inspect` reads them from the file of any architecture
 * without executing it.
 *
 * Nouns
 *   table     header followed by the record arrays below; every offset counts bytes from the header's first byte.
 *   span      one record array: offset, record count, stride. A reader uses the *stride* of the file to step, so records may
 *             grow at the end; fields a reader's own record has beyond the stride read as zero.
 *   size      a run-time dimension (batch, sequence length ...), bound from the dims of the arguments at every call, or while the
 *             entry runs from a number that it computes: a size of data, which before that is its maximum.
 *   expr      a node of an integer expression over the sizes; nodes refer only to earlier nodes, so one forward sweep
 *             evaluates all of them. Dims, byte sizes, arena offsets, grids and scalar arguments are all expr indices.
 *   slot      where one value lives while an entry point runs, with its dtype and dims.
 *   command   one step of a command list: dispatch a kernel, copy, fill, if, while, bind a size, call a function.
 *   kernel    native code for one fusion; has one variant per instruction-set level. The loader picks the first variant
 *             whose required feature bits the processor has.
 *   function  what a custom call of the model is bound to: C code of the user's (ingot_call_fn, <ingot/runtime.h>). It stands
 *             among the kernels, by its symbol, with the call's attributes as its source and one variant.
 *   entry     a callable, known by its name: its arguments, results, state, slots and command list. Entries of one artifact share
 *             weights, kernels and, in a session, the states of one name.
 *   specialisation  one of several entry records of one name, which follow each other and differ in code alone: each is for
 *             ranges of the sizes, and the first whose ranges hold a call's sizes runs.
 */
#ifndef INGOT_RUNTIME_ABI_ARTIFACT_H
#define INGOT_RUNTIME_ABI_ARTIFACT_H

#include "runtime/include/ingot/dtype.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INGOT_ABI_VERSION 5u
/* What readers take too: 4 added ingot_argument.becomes and ingot_entry.ranges; 5 added sizes of data (ingot_size_record.origin,
 * ingot_argument.bounds, INGOT_CMD_BIND_SIZE). */
#define INGOT_ABI_OLDEST 3u
#define INGOT_MAGIC "INGOT\r\n\x1a" /* 8 bytes, without a terminator in the file */
#define INGOT_MAX_RANK 16u
#define INGOT_NONE 0xffffffffu /* "no index" in any uint32_t index field */
#define INGOT_WEIGHT_ALIGNMENT 64u
#define INGOT_WEIGHT_BLOCK (1u << 20) /* bytes of weights covered by one hash */
#define INGOT_BUFFER_ALIGNMENT 64u    /* arena and scratch; arguments need only their element's alignment */
/* The last bytes of a linked file, at the next multiple of their size behind the weights: a file that was cut off lacks them.
 * The first is 0. */
#define INGOT_SENTINEL "\0INGOT sentinel\n"
#define INGOT_SENTINEL_SIZE 16u

/* clang-format off */
/* Architectures a table can be for. */
enum ingot_arch {
  INGOT_ARCH_NONE = 0, INGOT_ARCH_X86_64 = 1, INGOT_ARCH_AARCH64 = 2, INGOT_ARCH_RISCV64 = 3, INGOT_ARCH_WASM32 = 4
};

/* Feature bits of x86-64, the runtime's own numbering (cpuid and xgetbv are consulted at load; never the CPU's name).
 * A level's mask is all that its micro-architecture level requires: v2, v3, v4 of the x86-64 psABI. */
enum ingot_feature_x86 {
  INGOT_X86_SSE3 = 0, INGOT_X86_SSSE3, INGOT_X86_SSE41, INGOT_X86_SSE42, INGOT_X86_POPCNT, INGOT_X86_CX16, INGOT_X86_LAHF,
  INGOT_X86_AVX, INGOT_X86_AVX2, INGOT_X86_FMA, INGOT_X86_F16C, INGOT_X86_BMI, INGOT_X86_BMI2, INGOT_X86_LZCNT, INGOT_X86_MOVBE,
  INGOT_X86_AVX512F, INGOT_X86_AVX512BW, INGOT_X86_AVX512CD, INGOT_X86_AVX512DQ, INGOT_X86_AVX512VL,
  INGOT_X86_AVX512VNNI, INGOT_X86_AVX512BF16, INGOT_X86_AVX512FP16, INGOT_X86_AVX512VBMI, INGOT_X86_AVX512VBMI2,
  INGOT_X86_AVX512IFMA, INGOT_X86_AVX512BITALG, INGOT_X86_AVX512VPOPCNTDQ, INGOT_X86_AVXVNNI,
  INGOT_X86_AMX_TILE, INGOT_X86_AMX_BF16, INGOT_X86_AMX_INT8,
  INGOT_X86_FEATURE_COUNT
};
#define INGOT_X86_V2 0x7full                                     /* SSE3 .. LAHF */
#define INGOT_X86_V3 (INGOT_X86_V2 | (0xffull << INGOT_X86_AVX)) /* .. MOVBE */
#define INGOT_X86_V4 (INGOT_X86_V3 | (0x1full << INGOT_X86_AVX512F))
/* clang-format on */

typedef struct ingot_span {
  uint32_t offset; /* bytes from the header; 8-byte aligned */
  uint32_t count;  /* records */
  uint32_t stride; /* bytes per record in this file */
} ingot_span;

/* A stretch of the loaded image covered by the code hash: inside the program headers' PT_LOAD segments, outside the table,
 * free of relocations. Filled after linking; none where code is relocated by a later link (objects, JIT). Unused ranges are
 * all zero. */
typedef struct ingot_image_range {
  int64_t offset; /* bytes from the header's address to the first byte, may be negative */
  uint64_t size;
  uint64_t hash;
} ingot_image_range;

enum ingot_table_flag {
  INGOT_TABLE_SENTINEL =
      1 /* INGOT_SENTINEL follows the weights, which weights_offset then locates even where there are none */
};

/* The first five fields keep their places in every version, so that damage is told from another version. */
typedef struct ingot_table_header {
  uint8_t magic[8];
  uint32_t abi_version;
  uint32_t struct_size; /* sizeof(ingot_table_header) of the writer */
  uint64_t table_size;  /* bytes, header included */
  uint64_t table_hash;  /* ingot_hash of the table with this field read as zero; computed last (ingot_table_hash,
                           ingot_seal_file) */
  uint64_t file_size;   /* bytes of the file as compiled; 0 where there is no file (JIT) */
  uint64_t file_hash; /* ingot_hash of the file without its weights and the sentinel, with this field and table_hash read as
                         zero; 0 where file_size is 0 */
  int64_t weights_offset; /* bytes from the header's address to the weights; 0: see ingot_image.weights (in an object file
                             the weights are the section `.ingot.weights`) */
  uint64_t weights_size;  /* bytes */
  uint32_t arch;          /* enum ingot_arch */
  uint32_t flags;         /* enum ingot_table_flag */
  uint32_t producer;      /* string: "ingot VERSION" */
  uint32_t model_name;    /* string */
  uint32_t triple;        /* string */
  uint32_t numerics;      /* string: "strict" or "fast" */
  ingot_image_range image_ranges[4];
  ingot_span strings;       /* stride 1: NUL-terminated UTF-8; string index = byte offset within the span, 0 = ""; names that
                               are compared (entries, states) have one index for one text */
  ingot_span sizes;         /* ingot_size_record */
  ingot_span exprs;         /* ingot_expr */
  ingot_span indices;       /* uint32_t: dims lists, operand lists, scalar lists */
  ingot_span slots;         /* ingot_slot */
  ingot_span variants;      /* ingot_variant */
  ingot_span kernels;       /* ingot_kernel_record */
  ingot_span commands;      /* ingot_command */
  ingot_span lists;         /* ingot_command_list */
  ingot_span arguments;     /* ingot_argument */
  ingot_span entries;       /* ingot_entry */
  ingot_span weights;       /* ingot_weight_record */
  ingot_span weight_hashes; /* uint64_t, one per INGOT_WEIGHT_BLOCK of the weights; may be empty where there is no file */
  ingot_span self_tests;    /* ingot_self_test, one per instruction-set level */
} ingot_table_header;

/* The one relocated object of an artifact, symbol `ingot_image` (hidden behind NAME_run in the object form). */
typedef void (*ingot_kernel_fn)(void *const *buffers,       /* operands then results, in the command's operand order */
                                const int64_t *scalars,     /* the command's scalar list, evaluated */
                                int64_t begin, int64_t end, /* half-open range of grid tiles to compute */
                                void *scratch);             /* this worker's scratch, INGOT_BUFFER_ALIGNMENT aligned */

typedef struct ingot_image {
  uint32_t struct_size;   /* sizeof(ingot_image) of the writer, without kernels[] */
  uint32_t variant_count; /* addresses in kernels[], indexed like the variants span */
  const ingot_table_header *table;
  const void *weights;       /* NULL where table->weights_offset locates them */
  ingot_kernel_fn kernels[]; /* of INGOT_VARIANT_FUNCTION an ingot_call_fn */
} ingot_image;

enum ingot_size_origin {
  INGOT_SIZE_OF_ARGUMENTS = 0, /* bound from the arguments' dims, or a state's length */
  INGOT_SIZE_OF_DATA = 1       /* bound by a command; no argument's dims mention it */
};

typedef struct ingot_size_record {
  uint32_t name;    /* string */
  uint32_t origin;  /* enum ingot_size_origin */
  int64_t min, max; /* inclusive */
  int64_t multiple; /* accepted values are multiples of this; 1 = any */
} ingot_size_record;

/* clang-format off */
enum ingot_expr_op {
  INGOT_EXPR_CONST = 0, /* value */
  INGOT_EXPR_SIZE = 1,  /* sizes[lhs] */
  INGOT_EXPR_ADD = 2, INGOT_EXPR_MUL = 3, INGOT_EXPR_FLOORDIV = 4, INGOT_EXPR_CEILDIV = 5, INGOT_EXPR_MOD = 6,
  INGOT_EXPR_MIN = 7, INGOT_EXPR_MAX = 8, INGOT_EXPR_SUB = 9,
  INGOT_EXPR_ALIGN = 10 /* lhs rounded up to a multiple of rhs */
};
/* clang-format on */

typedef struct ingot_expr {
  uint32_t op;       /* enum ingot_expr_op */
  uint32_t lhs, rhs; /* expr indices below this one (SIZE: lhs is a size index). Overflow or a divisor that is not positive
                        refuses the calls that need the value (runtime/abi/expr.h evaluates). */
  uint32_t reserved;
  int64_t value;
} ingot_expr;

enum ingot_slot_kind {
  INGOT_SLOT_INPUT = 0,  /* location = argument index within the entry */
  INGOT_SLOT_RESULT = 1, /* location = result index within the entry */
  INGOT_SLOT_ARENA = 2,  /* location = expr: byte offset in the arena */
  INGOT_SLOT_WEIGHT = 3, /* location = expr: byte offset in the weights */
  INGOT_SLOT_STATE = 4   /* location = argument index of the state; the session's current buffer */
};

typedef struct ingot_slot {
  uint32_t kind;  /* enum ingot_slot_kind */
  uint32_t dtype; /* enum ingot_dtype */
  uint32_t rank;
  uint32_t dims;     /* first of rank expr indices in `indices` */
  uint32_t bytes;    /* expr */
  uint32_t location; /* see the kind */
  uint32_t name;     /* string; for people */
  uint32_t device;   /* 0 = the host; the ordinal of a device otherwise */
} ingot_slot;

enum ingot_variant_flag {
  INGOT_VARIANT_FUNCTION = 1 /* a function: an ingot_call_fn outside the artifact's code, which CALL commands alone run */
};

/* One body of native code. */
typedef struct ingot_variant {
  uint64_t features;         /* bits required of the processor (by arch) */
  uint32_t grid;             /* expr over the *scalars of the artifact's sizes*: number of independent tiles */
  uint32_t scratch;          /* expr: bytes per worker */
  uint32_t name;             /* string: "v3" */
  uint32_t code_size;        /* bytes of machine code, 0 if unknown */
  uint32_t tile_nanoseconds; /* what one tile is expected to take on one worker; 0 = unknown. Decides how many threads a
                                launch is worth. */
  uint32_t flags;            /* enum ingot_variant_flag */
} ingot_variant;

typedef struct ingot_kernel_record {
  uint32_t name;                    /* string */
  uint32_t emitter;                 /* string */
  uint32_t variants, variant_count; /* best first */
  uint32_t source;                  /* string: the ops the fusion holds, one per line, for inspect */
  uint32_t reserved;
  uint64_t flops_hint; /* per call at the sizes' maxima; for inspect and profile */
} ingot_kernel_record;

enum ingot_command_op {
  INGOT_CMD_DISPATCH = 0,   /* kernel, operands, scalars */
  INGOT_CMD_COPY = 1,       /* operands: source slot, destination slot; equal byte sizes */
  INGOT_CMD_FILL = 2,       /* operands: slot; pattern = value_low, pattern_size bytes (1, 2, 4 or 8) repeated */
  INGOT_CMD_IF = 3,         /* operands: predicate slot (one i1); list_a = then, list_b = else (INGOT_NONE: nothing) */
  INGOT_CMD_WHILE = 4,      /* operands: predicate slot, then pairs (current, next); list_a computes the predicate from the
                               current slots, list_b the next ones; after each round the two slots of a pair swap places.
                               A pair of equal slots is updated in place. */
  INGOT_CMD_CALL = 5,       /* kernel: a function; operands: the `pattern` slots it reads, then those it writes; name: the
                               custom call's, and where the model has it */
  INGOT_CMD_COLLECTIVE = 6, /* reserved */
  INGOT_CMD_BIND_SIZE =
      7 /* operands: slot of one i64; pattern = index of a size of data, which is that number from here on (out of
           its range: the call fails). All exprs are evaluated anew; slots stay where they are, so no location,
           arena or scratch mentions such a size. In an entry's main list alone, once for a size. */
};

typedef struct ingot_command {
  uint16_t op;     /* enum ingot_command_op */
  uint16_t device; /* 0 = host */
  uint32_t name;   /* string; for profiles */
  uint32_t kernel;
  uint32_t operands, operand_count; /* slot indices in `indices` */
  uint32_t scalars, scalar_count;   /* expr indices in `indices` */
  uint32_t list_a, list_b;          /* command lists */
  uint32_t pattern_size;
  uint64_t pattern;
  uint32_t grids; /* 0: each variant's own grid. Else 1 + the first of the kernel's variant_count expr indices in `indices`:
                     the grid per variant for this dispatch, so that dispatches of different sizes can share a kernel. */
  uint32_t reserved;
} ingot_command;

/* Lists form trees: each is the main list of one entry or a sub-list of one command, and no two share a command. */
typedef struct ingot_command_list {
  uint32_t first, count; /* in `commands` */
} ingot_command_list;

enum ingot_argument_flag {
  INGOT_ARG_STATE = 1, /* kept by the session between calls, not passed by the caller; `alias` names the result it becomes
                          (INGOT_NONE: the entry leaves it as it is). That result is the session's too: the caller passes no
                          buffer. Arguments of one name are one state in all entries, and have one dtype, dims and growth. */
  INGOT_ARG_DONATED =
      2, /* the result `alias` may be written over this argument's buffer: the caller may pass one address for both */
  INGOT_ARG_DEFAULT = 4 /* `initial_weight` is its value where the caller passes no address */
};

/* An argument or a result. */
typedef struct ingot_argument {
  uint32_t name; /* string */
  uint32_t dtype;
  uint32_t rank;
  uint32_t dims;  /* first of rank expr indices in `indices` */
  uint32_t bytes; /* expr; of a result with bounds, what they take */
  uint32_t slot;  /* INGOT_NONE for an argument that nothing reads */
  uint32_t flags; /* enum ingot_argument_flag */
  uint32_t alias; /* index of the result (for an argument) or argument (for a result) it is paired with, or INGOT_NONE; both
                     of a pair name each other */
  uint32_t initial_weight; /* weight index: a state's initial value (INGOT_NONE: zeros), or an argument's default */
  uint32_t becomes;        /* string: the state that a result becomes where the entry does not take it (alias is INGOT_NONE);
                              else 0. Then the caller passes no buffer for it either. */
  /* A state that grows: `dims` are those of the most it may hold, of which the first `length` elements along one axis count.
     The session keeps the length from call to call, 0 at first; that size is bound from it and not from the inputs. */
  uint32_t grows;       /* 0: the state keeps its dims; else 1 + the axis */
  uint32_t length;      /* size: the length when a call begins */
  uint32_t next_length; /* expr: the length after it; more than the axis' dim refuses the call */
  uint32_t
      bounds; /* of a result whose dims mention sizes of data: 1 + the first of rank expr indices in `indices`, which do not
                 mention them, of what each dim is at most; else 0 */
} ingot_argument;

typedef struct ingot_entry {
  uint32_t name;                            /* string */
  uint32_t inputs, input_count;             /* in `arguments`, state included */
  uint32_t results, result_count;           /* in `arguments` */
  uint32_t slots, slot_count;               /* in `slots`; slot indices in commands are global */
  uint32_t list;                            /* the main command list */
  uint32_t arena;                           /* expr: bytes */
  uint32_t reserved[3];                     /* device count, process grid */
  uint32_t requirements, requirement_count; /* exprs in `indices`: calls for which one is negative are refused */
  uint32_t ranges, range_count; /* of a specialisation, in `indices`: two constant exprs per size of the table, the least and
                                   the most value it is for; none: the sizes' own */
} ingot_entry;

typedef struct ingot_weight_record {
  uint32_t name; /* string */
  uint32_t dtype;
  uint32_t rank;
  uint32_t dims;         /* first of rank expr indices in `indices` (constants) */
  uint64_t offset, size; /* bytes within the weights; offset is a multiple of INGOT_WEIGHT_ALIGNMENT */
  uint32_t layout;       /* string: the initialiser's steps, for inspect */
  uint32_t reserved;
} ingot_weight_record;

enum ingot_self_test_outcome {
  INGOT_SELF_TEST_NOT_RUN = 0,  /* the compiling machine cannot run this level, or the form */
  INGOT_SELF_TEST_STORED = 1,   /* `results` holds the hash */
  INGOT_SELF_TEST_TOO_LONG = 2, /* the work exceeds what a self-test may take (runtime/hostio/self_test.h) */
  INGOT_SELF_TEST_REFUSED = 3   /* the run was refused: sizes or generated inputs do not suit the model */
};

/* What the entries gave on generated inputs when the file was compiled, one after the other and each from initial states, with
 * the kernels' variants that a processor of these features runs. The same code gives the same bits on every machine. */
typedef struct ingot_self_test {
  uint64_t features; /* as in ingot_variant: all of the level's */
  uint64_t results;  /* ingot_hash of the results' bytes, in order, states left out */
  uint32_t level;    /* string: "v3" */
  uint32_t outcome;  /* enum ingot_self_test_outcome */
} ingot_self_test;

#ifndef INGOT_POOL_DEFINED /* as headers of objects have it */
#define INGOT_POOL_DEFINED
/* Work splitting the object form accepts from its caller: run(task, i) for every i in [0, count), on any threads, returning
 * when all are done. `worker` is in [0, workers) and no two tasks run with the same worker at the same time. */
typedef struct ingot_pool {
  uint32_t struct_size;
  int32_t workers;
  void *context;
  void (*parallel_for)(void *context, int64_t count, void (*task)(void *data, int64_t index, int32_t worker), void *data);
} ingot_pool;
#endif

#ifdef __cplusplus
}
#endif
#endif /* INGOT_RUNTIME_ABI_ARTIFACT_H */
