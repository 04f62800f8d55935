package kernels

// Gemm computes C = alpha·op(A)·op(B) + beta·C, where op(X) is X or, with
// trans, its transpose; op(A) is m×k, op(B) k×n and C m×n.
//
// Matrices are row-major: row i of X starts at x[i*ldx], and ldx is at least
// the number of columns of X as it is stored. C may not share elements with A
// or B.
//
// Every element of C is one chain of fused multiply-adds in ascending p,
//
//	c = beta·c, rounded;  c = fma(alpha·a[i,p], b[p,j], c),  alpha·a rounded,
//
// in every set, for every blocking and on any number of threads. As in BLAS,
// alpha = 0 or k = 0 reads neither A nor B, and beta = 0 does not read C; other
// NaN and infinities follow IEEE, so 0·NaN is NaN. The error of each element
// is at most (k+4)·2⁻²⁴·(|alpha|·|A|·|B| + |beta|·|C|).
//
// It allocates nothing once its packing buffers have grown to the largest
// shape. It panics where a size is negative, a leading dimension too small or
// a slice too short.
func (e *Engine) Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	e.gemm32.multiply(e.set.scaleRow, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, nil, NoActivation)
}

// GemmFloat64 is [Engine.Gemm] for float64, with an error of at most
// (k+4)·2⁻⁵³·(|alpha|·|A|·|B| + |beta|·|C|).
func (e *Engine) GemmFloat64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	e.gemm64.multiply(scaleRow64, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, nil, NoActivation)
}

// An Activation is what a product ends with while C is still in registers.
type Activation int

const (
	NoActivation Activation = iota
	ReLU                    // x <= 0 ? 0 : x, so that NaN is kept
)

// GemmBias computes C = act(op(A)·op(B) + bias), the forward pass of a dense
// layer: bias[j], of which there are n, is where the chain of every element of
// column j starts. C may not share elements with it. All else is as in
// [Engine.Gemm].
func (e *Engine) GemmBias(transA, transB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, bias []float32, act Activation, c []float32, ldc int) {
	if len(bias) != n {
		panic("kernels: GemmBias: len(bias) != n")
	}
	e.gemm32.multiply(e.set.scaleRow, transA, transB, m, n, k, 1, a, lda, b, ldb, 0, c, ldc, bias, act)
}

func (s Set) scaleRow(c []float32, beta float32) {
	for i := 0; i < len(c); i += chunk {
		s.scale(&c[i], &c[i], min(chunk, len(c)-i), beta)
	}
}

func scaleRow64(c []float64, beta float64) {
	for i := range c {
		c[i] *= beta
	}
}

// Bits of a tile's mode, as in gen/gemm.go.
const (
	tileLoad = 1 << iota
	tileBias
	tileReLU
)

// Block sizes. A panel of B, kc×nr, stays in the first-level cache while the
// panels of a block of A, mc×kc, pass from the second level.
const (
	kcMax = 256
	mcMax = 192
	mMax  = 1536 // rows of A packed at a time
	ncMax = 4096 // columns of B packed at a time
)

// A matrix is an operand as its panels see it: element (i, p), where i runs
// along the panel and p along k, is at data[i*across + p*along]; one of the
// steps is 1.
type matrix[T float] struct {
	data          []T
	across, along int
}

// A gemm is the workspace of the products of one element type, and the state
// of the one that is under way.
type gemm[T float] struct {
	tile tile[T]
	pool *pool

	packedA, packedB []T

	a, b  matrix[T]
	alpha T
	c     []T
	ldc   int
	bias  []T

	// The block under way: rows i0.. of C, columns j0.., k from p0.
	i0, j0, p0, rows, cols, depth int
	mode                          int

	pack    packJob[T]
	compute computeJob[T]
}

func (g *gemm[T]) init(t tile[T], p *pool) {
	g.tile, g.pool = t, p
	g.pack.gemm, g.compute.gemm = g, g
}

