package vae

import (
	"context"
	"math"

	"github.com/lanewise/lanewise/vae/dataset"
)

// A Latent is what a set of images says of one component of the code.
type Latent struct {
	Component int
	Mean      float64 // of mu over the images
	StdDev    float64
	KL        float64 // mean, in nats: what the component tells of an image; 0 for an autoencoder
}

// Latents measures every component on images. Where ctx ends it returns ctx's
// error, and [ErrNotFinite] where a code is not finite.
func (m *Model) Latents(ctx context.Context, rows dataset.Source) ([]Latent, error) {
	if err := m.check(rows); err != nil {
		return nil, err
	}
	d := m.cfg.Latent
	ls := make([]Latent, d)
	sums, squares := make([]float64, d), make([]float64, d)
	var kl []float32
	err := m.eachBatch(ctx, rows, func(_ int, b *batch) error {
		mu, logvar, err := m.Encode(b.input)
		if err != nil {
			return err
		}
		for i, v := range mu {
			sums[i%d] += float64(v)
			squares[i%d] += float64(v) * float64(v)
		}
		if logvar == nil {
			return nil
		}
		kl = append(kl[:0], mu...)
		m.engine.KL(kl, mu, logvar)
		for i, v := range kl {
			ls[i%d].KL += float64(v)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	n := float64(rows.Len())
	for i := range ls {
		l := &ls[i]
		l.Component = i
		l.Mean = sums[i] / n
		l.StdDev = math.Sqrt(max(0, squares[i]/n-float64(l.Mean*l.Mean))) // rounded: some compilers would fuse
		l.KL /= n
	}
	return ls, nil
}
