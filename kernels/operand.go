package kernels

import "unsafe"

// An operand is a matrix as its panels see it: element (i, p), where i runs along
// the panel and p along k, is factor times data[i*across + p*along]; one of the steps
// is 1. One that is packed already is panels instead: see [Packed].
type operand[T Float] struct {
	data          []T
	across, along int
	factor        T
	packed        bool
}

// left is A, whose panels run along its rows, and right is B, whose panels run
// along its columns.
func left[T Float](a MatrixOf[T], alpha T) operand[T] {
	x := right(a.T())
	x.factor = alpha
	return x
}

func right[T Float](b MatrixOf[T]) operand[T] {
	if b.transposed {
		return operand[T]{data: b.Data, across: b.Stride, along: 1, factor: 1}
	}
	return operand[T]{data: b.Data, across: 1, along: b.Stride, factor: 1}
}

func (x *operand[T]) storage() storage {
	l := storage{alongK: x.across != 1, ld: x.along, scaled: x.factor != 1, packed: x.packed}
	if l.alongK {
		l.ld = x.across
	}
	if len(x.data) > 0 {
		l.aligned = uintptr(unsafe.Pointer(&x.data[0]))%cacheLine == 0
	}
	return l
}

// wide is how many of the steps p to p+n have w elements from column j on. What
// lies behind the columns of C may be read, as long as it is there.
func (x *operand[T]) wide(p, n, j, w int) int {
	room := len(x.data) - j - w
	if room < 0 {
		return 0
	}
	return max(0, min(n, room/x.along+1-p))
}

func sizeOf[T Float]() int {
	var x T
	return int(unsafe.Sizeof(x))
}
