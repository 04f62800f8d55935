package vae

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset/table"
)

// testColumns are 15 numbers: 12 columns of numbers, and a word of three.
func testColumns() *table.Columns {
	c := &table.Columns{Missing: table.Mask, Except: []string{"id"}}
	for i := range 12 {
		c.Columns = append(c.Columns, table.Column{Name: fmt.Sprint("column \"", i, "\""), Shift: 0.1 * float64(i), Scale: 1 / 3.0, Mean: []float64{0}})
	}
	c.Columns = append(c.Columns, table.Column{Name: "ü", Words: []string{"a", "b", "c"}, Mean: []float64{0.25, 0.25, 0.5}})
	return c
}

// TestColumnsAreKept in the model's file, in the state of a training, and for inference.
func TestColumnsAreKept(t *testing.T) {
	m := newTestModel(t, kinds(3, 5)["gaussian"], 1)
	without := encoded(t, m)
	columns := testColumns()
	if err := m.SetColumns(columns); err != nil {
		t.Fatal(err)
	}
	thresholds := []Threshold{{ErrorScore, 0.99, 1.0 / 3, 100}, {ELBOScore, 0.99, -7, 100}}
	if err := m.SetThresholds(thresholds...); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state")
	if err := m.SaveState(path); err != nil {
		t.Fatal(err)
	}
	state, err := LoadState(path, engine())
	if err != nil {
		t.Fatal(err)
	}
	read := good(Read(bytes.NewReader(encoded(t, m)), engine()))
	for name, b := range map[string]*beside{"read": &read.beside, "state": &state.beside, "inference": &m.Inference(0).beside} {
		if !reflect.DeepEqual(b.Columns(), columns) || !reflect.DeepEqual(b.Thresholds(), thresholds) {
			t.Errorf("%s: %+v, %+v", name, b.Columns(), b.Thresholds())
		}
	}
	plain := good(Read(bytes.NewReader(without), engine()))
	if plain.Columns() != nil || plain.Thresholds() != nil {
		t.Error("a model without columns has some")
	}
	if bytes.Contains(without, []byte("columns")) || bytes.Contains(without, []byte("thresholds")) {
		t.Error("the file of a model without columns speaks of them")
	}
}

func TestBadColumns(t *testing.T) {
	m := newTestModel(t, kinds(3, 5)["gaussian"], 1)
	few := testColumns()
	few.Columns = few.Columns[1:]
	wrong := testColumns()
	wrong.Columns[0].Scale = 0
	long := testColumns()
	long.Columns[0].Name = strings.Repeat("x", maxColumns)
	for want, c := range map[string]*table.Columns{
		"columns of 14 numbers for a model of 15": few, "column \"column": wrong, "which has room for": long, "0 columns": {},
	} {
		if err := m.SetColumns(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, bad := range []Threshold{
		{"loss", 0.9, 1, 1}, {ErrorScore, 0, 1, 1}, {ErrorScore, 1.1, 1, 1}, {ErrorScore, math.NaN(), 1, 1},
		{ErrorScore, 0.9, math.Inf(1), 1}, {ErrorScore, 0.9, 1, 0},
	} {
		if err := m.SetThresholds(bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	if m.Columns() != nil || m.Thresholds() != nil {
		t.Error("the model has what was refused")
	}
	// What a file says is not believed.
	m.beside = beside{testColumns(), []Threshold{{ErrorScore, 0.9, 1, 1}}}
	file := encoded(t, m)
	for from, to := range map[string]string{
		`\"mean\":[0.25,0.25,0.5]`: `\"mean\":[0.25,0.25]    `,
		`\"missing\":\"mask\"`:     `\"missing\":\"must\"`,
		`\"value\":1`:              `\"valve\":1`,
		`\"words\":[\"a\"`:         `\"words\":[\"d\"`,
		`\"name\":\"ü\"`:           `\"nome\":\"ü\"`,
	} {
		forged := bytes.Replace(file, []byte(from), []byte(to), 1)
		if bytes.Equal(forged, file) {
			t.Fatalf("the file has no %s", from)
		}
		if _, err := Read(bytes.NewReader(forged), engine()); err == nil || !strings.Contains(err.Error(), "metadata: ") {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// TestThreshold: of the scores 1 to n, the quantile q is the least that q·n are not above.
func TestThreshold(t *testing.T) {
	for _, c := range []struct {
		n        int
		quantile float64
		want     float64
	}{{100, 0.99, 99}, {100, 1, 100}, {100, 0.001, 1}, {10, 0.95, 10}, {10, 0.5, 5}, {1, 0.5, 1}, {200, 0.995, 199}} {
		var scores []float64
		for i := c.n; i > 0; i-- {
			scores = append(scores, float64(i))
		}
		if got := NewThreshold(ErrorScore, scores, c.quantile); got != (Threshold{ErrorScore, c.quantile, c.want, c.n}) {
			t.Errorf("%+v, want %v", got, c.want)
		}
	}
	text, _ := json.Marshal(Threshold{ELBOScore, 0.99, 1.5, 7})
	if want := `{"score":"elbo","quantile":0.99,"value":1.5,"rows":7}`; string(text) != want {
		t.Errorf("%s, want %s", text, want)
	}
}
