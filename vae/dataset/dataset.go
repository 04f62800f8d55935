// Package dataset reads images for training autoencoders: IDX files, as MNIST and
// its relatives are published, and folders of PNG or JPEG files, in grey or in colour.
//
// [LoadDir] takes a folder and finds out which of the two it holds. IDX files may have
// labels. Package digits, below this one, embeds a small subset of MNIST.
//
// A model is trained on a [Source], which [Images] are one kind of, and [Floats] another.
//
// Whatever is wrong with a file is reported as an error that says what, where
// and how to mend it; what is not wrong but may surprise is a note: see [Options].
// What is read is bounded by [MaxPixels]; IDX data take memory as they arrive,
// whatever their header claims, and an image that claims more than 2^22 pixels is
// refused before it is decoded. Pixels take the memory that they are and little more.
package dataset

// MaxPixels is the largest number of pixels, one byte each, or of their colours, that a
// set of images may hold: 1 GiB. It holds the largest relative of MNIST (EMNIST ByClass,
// 547 MB), fits an int on every platform, and stops a gzip bomb.
const MaxPixels = 1 << 30

// Images is a set of images of one size. The zero value is an empty set.
type Images struct {
	// Pixels holds the images one after another, each row-major, 0 for black
	// and 255 for white. Its length is a multiple of Size.
	Pixels     []byte
	Rows, Cols int
	// Colour is whether each pixel is three bytes: red, green and blue.
	Colour bool
	// Labels holds what each image shows, as a number from 0; it is nil where that is
	// not known.
	Labels []byte
}

// Split is a set of images to train on and one, disjoint, to test on; both
// have the same Rows, Cols and Colour.
type Split struct {
	Train, Test Images
	// JPEG is how many of the images were JPEG files. A decoder of another version may
	// make other pixels of such a file, and so another model of them; of a PNG or IDX
	// file it cannot.
	JPEG int
}

// Channels is how many bytes a pixel is: 3 in colour, else 1.
func (m Images) Channels() int { return channels(m.Colour) }

func channels(colour bool) int {
	if colour {
		return 3
	}
	return 1
}

// Size is the number of bytes in one image, Rows*Cols*Channels.
func (m Images) Size() int { return m.Rows * m.Cols * m.Channels() }

// Len is the number of images.
func (m Images) Len() int {
	if m.Size() == 0 {
		return 0
	}
	return len(m.Pixels) / m.Size()
}

// Image gives the pixels of image i, 0 <= i < Len(), as a view of m.Pixels,
// not a copy. It panics where i is out of range.
func (m Images) Image(i int) []byte {
	if i < 0 || i >= m.Len() {
		panic("dataset: image index out of range")
	}
	n := m.Size()
	return m.Pixels[i*n : (i+1)*n : (i+1)*n]
}

// Select gives the images with these indices, with their labels, as a copy. It panics
// where an index is out of range.
func (m Images) Select(index []int) Images {
	some := m
	some.Pixels = make([]byte, 0, len(index)*m.Size())
	some.Labels = nil
	for _, i := range index {
		some.Pixels = append(some.Pixels, m.Image(i)...)
		if m.Labels != nil {
			some.Labels = append(some.Labels, m.Labels[i])
		}
	}
	return some
}

// Limit gives the first n images, or all where there are fewer, with their labels, as
// a view of m, not a copy. It panics where n is negative.
func (m Images) Limit(n int) Images {
	if n < 0 {
		panic("dataset: negative limit")
	}
	n = min(n, m.Len())
	end := n * m.Size()
	m.Pixels = m.Pixels[:end:end]
	if m.Labels != nil {
		m.Labels = m.Labels[:n:n]
	}
	return m
}
