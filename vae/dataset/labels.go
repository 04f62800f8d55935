package dataset

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/lanewise/lanewise/vae/internal/unpack"
)

// ReadLabels reads the labels of images in IDX format: one dimension of unsigned
// bytes, gzipped or not. It is as strict as [ReadIDX].
func ReadLabels(r io.Reader) ([]byte, error) {
	labels, err := readLabels(r, firstChunk, nil)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return labels, nil
}

// OpenLabels is [ReadLabels] for the file at path; its errors name the file.
func OpenLabels(path string) ([]byte, error) { return openLabels(path, nil) }

func openLabels(path string, of *labelled) ([]byte, error) {
	f, chunk, err := openFile(path)
	if err != nil {
		return nil, inFile(path, err)
	}
	defer f.Close()
	labels, err := readLabels(f, chunk, of)
	if err != nil {
		return nil, inFile(path, err)
	}
	return labels, nil
}

// labelled are the images that labels are for.
type labelled struct {
	path  string
	total int // as many as the file holds
	n     int // as many as are wanted
}

// readLabels reads all labels, or those of images.
func readLabels(r io.Reader, chunk int, of *labelled) ([]byte, error) {
	r, err := unpack.Reader(r)
	if err != nil {
		return nil, err
	}
	dims, err := idxLabels.readHeader(r)
	if err != nil {
		return nil, err
	}
	n := dims[0]
	if of != nil {
		if n != of.total {
			return nil, fmt.Errorf("%d labels for the %d images of %s; "+
				"give the labels of these images, or remove the file: labels need not be there", n, of.total, of.path)
		}
		if of.n < n {
			n = of.n
			r = io.LimitReader(r, int64(n)) // what follows is not looked at
		}
	}
	return readClaimed(r, n, chunk, fmt.Sprintf("%d labels", n), "labels")
}

// findLabels finds the file of labels beside a file of images, "" if there is none:
// unpacked before packed, as for images.
func findLabels(images string) (string, error) {
	dir, name := filepath.Split(images)
	m := idxName.FindStringSubmatch(name)
	set, part := m[1], m[2]
	if set != "" {
		set += "-"
	}
	parts := []string{part}
	switch part {
	case "t10k":
		parts = append(parts, "test")
	case "test":
		parts = append(parts, "t10k")
	}
	for _, end := range []string{"", ".gz"} {
		for _, part := range parts {
			for _, hyphen := range []string{"-", "."} {
				path := filepath.Join(dir, set+part+"-labels"+hyphen+"idx1-ubyte"+end)
				if ok, err := isFile(path); ok || err != nil {
					return path, err
				}
			}
		}
	}
	return "", nil
}
