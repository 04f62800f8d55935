package ref

import "math"

// Philox4x32 is Philox4x32-10, the counter-based generator of Salmon, Moraes,
// Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11).
func Philox4x32(ctr [4]uint32, key [2]uint32) [4]uint32 {
	const (
		m0, m1 = 0xD2511F53, 0xCD9E8D57 // multipliers
		w0, w1 = 0x9E3779B9, 0xBB67AE85 // Weyl increments: golden ratio, sqrt(3)-1
	)
	for range 10 {
		p0 := uint64(m0) * uint64(ctr[0])
		p1 := uint64(m1) * uint64(ctr[2])
		ctr = [4]uint32{
			uint32(p1>>32) ^ ctr[1] ^ key[0], uint32(p1),
			uint32(p0>>32) ^ ctr[3] ^ key[1], uint32(p0),
		}
		key[0] += w0
		key[1] += w1
	}
	return ctr
}

// A noise field is 2^64 elements for each (seed, stream). Element i is word
// j = i/16%4 of the counter 16*(i/64) + i%16: a group of 64 elements takes
// the 16 counters of one vector, word by word.
//
//	elements  0..15   word 0 of counters 0..15
//	elements 16..31   word 1
//	elements 32..47   word 2
//	elements 48..63   word 3
//	elements 64..79   word 0 of counters 16..31
//
// The counter stands in words 0 and 1, the stream in 2 and 3, low word first;
// the key is the seed, low word first.
func noise(seed, stream, i uint64) (words [4]uint32, j int) {
	c := i/64*16 + i%16
	ctr := [4]uint32{uint32(c), uint32(c >> 32), uint32(stream), uint32(stream >> 32)}
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	return Philox4x32(ctr, key), int(i / 16 % 4)
}

// Bits returns element i of the noise field, uniform on all uint32.
func Bits(seed, stream, i uint64) uint32 {
	w, j := noise(seed, stream, i)
	return w[j]
}

// Uniform returns element i of the noise field, uniform on the multiples of
// 2^-24 in [0, 1): the upper 24 bits of Bits.
func Uniform(seed, stream, i uint64) float32 {
	return float32(float32(int32(Bits(seed, stream, i)>>8)) * 0x1p-24)
}

// Uniforms sets dst to the elements from first on, a multiple of 64, of the noise field.
// Every word of a counter is used.
func Uniforms(dst []float32, seed, stream, first uint64) {
	for ; len(dst) > 0; first += 64 {
		var group [64]float32
		for c := range uint64(16) {
			words, _ := noise(seed, stream, first+c)
			for j, w := range words {
				group[16*j+int(c)] = float32(float32(int32(w>>8)) * 0x1p-24)
			}
		}
		dst = dst[copy(dst, group[:]):]
	}
}

// Normal returns element i of the noise field, standard normal: BoxMuller of
// words 0 and 1 (j = 0, 1) or 2 and 3 (j = 2, 3).
func Normal(seed, stream, i uint64) float32 {
	w, j := noise(seed, stream, i)
	z0, z1 := BoxMuller(w[j&^1], w[j|1])
	if j&1 == 0 {
		return z0
	}
	return z1
}

// BoxMuller makes two independent standard normal numbers of two words,
//
//	z0, z1 = radius*(cos(a), sin(a)),
//
// where w0 gives the radius and w1 the angle a, in units of 2^-32 turns.
// |z| < 6.67; all results are finite. The error is at most 1.26e-6, where u is what
// radius takes: that follows from all radii and all directions. 1.165e-6 is reached.
func BoxMuller(w0, w1 uint32) (z0, z1 float32) {
	r := radius(w0)
	c, s := direction(w1)
	return float32(r * c), float32(r * s)
}

// radius is sqrt(-2 log(u)), where u in (0, 1] is the middle of w0's interval of 2^-31,
// rounded to float32.
func radius(w0 uint32) float32 {
	u := FMA(float32(int32(w0>>1)), 0x1p-31, 0x1p-32)
	return Sqrt(-2 * logNormal(u, 0))
}

// direction is the cosine and the sine of the angle w1.
func direction(w1 uint32) (c, s float32) {
	// a = k*pi/2 + x, |x| <= pi/4: the low 30 bits, as signed, are x.
	x := float32(int32(w1<<2)) * QuarterTurn
	y := x * x
	s = FMA(horner(y, SinQ), float32(y*x), x)
	c = FMA(horner(y, CosQ), y, 1)

	// cos(a), sin(a) = c, s for k = 0;  -s, c for 1;  -c, -s for 2;  s, -c for 3.
	k := w1 + 1<<29 // its two top bits
	if int32(k<<1) < 0 {
		c, s = s, c
	}
	c = math.Float32frombits(math.Float32bits(c) ^ (k^k<<1)&signBit)
	s = math.Float32frombits(math.Float32bits(s) ^ k&signBit)
	return c, s
}

// QuarterTurn is radians per unit of an angle's low 30 bits, times four.
const QuarterTurn = math.Pi / 2 * 0x1p-32

// Minimax on |x| <= pi/4, in y = x²: of (sin(x)-x)/x³, so that sin(x) errs by less than
// 0.07*2^-24 of itself, and of (cos(x)-1)/x², so that cos(x) errs by less than 0.55*2^-24.
var (
	SinQ = []float64{-0x1.555546p-3, 0x1.11077ep-7, -0x1.9956b6p-13}
	CosQ = []float64{-0x1.ffffbap-2, 0x1.553faap-5, -0x1.647822p-10}
)
