"""Texts that others have written: every one of the suites parses, and equals the portable artifact beside it."""
import tarfile

import ingot_test

TREE = ingot_test.BINARY / "bin" / "stablehlo-tree"
FOLDERS = {  # of the archive, with the texts that each has at least
    "testdata": 1700,
    "testdata/dynamic": 270,
    "testdata/quantized": 100,
    "tests/interpret": 78,
    "tests/interpret/chlo": 3,
    "tests/chlo": 2,
}


class TextsTest(ingot_test.TestCase):
    def unpack(self, wanted):
        """The files of the archive that are wanted, by their folder and name in it."""
        found = {}
        with tarfile.open(ingot_test.test_data("stablehlo/stablehlo-shared.tar.xz")) as tar:
            for member in tar:
                folder, _, name = member.name.removeprefix("./").rpartition("/")
                folder = folder.removeprefix("stablehlo/")
                if member.isfile() and wanted(folder, name):
                    path = self.work / folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(tar.extractfile(member).read())
                    found[folder, name] = path
        return found

    def assert_equal(self, pairs):
        out, _ = self.run_program(TREE, "--equal", *[path for pair in pairs for path in pair])
        self.assertEqual(out, "")

    def test_every_text_of_the_suites(self):
        found = self.unpack(lambda folder, name: folder in FOLDERS and name.endswith(".mlir"))
        for folder, least in FOLDERS.items():
            paths = [path for (of, _), path in found.items() if of == folder]
            self.assertGreaterEqual(len(paths), least, folder)
            out, _ = self.run_program(TREE, "--texts", "--brief", *paths)
            self.assertEqual(len(out.splitlines()), len(paths))
            for line in out.splitlines():
                self.assertRegex(line, r": [1-9]\d* modules$")

    def test_texts_that_we_write(self):
        found = self.unpack(lambda folder, name: folder in FOLDERS and name.endswith(".mlir"))
        found = list(found.values())[::7]
        found += sorted(ingot_test.test_data("jax-export").glob("*.mlir"))[::4]
        pairs = [(path, self.work / f"{i}.written") for i, path in enumerate(found)]
        self.run_program(TREE, "--text", *[path for pair in pairs for path in pair])
        self.assertGreaterEqual(len(pairs), 300)
        self.assert_equal(pairs)

    def test_texts_equal_artifacts(self):
        # A version of the future is none of ours.
        found = self.unpack(lambda folder, name: folder == "tests/vhlo" and "future" not in name)
        pairs = [(found[folder, name.removesuffix(".bc")], path) for (folder, name), path in found.items() if name.endswith(".bc")]
        self.assertGreaterEqual(len(pairs), 25)
        self.assert_equal(pairs)

    def test_those_of_jax(self):
        artifacts = sorted(ingot_test.test_data("jax-export").glob("*.mlirbc"))
        self.assertGreaterEqual(len(artifacts), 106)
        self.assert_equal([(path.with_suffix(".mlir"), path) for path in artifacts])


if __name__ == "__main__":
    ingot_test.main()
