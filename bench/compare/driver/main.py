"""The side of bench/compare that runs PyTorch, JAX, numpy or ONNX Runtime.

    python main.py torch|jax|numpy|onnxruntime THREADS

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

import gc
import json
import os
import signal
import sys
import time

from side import Callers

PROCESSORS = os.sched_getaffinity(0)


def start(name, threads):
    # None of them is imported but the one that is asked for.
    if name == "torch":
        from in_torch import Torch as Framework
    elif name == "jax":
        from in_jax import Jax as Framework
    elif name == "numpy":
        from in_numpy import Numpy as Framework
    elif name == "onnxruntime":
        from in_onnxruntime import OnnxRuntime as Framework
    return Framework(threads)


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
            f.write(numpy.asarray(side.numpy(x), side.dtype).tobytes())
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
        side = start(sys.argv[1], int(sys.argv[2]))
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
