package main

import (
	"slices"

	"github.com/lanewise/lanewise/bench/internal/rival"
)

// A report is all that a run came to.
type report struct {
	machine    machine
	rounds     int
	identities []identity
	results    []result
}

// An identity says which implementation took part, and in which version.
type identity struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Absent  string `json:"absent,omitempty"` // why
}

// implementations are all that take part, and all that cannot.
func (su *suite) identities() []identity {
	all := []identity{{Name: ourName, Version: su.engine.Set().Name()}}
	if su.pure != nil {
		all = append(all, identity{Name: pureName, Version: "the definition of the results, in pure Go"})
	}
	all = append(all, identity{Name: "gonum", Version: rival.Version("gonum.org/v1/gonum")})
	for _, l := range su.libraries {
		all = append(all, identity{l.name, l.version, l.absent})
	}
	for _, p := range su.processes {
		all = append(all, identity{p.name, p.version, p.absent})
	}
	if !withPeers {
		all = append(all, identity{Name: "all others", Absent: "built without -tags peers, or without cgo, or not on Linux"})
	}
	return slices.DeleteFunc(all, func(c identity) bool { return c.Name != ourName && !su.wants(c.Name) && !su.wantsVariant(c.Name) })
}

// tables are the results, a group for each bench and number of threads.
func (r report) tables() [][]result {
	var groups [][]result
	for _, x := range r.results {
		if n := len(groups); n > 0 && groups[n-1][0].bench == x.bench && groups[n-1][0].threads == x.threads {
			groups[n-1] = append(groups[n-1], x)
		} else {
			groups = append(groups, []result{x})
		}
	}
	return groups
}
