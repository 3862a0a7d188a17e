"""Custom calls bound to C functions by --call: just in time, interpreted, and in every form of artifact; what is refused, and what a failure says."""
import json
import re
import shutil

import ingot_test

FUNCTIONS = r"""
#include <ingot/runtime.h>
#include <stdio.h>
#include <string.h>

/* results[0] = operands[0] * factor, results[1] = the number of elements; negative elements are refused. */
int32_t acme_scale(const ingot_call *call, ingot_error *error) {
  const float *x = call->operands[0].data;
  float *y = call->results[0].data, factor = 0;
  int64_t count = 1;
  const char *at = strstr(call->attributes, "\"factor\":");
  if (call->operand_count != 1 || call->result_count != 2 || !at || sscanf(at + 9, "%f", &factor) != 1)
    return 1;
  for (uint32_t i = 0; i < call->operands[0].rank; ++i)
    count *= call->operands[0].dims[i];
  if (call->operands[0].dtype != INGOT_F32 || call->results[0].byte_size != (uint64_t)count * 4)
    return 2;
  for (int64_t i = 0; i < count; ++i) {
    if (x[i] < 0) {
      snprintf(error->message, sizeof error->message, "element %d is negative", (int)i);
      return 9;
    }
    y[i] = x[i] * factor;
  }
  *(int32_t *)call->results[1].data = (int32_t)count;
  return 0;
}
"""

# y = 2.5 * (x + x) + x, n = 6; then y is scaled three times more by a loop.
MODEL = """
module @calls {
  func.func public @main(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<i32>) {
    %0 = stablehlo.add %x, %x : tensor<2x3xf32>
    %1:2 = stablehlo.custom_call @acme.scale(%0) {api_version = 4 : i32, backend_config = {factor = 2.5 : f32, kind = "plain"}} : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<i32>)
    %2 = stablehlo.add %1#0, %x : tensor<2x3xf32>
    %zero = stablehlo.constant dense<0> : tensor<i32>
    %one = stablehlo.constant dense<1> : tensor<i32>
    %three = stablehlo.constant dense<3> : tensor<i32>
    %3:2 = stablehlo.while(%i = %zero, %y = %2) : tensor<i32>, tensor<2x3xf32>
     cond {
      %4 = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %4 : tensor<i1>
    } do {
      %5:2 = stablehlo.custom_call @acme.scale(%y) {backend_config = "{\\22factor\\22:0.5}"} : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<i32>)
      %6 = stablehlo.add %i, %one : tensor<i32>
      stablehlo.return %6, %5#0 : tensor<i32>, tensor<2x3xf32>
    }
    return %3#1, %1#1 : tensor<2x3xf32>, tensor<i32>
  }
}
"""
X = [0, 1, 2, 3, 4, 5]
Y = [(2.5 * 2 * x + x) / 8 for x in X]
BIND = ("--call", "acme.scale=acme_scale")


