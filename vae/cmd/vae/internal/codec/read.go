package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/klauspost/compress/fse"
)

// Read reads what [Write] has written, which must be all that r holds: the codes are
// rows of h.Components. A file of more than most codes is an error, and so is one that is
// cut short or damaged. Memory is taken for the bytes that arrive and for the codes, if
// they are not more than most, and for no claim of the file.
func Read(r io.Reader, most int) (h Header, codes []float32, err error) {
	sum := crc32.New(castagnoli)
	from := io.TeeReader(r, sum)
	h, step, err := readHeader(from, most)
	if err != nil {
		return Header{}, nil, fmt.Errorf("codec: %w", err)
	}
	components, err := h.readComponents(from, step)
	if err != nil {
		return Header{}, nil, fmt.Errorf("codec: %w", err)
	}
	body, err := h.readBody(from, components)
	if err != nil {
		return Header{}, nil, fmt.Errorf("codec: %w", err)
	}
	want := sum.Sum32()
	if err := checkEnd(r, want); err != nil {
		return Header{}, nil, fmt.Errorf("codec: %w", err)
	}
	codes = make([]float32, h.Rows*h.Components)
	multiples := make([]uint16, h.Rows)
	for j := range components {
		c := &components[j]
		n := c.size + int(c.packed(h.Rows))
		if err := c.expand(multiples, body[:n]); err != nil {
			return Header{}, nil, fmt.Errorf("codec: component %d: %w", j, err)
		}
		body = body[n:]
		for i, m := range multiples {
			codes[i*h.Components+j] = c.value(m, step)
		}
	}
	return h, codes, nil
}

func readHeader(r io.Reader, most int) (h Header, step float64, err error) {
	var b [headerBytes]byte
	n, err := io.ReadFull(r, b[:])
	if got := b[:min(n, len(magic))]; n > 0 && !bytes.HasPrefix([]byte(magic), got) {
		return h, 0, fmt.Errorf("no file of codes: it starts with % x; give a file that vae compress has written", got)
	}
	if err != nil {
		return h, 0, cut(err)
	}
	if b[8] != version {
		return h, 0, fmt.Errorf("a file of codes of version %d, but only version %d is known; take a newer lanewise, or write it again", b[8], version)
	}
	components, rows := binary.LittleEndian.Uint32(b[12:]), binary.LittleEndian.Uint32(b[16:])
	step = math.Float64frombits(binary.LittleEndian.Uint64(b[52:]))
	switch {
	case b[9] < 1 || b[9] > MaxBits || b[10] != 0 || b[11] != 0 ||
		components < 1 || components > maxComponents || rows < 1 || rows > maxRows ||
		!(step >= 0 && step <= 2*math.MaxFloat32):
		return h, 0, errDamaged
	case int64(rows)*int64(components) > int64(most):
		return h, 0, fmt.Errorf("the file claims %d codes of %d components, above the limit of %d numbers in all; "+
			"split what it was written from", rows, components, most)
	}
	h = Header{Rows: int(rows), Components: int(components), Bits: int(b[9])}
	copy(h.Model[:], b[20:])
	return h, step, nil
}

func (h *Header) readComponents(r io.Reader, step float64) ([]component, error) {
	raw, err := readExactly(r, int64(h.Components)*componentBytes)
	if err != nil {
		return nil, err
	}
	components := make([]component, h.Components)
	for j := range components {
		b := raw[j*componentBytes:]
		size := binary.LittleEndian.Uint32(b[6:])
		c := component{
			low:   math.Float32frombits(binary.LittleEndian.Uint32(b)),
			width: int(b[4]), coded: int(b[5]), size: int(size & math.MaxInt32),
		}
		if !(math.Abs(float64(c.low)) <= math.MaxFloat32) || c.width > h.Bits || step == 0 && c.width > 0 ||
			c.coded > min(8, c.width) || (c.coded == 0) != (size == 0) || int64(size) > int64(h.Rows) {
			return nil, errDamaged
		}
		components[j] = c
	}
	return components, nil
}

func (h *Header) readBody(r io.Reader, components []component) ([]byte, error) {
	size := int64(0)
	for j := range components {
		size += int64(components[j].size) + components[j].packed(h.Rows)
	}
	return readExactly(r, size)
}

// readExactly takes memory as the bytes arrive.
func readExactly(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, size); err != nil {
		return nil, cut(err)
	}
	return b.Bytes(), nil
}

// checkEnd reads the checksum, after which nothing may follow.
func checkEnd(r io.Reader, want uint32) error {
	var b [checksumBytes + 1]byte
	switch n, err := io.ReadFull(r, b[:]); {
	case err == nil:
		return fmt.Errorf("more bytes follow the codes; %w", errDamaged)
	case n == checksumBytes && err == io.ErrUnexpectedEOF:
	default:
		return cut(err)
	}
	if binary.LittleEndian.Uint32(b[:]) != want {
		return fmt.Errorf("the checksum is wrong; %w", errDamaged)
	}
	return nil
}

// cut explains the end of a file, and leaves other errors as they are.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the file of codes is cut short; copy or write it again: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// expand decodes the multiples of a component.
func (c *component) expand(multiples []uint16, body []byte) error {
	clear(multiples)
	low := c.width - c.coded
	if c.coded > 0 {
		s := fse.Scratch{DecompressLimit: len(multiples)}
		high, err := fse.Decompress(body[:c.size], &s)
		if err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
		if len(high) != len(multiples) {
			return errDamaged
		}
		for i, b := range high {
			if int(b) >= 1<<c.coded {
				return errDamaged
			}
			multiples[i] = uint16(b) << low
		}
	}
	unpack(multiples, body[c.size:], low)
	return nil
}

// unpack adds low bits to multiples: see [pack].
func unpack(multiples []uint16, from []byte, width int) {
	var hold uint32
	held := 0
	for i := range multiples {
		for ; held < width; held += 8 {
			hold |= uint32(from[0]) << held
			from = from[1:]
		}
		multiples[i] |= uint16(hold & (1<<width - 1))
		hold >>= width
		held -= width
	}
}
