"""`ingot verify` finds a flipped bit wherever it is; after strip, wherever tables, code and weights are. Damaged artifacts never crash what
reads them."""
import random
import struct
import subprocess

import ingot_test

READERS = (("verify",), ("inspect",), ("run", "--input", "zeros"))


def sections(data):
    """Name, offset, size and flags of each section of a 64-bit ELF file."""
    start, = struct.unpack_from("<Q", data, 40)
    count, names = struct.unpack_from("<HH", data, 60)
    headers = [struct.unpack_from("<IIQQQQ", data, start + 64 * i) for i in range(count)]
    text = headers[names][4]
    return [(data[text + h[0]:data.index(b"\0", text + h[0])].decode(), h[4], h[5], h[2]) for h in headers if h[1] not in (0, 8)]


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


ingot_test.main()
