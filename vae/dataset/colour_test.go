package dataset

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
)

// paint gives an image whose pixels are all different.
func paint(cols, rows int, kind func(image.Rectangle) settable) settable {
	img := kind(image.Rect(0, 0, cols, rows))
	for y := range rows {
		for x := range cols {
			img.Set(x, y, color.RGBA{byte(10 * x), byte(10 * y), byte(100 + x + y), 255})
		}
	}
	return img
}

type settable interface {
	image.Image
	Set(x, y int, c color.Color)
}

// painted are the pixels of paint.
func painted(cols, rows int) (p []byte) {
	for y := range rows {
		for x := range cols {
			p = append(p, byte(10*x), byte(10*y), byte(100+x+y))
		}
	}
	return p
}

func TestColour(t *testing.T) {
	kinds := map[string]func(image.Rectangle) settable{
		"rgba":        func(r image.Rectangle) settable { return image.NewRGBA(r) },
		"nrgba":       func(r image.Rectangle) settable { return image.NewNRGBA(r) },
		"rgb 16 bits": func(r image.Rectangle) settable { return image.NewRGBA64(r) },
	}
	for name, kind := range kinds {
		content := map[string][]byte{"a.png": encode(paint(3, 2, kind)), "b.png": grey(7)}
		s, err := LoadDir(files(t, content), Options{Colour: true})
		if err != nil {
			t.Fatal(err)
		}
		m := s.Test // the first
		if !m.Colour || m.Channels() != 3 || m.Size() != 18 || m.Len() != 1 || m.Rows != 2 || m.Cols != 3 || !bytes.Equal(m.Image(0), painted(3, 2)) {
			t.Errorf("%s: %+v, want %v", name, m, painted(3, 2))
		}
		want := []byte{7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12, 12}
		if !s.Train.Colour || !bytes.Equal(s.Train.Pixels, want) {
			t.Errorf("%s: grey as colour is %v, want %v", name, s.Train.Pixels, want)
		}
	}
	transparent := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	transparent.SetNRGBA(1, 0, color.NRGBA{200, 100, 50, 128})
	s, err := LoadDir(files(t, map[string][]byte{"a.png": encode(transparent), "b.png": grey(7)}), Options{Colour: true})
	if got := s.Test.Pixels; err != nil || !bytes.Equal(got[:6], []byte{0, 0, 0, 100, 50, 25}) {
		t.Errorf("on black: %v, %v", got, err)
	}
	if m := s.Test.Limit(1); m.Len() != 1 || len(m.Pixels) != 18 || !m.Colour {
		t.Errorf("Limit: %+v", m)
	}
}

// TestColourOrientation: of a photograph, colour or not, all pixels lie as its camera was
// held.
func TestColourOrientation(t *testing.T) {
	src := plain{painted(3, 2), 3, 2, 3}
	for o, want := range map[int]string{ // of pixels a b c / d e f
		1: "abcdef", 2: "cbafed", 3: "fedcba", 4: "defabc", 5: "adbecf", 6: "daebfc", 7: "fcebda", 8: "cfbead",
	} {
		dst := make([]byte, 18)
		src.place(dst, 3, o)
		for i, letter := range want {
			if k := int(letter - 'a'); !bytes.Equal(dst[3*i:][:3], src.pix[3*k:][:3]) {
				t.Errorf("orientation %d: pixel %d is not %c", o, i, letter)
			}
		}
	}
}

func TestColourNotes(t *testing.T) {
	inColour4 := idx(0x804, []uint32{1, 2, 3, 3}, painted(3, 2)...)
	red := image.NewRGBA(image.Rect(0, 0, 3, 2))
	red.Set(1, 1, color.RGBA{255, 0, 0, 255})
	for _, c := range []struct {
		content map[string][]byte
		want    string
	}{
		{map[string][]byte{"a.png": grey(99), "b.png": encode(red)}, ""},
		{map[string][]byte{"a.png": grey(99), "b.png": grey(1)}, "no image of DIR has colour"},
		{map[string][]byte{"train-images-idx3-ubyte": one(7, 99), "test-images-idx3-ubyte": one(7, 7)}, "no image of DIR has colour"},
		{map[string][]byte{"train-images-idx4-ubyte": inColour4, "test-images-idx3-ubyte": inColour4}, ""},
	} {
		dir := files(t, c.content)
		var notes []string
		s, err := LoadDir(dir, Options{Colour: true, Note: func(line string) { notes = append(notes, strings.ReplaceAll(line, dir, "DIR")) }})
		if got := strings.Join(notes, "\n"); err != nil || got != c.want {
			t.Errorf("noted %q, want %q; %v", got, c.want, err)
		}
		if grey := c.content["train-images-idx3-ubyte"] != nil; s.Train.Colour == grey || s.Test.Colour == grey {
			t.Errorf("%q: colour is %v", c.want, s.Train.Colour)
		}
	}
}

