package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// sample is a Scaler that takes one pixel of the part for each of the result.
func sample(dst draw.Image, src image.Image, part image.Rectangle) {
	b := dst.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			dst.Set(x, y, src.At(part.Min.X+x*part.Dx()/b.Dx(), part.Min.Y+y*part.Dy()/b.Dy()))
		}
	}
}

func TestCenter(t *testing.T) {
	for _, c := range []struct {
		w, h, cols, rows int
		want             image.Rectangle
	}{
		{28, 28, 64, 64, image.Rect(0, 0, 28, 28)},
		{178, 218, 64, 64, image.Rect(0, 20, 178, 198)},
		{218, 178, 64, 64, image.Rect(20, 0, 198, 178)},
		{640, 480, 64, 48, image.Rect(0, 0, 640, 480)},
		{100, 100, 64, 48, image.Rect(0, 12, 100, 87)},
		{100, 100, 48, 64, image.Rect(12, 0, 87, 100)},
		{3, 2, 1, 1, image.Rect(0, 0, 2, 2)},
		{1, 1 << 22, 64, 64, image.Rect(0, 1<<21-1, 1, 1<<21)},
		{1 << 22, 1, 1, 1 << 22, image.Rect(1<<21-1, 0, 1<<21, 1)},
	} {
		got := center(c.w, c.h, c.cols, c.rows)
		if got.Size() != c.want.Size() || got.Min.X-c.want.Min.X > 1 || c.want.Min.X-got.Min.X > 1 || got.Min.Y-c.want.Min.Y > 1 || c.want.Min.Y-got.Min.Y > 1 {
			t.Errorf("of %dx%d for %dx%d: %v, want %v", c.w, c.h, c.cols, c.rows, got, c.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10000 {
		w, h, cols, rows := 1+rng.IntN(300), 1+rng.IntN(300), 1+rng.IntN(300), 1+rng.IntN(300)
		p := center(w, h, cols, rows)
		if p.Empty() || !p.In(image.Rect(0, 0, w, h)) || p.Dx() != w && p.Dy() != h {
			t.Fatalf("of %dx%d for %dx%d: %v", w, h, cols, rows, p)
		}
	}
}

func TestResize(t *testing.T) {
	// The middle of 4x2 is 2x2; each of its pixels becomes 2x2.
	grey := Images{Pixels: []byte{9, 1, 2, 9, 9, 3, 4, 9, 9, 5, 6, 9, 9, 7, 8, 9}, Rows: 2, Cols: 4, Labels: []byte{4, 2}}
	m, err := grey.Resize(4, 4, sample)
	want := []byte{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4, 5, 5, 6, 6, 5, 5, 6, 6, 7, 7, 8, 8, 7, 7, 8, 8}
	if err != nil || m.Rows != 4 || m.Cols != 4 || m.Len() != 2 || !bytes.Equal(m.Pixels, want) || !bytes.Equal(m.Labels, grey.Labels) {
		t.Errorf("%+v, %v; want %v", m, err, want)
	}
	// A part of the size that is wanted is as it was.
	m, err = grey.Resize(2, 2, unused(t))
	if err != nil || !bytes.Equal(m.Pixels, []byte{1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("%+v, %v", m, err)
	}
	colour := Images{Pixels: painted(6, 4), Rows: 4, Cols: 6, Colour: true}
	m, err = colour.Resize(2, 3, sample)
	if err != nil || m.Size() != 18 || !m.Colour || !bytes.Equal(m.Image(0), []byte{0, 0, 100, 20, 0, 102, 40, 0, 104, 0, 20, 102, 20, 20, 104, 40, 20, 106}) {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err = grey.Resize(2, 4, unused(t)); err != nil || &m.Pixels[0] != &grey.Pixels[0] {
		t.Errorf("the same size: %+v, %v", m, err)
	}
	big := Images{Pixels: make([]byte, 600), Rows: 1, Cols: 1}
	_, err = big.Resize(1<<11, 1<<11, sample)
	wantError(t, err, "600 of 2048x2048 pixels are above the limit")
}

// unused is a Scaler that is not used.
func unused(t *testing.T) Scaler {
	return func(draw.Image, image.Image, image.Rectangle) { t.Error("scaled") }
}

func TestNearest(t *testing.T) {
	for v := range 256 {
		for d := -127; d <= 129; d++ { // 128.5 is in the middle
			if deep := v*257 + d; deep >= 0 && deep <= 65535 && nearest(uint16(deep)) != byte(v) {
				t.Fatalf("%d is %d, want %d", deep, nearest(uint16(deep)), v)
			}
		}
	}
}

func TestLoadResized(t *testing.T) {
	load := func(content map[string][]byte, o Options) (Split, string, error) {
		dir := files(t, content)
		var notes []string
		o.Note = func(line string) { notes = append(notes, strings.ReplaceAll(line, dir, "DIR")) }
		s, err := LoadDir(dir, o)
		return s, filepath.ToSlash(strings.Join(notes, "\n")), err
	}
	rgba := func(r image.Rectangle) settable { return image.NewRGBA(r) }
	// Images of any size become one; the ratio is that of the first, not of the second.
	content := map[string][]byte{"a.png": encode(paint(6, 4, rgba)), "b.png": encode(paint(9, 4, rgba)), "c.png": encode(paint(3, 2, rgba))}
	s, notes, err := load(content, Options{Rows: 2, Cols: 3, Scale: sample, Colour: true})
	want := []byte{0, 0, 100, 20, 0, 102, 40, 0, 104, 0, 20, 102, 20, 20, 104, 40, 20, 106}
	if err != nil || s.Train.Len() != 2 || !bytes.Equal(s.Test.Pixels, want) || !bytes.Equal(s.Train.Image(1), painted(3, 2)) ||
		s.Train.Image(0)[0] != 10 { // one column is left out on the left, two on the right
		t.Errorf("%+v, %v, want %v", s, err, want)
	}
	if notes != "DIR/b.png has another ratio than 3 pixels wide and 2 high: its middle is taken, as that of all images" {
		t.Errorf("noted %q", notes)
	}
	if s, _, err := load(content, Options{Rows: 1, Cols: 1, Scale: sample}); err != nil || s.Train.Colour || s.Train.Size() != 1 {
		t.Errorf("grey: %+v, %v", s, err)
	}

	idxFiles := map[string][]byte{
		"train-images-idx3-ubyte": idx(0x803, []uint32{1, 2, 4}, 9, 1, 2, 9, 9, 3, 4, 9), "t10k-images-idx3-ubyte": idx(0x803, []uint32{1, 2, 4}, 9, 5, 6, 9, 9, 7, 8, 9),
		"train-labels-idx1-ubyte": labels(3),
	}
	s, notes, err = load(idxFiles, Options{Rows: 2, Cols: 2, Scale: sample})
	if err != nil || string(s.Train.Pixels) != "\x01\x02\x03\x04" || string(s.Test.Pixels) != "\x05\x06\x07\x08" || s.Train.Rows != 2 || string(s.Train.Labels) != "\x03" ||
		notes != "the images of DIR have another ratio than 2 pixels wide and 2 high: their middle is taken\nthe brightest pixel of DIR is 8 of 255: images of 12 bits in files of 16 look like that, and black on a transparent ground" {
		t.Errorf("%+v, %v, %q", s, err, notes)
	}
	for memory, want := range map[int64]bool{16 + 8: true, 16 + 7: false} {
		if _, _, err := load(idxFiles, Options{Rows: 2, Cols: 2, Scale: sample, Memory: memory}); (err == nil) != want {
			t.Errorf("in %d bytes: %v", memory, err)
		}
	}
	// An image that is too large is refused as ever.
	_, _, err = load(map[string][]byte{"a.png": header(1<<13, 1<<13), "b.png": grey(0)}, Options{Rows: 2, Cols: 2, Scale: sample})
	wantError(t, err, "too large: 8192 pixels wide and 8192 high")
}

// TestResizedOrientation: a photograph that was held otherwise is turned, and has the size
// that is wanted.
func TestResizedOrientation(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 32, 16)) // bright on the left
	for y := range 16 {
		for x := range 16 {
			img.Pix[y*32+x] = 255
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	for orientation, bright := range map[uint16]string{1: "left", 2: "right", 3: "right", 5: "top", 6: "top", 7: "bottom", 8: "bottom"} {
		for _, colour := range []bool{false, true} {
			data := exif(b.Bytes(), orientation, binary.BigEndian, "MM")
			rows, cols := 2, 4
			if orientation >= 5 {
				rows, cols = 4, 2
			}
			s, err := LoadDir(files(t, map[string][]byte{"a.jpg": data, "b.jpg": data}), Options{Rows: rows, Cols: cols, Scale: sample, Colour: colour})
			m := s.Test
			if err != nil || m.Rows != rows || m.Cols != cols {
				t.Fatalf("%+v, %v", m, err)
			}
			at := map[string]int{"left": (rows - 1) * cols, "right": cols - 1, "top": cols - 1, "bottom": (rows - 1) * cols}
			for side, k := range at {
				if side == "left" && orientation >= 5 || side == "right" && orientation >= 5 || side == "top" && orientation < 5 || side == "bottom" && orientation < 5 {
					continue
				}
				if got := m.Pixels[k*m.Channels()]; (got > 200) != (side == bright) {
					t.Errorf("orientation %d: %s is %d, but %s is bright", orientation, side, got, bright)
				}
			}
		}
	}
}

func TestResizePanics(t *testing.T) {
	m := Images{Pixels: []byte{1}, Rows: 1, Cols: 1}
	const pixels, scaler = "dataset: a size without pixels, or with more than 2^22", "dataset: a size without a Scaler"
	for i, c := range []struct {
		f    func()
		want string
	}{
		{func() { m.Resize(0, 1, sample) }, pixels},
		{func() { m.Resize(1, -1, sample) }, pixels},
		{func() { m.Resize(1<<12, 1<<11, sample) }, pixels},
		{func() { m.Resize(2, 2, nil) }, scaler},
		{func() { LoadDir(".", Options{Rows: 5}) }, pixels},
		{func() { LoadDir(".", Options{Rows: 5, Cols: 5}) }, scaler},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != c.want {
					t.Errorf("%d: panic %q, want %q", i, got, c.want)
				}
			}()
			c.f()
		}()
	}
}
