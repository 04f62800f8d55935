package main

import (
	"fmt"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/lanewise/lanewise/vae"
)

// TestLegendBeside: the names of components stand beside the curves, and there are no epochs
// on the axis that there were not. So do the names of losses.
func TestLegendBeside(t *testing.T) {
	components := make([]string, namedLatents)
	for i := range components {
		components[i] = fmt.Sprint("component ", 100+i)
	}
	for i, epochs := range []int{2, 7, 20, 100, 3280, 2, 30, 9} {
		names := components
		if i > 4 {
			names = []string{"train", "test", "held out"}[:8-i]
		}
		var curves []curve
		for i, name := range names {
			c := curve{name: name}
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

// TestLegendAbove: the names of a sweep's curves stand above these.
func TestLegendAbove(t *testing.T) {
	for _, rows := range [][]sweepRow{
		{{kind: vae.AE, latent: 2, mse: 0.1}, {kind: vae.VAE, latent: 2, mse: 0.11}, {kind: vae.AE, latent: 10, mse: 0.09}, {kind: vae.VAE, latent: 10, mse: 0.2}},
		{{kind: vae.AE, latent: 2, mse: 0.1}},
	} {
		_, err := drawPlot(plotWidth, plotHeight, func(p *plot.Plot) error {
			if err := addSweep(p, rows); err != nil {
				return err
			}
			c := p.DataCanvas(draw.New(vgimg.New(plotWidth-2*plotMargin, plotHeight-2*plotMargin)))
			_, y := p.Transforms(&c)
			best := y(psnr(0.09))
			if len(rows) == 1 {
				best = y(psnr(0.1))
			}
			if below := c.Max.Y - p.Legend.Rectangle(c).Size().Y; below <= best {
				t.Errorf("%v: the legend ends at %v, the curves at %v", rows, below, best)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
