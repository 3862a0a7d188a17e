"""The object form from plain C99: sizes at run time, states, several models in one program, threads lent by the caller, and no byte
written beside the workspace."""
import shutil

import ingot_test
from ingot_test import agreement
import onnx_model as onnx

FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1")
COMMON = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static unsigned char *take(size_t size) {
  unsigned char *block = malloc(size + 64);
  memset(block, 0xa5, size + 64);
  return block;
}
/* A workspace at an odd address, with guards on both sides. */
static unsigned char *workspace(size_t size) { return take(size) + 33; }
static void check(unsigned char *at, size_t size) {
  size_t i;
  for (i = 0; i < 33; ++i) if (at[-1 - (long)i] != 0xa5) { puts("written before the workspace"); exit(1); }
  for (i = 0; i < 31; ++i) if (at[size + i] != 0xa5) { puts("written behind the workspace"); exit(1); }
  free(at - 33);
}
static void print(const float *values, int count) {
  int i;
  for (i = 0; i < count; ++i) printf("%.9g%c", values[i], i + 1 < count ? ' ' : '\\n');
}
"""


class CHeader(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.compiler = shutil.which("cc") or shutil.which("clang-22")
        self.assertIsNotNone(self.compiler, "no C compiler")

    def build(self, source, *objects, flags=FLAGS, name="main.c"):
        (self.work / name).write_text(source)
        self.run_program(self.compiler, *flags, name, *objects, "-o", "program")

    def run_built(self):
        return self.run_program(self.work / "program")[0].splitlines()

    def write_total(self):
        """A running total [2, 3] as state; the result is twice the total."""
        nodes = [onnx.node("Add", ["x", "total"], ["next"]), onnx.node("Add", ["next", "next"], ["double"])]
        shape = [2, 3]
        (self.work / "total.onnx").write_bytes(
            onnx.model(nodes, [onnx.value("x", shape), onnx.value("total", shape)],
                       [onnx.value("double", shape), onnx.value("next", shape)]))

    def test_state_that_grows(self):
        """A list of at most 6 rows of 2, its length an argument; the result is the sum of its rows."""
        nodes = [onnx.node("Concat", ["past", "x"], ["present"], axis=0), onnx.node("ReduceSum", ["present", "zero"], ["sum"])]
        (self.work / "rows.onnx").write_bytes(
            onnx.model(nodes, [onnx.value("past", ["length", 2]), onnx.value("x", ["n", 2])],
                       [onnx.value("sum", [1, 2]), onnx.value("present", ["length + n", 2])],
                       [onnx.tensor("zero", [1], [0], onnx.INT64)]))
        self.compile(self.work / "rows.onnx", "rows.o", "--alias", "past=present", "--dim", "length=0..6", "--dim", "n=1..3")
        # In place, and from one array to another.
        for after in ("rows", "other"):
            self.build('#include "rows.h"\n' + COMMON + """
int main(void) {
  float x[] = {1, 10, 2, 20, 3, 30}, rows[ROWS_PAST_MAX_ELEMENTS] = {0}, other[ROWS_PRESENT_MAX_ELEMENTS], sum[2];
  int64_t length = 0, n;
  (void)other;
  for (n = 1; n <= 3; ++n) {
    unsigned char *w = workspace(ROWS_WORKSPACE_SIZE);
    if (rows_run(length, n, rows, x, sum, AFTER, w, NULL)) return 1;
    check(w, ROWS_WORKSPACE_SIZE);
    print(sum, 2);
    memmove(rows, AFTER, sizeof rows);
    length += n;
  }
  printf("%d\\n", rows_run(length, 1, rows, x, sum, AFTER, malloc(ROWS_WORKSPACE_SIZE), NULL));
  return 0;
}
""".replace("AFTER", after), "rows.o")
            self.assertEqual(self.run_built(), ["1 10", "4 40", "10 100", "1"])

    def test_entry_points(self):
        """Functions over the same weights: one sets a state, one takes and gives it, one takes another size alone."""
        (self.work / "counter.mlir").write_text((ingot_test.SOURCE / "tests/tools/ingot/Inputs/counter.mlir").read_text())
        self.compile(self.work / "counter.mlir", "counter.o", "--from=import")
        self.build('#include "counter.h"\n' + COMMON + """
