package dataset

import "fmt"

// Options say how much [LoadDir] reads, and who hears of what may surprise. The zero
// value reads everything.
type Options struct {
	// Limit is how many images to read for training, and how many for the test; 0 is
	// all. What is beyond is not looked at.
	Limit int
	// Memory is how many bytes the pixels may take; 0 is any number.
	Memory int64
	// Colour is whether to read images as red, green and blue; if not, they become grey.
	Colour bool
	// Rows and Cols are the size to which images are scaled by Scale, as [Images.Resize]
	// does it; where they are 0, images stay as they are, and are all of one size.
	Rows, Cols int
	Scale      Scaler
	// Note, if there is one, is told in a line what is not an error but may not be
	// meant: files that are passed over, colour that becomes grey, parts that are left
	// out, blank images.
	Note func(line string)
}

func (o *Options) note(format string, args ...any) {
	if o.Note != nil {
		o.Note(fmt.Sprintf(format, args...))
	}
}

// limit is how many of n images to read.
func (o *Options) limit(n int) int {
	if o.Limit > 0 {
		return min(n, o.Limit)
	}
	return n
}

// resizes is whether images are scaled.
func (o *Options) resizes() bool { return o.Rows != 0 || o.Cols != 0 }

// room is an error where n images would take more memory than they may.
func (o *Options) room(n, rows, cols, channels int) error {
	if need := int64(n) * int64(rows) * int64(cols) * int64(channels); o.Memory > 0 && need > o.Memory {
		return fmt.Errorf("%d images of %dx%d pixels%s take %d MB of memory, above the %d MB that there are for them; "+
			"read fewer, or scale them down", n, rows, cols, inColour(channels), need>>20, o.Memory>>20)
	}
	return nil
}

func inColour(channels int) string {
	if channels == 1 {
		return ""
	}
	return " in colour"
}

// dark is how bright the brightest pixel of images is that look black.
const dark = 31

// noteLevels tells of images in which there is nothing to see.
func (o *Options) noteLevels(dir string, s *Split) {
	if o.Note == nil {
		return
	}
	low, high := byte(255), byte(0)
	for _, m := range []Images{s.Train, s.Test} {
		for _, v := range m.Pixels {
			low, high = min(low, v), max(high, v)
		}
	}
	switch {
	case low == high:
		o.note("all pixels of %s are %d of 255: there is nothing to learn", dir, low)
	case high <= dark:
		o.note("the brightest pixel of %s is %d of 255: images of 12 bits in files of 16 look like that, and black on a transparent ground", dir, high)
	}
}
