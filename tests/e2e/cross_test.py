"""Artifacts for other processors, run under qemu-user: executables and shared libraries for aarch64, objects for riscv64."""
import json
import os
import re
import shutil
import subprocess

import ingot_test
from ingot_test import agreement

CROSS_LIBRARIES = "/usr/aarch64-linux-gnu"
# Without a C library: what an object asks of one is here. %s is the start of the program and its system call of three arguments.
MAIN = """
#include "digits.h"
%s
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
"""
CALL = """
static long call(long number, long a, long b, long c) {
  register long n __asm__("%(number)s") = number, x __asm__("%(bank)s0") = a, y __asm__("%(bank)s1") = b, z __asm__("%(bank)s2") = c;
  __asm__ volatile("%(trap)s" : "+r"(x) : "r"(n), "r"(y), "r"(z) : "memory");
  return x;
}
__asm__(".globl _start\\n_start:\\n%(start)s\\n");
"""
RISCV64 = CALL % {"number": "a7", "bank": "a", "trap": "ecall", "start": ".option push\\n.option norelax\\nla gp, __global_pointer$\\n.option pop\\n"
                  "andi sp, sp, -16\\ncall start"}
AARCH64 = CALL % {"number": "x8", "bank": "x", "trap": "svc 0", "start": "bl start"}
# With one: the same program.
HOSTED = """
#include "digits.h"
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  static float image[64], logits[10];
  void *workspace = malloc(DIGITS_WORKSPACE_SIZE);
  if (fread(image, sizeof image, 1, stdin) != 1) return 9;
  if (digits_run(1, image, logits, workspace, NULL)) return 8;
  return fwrite(logits, sizeof logits, 1, stdout) != 1;
}
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
                # What the guard says, in code of its own before any library is there.
                told = "the file is damaged: its code or data have changed since it was compiled"
                self.assertEqual(self.run_program(qemu, "-L", CROSS_LIBRARIES, damaged, "image.npy", status=3)[1], f"damaged: {told}\n")
                self.assertEqual(json.loads(self.run_program(qemu, "-L", CROSS_LIBRARIES, damaged, "--json", status=3)[0]), {"error": told})
                _, err = self.run_program(qemu, "-L", self.work, program, "image.npy", status=1)
                self.assertRegex(err, "^digits: cannot be started: this system has no dynamic linker of the GNU C library for it\n$")

    def test_documented_commands(self):
        self.emulator("qemu-aarch64")
        (commands,) = re.findall(r"```sh\n(.*?)```", (ingot_test.SOURCE / "docs/executable.md").read_text(), re.S)
        self.assertEqual(len(commands.splitlines()), 2)
        for name in ("digits.onnx", "images.npy"):
            shutil.copy(ingot_test.DIGITS / name, self.work)
        self.run_program("sh", "-ec", commands, env={**os.environ, "PATH": f"{ingot_test.INGOT.parent}:{os.environ['PATH']}"})
        self.same(ingot_test.read_npy(self.work / "out/logits.npy")[1][:10])

    def test_aarch64_processors(self):
        """Code for a processor runs on those that have what it needs, and is refused by the others."""
        qemu = self.emulator("qemu-aarch64")
        for flags, runs, refused, lacks in ((("--mcpu=cortex-a72",), ("cortex-a53", "max"), (), ()),
                                            (("--mcpu=cortex-a76",), ("cortex-a76", "max"), ("cortex-a53",), ("fullfp16", "dotprod")),
                                            (("--mcpu=neoverse-n2",), ("max",), ("cortex-a76",), ("i8mm", "bf16", "complxnum")),
                                            (("--mcpu=generic", "--mattr=+dotprod"), ("cortex-a76",), ("cortex-a53",), ("dotprod",))):
            program = self.compile(self.model, "digits", "--target=aarch64-linux-gnu", "--dim=batch=1..8", *flags)
            for processor in runs:
                self.run_program(qemu, "-cpu", processor, "-L", CROSS_LIBRARIES, program, "image.npy", "--output-dir", "got")
                self.same(ingot_test.read_npy(self.work / "got/logits.npy")[1])
            for processor in refused:
                _, err = self.run_program(qemu, "-cpu", processor, "-L", CROSS_LIBRARIES, program, "image.npy", status=1)
                self.assertRegex(err, r"^digits: kernel '\w+' needs a processor with .*, which this one \(or its system\) does not offer\n$")
                for feature in lacks:
                    self.assertIn(f" {feature}", err)

    def run_object(self, qemu, *flags, source, status=0):
        """An object's answer in a C program."""
        target = "--target=" + ("aarch64" if "aarch64" in qemu[0] else "riscv64") + "-linux-gnu"
        self.compile(self.model, "digits.o", target, "--dim=batch=1..8", *flags)
        (self.work / "main.c").write_text(source)
        link = ("-ffreestanding", "-static")
        if source == HOSTED:
            link = ("-isystem", f"{CROSS_LIBRARIES}/include", f"{CROSS_LIBRARIES}/lib/crt1.o", "-L", f"{CROSS_LIBRARIES}/lib", "-lc")
        self.run_program("clang-22", target, "-O1", "-nostdlib", "-fuse-ld=lld", "main.c", "digits.o", *link, "-o", "main")
        result = subprocess.run([*qemu, "-L", CROSS_LIBRARIES, self.work / "main"], input=self.image.tobytes(), capture_output=True)
        self.assertEqual(result.returncode, status, result.stderr)
        if status == 0:
            values = ingot_test.array.array("f")
            values.frombytes(result.stdout)
            self.same(values)

    def test_aarch64_object(self):
        qemu = self.emulator("qemu-aarch64")
        self.run_object((qemu, "-cpu", "cortex-a53"), source=HOSTED)
        self.run_object((qemu, "-cpu", "max"), "--mcpu=neoverse-n2", source=HOSTED)
        self.run_object((qemu, "-cpu", "cortex-a76"), "--mcpu=neoverse-n2", source=HOSTED, status=8)
        self.run_object((qemu, "-cpu", "max"), source=MAIN % AARCH64)
        # No C library tells what the processor has.
        self.run_object((qemu, "-cpu", "max"), "--mcpu=neoverse-n2", source=MAIN % AARCH64, status=8)

    def test_riscv64_object(self):
        self.run_object((self.emulator("qemu-riscv64"),), source=MAIN % RISCV64)


ingot_test.main()
