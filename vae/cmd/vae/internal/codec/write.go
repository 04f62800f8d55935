package codec

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"

	"github.com/klauspost/compress/fse"
)

// A file, in little-endian numbers:
//
//	magic       8 bytes, version 1 byte, bits 1 byte, 2 bytes of 0
//	components  uint32
//	rows        uint32
//	model       32 bytes
//	step        float64
//	for each component: low float32, width uint8, coded uint8, size uint32
//	for each component: size bytes of finite-state entropy, the packed low bits
//	CRC-32C     of all that, uint32
const (
	magic          = "\x89LWZ\r\n\x1a\n" // as PNG's, it shows what a transfer as text does
	version        = 1
	headerBytes    = 60
	componentBytes = 10
	checksumBytes  = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Write writes codes, h.Rows rows of h.Components, and says what they take. It is an
// error if a code is not finite. Write panics if h is not what codes are.
func Write(w io.Writer, h Header, codes []float32) (Size, error) {
	h.check(codes)
	step, components, err := h.quantise(codes)
	if err != nil {
		return Size{}, err
	}
	bodies := make([][]byte, h.Components)
	size := Size{Bits: make([]float64, h.Components)}
	multiples := make([]uint16, h.Rows)
	for j := range components {
		c := &components[j]
		for i := range multiples {
			multiples[i] = c.multiple(codes[i*h.Components+j], step)
		}
		bodies[j] = c.shortest(multiples)
		size.Bits[j] = 8 * float64(len(bodies[j])+componentBytes) / float64(h.Rows)
	}

	file := append(make([]byte, 0, headerBytes+componentBytes*h.Components), magic...)
	file = append(file, version, byte(h.Bits), 0, 0)
	file = binary.LittleEndian.AppendUint32(file, uint32(h.Components))
	file = binary.LittleEndian.AppendUint32(file, uint32(h.Rows))
	file = append(file, h.Model[:]...)
	file = binary.LittleEndian.AppendUint64(file, math.Float64bits(step))
	for _, c := range components {
		file = binary.LittleEndian.AppendUint32(file, math.Float32bits(c.low))
		file = append(file, byte(c.width), byte(c.coded))
		file = binary.LittleEndian.AppendUint32(file, uint32(c.size))
	}
	for _, body := range bodies {
		file = append(file, body...)
	}
	file = binary.LittleEndian.AppendUint32(file, crc32.Checksum(file, castagnoli))
	size.Bytes = len(file)
	_, err = w.Write(file)
	return size, err
}

// shortest chooses how many bits of the multiples are coded, and codes them.
func (c *component) shortest(multiples []uint16) []byte {
	c.coded, c.size = 0, 0
	best := pack(nil, multiples, c.width)
	high := make([]byte, len(multiples))
	for coded := 1; coded <= min(8, c.width); coded++ {
		for i, m := range multiples {
			high[i] = byte(m >> (c.width - coded))
		}
		s := fse.Scratch{TableLog: 12}
		out, err := fse.Compress(high, &s)
		if err != nil { // it would not be shorter
			continue
		}
		low := component{width: c.width, coded: coded}
		if int64(len(out))+low.packed(len(multiples)) < int64(len(best)) {
			c.coded, c.size = coded, len(out)
			best = pack(out, multiples, c.width-coded)
		}
	}
	return best
}

// pack appends the lowest bits of multiples, the first in the lowest bits of a byte.
func pack(to []byte, multiples []uint16, width int) []byte {
	var hold uint32
	held := 0
	for _, m := range multiples {
		hold |= uint32(m) & (1<<width - 1) << held
		for held += width; held >= 8; held -= 8 {
			to = append(to, byte(hold))
			hold >>= 8
		}
	}
	if held > 0 {
		to = append(to, byte(hold))
	}
	return to
}
