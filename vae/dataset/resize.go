package dataset

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
)

// A Scaler sets dst to a part of src, scaled to the bounds of dst. Package resize has
// one; package dataset has none, so that who imports it builds no more than Go's own.
type Scaler func(dst draw.Image, src image.Image, part image.Rectangle)

// Resize gives the images scaled, with their labels: of each, the largest part in the
// middle that has the ratio of cols to rows, so that nothing is stretched. It is an
// error if they become more than [MaxPixels]. Resize panics unless rows and cols are
// from 1 to 2^22 in all.
func (m Images) Resize(rows, cols int, scale Scaler) (Images, error) {
	checkSize(rows, cols, scale)
	to, err := m.resize(rows, cols, scale)
	if err != nil {
		return Images{}, fmt.Errorf("dataset: %w", err)
	}
	return to, nil
}

func (m Images) resize(rows, cols int, scale Scaler) (Images, error) {
	if rows == m.Rows && cols == m.Cols || m.Len() == 0 {
		return m, nil
	}
	channels := m.Channels()
	if err := fits(m.Len(), rows, cols, channels); err != nil {
		return Images{}, err
	}
	to := m
	to.Rows, to.Cols = rows, cols
	to.Pixels = make([]byte, m.Len()*to.Size())
	part := center(m.Cols, m.Rows, cols, rows)
	p := plain{w: m.Cols, h: m.Rows, bytes: 1}
	if m.Colour {
		p.bytes = 4
		p.pix = make([]byte, 4*m.Rows*m.Cols)
	}
	for i := range m.Len() {
		if m.Colour {
			for k, src := 0, m.Image(i); k < len(p.pix); k, src = k+4, src[3:] {
				copy(p.pix[k:], src[:3])
				p.pix[k+3] = 255
			}
		} else {
			p.pix = m.Image(i)
		}
		p.scaled(cols, rows, part, scale).place(to.Image(i), channels, 1)
	}
	return to, nil
}

// checkSize panics unless a size can be that of an image.
func checkSize(rows, cols int, scale Scaler) {
	if rows < 1 || cols < 1 || cols > maxImagePixels/rows {
		panic("dataset: a size without pixels, or with more than 2^22")
	}
	if scale == nil {
		panic("dataset: a size without a Scaler")
	}
}

// center is the largest part in the middle of w·h pixels with the ratio of cols to rows.
func center(w, h, cols, rows int) image.Rectangle {
	// At most 2^22 each.
	pw := max(1, int(min(int64(w), (2*int64(h)*int64(cols)+int64(rows))/(2*int64(rows)))))
	ph := max(1, int(min(int64(h), (2*int64(w)*int64(rows)+int64(cols))/(2*int64(cols)))))
	x, y := (w-pw)/2, (h-ph)/2
	return image.Rect(x, y, x+pw, y+ph)
}

// scaled is a part of p, w wide and h high.
func (p plain) scaled(w, h int, part image.Rectangle, scale Scaler) plain {
	if part.Dx() == w && part.Dy() == h {
		return p.cut(part)
	}
	rect := image.Rect(0, 0, w, h)
	to := plain{make([]byte, p.bytes*w*h), w, h, p.bytes}
	var deep []byte
	if p.bytes == 4 {
		dst := image.NewRGBA64(rect)
		scale(dst, p.image(), part)
		deep = dst.Pix
	} else {
		dst := image.NewGray16(rect)
		scale(dst, p.image(), part)
		deep = dst.Pix
	}
	for i := range to.pix {
		to.pix[i] = nearest(binary.BigEndian.Uint16(deep[2*i:]))
	}
	return to
}

// nearest is the byte that is nearest to v of 65535. In the middle between two, where
// machines that fuse multiplication and addition may have made v one more or less, it is
// always the lower: the means of black and white are there.
func nearest(v uint16) byte { return byte((uint32(v) + 127) / 257) }

func (p plain) cut(part image.Rectangle) plain {
	if part.Size() == image.Pt(p.w, p.h) {
		return p
	}
	to := plain{make([]byte, 0, p.bytes*part.Dx()*part.Dy()), part.Dx(), part.Dy(), p.bytes}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		to.pix = append(to.pix, p.pix[(y*p.w+part.Min.X)*p.bytes:][:part.Dx()*p.bytes]...)
	}
	return to
}
