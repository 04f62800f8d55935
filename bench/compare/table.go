package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A grid is a table as words: a line for each case, with our own figures first,
// and the rates of all others after them.
type grid struct {
	title   string
	names   []string // of the others
	against []string // those of them that have a column of ratios
	head    []string
}

func newGrid(r result) grid {
	g := grid{title: fmt.Sprintf("%s, %s, in %s", r.bench, count(r.threads, "thread"), r.unit)}
	g.head = []string{"case", "time", ourName, "of limit", "ratio to best peer", "best peer"}
	for _, s := range r.scores {
		if s.kind != ours {
			g.names = append(g.names, s.name)
		}
	}
	g.head = append(g.head, g.names...)
	for _, name := range r.against {
		if slices.Contains(g.names, name) {
			g.against = append(g.against, name)
			g.head = append(g.head, "× "+name)
		}
	}
	return g
}

const none = "–"

func (g grid) line(r result) []string {
	own := r.ours()
	cells := []string{r.name, duration(own.median), rate(own.rate), percent(own.fraction), none, none}
	if best := r.best(); best >= 0 && own.absent == "" {
		cells[4] = fmt.Sprintf("%.2f (%.2f–%.2f)", own.ratio.median, own.ratio.q1, own.ratio.q3)
		cells[5] = r.scores[best].name
	}
	rates := map[string]string{}
	for _, s := range r.summaries() {
		rates[s.name] = rate(s.rate)
	}
	for _, name := range g.names {
		cell := rates[name]
		if cell == "" {
			cell = none
		}
		cells = append(cells, cell)
	}
	for _, name := range g.against {
		cells = append(cells, twoDecimals(median(r.ratiosTo(name))))
	}
	return cells
}

func twoDecimals(x float64) string {
	if math.IsNaN(x) {
		return none
	}
	return fmt.Sprintf("%.2f", x)
}

// notes are what has to be said below a table.
func (g grid) notes(rs []result) []string {
	var notes []string
	var threads []float64
	for _, r := range rs {
		own := r.ours()
		for _, s := range r.scores {
			if s.name == singleName && s.absent == "" {
				threads = append(threads, median(ratios(s.times, own.times)))
			}
		}
	}
	if len(threads) > 0 {
		notes = append(notes, fmt.Sprintf("%s against 1: %.2f times as fast in the geometric mean", count(rs[0].threads, "thread"), geometricMean(threads)))
	}
	for _, name := range g.against {
		var f figures
		for _, r := range rs {
			f.add(median(r.ratiosTo(name)), r.name)
		}
		if len(f.values) > 0 {
			notes = append(notes, fmt.Sprintf("× %s: %.2f in the geometric mean, %.2f at least (%s)", name, *f.mean(), *f.least(), f.at))
		}
	}
	if s := spreadOf(rates(rs)); s.median > 0 {
		notes = append(notes, fmt.Sprintf("%s: %s (quartiles %s–%s)", limitName(rs[0].limit), threeDigits(s.median/1e9), threeDigits(s.q1/1e9), threeDigits(s.q3/1e9)))
	}
	notes = append(notes, oversubscribedNotes(rs)...)
	notes = append(notes, fewNotes(rs)...)
	for _, a := range absences(rs) {
		where := ""
		if !a.inAllCases {
			where = " (" + strings.Join(a.cases, ", ") + ")"
		}
		notes = append(notes, "absent: "+a.name+where+": "+a.reason)
	}
	return notes
}

// oversubscribedNotes say which rounds had not a processor for each thread.
func oversubscribedNotes(rs []result) []string {
	var notes, oversubscribed []string
	leftOut, all := 0, 0
	var where []string
	for _, r := range rs {
		all += r.leftOut + len(r.limits)
		if r.leftOut > 0 {
			leftOut += r.leftOut
			where = append(where, fmt.Sprintf("%s: %d", r.name, r.leftOut))
		}
		if r.oversubscribed {
			oversubscribed = append(oversubscribed, r.name)
		}
	}
	if leftOut > 0 {
		notes = append(notes, fmt.Sprintf("left out, for want of %s: %s of %d (%s)",
			count(rs[0].threads, "processor"), count(leftOut, "round"), all, strings.Join(where, ", ")))
	}
	if oversubscribed != nil {
		notes = append(notes, fmt.Sprintf("no round had %s, so all are counted: %s", count(rs[0].threads, "processor"), strings.Join(oversubscribed, ", ")))
	}
	return notes
}

