//go:build ignore

// Make writes the four data files of package digits from a folder that holds
// MNIST's four files, gzipped under the names of their publication. Run it in
// the folder of the package:
//
//	go run make.go DIR
//
// The data do not depend on anything but MNIST; their compressed form is that
// of the compress/gzip of the Go in use (the files at hand: Go 1.26).
package main

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lanewise/lanewise/vae/dataset"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run make.go DIR")
	}
	for _, part := range []struct {
		name string
		each int // images of each digit
	}{
		{"train", 600},
		{"t10k", 100},
	} {
		if err := write(os.Args[1], part.name, part.each); err != nil {
			log.Fatal(err)
		}
	}
}

// write chooses the first images of each digit, in the order of MNIST.
func write(dir, name string, each int) error {
	images, err := dataset.OpenIDX(filepath.Join(dir, name+"-images-idx3-ubyte.gz"))
	if err != nil {
		return err
	}
	labels, err := dataset.OpenLabels(filepath.Join(dir, name+"-labels-idx1-ubyte.gz"))
	if err != nil {
		return err
	}
	if len(labels) != images.Len() {
		return fmt.Errorf("%s: %d labels for %d images", name, len(labels), images.Len())
	}
	chosen := dataset.Images{Rows: images.Rows, Cols: images.Cols}
	var have [10]int
	for i, label := range labels {
		if label > 9 {
			return fmt.Errorf("%s: label %d is no digit", name, label)
		}
		if have[label] < each {
			have[label]++
			chosen.Pixels = append(chosen.Pixels, images.Image(i)...)
			chosen.Labels = append(chosen.Labels, label)
		}
	}
	if chosen.Len() != 10*each {
		return fmt.Errorf("%s: too few images of some digit: %v, want %d of each", name, have, each)
	}
	n := uint32(chosen.Len())
	return errors.Join(
		writeIDX(name+"-images-idx3-ubyte.gz", []uint32{0x00000803, n, uint32(chosen.Rows), uint32(chosen.Cols)}, chosen.Pixels),
		writeIDX(name+"-labels-idx1-ubyte.gz", []uint32{0x00000801, n}, chosen.Labels))
}

// writeIDX writes without name or time in the gzip header, so that the bytes
// depend on the data alone.
func writeIDX(path string, header []uint32, data []byte) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zw, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := binary.Write(zw, binary.BigEndian, header); err != nil {
		return err
	}
	if _, err := zw.Write(data); err != nil {
		return err
	}
	return zw.Close()
}
