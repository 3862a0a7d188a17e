"""Portable artifacts that others have written: those of StableHLO's suite, one for each version, and those that jax.export keeps."""
import re
import tarfile

import ingot_test

TREE = ingot_test.BINARY / "bin" / "stablehlo-tree"


class ArtifactsTest(ingot_test.TestCase):
    def read_all(self, paths):
        lines = self.run_program(TREE, *paths)[0].splitlines()
        self.assertEqual(len(lines), len(paths))
        for line in lines:
            self.assertRegex(line, r": (\d+\.\d+\.\d+|unknown version), [1-9]\d* functions, [1-9]\d* ops$")
        return lines

    def test_every_version_of_the_suite(self):
        with tarfile.open(ingot_test.test_data("stablehlo/stablehlo-shared.tar.xz")) as tar:
            for member in tar:
                if member.name.endswith(".bc"):
                    (self.work / member.name.rpartition("/")[2]).write_bytes(tar.extractfile(member).read())
        paths = sorted(self.work.glob("*.bc"))
        future = [path for path in paths if "future" in path.name]
        lines = self.read_all([path for path in paths if path not in future])
        # The artifact's version is its name's.
        for line in lines:
            name = re.search(r"\.(\d+)_(\d+)_0\.mlir\.bc: (\d+)\.(\d+)\.", line)
            self.assertEqual(name.groups()[:2], name.groups()[2:], line)
        self.assertGreaterEqual(len(lines), 26)
        self.assertEqual(len(future), 1)
        out, _ = self.run_program(TREE, future[0], status=1)
        self.assertIn("byte 5: a portable artifact of version 2.0 of VHLO; read are 0.9 to 1.21", out)

    def test_those_of_jax(self):
        paths = sorted(ingot_test.test_data("jax-export").glob("*.mlirbc"))
        self.assertGreaterEqual(len(self.read_all(paths)), 106)

    def test_containers_of_jax(self):
        paths = sorted(ingot_test.test_data("jax-export/exported").glob("*.jax_exported"))
        self.assertGreaterEqual(len(self.read_all(paths)), 13)


if __name__ == "__main__":
    ingot_test.main()
