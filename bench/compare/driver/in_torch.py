import contextlib
import os

from side import ADAM, BETA, Side, checkpoint


class Torch(Side):
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

    def numpy(self, x):
        return x.detach().numpy()
