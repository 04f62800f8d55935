"""What the frameworks share."""

import json
import time

BETA = 1.0  # weight of the KL
ADAM = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}


class Side:
    """A framework. It has a method for each bench that it takes part in, which returns
    its work, its output, and a context to work in."""

    dtype = "<f4"  # of what its work leaves

    def latency(self, variant, x, quantile, callers, **params):
        work, output, context = self.encode(variant, x, **params)
        return Callers(work, context, quantile, callers), output, context

    def numpy(self, x):
        return x

    def wait(self, left):
        """Waits until what work returned is there."""


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
