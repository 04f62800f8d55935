package lapack

import (
	"math"
	"slices"
)

// mostIterations·n² rotations are made at most.
const mostIterations = 6

// tolerance is how small an element is, relative to its neighbours, that counts as zero.
var tolerance = eps * math.Max(10, math.Min(100, math.Pow(eps, -1./8)))

// A bidiagonal is an upper bidiagonal matrix on its way to a diagonal one, by the implicit
// QR iteration without a shift, or with one where that loses no accuracy: J. Demmel and
// W. Kahan, "Accurate singular values of bidiagonal matrices" (1990), as LAPACK's DBDSQR
// has it.
type bidiagonal struct {
	d, e        []float64 // the diagonal, and what is above it
	left, right rotated   // of the rows of Uᵀ and of Vᵀ
	threshold   float64   // what is less counts as zero anywhere

	first, last int  // of the block that is being worked on
	reversed    bool // its rows and columns are, so that the large elements come first

	l, r []rotation // of a sweep
}

// diagonalize makes d the singular values, in descending order, and e zero, multiplying
// rows of the vectors. It tells whether it converged.
func (b *bidiagonal) diagonalize() bool {
	n := len(b.d)
	if n > 1 {
		b.threshold = b.small()
		b.l, b.r = make([]rotation, n-1), make([]rotation, n-1)
	}
	b.first, b.last = -1, -1
	for last, rotated := n-1, 0; last > 0; {
		if rotated > mostIterations*n*n {
			return false
		}
		first := last
		for first > 0 && !(math.Abs(b.e[first-1]) <= b.threshold) {
			first--
		}
		if first > 0 {
			b.e[first-1] = 0
		}
		switch {
		case first == last:
			last--
		case first == last-1:
			b.pair(first)
			last -= 2
		default:
			if first > b.last || last < b.first {
				b.reversed = math.Abs(b.d[first]) < math.Abs(b.d[last])
			}
			b.first, b.last = first, last
			b.flip()
			if b.sweep(b.d[first:last+1], b.e[first:last]) {
				rotated += last - first
			}
			b.flip()
		}
	}
	b.left.flush()
	b.right.flush()
	b.sort()
	return !slices.ContainsFunc(b.d, math.IsNaN)
}

// small is below what elements count as zero: less than the rounding of the least
// singular value.
func (b *bidiagonal) small() float64 {
	n := float64(len(b.d))
	least, mu := math.Abs(b.d[0]), math.Abs(b.d[0])
	for i, e := range b.e {
		if least == 0 {
			break
		}
		mu = math.Abs(b.d[i+1]) * (mu / (mu + math.Abs(e)))
		least = math.Min(least, mu)
	}
	return math.Max(tolerance*least/math.Sqrt(n), mostIterations*n*n*tiny)
}

// flip reverses rows and columns of the block, and transposes it, if that is how it is
// worked on. U and V change places.
func (b *bidiagonal) flip() {
	if b.reversed {
		slices.Reverse(b.d[b.first : b.last+1])
		slices.Reverse(b.e[b.first:b.last])
	}
}

// rotate has the rotations of a sweep wait, of so many pairs of rows.
func (b *bidiagonal) rotate(n int) {
	l, r := &b.left, &b.right
	if b.reversed {
		l, r = r, l
	}
	l.add(b.first, b.l[:n], b.reversed)
	r.add(b.first, b.r[:n], b.reversed)
}

// pair makes a block of two.
func (b *bidiagonal) pair(i int) {
	small, large, sr, cr, sl, cl := lib.Dlasv2(b.d[i], b.e[i], b.d[i+1])
	b.d[i], b.e[i], b.d[i+1] = large, 0, small
	b.left.pair(i, rotation{cl, sl})
	b.right.pair(i, rotation{cr, sr})
}

// sweep is a step for a block, and tells whether it has not only found a zero.
func (b *bidiagonal) sweep(d, e []float64) bool {
	n := len(d) - 1
	if math.Abs(e[n-1]) <= tolerance*math.Abs(d[n]) {
		e[n-1] = 0
		return false
	}
	largest, least, mu := math.Abs(d[0]), math.Abs(d[0]), math.Abs(d[0])
	for i := range e {
		if math.Abs(e[i]) <= tolerance*mu {
			e[i] = 0
			return false
		}
		mu = math.Abs(d[i+1]) * (mu / (mu + math.Abs(e[i])))
		least = math.Min(least, mu)
		largest = math.Max(largest, math.Max(math.Abs(e[i]), math.Abs(d[i+1])))
	}
	shift := 0.0
	if float64(len(b.d))*tolerance*(least/largest) > math.Max(eps, 0.01*tolerance) {
		shift, _ = lib.Dlas2(d[n-1], e[n-1], d[n])
		if q := shift / math.Abs(d[0]); d[0] != 0 && q*q < eps {
			shift = 0
		}
	}
	if shift == 0 {
		b.withoutShift(d, e)
	} else {
		b.withShift(d, e, shift)
	}
	if math.Abs(e[n-1]) <= b.threshold {
		e[n-1] = 0
	}
	b.rotate(n)
	return true
}

func (b *bidiagonal) withoutShift(d, e []float64) {
	n := len(d) - 1
	c, s, oldC, oldS, r := 1.0, 0.0, 1.0, 0.0, 0.0
	for i := range n {
		c, s, r = lib.Dlartg(d[i]*c, e[i])
		if i > 0 {
			e[i-1] = oldS * r
		}
		oldC, oldS, d[i] = lib.Dlartg(oldC*r, d[i+1]*s)
		b.r[i], b.l[i] = rotation{c, s}, rotation{oldC, oldS}
	}
	h := d[n] * c
	d[n], e[n-1] = h*oldC, h*oldS
}

func (b *bidiagonal) withShift(d, e []float64, shift float64) {
	n := len(d) - 1
	f, g := (math.Abs(d[0])-shift)*(math.Copysign(1, d[0])+shift/d[0]), e[0]
	for i := range n {
		c, s, r := lib.Dlartg(f, g)
		if i > 0 {
			e[i-1] = r
		}
		f, e[i] = c*d[i]+s*e[i], c*e[i]-s*d[i]
		g, d[i+1] = s*d[i+1], c*d[i+1]
		b.r[i] = rotation{c, s}
		c, s, d[i] = lib.Dlartg(f, g)
		f, d[i+1] = c*e[i]+s*d[i+1], c*d[i+1]-s*e[i]
		if i < n-1 {
			g, e[i+1] = s*e[i+1], c*e[i+1]
		}
		b.l[i] = rotation{c, s}
	}
	e[n-1] = f
}

// sort makes the values positive, and descending, with their vectors.
func (b *bidiagonal) sort() {
	for i, v := range b.d {
		if math.Signbit(v) {
			b.d[i] = -v
			b.right.negate(i)
		}
	}
	arrange(b.d, func(x, y float64) bool { return x > y }, &b.left, &b.right)
}
