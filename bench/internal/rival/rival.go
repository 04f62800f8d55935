// Package rival is the side of bench/compare that runs a library written in Go,
// in a process of its own: the libraries that bench/rivals compares are in no
// module that anything else needs.
//
// A rival reads requests in JSON, a line each, and answers each with a line, as
// bench/compare/driver.py explains.
package rival

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/lanewise/lanewise/bench/internal/pin"
)

// A Task is work as bench/compare describes it: a product C = op(A)·op(B) of
// the inputs a and b, or a map of the input x.
type Task struct {
	Bench          string // gemm or map
	TransA, TransB bool
	M, N, K        int
	Kind           string // of a map
	Inputs         map[string][]float32
}

// Work is a call that is timed, and what the last one has left.
type Work struct {
	Call   func()
	Output func() []float32
}

// Main runs a rival: the first argument is the number of threads, which are
// GOMAXPROCS too. prepare makes the work of a task, or says why there is none.
// The version is that of a module in this binary.
func Main(module string, newRival func(threads int) (prepare func(Task) (Work, error), err error)) {
	signal.Ignore(os.Interrupt) // the other side will end this process
	out := os.Stdout
	os.Stdout = os.Stderr // what a library prints is no answer
	if err := run(module, os.Args[1:], newRival, os.Stdin, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(module string, args []string, newRival func(int) (func(Task) (Work, error), error), in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: %s THREADS", os.Args[0])
	}
	threads, err := strconv.Atoi(args[0])
	if err != nil || threads < 1 {
		return fmt.Errorf("%q is no number of threads", args[0])
	}
	runtime.GOMAXPROCS(threads)
	prepare, err := newRival(threads)
	if err != nil {
		return json.NewEncoder(out).Encode(reply{Error: err.Error()})
	}
	return Serve(Version(module)+", "+runtime.Version(), prepare, in, out)
}

// Version is that of a module in this binary.
func Version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "unknown version"
}

// A request is a line from the other side.
type request struct {
	Do     string            `json:"do"`
	Task   int               `json:"task"`
	Bench  string            `json:"bench"`
	Inputs map[string]string `json:"inputs"` // files
	Params struct {
		TransA bool   `json:"ta"`
		TransB bool   `json:"tb"`
		M      int    `json:"m"`
		N      int    `json:"n"`
		K      int    `json:"k"`
		Kind   string `json:"kind"`
	} `json:"params"`
	Warm int    `json:"warm"`
	Reps int    `json:"reps"`
	CPU  *int   `json:"cpu"`
	File string `json:"file"`
}

type reply struct {
	Version string  `json:"version,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Error   string  `json:"error,omitempty"`
}

// Serve answers requests until there are no more.
func Serve(version string, prepare func(Task) (Work, error), in io.Reader, out io.Writer) error {
	answers := json.NewEncoder(out)
	if err := answers.Encode(reply{Version: version}); err != nil {
		return err
	}
	works := map[int]Work{}
	lines := json.NewDecoder(bufio.NewReader(in))
	for {
		var q request
		if err := lines.Decode(&q); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		a, err := answer(works, prepare, q)
		if err != nil {
			a = reply{Error: err.Error()}
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

// answer makes errors of panics: a rival that fails in one case goes on.
func answer(works map[int]Work, prepare func(Task) (Work, error), q request) (a reply, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if q.Do == "forget" {
		clear(works)
		runtime.GC()
		return reply{}, nil
	}
	if q.Do == "prepare" {
		t := Task{
			Bench: q.Bench, TransA: q.Params.TransA, TransB: q.Params.TransB,
			M: q.Params.M, N: q.Params.N, K: q.Params.K, Kind: q.Params.Kind, Inputs: map[string][]float32{},
		}
		for name, file := range q.Inputs {
			if t.Inputs[name], err = ReadFloats[float32](file); err != nil {
				return reply{}, err
			}
		}
		works[q.Task], err = prepare(t)
		return reply{}, err
	}
	w, ok := works[q.Task]
	if !ok || w.Call == nil {
		return reply{}, fmt.Errorf("there is no task %d", q.Task)
	}
	switch q.Do {
	case "run":
		if q.CPU != nil {
			defer pin.Thread(*q.CPU)()
		}
		for range q.Warm {
			w.Call()
		}
		start := time.Now()
		for range q.Reps {
			w.Call()
		}
		return reply{Seconds: time.Since(start).Seconds()}, nil
	case "output":
		return reply{}, WriteFloats(q.File, w.Output())
	}
	return reply{}, fmt.Errorf("cannot do %q", q.Do)
}

// ReadFloats reads what WriteFloats has written, or float64: little-endian.
func ReadFloats[T float32 | float64](file string) ([]T, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var zero T
	x := make([]T, len(b)/binary.Size(zero))
	_, err = binary.Decode(b, binary.LittleEndian, x)
	return x, err
}

// WriteFloats writes x to a file for the process at the other end.
func WriteFloats(file string, x []float32) error {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return os.WriteFile(file, b, 0o600)
}
