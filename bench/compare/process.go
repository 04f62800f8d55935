package main

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lanewise/lanewise/bench/internal/rival"
)

//go:embed driver/*.py
var driver embed.FS

// A framework is a peer that runs in a process of its own: a module of Python, or
// a program written in Go.
type framework struct {
	name    string
	program string   // of bench/rivals; or the Python
	module  string   // of Python; "" for others
	benches []string // that it takes part in
	double  bool     // it leaves float64
}

// numpyName is not that of its OpenBLAS, which is a library.
const numpyName = "numpy-linalg"

// trained are the benches of whoever trains.
var trained = []string{"gemm", "conv", "map", "loss", "reparam", "adam", "step", "encode", "latency"}

// frameworks are those of the system, and those of the folder of peers.
func frameworks(folder string) []framework {
	venv := filepath.Join(folder, "venv", "bin", "python")
	fws := []framework{
		{name: "debian-torch", program: "/usr/bin/python3", module: "torch", benches: trained},
		{name: "torch", program: venv, module: "torch", benches: trained},
		{name: "jax", program: venv, module: "jax", benches: trained},
		{name: "onnxruntime", program: venv, module: "onnxruntime", benches: []string{"encode", "latency"}},
		{name: numpyName, program: venv, module: "numpy", benches: []string{"gonum"}, double: true},
	}
	for _, name := range []string{"gomlx", "born", "highway"} {
		fws = append(fws, framework{name: name, program: filepath.Join(folder, "rivals", name), benches: []string{"gemm", "map"}})
	}
	return fws
}

// A process is a framework at work on a number of threads. It is driven by
// lines of JSON, a request and a reply each; driver/main.py explains them.
type process struct {
	framework
	version string
	absent  string // why it is not there

	dir    string // for arrays, which travel as files
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr tail
	tasks  int // since the last case began
	cpu    int // of the thread that makes timed calls; negative: any
}

// open starts a framework.
func (fw framework) open(ctx context.Context, threads int, dir string) *process {
	p := &process{framework: fw, dir: filepath.Join(dir, fmt.Sprintf("%s-%d", fw.name, threads)), cpu: -1}
	if err := p.launch(ctx, threads); err != nil {
		p.absent = err.Error()
		p.close()
	}
	return p
}

func (p *process) launch(ctx context.Context, threads int) error {
	if reason, err := os.ReadFile(p.program + ".absent"); err == nil {
		return fmt.Errorf("it could not be built: %s", bytes.TrimSpace(reason))
	}
	if _, err := exec.LookPath(p.program); err != nil {
		return fmt.Errorf("there is no %s", p.program)
	}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		return err
	}
	var args []string
	if p.module != "" {
		if err := os.CopyFS(p.dir, driver); err != nil {
			return err
		}
		args = []string{filepath.Join(p.dir, "driver", "main.py"), p.module}
	}
	n := strconv.Itoa(threads)
	p.cmd = exec.CommandContext(ctx, p.program, append(args, n)...)
	p.cmd.Env = append(os.Environ(),
		"OMP_NUM_THREADS="+n, "MKL_NUM_THREADS="+n, "OPENBLAS_NUM_THREADS="+n,
		"NPROC="+n, // the size of XLA's pool
		"TORCHINDUCTOR_CACHE_DIR="+filepath.Join(p.dir, "inductor"),
		"TORCHINDUCTOR_COMPILE_THREADS=1", // no processes of its own
		"PYTHONUNBUFFERED=1",
	)
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = time.Second
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return err
	}
	hello, err := p.reply()
	p.version = hello.Version
	return err
}

func (p *process) close() {
	if p.cmd != nil && p.cmd.Process != nil {
		p.in.Close() // which ends the driver
		p.cmd.Wait()
	}
	p.cmd = nil
}

// An answer is a line from the driver.
type answer struct {
	Version string  `json:"version"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error"`
}

func (p *process) ask(request map[string]any) (answer, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return answer{}, p.died()
	}
	return p.reply()
}

func (p *process) reply() (answer, error) {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return answer{}, p.died()
	}
	var r answer
	if err := json.Unmarshal(line, &r); err != nil {
		return answer{}, fmt.Errorf("its driver said %q", line)
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

func (p *process) died() error {
	if last := p.stderr.last(); last != "" {
		return fmt.Errorf("it ended: %s", last)
	}
	return errors.New("it ended")
}

// A tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b...)
	if n := len(t.text); n > 4096 {
		t.text = append(t.text[:0], t.text[n-4096:]...)
	}
	return len(b), nil
}

// last is the last line.
func (t *tail) last() string {
	lines := bytes.Split(bytes.TrimSpace(t.text), []byte("\n"))
	return strings.TrimSpace(string(lines[len(lines)-1]))
}

// A task is the work of a case as the driver gets it.
type task struct {
	bench  string
	params map[string]any
	inputs map[string][]float32
}

// work prepares a task, or one variant of it.
func (p *process) work(t task, variant string) (work, error) {
	if p.absent != "" {
		return work{}, errors.New(p.absent)
	}
	files := map[string]string{}
	for name, x := range t.inputs {
		files[name] = filepath.Join(p.dir, name+".f32")
		if err := rival.WriteFloats(files[name], x); err != nil {
			return work{}, err
		}
	}
	if p.tasks == 0 {
		if _, err := p.ask(map[string]any{"do": "forget"}); err != nil {
			return work{}, err
		}
	}
	p.tasks++
	id := p.tasks
	if _, err := p.ask(map[string]any{"do": "prepare", "task": id, "bench": t.bench, "variant": variant, "params": t.params, "inputs": files}); err != nil {
		return work{}, err
	}
	return work{
		run: func(warm, reps int) (time.Duration, error) {
			r, err := p.ask(map[string]any{"do": "run", "task": id, "warm": warm, "reps": reps, "cpu": p.cpu})
			return time.Duration(r.Seconds * 1e9), err
		},
		output: func() ([]float64, error) {
			file := filepath.Join(p.dir, "output.f32")
			if _, err := p.ask(map[string]any{"do": "output", "task": id, "file": file}); err != nil {
				return nil, err
			}
			if p.double {
				return rival.ReadFloats[float64](file)
			}
			x, err := rival.ReadFloats[float32](file)
			return widened(x), err
		},
	}, nil
}
