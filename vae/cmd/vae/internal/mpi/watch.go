//go:build mpi

package mpi

import (
	"sync"
	"time"
)

// A watch tells rank 0 that the others are alive, and the others that it is.
type watch struct {
	stop chan struct{}
	wait sync.WaitGroup
}

// Watch sends a beat ten times in the time that a rank may be silent, even while it works
// for long. It calls silent, once, with the first rank of which there was none for so
// long: rank 0 watches all others, and they watch rank 0.
func (w *World) Watch(bound time.Duration, silent func(rank int)) {
	w.watch = &watch{stop: make(chan struct{})}
	peers := []int{0}
	if w.rank == 0 {
		peers = peers[:0]
		for rank := 1; rank < w.ranks; rank++ {
			peers = append(peers, rank)
		}
	}
	w.watch.wait.Go(func() {
		if rank := w.listen(peers, bound); rank >= 0 {
			silent(rank)
		}
	})
}

// listen returns a rank that is silent, or -1 at the end of the watch.
func (w *World) listen(peers []int, bound time.Duration) int {
	tick := time.NewTicker(bound / 10)
	defer tick.Stop()
	heard := map[int]time.Time{}
	last := time.Now()
	for {
		w.beat(peers)
		now := time.Now()
		stopped := now.Sub(last) > bound // itself: what others have sent may not be here yet
		last = now
		for _, rank := range w.beats() {
			heard[rank] = now
		}
		for _, rank := range peers {
			if at, ok := heard[rank]; !ok {
				heard[rank] = now
			} else if now.Sub(at) > bound && !stopped {
				return rank
			}
		}
		select {
		case <-w.watch.stop:
			w.beats()
			return -1
		case <-tick.C:
		}
	}
}

func (w *watch) end() {
	close(w.stop)
	w.wait.Wait()
}
