package vae

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// Init says where training starts.
type Init string

const (
	// UniformInit draws weights and biases from U(±1/√fan_in), as PyTorch does.
	UniformInit Init = ""
	// GlorotInit draws weights from U(±√(6/(fan_in + fan_out))) and has biases of 0, as
	// Keras does (Glorot & Bengio, "Understanding the difficulty of training deep
	// feedforward neural networks", 2010).
	GlorotInit Init = "glorot"
)

func (i Init) check() error {
	if i != UniformInit && i != GlorotInit {
		return fmt.Errorf("vae: init %.64q: want %q, or none for that of PyTorch", i, GlorotInit)
	}
	return nil
}

// bound is the largest first weight of an array.
func (i Init) bound(p *Param) float32 {
	switch {
	case i == UniformInit:
		return float32(1 / math.Sqrt(float64(p.FanIn)))
	case p.Bias:
		return 0
	default:
		return float32(math.Sqrt(6 / float64(p.FanIn+p.FanOut)))
	}
}

// initialise draws the first weights.
func (m *Model) initialise(seed uint64) {
	noise := kernels.Noise{Seed: seed, Stream: streamInit}
	i := uint64(0)
	for _, u := range m.net.units {
		for k, w := range u.weights {
			bound := m.cfg.Init.bound(&u.params[k])
			for j := range w {
				w[j] = (2*noise.Uniform(i) - 1) * bound
				i++
			}
		}
	}
}
