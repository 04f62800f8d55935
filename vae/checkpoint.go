package vae

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/kernels"
)

// Checkpoints are safetensors files: eight bytes with the length of a header,
// the header in JSON, and the weights as little-endian float32. The metadata
// says what the model is.
//
// See https://huggingface.co/docs/safetensors.

// maxHeader bounds the header that Load reads.
const maxHeader = 1 << 20

type tensor struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

const metadataKey = "__metadata__"

// Save writes the model to a file. It writes a temporary file beside it first
// and renames that when it is on the disk: at any moment the name stands for a
// whole checkpoint, the old one or the new. Symbolic links are followed, the
// permissions of a file that is replaced are kept, and the temporary file of a
// process that was killed is removed by the next Save.
func (m *Model) Save(path string) error {
	err := save.File(path, func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("vae: %w", err)
	}
	return nil
}

// WriteTo writes the checkpoint to w. It is an error if a weight is NaN or
// infinite.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	if err := finite(m.weights); err != nil {
		return 0, err // Load would refuse it
	}
	md, err := m.Config().metadata()
	if err != nil {
		return 0, fmt.Errorf("vae: %w", err)
	}
	header := map[string]any{metadataKey: md}
	for name, t := range m.net.tensors() {
		header[name] = t
	}
	return writeTensors(w, header, m.weights)
}

// writeTensors writes a header, and the numbers that it tells of.
func writeTensors(w io.Writer, header map[string]any, numbers ...[]float32) (written int64, err error) {
	text, err := headerText(header)
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...))
	written = int64(n)
	for _, x := range numbers {
		if err != nil {
			break
		}
		var more int64
		more, err = writeFloats(w, x)
		written += more
	}
	return written, err
}

// headerText has sorted keys, so that its bytes are always the same.
func headerText(header map[string]any) ([]byte, error) {
	text, err := json.Marshal(header)
	for err == nil && len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return text, err
}

// writeFloats writes x in little-endian order.
func writeFloats(w io.Writer, x []float32) (int64, error) {
	const chunk = 1 << 14
	b := make([]byte, 0, 4*min(chunk, len(x)))
	var written int64
	for part := range slices.Chunk(x, chunk) {
		b = b[:0]
		for _, v := range part {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		n, err := w.Write(b)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (n *network) tensors() map[string]tensor {
	ts := map[string]tensor{}
	at := int64(0)
	for _, u := range n.units {
		for _, p := range u.params {
			end := at + 4*int64(p.Size())
			ts[u.name+"."+p.Name] = tensor{"F32", p.Shape, [2]int64{at, end}}
			at = end
		}
	}
	return ts
}

// metadata describes the model as safetensors has it: in strings.
func (c Config) metadata() (map[string]string, error) {
	text, err := json.Marshal(c)
	return map[string]string{"format": "lanewise", "model": string(text)}, err
}

func parseMetadata(md map[string]string, own []Layer) (c Config, err error) {
	switch {
	case md["format"] != "lanewise":
		return c, errors.New("its metadata are not those of a Lanewise model")
	case md["model"] != "":
		c, err = ParseConfig([]byte(md["model"]), own...)
	default:
		c, err = denseMetadata(md)
	}
	if err != nil {
		return c, fmt.Errorf("metadata: %w", err)
	}
	return c, nil
}

// denseMetadata reads those of the first checkpoints, whose layers were all dense.
func denseMetadata(md map[string]string) (c Config, err error) {
	number := func(key, s string) int {
		n, e := strconv.Atoi(s)
		if e != nil && err == nil {
			err = fmt.Errorf("%s is %.64q, not a number", key, s)
		}
		return n
	}
	input := Shape{number("rows", md["rows"]), number("cols", md["cols"]), 1}
	var hidden []int
	if h := md["hidden"]; h != "" {
		for _, s := range strings.SplitN(h, ",", maxLayers) {
			hidden = append(hidden, number("hidden", s))
		}
	}
	latent := number("latent", md["latent"])
	variance, e := strconv.ParseFloat(md["variance"], 64)
	if e != nil && err == nil {
		err = fmt.Errorf("variance is %.64q, not a number", md["variance"])
	}
	if err != nil {
		return c, err
	}
	c = DenseConfig(Kind(md["kind"]), input, hidden, latent)
	if variance != 0 {
		c.Likelihood = Gaussian{Variance: variance}
	}
	return c, nil
}

// Load reads a model that [Model.Save] wrote. Layers that are not of this package need
// a value of each of their types.
func Load(path string, engine *kernels.Engine, own ...Layer) (*Model, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := read(f, size, engine, own...)
	if err != nil {
		return nil, fmt.Errorf("vae: loading %s: %w", path, err)
	}
	return m, nil
}

// openFile opens a regular file, and says how many bytes it has.
func openFile(path string) (*os.File, int64, error) {
	info, err := os.Stat(path) // before Open, which waits for the writer of a pipe
	if err != nil {
		return nil, 0, fmt.Errorf("vae: loading a model: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("vae: loading %s: not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("vae: loading a model: %w", err)
	}
	return f, info.Size(), nil
}

// read reads a checkpoint of size bytes. It believes nothing that the header
// says about sizes before the size of the file agrees.
func read(r io.Reader, size int64, engine *kernels.Engine, own ...Layer) (*Model, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, errors.New("too short for a safetensors file")
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("not a safetensors file, or cut short: it claims a header of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("header cut short: %w", err)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, fmt.Errorf("not a safetensors file: its header is no JSON object: %w", err)
	}
	var md map[string]string
	if raw, ok := header[metadataKey]; ok {
		if err := json.Unmarshal(raw, &md); err != nil {
			return nil, fmt.Errorf("metadata: %.200v", err)
		}
	}
	cfg, err := parseMetadata(md, own)
	if err != nil {
		return nil, err
	}
	net, err := cfg.network()
	if err != nil {
		return nil, err
	}
	data := size - 8 - int64(n)
	if want := 4 * int64(net.weights); data != want {
		return nil, fmt.Errorf("%d bytes of weights, but a model of this shape has %d", data, want)
	}
	m, err := newModel(cfg, engine)
	if err != nil {
		return nil, err
	}
	delete(header, metadataKey)
	if err := m.net.checkTensors(header); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, data+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != data {
		return nil, fmt.Errorf("%d bytes of weights instead of %d", len(b), data)
	}
	for i := range m.weights {
		m.weights[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	if err := finite(m.weights); err != nil {
		return nil, err
	}
	return m, nil
}

func finite(weights []float32) error {
	for i, w := range weights {
		if w-w != 0 {
			return fmt.Errorf("weight %d is %v", i, w)
		}
	}
	return nil
}

func (n *network) checkTensors(header map[string]json.RawMessage) error {
	want := n.tensors()
	for name, raw := range header {
		w, ok := want[name]
		if !ok {
			return fmt.Errorf("tensor %.64q is not of a model of this shape", name)
		}
		var t tensor
		if err := json.Unmarshal(raw, &t); err != nil {
			return fmt.Errorf("tensor %q: %.200v", name, err)
		}
		got, _ := json.Marshal(t)
		exact, _ := json.Marshal(w)
		if !bytes.Equal(got, exact) {
			return fmt.Errorf("tensor %q is %.200s, but in a model of this shape it is %s", name, got, exact)
		}
	}
	for name := range want {
		if _, ok := header[name]; !ok {
			return fmt.Errorf("tensor %q is missing", name)
		}
	}
	return nil
}
