"""tools/dev/fuzz: its targets are those that are built, and its flags take what they say."""
import re
import subprocess
import sys

import ingot_test

SCRIPT = ingot_test.SOURCE / "tools/dev/fuzz"


class FuzzTest(ingot_test.TestCase):
    def fuzz(self, *arguments):
        result = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)
        return result.returncode, result.stdout, result.stderr

    def test_targets(self):
        built = re.findall(r"^ingot_add_fuzzer\((\S+) (\S+)", (ingot_test.SOURCE / "tools/fuzz/CMakeLists.txt").read_text(), flags=re.M)
        status, out, _ = self.fuzz("--list")
        self.assertEqual((status, out.split()), (0, [name for name, _ in built]))
        for _, source in built:
            self.assertTrue((ingot_test.SOURCE / "tools/fuzz" / source).exists(), source)

    def test_refuses(self):
        for arguments, said in ((("fuzz-nothing",), "no target fuzz-nothing; there are fuzz-jax-export, "),
                                (("--minutes", "0"), "0: from 0 to 10000 minutes"),
                                (("--minutes", "x"), "--minutes"),
                                (("--seed", "x"), "--seed")):
            status, _, error = self.fuzz(*arguments)
            self.assertEqual(status, 2)
            self.assertIn(said, error)


if __name__ == "__main__":
    ingot_test.main()
