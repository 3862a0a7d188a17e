"""tools/dev/check_add_a_frontend finds what is planted, and nothing in this tree."""
import shutil
import subprocess
import sys

import ingot_test

PAGE = "    Odd (at most 2): frontends/Frontends.cpp tools/A.cpp\n`name` `import` `Odd.h`\n"
ROWS = 'static constexpr Frontend rows[] = {\n    {.name = "Odd", .import = importOdd},\n    {.name = "Even", .import = importEven},\n};\n'
HEADERS = '#include "frontends/odd/Import.h"\n#include "frontends/even/Import.h"\n'
FILES = {"docs/add-a-frontend.md": PAGE, "frontends/Frontends.cpp": HEADERS + ROWS, "frontends/common/Odd.h": "",
         "frontends/common/Frontend.h": "struct Frontend {\n  const char *name;\n  Program (*import)(Path);\n};\n",
         "frontends/odd/Import.h": "", "frontends/even/Import.cpp": '#include "frontends/even/Import.h"\n',
         "tools/A.cpp": '#include "frontends/odd/Import.h"\n'}


class CheckAddAFrontend(ingot_test.TestCase):
    def run_script(self, root):
        script = ingot_test.SOURCE / "tools/dev/check_add_a_frontend"
        result = subprocess.run([sys.executable, script, root], capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines()

    def check(self, files):
        root = self.work / "tree"
        shutil.rmtree(root, ignore_errors=True)
        for name, text in {**FILES, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return self.run_script(root)

    def test_this_tree(self):
        self.assertEqual(self.run_script(ingot_test.SOURCE), (0, []))

    def test_files_of_a_format(self):
        self.assertEqual(self.check({}), (0, []))
        self.assertEqual(self.check({"ir/B.h": '#include "frontends/odd/Import.h"\n'}),
                         (1, ["Odd: ir/B.h includes its headers, but docs/add-a-frontend.md does not list it",
                              "Odd: 3 files include its headers, but docs/add-a-frontend.md promises at most 2"]))
        self.assertEqual(self.check({"tools/C.cpp": '#include "frontends/even/Import.h"\n'})[1],
                         ["Even: tools/C.cpp includes its headers, but docs/add-a-frontend.md does not list it",
                          "Even: 2 files include its headers, but docs/add-a-frontend.md promises at most 1"])
        self.assertEqual(self.check({"tools/A.cpp": ""}),
                         (1, ["Odd: docs/add-a-frontend.md lists tools/A.cpp, which does not include its headers"]))

    def test_rows(self):
        self.assertEqual(self.check({"frontends/common/Frontend.h": "struct Frontend {\n  const char *name;\n  bool (*cut)(Path);\n};\n"}),
                         (1, ["docs/add-a-frontend.md does not name `cut` of a row"]))
        self.assertEqual(self.check({"docs/add-a-frontend.md": PAGE + "`Gone.h`\n"}),
                         (1, ["docs/add-a-frontend.md names Gone.h, which is not in frontends/common"]))
        self.assertEqual(self.check({"frontends/Frontends.cpp": HEADERS + ROWS.replace("Even", "Third")}),
                         (1, ["Third: there is no folder frontends/third",
                              "Third: docs/add-a-frontend.md lists frontends/Frontends.cpp, which does not include its headers"]))


ingot_test.main()
