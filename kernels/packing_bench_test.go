package kernels

import (
	"fmt"
	"testing"
	"unsafe"
)

// BenchmarkPacking reports what copies and transposes cost by themselves, in
// nanoseconds for 64 bytes: of matrices that lie in the caches and in memory, into
// panels of at most 512 steps. "product" is the transpose of a product of 784 by 128.
func BenchmarkPacking(b *testing.B) {
	for _, r := range testRows(b) {
		benchmarkPacking(b, r.name+"/float32", &r.gemm32)
		benchmarkPacking(b, r.name+"/float64", &r.gemm64)
	}
}

func benchmarkPacking[T Float](b *testing.B, name string, ts *tiles[T]) {
	const most = 512
	size := int(unsafe.Sizeof(T(0)))
	panel := make([]T, 64*most)
	for _, m := range []struct {
		where      string
		rows, cols int // a multiple of every width, and of a strip
	}{
		{"L1", 192 / size, 64},
		{"L2", 192, 1536 / size},
		{"L3", 8 * 192, 24 * 1024 / size / 4},
		{"memory", 96 * 192, 3 * 4096 / size},
	} {
		src := make([]T, m.rows*m.cols)
		for i := range src {
			src[i] = 1
		}
		each := func(kind string, run func()) {
			b.Run(fmt.Sprintf("%s/%s/%s", name, kind, m.where), func(b *testing.B) {
				for b.Loop() {
					run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(src)*size/64), "ns/line")
				b.ReportMetric(0, "ns/op")
			})
		}
		for _, c := range ts.copies {
			each(fmt.Sprint("copy", c.w), func() {
				for p := 0; p < m.rows; p += most {
					for j := 0; j+c.w <= m.cols; j += c.w {
						c.run(&panel[0], c.w, &src[p*m.cols+j], m.cols, min(most, m.rows-p))
					}
				}
			})
		}
		for _, x := range ts.transposes {
			each(fmt.Sprint("transpose", x.w), func() {
				for i := 0; i+x.w <= m.rows; i += x.w {
					for p := 0; p < m.cols; p += most {
						x.run(&panel[0], x.w, &src[i*m.cols+p], m.cols, min(most, m.cols-p)/transposeStrip)
					}
				}
			})
		}
	}
	const n, k = 784, 128
	src, dst := make([]T, n*k), make([]T, n*k)
	for _, x := range ts.transposes {
		b.Run(fmt.Sprintf("%s/transpose%d/product", name, x.w), func(b *testing.B) {
			for b.Loop() {
				for i := 0; i+x.w <= n; i += x.w {
					x.run(&dst[i], n, &src[i*k], k, k/transposeStrip)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n*k*size/64), "ns/line")
			b.ReportMetric(0, "ns/op")
		})
	}
}
