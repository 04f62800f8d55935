package kernels

import "github.com/lanewise/lanewise/internal/ref"

// Noise is a field of independent draws from N(0, 1): element i depends on
// nothing but Seed, Stream and First + i. It comes from Philox4x32-10 (Salmon
// et al., SC'11) by the Box–Muller transform, the same on every machine.
type Noise struct {
	Seed, Stream uint64
	First        uint64 // a multiple of 64
}

// Bits is element i as it is before it becomes normal: uniform on all uint32.
func (s Noise) Bits(i uint64) uint32 { return ref.Bits(s.Seed, s.Stream, s.First+i) }

// Uniform is the upper 24 bits of [Noise.Bits] as a number in [0, 1).
func (s Noise) Uniform(i uint64) float32 { return ref.Uniform(s.Seed, s.Stream, s.First+i) }

// Uniforms sets dst to elements 0, 1, … of [Noise.Uniform], sooner than one by one.
func (s Noise) Uniforms(dst []float32) {
	s.check(len(dst))
	ref.Uniforms(dst, s.Seed, s.Stream, s.First)
}

// words are the seed, the stream and the first counter.
func (s Noise) words() [3]uint64 {
	return [3]uint64{s.Seed, s.Stream, s.First / noiseGroup * ref.SumLanes}
}

// check panics unless the field has n elements from First.
func (s Noise) check(n int) {
	if s.First%noiseGroup != 0 {
		panic("kernels: Noise.First is not a multiple of 64")
	}
	// There the counters of the sets would go different ways.
	if n > 0 && s.First+uint64(n-1) < s.First {
		panic("kernels: Noise has no element 2^64")
	}
}

// An Eps is where the noise of a reparameterization is from: [Drawn], [Kept] or
// [Given].
type Eps struct {
	noise  Noise
	values []float32
	source source
}

type source int

const (
	drawn source = iota
	kept
	given
)

// Drawn is noise that is drawn where it is needed, and stored nowhere: element i of
// the field for z[i]. The backward pass draws it again.
func Drawn(noise Noise) Eps { return Eps{noise: noise, source: drawn} }

// Kept is noise that the forward pass draws and stores in eps, where the backward pass
// finds it. eps has the length of z, and shares nothing with it.
func Kept(eps []float32, noise Noise) Eps { return Eps{noise: noise, values: eps, source: kept} }

// Given is noise that is read from eps, which has the length of z.
func Given(eps []float32) Eps { return Eps{values: eps, source: given} }
