//go:build mpi

// Package mpi is what a training on many machines needs of MPI: two processes swap
// numbers, each tells that it is alive, and one can end all. It is built with the tag mpi
// alone, against the library that pkg-config knows as mpi-c or MPI_PKG_CONFIG names.
package mpi

/*
#cgo pkg-config: mpi-c
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>

static MPI_Comm world(void) { return MPI_COMM_WORLD; }

static int start(int *rank, int *ranks) {
	int given, error = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &given);
	if (error == MPI_SUCCESS && given < MPI_THREAD_SERIALIZED) error = MPI_ERR_OTHER;
	if (error == MPI_SUCCESS) error = MPI_Comm_set_errhandler(world(), MPI_ERRORS_RETURN);
	if (error == MPI_SUCCESS) error = MPI_Comm_rank(world(), rank);
	if (error == MPI_SUCCESS) error = MPI_Comm_size(world(), ranks);
	return error;
}

// A swap under way.
typedef struct { MPI_Request requests[2]; MPI_Status statuses[2]; int n; } swap;

static int begin(swap *s, int rank, float *send, int sent, float *recv, int received) {
	int error = MPI_SUCCESS;
	s->n = 0;
	if (received > 0) error = MPI_Irecv(recv, received, MPI_FLOAT, rank, 0, world(), &s->requests[s->n++]);
	if (sent > 0 && error == MPI_SUCCESS) error = MPI_Isend(send, sent, MPI_FLOAT, rank, 0, world(), &s->requests[s->n++]);
	return error;
}

// test looks a few times whether it is done.
static int test(swap *s, int times, int *done) {
	int error = MPI_SUCCESS;
	for (*done = 0; times > 0 && error == MPI_SUCCESS && !*done; times--) {
		error = MPI_Testall(s->n, s->requests, done, s->statuses);
	}
	return error;
}

// received is how many numbers have come: the receipt is the first request.
static int received(swap *s) {
	int count = 0;
	MPI_Get_count(&s->statuses[0], MPI_FLOAT, &count);
	return count;
}

enum { beat_tag = 1 };
static char beat;

// A beat under way.
typedef struct { MPI_Request request; int sent; } beating;

// tell sends a beat to a rank, unless the one before is still on its way.
static void tell(int rank, beating *b) {
	int done = 1;
	if (b->sent && MPI_Test(&b->request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return;
	if (done) b->sent = MPI_Isend(&beat, 1, MPI_CHAR, rank, beat_tag, world(), &b->request) == MPI_SUCCESS;
}

// hear receives a beat, if there is one, and says of which rank; else -1.
static int hear(void) {
	int there = 0;
	char c;
	MPI_Status status;
	if (MPI_Iprobe(MPI_ANY_SOURCE, beat_tag, world(), &there, &status) != MPI_SUCCESS || !there) return -1;
	if (MPI_Recv(&c, 1, MPI_CHAR, status.MPI_SOURCE, beat_tag, world(), MPI_STATUS_IGNORE) != MPI_SUCCESS) return -1;
	return status.MPI_SOURCE;
}

static void end_all(int status) { MPI_Abort(world(), status); }
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// A World is this process among those that mpirun has started together. Its methods may be
// called concurrently, but for Swap and Close.
type World struct {
	rank, ranks int

	mu      sync.Mutex  // of all calls of MPI
	swap    *C.swap     // in memory that MPI may keep, as the next
	beating []C.beating // of each rank
	watch   *watch
}

// Start begins MPI. A process does so once.
func Start() (*World, error) {
	var rank, ranks C.int
	if code := C.start(&rank, &ranks); code != C.MPI_SUCCESS {
		return nil, failure(code)
	}
	return &World{
		rank: int(rank), ranks: int(ranks),
		swap:    (*C.swap)(C.calloc(1, C.sizeof_swap)),
		beating: unsafe.Slice((*C.beating)(C.calloc(C.size_t(ranks), C.sizeof_beating)), ranks),
	}, nil
}

func (w *World) Rank() int  { return w.rank }
func (w *World) Ranks() int { return w.ranks }

const (
	most     = 1 << 28          // numbers in one message: MPI counts in 31 bits
	polls    = 10               // before others may call MPI, or run
	patience = time.Millisecond // before a rank that waits sleeps between polls
	nap      = 50 * time.Microsecond
)

// Swap sends numbers to another rank and receives as many as it sends.
func (w *World) Swap(rank int, send, recv []float32) error {
	for len(send) > 0 || len(recv) > 0 {
		s, r := min(len(send), most), min(len(recv), most)
		if err := w.swapSome(rank, send[:s], recv[:r]); err != nil {
			return err
		}
		send, recv = send[s:], recv[r:]
	}
	return nil
}

func (w *World) swapSome(rank int, send, recv []float32) error {
	var pinned runtime.Pinner // MPI keeps both until the swap is done
	defer pinned.Unpin()
	address := func(x []float32) *C.float {
		if len(x) == 0 {
			return nil
		}
		pinned.Pin(&x[0])
		return (*C.float)(unsafe.Pointer(&x[0]))
	}
	code := w.call(func() C.int {
		return C.begin(w.swap, C.int(rank), address(send), C.int(len(send)), address(recv), C.int(len(recv)))
	})
	start := time.Now()
	for done := C.int(0); code == C.MPI_SUCCESS && done == 0; {
		code = w.call(func() C.int { return C.test(w.swap, polls, &done) })
		switch {
		case done != 0:
		case time.Since(start) < patience:
			C.sched_yield()
		default:
			time.Sleep(nap)
		}
	}
	if code != C.MPI_SUCCESS {
		return failure(code)
	}
	if n := int(C.received(w.swap)); len(recv) > 0 && n != len(recv) {
		return fmt.Errorf("it has sent %d numbers instead of %d", n, len(recv))
	}
	return nil
}

func (w *World) call(f func() C.int) C.int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f()
}

// beat tells others that this rank is alive.
func (w *World) beat(others []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, rank := range others {
		C.tell(C.int(rank), &w.beating[rank])
	}
}

// beats are the ranks that have told so since it was last called.
func (w *World) beats() (ranks []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		rank := C.hear()
		if rank < 0 {
			return ranks
		}
		ranks = append(ranks, int(rank))
	}
}

func failure(code C.int) error {
	text := (*C.char)(C.malloc(C.MPI_MAX_ERROR_STRING))
	defer C.free(unsafe.Pointer(text))
	var n C.int
	C.MPI_Error_string(code, text, &n)
	return errors.New(C.GoStringN(text, n))
}

// Abort ends all processes with a status.
func (w *World) Abort(status int) {
	w.mu.Lock() // for ever: no other call comes
	C.end_all(C.int(status))
}

// Close waits until all ranks close, and ends MPI.
func (w *World) Close() error {
	one := make([]float32, 1)
	if w.rank > 0 {
		if err := w.Swap(0, one, nil); err != nil {
			return err
		}
		if err := w.Swap(0, nil, one); err != nil {
			return err
		}
	} else {
		for rank := 1; rank < w.ranks; rank++ {
			if err := w.Swap(rank, nil, one); err != nil {
				return err
			}
		}
		for rank := 1; rank < w.ranks; rank++ {
			if err := w.Swap(rank, one, nil); err != nil {
				return err
			}
		}
	}
	if w.watch != nil {
		w.watch.end()
	}
	if code := w.call(func() C.int { return C.MPI_Finalize() }); code != C.MPI_SUCCESS {
		return failure(code)
	}
	return nil
}
