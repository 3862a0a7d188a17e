"""What `cmake --install` gives: a prefix that can be moved, in which a program of the user's finds runtime, headers and driver."""
import itertools
import os
import re
import shutil
import struct
import subprocess
import unittest

import ingot_test
import onnx_model as onnx

HEADERS = ("artifact.h", "dtype.h", "runtime.h")
C_FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
CXX_FLAGS = ("-std=c++20", *C_FLAGS[1:])
PROGRAM = """
#include "digits.h"
#include <ingot/runtime.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  static float image[64], logits[10], again[10];
  const int64_t dims[] = {1, 1, 8, 8}, out_dims[] = {1, 10};
  ingot_error error;
  ingot_artifact *artifact = ingot_load_file("./digits.so", &error);
  ingot_session *session = artifact ? ingot_session_create(artifact, NULL, NULL, &error) : NULL;
  ingot_buffer in = ingot_buffer_of(image, INGOT_F32, 4, dims), out = ingot_buffer_of(logits, INGOT_F32, 2, out_dims);
  void *workspace = malloc(MINE_WORKSPACE_SIZE);
  int i;
  for (i = 0; i < 64; ++i) image[i] = (float)(i % 17);
  if (!session || ingot_run(session, &in, 1, &out, 1, &error) != INGOT_OK) { puts(error.message); return 1; }
  if (mine_run(1, image, again, workspace, NULL) != 0) return 2;
  for (i = 0; i < 10; ++i) if (logits[i] != again[i]) return 3;
  printf("ingot %s\\n", ingot_version());
  ingot_session_destroy(session); ingot_unload(artifact); free(workspace);
  return 0;
}
"""
LISTS = """
cmake_minimum_required(VERSION 3.25)
project(app LANGUAGES %(languages)s)
find_package(Ingot 0.1 REQUIRED)
ingot_add_model(digits digits.onnx NAME mine DIMS batch=1..8)
add_executable(app %(main)s)
target_link_libraries(app PRIVATE digits %(runtime)s)
"""


