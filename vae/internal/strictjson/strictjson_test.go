package strictjson

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	type pad struct {
		Top int `json:"top"`
	}
	type layer struct {
		Filters int               `json:"filters"`
		Seed    uint64            `json:"seed,omitempty"`
		Same    bool              `json:"same"`
		Name    string            `json:"name"`
		Scale   float64           `json:"scale"`
		Rows    []json.RawMessage `json:"rows"`
		Pad     pad               `json:"pad"`
	}
	const all = ": want filters, seed, same, name, scale, rows, pad"
	for text, want := range map[string]string{
		``:                                      "it is empty: want JSON",
		" \n":                                   "it is empty: want JSON",
		`{"filters": 3`:                         "it is cut short: its JSON has no end",
		"{\n \"filters\": 3,\n \"scale\": NaN}": "line 3, byte 11: it is no JSON: invalid character 'N' looking for beginning of value",
		`{"filters": 1.5}`:                      "filters: want a whole number instead of 1.5",
		`{"filters": 1e300}`:                    "filters: want a whole number instead of 1e300",
		`{"filters": "x"}`:                      "filters: want a whole number instead of a string",
		`{"seed": -3}`:                          "seed: want a whole number from 0 instead of -3",
		`{"same": 1}`:                           "same: want true or false instead of a number",
		`{"name": true}`:                        "name: want a string instead of true or false",
		`{"scale": {}}`:                         "scale: want a number instead of an object",
		`{"rows": 1}`:                           "rows: want a list instead of a number",
		`{"pad": [1]}`:                          "pad: want an object instead of a list",
		`{"pad": {"top": "1"}}`:                 "pad.top: want a whole number instead of a string",
		`[]`:                                    "want an object instead of a list",
		`3`:                                     "want an object instead of a number",
		`{"units": 3}`:                          `unknown field "units"` + all,
		`{"pad": {"up": 3}}`:                    `unknown field "up"`,
		`{} {}`:                                 "there is more than one JSON value",
		`{}}`:                                   "there is more than one JSON value",
		`{} x`:                                  "there is more than one JSON value",
		`{"name": "a", "Name": "b"}`:            `the key "Name" stands twice`,
		`{"\u017fame": true, "same": false}`:    `the key "same" stands twice`,
		`{"name": "a", "name": "b"}`:            `the key "name" stands twice`,
	} {
		err := Decode([]byte(text), new(layer))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	var got layer
	if err := Decode([]byte(`{"filters": 3, "pad": {"top": 1}, "rows": [{"a": 1, "A": 2}]}`), &got); err != nil || got.Filters != 3 || got.Pad.Top != 1 {
		t.Error(got, err)
	}
	err := Decode([]byte(`{"`+strings.Repeat("x", 1e5)+`": 1}`), &got)
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("%.400v", err)
	}
}

func TestUnmarshal(t *testing.T) {
	var shape []int
	for text, want := range map[string]string{
		`[1.5]`: "want a whole number instead of 1.5",
		`"x"`:   "want a list instead of a string",
		`[1, 2`: "it is cut short: its JSON has no end",
		``:      "it is cut short: its JSON has no end",
	} {
		if err := Unmarshal([]byte(text), &shape); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if err := Unmarshal([]byte(`[1, 2]`), &shape); err != nil || len(shape) != 2 {
		t.Error(shape, err)
	}
}
