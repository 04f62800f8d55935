package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// labels gives an IDX file of labels.
func labels(l ...byte) []byte { return idx(0x801, []uint32{uint32(len(l))}, l...) }

// images gives an IDX file of n images of one pixel.
func images(n int) []byte { return idx(0x803, []uint32{uint32(n), 1, 1}, make([]byte, n)...) }

func TestReadLabels(t *testing.T) {
	data := labels(3, 0, 255)
	for name, data := range map[string][]byte{"plain": data, "gzip": gz(data)} {
		got, err := ReadLabels(bytes.NewReader(data))
		if err != nil || string(got) != "\x03\x00\xff" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestBadLabels(t *testing.T) {
	data := labels(3, 1)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "the file is empty"},
		{"cut magic", data[:3], "truncated: 3 bytes, less than an IDX header of 8"},
		{"cut header", data[:7], "truncated: 7 bytes, less than an IDX header of 8"},
		{"no labels", data[:8], "truncated: the header claims 2 labels, but 0 bytes of labels follow"},
		{"cut", data[:9], "truncated: the header claims 2 labels, but 1 bytes of labels follow"},
		{"trailing byte", append(labels(3, 1), 0), "oversized: the header claims 2 labels, but more bytes follow"},
		{"none", labels(), "the header claims 0 labels (dimensions 0): there is nothing to train on; give a file with labels"},
		{"too many", idx(0x801, []uint32{1<<30 + 1}), "the header claims 1073741825 labels, above the limit of 1073741824 labels in all"},
		{"above 2^31", idx(0x801, []uint32{1<<32 - 1}), "the header claims 4294967295 labels, above the limit"},
		{"images", one(1), "wrong number of dimensions: 3, as in a file of images; want 00 00 08 01, labels as unsigned bytes: give the file of labels (*-labels-idx1-ubyte)"},
		{"two dimensions", idx(0x802, []uint32{1, 8}), "wrong number of dimensions: 2; want 00 00 08 01, labels as unsigned bytes: give labels in 1 dimension"},
		{"int32", idx(0xC01, []uint32{1}), "wrong element type: IDX type 0x0C (int32); want 00 00 08 01"},
		{"text", []byte("5,0,4,1"), "not an IDX file: it starts with 35 2c 30 2c; want 00 00 08 01"},
		{"gzip cut", gz(data)[:15], "the gzip stream is cut short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadLabels(bytes.NewReader(c.data))
			wantError(t, err, c.want)
			if got != nil {
				t.Errorf("labels with an error: %v", got)
			}
			path := filepath.Join(t.TempDir(), "labels")
			if err := os.WriteFile(path, c.data, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err = OpenLabels(path)
			wantError(t, err, c.want, path+": ")
		})
	}

	lie := idx(0x801, []uint32{1 << 30}, 1, 2, 3)
	for name, data := range map[string][]byte{"plain": lie, "gzip": gz(lie)} {
		var err error
		if got := allocated(func() { _, err = ReadLabels(bytes.NewReader(data)) }); got > 2*firstChunk {
			t.Errorf("%s: a header that claims 1 GiB before 3 bytes made ReadLabels allocate %d bytes", name, got)
		}
		wantError(t, err, "truncated: ")
	}
}

// TestLabelNames: the names of images are tolerated for labels, too, in any mixture.
func TestLabelNames(t *testing.T) {
	for _, c := range []struct{ train, test, trainLabels, testLabels string }{
		{"train-images-idx3-ubyte", "t10k-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"},
		{"train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"},
		{"train-images-idx3-ubyte", "test-images.idx3-ubyte", "train-labels.idx1-ubyte.gz", "t10k-labels.idx1-ubyte"},
		{"train-images.idx3-ubyte", "t10k-images-idx3-ubyte", "train-labels-idx1-ubyte", "test-labels-idx1-ubyte.gz"},
		{"emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-test-images-idx3-ubyte.gz",
			"emnist-letters-train-labels-idx1-ubyte.gz", "emnist-letters-test-labels-idx1-ubyte.gz"},
	} {
		for _, pack := range []func([]byte) []byte{gz, bytes.Clone} {
			s, _ := noted(t, map[string][]byte{
				c.train: idx(0x803, []uint32{2, 1, 1}, 10, 20), c.test: images(1),
				c.trainLabels: pack(labels(4, 9)), c.testLabels: pack(labels(7)),
				"other-train-labels-idx1-ubyte": labels(1), // of another data set
			})
			if string(s.Train.Labels) != "\x04\x09" || string(s.Test.Labels) != "\x07" {
				t.Errorf("%s: labels %v and %v", c.trainLabels, s.Train.Labels, s.Test.Labels)
			}
		}
	}
	// Unpacked before packed, the own purpose's name before its other name.
	s, _ := noted(t, map[string][]byte{
		"train-images-idx3-ubyte": images(1), "test-images-idx3-ubyte": images(1),
		"train-labels-idx1-ubyte.gz": labels(8), "train-labels.idx1-ubyte": labels(1),
		"t10k-labels-idx1-ubyte": labels(8), "test-labels-idx1-ubyte": labels(2),
	})
	if string(s.Train.Labels) != "\x01" || string(s.Test.Labels) != "\x02" {
		t.Errorf("labels %v and %v", s.Train.Labels, s.Test.Labels)
	}
}

