package dataset

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
)

// A File is rows of numbers on a disk, for more of them than memory has room for: it holds
// one row. Rows are appended, then read in any order. It is a temporary file, which is
// gone when it is closed.
type File struct {
	f       *os.File
	w       *bufio.Writer // what was appended last; nil where all is in the file
	n, size int
	missing bool
	row     []byte
}

// NewFile makes a file in the folder dir, or in that of temporary files where dir is
// empty, for rows of size numbers. missing is whether NaN stands for a number that is not
// known: see [Incomplete].
func NewFile(dir string, size int, missing bool) (*File, error) {
	if size < 1 {
		panic("dataset: rows of no numbers")
	}
	f, err := os.CreateTemp(dir, "lanewise-rows-")
	if err != nil {
		return nil, fmt.Errorf("dataset: a file for rows: %w", err)
	}
	os.Remove(f.Name()) // where the system keeps an open file so; else Close does
	return &File{f: f, size: size, missing: missing, row: make([]byte, 4*size)}, nil
}

// Append adds a row.
func (f *File) Append(row []float32) error {
	if len(row) != f.size {
		panic("dataset: a row of another length")
	}
	if f.w == nil {
		if _, err := f.f.Seek(int64(f.n)*int64(len(f.row)), 0); err != nil {
			return f.wrong(err)
		}
		f.w = bufio.NewWriterSize(f.f, 1<<16)
	}
	for i, v := range row {
		binary.LittleEndian.PutUint32(f.row[4*i:], math.Float32bits(v))
	}
	if _, err := f.w.Write(f.row); err != nil {
		return f.wrong(err)
	}
	f.n++
	return nil
}

func (f *File) wrong(err error) error {
	return fmt.Errorf("dataset: row %d of a temporary file: %w", f.n, err)
}

// Len is how many rows there are.
func (f *File) Len() int { return f.n }

// Shape is 1×1×size.
func (f *File) Shape() (height, width, channels int) { return 1, 1, f.size }

// Incomplete is whether NaN stands for a number that is not known.
func (f *File) Incomplete() bool { return f.missing }

// Gather reads rows. It panics where an index is out of range, or dst of another length.
func (f *File) Gather(dst []float32, index []int) error {
	checkGather(dst, index, f.size)
	if f.w != nil {
		if err := f.w.Flush(); err != nil {
			return f.wrong(err)
		}
		f.w = nil
	}
	for _, i := range index {
		if i < 0 || i >= f.n {
			panic("dataset: row index out of range")
		}
		if _, err := f.f.ReadAt(f.row, int64(i)*int64(len(f.row))); err != nil {
			return fmt.Errorf("dataset: row %d of a temporary file: %w", i, err)
		}
		for k := range f.size {
			dst[k] = math.Float32frombits(binary.LittleEndian.Uint32(f.row[4*k:]))
		}
		dst = dst[f.size:]
	}
	return nil
}

// Close removes the file.
func (f *File) Close() error {
	err := f.f.Close()
	os.Remove(f.f.Name())
	return err
}
