"""What jaxlib prints of the suites' modules, pretty, generic and with locations, and its portable artifacts of them: all are the tree of
the text that jaxlib has parsed."""
import re
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
FORMS = {
    "pretty": {},
    "generic": {"print_generic_op_form": True},
    "located": {"enable_debug_info": True},
    "located-inline": {"enable_debug_info": True, "use_local_scope": True, "print_generic_op_form": True},
}
SEPARATOR = "\n// -----\n"


class PrintedTest(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        if mlir is None:
            raise unittest.SkipTest(NO_JAX)

    def printed(self, sections):
        """What jaxlib prints of the sections that it takes: lists of equal length by form, and the sections themselves as `own`."""
        texts = {form: [] for form in ("own", *FORMS)}
        with mlir.make_ir_context() as context:
            context.allow_unregistered_dialects = True  # of quantised types, which stay as they are written
            for section in sections:
                try:
                    module = mlir.ir.Module.parse(section)
                except Exception:  # of a newer StableHLO than this jaxlib's
                    continue
                texts["own"].append(section)
                for form, flags in FORMS.items():
                    texts[form].append(module.operation.get_asm(**flags))
        return texts

    def assert_equal(self, name, sections, least):
        texts = self.printed(sections)
        self.assertGreaterEqual(len(texts["own"]), least, name)
        for form, parts in texts.items():
            (self.work / f"{name}.{form}").write_text(SEPARATOR.join(parts))
        self.run_program(TREE, "--equal", *[self.work / f"{name}.{of}" for form in FORMS for of in ("own", form)])

    def suite_texts(self, folder):
        with tarfile.open(ingot_test.test_data("stablehlo/stablehlo-shared.tar.xz")) as tar:
            for member in tar:
                of, _, name = member.name.rpartition("/")
                if of.endswith(folder) and name.endswith(".mlir"):
                    yield name, tar.extractfile(member).read().decode()

    def test_artifacts_of_test_data(self):
        pairs = []
        with mlir.make_ir_context():
            for i, (name, text) in enumerate(self.suite_texts("testdata")):
                if i % 8:
                    continue
                try:
                    artifact = stablehlo.serialize_portable_artifact(mlir.ir.Module.parse(text), stablehlo.get_current_version())
                except Exception:  # CHLO's ops have none
                    continue
                (self.work / name).write_text(text)
                (self.work / f"{name}bc").write_bytes(artifact)
                pairs += [self.work / name, self.work / f"{name}bc"]
        self.assertGreaterEqual(len(pairs), 2 * 180)
        self.run_program(TREE, "--equal", *pairs)

    def test_every_op_and_attribute(self):
        # One function for each op, attribute and type: a function that calls another is none that jaxlib takes alone.
        text = dict(self.suite_texts("tests/vhlo"))["stablehlo_legalize_to_vhlo.1_16_0.mlir"]
        self.assert_equal("vhlo", re.split(r"(?m)^(?=func\.func)", text)[1:], 230)

    def test_programs(self):
        # The check dialect is not jaxlib's.
        sections = [re.sub(r'(?m)^ *"?check\..*$', "", section)
                    for folder in ("tests/interpret", "tests/interpret/chlo", "tests/chlo")
                    for _, text in self.suite_texts(folder) for section in re.split(r"(?m)^// -----\s*$", text)]
        self.assert_equal("programs", [section for section in sections if "func" in section], 300)

    def test_what_we_write(self):
        """jaxlib takes our text, and what it has parsed is the same tree."""
        pairs = []
        with mlir.make_ir_context():
            for path in sorted(ingot_test.test_data("jax-export").glob("*.mlir"))[::3]:
                if "sdy." in path.read_text():  # of Shardy's attributes nothing is kept
                    continue
                written, printed = self.work / f"{path.name}.written", self.work / f"{path.name}.printed"
                self.run_program(TREE, "--text", path, written)
                printed.write_text(str(mlir.ir.Module.parse(written.read_text().removesuffix("// -----\n"))))
                pairs += [path, printed]
        self.assertGreaterEqual(len(pairs), 2 * 24)
        self.run_program(TREE, "--equal", *pairs)

    def test_those_of_jax(self):
        self.assert_equal("jax", [path.read_text() for path in sorted(ingot_test.test_data("jax-export").glob("*.mlir"))], 80)


if __name__ == "__main__":
    ingot_test.main()