class Install(ingot_test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = ingot_test.BINARY / "test-results" / f"prefix-{os.getpid()}"
        subprocess.run(["cmake", "--install", ingot_test.BINARY, "--prefix", cls.prefix], check=True, capture_output=True)
        cls.addClassCleanup(shutil.rmtree, cls.prefix, ignore_errors=True)

    def setUp(self):
        super().setUp()
        moved = self.work / "prefix"
        shutil.copytree(self.prefix, moved, symlinks=True)
        self.prefix = moved
        self.library = next(self.prefix.rglob("libingot_runtime.so")).parent

    def test_holds_what_users_need(self):
        files = {str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*")}
        for name in ("bin/ingot", "share/man/man1/ingot.1", "share/man/man1/ingot-compile.1", "share/bash-completion/completions/ingot",
                     "share/zsh/site-functions/_ingot", "share/fish/vendor_completions.d/ingot.fish", "share/doc/ingot/licenses/musl"):
            self.assertIn(name, files)
        self.assertEqual({name for name in os.listdir(self.prefix / "include/ingot")}, set(HEADERS))
        for name in ("libingot_runtime.so.0", "libingot_runtime.a", "cmake/Ingot/IngotConfig.cmake", "pkgconfig/ingot-runtime.pc"):
            self.assertTrue((self.library / name).exists(), name)
        dynamic = self.run_program("/usr/lib/llvm-22/bin/llvm-readelf", "-d", self.library / "libingot_runtime.so")[0]
        self.assertIn("[libingot_runtime.so.0]", dynamic)
        version = self.run_program(self.prefix / "bin/ingot", "--version")[0].split()[1]
        self.assertEqual(os.readlink(self.library / "libingot_runtime.so.0"), f"libingot_runtime.so.{version}")
        exported = self.run_program("/usr/lib/llvm-22/bin/llvm-nm", "--dynamic", "--defined-only", "--format=just-symbols",
                                    self.prefix / "lib/ingot/libingot_compiler.so")[0].split()
        self.assertEqual(exported, ["ingot_main"])

    def test_makes_static_executables(self):
        self.run_program(self.prefix / "bin/ingot", "compile", ingot_test.DIGITS / "digits.onnx", "-o", "m", "--dim", "batch=1", "--static")
        self.run_program(self.work / "m", "--selftest")
        self.assertIn("Rich Felker", (self.prefix / "share/doc/ingot/licenses/musl").read_text())

    def test_headers_stand_alone(self):
        """Each header in each order with the others and a model's, in C and C++, without a warning."""
        self.compile(ingot_test.DIGITS / "digits.onnx", "digits.o", "--dim", "batch=1")
        lines = [f"#include <ingot/{name}>\n" for name in HEADERS] + ['#include "digits.h"\n']
        for number, order in enumerate(itertools.permutations(lines)):
            (self.work / f"order{number}.c").write_text("".join(order) + "int unused;\n")
        for name in HEADERS:
            (self.work / f"alone-{name}.c").write_text(f"#include <ingot/{name}>\nint unused;\n")
        sources = sorted(self.work.glob("*.c"))
        for compiler, flags in (("gcc", C_FLAGS), ("clang-22", C_FLAGS), ("g++", ("-x", "c++", *CXX_FLAGS)), ("clang++-22", ("-x", "c++", *CXX_FLAGS))):
            with self.subTest(compiler=compiler):
                if not shutil.which(compiler):
                    self.skipTest(f"no {compiler}")
                self.run_program(compiler, "-fsyntax-only", *flags, "-I", self.prefix / "include", "-I", self.work, *sources)

    def test_example_of_the_header_compiles(self):
        text = (self.prefix / "include/ingot/runtime.h").read_text()
        example = "".join(line[5:] + "\n" for line in text.splitlines() if line.startswith(" *   "))
        (self.work / "example.c").write_text(f"#include <ingot/runtime.h>\n#include <stdio.h>\nint main(void) {{\n{example}return 0;\n}}\n")
        self.assertIn("ingot_run(", example)
        self.run_program("gcc", *C_FLAGS, "-I", self.prefix / "include", "example.c", "-L", self.library, "-lingot_runtime", "-o", "example")

    def make_sources(self, name, text=PROGRAM):
        shutil.copy(ingot_test.DIGITS / "digits.onnx", self.work)
        self.run_program(self.prefix / "bin/ingot", "compile", "digits.onnx", "-o", "digits.so", "--dim", "batch=1..8")
        (self.work / name).write_text(text)

    def test_cmake_package(self):
        for languages, main in (("C", "main.c"), ("CXX", "main.cpp")):
            for runtime in ("Ingot::runtime", "Ingot::runtime_static"):
                with self.subTest(languages=languages, runtime=runtime):
                    self.make_sources(main)
                    (self.work / "CMakeLists.txt").write_text(LISTS % {"languages": languages, "main": main, "runtime": runtime})
                    shutil.rmtree(self.work / "build", ignore_errors=True)
                    self.run_program("cmake", "-S", ".", "-B", "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                                     f"-DCMAKE_C_FLAGS={' '.join(C_FLAGS[1:])}", f"-DCMAKE_CXX_FLAGS={' '.join(C_FLAGS[1:])}")
                    self.run_program("cmake", "--build", "build")
                    self.assertEqual(self.run_program("build/app")[0], self.run_program(self.prefix / "bin/ingot", "--version")[0])
        # What is asked for wrongly is told when the project is configured.
        for wrong, message in (("absent.onnx", "there is no file"), ("digits.onnx OPTIONS --emit shared", "may not hold --emit"), ("digits.onnx SIZES batch=1", "is none of NAME, DIMS, OPTIONS")):
            (self.work / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.25)\nproject(app LANGUAGES C)\nfind_package(Ingot REQUIRED)\n"
                                                      f"ingot_add_model(digits {wrong})\n")
            self.assertIn(message, self.run_program("cmake", "-S", ".", "-B", "wrong", f"-DCMAKE_PREFIX_PATH={self.prefix}", status=1)[1])

    def test_weights_beside_a_model_are_watched(self):
        """A model is compiled again when a file that it was made from changes, and only then."""
        source = self.work / "my models"
        source.mkdir()
        def write(value):
            weights = onnx.SparseWeights(source / "the weights.bin")
            weights.add("scale", [2048], {(0,): value})
            (source / "m.onnx").write_bytes(onnx.model([onnx.node("Mul", ["x", "scale"], ["y"])], [onnx.value("x", [1, 2048])], [onnx.value("y", [1, 2048])],
                                                       weights.initializers))
        write(3.0)
        model = (source / "m.onnx").read_bytes()
        (source / "main.c").write_text('#include "m.h"\n#include <stdio.h>\nint main(void) { static float x[2048] = {1}, y[2048]; char w[M_WORKSPACE_SIZE + 1];\n'
                                       'if (m_run(x, y, w, NULL)) return 1; printf("%g\\n", y[0]); return 0; }\n')
        (source / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.16)\nproject(app C)\nfind_package(Ingot REQUIRED)\n"
                                               "ingot_add_model(m m.onnx)\nadd_executable(app main.c)\ntarget_link_libraries(app m)\n")
        for generator in ("Ninja", "Unix Makefiles"):
            with self.subTest(generator=generator):
                if generator == "Unix Makefiles" and not shutil.which("make"):
                    self.skipTest("no make")
                build = self.work / generator
                write(3.0)
                self.run_program("cmake", "-S", source, "-B", build, "-G", generator, f"-DCMAKE_PREFIX_PATH={self.prefix}")
                make = lambda: self.run_program("cmake", "--build", build)[0]
                make()
                self.assertEqual(self.run_program(build / "app")[0], "3\n")
                self.assertNotIn("Compiling the model", make())
                os.utime(source / "m.onnx", (0, 0))
                (source / "the weights.bin").write_bytes(struct.pack("<f", 4.0) + bytes(8188))
                self.assertEqual((source / "m.onnx").read_bytes(), model)
                self.assertIn("Compiling the model", make())
                self.assertEqual(self.run_program(build / "app")[0], "4\n")

    def test_pkg_config(self):
        self.make_sources("main.c")
        self.run_program(self.prefix / "bin/ingot", "compile", "digits.onnx", "-o", "digits.o", "--name", "mine", "--dim", "batch=1..8")
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.library / "pkgconfig")}
        words = self.run_program("pkg-config", "--cflags", "--libs", "ingot-runtime", env=env)[0].split()
        self.run_program("gcc", *C_FLAGS, "main.c", "digits.o", *words, f"-Wl,-rpath,{self.library}", "-o", "main")
        self.assertIn("ingot ", self.run_program(self.work / "main")[0])

    def test_man_pages(self):
        pages = sorted((self.prefix / "share/man/man1").iterdir())
        verbs = re.findall(r"^  (\w+)  ", self.run_program(self.prefix / "bin/ingot", "--help")[0].split("Subcommands:")[1], re.M)
        self.assertEqual([page.name for page in pages], sorted(["ingot.1"] + [f"ingot-{verb}.1" for verb in verbs]))
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc")
        found = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages], capture_output=True, text=True).stdout.splitlines()
        self.assertEqual([line for line in found if "missing date" not in line], [])
        shown = self.run_program("mandoc", "-Tascii", self.prefix / "share/man/man1/ingot-compile.1")[0]
        self.assertIn("--numerics", re.sub(".\x08", "", shown))  # bold is overprinted


