"""Objects with weights that code cannot reach by 32 bits: GNU ld and lld place them behind all else, in whatever kind of program.

The weights take 275 MB; where INGOT_LARGE is set, as by `tools/check --full`, 2.4 GB. They are holes in the object, but not in what linkers
write.
"""
import os
import re
import shutil

import ingot_test
import onnx_model as onnx

LARGE = bool(os.environ.get("INGOT_LARGE"))
ROWS, WIDTH = (146500 if LARGE else 16800), 4096
MAIN = """
#include "m.h"
#include <stdio.h>
#include <stdlib.h>
static float result[3 * %(width)d];
static char counter;
float zeros[1000000];
int main(void) {
  const int64_t rows[3] = {%(last)d, 0, %(middle)d};
  void *workspace = malloc(M_WORKSPACE_SIZE + 1);
  int i, status = m_run(rows, result, workspace, NULL);
  for (i = 0; i < 3 * %(width)d; ++i) if (result[i] != 0) printf("%%d:%%g ", i, result[i]);
  printf("%%d %%d %%g\\n", status, ++counter, zeros[status + 999999]);
  return status;
}
"""
ADDRESS = {"x86_64": "R_X86_64_64", "aarch64": "R_AARCH64_ABS64", "riscv64": "R_RISCV_64"}


class LargeObject(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        if shutil.disk_usage(self.work).free < (12e9 if LARGE else 2e9):
            self.skipTest("less than 12 GB of free disk")
        weights = onnx.SparseWeights(self.work / "weights.bin")
        weights.add("table", [ROWS, WIDTH], {(0, 0): 5.0, (ROWS // 2, 3): 6.0, (ROWS - 1, WIDTH - 1): 7.0})
        weights.add("scale", [WIDTH], {(0,): 2.0, (3,): 3.0, (WIDTH - 1,): 4.0})
        nodes = [onnx.node("Gather", ["table", "rows"], ["picked"], axis=0), onnx.node("Mul", ["picked", "scale"], ["y"])]
        (self.work / "m.onnx").write_bytes(onnx.model(nodes, [onnx.value("rows", [3], onnx.INT64)], [onnx.value("y", [3, WIDTH])], weights.initializers))
        (self.work / "main.c").write_text(MAIN % {"width": WIDTH, "last": ROWS - 1, "middle": ROWS // 2})
        self.expected = f"{WIDTH - 1}:28 {WIDTH}:10 {2 * WIDTH + 3}:18 0 1 0\n"

    def test_links_and_answers(self):
        if os.stat(self.work / "weights.bin").st_blocks * 512 > 1e8:
            self.skipTest("no holes on this file system")
        self.compile("m.onnx", "m.o")
        self.run_program(ingot_test.INGOT, "verify", "m.o")
        self.compile("m.onnx", "m.a")
        lld = ("clang-22", "-fuse-ld=lld-22")
        for command in (("gcc",), ("gcc", "-no-pie"), lld, (*lld, "-no-pie")):
            with self.subTest(command=command):
                if not shutil.which(command[0]):
                    self.skipTest(f"no {command[0]}")
                self.run_program(*command, "main.c", "m.a" if command == ("gcc",) else "m.o", "-o", "program", timeout=300)
                self.check_places(self.work / "program")
                self.assertEqual(self.run_program(self.work / "program")[0], self.expected)
                (self.work / "program").unlink()
        with open(self.work / "m.o", "r+b") as file:  # a bit in the middle of the weights
            file.seek(ROWS * WIDTH * 2)
            file.write(b"\1")
        self.assertIn("weight bytes", self.run_program(ingot_test.INGOT, "verify", "m.o", status=3)[1])

    def check_places(self, program):
        """All but the weights lies together, and they behind it: so it does for weights of any size."""
        listed = self.run_program("/usr/lib/llvm-22/bin/llvm-readelf", "-SW", program)[0]
        found = []
        for name, address, size, flags in re.findall(r"\] (\.\S+) +\S+ +([0-9a-f]{16}) [0-9a-f]+ ([0-9a-f]+) \w\w +(\w+) ", listed):
            if "A" in flags and "T" not in flags:
                found.append((int(address, 16), int(address, 16) + int(size, 16), name))
        self.assertIn(".bss", [name for _, _, name in found])
        end, name = max((last, name) for _, last, name in found)
        self.assertTrue(name.startswith(".ldata"), name)
        others = [(first, last) for first, last, other in found if other != name]
        self.assertLess(max(last for _, last in others) - min(first for first, _ in others), 64 << 20)
        self.assertLessEqual(max(last for _, last in others), next(first for first, _, other in found if other == name))

    def test_weights_are_reached_by_address(self):
        for architecture, kind in ADDRESS.items():
            self.compile("m.onnx", "m.o", f"--target={architecture}-linux-gnu")
            listed = self.run_program("/usr/lib/llvm-22/bin/llvm-readelf", "-rW", "m.o")[0]
            self.assertEqual(re.findall(r"(\w+)\s+[0-9a-f]{16} \S*ingot[_.]weights", listed), [kind], architecture)


ingot_test.main()
