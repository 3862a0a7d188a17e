"""On a disk that runs full, compiling fails with a message and leaves nothing behind, whatever was being written."""
import os
import resource
import subprocess
import unittest

import ingot_test


@unittest.skipUnless(os.geteuid() == 0, "not root, so no small file system")
class FullDisk(ingot_test.TestCase):
    def check(self, suffix, *flags):
        """Compiles onto file systems of growing size until it fits; counts how often it did not."""
        digits = ingot_test.DIGITS / "digits.onnx"
        refused = 0
        for kilobytes in (4, 40, 100, 140, 180, 220, 260, 400, 2000):
            script = (f"mount -t tmpfs -o size={kilobytes}k tmpfs small && "
                      f"{ingot_test.INGOT} compile {digits} -o small/m{suffix} --dim batch=1 -q {' '.join(flags)}; status=$?; ls -A small; exit $status")
            (self.work / "small").mkdir(exist_ok=True)
            result = subprocess.run(["unshare", "--mount", "sh", "-c", script], cwd=self.work, capture_output=True, text=True, timeout=60)
            if "mount" in result.stderr and "ingot:" not in result.stderr:
                raise unittest.SkipTest("mounting is denied here")
            if result.returncode == 0:
                self.assertIn(f"m{suffix}", result.stdout.split())
                continue
            refused += 1
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn("No space left on device", result.stderr)
            self.assertEqual(result.stdout, "", f"{kilobytes} KB: {result.stderr}")
        self.assertGreater(refused, 0)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_executable(self):
        self.check("")

    def test_library(self):
        self.check(".so")

    def test_object(self):
        self.check(".o")

    def test_archive(self):
        self.check(".a")

    def test_text(self):
        self.check(".mlir")


class FileLimit(ingot_test.TestCase):
    """A limit on the size of files (ulimit -f) is the user's, told as such; nothing is left."""

    def limited(self, blocks, *command):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (blocks * 1024, blocks * 1024))

        result = subprocess.run([str(word) for word in command], cwd=self.work, capture_output=True, text=True, timeout=60, preexec_fn=limit)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"^\w+: .*cannot write '.*': File too large\n$")

    def test_compile(self):
        for suffix in ("", ".so", ".o", ".a"):
            for blocks in (0, 8, 60):
                self.limited(blocks, ingot_test.INGOT, "compile", ingot_test.DIGITS / "digits.onnx", "-o", f"m{suffix}", "--dim", "batch=1", "-q")
                self.assertEqual(os.listdir(self.work), [], (suffix, blocks))

    def test_executable(self):
        program = self.compile(ingot_test.DIGITS / "digits.onnx", "m", "--dim", "batch=1")
        self.limited(0, program, "zeros", "--output-dir", "out")
        self.assertEqual(os.listdir(self.work / "out"), [])


ingot_test.main()
