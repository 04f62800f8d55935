package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/cmd/vae/internal/codec"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutDecompress = `Brings images back from the codes that vae compress has written, as a file in the
format of MNIST's images (IDX), which -data of other commands reads in a folder of
its own by the name of t10k-images-idx3-ubyte; images in colour have a fourth size,
their channels. With -compare it prints how far they are from the originals, the -split
of the images that -data names.

  vae compress -bits 6 -out codes.lwc
  vae decompress -in codes.lwc -out images-idx3-ubyte -compare`

func decompress(_ context.Context, std streams, args []string) error {
	var in inputFlags
	var out output
	name, compare := "codes.lwc", false
	f := newFlags("decompress")
	in.register(f, "compare with the first `n` images; all where it is left out")
	f.StringVar(&name, "in", name, "the `file` that vae compress has written")
	f.BoolVar(&compare, "compare", false, "compare with the originals in -data")
	out.register(f, std, "images-idx3-ubyte", "file of IDX images", ".idx", ".idx3-ubyte")
	if err := parse(f, std, args, aboutDecompress); err != nil {
		return err
	}
	m, _, err := in.modelFlags.load(std)
	if err != nil {
		return err
	}
	h, codes, size, err := readCodes(name, m)
	if err != nil {
		return err
	}
	var images dataset.Images
	if compare {
		if images, err = in.loadImages(std, m); err != nil {
			return err
		}
		if images.Len() != h.Rows {
			return fmt.Errorf("%s has the codes of %s, but -data %s has %d in its %s part: give -data, -split and -limit as for vae compress",
				name, count(h.Rows, "image"), in.data, images.Len(), in.split)
		}
	}
	if err := out.check(); err != nil {
		return err
	}
	pixels, err := decodeAll(m, codes)
	if err != nil {
		return in.blame(err)
	}
	q := quality{bytes: size, pixels: len(pixels)}
	text := fmt.Sprintf("%s of %v, %.4f bits/pixel\n", count(h.Rows, "image"), m.Config().Input, q.bitsPerPixel())
	if compare {
		q.pixels = 0
		q.compare(pixels, images.Pixels)
		text += fmt.Sprintf("PSNR %.2f dB, MSE %.5f\n", psnr(q.mse()), q.mse())
	}
	return out.write(func(w io.Writer) error { return writeIDX(w, m.Config().Input, pixels) }, text)
}

// readCodes reads a file of codes of a model, and says how many bytes it has.
func readCodes(name string, m *vae.Model) (h codec.Header, codes []float32, size int, err error) {
	f, length, err := openFile(name)
	if err != nil {
		return h, nil, 0, fmt.Errorf("-in wants a file that vae compress has written: %w", err)
	}
	defer f.Close()
	h, codes, err = codec.Read(bufio.NewReader(f), dataset.MaxPixels/m.Config().Input.Size()*m.Config().Latent)
	if err != nil {
		return h, nil, 0, fmt.Errorf("-in %s: %s", name, strings.TrimPrefix(err.Error(), "codec: "))
	}
	want, err := codesOf(m, h.Rows, h.Bits)
	if err != nil {
		return h, nil, 0, err
	}
	if h.Model != want.Model || h.Components != want.Components {
		return h, nil, 0, fmt.Errorf("-in %s has the codes of another model, with the weights %x: give its -checkpoint", name, h.Model)
	}
	return h, codes, int(length), nil
}

// decodeAll is the images of all codes, as bytes.
func decodeAll(m *vae.Model, codes []float32) ([]byte, error) {
	var pixels []byte
	for some := range slices.Chunk(codes, encodeBatch*m.Config().Latent) {
		x, err := m.Decode(some)
		if err != nil {
			return nil, err
		}
		pixels = append(pixels, greys(x)...)
	}
	return pixels, nil
}

// writeIDX writes images, of which there is at least one, in the format of MNIST.
func writeIDX(w io.Writer, image vae.Shape, pixels []byte) error {
	sizes := []int{len(pixels) / image.Size(), image.Height, image.Width}
	if image.Channels > 1 {
		sizes = append(sizes, image.Channels)
	}
	header := []byte{0, 0, 8, byte(len(sizes))} // bytes, and how many sizes follow
	for _, n := range sizes {
		header = binary.BigEndian.AppendUint32(header, uint32(n))
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	_, err := w.Write(pixels)
	return err
}