int main(void) {
  float x[] = {1, 2, 3}, h[COUNTER_INIT_H0_MAX_ELEMENTS], y[3];
  unsigned char *w = workspace(COUNTER_INIT_WORKSPACE_SIZE);
  if (counter_init_run(3, x, h, w, NULL)) return 1;
  check(w, COUNTER_INIT_WORKSPACE_SIZE);
  w = workspace(COUNTER_STEP_WORKSPACE_SIZE);
  if (counter_step_run(3, h, x, h, w, NULL)) return 1;
  check(w, COUNTER_STEP_WORKSPACE_SIZE);
  print(h, 3);
  w = workspace(COUNTER_SPARE_WORKSPACE_SIZE);
  if (counter_spare_run(3, x, y, w, NULL)) return 1;
  check(w, COUNTER_SPARE_WORKSPACE_SIZE);
  print(y, 3);
  printf("%d %d\\n", counter_spare_run(1, x, y, NULL, NULL), counter_step_run(5, h, x, h, NULL, NULL));
  return 0;
}
""", "counter.o")
        self.assertEqual(self.run_built(), ["2 4 6", "-1 -2 -3", "1 1"])

    def test_lists_of_sizes(self):
        """One function, which runs the code for the least listed size that fits."""
        self.compile(ingot_test.DIGITS / "digits.onnx", "digits.o", "--dim", "batch=1,4,16")
        _, images = ingot_test.read_npy(ingot_test.DIGITS / "images.npy")
        ingot_test.write_npy(self.work / "in.npy", (16, 1, 8, 8), images[:1024])
        self.run_program(ingot_test.INGOT, "run", ingot_test.DIGITS / "digits.onnx", "--input", "in.npy", "--output-dir", ".")
        expected = list(ingot_test.read_npy(self.work / "logits.npy")[1])
        values = ", ".join(float(v).hex() for v in images[:1024])
        self.build('#include "digits.h"\n' + COMMON + f"static float images[] = {{{values}}};" + """
int main(void) {
  static float out[160];
  int batch;
  for (batch = 1; batch <= 16; batch += 5) {
    unsigned char *w = workspace(DIGITS_WORKSPACE_SIZE);
    if (digits_run(batch, images, out, w, NULL)) return 1;
    check(w, DIGITS_WORKSPACE_SIZE);
    print(out, 10 * batch);
  }
  printf("%d\\n", digits_run(17, images, out, NULL, NULL));
  return 0;
}
""", "digits.o")
        lines = self.run_built()
        self.assertEqual(lines[-1], "1")
        for line, batch in zip(lines, (1, 6, 11, 16)):
            got = [float(v) for v in line.split()]
            self.assertEqual(len(got), 10 * batch)
            self.assertIsNone(agreement.first_difference(got, expected[:10 * batch], 1e-4, 1e-5))

    def test_sizes_of_data(self):
        """Arrays have the bounds, as macros say; the size that data led to is written through a pointer, and results are dense at it."""
        nodes = [onnx.node("NonZero", ["x"], ["places"]), onnx.node("Transpose", ["places"], ["vectors"], perm=[1, 0]),
                 onnx.node("GatherND", ["x", "vectors"], ["values"]), onnx.node("Add", ["values", "values"], ["doubled"]),
                 onnx.node("ReduceSum", ["doubled"], ["sum"], keepdims=0)]
        (self.work / "places.onnx").write_bytes(
            onnx.model(nodes, [onnx.value("x", ["rows", 3])],
                       [onnx.value("places", [2, "n"], onnx.INT64), onnx.value("doubled", ["n"]), onnx.value("sum", [])]))
        for output in ("places.o", "places.a"):
            self.compile(self.work / "places.onnx", output, "--dim", "rows=1..2")
            header = (self.work / "places.h").read_text()
            self.assertIn("places_count: written: the size 'places_count' that data led to, 0 to 6", header)
            self.assertIn("int places_run(int64_t rows, const float *x, int64_t *places, float *doubled, float *sum, "
                          "int64_t *places_count, void *workspace, const ingot_pool *pool);", header)
            self.build('#include "places.h"\n' + COMMON + """
