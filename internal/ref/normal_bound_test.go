package ref

import (
	"math"
	"runtime"
	"sync"
	"testing"
	"time"
)

const normalError = 1.26e-6 // of BoxMuller, as its doc comment says

// exactBoxMuller is of the u that radius takes, whose own rounding is a part of the
// definition.
func exactBoxMuller(w0, w1 uint32) (z0, z1 float64) {
	sin, cos := math.Sincos(exactAngle(w1))
	r := exactRadius(w0)
	return r * cos, r * sin
}

func exactRadius(w0 uint32) float64 {
	u := (float64(float32(int32(w0>>1))) + 0.5) / (1 << 31)
	return math.Sqrt(-2 * math.Log(float64(float32(u))))
}

func exactAngle(w1 uint32) float64 { return float64(int32(w1)) * (2 * math.Pi / (1 << 32)) }

// errorRange has the largest errors, either way, of the numbers of one interval.
type errorRange struct {
	largest         float64 // of the numbers, exact and not
	above, below    float64
	highest, lowest uint32 // words with those errors
}

func (r *errorRange) add(w uint32, got, exact float64) {
	r.merge(&errorRange{max(got, exact), got - exact, exact - got, w, w})
}

func (r *errorRange) merge(s *errorRange) {
	r.largest = max(r.largest, s.largest)
	if s.above > r.above {
		r.above, r.highest = s.above, s.highest
	}
	if s.below > r.below {
		r.below, r.lowest = s.below, s.lowest
	}
}

// errorBins are the ranges of intervals of 1/64, from 0 to 7.
type errorBins [7 * 64]errorRange

func (b *errorBins) add(w uint32, got, exact float64) { b[int(exact*64)].add(w, got, exact) }

// binErrors is what add makes of all words below n, in steps of stride().
func binErrors(n uint64, add func(b *errorBins, w uint32)) *errorBins {
	var all errorBins
	var mu sync.Mutex
	var wg sync.WaitGroup
	workers := uint64(runtime.GOMAXPROCS(0))
	for k := range workers {
		wg.Go(func() {
			var b errorBins
			for i := k * stride(); i < n; i += workers * stride() {
				add(&b, uint32(i))
			}
			mu.Lock()
			defer mu.Unlock()
			for k := range all {
				all[k].merge(&b[k])
			}
		})
	}
	wg.Wait()
	return &all
}

// A result is a radius times a cosine or sine d, rounded. With exact R and D,
//
//	radius*d - R*D = (radius - R)*d + R*(d - D)
//
// where R is of 2^31 words, and D, but for its sign and the order of cosine and sine, of
// 2^30. Both are gone through; of each pair of intervals the largest errors are taken.
func TestBoxMullerBound(t *testing.T) {
	start := time.Now()
	radii := binErrors(1<<31, func(b *errorBins, w uint32) {
		w *= 2
		b.add(w, float64(radius(w)), exactRadius(w))
	})
	directions := binErrors(1<<30, func(b *errorBins, w uint32) {
		w -= 1 << 29 // from -pi/4 to pi/4
		c, s := direction(w)
		sin, cos := math.Sincos(exactAngle(w))
		b.add(w, float64(c), cos)
		b.add(w, float64(Abs(s)), math.Abs(sin))
	})
	bound, reached := 0.0, 0.0
	try := func(w0, w1 uint32) {
		z0, z1 := BoxMuller(w0, w1)
		e0, e1 := exactBoxMuller(w0, w1)
		reached = max(reached, math.Abs(float64(z0)-e0), math.Abs(float64(z1)-e1))
	}
	for _, r := range radii {
		for _, d := range directions {
			e := max(r.above*d.largest+r.largest*d.above, r.below*d.largest+r.largest*d.below)
			bound = max(bound, e+ulp(r.largest*d.largest)/2)
			try(r.highest, d.highest)
			try(r.lowest, d.lowest)
		}
	}
	try(0x00000133, 0xdffdbf92) // the worst known
	t.Logf("error at most %.4g, %.4g reached; stride %d, %v", bound, reached, stride(), time.Since(start).Round(time.Millisecond))
	if !(bound <= normalError) {
		t.Errorf("may err by %v, want at most %v", bound, normalError)
	}
	if !(reached >= 1.164e-6 && reached <= normalError) {
		t.Errorf("errs by %v, want 1.164e-6 to %v", reached, normalError)
	}
}
