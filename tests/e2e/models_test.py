"""Published models: their stored answers, ONNX Runtime's, the interpreter's, and what their variants must have in common."""
import subprocess
import sys
import tarfile

import ingot_test
import peers
from peers import np

sys.path.insert(0, str(ingot_test.SOURCE / "tools" / "bench"))
LIGHT = ("bvlc_alexnet", "resnet50", "shufflenet", "squeezenet", "vgg19", "zfnet512")


def shape_flags(inputs):
    """Options that fix every input's shape."""
    return [word for name, value in inputs.items() for word in ("--shape", f"{name}={'x'.join(map(str, value.shape))}")]


class UltraFace(peers.PeerCase):
    """Three exports of one face detector: raw (decodes boxes in the graph), simplified, without postprocessing."""

    CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2

    def answers(self):
        rng = np.random.default_rng(3)
        image = rng.normal(0, 0.5, (1, 3, 240, 320)).astype(np.float32)
        found = {}
        for kind in ("", "_simplified", "_without_postprocessing"):
            model = ingot_test.test_data(f"models/onnx/ultraface-RFB-320{kind}.onnx")
            found[kind] = self.run_ingot(model, {"input": image})
            self.assertEqual(sorted(found[kind]), ["boxes", "scores"])
            self.assert_answers(found[kind], self.run_peer(model, {"input": image}), f"ONNX Runtime{kind}")
            self.assert_answers(found[kind], self.run_ingot(model, {"input": image}, "--reference"), f"interpreter{kind}")
        return found

    def priors(self):
        """Centre and size of each anchor, as the detector's paper lists them for 320 x 240."""
        rows = []
        for cell, boxes in ((8, (10, 16, 24)), (16, (32, 48)), (32, (64, 96)), (64, (128, 192, 256))):
            columns, lines = -(-320 // cell), -(-240 // cell)
            for y in range(lines):
                for x in range(columns):
                    for box in boxes:
                        rows.append(((x + 0.5) / columns, (y + 0.5) / lines, box / 320, box / 240))
        return np.clip(np.array(rows), 0, 1)

    def test_exports_agree(self):
        found = self.answers()
        raw, simplified, plain = found[""], found["_simplified"], found["_without_postprocessing"]
        self.assertGreater(float(np.ptp(raw["scores"])), 0.1)
        for other in (simplified, plain):
            self.assertEqual(peers.difference(other["scores"], raw["scores"]), "")
        self.assertEqual(peers.difference(simplified["boxes"], plain["boxes"]), "")
        priors, boxes = self.priors(), plain["boxes"][0].astype(np.float64)
        centre = priors[:, :2] + boxes[:, :2] * self.CENTRE_VARIANCE * priors[:, 2:]
        size = priors[:, 2:] * np.exp(boxes[:, 2:] * self.SIZE_VARIANCE)
        decoded = np.concatenate([centre - size / 2, centre + size / 2], axis=1)[None].astype(np.float32)
        self.assertEqual(peers.difference(raw["boxes"], decoded), "")


class Light(peers.PeerCase):
    """Networks of the ONNX archive whose weights are splats: their stored answers, and ONNX Runtime's once they have weights."""

    def archive(self, name):
        with tarfile.open(ingot_test.test_data("onnx-backend/onnx-backend-shared.tar.xz")) as tar:
            for end in (".onnx", "_output_0.pb"):
                data = tar.extractfile(f"./light/light_{name}{end}").read()
                (self.work / f"light_{name}{end}").write_bytes(data)
        return self.work / f"light_{name}.onnx"

    def check(self, name):
        import onnx
        from onnx import numpy_helper
        model = self.archive(name)
        graph = onnx.load(model).graph
        weights = {weight.name for weight in graph.initializer}
        (value,) = [value for value in graph.input if value.name not in weights]
        shape = [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim]
        count = int(np.prod(shape))
        ramp = {value.name: (np.arange(count) / count).reshape(shape).astype(np.float32)}
        expected = numpy_helper.to_array(onnx.load_tensor(str(self.work / f"light_{name}_output_0.pb")))
        (answer,) = self.run_ingot(model, ramp, *shape_flags(ramp)).values()
        np.testing.assert_allclose(answer, expected, rtol=1e-3, atol=1e-7)

        trained = self.work / f"{name}.onnx"
        subprocess.run([sys.executable, ingot_test.SOURCE / "tools" / "bench" / "models" / "he_init.py", model, "-o", trained], check=True,
                       timeout=300)
        noise = {value.name: np.random.default_rng(5).normal(size=shape).astype(np.float32)}
        answers = self.run_ingot(trained, noise, *shape_flags(noise))
        self.assertGreater(float(np.std(next(iter(answers.values())))), 0)
        self.assert_answers(answers, self.run_peer(trained, noise), name)


for _name in LIGHT:
    setattr(Light, f"test_{_name}", lambda self, name=_name: self.check(name))


class Stored(peers.PeerCase):
    """Models with inputs and answers beside them; an answer of a tensor inside the graph is compared with the output made of it."""

    RENAMED = {"byte_sb_bidi_lstm": {"Add_26": "output"}}
    # The stored answer was made of an input padded by one row at each end, as its program streams; the rows between are the model's.
    ROWS = {"qtdnn_10x5_101_i32_biases": slice(1, 9)}

    def check(self, model, archive, names=None, rows=slice(None)):
        import onnx
        graph = onnx.load(model).graph
        names = names or {}
        stored = np.load(archive)
        weights = {weight.name for weight in graph.initializer}
        wanted = [value.name for value in graph.input if value.name not in weights]
        inputs = {name: stored[names.get(name, name)] for name in wanted}
        answers = self.run_ingot(model, inputs, *shape_flags(inputs))
        compared = 0
        for name in stored.files:
            output = names.get(name, name)
            if output in answers:
                compared += 1
                self.assertEqual(peers.difference(answers[output], stored[name][rows]), "", name)
        self.assertGreater(compared, 0)
        self.assert_answers(answers, self.run_peer(model, inputs), "ONNX Runtime")

    def test_keras(self):
        folder = ingot_test.test_data("models/onnx")
        self.check(folder / "keras-tract-tf2.onnx", folder / "keras-tract-tf2.io.npz", {"main_input_input": "input", "output": "dense_1"})

    def tract(self, name):
        folder = ingot_test.test_data(f"models/onnx/tract/{name}")
        self.check(folder / "model.onnx", folder / "io.npz", self.RENAMED.get(name), self.ROWS.get(name, slice(None)))


for _name in ("averagepool_count_include_pad", "byte_sb_bidi_lstm", "lgbm_classifier_tensor", "qlstm_3-2-3_T3_S1", "qrelu_1", "qsigmoid_1", "qtanh_1",
              "qtdnn_10x5_101_i32_biases"):
    setattr(Stored, f"test_{_name.replace('-', '_')}", lambda self, name=_name: self.tract(name))

if __name__ == "__main__":
    ingot_test.main()
