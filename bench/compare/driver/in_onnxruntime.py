import contextlib

from side import Side, checkpoint


class OnnxRuntime(Side):
    """ONNX Runtime, which several threads may call at once: a product runs on one of them."""

    def __init__(self, threads):
        import onnx
        import onnxruntime

        self.onnx, self.ort, self.version = onnx, onnxruntime, onnxruntime.__version__

    def array(self, file):
        import numpy

        return numpy.fromfile(file, "<f4")

    def encode(self, variant, x, batch, weights, **_):
        make, of = self.onnx.helper, self.onnx.numpy_helper.from_array
        ws = checkpoint(weights)
        width, codes = x.size // batch, len(ws["mu.bias"])

        def dense(name, x, y):
            return make.make_node("Gemm", [x, name + ".weight", name + ".bias"], [y], transB=1)

        def value(name, width):
            return make.make_tensor_value_info(name, self.onnx.TensorProto.FLOAT, ["rows", width])

        nodes = [
            dense("encoder.0", "x", "h"), make.make_node("Relu", ["h"], ["relu"]),
            dense("mu", "relu", "mu"), dense("logvar", "relu", "logvar"),
        ]
        graph = make.make_graph(nodes, "encoder", [value("x", width)], [value("mu", codes), value("logvar", codes)],
                                [of(w, name) for name, w in ws.items() if name.split(".")[0] in ("encoder", "mu", "logvar")])
        model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
        options = self.ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = self.ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        x, left = {"x": x.reshape(batch, width)}, None

        def work():
            nonlocal left
            left = session.run(None, x)

        return work, lambda: left, contextlib.nullcontext
