"""The side of bench/compare that runs PyTorch, JAX, numpy or ONNX Runtime.

    python driver.py torch|jax|numpy|onnxruntime THREADS

It says {"version": ...} once it is ready, then answers each line of standard
input, a request in JSON, with a line:

    {"do": "prepare", "task": ID, "bench": ..., "variant": ..., "params": {...}, "inputs": {name: file}}
        makes the work ready and answers {}
    {"do": "run", "task": ID, "warm": W, "reps": N, "cpu": P}
        works W times, then N times, and answers {"seconds": ...} for these; the
        thread that does so is bound to processor P, unless P is negative
    {"do": "output", "task": ID, "file": ...}
        writes what the work has left, and answers {}
    {"do": "forget"}
        forgets all tasks and answers {}

or, where something goes wrong, with {"error": ...}. Arrays travel as files of
float32, little-endian; what numpy leaves, of float64. The end of standard input is
the end.
"""

import contextlib
import gc
import json
import os
import signal
import sys
import time

PROCESSORS = os.sched_getaffinity(0)
BETA = 1.0  # weight of the KL
ADAM = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}


class Torch:
    def __init__(self, threads):
        import torch

        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        self.torch, self.version = torch, torch.__version__
        if bits := os.environ.get("LANEWISE_SIMD_BITS"):
            with contextlib.suppress(ImportError):
                import torch._inductor.config

                torch._inductor.config.cpp.simdlen = int(bits)

    def array(self, file):
        import numpy

        return self.torch.from_numpy(numpy.fromfile(file, "<f4")).clone()

    # Each bench returns its work, its output, and a context to work in.

    def gemm(self, variant, a, b, ta, tb, m, n, k):
        torch = self.torch
        a = a.view(k, m).t() if ta else a.view(m, k)
        b = b.view(n, k).t() if tb else b.view(k, n)
        c = torch.empty(m, n)
        return lambda: torch.mm(a, b, out=c), lambda: [c], torch.inference_mode

    def conv(self, variant, out, transposed, images, large, small, kernel, stride, pads, x=None, y=None, w=None):
        """Channels last. Pads that differ are equal ones of what is turned round by a half."""
        torch = self.torch
        turned = [before != after for before, after in pads]
        padding = [after for before, after in pads]
        dims = [2 + i for i in range(2) if turned[i]]

        def strided(t):
            return t.flip(dims).contiguous(memory_format=torch.channels_last)

        def image(t, size):
            return None if t is None else strided(t.view(images, *size).permute(0, 3, 1, 2))

        x, y = image(x, large), image(y, small)
        if w is not None:
            w = strided(w.view(*kernel, large[2], small[2]).permute(3, 2, 0, 1))
        extra = [n - ((m - 1) * s - 2 * p + k) for n, m, s, p, k in zip(large, small, stride, padding, kernel)]
        how = (stride, padding, [1, 1], transposed, extra if transposed else [0, 0], 1)
        source, grad = (y, x) if transposed else (x, y)

        def empty(*size):
            return torch.empty(size).contiguous(memory_format=torch.channels_last)

        if out == ("x" if transposed else "y"):

            def work():
                return torch.ops.aten.convolution(source, w, None, *how)

        elif out == "w":
            shape = empty(small[2], large[2], *kernel)

            def work():
                return torch.ops.aten.convolution_backward(grad, source, shape, None, *how, [False, True, False])[1]

        else:
            size = small if transposed else large
            shape = empty(images, size[2], *size[:2])

            def work():
                return torch.ops.aten.convolution_backward(grad, shape, w, None, *how, [True, False, False])[0]

        left = None

        def keep():
            nonlocal left
            left = work()

        return keep, lambda: [left.flip(dims).permute(*((2, 3, 1, 0) if out == "w" else (0, 2, 3, 1)))], torch.inference_mode

    def map(self, variant, x, kind):
        torch = self.torch
        y = torch.empty_like(x)
        f = torch.ops.aten.softplus.out if kind == "softplus" else getattr(torch, kind)
        return lambda: f(x, out=y), lambda: [y], torch.inference_mode

    def loss(self, variant, x, t):
        bce = self.torch.nn.functional.binary_cross_entropy_with_logits
        x.requires_grad_()
        total = None

        def work():
            nonlocal total
            x.grad = None
            total = bce(x, t, reduction="sum")
            total.backward()

        return work, lambda: [total, x.grad], contextlib.nullcontext

    def reparam(self, variant, mu, logvar, dz):
        torch = self.torch
        mu.requires_grad_()
        logvar.requires_grad_()
        beta = torch.tensor(BETA)
        z = kl = None

        def work():
            nonlocal z, kl
            mu.grad = logvar.grad = None
            z, kl = self.sample(mu, logvar)
            torch.autograd.backward((z, kl), (dz, beta))

        return work, lambda: [kl, z, mu.grad, logvar.grad], contextlib.nullcontext

    def sample(self, mu, logvar):
        z = mu + self.torch.exp(0.5 * logvar) * self.torch.randn_like(mu)
        return z, 0.5 * self.torch.sum(self.torch.exp(logvar) - 1 - logvar + mu * mu)

    def adam(self, variant, w, g):
        w.requires_grad_()
        w.grad = g
        adam = self.optimizer([w], variant)

        def output():
            state = adam.state[w]
            return [w, state["exp_avg"], state["exp_avg_sq"]]

        return adam.step, output, contextlib.nullcontext

    def optimizer(self, weights, variant):
        return self.torch.optim.Adam(weights, **ADAM, **({variant: True} if variant else {}))

    def step(self, variant, x, batch, weights):
        torch = self.torch
        x = x.view(batch, -1)
        ws = {name: torch.tensor(w).requires_grad_() for name, w in checkpoint(weights).items()}
        linear, relu = torch.nn.functional.linear, torch.nn.functional.relu
        bce = torch.nn.functional.binary_cross_entropy_with_logits

        def dense(name, x):
            return linear(x, ws[name + ".weight"], ws[name + ".bias"])

        def losses(x):
            h = relu(dense("encoder.0", x))
            z, kl = self.sample(dense("mu", h), dense("logvar", h))
            logits = dense("output", relu(dense("decoder.0", z)))
            return bce(logits, x, reduction="sum"), kl

        if variant == "compile":
            losses = torch.compile(losses)
        try:
            adam = self.optimizer(list(ws.values()), "fused")
        except (TypeError, RuntimeError):  # an old version
            adam = self.optimizer(list(ws.values()), "foreach")
        seen = []  # the losses of the first step, and of the last

        def work():
            adam.zero_grad(set_to_none=True)
            reconstruction, kl = losses(x)
            ((reconstruction + BETA * kl) / batch).backward()
            adam.step()
            now = [reconstruction.detach(), kl.detach()]
            seen[:] = (seen[:2] or now) + now

        return work, lambda: seen, contextlib.nullcontext

    def encode(self, variant, x, batch, weights, **_):
        torch = self.torch
        x = x.view(batch, -1)
        ws = {name: torch.tensor(w) for name, w in checkpoint(weights).items()}
        linear, relu = torch.nn.functional.linear, torch.nn.functional.relu

        def dense(name, x):
            return linear(x, ws[name + ".weight"], ws[name + ".bias"])

        def codes(x):
            h = relu(dense("encoder.0", x))
            return dense("mu", h), dense("logvar", h)

        if variant == "compile":
            codes = torch.compile(codes)
        left = None

        def work():
            nonlocal left
            left = codes(x)

        return work, lambda: left, torch.inference_mode

    def latency(self, variant, x, quantile, callers, **params):
        work, output, context = self.encode(variant, x, **params)
        return Callers(work, context, quantile, callers), output, context

    def numpy(self, x):
        return x.detach().numpy()

    def wait(self, left):
        pass


