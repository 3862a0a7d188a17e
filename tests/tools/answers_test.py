"""--json: one object on stdout, the same keys from a verb and from an executable, and "error" whenever one fails."""
import json
import subprocess

import ingot_test


def shape_of(value):
    """The keys of a document, of lists those of the first element."""
    if isinstance(value, dict):
        return {key: shape_of(inner) for key, inner in value.items()}
    return [shape_of(value[0])] if isinstance(value, list) and value else type(value).__name__ if isinstance(value, (bool, str)) else "number"


def part_of(value, keys):
    """A document without what another of its kind lacks."""
    if isinstance(keys, dict):
        return {key: part_of(value[key], inner) for key, inner in keys.items()}
    return [part_of(one, inner) for one, inner in zip(value, keys, strict=True)] if isinstance(keys, list) else value


class Answers(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.model = ingot_test.DIGITS / "digits.onnx"
        self.exe = self.compile(self.model, "m", "--dim", "batch=1..4")
        ingot_test.write_npy(self.work / "x.npy", (2, 1, 8, 8), [0.5] * 128)
        ingot_test.write_npy(self.work / "wrong.npy", (2, 2), [0.5] * 4)

    def ask(self, *command, status=0):
        out, _ = self.run_program(*command, status=status)
        return json.loads(out)

    def verb(self, name, *arguments, status=0):
        return self.ask(ingot_test.INGOT, name, *arguments, "--json", status=status)

    def test_same_keys(self):
        one, two = ("--input", "x.npy"), ("--input", "x.npy", "--then", "--input", "x.npy")
        for inputs in (one, two, (*one, "--top", "2"), (*one, "--output-dir", "out")):
            self.assertEqual(self.verb("run", "m", *inputs), self.ask(self.exe, *inputs, "--json"))
        bench, timed = self.verb("bench", "m", "--iterations", "2"), self.ask(self.exe, "--bench", "2", "--json")
        self.assertEqual(shape_of(bench), shape_of(timed))
        self.assertEqual((bench["sizes"], timed["sizes"]), ({"batch": 4}, {"batch": 4}))
        inspected, described = self.verb("inspect", "m"), self.ask(self.exe, "--describe", "--json")
        self.assertEqual(described, part_of(inspected, described))
        self.assertEqual(shape_of(self.verb("verify", "m")), shape_of(self.ask(self.exe, "--selftest", "--json")))

    def test_sizes_are_told(self):
        out, _ = self.run_program(ingot_test.INGOT, "bench", "m", "--iterations", "1")
        self.assertIn("batch=4)", out)
        out, _ = self.run_program(self.exe, "--bench", "1")
        self.assertIn("batch=4)", out)
        out, _ = self.run_program(ingot_test.INGOT, "bench", "m", "--iterations", "1", "--dim", "batch=3")
        self.assertIn("batch=3)", out)
        out, _ = self.run_program(ingot_test.INGOT, "diff", self.model, "--dim", "batch=2..5")
        self.assertIn("sizes batch=2\n", out)
        self.assertEqual(self.verb("diff", self.model, "--dim", "batch=2..5")["sizes"], {"batch": 2})

    def test_failures_are_told(self):
        for command, status in (
            (("run", "m", "--input", "absent.npy"), 1), (("run", "m", "--input", "wrong.npy"), 1), (("run", "m"), 1), (("run",), 1),
            (("run", "m", "--no-such-flag"), 1), (("run", "m", "--input", "x.npy", "--then", "--input", "wrong.npy"), 1),
            (("run", "m", "--input", "x.npy", "--expect", "x.npy"), 3), (("run", "absent", "--input", "x.npy"), 1),
            (("bench", "m", "--iterations", "0"), 1), (("inspect", "absent"), 1), (("verify", "x.npy"), 1), (("check", "absent"), 1),
            (("compile", self.model, "-o", "no/where"), 1), (("compile", self.model), 1), (("diff", "m"), 1), (("reduce", self.model, "-o", "r.onnx", "--dim", "batch=1"), 1),
            (("nothing",), 1),
        ):
            for words in ((command[0], *command[1:], "--json"), ("--json", *command)):
                document = self.ask(ingot_test.INGOT, *words, status=status)
                self.assertTrue(document["error"], words)
                self.assertTrue(status == 3 or list(document) == ["error"], document)
        for arguments in (("absent.npy",), ("wrong.npy",), (), ("--no-such-flag",), ("x.npy", "--then", "wrong.npy"), ("--top", "0"),
                          ("x.npy", "--output-dir", "x.npy")):
            document = self.ask(self.exe, "--json", *arguments, status=1)
            self.assertEqual(list(document), ["error"])
            self.ask(self.exe, *arguments, "--json", status=1)

    def test_a_verbs_options_stand_anywhere(self):
        """The command line is read once: --then is found behind global options, with values given by '=' and around positionals."""
        calls = [["--json", "run", "m", "--input", "x.npy", "--then"], ["run", "--json", "--input=x.npy", "--then", "m"],
                 ["run", "m", "--input", "x.npy", "--then", "--json"], ["-q", "run", "--input", "x.npy", "--json", "m", "--then", "--threads", "1"]]
        for words in calls:
            self.assertEqual(len(self.ask(ingot_test.INGOT, *words)["calls"]), 2, words)
        three = self.ask(ingot_test.INGOT, "--json", "run", "m", "--input", "x.npy", "--then", "--then", "--input=zeros")
        self.assertEqual(len(three["calls"]), 3)
        self.assertNotEqual(three["calls"][1], three["calls"][2])
        # A value that reads like the option is none.
        self.assertIn("--then", self.ask(ingot_test.INGOT, "--json", "run", "m", "--input=--then", status=1)["error"])

    def test_expect_that_compares_nothing(self):
        (self.work / "empty.npz").write_bytes(b"PK\x05\x06" + bytes(18))
        self.assertIn("to compare", self.verb("run", "m", "--input", "x.npy", "--expect", "empty.npz", status=1)["error"])
        result = subprocess.run([ingot_test.INGOT, "run", "m", "--input", "x.npy", "--expect", "nothing=x.npy"], cwd=self.work, capture_output=True)
        self.assertEqual(result.returncode, 1)


ingot_test.main()
