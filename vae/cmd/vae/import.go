package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/internal/strictjson"
)

const aboutImport = `Makes a model of ours of a safetensors file that another program has written, such as
PyTorch's safetensors.torch.save_file: F32, F64, F16 and BF16, in any order.

The names of layers are ours (encoder.0, …, mu, logvar, decoder.0, …, output), those of
PyTorch's example (fc1, fc21, fc22, fc3, fc4) or of two nn.Sequential (encoder.0,
encoder.2, …). -map names a JSON object with ours for others:

  echo '{"enc.fc": "encoder.0", "enc.mean": "mu", "dec.fc": "decoder.0", "dec.out": "output"}' > names.json
  vae import -in theirs.safetensors -map names.json -out model.safetensors
  vae reconstruct -checkpoint model.safetensors

Where the file does not say what the model is, its shapes do, and what is supposed of
activations and the likelihood is noted; or -model does. The weights of convolutions
are to be in our layout: kernel, kernel, channels, filters.`

func importModel(_ context.Context, std streams, args []string) error {
	var engine engineFlags
	var out output
	name, names, model := "", "", ""
	f := newFlags("import")
	engine.register(f)
	f.StringVar(&name, "in", "", "the safetensors `file` to read")
	f.StringVar(&names, "map", "", "a JSON `file`: an object with our name of a layer, or of a tensor, for each other one")
	f.StringVar(&model, "model", "", "a JSON `file` that describes the model, as vae describe -json prints it")
	out.register(f, std, modelName, "safetensors file", ".safetensors")
	if err := parse(f, std, args, aboutImport); err != nil {
		return err
	}
	if name == "" {
		return errors.New("-in is missing: name a safetensors file")
	}
	im := vae.Import{Note: std.note}
	var err error
	if im.Names, err = readNames(names); err != nil {
		return err
	}
	if model != "" {
		text, err := readBounded(model, maxDescription, "description of a model")
		if err != nil {
			return fmt.Errorf("-model wants a JSON file: %w", err)
		}
		c, err := vae.ParseConfig(text)
		if err == nil {
			err = c.Validate()
		}
		if err != nil {
			return fmt.Errorf("-model %s: %s", model, strings.TrimPrefix(err.Error(), "vae: "))
		}
		im.Config = &c
	}
	e, err := engine.engine()
	if err != nil {
		return err
	}
	m, err := im.Load(name, e)
	if err != nil {
		return fmt.Errorf("-in: %s", strings.TrimPrefix(err.Error(), "vae: "))
	}
	if err := out.check(); err != nil {
		return err
	}
	text, err := layerTable(m.Config())
	if err != nil {
		return err
	}
	return out.write(func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	}, text+"weights "+m.WeightsSHA256()+"\n")
}

// readNames reads an object of names; no file is none.
func readNames(path string) (names map[string]string, err error) {
	if path == "" {
		return nil, nil
	}
	text, err := readBounded(path, maxDescription, "list of names")
	if err != nil {
		return nil, fmt.Errorf("-map: %w", err)
	}
	if err := json.Unmarshal(text, &names); err != nil || names == nil {
		return nil, fmt.Errorf(`-map %s: want a JSON object of names, such as {"fc1": "encoder.0"}`, path)
	}
	if err := strictjson.UniqueKeys(text); err != nil {
		return nil, fmt.Errorf("-map %s: %w", path, err)
	}
	return names, nil
}
