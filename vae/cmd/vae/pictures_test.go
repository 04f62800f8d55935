package main

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae"
)

// TestLettering: every letter has the same bytes on every machine.
func TestLettering(t *testing.T) {
	l := newLettering()
	var text strings.Builder
	for r := ' '; r <= '~'; r++ {
		text.WriteRune(r)
	}
	text.WriteString("·×σ%")
	img := image.NewGray(image.Rect(0, 0, l.width(text.String()), lineHeight))
	l.draw(img, image.Point{}, text.String())
	const want = "adcdfa2a790f04923a4b9981ea2f9e789f6dd33d75184777b435ec4a60f16c9f"
	if got := fmt.Sprintf("%x", sha256.Sum256(img.Pix)); got != want {
		t.Errorf("letters %s, want %s", got, want)
	}
}

// TestGrid looks at the pixels of a picture in colour and of one in grey.
func TestGrid(t *testing.T) {
	for _, s := range []vae.Shape{{Height: 1, Width: 2, Channels: 3}, {Height: 1, Width: 2, Channels: 1}} {
		tile := []float32{1, 0, 0.5, -1, 2, 0.25}[:s.Size()]
		g := grid{shape: s, title: "t", x: "x", y: "y", rows: []gridRow{{"row", [][]float32{tile, tile}, []string{"a", "b"}}, {"", [][]float32{tile}, nil}}}
		img := g.draw()
		left := gap + lineHeight + newLettering().width("row") + 2*gap
		if got, want := img.Bounds().Size(), image.Pt(left+2*88, gap+lineHeight+2*46+2*lineHeight); got != want {
			t.Errorf("%d channels: %v, want %v", s.Channels, got, want)
		}
		first, second := color.Color(color.RGBA{255, 0, 128, 255}), color.Color(color.RGBA{0, 255, 64, 255})
		if s.Channels == 1 {
			first, second = color.Gray{Y: 255}, color.Gray{}
		}
		for _, at := range []image.Point{{left, 24}, {left + 88, 24 + 41}, {left, 24 + 46 + 20}} {
			if got := img.At(at.X, at.Y); got != first {
				t.Errorf("%d channels: %v at %v, want %v", s.Channels, got, at, first)
			}
			if got := img.At(at.X+42, at.Y); got != second {
				t.Errorf("%d channels: %v beside %v, want %v", s.Channels, got, at, second)
			}
		}
		for name, box := range map[string]image.Rectangle{ // what words are in
			"title": image.Rect(0, 0, 20, 20), "y": image.Rect(0, 24, 20, 156), "row": image.Rect(24, 24, left-4, 66),
			"a": image.Rect(left, 70, left+84, 90), "b": image.Rect(left+88, 70, left+172, 90), "x": image.Rect(left, 136, left+172, 156),
		} {
			if lightest(img, box) < 200 {
				t.Errorf("%d channels: nothing is written at %s", s.Channels, name)
			}
		}
		if lightest(img, image.Rect(left+88, 90, left+176, 136)) != gapGrey {
			t.Errorf("%d channels: something is where no image is", s.Channels)
		}
	}
}

func lightest(img image.Image, box image.Rectangle) byte {
	var most byte
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			most = max(most, color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
		}
	}
	return most
}

// TestRoom: as many images as a picture has room for take no more than they may, beside
// the words at its edges.
func TestRoom(t *testing.T) {
	for _, s := range []vae.Shape{{Height: 28, Width: 28, Channels: 1}, {Height: 64, Width: 64, Channels: 3}, {Height: 1, Width: 1, Channels: 1}, {Height: 1, Width: 1000, Channels: 1}, {Height: 1000, Width: 1, Channels: 3}} {
		n := room(s)
		if s.Height*s.Width == 1 && testing.Short() {
			continue
		}
		g := grid{shape: s}
		for _, r := range wrap("sample", make([][]float32, n), 64) {
			for i := range r.tiles {
				r.tiles[i] = make([]float32, s.Size())
			}
			r.label = ""
			g.rows = append(g.rows, r)
		}
		size := g.draw().Bounds().Size()
		if bytes := size.X * size.Y * bytesPerPixel(s); bytes > maxPicture*11/10 {
			t.Errorf("%v: %d images take %d bytes, above %d", s, n, bytes, maxPicture)
		}
	}
}
