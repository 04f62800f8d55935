package vae

import (
	"context"
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

const (
	activeVariance = 0.01
	maxCorrelated  = 1024 // components whose correlations are worth 8 MB
	maxLogvar      = 10   // a deviation of 1/148 or 148
)

// Active tells whether the component says something of an image: whether the variance of
// mu over the images is above 0.01 (Burda et al., 2016). It is meant for variational
// autoencoders: the codes of others have no scale.
func (l Latent) Active() bool { return float64(l.StdDev*l.StdDev) > activeVariance }

// Codes is what a set of images says of the code as a whole.
type Codes struct {
	// Correlation has a row for each component: Pearson's coefficients of mu over the
	// images. A component that does not vary, or that is not active in a variational
	// autoencoder, where what remains is next to nothing, is correlated with none but
	// itself. It is nil where a code has more than 1,024 components.
	Correlation []float64
	// MeanCorrelation is the mean absolute coefficient between two components that vary:
	// 0 where they are independent, at least of first order. It is NaN where there are no
	// two.
	MeanCorrelation float64
	// Saturated is the share of log variances outside [-10, 10].
	Saturated float64
}

// Codes measures the codes of rows. Where ctx ends it returns ctx's error, and
// [ErrNotFinite] where a code is not finite.
func (m *Model) Codes(ctx context.Context, rows dataset.Source) (Codes, error) {
	if err := m.check(rows); err != nil {
		return Codes{}, err
	}
	d := m.cfg.Latent
	var sums *moments
	if d <= maxCorrelated {
		sums = &moments{d: d, products: make([]float64, d*d), sums: make([]float64, d)}
	}
	saturated := 0
	err := m.eachBatch(ctx, rows, func(_ int, b *batch) error {
		p := m.size(b.n)
		m.encode(p, b.input)
		logvar := p.logvar
		if m.cfg.Kind == AE {
			logvar = nil
		}
		if err := checkFinite(p.mu, logvar); err != nil {
			return err
		}
		for _, v := range logvar {
			if v < -maxLogvar || v > maxLogvar {
				saturated++
			}
		}
		if sums != nil {
			sums.add(m.engine, p.mu)
		}
		return nil
	})
	if err != nil {
		return Codes{}, err
	}
	c := Codes{MeanCorrelation: math.NaN(), Saturated: float64(saturated) / float64(rows.Len()*d)}
	if sums != nil {
		least := 0.0
		if m.cfg.Kind == VAE {
			least = activeVariance
		}
		c.Correlation, c.MeanCorrelation = sums.correlation(least)
	}
	return c, nil
}

// moments are sums over rows of d numbers, from which the first row is subtracted: what
// is constant has sums of 0, and what hardly varies keeps its digits.
type moments struct {
	d, n     int
	first    []float64
	rows     []float64
	products []float64 // d×d
	sums     []float64
}

func (s *moments) add(e *kernels.Engine, x []float32) {
	if s.n == 0 {
		for _, v := range x[:s.d] {
			s.first = append(s.first, float64(v))
		}
	}
	s.rows = s.rows[:0]
	for i, v := range x {
		y := float64(v) - s.first[i%s.d]
		s.rows = append(s.rows, y)
		s.sums[i%s.d] += y
	}
	n := len(x) / s.d
	s.n += n
	rows := kernels.Matrix64{Data: s.rows, Rows: n, Cols: s.d, Stride: s.d}
	e.Gemm64(kernels.Matrix64{Data: s.products, Rows: s.d, Cols: s.d, Stride: s.d}, 1, rows.T(), rows, 1, nil)
}

// correlation makes the sums the correlation matrix of the components whose variance is
// above least, and returns the mean of its absolute values beside the diagonal.
func (s *moments) correlation(least float64) (matrix []float64, mean float64) {
	d, n := s.d, float64(s.n)
	covariance := func(i, j int) float64 {
		return s.products[i*d+j]/n - float64((s.sums[i]/n)*(s.sums[j]/n))
	}
	variances := make([]float64, d)
	for i := range variances {
		variances[i] = covariance(i, i)
	}
	matrix = make([]float64, d*d)
	var sum float64
	pairs := 0
	for i, v := range variances {
		matrix[i*d+i] = 1
		for j, w := range variances[:i] {
			if v > least && w > least {
				r := min(max(covariance(i, j)/math.Sqrt(float64(v*w)), -1), 1)
				matrix[i*d+j], matrix[j*d+i] = r, r
				sum += math.Abs(r)
				pairs++
			}
		}
	}
	return matrix, sum / float64(pairs)
}
