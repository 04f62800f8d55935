package main

import (
	"slices"

	"github.com/lanewise/lanewise/bench/internal/rival"
)

// A report is all that a run came to.
type report struct {
	machine     machine
	rounds      int
	contestants []contestant
	results     []result
}

// A contestant is who competes, by name.
type contestant struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Absent  string `json:"absent,omitempty"` // why
}

// contestants are all who compete, and all who cannot.
func (f *field) contestants() []contestant {
	all := []contestant{{Name: ourName, Version: f.engine.Set().Name()}}
	if f.pure != nil {
		all = append(all, contestant{Name: pureName, Version: "the definition of the results, in pure Go"})
	}
	all = append(all, contestant{Name: "gonum", Version: rival.Version("gonum.org/v1/gonum")})
	for _, l := range f.libraries {
		all = append(all, contestant{l.name, l.version, l.absent})
	}
	for _, p := range f.processes {
		all = append(all, contestant{p.name, p.version, p.absent})
	}
	if !withPeers {
		all = append(all, contestant{Name: "all others", Absent: "built without -tags peers, or without cgo, or not on Linux"})
	}
	return slices.DeleteFunc(all, func(c contestant) bool { return c.Name != ourName && !f.wants(c.Name) && !f.wantsVariant(c.Name) })
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
