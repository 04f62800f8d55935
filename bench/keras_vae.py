"""Keras' example of a convolutional VAE, in Keras or in PyTorch, beside `vae train -preset keras`.

    python keras_vae.py keras|torch FOLDER [--epochs 30] [--threads 1] [--steps N] [--seed 1]

FOLDER holds the four IDX files of MNIST, gzipped. All 70,000 images are trained on, as in
the example (https://keras.io/examples/generative/vae/, by F. Chollet). A line for each epoch
has the training means of the reconstruction loss and of the KL, in nats, and its seconds.
Keras needs TensorFlow (pip install tensorflow-cpu), PyTorch itself alone.
"""

import argparse
import gzip
import os
import pathlib
import time

import numpy as np

args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
args.add_argument("peer", choices=["keras", "torch"])
args.add_argument("folder", type=pathlib.Path)
args.add_argument("--epochs", type=int, default=30)
args.add_argument("--threads", type=int, default=1)
args.add_argument("--steps", type=int, help="steps of an epoch; all, if left out")
args.add_argument("--seed", type=int, default=1)
args = args.parse_args()

BATCH, LATENT = 128, 2


def images():
    parts = []
    for name in ("train", "t10k"):
        with gzip.open(args.folder / f"{name}-images-idx3-ubyte.gz") as f:
            parts.append(np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1))
    return np.concatenate(parts).astype(np.float32) / 255


def report(epoch, reconstruction, kl, seconds):
    print(f"epoch {epoch}: {reconstruction + kl:.2f} = {reconstruction:.2f} + {kl:.2f}, {seconds:.2f} s", flush=True)


def with_keras(x):
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras
    from keras import layers

    keras.utils.set_random_seed(args.seed)
    inputs = keras.Input((28, 28, 1))
    h = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(inputs)
    h = layers.Conv2D(64, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Dense(16, activation="relu")(layers.Flatten()(h))
    encoder = keras.Model(inputs, [layers.Dense(LATENT)(h), layers.Dense(LATENT)(h)])
    code = keras.Input((LATENT,))
    h = layers.Reshape((7, 7, 64))(layers.Dense(7 * 7 * 64, activation="relu")(code))
    h = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(h)
    h = layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(h)
    decoder = keras.Model(code, h)

    class VAE(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = encoder, decoder
            self.noise = keras.random.SeedGenerator(args.seed)
            self.means = {name: keras.metrics.Mean(name) for name in ("reconstruction", "kl")}

        def train_step(self, x):
            with tf.GradientTape() as tape:
                mu, logvar = self.encoder(x)
                z = mu + tf.exp(logvar / 2) * keras.random.normal(tf.shape(mu), seed=self.noise)
                bce = keras.losses.binary_crossentropy(x, self.decoder(z))
                reconstruction = tf.reduce_mean(tf.reduce_sum(bce, axis=(1, 2)))
                kl = tf.reduce_mean(tf.reduce_sum(-0.5 * (1 + logvar - mu**2 - tf.exp(logvar)), axis=1))
                loss = reconstruction + kl
            self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights))
            self.means["reconstruction"].update_state(reconstruction)
            self.means["kl"].update_state(kl)
            return {name: mean.result() for name, mean in self.means.items()}

        @property
        def metrics(self):
            return list(self.means.values())

    class Epochs(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.begin = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            report(epoch + 1, logs["reconstruction"], logs["kl"], time.perf_counter() - self.begin)

    model = VAE()
    model.compile(optimizer=keras.optimizers.Adam())
    if args.steps:
        x = x[: args.steps * BATCH]
    model.fit(x, epochs=args.epochs, batch_size=BATCH, verbose=0, callbacks=[Epochs()])


def with_torch(x):
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    class Same(nn.Conv2d):  # with one column and row more at the end, as TensorFlow pads 3×3 of stride 2
        def forward(self, x):
            return super().forward(F.pad(x, (0, 1, 0, 1)))

    class SameTranspose(nn.ConvTranspose2d):
        def forward(self, x):
            return super().forward(x)[..., :-1, :-1]

    encoder = nn.Sequential(
        Same(1, 32, 3, 2), nn.ReLU(), Same(32, 64, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(7 * 7 * 64, 16), nn.ReLU()
    )
    heads = nn.ModuleList([nn.Linear(16, LATENT), nn.Linear(16, LATENT)])
    decoder = nn.Sequential(
        nn.Linear(LATENT, 7 * 7 * 64), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
        SameTranspose(64, 64, 3, 2), nn.ReLU(), SameTranspose(64, 32, 3, 2), nn.ReLU(), nn.Conv2d(32, 1, 3, padding=1),
    )
    model = nn.ModuleList([encoder, heads, decoder]).to(memory_format=torch.channels_last)
    for layer in model.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    adam = torch.optim.Adam(model.parameters(), 1e-3, eps=1e-7)
    x = torch.from_numpy(x.reshape(-1, 1, 28, 28))
    for epoch in range(args.epochs):
        begin, sums = time.perf_counter(), torch.zeros(2)
        batches = torch.randperm(len(x)).split(BATCH)[: args.steps]
        for batch in batches:
            images = x[batch].contiguous(memory_format=torch.channels_last)
            h = encoder(images)
            mu, logvar = (head(h) for head in heads)
            z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
            reconstruction = F.binary_cross_entropy_with_logits(decoder(z), images, reduction="sum") / len(batch)
            kl = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp()) / len(batch)
            adam.zero_grad()
            (reconstruction + kl).backward()
            adam.step()
            sums += torch.stack([reconstruction.detach(), kl.detach()])
        report(epoch + 1, *(sums / len(batches)).tolist(), time.perf_counter() - begin)


{"keras": with_keras, "torch": with_torch}[args.peer](images())
