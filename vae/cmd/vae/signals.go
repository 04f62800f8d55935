package main

import (
	"context"
	"os"
	"os/signal"
	"time"
)

// oneWish is how long the same signal counts as the one before: timeout, make
// and npm send it to a process and to its group.
const oneWish = time.Second

// A stoppable is a context that a training itself can end, from its own goroutine.
type stoppable struct {
	context.Context
	stopped bool
}

func (s *stoppable) Err() error {
	if s.stopped {
		return context.Canceled
	}
	return s.Context.Err()
}

// interruptible gives the contexts of a training and of the work after it. The
// first signal ends the training, a second the work, too; a third is not caught.
// What ends parent ends the training. After stop, signals have no effect until parent
// ends, for a program its exit: one that comes last must not make a failure of a run that
// is saved. A signal that was ignored when the program
// started stays ignored, as nohup wants it.
func interruptible(parent context.Context) (training, work context.Context, stop func()) {
	training, endTraining := context.WithCancel(parent)
	work, endWork := context.WithCancel(context.WithoutCancel(parent))
	wishes := make(chan os.Signal, 8)
	for _, s := range endings() {
		if !signal.Ignored(s) {
			signal.Notify(wishes, s)
		}
	}
	go func() {
		var first os.Signal
		var at time.Time
		for {
			select {
			case <-work.Done():
				return
			case s := <-wishes:
				switch {
				case first == nil:
					first, at = s, time.Now()
					endTraining()
				case s != first || time.Since(at) > oneWish:
					signal.Stop(wishes)
					endWork()
				}
			}
		}
	}()
	return training, work, func() {
		endTraining()
		endWork()
		context.AfterFunc(parent, func() { signal.Stop(wishes) })
	}
}