// TestLabelsAbsent is no error, of one set or of both.
func TestLabelsAbsent(t *testing.T) {
	content := map[string][]byte{
		"train-images-idx3-ubyte": images(1), "t10k-images-idx3-ubyte": images(2),
		"train-labels-idx1-ubyte/file": nil, // a folder
	}
	s, _ := noted(t, content)
	if s.Train.Labels != nil || s.Test.Labels != nil {
		t.Errorf("labels %v and %v, want none", s.Train.Labels, s.Test.Labels)
	}
	content["t10k-labels-idx1-ubyte"] = labels(5, 6)
	s, _ = noted(t, content)
	if s.Train.Labels != nil || string(s.Test.Labels) != "\x05\x06" {
		t.Errorf("labels %v and %v, want none and 5, 6", s.Train.Labels, s.Test.Labels)
	}
}

func TestLabelsMismatch(t *testing.T) {
	for _, c := range []struct {
		name   string
		labels []byte
		limit  int
		want   string
	}{
		{"more", labels(1, 2, 3, 4), 0, "4 labels for the 3 images of "},
		{"fewer", labels(1, 2), 0, "2 labels for the 3 images of "},
		{"other, of those that are not wanted", labels(1, 2), 1, "2 labels for the 3 images of "},
		{"cut", labels(1, 2, 3)[:9], 2, "truncated: the header claims 2 labels, but 1 bytes"},
		{"empty", nil, 0, "the file is empty"},
	} {
		dir := files(t, map[string][]byte{
			"train-images-idx3-ubyte": images(1), "train-labels-idx1-ubyte": labels(1),
			"t10k-images-idx3-ubyte": images(3), "t10k-labels-idx1-ubyte": c.labels,
		})
		s, err := LoadDir(dir, Options{Limit: c.limit})
		wantError(t, err, filepath.Join(dir, "t10k-labels-idx1-ubyte")+": "+c.want)
		if s.Train.Pixels != nil || s.Test.Labels != nil {
			t.Errorf("%s: data with an error: %+v", c.name, s)
		}
	}
	dir := files(t, map[string][]byte{"train-images-idx3-ubyte": images(1), "t10k-images-idx3-ubyte": images(1)})
	if err := os.Symlink("nowhere", filepath.Join(dir, "train-labels-idx1-ubyte")); err == nil {
		_, err := LoadDir(dir, Options{})
		wantError(t, err, "train-labels-idx1-ubyte is a link to a missing file")
	}
}

// TestLabelsLimit: what is beyond the limit is not looked at.
func TestLabelsLimit(t *testing.T) {
	dir := files(t, map[string][]byte{
		"train-images-idx3-ubyte": images(5), "train-labels-idx1-ubyte": labels(1, 2, 3, 4, 5)[:10],
		"t10k-images-idx3-ubyte": images(1), "t10k-labels-idx1-ubyte": gz(labels(7)),
	})
	s, err := LoadDir(dir, Options{Limit: 2})
	if err != nil || string(s.Train.Labels) != "\x01\x02" || string(s.Test.Labels) != "\x07" {
		t.Errorf("labels %v and %v, %v", s.Train.Labels, s.Test.Labels, err)
	}
}

func FuzzReadLabels(f *testing.F) {
	f.Add(labels(1, 2))
	f.Add(gz(labels(1, 2)))
	f.Add(one(1))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ReadLabels(bytes.NewReader(data))
		switch {
		case err != nil:
			wantError(t, err)
		case !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) && !bytes.Equal(labels(got...), data):
			t.Fatalf("read % x as % x", data, got)
		}
	})
}
