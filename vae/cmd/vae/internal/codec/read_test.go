package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// signed gives a file with a right checksum.
func signed(file []byte) []byte {
	body := bytes.Clone(file[:len(file)-checksumBytes])
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
}

// with gives a file with other bytes in one place, and a right checksum.
func with(file []byte, at int, other ...byte) []byte {
	file = bytes.Clone(file)
	copy(file[at:], other)
	return signed(file)
}

func u32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

func f64(v float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)) }

func TestBadFiles(t *testing.T) {
	good, _ := write(t, 8, 3, normal(500, 3, 1))
	const first = headerBytes // the first component
	trailing := append(bytes.Clone(good), 0)
	flipped := bytes.Clone(good)
	flipped[len(good)/2] ^= 4
	nan := float32(math.NaN())
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "the file of codes is cut short"},
		{"cut magic", good[:5], "the file of codes is cut short"},
		{"cut header", good[:30], "the file of codes is cut short"},
		{"cut components", good[:first+5], "the file of codes is cut short"},
		{"cut codes", good[:len(good)-100], "the file of codes is cut short"},
		{"cut checksum", good[:len(good)-1], "the file of codes is cut short"},
		{"no checksum", good[:len(good)-4], "the file of codes is cut short"},
		{"trailing byte", trailing, "more bytes follow the codes; the file of codes is damaged"},
		{"one bit", flipped, "the checksum is wrong; the file of codes is damaged"},
		{"PNG", []byte("\x89PNG\r\n\x1a\n and what follows"), "no file of codes: it starts with 89 50 4e 47 0d 0a 1a 0a; give"},
		{"as text", bytes.ReplaceAll(good, []byte("\r\n"), []byte("\n")), "no file of codes"},
		{"short text", []byte("mu"), "no file of codes: it starts with 6d 75; give"},
		{"version", with(good, 8, 2), "of version 2, but only version 1 is known"},
		{"no bits", with(good, 9, 0), "damaged"},
		{"17 bits", with(good, 9, 17), "damaged"},
		{"not 0", with(good, 11, 1), "damaged"},
		{"no components", with(good, 12, u32(0)...), "damaged"},
		{"many components", with(good, 12, u32(maxComponents+1)...), "damaged"},
		{"more components", with(good, 12, u32(4)...), "above the limit"},
		{"no rows", with(good, 16, u32(0)...), "damaged"},
		{"2^32-1 rows", with(good, 16, u32(1<<32-1)...), "damaged"},
		{"2^30 rows", with(good, 16, u32(1<<30)...), "the file claims 1073741824 codes of 3 components, above the limit of 1500 numbers in all"},
		{"NaN step", with(good, 52, f64(math.NaN())...), "damaged"},
		{"infinite step", with(good, 52, f64(math.Inf(1))...), "damaged"},
		{"negative step", with(good, 52, f64(-1)...), "damaged"},
		{"no step", with(good, 52, f64(0)...), "damaged"},
		{"NaN", with(good, first, u32(math.Float32bits(nan))...), "damaged"},
		{"width", with(good, first+4, 9), "damaged"},
		{"coded", with(good, first+5, 9), "damaged"},
		{"coded nothing", with(good, first+5, 0), "damaged"},
		{"size", with(good, first+6, u32(1<<32-1)...), "damaged"},
		{"larger size", with(good, first+6, u32(500)...), "the file of codes is cut short"},
		{"smaller size", with(good, first+6, u32(3)...), "damaged"},
	} {
		h, codes, err := Read(bytes.NewReader(c.file), 1500)
		if err == nil || !strings.HasPrefix(err.Error(), "codec: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q, want %q in one line", c.name, err, c.want)
		}
		if codes != nil || h != (Header{}) {
			t.Errorf("%s: codes with an error", c.name)
		}
		if strings.Contains(c.want, "cut short") != errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	broken := errors.New("broken cable")
	for _, n := range []int{0, 20, first + 5, len(good) - 50, len(good) - 2} {
		if _, _, err := Read(io.MultiReader(bytes.NewReader(good[:n]), iotest.ErrReader(broken)), 1500); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if _, _, err := Read(iotest.OneByteReader(bytes.NewReader(good)), 1500); err != nil {
		t.Error(err)
	}
	if _, _, err := Read(bytes.NewReader(good), 1499); err == nil {
		t.Error("more codes than are allowed")
	}
}

// TestClaims: memory follows the data, and what is allowed, not what a file claims.
func TestClaims(t *testing.T) {
	good, _ := write(t, 8, 3, normal(500, 3, 1))
	for name, file := range map[string][]byte{
		"rows":       with(good, 16, u32(maxRows)...),
		"components": with(good, 12, u32(maxComponents)...),
		"constant":   bomb(),
	} {
		for _, most := range []int{1500, 1 << 20} {
			var err error
			got := allocated(func() { _, _, err = Read(bytes.NewReader(file), most) })
			if err == nil || got > 1<<20 {
				t.Errorf("%s, %d: %d bytes allocated, %v", name, most, got, err)
			}
		}
	}
	// What is allowed does not count where the data are not there.
	lie := with(good, 16, u32(1<<28)...)
	var err error
	if got := allocated(func() { _, _, err = Read(bytes.NewReader(lie), math.MaxInt32) }); got > 1<<20 || err == nil {
		t.Errorf("%d bytes allocated, %v", got, err)
	}
}

// bomb is a file of few bytes that holds 2^30 codes, all 0.
func bomb() []byte {
	file := append([]byte(magic), version, 8, 0, 0)
	file = append(file, u32(1)...)
	file = append(file, u32(maxRows)...)
	file = append(file, make([]byte, 32+8+componentBytes+checksumBytes)...)
	return signed(file)
}

// TestMutations changes bytes, with a right checksum: a file is read or refused.
func TestMutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var files [][]byte
	for _, bits := range []int{1, 4, 8, 16} {
		file, _ := write(t, bits, 3, normal(300, 3, uint64(bits)))
		files = append(files, file)
	}
	rounds := 20000
	if testing.Short() {
		rounds = 1000
	}
	for i := range rounds {
		file := bytes.Clone(files[i%len(files)])
		for range 1 + rng.IntN(3) {
			file[8+rng.IntN(len(file)-8)] = byte(rng.Uint32())
		}
		checkRead(t, signed(file))
	}
}

// checkRead reads a file that may be bad.
func checkRead(t *testing.T, file []byte) {
	const most = 1 << 14
	h, codes, err := Read(bytes.NewReader(file), most)
	if err != nil {
		if codes != nil || !strings.HasPrefix(err.Error(), "codec: ") || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%d codes, %v", len(codes), err)
		}
		return
	}
	if len(codes) != h.Rows*h.Components || len(codes) > most {
		t.Fatalf("%d codes, %+v", len(codes), h)
	}
	for _, v := range codes {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Fatalf("code %v", v)
		}
	}
	if _, err := Write(io.Discard, h, codes); err != nil {
		t.Fatal(err)
	}
}

// FuzzRead gives a file its checksum, which would stop most of them.
func FuzzRead(f *testing.F) {
	for _, bits := range []int{1, 3, 8, 12, 16} {
		file, _ := write(f, bits, 3, normal(100, 3, uint64(bits)))
		f.Add(file)
	}
	f.Add(bomb())
	f.Fuzz(func(t *testing.T, file []byte) {
		checkRead(t, file)
		if len(file) > headerBytes {
			checkRead(t, signed(file))
		}
	})
}
