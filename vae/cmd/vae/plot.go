package main

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
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

// drawPlot draws what build makes of a plot.
func drawPlot(width, height vg.Length, build func(*plot.Plot) error) (img image.Image, err error) {
	// The plotter panics where an axis is too short or too long for it.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	p := plot.New()
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(3)
	p.Add(plotter.NewGrid())
	if err := build(p); err != nil {
		return nil, err
	}
	c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(plotDPI))
	p.Draw(draw.Crop(draw.New(c), plotMargin, -plotMargin, plotMargin, -plotMargin))
	return c.Image(), nil
}

// A curve is a line of a plot; a point that is not there is NaN.
type curve struct {
	name   string // in the legend, if it has one
	colour color.Color
	ys     []float64 // of epoch 1, 2, …
}

// plotLoss draws the training and test loss over the epochs.
func plotLoss(history []record, unit string) (image.Image, error) {
	train := curve{name: "train", colour: color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}}
	test := curve{name: "test", colour: color.RGBA{R: 0xff, G: 0x7f, B: 0x0e, A: 0xff}}
	held := curve{name: "held out", colour: color.RGBA{R: 0x2c, G: 0xa0, B: 0x2c, A: 0xff}}
	for _, r := range history {
		if !math.IsNaN(r.validation) {
			held.ys = append(held.ys, r.validation)
		}
		train.ys = append(train.ys, r.Train.Total)
		test.ys = append(test.ys, r.Test.Total)
	}
	curves := []curve{test, train}
	if len(held.ys) > 0 {
		curves = []curve{test, held, train}
	}
	return plotCurves(curves, unit)
}

// namedLatents is how many components have a name in the legend.
const namedLatents = 8

// plotLatents draws a value of each component over the epochs. Those that are largest at
// the end have names.
func plotLatents(values [][]float64, what string) (image.Image, error) {
	last := values[len(values)-1]
	order := make([]int, len(last))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(last[b], last[a]) })
	colours := palette.Rainbow(min(len(order), namedLatents), 0.55, 0, 0.8, 0.8, 1).Colors()
	var curves []curve
	for i, j := range order {
		c := curve{colour: color.Gray{Y: 0xb0}}
		if i < len(colours) {
			c.name, c.colour = fmt.Sprint("component ", j), colours[i]
		}
		for _, v := range values {
			c.ys = append(c.ys, v[j])
		}
		curves = append(curves, c)
	}
	slices.Reverse(curves) // the named ones above the others
	return plotCurves(curves, what)
}

// plotCurves draws values over the epochs.
func plotCurves(curves []curve, what string) (image.Image, error) {
	return drawPlot(plotWidth, plotHeight, func(p *plot.Plot) error { return addCurves(p, curves, what) })
}

func addCurves(p *plot.Plot, curves []curve, what string) error {
	p.X.Label.Text = "epoch"
	p.Y.Label.Text = what
	epochs := 0
	for _, c := range curves {
		epochs = max(epochs, len(c.ys))
	}
	p.X.Tick.Marker = plot.TickerFunc(func(low, high float64) []plot.Tick {
		return wholeTicks(low, min(high, float64(epochs))) // none where the legend stands
	})
	var names []string // of the last curve first
	var lines []*plotter.Line
	for _, c := range curves {
		var xys plotter.XYs
		for i, y := range c.ys {
			if !math.IsNaN(y) { // of an epoch that was not evaluated
				xys = append(xys, plotter.XY{X: float64(i + 1), Y: y})
			}
		}
		if len(xys) == 0 {
			continue
		}
		line, points, err := plotter.NewLinePoints(xys)
		if err != nil {
			return err
		}
		line.Width = vg.Points(1.5)
		line.Color, points.Color = c.colour, c.colour
		points.Shape = draw.CircleGlyph{}
		points.Radius = vg.Points(2)
		p.Add(line)
		if len(c.ys) <= 50 {
			p.Add(points)
		}
		if c.name != "" {
			lines = append([]*plotter.Line{line}, lines...)
			names = append([]string{c.name}, names...)
		}
	}
	for i, line := range lines {
		p.Legend.Add(names[i], line)
	}
	// The legend stands beside the curves.
	share := legendShare(p, plotWidth).X
	p.X.Max += share / (1 - share) * (p.X.Max - p.X.Min)
	return nil
}

// legendShare is about how much of the width and of the height between the axes the legend
// takes.
func legendShare(p *plot.Plot, width vg.Length) struct{ X, Y float64 } {
	size := p.Legend.Rectangle(draw.Canvas{}).Size()
	const beside = 34 * vg.Millimeter // margins, and what stands at an axis
	return struct{ X, Y float64 }{
		float64(size.X / (width - beside)), float64(size.Y / (plotHeight - beside)),
	}
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
