package main

import (
	"image"
	"image/color"
	"image/draw"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const (
	textPixels = 15 // the size of the letters
	lineHeight = 20
	baseline   = 15 // below the top of a line
)

// lettering draws words in white. Letters stand at whole pixels, so that there are but a
// few forms of each, whose bytes are the same on every machine: see TestLettering.
type lettering struct{ face font.Face }

func newLettering() lettering {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err == nil {
		var face font.Face
		if face, err = opentype.NewFace(f, &opentype.FaceOptions{Size: textPixels, DPI: 72}); err == nil {
			return lettering{face}
		}
	}
	panic("vae: the embedded font is no font")
}

// width is that of a text, in pixels.
func (l lettering) width(text string) int {
	w := 0
	for _, r := range text {
		advance, _ := l.face.GlyphAdvance(r) // of a box where there is no such letter
		w += advance.Round()
	}
	return w
}

// widest is the width of the widest of texts.
func (l lettering) widest(texts ...string) int {
	w := 0
	for _, text := range texts {
		w = max(w, l.width(text))
	}
	return w
}

// draw draws a line of text whose upper left corner is at p.
func (l lettering) draw(dst draw.Image, p image.Point, text string) {
	white := image.NewUniform(color.White)
	for _, r := range text {
		box, mask, at, advance, _ := l.face.Glyph(fixed.P(p.X, p.Y+baseline), r)
		if mask != nil {
			draw.DrawMask(dst, box, white, image.Point{}, mask, at, draw.Over)
		}
		p.X += advance.Round()
	}
}

// drawUpward draws a text that is read from below; p is the upper left corner of what it
// covers.
func (l lettering) drawUpward(dst draw.Image, p image.Point, text string) {
	flat := image.NewGray(image.Rect(0, 0, l.width(text), lineHeight))
	l.draw(flat, image.Point{}, text)
	upward := image.NewAlpha(image.Rect(0, 0, lineHeight, flat.Rect.Dx()))
	for y := range flat.Rect.Dy() {
		for x := range flat.Rect.Dx() {
			upward.SetAlpha(y, flat.Rect.Dx()-1-x, color.Alpha{A: flat.GrayAt(x, y).Y})
		}
	}
	draw.DrawMask(dst, upward.Rect.Add(p), image.NewUniform(color.White), image.Point{}, upward, image.Point{}, draw.Over)
}
