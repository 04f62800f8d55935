package main

import (
	"encoding/json"
	"io"
	"math"
)

// A jsonRow is one implementation in one case. Numbers that there are not are
// null: of an absent implementation, whose reason is given, and fractions of an
// unknown limit.
type jsonRow struct {
	Bench           string             `json:"bench"`
	Case            string             `json:"case"`
	Threads         int                `json:"threads"`
	Implementation  string             `json:"implementation"`
	Median          *float64           `json:"median_s"`
	Rate            *float64           `json:"rate"`
	Unit            string             `json:"unit"`
	RatioToBestPeer *float64           `json:"ratio_to_best_peer"`
	RatioQ1         *float64           `json:"ratio_q1"`
	RatioQ3         *float64           `json:"ratio_q3"`
	Fraction        *float64           `json:"fraction_of_limit"`
	BestPeer        string             `json:"best_peer,omitempty"`
	Ratios          map[string]float64 `json:"ratios,omitempty"`  // of lanewise, to all others
	Times           []float64          `json:"times_s,omitempty"` // round by round
	Absent          string             `json:"absent,omitempty"`
}

func writeJSON(w io.Writer, r report) error {
	file := struct {
		Machine         machine        `json:"machine"`
		Rounds          int            `json:"rounds"`
		Implementations []identity     `json:"implementations"`
		Groups          []groupSummary `json:"groups"`
		Rows            []jsonRow      `json:"rows"`
	}{r.machine, r.rounds, r.identities, nil, nil}
	for _, rs := range r.tables() {
		file.Groups = append(file.Groups, sumUp(rs)...)
	}
	for _, x := range r.results {
		file.Rows = append(file.Rows, jsonRows(x)...)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(file)
}

func jsonRows(r result) []jsonRow {
	var rows []jsonRow
	all := r.summaries()
	for _, s := range all {
		row := jsonRow{
			Bench: r.bench, Case: r.name, Threads: r.threads, Implementation: s.name,
			Median: number(s.median), Rate: number(s.rate), Unit: r.unit,
			RatioToBestPeer: number(s.ratio.median), RatioQ1: number(s.ratio.q1), RatioQ3: number(s.ratio.q3),
			Fraction: number(s.fraction), Times: s.times, Absent: s.absent,
		}
		if s.kind == ours {
			row.Ratios = map[string]float64{}
			for _, o := range all {
				if o.absent == "" && o.kind != ours {
					row.Ratios[o.name] = median(ratios(o.times, s.times))
				}
			}
			if best := r.best(); best >= 0 {
				row.BestPeer = r.scores[best].name
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// number is null in JSON where there is none.
func number(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}
