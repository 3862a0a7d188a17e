"""A model with enough work for several threads uses them, and answers the same to the bit for any number."""
import json

import ingot_test
import onnx_model

THREADS = (1, 2, 3, 4)


class Threads(ingot_test.TestCase):
    def test_mlp(self):
        model = self.work / "mlp.onnx"
        model.write_bytes(onnx_model.mlp(width=256))
        library = self.compile(model, "mlp.so", "--dim", "batch=1..512")
        answers = {}
        for threads in THREADS:
            text, _ = self.run_program(ingot_test.INGOT, "bench", library, "--dim", "batch=512", "--threads", str(threads),
                                       "--iterations", "2", "--profile", "--json")
            profile = json.loads(text)
            self.assertEqual(profile["threads"], threads)
            most = max(command["workers"] for command in profile["commands"])
            self.assertEqual(most, threads, "every thread is at work on the largest command")
            folder = self.work / f"threads{threads}"
            self.run_program(ingot_test.INGOT, "run", library, "--input", "random:5", "--dim", "batch=512", "--threads", str(threads), "--output-dir", folder)
            answers[threads] = (folder / "y.npy").read_bytes()
        self.assertGreater(len(answers[1]), 512 * 256 * 4)
        for threads in THREADS:
            self.assertEqual(answers[threads], answers[1], f"{threads} threads")


ingot_test.main()
