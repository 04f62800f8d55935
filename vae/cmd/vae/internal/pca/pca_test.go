package pca

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

func engine(threads int) *kernels.Engine { return kernels.New(kernels.Default(), threads) }

// data gives rows of correlated numbers about a mean, along as many directions as rank.
func data(rows, cols, rank int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	mix := make([]float64, rank*cols)
	for i := range mix {
		mix[i] = rng.NormFloat64() * math.Pow(0.8, float64(i/cols))
	}
	x := make([]float32, rows*cols)
	row := make([]float64, cols)
	for i := range rows {
		for j := range row {
			row[j] = float64(j%5) - 1
		}
		for r := range rank {
			z := rng.NormFloat64()
			for j := range row {
				row[j] += z * mix[r*cols+j]
			}
		}
		for j, v := range row {
			x[i*cols+j] = float32(v)
		}
	}
	return x
}

func dense(x []float32, cols int) *mat.Dense {
	return mat.NewDense(len(x)/cols, cols, widen(x))
}

// oracle is gonum's covariance, over n, and its eigenvectors, in descending order.
func oracle(t *testing.T, x []float32, cols int) (values []float64, vectors *mat.Dense) {
	t.Helper()
	rows := float64(len(x) / cols)
	var c mat.SymDense
	stat.CovarianceMatrix(&c, dense(x, cols), nil)
	c.ScaleSym((rows-1)/rows, &c)
	var e mat.EigenSym
	if !e.Factorize(&c, true) {
		t.Fatal("gonum finds no eigenvalues")
	}
	values = e.Values(nil)
	var v mat.Dense
	e.VectorsTo(&v)
	vectors = mat.NewDense(cols, cols, nil)
	for i := range cols {
		for j := range cols {
			vectors.Set(i, j, v.At(j, cols-1-i))
		}
	}
	for i := range cols / 2 {
		values[i], values[cols-1-i] = values[cols-1-i], values[i]
	}
	return values, vectors
}

// near is false for NaN.
func near(got, want, bound float64) bool { return math.Abs(got-want) <= bound }

// TestFit compares with gonum.
func TestFit(t *testing.T) {
	for _, c := range []struct{ rows, cols, rank, d int }{
		{1000, 20, 20, 5}, {513, 40, 40, 40}, {512, 30, 30, 1}, {60, 100, 100, 10}, {2000, 7, 7, 7}, {3000, 150, 150, 64}, {5, 3, 3, 2},
	} {
		if testing.Short() && c.rows*c.cols*c.cols > 1e6 {
			continue
		}
		x := data(c.rows, c.cols, c.rank, 1)
		b, err := Fit(engine(2), x, c.cols, c.d)
		if err != nil {
			t.Fatal(err)
		}
		values, vectors := oracle(t, x, c.cols)
		if len(b.Mean) != c.cols || len(b.Components) != c.d*c.cols || len(b.Variances) != c.d {
			t.Fatalf("%+v: %d, %d, %d", c, len(b.Mean), len(b.Components), len(b.Variances))
		}
		total := 0.0
		for _, v := range values {
			total += v
		}
		if !near(b.Total, total, 1e-12*total) {
			t.Errorf("%+v: total variance %v, want %v", c, b.Total, total)
		}
		for j := range c.cols {
			if want := stat.Mean(mat.Col(nil, j, dense(x, c.cols)), nil); !near(float64(b.Mean[j]), want, 1e-6*(1+math.Abs(want))) {
				t.Errorf("%+v: mean of column %d is %v, want %v", c, j, b.Mean[j], want)
			}
		}
		for i := range c.d {
			if !near(b.Variances[i], values[i], 1e-12*values[0]) {
				t.Errorf("%+v: variance %d is %v, want %v", c, i, b.Variances[i], values[i])
			}
			v := widen(b.Components[i*c.cols:][:c.cols])
			if cosine := dot(v, vectors.RawRowView(i)); !near(math.Abs(cosine), 1, 1e-6) {
				t.Errorf("%+v: component %d: cosine %v, with variances %v", c, i, cosine, values[max(0, i-1):min(i+2, c.cols)])
			}
			largest := 0.0
			for _, a := range v {
				if math.Abs(a) > math.Abs(largest) {
					largest = a
				}
			}
			if !(largest > 0) {
				t.Errorf("%+v: the largest element of component %d is %v", c, i, largest)
			}
		}
	}
}

