"""`ingot verify` finds a flipped bit wherever it is; after strip, wherever tables, code and weights are. Damaged artifacts never crash what
reads them."""
import errno
import random
import struct
import subprocess
import time

import artifact_file
import ingot_test

READERS = (("verify",), ("inspect",), ("run", "--input", "zeros"))


def sections(data):
    """Name, offset, size and flags of each section of a 64-bit ELF file."""
    return [(name, offset, size, flags) for name, _, offset, size, flags in artifact_file.sections(data)]


class Damage(ingot_test.TestCase):
    FORMS = ("m", "m.so", "m.o")

    def setUp(self):
        super().setUp()
        for form in self.FORMS:
            self.compile(ingot_test.DIGITS / "digits.onnx", form, "--dim", "batch=1..8")

    def read(self, data, *verb):
        """Exit status of a verb on these bytes."""
        path = self.work / "damaged"
        path.write_bytes(data)
        result = subprocess.run([ingot_test.INGOT, verb[0], path, *verb[1:]], capture_output=True, timeout=60)
        self.assertIn(result.returncode, (0, 1, 3), result.stderr)
        self.assertEqual(result.returncode != 0, bool(result.stderr), "a refusal has a message")
        return result.returncode

    def flip_all(self, data, places):
        for at in places:
            out = bytearray(data)
            out[at] ^= 1 << (at * 7 + 3) % 8
            self.assertNotEqual(self.read(bytes(out), "verify"), 0, f"byte {at} of {len(data)}")

    def test_any_bit_as_compiled(self):
        for form in self.FORMS:
            data = (self.work / form).read_bytes()
            self.assertEqual(self.read(data, "verify"), 0)
            rng = random.Random(form)
            # The header, and all over the file.
            self.flip_all(data, sorted({*range(0, 64, 5), *rng.sample(range(len(data)), 50), len(data) - 1}))

    def test_tables_code_and_weights_after_strip(self):
        for form in ("m", "m.so"):
            self.run_program("/usr/lib/llvm-22/bin/llvm-strip", form)
            data = (self.work / form).read_bytes()
            out, _ = self.run_program(ingot_test.INGOT, "verify", form)
            self.assertIn("stripped or linked again since it was compiled", out)
            rng = random.Random(form)
            covered = 0
            for name, offset, size, flags in sections(data):
                if name in (".ingot", ".ingot.weights", ".rodata") or flags & 4:  # code is executable
                    self.flip_all(data, rng.sample(range(offset, offset + size), min(size, 20)))
                    covered += 1
            self.assertGreaterEqual(covered, 4)

    def test_no_damage_crashes_a_reader(self):
        for form in self.FORMS:
            for stripped in (False, True):
                if stripped and form != "m.o":
                    self.run_program("/usr/lib/llvm-22/bin/llvm-strip", form)
                data = (self.work / form).read_bytes()
                for number in range(30):
                    rng = random.Random(number)
                    out = bytearray(data[:rng.randrange(len(data))] if number % 3 == 0 else data)
                    for _ in range(rng.randint(1, 4) if out else 0):
                        out[rng.randrange(min(len(out), 800) if number % 3 == 1 else len(out))] = rng.choice((0, 1, 127, 128, 255))
                    self.read(bytes(out), *READERS[number // 3 % 3])

    def test_what_a_loader_trusts(self):
        """Headers and the data that a dynamic linker reads carry no hash after strip: they are checked for sense before it sees them."""
        for form in ("m", "m.so"):
            self.run_program("/usr/lib/llvm-22/bin/llvm-strip", form)
            data = (self.work / form).read_bytes()
            places = list(range(64, 64 + 56 * struct.unpack_from("<H", data, 56)[0], 13))
            for name, offset, size, flags in sections(data):
                if name in (".dynamic", ".data.rel.ro", ".got.plt"):
                    places += range(offset, offset + size, 13)
            for at in places:
                out = bytearray(data)
                out[at] ^= 1 << (at * 7 + 3) % 8
                self.read(bytes(out), "run", "--input", "zeros", "--threads", "1")



class Executable(ingot_test.TestCase):
    """A damaged executable answers right or ends with status 3, whatever is cut off or changed: never by a signal, never wrongly."""

    FLAGS = ()

    def setUp(self):
        super().setUp()
        self.whole = self.compile(ingot_test.DIGITS / "digits.onnx", "m", "--dim", "batch=360", *self.FLAGS).read_bytes()
        self.arguments = ("--input", ingot_test.DIGITS / "images.npy", "--json", "--threads", "1")
        self.answer = self.outcome(self.whole)
        self.assertEqual(self.answer[0], 0)

    def outcome(self, data, *arguments):
        path = self.work / "damaged"
        path.write_bytes(data)
        path.chmod(0o755)
        result = subprocess.run([path, *(arguments or self.arguments)], capture_output=True, timeout=60)
        return result.returncode, result.stdout

    def sound_or_refused(self, data, what):
        status, out = self.outcome(data)
        if status == 3:
            self.assertIn(b'"error": ', out, what)
        else:
            self.assertEqual((status, out), self.answer, what)
        return status

    def test_cut_off_anywhere(self):
        headers = struct.unpack_from("<Q", self.whole, 32)[0] + 56 * struct.unpack_from("<H", self.whole, 56)[0]
        self.assertLess(headers, 12000, "what the kernel needs is at the start")
        rng = random.Random(1)
        size = len(self.whole)
        for at in sorted({*rng.sample(range(size), 30), headers, headers + 1, size - 1, size - 15, size - 16, size - 17, *range(4096, size, size // 20)}):
            if at < headers:  # none that the kernel starts
                with self.assertRaises(OSError) as raised:
                    self.outcome(self.whole[:at])
                self.assertEqual(raised.exception.errno, errno.ENOEXEC)
            else:
                self.assertEqual(self.sound_or_refused(self.whole[:at], at), 3, at)
        for at in (rng.randrange(headers, size) for _ in range(10)):  # a part that was never written
            self.sound_or_refused(self.whole[:at] + bytes(size - at), at)

    def test_changed_bytes(self):
        """Tables, code and all else that is loaded, the weights' end and the mark behind it; small weights as a whole."""
        rng = random.Random(2)
        refused = 0
        for stripped in (False, True):
            if stripped:
                self.run_program("/usr/lib/llvm-22/bin/llvm-strip", "m")
            data = (self.work / "m").read_bytes()
            places = [len(data) - 1, len(data) - 16]
            for name, offset, size, flags in sections(data):
                if flags & 2 and name != ".note.ingot.guard":  # allocated
                    places += rng.sample(range(offset, offset + size), min(size, 5))
            for at in places:
                out = bytearray(data)
                out[at] ^= 1 << at % 8
                refused += self.sound_or_refused(out, f"byte {at}, stripped {stripped}") == 3
        self.assertGreater(refused, 60)

    def test_every_verb_says_so_by_its_status(self):
        data = bytearray(self.whole)
        data[artifact_file.table_offset(data) + 500] ^= 1
        for damaged in (bytes(data), self.whole[:len(self.whole) * 2 // 3]):
            (self.work / "bad").write_bytes(damaged)
            for verb in (("run", "--input", "zeros"), ("bench",), ("inspect",), ("verify",), ("diff", ingot_test.DIGITS / "digits.onnx")):
                out, err = self.run_program(ingot_test.INGOT, verb[0], "bad", *verb[1:], "--json", status=3)
                self.assertIn('"error": ', out, verb)
                self.assertIn("corrupt artifact", err, verb)

    def test_time_of_the_check(self):
        """Printed, not bounded: what starting takes beside a program that does nothing."""
        seconds = []
        for command in ((self.work / "m", "--help"), ("/bin/true",)):
            start = time.perf_counter()
            for _ in range(20):
                subprocess.run(command, capture_output=True)
            seconds.append((time.perf_counter() - start) / 20)
        print(f"start of an executable of {len(self.whole)} bytes: {seconds[0] * 1e3:.2f} ms, of /bin/true: {seconds[1] * 1e3:.2f} ms")


class SelfTest(ingot_test.TestCase):
    """What a run gave when the file was compiled is compared."""

    def setUp(self):
        super().setUp()
        self.whole = self.compile(ingot_test.DIGITS / "digits.onnx", "m", "--dim", "batch=1..8").read_bytes()

    def test_results_are_those_of_the_compiling_machine(self):
        out, _ = self.run_program(self.work / "m", "--selftest")
        self.assertIn("gives the results it gave when compiled", out)
        for threads in (1, 3):
            self.run_program(self.work / "m", "--selftest", "--threads", threads)
        out, _ = self.run_program(ingot_test.INGOT, "verify", "m")
        self.assertIn("gives the results it gave when compiled", out)
        out, _ = self.run_program(ingot_test.INGOT, "inspect", "m")
        self.assertRegex(out, r"self-test v2: stored [0-9a-f]+")

    def test_weights_that_have_their_hashes_but_other_values(self):
        data = bytearray(self.whole)
        at, size = artifact_file.seal_weights(data)
        self.assertEqual(bytes(data), self.whole, "sealing a sound file changes nothing")
        for place in range(at, at + size - 4, size // 7):
            changed = bytearray(data)
            changed[place + 2] ^= 0x40
            artifact_file.seal_weights(changed)
            path = self.work / "other"
            path.write_bytes(changed)
            path.chmod(0o755)
            result = subprocess.run([path, "--selftest"], capture_output=True, text=True)
            if "run       FAILED" in result.stdout:
                self.assertEqual(result.returncode, 3)
                break
        else:
            self.fail("no change of a weight changed what the self-test computes")


class StaticExecutable(Executable):
    """One with its C library inside, whose variables are damaged too."""

    FLAGS = ("--static",)


ingot_test.main()
