package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/cmd/vae/internal/pca"
)

const aboutMap = `Draws the codes of images as points in a plane, coloured by what the images show,
if labels stand beside them (IDX files and the embedded digits have them). A code of
two components is a point itself; of longer ones the two principal components are
drawn, and the axes say how much of the codes' variance they hold.

  vae map -out map.png -csv map.csv`

const (
	mapName    = "map.png"
	mostPoints = 20000 // that are drawn
	mostLabels = 20    // that have a colour of their own
	mapSize    = 18 * vg.Centimeter
)

func mapCodes(_ context.Context, std streams, args []string) error {
	var in inputFlags
	var out output
	table := output{streams: std, flag: "csv", what: "CSV", ends: []string{".csv", ".txt"}}
	f := newFlags("map")
	in.register(f, "draw the first `n` images; all where it is left out")
	table.from = f
	f.StringVar(&table.path, "csv", "", "write the points to this `file`, too; - for standard output")
	out.register(f, std, mapName, "PNG", ".png")
	if err := parse(f, std, args, aboutMap); err != nil {
		return err
	}
	m, engine, images, err := in.load(std)
	if err != nil {
		return err
	}
	if err := out.check(); err != nil {
		return err
	}
	if table.path != "" {
		if err := table.checkBeside(&out); err != nil {
			return err
		}
	}
	codes, err := encodeAll(m, images)
	if err != nil {
		return in.blame(err)
	}
	p, err := project(engine, codes, m.Config().Latent)
	if err != nil {
		return fmt.Errorf("%s: %w", in.checkpoint, err)
	}
	p.labels = images.Labels
	img, err := p.draw()
	if err != nil {
		return err
	}
	if out.standard() {
		table.out = std.err // where it says that it is written
	}
	if table.path != "" {
		if err := table.write(p.writeCSV, ""); err != nil {
			return err
		}
		if table.standard() {
			out.out = std.err
		}
	}
	return out.writePNG(img, "")
}

// A plane is codes as points.
type plane struct {
	axes   [2]string
	points []float32 // x and y of each
	labels []byte    // of each, or nil
}

// project makes points of rows of n components.
func project(e *kernels.Engine, codes []float32, n int) (*plane, error) {
	switch n {
	case 1:
		return nil, errors.New("its code has one component, which is no plane; vae traverse shows it")
	case 2:
		return &plane{axes: [2]string{"component 0", "component 1"}, points: codes}, nil
	}
	basis, err := pca.Fit(e, codes, n, 2)
	if err != nil {
		return nil, err
	}
	p := &plane{points: make([]float32, len(codes)/n*2)}
	basis.Codes(e, p.points, codes)
	for i := range p.axes {
		share := 0.0
		if basis.Total > 0 {
			share = 100 * basis.Variances[i] / basis.Total
		}
		p.axes[i] = fmt.Sprintf("principal component %d of the codes (%.0f %% of their variance)", i+1, share)
	}
	return p, nil
}

func (p *plane) len() int { return len(p.points) / 2 }

// names are the labels that there are, in ascending order.
func (p *plane) names() []byte {
	all := slices.Clone(p.labels)
	slices.Sort(all)
	return slices.Compact(all)
}

func (p *plane) draw() (image.Image, error) {
	img, err := drawPlot(mapSize, mapSize, p.add)
	if err != nil {
		return nil, fmt.Errorf("the map cannot be drawn: %w", err)
	}
	return img, nil
}

// add adds the points to a plot.
func (p *plane) add(c *plot.Plot) error {
	at := map[int]plotter.XYs{} // by label, or -1
	for i := range min(p.len(), mostPoints) {
		label := -1
		if p.labels != nil {
			label = int(p.labels[i])
		}
		at[label] = append(at[label], plotter.XY{X: float64(p.points[2*i]), Y: float64(p.points[2*i+1])})
	}
	c.X.Label.Text, c.Y.Label.Text = p.axes[0], p.axes[1]
	add := func(points plotter.XYs, colour color.Color, name string) error {
		s, err := plotter.NewScatter(points)
		if err != nil {
			return err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: colour, Radius: vg.Points(1.6), Shape: draw.CircleGlyph{}}
		c.Add(s)
		if name != "" {
			key := *s
			key.GlyphStyle.Radius = vg.Points(4)
			c.Legend.Add(name, &key)
		}
		return nil
	}
	names := p.names()
	if len(names) > 0 {
		c.Legend.Add("label")
	}
	colours := palette.Rainbow(max(1, min(len(names), mostLabels)), 0, 0.86, 0.75, 0.85, 1).Colors()
	for i, label := range names {
		colour, name := color.Color(color.Gray{Y: 0x90}), ""
		if i < mostLabels {
			colour, name = colours[i], strconv.Itoa(int(label))
		}
		if len(at[int(label)]) > 0 {
			if err := add(at[int(label)], colour, name); err != nil {
				return err
			}
		}
	}
	if len(names) == 0 {
		if err := add(at[-1], color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}, ""); err != nil {
			return err
		}
	} else { // the legend stands beside the points
		c.X.Max += 0.12 * (c.X.Max - c.X.Min)
	}
	return nil
}

// writeCSV writes all points.
func (p *plane) writeCSV(w io.Writer) error {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	c.Write([]string{"index", "label", "x", "y"})
	for i := range p.len() {
		label := ""
		if p.labels != nil {
			label = strconv.Itoa(int(p.labels[i]))
		}
		number := func(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
		c.Write([]string{strconv.Itoa(i), label, number(p.points[2*i]), number(p.points[2*i+1])})
	}
	c.Flush()
	_, err := w.Write(b.Bytes())
	return err
}
