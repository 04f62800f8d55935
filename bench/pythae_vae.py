"""The VAE of pythae's benchmark in PyTorch, beside `vae train -preset pythae`.

    python pythae_vae.py FOLDER [--epochs 500] [--threads 1] [--seed 1]

FOLDER holds the four IDX files of MNIST, gzipped, whose pixels are made black or white once, or
are it already. The last 10,000 images of those to train on choose the epoch; log p(x) of the test
images is bounded by importance weighting of 200 codes. The model and its training are those of
https://github.com/clementchadebec/benchmark_VAE, examples/scripts/reproducibility/vae.py.
"""

import argparse
import copy
import gzip
import math
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
args.add_argument("folder", type=pathlib.Path)
args.add_argument("--epochs", type=int, default=500)
args.add_argument("--threads", type=int, default=1)
args.add_argument("--seed", type=int, default=1)
args = args.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(args.seed)


def images(name):
    with gzip.open(args.folder / f"{name}-images-idx3-ubyte.gz") as f:
        grey = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255
    return torch.bernoulli(torch.from_numpy(grey))


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.mu, self.logvar = nn.Linear(784, 400), nn.Linear(400, 40), nn.Linear(400, 40)
        self.back, self.out = nn.Linear(40, 400), nn.Linear(400, 784)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mu(h), self.logvar(h)

    def decode(self, z):
        return self.out(F.relu(self.back(z)))

    def loss(self, x):
        mu, logvar = self.encode(x)
        y = self.decode(mu + torch.exp(logvar / 2) * torch.randn_like(mu))
        kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum()
        return (F.binary_cross_entropy_with_logits(y, x, reduction="sum") + kl) / len(x)


def mean_loss(model, x):
    with torch.no_grad():
        return sum(model.loss(part).item() * len(part) for part in x.split(500)) / len(x)


def log_likelihood(model, x, codes=200):
    mu, logvar = model.encode(x)
    weights = []
    for _ in range(codes):
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        log_q = -0.5 * (logvar + (z - mu) ** 2 / logvar.exp()).sum(1)
        log_p = -F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1)
        weights.append(log_p - 0.5 * (z**2).sum(1) - log_q)
    return torch.logsumexp(torch.stack(weights), 0) - math.log(codes)


train, test = images("train"), images("t10k")
train, held = train[:-10000], train[-10000:]
model = VAE()
adam = torch.optim.Adam(model.parameters(), 1e-4)
schedule = torch.optim.lr_scheduler.MultiStepLR(adam, [200, 350], 10 ** (-1 / 5))
best, weights, best_epoch = math.inf, None, 0
for epoch in range(1, args.epochs + 1):
    total = 0.0
    for batch in torch.randperm(len(train)).split(100):
        loss = model.loss(train[batch])
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        total += loss.item() * len(batch)
    schedule.step()
    held_loss = mean_loss(model, held)
    if held_loss < best:
        best, weights, best_epoch = held_loss, copy.deepcopy(model.state_dict()), epoch
    print(f"epoch {epoch}: {total / len(train):.2f}, held out {held_loss:.2f}", flush=True)

model.load_state_dict(weights)
with torch.no_grad():
    bound = torch.cat([log_likelihood(model, x) for x in test.split(100)]).mean().item()
print(f"epoch {best_epoch}, held out {best:.2f}: log p(x) >= {bound:.2f}")
