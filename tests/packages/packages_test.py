"""The packages that tools/package makes, tried by users of bare Debian 12 systems: folders that debootstrap fills, entered by chroot.

    tools/package && python3 tests/packages/packages_test.py

Takes minutes and several GB in build/packages, so `tools/check --full` runs it, and no label of ctest does.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import ingot_test  # noqa: E402

PACKAGES = ingot_test.SOURCE / "build" / "packages"
TOOLS = ("cmake", "g++", "make", "pkg-config")
TAR_LIMIT = 130_000_000  # bytes, unpacked
# Of the C library, the only one that may be asked of a user's system.
GLIBC = re.compile(r"^(ld-linux-x86-64\.so\.2|lib(c|m|pthread|dl|rt)\.so\.\d)$")

LISTS = """cmake_minimum_required(VERSION 3.25)
project(app LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(Ingot 0.1 REQUIRED)
ingot_add_model(digits digits.onnx DIMS batch=1..8)
add_executable(app main.cpp)
target_link_libraries(app PRIVATE digits Ingot::runtime)
"""
# The object form and the runtime, which loads a library, must agree.
MAIN = """#include "digits.h"
#include <cstdio>
#include <ingot/runtime.h>
#include <vector>
int main(int argc, char **argv) {
  float image[64], logits[10], again[10];
  for (int i = 0; i < 64; ++i) image[i] = i % 8 == 3 ? 16 : 0;
  std::vector<char> workspace(DIGITS_WORKSPACE_SIZE);
  if (digits_run(1, image, logits, workspace.data(), nullptr) != 0) return 1;
  ingot_error error{};
  ingot_artifact *artifact = ingot_load_file(argc > 1 ? argv[1] : "digits.so", &error);
  ingot_session *session = artifact ? ingot_session_create(artifact, nullptr, nullptr, &error) : nullptr;
  const int64_t dims[] = {1, 1, 8, 8}, out_dims[] = {1, 10};
  ingot_buffer in = ingot_buffer_of(image, INGOT_F32, 4, dims), out = ingot_buffer_of(again, INGOT_F32, 2, out_dims);
  if (!session || ingot_run(session, &in, 1, &out, 1, &error) != INGOT_OK) return std::puts(error.message), 2;
  int best = 0;
  for (int i = 0; i < 10; ++i) {
    if (logits[i] != again[i]) return 3;
    if (logits[i] > logits[best]) best = i;
  }
  std::printf("digit %d by %s\\n", best, ingot_version());
  ingot_session_destroy(session);
  ingot_unload(artifact);
}
"""


def made(pattern):
    found = sorted(PACKAGES.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        raise AssertionError(f"no {pattern} in {PACKAGES}; run tools/package")
    return found[-1]


class Root:
    """A system of its own in a folder."""

    def __init__(self, name, like=None):
        self.path = PACKAGES / "roots" / name
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if like:
            subprocess.run(["cp", "-a", like.path, self.path], check=True)
            return
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", self.path], check=True, capture_output=True, text=True)
        # Where packages come from here, security updates (of which LLVM is one) among them.
        for file in ("sources.list", "sources.list.d/debian.sources"):
            if (Path("/etc/apt") / file).exists():
                shutil.copy(Path("/etc/apt") / file, self.path / "etc/apt" / file)
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        self.run("apt-get", "-q", "update")

    def run(self, *command, status=0, user=None, cwd="/", **variables):
        """Runs a command in the root; its output, or an AssertionError with it where its exit status is another."""
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/",
               **variables}
        enter = 'mkdir -p "$1/proc" && mount -t proc proc "$1/proc" 2>/dev/null; root=$1; shift; exec /usr/sbin/chroot $WHO "$root" /usr/bin/env -C "$FOLDER" "$@"'
        words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", enter, "sh", str(self.path), *map(str, command)]
        result = subprocess.run(words, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                timeout=1200, env={**env, "WHO": f"--userspec={user}" if user else "", "FOLDER": cwd})
        if result.returncode != status:
            raise AssertionError(f"{' '.join(map(str, command))}: exit status {result.returncode}\n{result.stdout[-4000:]}")
        return result.stdout

    def files(self):
        """Everything but what the package manager writes for itself."""
        listed = subprocess.run(["find", ".", "-xdev", "(", "-path", "./proc", "-o", "-path", "./var/cache", "-o", "-path", "./var/lib/apt", "-o",
                                 "-path", "./var/lib/dpkg", "-o", "-path", "./var/log", "-o", "-path", "./tmp", ")", "-prune", "-o", "-print"],
                                cwd=self.path, capture_output=True, text=True, check=True).stdout
        return set(listed.split("\n"))


class Packages(ingot_test.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("not root, so no chroot")
        cls.bare = Root("bare")
        cls.addClassCleanup(shutil.rmtree, PACKAGES / "roots", ignore_errors=True)
        cls.tooled = Root("tooled", like=cls.bare)
        cls.tooled.run("apt-get", "-q", "-y", "install", "--no-install-recommends", *TOOLS)

    def project(self, root, folder):
        place = root.path / folder.lstrip("/")
        place.mkdir(parents=True)
        (place / "CMakeLists.txt").write_text(LISTS)
        (place / "main.cpp").write_text(MAIN)
        shutil.copy(ingot_test.DIGITS / "digits.onnx", place)

    def test_deb(self):
        root, deb = Root("deb", like=self.tooled), made("ingot_*_amd64.deb")
        shutil.copy(deb, root.path / deb.name)
        # What it depends on comes first, so that what it leaves behind can be told.
        needed = self.run_program("dpkg-deb", "--field", deb, "Depends")[0]
        self.assertIn("libmlir-22", needed)
        root.run("apt-get", "-q", "-y", "install", "--no-install-recommends", *(word.split()[0] for word in needed.split(",")))
        before = root.files()
        root.run("apt-get", "-q", "-y", "install", "--no-install-recommends", f"/{deb.name}")
        self.assertIn("/usr/bin/ingot", root.run("dpkg", "-L", "ingot"))
        self.project(root, "/app")
        root.run("cmake", "-S", ".", "-B", "build", cwd="/app")
        root.run("cmake", "--build", "build", cwd="/app")
        root.run("ingot", "compile", "digits.onnx", "-o", "digits.so", "--dim", "batch=1..8", cwd="/app")
        version = root.run("ingot", "--version").split()[1]
        self.assertEqual(root.run("build/app", cwd="/app"), f"digit 0 by {version}\n")
        root.run("ingot", "compile", "digits.onnx", "--static", "-o", "digits", "--dim", "batch=1..8", cwd="/app")
        self.assertIn("logits", root.run("./digits", "zeros", cwd="/app"))
        root.run("ingot", "compile", "digits.onnx", "--target=aarch64-linux-gnu", "-o", "cross", "--dim", "batch=1..8", cwd="/app")
        for page in ("ingot.1", "ingot-compile.1"):
            self.assertTrue((root.path / "usr/share/man/man1" / page).exists() or (root.path / "usr/share/man/man1" / f"{page}.gz").exists(), page)
        root.run("apt-get", "-q", "-y", "purge", "ingot")
        shutil.rmtree(root.path / "app")
        self.assertEqual(sorted(root.files() - before), [])

    def unpack(self, root, folder):
        place = root.path / folder.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-xJf", made("ingot-*-linux-x86_64.tar.xz"), "-C", place], check=True)
        (name,) = [entry.name for entry in place.iterdir()]
        return f"{folder}/{name}"

    def test_tar_is_self_contained(self):
        tree = self.work / Path(self.unpack_here()).name
        names = self.run_program("tar", "-tJf", made("ingot-*-linux-x86_64.tar.xz"))[0].split("\n")
        twice = {name for name in names if names.count(name) > 1 and not name.endswith("/")}
        self.assertEqual(twice, set())
        files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
        self.assertLess(sum(path.stat().st_size for path in files), TAR_LIMIT)
        libraries = {path.name for path in (tree / "lib/ingot").iterdir()}
        for path in [tree / "bin/ingot", *(tree / "lib/ingot").glob("*.so*"), *(tree / "lib").glob("*.so*")]:
            dynamic = self.run_program("readelf", "-d", path)[0]
            for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
                self.assertTrue(GLIBC.match(name) or name in libraries, f"{path.name} needs {name}")
                self.assertNotRegex(name, r"LLVM|MLIR|icu|crypto|xml")
        exported = self.run_program("nm", "--dynamic", "--defined-only", "--format=just-symbols", tree / "lib/ingot/libingot_compiler.so")[0].split()
        self.assertEqual(exported, ["ingot_main"])
        licences = {path.name for path in (tree / "share/doc/ingot/licenses").iterdir()}
        for package in ("libmlir-22-dev", "llvm-22-dev", "libprotobuf-dev", "libarchive-dev", "libminizip-dev", "zlib1g-dev", "libzstd-dev",
                        "liblzma-dev", "libbz2-dev", "liblz4-dev", "libcli11-dev", "nlohmann-json3-dev", "Apache-2.0"):
            self.assertIn(package, licences)
        self.assertTrue(any(name.startswith("liblld-22") for name in licences))

    def unpack_here(self):
        subprocess.run(["tar", "-xJf", made("ingot-*-linux-x86_64.tar.xz"), "-C", self.work], check=True)
        return next(self.work.iterdir())

    def test_tar_where_nothing_is(self):
        """The driver compiles where there is neither a compiler nor a library but the C library."""
        root = Root("tar-bare", like=self.bare)
        prefix = self.unpack(root, "/opt")
        shutil.copy(ingot_test.DIGITS / "digits.onnx", root.path / "opt")
        root.run(f"{prefix}/bin/ingot", "compile", "digits.onnx", "-o", "digits", "--dim", "batch=1..8", cwd="/opt")
        self.assertIn("logits", root.run("/opt/digits", "zeros"))
        self.assertIn("logits", root.run(f"{prefix}/bin/ingot", "run", "digits.onnx", "--dim", "batch=1", "--input", "zeros", cwd="/opt"))

    def test_tar_in_a_home_folder(self):
        root = Root("tar", like=self.tooled)
        root.run("useradd", "--create-home", "someone")
        prefix = self.unpack(root, "/home/someone/tools")
        self.project(root, "/home/someone/app")
        root.run("chown", "-R", "someone:someone", "/home/someone")

        def user(*command):
            return root.run(*command, user="someone:someone", cwd="/home/someone/app", HOME="/home/someone", PATH=f"{prefix}/bin:/usr/bin:/bin",
                            PKG_CONFIG_PATH=f"{prefix}/lib/pkgconfig")

        user("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}")
        user("cmake", "--build", "build")
        user("ingot", "compile", "digits.onnx", "-o", "digits.so", "--dim", "batch=1..8")
        version = user("ingot", "--version").split()[1]
        self.assertEqual(user("build/app"), f"digit 0 by {version}\n")
        # Without CMake.
        user("ingot", "compile", "digits.onnx", "-o", "digits.o", "--dim", "batch=1..8")
        user("sh", "-c", 'c++ -std=c++20 main.cpp digits.o $(pkg-config --cflags --libs ingot-runtime) "-Wl,-rpath,$(pkg-config --variable=libdir ingot-runtime)" '
                         "-o app")
        self.assertEqual(user("./app"), f"digit 0 by {version}\n")

    def test_dockerfile(self):
        """Its own lines, as docker would follow them; the final image has the executable alone."""
        lines = (ingot_test.SOURCE / "docs/Dockerfile").read_text().replace("\\\n", "").splitlines()
        context = self.work / "context"
        context.mkdir()
        shutil.copy(made("ingot_*_amd64.deb"), context)
        shutil.copy(ingot_test.DIGITS / "digits.onnx", context / "model.onnx")
        roots, current, entry = {}, None, None
        for line in (line for line in lines if line and not line.startswith("#")):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                image, _, name = rest.partition(" AS ")
                self.assertIn(image, ("debian:12", "scratch"))
                current = Root(name or "final", like=self.bare) if image == "debian:12" else self.empty("final")
                roots[name or "final"] = current
            elif word == "COPY":
                source = context
                if rest.startswith("--from="):
                    stage, _, rest = rest.removeprefix("--from=").partition(" ")
                    source = roots[stage].path
                *names, target = rest.split()
                if target.endswith("/"):
                    (current.path / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
                copied = [path for name in names for path in source.glob(name.lstrip("/"))]
                self.assertGreaterEqual(len(copied), len(names), line)
                for path in copied:
                    place = current.path / target.lstrip("/")
                    shutil.copy(path, place / path.name if place.is_dir() else place)
            elif word == "RUN":
                current.run("sh", "-c", rest)
            elif word == "ENTRYPOINT":
                entry = json.loads(rest)
            else:
                self.fail(f"{line}: not understood")
        self.assertEqual([path.name for path in current.path.iterdir()], ["model"])
        # docker run -v "$PWD":/data IMAGE /data/images.npy --output-dir /data
        (current.path / "data").mkdir()
        shutil.copy(ingot_test.DIGITS / "images.npy", current.path / "data")
        self.run_program("chroot", current.path, *entry, "/data/images.npy", "--output-dir", "/data")
        labels = ingot_test.read_npy(ingot_test.DIGITS / "labels.npy")[1]
        answers = ingot_test.argmax_rows(*ingot_test.read_npy(current.path / "data/logits.npy"))
        self.assertGreater(sum(a == b for a, b in zip(answers, labels)), 0.95 * len(labels))

    @staticmethod
    def empty(name):
        root = Root.__new__(Root)
        root.path = PACKAGES / "roots" / name
        shutil.rmtree(root.path, ignore_errors=True)
        root.path.mkdir(parents=True)
        return root


ingot_test.main()
