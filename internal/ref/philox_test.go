package ref

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestPhiloxKnownAnswers(t *testing.T) {
	file, err := os.Open("testdata/philox4x32_10.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows := 0
	for s := bufio.NewScanner(file); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		var ctr, want [4]uint32
		var key [2]uint32
		_, err := fmt.Sscanf(s.Text(), "%x %x %x %x %x %x %x %x %x %x", &ctr[0], &ctr[1], &ctr[2], &ctr[3], &key[0], &key[1], &want[0], &want[1], &want[2], &want[3])
		if err != nil {
			t.Fatal(err)
		}
		if got := Philox4x32(ctr, key); got != want {
			t.Errorf("Philox4x32(%x, %x) = %x, want %x", ctr, key, got, want)
		}
		rows++
	}
	if rows != 3 {
		t.Errorf("%d known answers, want 3", rows)
	}
}

// Where an element of the noise field comes from.
func TestNoiseAddressing(t *testing.T) {
	const seed, stream = 0x0123456789abcdef, 0xfedcba9876543210
	for _, c := range []struct {
		i       uint64
		counter uint64
		word    int
	}{
		{0, 0, 0}, {1, 1, 0}, {15, 15, 0}, {16, 0, 1}, {31, 15, 1}, {32, 0, 2}, {48, 0, 3}, {63, 15, 3},
		{64, 16, 0}, {80, 16, 1}, {127, 31, 3}, {64 * 1000, 16000, 0}, {1<<40 + 17, 1<<38 + 1, 1}, {1<<64 - 1, 1<<62 - 1, 3},
	} {
		w := Philox4x32([4]uint32{uint32(c.counter), uint32(c.counter >> 32), 0x76543210, 0xfedcba98}, [2]uint32{0x89abcdef, 0x01234567})
		if got := Bits(seed, stream, c.i); got != w[c.word] {
			t.Errorf("Bits(%d) = %x, want %x", c.i, got, w[c.word])
		}
		if got, want := Uniform(seed, stream, c.i), float32(float64(w[c.word]>>8)/(1<<24)); got != want {
			t.Errorf("Uniform(%d) = %v, want %v", c.i, got, want)
		}
		var z [4]float32
		z[0], z[1] = BoxMuller(w[0], w[1])
		z[2], z[3] = BoxMuller(w[2], w[3])
		if got := Normal(seed, stream, c.i); got != z[c.word] {
			t.Errorf("Normal(%d) = %v, want %v", c.i, got, z[c.word])
		}
	}
}

func TestBoxMuller(t *testing.T) {
	edges := []uint32{0, 1, 2, 3, 1<<29 - 1, 1 << 29, 1<<29 + 1, 1 << 30, 3 << 29, 1<<31 - 1, 1 << 31, 1<<31 + 1, 5 << 29, 3 << 30, 7 << 29, 1<<32 - 2, 1<<32 - 1}
	worst := 0.0
	check := func(w0, w1 uint32) {
		z0, z1 := BoxMuller(w0, w1)
		e0, e1 := exactBoxMuller(w0, w1)
		for _, e := range []float64{float64(z0) - e0, float64(z1) - e1} {
			worst = max(worst, math.Abs(e))
			if !(math.Abs(e) <= normalError) {
				t.Errorf("BoxMuller(%#x, %#x) = %v, %v errs by %v", w0, w1, z0, z1, e)
			}
		}
	}
	for _, w0 := range edges {
		for _, w1 := range edges {
			check(w0, w1)
		}
	}
	for i := range uint64(100_000) {
		check(Bits(3, 4, i), Bits(5, 6, i))
	}
	t.Logf("error at most %.3g", worst)
	if z, _ := BoxMuller(0, 0); !(z > 6.6 && z < 6.7) {
		t.Errorf("the largest radius is %v", z)
	}
	if z0, z1 := BoxMuller(1<<32-1, 12345); z0 != 0 || z1 != 0 {
		t.Errorf("u = 1 gives %v, %v", z0, z1)
	}
}

// kolmogorov returns the Kolmogorov–Smirnov statistic sqrt(n)*D of the sample.
func kolmogorov(x []float64, cdf func(float64) float64) float64 {
	slices.Sort(x)
	d, n := 0.0, float64(len(x))
	for i, v := range x {
		p := cdf(v)
		d = max(d, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
	}
	return d * math.Sqrt(n)
}

func TestDistributions(t *testing.T) {
	const n = 1 << 17
	normal, uniform := make([]float64, n), make([]float64, n)
	var m [5]float64 // moments
	pairs := 0.0     // E[z0*z1] of the pairs
	for i := range normal {
		z := float64(Normal(1, 2, uint64(i)))
		normal[i], uniform[i] = z, float64(Uniform(1, 2, uint64(i)))
		for k, p := 0, 1.0; k < len(m); k, p = k+1, p*z {
			m[k] += p / n
		}
		if i/16%2 == 1 {
			pairs += z * normal[i-16] / (n / 2)
		}
	}
	// Five standard deviations of each estimate.
	for _, c := range []struct {
		name            string
		got, want, dev2 float64
	}{
		{"mean", m[1], 0, 1}, {"variance", m[2], 1, 2}, {"third moment", m[3], 0, 15}, {"fourth moment", m[4], 3, 96}, {"correlation of pairs", pairs, 0, 2},
	} {
		if !(math.Abs(c.got-c.want) <= 5*math.Sqrt(c.dev2/n)) {
			t.Errorf("%s = %v, want %v ± %v", c.name, c.got, c.want, 5*math.Sqrt(c.dev2/n))
		}
	}
	for i, u := range uniform {
		if !(u >= 0 && u < 1) || u*(1<<24) != math.Floor(u*(1<<24)) {
			t.Fatalf("Uniform(%d) = %v", i, u)
		}
	}
	// P(statistic > 1.95) < 0.001.
	if k := kolmogorov(normal, func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }); !(k < 1.95) {
		t.Errorf("Kolmogorov–Smirnov statistic of Normal: %v", k)
	}
	if k := kolmogorov(uniform, func(x float64) float64 { return x }); !(k < 1.95) {
		t.Errorf("Kolmogorov–Smirnov statistic of Uniform: %v", k)
	}
}

// TestUniforms: the same elements, one by one and together.
func TestUniforms(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 63, 64, 65, 200} {
		for _, first := range []uint64{0, 64, 1 << 40} {
			dst := make([]float32, n)
			Uniforms(dst, 3, 5, first)
			for i, got := range dst {
				if want := Uniform(3, 5, first+uint64(i)); got != want {
					t.Fatalf("element %d of %d from %d is %v, want %v", i, n, first, got, want)
				}
			}
		}
	}
}
