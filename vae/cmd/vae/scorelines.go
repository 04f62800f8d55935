package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// A scoreLine is a line of JSON.
type scoreLine struct {
	Row     any        `json:"row"` // its number, or its -id
	Score   float64    `json:"score"`
	Anomaly *bool      `json:"anomaly,omitempty"`
	Top     []topEntry `json:"top,omitempty"`
}

type topEntry struct {
	Column string  `json:"column"`
	Adds   float64 `json:"adds"`
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
	for i := range min(r.top, len(r.names)) {
		names = append(names, fmt.Sprintf("top_%d", i+1), fmt.Sprintf("adds_%d", i+1))
	}
	r.record(names)
}

// record writes a line of CSV. An error stays with the writer.
func (r *scoreRun) record(fields []string) error {
	c := csv.NewWriter(r.w)
	c.Write(fields)
	c.Flush()
	return c.Error()
}

// write writes the line of a row.
func (r *scoreRun) write(id string, score float64, top []part) error {
	known := !math.IsNaN(r.threshold)
	anomaly := score > r.threshold
	if r.format == "json" {
		line := scoreLine{Row: id, Score: score}
		if n, err := strconv.Atoi(id); err == nil && r.id == "" {
			line.Row = n
		}
		if known {
			line.Anomaly = &anomaly
		}
		for _, p := range top {
			line.Top = append(line.Top, topEntry{p.name, p.value})
		}
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		_, err = r.w.Write(append(text, '\n'))
		return err
	}
	fields := []string{id, strconv.FormatFloat(score, 'g', -1, 64)}
	if known {
		fields = append(fields, strconv.FormatBool(anomaly))
	}
	for _, p := range top {
		fields = append(fields, p.name, strconv.FormatFloat(p.value, 'g', -1, 64))
	}
	return r.record(fields)
}
