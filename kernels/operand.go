package kernels

import "unsafe"

// An operand is a matrix as its panels see it: element (i, p), where i runs along
// the panel and p along k, is factor times data[i*panelStride + p*kStride]; one of the steps
// is 1. One that is packed already is panels instead: see [Packed]. One of patches lies
// in memory once they are gathered.
type operand[T Float] struct {
	data                 []T
	panelStride, kStride int
	factor               T
	packed               bool
	gathered             bool
	patches              patches[T]
	phases               bool // patches are gathered by phases
}

// set makes x a matrix times factor: A or B, whose rows run along k as they are
// stored, or not.
func (x *operand[T]) set(m *MatrixOf[T], alongK bool, factor T) {
	x.data, x.factor = m.Data, factor
	if alongK {
		x.panelStride, x.kStride = m.Stride, 1
	} else {
		x.panelStride, x.kStride = 1, m.Stride
	}
}

// setPatches makes x a matrix of patches: A, whose rows are places, or their transpose.
func (x *operand[T]) setPatches(p patches[T], places bool) {
	x.factor, x.gathered, x.patches = 1, true, p
	x.panelStride, x.kStride = 1, 0
	x.phases = p.hasPhases()
	if places != x.phases {
		x.panelStride, x.kStride = 0, 1 // 0: as far as the block needs
	}
}

// describe says how x lies in memory.
func (x *operand[T]) describe(s *storage) {
	if s.ld = x.kStride; x.panelStride != 1 {
		s.ld, s.is = x.panelStride, alongK
	}
	if x.factor != 1 {
		s.is |= scaled
	}
	if x.packed {
		s.is |= packed
	}
	if x.gathered {
		s.is |= gathered
	}
	if x.phases {
		s.is |= phased
	}
	if len(x.data) > 0 && uintptr(unsafe.Pointer(&x.data[0]))%cacheLine == 0 {
		s.is |= aligned
	}
}

// wide is how many of the steps p to p+n have w elements from column j on. What
// lies behind the columns of C may be read, as long as it is there.
func (x *operand[T]) wide(p, n, j, w int) int {
	room := len(x.data) - j - w
	if room < 0 {
		return 0
	}
	return max(0, min(n, room/x.kStride+1-p))
}

func sizeOf[T Float]() int {
	var x T
	return int(unsafe.Sizeof(x))
}
