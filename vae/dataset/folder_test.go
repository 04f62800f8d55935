package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// files writes a folder of the given files and gives its path.
func files(t *testing.T, content map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range content {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// grey gives a PNG of 2 rows and 3 columns whose pixels are first, first+1, ….
func grey(first byte) []byte {
	img := image.NewGray(image.Rect(0, 0, 3, 2))
	for i := range img.Pix {
		img.Pix[i] = first + byte(i)
	}
	return encode(img)
}

func encode(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// blank gives a black PNG.
func blank(cols, rows int) []byte { return encode(image.NewGray(image.Rect(0, 0, cols, rows))) }

// header gives a PNG that ends after a header which claims the given size.
func header(cols, rows uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), cols)
	chunk = binary.BigEndian.AppendUint32(chunk, rows)
	chunk = append(chunk, 8, 0, 0, 0, 0) // 8 bits, grey
	b = append(b, chunk...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(chunk))
}

func TestOpenFolder(t *testing.T) {
	dir := files(t, map[string][]byte{
		"b.PNG": grey(20), "a.png": grey(10), "10.png": grey(30), "9.png": grey(40),
		".hidden.png": []byte("no image"), "notes.txt": []byte("no image"), "png": []byte("no image"),
		"folder.png/c.png": []byte("no image"), "sub/d.png": []byte("no image"),
	})
	m, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []byte{30, 31, 32, 33, 34, 35, 40, 41, 42, 43, 44, 45, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25}
	if m.Rows != 2 || m.Cols != 3 || !bytes.Equal(m.Pixels, want) {
		t.Errorf("read %+v, want 10, 9, a, b", m)
	}
	if m, err := OpenFolder(t.TempDir()); err != nil || m.Len() != 0 {
		t.Errorf("empty folder: %+v, %v", m, err)
	}
}

// TestGrey reads the kinds of image that files hold; all show one grey value.
func TestGrey(t *testing.T) {
	rect := image.Rect(0, 0, 3, 2)
	fill := func(img interface {
		image.Image
		Set(x, y int, c color.Color)
	}, c color.Color) image.Image {
		for y := range 2 {
			for x := range 3 {
				img.Set(x, y, c)
			}
		}
		return img
	}
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, fill(image.NewGray(rect), color.Gray{77}), nil); err != nil {
		t.Fatal(err)
	}
	var jpgColour bytes.Buffer
	if err := jpeg.Encode(&jpgColour, fill(image.NewRGBA(rect), color.Gray{77}), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		want byte
	}{
		{"gray", encode(fill(image.NewGray(rect), color.Gray{77})), 77},
		{"gray16", encode(fill(image.NewGray16(rect), color.Gray16{77 * 257})), 77},
		{"rgb", encode(fill(image.NewRGBA(rect), color.Gray{77})), 77},
		{"red", encode(fill(image.NewRGBA(rect), color.RGBA{255, 0, 0, 255})), 76}, // 0.299·255
		{"rgb 16 bits", encode(fill(image.NewRGBA64(rect), color.Gray{77})), 77},
		{"palette", encode(fill(image.NewPaletted(rect, color.Palette{color.Black, color.Gray{77}}), color.Gray{77})), 77},
		{"transparent", encode(fill(image.NewNRGBA(rect), color.NRGBA{255, 255, 255, 0})), 0},
		{"jpeg", jpg.Bytes(), 77},
		{"jpeg colour", jpgColour.Bytes(), 77},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The decoder goes by the content, so a JPEG may be called .png.
			m, err := OpenFolder(files(t, map[string][]byte{"a.png": c.data}))
			if err != nil {
				t.Fatal(err)
			}
			if want := bytes.Repeat([]byte{c.want}, 6); m.Rows != 2 || m.Cols != 3 || !bytes.Equal(m.Pixels, want) {
				t.Errorf("%+v, want pixels of %d", m, c.want)
			}
		})
	}
}

var badImages = []struct {
	name string
	b    []byte // the file b.png, beside good ones
	want string
}{
	{"too wide", blank(4, 2), "wrong size: 4 pixels wide and 2 high, but a.png is 3 wide and 2 high"},
	{"too high", blank(3, 3), "wrong size: 3 pixels wide and 3 high, but a.png is 3 wide and 2 high"},
	{"transposed", blank(2, 3), "wrong size: 2 pixels wide and 3 high, but a.png is 3 wide and 2 high"},
	{"enormous", header(1<<13, 1<<13), "wrong size: 8192 pixels wide and 8192 high"},
	{"empty file", nil, "neither a PNG nor a JPEG"},
	{"text", []byte("hello"), "neither a PNG nor a JPEG"},
	{"GIF", []byte("GIF89a\x03\x00\x02\x00\x00\x00\x00"), "neither a PNG nor a JPEG"},
	{"cut signature", grey(0)[:10], "the image cannot be decoded"},
	{"cut pixels", grey(0)[:50], "the image cannot be decoded"},
	{"header alone", header(3, 2), "the image cannot be decoded"},
	{"damaged", damaged(grey(0), 20), "the image cannot be decoded"},
	{"zero wide", header(0, 2), "the image cannot be decoded"},
	{"negative", header(3, 1<<31), "the image cannot be decoded"},
	{"cut JPEG", []byte("\xff\xd8\xff\xe0"), "the image cannot be decoded"},
}

