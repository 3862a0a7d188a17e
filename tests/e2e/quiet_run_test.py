"""After warming up, a run on one thread makes no system call and no allocation."""
import re
import shutil
import subprocess
import unittest

import ingot_test

PROGRAM = ingot_test.BINARY / "bin" / "quiet_run"


class QuietRun(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.library = self.compile(ingot_test.DIGITS / "digits.onnx", "digits.so", "--dim", "batch=1..8")

    def test_no_allocation(self):
        self.assertEqual(self.run_program(PROGRAM, self.library, 10000)[0], "allocations 0\n")

    def test_no_allocation_in_several_entry_points(self):
        """Calls of one after the other, over a state that all of them share."""
        library = self.compile(ingot_test.SOURCE / "tests/tools/ingot/Inputs/counter.mlir", "counter.so", "--from=import")
        self.assertEqual(self.run_program(PROGRAM, library, 1000)[0], "allocations 0\n")

    def test_no_system_call(self):
        trace = self.work / "trace"
        probe = shutil.which("strace") and subprocess.run(["strace", "-o", trace, "true"], capture_output=True)
        if not probe or probe.returncode:
            raise unittest.SkipTest("tracing system calls is denied here")
        self.run_program("strace", "-f", "-o", trace, PROGRAM, self.library, 1000)
        between = re.split(r".*getppid\(\).*\n", trace.read_text())
        self.assertEqual(len(between), 3)
        self.assertEqual([line for line in between[1].splitlines() if line.strip()], [])


ingot_test.main()
