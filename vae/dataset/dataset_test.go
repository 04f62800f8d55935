package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestImages(t *testing.T) {
	m := Images{Pixels: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, Rows: 2, Cols: 2}
	if m.Len() != 3 || m.Size() != 4 {
		t.Fatalf("Len %d, Size %d; want 3, 4", m.Len(), m.Size())
	}
	if got := m.Image(1); !bytes.Equal(got, []byte{4, 5, 6, 7}) || cap(got) != 4 {
		t.Errorf("Image(1) = %v, cap %d; want [4 5 6 7], cap 4", got, cap(got))
	}
	for _, c := range []struct{ n, want int }{{0, 0}, {2, 2}, {3, 3}, {1 << 30, 3}} {
		l := m.Limit(c.n)
		if l.Len() != c.want || l.Rows != 2 || l.Cols != 2 || cap(l.Pixels) != 4*c.want {
			t.Errorf("Limit(%d) = %+v, cap %d; want %d images", c.n, l, cap(l.Pixels), c.want)
		}
	}
	if &m.Limit(2).Image(1)[0] != &m.Pixels[4] {
		t.Error("Limit or Image copies")
	}
	if got := m.Limit(2).Labels; got != nil {
		t.Errorf("labels from nowhere: %v", got)
	}
	m.Labels = []byte{7, 8, 9}
	if got := m.Limit(2).Labels; !bytes.Equal(got, []byte{7, 8}) || cap(got) != 2 {
		t.Errorf("labels of Limit(2): %v, cap %d; want [7 8], cap 2", got, cap(got))
	}
	if got := m.Limit(5).Labels; len(got) != 3 {
		t.Errorf("labels of Limit(5): %v", got)
	}
	if m.Len() != 3 || len(m.Labels) != 3 {
		t.Error("Limit changed its receiver")
	}
	if zero := (Images{}); zero.Len() != 0 || zero.Limit(5).Len() != 0 {
		t.Error("the zero value is not empty")
	}
}

func TestImagesPanics(t *testing.T) {
	m := Images{Pixels: make([]byte, 12), Rows: 2, Cols: 2}
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"dataset: image index out of range", func() { m.Image(3) }},
		{"dataset: image index out of range", func() { m.Image(-1) }},
		{"dataset: image index out of range", func() { Images{}.Image(0) }},
		{"dataset: negative limit", func() { m.Limit(-1) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %q", got, c.want)
				}
			}()
			c.f()
		}()
	}
}

// wantError checks that err is one line which holds each of the texts.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", texts)
	}
	if !strings.HasPrefix(err.Error(), "dataset: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q: want one line that starts with dataset:", err)
	}
	if strings.Count(err.Error(), "dataset: ") != 1 {
		t.Errorf("error %q says dataset: more than once", err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q lacks %q", err, text)
		}
	}
}

// mnistDir gives the folder of the real MNIST: the one that LANEWISE_MNIST
// names, which must be there, or one beside the repository, which may not.
func mnistDir(t *testing.T) string {
	if dir := os.Getenv("LANEWISE_MNIST"); dir != "" {
		return dir
	}
	dir := filepath.FromSlash("../../../shared/data/mnist")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no MNIST here; LANEWISE_MNIST may name its folder")
	}
	return dir
}

func TestMNIST(t *testing.T) {
	s, err := LoadDir(mnistDir(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		m    Images
		n    int
		sum  int64
		of   [10]int // images of each digit
	}{
		// These are the means 0.1307 and 0.1325 that are quoted everywhere,
		// times 255 and the number of pixels.
		{"train", s.Train, 60000, 1567298545, [10]int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}},
		{"test", s.Test, 10000, 264923200, [10]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}},
	} {
		if c.m.Len() != c.n || c.m.Rows != 28 || c.m.Cols != 28 {
			t.Errorf("%s: %d images of %dx%d; want %d of 28x28", c.name, c.m.Len(), c.m.Rows, c.m.Cols, c.n)
		}
		var sum int64
		for _, p := range c.m.Pixels {
			sum += int64(p)
		}
		if sum != c.sum {
			t.Errorf("%s: sum of pixels %d, want %d", c.name, sum, c.sum)
		}
		var of [10]int
		for _, label := range c.m.Labels {
			of[label]++
		}
		if of != c.of {
			t.Errorf("%s: images of each digit %v, want %v", c.name, of, c.of)
		}
	}
}
