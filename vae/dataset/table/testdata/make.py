"""Writes the .npy files of this folder with numpy: the same numbers in each type.

    python3 make.py
"""

import numpy as np

x = np.array([[0, 1, 2.5], [-3, 100, 7]])
for dtype in "<f4", "<f8", ">f4", ">f8":
    np.save(f"{'little' if dtype[0] == '<' else 'big'}-{dtype[1:]}.npy", x.astype(dtype))
for dtype in "<i1", "<i2", "<i4", "<i8", ">i2", ">i8":
    np.save(f"{'little' if dtype[0] == '<' else 'big'}-{dtype[1:]}.npy", x.astype(dtype))
for dtype in "<u1", "<u2", "<u4", "<u8":
    np.save(f"{dtype[1:]}.npy", abs(x).astype(dtype))
np.save("b1.npy", x > 0)
np.save("vector.npy", x[1])
np.save("cube.npy", np.arange(12, dtype=np.float32).reshape(2, 3, 2))
for version in (1, 0), (2, 0), (3, 0):
    with open(f"version{version[0]}.npy", "wb") as f:
        np.lib.format.write_array(f, x, version=version)

# What is refused:
np.save("fortran.npy", np.asfortranarray(x))
np.save("f2.npy", x.astype(np.float16))
np.save("complex.npy", x.astype(np.complex64))
np.save("scalar.npy", np.float64(3))
np.save("empty.npy", x[:0])
np.save("words.npy", np.array(["a", "b"]))
np.save("records.npy", np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]))
np.save("infinite.npy", np.array([[1, np.inf]]))
np.save("nan.npy", np.array([[1, np.nan], [2, 3]]))