// TestWithoutCovariances: the way of many columns finds the same.
func TestWithoutCovariances(t *testing.T) {
	const cols, d = 60, 8
	x := data(1100, cols, cols, 2)
	c, err := center(x, cols)
	if err != nil {
		t.Fatal(err)
	}
	e := engine(2)
	v1, s1 := leading(e, explicit(c.covariance(e), cols), cols, d)
	v2, s2 := leading(e, c.times, cols, d)
	for i := range d {
		if cosine := dot(v1[i*cols:][:cols], v2[i*cols:][:cols]); !near(s1[i], s2[i], 1e-12*s1[0]) || !near(math.Abs(cosine), 1, 1e-12) {
			t.Errorf("component %d: variances %v and %v, cosine %v", i, s1[i], s2[i], cosine)
		}
	}
}

// TestManyColumns is beyond what covariances are written out for.
func TestManyColumns(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	const rows, cols, rank = 40, maxExplicit + 1, 3
	x := data(rows, cols, rank, 3)
	e := engine(2)
	b, err := Fit(e, x, cols, rank+1)
	if err != nil {
		t.Fatal(err)
	}
	if sum := b.Variances[0] + b.Variances[1] + b.Variances[2]; !near(sum, b.Total, 1e-9*b.Total) {
		t.Errorf("three components have %v of %v", sum, b.Total)
	}
	if mse := b.error(e, x); !near(mse, 0, 1e-6*b.Total) {
		t.Errorf("mean squared error %v of %v", mse, b.Total)
	}
}

// error is the mean squared distance of rows from what their codes stand for.
func (b *Basis) error(e *kernels.Engine, x []float32) float64 {
	rows := len(x) / len(b.Mean)
	codes, y := make([]float32, rows*len(b.Variances)), make([]float32, len(x))
	b.Codes(e, codes, x)
	b.Reconstruct(e, y, codes)
	sum := 0.0
	for i := range x {
		sum += (float64(x[i]) - float64(y[i])) * (float64(x[i]) - float64(y[i]))
	}
	return sum / float64(rows)
}

// TestCodes: codes have mean 0 and the variances, and what they leave out is the error
// of reconstruction.
func TestCodes(t *testing.T) {
	const rows, cols, d = 900, 50, 9
	x := data(rows, cols, cols, 4)
	e := engine(2)
	b, err := Fit(e, x, cols, d)
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]float32, rows*d)
	b.Codes(e, codes, x)
	mean, covariance, err := Covariance(e, codes, d)
	if err != nil {
		t.Fatal(err)
	}
	left := b.Total
	for i := range d {
		left -= b.Variances[i]
		if !near(mean[i], 0, 1e-5) {
			t.Errorf("mean of code %d is %v", i, mean[i])
		}
		for j := range d {
			want := 0.0
			if i == j {
				want = b.Variances[i]
			}
			if !near(covariance[i*d+j], want, 1e-5*b.Variances[0]) {
				t.Errorf("covariance of codes %d and %d is %v, want %v", i, j, covariance[i*d+j], want)
			}
		}
	}
	if mse := b.error(e, x); !near(mse, left, 1e-5*b.Total) {
		t.Errorf("mean squared error %v, want %v", mse, left)
	}
}

// hash is that of a fit of the middles of embedded digits, and of their codes.
func hash(t *testing.T, threads int) string {
	s, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	const rows, side, d = 600, 10, 9
	var x []float32
	for i := range rows * side {
		for _, p := range s.Train.Image(i / side)[(9+i%side)*28+9:][:side] {
			x = append(x, float32(p)/255)
		}
	}
	e := engine(threads)
	b, err := Fit(e, x, side*side, d)
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]float32, rows*d)
	b.Codes(e, codes, x)
	h := sha256.New()
	for _, v := range []any{b.Mean, b.Components, b.Variances, b.Total, codes} {
		binary.Write(h, binary.LittleEndian, v)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// TestSameBits has the hash of every machine.
func TestSameBits(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		if got, want := hash(t, threads), "b057c0fd11c5c8d2"; got != want {
			t.Errorf("on %d threads the hash is %s, want %s", threads, got, want)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	x := data(60000, 784, 100, 7)
	e := engine(0)
	for _, d := range []int{2, 16, 64} {
		b.Run(fmt.Sprint(d), func(b *testing.B) {
			for b.Loop() {
				if _, err := Fit(e, x, 784, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
