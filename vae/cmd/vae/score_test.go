package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// sensorModel trains a model on sensors, once for a test.
func sensorModel(t *testing.T, more ...string) string {
	t.Helper()
	out := t.TempDir()
	must(t, append(quick(sensorFile(t, 700), out, "-epochs", "60"), more...)...)
	return filepath.Join(out, modelName)
}

func csvRows(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestScoreTable: scores are those of the library, keyed as is wanted, with the columns
// that add most; anomalies have the larger ones, and are called so above the threshold.
func TestScoreTable(t *testing.T) {
	model, data := sensorModel(t), sensorFile(t, 700)
	score := func(more ...string) string {
		stdout, _ := must(t, append([]string{"score", "-checkpoint", model, "-data", data}, more...)...)
		return stdout
	}
	m, err := vae.Load(model, kernels.New(kernels.Default(), 1))
	if err != nil {
		t.Fatal(err)
	}
	rows := csvRows(t, score("-id", "id", "-top", "2"))
	if got := strings.Join(rows[0], " "); got != "id score anomaly top_1 adds_1 top_2 adds_2" || len(rows) != 701 {
		t.Fatalf("%s, and %d rows", got, len(rows))
	}
	columns, cells := m.Columns(), csvRows(t, sensors(700))
	order, err := columns.Order(cells[0])
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, row := range rows[1:] {
		x, want := make([]float32, columns.Width()), make([]float64, 1)
		if err := columns.Apply(x, textCells(cells[i+1]), order); err != nil {
			t.Fatal(err)
		}
		if err := m.Score(want, nil, x, vae.ScoreOptions{Score: vae.ELBOScore}); err != nil {
			t.Fatal(err)
		}
		got, err := strconv.ParseFloat(row[1], 64)
		if err != nil || got != want[0] || row[0] != fmt.Sprint("r", i) || row[2] != fmt.Sprint(got > m.Thresholds()[1].Value) {
			t.Fatalf("row %d is %v, want a score of %v", i, row, want[0])
		}
		if i%20 == 10 && (row[3] == "pressure, bar" || row[5] == "pressure, bar") {
			found++
		}
	}
	if found < 24 {
		t.Errorf("the pressure is blamed for %d of 35 anomalies", found)
	}
	if again := score("-id", "id", "-top", "2", "-threads", "1"); !slices.EqualFunc(csvRows(t, again), rows, slices.Equal) {
		t.Error("one thread scores otherwise")
	}

	var lines []scoreLine
	for line := range strings.Lines(score("-format", "json", "-top", "1", "-limit", "3", "-score", "error")) {
		var l scoreLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if len(lines) != 3 || lines[2].Row != 2.0 || lines[2].Anomaly == nil || len(lines[2].Top) != 1 || !(lines[2].Score > 0) {
		t.Errorf("JSON lines %+v", lines)
	}
	if rows := csvRows(t, score("-k", "5", "-limit", "2")); len(rows) != 3 || len(rows[0]) != 2 {
		t.Errorf("a bound: %v", rows)
	}
	if rows := csvRows(t, score("-threshold", "-1e9", "-limit", "2")); rows[1][2] != "true" {
		t.Errorf("above a threshold: %v", rows)
	}

	// With labels, and in a picture.
	dir := t.TempDir()
	stdout, _ := must(t, "score", "-checkpoint", model, "-data", data, "-label", "class", "-out", filepath.Join(dir, "s.csv"), "-plot", filepath.Join(dir, "s.png"))
	if !strings.Contains(stdout, "700 rows, 35 of them anomalies by their label\nROC-AUC            0.9") || !strings.Contains(stdout, "\nF1 ") {
		t.Error(stdout)
	}
	if got := size(t, filepath.Join(dir, "s.png")); got.X < 1400 || got.Y < 400 {
		t.Errorf("a picture of %v", got)
	}
	_, stderr := must(t, "score", "-checkpoint", model, "-data", data, "-label", "site=Oslo", "-plot", filepath.Join(dir, "t.png"))
	if !strings.Contains(stderr, "ROC-AUC            0.") || !strings.Contains(stderr, "wrote ") {
		t.Error(stderr)
	}
}

func textCells(words []string) (row []table.Cell) {
	for _, w := range words {
		row = append(row, table.Text(w))
	}
	return row
}

// TestScoreOrder: neither the order of columns nor that of rows, nor how they come, makes
// another score.
func TestScoreOrder(t *testing.T) {
	model := sensorModel(t)
	cells := csvRows(t, sensors(300))
	scores := func(in string, more ...string) map[string]string {
		t.Helper()
		status, stdout, stderr := vaeIn(in, append([]string{"score", "-checkpoint", model, "-id", "id"}, more...)...)
		if status != 0 {
			t.Fatal(stderr)
		}
		all := map[string]string{}
		for _, row := range csvRows(t, stdout)[1:] {
			all[row[0]] = row[1]
		}
		return all
	}
	text := func(rows [][]string) string {
		var b strings.Builder
		w := csv.NewWriter(&b)
		w.WriteAll(rows)
		return b.String()
	}
	want := scores(text(cells))
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, []byte(text(cells)))
	var turned [][]string
	for i := range cells {
		j := i
		if i > 0 {
			j = len(cells) - i
		}
		row := slices.Clone(cells[j])
		slices.Reverse(row)
		turned = append(turned, row)
	}
	for name, got := range map[string]map[string]string{"a file": scores("", "-data", path), "turned round": scores(text(turned))} {
		for id, v := range want {
			if got[id] != v {
				t.Fatalf("%s: %s has the score %s, and %s", name, id, got[id], v)
			}
		}
	}
	// Without names, in the model's order.
	var bare strings.Builder
	for _, row := range cells[1:4] {
		fmt.Fprintln(&bare, strings.Join(row[1:5], ","))
	}
	status, stdout, stderr := vaeIn(bare.String(), "score", "-checkpoint", model, "-header", "no")
	if rows := csvRows(t, stdout); status != 0 || rows[1][1] != want["r0"] || rows[3][1] != want["r2"] {
		t.Errorf("without names: %s%s", stdout, stderr)
	}
}

// TestScoreLive: a line is out as soon as its row is in.
func TestScoreLive(t *testing.T) {
	model := sensorModel(t, "-epochs", "1")
	for command, header := range map[string]string{
		"score":       "row,score,anomaly\n",
		"reconstruct": "row,temperature,\"pressure, bar\",flow,site\n",
	} {
		linesAtOnce(t, header, command, "-checkpoint", model)
	}
}

// linesAtOnce runs a command of rows, which is to answer each as it comes.
func linesAtOnce(t *testing.T, header string, args ...string) {
	lines := strings.SplitAfter(sensors(4), "\n")
	p := newProcess(t, args...)
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout = nil
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start(t)
	r := bufio.NewReader(out)
	io.WriteString(in, lines[0])
	for i := range 4 {
		if i == 0 {
			if line, err := r.ReadString('\n'); err != nil || line != header {
				t.Fatalf("%q, %v", line, err)
			}
		}
		io.WriteString(in, lines[i+1])
		if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, fmt.Sprintf("%d,", i)) {
			t.Fatalf("%q, %v", line, err)
		}
	}
	in.Close()
	if status := p.wait(t); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr.String())
	}
}

