import contextlib

from side import Side


class Numpy(Side):
    """Linear algebra in float64: numpy's where it has it, or else scipy's. Both bring OpenBLAS."""

    dtype = "<f8"

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
