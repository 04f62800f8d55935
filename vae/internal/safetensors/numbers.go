package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// width is the bytes of a number, or 0 where the type is not one of those that are read.
func width(dtype string) int {
	switch dtype {
	case "F64":
		return 8
	case "F32":
		return 4
	case "F16", "BF16":
		return 2
	}
	return 0
}

// chunk is how many bytes are read at a time: a multiple of every width. A smaller file's
// own size is one of those that it has.
const chunk = 1 << 16

// ReadFloats reads the numbers of all tensors, as float32, and the end of r. Those of F64
// are rounded to the nearest, ties to even; those of F16 and BF16 are float32 already. A
// number that is NaN or infinite, or too large for float32, is an error. there is how many
// bytes are known to come, for which memory is taken at once; else it grows as they come.
func (h *Header) ReadFloats(r io.Reader, there int64) (map[string][]float32, error) {
	buffer := make([]byte, min(chunk, h.Size()))
	var all []float32
	if h.Size() <= there {
		n := int64(0)
		for _, t := range h.Tensors {
			n += (t.End - t.Begin) / int64(width(t.DType))
		}
		all = make([]float32, 0, n)
	}
	ends := make([]int, len(h.Tensors))
	for i := range h.Tensors {
		var err error
		if all, err = h.Tensors[i].read(all, r, buffer); err != nil {
			return nil, fmt.Errorf("tensor %.64q: %w", h.Tensors[i].Name, err)
		}
		ends[i] = len(all)
	}
	if err := end(r); err != nil {
		return nil, err
	}
	numbers := make(map[string][]float32, len(ends))
	first := 0
	for i, end := range ends {
		numbers[h.Tensors[i].Name] = all[first:end]
		first = end
	}
	return numbers, nil
}

// read appends the numbers of the next tensor to dst.
func (t *Tensor) read(dst []float32, r io.Reader, buffer []byte) ([]float32, error) {
	before, size := len(dst), t.End-t.Begin
	for done := int64(0); done < size; {
		b := buffer[:min(int64(len(buffer)), size-done)]
		n, err := io.ReadFull(r, b)
		done += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = fmt.Errorf("cut short: %d bytes of %d", done, size)
		}
		if err != nil {
			return dst, err
		}
		first := len(dst)
		dst = appendFloats(dst, b, t.DType)
		for i, v := range dst[first:] {
			if v-v != 0 {
				return dst, fmt.Errorf("number %d is %v as float32", first-before+i, v)
			}
		}
	}
	return dst, nil
}

// end is an error where r has something more.
func end(r io.Reader) error {
	var one [1]byte
	switch n, err := io.ReadFull(r, one[:]); {
	case n > 0:
		return errors.New("there are more bytes than the header tells of")
	case err == io.EOF:
		return nil
	default:
		return err
	}
}

// appendFloats appends the numbers in b, little-endian and of a type.
func appendFloats(dst []float32, b []byte, dtype string) []float32 {
	order := binary.LittleEndian
	switch dtype {
	case "F64":
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, float32(math.Float64frombits(order.Uint64(b))))
		}
	case "F32":
		for ; len(b) >= 4; b = b[4:] {
			dst = append(dst, math.Float32frombits(order.Uint32(b)))
		}
	case "F16":
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, half(order.Uint16(b)))
		}
	case "BF16":
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, math.Float32frombits(uint32(order.Uint16(b))<<16))
		}
	}
	return dst
}

// half is the value of an IEEE binary16.
func half(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent, fraction := uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // fraction·2⁻²⁴: exact, and 0 keeps its sign
		return math.Float32frombits(math.Float32bits(float32(fraction)*0x1p-24) | sign)
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
