package dataset

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"
)

// idx builds a file with the given magic, dimensions and pixels.
func idx(magic uint32, dims []uint32, pixels ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, pixels...)
}

func gz(data []byte) []byte {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	zw.Write(data)
	zw.Close()
	return b.Bytes()
}

// damaged gives data with one byte, counted from the end, inverted.
func damaged(data []byte, fromEnd int) []byte {
	data = bytes.Clone(data)
	data[len(data)-fromEnd] ^= 0xff
	return data
}

// good is two images of 2x3.
var good = idx(0x803, []uint32{2, 2, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)

func checkGood(t *testing.T, m Images, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows != 2 || m.Cols != 3 || !bytes.Equal(m.Pixels, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) {
		t.Errorf("read %+v", m)
	}
}

func TestReadIDX(t *testing.T) {
	half := bytes.Join([][]byte{gz(good[:20]), gz(good[20:])}, nil)
	for name, data := range map[string][]byte{"plain": good, "gzip": gz(good), "gzip in two members": half} {
		t.Run(name, func(t *testing.T) {
			m, err := ReadIDX(bytes.NewReader(data))
			checkGood(t, m, err)
			m, err = ReadIDX(iotest.OneByteReader(bytes.NewReader(data)))
			checkGood(t, m, err)
		})
	}
}

// TestReadIDXGrows reads more than the first chunk, to sizes about its doubles.
func TestReadIDXGrows(t *testing.T) {
	for _, size := range []int{firstChunk - 1, firstChunk, firstChunk + 1, 2 * firstChunk, 2*firstChunk + 1} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i>>8) ^ byte(i)
		}
		m, err := ReadIDX(bytes.NewReader(append(idx(0x803, []uint32{1, 1, uint32(size)}), want...)))
		if err != nil {
			t.Fatal(err)
		}
		if m.Len() != 1 || !bytes.Equal(m.Pixels, want) {
			t.Errorf("size %d: wrong pixels", size)
		}
	}
}

