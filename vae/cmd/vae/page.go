package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"flag"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

//go:embed page.html
var pageText string

// A page is what report.html says of a run.
type page struct {
	Title, Loss, Data string
	Best, About       string
	Curves, Pictures  []figure
	EpochHeads        []string
	Epochs            [][]string
	Layers            []vae.LayerInfo
	Likelihood        string
	Settings          []setting
	Command, SHA256   string
	Machine           string
}

// A figure is a picture that is part of the page.
type figure struct {
	Caption string
	Source  template.URL
}

type setting struct{ Name, Value string }

// writePage leaves report.html: what there is to know of a run, in one file.
func (r *trainRun) writePage(drawn []string) error {
	p := &page{
		Title:      fmt.Sprintf("%s of %s", strings.ToUpper(string(r.config.Kind)), r.shape()),
		Loss:       lossText("test", r.last().Test, r.options, r.config),
		Data:       fmt.Sprintf("%s from %s, %d to test; %s.", r.rows.text(), r.dataFlags.data, r.rows.test.Len(), count(len(r.history), "epoch")),
		About:      explain(r.config, r.options.Corrupt),
		EpochHeads: epochHeads(r.config.Kind),
		Epochs:     epochRows(r.config.Kind, r.history),
		Likelihood: likelihoodText(r.model.Config().Likelihood),
		Settings:   settings(r.flags),
		Command:    repeatCommand(r.flags),
		SHA256:     r.model.WeightsSHA256(),
		Machine:    fmt.Sprintf("Trained in %.1f s on %s of %s/%s with the set %s, by a program of %s.", r.trainingSeconds(), count(r.engine.Threads(), "thread"), runtime.GOOS, runtime.GOARCH, r.engine.Set().Name(), runtime.Version()),
	}
	if r.data.JPEG > 0 {
		p.Machine += " Some images are JPEG files, of which another version of Go may decode other pixels, and make another model."
	}
	if len(r.about.Sessions) > 1 {
		p.Machine += " It was resumed: " + documentName + " says what was trained where."
	}
	if r.interrupted {
		p.Command += "   # and an interruption: the weights are of the moment"
	}
	if r.best.epoch > 0 {
		p.Best = r.best.text(r.history, r.options, r.config)
	}
	var err error
	if p.Layers, err = r.config.Layers(); err != nil {
		return err
	}
	captions := map[string]string{
		reconstructionsName: "Test images, and below each what the model makes of its code.",
		lossName:            "The losses of training and test " + thing(r.config) + "s, " + unit(r.config) + " per " + thing(r.config) + ".",
		samplesName:         "Images decoded from codes that are drawn from the prior N(0, 1).",
		traversalName:       "What the components of a code mean: a row for each one of a test image, varied alone from -3 to 3; those that tell most of an image come first.",
	}
	if r.config.Kind == vae.AE {
		captions[traversalName] = "What the components of a code mean: a row for each one of a test image, varied alone by three standard deviations either way; those that vary most come first."
	}
	if r.options.Corrupt != (vae.Corruption{}) {
		captions[reconstructionsName] = "Test images with noise, below each what the model makes of it, and the clean image."
	}
	for _, name := range drawn {
		b, err := os.ReadFile(r.folder.path(name))
		if err != nil {
			return err
		}
		picture := figure{captions[name], dataURL(b)}
		if name == lossName {
			p.Curves = append(p.Curves, picture)
		} else {
			p.Pictures = append(p.Pictures, picture)
		}
	}
	if len(r.latents) > 0 {
		p.Curves = append(p.Curves, r.latentCurves()...)
	}
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	return save.File(r.folder.path(pageName), func(w io.Writer) error { return t.Execute(w, p) })
}

func dataURL(b []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b))
}

// latentCurves show what each component of the code tells, over the epochs. If they cannot
// be drawn that costs a line.
func (r *trainRun) latentCurves() []figure {
	caption, axis := "KL of each component of the code, in nats: those near 0 tell nothing of a row or an image.", "KL [nats]"
	if r.config.Kind == vae.AE {
		caption, axis = "The standard deviation of each component of the code.", "standard deviation"
	}
	var b bytes.Buffer
	img, err := plotLatents(r.latents, axis)
	if err == nil {
		err = png.Encode(&b, img)
	}
	if err != nil {
		fmt.Fprintf(r.log, "a curve is not in %s: %s\n", pageName, oneLine(err.Error()))
		return nil
	}
	return []figure{{caption, dataURL(b.Bytes())}}
}

// latentImages are those of the test on which components are measured after each epoch.
const latentImages = 500

// measureLatents adds a line to what the components tell.
func (r *trainRun) measureLatents(ctx context.Context) {
	latents, err := r.model.Latents(ctx, dataset.Some(r.rows.test, 0, min(latentImages, r.rows.test.Len())))
	if err != nil {
		return // it was interrupted, or is of no use, which the loss shows
	}
	values := make([]float64, len(latents))
	for i, l := range latents {
		values[i] = l.KL
		if r.config.Kind == vae.AE {
			values[i] = l.StdDev
		}
	}
	for len(r.latents) < len(r.history)-1 { // epochs before the run was resumed
		r.latents = append(r.latents, slices.Repeat([]float64{math.NaN()}, len(values)))
	}
	r.latents = append(r.latents, values)
}

// epochHeads are what there is to tell of an epoch.
func epochHeads(kind vae.Kind) []string {
	heads := []string{"epoch", "training loss", "test loss", "reconstruction", "KL"}
	if kind == vae.AE {
		return heads[:3] // its loss has no parts
	}
	return heads
}

func epochRows(kind vae.Kind, history []record) (rows [][]string) {
	number := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return fmt.Sprintf("%.2f", v)
	}
	for _, h := range history {
		row := []string{fmt.Sprint(h.Epoch.Epoch), number(h.Train.Total), number(h.Test.Total), number(h.Test.Reconstruction), number(h.Test.KL)}
		rows = append(rows, row[:len(epochHeads(kind))])
	}
	const most = 100
	for len(rows) > most { // every other one, and the last
		kept := rows[:0]
		for i, row := range rows {
			if i%2 == 0 || i == len(rows)-1 {
				kept = append(kept, row)
			}
		}
		rows = kept
	}
	return rows
}

// noPart are flags that have no part in the result.
var noPart = [...]string{"out", "json", "log-json", "threads", "resume", "keep", "silence"}

// settings are all flags that have a value.
func settings(f *flag.FlagSet) (all []setting) {
	f.VisitAll(func(x *flag.Flag) {
		if value := x.Value.String(); value != "" && !slices.Contains(noPart[:], x.Name) {
			all = append(all, setting{x.Name, value})
		}
	})
	return all
}

// repeatCommand is the command with the flags that were given or that a preset gave.
func repeatCommand(f *flag.FlagSet) string {
	words := []string{"vae", "train"}
	f.Visit(func(x *flag.Flag) {
		value := x.Value.String()
		b, isBool := x.Value.(interface{ IsBoolFlag() bool })
		switch isBool = isBool && b.IsBoolFlag(); {
		case slices.Contains(noPart[:], x.Name) || x.Name == "preset":
		case isBool && value == "true":
			words = append(words, "-"+x.Name)
		case isBool:
			words = append(words, "-"+x.Name+"="+value)
		default:
			words = append(words, "-"+x.Name, quoted(value))
		}
	})
	return strings.Join(words, " ")
}

// quoted is a word as a shell takes it.
func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+@") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
