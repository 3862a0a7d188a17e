"""docs/embed.md as it stands: every file of the page is written, every command of it run, in an installed prefix."""
import os
import re
import shutil
import subprocess

import ingot_test

PAGE = ingot_test.SOURCE / "docs" / "embed.md"


class Embed(ingot_test.TestCase):
    def test_page(self):
        prefix = self.work / "prefix"
        subprocess.run(["cmake", "--install", ingot_test.BINARY, "--prefix", prefix], check=True, capture_output=True)
        library = next(prefix.rglob("libingot_runtime.so")).parent
        env = {**os.environ, "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}", "PKG_CONFIG_PATH": str(library / "pkgconfig"),
               "LD_LIBRARY_PATH": str(library), "CMAKE_PREFIX_PATH": str(prefix)}
        folder = self.work / "app"
        folder.mkdir()
        shutil.copy(ingot_test.DIGITS / "digits.onnx", folder)
        answers = []
        for language, text in re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(), re.M | re.S):
            if language != "sh":
                name = re.match(r"(?:/\*|//|#) ([\w.]+)", text)[1]
                (folder / name).write_text(text)
                continue
            with self.subTest(commands=text):
                stdout, _ = self.run_program("sh", "-e", "-c", text, cwd=folder, env=env)
                answers.append(stdout.splitlines()[-1].strip())
        self.assertEqual(answers, ["digit 0"] * 2 + ["0 0 0 0"] + ["digit 0"] * 2)


ingot_test.main()
