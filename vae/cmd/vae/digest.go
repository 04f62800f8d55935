package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"

	"github.com/lanewise/lanewise/vae/dataset"
)

// A dataDocument says which data a run has read: images before any of them are held out or
// made black and white, the rows of a table as the numbers that they become.
type dataDocument struct {
	Train   rowsDocument  `json:"train"`
	HeldOut *rowsDocument `json:"held_out,omitempty"` // of a table, beside those to train on
	Test    rowsDocument  `json:"test"`
	jpegRecord
}

// A rowsDocument is a set of rows: how many, of which shape, and the SHA-256 of their
// bytes, one after another. A number that is no byte is a little-endian float32.
type rowsDocument struct {
	Rows   int    `json:"rows"`
	Shape  [3]int `json:"shape"`
	SHA256 string `json:"sha256"`
}

func (d *rowsDocument) value() rowsDocument {
	if d == nil {
		return rowsDocument{}
	}
	return *d
}

// digestData says which rows there are, and which of them are held out, if any.
func digestData(train, held, test dataset.Source) (d dataDocument, err error) {
	if d.Train, err = digest(train); err != nil {
		return d, err
	}
	if held != nil {
		d.HeldOut = &rowsDocument{}
		if *d.HeldOut, err = digest(held); err != nil {
			return d, err
		}
	}
	d.Test, err = digest(test)
	return d, err
}

func digest(rows dataset.Source) (d rowsDocument, err error) {
	height, width, channels := rows.Shape()
	d = rowsDocument{Rows: rows.Len(), Shape: [3]int{height, width, channels}}
	h := sha256.New()
	if images, ok := rows.(dataset.Images); ok {
		h.Write(images.Pixels)
	} else if err := hashRows(h, rows, height*width*channels); err != nil {
		return d, err
	}
	d.SHA256 = hex.EncodeToString(h.Sum(nil))
	return d, nil
}

// hashRows hashes rows of so many numbers.
func hashRows(h hash.Hash, rows dataset.Source, size int) error {
	row, b := make([]float32, size), make([]byte, 0, 4*size)
	for i := range rows.Len() {
		if err := rows.Gather(row, []int{i}); err != nil {
			return err
		}
		b = b[:0]
		for _, v := range row {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		h.Write(b)
	}
	return nil
}

// same is an error that names what differs from the data of a run.
func (d *dataDocument) same(run *dataDocument, data string) error {
	for _, c := range []struct {
		name      string
		here, run rowsDocument
	}{{"training", d.Train, run.Train}, {"held-out", d.HeldOut.value(), run.HeldOut.value()}, {"test", d.Test, run.Test}} {
		switch {
		case c.here.Rows != c.run.Rows:
			return fmt.Errorf("-data %s has %d rows of %s data, but the run has had %d", data, c.here.Rows, c.name, c.run.Rows)
		case c.here.Shape != c.run.Shape:
			return fmt.Errorf("-data %s has %s data of shape %v, but those of the run were of %v", data, c.name, c.here.Shape, c.run.Shape)
		case c.here.SHA256 != c.run.SHA256:
			return fmt.Errorf("-data %s has other %s data than the run has had: their SHA-256 is %.12s…, in run.json %.12s…", data, c.name, c.here.SHA256, c.run.SHA256)
		}
	}
	return nil
}
