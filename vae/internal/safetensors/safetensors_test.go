package safetensors

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestHalf compares every binary16 with its definition.
func TestHalf(t *testing.T) {
	for i := range 1 << 16 {
		got := half(uint16(i))
		exponent, fraction := i>>10&31, i&1023
		want := math.Ldexp(float64(1024+fraction), exponent-25)
		switch {
		case exponent == 0:
			want = math.Ldexp(float64(fraction), -24)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if i>>15 == 1 {
			want = -want
		}
		if math.Float32bits(got) != math.Float32bits(float32(want)) && !(got != got && want != want) {
			t.Fatalf("%#04x is %v, want %v", i, got, want)
		}
	}
}

// file is a header and what follows it.
func file(header string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// TestTypes has a number of each type, in an order that is not that of the header.
func TestTypes(t *testing.T) {
	var data []byte
	data = binary.LittleEndian.AppendUint16(data, 0x3fc0)                           // BF16 1.5
	data = binary.LittleEndian.AppendUint64(data, math.Float64bits(1+0x1p-24))      // a tie: to even
	data = binary.LittleEndian.AppendUint64(data, math.Float64bits(1+3*0x1p-24))    // a tie: up
	data = binary.LittleEndian.AppendUint64(data, math.Float64bits(0x1p-149*0.501)) // a subnormal
	data = binary.LittleEndian.AppendUint16(data, 0xc100)                           // F16 -2.5
	data = binary.LittleEndian.AppendUint32(data, 1<<31)                            // F32 -0
	b := file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[28,32]},
		"b":{"dtype":"F16","shape":[1,1],"data_offsets":[26,28]}, "none":{"dtype":"F16","shape":[3,0],"data_offsets":[26,26]},
		"c":{"dtype":"F64","shape":[3],"data_offsets":[2,26]},
		"d":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},"__metadata__":{"x":"y"}}  `, data)
	r := bytes.NewReader(b)
	h, err := ReadHeader(r, 1000)
	if err != nil {
		t.Fatal(err)
	}
	rest := *r
	numbers, err := h.ReadFloats(r, 0)
	if err != nil {
		t.Fatal(err)
	}
	if known, err := h.ReadFloats(&rest, h.Size()); err != nil || !reflect.DeepEqual(known, numbers) {
		t.Errorf("of bytes that are known to come %v, %v", known, err)
	}
	if h.Metadata["x"] != "y" || len(numbers) != 5 || len(numbers["none"]) != 0 {
		t.Errorf("%v, %v", h, numbers)
	}
	for name, want := range map[string][]float32{
		"a": {float32(math.Copysign(0, -1))}, "b": {-2.5}, "c": {1, 1 + 0x1p-22, 0x1p-149}, "d": {1.5},
	} {
		for i, v := range want {
			if math.Float32bits(numbers[name][i]) != math.Float32bits(v) {
				t.Errorf("%s: %v, want %v", name, numbers[name], want)
			}
		}
	}
	if _, err := ReadHeader(bytes.NewReader(b), 10); err == nil {
		t.Error("a header larger than allowed is no error")
	}
}

// TestLong: numbers come in chunks.
func TestLong(t *testing.T) {
	const n = chunk + 3
	want := make([]float32, n)
	var data []byte
	for i := range want {
		want[i] = rand.Float32()
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(float64(want[i])))
	}
	read := func(data []byte) ([]float32, error) {
		r := bytes.NewReader(file(`{"a":{"dtype":"F64","shape":[65539],"data_offsets":[0,524312]}}`, data))
		h, err := ReadHeader(r, 1000)
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := h.ReadFloats(r, 0)
		return numbers["a"], err
	}
	got, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want {
		if got[i] != v {
			t.Fatalf("number %d is %v, want %v", i, got[i], v)
		}
	}
	for _, n := range []int{0, 1, chunk, len(data) - 1} {
		if _, err := read(data[:n]); err == nil || !strings.Contains(err.Error(), "cut short") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	binary.LittleEndian.PutUint64(data[8*(n-1):], math.Float64bits(math.MaxFloat64))
	if _, err := read(data); err == nil || !strings.Contains(err.Error(), "number 65538 is +Inf") {
		t.Errorf("too large for float32: %v", err)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`), []byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, header, data []byte) {
		r := bytes.NewReader(file(string(header), data))
		h, err := ReadHeader(r, 1<<20)
		if err != nil {
			return
		}
		numbers, err := h.ReadFloats(r, 0)
		if (err == nil) && h.Size() != int64(len(data)) {
			t.Errorf("%d bytes read of %d", h.Size(), len(data))
		}
		for _, x := range h.Tensors {
			if err == nil && int64(len(numbers[x.Name])) != (x.End-x.Begin)/int64(width(x.DType)) {
				t.Errorf("%v has %d numbers", x, len(numbers[x.Name]))
			}
		}
	})
}