var badIDX = []struct {
	name string
	data []byte
	want string
}{
	{"empty", nil, "the file is empty"},
	{"one byte", good[:1], "truncated: 1 bytes, less than an IDX header of 16"},
	{"cut magic", good[:3], "truncated: 3 bytes, less than an IDX header of 16"},
	{"magic alone", good[:4], "truncated: 4 bytes, less than an IDX header of 16"},
	{"cut header", good[:15], "truncated: 15 bytes, less than an IDX header of 16"},
	{"no pixels", good[:16], "truncated: the header claims 2 images of 2x3 (12 bytes), but 0 bytes of pixels follow"},
	{"cut pixels", good[:27], "truncated: the header claims 2 images of 2x3 (12 bytes), but 11 bytes of pixels follow"},
	{"trailing byte", append(bytes.Clone(good), 0), "oversized: the header claims 2 images of 2x3 (12 bytes), but more bytes follow"},
	{"text", []byte("<!DOCTYPE html>…"), "not an IDX file: it starts with 3c 21 44 4f; want 00 00 08 03"},
	{"PNG", []byte("\x89PNG\r\n\x1a\n00000000"), "not an IDX file: it starts with 89 50 4e 47"},
	{"little-endian magic", idx(0x03080000, []uint32{2, 2, 3}), "not an IDX file: it starts with 03 08 00 00"},
	{"unknown type", idx(0x0A03, []uint32{2, 2, 3}), "not an IDX file: it starts with 00 00 0a 03"},
	{"signed", idx(0x0903, []uint32{2, 2, 3}), "wrong element type: IDX type 0x09 (signed byte); want 00 00 08 03"},
	{"float", idx(0x0D03, []uint32{2, 2, 3}), "wrong element type: IDX type 0x0D (float32); want 00 00 08 03"},
	{"labels", idx(0x0801, []uint32{2}, 7, 2), "wrong number of dimensions: 1, as in a file of labels"},
	{"no dimensions", idx(0x0800, nil, 7), "wrong number of dimensions: 0;"},
	{"two colours", idx(0x0804, []uint32{1, 2, 2, 2}), "the header claims 2 colours (dimensions 1x2x2x2): want 1, grey, or 3"},
	{"no colours", idx(0x0804, []uint32{1, 2, 2, 0}), "the header claims 0 colours"},
	{"cut header with colours", idx(0x0804, []uint32{1, 2, 2}), "truncated: 16 bytes, less than an IDX header of 20"},
	{"no pixels in colour", idx(0x0804, []uint32{1, 2, 2, 3}), "the header claims 1 images of 2x2 in colour (12 bytes), but 0 bytes"},
	{"colours above the limit", idx(0x804, []uint32{1 << 29, 1, 1, 3}), "536870912 images of 1x1x3, above the limit"},
	{"five dimensions", idx(0x0805, []uint32{1, 2, 2, 3, 1}), "wrong number of dimensions: 5;"},
	{"labels of two dimensions", idx(0x0802, []uint32{2, 1}), "wrong number of dimensions: 2;"},
	{"255 dimensions", idx(0x08FF, []uint32{1, 2, 2, 3}), "wrong number of dimensions: 255;"},
	{"no images", idx(0x803, []uint32{0, 28, 28}), "the header claims 0 images (dimensions 0x28x28)"},
	{"no rows", idx(0x803, []uint32{2, 0, 28}), "the header claims 0 rows"},
	{"no columns", idx(0x803, []uint32{2, 28, 0}), "the header claims 0 columns"},
	{"zero hides an overflow", idx(0x803, []uint32{1<<32 - 1, 1<<32 - 1, 0}), "the header claims 0 columns"},
	{"above the limit by one", idx(0x803, []uint32{1<<30 + 1, 1, 1}), "1073741825 images of 1x1, above the limit of 1073741824 pixels"},
	{"above 2^31", idx(0x803, []uint32{1 << 31, 1, 1}), "above the limit"},
	{"product 2^32", idx(0x803, []uint32{1 << 16, 1 << 8, 1 << 8}), "above the limit"},
	{"product wraps to 0 in 32 bits", idx(0x803, []uint32{1 << 31, 2, 1}), "above the limit"},
	{"product wraps to 0 in 64 bits", idx(0x803, []uint32{1 << 31, 1 << 31, 4}), "above the limit"},
	{"product wraps to 37682 in 64 bits", idx(0x803, []uint32{4258451053, 65694, 65939}), "above the limit"},
	{"all ones", idx(0x803, []uint32{1<<32 - 1, 1<<32 - 1, 1<<32 - 1}), "4294967295 images of 4294967295x4294967295, above the limit"},
	{"lying within the limit", idx(0x803, []uint32{1 << 30, 1, 1}, 1, 2, 3), "(1073741824 bytes), but 3 bytes of pixels follow"},

	{"gzip magic alone", []byte{0x1f, 0x8b}, "the gzip stream is cut short"},
	{"gzip of nothing", gz(nil), "the file is empty"},
	{"gzip header damaged", []byte("\x1f\x8b\x07xxxxxxxxxxxxxxx"), "the gzip stream is damaged"},
	{"gzip cut", gz(good)[:30], "the gzip stream is cut short"},
	{"gzip trailer cut", gz(good)[:len(gz(good))-1], "the gzip stream is cut short"},
	{"gzip checksum", damaged(gz(good), 8), "the gzip stream is damaged; download or copy the file again: gzip: invalid checksum"},
	{"gzip length", damaged(gz(good), 4), "the gzip stream is damaged; download or copy the file again: gzip: invalid checksum"},
	{"gzip body", append(gz(good)[:10:10], bytes.Repeat([]byte{0xff}, 40)...), "the gzip stream is damaged"},
	{"gzip then rubbish", append(gz(good), "rubbish, and enough of it"...), "the gzip stream is damaged"},
	{"gzip of cut pixels", gz(good[:27]), "truncated: the header claims 2 images of 2x3 (12 bytes), but 11 bytes"},
	{"gzip of trailing byte", gz(append(bytes.Clone(good), 0)), "oversized: "},
	{"gzip twice", gz(gz(good)), "not an IDX file: it starts with 1f 8b"},
}

