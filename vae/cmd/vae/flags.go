package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lanewise/lanewise/vae"
)

// parse reads a command's flags. Every flag checks its own value, so nothing
// has to be checked again.
func parse(f *flag.FlagSet, std streams, args []string, about string) error {
	if err := parseFlags(f, std, args, about); err != nil {
		return err
	}
	return noArguments(f)
}

// noArguments is an error where there is something after the flags.
func noArguments(f *flag.FlagSet) error {
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: vae %s takes flags only (vae %[2]s -h lists them)", f.Arg(0), f.Name())
	}
	return nil
}

func parseFlags(f *flag.FlagSet, std streams, args []string, about string) error {
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		var b strings.Builder
		fmt.Fprintf(&b, "usage: vae %s [flags]\n\n%s\n\n", f.Name(), about)
		f.SetOutput(&b)
		f.PrintDefaults()
		if err := printOut(std.out, b.String()); err != nil {
			return err
		}
		return errHelp
	case err != nil:
		return fmt.Errorf("%w (vae %s -h lists the flags)", err, f.Name())
	}
	return nil
}

// given are the names of the flags that were.
func given(f *flag.FlagSet) map[string]bool {
	names := map[string]bool{}
	f.Visit(func(x *flag.Flag) { names[x.Name] = true })
	return names
}

// checkKL is an error where a flag that weighs the KL was given for a model that has none.
func checkKL(f *flag.FlagSet, kind vae.Kind) error {
	given := given(f)
	for _, name := range []string{"beta", "beta-warmup", "free-bits", "capacity", "capacity-epochs"} {
		if kind == vae.AE && given[name] {
			return errors.New("-" + name + " is for a vae: an autoencoder has no KL to weigh")
		}
	}
	return nil
}

// numbers are whole numbers with commas between them.
func numbers(text string) (all []int, ok bool) {
	for _, part := range strings.Split(text, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, false
		}
		all = append(all, v)
	}
	return all, true
}

// commas is the text of numbers.
func commas(all []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ","), "[]")
}

func newFlags(name string) *flag.FlagSet { return flag.NewFlagSet(name, flag.ContinueOnError) }

// A whole is a flag for a whole number from min to max. The value that it
// starts with need not be one of them: it stands for a flag that is left out.
type whole struct {
	p        *int
	min, max int
}

func (w *whole) String() string {
	if w.p == nil || *w.p < w.min {
		return ""
	}
	return strconv.Itoa(*w.p)
}

func (w *whole) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < w.min || v > w.max {
		return fmt.Errorf("want a whole number from %d to %d", w.min, w.max)
	}
	*w.p = v
	return nil
}

// A real is a flag for a number above min, or from min on, that float32 holds.
type real struct {
	p        *float64
	positive bool
}

func (r *real) String() string {
	if r.p == nil {
		return ""
	}
	return strconv.FormatFloat(*r.p, 'g', -1, 64)
}

func (r *real) Set(s string) error {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0 && v <= math.MaxFloat32) || r.positive && float32(v) == 0 {
		if r.positive {
			return errors.New("want a number above 0")
		}
		return errors.New("want a number, 0 or above")
	}
	*r.p = v
	return nil
}

// seedFlag is a flag for a seed.
func seedFlag(f *flag.FlagSet, p *uint64, usage string) { f.Var((*seedValue)(p), "seed", usage) }

type seedValue uint64

func (s *seedValue) String() string { return strconv.FormatUint(uint64(*s), 10) }

func (s *seedValue) Set(text string) error {
	v, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return fmt.Errorf("want a whole number from 0 to %d", uint64(math.MaxUint64))
	}
	*s = seedValue(v)
	return nil
}

// A span is a flag for a time.
type span struct {
	p        *time.Duration
	min, max time.Duration
}

func (s *span) String() string {
	if s.p == nil {
		return ""
	}
	return s.p.String()
}

func (s *span) Set(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v < s.min || v > s.max {
		return fmt.Errorf("want a time from %v to %v, such as 10s", s.min, s.max)
	}
	*s.p = v
	return nil
}

// A word is a flag for one of a few words.
type word struct {
	p    *string
	want []string
}

func (w *word) String() string {
	if w.p == nil {
		return ""
	}
	return *w.p
}

func (w *word) Set(s string) error {
	for _, v := range w.want {
		if s == v {
			*w.p = s
			return nil
		}
	}
	return errors.New("want " + strings.Join(w.want, " or "))
}

// widths is a flag for the widths of layers, such as 512,256, or none.
type widths struct{ p *[]int }

const (
	maxWidth  = 1 << 16
	maxLayers = 16
)

func (w *widths) String() string {
	if w.p == nil {
		return ""
	}
	if len(*w.p) == 0 {
		return "none"
	}
	return commas(*w.p)
}

func (w *widths) Set(s string) error {
	if s == "none" {
		*w.p = nil
		return nil
	}
	layers, ok := numbers(s)
	if !ok || len(layers) > maxLayers || slices.Min(layers) < 1 || slices.Max(layers) > maxWidth {
		return fmt.Errorf("want 1 to %d widths from 1 to %d, such as 512,256, or none", maxLayers, maxWidth)
	}
	*w.p = layers
	return nil
}
