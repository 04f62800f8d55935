package vae

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"
)

// A checkpoint to spoil.
type forged struct {
	metadata map[string]string
	tensors  map[string]any
	data     []byte
	header   []byte // in place of what the above make
	length   uint64 // of the header, if not the true one
}

func (f *forged) encode() []byte {
	header := f.header
	if header == nil {
		all := map[string]any{"__metadata__": f.metadata}
		for name, t := range f.tensors {
			all[name] = t
		}
		header, _ = json.Marshal(all)
	}
	n := uint64(len(header))
	if f.length != 0 {
		n = f.length
	}
	b := append(binary.LittleEndian.AppendUint64(nil, n), header...)
	return append(b, f.data...)
}

// f32 is what the header says of a tensor.
func f32(begin, end int, shape ...int) map[string]any {
	return map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{begin, end}}
}

// forge makes the checkpoint of a small model.
func forge() *forged {
	f := &forged{
		metadata: map[string]string{"format": "lanewise", "kind": "vae", "rows": "2", "cols": "3", "hidden": "2", "latent": "1", "variance": "0"},
		tensors: map[string]any{
			"encoder.0.weight": f32(0, 48, 2, 6), "encoder.0.bias": f32(48, 56, 2),
			"mu.weight": f32(56, 64, 1, 2), "mu.bias": f32(64, 68, 1),
			"logvar.weight": f32(68, 76, 1, 2), "logvar.bias": f32(76, 80, 1),
			"decoder.0.weight": f32(80, 88, 2, 1), "decoder.0.bias": f32(88, 96, 2),
			"output.weight": f32(96, 144, 6, 2), "output.bias": f32(144, 168, 6),
		},
	}
	for i := range 42 {
		f.data = binary.LittleEndian.AppendUint32(f.data, math.Float32bits(float32(i)/8))
	}
	return f
}

func TestForgedIsGood(t *testing.T) {
	b := forge().encode()
	m, err := Read(bytes.NewReader(b), engine())
	if err != nil {
		t.Fatal(err)
	}
	if m.weights[41] != 41./8 {
		t.Errorf("the last weight is %v", m.weights[41])
	}
}

