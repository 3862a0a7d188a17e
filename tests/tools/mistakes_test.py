"""Mistakes that people make at the terminal: each gives one located message and its exit status, also as JSON, and writes nothing.
docs/mistakes.md is the table of them with the messages as they are; `INGOT_WRITE=1 python3 mistakes_test.py` writes it anew."""
import json
import os
import re
import shlex
import shutil
import struct
import zipfile

import ingot_test
import onnx_model as onnx

PAGE = ingot_test.SOURCE / "docs" / "mistakes.md"
HEAD = """# Mistakes

What `ingot` says to mistakes at the terminal. Made by tests/tools/mistakes_test.py, which runs them, with N for
long numbers; `digits.onnx` is docs/digits/digits.onnx, which leaves its batch open.
"""

# By subject: commands without the `ingot` before them; "3:" before one whose exit status is 3 and not 1.
MISTAKES = {
    "Verbs and options": [
        "", "complie digits.onnx -o out", "digits.onnx", "build digits.onnx", "compile digits.onnx", "compile -o out",
        "compile digits.onnx -o out --dmi batch=1", "compile digits.onnx -o out --numeric=strict", "run digits.onnx --dim batch=1 --imput zeros",
        "compile digits.onnx -o out --dim batch=1 -O1", "compile digits.onnx -o out --dim batch=1 --numerics=loose",
        "compile digits.onnx -o out --dim batch=1 --emit=tape", "compile digits.onnx -o out --dim batch=1 --stop-after=fusion",
        "compile digits.onnx -o out --dim batch=1 --target=windows", "compile digits.onnx -o out --dim batch=1 --mcpu=pentium9000",
        "compile digits.onnx -o out --dim batch=1 --mattr=+magic", "compile digits.onnx -o out --dim batch=1 -j many",
        "compile digits.onnx -o out.o --dim batch=1 --name int-main", "compile digits.onnx -o out.o --dim batch=1 --name _main",
        "compile digits.onnx -o out --dim batch=1 --name digits", "compile digits.onnx -o out --dim batch=1 --entry start",
        "run digits.so --entry start --input zeros", "run digits.so --entry main --entry main --input zeros", "inspect digits.so --entry mian",
        "compile digits.onnx -o out.so --dim batch=1 --static",
        "completion tcsh", "inspect --graphs digits.onnx", "convert digits.onnx -o out", "predict digits.onnx", "compile digits.onnx out",
        "compile --model digits.onnx -o out", "compile digits.onnx -o out --batch-size 1", "compile digits.onnx -o out --fp16 --gpu",
        "compile digits.onnx -o out --opt-level 3", "run digits.onnx images.npy", "run digits.onnx -i images.npy", "run digits.onnx --num-threads 2",
        "run digits.onnx --input images.npy --threads -1", "run digits.onnx --input images.npy --threads 99999999999999999999",
        "run digits.onnx --input images.npy --expect images.npy --rtol nan", "bench digits.onnx --dim batch=1 --iterations 0",
        "compile digits.onnx -o out -o out2", "compile digits.onnx -o", "compile digits.onnx -o out --dim batch=1 --mcpu ''", "check ''", "help", "help compile", "--verison",
        "compile digits.onnx -o out --dim batch=1 --precision fp16", "compile digits.onnx -o out --dim batch=1 --target x86",
        "compile digits.onnx -o out --dim batch=1 --target arm64-apple-darwin",
    ],
    "Files that are no models": [
        "run absent.onnx", "run folder", "run empty.onnx", "run cut.onnx", "run model.tflite", "run model.pt", "run old.pt", "run model.h5",
        "run model.keras", "run model.safetensors", "run pointer.onnx", "run digits.onnx.gz", "run digits.onnx.xz", "run page.onnx", "run saved_model",
        "run saved_model/saved_model.pb", "run frozen.pb", "run hugging_face", "run with_model", "run openvino.xml", "run symbol.json",
        "run model.pkl", "run model.gguf", "run model.ort", "run module.mlir", "run module.mlirbc", "run images.npy", "run images.npz", "run notes.txt",
        "run digts.onnx", "run https://models.org/digits.onnx", "run weights.onnx.data", "run model.mlmodel", "run model.caffemodel", "run net.prototxt", "run model.params",
        "run model.pdmodel", "run model.pte", "run model.pt2", "run model.engine", "run openvino.bin", "run onnx.zip", "run onnx.tar.gz", "run onnx.7z",
        "run onnx.pbtxt", "run onnx.txt", "run train.py", "run model.ckpt", "run model.exe", "run model.wasm", "run picture.png", "run table.csv",
        "run refused.onnx", "run with_models", "run package.mlpackage", "check digits.so", "run /dev/zero", "run link_in_circle",
    ],
    "Sizes": [
        "compile digits.onnx -o out", "compile digits.onnx -o out --dim bacth=1", "compile digits.onnx -o out --dim batch_size=1", "compile digits.onnx -o out --dim batch",
        "compile digits.onnx -o out --dim batch=many", "compile digits.onnx -o out --dim batch=8..1", "compile digits.onnx -o out --dim batch=-1",
        "compile digits.onnx -o out --shape image=1x1x8", "compile digits.onnx -o out --shape imgae=1x1x8x8",
        "compile digits.onnx -o out --shape image=1x3x8x8", "compile digits.onnx -o out --dim batch=1 --dim batch=2",
        "compile digits.onnx -o out --like images.npz", "compile digits.onnx -o out --like absent.npy", "compile digits.onnx -o out --like labels.npy",
        "compile digits.onnx -o out --like flat.npy", "compile digits.onnx -o out --shape 1,1,8,8", "compile digits.onnx -o out --dim batch=1-64",
        "compile digits.onnx -o out --dim batch=1,4,2", "compile digits.onnx -o out --dim batch=1,1", "compile digits.onnx -o out --dim batch=1,many",
        "compile digits.onnx -o out --dim bacth=1,2", "run digits.so --dim batch=1,2 --input zeros", "compile digits.onnx -o out --dim batch=9999999999999", "check slice.onnx", "check branch.onnx",
        "check loop.onnx", "check slice.onnx --fix count=many", "check slice.onnx --fix cuont=1",
    ],
    "Inputs": [
        "run digits.onnx --dim batch=1", "run digits.onnx --input imgae=images.npy", "run digits.onnx --input images.npy --input images.npy",
        "run digits.onnx --input labels.npy", "run digits.onnx --input absent.npy", "run digits.onnx --dim batch=1 --input random:many",
        "run digits.onnx --dim batch=1 --input notes.txt", "run digits.onnx --dim batch=2 --input images.npy",
        "run digits.onnx --dim batch=1 --input zeros --expect logit=images.npy", "run digits.so --dim bacth=1 --input zeros",
        "compile digits.onnx -o out --dim batch=1 --fix imgae=0", "compile digits.onnx -o out --dim batch=1 --alias image=logit",
        "3:run digits.so --input zeros --expect images.npy", "run digits.onnx --dim batch=1 --input zero", "run digits.onnx --dim batch=1 --input ones",
        "run digits.onnx --dim batch=1 --input picture.png", "run digits.onnx --dim batch=1 --input table.csv", "run digits.onnx --input flat.npy",
        "run digits.onnx --input images.npz", "run digits.onnx --input image=", "run digits.onnx --input empty.npz", "run digits.onnx --input last.npy", "run digits.onnx --input one.npy",
        "run digits.onnx --dim batch=1 --input image=0.5", "run digits.onnx --input folder", "run digits.so --input imgae=zeros",
        "run digits.onnx --dim batch=1 --input short.bin", "run constant.onnx --input zeros",
    ],
    "Outputs": [
        "compile digits.onnx -o folder --dim batch=1", "compile digits.onnx -o absent/out --dim batch=1",
        "compile digits.onnx -o digits.onnx --dim batch=1", "compile digits.onnx -o out/ --dim batch=1",
        "compile digits.onnx -o out.ptx --dim batch=1", "compile digits.onnx -o out --dim batch=1 --depfile absent/out.d",
        "compile digits.onnx -o out --dim batch=1 --depfile folder", "compile digits.onnx -o out --dim batch=1 --depfile out",
        "compile digits.onnx -o out --dim batch=1 --depfile digits.onnx",
        "run digits.onnx --dim batch=1 --input zeros --output-dir notes.txt/results",
        "compile digits.onnx -o out.dll --dim batch=1", "compile digits.onnx -o out.h --dim batch=1",
        "compile digits.onnx -o out.tflite --dim batch=1", "compile digits.onnx -o link_in_circle --dim batch=1",
        "compile digits.onnx -o link_to_absent --dim batch=1", "compile digits.onnx -o out --dim batch=1 --report absent/report.json",
        "compile digits.onnx -o out --dim batch=1 --report notes.txt/report.json",
        "compile digits.onnx -o out --dim batch=1 --report digits.onnx", "compile digits.onnx -o out --dim batch=1 --report out",
        "bench digits.onnx --dim batch=1 --trace digits.onnx", "bench digits.so --trace digits.so", "conformance onnx-backend digits.onnx --json digits.onnx",
        "compile model.h -o model.o --dim batch=1", "compile digits.onnx -o own.o --dim batch=1", "compile digits.onnx -o out.o --dim batch=1 --name ingot_model",
        "compile digits.onnx -o out --dim batch=1 --target=x86_64-linux-musl",
        "compile digits.onnx -o /dev/null --dim batch=1", "inspect digits.onnx --dim batch=1 --graph out.png", "reduce digits.onnx --dim batch=1 -o -",
    ],
    "Artifacts": [
        "3:run cut.so --input zeros", "verify digits.onnx", "verify absent.so", "verify notes.txt", "run digits.so --input zeros --mcpu=native", "bench digits.so --iterations none",
        "diff digits.so", "reduce digits.onnx --dim batch=1", "run digits.a --input zeros",
    ],
}