func TestBadImages(t *testing.T) {
	for _, c := range badImages {
		t.Run(c.name, func(t *testing.T) {
			dir := files(t, map[string][]byte{"a.png": grey(0), "b.png": c.b, "c.png": grey(0)})
			m, err := OpenFolder(dir)
			wantError(t, err, c.want, filepath.Join(dir, "b.png")+": ")
			if m.Pixels != nil {
				t.Errorf("pixels with an error: %+v", m)
			}
			_, err = LoadDir(dir, Options{})
			wantError(t, err, c.want, filepath.Join(dir, "b.png")+": ")
		})
	}
}

// TestLyingPNG shows that no image is allocated on the word of a header.
func TestLyingPNG(t *testing.T) {
	for _, c := range []struct {
		name       string
		cols, rows uint32
		want       string
	}{
		{"square", 1 << 13, 1 << 13, "too large: 8192 pixels wide and 8192 high, above the limit of 4194304 pixels in an image"},
		{"wide", 1 << 24, 1, "too large: 16777216 pixels wide and 1 high"},
		{"one above the limit", 1<<22 + 1, 1, "too large: 4194305 pixels wide"},
		// Where int has 32 bits the decoder itself refuses these.
		{"overflow of 32 bits", 1 << 16, 1 << 16, "b.png: "},
		{"largest", 1<<31 - 1, 1<<31 - 1, "b.png: "},
	} {
		dir := files(t, map[string][]byte{"b.png": header(c.cols, c.rows)})
		var err error
		if got := allocated(func() { _, err = OpenFolder(dir) }); got > 1<<20 {
			t.Errorf("%s: allocated %d bytes", c.name, got)
		}
		wantError(t, err, c.want, filepath.Join(dir, "b.png")+": ")
	}
}

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		images, rows, cols int
		memory             int64
		want               bool
	}{
		{MaxPixels / 6, 2, 3, 0, true},
		{MaxPixels/6 + 1, 2, 3, 0, false},
		{4, 2, 3, 24, true},
		{4, 2, 3, 23, false},
	} {
		r := reader{options: &Options{Memory: c.memory}, rows: c.rows, cols: c.cols}
		r.test.most = c.images
		if testing.Short() && c.want && c.images > 4 {
			continue // it allocates
		}
		if err := r.allocate(); (err == nil) != c.want || err != nil && !errors.Is(err, errFull) {
			t.Errorf("%d images of %dx%d in %d bytes: %v", c.images, c.rows, c.cols, c.memory, err)
		}
	}
}

func TestFolderErrors(t *testing.T) {
	dir := files(t, map[string][]byte{"file": nil})
	for _, open := range []func(string) error{
		func(dir string) error { _, err := OpenFolder(dir); return err },
		func(dir string) error { _, err := LoadDir(dir, Options{}); return err },
	} {
		absent := filepath.Join(dir, "absent")
		err := open(absent)
		wantError(t, err, absent, "give a folder of IDX files or of PNG or JPEG images")
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v: want os.ErrNotExist in it", err)
		}
		file := filepath.Join(dir, "file")
		wantError(t, open(file), file+" is a file, not a folder")
	}

	if err := os.Symlink("nowhere", filepath.Join(dir, "a.png")); err != nil {
		t.Skip(err)
	}
	_, err := OpenFolder(dir)
	wantError(t, err, filepath.Join(dir, "a.png")+" is a link to a missing file")
}

// FuzzImage: whatever a file of a folder holds, it is refused or appended whole.
func FuzzImage(f *testing.F) {
	f.Add(grey(7))
	for _, c := range badImages {
		f.Add(c.b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, o := range []Options{{}, {Colour: true}, {Rows: 5, Cols: 3, Scale: sample}, {Colour: true, Rows: 2, Cols: 9, Scale: sample}} {
			fuzzImage(t, data, &o)
		}
	})
}

func fuzzImage(t *testing.T, data []byte, o *Options) {
	r := reader{options: o}
	m := &r.train
	m.most = 2
	for want := 1; want <= 2; want++ {
		if err := r.add(bytes.NewReader(data), "a.png", m); err != nil {
			if want == 2 || m.Pixels != nil || m.Size() != 0 {
				t.Fatalf("image %d: %v, with %d pixels of %dx%d", want, err, len(m.Pixels), m.Rows, m.Cols)
			}
			return
		}
		if m.Len() != want || len(m.Pixels) != want*m.Size() || m.Size() > 3*maxImagePixels || o.Rows != 0 && (m.Rows != o.Rows || m.Cols != o.Cols) {
			t.Fatalf("%d pixels, %d images of %dx%d", len(m.Pixels), m.Len(), m.Rows, m.Cols)
		}
	}
	if !bytes.Equal(m.Image(0), m.Image(1)) {
		t.Fatal("one file, two images")
	}
}
