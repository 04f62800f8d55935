package ref

import "unsafe"

// Args are the arguments of an elementwise kernel, in every set.
type Args struct {
	Out     [3]*float32 // the first elements of the outputs
	In      [4]*float32 // the same of the inputs, without those that are updated in place
	N       int         // how many elements each array has
	Scalars [8]float32
	Noise   [3]uint64 // seed, stream, and first counter, a multiple of SumLanes, which the kernel advances
	Sum     float32   // the total that a reduction leaves
}

// out and in are arrays; nil, where an output is not wanted.
func (a *Args) out(i int) []float32 { return unsafe.Slice(a.Out[i], a.length(a.Out[i])) }
func (a *Args) in(i int) []float32  { return unsafe.Slice(a.In[i], a.length(a.In[i])) }

func (a *Args) length(p *float32) int {
	if p == nil {
		return 0
	}
	return a.N
}

// advance passes the groups of noise that the elements belong to. It returns the
// first of these in the field.
func (a *Args) advance() uint64 {
	i0 := a.Noise[2] / SumLanes * noiseGroup
	a.Noise[2] += uint64(a.N+noiseGroup-1) / noiseGroup * SumLanes
	return i0
}

// normal is element i of the noise field.
func (a *Args) normal(i uint64) float32 { return Normal(a.Noise[0], a.Noise[1], i) }
