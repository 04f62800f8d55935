#!/usr/bin/env python3
"""Compares anomaly scores on public tables: Lanewise's defaults, PCA's reconstruction
error and IsolationForest of scikit-learn, and PyOD's AutoEncoder and VAE.

    python3 -m venv venv && venv/bin/pip install scikit-learn pyod torch tqdm
    go build -o vae ./vae/cmd/vae && venv/bin/python bench/anomalies.py ./vae

The tables are those that scikit-learn ships. One class is an anomaly, and the others are
normal: half of their rows, drawn by a seed, are to train on, the other half and all
anomalies are scored. All methods see the same rows, standardised by the training ones, and
have their defaults; the figures are the mean ROC-AUC over the seeds, and the median of the
seconds of a training and scoring on one thread, for vae with the start of its processes.

With "digits" after the program it is MNIST, each digit in turn the normal one: the part that
is embedded (600 images of the digit to train on, 1,000 of all digits scored), or with --data
and a folder of IDX files all of it (some 6,000 and 10,000). The last line is the mean over
the digits.
"""

import argparse
import csv
import gzip
import io
import os
import statistics
import subprocess
import tempfile
import time
import warnings

for name in "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS":
    os.environ.setdefault(name, "1")
os.environ.pop("OPENBLAS_CORETYPE", None)

import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
SEEDS = int(os.environ.get("SEEDS", "10"))
EMBEDDED = os.path.join(os.path.dirname(__file__), "../vae/dataset/digits")


def arguments():
    p = argparse.ArgumentParser(description="compares anomaly scores")
    p.add_argument("program", help="vae, as built")
    p.add_argument("case", nargs="?", choices=["tables", "digits"], default="tables")
    p.add_argument("--data", default=EMBEDDED, help="folder of MNIST's IDX files, gzipped or not; else the embedded part")
    p.add_argument("--without", action="append", default=[], metavar="METHOD", help="a method to leave out, as the table names it")
    return p.parse_args()


def cases():
    cancer = load_breast_cancer()
    yield "breast cancer: malignant", cancer, cancer.target == 0
    wine = load_wine()
    for k in range(3):
        yield f"wine: class {k}", wine, wine.target == k


def pca(train, test, seed):
    p = PCA(n_components=0.9, svd_solver="full").fit(train)
    return ((test - p.inverse_transform(p.transform(test))) ** 2).sum(axis=1)


def forest(train, test, seed):
    return -IsolationForest(random_state=seed).fit(train).score_samples(test)


def pyod(name):
    def run(train, test, seed):
        import torch

        torch.set_num_threads(1)
        if name == "AutoEncoder":
            from pyod.models.auto_encoder import AutoEncoder as Model
        else:
            from pyod.models.vae import VAE as Model
        model = Model(random_state=seed, verbose=0)
        model.fit(train)
        return model.decision_function(test)

    return run


def lanewise(*flags):
    def run(train, test, seed):
        def table(rows):
            b = io.StringIO()
            w = csv.writer(b)
            w.writerow([f"c{i}" for i in range(rows.shape[1])])
            w.writerows([[repr(float(v)) for v in row] for row in rows])
            return b.getvalue()

        with tempfile.TemporaryDirectory() as d:
            with open(d + "/train.csv", "w") as f:
                f.write(table(train))
            vae = [ARGS.program]
            subprocess.run(vae + ["train", "-data", d + "/train.csv", "-out", d + "/run", "-threads", "1", "-seed", str(seed + 1), *flags], check=True, capture_output=True)
            out = subprocess.run(vae + ["score", "-checkpoint", d + "/run/model.safetensors", "-threads", "1"], input=table(test), check=True, capture_output=True, text=True).stdout
        return [float(row["score"]) for row in csv.DictReader(io.StringIO(out))]

    return run


