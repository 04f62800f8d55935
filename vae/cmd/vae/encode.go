package main

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutEncode = `Writes the codes of images as CSV, a row for each: its index, the components
mu_0, mu_1, … of the code and, for a vae, the log variances logvar_0, logvar_1, ….
Of the rows of a table it does the same.

  vae encode -data new.csv -id id -out codes.csv`

// encodeBatch is the number of images, or of rows that do not come one by one, that a model
// does at a time.
const encodeBatch = 256

func encode(ctx context.Context, std streams, args []string) error {
	var in inputFlags
	var out output
	t := tableTask{inputFlags: &in, out: &out}
	f := newFlags("encode")
	in.register(f, "encode the first `n` images; all where it is left out")
	out.register(f, std, "-", "CSV", ".csv", ".txt")
	t.register(f)
	if err := parse(f, std, args, aboutEncode); err != nil {
		return err
	}
	m, _, err := in.modelFlags.load(std)
	if err != nil {
		return err
	}
	if m.Columns() != nil {
		return t.encode(ctx, std, f, m)
	}
	images, err := in.loadImages(std, m)
	if err != nil {
		return err
	}
	if err := out.check(); err != nil {
		return err
	}
	return out.write(func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := writeCodes(b, m, images); err != nil {
			return in.blame(err)
		}
		return b.Flush()
	}, "")
}

func writeCodes(w io.Writer, m *vae.Model, images dataset.Images) error {
	c := m.Config()
	line := []byte("index," + strings.Join(codeNames(c), ","))
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	first := 0
	for some := range batches(images) {
		mu, logvar, err := m.Encode(vae.Floats(some))
		if err != nil {
			return err
		}
		for i := range some.Len() {
			line = strconv.AppendInt(line[:0], int64(first+i), 10)
			for _, code := range [][]float32{mu, logvar} {
				if code == nil {
					continue
				}
				for _, v := range code[i*c.Latent:][:c.Latent] {
					line = strconv.AppendFloat(append(line, ','), float64(v), 'g', -1, 32)
				}
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		first += some.Len()
	}
	return nil
}

// encodeAll is the codes of all images.
func encodeAll(m *vae.Model, images dataset.Images) ([]float32, error) {
	var codes []float32
	for some := range batches(images) {
		mu, _, err := m.Encode(vae.Floats(some))
		if err != nil {
			return nil, err
		}
		codes = append(codes, mu...)
	}
	return codes, nil
}

// batches are images, some at a time.
func batches(images dataset.Images) func(yield func(dataset.Images) bool) {
	return func(yield func(dataset.Images) bool) {
		size := images.Size()
		for first := 0; first < images.Len(); first += encodeBatch {
			some := images
			some.Labels = nil
			some.Pixels = images.Pixels[first*size : min(first+encodeBatch, images.Len())*size]
			if !yield(some) {
				return
			}
		}
	}
}
