package main

import (
	"bytes"
	"encoding/csv"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset/digits"
)

// TestMap: the points of a code of two components are the code, those of a longer one
// its principal components; labels are those of the images, where there are any.
func TestMap(t *testing.T) {
	data, dir := smallData(t), t.TempDir()
	picture, table := filepath.Join(dir, "m.png"), filepath.Join(dir, "m.csv")
	points := func(args ...string) [][]string {
		t.Helper()
		must(t, append([]string{"map", "-out", picture, "-csv", table}, args...)...)
		if got := size(t, picture); got.X < 800 || got.Y < 800 {
			t.Errorf("a picture of %v", got)
		}
		rows, err := csv.NewReader(bytes.NewReader(read(t, table))).ReadAll()
		if err != nil || strings.Join(rows[0], ",") != "index,label,x,y" {
			t.Fatal(rows, err)
		}
		return rows[1:]
	}
	model := tinyModel(t, data)
	codes, _ := must(t, "encode", "-data", data, "-checkpoint", model)
	rows, err := csv.NewReader(strings.NewReader(codes)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range points("-data", data, "-checkpoint", model) {
		if want := rows[i+1]; p[0] != want[0] || p[1] != "" || p[2] != want[1] || p[3] != want[2] {
			t.Fatalf("point %v, code %v", p, want)
		}
	}

	s, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	model = tinyModel(t, data, "-latent", "5", "-model", "ae")
	var squares, products [2]float64
	got := points("-checkpoint", model, "-limit", "200")
	if len(got) != 200 {
		t.Errorf("%d points", len(got))
	}
	for i, p := range got {
		if p[1] != strconv.Itoa(int(s.Test.Labels[i])) {
			t.Fatalf("image %d has the label %s, want %d", i, p[1], s.Test.Labels[i])
		}
		x, _ := strconv.ParseFloat(p[2], 64)
		y, _ := strconv.ParseFloat(p[3], 64)
		squares[0] += x * x
		squares[1] += y * y
		products[0] += x * y
	}
	if !(squares[0] >= squares[1] && math.Abs(products[0]) < 1e-3*squares[0]) {
		t.Errorf("axes of %v, which share %v", squares, products[0])
	}
	bad(t, "its code has one component, which is no plane; vae traverse shows it", "map", "-data", data, "-checkpoint", tinyModel(t, data, "-latent", "1"), "-out", picture)
}
