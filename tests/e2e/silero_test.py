"""A voice activity detector with state, branches and an LSTM: every chunk of a recording agrees with ONNX Runtime."""
import sys
import wave

import ingot_test
import peers
from peers import np

sys.path.insert(0, str(ingot_test.SOURCE / "tools" / "bench"))
import ingot_ctypes  # noqa: E402
import timing  # noqa: E402


class Silero(peers.PeerCase):
    def recording(self, rate):
        """The samples in -1..1; every second one for 8 kHz."""
        with wave.open(str(ingot_test.test_data("models/audio/silero_test.wav"))) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return (samples[::16000 // rate] / 32768).astype(np.float32)

    def chunks(self, rate):
        """The model's inputs: new samples behind the last of those before."""
        new, context = (512, 64) if rate == 16000 else (256, 32)
        samples = np.concatenate([np.zeros(context, np.float32), self.recording(rate)])
        for start in range(0, len(samples) - context - new + 1, new):
            yield samples[start:start + context + new][None]

    def check(self, rate):
        model = ingot_test.test_data("models/onnx/silero_vad.onnx")
        chunks = list(self.chunks(rate))
        library = self.compile(model, "vad.so", "--shape", f"input=1x{chunks[0].shape[1]}", "--shape", "state=2x1x128", "--fix",
                               f"sr={rate}", "--alias", "state=stateN")
        artifact = ingot_ctypes.Runtime(timing.runtime_library(ingot_test.INGOT)).load(library)
        self.assertEqual([argument.name for argument in artifact.inputs()][:1], ["input"])
        buffer = np.zeros_like(chunks[0])
        session = artifact.session(threads=1)
        call = session.bind([ingot_ctypes.Tensor.of("f32", buffer.shape, buffer)])
        mine = []
        for chunk in chunks:
            buffer[:] = chunk
            call()
            mine.append(call.results[0].values()[0])

        peer, state, theirs = peers.onnx_runtime(model), np.zeros((2, 1, 128), np.float32), []
        for chunk in chunks:
            output, state = peer.run(["output", "stateN"], {"input": chunk, "state": state, "sr": np.array(rate, np.int64)})
            theirs.append(output[0, 0])
        self.assertGreater(max(theirs), 0.9)
        self.assertLess(min(theirs), 0.1)
        mine, theirs = np.array(mine, np.float32), np.array(theirs, np.float32)
        self.assertEqual(peers.difference(mine, theirs), "")
        print(f"{rate} Hz: {len(chunks)} chunks, largest difference {np.abs(mine - theirs).max():.1e}")

    def test_16_kilohertz(self):
        self.check(16000)

    def test_8_kilohertz(self):
        self.check(8000)

    def test_rate_known_when_run(self):
        """Compiled in memory, what decides the branch is taken from what is fed; the interpreter answers alike."""
        model = ingot_test.test_data("models/onnx/silero_vad.onnx")
        chunk = list(self.chunks(16000))[40]
        inputs = {"input": chunk, "state": np.random.default_rng(1).normal(0, 0.1, (2, 1, 128)).astype(np.float32),
                  "sr": np.array(16000, np.int64)}
        answers = self.run_ingot(model, inputs)
        self.assert_answers(answers, self.run_peer(model, inputs), "ONNX Runtime")
        self.assert_answers(answers, self.run_ingot(model, inputs, "--reference"), "interpreter")


if __name__ == "__main__":
    ingot_test.main()
