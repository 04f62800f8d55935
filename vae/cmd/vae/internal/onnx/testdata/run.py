"""Runs every NAME.onnx of a folder in ONNX Runtime, on the input NAME.INPUT and beside the
outputs NAME.OUTPUT of Lanewise, which are little-endian float32, and prints the largest
difference, relative where a number is above 1. All outputs must be within 1e-5."""

import pathlib
import sys

import numpy
import onnx
import onnxruntime

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (x,) = session.get_inputs()
    width = x.shape[1]
    assert x.shape == ["N", width], x.shape
    numbers = lambda name: numpy.fromfile(path.with_suffix("." + name), "<f4")
    rows = numbers(x.name).reshape(-1, width)
    outputs = session.get_outputs()
    worst = 0.0
    for got, output in zip(session.run(None, {x.name: rows}), outputs):
        want = numbers(output.name).reshape(len(rows), *output.shape[1:])
        assert output.shape[0] == "N" and got.dtype == want.dtype and got.shape == want.shape, output
        difference = (numpy.abs(got - want) / numpy.maximum(1, numpy.abs(want))).max()
        assert difference <= 1e-5, f"{path.name}: {output.name} differs by {difference}"
        worst = max(worst, difference)
    print(path.name, *(o.name for o in outputs), f"{worst:.1e}")
