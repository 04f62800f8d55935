package dataset

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// An IDX file is a magic number (two zero bytes, the element type, the number
// of dimensions), each dimension as a big-endian uint32, and the elements. See
// "The IDX file format" at http://yann.lecun.com/exdb/mnist/.
const (
	idxUbyte = 0x08 // element type: unsigned byte
	idxDims  = 3    // images, rows, columns
)

var idxTypes = map[byte]string{
	0x09: "signed byte",
	0x0B: "int16",
	0x0C: "int32",
	0x0D: "float32",
	0x0E: "float64",
}

// firstChunk is what is allocated before any pixel has been read; from there
// the buffer doubles, so it never exceeds twice the data that arrived.
const firstChunk = 1 << 20

// ReadIDX reads images in IDX format: three dimensions (images, rows, columns)
// of unsigned bytes, gzipped or not, as the first two bytes tell. r must end
// where the images end; to see that, ReadIDX looks for one byte more and no
// further, so a gzip bomb is not inflated.
//
// Cut short, damaged, oversized or lying input gives an error, and so does a
// file of more than [MaxPixels].
func ReadIDX(r io.Reader) (Images, error) {
	m, err := readIDX(r, idxOptions{chunk: firstChunk})
	if err != nil {
		return Images{}, fmt.Errorf("dataset: %w", err)
	}
	return m, nil
}

// OpenIDX is [ReadIDX] for the file at path; its errors name the file.
func OpenIDX(path string) (Images, error) { return openIDX(path, &Options{}) }

// gzipRatio is how many bytes of images a byte of gzip stands for at most, unless they
// are nearly blank. (MNIST's stands for 5.)
const gzipRatio = 16

func openIDX(path string, o *Options) (Images, error) {
	f, err := os.Open(path)
	if err != nil {
		return Images{}, inFile(path, err)
	}
	defer f.Close()
	chunk := firstChunk
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		chunk = max(chunk, int(min(info.Size(), MaxPixels/gzipRatio)*gzipRatio))
	}
	m, err := readIDX(f, idxOptions{o, chunk})
	if err != nil {
		return Images{}, inFile(path, err)
	}
	return m, nil
}

// inFile names the file in an error, unless the operating system's error
// already does.
func inFile(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("dataset: %w", err)
	}
	return fmt.Errorf("dataset: %s: %w", path, err)
}

// idxOptions say what is wanted of a file, if not all, and how many bytes can be
// allocated on the word of its header, because the file is that long.
type idxOptions struct {
	*Options
	chunk int
}

func readIDX(r io.Reader, o idxOptions) (Images, error) {
	// By content, not by name: a browser may unpack a .gz and keep its name.
	br := bufio.NewReader(r)
	if magic, _ := br.Peek(2); string(magic) != "\x1f\x8b" {
		return parseIDX(br, o)
	}
	zr, err := newGunzip(br)
	if err != nil {
		return Images{}, err
	}
	return parseIDX(zr, o)
}

func parseIDX(r io.Reader, o idxOptions) (Images, error) {
	n, rows, cols, err := readHeader(r)
	if err != nil {
		return Images{}, err
	}
	if o.Options != nil {
		if o.Limit > 0 && o.Limit < n {
			n = o.Limit
			r = io.LimitReader(r, int64(n*rows*cols)) // what follows is not looked at
		}
		if err := o.room(n, rows, cols); err != nil {
			return Images{}, err
		}
	}
	pixels, err := readExactly(r, n*rows*cols, o.chunk)
	switch {
	case err == io.ErrUnexpectedEOF:
		return Images{}, fmt.Errorf("truncated: the header claims %s, but %d bytes of pixels follow; "+
			"download or copy the file again: %w", claim(n, rows, cols), len(pixels), err)
	case err == errTrailing:
		return Images{}, fmt.Errorf("oversized: the header claims %s, but more bytes follow; "+
			"correct the header or cut the file", claim(n, rows, cols))
	case err != nil:
		return Images{}, err
	}
	return Images{Pixels: pixels, Rows: rows, Cols: cols}, nil
}