func (g *gemm[T]) multiply(scaleRow func([]T, T), transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int, bias []T, act Activation) {
	checkGemm(transA, transB, m, n, k, alpha == 0, a, lda, b, ldb, bias, c, ldc)
	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 {
		k = 0
	}
	start := tileLoad
	switch {
	case bias != nil:
		start = tileBias
	case beta == 0:
		start = 0
	case beta != 1:
		for i := range m {
			scaleRow(c[i*ldc:][:n], beta)
		}
	}
	g.a = operand(a, lda, !transA)
	g.b = operand(b, ldb, transB)
	g.alpha, g.c, g.ldc, g.bias = alpha, c, ldc, bias

	// The k-blocks are of equal length; with k = 0 there is one, so that C
	// is written.
	kblocks := max(1, ceilDiv(k, kcMax))
	for j0 := 0; j0 < n; j0 += ncMax {
		g.j0, g.cols = j0, min(ncMax, n-j0)
		for kb := range kblocks {
			// Not kb·k/kblocks, a product that 32 bits do not hold.
			each, rest := k/kblocks, k%kblocks
			g.p0 = kb*each + min(kb, rest)
			g.depth = each
			if kb < rest {
				g.depth++
			}
			g.mode = tileLoad
			if kb == 0 {
				g.mode = start
			}
			if kb == kblocks-1 && act == ReLU {
				g.mode |= tileReLU
			}
			for i0 := 0; i0 < m; i0 += mMax {
				g.i0, g.rows = i0, min(mMax, m-i0)
				g.block(i0 == 0)
			}
		}
	}
	g.a, g.b, g.c, g.bias = matrix[T]{}, matrix[T]{}, nil, nil
}

// operand describes x, whose rows run along k if alongK.
func operand[T float](x []T, ld int, alongK bool) matrix[T] {
	if alongK {
		return matrix[T]{x, ld, 1}
	}
	return matrix[T]{x, 1, ld}
}

// block packs A's block, B's too if packB, and multiplies them.
func (g *gemm[T]) block(packB bool) {
	mr, nr := g.tile.mr, g.tile.nr
	g.pack.panelsA = ceilDiv(g.rows, mr)
	g.pack.panelsB = ceilDiv(g.cols, nr)
	// A panel of no depth still has an address.
	g.packedA = grow(g.packedA, g.pack.panelsA*mr*g.depth+1)
	g.packedB = grow(g.packedB, g.pack.panelsB*nr*g.depth+1)
	panels := g.pack.panelsA
	if packB {
		panels += g.pack.panelsB
	}
	g.pool.run(&g.pack, ceilDiv(panels, panelsPerPart))
	g.compute.split(g.pool.threads)
	g.pool.run(&g.compute, g.compute.parts())
}

// panelsPerPart is how many panels a thread packs at a time.
const panelsPerPart = 4

// A packJob copies the block's operands into panels: mr rows of A, or nr
// columns of B, side by side for each p; what does not exist is 0.
//
//	A: a(0,0) a(1,0) … a(mr-1,0) | a(0,1) … | … a(mr-1,kc-1)
//	B: b(0,0) b(0,1) … b(0,nr-1) | b(1,0) … | … b(kc-1,nr-1)
type packJob[T float] struct {
	*gemm[T]
	panelsA, panelsB int
}

func (g *packJob[T]) do(_, part int) {
	mr, nr := g.tile.mr, g.tile.nr
	first, last := part*panelsPerPart, min((part+1)*panelsPerPart, g.panelsA+g.panelsB)
	if n := min(last, g.panelsA); first < n {
		g.packPanels(g.packedA, mr, first, n, g.a, g.i0, g.rows, g.alpha)
	}
	first, last = max(first-g.panelsA, 0), last-g.panelsA
	if first < last {
		g.packPanels(g.packedB, nr, first, last, g.b, g.j0, g.cols, 1)
	}
}

