package dataset

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // decoders for image.Decode
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxImagePixels bounds one image of a folder (2048x2048). The decoders
// allocate a whole image on the word of its header, up to a dozen bytes a
// pixel, and this many inputs are already far beyond a model of dense layers.
const maxImagePixels = 1 << 22

// OpenFolder reads the images in a folder: all files whose names end in .png,
// .jpg or .jpeg, in upper or lower case, ordered by name (byte by byte, so
// 10.png stands before 9.png). Hidden files, whose names start with a dot, and
// subfolders are passed over.
//
// Colour is turned into grey by the usual luma weights of [image/color], and
// what is transparent is black. All images must have the size of the first; an
// image of another size, or of more than 2^22 pixels, gives an error that names
// the file, as do more than [MaxPixels] in all. Where the folder holds no
// images, the result is empty.
func OpenFolder(dir string) (Images, error) {
	names, err := imageNames(dir)
	if err != nil {
		return Images{}, err
	}
	var m Images
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := m.appendFile(path, names[0]); err != nil {
			return Images{}, inFile(path, err)
		}
	}
	return m, nil
}

// imageNames lists the image files in dir, ordered by name.
func imageNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, dirError(dir, err)
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") { // such as macOS's ._1.png, no PNG at all
			continue
		}
		switch strings.ToLower(filepath.Ext(name)) {
		case ".png", ".jpg", ".jpeg":
		default:
			continue
		}
		ok, err := isFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// appendFile appends the image at path to m. The first image decides the size;
// first is its name, for the error.
func (m *Images) appendFile(path, first string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return m.appendImage(f, first)
}

func (m *Images) appendImage(r io.ReadSeeker, first string) error {
	// The size is checked before Decode allocates an image of that size.
	config, _, err := image.DecodeConfig(r)
	if err != nil {
		return decodeError(err)
	}
	rows, cols := config.Height, config.Width
	switch {
	case rows <= 0 || cols <= 0:
		return fmt.Errorf("the image is empty, %d pixels wide and %d high; remove it", cols, rows)
	case m.Size() != 0 && (rows != m.Rows || cols != m.Cols):
		return fmt.Errorf("wrong size: %d pixels wide and %d high, but %s is %d wide and %d high; "+
			"give all images one size", cols, rows, first, m.Cols, m.Rows)
	case cols > maxImagePixels/rows:
		return fmt.Errorf("too large: %d pixels wide and %d high, above the limit of %d pixels in an image; "+
			"scale the images down", cols, rows, maxImagePixels)
	case !m.room(rows * cols):
		return fmt.Errorf("too many images: this one takes the folder above the limit of %d pixels in all; "+
			"remove some or scale them down", MaxPixels)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	img, _, err := image.Decode(r)
	if err != nil {
		return decodeError(err)
	}

	at, size := len(m.Pixels), rows*cols
	m.Rows, m.Cols = rows, cols
	m.Pixels = slices.Grow(m.Pixels, size)[:at+size]
	grey := &image.Gray{Pix: m.Pixels[at:], Stride: cols, Rect: image.Rect(0, 0, cols, rows)}
	draw.Draw(grey, grey.Rect, img, img.Bounds().Min, draw.Src)
	return nil
}

// room says whether size more pixels stay within MaxPixels.
func (m *Images) room(size int) bool { return size <= MaxPixels-len(m.Pixels) }

func decodeError(err error) error {
	if errors.Is(err, image.ErrFormat) {
		return fmt.Errorf("neither a PNG nor a JPEG image, whatever its name says; convert or remove it: %w", err)
	}
	return fmt.Errorf("the image cannot be decoded; replace or remove it: %w", err)
}
