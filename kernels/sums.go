package kernels

import "github.com/lanewise/lanewise/internal/ref"

// A sum has a tree that depends on its length alone: within blocks of
// sumBlock elements, element i is added to partial sum i mod 16 in ascending
// order; the partial sums are folded in halves; and the blocks' totals are
// added in order, in float64.
const sumBlock = ref.SumBlock

// blocksPerPart is how many blocks of a sum one part of a job takes.
const blocksPerPart = chunk / sumBlock

// A lossJob runs a loss, leaving the total of every block.
type lossJob struct {
	kernel     lossKernel
	grad, x, t []float32
	scale      float32
	totals     []float32
}

func (j *lossJob) do(_, part int) {
	for b := part * blocksPerPart; b < min((part+1)*blocksPerPart, len(j.totals)); b++ {
		lo := b * sumBlock
		j.kernel(&j.grad[lo], &j.x[lo], &j.t[lo], min(sumBlock, len(j.x)-lo), j.scale, &j.totals[b])
	}
}

func (e *Engine) loss(kernel lossKernel, grad, x, t []float32, scale float32) float64 {
	checkMap(grad, x, t)
	e.enter()
	j := &e.losses
	j.kernel, j.grad, j.x, j.t, j.scale = kernel, grad, x, t, scale
	j.totals = grow(j.totals, ceilDiv(len(x), sumBlock))
	e.pool.run(j, ceilDiv(len(j.totals), blocksPerPart))
	j.grad, j.x, j.t = nil, nil, nil
	sum := addUp(j.totals)
	e.leave()
	return sum
}

func addUp(totals []float32) float64 {
	var sum float64
	for _, t := range totals {
		sum += float64(t)
	}
	return sum
}

// BCEWithLogits is the binary cross-entropy of logits x against targets t in
// [0, 1], in nats, and its gradient, in one pass. It returns
//
//	Σ max(x,0) - x·t + log1p(exp(-|x|))
//
// and sets grad = (sigmoid(x) - t)·scale. Every term is finite for every finite logit,
// and for an infinite one it is the limit: 0 where t is what x says, else +Inf. The sum
// is finite where the terms of each block of 1,024 add up to less than 3.4·10³⁸, as
// they do for |x| up to 3·10³⁵; a NaN reaches the sum and its own gradient. grad may be x or t itself; the
// lengths are equal. Nothing is allocated once the workspace has grown.
func (e *Engine) BCEWithLogits(grad, x, t []float32, scale float32) float64 {
	return e.loss(e.set.bce, grad, x, t, scale)
}

// SquaredError returns Σ (x-t)² and sets grad = 2·(x-t)·scale, in one pass.
// All else is as in [Engine.BCEWithLogits].
func (e *Engine) SquaredError(grad, x, t []float32, scale float32) float64 {
	return e.loss(e.set.squaredError, grad, x, t, scale)
}

// ColumnSums sets dst[j] = Σ x[i,j] over the rows of the len(dst)-column
// matrix x: the gradient of a bias. Like the elements of a product, a sum is made of
// chains of 512 rows: each row is added in ascending order of i, and so is each chain
// but the first, which starts from 0, to the sum. Its error is at most
// (min(rows, 512) + rows/512)·2⁻²⁴·Σ|x[i,j]|.
func (e *Engine) ColumnSums(dst, x []float32) {
	n := len(dst)
	if n == 0 && len(x) > 0 || n > 0 && len(x)%n != 0 {
		panic("kernels: ColumnSums of rows of another length")
	}
	checkDisjoint(dst, x)
	raceRead(x)
	raceWrite(dst)
	e.enter()
	clear(dst)
	j := &e.columns
	j.add, j.dst, j.x = e.set.add, dst, x
	j.chains = grow(j.chains, n)
	e.pool.run(j, ceilDiv(n, columnsPerPart))
	j.dst, j.x = nil, nil
	e.leave()
}

// columnsPerPart keeps a part's sums in the first-level cache and leaves a
// layer's columns for several threads.
const columnsPerPart = 128

type columnJob struct {
	add    binary
	dst, x []float32
	chains []float32 // under way, after the first
}

func (j *columnJob) do(_, part int) {
	lo := part * columnsPerPart
	n := min(columnsPerPart, len(j.dst)-lo)
	dst, chain := &j.dst[lo], &j.chains[lo]
	step := len(j.dst)
	rows := len(j.x) / step
	for first := 0; first < rows; first += chainSteps {
		sum := dst
		if first > 0 {
			sum = chain
			clear(j.chains[lo:][:n])
		}
		for i := first; i < min(rows, first+chainSteps); i++ {
			j.add(sum, sum, &j.x[i*step+lo], n)
		}
		if first > 0 {
			j.add(dst, dst, chain, n)
		}
	}
}
