package kernels

import (
	"fmt"
	"testing"
	"unsafe"
)

// BenchmarkPacking reports what copies and transposes cost by themselves, in
// nanoseconds for 64 bytes: of a matrix that lies in a cache or in memory, into
// panels of the kernel's own width and at most 512 steps. "product" is the transpose
// of a product of 784 by 128, where w is 784.
func BenchmarkPacking(b *testing.B) {
	for _, r := range testRows(b) {
		benchmarkPacking(b, r.name+"/float32", &r.gemm32)
		benchmarkPacking(b, r.name+"/float64", &r.gemm64)
	}
}

func benchmarkPacking[T Float](b *testing.B, set string, ts *tiles[T]) {
	size := int(unsafe.Sizeof(T(0)))
	for _, m := range []struct {
		where         string
		rows, columns int // multiples of all widths but 64
	}{
		{"L1", 48, 384 / size},
		{"L2", 192, 1536 / size},
		{"L3", 1536, 6144 / size},
		{"memory", 9216, 12288 / size},
	} {
		p := packingBench[T]{b, set, m.where, ones[T](m.rows * m.columns), m.rows, m.columns, make([]T, 64*chainSteps)}
		for _, c := range ts.copies {
			p.run("copy", c.w, func() { p.copy(c) })
		}
		for _, x := range ts.transposes {
			p.run("transpose", x.w, func() { p.transpose(x) })
		}
	}
	const n, k = 784, 128
	p := packingBench[T]{b, set, "product", ones[T](n * k), n, k, make([]T, n*k)}
	for _, x := range ts.transposes {
		p.run("transpose", x.w, func() {
			for i := 0; i+x.w <= n; i += x.w {
				x.run(&p.dst[i], n, &p.src[i*k], k, k/transposeStrip)
			}
		})
	}
}

// A packingBench is a matrix to pack, and where to.
type packingBench[T Float] struct {
	*testing.B
	set, where    string
	src           []T
	rows, columns int
	dst           []T
}

func (p *packingBench[T]) run(kind string, w int, pack func()) {
	p.Run(fmt.Sprintf("%s/%s%d/%s", p.set, kind, w, p.where), func(b *testing.B) {
		for b.Loop() {
			pack()
		}
		lines := len(p.src) * int(unsafe.Sizeof(p.src[0])) / 64
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
		b.ReportMetric(0, "ns/op")
	})
}

func (p *packingBench[T]) copy(c packer[T]) {
	for i := 0; i < p.rows; i += chainSteps {
		for j := 0; j+c.w <= p.columns; j += c.w {
			c.run(&p.dst[0], c.w, &p.src[i*p.columns+j], p.columns, min(chainSteps, p.rows-i))
		}
	}
}

func (p *packingBench[T]) transpose(x packer[T]) {
	for i := 0; i+x.w <= p.rows; i += x.w {
		for j := 0; j < p.columns; j += chainSteps {
			x.run(&p.dst[0], x.w, &p.src[i*p.columns+j], p.columns, min(chainSteps, p.columns-j)/transposeStrip)
		}
	}
}

// ones is memory that has been written: what has not is one page everywhere.
func ones[T Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = 1
	}
	return x
}
