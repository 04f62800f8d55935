package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// noted loads a folder and returns what was noted.
func noted(t *testing.T, content map[string][]byte) (Split, string) {
	t.Helper()
	dir := files(t, content)
	var notes []string
	s, err := LoadDir(dir, Options{Note: func(line string) { notes = append(notes, strings.ReplaceAll(line, dir, "DIR")) }})
	if err != nil {
		t.Fatal(err)
	}
	return s, strings.Join(notes, "\n")
}

func TestNotes(t *testing.T) {
	black := encode(image.NewGray(image.Rect(0, 0, 3, 2)))
	deep := image.NewGray16(image.Rect(0, 0, 3, 2)) // 12 bits
	deep.SetGray16(1, 1, color.Gray16{Y: 0xfff})
	clear := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	clear.SetNRGBA(1, 1, color.NRGBA{A: 255})
	red := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	red.SetNRGBA(1, 1, color.NRGBA{R: 255, A: 255})
	greyColours := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	greyColours.SetNRGBA(1, 1, color.NRGBA{200, 200, 200, 255})
	var redJPEG, greyJPEG bytes.Buffer
	jpeg.Encode(&redJPEG, red, nil)
	jpeg.Encode(&greyJPEG, greyColours, nil)
	for _, c := range []struct {
		name    string
		content map[string][]byte
		want    string
	}{
		{"nothing", map[string][]byte{"a.png": grey(0), "b.PNG": grey(99), ".hidden": nil}, ""},
		{"others", map[string][]byte{"a.png": grey(0), "b.png": grey(99), "c.webp": nil, "d.WEBP": nil, "e.jfif": nil, "f": nil, "sub/g.png": nil},
			"reading 2 of 7 entries of DIR: passed over 1 .jfif, 1 sub-folder, 1 without an ending, 2 .webp"},
		{"equal", map[string][]byte{"a.png": black, "b.png": black}, "all pixels of DIR are 0 of 255: there is nothing to learn"},
		{"12 bits", map[string][]byte{"a.png": black, "b.png": encode(deep)}, "the brightest pixel of DIR is 15 of 255"},
		{"black on transparent", map[string][]byte{"a.png": encode(clear), "b.png": encode(clear)}, "all pixels of DIR are 0 of 255"},
		{"colour", map[string][]byte{"a.png": grey(99), "b.png": encode(red)}, "DIR/b.png has colour, which is turned into grey"},
		{"grey in colours", map[string][]byte{"a.png": grey(99), "b.png": encode(greyColours)}, ""},
		{"JPEG", map[string][]byte{"a.png": grey(99), "b.jpg": redJPEG.Bytes()}, "DIR/b.jpg has colour"},
		{"grey JPEG", map[string][]byte{"a.png": grey(99), "b.jpg": greyJPEG.Bytes()}, ""},
		{"blank IDX", map[string][]byte{"train-images-idx3-ubyte": one(7, 7), "test-images-idx3-ubyte": one(7, 7)},
			"all pixels of DIR are 7 of 255"},
	} {
		s, got := noted(t, c.content)
		if got = filepath.ToSlash(got); c.want == "" && got != "" || !strings.HasPrefix(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: noted %q, want %q", c.name, got, c.want)
		}
		if want := strings.Count(c.name, "JPEG"); s.JPEG != want {
			t.Errorf("%s: %d JPEG files, want %d", c.name, s.JPEG, want)
		}
	}
}

// TestNearNames: relatives of MNIST whose files have names of their own.
func TestNearNames(t *testing.T) {
	for _, c := range [][2]string{
		{"emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-test-images-idx3-ubyte.gz"},
		{"qmnist-train-images-idx3-ubyte", "qmnist-test-images-idx3-ubyte"},
		{"train-images-idx3-ubyte", "test-images.idx3-ubyte"},
	} {
		s, _ := noted(t, map[string][]byte{c[0]: one(1, 2), c[1]: one(3, 4)})
		if s.Train.Pixels[0] != 1 || s.Test.Pixels[0] != 3 {
			t.Errorf("%s: %+v", c, s)
		}
	}
	// Without a name comes before with one; unpacked before packed.
	s, _ := noted(t, map[string][]byte{
		"x-train-images-idx3-ubyte": one(9), "train-images-idx3-ubyte.gz": one(8),
		"train-images-idx3-ubyte": one(1), "t10k-images-idx3-ubyte": one(2),
	})
	if s.Train.Pixels[0] != 1 || s.Test.Pixels[0] != 2 {
		t.Errorf("%+v", s)
	}
	dir := files(t, map[string][]byte{"a-train-images-idx3-ubyte": one(1), "b-train-images-idx3-ubyte": one(1)})
	_, err := LoadDir(dir, Options{})
	wantError(t, err, dir+" holds several data sets (a, b); give a folder that holds one")
	dir = files(t, map[string][]byte{"a-train-images-idx3-ubyte.gz": one(1)})
	_, err = LoadDir(dir, Options{})
	wantError(t, err, "add a-t10k-images-idx3-ubyte")
}

