"""tools/dev/check_tidy fails the files that clang-tidy finds something in, and those that it could not read; it looks at no others."""
import json
import os
import shutil
import subprocess

import ingot_test

# Stands for clang-tidy: the file says what becomes of it.
TIDY = """#!/usr/bin/env bash
file=${@: -1}
case $(cat "$file") in
*finding*) echo "$PWD/$file:3:1: warning: odd [bugprone-odd]"; exit 1 ;;
*crash*) echo "error: 'x.pch' has other flags" >&2; exit 1 ;;
esac
"""


class CheckTidy(ingot_test.TestCase):
    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], cwd=self.work, check=True, capture_output=True)

    def commit(self, **files):
        for name, text in files.items():
            (self.work / f"{name}.cpp").write_text(text + "\n")
        self.git("add", "--all", "--", ":!build")
        self.git("commit", "-m", "x")

    def test_what_becomes_of_files(self):
        (self.work / "tools/dev").mkdir(parents=True)
        (self.work / "build").mkdir()
        (self.work / "bin").mkdir()
        shutil.copy(ingot_test.SOURCE / "tools/dev/check_tidy", self.work / "tools/dev/check_tidy")
        (self.work / "bin/clang-tidy-22").write_text(TIDY)
        (self.work / "bin/clang-tidy-22").chmod(0o755)
        names = ["old", "good", "bad", "unread"]
        (self.work / "build/compile_commands.json").write_text(json.dumps([{"file": str(self.work / f"{n}.cpp")} for n in names]))
        self.git("init")
        self.commit(old="a finding")
        self.commit(good="", unbuilt="a finding")
        environment = {**os.environ, "PATH": f"{self.work / 'bin'}:{os.environ['PATH']}"}

        def run():
            result = subprocess.run(["tools/dev/check_tidy", "-n", "2", "build"], cwd=self.work, env=environment, capture_output=True,
                                    text=True)
            return result.returncode, result.stdout.splitlines()

        self.assertEqual(run(), (0, ["1 passed, 0 failed, 0 skipped"]))
        self.commit(bad="a finding", unread="crash")
        self.assertEqual(run(), (1, ["unread.cpp: not read:", "error: 'x.pch' has other flags",
                                     "bad.cpp:3:1: warning: odd [bugprone-odd]", "FAIL: bad.cpp", "FAIL: unread.cpp",
                                     "1 passed, 2 failed, 0 skipped"]))


ingot_test.main()