// TestScoreMasked: a row with gaps has a score where the model was trained so.
func TestScoreMasked(t *testing.T) {
	model := sensorModel(t, "-missing", "mask", "-epochs", "2")
	status, stdout, stderr := vaeIn("temperature,\"pressure, bar\",flow,site\n25,,150,\n,,,\n", "score", "-checkpoint", model)
	if rows := csvRows(t, stdout); status != 0 || len(rows) != 3 {
		t.Errorf("%s%s", stdout, stderr)
	}
}

// TestScoreImages: images have scores, too, and a threshold where train was told a quantile.
func TestScoreImages(t *testing.T) {
	data := smallData(t)
	for _, kind := range []string{"vae", "ae"} {
		model := tinyModel(t, data, "-quantile", "0.9", "-model", kind)
		stdout, stderr := must(t, "score", "-checkpoint", model, "-data", data, "-top", "2")
		rows := csvRows(t, stdout)
		alarms := 0
		for _, row := range rows[1:] {
			if row[2] == "true" {
				alarms++
			}
		}
		if len(rows) != 65 || len(rows[1]) != 7 || alarms != 6 || stderr != "" { // the threshold is the 58th of 64
			t.Errorf("%s: %d rows, %v, %d alarms, %s", kind, len(rows), rows[1], alarms, stderr)
		}
	}
	model := tinyModel(t, data)
	if _, stderr := must(t, "score", "-checkpoint", model, "-data", data, "-limit", "1"); !strings.Contains(stderr, "has no threshold of the score elbo") {
		t.Error(stderr)
	}
	bad(t, "-id and -label are for tables", "score", "-checkpoint", model, "-id", "x")
}

