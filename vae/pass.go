package vae

import (
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// A pass is the workspace of a forward and backward pass over n images.
type pass struct {
	n              int
	encoder        [][]float32 // activations of the hidden layers
	mu, logvar     []float32
	z, eps         []float32
	decoder        [][]float32
	output         []float32 // logits or means; then their gradient
	dmu, dlogvar   []float32
	dhidden, dnext []float32 // gradients of two neighbouring layers
}

func (m *Model) size(n int) *pass {
	p := &m.pass
	p.n = n
	widest := m.cfg.Latent
	fit := func(x *[]float32, width int) {
		if cap(*x) < n*width {
			*x = make([]float32, n*width)
		}
		*x = (*x)[:n*width]
	}
	activations := func(a *[][]float32, layers []layer) {
		if *a == nil {
			*a = make([][]float32, len(layers))
		}
		for i := range layers {
			fit(&(*a)[i], layers[i].out)
			widest = max(widest, layers[i].out)
		}
	}
	activations(&p.encoder, m.encoder)
	activations(&p.decoder, m.decoder)
	for _, x := range []*[]float32{&p.mu, &p.logvar, &p.z, &p.eps, &p.dmu, &p.dlogvar} {
		fit(x, m.cfg.Latent)
	}
	fit(&p.output, m.cfg.Pixels())
	fit(&p.dhidden, widest)
	fit(&p.dnext, widest)
	return p
}

// forward is y = act(x·Wᵀ + b) for n rows.
func (m *Model) forward(l *layer, n int, y, x []float32, act kernels.Activation) {
	m.engine.Gemm(kernels.NewMatrix(y, n, l.out), 1, kernels.NewMatrix(x, n, l.in), l.weights().T(), 0,
		&kernels.Epilogue{Bias: l.b, Activation: act})
}

// hidden runs a stack of ReLU layers and returns the last activation.
func (m *Model) hidden(layers []layer, n int, ys [][]float32, x []float32) []float32 {
	for i := range layers {
		m.forward(&layers[i], n, ys[i], x, kernels.ReLU)
		x = ys[i]
	}
	return x
}

func (m *Model) encode(p *pass, x []float32) {
	h := m.hidden(m.encoder, p.n, p.encoder, x)
	m.forward(&m.mu, p.n, p.mu, h, kernels.NoActivation)
	if m.cfg.Kind == VAE {
		m.forward(&m.logvar, p.n, p.logvar, h, kernels.NoActivation)
	}
}

func (m *Model) decode(p *pass, z []float32) {
	h := m.hidden(m.decoder, p.n, p.decoder, z)
	m.forward(&m.output, p.n, p.output, h, kernels.NoActivation)
}

// loss runs the model on n images and returns the sums of -log p(x|z), or of
// ‖x - x̂‖², and of the KL. p.output becomes scale times the gradient of the
// former.
func (m *Model) loss(p *pass, x []float32, noise kernels.Noise, scale float64) (reconstruction, kl float64) {
	m.encode(p, x)
	z := p.mu
	if m.cfg.Kind == VAE {
		z = p.z
		kl = m.engine.Reparameterize(p.n, z, nil, p.mu, p.logvar, kernels.Kept(p.eps, noise))
	}
	m.decode(p, z)
	switch v := m.cfg.Variance; {
	case m.cfg.Kind == AE:
		reconstruction = m.engine.SquaredError(p.output, p.output, x, float32(scale))
	case v == 0:
		reconstruction = m.engine.BCEWithLogits(p.output, p.output, x, float32(scale))
	default: // Σ (x-x̂)²/2v + log(2πv)/2
		reconstruction = m.engine.SquaredError(p.output, p.output, x, float32(scale/(2*v)))
		reconstruction = reconstruction/(2*v) + float64(float64(len(x))*ln(2*math.Pi*v))/2
	}
	return reconstruction, kl
}

// ln is the natural logarithm of x > 0 by 2·artanh, the same on every machine:
// that of package math differs between processors in its last bit.
func ln(x float64) float64 {
	f, e := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f, e = 2*f, e-1
	}
	s := (f - 1) / (f + 1)
	var sum float64 // s²ᵏ/(2k+1), |s| < 0.172
	for k := 10; k >= 0; k-- {
		sum = float64(sum*float64(s*s)) + 1/float64(2*k+1)
	}
	return float64(float64(e)*math.Ln2) + float64(2*s*sum)
}

