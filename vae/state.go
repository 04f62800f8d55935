package vae

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/internal/strictjson"
)

// A state is a safetensors file like a checkpoint. After the weights it has Adam's
// moments, laid out like them, and its metadata say where the training stands: noise and
// the order of rows are addressed by seed, epoch and step, so there is nothing else.

// A position is where a training stands.
type position struct {
	Epochs  int     `json:"epochs"`  // complete, evaluation included
	Rows    int     `json:"rows"`    // done in the one under way
	Sum     Loss    `json:"sum"`     // of these
	Squares float64 `json:"squares"` // of their errors, for a learned variance
	Known   int     `json:"known"`   // numbers that have such an error
}

// Trained is how many epochs are complete of the last training, evaluation included, and
// how many rows are done in the next one.
func (m *Model) Trained() (epochs, rows int) { return m.at.Epochs, m.at.Rows }

// A stand is what the metadata of a state say of the training.
type stand struct {
	Steps int `json:"steps"`
	position
}

const (
	stateFormat = "lanewise state"
	maxSteps    = math.MaxInt32 // of a training: their noise is addressed by 32 bits
)

func (m *Model) prepareMoments() {
	if m.m == nil {
		m.m = make([]float32, len(m.weights))
		m.v = make([]float32, len(m.weights))
	}
}

// SaveState writes all that training goes on from: the weights, Adam's moments, the number of
// steps, a learned variance, and where in which epoch the training stands. It writes the
// file as [Model.Save] does. It may be called from the functions of [Options].
func (m *Model) SaveState(path string) error {
	err := save.File(path, m.writeState)
	if err != nil {
		return fmt.Errorf("vae: %w", err)
	}
	return nil
}

func (m *Model) writeState(w io.Writer) error {
	m.prepareMoments()
	if err := m.checkState(); err != nil {
		return err
	}
	header, err := m.stateHeader()
	if err != nil {
		return err
	}
	_, err = writeTensors(w, header, m.weights, m.m, m.v)
	return err
}

func (m *Model) stateHeader() (map[string]any, error) {
	md, err := m.metadata()
	if err != nil {
		return nil, fmt.Errorf("vae: %w", err)
	}
	training, err := json.Marshal(stand{m.steps, m.at})
	if err != nil {
		return nil, fmt.Errorf("vae: the losses until now: %w", err) // they are not finite
	}
	md["format"], md["training"] = stateFormat, string(training)
	header := map[string]any{metadataKey: md}
	size := 4 * int64(len(m.weights))
	for name, t := range m.net.tensors() {
		for i, prefix := range []string{"", "adam.m.", "adam.v."} {
			at := int64(i) * size
			header[prefix+name] = tensor{t.DType, t.Shape, [2]int64{t.Offsets[0] + at, t.Offsets[1] + at}}
		}
	}
	return header, nil
}

// checkState is an error where training could not go on.
func (m *Model) checkState() error {
	if err := finite(m.weights); err != nil {
		return err
	}
	for i := range m.m {
		if m.m[i]-m.m[i] != 0 || !(m.v[i] >= 0 && m.v[i] <= math.MaxFloat32) {
			return fmt.Errorf("Adam's moments of weight %d are %v and %v", i, m.m[i], m.v[i])
		}
	}
	if m.steps < 0 || m.steps > maxSteps || m.at.Epochs < 0 || m.at.Rows < 0 || m.at.Known < 0 || !(m.at.Squares >= 0) {
		return errors.New("it stands where no training does")
	}
	return nil
}

// LoadState reads what [Model.SaveState] wrote; [Options] with Resume go on with the training.
// Layers that are not of this package need a value of each of their types.
func LoadState(path string, engine *kernels.Engine, own ...Layer) (*Model, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := readState(f, size, engine, own...)
	if err != nil {
		return nil, fmt.Errorf("vae: loading %s: %w", path, err)
	}
	return m, nil
}

// readState reads a state of size bytes. Its header has to be, byte for byte, the one that
// SaveState writes of such a model: nothing that it says about sizes is believed before.
func readState(r io.Reader, size int64, engine *kernels.Engine, own ...Layer) (*Model, error) {
	const what = "not the state of a training that was saved, or cut short"
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, errors.New(what)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > 3*maxHeader || int64(n) > size-8 {
		return nil, errors.New(what)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, errors.New(what)
	}
	var header struct {
		Metadata map[string]string `json:"__metadata__"`
	}
	if err := json.Unmarshal(text, &header); err != nil || header.Metadata["format"] != stateFormat {
		return nil, errors.New(what)
	}
	cfg, err := ParseConfig([]byte(header.Metadata["model"]), own...)
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	var training stand
	if err := strictjson.Unmarshal([]byte(header.Metadata["training"]), &training); err != nil {
		return nil, fmt.Errorf("metadata: training: %w", err)
	}
	net, err := cfg.network()
	if err != nil {
		return nil, err
	}
	data := size - 8 - int64(n)
	if want := 3 * 4 * int64(net.weights); data != want {
		return nil, fmt.Errorf("%d bytes of weights and moments, but a model of this shape has %d", data, want)
	}
	m, err := newModel(cfg, engine)
	if err != nil {
		return nil, err
	}
	m.steps, m.at = training.Steps, training.position
	m.prepareMoments()
	if err := m.parse(header.Metadata, cfg); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if err := m.sameHeader(text); err != nil {
		return nil, err
	}
	for _, x := range [][]float32{m.weights, m.m, m.v} {
		if err := readFloats(r, x); err != nil {
			return nil, err
		}
	}
	if n, _ := r.Read(length[:1]); n > 0 {
		return nil, errors.New("the file grows")
	}
	if err := m.checkState(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) sameHeader(text []byte) error {
	header, err := m.stateHeader()
	if err != nil {
		return err
	}
	want, err := headerText(header)
	if err == nil && !bytes.Equal(text, want) {
		err = errors.New("its header is not that of a training of this model")
	}
	return err
}

// readFloats reads what writeFloats wrote.
func readFloats(r io.Reader, x []float32) error {
	b := make([]byte, 4*min(1<<14, len(x)))
	for len(x) > 0 {
		part := b[:min(len(b), 4*len(x))]
		if _, err := io.ReadFull(r, part); err != nil {
			return fmt.Errorf("cut short: %w", err)
		}
		for i := range len(part) / 4 {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(part[4*i:]))
		}
		x = x[len(part)/4:]
	}
	return nil
}

// OptimizerSHA256 is the SHA-256 of what a training has beside the weights: Adam's first and
// second moments as little-endian float32, in the order of the weights, the number of
// steps as a 64-bit integer, and the bits of a learned variance as a float64, or zeros;
// in hexadecimal.
func (m *Model) OptimizerSHA256() string {
	m.prepareMoments()
	h := sha256.New()
	writeFloats(h, m.m) // a hash takes all
	writeFloats(h, m.v)
	var variance float64
	if m.learned != nil {
		variance = m.learned.Variance
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(m.steps))
	h.Write(binary.LittleEndian.AppendUint64(b, math.Float64bits(variance)))
	return hex.EncodeToString(h.Sum(nil))
}
