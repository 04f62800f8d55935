package main

import (
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

const (
	plotWidth  = 16 * vg.Centimeter
	plotHeight = 10 * vg.Centimeter
	plotMargin = 4 * vg.Millimeter
	plotDPI    = 127 // 800×500 pixels
)

// plotLoss draws the training and test loss over the epochs as a PNG.
func plotLoss(w io.Writer, history []record, unit string) error {
	p := plot.New()
	p.X.Label.Text = "epoch"
	p.Y.Label.Text = unit
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(3)
	p.Add(plotter.NewGrid())
	for _, curve := range []struct {
		name   string
		colour color.Color
		loss   func(record) float64
	}{
		{"train", color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}, func(r record) float64 { return r.Train.Total }},
		{"test", color.RGBA{R: 0xff, G: 0x7f, B: 0x0e, A: 0xff}, func(r record) float64 { return r.Test.Total }},
	} {
		xys := make(plotter.XYs, len(history))
		for i, r := range history {
			xys[i] = plotter.XY{X: float64(r.Epoch.Epoch), Y: curve.loss(r)}
		}
		line, points, err := plotter.NewLinePoints(xys)
		if err != nil {
			return err
		}
		line.Width = vg.Points(1.5)
		line.Color, points.Color = curve.colour, curve.colour
		points.Shape = draw.CircleGlyph{}
		points.Radius = vg.Points(2)
		p.Add(line)
		if len(history) <= 50 {
			p.Add(points)
		}
		p.Legend.Add(curve.name, line)
	}
	c := vgimg.NewWith(vgimg.UseWH(plotWidth, plotHeight), vgimg.UseDPI(plotDPI))
	p.Draw(draw.Crop(draw.New(c), plotMargin, -plotMargin, plotMargin, -plotMargin))
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// wholeTicks are at whole numbers, about ten of them: there is no epoch 2.5.
func wholeTicks(low, high float64) []plot.Tick {
	step := 1.0
	for i := 0; (high-low)/step > 12; i++ {
		step *= []float64{2, 2.5, 2}[i%3] // 1, 2, 5, 10, 20, …
	}
	var ticks []plot.Tick
	for x := math.Ceil(low/step) * step; x <= high; x += step {
		ticks = append(ticks, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'f', -1, 64)})
	}
	return ticks
}