class Mistakes(ingot_test.TestCase):
    maxDiff = None

    def make_files(self):
        digits = (ingot_test.DIGITS / "digits.onnx").read_bytes()
        for name in ("digits.onnx", "images.npy", "labels.npy"):
            shutil.copy(ingot_test.DIGITS / name, self.work / name)
        ingot_test.write_npy(self.work / "zeros.npy", (1, 10), [0] * 10)
        for name in ("folder", "saved_model", "hugging_face", "with_model", "with_models", "package.mlpackage/Data"):
            (self.work / name).mkdir(parents=True)
        (self.work / "link_in_circle").symlink_to("link_in_circle")
        (self.work / "link_to_absent").symlink_to("absent/out")
        for name, shape in (("flat.npy", (1, 64)), ("last.npy", (1, 8, 8, 1)), ("one.npy", (1, 8, 8))):
            ingot_test.write_npy(self.work / name, shape, [0] * 64)
        files = {
            "empty.onnx": b"", "cut.onnx": digits[:len(digits) // 2], "model.tflite": b"\x1c\0\0\0TFL3" + b"\0" * 60,
            "old.pt": b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.", "model.h5": b"\x89HDF\r\n\x1a\n" + b"\0" * 60,
            "model.safetensors": struct.pack("<Q", 2) + b"{}", "digits.onnx.gz": b"\x1f\x8b\x08\0" + b"\0" * 30,
            "digits.onnx.xz": b"\xfd7zXZ\0" + b"\0" * 30, "page.onnx": b"<!DOCTYPE html>\n<html></html>\n",
            "pointer.onnx": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1024\n",
            "saved_model/saved_model.pb": b"\x08\x01\x12\xfe\x01" + b"\x0a\x02\x0a\0" * 80, "frozen.pb": b"\x0a\x10\x0a\x01x\x12\x0bPlaceholder" * 9,
            "hugging_face/config.json": b"{}\n", "with_model/model.onnx": digits, "openvino.xml": b"<?xml version=\"1.0\"?>\n<net name=\"n\"/>\n",
            "symbol.json": b"{\"nodes\": []}\n", "model.pkl": b"\x80\x04\x95\x0b\0\0\0\0\0\0\0." + b"\0" * 20, "model.gguf": b"GGUF\3\0\0\0" + b"\0" * 30,
            "model.ort": b"\x18\0\0\0ORTM" + b"\0" * 60, "module.mlir": b"module {\n}\n", "module.mlirbc": b"ML\xefR\x0dStableHLO_v1.9.0\0",
            "model.h": digits, "own.h": b"/* mine */\n", "notes.txt": b"some notes about the model\n", "weights.onnx.data": b"\0" * 64, "short.bin": b"\0" * 8,
            "model.mlmodel": onnx.number(1, 4) + onnx.data(2, onnx.data(1, onnx.data(1, "image") + onnx.data(2, "a picture"))),
            "model.caffemodel": onnx.data(1, "net") + onnx.data(100, b"\0" * 9), "net.prototxt": b'name: "net"\nlayer {\n}\n',
            "model.params": struct.pack("<QQ", 0x112, 0), "model.pdmodel": onnx.data(1, onnx.number(1, 0) + onnx.number(2, 1) + onnx.data(3, "v")),
            "model.pte": b"\x30\0\0\0ET12eh00" + b"\0" * 30, "model.engine": b"ftrt" + b"\0" * 60, "openvino.bin": bytes(range(200)),
            "onnx.tar.gz": b"\x1f\x8b\x08\0" + b"\0" * 30, "onnx.7z": b"7z\xbc\xaf\x27\x1c" + b"\0" * 30,
            "onnx.pbtxt": b"ir_version: 8\ngraph {\n}\n", "onnx.txt": b'<ir_version: 8, opset_import: ["": 17]>\ng (float[1] x) => (float[1] y) {}\n',
            "train.py": b"import torch\n", "model.ckpt": b"\0" * 60, "model.exe": b"MZ" + b"\0" * 60, "model.wasm": b"\0asm\1\0\0\0",
            "picture.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "table.csv": b"1,2,3\n", "refused.onnx": b"Entry not found",
            "with_models/part.onnx": digits, "package.mlpackage/Manifest.json": b"{}\n", **self.undecided(),
        }
        for name, data in files.items():
            (self.work / name).write_bytes(data)
        for name, members in (("model.pt", ["archive/data.pkl", "archive/data/0"]), ("model.keras", ["metadata.json", "config.json"]),
                              ("images.npz", ["picture.npy"]),
                              ("model.pt2", ["model/archive_format"]), ("onnx.zip", ["model.onnx"]), ("empty.npz", [])):
            with zipfile.ZipFile(self.work / name, "w") as archive:
                for member in members:
                    archive.writestr(member, (self.work / "images.npy").read_bytes() if member.endswith(".npy") else "{}")
        self.compile(self.work / "digits.onnx", "digits.so", "--dim", "batch=1..8", "-q")
        self.compile(self.work / "digits.onnx", "digits.a", "--dim", "batch=1", "-q")
        whole = (self.work / "digits.so").read_bytes()
        (self.work / "cut.so").write_bytes(whole[:len(whole) * 2 // 3])

    @staticmethod
    def undecided():
        """Models in which an input decides a shape, a branch's type and a number of rounds."""
        number, flag = onnx.value("count", [1], onnx.INT64), onnx.value("flat", [], onnx.BOOL)
        x, y, zero = onnx.value("x", [4, 6]), [onnx.value("y", [None, None])], onnx.tensor("zero", [1], [0], onnx.INT64)
        whole = onnx.tensor("whole", [1], [-1], onnx.INT64)

        def graph(attribute, nodes, inputs, outputs, initializers=()):
            body = b"".join(onnx.data(1, each) for each in nodes) + onnx.data(2, attribute) + b"".join(onnx.data(5, each) for each in initializers)
            body += b"".join(onnx.data(11, each) for each in inputs) + b"".join(onnx.data(12, each) for each in outputs)
            return onnx.data(5, onnx.data(1, attribute) + onnx.data(6, body) + onnx.number(20, 5))

        then = graph("then_branch", [onnx.node("Reshape", ["x", "whole"], ["a"])], [], [onnx.value("a", [None])], [whole])
        other = graph("else_branch", [onnx.node("Identity", ["x"], ["b"])], [], [onnx.value("b", [4, 6])])
        body = graph("body", [onnx.node("Identity", ["goes"], ["again"]), onnx.node("Identity", ["x"], ["part"])],
                     [onnx.value("i", [], onnx.INT64), onnx.value("goes", [], onnx.BOOL)],
                     [onnx.value("again", [], onnx.BOOL), onnx.value("part", [4, 6])])
        return {
            "constant.onnx": onnx.model([onnx.node("Neg", ["zero"], ["y"])], [], [onnx.value("y", [1], onnx.INT64)], [zero]),
            "slice.onnx": onnx.model([onnx.node("Add", ["count", "zero"], ["end"]), onnx.node("Slice", ["x", "zero", "end"], ["y"])], [x, number], y, [zero]),
            "branch.onnx": onnx.model([onnx.node("If", ["flat"], ["y"]) + then + other], [x, flag], y),
            "loop.onnx": onnx.model([onnx.node("Loop", ["count", ""], ["y"]) + body], [x, number], [onnx.value("y", [None, 4, 6])]),
        }

    def files(self):
        return sorted((str(path.relative_to(self.work)), path.lstat().st_size, path.lstat().st_mtime_ns) for path in self.work.rglob("*"))

    def message(self, command, status):
        """What a mistake is told by, and that it is told once, as JSON too, and leaves nothing behind."""
        before = self.files()
        document, stderr = self.run_program(ingot_test.INGOT, "--json", *shlex.split(command), status=status)
        self.assertTrue(stderr.startswith("ingot: ") and stderr.count("ingot: ") == 1, stderr)
        self.assertNotIn("internal error", stderr)
        told = json.loads(document)
        self.assertEqual("ingot: " + told["error"], stderr.rstrip("\n"))
        if status == 1:
            self.assertEqual(list(told), ["error"])
        self.assertEqual(self.files(), before)
        text = re.sub(r"/\S*/ingot-test-\w+/", "", stderr.removeprefix("ingot: ").rstrip("\n"))
        return re.sub(r"\b\d{5,}\b", "N", text)  # bytes of code change with the compiler

    def test_as_text(self):
        """Without --json the message is all there is."""
        self.make_files()
        for commands in MISTAKES.values():
            command = commands[0].removeprefix("3:")
            stdout, stderr = self.run_program(ingot_test.INGOT, *shlex.split(command), status=3 if commands[0] != command else 1)
            self.assertEqual(stdout, "")
            self.assertEqual(stderr.count("ingot: "), 1)

    def test_table(self):
        self.make_files()
        text, count = HEAD, 0
        for subject, commands in MISTAKES.items():
            text += f"\n## {subject}\n\n| command | status | message |\n|---|---|---|\n"
            for command in commands:
                status, command = (3, command[2:]) if command.startswith("3:") else (1, command)
                with self.subTest(command=command):
                    message = self.message(command, status)
                    words = message.replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>")
                    text += f"| `{f'ingot {command}'.rstrip()}` | {status} | {words} |\n"
                    count += 1
        self.assertGreaterEqual(count, 120)
        if os.environ.get("INGOT_WRITE"):
            PAGE.write_text(text)
        self.assertEqual(text, PAGE.read_text())


if __name__ == "__main__":
    ingot_test.main()
