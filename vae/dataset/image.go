package dataset

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"
)

// maxImagePixels bounds one image of a folder (2048x2048). The decoders
// allocate a whole image on the word of its header, up to a dozen bytes a
// pixel, and this many inputs are already far beyond a model of dense layers.
const maxImagePixels = 1 << 22

// A reader decodes the images of a folder.
type reader struct {
	options     *Options
	rows, cols  int    // of the first image, or what is wanted
	first       string // its name
	train, test part
	jpeg        int
	coloured    string // the first image that has colour
	cropped     string // the first image of which a part is left out
}

// A part is a set of images that grows.
type part struct {
	Images
	most int
}

var errFull = errors.New("too many images")

// readFile adds the image at path to a part.
func (r *reader) readFile(path, name string, to *part) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.add(f, name, to)
}

func (r *reader) add(f io.ReadSeeker, name string, to *part) error {
	format, err := formatOf(f)
	if err != nil {
		return err
	}
	// The size is checked before an image of that size is allocated.
	config, err := format.config(f)
	if err != nil {
		return decodeError(err)
	}
	turn := 1
	if format == &jpegFormat {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		turn = orientation(f)
	}
	rows, cols := config.Height, config.Width
	if turn >= 5 {
		rows, cols = cols, rows
	}
	if err := r.check(rows, cols); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	img, err := format.decode(f)
	if err != nil {
		return decodeError(err)
	}
	if r.first == "" { // now the file has shown that it is as large as it says
		r.rows, r.cols, r.first = rows, cols, name
		if r.options.resizes() {
			r.rows, r.cols = r.options.Rows, r.options.Cols
		}
		if err := r.allocate(); err != nil {
			return err
		}
	}
	if r.coloured == "" && coloured(img) {
		r.coloured = name
	}
	if format == &jpegFormat {
		r.jpeg++
	}
	p := plainOf(img, r.options.Colour)
	if r.options.resizes() {
		w, h := r.cols, r.rows
		if turn >= 5 {
			w, h = h, w
		}
		part := center(p.w, p.h, w, h)
		if r.cropped == "" && part.Size() != image.Pt(p.w, p.h) {
			r.cropped = name
		}
		p = p.scaled(w, h, part, r.options.Scale)
	}
	to.Rows, to.Cols, to.Colour = r.rows, r.cols, r.options.Colour
	at := len(to.Pixels)
	to.Pixels = to.Pixels[:at+to.Size()]
	p.place(to.Pixels[at:], to.Channels(), turn)
	return nil
}

// check is an error where an image of that size cannot be used.
func (r *reader) check(rows, cols int) error {
	switch {
	case rows <= 0 || cols <= 0:
		return fmt.Errorf("the image is empty, %d pixels wide and %d high; remove it", cols, rows)
	case r.first != "" && !r.options.resizes() && (rows != r.rows || cols != r.cols):
		return fmt.Errorf("wrong size: %d pixels wide and %d high, but %s is %d wide and %d high; "+
			"give all images one size, or scale them (-size 64)", cols, rows, r.first, r.cols, r.rows)
	case cols > maxImagePixels/rows:
		return fmt.Errorf("too large: %d pixels wide and %d high, above the limit of %d pixels in an image; "+
			"scale the images down", cols, rows, maxImagePixels)
	}
	return nil
}

// allocate makes room for all images that are wanted, of the size of the first.
func (r *reader) allocate() error {
	n, channels := r.train.most+r.test.most, channels(r.options.Colour)
	if err := fits(n, r.rows, r.cols, channels); err != nil {
		return fmt.Errorf("%w: %w", errFull, err)
	}
	if err := r.options.room(n, r.rows, r.cols, channels); err != nil {
		return fmt.Errorf("%w: %w", errFull, err)
	}
	for _, p := range []*part{&r.train, &r.test} {
		p.Pixels = make([]byte, 0, p.most*r.rows*r.cols*channels)
	}
	return nil
}

// fits is an error where images are more than [MaxPixels].
func fits(n, rows, cols, channels int) error {
	if n > MaxPixels/(rows*cols*channels) {
		return fmt.Errorf("%d of %dx%d pixels%s are above the limit of %d pixels in all; "+
			"remove some or scale them down", n, rows, cols, inColour(channels), MaxPixels)
	}
	return nil
}

// A format is a way to decode a file. Others that a program registers with package
// image are not asked: what they take of a hostile file is not known here.
type format struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var (
	pngFormat  = format{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode}
	jpegFormat = format{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode}
)

// formatOf tells by the first bytes of a file, which it leaves at its start.
func formatOf(f io.ReadSeeker) (*format, error) {
	var start [8]byte
	n, err := io.ReadFull(f, start[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	for _, x := range []*format{&pngFormat, &jpegFormat} {
		if strings.HasPrefix(string(start[:n]), x.magic) {
			return x, nil
		}
	}
	return nil, fmt.Errorf("neither a PNG nor a JPEG image, whatever its name says; convert or remove it: %w", image.ErrFormat)
}

func decodeError(err error) error {
	return fmt.Errorf("the image cannot be decoded; replace or remove it: %w", err)
}

// coloured tells whether an image has a pixel that is not grey.
func coloured(img image.Image) bool {
	switch x := img.(type) {
	case *image.Gray, *image.Gray16:
		return false
	case *image.YCbCr:
		return slices.ContainsFunc(x.Cb, notNeutral) || slices.ContainsFunc(x.Cr, notNeutral)
	case *image.Paletted:
		return slices.ContainsFunc(x.Palette, notGrey)
	}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if notGrey(img.At(x, y)) {
				return true
			}
		}
	}
	return false
}

// notNeutral allows for what rounding makes of grey.
func notNeutral(chroma byte) bool { return chroma < 126 || chroma > 130 }

func notGrey(c color.Color) bool {
	r, g, b, _ := c.RGBA()
	return r != g || g != b
}
