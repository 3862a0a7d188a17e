"""A static executable needs nothing: it answers in an empty root, as the one that is linked with the system's C library does."""
import os
import struct
import subprocess

import artifact_file
import ingot_test

LOADED, INTERPRETER = 1, 3
NEEDED = 1


class Static(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.static = self.compile(ingot_test.DIGITS / "digits.onnx", "digits", "--dim", "batch=1..360", "--static")
        (self.work / "other").mkdir()
        self.shared = self.compile(ingot_test.DIGITS / "digits.onnx", "other/digits", "--dim", "batch=1..360")
        self.images = ingot_test.DIGITS / "images.npy"

    def test_names_no_library_and_no_dynamic_linker(self):
        data = self.static.read_bytes()
        at, = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        headers = [struct.unpack_from("<IIQQQQQQ", data, at + i * size) for i in range(count)]
        self.assertIn(LOADED, [header[0] for header in headers])
        self.assertNotIn(INTERPRETER, [header[0] for header in headers])
        for kind, _, _, _, _, in_file, in_memory, _ in headers:
            if kind == LOADED:  # nothing is left to the kernel that the guard could not see
                self.assertEqual(in_file, in_memory)
        found = {name: (offset, size) for name, _, offset, size, _ in artifact_file.sections(data)}
        self.assertNotIn(".interp", found)
        offset, size = found[".dynamic"]
        tags = [struct.unpack_from("<Q", data, offset + i)[0] for i in range(0, size, 16)]
        self.assertNotIn(NEEDED, tags)
        # Other C libraries' names stay out, so that a model's cannot clash with them.
        names = self.run_program("/usr/lib/llvm-22/bin/llvm-nm", "--extern-only", "--defined-only", "--format=just-symbols", self.static)[0].split()
        self.assertNotIn("malloc", names)
        self.assertLess(len(data) - self.shared.stat().st_size, 100_000)

    def test_answers_in_an_empty_root(self):
        root = self.work / "root"
        root.mkdir()
        command = ["chroot", root] if os.geteuid() == 0 else ["unshare", "-r", "chroot", root]
        if os.geteuid() and subprocess.run(["unshare", "-r", "true"], capture_output=True).returncode:
            self.skipTest("not root, so no chroot")
        (root / "m").write_bytes(self.static.read_bytes())
        (root / "m").chmod(0o755)
        (root / "images.npy").write_bytes(self.images.read_bytes())
        self.run_program(self.shared, self.images, "--output-dir", "wanted")
        wanted = (self.work / "wanted/logits.npy").read_bytes()
        for threads in (1, 2, 4, 0):
            self.run_program(*command, "/m", "/images.npy", "--threads", threads, "--output-dir", "/out")
            self.assertEqual((root / "out/logits.npy").read_bytes(), wanted, threads)
        self.run_program(*command, "/m", "--selftest")
        self.run_program("/usr/lib/llvm-22/bin/llvm-strip", root / "m")
        self.run_program(*command, "/m", "images.npy", "--output-dir", "stripped")
        self.assertEqual((root / "stripped/logits.npy").read_bytes(), wanted)
        self.assertEqual(sorted(path.name for path in root.iterdir()), ["images.npy", "m", "out", "stripped"])

    def test_says_what_the_other_one_says(self):
        """Of right and of wrong use, byte for byte, under one name."""
        image = self.work / "image.npy"
        ingot_test.write_npy(image, (1, 1, 8, 8), [i % 17 for i in range(64)])
        for arguments, status in (((image,), 0), ((image, "--top", "3"), 0), (("--input", f"image={image}", "--json"), 0), (("random:7", "--threads", "3"), 0),
                                  (("--version",), 0), (("--help",), 0), (("--describe",), 0), (("--describe", "--json"), 0), (("--selftest",), 0),
                                  ((image, "--then", image), 0), ((), 1), (("absent.npy",), 1), ((self.work,), 1), (("--no-such-flag",), 1),
                                  ((ingot_test.DIGITS / "labels.npy",), 1), ((image, "--output-dir", "absent/out"), 1), ((image, "--threads", "many"), 1)):
            got = self.run_program(self.static, *arguments, status=status)
            self.assertEqual(got, self.run_program(self.shared, *arguments, status=status), arguments)

    def test_is_an_artifact_to_every_verb(self):
        self.run_program(self.shared, self.images, "--output-dir", "wanted")
        self.run_program(ingot_test.INGOT, "run", self.static, "--input", self.images, "--expect", "wanted/logits.npy", "--rtol", "0", "--atol", "0")
        self.assertIn("sound", self.run_program(ingot_test.INGOT, "verify", self.static)[0])
        self.assertIn("size batch in 1..360", self.run_program(ingot_test.INGOT, "inspect", self.static)[0])
        self.run_program(ingot_test.INGOT, "bench", self.static, "--iterations", "2")
        self.run_program(self.static, "--bench", "2")

    def test_is_written_through_a_link(self):
        (self.work / "there").write_text("")
        (self.work / "link").symlink_to("there")
        self.compile(ingot_test.DIGITS / "digits.onnx", "link", "--dim", "batch=1..360", "--static")
        self.assertTrue((self.work / "link").is_symlink())
        self.assertEqual((self.work / "there").read_bytes(), self.static.read_bytes())

    def test_only_executables_are_static(self):
        for output, flags in (("m.so", ()), ("m.o", ()), ("m.a", ()), ("m", ("--emit=shared",)), ("m.mlir", ())):
            _, err = self.run_program(ingot_test.INGOT, "compile", ingot_test.DIGITS / "digits.onnx", "-o", output, "--dim", "batch=1", "--static", *flags,
                                      status=1)
            self.assertEqual(err, f"ingot: --static: says how an executable is linked; {output} is none\n")
            self.assertFalse((self.work / output).exists())

    def test_architecture_without_its_parts(self):
        _, err = self.run_program(ingot_test.INGOT, "compile", ingot_test.DIGITS / "digits.onnx", "-o", "m", "--dim", "batch=1", "--static",
                                  "--target=riscv64-linux-gnu", status=1)
        self.assertRegex(err, r"^ingot: m: no static executables can be made for riscv64-linux-gnu: '.*riscv64-linux-musl/runtime.o' is not installed "
                              r"\(it is made where ingot is built with musl-dev of that architecture\)\n$")
        self.assertFalse((self.work / "m").exists())


ingot_test.main()
