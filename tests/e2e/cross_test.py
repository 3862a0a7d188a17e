"""Artifacts for other processors, run under qemu-user: executables and shared libraries for aarch64, objects for riscv64."""
import shutil
import subprocess

import ingot_test
from ingot_test import agreement

CROSS_LIBRARIES = "/usr/aarch64-linux-gnu"
# Without a C library: what an object asks of one is here.
MAIN = """
#include "digits.h"
static long call(long number, long a, long b, long c) {
  register long n __asm__("a7") = number, x __asm__("a0") = a, y __asm__("a1") = b, z __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(x) : "r"(n), "r"(y), "r"(z) : "memory");
  return x;
}
void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; ++i) ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}
void *memmove(void *to, const void *from, size_t size) {
  if (to < from) return memcpy(to, from, size);
  while (size--) ((volatile char *)to)[size] = ((const char *)from)[size];
  return to;
}
void *memset(void *to, int value, size_t size) {
  for (size_t i = 0; i < size; ++i) ((volatile char *)to)[i] = (char)value;
  return to;
}
static float image[64], logits[10];
static char workspace[DIGITS_WORKSPACE_SIZE];
void start(void) {
  if (call(63, 0, (long)image, sizeof image) != sizeof image) call(93, 9, 0, 0);
  if (digits_run(1, image, logits, workspace, NULL)) call(93, 8, 0, 0);
  call(64, 1, (long)logits, sizeof logits);
  call(93, 0, 0, 0);
}
__asm__(".globl _start\\n_start:\\n.option push\\n.option norelax\\nla gp, __global_pointer$\\n.option pop\\nandi sp, sp, -16\\ncall start\\n");
"""


class Cross(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.model = ingot_test.DIGITS / "digits.onnx"
        _, pixels = ingot_test.read_npy(ingot_test.DIGITS / "images.npy")
        self.image = pixels[:64]
        ingot_test.write_npy(self.work / "image.npy", (1, 1, 8, 8), self.image)
        self.run_program(ingot_test.INGOT, "run", self.model, "--input", "image.npy", "--output-dir", "wanted")
        self.wanted = ingot_test.read_npy(self.work / "wanted/logits.npy")[1]

    def same(self, values):
        self.assertIsNone(agreement.first_difference(values, self.wanted, 1e-5, 1e-6))

    def emulator(self, name):
        if not shutil.which(name):
            self.skipTest(f"no {name}")
        return name

    def test_aarch64_executable(self):
        qemu = self.emulator("qemu-aarch64")
        for flags in (("--dim=batch=1..8",), ("--dim=batch=1", "--numerics=strict")):
            with self.subTest(flags=flags):
                program = self.compile(self.model, "digits", "--target=aarch64-linux-gnu", *flags)
                run = (qemu, "-L", CROSS_LIBRARIES, program)
                self.run_program(*run, "image.npy", "--output-dir", "got")
                self.same(ingot_test.read_npy(self.work / "got/logits.npy")[1])
                self.run_program(*run, "--selftest")
                data = bytearray(program.read_bytes())
                data[len(data) // 2] ^= 1
                damaged = self.work / "damaged"
                damaged.write_bytes(data)
                damaged.chmod(0o755)
                self.run_program(qemu, "-L", CROSS_LIBRARIES, damaged, "image.npy", status=3)

    def test_riscv64_object(self):
        qemu = self.emulator("qemu-riscv64")
        self.compile(self.model, "digits.o", "--target=riscv64-linux-gnu", "--dim=batch=1..8")
        (self.work / "main.c").write_text(MAIN)
        self.run_program("clang-22", "--target=riscv64-linux-gnu", "-O1", "-ffreestanding", "-nostdlib", "-static", "-fuse-ld=lld", "main.c", "digits.o",
                         "-o", "main")
        result = subprocess.run([qemu, self.work / "main"], input=self.image.tobytes(), capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        values = ingot_test.array.array("f")
        values.frombytes(result.stdout)
        self.same(values)


ingot_test.main()
