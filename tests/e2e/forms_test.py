"""One model, every way to run it: the reference interpreter, the JIT, a shared library, an executable and the C header answer alike."""
import re
import shutil
import sys

import ingot_test
from ingot_test import agreement

THREADS = (1, 2, 4)


class Forms(ingot_test.TestCase):
    def assert_close(self, expected, actual, what):
        """1e-4 relative plus 1e-5 of the largest magnitude, element by element."""
        self.assertIsNone(agreement.first_difference(actual, expected, 1e-4, 1e-5), what)

    def run_form(self, *command):
        """Values of the one result of a command that takes --output-dir."""
        folder = self.work / "results"
        shutil.rmtree(folder, ignore_errors=True)
        self.run_program(*command, "--output-dir", folder)
        (result,) = folder.glob("*.npy")
        return ingot_test.read_npy(result)[1]

    def c_program(self, header, name, data, count, batch):
        """A C99 program that calls NAME_run on the values of `data` and prints the results as hexadecimal floats."""
        text = header.read_text()
        declaration = re.search(rf"int\s+{name}_run\s*\(([^)]*)\)", text)
        self.assertIsNotNone(declaration, text)
        leading = f"{batch}, " if "int64_t" in declaration[1].split(",")[0] else ""
        workspace = re.search(rf"#define\s+({name.upper()}_WORKSPACE\w*)", text)
        self.assertIsNotNone(workspace, text)
        values = ", ".join(float(v).hex() for v in data)
        size = f"{workspace[1]}({batch})" if re.search(rf"{workspace[1]}\(", text) else workspace[1]
        return f"""#include "{header.name}"
#include <stdio.h>
#include <stdlib.h>
static _Alignas(64) float input[] = {{{values}}};
static _Alignas(64) float output[{count}];
int main(void) {{
  void *workspace = aligned_alloc(64, ({size} + 127) / 64 * 64);
  int status = {name}_run({leading}input, output, workspace, NULL);
  if (status != 0) return 1;
  for (int i = 0; i < {count}; ++i) printf("%a\\n", (double)output[i]);
  free(workspace);
  return 0;
}}
"""

    def check(self, model, name, data, count, *flags, batch=1):
        shape, values = ingot_test.read_npy(data)
        reference = self.run_form(ingot_test.INGOT, "run", model, "--reference", "--input", data)
        self.assertEqual(len(reference), count)
        self.assertGreater(max(map(abs, reference)), 0)
        forms = {"jit": (ingot_test.INGOT, "run", model),
                 "shared library": (ingot_test.INGOT, "run", self.compile(model, f"{name}.so", *flags)),
                 "executable": (self.compile(model, name, *flags),)}
        for form, command in forms.items():
            outputs = [self.run_form(*command, "--input", data, "--threads", threads) for threads in THREADS]
            self.assert_close(reference, outputs[0], form)
            for threads, output in zip(THREADS, outputs):
                self.assertEqual(outputs[0].tobytes(), output.tobytes(), f"{form}: {threads} threads differ from one")
        compiler = shutil.which("cc") or shutil.which("clang-22")
        self.assertIsNotNone(compiler, "no C compiler")
        self.compile(model, f"{name}.o", *flags)
        (self.work / "main.c").write_text(self.c_program(self.work / f"{name}.h", name, values, count, batch))
        self.run_program(compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "main.c", f"{name}.o", "-o", "c-program")
        printed = self.run_program(self.work / "c-program")[0]
        self.assert_close(reference, [float.fromhex(line) for line in printed.split()], "C header")

    def test_digits(self):
        values = ingot_test.read_npy(ingot_test.DIGITS / "images.npy")[1]
        ingot_test.write_npy(self.work / "in.npy", (50, 1, 8, 8), values[:50 * 64])
        self.check(ingot_test.DIGITS / "digits.onnx", "digits", self.work / "in.npy", 500, "--dim", "batch=1..64", batch=50)

    def test_mnist(self):
        model = ingot_test.test_data("models/onnx/mnist-8.onnx")
        image = ingot_test.test_data("models/images/digits/sample5.png")
        self.run_program(sys.executable, ingot_test.SOURCE / "tools/dev/make_digit_inputs.py", image, "-o", self.work)
        self.check(model, "mnist", self.work / "sample5.npy", 10)


ingot_test.main()
