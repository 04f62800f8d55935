# Writes the files of this folder with PyTorch and safetensors: models as Python saves them,
# in torch.json what they make of two rows. pip install torch safetensors numpy; then
#
#	python make.py FOLDER
import json
import sys

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(1)
out = sys.argv[1]


class VAE(nn.Module):
    """PyTorch's example, smaller."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 7)
        self.fc21 = nn.Linear(7, 3)
        self.fc22 = nn.Linear(7, 3)
        self.fc3 = nn.Linear(3, 7)
        self.fc4 = nn.Linear(7, 64)

    def encode(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def decode(self, z):
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(10, 6), nn.ReLU(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))
        self.decoder = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 10))


def rows(n, width):
    return ((torch.arange(n * width) * 37 % 101).double() / 101).reshape(n, width)


def numbers(x):
    return [round(v, 8) for v in x.flatten().tolist()]


cases = {}
with torch.no_grad():
    for name, dtype in ("f32", torch.float32), ("f16", torch.float16), ("bf16", torch.bfloat16), ("f64", torch.float64):
        m = VAE().to(dtype)
        save_file(m.state_dict(), f"{out}/vae-{name}.safetensors")
        m = m.double()
        mu, logvar = m.encode(rows(2, 64))
        cases[f"vae-{name}"] = {"mu": numbers(mu), "logvar": numbers(logvar), "reconstruction": numbers(m.decode(mu))}
    m = AE()
    save_file(m.state_dict(), f"{out}/ae.safetensors", metadata={"format": "pt"})
    m = m.double()
    z = m.encoder(rows(2, 10))
    cases["ae"] = {"mu": numbers(z), "reconstruction": numbers(m.decoder(z))}
with open(f"{out}/torch.json", "w") as f:
    json.dump(cases, f)
    f.write("\n")
