"""tools/dev/check_op_names and check_add_an_op find what is planted, and nothing in this tree."""
import shutil
import subprocess
import sys

import ingot_test

TD = 'def Ingot_FoldOp : Ingot_Op<"fold", []> {}\ndef Ingot_SpinOp : Ingot_Op<"spin", []> {}\n'
PAGE = "    fold (at most 2): ir/Fold.td ir/Fold.cpp\n    spin (at most 2): ir/Fold.td\n"


class CheckOpNames(ingot_test.TestCase):
    def run_script(self, script, root):
        result = subprocess.run([sys.executable, ingot_test.SOURCE / "tools/dev" / script, root], capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines()

    def plant(self, files):
        root = self.work / "tree"
        shutil.rmtree(root, ignore_errors=True)
        tests = {f"tests/ir/{name}": "fold spin" for name in
                 ("ops.mlir", "ops-errors.mlir", "reference/FoldTest.cpp", "IndexRelationTest.cpp")}
        for name, text in {"ir/Fold.td": TD, "ir/Fold.cpp": "FoldOp::verify", "tools/dev/op_names": "FoldOp 1\n",
                           "passes/A.cpp": "", "compiler/codegen/VectorizeFold.cpp": "FoldOp SpinOp", "docs/add-an-op.md": PAGE,
                           **tests, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    def test_this_tree(self):
        for script in ("check_op_names", "check_add_an_op"):
            self.assertEqual(self.run_script(script, ingot_test.SOURCE), (0, []))

    def test_names_up_to_the_number(self):
        self.assertEqual(self.run_script("check_op_names", self.plant({"passes/A.cpp": "isa<FoldOp>(op)"})), (0, []))
        of_others = {"passes/A.cpp": "isa<ingot::FoldOp, math::FoldOp>(op)", "tools/C.cpp": "math::FoldOp vector::SpinOp"}
        self.assertEqual(self.run_script("check_op_names", self.plant(of_others)), (0, []))

    def test_names_above_the_number(self):
        status, lines = self.run_script("check_op_names", self.plant({"passes/A.cpp": "FoldOp", "compiler/B.h": "FoldOp"}))
        self.assertEqual((status, lines), (1, ["FoldOp: 2 files name it, 1 are allowed: passes/A.cpp compiler/B.h"]))
        status, lines = self.run_script("check_op_names", self.plant({"tools/C.cpp": "SpinOp"}))
        self.assertEqual((status, lines), (1, ["SpinOp: 1 files name it, 0 are allowed: tools/C.cpp"]))

    def test_page_of_the_files(self):
        right = {"compiler/codegen/VectorizeFold.cpp": ""}
        self.assertEqual(self.run_script("check_add_an_op", self.plant(right)), (0, []))
        status, lines = self.run_script("check_add_an_op", self.plant({**right, "passes/A.cpp": "FoldOp"}))
        self.assertEqual((status, lines), (1, ["fold: passes/A.cpp names it, but docs/add-an-op.md does not list it",
                                               "fold: touches 3 files, but docs/add-an-op.md promises at most 2"]))
        status, lines = self.run_script("check_add_an_op", self.plant({**right, "ir/Fold.cpp": ""}))
        self.assertEqual((status, lines), (1, ["fold: docs/add-an-op.md lists ir/Fold.cpp, which does not name it"]))
        status, lines = self.run_script("check_add_an_op", self.plant({**right, "tests/ir/ops-errors.mlir": "fold"}))
        self.assertEqual((status, lines), (1, [r"spin: no test breaks it (-errors\.mlir)"]))


ingot_test.main()
