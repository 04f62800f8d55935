package kernels

import "testing"

// TestGemmEpiloguePanics has epilogues, and packed operands, that do not fit.
func TestGemmEpiloguePanics(t *testing.T) {
	x, y := make([]float32, 400), make([]float32, 400)
	a, b, c := NewMatrix(x[:15], 3, 5), NewMatrix(x[15:35], 5, 4), MatrixOf[float32]{Data: y[:24], Rows: 3, Cols: 4, Stride: 10}
	const (
		overlaps = "kernels: C overlaps an operand"
		mask     = "kernels: Gemm: Mask has not the shape and stride of C"
		short    = "kernels: slice too short for its matrix"
		sizes    = "kernels: Gemm of matrices whose sizes do not fit"
		negative = "kernels: matrix of negative size"
		set      = "kernels: GemmPacked with a matrix that was packed for another set"
	)
	masked := func(m Matrix) *Epilogue { return &Epilogue{Mask: m} }
	like := func(data []float32) Matrix { return view(false, 3, 4, data, 10) }
	for _, e := range testEngines(t) {
		for _, p := range []struct {
			name, want string
			beta       float32
			ep         *Epilogue
		}{
			{"nothing", "", 1, &Epilogue{}},
			{"all", "", 0, &Epilogue{Bias: x[:4], Activation: ReLU, Mask: like(x)}},
			{"by row", "", 0, &Epilogue{RowBias: x[:3]}},
			{"a bias by row that is too short", "kernels: Gemm: len(RowBias) is not the number of C's rows", 0, &Epilogue{RowBias: x[:2]}},
			{"a bias by row that is too long", "kernels: Gemm: len(RowBias) is not the number of C's rows", 0, &Epilogue{RowBias: x[:4]}},
			{"both", "kernels: Gemm with both Bias and RowBias", 0, &Epilogue{Bias: x[:4], RowBias: x[:3]}},
			{"beta", "kernels: Gemm with a bias and beta != 0", 1, &Epilogue{Bias: x[:4]}},
			{"beta, by row", "kernels: Gemm with a bias and beta != 0", 1, &Epilogue{RowBias: x[:3]}},
			{"activation", "kernels: Gemm with an unknown Activation", 0, &Epilogue{Activation: 2}},
			{"activation below 0", "kernels: Gemm with an unknown Activation", 0, &Epilogue{Activation: -1}},
			{"a bias by row in C", overlaps, 0, &Epilogue{RowBias: y[22:25]}},
			{"a bias by row between rows of C", "", 0, &Epilogue{RowBias: y[14:17]}},
			{"mask is C", overlaps, 0, masked(like(y))},
			{"mask in C", overlaps, 0, masked(like(y[3:]))},
			{"mask beside C", "", 0, masked(like(y[4:]))},
			{"mask of fewer rows", mask, 0, masked(view(false, 2, 4, x, 10))},
			{"mask of fewer columns", mask, 0, masked(view(false, 3, 3, x, 10))},
			{"mask of another stride", mask, 0, masked(view(false, 3, 4, x, 9))},
			{"mask across", mask, 0, masked(MatrixOf[float32]{Data: x, Rows: 3, Cols: 4, Stride: 10, transposed: true})},
			{"mask without memory", short, 0, masked(like(nil))},
			{"mask too short", short, 0, masked(like(x[:23]))},
		} {
			expectPanic(t, e.String()+": "+p.name, p.want, func() { e.Gemm(c, 1, a, b, p.beta, p.ep) })
		}
		expectPanic(t, "a transpose", "kernels: Gemm into a transpose", func() {
			e.Gemm(view(true, 3, 4, y, 10), 1, a, b, 0, nil)
		})
		expectPanic(t, "rows of A", sizes, func() { e.Gemm(c, 1, NewMatrix(x, 2, 5), b, 0, nil) })
		expectPanic(t, "rows of B", sizes, func() { e.Gemm(c, 1, a, NewMatrix(x, 6, 4), 0, nil) })
		expectPanic(t, "columns of B", sizes, func() { e.Gemm(c, 1, a, NewMatrix(x, 5, 3), 0, nil) })

		width := e.Set().PackedWidth()
		for _, p := range []struct {
			name, want string
			b          Packed
		}{
			{"fits", "", Packed{x[:5*width], 5, 4, width}},
			{"short", short, Packed{x[:5*width-1], 5, 4, width}},
			{"width", set, Packed{x, 5, 4, width - 1}},
			{"zero", set, Packed{}},
			{"rows", sizes, Packed{x, 4, 4, width}},
			{"columns", sizes, Packed{x, 5, 5, width}},
			{"negative", negative, Packed{x, -5, 4, width}},
			{"C in it", overlaps, Packed{y, 5, 4, width}},
		} {
			expectPanic(t, e.String()+": packed: "+p.name, p.want, func() { e.GemmPacked(c, 1, a, p.b, 0, nil) })
		}
		expectPanic(t, "a product packed", "kernels: Gemm with both Bias and RowBias", func() {
			e.GemmPacked(c, 1, a, Packed{x, 5, 4, width}, 0, &Epilogue{Bias: x[:4], RowBias: x[:3]})
		})
		expectPanic(t, "pack", negative, func() { e.Pack(nil, Matrix{Data: x, Rows: -1, Cols: 4, Stride: 4}) })
		expectPanic(t, "pack", short, func() { e.Pack(nil, NewMatrix(x[:19], 5, 4)) })
		expectPanic(t, "pack", "kernels: slices overlap", func() { e.Pack(x[19:], b) })
	}
}
