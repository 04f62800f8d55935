package main

import (
	"context"
	"fmt"
	"io"

	"github.com/lanewise/lanewise/vae/cmd/vae/internal/onnx"
)

// One call writes one file, of one part, with the weights that it takes alone: what encodes
// is deployed in one place, what decodes in another, and -out means what it means elsewhere.
const aboutExport = `Writes a model as an ONNX file, for runtimes of other languages: float32, any number N
of rows, opset 17. What it computes -part says:

  reconstruct  x -> mean         of N rows x: their codes' means mu, decoded
  encoder      x -> mu, logvar   (of an ae mu alone)
  decoder      z -> mean         of N codes z
  score        x -> error, elbo  a number for each row: the scores of vae score that draw no
                                 noise; the metadata have the thresholds that train fitted

A row of x is an image (numbers from 0 to 1, in the order of row, column, channel), or the
numbers that a row of a table becomes. What makes these of the columns is not in the
graph, but in the metadata, as columns: (v - shift)/scale, of the logarithm of v with log,
and of words 1 for the one that it is and 0 for the others. NaN is a missing number where
the model was trained with -missing mask.

  vae export -checkpoint vae-run/model.safetensors -part encoder -out encoder.onnx
  python3 -c 'import numpy, onnxruntime as o; print(o.InferenceSession("encoder.onnx").run(["mu"], {"x": numpy.zeros((1, 784), "f4")}))'`

func export(_ context.Context, std streams, args []string) error {
	var in modelFlags
	var out output
	part := string(onnx.Reconstruct)
	var parts []string
	for _, p := range onnx.Parts() {
		parts = append(parts, string(p))
	}
	f := newFlags("export")
	in.register(f)
	f.Var(&word{&part, parts}, "part", "`what` the file computes: reconstruct, encoder, decoder or score")
	out.register(f, std, "model.onnx", "file of ONNX", ".onnx")
	if err := parse(f, std, args, aboutExport); err != nil {
		return err
	}
	m, _, err := in.load(std)
	if err != nil {
		return err
	}
	if err := out.check(); err != nil {
		return err
	}
	file, err := onnx.Encode(m, onnx.Part(part), programVersion())
	if err != nil {
		return fmt.Errorf("%s: %w", in.checkpoint, err)
	}
	return out.write(func(w io.Writer) error {
		_, err := file.WriteTo(w)
		return err
	}, "")
}
