import contextlib
import os

from side import ADAM, BETA, Side, checkpoint


class Jax(Side):
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

    def wait(self, left):
        self.jax.block_until_ready(left)