class Completion(ingot_test.TestCase):
    """The verbs, and a verb's options, as each shell completes them."""

    def shell(self, name):
        if not shutil.which(name):
            self.skipTest(f"no {name}")
        return self.run_program(ingot_test.INGOT, "completion", name)[0]

    def test_bash(self):
        (self.work / "script").write_text(self.shell("bash") + """
try() { COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ingot; echo "${COMPREPLY[@]}"; }
try ingot com
try ingot compile --num
try ingot -q run --thr
try ingot compile scr
""")
        self.assertEqual(self.run_program("bash", "script")[0].splitlines(), ["compile completion", "--numerics", "--threads", "script"])

    def test_fish(self):
        (self.work / "ingot.fish").write_text(self.shell("fish"))
        env = {**os.environ, "HOME": str(self.work)}
        for line, wanted in (("ingot com", ["compile", "completion"]), ("ingot compile --num", ["--numerics"]), ("ingot run --thr", ["--threads"])):
            out = self.run_program("fish", "--no-config", "-c", f"source ingot.fish; complete -C '{line}'", env=env)[0]
            self.assertEqual([word.split("\t")[0] for word in out.splitlines()], wanted)

    def test_zsh(self):
        """In a pseudo-terminal: zsh completes nowhere else."""
        (self.work / "_ingot").write_text(self.shell("zsh"))
        (self.work / "script").write_text("""
zmodload zsh/zpty
zpty -b shell zsh -f -i
say() { zpty -w shell "$1"; }
say "PS1=; fpath=($PWD \\$fpath); autoload -U compinit; compinit -u -D; zstyle ':completion:*' list-colors; bindkey '^I' complete-word"
for line in 'ingot compl' 'ingot compile --nume' 'ingot run --thr'; do
  zpty -n -w shell "$line"$'\\t'
  sleep 1
  zpty -n -w shell $'\\x01echo \\'GOT \\x05\\'\\n'
  sleep 1
done
while zpty -r -t shell text; do print -r -- "$text"; done
""")
        out = self.run_program("zsh", "-f", "script", env={**os.environ, "HOME": str(self.work), "TERM": "dumb"})[0]
        got = re.findall(r"^GOT (.*?)\s*$", out.replace("\r", ""), re.M)
        self.assertEqual(got, ["ingot completion", "ingot compile --numerics", "ingot run --threads"], out)


ingot_test.main()
