package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset/table"
)

// A columnNames is a flag for the names of columns, as a CSV file has them in a row.
type columnNames []string

func (n *columnNames) String() string {
	if len(*n) == 0 {
		return ""
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(*n)
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

func (n *columnNames) Set(s string) error {
	r := csv.NewReader(strings.NewReader(s))
	r.TrimLeadingSpace = true
	all, err := r.Read()
	if err == nil {
		_, more := r.Read()
		if more == nil {
			err = errors.New("several lines")
		}
	}
	if err != nil || slices.Contains(all, "") {
		return errors.New(`want names of columns, such as age,size; with quotes where they have commas: '"a,b",c'`)
	}
	*n = all
	return nil
}

// scales is a flag for how columns are scaled: minmax, or standard,age=minmax,size=none.
type scales struct {
	scale table.Scale
	of    map[string]table.Scale
}

func (s *scales) String() string {
	if s.scale == "" {
		return ""
	}
	parts := columnNames{string(s.scale)}
	for _, name := range slices.Sorted(maps.Keys(s.of)) {
		parts = append(parts, name+"="+string(s.of[name]))
	}
	return parts.String()
}

func (s *scales) Set(text string) error {
	var parts columnNames
	if err := parts.Set(text); err != nil {
		return err
	}
	all := scales{scale: table.Standard, of: map[string]table.Scale{}}
	for i, part := range parts {
		at := strings.LastIndexByte(part, '=')
		switch scale := table.Scale(part[at+1:]); {
		case scale != table.Standard && scale != table.MinMax && scale != table.Raw || at < 0 && i > 0:
			return errors.New("want standard, minmax or none, and behind it columns that differ, such as standard,age=minmax")
		case at < 0:
			all.scale = scale
		default:
			all.of[part[:at]] = scale
		}
	}
	*s = all
	return nil
}

// headerFlag is for commands that read tables.
func headerFlag(f *flag.FlagSet, header *string) {
	*header = string(table.Auto)
	f.Var(&word{header, []string{string(table.Auto), string(table.Yes), string(table.No)}}, "header", "whether the first row of a CSV file names the columns: `auto`, yes or no;\nauto takes it for names if no cell of it is a number")
}

// tableFlags say how the rows of a table become numbers.
type tableFlags struct {
	header          string
	columns, except columnNames
	scales          scales
	log, words      columnNames
	missing         string
	quantile        float64
}

// tableFlagNames are those of flags that are for tables alone.
var tableFlagNames = [...]string{"header", "columns", "except", "scale", "log", "words", "missing"}

func (t *tableFlags) register(f *flag.FlagSet) {
	t.scales.scale, t.missing = table.Standard, "refuse"
	headerFlag(f, &t.header)
	f.Var(&t.columns, "columns", "use these `columns` of a table, such as age,size; all where it is left out.\nWithout names they are 0, 1, …")
	f.Var(&t.except, "except", "use all `columns` but these, such as id,class")
	f.Var(&t.scales, "scale", "`scale` of a table's numbers: standard (mean 0, deviation 1), minmax (0 to 1)\nor none, and behind it columns that differ: standard,age=minmax")
	f.Var(&t.log, "log", "take the logarithm of these `columns` of numbers above 0")
	f.Var(&t.words, "words", "`columns` whose numbers are words, such as codes: at most 64 different ones")
	f.Var(&word{&t.missing, []string{"refuse", "mean", "mask"}}, "missing", "cells that are empty or NA: `refuse` them, take the column's mean, or mask:\nthe model sees the mean, and they are left out of the loss")
	f.Var(&real{&t.quantile, false}, "quantile", "`part` of the rows held out, or of the test rows, whose score is at most the\nthreshold of an anomaly; 0 for 0.99 of tables, and no threshold of images")
}

// fitting says what becomes of columns.
func (t *tableFlags) fitting() table.Options {
	o := table.Options{Scale: t.scales.scale, Scales: t.scales.of, Log: t.log, Words: t.words}
	if t.missing != "refuse" {
		o.Missing = table.Missing(t.missing)
	}
	return o
}

// check is an error where flags say nothing together, or nothing of these data.
func (t *tableFlags) check(f *flag.FlagSet, isTable bool) error {
	given := given(f)
	refuse := func(text string, names ...string) error {
		for _, name := range names {
			if given[name] {
				return fmt.Errorf("-%s is for %s", name, text)
			}
		}
		return nil
	}
	switch {
	case t.quantile > 1:
		return fmt.Errorf("-quantile %v: want a part from 0 to 1, such as 0.99", t.quantile)
	case !isTable:
		return refuse("a table: name a CSV or NPY file with -data", tableFlagNames[:]...)
	case len(t.columns) > 0 && len(t.except) > 0:
		return errors.New("-columns and -except: want one of them")
	}
	return refuse("images, and -data is a table", "size", "colour", "binarize")
}

// pick gives where the chosen columns of a table are, and the names of the others.
func (t *tableFlags) pick(all []string) (at []int, except []string, err error) {
	for _, flag := range []struct {
		name   string
		chosen columnNames
	}{
		{"columns", t.columns}, {"except", t.except}, {"log", t.log}, {"words", t.words},
		{"scale", slices.Sorted(maps.Keys(t.scales.of))},
	} {
		for _, name := range flag.chosen {
			if !slices.Contains(all, name) {
				return nil, nil, fmt.Errorf("-%s: there is no column %.64q: the columns are %s", flag.name, name, quotedNames(all))
			}
		}
	}
	for i, name := range all {
		if slices.Contains(t.except, name) || len(t.columns) > 0 && !slices.Contains(t.columns, name) {
			except = append(except, name)
		} else {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return nil, nil, errors.New("-except leaves no column")
	}
	return at, except, nil
}

// quotedNames are the first of them.
func quotedNames(all []string) string {
	const most = 8
	text := fmt.Sprintf("%.64q", all[:min(len(all), most)])
	text = strings.Trim(text, "[]")
	if len(all) > most {
		text += fmt.Sprintf(" and %d more", len(all)-most)
	}
	return text
}
