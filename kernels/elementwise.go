package kernels

import (
	"unsafe"

	"github.com/lanewise/lanewise/internal/ref"
	"github.com/lanewise/lanewise/kernels/asm"
)

const (
	// chunk is how many elements one call of a kernel gets: microseconds of work,
	// because assembly cannot be preempted. It is a multiple of a noiseGroup and of
	// sumBlock.
	chunk = 8192

	// A sum has a tree that depends on its length alone: within blocks of sumBlock
	// elements, element i is added to partial sum i mod 16 in ascending order; the
	// partial sums are folded in halves; and the blocks' totals are added in order,
	// in float64.
	sumBlock = ref.SumBlock

	// noiseGroup is how many elements 16 Philox counters yield together.
	noiseGroup = 4 * ref.SumLanes
)

// An elementwise job applies one operation to arrays of any length, in parts of whole
// calls of its kernel.
type elementwise struct {
	set    Set
	kernel func(*asm.Args)
	whole  asm.Args // of a call for all elements
	arity  *asm.Arity
	part   int       // elements of a part
	call   int       // elements of a call
	totals []float32 // of the sum of each call, if the operation leaves one

	samples latentSums
	workers []elementwiseWorker
}

// An elementwiseWorker has the arguments of a worker's calls. They are on the heap: as
// a kernel is called through a function value, they would get there anyway, a new
// allocation for each call.
type elementwiseWorker struct {
	asm.Args
	kl []float32 // of the elements of a part
}

func (j *elementwise) init(e *Engine) {
	j.set = e.set
	j.workers = make([]elementwiseWorker, e.pool.threads)
}

// elementwise begins the use of the engine, for op on n elements. The caller sets the
// arrays and scalars of the whole, and what is not the rule.
func (e *Engine) elementwise(op asm.Op, n int) *elementwise {
	e.enter()
	j := &e.elements
	j.kernel, j.arity, j.whole.N = e.set.ops[op], &asm.Ops[op], n
	j.part, j.call, j.totals = chunk, chunk, j.totals[:0]
	return j
}

// run does the job. It keeps no memory of the caller's.
func (e *Engine) run(j *elementwise) {
	if n := j.whole.N; n <= j.call && j.samples.dim == 0 {
		if n > 0 {
			j.kernel(&j.whole)
			if len(j.totals) > 0 {
				j.totals[0] = j.whole.Sum
			}
		}
	} else {
		parts := ceilDiv(n, j.part)
		e.pool.run(j, parts)
		for w := range min(parts, len(j.workers)) {
			forget(&j.workers[w].Args)
		}
	}
	forget(&j.whole)
}

// forget drops the pointers to a caller's arrays.
func forget(a *asm.Args) {
	a.Out = [3]*float32{}
	a.In = [4]*float32{}
}

func (j *elementwise) do(worker, part int) {
	w := &j.workers[worker]
	a, from, end := &w.Args, part*j.part, min((part+1)*j.part, j.whole.N)
	a.Scalars = j.whole.Scalars
	for i := from; i < end; i += j.call {
		for k := range j.arity.Out {
			a.Out[k] = element(j.whole.Out[k], i)
		}
		for k := range j.arity.In {
			a.In[k] = element(j.whole.In[k], i)
		}
		a.N = min(j.call, end-i)
		a.Noise = j.whole.Noise
		a.Noise[2] += counters(i)
		if j.samples.dim > 0 {
			a.Out[1] = &w.kl[i-from]
		}
		j.kernel(a)
		if len(j.totals) > 0 {
			j.totals[i/j.call] = a.Sum
		}
	}
	if j.samples.dim > 0 {
		j.samples.add(j.set, w, from, end)
	}
}

// element is the address of element i of the array that starts at p, or nil.
func element(p *float32, i int) *float32 {
	if p == nil {
		return nil
	}
	return (*float32)(unsafe.Add(unsafe.Pointer(p), uintptr(i)*unsafe.Sizeof(*p)))
}

// counters is how many Philox counters n elements, whole groups, take.
func counters(n int) uint64 { return uint64(n) / noiseGroup * ref.SumLanes }

// map1 and map2 apply operations of one array and of two.
func (e *Engine) map1(op asm.Op, dst, x []float32, scalars ...float32) {
	checkMap(dst, x)
	j := e.elementwise(op, len(dst))
	j.whole.Out[0], j.whole.In[0] = unsafe.SliceData(dst), unsafe.SliceData(x)
	copy(j.whole.Scalars[:], scalars)
	e.run(j)
	e.leave()
}

func (e *Engine) map2(op asm.Op, dst, x, y []float32, scalars ...float32) {
	checkMap(dst, x, y)
	j := e.elementwise(op, len(dst))
	j.whole.Out[0], j.whole.In[0], j.whole.In[1] = unsafe.SliceData(dst), unsafe.SliceData(x), unsafe.SliceData(y)
	copy(j.whole.Scalars[:], scalars)
	e.run(j)
	e.leave()
}

// loss returns the sum that op leaves, and sets grad.
func (e *Engine) loss(op asm.Op, grad, x, t []float32, scale float32) float64 {
	checkMap(grad, x, t)
	j := e.elementwise(op, len(x))
	j.call, j.totals = sumBlock, grow(j.totals, ceilDiv(len(x), sumBlock))
	j.whole.Out[0], j.whole.In[0], j.whole.In[1] = unsafe.SliceData(grad), unsafe.SliceData(x), unsafe.SliceData(t)
	j.whole.Scalars[0] = scale
	e.run(j)
	var sum float64
	for _, t := range j.totals {
		sum += float64(t)
	}
	e.leave()
	return sum
}
