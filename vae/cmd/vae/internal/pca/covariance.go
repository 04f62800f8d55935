package pca

import "github.com/lanewise/lanewise/kernels"

// rowsAtOnce is how many rows are taken as float64 at a time: a chain of Gemm64.
const rowsAtOnce = 512

// centered are rows from which the mean is taken.
type centered struct {
	x    []float32
	cols int
	mean []float64
}

// center finds the mean. It is an error if x holds an infinity or a NaN.
func center(x []float32, cols int) (*centered, error) {
	if cols <= 0 || len(x) == 0 || len(x)%cols != 0 {
		panic("pca: the data are not whole rows")
	}
	if err := finite(x, cols); err != nil {
		return nil, err
	}
	c := &centered{x, cols, make([]float64, cols)}
	// From the first row, so that a column that is constant has exactly its mean.
	first := x[:cols]
	for i := cols; i < len(x); i += cols {
		for j, v := range x[i:][:cols] {
			c.mean[j] += float64(v) - float64(first[j])
		}
	}
	divide(c.mean, float64(c.rows()))
	for j, v := range first {
		c.mean[j] += float64(v)
	}
	return c, nil
}

func (c *centered) rows() int { return len(c.x) / c.cols }

// blocks calls f with all rows, less the mean, a few hundred at a time.
func (c *centered) blocks(f func(rows kernels.Matrix64)) {
	block := make([]float64, min(rowsAtOnce, c.rows())*c.cols)
	for first := 0; first < len(c.x); first += len(block) {
		x := c.x[first:min(first+len(block), len(c.x))]
		for i := 0; i < len(x); i += c.cols {
			for j, m := range c.mean {
				block[i+j] = float64(x[i+j]) - m
			}
		}
		f(kernels.NewMatrix(block[:len(x)], len(x)/c.cols, c.cols))
	}
}

// total is the sum of the variances of all columns.
func (c *centered) total() float64 {
	sum := 0.0
	c.blocks(func(rows kernels.Matrix64) { sum += dot(rows.Data, rows.Data) })
	return sum / float64(c.rows())
}

// covariance is a symmetric matrix of cols·cols.
func (c *centered) covariance(e *kernels.Engine) []float64 {
	s := make([]float64, c.cols*c.cols)
	c.blocks(func(rows kernels.Matrix64) {
		e.Gemm64(kernels.NewMatrix(s, c.cols, c.cols), 1, rows.T(), rows, 1, nil)
	})
	divide(s, float64(c.rows()))
	return s
}

// times is a product with the covariance, which is not written out.
func (c *centered) times(e *kernels.Engine, dst, v []float64, n int) {
	clear(dst)
	along := make([]float64, rowsAtOnce*n)
	c.blocks(func(rows kernels.Matrix64) {
		a := kernels.NewMatrix(along[:rows.Rows*n], rows.Rows, n)
		e.Gemm64(a, 1, rows, kernels.NewMatrix(v, n, c.cols).T(), 0, nil)
		e.Gemm64(kernels.NewMatrix(dst, n, c.cols), 1, a.T(), rows, 1, nil)
	})
	divide(dst, float64(c.rows()))
}

// Covariance gives the mean of rows of x, and the covariances of their columns over
// the number of rows, cols·cols. It is an error if x holds an infinity or a NaN.
func Covariance(e *kernels.Engine, x []float32, cols int) (mean, covariance []float64, err error) {
	c, err := center(x, cols)
	if err != nil {
		return nil, nil, err
	}
	return c.mean, c.covariance(e), nil
}
