// Package safetensors reads files of tensors, whoever wrote them: eight bytes with the
// length of a header, the header in JSON, and the numbers.
//
// See https://huggingface.co/docs/safetensors. What a file says is believed when its
// bytes have come: nothing is allocated on a header's word.
package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lanewise/lanewise/vae/internal/strictjson"
)

// A Tensor is what the header says of one.
type Tensor struct {
	Name       string
	DType      string
	Shape      []int
	Begin, End int64 // its bytes, counted from the end of the header
}

// A Header says what is in a file.
type Header struct {
	Metadata map[string]string
	Tensors  []Tensor // in the order of their bytes, which leave no gap
}

const (
	metadataKey = "__metadata__"
	maxRank     = 8 // numbers of a shape
)

// ReadHeader reads the header, of at most so many bytes. It is an error if a key stands
// twice, or the tensors' bytes overlap or leave gaps.
func ReadHeader(r io.Reader, most int) (h Header, err error) {
	var length [8]byte
	switch _, err := io.ReadFull(r, length[:]); err {
	case nil:
	case io.EOF, io.ErrUnexpectedEOF:
		return h, errors.New("too short for a safetensors file")
	default:
		return h, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > uint64(most) {
		return h, fmt.Errorf("not a safetensors file: it claims a header of %d bytes, and at most %d are read", n, most)
	}
	text, err := readAll(r, int64(n))
	if err != nil {
		return h, fmt.Errorf("the header, of %d bytes: %w", n, err)
	}
	if err := strictjson.UniqueKeys(text); err != nil {
		return h, fmt.Errorf("header: %w", err)
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil || entries == nil {
		return h, errors.New("not a safetensors file: its header is no JSON object")
	}
	if raw, ok := entries[metadataKey]; ok {
		if err := strictjson.Unmarshal(raw, &h.Metadata); err != nil {
			return h, fmt.Errorf("metadata: %w", err)
		}
		delete(entries, metadataKey)
	}
	for name, raw := range entries {
		t, err := parseTensor(name, raw)
		if err != nil {
			return h, fmt.Errorf("tensor %.64q: %w", name, err)
		}
		h.Tensors = append(h.Tensors, t)
	}
	return h, h.sort()
}

// readAll reads n bytes as they come.
func readAll(r io.Reader, n int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(b)) < n {
		err = fmt.Errorf("cut short after %d", len(b))
	}
	return b, err
}

func parseTensor(name string, text []byte) (t Tensor, err error) {
	var fields map[string]json.RawMessage // a struct's would be found in any case of letters
	if err := json.Unmarshal(text, &fields); err != nil {
		return t, errors.New("want an object with dtype, shape and data_offsets")
	}
	t.Name = name
	var offsets []int64
	for key, to := range map[string]any{"dtype": &t.DType, "shape": &t.Shape, "data_offsets": &offsets} {
		raw, ok := fields[key]
		if !ok {
			return t, fmt.Errorf("it has no %s", key)
		}
		if err := strictjson.Unmarshal(raw, to); err != nil {
			return t, fmt.Errorf("%s: %w", key, err)
		}
		delete(fields, key)
	}
	for key := range fields {
		return t, fmt.Errorf("it has %.64q, which no tensor has", key)
	}
	if t.Shape == nil {
		return t, errors.New("shape: want a list")
	}
	if len(offsets) != 2 {
		return t, fmt.Errorf("%d data_offsets: want 2", len(offsets))
	}
	t.Begin, t.End = offsets[0], offsets[1]
	return t, t.check()
}

// check compares the bytes of a tensor with its shape.
func (t *Tensor) check() error {
	width := int64(width(t.DType))
	if width == 0 {
		return fmt.Errorf("numbers of type %.64q: want F32, F64, F16 or BF16", t.DType)
	}
	if t.Begin < 0 || t.End < t.Begin {
		return fmt.Errorf("bytes %d to %d: want an end after a beginning", t.Begin, t.End)
	}
	if len(t.Shape) > maxRank {
		return fmt.Errorf("a shape of %d numbers: want at most %d", len(t.Shape), maxRank)
	}
	size := width
	for _, n := range t.Shape {
		if n < 0 || n > 1 && size > 1<<62/int64(n) {
			return fmt.Errorf("a shape of %v: want numbers from 0, and a product that is no larger than a file", t.Shape)
		}
		size *= int64(n)
	}
	if size != t.End-t.Begin {
		return fmt.Errorf("bytes %d to %d, but %s of shape %v are %d bytes", t.Begin, t.End, t.DType, t.Shape, size)
	}
	return nil
}

// sort puts the tensors in the order of their bytes, each after the one before.
func (h *Header) sort() error {
	slices.SortFunc(h.Tensors, func(a, b Tensor) int {
		// Empty ones come before what begins where they do.
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.End, b.End), cmp.Compare(a.Name, b.Name))
	})
	var at int64
	for _, t := range h.Tensors {
		if t.Begin != at {
			return fmt.Errorf("tensor %.64q begins at byte %d, but the one before it ends at %d", t.Name, t.Begin, at)
		}
		at = t.End
	}
	return nil
}

// Size is how many bytes follow the header.
func (h *Header) Size() int64 {
	if len(h.Tensors) == 0 {
		return 0
	}
	return h.Tensors[len(h.Tensors)-1].End
}
