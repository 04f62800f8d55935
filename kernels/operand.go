package kernels

import "unsafe"

// An operand is a matrix as its panels see it: element (i, p), where i runs along
// the panel and p along k, is factor times data[i*panelStride + p*kStride]; one of the steps
// is 1. One that is packed already is panels instead: see [Packed].
type operand[T Float] struct {
	data                 []T
	panelStride, kStride int
	factor               T
	packed               bool
}

// set makes x a matrix times factor: A or B, whose rows run along k as they are
// stored, or not.
func (x *operand[T]) set(m *MatrixOf[T], alongK bool, factor T) {
	x.data, x.factor, x.packed = m.Data, factor, false
	if alongK {
		x.panelStride, x.kStride = m.Stride, 1
	} else {
		x.panelStride, x.kStride = 1, m.Stride
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
