package main

import (
	"fmt"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// TestLegendBeside: the names of components stand beside the curves, and there are no epochs
// on the axis that there were not.
func TestLegendBeside(t *testing.T) {
	for _, epochs := range []int{2, 7, 20, 100, 3280} {
		var curves []curve
		for i := range namedLatents {
			c := curve{name: fmt.Sprint("component ", 100+i)}
			for j := range epochs {
				c.ys = append(c.ys, 1+float64(i*j))
			}
			curves = append(curves, c)
		}
		_, err := drawPlot(plotWidth, plotHeight, func(p *plot.Plot) error {
			if err := addCurves(p, curves, "KL [nats]"); err != nil {
				return err
			}
			for _, tick := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
				if tick.Value > float64(epochs) {
					t.Errorf("%d epochs: a tick at %v", epochs, tick.Value)
				}
			}
			c := p.DataCanvas(draw.New(vgimg.New(plotWidth-2*plotMargin, plotHeight-2*plotMargin)))
			x, _ := p.Transforms(&c)
			if last, begin := x(float64(epochs)), c.Max.X-p.Legend.Rectangle(c).Size().X; begin <= last {
				t.Errorf("%d epochs: the curves end at %v, the legend begins at %v", epochs, last, begin)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
