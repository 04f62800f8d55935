package vae

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/internal/safetensors"
)

// maxHeader bounds the header that is read.
const maxHeader = 1 << 20

// Read reads a model that [Model.WriteTo] wrote, whether or not another program has
// written its tensors again, in another order or another type ([Import] has more), from a
// file, an embedded one or a connection. Layers that are not of this package need a value
// of each of their types. r is to end with the model.
//
// What the header says is believed when the bytes have come: of memory it takes some five
// times what it has read, or twice where r is a file of [Load] or has a method Len, as that of
// package bytes. Anything else than a model is an error.
func Read(r io.Reader, engine *kernels.Engine, own ...Layer) (*Model, error) {
	return Import{Layers: own}.Read(r, engine)
}

// Load is [Read] of a file.
func Load(path string, engine *kernels.Engine, own ...Layer) (*Model, error) {
	return Import{Layers: own}.Load(path, engine)
}

// An Import says how to read models that other programs wrote in safetensors files. The
// tensors may be in any order, and of the types F32, F64 (rounded), F16 and BF16.
//
// What the model is, the file's metadata say if Lanewise wrote them; or Config; or else
// the shapes, if all layers are dense. Then hidden layers have ReLU, a model with logvar
// is a VAE with the Bernoulli likelihood, another one an AE with the squared error, and a
// square number of inputs, 64 or more, is an image.
//
// The names of the layers are encoder.0, encoder.1, …, mu, logvar, decoder.0, …, output,
// each with a weight of Out×In and a bias; or those of PyTorch's example, fc1, fc21, fc22,
// fc3, fc4; or those of two nn.Sequential, such as encoder.0, encoder.2, …, where mu is the
// last of the encoder unless there is one, or fc_mu, and output the last of the decoder.
// Weights of convolutions are in this package's layout.
type Import struct {
	// Config is the model's, where the metadata do not say.
	Config *Config
	// Names has the name of a layer here, such as mu, for that in the file, such as
	// head.mean; or of a tensor, such as mu.weight. If it is nil, names are as above.
	Names map[string]string
	// Layers are values of the types of layers that are not of this package.
	Layers []Layer
	// Note, if not nil, is told in a line what was converted or supposed.
	Note func(line string)
}

// Load is [Import.Read] of a file.
func (im Import) Load(path string, engine *kernels.Engine) (*Model, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := im.read(f, size, engine)
	if err != nil {
		return nil, fmt.Errorf("vae: loading %s: %w", path, err)
	}
	return m, nil
}

// Read reads a model, and the end of r.
func (im Import) Read(r io.Reader, engine *kernels.Engine) (*Model, error) {
	there := 0
	if known, ok := r.(interface{ Len() int }); ok {
		there = known.Len()
	}
	m, err := im.read(r, int64(there), engine)
	if err != nil {
		return nil, fmt.Errorf("vae: reading a model: %w", err)
	}
	return m, nil
}

// read reads a model from r, which is known to have so many bytes.
func (im Import) read(r io.Reader, there int64, engine *kernels.Engine) (*Model, error) {
	header, err := safetensors.ReadHeader(r, maxHeader)
	if err != nil {
		return nil, err
	}
	if header.Metadata["format"] == stateFormat {
		return nil, errors.New("it is the state that a training goes on from: its model is in a file of its own")
	}
	own := header.Metadata["format"] == ownFormat
	names, err := im.names(header.Tensors, own)
	if err != nil {
		return nil, err
	}
	cfg, err := im.config(&header, names, own)
	if err != nil {
		return nil, err
	}
	net, err := cfg.network()
	if err != nil {
		return nil, err
	}
	if err := net.checkTensors(header.Tensors, names); err != nil {
		return nil, err
	}
	numbers, err := header.ReadFloats(r, there)
	if err != nil {
		return nil, err
	}
	m, err := newModel(cfg, engine)
	if err != nil {
		return nil, err
	}
	if own {
		if err := m.parse(header.Metadata, cfg); err != nil {
			return nil, fmt.Errorf("metadata: %w", err)
		}
	}
	im.noteTypes(header.Tensors)
	for _, u := range m.net.units {
		for i, p := range u.params {
			copy(u.weights[i], numbers[names[u.name+"."+p.Name]])
		}
	}
	return m, nil
}

// config is what the model is.
func (im Import) config(h *safetensors.Header, names map[string]string, own bool) (Config, error) {
	switch {
	case own:
		return parseMetadata(h.Metadata, im.Layers)
	case im.Config != nil:
		return im.Config.clone(), nil
	}
	return im.fromShapes(h.Tensors, names)
}

// checkTensors compares the tensors of a file with those of the model, whose names they
// have by names.
func (n *network) checkTensors(tensors []safetensors.Tensor, names map[string]string) error {
	shapes := map[string][]int{}
	for _, t := range tensors {
		shapes[t.Name] = t.Shape
	}
	for _, u := range n.units {
		for _, p := range u.params {
			name := u.name + "." + p.Name
			got, ok := names[name]
			if !ok {
				return fmt.Errorf("tensor %q is missing", name)
			}
			if shape := shapes[got]; !slices.Equal(shape, p.Shape) {
				hint := ""
				if len(shape) == 2 && len(p.Shape) == 2 {
					hint = " (dense weights are Out×In, as those of nn.Linear)"
				}
				return fmt.Errorf("tensor %.64q has the shape %v, but in a model of this shape it has %v%s", got, shape, p.Shape, hint)
			}
			delete(shapes, got)
		}
	}
	for _, t := range tensors {
		if _, ok := shapes[t.Name]; ok {
			return fmt.Errorf("tensor %.64q is not of a model of this shape", t.Name)
		}
	}
	return nil
}

func (im Import) noteTypes(tensors []safetensors.Tensor) {
	for _, t := range [...]struct{ name, how string }{{"F64", ", rounded"}, {"F16", ""}, {"BF16", ""}} {
		if slices.ContainsFunc(tensors, func(x safetensors.Tensor) bool { return x.DType == t.name }) {
			im.note("weights of type %s are converted to float32%s", t.name, t.how)
		}
	}
}

func (im Import) note(format string, args ...any) {
	if im.Note != nil {
		im.Note(fmt.Sprintf(format, args...))
	}
}
