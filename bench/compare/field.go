package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/bench/internal/pin"
	"github.com/lanewise/lanewise/kernels"
)

// A field is all who compete on a number of threads.
type field struct {
	threads   int
	engine    *kernels.Engine
	single    *kernels.Engine // on one thread, where threads are more
	pure      *kernels.Engine // the reference
	cpu       int             // of the measuring thread; negative: any
	meter     gauge
	libraries []library
	processes []*process
	with      []string // contestants beside ours; nil: all
	dir       string   // for files
}

// newField starts the frameworks. close ends them.
func newField(ctx context.Context, s settings, threads int, libraries []library, dir string) *field {
	f := &field{
		threads: threads, engine: kernels.New(s.set, threads),
		libraries: libraries, with: s.with, dir: dir,
		meter: &meter{set: s.set.Name(), threads: threads},
		cpu:   -1,
	}
	if threads == 1 {
		f.cpu = pin.Processor()
	}
	if threads > 1 {
		f.single = kernels.New(s.set, 1)
	}
	if s.set.Name() != "go" {
		pure, err := kernels.Lookup("go")
		if err != nil {
			panic(err) // it is everywhere
		}
		f.pure = kernels.New(pure, threads)
	}
	if withPeers {
		for _, fw := range frameworks(s.peers) {
			if f.wants(fw.name) || f.wantsVariant(fw.name) {
				f.processes = append(f.processes, fw.open(ctx, threads, dir))
			}
		}
	}
	return f
}

// pin binds the thread that measures, and that of each framework, to one
// processor, until release is called. On more threads than one it does nothing.
func (f *field) pin() (release func()) {
	for _, p := range f.processes {
		p.cpu = f.cpu
	}
	free := pin.Thread(f.cpu)
	return func() {
		free()
		for _, p := range f.processes {
			p.cpu = -1
		}
	}
}

func (f *field) close() {
	for _, p := range f.processes {
		p.close()
	}
}

// wants tells whether a contestant was asked for. A name stands for its
// variants too: torch for torch-compile.
func (f *field) wants(name string) bool {
	return f.with == nil || slices.ContainsFunc(f.with, func(w string) bool {
		return name == w || strings.HasPrefix(name, w+"-")
	})
}

// wantsVariant tells whether a variant of a contestant was asked for.
func (f *field) wantsVariant(name string) bool {
	return slices.ContainsFunc(f.with, func(w string) bool { return strings.HasPrefix(w, name+"-") })
}

// isRival tells whether a contestant is a program of bench/rivals.
func (f *field) isRival(name string) bool {
	return slices.ContainsFunc(f.processes, func(p *process) bool { return p.name == name && p.module == "" })
}

// checkNames tells whether there are contestants of the given names.
func checkNames(names []string, libraries []library, folder string) error {
	known := []string{ourName, pureName, "gonum"}
	for _, l := range libraries {
		known = append(known, l.name)
	}
	if withPeers {
		for _, fw := range frameworks(folder) {
			known = append(known, fw.name)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(known, func(k string) bool { return name == k || strings.HasPrefix(name, k+"-") }) {
			return fmt.Errorf("-with: there is no %q: there are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// The names of our own entrants. The first is what the others are compared with.
const (
	ourName    = "lanewise"
	singleName = "lanewise-1" // on one thread
	pureName   = "go"         // the reference, in pure Go
)

// ours enters our kernels: on the threads of the field, on one, and in pure Go.
func (f *field) ours(start func(e *kernels.Engine) (work, error)) []entrant {
	es := []entrant{{ourName, ours, func() (work, error) { return start(f.engine) }}}
	if f.single != nil {
		es = append(es, entrant{singleName, reference, func() (work, error) { return start(f.single) }})
	}
	if f.pure != nil {
		es = append(es, entrant{pureName, reference, func() (work, error) { return start(f.pure) }})
	}
	return es
}

// inLibraries enters the libraries that compete in a bench. Absent ones are
// entered too: to say so.
func (f *field) inLibraries(bench string, start func(l library) (work, error)) []entrant {
	var es []entrant
	for _, l := range f.libraries {
		if !slices.Contains(l.benches, bench) {
			continue
		}
		es = append(es, entrant{l.name, peer, func() (work, error) {
			if l.absent != "" {
				return work{}, errors.New(l.absent)
			}
			if err := l.threads(f.threads); err != nil {
				return work{}, err
			}
			return start(l)
		}})
	}
	return es
}

// inProcesses enters the frameworks, with variants of a task where there are
// some. A variant is for the frameworks of one module: torch:fused.
func (f *field) inProcesses(t task, variants ...string) []entrant {
	var es []entrant
	for _, p := range f.processes {
		p.tasks = 0
		if p.benches != nil && !slices.Contains(p.benches, t.bench) {
			continue
		}
		if len(variants) == 0 {
			es = append(es, entrant{p.name, peer, func() (work, error) { return p.work(t, "") }})
		}
		for _, v := range variants {
			module, variant, _ := strings.Cut(v, ":")
			if module != p.module {
				continue
			}
			name := p.name
			if variant != "" {
				name += "-" + variant
			}
			es = append(es, entrant{name, peer, func() (work, error) { return p.work(t, variant) }})
		}
	}
	return es
}