func TestBadScores(t *testing.T) {
	data := sensorFile(t, 100)
	model, ae := sensorModel(t, "-epochs", "1"), sensorModel(t, "-epochs", "1", "-model", "ae")
	images := smallData(t)
	dir := t.TempDir()
	file := func(text string) string {
		path := filepath.Join(dir, fmt.Sprintf("%x.csv", len(text)))
		write(t, path, []byte(text))
		return path
	}
	const head = "temperature,\"pressure, bar\",flow,site\n"
	for want, args := range map[string][]string{
		"-k is for a vae":                                                    {"-data", data, "-checkpoint", ae, "-k", "3"},
		"-k and -score: want one of them":                                    {"-data", data, "-k", "3", "-score", "error"},
		"there is no column \"x\"":                                           {"-data", data, "-id", "x"},
		"there is no column \"y\"":                                           {"-data", data, "-label", "y=1"},
		"-threshold \"high\": want a number":                                 {"-data", data, "-threshold", "high"},
		"is a folder, but the model is of a table":                           {"-data", images},
		"the column \"site\" is missing, which the model has":                {"-data", file("temperature,\"pressure, bar\",flow\n1,2,3\n")},
		"the column \"extra\" is not the model's":                            {"-data", file(head[:len(head)-1] + ",extra\n1,2,3,Rome,5\n")},
		"line 3: column \"flow\": \"fast\" is no number":                     {"-data", file(head + "1,2,3,Rome\n1,2,fast,Rome\n")},
		"line 2: column \"site\": \"Bern\" is none of its words":             {"-data", file(head + "1,2,3,Bern\n")},
		"line 2: column \"pressure, bar\": a cell is missing":                {"-data", file(head + "1,,3,Rome\n")},
		"the first row has no names, but the model's columns have (\"temper": {"-data", file("1,2,3,Rome\n")},
		"line 2: column \"temperature\": the label":                          {"-data", data, "-label", "temperature"},
		"no such file":               {"-data", "nowhere.csv"},
		"-plot: there are no scores": {"-data", file(head), "-plot", filepath.Join(dir, "p.png")},
		"s.jpg: what is written is a PNG; let its name end in .png": {"-data", data, "-plot", filepath.Join(dir, "s.jpg")},
		"what is written is a CSV or JSON":                          {"-data", data, "-out", filepath.Join(dir, "s.png")},
	} {
		status, _, stderr := vaeRun(append([]string{"score", "-checkpoint", model}, args...)...)
		if stderr = notes.ReplaceAllString(stderr, ""); status != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("score %q: status %d, %q, want %q", args, status, stderr, want)
		}
	}
	bad(t, "is for images: vae score reads tables", "traverse", "-checkpoint", model)

	far := file(head + strings.Repeat("1,2,3,Rome\n", 300) + "1e37,2,3,Rome\n1,2,3,Rome\n")
	status, stdout, stderr := vaeRun("score", "-checkpoint", model, "-data", far)
	if status != 1 || stdout == "" || !strings.Contains(stderr, model+": row 300: the outputs are not finite") {
		t.Errorf("far away: status %d, %s", status, stderr)
	}
}

// TestDetection: figures worked out by hand; the first are those of scikit-learn's
// documentation.
func TestDetection(t *testing.T) {
	for _, c := range []struct {
		scores           []float64
		labels           []bool
		auc, average, f1 float64
	}{
		{[]float64{0.1, 0.4, 0.35, 0.8}, []bool{false, false, true, true}, 0.75, 0.5 + 0.5*2/3, 0.8},
		{[]float64{1, 1, 2, 2}, []bool{false, true, false, true}, 0.5, 0.5, 2.0 / 3},
		{[]float64{3, 2, 1}, []bool{true, false, false}, 1, 1, 0.5},
		{[]float64{1, 2, 3}, []bool{true, false, false}, 0, 1.0 / 3, 0.5},
		{[]float64{5, 5, 5, 5}, []bool{true, false, false, false}, 0.5, 0.25, 0.4},
	} {
		d := detect(c.scores, c.labels, 0.3)
		for name, v := range map[string][2]float64{"AUC": {d.auc, c.auc}, "average precision": {d.average, c.average}, "F1": {d.f1, c.f1}} {
			if !(math.Abs(v[0]-v[1]) < 1e-12) {
				t.Errorf("%v: %s is %v, want %v", c.scores, name, v[0], v[1])
			}
		}
	}
	if d := detect([]float64{1, 2}, []bool{false, true}, math.NaN()); d.alarms != 0 || strings.Contains(d.text(math.NaN()), "F1") {
		t.Errorf("without a threshold: %+v", d)
	}
}
