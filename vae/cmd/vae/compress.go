package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/cmd/vae/internal/codec"
	"github.com/lanewise/lanewise/vae/cmd/vae/internal/pca"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutCompress = `Writes the codes of images to a small file: quantised, with -bits for the component
that varies most, and entropy-coded. It prints the bits for a pixel and how well
the images come back, as PSNR and mean squared error, beside those of principal
components, fitted on the training images: as many of them, with as many bits.

  vae compress -bits 6 -out codes.lwc
  vae decompress -in codes.lwc -out images-idx3-ubyte`

func compress(_ context.Context, std streams, args []string) error {
	var in inputFlags
	var out output
	bits := 6
	f := newFlags("compress")
	in.register(f, "compress the first `n` images; all where it is left out")
	f.Var(&whole{&bits, 1, codec.MaxBits}, "bits", "`bits` of the component that varies most")
	out.register(f, std, "codes.lwc", "file of codes", ".lwc")
	if err := parse(f, std, args, aboutCompress); err != nil {
		return err
	}
	m, engine, images, err := in.load(std)
	if err != nil {
		return err
	}
	if err := out.check(); err != nil {
		return err
	}
	codes, err := encodeAll(m, images)
	if err != nil {
		return in.blame(err)
	}
	header, err := codesOf(m, images.Len(), bits)
	if err != nil {
		return err
	}
	var file strings.Builder
	ours, err := roundTrip(&file, header, codes, images, m.Decode)
	if err != nil {
		return in.blame(err)
	}
	linear, err := compressLinearly(engine, in.training, images, header)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%d images of %d numbers, quantised to %d bits or less\n\n%s\n", images.Len(), header.Components, bits, qualityTable(
		namedQuality{"this model", ours}, namedQuality{"principal components", linear}))
	return out.write(func(w io.Writer) error {
		_, err := io.WriteString(w, file.String())
		return err
	}, text)
}

// codesOf is what a file of the codes of a model says of them.
func codesOf(m *vae.Model, images, bits int) (codec.Header, error) {
	h := codec.Header{Rows: images, Components: m.Config().Latent, Bits: bits}
	sum, err := hex.DecodeString(m.WeightsSHA256())
	copy(h.Model[:], sum)
	return h, err
}

// roundTrip writes codes to w, reads them again and measures what the images have become.
func roundTrip(w *strings.Builder, h codec.Header, codes []float32, images dataset.Images, decode func(z []float32) ([]float32, error)) (q quality, err error) {
	size, err := codec.Write(w, h, codes)
	if err != nil {
		return q, err
	}
	_, codes, err = codec.Read(strings.NewReader(w.String()), len(codes))
	if err != nil {
		return q, err
	}
	q.bytes = size.Bytes
	for some := range batches(images) {
		n := some.Len() * h.Components
		x, err := decode(codes[:n])
		if err != nil {
			return q, err
		}
		codes = codes[n:]
		q.compare(greys(x), some.Pixels)
	}
	return q, nil
}

// compressLinearly does it with principal components of the training images, of which
// there are no more than pixels.
func compressLinearly(e *kernels.Engine, training, images dataset.Images, h codec.Header) (quality, error) {
	size := images.Size()
	h.Components = min(h.Components, size)
	h.Model = [32]byte{}
	const most = 1 << 26 // numbers to fit to
	basis, err := pca.Fit(e, vae.Floats(training.Limit(max(1, most/size))), size, h.Components)
	if err != nil {
		return quality{}, err
	}
	codes := make([]float32, 0, h.Rows*h.Components)
	for some := range batches(images) {
		n := len(codes)
		codes = codes[:n+some.Len()*h.Components]
		basis.Codes(e, codes[n:], vae.Floats(some))
	}
	return roundTrip(&strings.Builder{}, h, codes, images, func(z []float32) ([]float32, error) {
		x := make([]float32, len(z)/h.Components*size)
		basis.Reconstruct(e, x, z)
		return x, nil
	})
}

// A quality is how many bytes images took, and what has become of their pixels.
type quality struct {
	bytes   int
	pixels  int
	squares float64 // of errors, of pixels from 0 to 1
}

// compare adds pixels to those of which the originals are known.
func (q *quality) compare(pixels, originals []byte) {
	for i, p := range originals {
		d := (float64(pixels[i]) - float64(p)) / 255
		q.squares += d * d
	}
	q.pixels += len(originals)
}

// greys are numbers as pixels of a file.
func greys(x []float32) []byte {
	pixels := make([]byte, len(x))
	for i, v := range x {
		pixels[i] = grey(v)
	}
	return pixels
}

func (q quality) bitsPerPixel() float64 { return 8 * float64(q.bytes) / float64(q.pixels) }
func (q quality) mse() float64          { return q.squares / float64(q.pixels) }

type namedQuality struct {
	name string
	quality
}

func qualityTable(rows ...namedQuality) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s%12s%14s%12s%10s", "", "bytes", "bits/pixel", "PSNR [dB]", "MSE")
	for _, q := range rows {
		fmt.Fprintf(&b, "\n%-22s%12d%14.4f%12.2f%10.5f", q.name, q.bytes, q.bitsPerPixel(), psnr(q.mse()), q.mse())
	}
	return b.String()
}
