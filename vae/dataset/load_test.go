package dataset

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// one gives an IDX file of one image with one row.
func one(pixels ...byte) []byte {
	return idx(0x803, []uint32{1, 1, uint32(len(pixels))}, pixels...)
}

func TestLoadDirIDX(t *testing.T) {
	for _, c := range []struct{ train, test string }{
		{"train-images-idx3-ubyte", "t10k-images-idx3-ubyte"},
		{"train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"},
		{"train-images.idx3-ubyte", "t10k-images.idx3-ubyte"},
		{"train-images.idx3-ubyte.gz", "t10k-images-idx3-ubyte"},
	} {
		for _, pack := range []func([]byte) []byte{gz, bytes.Clone} { // whatever the name says
			dir := files(t, map[string][]byte{
				c.train: pack(one(1, 2)), c.test: pack(one(3, 4)),
				"a.png":                          []byte("passed over"),
				"train-images-idx3-ubyte.d/file": nil,
			})
			s, err := LoadDir(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if string(s.Train.Pixels) != "\x01\x02" || string(s.Test.Pixels) != "\x03\x04" || s.Test.Cols != 2 {
				t.Errorf("%s: %+v", c.train, s)
			}
		}
	}
}

// TestLoadDirNested is a folder in which an archive was unpacked: the plain
// name is a folder, the other variant the file.
func TestLoadDirNested(t *testing.T) {
	s, err := LoadDir(files(t, map[string][]byte{
		"train-images-idx3-ubyte/train-images-idx3-ubyte": one(9),
		"train-images.idx3-ubyte":                         one(1),
		"t10k-images.idx3-ubyte":                          one(2),
	}), Options{})
	if err != nil || s.Train.Pixels[0] != 1 || s.Test.Pixels[0] != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestLoadDirImages checks the split of 15 images: 0, 7 and 14 are held out.
func TestLoadDirImages(t *testing.T) {
	content := map[string][]byte{}
	for i := range 15 {
		content[fmt.Sprintf("%02d.png", i)] = grey(byte(10 * i))
	}
	s, err := LoadDir(files(t, content), Options{})
	if err != nil {
		t.Fatal(err)
	}
	firsts := func(m Images) (f []byte) {
		for i := range m.Len() {
			f = append(f, m.Image(i)[0])
		}
		return f
	}
	if got, want := firsts(s.Test), []byte{0, 70, 140}; !bytes.Equal(got, want) {
		t.Errorf("test images %v, want %v", got, want)
	}
	if got, want := firsts(s.Train), []byte{10, 20, 30, 40, 50, 60, 80, 90, 100, 110, 120, 130}; !bytes.Equal(got, want) {
		t.Errorf("training images %v, want %v", got, want)
	}
	for _, m := range []Images{s.Train, s.Test} {
		if m.Rows != 2 || m.Cols != 3 || len(m.Pixels) != 6*m.Len() {
			t.Errorf("%d pixels of %dx%d", len(m.Pixels), m.Rows, m.Cols)
		}
	}

	s, err = LoadDir(files(t, map[string][]byte{"a.png": grey(1), "b.png": grey(2)}), Options{})
	if err != nil || s.Train.Len() != 1 || s.Test.Len() != 1 {
		t.Errorf("two images: %+v, %v; want one and one", s, err)
	}
}

func TestLoadDirErrors(t *testing.T) {
	for _, c := range []struct {
		name    string
		content map[string][]byte
		want    []string
	}{
		{"empty", nil, []string{" holds no images: looked for train-images-idx3-ubyte with ",
			"t10k-images-idx3-ubyte", ".gz", "*.png, *.jpg and *.jpeg"}},
		{"labels alone", map[string][]byte{"train-labels-idx1-ubyte": nil}, []string{" holds no images"}},
		{"images in a subfolder", map[string][]byte{"0/a.png": grey(0)}, []string{" holds no images", "not in subfolders"}},
		{"one image", map[string][]byte{"a.png": grey(0)}, []string{" holds a single image"}},
		{"no test", map[string][]byte{"train-images-idx3-ubyte": one(1)},
			[]string{"training images but no test images: add t10k-images-idx3-ubyte"}},
		{"no train", map[string][]byte{"t10k-images-idx3-ubyte.gz": one(1), "a.png": grey(0)},
			[]string{"test images but no training images: add train-images-idx3-ubyte"}},
		{"bad train", map[string][]byte{"train-images-idx3-ubyte": good[:20], "t10k-images-idx3-ubyte": one(1)},
			[]string{"train-images-idx3-ubyte: truncated"}},
		{"bad test", map[string][]byte{"train-images-idx3-ubyte": one(1), "t10k-images-idx3-ubyte": good[:20]},
			[]string{"t10k-images-idx3-ubyte: truncated"}},
		{"two sizes", map[string][]byte{"train-images-idx3-ubyte": one(1), "t10k-images-idx3-ubyte": one(1, 2)},
			[]string{"t10k-images-idx3-ubyte: wrong size: images of 1x2, but those in ", "train-images-idx3-ubyte are 1x1"}},
		{"two heights", map[string][]byte{"train-images-idx3-ubyte": idx(0x803, []uint32{1, 2, 1}, 1, 2), "t10k-images-idx3-ubyte": one(1)},
			[]string{"t10k-images-idx3-ubyte: wrong size: images of 1x1, but those in ", "train-images-idx3-ubyte are 2x1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := files(t, c.content)
			s, err := LoadDir(dir, Options{})
			wantError(t, err, append(c.want, dir)...)
			if s.Train.Pixels != nil || s.Test.Pixels != nil {
				t.Errorf("pixels with an error: %+v", s)
			}
		})
	}
}

func TestLoadDirLinks(t *testing.T) {
	for _, c := range []struct{ to, want string }{
		{"nowhere", " is a link to a missing file"},
		{os.DevNull, " is not a regular file"},
	} {
		dir := files(t, map[string][]byte{"t10k-images-idx3-ubyte": one(1)})
		path := filepath.Join(dir, "train-images-idx3-ubyte")
		if err := os.Symlink(c.to, path); err != nil {
			t.Skip(err)
		}
		_, err := LoadDir(dir, Options{})
		wantError(t, err, path+c.want)
	}
}