def idx(name):
    path = os.path.join(ARGS.data, name)
    with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as f:
        b = f.read()
    dims = [int.from_bytes(b[4 + 4 * i : 8 + 4 * i], "big") for i in range(b[3])]
    return np.frombuffer(b, np.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def images(*flags, k=()):
    def run(train, test, seed):
        with tempfile.TemporaryDirectory() as d:
            for name, x in ("train", train), ("t10k", test):
                with open(f"{d}/{name}-images-idx3-ubyte", "wb") as f:
                    f.write(b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (len(x), 28, 28)))
                    f.write((x * 255).round().astype(np.uint8).tobytes())
            vae = [ARGS.program]
            subprocess.run(vae + ["train", "-data", d, "-out", d + "/run", "-threads", "1", *flags], check=True, capture_output=True)
            out = subprocess.run(vae + ["score", "-data", d, "-checkpoint", d + "/run/model.safetensors", "-threads", "1", *k], check=True, capture_output=True, text=True).stdout
        return [float(row["score"]) for row in csv.DictReader(io.StringIO(out))]

    return run


def digits():
    methods = {
        "vae": images("-epochs", "50"),
        "vae, then score -k 100": images("-epochs", "50", k=["-k", "100"]),
        "vae -model ae": images("-epochs", "50", "-model", "ae"),
        "PCA, 90 %": pca,
        "IsolationForest": forest,
        "PyOD AutoEncoder": pyod("AutoEncoder"),
        "PyOD VAE": pyod("VAE"),
    }
    leave_out(methods)
    train, test = (idx(f"{n}-images-idx3-ubyte").reshape(-1, 784) / 255 for n in ("train", "t10k"))
    train_labels, labels = (idx(f"{n}-labels-idx1-ubyte") for n in ("train", "t10k"))
    print("| normal digit | " + " | ".join(methods) + " |\n|---|" + "---:|" * len(methods))
    aucs, seconds = {m: [] for m in methods}, {m: [] for m in methods}
    for digit in range(10):
        for name, method in methods.items():
            begin = time.perf_counter()
            scores = method(train[train_labels == digit], test, 0)
            seconds[name].append(time.perf_counter() - begin)
            aucs[name].append(roc_auc_score(labels != digit, scores))
        print(f"| {digit} | " + " | ".join(f"{aucs[m][-1]:.3f}" for m in methods) + " |", flush=True)
    print("| mean | " + " | ".join(f"{statistics.mean(aucs[m]):.3f} ({statistics.median(seconds[m]):.1f} s)" for m in methods) + " |")


def leave_out(methods):
    for name in ARGS.without:
        methods.pop(name)


def tables():
    methods = {
        "vae": lanewise(),
        "vae -hidden none": lanewise("-hidden", "none"),
        "vae -model ae": lanewise("-model", "ae"),
        "PCA, 90 %": pca,
        "IsolationForest": forest,
        "PyOD AutoEncoder": pyod("AutoEncoder"),
        "PyOD VAE": pyod("VAE"),
    }
    leave_out(methods)
    print("| anomalies | " + " | ".join(methods) + " |\n|---|" + "---:|" * len(methods))
    for title, data, anomaly in cases():
        aucs, seconds = {m: [] for m in methods}, {m: [] for m in methods}
        for seed in range(SEEDS):
            normal = np.random.default_rng(seed).permutation(np.flatnonzero(~anomaly))
            half = len(normal) // 2
            scaler = StandardScaler().fit(data.data[normal[:half]])
            train = scaler.transform(data.data[normal[:half]])
            test = scaler.transform(np.concatenate([data.data[normal[half:]], data.data[anomaly]]))
            label = np.r_[np.zeros(len(normal) - half), np.ones(anomaly.sum())]
            for name, method in methods.items():
                begin = time.perf_counter()
                scores = method(train, test, seed)
                seconds[name].append(time.perf_counter() - begin)
                aucs[name].append(roc_auc_score(label, scores))
        cells = [f"{statistics.mean(aucs[m]):.3f} ({statistics.median(seconds[m]):.1f} s)" for m in methods]
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


ARGS = arguments()
digits() if ARGS.case == "digits" else tables()
