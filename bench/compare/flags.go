package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/kernels"
)

// settings are what the flags say.
type settings struct {
	only    []string // benches
	match   *regexp.Regexp
	with    []string // implementations; nil: all
	threads []int
	rounds  int
	set     kernels.Set
	peers   string // folder

	json, markdown, png string // files; "" for none
}

const (
	mostThreads = 1024
	mostRounds  = 10000
)

// parse reads the flags. Its errors are one line.
func parse(args []string, help io.Writer) (settings, error) {
	s := settings{threads: []int{1}, rounds: 11, peers: defaultPeers()}
	if runtime.NumCPU() > 1 {
		s.threads = []int{1, 2}
	}
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	names := benchNames()
	f.Func("only", "benches, a `list` of "+strings.Join(names, ",")+" (default all but gonum)", func(v string) error {
		s.only = nil
		for _, name := range strings.Split(v, ",") {
			if !slices.Contains(names, name) {
				return errors.New("want a list of " + strings.Join(names, ","))
			}
			s.only = append(s.only, name)
		}
		return nil
	})
	f.Func("match", "cases, a regular `expression` such as '^TN'", func(v string) (err error) {
		if s.match, err = regexp.Compile(v); err != nil {
			return errors.New("want a regular expression")
		}
		return nil
	})
	f.Func("with", "implementations beside lanewise, a `list` such as openblas,torch (default all)", func(v string) error {
		s.with = strings.Split(v, ",")
		return nil
	})
	f.Func("threads", fmt.Sprintf("numbers of threads, a `list` (default %s)", joinInts(s.threads)), func(v string) error {
		s.threads = nil
		for _, word := range strings.Split(v, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 || n > mostThreads {
				return fmt.Errorf("want a list of numbers from 1 to %d", mostThreads)
			}
			s.threads = append(s.threads, n)
		}
		return nil
	})
	f.Func("rounds", fmt.Sprintf("how often each implementation is measured, a `number` (default %d)", s.rounds), func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > mostRounds {
			return fmt.Errorf("want a number from 1 to %d", mostRounds)
		}
		s.rounds = n
		return nil
	})
	set := f.String("set", "", "the set of kernels, a `name`, to which peers are limited too where it is avx2 (default $LANEWISE_ISA, or the fastest)")
	f.StringVar(&s.peers, "peers", s.peers, "the `folder` of bench/install-peers.sh")
	f.StringVar(&s.json, "json", "", "write all numbers to a `file`")
	f.StringVar(&s.markdown, "markdown", "", "write the tables to a `file`")
	f.StringVar(&s.png, "png", "", "write a picture to a `file`")
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(help, usage)
		f.SetOutput(help)
		f.PrintDefaults()
		return s, err
	case err != nil:
		return s, fmt.Errorf("%w (-h lists the flags)", err)
	case f.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q: there are flags only (-h lists them)", f.Arg(0))
	}
	if *set == "" {
		s.set, err = kernels.FromEnvironment()
	} else {
		s.set, err = kernels.Lookup(*set)
	}
	return s, err
}

// defaultPeers is the folder that install-peers.sh takes.
func defaultPeers() string {
	if dir := os.Getenv("LANEWISE_PEERS"); dir != "" {
		return dir
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "lanewise-peers")
}

func joinInts(xs []int) string {
	words := make([]string, len(xs))
	for i, x := range xs {
		words[i] = strconv.Itoa(x)
	}
	return strings.Join(words, ",")
}
