package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := writeJSON(&b, madeReport()); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Machine struct{ Processor processor }
		Groups  []groupSummary
		Rows    []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	if file.Machine.Processor.Name != "a processor" {
		t.Errorf("the machine is %+v", file.Machine)
	}
	if len(file.Groups) != 3 || file.Groups[0].Cases != 2 || *file.Groups[0].Ratio != 2 {
		t.Errorf("the groups are %+v", file.Groups)
	}
	if len(file.Rows) != 16 {
		t.Fatalf("%d rows", len(file.Rows))
	}
	for key, want := range map[string]any{
		"bench": "map", "case": "exp", "threads": 1.0, "implementation": ourName, "median_s": 1e-3, "rate": 1.0,
		"unit": "Gelem/s", "ratio_to_best_peer": 2.0, "fraction_of_limit": 0.5, "best_peer": "fast",
	} {
		if got := file.Rows[0][key]; got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	if away := file.Rows[3]; away["median_s"] != nil || away["absent"] != "it is not | here" {
		t.Errorf("the absent one is %v", away)
	}
}

func TestTables(t *testing.T) {
	var text, markdown bytes.Buffer
	table := textTable{out: &text}
	for _, r := range madeReport().results[:2] {
		if err := table.add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.end(); err != nil {
		t.Fatal(err)
	}
	if err := writeMarkdown(&markdown, madeReport()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"map, 1 thread, in Gelem/s", "2.00 (2.00–2.00)", "all        2                2.00  2.00 (exp)     2 of 2      50 %  50 % (exp)",
		"copy bandwidth, GB/s: 16.0", "absent: away: it is not | here",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
	for _, want := range []string{
		"Processor: L1 32 KiB.", "| all | 2 | 2.00 | 2.00 (exp) | 2 of 2 | 50 % | 50 % (exp) |", "**map, 1 thread, in Gelem/s**", "**map, 2 threads, in Gelem/s**", "**adam, 1 thread, in Gelem/s**",
		"| exp | 1.00 ms | 1.00 | 50 % | 2.00 (2.00–2.00) | fast | 0.250 | 0.500 | – |", `it is not \| here`,
	} {
		if !strings.Contains(markdown.String(), want) {
			t.Errorf("%q is not in\n%s", want, &markdown)
		}
	}
	// A bench without peers has dashes.
	alone := made("map", "exp", 1)
	alone.scores = alone.scores[:1]
	if line := newGrid(alone).line(alone); line[4] != none || line[5] != none {
		t.Errorf("without peers: %v", line)
	}
}

func TestDuration(t *testing.T) {
	for s, want := range map[float64]string{
		2: "2.00 s", 0.9999: "1.00 s", 1.5e-3: "1.50 ms", 123.4e-6: "123 µs", 99.96e-6: "100 µs", 5e-9: "5.00 ns",
	} {
		if got := duration(s); got != want {
			t.Errorf("duration(%v) = %q, want %q", s, got, want)
		}
	}
}

func TestPicture(t *testing.T) {
	for name, r := range map[string]report{"some": madeReport(), "none": {}} {
		var b bytes.Buffer
		if err := writePNG(&b, r); err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(&b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