func TestBadCheckpoints(t *testing.T) {
	weight := func(i int, v float32) func(f *forged) {
		return func(f *forged) { binary.LittleEndian.PutUint32(f.data[4*i:], math.Float32bits(v)) }
	}
	metadata := func(kv ...string) func(f *forged) {
		return func(f *forged) {
			for i := 0; i < len(kv); i += 2 {
				f.metadata[kv[i]] = kv[i+1]
			}
		}
	}
	tensor := func(name string, t any) func(f *forged) {
		return func(f *forged) { f.tensors[name] = t }
	}
	header := func(s string) func(f *forged) {
		return func(f *forged) { f.header = []byte(s) }
	}
	// twice is the header with a key, which it has, and that of mu.weight in its place.
	twice := func(key string) func(f *forged) {
		return func(f *forged) {
			b := f.encode()
			f.header = bytes.Replace(b[8:len(b)-168], []byte(`"mu.weight":`), []byte(key), 1)
		}
	}
	for name, spoil := range map[string]func(f *forged){
		"a longer file":                func(f *forged) { f.data = append(f.data, 0) },
		"no data":                      func(f *forged) { f.data = nil },
		"header claims a byte more":    func(f *forged) { f.length = uint64(len(f.encode())) - 7 },
		"header claims the data":       func(f *forged) { f.length = uint64(len(f.encode())) - 8 },
		"header claims gigabytes":      func(f *forged) { f.length = 8 << 30 },
		"header claims 2^63":           func(f *forged) { f.length = 1 << 63 },
		"header claims 2^64-1":         func(f *forged) { f.length = math.MaxUint64 },
		"header claims 2^64-8":         func(f *forged) { f.length = math.MaxUint64 - 7 },
		"header claims 1":              func(f *forged) { f.length = 1 },
		"an empty header":              func(f *forged) { f.header = []byte{} },
		"a header of spaces":           header("        "),
		"null":                         header("null"),
		"a list":                       header("[]"),
		"an empty object":              header("{}"),
		"deep":                         func(f *forged) { f.header = bytes.Repeat([]byte(`{"a":`), 100000) },
		"text after the object":        func(f *forged) { b := forge().encode(); f.header = append(b[8:len(b)-168:len(b)-168], 'x') },
		"metadata a list":              header(`{"__metadata__":["format"]}`),
		"metadata of numbers":          header(`{"__metadata__":{"rows":2}}`),
		"metadata null":                header(`{"__metadata__":null}`),
		"nothing but metadata":         func(f *forged) { f.tensors, f.data = nil, nil },
		"a key twice":                  twice(`"mu.bias":`),
		"a key twice, escaped":         twice(`"mu.bia\\u0073":`),
		"a metadata key twice":         twice(`"__metadata__":`),
		"a dtype twice":                header(`{"mu.bias":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`),
		"a field of its own":           tensor("mu.bias", map[string]any{"dtype": "F32", "shape": []int{1}, "data_offsets": []int{64, 68}, "strides": []int{1}}),
		"fields in capitals":           tensor("mu.bias", map[string]any{"DType": "F32", "shape": []int{1}, "data_offsets": []int{64, 68}}),
		"no shape":                     tensor("mu.bias", map[string]any{"dtype": "F32", "data_offsets": []int{64, 68}}),
		"a shape null":                 tensor("mu.bias", map[string]any{"dtype": "F32", "shape": nil, "data_offsets": []int{64, 68}}),
		"a shape of 2^64":              tensor("mu.bias", map[string]any{"dtype": "F32", "shape": []int64{1 << 32, 1 << 32, 0, 1}, "data_offsets": []int{64, 68}}),
		"a gap":                        func(f *forged) { f.tensors["output.bias"] = f32(148, 172, 6); f.data = append(f.data, 0, 0, 0, 0) },
		"kind":                         metadata("kind", "gan"),
		"a long kind":                  metadata("kind", string(bytes.Repeat([]byte("k"), 1e5))),
		"offsets of many digits":       tensor("mu.bias", json.RawMessage(`{"shape":[`+string(bytes.Repeat([]byte("1"), 1e5))+`]}`)),
		"metadata of many digits":      header(`{"__metadata__":{"rows":` + string(bytes.Repeat([]byte("1"), 1e5)) + `}}`),
		"kind with a line break":       metadata("kind", "vae\n"),
		"no kind":                      metadata("kind", ""),
		"the other kind":               metadata("kind", "ae"),
		"rows 0":                       metadata("rows", "0"),
		"rows and cols negative":       metadata("rows", "-2", "cols", "-3"),
		"rows and cols exchanged":      metadata("rows", "3", "cols", "3"),
		"rows 2^64":                    metadata("rows", "18446744073709551616"),
		"rows·cols wraps":              metadata("rows", "4294967298", "cols", "3"),
		"rows a word":                  metadata("rows", "two"),
		"no rows":                      metadata("rows", ""),
		"rows with a line break":       metadata("rows", "2\n"),
		"rows of a megabyte":           metadata("rows", string(bytes.Repeat([]byte("1"), 1e6))),
		"latent 0":                     metadata("latent", "0"),
		"another latent":               metadata("latent", "2"),
		"another width":                metadata("hidden", "3"),
		"width 0":                      metadata("hidden", "0"),
		"an empty width":               metadata("hidden", "2,"),
		"more layers":                  metadata("hidden", "2,2"),
		"no layers":                    metadata("hidden", ""),
		"huge widths":                  metadata("hidden", "1048576,1048576"),
		"huge latent":                  metadata("latent", "1048576"),
		"huge images":                  metadata("rows", "1024", "cols", "1024"),
		"many layers":                  metadata("hidden", "1"+string(bytes.Repeat([]byte(",1"), 5e5))),
		"variance NaN":                 metadata("variance", "NaN"),
		"variance negative":            metadata("variance", "-1"),
		"variance infinite":            metadata("variance", "+Inf"),
		"variance too large":           metadata("variance", "1e999"),
		"no variance":                  metadata("variance", ""),
		"a tensor missing":             func(f *forged) { delete(f.tensors, "mu.bias") },
		"a tensor too many":            tensor("mu.scale", f32(0, 4, 1)),
		"a tensor of no bytes":         tensor("empty", f32(0, 0, 0)),
		"a tensor with a long name":    tensor(string(bytes.Repeat([]byte("\n"), 1e5)), f32(0, 0, 0)),
		"offsets overlap":              tensor("mu.bias", f32(60, 64, 1)),
		"offsets out of range":         tensor("output.bias", f32(148, 172, 6)),
		"offsets reversed":             tensor("output.bias", f32(168, 144, 6)),
		"offsets negative":             tensor("encoder.0.weight", f32(-48, 0, 2, 6)),
		"offsets of another size":      tensor("mu.bias", f32(64, 67, 1)),
		"offsets 2^64":                 tensor("mu.bias", map[string]any{"dtype": "F32", "shape": []int{1}, "data_offsets": []float64{1 << 64, 1<<64 + 4}}),
		"one offset":                   tensor("mu.bias", map[string]any{"dtype": "F32", "shape": []int{1}, "data_offsets": []int{64}}),
		"transposed":                   tensor("encoder.0.weight", f32(0, 48, 6, 2)),
		"flat":                         tensor("encoder.0.weight", f32(0, 48, 12)),
		"a long shape":                 tensor("mu.bias", f32(64, 68, make([]int, 1e5)...)),
		"wrong dtype":                  tensor("mu.bias", map[string]any{"dtype": "I32", "shape": []int{1}, "data_offsets": []int{64, 68}}),
		"dtype a number":               tensor("mu.bias", map[string]any{"dtype": 32, "shape": []int{1}, "data_offsets": []int{64, 68}}),
		"a tensor null":                tensor("mu.bias", nil),
		"a tensor a number":            tensor("mu.bias", 1),
		"NaN":                          weight(0, float32(math.NaN())),
		"a NaN at the end":             weight(41, float32(math.NaN())),
		"infinity":                     weight(7, float32(math.Inf(1))),
		"a tensor named like metadata": tensor("__metadata__", f32(0, 4, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			f := forge()
			spoil(f)
			refused(t, f.encode())
		})
	}
}