// fewNotes say which cases had fewer rounds than were asked for, as they take long.
func fewNotes(rs []result) []string {
	var few []string
	for _, r := range rs {
		if r.fewer > 0 {
			few = append(few, fmt.Sprintf("%s: %d", r.name, r.fewer))
		}
	}
	if few == nil {
		return nil
	}
	return []string{"rounds of what takes long: " + strings.Join(few, ", ")}
}

// rates are those of the limits, where they are of one kind, round by round.
func rates(rs []result) []float64 {
	var all []float64
	for _, r := range rs {
		amount := r.limit.flop + r.limit.bytes
		if amount == max(r.limit.flop, r.limit.bytes) {
			for _, t := range r.limits {
				if t > 0 {
					all = append(all, amount/t)
				}
			}
		}
	}
	return all
}

func limitName(l limit) string {
	switch {
	case l.double:
		return "FMA peak in float64, GFLOP/s"
	case l.flop > 0:
		return "FMA peak, GFLOP/s"
	}
	return "copy bandwidth, GB/s"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// duration has three digits.
func duration(s float64) string {
	if math.IsNaN(s) {
		return none
	}
	for _, u := range []struct {
		name string
		size float64
	}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
		if s >= 0.9995*u.size {
			return threeDigits(s/u.size) + " " + u.name
		}
	}
	return threeDigits(s/1e-9) + " ns"
}

func rate(x float64) string {
	if math.IsNaN(x) {
		return none
	}
	return threeDigits(x)
}

// threeDigits are what a reader takes in.
func threeDigits(x float64) string {
	switch {
	case x >= 99.95:
		return fmt.Sprintf("%.0f", x)
	case x >= 9.995:
		return fmt.Sprintf("%.1f", x)
	case x >= 0.9995:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.3f", x)
}

func percent(x float64) string {
	if math.IsNaN(x) {
		return none
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// A textTable is a table on a terminal. Lines are printed as they come.
type textTable struct {
	out     io.Writer
	grid    grid
	results []result
}

func (t *textTable) add(r result) error {
	if t.results == nil {
		t.grid = newGrid(r)
		if _, err := fmt.Fprintf(t.out, "\n%s\n%s", t.grid.title, t.text(t.grid.head)); err != nil {
			return err
		}
	}
	t.results = append(t.results, r)
	_, err := io.WriteString(t.out, t.text(t.grid.line(r)))
	return err
}

// Widths of the first columns. The others have that of their names, or of a
// number.
var textWidths = [...]int{28, 8, 8, 8, 18, 12}

func (t *textTable) text(cells []string) string {
	var b strings.Builder
	for i, c := range cells {
		width := 6
		if i < len(textWidths) {
			width = textWidths[i]
		} else {
			width = max(width, len(t.grid.head[i]))
		}
		pad := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(c)))
		switch {
		case i == 0 || i == 5:
			b.WriteString(c + pad)
		default:
			b.WriteString(pad + c)
		}
		b.WriteString("  ")
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

func (t *textTable) end() error {
	if lines := groupLines(t.results); lines != nil {
		if _, err := fmt.Fprintf(t.out, "\n%s\n", columns(lines)); err != nil {
			return err
		}
	}
	for _, n := range t.grid.notes(t.results) {
		if _, err := fmt.Fprintln(t.out, n); err != nil {
			return err
		}
	}
	return nil
}

// printHeader says where we are and who is here.
func printHeader(w io.Writer, r report) error {
	var b strings.Builder
	fmt.Fprintln(&b, r.machine)
	if d := r.machine.Processor.details(); d != "" {
		fmt.Fprintf(&b, "  %s\n", d)
	}
	absent := false
	for _, c := range r.identities {
		fmt.Fprintf(&b, "  %-12s  %s\n", c.Name, c.state())
		absent = absent || c.Absent != ""
	}
	if absent && withPeers {
		b.WriteString("bench/install-peers.sh installs who is absent.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %s, %s, %s, %s", m.Processor, count(m.Cores, "core"), m.System, m.Go, m.Date)
}

// short is what a picture has room for.
func (m machine) short() string {
	return fmt.Sprintf("%s, %s, %s", m.Processor, count(m.Cores, "core"), m.Date)
}

func (c identity) state() string {
	if c.Absent != "" {
		return "absent: " + c.Absent
	}
	return c.Version
}
