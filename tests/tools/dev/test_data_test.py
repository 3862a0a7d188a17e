"""Test data that is absent is a skip; a file that is missing among them is a failure."""
import os
import unittest

import ingot_test


class TestData(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        before = os.environ.get("INGOT_TEST_DATA")
        self.addCleanup(lambda: os.environ.pop("INGOT_TEST_DATA") if before is None else os.environ.update(INGOT_TEST_DATA=before))

    def test_absent_folder(self):
        os.environ["INGOT_TEST_DATA"] = str(self.work / "absent")
        with self.assertRaises(unittest.SkipTest):
            ingot_test.test_data("model.onnx")

    def test_missing_file(self):
        os.environ["INGOT_TEST_DATA"] = str(self.work)
        with self.assertRaisesRegex(AssertionError, "model.onnx: missing in the test data"):
            ingot_test.test_data("model.onnx")

    def test_file(self):
        os.environ["INGOT_TEST_DATA"] = str(self.work)
        (self.work / "model.onnx").touch()
        self.assertEqual(ingot_test.test_data("model.onnx"), (self.work / "model.onnx").resolve())


if __name__ == "__main__":
    ingot_test.main()
