package vae

import (
	"context"
	"log/slog"
)

// LogValue is a group with the loss and its parts.
func (l Loss) LogValue() slog.Value {
	return slog.GroupValue(slog.Float64("total", l.Total), slog.Float64("reconstruction", l.Reconstruction), slog.Float64("kl", l.KL))
}

// LogValue is a group with the number of the epoch and its losses.
func (e Epoch) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("epoch", e.Epoch), slog.Any("train", e.Train), slog.Any("test", e.Test))
}

// log writes the line of an epoch, where there is somewhere to write it.
func (o *Options) log(ctx context.Context, e Epoch) {
	if o.Logger != nil {
		o.Logger.LogAttrs(ctx, slog.LevelInfo, "epoch", e.LogValue().Group()...)
	}
}