// TestLimit reads no further than it must: what follows is no image.
func TestLimit(t *testing.T) {
	content := map[string][]byte{}
	for i := range 30 {
		content[fmt.Sprintf("%02d.png", i)] = grey(byte(i))
		if i > 14 || i == 9 { // neither the third test image nor one before it for training
			content[fmt.Sprintf("%02d.png", i)] = []byte("no image")
		}
	}
	s, err := LoadDir(files(t, content), Options{Limit: 3})
	if err != nil || s.Train.Len() != 3 || s.Test.Len() != 3 || s.Test.Image(2)[0] != 14 || s.Train.Image(2)[0] != 3 {
		t.Errorf("%+v, %v", s, err)
	}

	claims := idx(0x803, []uint32{1 << 20, 1, 2}, 1, 2, 3, 4, 5, 6) // a million images, of which three are there
	for _, pack := range []func([]byte) []byte{gz, bytes.Clone} {
		s, err = LoadDir(files(t, map[string][]byte{"train-images-idx3-ubyte": pack(claims), "t10k-images-idx3-ubyte": pack(claims)}), Options{Limit: 2})
		if err != nil || string(s.Train.Pixels) != "\x01\x02\x03\x04" || s.Test.Len() != 2 {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

// TestMemory: a set of images takes little more memory than its pixels.
func TestMemory(t *testing.T) {
	const side, n = 64, 700
	content := map[string][]byte{}
	for i := range n {
		content[fmt.Sprintf("%03d.png", i)] = blank(side, side)
	}
	all := idx(0x803, []uint32{n, side, side}, make([]byte, n*side*side)...)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range all[16:] {
		all[16+i] = byte(rng.IntN(8))
	}
	for name, dir := range map[string]string{
		"folder": files(t, content),
		"IDX":    files(t, map[string][]byte{"train-images-idx3-ubyte": all, "t10k-images-idx3-ubyte": all}),
		"gzip":   files(t, map[string][]byte{"train-images-idx3-ubyte": gz(all), "t10k-images-idx3-ubyte": gz(all)}),
	} {
		var s Split
		var err error
		got := allocated(func() { s, err = LoadDir(dir, Options{}) })
		pixels := uint64(cap(s.Train.Pixels) + cap(s.Test.Pixels))
		if err != nil || s.Train.Len()+s.Test.Len() < n || pixels > uint64(s.Train.Len()+s.Test.Len())*side*side {
			t.Fatal(name, err, pixels)
		}
		// A decoder's own memory is garbage after each image: it is allocated, but not
		// held.
		if name != "folder" && float64(got) > 1.3*float64(pixels) {
			t.Errorf("%s: %d bytes allocated for %d pixels", name, got, pixels)
		}
		for _, memory := range []int64{int64(pixels), int64(pixels) - 1} {
			if _, err := LoadDir(dir, Options{Memory: memory}); (err == nil) != (memory == int64(pixels)) {
				t.Errorf("%s: %d pixels in %d bytes: %v", name, pixels, memory, err)
			}
		}
		if _, err := LoadDir(dir, Options{Limit: 10, Memory: 20 * side * side}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBadFilesAreAllNamed, but for those beyond the tenth.
func TestBadFilesAreAllNamed(t *testing.T) {
	content := map[string][]byte{"good.png": grey(1)}
	for i := range 12 {
		content[fmt.Sprintf("bad%02d.png", i)] = []byte("GIF89a")
	}
	dir := files(t, content)
	_, err := LoadDir(dir, Options{})
	wantError(t, err, "12 images of "+dir+" cannot be used | ", filepath.Join(dir, "bad00.png")+": neither a PNG nor a JPEG", filepath.Join(dir, "bad09.png"), " | …")
	if strings.Contains(err.Error(), "bad10.png") {
		t.Error(err)
	}
}

// TestOtherDecoders: a decoder that somebody registers with package image is not asked.
func TestOtherDecoders(t *testing.T) {
	image.RegisterFormat("trap", "TRAP", func(io.Reader) (image.Image, error) {
		panic("asked")
	}, func(io.Reader) (image.Config, error) { panic("asked") })
	_, err := LoadDir(files(t, map[string][]byte{"a.png": []byte("TRAP"), "b.png": grey(1)}), Options{})
	wantError(t, err, "neither a PNG nor a JPEG")
}

// exif is an image with an orientation in either byte order.
func exif(data []byte, orientation uint16, order binary.AppendByteOrder, mark string) []byte {
	tiff := append([]byte(mark), 0, 0)
	order.AppendUint16(tiff[:2], 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][3]uint16{{0x010f, 2, 0}, {0x0112, 3, orientation}} {
		tiff = order.AppendUint16(order.AppendUint16(tiff, e[0]), e[1])
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(order.AppendUint16(tiff, e[2]), 0)
	}
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append(bytes.Clone(data[:2]), 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), data[2:]...)
}

// TestOrientation: a photograph lies as its camera was held.
func TestOrientation(t *testing.T) {
	// Dark but for the corner at the top on the left.
	img := image.NewGray(image.Rect(0, 0, 32, 16))
	for y := range 8 {
		for x := range 8 {
			img.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	// Where the corner is, by orientation: "The 0th row is at the visual …".
	for i, want := range []string{"top left", "top right", "bottom right", "bottom left", "top left", "top right", "bottom right", "bottom left"} {
		o := i + 1
		for mark, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
			m, err := OpenFolder(files(t, map[string][]byte{"a.jpg": exif(b.Bytes(), uint16(o), order, mark)}))
			if err != nil {
				t.Fatal(err)
			}
			rows, cols := 16, 32
			if o >= 5 {
				rows, cols = cols, rows
			}
			if m.Rows != rows || m.Cols != cols {
				t.Fatalf("orientation %d: %dx%d", o, m.Rows, m.Cols)
			}
			corners := map[string]byte{"top left": m.Pixels[0], "top right": m.Pixels[cols-1],
				"bottom left": m.Pixels[(rows-1)*cols], "bottom right": m.Pixels[rows*cols-1]}
			for at, v := range corners {
				if (v > 200) != (at == want) {
					t.Errorf("orientation %d: %s is %d, and the corner is %s", o, at, v, want)
				}
			}
		}
	}
	for _, cut := range []int{4, 12, 20, 30} { // whatever is left of the segment
		whole := exif(b.Bytes(), 3, binary.BigEndian, "MM")
		if got := orientation(bytes.NewReader(whole[:cut])); got != 1 {
			t.Errorf("of %d bytes: %d", cut, got)
		}
	}
}

// TestMutations changes bytes of good files at random: a file is read or refused, in
// bounded time and memory.
func TestMutations(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewYCbCr(image.Rect(0, 0, 16, 8), image.YCbCrSubsampleRatio420), nil); err != nil {
		t.Fatal(err)
	}
	good := [][]byte{grey(3), exif(photo.Bytes(), 6, binary.LittleEndian, "II"), one(1, 2, 3), gz(one(1, 2, 3))}
	rng := rand.New(rand.NewPCG(3, 4))
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	for i := range rounds {
		data := bytes.Clone(good[i%len(good)])
		for range 1 + rng.IntN(4) {
			data[rng.IntN(len(data))] = byte(rng.Uint32())
		}
		data = data[:len(data)-rng.IntN(2)*rng.IntN(len(data))]
		r := reader{options: &Options{}}
		r.train.most = 1
		if got := allocated(func() {
			if i%len(good) < 2 {
				r.add(bytes.NewReader(data), "a", &r.train)
			} else {
				ReadIDX(bytes.NewReader(data))
			}
		}); got > 1<<27 {
			t.Errorf("%d bytes allocated for %x", got, data)
		}
	}
}

// TestPaddedGzip: gzip(1) reads zeros after the stream, and streams one after the other.
func TestPaddedGzip(t *testing.T) {
	whole := one(1, 2, 3)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"zeros", append(gz(whole), make([]byte, 500)...), ""},
		{"two members", append(gz(whole[:7]), gz(whole[7:])...), ""},
		{"two members and zeros", append(append(gz(whole[:7]), gz(whole[7:])...), 0), ""},
		{"an empty member", append(gz(whole), gz(nil)...), ""},
		{"zeros and rubbish", append(append(gz(whole), 0, 0), "rubbish"...), "the gzip stream is damaged"},
		{"zeros and a member", append(append(gz(whole[:7]), 0, 0), gz(whole[7:])...), "the gzip stream is damaged"},
		{"half a member", append(gz(whole), 0x1f, 0x8b), "the gzip stream is cut short"},
	} {
		m, err := ReadIDX(bytes.NewReader(c.data))
		if c.want != "" {
			wantError(t, err, c.want)
		} else if err != nil || string(m.Pixels) != "\x01\x02\x03" {
			t.Errorf("%s: %+v, %v", c.name, m, err)
		}
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, append(gz(whole), make([]byte, 500)...), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenIDX(path); err != nil {
		t.Error(err)
	}
}
