package kernels

import "github.com/lanewise/lanewise/kernels/asm"

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
	return e.loss(asm.BCE, grad, x, t, scale)
}

// SquaredError returns Σ (x-t)² and sets grad = 2·(x-t)·scale, in one pass.
// All else is as in [Engine.BCEWithLogits].
func (e *Engine) SquaredError(grad, x, t []float32, scale float32) float64 {
	return e.loss(asm.SquaredError, grad, x, t, scale)
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
	j.engine, j.dst, j.x = e, dst, x
	if len(x) > n*chainSteps {
		j.chains = grow(j.chains, n)
	}
	e.pool.run(j, ceilDiv(n, columnsPerPart))
	j.dst, j.x = nil, nil
	e.leave()
}

// columnsPerPart keeps a part's sums in the first-level cache and leaves a
// layer's columns for several threads.
const columnsPerPart = 128

type columnJob struct {
	engine *Engine
	dst, x []float32
	chains []float32 // under way, after the first
}

func (j *columnJob) do(worker, part int) {
	lo, step := part*columnsPerPart, len(j.dst)
	n := min(columnsPerPart, step-lo)
	dst, rows := &j.dst[lo], len(j.x)/step
	if rows == 0 {
		return
	}
	x := j.x[lo:]
	ops, a := &j.engine.set.ops, &j.engine.elements.workers[worker].Args
	a.N = n
	for first := 0; first < rows; first += chainSteps {
		sum := dst
		if first > 0 {
			sum = &j.chains[lo]
			clear(j.chains[lo:][:n])
		}
		a.Out[0], a.In[0] = sum, sum
		i, end := first, min(rows, first+chainSteps)
		for ; i+3 <= end; i += 3 {
			a.In[1], a.In[2], a.In[3] = &x[i*step], &x[(i+1)*step], &x[(i+2)*step]
			ops[asm.Add3](a)
		}
		for ; i < end; i++ {
			a.In[1] = &x[i*step]
			ops[asm.Add](a)
		}
		if first > 0 {
			a.Out[0], a.In[0], a.In[1] = dst, dst, sum
			ops[asm.Add](a)
		}
	}
	forget(a)
}
