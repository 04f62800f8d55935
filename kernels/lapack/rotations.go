package lapack

import (
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// So many sweeps wait, and so many rotations of each are in a block: with the largest
// blocks a product has 1.33 times the operations of the rotations. BenchmarkEigenSym and
// BenchmarkSVD measure them.
const (
	mostSweeps = 24
	blockWidth = 24
	fewSweeps  = 4 // are made one by one
)

// A rotated is a matrix of whose rows sweeps of plane rotations wait to be made.
type rotated struct {
	x      blas64.General // of no columns: none is made
	sweeps []sweep
	down   bool // the order of rotations in a sweep: of ascending rows, or not

	q, rows []float64 // of a block
}

// A sweep rotates neighbouring rows, first+i and the next one by rotation i:
//
//	row, next = c·row + s·next, c·next - s·row
type sweep struct {
	first     int
	rotations []rotation
}

type rotation struct{ c, s float64 }

// add has a sweep wait, of rows from first on, with its rotations in their order: of
// ascending rows, or in a reversed matrix of descending ones.
func (r *rotated) add(first int, rotations []rotation, reversed bool) {
	if r.x.Cols == 0 {
		return
	}
	if r.down != reversed {
		r.flush()
	}
	r.down = reversed
	own := slices.Clone(rotations)
	if reversed { // and the rows of a pair have changed places
		slices.Reverse(own)
		for i := range own {
			own[i].s = -own[i].s
		}
	}
	r.wait(sweep{first, own})
}

// pair has a rotation of two rows wait.
func (r *rotated) pair(first int, t rotation) {
	if r.x.Cols > 0 {
		r.wait(sweep{first, []rotation{t}})
	}
}

func (r *rotated) wait(s sweep) {
	if len(r.sweeps) == mostSweeps {
		r.flush()
	}
	r.sweeps = append(r.sweeps, s)
}

// part are rotations from to end-1 of the sweep, by their rows, that there are.
func (s *sweep) part(from, end int) (int, int) {
	from, end = max(from, s.first), min(end, s.first+len(s.rotations))
	return from, max(from, end)
}

// flush makes all rotations.
//
// A block has of the first sweep some rotations, and of each further one as many, a row
// behind: so all that a rotation must wait for are in its block, or in blocks before it.
func (r *rotated) flush() {
	if len(r.sweeps) < fewSweeps {
		for i := range r.sweeps {
			s := &r.sweeps[i]
			r.apply(s, s.first, s.first+len(s.rotations), r.x.Data, r.x.Stride, r.x.Cols, 0)
		}
	} else {
		for b := 0; b < r.x.Rows-1+len(r.sweeps); b += blockWidth {
			r.block(b)
		}
	}
	r.sweeps = r.sweeps[:0]
}

// block makes the rotations of b to b+blockWidth-1 of the first sweep, counted along its order.
func (r *rotated) block(b int) {
	part := func(j int) (int, int) {
		from, end := b-j, b+blockWidth-j
		if r.down {
			from, end = r.x.Rows-1-end, r.x.Rows-1-from
		}
		return r.sweeps[j].part(from, end)
	}
	first, last := r.x.Rows, 0 // of the rows that they change
	for j := range r.sweeps {
		if from, end := part(j); from < end {
			first, last = min(first, from), max(last, end)
		}
	}
	n := last - first + 1
	if n <= 0 {
		return
	}
	if r.q == nil {
		r.q = make([]float64, (blockWidth+mostSweeps)*(blockWidth+mostSweeps))
		r.rows = make([]float64, (blockWidth+mostSweeps)*r.x.Cols)
	}
	q := blas64.General{Rows: n, Cols: n, Stride: n, Data: r.q[:n*n]}
	clear(q.Data)
	for i := range n {
		q.Data[i*n+i] = 1
	}
	for j := range r.sweeps {
		from, end := part(j)
		r.apply(&r.sweeps[j], from, end, q.Data, n, n, first)
	}
	x := blas64.General{Rows: n, Cols: r.x.Cols, Stride: r.x.Stride, Data: r.x.Data[first*r.x.Stride:]}
	old := blas64.General{Rows: n, Cols: r.x.Cols, Stride: r.x.Cols, Data: r.rows[:n*r.x.Cols]}
	copyMatrix(old, x)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, q, old, 0, x)
}

// apply makes rotations from to end-1 of a sweep of the rows of a matrix, which begins with
// row first.
func (r *rotated) apply(s *sweep, from, end int, data []float64, stride, cols, first int) {
	for k := range end - from {
		i := from + k
		if r.down {
			i = end - 1 - k
		}
		t := s.rotations[i-s.first]
		rotate(data[(i-first)*stride:][:cols], data[(i+1-first)*stride:][:cols], t)
	}
}

func rotate(x, y []float64, t rotation) {
	if t.c == 1 && t.s == 0 {
		return
	}
	y = y[:len(x)]
	for i, v := range x {
		w := y[i]
		x[i] = t.c*v + t.s*w
		y[i] = t.c*w - t.s*v
	}
}

func copyMatrix(dst, src blas64.General) {
	for i := range src.Rows {
		copy(dst.Data[i*dst.Stride:][:src.Cols], src.Data[i*src.Stride:][:src.Cols])
	}
}

func (r *rotated) row(i int) []float64 { return r.x.Data[i*r.x.Stride:][:r.x.Cols] }

// negate changes a row when no rotation waits.
func (r *rotated) negate(i int) {
	for k, v := range r.row(i) {
		r.row(i)[k] = -v
	}
}

// arrange orders values, with the rows that are their vectors, when no rotation waits: each
// is the first, by before, of those from it on.
func arrange(values []float64, before func(x, y float64) bool, vectors ...*rotated) {
	for i := range values {
		first := i
		for j := i + 1; j < len(values); j++ {
			if before(values[j], values[first]) {
				first = j
			}
		}
		if first == i {
			continue
		}
		values[i], values[first] = values[first], values[i]
		for _, r := range vectors {
			x, y := r.row(i), r.row(first)
			for k, v := range x {
				x[k], y[k] = y[k], v
			}
		}
	}
}
