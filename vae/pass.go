package vae

import "github.com/lanewise/lanewise/kernels"

// A pass is the workspace of a forward and backward pass over n images.
type pass struct {
	n                int
	x, input         []float32   // the images, and what the encoder sees of them
	corrupt          []float32   // of which this is the memory, where it is corrupted
	encoder, decoder [][]float32 // outputs of the layers
	hidden, output   []float32   // the last ones'
	mu, logvar       []float32
	code             []float32 // both, row by row, where they are one layer's
	z, eps           []float32
	noise            []float32 // eps is the end of it
	doutput          []float32
	dmu, dlogvar     []float32
	dhidden          []float32
	work             [2][]float32 // gradients of two neighbouring layers
	free             freeBits
	layer            Pass // of the layer under way

	filled []float32    // rows without NaN
	seen   [2][]float32 // numbers that are known, and their outputs
	known  int          // how many, where the variance is learned

	reconstruction, kl, squares float64 // sums over the images; squares of errors, for a learned variance
}

func (m *Model) size(n int) *pass {
	p := &m.pass
	p.n = n
	m.net.encoder.size(n, &p.encoder)
	m.net.decoder.size(n, &p.decoder)
	for _, x := range []*[]float32{&p.mu, &p.logvar, &p.z, &p.dmu, &p.dlogvar} {
		fit(x, n*m.cfg.Latent)
	}
	return p
}

// sizeGradients makes room for what the backward pass needs besides.
func (m *Model) sizeGradients(p *pass) {
	fit(&p.doutput, p.n*m.cfg.Input.Size())
	if len(m.net.encoder) > 0 {
		fit(&p.dhidden, p.n*m.net.mu.in.Size())
	}
	widest := max(m.net.encoder.widest(), m.net.decoder.widest())
	for i := range p.work {
		fit(&p.work[i], p.n*widest)
	}
}

func (m *Model) encode(p *pass, x []float32) {
	m.encodeHidden(p, x)
	if m.cfg.Kind == VAE {
		m.heads(p, p.mu, p.logvar)
	} else {
		m.head(&m.net.mu, p, p.mu)
	}
}

// encodeHidden runs the encoder, but for the heads.
func (m *Model) encodeHidden(p *pass, x []float32) {
	p.layer.Engine = m.engine
	p.hidden = m.net.encoder.forward(&p.layer, p.n, p.encoder, x)
}

func (m *Model) head(u *unit, p *pass, y []float32) {
	u.put(&p.layer, p.n, p.hidden, y)
	u.layer.Forward(&p.layer)
}

// heads sets mu and logvar.
func (m *Model) heads(p *pass, mu, logvar []float32) {
	if m.net.code.layer == nil {
		m.head(&m.net.mu, p, mu)
		m.head(&m.net.logvar, p, logvar)
		return
	}
	d := m.cfg.Latent
	fit(&p.code, p.n*2*d)
	m.head(&m.net.code, p, p.code)
	for i := range p.n {
		code := p.code[i*2*d:][:2*d]
		copy(mu[i*d:][:d], code)
		copy(logvar[i*d:][:d], code[d:])
	}
}

func (m *Model) decode(p *pass, z []float32) {
	p.layer.Engine = m.engine
	p.output = m.net.decoder.forward(&p.layer, p.n, p.decoder, z)
}

// code encodes images and draws their codes; an autoencoder's are mu. It returns the
// sum of the KL, too.
func (m *Model) code(p *pass, x []float32, noise kernels.Noise) (z []float32, kl float64) {
	m.encode(p, x)
	if m.cfg.Kind == AE {
		return p.mu, 0
	}
	kl = m.engine.Reparameterize(p.n, p.z, nil, p.mu, p.logvar, m.eps(p, noise))
	return p.z, kl
}

// eps is the noise of a pass, which it leaves in p.eps.
func (m *Model) eps(p *pass, noise kernels.Noise) kernels.Eps {
	noise, before := wholeGroups(noise)
	fit(&p.noise, before+p.n*m.cfg.Latent)
	p.eps = p.noise[before:]
	if before == 0 {
		return kernels.Kept(p.eps, noise)
	}
	m.engine.Normal(p.noise, noise)
	return kernels.Given(p.eps)
}

// wholeGroups is noise from the start of a group of 64, as kernels want it, and how many
// numbers come before its first one.
func wholeGroups(noise kernels.Noise) (kernels.Noise, int) {
	before := noise.First % 64
	noise.First -= before
	return noise, int(before)
}

// loss runs the model on input and returns the sums of -log p(x|z) and of the KL. NaN in x
// may be numbers that are missing.
func (m *Model) loss(p *pass, input, x []float32, missing bool, noise kernels.Noise) (reconstruction, kl float64) {
	z, kl := m.code(p, input, noise)
	m.decode(p, z)
	output := p.output
	if missing {
		x, output = pick(&p.seen, x, output, 0)
	}
	return m.likelihood.Loss(m.engine, output, output, x, 1), kl
}

// reconstruction is the loss of a pass, and its gradient for the outputs times scale,
// which is 0 where a number is missing.
func (m *Model) reconstruction(p *pass, missing bool, scale float64) float64 {
	if !missing {
		return m.likelihood.Loss(m.engine, p.doutput, p.output, p.x, scale)
	}
	x, output := pick(&p.seen, p.x, p.output, 0)
	loss := m.likelihood.Loss(m.engine, output, output, x, scale)
	for i, v := range p.x {
		p.doutput[i] = 0
		if v == v {
			p.doutput[i], output = output[0], output[1:]
		}
	}
	return loss
}

// backward computes the gradient of the weights from p.doutput, after a forward pass.
// The KL has the weight beta, but for components that tell less than o.FreeBits.
func (m *Model) backward(p *pass, beta float32, o *Options) {
	z := p.mu
	if m.cfg.Kind == VAE {
		z = p.z
	}
	dz := p.dmu
	m.net.decoder.backward(&p.layer, p.n, p.decoder, z, dz, p.doutput, &p.work)
	if m.cfg.Kind == VAE {
		if o.FreeBits > 0 {
			m.freeGrad(p, dz, beta)
		} else {
			m.engine.ReparameterizeGrad(p.dmu, p.dlogvar, dz, p.mu, p.logvar, kernels.Given(p.eps), beta)
		}
	}

	var dhidden []float32
	if len(m.net.encoder) > 0 {
		dhidden = p.dhidden
	}
	m.headGrad(&m.net.mu, p, p.dmu, dhidden, 0)
	if m.cfg.Kind == VAE {
		m.headGrad(&m.net.logvar, p, p.dlogvar, dhidden, 1)
	}
	m.net.encoder.backward(&p.layer, p.n, p.encoder, p.input, nil, dhidden, &p.work)
}

// headGrad is the backward pass of a head. Its gradient for the hidden layer, if dhidden
// is not nil, is added to beta times what is there.
func (m *Model) headGrad(u *unit, p *pass, dy, dhidden []float32, beta float32) {
	u.put(&p.layer, p.n, p.hidden, nil)
	p.layer.DY = dy
	u.layer.Backward(&p.layer)
	if dhidden != nil {
		p.layer.DX = dhidden
		u.layer.(Dense).inputGrad(&p.layer, beta)
	}
}
