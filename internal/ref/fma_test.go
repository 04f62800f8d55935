package ref

import (
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// same reports whether two results are equal bit for bit, any NaN as any.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// unpack splits a finite |x| = m*2^e.
func unpack(x float32) (m uint64, e int) {
	b := math.Float32bits(x) &^ signBit
	if b < 1<<23 {
		return uint64(b), -149
	}
	return uint64(b&(1<<23-1) | 1<<23), int(b>>23) - 150
}

// exactFMA is x*y + z by 128-bit integers, rounded once.
func exactFMA(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	if s := p + float64(z); s-s != 0 || p == 0 || z == 0 && math.Abs(p) >= 0x1p-100 {
		return float32(s) // not finite, or exact before it is rounded
	}
	mx, ex := unpack(x)
	my, ey := unpack(y)
	m1, e1 := mx*my, ex+ey
	m2, e2 := unpack(z)
	neg1, neg2 := math.Signbit(p), math.Signbit(float64(z))
	if m2 == 0 {
		e2 = e1
	}
	// m1 and m2 have at most 48 digits. If they are too far apart for 128, the
	// smaller one matters only by being there.
	if e1 < e2 {
		m1, e1, neg1, m2, e2, neg2 = m2, e2, neg2, m1, e1, neg1
	}
	if e1-e2 > 79 {
		m2, e2 = 1, e1-79
	}
	d := uint(e1 - e2)
	hi, lo := bits.Mul64(m1, 1<<(d%64))
	if d >= 64 {
		hi, lo = lo, 0
	}
	e, neg := e2, neg1
	if neg1 == neg2 {
		var c uint64
		lo, c = bits.Add64(lo, m2, 0)
		hi += c
	} else {
		var c uint64
		lo, c = bits.Sub64(lo, m2, 0)
		hi, c = bits.Sub64(hi, 0, c)
		if c != 0 {
			neg = neg2
			lo, c = bits.Sub64(0, lo, 0)
			hi, _ = bits.Sub64(0, hi, c)
		}
	}
	if hi|lo == 0 {
		return 0
	}
	n := 128 - bits.LeadingZeros64(hi)
	if hi == 0 {
		n = 64 - bits.LeadingZeros64(lo)
	}
	// Keep 24 digits, or those from 2^-149 up.
	if k := max(n-24, -149-e); k > 0 {
		var q, rest uint64
		var half, below bool
		switch {
		case k > n:
			q, below = 0, true
		case k < 64:
			q, rest = hi<<(64-uint(k))|lo>>uint(k), lo&(1<<uint(k)-1)
			half, below = rest>>(uint(k)-1) == 1, rest&(1<<(uint(k)-1)-1) != 0
		case k == 64:
			q, half, below = hi, lo>>63 == 1, lo<<1 != 0
		default:
			r := uint(k - 64)
			q, rest = hi>>r, hi&(1<<r-1)
			half, below = rest>>(r-1) == 1, rest&(1<<(r-1)-1) != 0 || lo != 0
		}
		if half && (below || q&1 == 1) {
			q++
		}
		lo, e = q, e+k
	}
	r := float32(math.Ldexp(float64(lo), e)) // exact or an overflow
	if neg {
		r = -r
	}
	return r
}

// bigFMA is x*y + z for finite arguments, by math/big.
func bigFMA(x, y, z float32) float32 {
	exact := func(v float32) *big.Float { return new(big.Float).SetPrec(1000).SetFloat64(float64(v)) }
	s := exact(x)
	s.Mul(s, exact(y)).Add(s, exact(z))
	r, _ := s.Float32()
	if r == 0 && s.Sign() == 0 { // big.Float has IEEE's signs, but say so
		return float32(float64(x)*float64(y) + float64(z))
	}
	return r
}

// fmaCases are the classes of inputs in which a wrong FMA shows.
var fmaCases = []struct {
	name string
	gen  func(r *rand.Rand) (x, y, z float32)
}{
	{"bits", func(r *rand.Rand) (x, y, z float32) { return anyFloat(r), anyFloat(r), anyFloat(r) }},
	{"near", func(r *rand.Rand) (x, y, z float32) {
		x, y = around(r, 0, 20), around(r, 0, 20)
		_, e := math.Frexp(float64(x) * float64(y))
		return x, y, around(r, e, 50)
	}},
	// x*y has one digit more than z, half an ULP of it, and tiny ones below.
	{"midpoint", func(r *rand.Rand) (x, y, z float32) {
		e, f := r.IntN(60)-30, r.IntN(60)-30
		x = float32(math.Ldexp(1+float64(r.IntN(3)-1)*0x1p-23, e))
		y = float32(math.Ldexp(1+float64(r.IntN(5)-2)*0x1p-23, f))
		z = float32(math.Ldexp(float64(1<<23+r.IntN(1<<23)), e+f+1))
		return x, signed(r, y), signed(r, z)
	}},
	// An odd multiple of half the smallest subnormal, and tiny digits below.
	{"subnormal midpoint", func(r *rand.Rand) (x, y, z float32) {
		e := r.IntN(100) - 120
		x = float32(math.Ldexp(1+float64(r.IntN(3)-1)*0x1p-23, e))
		y = float32(math.Ldexp(float64(2*r.IntN(1<<r.IntN(12))+1)*(1+float64(r.IntN(3)-1)*0x1p-23), -150-e))
		return x, signed(r, y), signed(r, math.Float32frombits(r.Uint32()>>(8+r.IntN(24))))
	}},
	{"subnormal", func(r *rand.Rand) (x, y, z float32) {
		e := r.IntN(150) - 75
		return around(r, e, 2), around(r, -140-e, 16), signed(r, math.Float32frombits(r.Uint32()>>(8+r.IntN(24))))
	}},
	{"cancel", func(r *rand.Rand) (x, y, z float32) {
		x, y = around(r, r.IntN(200)-100, 20), around(r, 0, 20)
		z = -float32(float64(x) * float64(y))
		return x, y, math.Float32frombits(math.Float32bits(z) + r.Uint32N(5) - 2)
	}},
	{"overflow", func(r *rand.Rand) (x, y, z float32) {
		e := r.IntN(120)
		x, y = around(r, e, 1), around(r, 127-e, 2)
		return x, y, around(r, 102+r.IntN(26), 1)
	}},
	{"special", func(r *rand.Rand) (x, y, z float32) { return special(r), special(r), special(r) }},
}

func anyFloat(r *rand.Rand) float32 { return math.Float32frombits(r.Uint32()) }

func signed(r *rand.Rand, x float32) float32 {
	return math.Float32frombits(math.Float32bits(x) ^ r.Uint32()&signBit)
}

// around returns a float32 of random digits, in half the cases few, and an
// exponent within w of e.
func around(r *rand.Rand, e, w int) float32 {
	m := r.Uint32() >> 9
	if r.IntN(2) == 0 {
		m &= ^uint32(0) << r.IntN(24)
	}
	return signed(r, float32(math.Ldexp(1+float64(m)*0x1p-23, e+r.IntN(2*w+1)-w)))
}

var specials = func() []float32 {
	var s []float32
	for _, x := range []float32{0, 0x1p-149, 0x1p-148, 0x1.fffffcp-127, 0x1p-126, 0x1.000002p-126, 0x1p-75, 0x1p-24, 0.5, 0x1.fffffep-1, 1,
		0x1.000002p0, 1.5, 2, 3, 0x1p24, 0x1p64, 0x1p127, math.MaxFloat32, float32(math.Inf(1)), float32(math.NaN())} {
		s = append(s, x, -x)
	}
	s[1] = float32(math.Copysign(0, -1))
	return s
}()

func special(r *rand.Rand) float32 { return specials[r.IntN(len(specials))] }

func TestFMA(t *testing.T) {
	n := 1 << 16
	if *exhaustive {
		n = 1 << 27 // 2^30 in all
	}
	for _, c := range fmaCases {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			var twice atomic.Int64 // inputs on which rounding twice is wrong
			var wg sync.WaitGroup
			workers := runtime.GOMAXPROCS(0)
			for k := range workers {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(uint64(k), 1))
					for range n / workers {
						x, y, z := c.gen(r)
						got, want := FMA(x, y, z), exactFMA(x, y, z)
						if !same(got, want) {
							t.Errorf("FMA(%x, %x, %x) = %x, want %x", x, y, z, got, want)
							return
						}
						if !same(want, float32(float64(x)*float64(y)+float64(z))) {
							twice.Add(1)
						}
					}
				})
			}
			wg.Wait()
			t.Logf("%d inputs, on %d of which rounding twice is wrong, %v", n, twice.Load(), time.Since(start).Round(time.Millisecond))
			if (c.name == "midpoint" || c.name == "subnormal midpoint") && twice.Load() < int64(n/100) {
				t.Errorf("rounding twice is wrong on only %d of %d inputs", twice.Load(), n)
			}
		})
	}
}

// The test's own oracle against math/big.
func TestExactFMA(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range fmaCases {
		for range 4000 {
			x, y, z := c.gen(r)
			if s := float64(x)*float64(y) + float64(z); s-s != 0 {
				continue
			}
			if got, want := exactFMA(x, y, z), bigFMA(x, y, z); !same(got, want) {
				t.Fatalf("%s: exactFMA(%x, %x, %x) = %x, want %x", c.name, x, y, z, got, want)
			}
		}
	}
}

// All triples of special values. Infinities and NaN need no rounding, so
// float64 gives them.
func TestFMASpecials(t *testing.T) {
	for _, x := range specials {
		for _, y := range specials {
			for _, z := range specials {
				want := float32(float64(float64(x)*float64(y)) + float64(z))
				if want-want == 0 {
					want = bigFMA(x, y, z)
				}
				if got := FMA(x, y, z); !same(got, want) {
					t.Errorf("FMA(%x, %x, %x) = %x, want %x", x, y, z, got, want)
				}
			}
		}
	}
}
