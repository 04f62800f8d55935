package vae

import "github.com/lanewise/lanewise/kernels"

// freeBits is the workspace of freeGrad.
type freeBits struct{ kl, sums, dmu, dlogvar []float32 }

// freeGrad is the gradient of the codes where the KL of a component does not count
// while its mean over the batch is below free nats.
func (m *Model) freeGrad(p *pass, dz []float32, beta float32, free float64) {
	e, f, d := m.engine, &p.free, m.cfg.Latent
	fit(&f.sums, d)
	for _, x := range []*[]float32{&f.kl, &f.dmu, &f.dlogvar} {
		fit(x, len(dz))
	}
	e.KL(f.kl, p.mu, p.logvar)
	e.ColumnSums(f.sums, f.kl)
	e.ReparameterizeGrad(f.dmu, f.dlogvar, dz, p.mu, p.logvar, kernels.Given(p.eps), 0)
	e.ReparameterizeGrad(p.dmu, p.dlogvar, dz, p.mu, p.logvar, kernels.Given(p.eps), beta)
	for j, sum := range f.sums {
		if float64(sum) >= free*float64(p.n) {
			continue
		}
		for i := j; i < len(dz); i += d {
			p.dmu[i], p.dlogvar[i] = f.dmu[i], f.dlogvar[i]
		}
	}
}
