package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

func testModel(t *testing.T, c vae.Config) *vae.Model {
	t.Helper()
	m, err := vae.New(c, kernels.New(kernels.Default(), 2), 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// imageModel is one of images of 4×3, and tableModel one of a table with a column of
// numbers, one of logarithms and one of words, whose cells may be missing.
func imageModel(t *testing.T, kind vae.Kind) *vae.Model {
	return testModel(t, vae.DenseConfig(kind, vae.Shape{Height: 4, Width: 3, Channels: 1}, []int{7}, 2))
}

func tableModel(t *testing.T) *vae.Model {
	c := vae.DenseConfig(vae.VAE, vae.Flat(4), []int{7}, 2)
	c.Likelihood = vae.Gaussian{Variance: 0.5}
	m := testModel(t, c)
	columns := &table.Columns{Missing: table.Mask, Except: []string{"id"}, Columns: []table.Column{
		{Name: "a \"b\"", Shift: 2, Scale: 4, Mean: []float64{0}},
		{Name: "size", Log: true, Scale: 1, Mean: []float64{0}},
		{Name: "state", Words: []string{"off", "on"}, Mean: []float64{0.5, 0.5}},
	}}
	if err := m.SetColumns(columns); err != nil {
		t.Fatal(err)
	}
	if err := m.SetThresholds(vae.Threshold{Score: vae.ErrorScore, Quantile: 0.9, Value: 0.5, Rows: 10}); err != nil {
		t.Fatal(err)
	}
	return m
}

// hugeModel is imageModel with weights of 1e30.
func hugeModel(t *testing.T) *vae.Model {
	var file bytes.Buffer
	if _, err := imageModel(t, vae.VAE).WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	b := file.Bytes()
	for weights := b[8+binary.LittleEndian.Uint64(b):]; len(weights) > 0; weights = weights[4:] {
		binary.LittleEndian.PutUint32(weights, math.Float32bits(1e30))
	}
	m, err := vae.Read(bytes.NewReader(b), kernels.New(kernels.Default(), 1))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func testServer(t *testing.T, m *vae.Model, maxBody int64, timeout time.Duration) (*httptest.Server, *server) {
	t.Helper()
	s, err := newServer(m, 2, maxBody, timeout)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.handler())
	t.Cleanup(h.Close)
	return h, s
}

// asked is the answer to a request; with a body it is a POST.
func asked(t *testing.T, url, body string) (status int, text string) {
	t.Helper()
	var r *http.Response
	var err error
	if body == "" {
		r, err = http.Get(url)
	} else {
		r, err = http.Post(url, "application/x-www-form-urlencoded", strings.NewReader(body)) // as curl -d has it
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func answered[T any](t *testing.T, url, body string) (answer T) {
	t.Helper()
	status, text := asked(t, url, body)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d, %s", url, status, text)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&answer); err != nil {
		t.Fatalf("%s: %v in %s", url, err, text)
	}
	return answer
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// TestServe compares answers with what the model says, bit for bit, on many goroutines.
func TestServe(t *testing.T) {
	for _, kind := range []vae.Kind{vae.VAE, vae.AE} {
		m := imageModel(t, kind)
		const n = 3
		x := make([]float32, 12*n)
		for i := range x {
			x[i] = float32(i%7) / 7
		}
		mu, logvar, _ := m.Encode(x)
		made, _ := m.Reconstruct(x)
		scores := map[vae.Score][]float64{vae.ELBOScore: nil, vae.ErrorScore: nil}
		if kind == vae.VAE {
			scores[vae.BoundScore] = nil
		}
		options := func(s vae.Score) vae.ScoreOptions {
			if s == vae.BoundScore {
				return vae.ScoreOptions{Score: s, Samples: 5, Seed: 3}
			}
			return vae.ScoreOptions{Score: s}
		}
		terms := make([]float32, len(x))
		for s := range scores {
			scores[s] = make([]float64, n)
			if err := m.Score(scores[s], terms, x, options(s)); err != nil {
				t.Fatal(err)
			}
		}
		h, _ := testServer(t, m, 1<<20, time.Minute)
		rows := func(x []float32, width int) (all [][]float32) {
			for ; len(x) > 0; x = x[width:] {
				all = append(all, x[:width])
			}
			return all
		}
		body := jsonOf(map[string]any{"rows": rows(x, 12)})
		type codes struct{ Mu, Logvar [][]float32 }
		type images struct{ Rows [][]float32 }
		type scoredRows struct {
			Score string
			Rows  []scored
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if got, want := answered[codes](t, h.URL+"/encode", body), (codes{rows(mu, 2), rows(logvar, 2)}); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: codes %v, want %v", kind, got, want)
				}
				if got, want := answered[images](t, h.URL+"/reconstruct", body), (images{rows(made, 12)}); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: reconstructions %v, want %v", kind, got, want)
				}
				if got, want := answered[images](t, h.URL+"/decode", jsonOf(map[string]any{"codes": rows(mu, 2)})), (images{rows(made, 12)}); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: decoded %v, want %v", kind, got, want)
				}
				for s, want := range scores {
					o := options(s)
					got := answered[scoredRows](t, h.URL+"/score", jsonOf(map[string]any{"rows": rows(x, 12), "score": s, "samples": o.Samples, "seed": o.Seed}))
					for i, v := range want {
						if got.Score != string(s) || len(got.Rows) != n || got.Rows[i].Score != v || got.Rows[i].Anomaly != nil || got.Rows[i].Top != nil {
							t.Errorf("%s: %s of row %d: %+v, want %v", kind, s, i, got, v)
						}
					}
				}
			})
		}
		group.Wait()
		if got := answered[scoredRows](t, h.URL+"/score", body); got.Rows[1].Score != scores[vae.ELBOScore][1] {
			t.Errorf("%s: without a kind of score: %+v", kind, got)
		}
		about := answered[modelAnswer](t, h.URL+"/model", "")
		if about.Kind != kind || about.Weights != m.WeightsSHA256() || !reflect.DeepEqual(about.Input, []int{4, 3, 1}) || len(about.Scores) != len(scores) {
			t.Errorf("%s: the model is %+v", kind, about)
		}
		if status, text := asked(t, h.URL+"/health", ""); status != 200 || !strings.Contains(text, `"status":"ok"`) {
			t.Errorf("health %d, %s", status, text)
		}
		for path, kind := range map[string]string{"/": "text/html", "/serve.js": "text/javascript", "/serve.css": "text/css"} {
			r, err := http.Get(h.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), kind) || !strings.Contains(r.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s: %v", path, r.Header)
			}
		}
	}
}

