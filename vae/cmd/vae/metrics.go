package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"
)

// A detection is how well scores tell which rows are anomalies.
type detection struct {
	rows, anomalies  int
	falseRate, found []float64 // the ROC curve: rates of false alarms, and of anomalies that are found
	precision        []float64 // for each of recall, in ascending order
	recall           []float64

	auc     float64 // area under the ROC curve: how often an anomaly has the larger score
	average float64 // average precision: Σ (recall_i - recall_i-1)·precision_i

	// At the threshold:
	hits, alarms int
	f1           float64
}

// detect compares scores with labels, of which there are of both kinds. An anomaly is
// found if its score is above the threshold.
func detect(scores []float64, labels []bool, threshold float64) detection {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	sorted, classes := make([]float64, len(scores)), make([]bool, len(scores))
	d := detection{rows: len(scores)}
	for i, j := range order {
		sorted[i], classes[i] = scores[j], labels[j]
		if labels[j] {
			d.anomalies++
		}
		if scores[j] > threshold {
			d.alarms++
			if labels[j] {
				d.hits++
			}
		}
	}
	d.found, d.falseRate, _ = stat.ROC(nil, sorted, classes, nil)
	d.auc = integrate.Trapezoidal(d.falseRate, d.found)
	d.addPrecisions(sorted, classes)
	if n := d.alarms + d.anomalies; n > 0 {
		d.f1 = 2 * float64(d.hits) / float64(n)
	}
	return d
}

// addPrecisions goes through the scores from the largest; rows of equal scores come
// together.
func (d *detection) addPrecisions(sorted []float64, classes []bool) {
	hits, before := 0, 0.0
	for i := len(sorted) - 1; i >= 0; i-- {
		if classes[i] {
			hits++
		}
		if i > 0 && sorted[i-1] == sorted[i] {
			continue
		}
		recall, precision := float64(hits)/float64(d.anomalies), float64(hits)/float64(len(sorted)-i)
		d.average += (recall - before) * precision
		before = recall
		d.recall, d.precision = append(d.recall, recall), append(d.precision, precision)
	}
}

// text is what score ends with.
func (d *detection) text(threshold float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d of them anomalies by their label\n", count(d.rows, "row"), d.anomalies)
	fmt.Fprintf(&b, "ROC-AUC            %.4f\naverage precision  %.4f\n", d.auc, d.average)
	if !math.IsNaN(threshold) {
		fmt.Fprintf(&b, "F1                 %.4f at the threshold %.6g: %s of which %d are anomalies\n", d.f1, threshold, count(d.alarms, "alarm"), d.hits)
	}
	return b.String()
}
