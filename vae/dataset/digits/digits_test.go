package digits

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

func load(t *testing.T) dataset.Split {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLoad guards the data; golden hashes of trained weights depend on them.
func TestLoad(t *testing.T) {
	s := load(t)
	for _, c := range []struct {
		name           string
		m              dataset.Images
		n              int
		pixels, labels string
	}{
		{"train", s.Train, 6000, "2310bf8f1f7d51e4252173bee099a89c4c9908f6ca731e358645d95b0f62053b", "06e183845d3226c98ff5fef837b77d480294d871ab6f918da6a7aa9413b9f5fa"},
		{"test", s.Test, 1000, "6973118ee26132cec5e8bca46303f598e8d7f3fd72a7056c43f828e761c432f0", "dd09f7c420b0ae3b12e27577950099656961d334160a05f57159510b1011915e"},
	} {
		if c.m.Len() != c.n || c.m.Rows != 28 || c.m.Cols != 28 {
			t.Errorf("%s: %d images of %dx%d; want %d of 28x28", c.name, c.m.Len(), c.m.Rows, c.m.Cols, c.n)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(c.m.Pixels)); got != c.pixels {
			t.Errorf("%s: SHA-256 of the pixels %s, want %s", c.name, got, c.pixels)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(c.m.Labels)); len(c.m.Labels) != c.n || got != c.labels {
			t.Errorf("%s: SHA-256 of the %d labels %s, want %s", c.name, len(c.m.Labels), got, c.labels)
		}
	}
}

func TestLoadCopies(t *testing.T) {
	a, b := load(t), load(t)
	clear(a.Train.Pixels)
	if bytes.Equal(a.Train.Pixels, b.Train.Pixels) {
		t.Error("two calls share their pixels")
	}
}

// TestFromMNIST compares with the first images of each digit in the real MNIST,
// in the folder that LANEWISE_MNIST names, or beside the repository.
func TestFromMNIST(t *testing.T) {
	dir := os.Getenv("LANEWISE_MNIST")
	if dir == "" {
		dir = filepath.FromSlash("../../../../shared/data/mnist")
		if _, err := os.Stat(dir); err != nil {
			t.Skip("no MNIST here; LANEWISE_MNIST may name its folder")
		}
	}
	s := load(t)
	for _, c := range []struct {
		name string
		m    dataset.Images
		each int
	}{{"train", s.Train, 600}, {"t10k", s.Test, 100}} {
		images := open(t, filepath.Join(dir, c.name+"-images-idx3-ubyte"), 16)
		labels := open(t, filepath.Join(dir, c.name+"-labels-idx1-ubyte"), 8)
		var have [10]int
		image := make([]byte, 28*28)
		for i, next := 0, 0; next < c.m.Len(); i++ {
			if _, err := io.ReadFull(images, image); err != nil {
				t.Fatalf("%s: image %d: %v, after %v of the digits", c.name, i, err, have)
			}
			label, err := labels.ReadByte()
			if err != nil {
				t.Fatalf("%s: label %d: %v", c.name, i, err)
			}
			if have[label] == c.each {
				continue
			}
			have[label]++
			if !bytes.Equal(image, c.m.Image(next)) {
				t.Fatalf("%s: embedded image %d is not MNIST's image %d", c.name, next, i)
			}
			if c.m.Labels[next] != label {
				t.Fatalf("%s: embedded label %d is %d, but MNIST's label %d is %d", c.name, next, c.m.Labels[next], i, label)
			}
			next++
		}
	}
}

// open gives the content after the header of an IDX file, gzipped or not.
func open(t *testing.T, path string, header int) *bufio.Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		if f, err = os.Open(path + ".gz"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { f.Close() })
	r := bufio.NewReader(f)
	if magic, _ := r.Peek(2); string(magic) == "\x1f\x8b" {
		zr, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = bufio.NewReader(zr)
	}
	if _, err := r.Discard(header); err != nil {
		t.Fatal(err)
	}
	return r
}
