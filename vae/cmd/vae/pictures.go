package main

import (
	"fmt"
	"image"
	"image/draw"

	"github.com/lanewise/lanewise/vae"
)

const (
	tilePixels = 84      // the longer side of an image in a picture is about this
	gap        = 4       // between images and around them
	gapGrey    = 96      // darker than ink, lighter than ground
	leastCell  = 44      // pixels of a column's width, for the words below it
	maxPicture = 1 << 26 // bytes of the cells of a picture

	gridColumns = 10
	pairColumns = 12
)

// A grid is a picture of images in rows and columns. All words may be left out.
type grid struct {
	shape vae.Shape // of each image, in grey or colour
	title string
	x, y  string // what the captions and the labels of rows are
	rows  []gridRow
}

// A gridRow is a row of images, with a label before it and captions below them.
type gridRow struct {
	label    string
	tiles    [][]float32
	captions []string
}

// scale is how many pixels of a picture one pixel of an image takes.
func scale(s vae.Shape) int { return max(1, tilePixels/max(s.Height, s.Width)) }

// room is the number of images that fit a picture.
func room(s vae.Shape) int {
	k := scale(s)
	return max(1, maxPicture/bytesPerPixel(s)/((max(s.Height*k, lineHeight)+gap)*(max(s.Width*k, leastCell)+gap)))
}

func bytesPerPixel(s vae.Shape) int {
	if s.Channels == 1 {
		return 1
	}
	return 4
}

// draw draws the grid.
func (g *grid) draw() image.Image {
	l, k := newLettering(), scale(g.shape)
	columns, label, cell := 0, 0, g.shape.Width*k
	for _, r := range g.rows {
		columns = max(columns, len(r.tiles))
		label = max(label, l.width(r.label))
		cell = max(cell, l.widest(r.captions...)+gap)
	}
	left, top := gap, gap
	if g.y != "" {
		left += lineHeight
	}
	if label > 0 {
		left += label + 2*gap
	}
	if g.title != "" {
		top += lineHeight
	}
	wide, high := left+columns*(cell+gap), top
	for _, r := range g.rows {
		high += g.height(r, k)
	}
	end := high // of the rows
	if g.x != "" {
		high += lineHeight
	}
	wide = max(wide, l.widest(g.title, g.x)+2*gap)
	high = max(high, top+l.width(g.y)+gap)

	c := newCanvas(g.shape, wide, high)
	l.draw(c, image.Pt(gap, 0), g.title)
	l.draw(c, image.Pt(max(gap, min(left+(columns*(cell+gap)-l.width(g.x))/2, wide-gap-l.width(g.x))), end), g.x)
	l.drawUpward(c, image.Pt(0, max(top, (top+end-l.width(g.y))/2)), g.y)
	y := top
	for _, r := range g.rows {
		l.draw(c, image.Pt(left-2*gap-l.width(r.label), y+(max(g.shape.Height*k, lineHeight)-lineHeight)/2), r.label)
		for i, t := range r.tiles {
			c.tile(image.Pt(left+i*(cell+gap)+(cell-g.shape.Width*k)/2, y), t, g.shape, k)
		}
		for i, text := range r.captions {
			l.draw(c, image.Pt(left+i*(cell+gap)+(cell-l.width(text))/2, y+g.height(r, k)-lineHeight), text)
		}
		y += g.height(r, k)
	}
	return c.Image
}

// height is that of a row with what is below it.
func (g *grid) height(r gridRow, k int) int {
	h := g.shape.Height*k + gap
	if r.label != "" {
		h = max(h, lineHeight+gap)
	}
	if r.captions != nil {
		h += lineHeight
	}
	return h
}

// A canvas is what a picture is drawn on.
type canvas struct {
	draw.Image
	pix           []byte
	stride, bytes int // of a line and of a pixel
}

func newCanvas(s vae.Shape, wide, high int) canvas {
	var c canvas
	if bytesPerPixel(s) == 1 {
		img := image.NewGray(image.Rect(0, 0, wide, high))
		c = canvas{img, img.Pix, img.Stride, 1}
	} else {
		img := image.NewRGBA(image.Rect(0, 0, wide, high))
		c = canvas{img, img.Pix, img.Stride, 4}
	}
	for i := range c.pix {
		c.pix[i] = gapGrey
		if i%c.bytes == 3 {
			c.pix[i] = 255
		}
	}
	return c
}

// tile draws an image whose upper left corner is at p, each of its pixels k×k. Of other
// images than those in grey and in colour it draws three channels, or the first.
func (c canvas) tile(p image.Point, t []float32, s vae.Shape, k int) {
	for y := range s.Height * k {
		line := c.pix[(p.Y+y)*c.stride+p.X*c.bytes:]
		for x := range s.Width * k {
			pixel := t[(y/k*s.Width+x/k)*s.Channels:]
			to := line[x*c.bytes:]
			for i := range min(c.bytes, 3) {
				to[i] = grey(pixel[min(i, s.Channels-1)])
			}
		}
	}
}

// grey is a pixel's byte.
func grey(v float32) byte {
	return byte(float32(min(max(v, 0), 1)*255) + 0.5) // rounded: some compilers would fuse
}

// tiles cuts rows of floats into images.
func tiles(x []float32, s vae.Shape) [][]float32 {
	var t [][]float32
	for ; len(x) > 0; x = x[s.Size():] {
		t = append(t, x[:s.Size()])
	}
	return t
}

// wrap breaks images into rows of at most n, which say what they are.
func wrap(what string, t [][]float32, n int) []gridRow {
	var rows []gridRow
	for i := 0; i < len(t); i += n {
		last := min(i+n, len(t))
		label := fmt.Sprintf("%ss %d to %d", what, i, last-1)
		if last == i+1 {
			label = fmt.Sprintf("%s %d", what, i)
		}
		rows = append(rows, gridRow{label: label, tiles: t[i:last]})
	}
	return rows
}