int main(void) {
  float cases[3][6] = {{0, 2, 0, 3, 0, 4}, {1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 0}}, sum;
  int i;
  for (i = 0; i < 3; ++i) {
    int64_t places[PLACES_PLACES_MAX_ELEMENTS + 1], count = -1;
    float doubled[PLACES_DOUBLED_MAX_ELEMENTS + 1] = {0};
    unsigned char *w = workspace(PLACES_WORKSPACE_SIZE);
    if (places_run(2, cases[i], places, doubled, &sum, &count, w, NULL)) return 1;
    check(w, PLACES_WORKSPACE_SIZE);
    printf("%d %g:", (int)count, sum);
    print(doubled, (int)count + 1);
  }
  return 0;
}
""", output)
            self.assertEqual(self.run_built(), ["3 18:4 6 8 0", "6 42:2 4 6 8 10 12 0", "0 0:0"])

    def test_default(self):
        """An input that an initialiser gives a value may be NULL."""
        (self.work / "shift.onnx").write_bytes(
            onnx.model([onnx.node("Add", ["x", "by"], ["y"])], [onnx.value("x", [3]), onnx.value("by", [3])], [onnx.value("y", [3])],
                       [onnx.tensor("by", [3], [1, 2, 3])]))
        self.compile(self.work / "shift.onnx", "shift.o")
        self.assertIn("by: input 'by', [3] of f32\n *     (NULL: its default value)", (self.work / "shift.h").read_text())
        self.build('#include "shift.h"\n' + COMMON + """
int main(void) {
  float x[] = {10, 20, 30}, by[] = {5, 5, 5}, y[3];
  int given;
  for (given = 0; given < 2; ++given) {
    unsigned char *w = workspace(SHIFT_WORKSPACE_SIZE);
    if (shift_run(x, given ? by : NULL, y, w, NULL)) return 1;
    check(w, SHIFT_WORKSPACE_SIZE);
    print(y, 3);
  }
  return 0;
}
""", "shift.o")
        self.assertEqual(self.run_built(), ["11 22 33", "15 25 35"])

    def test_state(self):
        self.write_total()
        self.compile(self.work / "total.onnx", "total.o", "--alias", "total=next")
        self.build('#include "total.h"\n' + COMMON + """
int main(void) {
  float x[] = {1, 2, 3, 4, 5, 6}, before[6] = {0}, after[6], result[6];
  int i;
  for (i = 0; i < 3; ++i) {
    unsigned char *w = workspace(TOTAL_WORKSPACE_SIZE);
    if (total_run(x, before, result, after, w, NULL)) return 1;
    check(w, TOTAL_WORKSPACE_SIZE);
    print(result, TOTAL_DOUBLE_2_MAX_ELEMENTS);
    memcpy(before, after, sizeof before);
  }
  return 0;
}
""", "total.o")
        self.assertEqual(self.run_built(), [" ".join(str(2 * n * v) for v in range(1, 7)) for n in (1, 2, 3)])

    def test_sizes_threads_and_several_models(self):
        _, images = ingot_test.read_npy(ingot_test.DIGITS / "images.npy")
        digits = ingot_test.DIGITS / "digits.onnx"
        self.compile(digits, "first.o", "--dim", "batch=1..16")
        self.compile(digits, "second.o", "--dim", "batch=16")
        self.compile(digits, "third.a", "--dim", "batch=2..16")
        ingot_test.write_npy(self.work / "in.npy", (16, 1, 8, 8), images[:1024])
        self.run_program(ingot_test.INGOT, "run", digits, "--input", "in.npy", "--output-dir", ".")
        expected = list(ingot_test.read_npy(self.work / "logits.npy")[1])
        values = ", ".join(float(v).hex() for v in images[:1024])
        self.build('#include "first.h"\n#include "second.h"\n#include "third.h"\n' + COMMON + f"static float images[] = {{{values}}};" + """
