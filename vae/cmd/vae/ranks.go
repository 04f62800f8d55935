package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lanewise/lanewise/vae"
)

// A world is all processes of a run that mpirun has started.
type world interface {
	vae.Exchange
	// Watch calls silent, once, with a rank that has been silent for so long.
	Watch(bound time.Duration, silent func(rank int))
	Abort(status int)
	Close() error
}

// ranks are the processes of a run: a world, or this one alone.
type ranks struct {
	world  // nil for one process
	errors io.Writer
}

// untilTold is how long the other ranks wait for rank 0 to tell: where one ends with an error
// mpirun ends all.
const untilTold = 2 * time.Second

// refuseRanks is an error where mpirun has started several processes, which rank 0 tells.
func refuseRanks(why string) error {
	switch n := os.Getenv("OMPI_COMM_WORLD_SIZE"); {
	case n == "" || n == "1":
		return nil
	case os.Getenv("OMPI_COMM_WORLD_RANK") != "0":
		time.Sleep(untilTold)
		return errTold
	default:
		return fmt.Errorf("mpirun has started %.10s processes, %s", n, why)
	}
}

// together runs a command on all ranks; one process is rank 0 of one. What rank 0 prints is
// printed. All ranks end together: close gives each of them the error of the first that
// has one.
func together(std streams, command func(std streams, r *ranks) error) error {
	w, err := joinWorld()
	if err != nil {
		return err
	}
	return (&ranks{w, std.err}).run(std, command)
}

func (r *ranks) run(std streams, command func(std streams, r *ranks) error) error {
	if r.world == nil {
		return command(std, r)
	}
	if r.Rank() > 0 {
		std.out, std.err = io.Discard, io.Discard
	}
	err := r.version()
	if err == nil {
		err = r.agree(command(std, r))
	}
	if r.leads() && err != nil && !errors.Is(err, errTold) && !errors.Is(err, errHelp) && !errors.Is(err, errInterrupted) {
		// Before the others end: mpirun ends all where one has, by its status.
		r.tell(err)
		err = errTold
	}
	if e := r.Close(); e != nil && err == nil {
		err = e
	}
	return err
}

func (r *ranks) leads() bool { return r.world == nil || r.Rank() == 0 }

func (r *ranks) count() int {
	if r.world == nil {
		return 1
	}
	return r.Ranks()
}

// ofFirst is a number, below 2^24, that rank 0 has.
func (r *ranks) ofFirst(v int) (int, error) {
	if r.world == nil {
		return v, nil
	}
	message := []float32{float32(v)}
	if !r.leads() {
		err := r.Swap(0, nil, message)
		return int(message[0]), err
	}
	for rank := 1; rank < r.Ranks(); rank++ {
		if err := r.Swap(rank, message, nil); err != nil {
			return v, err
		}
	}
	return v, nil
}

// text says how many there are beside the threads of each.
func (r *ranks) text(threads string) string {
	if r.world == nil {
		return threads
	}
	return threads + " on each of " + count(r.Ranks(), "rank")
}

// watch ends the run where a rank is silent for longer.
func (r *ranks) watch(bound time.Duration) {
	if r.world == nil {
		return
	}
	r.Watch(bound, func(rank int) {
		// Where rank 0 is silent others say the same: rank 1 first, which ends them.
		if r.Rank() > 1 {
			time.Sleep(5 * time.Second)
		}
		r.end(fmt.Errorf("rank %d has been silent for more than %v (-silence): it hangs, its machine is down, or the network is", rank, bound))
	})
}

// end says why, and ends the run everywhere.
func (r *ranks) end(why error) {
	r.tell(why)
	r.Abort(1)
	os.Exit(1)
}

// tell writes the line of an error, or its record.
func (r *ranks) tell(err error) {
	if log := loggerOf(r.errors); log != nil {
		log.Error(errorText(err))
		return
	}
	fmt.Fprintln(r.errors, "vae: "+errorText(err))
}

// version compares the programs before anything that they might do otherwise.
func (r *ranks) version() error {
	return r.agreed(vae.Agree(r.world, vae.Fact{Name: "versions of vae", SHA256: sha256.Sum256([]byte(programVersion()))}))
}

// agreed is an error that all ranks have, which rank 0 prints.
func (r *ranks) agreed(err error) error {
	r.alive(err)
	if err != nil && !r.leads() {
		return errTold
	}
	return err
}

// alive ends the run where err is that of a rank which cannot be reached.
func (r *ranks) alive(err error) {
	var rank *vae.RankError
	if errors.As(err, &rank) && rank.Lost {
		r.end(err)
	}
}

const maxText = 1000 // of an error

// agree tells all ranks how each has fared. Where none has an error it is nil; else
// every rank has an error, and rank 0 that of the first which has one of its own.
func (r *ranks) agree(err error) error {
	if r.world == nil {
		return err
	}
	r.alive(err)
	own, text := 0, ""
	if err != nil {
		own, text = 2, errorText(err)
		text = text[:min(len(text), maxText)]
		if errors.Is(err, vae.ErrFailed) || errors.Is(err, errTold) {
			own = 1
		}
	}
	first, what, e := r.firstText(own, text)
	switch {
	case e != nil:
		r.end(e)
	case first < 0:
		return nil
	case err != nil && what == text && (r.leads() || errors.Is(err, errHelp) || errors.Is(err, errInterrupted)):
		return err
	case r.leads():
		return fmt.Errorf("rank %d: %s", first, what)
	}
	return errTold
}

// firstText is the rank with the most weight, the first of several, and its text, of at most
// maxText bytes, or -1 where no rank has a weight.
func (r *ranks) firstText(weight int, text string) (rank int, what string, err error) {
	message := append([]float32{float32(r.Rank()), float32(weight)}, numbersOfText(text)...)
	if r.Rank() > 0 {
		if err = r.Swap(0, message, nil); err == nil {
			err = r.Swap(0, nil, message)
		}
	} else {
		best := append([]float32(nil), message...)
		for rank := 1; rank < r.Ranks() && err == nil; rank++ {
			if err = r.Swap(rank, nil, message); err == nil && message[1] > best[1] {
				copy(best, message)
			}
		}
		message = best
		for rank := 1; rank < r.Ranks() && err == nil; rank++ {
			err = r.Swap(rank, message, nil)
		}
	}
	if err != nil || message[1] == 0 {
		return -1, "", err
	}
	return int(message[0]), textOfNumbers(message[2:]), nil
}

// numbersOfText is a text of at most maxText bytes, as ranks exchange it.
func numbersOfText(text string) []float32 {
	numbers := make([]float32, maxText)
	for i := range len(text) {
		numbers[i] = float32(text[i])
	}
	return numbers
}

func textOfNumbers(numbers []float32) string {
	b := make([]byte, 0, maxText)
	for _, v := range numbers {
		if v != 0 {
			b = append(b, byte(v))
		}
	}
	return string(b)
}

// texts are those of all ranks, which rank 0 gets; others get nothing.
func (r *ranks) texts(own string) ([]string, error) {
	if r.world == nil {
		return []string{own}, nil
	}
	if !r.leads() {
		return nil, r.Swap(0, numbersOfText(own), nil)
	}
	all, message := []string{own}, make([]float32, maxText)
	for rank := 1; rank < r.Ranks(); rank++ {
		if err := r.Swap(rank, nil, message); err != nil {
			return nil, err
		}
		all = append(all, textOfNumbers(message))
	}
	return all, nil
}