class Jax:
    def __init__(self, threads):
        os.environ["JAX_PLATFORMS"] = "cpu"
        if threads == 1:
            os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
        import jax

        if threads == 1:  # or else Python runs on one and XLA on another
            jax.config.update("jax_cpu_enable_async_dispatch", False)
        self.jax, self.np, self.version = jax, jax.numpy, jax.__version__

    def array(self, file):
        import numpy

        return self.np.array(numpy.fromfile(file, "<f4"))

    def jitted(self, f, *args):
        """Work that calls f, jitted, always on the same arguments."""
        f = self.jax.jit(f)
        left = None

        def work():
            nonlocal left
            left = f(*args)
            return left

        return work, lambda: self.jax.tree.leaves(left), contextlib.nullcontext

    def gemm(self, variant, a, b, ta, tb, m, n, k):
        a = a.reshape((k, m) if ta else (m, k))
        b = b.reshape((n, k) if tb else (k, n))
        return self.jitted(lambda a, b: (a.T if ta else a) @ (b.T if tb else b), a, b)

    def conv(self, variant, out, transposed, images, large, small, kernel, stride, pads, x=None, y=None, w=None):
        lax, np, vjp = self.jax.lax, self.np, self.jax.vjp
        shape = {"x": (images, *large), "y": (images, *small), "w": (*kernel, large[2], small[2])}

        def f(x, w):
            return lax.conv_general_dilated(x, w, stride, pads, dimension_numbers=("NHWC", "HWIO", "NHWC"))

        x, y, w = (a if a is None else a.reshape(shape[n]) for n, a in {"x": x, "y": y, "w": w}.items())
        if out == "y":
            return self.jitted(f, x, w)
        if out == "x":
            return self.jitted(lambda y, w: vjp(lambda x: f(x, w), np.zeros(shape["x"]))[1](y)[0], y, w)
        return self.jitted(lambda x, y: vjp(lambda w: f(x, w), np.zeros(shape["w"]))[1](y)[0], x, y)

    def map(self, variant, x, kind):
        nn, np = self.jax.nn, self.np
        f = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sigmoid": nn.sigmoid, "softplus": nn.softplus}[kind]
        return self.jitted(f, x)

    def bce(self, x, t):
        np = self.np
        return np.sum(np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x))))

    def loss(self, variant, x, t):
        return self.jitted(self.jax.value_and_grad(self.bce), x, t)

    def sample(self, mu, logvar, key):
        np = self.np
        z = mu + np.exp(0.5 * logvar) * self.jax.random.normal(key, mu.shape)
        return z, 0.5 * np.sum(np.exp(logvar) - 1 - logvar + mu * mu)

    def reparam(self, variant, mu, logvar, dz):
        def both(mu, logvar, dz, key):
            (z, kl), back = self.jax.vjp(lambda mu, logvar: self.sample(mu, logvar, key), mu, logvar)
            return [kl, z, *back((dz, self.np.float32(BETA)))]

        return self.jitted(both, mu, logvar, dz, self.jax.random.key(1))

    def update(self, w, m, v, g, t):
        """One step of Adam, t from 1."""
        (b1, b2), np = ADAM["betas"], self.np
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        size = ADAM["lr"] / (1 - b1**t)
        return w - size * m / (np.sqrt(v) / np.sqrt(1 - b2**t) + ADAM["eps"]), m, v

    def carried(self, f, state, *rest):
        """Work that calls f, jitted, on the state that it left, whose memory it may have."""
        f = self.jax.jit(f, donate_argnums=0)

        def work():
            nonlocal state
            state = f(state, *rest)
            return state

        return work, lambda: state, contextlib.nullcontext

    def adam(self, variant, w, g):
        def f(state, g):
            w, m, v, t = state
            return *self.update(w, m, v, g, t + 1), t + 1

        zeros = self.np.zeros_like
        work, output, context = self.carried(f, (w, zeros(w), zeros(w), self.np.float32(0)), g)
        return work, lambda: output()[:3], context

    def step(self, variant, x, batch, weights):
        jax, np = self.jax, self.np
        x = x.reshape(batch, -1)
        ws = {name: np.array(w) for name, w in checkpoint(weights).items()}

        def losses(ws, x, key):
            def dense(name, x):
                return x @ ws[name + ".weight"].T + ws[name + ".bias"]

            h = jax.nn.relu(dense("encoder.0", x))
            z, kl = self.sample(dense("mu", h), dense("logvar", h), key)
            logits = dense("output", jax.nn.relu(dense("decoder.0", z)))
            reconstruction = self.bce(logits, x)
            return (reconstruction + BETA * kl) / batch, (reconstruction, kl)

        def f(state, x, key):
            ws, m, v, t, seen = state
            grads, now = jax.grad(losses, has_aux=True)(ws, x, jax.random.fold_in(key, t.astype(int)))
            new = {name: self.update(ws[name], m[name], v[name], grads[name], t + 1) for name in ws}
            ws, m, v = ({name: w[i] for name, w in new.items()} for i in range(3))
            first = jax.tree.map(lambda old, now: np.where(t == 0, now, old), seen[0], now)
            return ws, m, v, t + 1, (first, now)

        def zeros():
            return jax.tree.map(np.zeros_like, ws)

        def pair():
            return np.zeros(()), np.zeros(())

        state = ws, zeros(), zeros(), np.float32(0), (pair(), pair())
        work, output, context = self.carried(f, state, x, jax.random.key(1))
        return work, lambda: jax.tree.leaves(output()[4]), context

    def encode(self, variant, x, batch, weights, **_):
        ws = {name: self.np.array(w) for name, w in checkpoint(weights).items()}

        def codes(ws, x):
            def dense(name, x):
                return x @ ws[name + ".weight"].T + ws[name + ".bias"]

            h = self.jax.nn.relu(dense("encoder.0", x))
            return dense("mu", h), dense("logvar", h)

        return self.jitted(codes, ws, x.reshape(batch, -1))

    def numpy(self, x):
        return x

    def wait(self, left):
        self.jax.block_until_ready(left)