/* Runs the tasks backwards, as workers of three in turn. */
static void lend(void *context, int64_t count, void (*task)(void *, int64_t, int32_t), void *data) {
  int64_t i;
  ++*(int *)context;
  for (i = count; i-- > 0;) task(data, i, (int32_t)(i % 3));
}
int main(void) {
  static float out[160];
  int calls = 0, batch;
  size_t size = FIRST_WORKSPACE_SIZE_FOR(3);
  ingot_pool pool;
  unsigned char *w;
  pool.struct_size = sizeof pool, pool.workers = 3, pool.context = &calls, pool.parallel_for = lend;
  for (batch = 1; batch <= 16; batch += 5) {
    w = workspace(size);
    if (first_run(batch, images, out, w, &pool)) return 1;
    check(w, size);
    print(out, 10 * batch);
  }
  w = workspace(SECOND_WORKSPACE_SIZE);
  if (second_run(images, out, w, NULL)) return 1;
  check(w, SECOND_WORKSPACE_SIZE);
  print(out, 160);
  w = workspace(THIRD_WORKSPACE_SIZE);
  if (third_run(16, images, out, w, NULL)) return 1;
  check(w, THIRD_WORKSPACE_SIZE);
  print(out, 160);
  printf("%d %d %d %d %d\\n", first_run(17, images, out, NULL, NULL), first_run(0, images, out, NULL, NULL),
         third_run(1, images, out, NULL, NULL), THIRD_IMAGE_MAX_ELEMENTS, THIRD_LOGITS_MAX_ELEMENTS);
  return calls == 0;
}
""", "first.o", "second.o", "third.a")
        lines = self.run_built()
        counts = [10, 60, 110, 160, 160, 160]
        self.assertEqual(len(lines), len(counts) + 1)
        self.assertEqual(lines[-1], "1 1 1 1024 160")
        for line, count in zip(lines, counts):
            got = [float(v) for v in line.split()]
            self.assertEqual(len(got), count)
            self.assertIsNone(agreement.first_difference(got, expected[:count], 1e-4, 1e-5))

    def test_the_header_is_cpp_too_and_stands_alone(self):
        self.write_total()
        self.compile(self.work / "total.onnx", "total.o", "--alias", "total=next")
        (self.work / "main.cpp").write_text('#include "total.h"\nint main() {\n  float x[6] = {}, total[6] = {}, result[6], next[6];\n  static char workspace[TOTAL_WORKSPACE_SIZE];\n  return total_run(x, total, result, next, workspace, nullptr);\n}\n')
        self.run_program("c++", "-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Werror", "main.cpp", "total.o", "-o", "program")
        self.run_built()

    def test_the_object_shows_its_functions_alone(self):
        self.write_total()
        self.compile(self.work / "total.onnx", "total.o", "--alias", "total=next")
        listed = self.run_program("/usr/lib/llvm-22/bin/llvm-nm", "--extern-only", "--format=posix", "total.o")[0].splitlines()
        symbols = {line.split()[0]: line.split()[1] for line in listed}
        self.assertEqual([name for name, kind in symbols.items() if kind != "U"], ["total_run"])
        self.assertLessEqual({name for name, kind in symbols.items() if kind == "U"}, {"memcpy", "memmove", "memset", "memcmp"})


ingot_test.main()
