"""`ingot inspect --graph`: modules, repeats, reshapes and edges as they are drawn; hostile names stay text; the .svg is XML."""
import xml.etree.ElementTree as xml

import graph_models
import ingot_test
from graph_page import LEGEND, TEXTS, PageTest
from onnx_model import model, node, tensor, value

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>&"\''
TRANSFORMER = ("--dim", "batch=1", "--dim", "seq=16")


class Graph(PageTest):
    def test_kernels_stand_in_their_modules(self):
        self.show(self.draw(graph_models.encoder(), *TRANSFORMER))
        self.assertIn("− layer.0 … layer.11  ×12", self.labels())
        self.picture("encoder")
        self.check_all_states()
        # A kernel's module holds all nodes that no other kernel computes as well, and no module within does.
        wrong = self.browser.script("""
            const shown = id => graph.nodes[id].path.slice(0, -1).filter(at => graph.nodes[at].kind === 'module').map(at => graph.nodes[at].label).join('/');
            return graph.nodes.filter(node => node.kind === 'kernel')
              .filter(node => !node.name.split(', ').every(name => name.includes('...') || ('/' + shown(node.id) + '/').startsWith('//') || name.startsWith('/' + shown(node.id) + '/')))
              .map(node => node.label + ' (' + node.name + ') in ' + shown(node.id))""")
        self.assertEqual(wrong, [])
        where = self.browser.script("""
            return graph.nodes.filter(node => node.kind === 'kernel' && node.label.startsWith('softmax')).map(node => node.path.map(at => graph.nodes[at].label).join(' > '))""")
        self.assertEqual(len(where), 12)
        self.assertTrue(where[3].startswith("encoder > layer.0 … layer.11 > layer.3 > attention > self > "), where)

    def test_kernel_of_two_modules_stands_in_what_holds_both(self):
        nodes = [node("MatMul", ["x", "w"], ["a"], name="/net/up/MatMul"), node("Relu", ["a"], ["b"], name="/net/act/Relu"),
                 node("MatMul", ["b", "v"], ["c"], name="/net/down/first/MatMul"), node("Softmax", ["c"], ["d"], name="/net/down/norm/Softmax"),
                 node("Softmax", ["d"], ["y"], name="/head/Softmax", axis=0)]
        weights = [tensor("w", [24, 24], [0.01] * 576), tensor("v", [24, 24], [0.02] * 576)]
        self.show(self.draw(model(nodes, [value("x", [24, 24])], [value("y", [24, 24])], weights)))
        places = dict(self.browser.script("""
            return graph.nodes.filter(node => node.kind === 'kernel').map(node => [node.name, [...node.path.slice(0, -1).map(at => graph.nodes[at].label), node.place].join(' > ')])"""))
        self.assertEqual(places["/net/up/MatMul, /net/act/Relu"], "net > up/MatMul +1")
        self.assertEqual(places["/net/down/first/MatMul"], "net > down > first/MatMul")
        self.assertEqual(places["/net/down/norm/Softmax"], "net > down > norm/Softmax")
        self.assertEqual(places["/head/Softmax"], "head/Softmax")
        self.check_all_states()

    def test_repeats_open_and_unfold(self):
        self.show(self.draw(graph_models.encoder(), *TRANSFORMER))
        self.button("closeall")
        self.assertIn("+ encoder", self.labels())
        self.click("+ encoder")
        self.click("+ layer.0 … layer.11  ×12")
        self.assertIn("+ layer.0", self.labels())
        self.assertNotIn("+ layer.1", self.labels())
        self.assertEqual(self.browser.script("return document.querySelectorAll('#world .loop').length"), 1)
        self.assertIn("×11", self.browser.script(TEXTS))
        self.assertIn("12 of one structure", self.side())
        self.check()
        self.click("show all 12")
        self.assertEqual(sum(label.startswith("+ layer.") for label in self.labels()), 12)
        self.assertEqual(self.browser.script("return document.querySelectorAll('#world .loop').length"), 0)
        self.check()
        self.picture("unfolded")
        self.click("show one")
        self.assertEqual(sum(label.startswith("+ layer.") for label in self.labels()), 1)
        self.click("− layer.0 … layer.11  ×12")
        self.assertIn("+ layer.0 … layer.11  ×12", self.labels())
        self.browser.script("const s = document.getElementById('search'); s.value = 'layer.7/attention/self/Softmax'; s.dispatchEvent(new Event('input'))")
        self.assertIn("8 found", self.side())  # the kernel and the ops in it
        self.browser.script("document.querySelector('.hit').click()")  # unfolds what it is in
        self.assertEqual(self.browser.script("return document.querySelectorAll('.picked').length"), 1)
        self.check()

    def test_reshapes_are_edges(self):
        self.show(self.draw(graph_models.encoder(2), *TRANSFORMER))
        for title in ("Kernels", "Model"):
            self.tab(title)
            self.button("openall")
            self.assertFalse([label for label in self.labels() if "reshape" in label])
            self.assertGreater(self.browser.script("return document.querySelectorAll('#world .edge.view').length"), 7)
            self.assertIn("f32[1,16,32] → f32[1,16,4,8]", self.browser.script(
                "return [...document.querySelectorAll('#world .edge.view title')].map(e => e.textContent).join('\\n')").replace("f32[16,32]", "f32[1,16,32]"))
            self.assertTrue(any(text.startswith("as f32[") for text in self.browser.script(TEXTS)))
            self.check(whole=True)

    def test_model_of_modules(self):
        self.show(self.draw(graph_models.decoder(), *TRANSFORMER))
        self.check_all_states()
        self.tab("Model")
        self.assertIn("− h.0 … h.11  ×12", self.labels())
        self.check_all_states()
        self.button("openall")
        self.assertIn("layer_norm", self.labels())  # whole, under its name
        self.assertIn("ln_1/LayerNormalization", self.browser.script(TEXTS))
        self.picture("model-open")
        self.tab("Commands")
        self.check_all_states()
        self.tab("Memory")
        self.assertGreater(self.browser.script("return document.querySelectorAll('#world .value').length"), 1)
        self.check_memory()

    def check_memory(self):
        self.assertEqual(self.browser.problems(), [])
        self.assertIn("arena", self.side())
        self.picture("memory")

    def test_repeats_without_names(self):
        nodes, weights, current = [], [], "x"
        for i in range(6):
            weights.append(tensor(f"w{i}", [24, 24], [0.01 * (i + 1)] * 576))
            nodes += [node("MatMul", [current, f"w{i}"], [f"a{i}"]), node("Softmax", [f"a{i}"], [f"s{i}"]), node("Add", [f"s{i}", current], [f"c{i}"])]
            current = f"c{i}"
        nodes.append(node("Tanh", [current], ["y"]))
        self.show(self.draw(model(nodes, [value("x", [4, 24])], [value("y", [4, 24])], weights)))
        repeats = "return graph.nodes.filter(node => node.kind === 'repeat').map(node => node.copies)"
        self.tab("Model")
        self.assertEqual(self.browser.script(repeats), [6])
        self.check_all_states()
        # One layer that is wired otherwise, by the sum of the one before it, is none of them.
        nodes[10] = node("Softmax", ["c2"], ["s3"])
        self.show(self.draw(model(nodes, [value("x", [4, 24])], [value("y", [4, 24])], weights)))
        self.tab("Model")
        self.assertNotIn(6, self.browser.script(repeats))
        self.check_all_states()

    def test_own_inputs_of_repeats(self):
        nodes, inputs, outputs, weights, current = [], [value("x", [4, 24])], [], [], "x"
        for i in range(5):
            weights.append(tensor(f"w{i}", [24, 24], [0.01] * 576))
            nodes += [node("MatMul", [current, f"w{i}"], [f"a{i}"], name=f"/layer.{i}/MatMul"), node("Add", [f"a{i}", f"past.{i}"], [f"present.{i}"], name=f"/layer.{i}/Add"),
                      node("Softmax", [f"present.{i}"], [f"s{i}"], name=f"/layer.{i}/Softmax")]
            inputs.append(value(f"past.{i}", [4, 24]))
            outputs.append(value(f"present.{i}", [4, 24]))
            current = f"s{i}"
        self.show(self.draw(model(nodes, inputs, [*outputs, value("s4", [4, 24])], weights)))
        self.tab("Model")
        self.button("closeall")
        self.assertEqual(sorted(self.labels()), ["+ layer.0 … layer.4  ×5", "+ past.0 … past.4  ×5", "+ present.0 … present.4  ×5", "s4", "x"])
        self.check_all_states()

    def test_inputs_with_a_default_are_weights(self):
        nodes = [node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["y"])]
        drawn = model(nodes, [value("x", [4, 24]), value("w", [24, 24]), value("b", [24])], [value("y", [4, 24])],
                      [tensor("w", [24, 24], [0.01] * 576), tensor("b", [24], [0.5] * 24)])
        self.show(self.draw(drawn))
        for title in ("Kernels", "Model", "Commands"):
            self.tab(title)
            self.button("openall")
            self.assertNotIn("w", self.labels())
            self.assertIn("x", self.labels())
            self.assertIn("Inputs (1)xf32[4,24]", self.side())
            self.assertIn("Inputs with a default (2)wf32[24,24]bf32[24]", self.side())
            self.assertEqual(self.browser.script("return graph.total.weights"), 24 * 24 * 4 + 24 * 4)
            self.check(whole=True)

    def test_view_is_fitted_until_it_is_moved(self):
        self.show(self.draw(graph_models.encoder(3), *TRANSFORMER))
        resize = "document.body.style.width = arguments[0]; document.body.style.height = arguments[0]; window.dispatchEvent(new Event('resize'))"
        scale = "return view.k"
        before = self.browser.script(scale)
        self.browser.script(resize, "700px")
        self.check(whole=True)
        self.assertLess(self.browser.script(scale), before)
        self.browser.script("document.getElementById('stage').dispatchEvent(new WheelEvent('wheel', { deltaY: -400 }))")
        zoomed = self.browser.script(scale)
        self.browser.script(resize, "600px")
        self.assertEqual(self.browser.script(scale), zoomed)
        self.browser.script("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'f', bubbles: true }))")
        self.check(whole=True)

    def test_summary_and_legend(self):
        self.show(self.draw(graph_models.encoder(), *TRANSFORMER))
        side = self.side()
        for text in ("kernels134 in 61 modules", "ops507 in 161 modules", "commands134", "flop", "weights", "arena", "Inputs (2)", "idsi64[1,16]", "Results (1)", "f32[1,1,32]"):
            self.assertIn(text, side)
        legend = self.browser.script(LEGEND)
        for text in ("input or result", "kernel", "module", "repeat", "reshape", "next copy", "share"):
            self.assertIn(text, legend)
        self.assertNotIn("branch or loop", legend)  # there is none

    def test_kernel_opens_and_closes(self):
        self.show(self.draw(graph_models.blocks(2), "--dim", "batch=1..16"))
        closed = self.labels()
        self.assertIn("f32[batch,8]", self.browser.script(TEXTS))
        self.check(whole=True)
        named = next(label for label in closed if "softmax" in label)
        self.click(named)
        self.assertRegex(self.side(), r"composites\s*softmax")
        self.check()
        self.assertGreater(len(self.labels()), len(closed))
        self.click("− " + named.removeprefix("+ "))
        self.assertEqual(sorted(self.labels()), sorted(closed))
        self.browser.script("view = { x: 5000, y: 0, k: 3 }; move()")
        self.button("fit")
        self.check(whole=True)

    def test_loops_and_branches(self):
        self.show(self.draw(graph_models.loop()))
        for title in ("Kernels", "Model", "Commands"):
            self.tab(title)
            self.check_all_states()
        self.tab("Model")
        self.assertIn("branch or loop", self.browser.script(LEGEND))

    def test_artifact(self):
        (self.work / "model.onnx").write_bytes(graph_models.encoder())
        artifact = self.compile(self.work / "model.onnx", "m.so", *TRANSFORMER)
        self.run_program(ingot_test.INGOT, "inspect", artifact, "--graph", self.work / "graph.html")
        self.show(self.work / "graph.html")
        self.assertIn("ids", self.labels())
        self.assertIn("commands134", self.side())
        self.check_all_states()

    def test_hostile_names_stay_text(self):
        nodes = [node("Relu", ["in"], ["mid"], name=HOSTILE), node("Tanh", ["mid"], [HOSTILE], name="{{document}}/" + HOSTILE)]
        drawn = self.draw(model(nodes, [value("in", [2, HOSTILE])], [value(HOSTILE, [2, HOSTILE])], name=HOSTILE), "--dim", f"{HOSTILE}=1..4")
        self.assertNotIn("<img", drawn.read_text().split("<script", 1)[1].split('id="data">', 1)[1].split("</script>")[0])
        self.show(drawn)
        for title in ("Kernels", "Model", "Commands"):
            self.tab(title)
            self.assertEqual(self.browser.script("return document.title"), "model")
            self.assertEqual(self.browser.script("return document.querySelectorAll('img, script').length"), 2)
            self.button("openall")
            self.check()

    def test_two_thousand_ops(self):
        self.show(self.draw(graph_models.blocks(500), "--dim", "batch=1"))
        self.assertIn("− block0 … block499  ×500", self.labels())
        self.check(whole=True)
        self.tab("Model")
        self.button("openall")
        self.browser.script("for (const node of graph.nodes) graph.unfolded.add(node.id); draw(); fit()")
        self.assertEqual(sum(label.startswith("− block") for label in self.labels()), 501)
        self.assertEqual(self.browser.problems(), [])
        self.assertLessEqual(self.browser.script("return document.getElementById('world').getBoundingClientRect().bottom - document.getElementById('stage').getBoundingClientRect().bottom"), 0)

    def test_svg_is_xml(self):
        nodes = [node("Relu", ["in"], ["mid"], name=HOSTILE), node("Tanh", ["mid"], [HOSTILE], name="t")]
        space = "{http://www.w3.org/2000/svg}"
        text = self.draw(model(nodes, [value("in", [2, 3])], [value(HOSTILE, [2, 3])]), output="graph.svg").read_text()
        root = xml.fromstring(text)
        texts = [element.text for element in root.iter(space + "text")]
        self.assertIn("in", texts)
        self.assertIn("f32[2,3]", texts)
        root = xml.fromstring(self.draw(graph_models.encoder(), *TRANSFORMER, output="encoder.svg").read_text())
        self.assertEqual(len([rect for rect in root.iter(space + "rect") if rect.get("class") == "box kernel"]), 134)
        edges = [path for path in root.iter(space + "path") if path.get("class", "").startswith("edge")]
        self.assertGreater(len(edges), 134)
        self.assertEqual({path.get("marker-end") for path in edges}, {"url(#arrow)"})
        self.assertEqual([marker.get("id") for marker in root.iter(space + "marker")], ["arrow"])
        self.show(self.work / "encoder.svg")
        self.picture("svg")

    def test_refusals(self):
        (self.work / "model.onnx").write_bytes(graph_models.blocks(1))
        for path, message in (("graph.png", "ends in .html or .svg"), ("nowhere/graph.svg", "nowhere/graph.svg")):
            error = self.run_program(ingot_test.INGOT, "inspect", self.work / "model.onnx", "--dim", "batch=1", "--graph", self.work / path, status=1)[1]
            self.assertIn(message, error)



ingot_test.main()
