package vae

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/lanewise/lanewise/vae/dataset"
)

// A Fact is something that all ranks of an exchange should have the same of.
type Fact struct {
	Name   string // in the plural, such as weights
	SHA256 [sha256.Size]byte
}

// Agree is a [RankError] that names the first rank of which a fact is another than that of
// rank 0, and the fact. All ranks call it with facts of the same names, and have the same
// answer.
func Agree(e Exchange, facts ...Fact) error {
	return (&ranks{e: e}).agree(goesOn, facts)
}

func (x *ranks) agree(how standing, facts []Fact) error {
	const words = sha256.Size / 2 // a number for each two bytes
	width := words * len(facts)
	all := make([]float64, width*x.n())
	own := all[width*x.rank():]
	for i, f := range facts {
		for j := range words {
			own[i*words+j] = float64(int(f.SHA256[2*j])<<8 | int(f.SHA256[2*j+1]))
		}
	}
	if err := x.share(how, x.n(), all); err != nil {
		return err
	}
	if x.stopped { // what a rank had no time to hash is not other
		return nil
	}
	for i, v := range all {
		if v != all[i%width] {
			return &RankError{Rank: i / width, Err: fmt.Errorf("its %s are not those of rank 0", facts[i%width/words].Name)}
		}
	}
	return nil
}

func hashed(name string, write func(h hash.Hash)) Fact {
	h := sha256.New()
	write(h)
	return Fact{name, [sha256.Size]byte(h.Sum(nil))}
}

// agreeOnTraining compares what the ranks are about to do.
func (m *Model) agreeOnTraining(ctx context.Context, rows, test dataset.Source, o *Options) error {
	x := &m.ranks
	x.e, x.stopped = o.Exchange, false
	if x.e == nil {
		return nil
	}
	md, err := m.cfg.metadata()
	if err != nil {
		return fmt.Errorf("vae: %w", err)
	}
	settings := *o
	settings.Exchange, settings.Progress, settings.EpochDone, settings.Logger = nil, nil, nil, nil
	var failed error
	data := func(rows dataset.Source) func(h hash.Hash) {
		return func(h hash.Hash) {
			fmt.Fprintln(h, rows.Len(), m.cfg.Input)
			err := m.eachBatch(ctx, rows, func(_ int, b *batch) error {
				_, err := writeFloats(h, b.x)
				return err
			})
			if failed == nil {
				failed = err
			}
		}
	}
	facts := []Fact{
		hashed("settings", func(h hash.Hash) { fmt.Fprintf(h, "%s %+v %+v", md["model"], settings, m.at) }),
		hashed("training images", data(rows)),
		hashed("test images", data(test)),
		hashed("weights", m.writeHash),
	}
	err = x.agree(standingOf(ctx, failed), facts)
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return err
	}
	return x.ended(ctx)
}

// agreeOnWeights compares what the ranks have learned.
func (m *Model) agreeOnWeights() error {
	if m.ranks.e == nil {
		return nil
	}
	return m.ranks.agree(goesOn, []Fact{hashed("weights", m.writeHash)})
}

// writeHash hashes all that training goes on from.
func (m *Model) writeHash(h hash.Hash) {
	fmt.Fprintln(h, m.WeightsSHA256(), m.OptimizerSHA256())
}