func TestBadIDX(t *testing.T) {
	for _, c := range badIDX {
		t.Run(c.name, func(t *testing.T) {
			m, err := ReadIDX(bytes.NewReader(c.data))
			wantError(t, err, c.want)
			if m.Pixels != nil {
				t.Errorf("pixels with an error: %+v", m)
			}

			path := filepath.Join(t.TempDir(), "images")
			if err := os.WriteFile(path, c.data, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err = OpenIDX(path)
			wantError(t, err, c.want, path+": ")
		})
	}
}

// TestIDXErrorsWrap checks what a caller may ask with errors.Is.
func TestIDXErrorsWrap(t *testing.T) {
	broken := errors.New("broken cable")
	for _, c := range []struct {
		name string
		r    io.Reader
		want error
	}{
		{"truncated", bytes.NewReader(good[:20]), io.ErrUnexpectedEOF},
		{"truncated header", bytes.NewReader(good[:10]), io.ErrUnexpectedEOF},
		{"gzip truncated", bytes.NewReader(gz(good)[:20]), io.ErrUnexpectedEOF},
		{"gzip checksum", bytes.NewReader(damaged(gz(good), 8)), gzip.ErrChecksum},
		{"reader", io.MultiReader(bytes.NewReader(good[:20]), iotest.ErrReader(broken)), broken},
		{"reader at the end", io.MultiReader(bytes.NewReader(good), iotest.ErrReader(broken)), broken},
		{"reader at once", iotest.ErrReader(broken), broken},
		{"reader below gzip", io.MultiReader(bytes.NewReader(gz(good)[:20]), iotest.ErrReader(broken)), broken},
	} {
		if _, err := ReadIDX(c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v in it", c.name, err, c.want)
		}
	}
	if _, err := OpenIDX(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: error %v, want os.ErrNotExist in it", err)
	}
}

// TestReadIDXStops shows that a file is not read further than a little beyond
// what its header claims: a gzip bomb is not inflated.
func TestReadIDXStops(t *testing.T) {
	var zeros countingReader
	_, err := ReadIDX(io.MultiReader(bytes.NewReader(good), &zeros))
	wantError(t, err, "oversized: ")
	if zeros > 64<<10 {
		t.Errorf("read %d bytes beyond the end", zeros)
	}

	bomb := gz(append(bytes.Clone(good), make([]byte, 4<<20)...))
	if got := allocated(func() { _, err = ReadIDX(bytes.NewReader(bomb)) }); got > 1<<20 {
		t.Errorf("a bomb of %d bytes made ReadIDX allocate %d bytes", len(bomb), got)
	}
	wantError(t, err, "oversized: ")
}

// countingReader gives zeros without end, and counts them.
type countingReader int

func (c *countingReader) Read(p []byte) (int, error) {
	clear(p)
	*c += countingReader(len(p))
	return len(p), nil
}

// TestLyingHeader shows that memory follows the data, not the header's claim.
func TestLyingHeader(t *testing.T) {
	lie := idx(0x803, []uint32{1 << 20, 32, 32}, 1, 2, 3) // 1 GiB
	for name, data := range map[string][]byte{"plain": lie, "gzip": gz(lie)} {
		var err error
		if got := allocated(func() { _, err = ReadIDX(bytes.NewReader(data)) }); got > 2*firstChunk {
			t.Errorf("%s: a header that claims 1 GiB before 3 bytes made ReadIDX allocate %d bytes", name, got)
		}
		wantError(t, err, "truncated: ")
	}

	const real = 3 * firstChunk
	var err error
	data := append(lie, make([]byte, real)...)
	// The buffers of 1, 2 and 4 chunks, and something for the rest.
	if got := allocated(func() { _, err = ReadIDX(bytes.NewReader(data)) }); got > 8*firstChunk {
		t.Errorf("%d bytes of data made ReadIDX allocate %d bytes", real, got)
	}
	wantError(t, err, "truncated: ")
}

// allocated gives the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzReadIDX checks what ReadIDX gives against a reading of the whole input,
// which for an IDX file is so strict that nothing may be left over.
func FuzzReadIDX(f *testing.F) {
	f.Add(good)
	f.Add(gz(good))
	for _, c := range badIDX {
		f.Add(c.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadIDX(bytes.NewReader(data))
		if err != nil {
			wantError(t, err)
			if m.Pixels != nil {
				t.Fatal("pixels with an error")
			}
			return
		}
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			zr, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			packed := data
			if data, err = io.ReadAll(zr); err != nil && packed[len(packed)-1] != 0 { // zeros may follow
				t.Fatal(err)
			}
		}
		if m.Len() <= 0 || len(m.Pixels) != m.Len()*m.Rows*m.Cols {
			t.Fatalf("%d pixels, %d images of %dx%d", len(m.Pixels), m.Len(), m.Rows, m.Cols)
		}
		again := idx(0x803, []uint32{uint32(m.Len()), uint32(m.Rows), uint32(m.Cols)}, m.Pixels...)
		if !bytes.Equal(again, data) {
			t.Fatalf("read % x as % x", data, again)
		}
	})
}
