package pca

import (
	"math"
	"slices"
)

const (
	maxSweeps  = 30    // some eight will do
	negligible = 1e-17 // off the diagonal, in units of the root of the sum of all squares
)

// eigen gives the eigenvalues of a symmetric matrix of n·n, descending, and the
// eigenvectors as rows, by Jacobi's rotations in cyclic order (Golub & Van Loan, "Matrix
// Computations", 8.5). It overwrites a, and reads no more than what is on its diagonal
// and above.
func eigen(a []float64, n int) (values, vectors []float64) {
	q := make([]float64, n*n)
	for i := range n {
		q[i*n+i] = 1
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
	}
	small := negligible * math.Sqrt(dot(a, a))
	for range maxSweeps {
		done := true
		for i := range n {
			for j := i + 1; j < n; j++ {
				if math.Abs(a[i*n+j]) > small {
					rotate(a, q, n, i, j)
					done = false
				}
			}
		}
		if done {
			break
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch x, y := a[i*n+i], a[j*n+j]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	values, vectors = make([]float64, n), make([]float64, 0, n*n)
	for k, i := range order {
		values[k] = a[i*n+i]
		vectors = append(vectors, q[i*n:][:n]...)
	}
	return values, vectors
}

// rotate makes a[i, j] zero.
func rotate(a, q []float64, n, i, j int) {
	theta := (a[j*n+j] - a[i*n+i]) / float64(2*a[i*n+j])
	t := 1 / (math.Abs(theta) + math.Sqrt(float64(theta*theta)+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(float64(t*t)+1)
	s := float64(t * c)
	for k := range n {
		a[k*n+i], a[k*n+j] = turn(a[k*n+i], a[k*n+j], c, s)
	}
	for _, m := range [][]float64{a, q} {
		x, y := m[i*n:][:n], m[j*n:][:n]
		for k := range x {
			x[k], y[k] = turn(x[k], y[k], c, s)
		}
	}
	a[i*n+j], a[j*n+i] = 0, 0
}

func turn(x, y, c, s float64) (float64, float64) {
	return float64(c*x) - float64(s*y), float64(s*x) + float64(c*y)
}
