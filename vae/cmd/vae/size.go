package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/resize"
)

// An imageSize is a flag for the size of images, such as 64 or, wide and high, 64x48. Its zero
// value leaves them as they are.
type imageSize struct{ cols, rows int }

// What a model can have.
const (
	maxSide       = 2048
	maxSidePixels = 1 << 20
)

func (s *imageSize) String() string {
	switch {
	case s.cols == 0:
		return ""
	case s.cols == s.rows:
		return strconv.Itoa(s.cols)
	}
	return fmt.Sprintf("%dx%d", s.cols, s.rows)
}

func (s *imageSize) Set(text string) error {
	w, h, two := strings.Cut(strings.ReplaceAll(text, "×", "x"), "x")
	if !two {
		h = w
	}
	cols, err1 := strconv.Atoi(w)
	rows, err2 := strconv.Atoi(h)
	if err1 != nil || err2 != nil || min(cols, rows) < 1 || max(cols, rows) > maxSide || cols*rows > maxSidePixels {
		return fmt.Errorf("want a size from 1 to %d, such as 64 or, wide and high, 64x48, of %d pixels at most", maxSide, maxSidePixels)
	}
	*s = imageSize{cols, rows}
	return nil
}

// options asks for the size.
func (s imageSize) options(o dataset.Options) dataset.Options {
	if s.cols > 0 {
		o.Rows, o.Cols, o.Scale = s.rows, s.cols, resize.CatmullRom
	}
	return o
}

// resize scales images that are there.
func (s imageSize) resize(data dataset.Split) (dataset.Split, error) {
	if s.cols == 0 {
		return data, nil
	}
	for _, m := range []*dataset.Images{&data.Train, &data.Test} {
		var err error
		if *m, err = m.Resize(s.rows, s.cols, resize.CatmullRom); err != nil {
			return dataset.Split{}, err
		}
	}
	return data, nil
}
