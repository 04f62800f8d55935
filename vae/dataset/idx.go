package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/lanewise/lanewise/vae/internal/unpack"
)

// firstChunk is what is allocated before any pixel has been read; from there
// the buffer doubles, so it never exceeds twice the data that arrived.
const firstChunk = 1 << 20

// ReadIDX reads images in IDX format: three dimensions (images, rows, columns), or a
// fourth of red, green and blue, of unsigned bytes, gzipped or not, as the first two bytes
// tell. r must end where the images end; to see that, ReadIDX looks for one byte more and
// no further, so a gzip bomb is not inflated.
//
// Cut short, damaged, oversized or lying input gives an error, and so does a
// file of more than [MaxPixels].
func ReadIDX(r io.Reader) (Images, error) {
	m, _, err := readImages(r, idxOptions{chunk: firstChunk})
	if err != nil {
		return Images{}, fmt.Errorf("dataset: %w", err)
	}
	return m, nil
}

// OpenIDX is [ReadIDX] for the file at path; its errors name the file.
func OpenIDX(path string) (Images, error) {
	m, _, err := openImages(path, &Options{})
	return m, err
}

// gzipRatio is how many bytes of images a byte of gzip stands for at most, unless they
// are nearly blank. (MNIST's stands for 5.)
const gzipRatio = 16

// openImages also gives how many images the header claims, of which some may not be wanted.
func openImages(path string, o *Options) (m Images, total int, err error) {
	f, chunk, err := openFile(path)
	if err != nil {
		return Images{}, 0, inFile(path, err)
	}
	defer f.Close()
	m, total, err = readImages(f, idxOptions{o, chunk})
	if err != nil {
		return Images{}, 0, inFile(path, err)
	}
	return m, total, nil
}

// openFile also gives how many bytes can be allocated because a file is that long.
func openFile(path string) (f *os.File, chunk int, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, 0, err
	}
	chunk = firstChunk
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		chunk = max(chunk, int(min(info.Size(), MaxPixels/gzipRatio)*gzipRatio))
	}
	return f, chunk, nil
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

func readImages(r io.Reader, o idxOptions) (m Images, total int, err error) {
	if r, err = unpack.Reader(r); err != nil {
		return Images{}, 0, err
	}
	dims, err := idxImages.readHeader(r)
	if err != nil {
		return Images{}, 0, err
	}
	n, rows, cols, channels := dims[0], dims[1], dims[2], 1
	if len(dims) > 3 {
		channels = dims[3]
	}
	size := rows * cols * channels
	total = n
	if o.Options != nil {
		if o.Limit > 0 && o.Limit < n {
			n = o.Limit
			r = io.LimitReader(r, int64(n*size)) // what follows is not looked at
		}
		if err := o.room(n, rows, cols, channels); err != nil {
			return Images{}, 0, err
		}
	}
	claim := fmt.Sprintf("%d images of %dx%d%s (%d bytes)", n, rows, cols, inColour(channels), n*size)
	pixels, err := readClaimed(r, n*size, o.chunk, claim, "pixels")
	return Images{Pixels: pixels, Rows: rows, Cols: cols, Colour: channels == 3}, total, err
}

// readClaimed reads the size bytes that a header claims.
func readClaimed(r io.Reader, size, chunk int, claim, what string) ([]byte, error) {
	data, err := readExactly(r, size, chunk)
	switch {
	case err == io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("truncated: the header claims %s, but %d bytes of %s follow; "+
			"download or copy the file again: %w", claim, len(data), what, err)
	case err == errTrailing:
		return nil, fmt.Errorf("oversized: the header claims %s, but more bytes follow; "+
			"correct the header or cut the file", claim)
	case err != nil:
		return nil, err
	}
	return data, nil
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
