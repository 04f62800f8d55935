package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/vae"
)

// The files that sweep leaves.
const (
	sweepName     = "sweep.csv"
	sweepPlotName = "sweep.png"
)

const sweepHeader = "model,latent,test_mse,test_psnr,test_loss,test_reconstruction,test_kl,elbo,active,seconds\n"

// A sweepRow is a line of sweep.csv.
type sweepRow struct {
	kind    vae.Kind
	latent  int
	mse     float64
	loss    vae.Loss // of test images
	active  int
	seconds float64
}

// openFolder makes the folder and tells whether a sweep can be saved in it. What is in
// it may be an earlier one's, but not another program's.
func (s *sweepRun) openFolder() error {
	if s.out == "" {
		return errors.New("-out is empty: want the name of a folder")
	}
	if err := makeFolder(s.out, "out"); err != nil {
		return err
	}
	if sameFolder(s.out, s.data) {
		return fmt.Errorf("-out %s is the folder of -data, whose images the plot would join"+mend, s.out)
	}
	ours := false
	for _, name := range []string{sweepName, sweepPlotName} {
		path := s.path(name)
		if err := probe(path, "out"); err != nil {
			return err
		}
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if name == sweepName && err == nil && info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			ours = err == nil && bytes.HasPrefix(text, []byte(sweepHeader))
		}
		if !ours {
			return fmt.Errorf("%s is there already, and not from an earlier sweep"+mend, path)
		}
	}
	return nil
}

// save writes the rows that there are; the plot of an earlier sweep is no longer theirs.
func (s *sweepRun) save() error {
	if len(s.rows) == 1 {
		if err := os.Remove(s.path(sweepPlotName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return save.File(s.path(sweepName), func(w io.Writer) error {
		_, err := io.WriteString(w, sweepCSV(s.rows))
		return err
	})
}

func sweepCSV(rows []sweepRow) string {
	var b strings.Builder
	b.WriteString(sweepHeader)
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, r := range rows {
		fields := []string{string(r.kind), strconv.Itoa(r.latent), number(r.mse), strconv.FormatFloat(psnr(r.mse), 'f', 3, 64),
			number(r.loss.Total), number(r.loss.Reconstruction), "", "", "", strconv.FormatFloat(r.seconds, 'f', 4, 64)}
		if r.kind == vae.VAE {
			fields[6], fields[7], fields[8] = number(r.loss.KL), number(-r.loss.Reconstruction-r.loss.KL), strconv.Itoa(r.active)
		}
		b.WriteString(strings.Join(fields, ",") + "\n")
	}
	return b.String()
}

// table is what sweep prints.
func (s *sweepRun) table() string {
	var b strings.Builder
	b.WriteString("model  latent  MSE per pixel  PSNR [dB]  ELBO [nats]  active\n")
	for _, r := range s.rows {
		fmt.Fprintf(&b, "%-5s  %6d  %13.5f  %9.2f", r.kind, r.latent, r.mse, psnr(r.mse))
		if r.kind == vae.VAE {
			fmt.Fprintf(&b, "  %11.2f  %6d", -r.loss.Reconstruction-r.loss.KL, r.active)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s holds %s, %s\n", s.out, sweepName, sweepPlotName)
	return b.String()
}

func (s *sweepRun) draw() error {
	img, err := plotSweep(s.rows)
	if err != nil {
		return err
	}
	return save.File(s.path(sweepPlotName), func(w io.Writer) error { return png.Encode(w, img) })
}

// plotSweep draws the quality of both kinds of models against the size of the code.
func plotSweep(rows []sweepRow) (image.Image, error) {
	return drawPlot(plotWidth, plotHeight, func(p *plot.Plot) error { return addSweep(p, rows) })
}

func addSweep(p *plot.Plot, rows []sweepRow) error {
	p.Title.Text = "Reconstruction of test images from codes of few numbers"
	p.X.Label.Text = "components of the code"
	p.Y.Label.Text = "PSNR [dB]: more is better"
	p.X.Scale = plot.LogScale{}
	p.Legend.Left = true
	var ticks plot.ConstantTicks
	for _, curve := range []struct {
		name   string
		kind   vae.Kind
		colour color.Color
		shape  draw.GlyphDrawer
	}{
		{"autoencoder", vae.AE, color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}, draw.CircleGlyph{}},
		{"variational autoencoder", vae.VAE, color.RGBA{R: 0xff, G: 0x7f, B: 0x0e, A: 0xff}, draw.BoxGlyph{}},
	} {
		var xys plotter.XYs
		for _, r := range rows {
			if y := psnr(r.mse); r.kind == curve.kind && !math.IsInf(y, 0) && !math.IsNaN(y) {
				xys = append(xys, plotter.XY{X: float64(r.latent), Y: y})
			}
			if r.kind == curve.kind && curve.kind == rows[0].kind {
				ticks = append(ticks, plot.Tick{Value: float64(r.latent), Label: strconv.Itoa(r.latent)})
			}
		}
		if len(xys) == 0 {
			continue
		}
		line, points, err := plotter.NewLinePoints(xys)
		if err != nil {
			return err
		}
		line.Width, points.Radius = vg.Points(1.5), vg.Points(3)
		line.Color, points.Color, points.Shape = curve.colour, curve.colour, curve.shape
		p.Add(line, points)
		p.Legend.Add(curve.name, line, points)
	}
	share := legendShare(p, plotWidth).Y // the legend stands above the curves
	p.Y.Max += share / (1 - share) * max(p.Y.Max-p.Y.Min, 0.1)
	p.X.Tick.Marker = ticks
	p.X.Min, p.X.Max = float64(rows[0].latent)/1.15, float64(rows[len(rows)-1].latent)*1.15
	return nil
}
