package dataset

// A Source is rows of numbers, all of one shape, in memory, on a disk or wherever they
// come from. [Images] and [Floats] are sources. A model reads each row once in an epoch of
// training, in an order that depends on a seed and on their number alone; a source that
// trains is not used by another goroutine meanwhile.
type Source interface {
	// Len is how many rows there are.
	Len() int
	// Shape is that of a row, channels last: its numbers are in the order of (y, x,
	// channel). The n numbers of a row that is no image are of 1×1×n.
	Shape() (height, width, channels int)
	// Gather sets dst to the rows with these indices, each of which is in [0, Len()), one
	// after another: len(dst) is len(index) times the product of Shape. An index may come
	// more than once. Numbers are finite, but for NaN in an [Incomplete] source.
	Gather(dst []float32, index []int) error
}

// An Incomplete source may have NaN in the place of numbers that are not known. A model
// sees 0 there, and leaves them out of its loss. In other sources NaN is an error.
type Incomplete interface {
	Source
	// Incomplete is whether NaN stands for a number that is not known.
	Incomplete() bool
}

// unit is the number that stands for a pixel's byte.
var unit = func() (u [256]float32) {
	for i := range u {
		u[i] = float32(i) / 255
	}
	return u
}()

// Shape is Rows, Cols and Channels.
func (m Images) Shape() (height, width, channels int) { return m.Rows, m.Cols, m.Channels() }

// Gather sets dst to the images with these indices, their pixels from 0 to 1. Its error
// is nil. It panics where an index is out of range, or dst of another length.
func (m Images) Gather(dst []float32, index []int) error {
	checkGather(dst, index, m.Size())
	for _, j := range index {
		image := m.Image(j)
		for k, p := range image {
			dst[k] = unit[p]
		}
		dst = dst[len(image):]
	}
	return nil
}

func checkGather(dst []float32, index []int, size int) {
	if len(dst) != len(index)*size {
		panic("dataset: dst has not the length of the rows")
	}
}

// Floats is a source in memory: rows one after another, of Height×Width×Channels numbers
// each, where 0 stands for 1. Of rows of n numbers that are no images Channels is n, and
// the others are left out.
type Floats struct {
	Data                    []float32
	Height, Width, Channels int
	// Missing is whether NaN stands for a number that is not known: see [Incomplete].
	Missing bool
}

// Incomplete is f.Missing.
func (f Floats) Incomplete() bool { return f.Missing }

// Shape is that of a row.
func (f Floats) Shape() (height, width, channels int) {
	return max(f.Height, 1), max(f.Width, 1), max(f.Channels, 1)
}

// Size is how many numbers a row has.
func (f Floats) Size() int {
	h, w, c := f.Shape()
	return h * w * c
}

// Len is the number of whole rows.
func (f Floats) Len() int { return len(f.Data) / f.Size() }

// Row is row i as a view of f.Data. It panics where i is out of range.
func (f Floats) Row(i int) []float32 {
	if i < 0 || i >= f.Len() {
		panic("dataset: row index out of range")
	}
	n := f.Size()
	return f.Data[i*n:][:n:n]
}

// Gather copies rows. Its error is nil. It panics where an index is out of range, or dst
// of another length.
func (f Floats) Gather(dst []float32, index []int) error {
	checkGather(dst, index, f.Size())
	for _, j := range index {
		dst = dst[copy(dst, f.Row(j)):]
	}
	return nil
}

// Some is n rows of a source from the first on, as a source. It panics where they are not
// all there.
func Some(s Source, first, n int) Source {
	if first < 0 || n < 0 || n > s.Len()-first {
		panic("dataset: row index out of range")
	}
	return &section{Source: s, first: first, n: n}
}

// A section is consecutive rows of another source.
type section struct {
	Source
	first, n int
	index    []int
}

func (s *section) Len() int { return s.n }

func (s *section) Incomplete() bool {
	i, ok := s.Source.(Incomplete)
	return ok && i.Incomplete()
}

func (s *section) Gather(dst []float32, index []int) error {
	s.index = s.index[:0]
	for _, j := range index {
		if j < 0 || j >= s.n {
			panic("dataset: row index out of range")
		}
		s.index = append(s.index, s.first+j)
	}
	return s.Source.Gather(dst, s.index)
}
