package dataset

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An IDX file is a magic number (two zero bytes, the element type, the number
// of dimensions), each dimension as a big-endian uint32, and the elements. See
// "The IDX file format" at http://yann.lecun.com/exdb/mnist/.
const idxUbyte = 0x08 // element type: unsigned byte

var idxTypes = map[byte]string{
	0x09: "signed byte",
	0x0B: "int16",
	0x0C: "int32",
	0x0D: "float32",
	0x0E: "float64",
}

// An idxKind is what a file should hold.
type idxKind struct {
	dims  []string // what each counts; the first is what the file holds
	last  string   // what one dimension more counts, which may follow: 1 or 3
	bytes string   // what its bytes are
	mend  string   // what to do about the wrong number of dimensions
}

var (
	idxImages = idxKind{[]string{"images", "rows", "columns"}, "colours", "pixels",
		"give images in 3 dimensions (images, rows, columns), or in 4 with red, green and blue"}
	idxLabels = idxKind{[]string{"labels"}, "", "labels", "give labels in 1 dimension"}
)

func (k *idxKind) things() string { return k.dims[0] }

// readHeader reads and checks a header. All dimensions are positive and their
// product is at most MaxPixels, so that it fits an int of 32 bits too.
func (k *idxKind) readHeader(r io.Reader) ([]int, error) {
	var magic [4]byte
	if got, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, headerError(len(k.dims), got, err)
	}
	if err := k.checkMagic(magic); err != nil {
		return nil, err
	}
	counted := k.dims
	if int(magic[3]) > len(counted) {
		counted = append(slices.Clip(counted), k.last)
	}
	raw := make([]byte, 4*len(counted))
	if got, err := io.ReadFull(r, raw); err != nil {
		return nil, headerError(len(counted), len(magic)+got, err)
	}
	dims := make([]int, len(counted))
	texts := make([]string, len(counted))
	for i := range dims {
		d := binary.BigEndian.Uint32(raw[4*i:])
		dims[i], texts[i] = int(d), fmt.Sprint(d)
	}
	for i, what := range counted {
		if dims[i] == 0 {
			return nil, fmt.Errorf("the header claims 0 %s (dimensions %s): "+
				"there is nothing to train on; give a file with %s", what, strings.Join(texts, "x"), k.things())
		}
	}
	if n := len(k.dims); len(dims) > n && dims[n] != 1 && dims[n] != 3 {
		return nil, fmt.Errorf("the header claims %d %s (dimensions %s): want 1, grey, or 3, red, green and blue",
			dims[n], k.last, strings.Join(texts, "x"))
	}
	total := uint64(1)
	for i := range dims {
		total *= uint64(binary.BigEndian.Uint32(raw[4*i:])) // at most 2^30·2^32: it cannot overflow
		if total > MaxPixels {
			claim := texts[0] + " " + k.things()
			if len(texts) > 1 {
				claim += " of " + strings.Join(texts[1:], "x")
			}
			return nil, fmt.Errorf("the header claims %s, above the limit of %d %s in all; "+
				"if the header is right, split the file", claim, MaxPixels, k.bytes)
		}
	}
	return dims, nil
}

func (k *idxKind) checkMagic(magic [4]byte) error {
	want := fmt.Sprintf("want 00 00 08 %02x, %s as unsigned bytes", len(k.dims), k.things())
	typ, dims := magic[2], int(magic[3])
	name, known := idxTypes[typ]
	switch {
	case magic[0] != 0 || magic[1] != 0 || typ != idxUbyte && !known:
		return fmt.Errorf("not an IDX file: it starts with % x; %s", magic[:], want)
	case typ != idxUbyte:
		return fmt.Errorf("wrong element type: IDX type 0x%02X (%s); %s: "+
			"convert the %s to 0..255", typ, name, want, k.bytes)
	case dims == len(k.dims), dims == len(k.dims)+1 && k.last != "":
		return nil
	}
	for _, other := range []*idxKind{&idxImages, &idxLabels} {
		if dims == len(other.dims) {
			return fmt.Errorf("wrong number of dimensions: %d, as in a file of %s; %s: "+
				"give the file of %[4]s (*-%[4]s-idx%[5]d-ubyte)", dims, other.things(), want, k.things(), len(k.dims))
		}
	}
	return fmt.Errorf("wrong number of dimensions: %d; %s: %s", dims, want, k.mend)
}

// headerError explains an error of io.ReadFull after got bytes of a header of so many dimensions.
func headerError(dims, got int, err error) error {
	// Compared by ==: a cut gzip stream wraps ErrUnexpectedEOF and has its own text.
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if got == 0 {
		return fmt.Errorf("the file is empty; download or copy it again: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("truncated: %d bytes, less than an IDX header of %d; "+
		"download or copy the file again: %w", got, 4+4*dims, io.ErrUnexpectedEOF)
}
