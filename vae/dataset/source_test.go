package dataset

import (
	"bytes"
	"slices"
	"testing"
)

// TestGather: rows as they are, in any order, more than once, and of a part of a source.
func TestGather(t *testing.T) {
	images := Images{Pixels: []byte{0, 51, 102, 255, 153, 204}, Rows: 1, Cols: 2}
	floats := Floats{Data: []float32{0, 0.2, 0.4, 1, 0.6, 0.8}, Channels: 2}
	for name, s := range map[string]Source{
		"images": images, "floats": floats,
		"some images": Some(Images{Pixels: append([]byte{9, 9}, append(images.Pixels, 7, 7)...), Rows: 1, Cols: 2}, 1, 3),
		"some floats": Some(Some(Floats{Data: append([]float32{9, 9, 8, 8}, floats.Data...), Channels: 2}, 1, 4), 1, 3),
	} {
		if s.Len() != 3 {
			t.Errorf("%s: %d rows", name, s.Len())
		}
		got := make([]float32, 8)
		if err := s.Gather(got, []int{2, 0, 2, 1}); err != nil || !slices.Equal(got, []float32{0.6, 0.8, 0, 0.2, 0.6, 0.8, 0.4, 1}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err := s.Gather(nil, nil); err != nil {
			t.Errorf("%s: none: %v", name, err)
		}
	}
	for s, want := range map[Source][3]int{
		&images:                                 {1, 2, 1},
		&Images{Rows: 2, Cols: 3, Colour: true}: {2, 3, 3},
		&floats:                                 {1, 1, 2},
		&Floats{Height: 4, Width: 5}:            {4, 5, 1},
		&Floats{}:                               {1, 1, 1},
	} {
		h, w, c := s.Shape()
		if got := [3]int{h, w, c}; got != want {
			t.Errorf("%+v: a shape of %v, want %v", s, got, want)
		}
	}
	if n := (Floats{Data: make([]float32, 5), Channels: 2}).Len(); n != 2 {
		t.Errorf("5 numbers are %d rows of 2", n)
	}
}

func TestGatherPanics(t *testing.T) {
	images := Images{Pixels: make([]byte, 6), Rows: 1, Cols: 2}
	floats := Floats{Data: make([]float32, 6), Channels: 2}
	for name, f := range map[string]func(){
		"an image beyond":     func() { images.Gather(make([]float32, 2), []int{3}) },
		"an image before":     func() { images.Gather(make([]float32, 2), []int{-1}) },
		"a short dst":         func() { images.Gather(make([]float32, 1), []int{0}) },
		"a long dst":          func() { floats.Gather(make([]float32, 3), []int{0}) },
		"a row beyond":        func() { floats.Gather(make([]float32, 2), []int{3}) },
		"a row beyond a part": func() { Some(floats, 0, 1).Gather(make([]float32, 2), []int{1}) },
		"a part beyond":       func() { Some(floats, 2, 2) },
		"a part before":       func() { Some(floats, -1, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// TestSelect: images in the order of the indices, with their labels, which a change of the
// others does not reach.
func TestSelect(t *testing.T) {
	all := Images{Pixels: []byte{1, 2, 3, 4, 5, 6}, Rows: 1, Cols: 2, Labels: []byte{7, 8, 9}}
	some := all.Select([]int{2, 0, 2})
	clear(all.Pixels)
	clear(all.Labels)
	if !bytes.Equal(some.Pixels, []byte{5, 6, 1, 2, 5, 6}) || !bytes.Equal(some.Labels, []byte{9, 7, 9}) || some.Cols != 2 || some.Rows != 1 {
		t.Errorf("%+v", some)
	}
	if none := all.Select(nil); none.Len() != 0 {
		t.Errorf("of no indices: %+v", none)
	}
}
