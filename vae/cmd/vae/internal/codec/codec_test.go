package codec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/cmd/vae/internal/pca"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

// normal gives codes of which component j has the deviation 1/(1+j).
func normal(rows, components int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, rows*components)
	for i := range x {
		x[i] = float32(rng.NormFloat64() / float64(1+i%components))
	}
	return x
}

func write(t testing.TB, bits, components int, codes []float32) ([]byte, Size) {
	t.Helper()
	var b bytes.Buffer
	h := Header{Rows: len(codes) / components, Components: components, Bits: bits, Model: [32]byte{1, 31: 2}}
	size, err := Write(&b, h, codes)
	if err != nil {
		t.Fatal(err)
	}
	if size.Bytes != b.Len() || len(size.Bits) != components {
		t.Fatalf("%d bytes, but it says %d of %d components", b.Len(), size.Bytes, len(size.Bits))
	}
	return b.Bytes(), size
}

// TestRoundTrip: each code comes back to half a step, whatever the codes are.
func TestRoundTrip(t *testing.T) {
	const big = math.MaxFloat32
	constant := make([]float32, 300)
	for i := range constant {
		constant[i] = float32(i%3) + 0.1
	}
	two := make([]float32, 200)
	two[77] = 1
	for name, c := range map[string]struct {
		components int
		codes      []float32
	}{
		"normal":       {5, normal(3000, 5, 1)},
		"few":          {20, normal(7, 20, 2)},
		"one":          {1, []float32{3.5}},
		"one row":      {4, []float32{1, -2, 3e30, 0}},
		"two":          {1, []float32{1, 2}},
		"zeros":        {2, make([]float32, 40)},
		"constant":     {3, constant},
		"but for one":  {2, two},
		"huge":         {2, []float32{big, 1, -big, 2, 0, 3, big / 3, 4}},
		"tiny":         {2, []float32{0, 1e-45, 3e-45, 0, 1e-45, 0}},
		"huge, tiny":   {2, []float32{big, 1e-45, 0, 3e-45}},
		"many columns": {500, normal(20, 500, 3)},
	} {
		for bits := 1; bits <= MaxBits; bits++ {
			file, size := write(t, bits, c.components, c.codes)
			h, got, err := Read(bytes.NewReader(file), len(c.codes))
			if err != nil {
				t.Fatalf("%s, %d bits: %v", name, bits, err)
			}
			want := Header{Rows: len(c.codes) / c.components, Components: c.components, Bits: bits, Model: [32]byte{1, 31: 2}}
			if h != want {
				t.Errorf("%s: header %+v, want %+v", name, h, want)
			}
			step, components, err := h.quantise(c.codes)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range c.codes {
				// Half a step, and what rounding to float32 does.
				bound := step/2*(1+1e-9) + math.Abs(float64(got[i]))*0x1p-24 + 1e-45
				if d := math.Abs(float64(got[i]) - float64(v)); !(d <= bound) {
					t.Fatalf("%s, %d bits: code %d is %v, want %v to %v", name, bits, i, got[i], v, bound)
				}
			}
			total := 8 * float64(headerBytes+checksumBytes)
			for j, b := range size.Bits {
				total += b * float64(h.Rows)
				// Never more than what its multiples take as they are.
				if most := float64(components[j].width) + 8*(componentBytes+1)/float64(h.Rows); b > most {
					t.Errorf("%s, %d bits: component %d takes %v bits, above %v", name, bits, j, b, most)
				}
			}
			if math.Abs(total-8*float64(size.Bytes)) > 0.1 {
				t.Errorf("%s: components and the rest are %v bits, but the file has %d bytes", name, total, size.Bytes)
			}
		}
	}
}

// TestUnused: a component that a model does not use takes next to nothing.
func TestUnused(t *testing.T) {
	x := normal(2000, 2, 4)
	for i := 1; i < len(x); i += 2 {
		x[i] *= 1e-3
	}
	_, size := write(t, 8, 2, x)
	if size.Bits[1] > 8*componentBytes/2000.+0.5 {
		t.Errorf("an unused component takes %v bits", size.Bits[1])
	}
}

// TestEntropy: the codes of real images take little more than the entropies of their
// components.
func TestEntropy(t *testing.T) {
	s, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	const rows, d = 3000, 10
	x := make([]float32, rows*784)
	for i, p := range s.Train.Pixels[:len(x)] {
		x[i] = float32(p) / 255
	}
	e := kernels.New(kernels.Default(), 0)
	some := make([]float32, 0, rows*49) // in short, and the processors that are emulated
	for i := range rows * 7 {
		for j := range 7 {
			some = append(some, x[(i/7*28+4*(i%7))*28+4*j])
		}
	}
	b, err := pca.Fit(e, some, 49, d)
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]float32, rows*d)
	b.Codes(e, codes, some)
	for bits, over := range map[int]float64{3: 1.02, 4: 1.02, 6: 1.03, 8: 1.05, 10: 1.06} {
		file, _ := write(t, bits, d, codes)
		h, _, err := Read(bytes.NewReader(file), len(codes))
		if err != nil {
			t.Fatal(err)
		}
		entropy := 0.0
		step, components, _ := h.quantise(codes)
		for j := range d {
			counts := map[uint16]float64{}
			for i := range rows {
				counts[components[j].multiple(codes[i*d+j], step)]++
			}
			for _, n := range counts {
				entropy -= n * math.Log2(n/rows) / 8
			}
		}
		if got := float64(len(file)) - headerBytes - d*componentBytes; got > over*entropy {
			t.Errorf("%d bits: %v bytes for an entropy of %.0f: %.3f of it", bits, got, entropy, got/entropy)
		}
	}
}

func TestNotFinite(t *testing.T) {
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		x := make([]float32, 12)
		x[7] = v
		var b bytes.Buffer
		_, err := Write(&b, Header{Rows: 3, Components: 4, Bits: 8}, x)
		want := fmt.Sprintf("codec: the code of row 1 is %v in component 3; want finite numbers", v)
		if err == nil || err.Error() != want || b.Len() > 0 {
			t.Errorf("%v, %d bytes; want %s", err, b.Len(), want)
		}
	}
}

func TestPanics(t *testing.T) {
	for i, h := range []Header{
		{3, 4, 0, [32]byte{}}, {3, 4, 17, [32]byte{}}, {0, 4, 8, [32]byte{}}, {3, 0, 8, [32]byte{}}, {4, 4, 8, [32]byte{}}, {2, 5, 8, [32]byte{}},
		{1, maxComponents + 1, 8, [32]byte{}},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "codec: ") {
					t.Errorf("%d: panic %q", i, got)
				}
			}()
			Write(&bytes.Buffer{}, h, make([]float32, 12))
		}()
	}
}

var errFull = errors.New("the disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteError(t *testing.T) {
	if _, err := Write(full{}, Header{Rows: 3, Components: 1, Bits: 8}, make([]float32, 3)); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

// allocated gives the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
