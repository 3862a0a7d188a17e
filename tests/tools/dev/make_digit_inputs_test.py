"""tools/dev/make_digit_inputs.py reads PNG rightly, all row filters included, and refuses what it cannot read."""
import struct
import sys
import zlib

import ingot_test

SCRIPT = ingot_test.SOURCE / "tools/dev/make_digit_inputs.py"


def png(rows, filters, colour=0):
    """A PNG of 8-bit rows, filtered by the encoder's rules."""
    step = {0: 1, 2: 3}[colour]
    packed, above = b"", [0] * len(rows[0])
    for row, kind in zip(rows, filters):
        out = []
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            p = left + above[i] - corner
            nearest = sorted((left, above[i], corner), key=lambda v: abs(p - v))[0]
            out.append((value - [0, left, above[i], (left + above[i]) // 2, nearest][kind]) & 255)
        packed += bytes([kind] + out)
        above = row

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", len(rows[0]) // step, len(rows), 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(packed)) + chunk(b"IEND", b"")


class MakeDigitInputs(ingot_test.TestCase):
    def convert(self, data, status=0):
        (self.work / "a.png").write_bytes(data)
        return self.run_program(sys.executable, SCRIPT, self.work / "a.png", "-o", self.work / "out", status=status)[1]

    def test_grey_with_every_filter(self):
        rows = [[(37 * x + 91 * y + x * y) % 256 for x in range(28)] for y in range(28)]
        self.convert(png(rows, [y % 5 for y in range(28)]))
        shape, values = ingot_test.read_npy(self.work / "out/a.npy")
        self.assertEqual(shape, (1, 1, 28, 28))
        self.assertEqual(list(values), [float(v) for row in rows for v in row])

    def test_colour(self):
        self.convert(png([[10, 20, 30] * 28] * 28, [4] * 28, colour=2))
        self.assertEqual(set(ingot_test.read_npy(self.work / "out/a.npy")[1]), {18.0})

    def test_wrong_size(self):
        self.assertIn("27x28 pixels, expected 28x28", self.convert(png([[0] * 27] * 28, [0] * 28), status=1))

    def test_not_a_png(self):
        self.assertIn("not a PNG file", self.convert(b"GIF89a", status=1))

    def test_truncated(self):
        self.assertIn("a.png: ", self.convert(png([[0] * 28] * 28, [0] * 28)[:50], status=1))


ingot_test.main()
