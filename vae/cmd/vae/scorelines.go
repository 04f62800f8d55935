package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// A scoreLine is a line of JSON.
type scoreLine struct {
	Row any `json:"row"` // its number, or its -id
	scored
}

// begin writes the first line of a CSV file.
func (r *scoreRun) begin() {
	if r.format == "json" {
		return
	}
	names := []string{"row", "score"}
	if r.id != "" {
		names[0] = r.id
	}
	if !math.IsNaN(r.threshold) {
		names = append(names, "anomaly")
	}
	for i := range min(r.top, len(r.parts)) {
		names = append(names, fmt.Sprintf("top_%d", i+1), fmt.Sprintf("adds_%d", i+1))
	}
	r.csv.Write(names) // an error stays with the writer
}

// write writes the line of a row, whose id is empty where it has a number alone.
func (r *scoreRun) write(row int, id string, score float64, top []contribution) error {
	known := !math.IsNaN(r.threshold)
	anomaly := score > r.threshold
	if r.format == "json" {
		line := scoreLine{id, scored{Score: score, Top: top}}
		if r.id == "" {
			line.Row = row
		}
		if known {
			line.Anomaly = &anomaly
		}
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		_, err = r.w.Write(append(text, '\n'))
		return err
	}
	if r.id == "" {
		id = strconv.Itoa(row)
	}
	fields := []string{id, strconv.FormatFloat(score, 'g', -1, 64)}
	if known {
		fields = append(fields, strconv.FormatBool(anomaly))
	}
	for _, p := range top {
		fields = append(fields, p.Column, strconv.FormatFloat(p.Adds, 'g', -1, 64))
	}
	return r.csv.Write(fields)
}
