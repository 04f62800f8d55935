package vae

import "github.com/lanewise/lanewise/kernels"

// freeBits is the workspace of free bits.
type freeBits struct {
	kl, sums, dmu, dlogvar []float32
	few                    []bool // components that tell too few nats for their KL to count
}

// componentKL leaves the sums of the components' KL in p.free.sums.
func (m *Model) componentKL(p *pass) {
	fit(&p.free.sums, m.cfg.Latent)
	fit(&p.free.kl, len(p.mu))
	m.engine.KL(p.free.kl, p.mu, p.logvar)
	m.engine.ColumnSums(p.free.sums, p.free.kl)
}

// freeGrad is the gradient of the codes where the KL of a component does not count
// while its mean over the batch is below what is free.
func (m *Model) freeGrad(p *pass, dz []float32, beta float32) {
	e, f, d := m.engine, &p.free, m.cfg.Latent
	fit(&f.dmu, len(dz))
	fit(&f.dlogvar, len(dz))
	e.ReparameterizeGrad(f.dmu, f.dlogvar, dz, p.mu, p.logvar, kernels.Given(p.eps), 0)
	e.ReparameterizeGrad(p.dmu, p.dlogvar, dz, p.mu, p.logvar, kernels.Given(p.eps), beta)
	for j, few := range f.few {
		if !few {
			continue
		}
		for i := j; i < len(dz); i += d {
			p.dmu[i], p.dlogvar[i] = f.dmu[i], f.dlogvar[i]
		}
	}
}
