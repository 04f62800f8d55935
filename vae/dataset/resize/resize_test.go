package resize_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/digits"
	"github.com/lanewise/lanewise/vae/dataset/resize"
)

// pictures are of two kinds: digits in grey, and in colour what has many pixels that are
// black or white.
func pictures(t *testing.T) []dataset.Images {
	t.Helper()
	s, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	colour := dataset.Images{Pixels: make([]byte, 40*24*30*3), Rows: 24, Cols: 30, Colour: true}
	for i := range colour.Pixels {
		colour.Pixels[i] = byte(rng.IntN(2) * 255)
		if i%5 == 0 {
			colour.Pixels[i] = byte(rng.Uint32())
		}
	}
	return []dataset.Images{s.Test.Limit(200), colour}
}

// TestSameBytes has the hash of every machine: where one fuses multiplication and
// addition, x/image gives other last bits.
func TestSameBytes(t *testing.T) {
	h := sha256.New()
	for _, m := range pictures(t) {
		for _, size := range [][2]int{{32, 32}, {14, 14}, {64, 64}, {20, 20}, {13, 27}, {56, 56}} {
			to, err := m.Resize(size[0], size[1], resize.CatmullRom)
			if err != nil {
				t.Fatal(err)
			}
			h.Write(to.Pixels)
		}
	}
	if got, want := fmt.Sprintf("%x", h.Sum(nil)[:8]), "47ab25500d7b5e6b"; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

// TestScale: what is even stays as it is, and a picture of black and white becomes their
// mean.
func TestScale(t *testing.T) {
	even := dataset.Images{Pixels: make([]byte, 12*10), Rows: 12, Cols: 10}
	chess := dataset.Images{Pixels: make([]byte, 16*16), Rows: 16, Cols: 16}
	for i := range even.Pixels {
		even.Pixels[i] = 201
	}
	for i := range chess.Pixels {
		chess.Pixels[i] = byte((i/16 + i) % 2 * 255)
	}
	for _, size := range [][2]int{{6, 5}, {24, 20}, {7, 7}, {1, 1}} {
		m, err := even.Resize(size[0], size[1], resize.CatmullRom)
		if err != nil || m.Len() != 1 {
			t.Fatal(m, err)
		}
		for i, p := range m.Pixels {
			if p != 201 {
				t.Errorf("%v: pixel %d is %d, want 201", size, i, p)
			}
		}
	}
	m, err := chess.Resize(4, 4, resize.CatmullRom)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Pixels {
		if p < 117 || p > 137 {
			t.Errorf("pixel %d is %d, want about 127", i, p)
		}
	}
}
