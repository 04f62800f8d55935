package main

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae"
)

// TestStepMarks: an epoch of any length has at most so many marks, one of each of as many
// steps as can be, the last step included.
func TestStepMarks(t *testing.T) {
	for _, c := range []struct {
		rows, batch, marks int
		text               string // of the last step
	}{
		{1, 1, 1, "step 1 of 1"}, {256, 128, 2, "step 2 of 2"}, {60000, 128, 469, "step 469 of 469"}, {512, 1, 512, "step 512 of 512"},
		{513, 1, 257, "step 513 of 513"}, {514, 1, 257, "one of the steps 513 to 514 of 514"}, {60000, 64, 469, "one of the steps 937 to 938 of 938"},
		{60000, 1, 469, "one of the steps 59905 to 60000 of 60000"},          // 128 share one
		{10_000_000, 64, 306, "one of the steps 156161 to 156250 of 156250"}, // and here 512
	} {
		s := stepMarks{c.rows, c.batch}
		var marks []byte
		shared := 0 // steps since the last mark
		for rows := 0; rows < c.rows; {
			rows = min(rows+c.batch, c.rows)
			p := vae.Progress{Images: rows, Loss: vae.Loss{Reconstruction: float64(rows)}}
			before := len(marks)
			marks = s.add(marks, p)
			if shared++; len(marks) > before {
				if rows < c.rows && shared != s.stride() {
					t.Fatalf("%+v: %d steps share the mark after %d rows", s, shared, rows)
				}
				shared = 0
			}
			if rows == c.rows && s.text(p) != c.text {
				t.Errorf("%+v: the last is %q, want %q", s, s.text(p), c.text)
			}
		}
		if len(marks) != 2*c.marks || s.bytes() != len(marks) || shared != 0 {
			t.Errorf("%+v: %d bytes of marks, said to be %d, want %d; %d steps after the last", s, len(marks), s.bytes(), 2*c.marks, shared)
		}
		if s.add(marks[:len(marks)-2], vae.Progress{Images: c.rows}) == nil || s.add(marks, vae.Progress{Images: c.rows}) != nil {
			t.Errorf("%+v: marks are added where they don't belong", s)
		}
	}
}

// TestVerifyNamesTheStep: of runs that differ from a step on, the loss is another in the one
// after it.
func TestVerifyNamesTheStep(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	must(t, append(tiny(data, out, "-batch", "16", "-milestones", "1", "-factor", "0.5"), "-epochs", "3")...)
	path := filepath.Join(out, documentName)
	document := string(read(t, path))
	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(epoch, at int) string { // a byte of its marks
		old, marks := d.Epochs[epoch-1].Steps, append([]byte(nil), d.Epochs[epoch-1].Steps...)
		if len(marks) != 2*16 {
			t.Fatalf("%d bytes of marks", len(marks))
		}
		marks[at] ^= 1
		text := base64.StdEncoding.EncodeToString
		return strings.Replace(document, text(old), text(marks), 1)
	}
	zeros := strings.Repeat("0", 64)
	older := regexp.MustCompile(`,"steps":"[^"]*"`).ReplaceAllString
	for _, c := range []struct{ document, want string }{
		// The rate is halved after an epoch in one run, and after two in the other.
		{strings.Replace(document, `"milestones": "1"`, `"milestones": "2"`, 1), "epoch 2 differs from step 2 of 16 on: "},
		{strings.Replace(document, `"lr": "0.001"`, `"lr": "0.0011"`, 1), "epoch 1 differs from step 2 of 16 on: "},
		{changed(1, 1), "epoch 1 differs from step 1 of 16 on: "},
		{changed(3, 16), "epoch 3 differs from step 9 of 16 on: "},
		{changed(3, 31), "epoch 3 differs from step 16 of 16 on: "},
		{strings.Replace(document, d.Epochs[1].Optimizer, zeros, 1), "of those from epoch 1 on; the losses of its steps are the same\n"},
		{strings.Replace(older(document, ""), d.Epochs[1].Optimizer, zeros, 1), "it is the first that does, of those from epoch 1 on\n"},
		{strings.Replace(document, `"steps":"`, `"steps":"AAAA`, 1), "epoch 1 has 35 bytes for its steps, but they take 32: it is not"},
	} {
		write(t, path, []byte(c.document))
		status, stdout, stderr := vaeRun("verify", out)
		lines := strings.SplitAfter(strings.TrimSuffix(stderr, "\n"), "\n")
		if last := lines[len(lines)-1] + "\n"; status != 1 || stdout != "" || !strings.HasPrefix(last, "vae: ") || !strings.Contains(last, c.want) {
			t.Errorf("status %d, %s%s\nwant %s", status, stdout, stderr, c.want)
		}
	}
	for _, document := range []string{document, older(document, ""), older(document, `,"steps":""`)} {
		write(t, path, []byte(document))
		must(t, "verify", out)
	}
}

// TestOlderRun: a run that an older program has left within an epoch, without marks, goes on:
// that epoch has none, and those after it have.
func TestOlderRun(t *testing.T) {
	out := t.TempDir()
	r := trainedUntil(t, 27, append(tiny(smallData(t), out, "-batch", "16"), "-epochs", "4")...)
	if _, err := r.finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(out, documentName)
	document := string(read(t, path))
	if strings.Count(document, `"steps": "`) != 1 || strings.Count(document, `"steps":"`) != 1 {
		t.Fatalf("this is no run that stands within its second epoch: %s", document)
	}
	write(t, path, []byte(regexp.MustCompile(`,\s*"steps": ?"[^"]*"`).ReplaceAllString(document, "")))
	must(t, "train", "-resume", out)
	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, e := range d.Epochs {
		got = append(got, len(e.Steps))
	}
	if fmt.Sprint(got) != "[0 0 32 32]" {
		t.Errorf("bytes of marks %v", got)
	}
	must(t, "verify", out)
}
