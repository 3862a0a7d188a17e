"""Models of few operators each, as several exporters write them: compiled, they agree with ONNX Runtime."""
import collections
import json

import ingot_test
import peers

LEAST = 300  # of the 358 models of operators
# A masked place of the attention's inner product is minus infinity by the operator's definition, the lowest number in ONNX Runtime.
DIFFERENT_BY_DEFINITION = {"tests_attention_attention_qk_output_2"}


class BurnModels(peers.PeerCase):
    def test_agree(self):
        import burn_cases
        archive = ingot_test.test_data("models/onnx/burn-onnx-tests-shared.tar.xz")
        models, cases = self.work / "models", self.work / "cases"
        burn_cases.extract(archive, models)
        made, refused = burn_cases.make(models, cases)
        for name, reason in refused.items():
            print(f"ONNX Runtime does not run {name}: {reason}")
        report = self.work / "report.json"
        self.run_program(ingot_test.INGOT, "conformance", "onnx-backend", cases, "--json", report, status=3, timeout=600)
        results = json.loads(report.read_text())["cases"]
        self.assertEqual(len(results), len(made))
        of_operators = collections.Counter(result["status"] for result in results if result["name"].rpartition("/")[2].startswith("tests_"))
        print(dict(of_operators))
        wrong = {result["name"].rpartition("/")[2] for result in results if result["status"] == "failed"}
        self.assertEqual(wrong, DIFFERENT_BY_DEFINITION)
        self.assertGreaterEqual(of_operators["passed"], LEAST)


if __name__ == "__main__":
    ingot_test.main()
