package main

import (
	"fmt"
	"image"
	"image/color"
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

// plotLoss draws the training and test loss over the epochs.
func plotLoss(history []record, unit string) (img image.Image, err error) {
	// The plotter panics where an axis is too short or too long for it.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
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
		var xys plotter.XYs
		for _, r := range history {
			if y := curve.loss(r); !math.IsNaN(y) { // of an epoch that was not evaluated
				xys = append(xys, plotter.XY{X: float64(r.Epoch.Epoch), Y: y})
			}
		}
		if len(xys) == 0 {
			continue
		}
		line, points, err := plotter.NewLinePoints(xys)
		if err != nil {
			return nil, err
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
	return c.Image(), nil
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
