package kernels

// Float is an element type of GEMM.
type Float interface{ float32 | float64 }

// A MatrixOf is a view of a row-major matrix: element (i, j) is
// Data[i*Stride+j], and Stride is at least Cols. [MatrixOf.T] is the same memory
// seen the other way round. It is a value: to make one costs nothing.
//
// A matrix without elements may have nil Data and any Stride.
type MatrixOf[E Float] struct {
	Data       []E
	Rows, Cols int
	Stride     int
	transposed bool
}

type (
	// Matrix is a view of float32.
	Matrix = MatrixOf[float32]
	// Matrix64 is a view of float64.
	Matrix64 = MatrixOf[float64]
)

// NewMatrix is data, whose length should be rows·cols, as a matrix without gaps
// between its rows.
func NewMatrix[E Float](data []E, rows, cols int) MatrixOf[E] {
	return MatrixOf[E]{Data: data, Rows: rows, Cols: cols, Stride: cols}
}

// T is the transpose of m: element (i, j) of it is element (j, i) of m. Nothing is
// moved.
func (m MatrixOf[E]) T() MatrixOf[E] {
	m.Rows, m.Cols, m.transposed = m.Cols, m.Rows, !m.transposed
	return m
}

// stored is the shape of m as it lies in memory.
func (m *MatrixOf[E]) stored() (rows, cols int) {
	if m.transposed {
		return m.Cols, m.Rows
	}
	return m.Rows, m.Cols
}
