package main

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/lanewise/lanewise/vae"
)

// end tells how well the scores tell anomalies, where labels say, and draws them.
func (r *scoreRun) end(std streams, picture *output) error {
	var d *detection
	if r.label != "" {
		positives := 0
		for _, l := range r.labels {
			if l {
				positives++
			}
		}
		if positives == 0 || positives == len(r.labels) {
			std.note(fmt.Sprintf("-label: %d of %s are anomalies: there is nothing to compare", positives, count(len(r.labels), "row")))
		} else {
			found := detect(r.scores, r.labels, r.threshold)
			d = &found
			w := std.out
			if r.out.standard() || r.plot != "" && picture.standard() {
				w = std.err
			}
			if err := printOut(w, d.text(r.threshold)); err != nil {
				return err
			}
		}
	}
	if r.plot == "" {
		return nil
	}
	img, err := r.draw(d)
	if err != nil {
		return fmt.Errorf("-plot: %w", err)
	}
	if !picture.standard() && r.out.standard() {
		picture.out = std.err // where it says that it is written
	}
	return picture.writePNG(img, "")
}

// draw draws the histogram of the scores, and of a detection both curves beside it.
func (r *scoreRun) draw(d *detection) (image.Image, error) {
	if len(r.scores) == 0 {
		return nil, errors.New("there are no scores")
	}
	panels := []func(*plot.Plot) error{r.histogram}
	if d != nil {
		panels = append(panels, d.roc, d.precisions)
	}
	var images []image.Image
	width := 0
	for _, p := range panels {
		img, err := drawPlot(plotHeight, plotHeight, p)
		if err != nil {
			return nil, err
		}
		images = append(images, img)
		width += img.Bounds().Dx()
	}
	all := image.NewRGBA(image.Rect(0, 0, width, images[0].Bounds().Dy()))
	x := 0
	for _, img := range images {
		draw.Draw(all, image.Rect(x, 0, x+img.Bounds().Dx(), img.Bounds().Dy()), img, img.Bounds().Min, draw.Src)
		x += img.Bounds().Dx()
	}
	return all, nil
}

var (
	usualColour   = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	anomalyColour = color.RGBA{R: 0xff, G: 0x7f, B: 0x0e, A: 0xff}
)

const scoreBins = 40

// histogram draws how often scores are, up to the largest of 99.5 % of them, or the
// threshold: what is above counts as that.
func (r *scoreRun) histogram(p *plot.Plot) error {
	p.Title.Text = "scores"
	p.X.Label.Text = r.scoreLabel()
	p.Y.Label.Text = "rows"
	low, high := bounds(r.scores)
	if r.threshold > high && r.threshold <= slices.Max(r.scores) {
		high = r.threshold
	}
	if low == high {
		low, high = low-0.5, high+0.5
	}
	for _, kind := range []struct {
		name    string
		anomaly bool
		colour  color.RGBA
	}{{"usual", false, usualColour}, {"anomalies", true, anomalyColour}} {
		bins := make([]float64, scoreBins)
		some := false
		for i, v := range r.scores {
			if (len(r.labels) > i && r.labels[i]) == kind.anomaly {
				bins[min(max(int(float64(scoreBins)*(min(v, high)-low)/(high-low)), 0), scoreBins-1)]++
				some = true
			}
		}
		if !some {
			continue
		}
		h := &plotter.Histogram{Width: (high - low) / scoreBins}
		h.FillColor = color.NRGBA{kind.colour.R, kind.colour.G, kind.colour.B, 0xb0}
		for i, n := range bins {
			at := low + float64(i)*h.Width
			h.Bins = append(h.Bins, plotter.HistogramBin{Min: at, Max: at + h.Width, Weight: n})
		}
		p.Add(h)
		if len(r.labels) > 0 {
			p.Legend.Add(kind.name, h)
		}
	}
	if !math.IsNaN(r.threshold) && r.threshold >= low && r.threshold <= high {
		line, err := plotter.NewLine(plotter.XYs{{X: r.threshold, Y: 0}, {X: r.threshold, Y: p.Y.Max}})
		if err != nil {
			return err
		}
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
		p.Add(line)
		p.Legend.Add("threshold", line)
	}
	return nil
}

// scoreLabel is what the scores are, for an axis.
func (r *scoreRun) scoreLabel() string {
	switch {
	case r.options.Score == vae.ErrorScore:
		return "mean squared error of the reconstruction"
	case r.options.Score == vae.BoundScore:
		return "bound of -log p(x) [nats]"
	case r.model.Config().Kind == vae.AE:
		return "loss"
	}
	return "-ELBO [nats]"
}

// bounds are the least score, and one that 99.5 % are not above.
func bounds(scores []float64) (low, high float64) {
	sorted := slices.Clone(scores)
	high = vae.NewThreshold(vae.ErrorScore, sorted, 0.995).Value // which sorts them
	return sorted[0], high
}

func (d *detection) roc(p *plot.Plot) error {
	p.Title.Text = fmt.Sprintf("ROC-AUC %.3f", d.auc)
	p.X.Label.Text, p.Y.Label.Text = "false positive rate", "true positive rate (recall)"
	return unitCurve(p, d.falseRate, d.found)
}

func (d *detection) precisions(p *plot.Plot) error {
	p.Title.Text = fmt.Sprintf("average precision %.3f", d.average)
	p.X.Label.Text, p.Y.Label.Text = "recall", "precision"
	return unitCurve(p, d.recall, d.precision)
}

// unitCurve draws a curve of rates.
func unitCurve(p *plot.Plot, x, y []float64) error {
	xys := make(plotter.XYs, len(x))
	for i := range x {
		xys[i] = plotter.XY{X: x[i], Y: y[i]}
	}
	line, err := plotter.NewLine(xys)
	if err != nil {
		return err
	}
	line.Width, line.Color = vg.Points(1.5), usualColour
	p.Add(line)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1.02
	return nil
}