class OnnxRuntime:
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

    latency = Torch.latency

    def numpy(self, x):
        return x

    def wait(self, left):
        pass


class Callers:
    """Work that several threads do at once. Its time is a quantile of those of its calls."""

    def __init__(self, work, context, quantile, callers):
        self.work, self.context, self.quantile, self.callers = work, context, quantile, callers
        work()

    def timed(self, warm, reps):
        from threading import Thread

        each = max(reps, 1000) // self.callers + 1
        times = []

        def call():
            own = []
            with self.context():
                for _ in range(warm // self.callers + 1):
                    self.work()
                for _ in range(each):
                    start = time.perf_counter()
                    self.work()
                    own.append(time.perf_counter() - start)
            times.extend(own)

        threads = [Thread(target=call) for _ in range(self.callers)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        times.sort()
        return times[int(self.quantile * (len(times) - 1))] * reps


class Numpy:
    """Linear algebra in float64: numpy's where it has it, or else scipy's. Both bring OpenBLAS."""

    left = "<f8"

    def __init__(self, threads):
        import numpy
        import scipy

        self.np, self.version = numpy, f"{numpy.__version__}, scipy {scipy.__version__}"

    def array(self, file):
        return self.np.fromfile(file, "<f4").astype("<f8")

    def gonum(self, variant, op, n, a, b):
        np, op = self.np, op.split()
        a = a.reshape(n, n)
        b = b.reshape(n, n) if b.size else b
        result = np.empty((n, n))
        x, y = a, b
        if op[0] == "Mul":
            x, y = (m.T if t == "T" else m for m, t in zip((a, b), op[1]))

        def keep():
            nonlocal result
            result = f()

        def lu():
            factors, swaps = result
            rows = np.arange(n)
            for i, j in enumerate(swaps):
                rows[[i, j]] = rows[[j, i]]
            return [factors, np.argsort(rows)]

        from numpy import linalg
        from scipy import linalg as more

        f, output = {
            "Mul": (lambda: np.matmul(x, y, out=result), lambda: [result]),
            "Cholesky": (lambda: linalg.cholesky(a), lambda: [result.T]),
            "LU": (lambda: more.lu_factor(a, check_finite=False), lu),
            "QR": (lambda: linalg.qr(a, mode="r"), lambda: [result]),
            "Solve": (lambda: linalg.solve(a, b), lambda: [result]),
            "CovarianceMatrix": (lambda: np.cov(a, rowvar=False), lambda: [result]),
            "SVD": (lambda: linalg.svd(a, full_matrices=False), lambda: [result[0], result[1], result[2].T]),
            "EigenSym": (lambda: linalg.eigh(a), lambda: list(result)),
            "Eigen": (lambda: linalg.eig(a), lambda: [part for m in result for part in (m.real, m.imag)]),
            "Exp": (lambda: more.expm(a), lambda: [result]),
        }[op[0]]
        return keep, output, contextlib.nullcontext

    def numpy(self, x):
        return x

    def wait(self, left):
        pass


def checkpoint(file):
    """The arrays of a safetensors file."""
    import numpy

    with open(file, "rb") as f:
        size = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(size))
        data = f.read()
    arrays = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            arrays[name] = numpy.frombuffer(data[begin:end], "<f4").reshape(t["shape"]).copy()
    return arrays


def answer(side, tasks, request):
    if request["do"] == "forget":
        tasks.clear()
        gc.collect()
        return {}
    if request["do"] == "prepare":
        inputs = {name: side.array(file) for name, file in request["inputs"].items()}
        bench = getattr(side, request["bench"])
        tasks[request["task"]] = bench(request["variant"], **inputs, **(request["params"] or {}))
        return {}
    work, output, context = tasks[request["task"]]
    if request["do"] == "run":
        # Of this thread alone: 0 is not the process.
        os.sched_setaffinity(0, PROCESSORS if request["cpu"] < 0 else {request["cpu"]})
        if isinstance(work, Callers):
            return {"seconds": work.timed(request["warm"], request["reps"])}
        with context():
            left = None
            for _ in range(request["warm"]):
                left = work()
            side.wait(left)
            start = time.perf_counter()
            for _ in range(request["reps"]):
                left = work()
            side.wait(left)
            return {"seconds": time.perf_counter() - start}
    import numpy

    with open(request["file"], "wb") as f:
        for x in output():
            f.write(numpy.asarray(side.numpy(x), getattr(side, "left", "<f4")).tobytes())
    return {}


def reason(e):
    lines = str(e).strip().splitlines()
    return f"{type(e).__name__}: {lines[0] if lines else 'no more is known'}"


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other side will end us
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer

    def say(reply):
        print(json.dumps(reply), file=out, flush=True)

    try:
        side = {"torch": Torch, "jax": Jax, "numpy": Numpy, "onnxruntime": OnnxRuntime}[sys.argv[1]](int(sys.argv[2]))
    except Exception as e:
        say({"error": reason(e)})
        return
    say({"version": f"{side.version}, Python {sys.version.split()[0]}"})
    tasks = {}
    for line in sys.stdin:
        try:
            say(answer(side, tasks, json.loads(line)))
        except Exception as e:
            say({"error": reason(e)})


main()
