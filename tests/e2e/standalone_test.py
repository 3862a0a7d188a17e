"""A compiled executable needs its C library and nothing else: a read-only root without /proc, after strip."""
import os
import platform
import re
import shutil
import subprocess
import unittest

import ingot_test

NEEDED = re.compile(r"NEEDED.*\[(.*)\]")
ARCHITECTURE = {"x86_64": "x86-64", "aarch64": "AArch64"}[platform.machine()]  # as ldconfig names it


class Standalone(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.binary = self.compile(ingot_test.DIGITS / "digits.onnx", "digits", "--dim", "batch=1..360")

    def needed(self):
        """The libraries the dynamic section names, and the interpreter."""
        dynamic = self.run_program("/usr/lib/llvm-22/bin/llvm-readelf", "-d", self.binary)[0]
        # No program header names it: the guard at the file's start is what starts it.
        interpreter = self.run_program("/usr/lib/llvm-22/bin/llvm-readelf", "-p", ".interp", self.binary)[0]
        return NEEDED.findall(dynamic), re.search(r"\] (/\S+)", interpreter)[1]

    def test_needs_the_c_library_alone(self):
        libraries, _ = self.needed()
        self.assertLessEqual(set(libraries), {"libc.so.6", "libm.so.6"})

    def test_makes_inputs_up(self):
        """As `ingot run` does, bit for bit."""
        library = self.compile(ingot_test.DIGITS / "digits.onnx", "digits.so", "--dim", "batch=1..360")
        for source in ("zeros", "random", "random:7"):
            self.run_program(self.binary, "--input", source, "--output-dir", "mine")
            self.run_program(self.binary, source, "--output-dir", "placed")
            self.run_program(ingot_test.INGOT, "run", library, "--input", source, "--output-dir", "theirs")
            for other in ("placed", "theirs"):
                self.assertEqual((self.work / "mine/logits.npy").read_bytes(), (self.work / other / "logits.npy").read_bytes(), source)
        _, stderr = self.run_program(self.binary, "random:x", status=1)
        self.assertEqual(stderr, "digits: input 'image': random:x: the seed is no number\n")

    @unittest.skipIf(ingot_test.BINARY.name == "asan", "the sanitizers ask for all addresses")
    def test_memory_that_is_not_there(self):
        """Which tensor has no memory is told, by the executable and by `ingot run`."""
        large = self.compile(ingot_test.DIGITS / "digits.onnx", "large", "--dim", "batch=100000000")
        message = "no memory for its 25600000000 bytes"
        for command, named in (([large, "zeros"], "large: input 'image'"),
                               ([ingot_test.INGOT, "run", ingot_test.DIGITS / "digits.onnx", "--dim", "batch=100000000", "--input", "zeros"],
                                "input 'image' f32[100000000,1,8,8]")):
            _, stderr = self.run_program("sh", "-c", 'ulimit -v 8000000; exec "$@"', "sh", *command, status=1)
            self.assertIn(message, stderr)
            self.assertIn(named, stderr)

    def test_version(self):
        version = self.run_program(ingot_test.INGOT, "--version")[0].strip()
        self.assertEqual(self.run_program(self.binary, "--version")[0], f"digits, made by {version}\n")

    def make_root(self):
        root = self.work / "root"
        libraries, interpreter = self.needed()
        listed = self.run_program("ldconfig" if shutil.which("ldconfig") else "/sbin/ldconfig", "-p")[0]
        wanted = [interpreter] + [re.search(rf"^\s*{re.escape(name)} \(.*{ARCHITECTURE}.*=> (.*)$", listed, re.MULTILINE)[1] for name in libraries]
        for path in wanted:
            (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(path), root / path.lstrip("/"))
        shutil.copy(self.binary, root / "digits")
        ingot_test.write_npy(root / "in.npy", (360, 1, 8, 8), ingot_test.read_npy(ingot_test.DIGITS / "images.npy")[1])
        return root

    def run_in(self, root):
        """JSON of one run inside `root`, mounted read-only where that is allowed."""
        command = ["unshare", "--mount", "sh", "-c",
                   f"mount --bind '{root}' '{root}' && mount -o remount,ro,bind '{root}' && ! touch '{root}/x' 2>/dev/null && "
                   f"exec chroot '{root}' /digits --input /in.npy --top 1 --json"]
        probe = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
        if probe.returncode:
            raise unittest.SkipTest("mounting is denied here")
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        return result.stdout

    @unittest.skipUnless(os.geteuid() == 0, "not root, so no chroot")
    def test_runs_in_an_empty_root_also_after_strip(self):
        root = self.make_root()
        self.assertFalse((root / "proc").exists())
        first = self.run_in(root)
        self.assertIn('"results"', first)
        self.run_program("/usr/lib/llvm-22/bin/llvm-strip", root / "digits")
        self.assertLess((root / "digits").stat().st_size, self.binary.stat().st_size + 1)
        self.assertEqual(self.run_in(root), first)

    def test_says_what_is_wrong_with_its_command_line(self):
        for arguments, expected in ((("--input", "absent.npy"), "absent.npy"), (("--no-such-flag",), "--no-such-flag"), ((), "image"),
                                    (("--trheads", "2"), "unknown option '--trheads'; did you mean '--threads'?"), (("--input", "imgae=zeros"), "did you mean 'image'?"),
                                    (("--input", "zero"), "did you mean 'zeros'?")):
            err = self.run_program(self.binary, *arguments, status=1)[1]
            self.assertIn(expected, err)

    def test_selftest(self):
        self.run_program(self.binary, "--selftest")

    def test_no_file_is_written_unless_asked(self):
        folder = self.work / "empty"
        folder.mkdir()
        self.run_program(self.binary, "--input", ingot_test.DIGITS / "images.npy", cwd=folder)
        self.assertEqual(list(folder.iterdir()), [])


ingot_test.main()
