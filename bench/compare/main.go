// Command compare runs Lanewise's kernels beside those that people know, on
// the same machine, in the same minute.
//
//	go run ./bench/compare                 # against gonum and the pure-Go reference
//	bench/install-peers.sh                 # installs the peers
//	go run -tags peers ./bench/compare     # against OpenBLAS, BLIS, oneDNN, MKL, PyTorch, JAX, …
//
// Implementations do the same work on the same data and alternate, round by round,
// after their outputs have been checked against each other. bench/README.md
// says what is measured and how to read it.
//
// The exit status is 0, or 1 where something is wrong, which one line on
// standard error explains, or 130 where the run was interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

const usage = `usage: compare [flags]

Compares Lanewise's kernels with gonum and, if built with -tags peers, with
OpenBLAS, BLIS, oneDNN, libxsmm, MKL, SLEEF, PyTorch, JAX, ONNX Runtime, GoMLX, Born and go-highway.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends it at once.
	context.AfterFunc(ctx, stop)
	ignoreClosedPipes()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stdout)
	if err == nil {
		err = compare(ctx, s, stdout)
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "compare: interrupted")
		return 130
	}
	fmt.Fprintln(stderr, "compare:", err)
	return 1
}

// benches are all cases, in order.
var benches = []struct {
	name  string
	cases func() []benchCase
	long  bool // it takes most of an hour: it runs where -only names it
}{
	{"gemm", gemmCases, false},
	{"gemm64", gemm64Cases, false},
	{"gonum", gonumCases, true},
	{"conv", convCases, false},
	{"map", mapCases, false},
	{"loss", lossCases, false},
	{"reparam", reparamCases, false},
	{"adam", adamCases, false},
	{"step", stepCases, false},
	{"encode", encodeCases, false},
	{"latency", latencyCases, false},
}

func benchNames() []string {
	var names []string
	for _, b := range benches {
		names = append(names, b.name)
	}
	return names
}

func compare(ctx context.Context, s settings, stdout io.Writer) error {
	if err := s.probe(); err != nil {
		return err
	}

	cs := chosen(s)
	if len(cs) == 0 {
		return errors.New("-match: there is no such case")
	}
	dir, err := os.MkdirTemp("", "lanewise-compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	limitPeers(s.set)
	quietThreads()
	libraries := openLibraries(s.peers, lanes(s.set))
	if err := checkNames(s.with, libraries, s.peers); err != nil {
		return err
	}
	rep := report{machine: describe(s.set), rounds: s.rounds}
	for i, threads := range s.threads {
		f := newSuite(ctx, s, threads, libraries, dir)
		err := ctx.Err()
		if err == nil && i == 0 {
			rep.identities = f.identities()
			err = printHeader(stdout, rep)
		}
		if err == nil {
			err = compareAll(ctx, f, cs, &rep, stdout)
		}
		f.close()
		if err != nil {
			return err
		}
	}
	return s.write(rep)
}

// chosen are the cases that the flags leave.
func chosen(s settings) []benchCase {
	var cs []benchCase
	for _, b := range benches {
		if s.only != nil && !slices.Contains(s.only, b.name) || s.only == nil && b.long {
			continue
		}
		for _, c := range b.cases() {
			if s.match == nil || s.match.MatchString(c.name) {
				cs = append(cs, c)
			}
		}
	}
	return cs
}

// compareAll compares case by case, and prints what comes of each.
func compareAll(ctx context.Context, f *suite, cs []benchCase, rep *report, stdout io.Writer) error {
	for len(cs) > 0 {
		n := 1
		for n < len(cs) && cs[n].bench == cs[0].bench {
			n++
		}
		table := textTable{out: stdout}
		for _, c := range cs[:n] {
			r, err := c.compare(ctx, f, rep.rounds)
			if err != nil {
				return err
			}
			rep.results = append(rep.results, r)
			if err := table.add(r); err != nil {
				return err
			}
		}
		if err := table.end(); err != nil {
			return err
		}
		cs = cs[n:]
	}
	return nil
}