class FunctionCalls(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.compiler = shutil.which("cc") or shutil.which("clang-22")
        (self.work / "functions.c").write_text(FUNCTIONS)
        (self.work / "calls.mlir").write_text(MODEL)
        ingot_test.write_npy(self.work / "x.npy", (2, 3), X)
        ingot_test.write_npy(self.work / "bad.npy", (2, 3), [1, 1, 1, 1, -1, 1])
        flags = (f"-I{ingot_test.SOURCE / 'runtime' / 'include'}", "-fPIC", "-O1", "-fno-stack-protector")
        self.run_program(self.compiler, *flags, "-shared", "functions.c", "-Wl,-soname,libfunctions.so", "-o", "libfunctions.so")
        self.run_program(self.compiler, *flags, "-c", "functions.c", "-o", "functions.o")
        self.link = ("--link", "libfunctions.so")

    def assert_answers(self, *command):
        folder = self.work / "out"
        shutil.rmtree(folder, ignore_errors=True)
        self.run_program(*command, "--input", "x.npy", "--output-dir", folder)
        values = {path.stem: ingot_test.read_npy(path) for path in folder.glob("*.npy")}
        self.assertEqual(list(values["result0"][1]), Y)
        self.assertEqual(list(values["result1"][1]), [6])

    def test_just_in_time_and_interpreted(self):
        run = (ingot_test.INGOT, "run", "calls.mlir", *BIND, *self.link)
        self.assert_answers(*run)
        self.assert_answers(*run, "--reference")
        self.run_program(ingot_test.INGOT, "diff", "calls.mlir", *BIND, *self.link, "--input", "x.npy")
        self.run_program(ingot_test.INGOT, "check", "calls.mlir", *BIND)

    def test_executable(self):
        libc, _ = self.run_program(self.compiler, "-print-file-name=libc.so.6")
        for libraries in (self.link, ("--link", "functions.o", "--link", libc.strip())):
            self.compile("calls.mlir", "calls", *BIND, *libraries)
            self.assert_answers(self.work / "calls")
            _, err = self.run_program(self.work / "calls", "bad.npy", status=1)
            self.assertRegex(err, r"custom call 'acme.scale'.*: the function 'acme_scale' failed with status 9: element 4 is negative")
            self.run_program(ingot_test.INGOT, "verify", "calls")
            # No dynamic linker binds what is mapped by another program.
            _, err = self.run_program(ingot_test.INGOT, "run", "calls", "--input", "x.npy", status=1)
            self.assertIn("the model calls the function 'acme_scale', which is not in this process", err)

    def test_shared_library(self):
        self.compile("calls.mlir", "calls.so", *BIND)
        self.assert_answers(ingot_test.INGOT, "run", "calls.so", *self.link)
        _, err = self.run_program(ingot_test.INGOT, "run", "calls.so", "--input", "x.npy", status=1)
        self.assertIn("undefined symbol: acme_scale", err)
        self.compile("calls.mlir", "calls.so", *BIND, *self.link)
        self.assert_answers(ingot_test.INGOT, "run", "calls.so")
        self.compile("calls.mlir", "calls.so", *BIND, "--link", "functions.o")
        self.assert_answers(ingot_test.INGOT, "run", "calls.so")

    def test_object_and_archive(self):
        for name, extra in (("calls.o", ()), ("calls.a", ()), ("calls.o", ("--link", "functions.o"))):
            self.compile("calls.mlir", name, *BIND, *extra)
            header = (self.work / "calls.h").read_text()
            self.assertIn("int32_t acme_scale(const struct ingot_call *call, struct ingot_error *error);", header)
            (self.work / "main.c").write_text("""
#include "calls.h"
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
  float x[6] = {0, 1, 2, 3, 4, 5}, y[6];
  int32_t n;
  void *workspace = malloc(CALLS_WORKSPACE_SIZE);
  if (count > 1)
    x[4] = -1;
  int status = calls_run(x, y, &n, workspace, NULL);
  for (int i = 0; i < 6 && status == 0; ++i)
    printf("%g ", y[i]);
  printf("%d %d\\n", status == 0 ? n : 0, status);
  (void)words;
  return 0;
}
""")
            objects = [name] if extra else [name, "functions.o"]
            self.run_program(self.compiler, "-std=c99", "-Wall", "-Werror", "main.c", *objects, "-o", "main")
            out, _ = self.run_program(self.work / "main")
            self.assertEqual(out.split(), [f"{y:g}" for y in Y] + ["6", "0"])
            self.assertEqual(self.run_program(self.work / "main", "bad")[0].split(), ["0", "9"])

    def test_failure_is_located(self):
        for flags in ((), ("--reference",)):
            _, err = self.run_program(ingot_test.INGOT, "run", "calls.mlir", *BIND, *self.link, *flags, "--input", "bad.npy", status=1)
            self.assertRegex(err, r"custom call 'acme.scale' \(.*calls.mlir:5:\d+\): the function 'acme_scale' failed with status 9: "
                                  "element 4 is negative")

    def refusal(self, *words):
        return self.run_program(ingot_test.INGOT, *words, status=1)[1]

    def test_mistakes(self):
        self.assertIn("custom call 'acme.scale' (2 ops); --call acme.scale=SYMBOL binds it", self.refusal("check", "calls.mlir"))
        run = ("run", "calls.mlir", "--input", "x.npy")
        self.assertIn("calls the function 'acme_scale', which is in no library", self.refusal(*run, *BIND))
        self.assertIn("calls the function 'other', which no library that --link names defines",
                      self.refusal(*run, "--call", "acme.scale=other", *self.link))
        self.assertIn("did you mean 'acme.scale'?", self.refusal(*run, *BIND, "--call", "acme.scales=acme_scale", *self.link))
        self.assertIn("'a-b' is no name of a C function", self.refusal(*run, "--call", "acme.scale=a-b"))
        self.assertIn("expected NAME=VALUE", self.refusal(*run, "--call", "acme.scale"))
        self.assertIn("bound to 'f' already", self.refusal(*run, "--call", "acme.scale=f", *BIND))
        self.assertIn("the runtime's own names begin so", self.refusal(*run, "--call", "acme.scale=ingot_run"))
        self.assertIn("--link none.so: ", self.refusal(*run, *BIND, "--link", "none.so"))
        _, err = self.run_program(ingot_test.INGOT, "compile", "calls.mlir", *BIND, "-o", "calls", status=1)
        self.assertIn("calls acme_scale, which what --link names must define", err)
        self.assertIn("undefined symbol: acme_scale", err)
        self.assertFalse((self.work / "calls").exists())
        self.assertIn("calls.s is not linked", self.refusal("compile", "calls.mlir", *BIND, *self.link, "-o", "calls.s"))
        self.assertIn("none.o", self.refusal("compile", "calls.mlir", *BIND, "--link", "none.o", "-o", "calls"))

    def test_what_a_function_cannot_be_told(self):
        for more, why in (("output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [], operand_index = 0, "
                           "operand_tuple_indices = []>]", "in the memory of operands"),
                          ("operand_layouts = [dense<[0, 1]> : tensor<2xindex>], result_layouts = [dense<[1, 0]> : tensor<2xindex>]",
                           "operand 0 has another layout"),
                          ("called_computations = [@f]", "calls functions of the module")):
            (self.work / "odd.mlir").write_text(f"""
module {{
  func.func private @f(%x: tensor<f32>) -> tensor<f32> {{ return %x : tensor<f32> }}
  func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {{
    %0 = stablehlo.custom_call @acme.scale(%x) {{{more}}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
    return %0 : tensor<2x3xf32>
  }}
}}
""")
            self.assertIn(why, self.refusal("check", "odd.mlir", *BIND))

    def test_artifact_tells(self):
        self.compile("calls.mlir", "calls.so", *BIND)
        out, _ = self.run_program(ingot_test.INGOT, "inspect", "calls.so", "--commands", "--json")
        self.assertIn("call", json.dumps(json.loads(out)))
        out, _ = self.run_program(ingot_test.INGOT, "inspect", "calls.so", "--commands")
        self.assertTrue(re.search(r"call +'acme.scale'", out), out)


if __name__ == "__main__":
    ingot_test.main()
