package main

import (
	"fmt"
	"io"
	"strings"
)

// writeMarkdown writes the tables, and who took part.
func writeMarkdown(w io.Writer, r report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; set `%s`; medians of %s.\n", r.machine, r.machine.Set, count(r.rounds, "round"))
	if d := r.machine.Processor.details(); d != "" {
		fmt.Fprintf(&b, "\nProcessor: %s.\n", escape(d))
	}
	for _, rs := range r.tables() {
		g := newGrid(rs[0])
		fmt.Fprintf(&b, "\n**%s**\n\n", g.title)
		line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
		line(g.head)
		fmt.Fprintf(&b, "|---|%s\n", strings.Repeat("---:|", len(g.head)-1))
		for _, x := range rs {
			line(g.line(x))
		}
		b.WriteString("\n")
		if lines := groupLines(rs); lines != nil {
			line(lines[0])
			fmt.Fprintf(&b, "|---|%s\n", strings.Repeat("---:|", len(lines[0])-1))
			for _, cells := range lines[1:] {
				line(cells)
			}
			b.WriteString("\n")
		}
		for _, n := range g.notes(rs) {
			fmt.Fprintf(&b, "- %s\n", escape(n))
		}
	}
	b.WriteString("\n| implementation | version |\n|---|---|\n")
	for _, c := range r.identities {
		fmt.Fprintf(&b, "| %s | %s |\n", c.Name, escape(c.state()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// escape keeps what a library said from being taken for markup.
func escape(s string) string {
	return strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`, "_", `\_`, "\n", " ").Replace(s)
}
