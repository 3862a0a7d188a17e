"""The runtime-only build is configured and compiled without LLVM."""
import json
import unittest

import ingot_test


class RuntimeWithoutLlvm(unittest.TestCase):
    def test_no_package_was_looked_for(self):
        cache = (ingot_test.BINARY / "CMakeCache.txt").read_text()
        self.assertIn("INGOT_COMPILER:", cache)
        for variable in ("LLVM_DIR", "MLIR_DIR", "LLD_DIR", "Protobuf_INCLUDE_DIR"):
            self.assertNotIn(f"\n{variable}:", cache)

    def test_no_command_names_llvm(self):
        commands = json.loads((ingot_test.BINARY / "compile_commands.json").read_text())
        self.assertTrue(commands)
        for entry in commands:
            self.assertNotIn("llvm", entry["command"].replace(str(ingot_test.SOURCE), "").lower())


ingot_test.main()