// TestServeTable has rows in the units of a table.
func TestServeTable(t *testing.T) {
	m := tableModel(t)
	h, _ := testServer(t, m, 1<<20, time.Minute)
	x := []float32{1, float32(math.Log(5)), 0, 1, 0, 0, 1, 0} // of the second row the encoder sees 0 for two cells
	mu, _, _ := m.Encode(x)
	type codes struct{ Mu, Logvar [][]float32 }
	for _, rows := range []string{
		`[[6, 5, "on"], [null, null, "off"]]`,
		`[{"state": "on", "size": 5, "a \"b\"": 6, "id": "x"}, {"size": null, "state": "off", "a \"b\"": null}]`,
		`[[6, "5", "on"], ["", "NA", "off"]]`,
	} {
		if got := answered[codes](t, h.URL+"/encode", `{"rows":`+rows+"}"); !reflect.DeepEqual(got.Mu, [][]float32{mu[:2], mu[2:]}) {
			t.Errorf("%s: codes %v, want %v", rows, got.Mu, mu)
		}
	}
	nan := float32(math.NaN())
	x[4], x[5] = nan, nan
	want, terms := make([]float64, 2), make([]float32, 8)
	if err := m.Score(want, terms, x, vae.ScoreOptions{Score: vae.ErrorScore, Missing: true}); err != nil {
		t.Fatal(err)
	}
	status, text := asked(t, h.URL+"/score", `{"rows":[[6,5,"on"],[null,null,"off"]],"score":"error","top":9}`)
	var got struct {
		Score     string
		Threshold float64
		Rows      []scored
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != 200 {
		t.Fatalf("status %d, %v: %s", status, err, text)
	}
	for i, row := range got.Rows {
		if row.Score != want[i] || *row.Anomaly != (want[i] > 0.5) || got.Threshold != 0.5 || len(row.Top) != 3 {
			t.Errorf("row %d: %s, want %v", i, text, want)
		}
		for j, c := range row.Top {
			sum := map[string]float64{"a \"b\"": float64(terms[4*i]), "size": float64(terms[4*i+1]), "state": float64(terms[4*i+2]) + float64(terms[4*i+3])}
			if c.Adds != sum[c.Column] || j > 0 && c.Adds > row.Top[j-1].Adds {
				t.Errorf("row %d: contributions %+v, want %v", i, row.Top, sum)
			}
		}
	}
	made, _ := m.Reconstruct(x[:4])
	cells := make([]table.Cell, 3)
	m.Columns().Invert(cells, made)
	type rows struct{ Rows []map[string]any }
	if got, want := answered[rows](t, h.URL+"/reconstruct", `{"rows":[[6,5,"on"]]}`).Rows, []map[string]any{{"a \"b\"": cells[0].Number, "size": cells[1].Number, "state": cells[2].Text}}; !reflect.DeepEqual(got, want) {
		t.Errorf("reconstructed %v, want %v", got, want)
	}
	for row, want := range map[string]string{
		`[1,2]`:                   `row 0: want a list of 3 cells, or an object`,
		`7`:                       `row 0: want a list of 3 cells, or an object`,
		`[1,2,[]]`:                `row 0: column \"state\": []: want a number, a word or null`,
		`[1,true,"on"]`:           `row 0: column \"size\": true: want`,
		`[1,2,"broken"]`:          `row 0: column \"state\": `,
		`["x",2,"on"]`:            `row 0: column \"a \\\"b\\\"\": `,
		`[1,-2,"on"]`:             `row 0: column \"size\": `,
		`{"state":"on","size":1}`: `row 0: column \"a \\\"b\\\"\" is missing`,
		`{"state":"on","size":1,"a \"b\"":1,"more":1}`:      `row 0: column \"more\" is not one of the model's`,
		`{"state":"on","state":"off","size":1,"a \"b\"":1}`: `the key \"state\" stands twice`,
	} {
		if status, text := asked(t, h.URL+"/encode", `{"rows":[`+row+`]}`); status != 400 || !strings.Contains(text, want) {
			t.Errorf("%s: status %d, %s, want %s", row, status, text, want)
		}
	}
}

// TestServeRefuses: what is wrong with a request is one line and a status of 4xx.
func TestServeRefuses(t *testing.T) {
	h, _ := testServer(t, imageModel(t, vae.VAE), 1<<16, time.Minute)
	ae, _ := testServer(t, imageModel(t, vae.AE), 1<<16, time.Minute)
	huge, _ := testServer(t, hugeModel(t), 1<<16, time.Minute)
	row := "[" + strings.Repeat("0.5,", 11) + "0.5]"
	with := func(number string) string {
		return `{"rows":[` + row + ",[" + strings.Repeat("0,", 11) + number + "]]}"
	}
	for _, c := range []struct {
		url, body string
		status    int
		want      string
	}{
		{"/score", "", 405, "/score wants POST"},
		{"/health", "{}", 405, "/health wants GET"},
		{"/nothing", "", 404, `there is no \"/nothing\"`},
		{"/score/", "{}", 404, "there is no"},
		{"/score", "x", 400, "it is no JSON"},
		{"/score", `{"rows":[` + row + `]} {}`, 400, "more than one JSON value"},
		{"/score", `[]`, 400, "the body: want an object instead of a list"},
		{"/score", `null`, 400, "there are no rows"},
		{"/score", `{}`, 400, "there are no rows"},
		{"/score", `{"rows":[]}`, 400, "there are no rows"},
		{"/score", `{"rows":` + row + `}`, 400, "row 0: want a list of 12 numbers"},
		{"/score", `{"rows":[` + row + `],"row":1}`, 400, `unknown field \"row\"`},
		{"/score", `{"rows":[[]],"rows":[[]]}`, 400, "stands twice"},
		{"/score", `{"rows":[[]]}`, 400, "row 0: 0 numbers: want 12"},
		{"/score", `{"rows":[null]}`, 400, "row 0: want a list"},
		{"/score", `{"rows":[{"a":1}]}`, 400, "row 0: want a list"},
		{"/score", with("0,0"), 400, "row 1: 13 numbers: want 12"},
		{"/score", with("null"), 400, "row 1: number 11 is null"},
		{"/score", with(`"1"`), 400, `row 1: number 11 is \"1\"`},
		{"/score", with("[1]"), 400, "row 1: number 11 is [1]"},
		{"/score", with("1e39"), 400, "row 1: number 11 is 1e39"},
		{"/score", with("1.5"), 400, "row 1: pixel 11 is 1.5: a Bernoulli likelihood wants pixels from 0 to 1"},
		{"/reconstruct", with("-1"), 400, "row 1: pixel 11 is -1"},
		{"/score", `{"rows":[` + row + `],"score":"best"}`, 400, `score \"best\"`},
		{"/score", `{"rows":[` + row + `],"samples":7}`, 400, "7 samples"},
		{"/score", `{"rows":[` + row + `],"score":"bound"}`, 400, "0 samples of a code: the score bound wants 1 to"},
		{"/score", `{"rows":[` + row + `],"score":"bound","samples":100000000}`, 400, "want at most 1048576"},
		{"/score", `{"rows":[` + row + `],"top":-1}`, 400, "top -1"},
		{"/score", `{"rows":[` + row + `],"seed":-1}`, 400, "the body: seed: want a whole number from 0 instead of -1"},
		{"/decode", `{"codes":[[1]]}`, 400, "code 0: 1 numbers: want 2"},
		{"/decode", `{"rows":[[1]]}`, 400, "unknown field"},
		{"huge/decode", `{"codes":[[1e30,1]]}`, 422, "not finite"},
		{"/encode", `{"rows":["` + strings.Repeat("x", 1<<16) + `"]}`, 413, "larger than 65536 bytes"},
		{"ae/score", `{"rows":[` + row + `],"score":"bound","samples":1}`, 400, "no prior"},
	} {
		server, path, _ := strings.Cut(c.url, "/")
		url := map[string]string{"": h.URL, "ae": ae.URL, "huge": huge.URL}[server] + "/" + path
		status, text := asked(t, url, c.body)
		var answer map[string]string
		if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer) != 1 || strings.Count(text, "\n") != 1 {
			t.Errorf("%s %.60s: %s", c.url, c.body, text)
		}
		if status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s %.60s: status %d, %s, want %d, %s", c.url, c.body, status, text, c.status, c.want)
		}
	}
	// Many codes of few bytes would be many numbers.
	large, _ := testServer(t, testModel(t, vae.DenseConfig(vae.AE, vae.Flat(1<<12), nil, 1)), 1<<20, time.Minute)
	if status, text := asked(t, large.URL+"/decode", `{"codes":[[0]`+strings.Repeat(",[0]", 1<<12)+`]}`); status != 413 || !strings.Contains(text, "send 256") {
		t.Errorf("many codes: status %d, %.200s", status, text)
	}
	// Another site's page may not use the model.
	r, _ := http.NewRequest("POST", h.URL+"/score", strings.NewReader("{}"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Content-Type", "text/plain")
	if answer, err := http.DefaultClient.Do(r); err != nil || answer.StatusCode != 415 {
		t.Errorf("another site: %v, %v", answer, err)
	}
}
