package lapack

import (
	"math"
	"slices"
)

// mostSteps·n sweeps are made at most.
const mostSteps = 30

// A tridiagonal is a symmetric tridiagonal matrix on its way to a diagonal one, by the
// implicit QR iteration with Wilkinson's shift (B. Parlett, "The symmetric eigenvalue
// problem", 1980), as LAPACK's DSTEQR has it.
type tridiagonal struct {
	d, e    []float64 // the diagonal, and what is beside it
	vectors rotated   // of the rows of Zᵀ

	rotations []rotation // of a sweep
}

// diagonalize makes d the eigenvalues, in ascending order, multiplying rows of the vectors.
// It tells whether it converged.
func (t *tridiagonal) diagonalize() bool {
	n := len(t.d)
	t.rotations = make([]rotation, n)
	steps := mostSteps * n
	for first := 0; first < n; {
		last := first
		for last < n-1 && !t.negligible(last) {
			last++
		}
		if last < n-1 {
			t.e[last] = 0
		}
		reversed := math.Abs(t.d[first]) <= math.Abs(t.d[last])
		flip := func() {
			if reversed {
				slices.Reverse(t.d[first : last+1])
				slices.Reverse(t.e[first:last])
			}
		}
		flip()
		ok := t.block(first, last, reversed, &steps)
		flip()
		if !ok {
			return false
		}
		first = last + 1
	}
	t.vectors.flush()
	arrange(t.d, func(x, y float64) bool { return x < y }, &t.vectors)
	return true
}

// negligible tells whether e[i] is below the rounding of its neighbours.
func (t *tridiagonal) negligible(i int) bool {
	e := math.Abs(t.e[i])
	return e <= tiny || e <= eps*math.Sqrt(math.Abs(t.d[i]))*math.Sqrt(math.Abs(t.d[i+1]))
}

// block makes rows first to last diagonal, from the last on.
func (t *tridiagonal) block(first, last int, reversed bool, steps *int) bool {
	rotate := func(from, n int) {
		at := from
		if reversed {
			at = first + last - from - n
		}
		t.vectors.add(at, t.rotations[:n], reversed)
	}
	end := last
	for end > first {
		from := end
		for from > first && !t.negligible(from-1) {
			from--
		}
		if from > first {
			t.e[from-1] = 0
		}
		switch {
		case from == end:
			end--
			continue
		case from == end-1:
			large, small, c, s := lib.Dlaev2(t.d[from], t.e[from], t.d[end])
			t.d[from], t.e[from], t.d[end] = large, 0, small
			t.rotations[0] = rotation{c, s}
			rotate(from, 1)
			end -= 2
			continue
		}
		if *steps--; *steps < 0 {
			return false
		}
		t.sweep(t.d[from:end+1], t.e[from:end])
		rotate(from, end-from)
	}
	return true
}

func (t *tridiagonal) sweep(d, e []float64) {
	n := len(d) - 1
	g := (d[n-1] - d[n]) / (2 * e[n-1])
	g = d[0] - d[n] + e[n-1]/(g+math.Copysign(math.Hypot(g, 1), g))
	c, s, p, r := 1.0, 1.0, 0.0, 0.0
	for i := range n {
		f, b := s*e[i], c*e[i]
		c, s, r = lib.Dlartg(g, f)
		if i > 0 {
			e[i-1] = r
		}
		g = d[i] - p
		r = (d[i+1]-g)*s + 2*c*b
		p = s * r
		d[i] = g + p
		g = c*r - b
		t.rotations[i] = rotation{c, s}
	}
	d[n] -= p
	e[n-1] = g
}
