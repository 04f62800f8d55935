package main

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// checker holds an output against the first one, and some of its elements
// against their exact values. Whatever the order of its sums, an element is
// within (k+4)·u·|A|·|B| of the exact one, u being 2⁻²⁴ or 2⁻⁵³.
func (p product[T]) checker() checker {
	q := p
	q.a, q.b, q.c = absolutes(p.a), absolutes(p.b), make([]T, len(p.c))
	multiplier(kernels.New(kernels.Default(), 0), q)()
	u := 0x1p-24
	if T(1)+T(0x1p-52) != 1 {
		u = 0x1p-53
	}
	bound := func(i int) float64 { return 1.001 * float64(p.k+4) * u * float64(q.c[i]) }
	const samples = 997 // a prime, so that they spread over the columns
	exact := map[int]float64{}
	for s := range samples {
		i := s * len(p.c) / samples
		exact[i] = p.element(i/p.n, i%p.n)
	}
	return func(c, first []float64) error {
		if len(c) != len(p.c) {
			return fmt.Errorf("%d elements instead of %d", len(c), len(p.c))
		}
		for i, want := range exact {
			if d := math.Abs(c[i] - want); !(d <= bound(i)) {
				return fmt.Errorf("element (%d, %d) is %v and should be %v", i/p.n, i%p.n, c[i], want)
			}
		}
		for i, want := range first {
			if d := math.Abs(c[i] - want); !(d <= 2*bound(i)) {
				return fmt.Errorf("element (%d, %d) is %v, and %v for lanewise", i/p.n, i%p.n, c[i], want)
			}
		}
		return nil
	}
}

// element is an element of C, to the last bit or nearly: the errors of products
// and sums are summed up too.
func (p product[T]) element(i, j int) float64 {
	rowA, alongA, rowB, alongB := i*p.lda(), 1, j, p.ldb()
	if p.transA {
		rowA, alongA = i, p.lda()
	}
	if p.transB {
		rowB, alongB = j*p.ldb(), 1
	}
	var sum, rest float64
	for k := range p.k {
		a, b := float64(p.a[rowA+k*alongA]), float64(p.b[rowB+k*alongB])
		term := float64(a * b)
		next := sum + term
		part := next - sum
		rest += math.FMA(a, b, -term) + ((sum - (next - part)) + (term - part))
		sum = next
	}
	return sum + rest
}
