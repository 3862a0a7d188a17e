"""From the README to a model of one's own in a program of one's own: its commands and its program as they stand there."""
import os
import re

import ingot_test
import onnx_model as onnx

README = ingot_test.SOURCE / "README.md"
TITLE = "## Your own model in your own program\n"
# What stands for this build instead: it is what the quickstart and the build that follows make.
DONE = {"tools/quickstart": "true", "cmake --build build/release": "true"}
BUILD = "build/release"


class StrangersPath(ingot_test.TestCase):
    def test_readme(self):
        section = README.read_text().split(TITLE)[1].split("\n## ")[0]
        blocks = re.findall(r"^```(\w+)\n(.*?)^```", section, re.M | re.S)
        self.assertEqual([language for language, _ in blocks], ["cpp", "sh"])
        program, commands = blocks[0][1], blocks[1][1].splitlines()
        self.assertLess(1 + len(commands), 10, "the clone and these")
        self.assertEqual([line for line in commands if line in DONE], list(DONE))
        self.assertTrue((ingot_test.SOURCE / "tools/quickstart").exists())

        app = self.work / "app"
        app.mkdir()
        (app / "main.cpp").write_text(program)
        # y = 2 x + x for a batch of four numbers.
        (app / "model.onnx").write_bytes(onnx.model([onnx.node("Mul", ["x", "two"], ["twice"]), onnx.node("Add", ["twice", "x"], ["y"])],
                                                    [onnx.value("x", ["batch", 4])], [onnx.value("y", ["batch", 4])],
                                                    [onnx.tensor("two", [1], [2.0])]))
        script = "\n".join(DONE.get(line, line.replace(BUILD, str(ingot_test.BINARY))) for line in commands)
        stdout, _ = self.run_program("bash", "-e", "-c", script, env={**os.environ, "HOME": str(self.work)})
        self.assertEqual(stdout.splitlines()[-1], "y: 1.5, ...")


ingot_test.main()
