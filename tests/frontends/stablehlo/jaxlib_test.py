"""Portable artifacts between Ingot and jaxlib, which has StableHLO's own reader and writer: what one writes the other reads alike."""
import tarfile
import unittest

import ingot_test

try:
    from jax._src.interpreters import mlir
    from jaxlib.mlir.dialects import stablehlo
except ImportError:
    mlir = stablehlo = None

TREE = ingot_test.BINARY / "bin" / "stablehlo-tree"
NO_JAX = "JAX is not installed; run tools/dev/install_peers"
# Versions of VHLO that change the frame of the bytecode or ops that are often used.
TARGETS = ("0.9.0", "0.10.0", "0.12.0", "0.14.0", "0.15.0", "1.0.0", "1.6.0", "1.14.0")


def version(text):
    return tuple(map(int, text.split(".")[:2]))


class JaxlibTest(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        if stablehlo is None:
            raise unittest.SkipTest(NO_JAX)

    def parse(self, artifact):
        """jaxlib's module of an artifact, in the context that is open."""
        return stablehlo.deserialize_portable_artifact(mlir.ir.Context.current, artifact)

    def serialised(self, module, target=None):
        return stablehlo.serialize_portable_artifact(module, target or stablehlo.get_current_version())

    def write(self, at, source):
        """`source` as Ingot writes it at a version."""
        target = self.work / f"{source.name}.{at}"
        self.run_program(TREE, "--write", at, source, target)
        return target

    def equal(self, pairs):
        self.run_program(TREE, "--equal", *[path for pair in pairs for path in pair])

    def test_jaxlib_reads_what_is_written(self):
        newest = version(stablehlo.get_current_version())
        pairs = []
        with tarfile.open(ingot_test.test_data("stablehlo/stablehlo-shared.tar.xz")) as tar, mlir.make_ir_context() as context:
            for member in tar:
                name = member.name.rpartition("/")[2]
                at = name.split(".")[1] if name.endswith(".bc") else ""
                major, minor = at.split("_")[:2] if at[:1].isdigit() else (9, 9)
                if (int(major), int(minor)) > newest or (int(major), int(minor)) < (0, 15):
                    continue
                source = self.work / name
                source.write_bytes(tar.extractfile(member).read())
                for written in (self.write(f"{major}.{minor}", source), self.write(".".join(map(str, newest)), source)):
                    back = self.work / f"{written.name}.back"
                    with context:
                        back.write_bytes(self.serialised(self.parse(written.read_bytes())))
                    pairs.append((source, back))
        self.assertGreaterEqual(len(pairs), 36)
        self.equal(pairs)

    def test_jaxlib_writes_what_is_read(self):
        pairs = []
        # Annotations of the dialect sdy keep jaxlib from writing an older version.
        sources = [path for path in sorted(ingot_test.test_data("jax-export").glob("cpu_*.mlirbc")) if b"sdy\0" not in path.read_bytes()]
        for source in sources[::4]:
            for target in TARGETS:
                other = self.work / f"{source.name}.{target}"
                with mlir.make_ir_context():
                    module = self.parse(source.read_bytes())
                    try:
                        other.write_bytes(self.serialised(module, target))
                    except (ValueError, RuntimeError, mlir.ir.MLIRError):
                        continue  # what that version lacks
                pairs.append((source, other))
        self.assertGreaterEqual(len(pairs), len(sources))
        self.equal(pairs)


if __name__ == "__main__":
    ingot_test.main()
