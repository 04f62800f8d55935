package dataset

import (
	"image"
	"image/draw"
)

// A plain is an image of bytes without gaps: one of each pixel, grey, or four, red,
// green, blue and one that is not looked at.
type plain struct {
	pix   []byte
	w, h  int
	bytes int
}

// plainOf is img as bytes: what is transparent is black, and colour is grey unless it
// is wanted.
func plainOf(img image.Image, colour bool) plain {
	b := img.Bounds()
	rect := image.Rect(0, 0, b.Dx(), b.Dy())
	if colour {
		dst := image.NewRGBA(rect)
		draw.Draw(dst, rect, img, b.Min, draw.Src)
		return plain{dst.Pix, rect.Dx(), rect.Dy(), 4}
	}
	dst := image.NewGray(rect)
	draw.Draw(dst, rect, img, b.Min, draw.Src)
	return plain{dst.Pix, rect.Dx(), rect.Dy(), 1}
}

func (p plain) image() image.Image {
	rect := image.Rect(0, 0, p.w, p.h)
	if p.bytes == 4 {
		return &image.RGBA{Pix: p.pix, Stride: 4 * p.w, Rect: rect}
	}
	return &image.Gray{Pix: p.pix, Stride: p.w, Rect: rect}
}

// place sets dst to p, turned or mirrored: see [orientation]. For orientations of 5 and
// more its sides change places.
func (p plain) place(dst []byte, channels, orientation int) {
	w, h := p.w, p.h
	// Pixel (x, y) goes to at + x*dx + y*dy.
	to := [...]struct{ at, dx, dy int }{
		1: {0, 1, w}, 2: {w - 1, -1, w}, 3: {w*h - 1, -1, -w}, 4: {(h - 1) * w, 1, -w},
		5: {0, h, 1}, 6: {h - 1, h, -1}, 7: {w*h - 1, -h, -1}, 8: {(w - 1) * h, -h, 1},
	}[orientation]
	src := p.pix
	for y := range h {
		at := to.at + y*to.dy
		for range w {
			copy(dst[at*channels:][:channels], src)
			at += to.dx
			src = src[p.bytes:]
		}
	}
}
