package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// draw draws the pictures of a run and returns the names of those that are
// there. One that cannot be drawn costs a line, not the run.
func (r *trainRun) draw(ctx context.Context) (drawn []string, err error) {
	ofTable := r.rows.columns != nil
	for _, p := range []struct {
		name string
		draw func(context.Context) (image.Image, error)
	}{
		{reconstructionsName, r.reconstructions},
		{samplesName, r.samples},
		{traversalName, r.traversal},
		{lossName, r.lossPlot},
	} {
		if p.name == samplesName && r.config.Kind == vae.AE || p.name != lossName && ofTable {
			continue
		}
		var img image.Image
		failed := ctx.Err()
		if failed == nil {
			img, failed = p.draw(ctx)
		}
		if failed != nil {
			fmt.Fprintf(r.log, "%s is not drawn: %s\n", p.name, oneLine(failed.Error()))
			continue
		}
		e := save.File(r.folder.path(p.name), func(w io.Writer) error { return png.Encode(w, img) })
		if e == nil {
			drawn = append(drawn, p.name)
		} else if err == nil {
			err = e
		}
	}
	return drawn, err
}

// reconstructions are what the model makes of test images, of which it gets those with noise
// where it was trained on such.
func (r *trainRun) reconstructions(context.Context) (image.Image, error) {
	some := func(rows int) dataset.Images {
		return r.data.Test.Limit(max(1, min(pairColumns, room(r.model.Config().Input)/rows)))
	}
	if noise := r.options.Corrupt; noise != (vae.Corruption{}) {
		return drawDenoised(r.model, r.engine, some(3), noise, r.options.Seed)
	}
	return drawReconstructions(r.model, some(2))
}

func (r *trainRun) samples(context.Context) (image.Image, error) {
	return drawSamples(r.model, min(gridColumns*gridColumns, room(r.model.Config().Input)), r.options.Seed)
}

func (r *trainRun) traversal(ctx context.Context) (image.Image, error) {
	latents, err := rank(ctx, r.model, r.rows.test)
	if err != nil {
		return nil, err
	}
	start, _, err := r.model.Encode(vae.Floats(r.data.Test.Limit(1)))
	if err != nil {
		return nil, err
	}
	return drawTraversal(r.model, rowsThatFit(r.model.Config(), latents), start, "image 0")
}

func (r *trainRun) lossPlot(context.Context) (image.Image, error) {
	return plotLoss(r.history, "loss ["+unit(r.config)+" per "+thing(r.config)+"]")
}