// TestColourIDX: a fourth dimension of an IDX file is that of colours. Unless they are asked
// for, they become the grey that those of a folder become.
func TestColourIDX(t *testing.T) {
	pixels := painted(3, 2)
	two, single := idx(0x804, []uint32{2, 2, 3, 3}, append(pixels, pixels...)...), idx(0x804, []uint32{1, 2, 3, 3}, pixels...)
	m, err := ReadIDX(bytes.NewReader(gz(two)))
	if err != nil || !m.Colour || m.Len() != 2 || m.Rows != 2 || m.Cols != 3 || !bytes.Equal(m.Image(1), pixels) {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := ReadIDX(bytes.NewReader(idx(0x804, []uint32{1, 1, 2, 1}, 7, 8))); err != nil || m.Colour || m.Len() != 1 || m.Size() != 2 {
		t.Errorf("one colour: %+v, %v", m, err)
	}
	content := map[string][]byte{
		"train-images-idx4-ubyte": two, "train-labels-idx1-ubyte": labels(4, 5),
		"t10k-images.idx4-ubyte.gz": gz(single), "t10k-labels-idx1-ubyte": labels(6),
	}
	dir := files(t, content)
	s, err := LoadDir(dir, Options{Colour: true, Limit: 1})
	if err != nil || !s.Train.Colour || !bytes.Equal(s.Train.Pixels, pixels) || !bytes.Equal(s.Test.Pixels, pixels) || string(s.Train.Labels) != "\x04" {
		t.Errorf("%+v, %v", s, err)
	}
	var notes []string
	note := func(line string) { notes = append(notes, strings.ReplaceAll(line, dir, "DIR")) }
	if s, err = LoadDir(dir, Options{Note: note}); err != nil || len(notes) == 0 || notes[0] != "DIR has colour, which is turned into grey" {
		t.Errorf("noted %q, %v", notes, err)
	}
	png := encode(paint(3, 2, func(r image.Rectangle) settable { return image.NewRGBA(r) }))
	want, err := LoadDir(files(t, map[string][]byte{"a.png": png, "b.png": png}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.Colour || s.Train.Len() != 2 || !bytes.Equal(s.Train.Image(1), want.Train.Pixels) || !bytes.Equal(s.Test.Pixels, want.Test.Pixels) {
		t.Errorf("%+v, want %+v", s, want)
	}
	content["t10k-images.idx4-ubyte.gz"] = idx(0x803, []uint32{1, 2, 3}, pixels[:6]...)
	delete(content, "t10k-labels-idx1-ubyte")
	if _, err := LoadDir(files(t, content), Options{}); err == nil || !strings.Contains(err.Error(), "images of 2x3, but those in ") || !strings.HasSuffix(err.Error(), "are 2x3 in colour; give two files of one data set") {
		t.Errorf("colour beside grey: %v", err)
	}
}

// TestColourMemory: a pixel in colour takes three bytes of what there is.
func TestColourMemory(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, paint(16, 8, func(r image.Rectangle) settable { return image.NewRGBA(r) }), nil); err != nil {
		t.Fatal(err)
	}
	dir := files(t, map[string][]byte{"a.jpg": photo.Bytes(), "b.jpg": photo.Bytes()})
	for _, memory := range []int64{2 * 16 * 8 * 3, 2*16*8*3 - 1} {
		s, err := LoadDir(dir, Options{Colour: true, Memory: memory})
		if memory%2 == 0 && (err != nil || s.JPEG != 2 || cap(s.Test.Pixels) != 16*8*3) {
			t.Errorf("%d bytes: %v, %+v", memory, err, s)
		}
		if memory%2 == 1 {
			wantError(t, err, "2 images of 8x16 pixels in colour take 0 MB of memory")
		}
	}
}
