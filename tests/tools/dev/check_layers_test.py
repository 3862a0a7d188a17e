"""tools/dev/check_layers finds what is planted, and nothing in a clean tree."""
import subprocess
import sys

import ingot_test

CLEAN = {
    "ir/Types.h": '#include "ir/Base.h"\n#include <mlir/IR/Types.h>\n#include <vector>\n',
    "passes/CMakeLists.txt": "ingot_add_library(ingot_passes A.cpp LIBS ingot_ir)\n",
    "ir/CMakeLists.txt": "ingot_add_library(ingot_ir Types.cpp)\n",
    "runtime/CMakeLists.txt": "add_library(ingot_runtime STATIC a.cpp)\n",
    "runtime/core/Run.cpp": '#include "runtime/abi/artifact.h"\n#include <ingot/runtime.h>\n#include <pthread.h>\n',
    "frontends/onnx/Import.cpp": '#include "frontends/onnx/Import.h"\n#include "ir/Types.h"\n#include "frontends/onnx/onnx.pb.h"\n',
    "compiler/aot/Write.cpp": '#include "runtime/abi/artifact.h"\n#include "passes/fuse/Fuse.h"\n#include <lld/Common/Driver.h>\n',
    "tools/ingot/Driver.cpp": '#include <CLI/CLI.hpp>\n#include "compiler/aot/Write.h"\n#include "frontends/onnx/Import.h"\n',
}


class CheckLayers(ingot_test.TestCase):
    def check(self, planted=None, text=""):
        for name, content in {**CLEAN, **({planted: text} if planted else {})}.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        result = subprocess.run([sys.executable, ingot_test.SOURCE / "tools/dev/check_layers", self.work], capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines()

    def planted(self, name, text, line=1):
        status, lines = self.check(name, text)
        self.assertEqual((status, len(lines)), (1, 1), lines)
        self.assertTrue(lines[0].startswith(f"{name}:{line}: "), lines[0])

    def test_clean_tree(self):
        self.assertEqual(self.check(), (0, []))

    def test_ir_includes_passes(self):
        self.planted("ir/Bad.cpp", '\n#include "passes/fuse/Fuse.h"\n', 2)

    def test_runtime_includes_llvm(self):
        self.planted("runtime/core/Bad.cpp", "#include <llvm/ADT/SmallVector.h>\n")

    def test_runtime_includes_the_compiler(self):
        self.planted("runtime/loaders/Bad.h", '#include "compiler/aot/Write.h"\n')

    def test_runtime_includes_the_cxx_library(self):
        self.planted("runtime/core/Bad.cpp", "#include <string>\n")

    def test_frontend_includes_passes(self):
        self.planted("frontends/onnx/Bad.cpp", '#include "passes/simplify/Simplify.h"\n')

    def test_frontend_includes_another_frontend(self):
        self.planted("frontends/onnx/Bad.cpp", '#include "frontends/tflite/Import.h"\n')

    def test_passes_include_protobuf(self):
        self.planted("passes/fuse/Bad.cpp", "#include <google/protobuf/message.h>\n")

    def test_compiler_includes_runtime_internals(self):
        self.planted("compiler/aot/Bad.cpp", '#include "runtime/core/Session.h"\n')

    def test_runtime_test_includes_the_compiler(self):
        self.planted("tests/runtime/BadTest.cpp", '#include "compiler/aot/Write.h"\n')

    def test_relative_include(self):
        self.planted("passes/fuse/Bad.cpp", '#include "../Base.h"\n')

    def test_runtime_links_llvm(self):
        self.planted("runtime/core/CMakeLists.txt", "# a core\n\ntarget_link_libraries(core PRIVATE ingot_llvm)\n", 3)

    def test_ir_links_passes(self):
        self.planted("ir/reference/CMakeLists.txt", "ingot_add_library(reference R.cpp LIBS ingot_passes)\n")

    def test_compiler_links_the_runtime(self):
        self.planted("compiler/aot/CMakeLists.txt", "ingot_add_library(aot Write.cpp LIBS ingot_runtime)\n")


ingot_test.main()
