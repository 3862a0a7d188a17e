# lit's settings for the .mlir and .test files of this tree. Started by hand (`/usr/lib/llvm-22/bin/lit tests/passes`)
# it uses build/dev, or the folder that INGOT_BINARY_DIR names.
import os
import platform
import sys

import lit.formats

config.name = "ingot"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "e2e", "runtime"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))

source_dir = os.path.dirname(config.test_source_root)
binary_dir = getattr(config, "ingot_binary_dir", None) or os.path.abspath(
    os.environ.get("INGOT_BINARY_DIR", os.path.join(source_dir, "build", "dev")))
config.test_exec_root = os.path.join(binary_dir, "tests")

llvm_tools = getattr(config, "llvm_tools_dir", "/usr/lib/llvm-22/bin")
config.environment["PATH"] = os.pathsep.join([os.path.join(binary_dir, "bin"), llvm_tools, os.environ.get("PATH", "/usr/bin:/bin")])
config.environment["INGOT_SOURCE_DIR"] = source_dir
config.environment["INGOT_BINARY_DIR"] = binary_dir
config.environment["NO_COLOR"] = "1"
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

# A test that needs the data requires the feature; a file that is missing in a folder that exists is its failure.
os.environ.setdefault("INGOT_SOURCE_DIR", source_dir)
sys.dont_write_bytecode = True
sys.path.insert(0, config.test_source_root)
import ingot_test

test_data = str(ingot_test.data_root() or "")
if test_data:
    config.available_features.add("test-data")
config.environment["INGOT_TEST_DATA"] = test_data

config.substitutions.append(("%data", test_data))
config.substitutions.append(("%digits", os.path.join(source_dir, "docs", "digits")))
config.substitutions.append(("%root", source_dir))

config.available_features.add(platform.machine().replace("x86_64", "x86-64"))
if hasattr(os, "geteuid") and os.geteuid() == 0:
    config.available_features.add("root")
