package kernels

import (
	"math/bits"
	"syscall"
	"testing"
	"unsafe"
)

// TestGemmSparse multiplies matrices whose rows are 2^30 elements apart, in
// memory that exists only where it is touched: index arithmetic in 32 bits, or
// a pass over the gaps, would not survive it. They are three blocks of columns
// of one matrix.
func TestGemmSparse(t *testing.T) {
	if bits.UintSize < 64 {
		t.Skip("no such matrix with 32-bit addresses")
	}
	ld, rows := 1<<30, 13
	mem, err := syscall.Mmap(-1, 0, rows*ld*4, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		t.Skip("no sparse memory here: ", err)
	}
	defer syscall.Munmap(mem)
	x := unsafe.Slice((*float32)(unsafe.Pointer(&mem[0])), rows*ld)
	const cols = 50 // more than any matrix has
	a, b, c := x, x[100:], x[ld-100:]
	for i := range rows {
		for j := range cols {
			a[i*ld+j] = float32(i + 2*j)
			b[i*ld+j] = float32(3*i - j)
		}
	}
	shapes := [][3]int{{7, 7, 7}, {2, 9, 8}, {1, 13, 9}, {2, 45, 13}, {13, 40, 8}} // all ways to multiply
	for _, e := range testEngines(t) {
		for _, s := range shapes {
			transposes(func(transA, transB bool) {
				m, n, k := s[0], s[1], s[2]
				if transB && n > rows {
					return
				}
				for i := range m {
					for j := range n {
						c[i*ld+j] = 5
					}
				}
				gemm32(e, transA, transB, m, n, k, 1, a, ld, b, ld, 2, c, ld)
				for i := range m {
					for j := range n {
						want := 10
						for p := range k {
							i, p, q, j := i, p, p, j
							if transA {
								i, p = p, i
							}
							if transB {
								q, j = j, q
							}
							want += (i + 2*p) * (3*q - j)
						}
						if got := c[i*ld+j]; !(got == float32(want)) {
							t.Fatalf("%v, %v, %v, %v: C[%d,%d] = %v, want %v", e, s, transA, transB, i, j, got, want)
						}
					}
				}
			})
		}
	}
}
