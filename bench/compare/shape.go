package main

import "fmt"

// A shape is that of a product C = op(A)·op(B), row-major: op(A) is m×k, op(B)
// k×n.
type shape struct {
	transA, transB bool
	m, n, k        int
}

func (s shape) kind() string {
	letter := map[bool]string{false: "N", true: "T"}
	return letter[s.transA] + letter[s.transB]
}

func (s shape) String() string {
	return fmt.Sprintf("%s %dx%dx%d", s.kind(), s.m, s.n, s.k)
}

func (s shape) flop() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

func (s shape) square() bool { return s.m == s.n && s.n == s.k }

// batch is the number of images whose training step has the product, or 0.
func (s shape) batch() int {
	switch {
	case s.square():
		return 0
	case s.transA:
		return s.k
	}
	return s.m
}

// lda and ldb are the lengths of the rows of A and B as they are stored.
func (s shape) lda() int {
	if s.transA {
		return s.m
	}
	return s.k
}

func (s shape) ldb() int {
	if s.transB {
		return s.k
	}
	return s.n
}

// batches are the numbers of images in a step whose products are measured.
var batches = []int{128, 64, 8, 1}

// gemmShapes are the squares, and what a training step of 784-400-20-400-784
// multiplies: forward (NT), gradients of the inputs (NN) and of the weights
// (TN), for several sizes of a batch.
func gemmShapes() []shape {
	var ss []shape
	for _, n := range []int{64, 256, 512, 1024, 2048} {
		ss = append(ss, shape{m: n, n: n, k: n})
	}
	for _, batch := range batches {
		for _, s := range [][2]int{{400, 784}, {20, 400}, {400, 20}, {784, 400}} {
			ss = append(ss, shape{transB: true, m: batch, n: s[0], k: s[1]})
		}
		for _, s := range [][2]int{{400, 784}, {784, 400}, {20, 400}, {400, 40}} {
			ss = append(ss, shape{m: batch, n: s[0], k: s[1]})
		}
		for _, s := range [][2]int{{784, 400}, {400, 784}, {400, 20}, {20, 400}} {
			ss = append(ss, shape{transA: true, m: s[0], n: s[1], k: batch})
		}
	}
	return ss
}

// gemm64Shapes are squares, one of them in all transposes, and products with
// one dimension or two that are small.
func gemm64Shapes() []shape {
	var ss []shape
	for _, n := range []int{64, 128, 256, 512, 1024, 2048} {
		ss = append(ss, shape{m: n, n: n, k: n})
		if n == 512 {
			ss = append(ss,
				shape{transB: true, m: n, n: n, k: n},
				shape{transA: true, m: n, n: n, k: n},
				shape{transA: true, transB: true, m: n, n: n, k: n})
		}
	}
	for _, s := range [][3]int{{1, 400, 784}, {8, 400, 784}, {64, 20, 400}, {128, 400, 784}} {
		ss = append(ss,
			shape{m: s[0], n: s[1], k: s[2]},
			shape{transB: true, m: s[0], n: s[1], k: s[2]},
			shape{transA: true, m: s[2], n: s[1], k: s[0]})
	}
	return ss
}