// packPanels packs panels first to last, w wide, of the rows of x from i0.
func (g *packJob[T]) packPanels(packed []T, w, first, last int, x matrix[T], i0, rows int, alpha T) {
	depth := g.depth
	if depth == 0 {
		return
	}
	dst := packed[first*w*depth : last*w*depth]
	rows = min(rows-first*w, (last-first)*w)
	src := x.data[(i0+first*w)*x.across+g.p0*x.along:]
	if rows < (last-first)*w {
		clear(dst)
	}
	if x.across == 1 {
		// All panels side by side, for each p: that is how they lie in memory.
		for p := range depth {
			s := src[p*x.along:][:rows]
			d := dst[p*w:]
			for len(s) > w {
				copyRow(d, s, w)
				s, d = s[w:], d[w*depth:]
			}
			copyRow(d, s, len(s))
		}
	} else {
		for i := 0; i < rows; i += w {
			transposePanel(g.tile.transposes, dst[i*depth:], w, depth, src[i*x.across:], x.across, min(w, rows-i))
		}
	}
	if alpha != 1 {
		for i := range dst {
			dst[i] *= alpha
		}
	}
}

// copyRow copies n elements; of the usual widths without a call.
func copyRow[T float](dst, src []T, n int) {
	switch n {
	case 16:
		*(*[16]T)(dst) = *(*[16]T)(src)
	case 32:
		*(*[32]T)(dst) = *(*[32]T)(src)
	case 12:
		*(*[12]T)(dst) = *(*[12]T)(src)
	case 6:
		*(*[6]T)(dst) = *(*[6]T)(src)
	default:
		copy(dst[:n], src)
	}
}

// transposePanel sets dst[p*w+i] = src[i*ld+p] for i < rows.
func transposePanel[T float](ts []transpose[T], dst []T, w, depth int, src []T, ld, rows int) {
	i := 0
	for _, t := range ts {
		for ; i+t.rows <= rows && depth >= transposeStrip; i += t.rows {
			strips := depth / transposeStrip
			t.run(&dst[i], w, &src[i*ld], ld, strips)
			for p := strips * transposeStrip; p < depth; p++ {
				for j := i; j < i+t.rows; j++ {
					dst[p*w+j] = src[j*ld+p]
				}
			}
		}
	}
	for ; i < rows; i++ {
		d := dst[i:]
		for p, v := range src[i*ld:][:depth] {
			d[p*w] = v
		}
	}
}

// transposeStrip is how many columns a transpose takes at a time, as in
// gen/transpose.go.
const transposeStrip = 8

// A computeJob multiplies the packed block in parts, each a range of row
// panels times a range of column panels.
type computeJob[T float] struct {
	*gemm[T]
	rowPanels, colPanels int // per part
	rowParts, colParts   int
}

// split cuts the block so that a part of A stays in the second-level cache and
// every thread has a few parts.
func (g *computeJob[T]) split(threads int) {
	pa, pb := g.pack.panelsA, g.pack.panelsB
	g.rowParts = ceilDiv(g.rows, mcMax)
	g.colParts = 1
	if threads > 1 {
		g.colParts = min(pb, ceilDiv(4*threads, g.rowParts))
		g.rowParts = min(pa, max(g.rowParts, ceilDiv(2*threads, g.colParts)))
	}
	g.rowPanels, g.colPanels = ceilDiv(pa, g.rowParts), ceilDiv(pb, g.colParts)
	g.rowParts, g.colParts = ceilDiv(pa, g.rowPanels), ceilDiv(pb, g.colPanels)
}

func (g *computeJob[T]) parts() int { return g.rowParts * g.colParts }

func (g *computeJob[T]) do(_, part int) {
	mr, nr, t := g.tile.mr, g.tile.nr, g.tile.run
	i0, j0 := part/g.colParts*g.rowPanels, part%g.colParts*g.colPanels
	i1, j1 := min(i0+g.rowPanels, g.pack.panelsA), min(j0+g.colPanels, g.pack.panelsB)
	var bias *T
	for j := j0; j < j1; j++ {
		col := g.j0 + j*nr
		cols := min(nr, g.cols-j*nr)
		if g.bias != nil {
			bias = &g.bias[col]
		}
		for i := i0; i < i1; i++ {
			t(g.depth,
				&g.packedA[i*mr*g.depth], mr,
				&g.packedB[j*nr*g.depth], nr,
				&g.c[(g.i0+i*mr)*g.ldc+col], g.ldc, bias,
				min(mr, g.rows-i*mr), cols, g.mode)
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// grow returns a slice of n elements, x itself if it is large enough.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
