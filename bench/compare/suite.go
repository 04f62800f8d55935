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

// A suite is all that take part on a number of threads.
type suite struct {
	threads   int
	engine    *kernels.Engine
	single    *kernels.Engine // on one thread, where threads are more
	pure      *kernels.Engine // the reference
	cpu       int             // of the measuring thread; negative: any
	meter     gauge
	libraries []library
	processes []*process
	with      []string // implementations beside ours; nil: all
	dir       string   // for files
}

// newSuite starts the frameworks. close ends them.
func newSuite(ctx context.Context, s settings, threads int, libraries []library, dir string) *suite {
	su := &suite{
		threads: threads, engine: kernels.New(s.set, threads),
		libraries: libraries, with: s.with, dir: dir,
		meter: &meter{set: s.set.Name(), threads: threads},
		cpu:   -1,
	}
	if threads == 1 {
		su.cpu = pin.Processor()
	}
	if threads > 1 {
		su.single = kernels.New(s.set, 1)
	}
	if s.set.Name() != "go" {
		pure, err := kernels.Lookup("go")
		if err != nil {
			panic(err) // it is everywhere
		}
		su.pure = kernels.New(pure, threads)
	}
	if withPeers {
		for _, fw := range frameworks(s.peers) {
			if su.wants(fw.name) || su.wantsVariant(fw.name) {
				su.processes = append(su.processes, fw.open(ctx, threads, dir))
			}
		}
	}
	return su
}

// pin binds the thread that measures, and that of each framework, to one
// processor, until release is called. On more threads than one it does nothing.
func (su *suite) pin() (release func()) {
	for _, p := range su.processes {
		p.cpu = su.cpu
	}
	free := pin.Thread(su.cpu)
	return func() {
		free()
		for _, p := range su.processes {
			p.cpu = -1
		}
	}
}

func (su *suite) close() {
	for _, p := range su.processes {
		p.close()
	}
}

// wants tells whether a implementation was asked for. A name stands for its
// variants too: torch for torch-compile.
func (su *suite) wants(name string) bool {
	return su.with == nil || slices.ContainsFunc(su.with, func(w string) bool {
		return name == w || strings.HasPrefix(name, w+"-")
	})
}

// wantsVariant tells whether a variant of a implementation was asked for.
func (su *suite) wantsVariant(name string) bool {
	return slices.ContainsFunc(su.with, func(w string) bool { return strings.HasPrefix(w, name+"-") })
}

// isRival tells whether a implementation is a program of bench/rivals.
func (su *suite) isRival(name string) bool {
	return slices.ContainsFunc(su.processes, func(p *process) bool { return p.name == name && p.module == "" })
}

// checkNames tells whether there are implementations of the given names.
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

// The names of our own implementations. The first is what the others are compared with.
const (
	ourName    = "lanewise"
	singleName = "lanewise-1" // on one thread
	pureName   = "go"         // the reference, in pure Go
)

// ours are our kernels: on the threads of the suite, on one, and in pure Go.
func (su *suite) ours(start func(e *kernels.Engine) (work, error)) []implementation {
	es := []implementation{{ourName, ours, func() (work, error) { return start(su.engine) }}}
	if su.single != nil {
		es = append(es, implementation{singleName, reference, func() (work, error) { return start(su.single) }})
	}
	if su.pure != nil {
		es = append(es, implementation{pureName, reference, func() (work, error) { return start(su.pure) }})
	}
	return es
}

// inLibraries are the libraries that take part in a bench. Absent ones are
// among them: to say so.
func (su *suite) inLibraries(bench string, start func(l library) (work, error)) []implementation {
	var es []implementation
	for _, l := range su.libraries {
		if !slices.Contains(l.benches, bench) {
			continue
		}
		es = append(es, implementation{l.name, peer, func() (work, error) {
			if l.absent != "" {
				return work{}, errors.New(l.absent)
			}
			if err := l.threads(su.threads); err != nil {
				return work{}, err
			}
			return start(l)
		}})
	}
	return es
}

// errWide is why these frameworks cannot be kept to AVX2: products of JAX take no notice of
// --xla_cpu_max_isa, though what it compiles does, and ONNX Runtime has no such setting.
var (
	errWide      = errors.New("its products use AVX-512, whatever they are told")
	wide         = []string{"jax", "onnxruntime"}
	withProducts = []string{"gemm", "gemm64", "conv", "step", "encode", "latency"}
)

// inProcesses are the frameworks, with variants of a task where there are
// some. A variant is for the frameworks of one module: torch:fused.
func (su *suite) inProcesses(t task, variants ...string) []implementation {
	var es []implementation
	for _, p := range su.processes {
		p.tasks = 0
		if !slices.Contains(p.benches, t.bench) {
			continue
		}
		start := func(variant string) func() (work, error) {
			return func() (work, error) {
				if slices.Contains(wide, p.module) && slices.Contains(withProducts, t.bench) && limitsPeers(su.engine.Set()) {
					return work{}, errWide
				}
				return p.work(t, variant)
			}
		}
		if len(variants) == 0 {
			es = append(es, implementation{p.name, peer, start("")})
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
			es = append(es, implementation{name, peer, start(variant)})
		}
	}
	return es
}