// backward computes the gradient of the weights after loss has run with the
// same arguments. beta is the weight of the KL.
func (m *Model) backward(p *pass, x []float32, scale, beta float64) {
	z := p.mu
	if m.cfg.Kind == VAE {
		z = p.z
	}
	dy := p.output
	l, h := &m.output, z
	for i := len(m.decoder) - 1; i >= 0; i-- {
		h = p.decoder[i]
		dy = m.backThrough(l, p, dy, h)
		l = &m.decoder[i]
	}
	dz := p.dmu
	m.weightGrad(l, p.n, dy, z)
	m.inputGrad(l, p.n, dz, dy)
	if m.cfg.Kind == VAE {
		m.engine.ReparameterizeGrad(p.dmu, p.dlogvar, dz, p.mu, p.logvar, kernels.Given(p.eps), float32(beta*scale))
	}

	h = x
	if n := len(m.encoder); n > 0 {
		h = p.encoder[n-1]
	}
	m.weightGrad(&m.mu, p.n, p.dmu, h)
	if m.cfg.Kind == VAE {
		m.weightGrad(&m.logvar, p.n, p.dlogvar, h)
	}
	if len(m.encoder) == 0 {
		return
	}
	dh := p.dhidden[:len(h)]
	if m.cfg.Kind == VAE {
		m.inputGrad(&m.mu, p.n, dh, p.dmu)
		m.reluGrad(&m.logvar, p.n, dh, p.dlogvar, h, 1)
	} else {
		m.reluGrad(&m.mu, p.n, dh, p.dmu, h, 0)
	}
	for i := len(m.encoder) - 1; i > 0; i-- {
		h = p.encoder[i-1]
		dh = m.backThrough(&m.encoder[i], p, dh, h)
	}
	m.weightGrad(&m.encoder[0], p.n, dh, x)
}

// backThrough computes a layer's weight gradients and returns the gradient of
// its input x, a ReLU layer, before the ReLU.
func (m *Model) backThrough(l *layer, p *pass, dy, x []float32) []float32 {
	m.weightGrad(l, p.n, dy, x)
	p.dhidden, p.dnext = p.dnext, p.dhidden
	dx := p.dhidden[:len(x)]
	m.reluGrad(l, p.n, dx, dy, x, 0)
	return dx
}

func (m *Model) weightGrad(l *layer, n int, dy, x []float32) {
	m.engine.Gemm(kernels.NewMatrix(l.gw, l.out, l.in), 1, kernels.NewMatrix(dy, n, l.out).T(), kernels.NewMatrix(x, n, l.in), 0,
		nil)
	m.engine.ColumnSums(l.gb, dy)
}

// inputGrad is dx = dy·W.
func (m *Model) inputGrad(l *layer, n int, dx, dy []float32) {
	m.engine.Gemm(kernels.NewMatrix(dx, n, l.in), 1, kernels.NewMatrix(dy, n, l.out), l.weights(), 0, nil)
}

// reluGrad is the gradient before the ReLU whose output x was the layer's
// input: dx = x > 0 ? dy·W + beta·dx : 0.
func (m *Model) reluGrad(l *layer, n int, dx, dy, x []float32, beta float32) {
	m.engine.Gemm(kernels.NewMatrix(dx, n, l.in), 1, kernels.NewMatrix(dy, n, l.out), l.weights(), beta,
		&kernels.Epilogue{Mask: kernels.NewMatrix(x, n, l.in)})
}
