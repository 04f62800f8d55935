package main

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"time"

	"github.com/cheggaaa/pb/v3"
	"golang.org/x/term"

	"github.com/lanewise/lanewise/vae"
)

const (
	barInterval  = 100 * time.Millisecond
	lineInterval = 10 * time.Second

	leastColumns = 80 // for a bar beside its text
)

// A progress shows how a training run goes: a live bar on a terminal, and
// lines now and then elsewhere. Both have a line for every epoch.
type progress struct {
	w      io.Writer
	bar    *pb.ProgressBar // nil where there is no terminal that has room for it
	log    *slog.Logger    // for records, in place of lines; or nil
	epochs int
	images int // of an epoch
	before int // images, of what is resumed
	unit   string
	thing  string // such as image

	start, shown time.Time
}

// newProgress shows a bar on a terminal of so many columns, if it has enough.
func newProgress(w io.Writer, columns, epochs, images int, unit, thing string) *progress {
	now := time.Now()
	p := &progress{w: w, log: loggerOf(w), epochs: epochs, images: images, unit: unit, thing: thing, start: now, shown: now}
	if columns >= leastColumns {
		p.bar = pb.ProgressBarTemplate(`{{string . "text"}}  {{percent . "%3.0f%%"}} {{bar . "[" "=" ">" " " "]"}}`).New(epochs * images)
		p.bar.SetWidth(columns - 1) // a full line would begin another
	}
	return p
}

// liveColumns is how many columns the terminal has that w is, if what is written to it
// can be overwritten; 0 if not.
func liveColumns(w io.Writer) int {
	if !isTerminal(w) || os.Getenv("TERM") == "dumb" {
		return 0
	}
	columns, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// show overwrites the line that is being shown.
func (p *progress) show(text string) { fmt.Fprint(p.w, "\r\x1b[K"+text) }

// isTerminal tells whether a reader or writer is one.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// step shows where training stands; rate is in images/s.
func (p *progress) step(s vae.Progress, rate float64) {
	interval := lineInterval
	if p.bar != nil {
		interval = barInterval
	}
	now := time.Now()
	if now.Sub(p.shown) < interval {
		return
	}
	p.shown = now
	done := (s.Epoch-1)*p.images + s.Images
	if p.log != nil {
		p.log.Info("progress", "epoch", s.Epoch, "epochs", p.epochs, "rows", s.Images, "train", s.Loss, "rows_per_second", rate, "seconds_left", p.left(now, done).Seconds())
		return
	}
	text := fmt.Sprintf("epoch %d/%d  loss %.2f  %.0f %ss/s  %s left", s.Epoch, p.epochs, s.Loss.Total, rate, p.thing, p.left(now, done))
	if p.bar == nil {
		fmt.Fprintln(p.w, text)
		return
	}
	frame := p.bar.Set("text", text).SetCurrent(int64(done)).String()
	p.show(frame[:min(len(frame), p.bar.Width())])
}

// epoch shows what an epoch has brought, and whether its model is saved.
func (p *progress) epoch(r record, rate float64, saved bool) {
	now := time.Now()
	e := r.Epoch
	if p.log != nil {
		p.shown = now
		p.log.Info("epoch", p.attributes(r, rate, saved)...)
		return
	}
	held := ""
	if !math.IsNaN(r.validation) {
		held = fmt.Sprintf("held out %.2f, ", r.validation)
	}
	text := fmt.Sprintf("epoch %d/%d  loss %.2f, %stest %.2f %s  %.0f %ss/s", e.Epoch, p.epochs, e.Train.Total, held, e.Test.Total, p.unit, rate, p.thing)
	if p.bar == nil && e.Epoch < p.epochs {
		text += fmt.Sprintf("  %s left", p.left(now, e.Epoch*p.images))
	}
	if saved {
		text += "  saved"
	}
	p.line(text)
}

// attributes are those of the record of an epoch.
func (p *progress) attributes(r record, rate float64, saved bool) []any {
	attributes := []any{"epoch", r.Epoch.Epoch, "epochs", p.epochs, "train", r.Train, "test", r.Test}
	if held := known(r.validation); held != nil {
		attributes = append(attributes, "held_out", *held)
	}
	return append(attributes, "rows", r.images, "seconds", r.seconds, "rows_per_second", rate, "saved", saved, "weights_sha256", r.weights)
}

// line shows what stays.
func (p *progress) line(text string) {
	if p.bar == nil {
		p.shown = time.Now()
		fmt.Fprintln(p.w, text)
		return
	}
	p.show(text + "\n")
}

// left estimates the time that the rest of the run takes.
func (p *progress) left(now time.Time, done int) time.Duration {
	rest := float64(p.epochs)*float64(p.images) - float64(done)
	seconds := now.Sub(p.start).Seconds() * rest / float64(done-p.before)
	return time.Duration(math.Ceil(min(seconds, 1e9))) * time.Second
}

// close clears the bar.
func (p *progress) close() {
	if p.bar != nil {
		p.show("")
	}
}