func claim(n, rows, cols int) string {
	return fmt.Sprintf("%d images of %dx%d (%d bytes)", n, rows, cols, n*rows*cols)
}

// readHeader reads and checks an IDX header. All three results are positive
// and their product is at most MaxPixels, so that it fits an int of 32 bits too.
func readHeader(r io.Reader) (n, rows, cols int, err error) {
	var magic [4]byte
	if got, err := io.ReadFull(r, magic[:]); err != nil {
		return 0, 0, 0, headerError(got, err)
	}
	if err := checkMagic(magic); err != nil {
		return 0, 0, 0, err
	}
	var raw [4 * idxDims]byte
	if got, err := io.ReadFull(r, raw[:]); err != nil {
		return 0, 0, 0, headerError(len(magic)+got, err)
	}
	var dims [idxDims]uint64
	for i := range dims {
		dims[i] = uint64(binary.BigEndian.Uint32(raw[4*i:]))
	}

	for i, what := range [idxDims]string{"images", "rows", "columns"} {
		if dims[i] == 0 {
			return 0, 0, 0, fmt.Errorf("the header claims 0 %s (dimensions %dx%dx%d): "+
				"there is nothing to train on; give a file with images", what, dims[0], dims[1], dims[2])
		}
	}
	total := uint64(1)
	for _, d := range dims {
		total *= d // at most 2^30·2^32: it cannot overflow
		if total > MaxPixels {
			return 0, 0, 0, fmt.Errorf("the header claims %d images of %dx%d, above the limit of %d pixels in all; "+
				"if the header is right, split the file", dims[0], dims[1], dims[2], MaxPixels)
		}
	}
	return int(dims[0]), int(dims[1]), int(dims[2]), nil
}

func checkMagic(magic [4]byte) error {
	const want = "want 00 00 08 03, images as unsigned bytes"
	typ, dims := magic[2], magic[3]
	name, known := idxTypes[typ]
	switch {
	case magic[0] != 0 || magic[1] != 0 || typ != idxUbyte && !known:
		return fmt.Errorf("not an IDX file: it starts with % x; %s", magic[:], want)
	case typ != idxUbyte:
		return fmt.Errorf("wrong element type: IDX type 0x%02X (%s); %s: "+
			"convert the pixels to 0..255", typ, name, want)
	case dims == 1:
		return fmt.Errorf("wrong number of dimensions: 1, as in a file of labels; %s: "+
			"give the file of images (*-images-idx3-ubyte)", want)
	case dims != idxDims:
		return fmt.Errorf("wrong number of dimensions: %d; %s: "+
			"give grey images in 3 dimensions (images, rows, columns)", dims, want)
	}
	return nil
}

// headerError explains an error of io.ReadFull after got bytes of the file.
func headerError(got int, err error) error {
	// Compared by ==: a cut gzip stream wraps ErrUnexpectedEOF and has its own text.
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if got == 0 {
		return fmt.Errorf("the file is empty; download or copy it again: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("truncated: %d bytes, less than an IDX header of 16; "+
		"download or copy the file again: %w", got, io.ErrUnexpectedEOF)
}

var errTrailing = errors.New("trailing bytes")

// readExactly reads size bytes and checks that r ends there. If r ends earlier
// it gives what it got and io.ErrUnexpectedEOF; if later, errTrailing. The
// buffer begins with a chunk and grows as the data arrive, since size is only a
// header's word.
func readExactly(r io.Reader, size, chunk int) ([]byte, error) {
	buf := make([]byte, 0, min(size, chunk))
	for len(buf) < size {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(size, 2*cap(buf)))
			copy(grown, buf)
			buf = grown
		}
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return buf, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
	// The read beyond the end also makes gzip verify its checksum.
	var extra [1]byte
	switch _, err := io.ReadFull(r, extra[:]); err {
	case io.EOF:
		return buf, nil
	case nil:
		return nil, errTrailing
	default:
		return nil, err
	}
}
