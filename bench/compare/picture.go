package main

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The picture has a row for each case and a panel for each number of threads.
// A bar reaches from the best peer, at 1, to us: to the right where we are
// faster, to the left where we are slower. Ticks are the other peers. The scale
// is logarithmic: twice as fast is as far from 1 as half as fast.
const (
	pictureDPI            = 144
	rowHeight   vg.Length = 11
	headHeight  vg.Length = 17
	topHeight   vg.Length = 54
	footHeight  vg.Length = 20
	labelWidth  vg.Length = 122
	panelWidth  vg.Length = 330
	resultWidth vg.Length = 88 // of a panel, for words
	gap         vg.Length = 14
)

var (
	ink     = color.RGBA{0x22, 0x26, 0x2b, 0xff}
	pale    = color.RGBA{0x6f, 0x77, 0x80, 0xff}
	rule    = color.RGBA{0xe3, 0xe6, 0xea, 0xff}
	tick    = color.NRGBA{0x22, 0x26, 0x2b, 0x68}
	winning = color.RGBA{0x1b, 0x8a, 0x6b, 0xff}
	losing  = color.RGBA{0xd9, 0x7a, 0x28, 0xff}
)

// A pictureRow is a case, with its results by panel; nil where there is none.
type pictureRow struct {
	bench, name string
	results     []*result
}

func (r report) pictureRows() (rows []pictureRow, threads []int) {
	for _, x := range r.results {
		if !slices.Contains(threads, x.threads) {
			threads = append(threads, x.threads)
		}
	}
	for i := range r.results {
		x := &r.results[i]
		at := slices.IndexFunc(rows, func(p pictureRow) bool { return p.bench == x.bench && p.name == x.name })
		if at < 0 {
			at = len(rows)
			rows = append(rows, pictureRow{x.bench, x.name, make([]*result, len(threads))})
		}
		rows[at].results[slices.Index(threads, x.threads)] = x
	}
	return rows, threads
}

func writePNG(w io.Writer, r report) error {
	rows, threads := r.pictureRows()
	heads := 0
	for i := range rows {
		if i == 0 || rows[i].bench != rows[i-1].bench {
			heads++
		}
	}
	width := labelWidth + vg.Length(len(threads))*(panelWidth+gap) + gap
	height := topHeight + vg.Length(len(rows))*rowHeight + vg.Length(heads)*headHeight + footHeight
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(pictureDPI))
	c := draw.New(canvas)
	c.FillPolygon(color.White, rectangle(0, 0, width, height))

	s := newScale(rows)
	write(c, ink, 12, true, gap, height-18, draw.XLeft, "Lanewise against the best of its peers")
	write(c, pale, 8, false, gap, height-31, draw.XLeft,
		fmt.Sprintf("%s, set %s, median of %s; grey marks are the other peers", r.machine.short(), r.machine.Set, count(r.rounds, "round")))
	for i, n := range threads {
		x := labelWidth + vg.Length(i)*(panelWidth+gap)
		write(c, ink, 9, true, x+s.at(1), height-topHeight+8, draw.XCenter, count(n, "thread"))
		for _, t := range s.ticks() {
			line(c, rule, x+s.at(t), footHeight, x+s.at(t), height-topHeight+3, 0.6)
			write(c, pale, 7, false, x+s.at(t), footHeight-10, draw.XCenter, times(t))
		}
	}
	y := height - topHeight
	for i, row := range rows {
		if i == 0 || row.bench != rows[i-1].bench {
			y -= headHeight
			write(c, ink, 9, true, gap, y+4, draw.XLeft, title(row.bench))
		}
		y -= rowHeight
		write(c, ink, 7.5, false, gap+6, y+3, draw.XLeft, row.name)
		for j, x := range row.results {
			if x != nil {
				s.bar(c, labelWidth+vg.Length(j)*(panelWidth+gap), y, *x)
			}
		}
	}
	for j := range threads {
		x := labelWidth + vg.Length(j)*(panelWidth+gap) + s.at(1)
		line(c, ink, x, footHeight, x, height-topHeight+3, 0.9)
	}
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
	return err
}

// title is what a bench is called in the picture.
func title(bench string) string {
	titles := map[string]string{
		"gemm": "matrix products", "gemm64": "matrix products in float64", "conv": "convolutions of 128 images", "map": "maps on 128×784", "loss": "loss and gradient",
		"reparam": "reparameterization and KL", "adam": "optimizer", "step": "training step",
		"encode": "codes of a few images", "latency": "codes of an image, callers at once",
	}
	if t := titles[bench]; t != "" {
		return t
	}
	return bench
}

// A scale places ratios on a panel.
type scale struct{ low, high float64 }

// newScale holds all our ratios, and at least a half to two.
func newScale(rows []pictureRow) scale {
	s := scale{0.5, 2}
	for _, row := range rows {
		for _, x := range row.results {
			if x == nil {
				continue
			}
			if r := x.ours().ratio.median; r > 0 {
				s.low, s.high = min(s.low, r), max(s.high, r)
			}
		}
	}
	s.low, s.high = max(s.low, 1.0/64)/1.1, min(s.high, 64)*1.1
	return s
}

func (s scale) at(ratio float64) vg.Length {
	part := math.Log(ratio/s.low) / math.Log(s.high/s.low)
	return vg.Length(part) * (panelWidth - resultWidth)
}

func (s scale) ticks() []float64 {
	var ts []float64
	for t := 1.0 / 64; t <= s.high; t *= 2 {
		if t >= s.low {
			ts = append(ts, t)
		}
	}
	return ts
}

// bar draws a result in a row whose lower edge is y.
func (s scale) bar(c draw.Canvas, x, y vg.Length, r result) {
	own := r.ours()
	words := x + panelWidth - resultWidth + 6
	ratio := own.ratio.median
	if math.IsNaN(ratio) {
		write(c, pale, 7.5, false, words, y+3, draw.XLeft, "no peer")
		return
	}
	colour := winning
	if ratio < 1 {
		colour = losing
	}
	at := s.at(min(max(ratio, s.low), s.high))
	from, to := min(at, s.at(1)), max(at, s.at(1))
	c.FillPolygon(colour, rectangle(x+from, y+1.6, x+to, y+rowHeight-1.6))
	best := r.best()
	for i, p := range r.summaries() {
		if p.kind == peer && i != best && p.ratio.median > s.low {
			line(c, tick, x+s.at(p.ratio.median), y+3, x+s.at(p.ratio.median), y+rowHeight-3, 1)
		}
	}
	write(c, colour, 7.5, true, words+24, y+3, draw.XRight, fmt.Sprintf("%.2f×", ratio))
	write(c, pale, 7.5, false, words+28, y+3, draw.XLeft, r.scores[best].name)
}

func times(t float64) string {
	if t < 1 {
		return fmt.Sprintf("1/%.0f", 1/t)
	}
	return fmt.Sprintf("%.0f×", t)
}

func rectangle(x0, y0, x1, y1 vg.Length) []vg.Point {
	return []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

func line(c draw.Canvas, colour color.Color, x0, y0, x1, y1, width vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: colour, Width: width}, x0, y0, x1, y1)
}

func write(c draw.Canvas, colour color.Color, size vg.Length, bold bool, x, y vg.Length, align text.XAlignment, words string) {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = 3 // golang.org/x/image/font.WeightBold
	}
	c.FillText(draw.TextStyle{Color: colour, Font: f, XAlign: align, Handler: plot.DefaultTextHandler}, vg.Point{X: x, Y: y}, words)
}
