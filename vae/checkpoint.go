package vae

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/internal/save"
)

// Checkpoints are safetensors files: eight bytes with the length of a header,
// the header in JSON, and the weights as little-endian float32. The metadata
// says what the model is.
//
// See https://huggingface.co/docs/safetensors.

type tensor struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

const (
	metadataKey = "__metadata__"
	ownFormat   = "lanewise" // the metadata's format
)

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
	md, err := m.metadata()
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

// metadata describes the model, and what it has beside its weights.
func (m *Model) metadata() (map[string]string, error) {
	md, err := m.Config().metadata()
	if err != nil {
		return nil, err
	}
	return md, m.describe(md)
}

// metadata describes the model as safetensors has it: in strings.
func (c Config) metadata() (map[string]string, error) {
	text, err := json.Marshal(c)
	return map[string]string{"format": ownFormat, "model": string(text)}, err
}

func parseMetadata(md map[string]string, own []Layer) (c Config, err error) {
	switch {
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

func finite(weights []float32) error {
	for i, w := range weights {
		if w-w != 0 {
			return fmt.Errorf("weight %d is %v", i, w)
		}
	}
	return nil
}