// TestCutCheckpoints cuts a good file at every length.
func TestCutCheckpoints(t *testing.T) {
	b := forge().encode()
	for n := range b {
		if m, err := Read(bytes.NewReader(b[:n]), engine()); err == nil || m != nil {
			t.Fatalf("cut to %d bytes of %d: %v", n, len(b), err)
		}
		if n < 8 || n == len(b)-1 {
			refused(t, b[:n])
		}
	}
	if _, err := Read(bytes.NewReader(append(b, 0)), engine()); err == nil {
		t.Error("a byte more: no error")
	}
	// A byte at a time, and an error of the reader's own.
	if _, err := Read(iotest.OneByteReader(bytes.NewReader(b)), engine()); err != nil {
		t.Error(err)
	}
	for _, n := range []int{0, 7, 8, 100, len(b) - 1, len(b)} {
		broken := errors.New("broken")
		r := io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(broken))
		if m, err := Read(r, engine()); !errors.Is(err, broken) || m != nil {
			t.Errorf("broken after %d bytes: %v", n, err)
		}
	}
}

// refused fails unless b, on the disk, is an error of one short line, got at
// the cost of little memory.
func refused(t *testing.T, b []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bad.safetensors")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	e := engine()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := Load(path, e)
	runtime.ReadMemStats(&after)
	if err == nil || m != nil {
		t.Fatalf("a model of %+v, and the error %v", m.Config(), err)
	}
	wantLine(t, err, path)
	// A few copies of the header, and what a parser makes of it.
	if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(1<<16+64*len(b)); got > limit {
		t.Errorf("%d bytes allocated for a file of %d", got, len(b))
	}
}

// FuzzRead: whatever read accepts is a model that can be used and saved. The
// length of the header is length if it is not 0, else the true one: a fuzzer
// would seldom find it.
func FuzzRead(f *testing.F) {
	seed := func(b []byte) {
		n := binary.LittleEndian.Uint64(b)
		f.Add(uint64(0), b[8:8+n], b[8+n:])
	}
	for i, c := range checkpointConfigs {
		m, err := New(c.config(), engine(), uint64(i))
		if err != nil {
			f.Fatal(err)
		}
		seed(encoded(f, m))
	}
	seed(forge().encode())
	f.Add(uint64(math.MaxUint64), []byte("{}"), []byte{})
	f.Fuzz(func(t *testing.T, length uint64, header, data []byte) {
		b := (&forged{header: append([]byte{}, header...), data: data, length: length}).encode()
		m, err := Read(bytes.NewReader(b), engine())
		if err != nil {
			if m != nil {
				t.Error("a model and an error")
			}
			wantLine(t, err, "")
			return
		}
		again := encoded(t, m)
		copied, err := Read(bytes.NewReader(again), engine())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, encoded(t, copied)) {
			t.Error("a copy of the copy differs")
		}
		m.Reconstruct(make([]float32, m.cfg.Input.Size()))
	})
}
