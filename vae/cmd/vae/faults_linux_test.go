// The faults include those of refuse_linux_test.go.

//go:build !riscv64 && !loong64

package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

var (
	faultsFor  = flag.Duration("faults", 0, "how long TestFaults goes on, such as 2h; 0 is a few rounds")
	faultsSeed = flag.Uint64("faults.seed", 0, "its seed; 0 is that of the time")
)

// TestFaults trains under faults that come at random: signals, kills, full disks, refused
// system calls, folders and readers that go away. Training is deterministic, so that every
// checkpoint can be told to be whole, and of the step that the last line says.
func TestFaults(t *testing.T) {
	seed, rounds := uint64(1), 12
	if testing.Short() {
		rounds = 4
	}
	if *faultsFor > 0 {
		if seed, rounds = *faultsSeed, 1<<30; seed == 0 {
			seed = uint64(time.Now().UnixNano())
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	images := func(n int) dataset.Images {
		m := blank(n, 8, 8)
		for i := range m.Pixels {
			m.Pixels[i] = byte(rng.Uint32())
		}
		return m
	}
	train, test := images(64), images(16)
	f := &faults{rng: rng, data: idxFolder(t, train, test), train: train, test: test, runs: map[string]states{}, count: map[string]int{}}
	f.fresh(t)
	end := time.Now().Add(*faultsFor)
	done := 0
	for ; done < rounds && (*faultsFor == 0 || time.Now().Before(end)) && !t.Failed(); done++ {
		f.round(t)
	}
	f.unmount()
	t.Logf("seed %d: %d rounds, %v", seed, done, f.count)
}

// A state is where training stood when the weights were such.
type state struct{ epoch, images int }

// states are those of a run that nothing disturbs, by the hash of its weights.
type states map[string]state

type faults struct {
	rng         *rand.Rand
	data        string
	train, test dataset.Images
	runs        map[string]states

	dir     string // for results
	mounted bool   // it is a small disk
	before  string // hash of the checkpoint that is in it; "" if there is none
	stray   int    // temporary files that may be in it
	count   map[string]int
}

// sometimes is true once in n times, and counted then.
func (f *faults) sometimes(n int, what string) bool {
	yes := f.rng.IntN(n) == 0
	if yes {
		f.count[what]++
	}
	return yes
}

// fresh begins with an empty folder, on a small disk now and then.
func (f *faults) fresh(t *testing.T) {
	f.unmount()
	f.dir, f.before, f.stray = filepath.Join(t.TempDir(), "out"), "", 0
	if err := os.Mkdir(f.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 && f.sometimes(3, "small disk") {
		size := fmt.Sprintf("size=%dk", 16+f.rng.IntN(120))
		f.mounted = syscall.Mount("tmpfs", f.dir, "tmpfs", 0, size) == nil
	}
}

func (f *faults) unmount() {
	if f.mounted {
		syscall.Unmount(f.dir, syscall.MNT_DETACH)
		f.mounted = false
	}
}

// expected are the states of a run with such settings.
func (f *faults) expected(t *testing.T, kind string, epochs int, seed uint64) states {
	key := fmt.Sprint(kind, epochs, seed)
	if s, ok := f.runs[key]; ok {
		return s
	}
	m, err := vae.New(vae.DenseConfig(vae.Kind(kind), vae.Shape{Height: 8, Width: 8, Channels: 1}, []int{16}, 2), kernels.New(kernels.Default(), 1), seed)
	if err != nil {
		t.Fatal(err)
	}
	s := states{}
	o := vae.DefaultOptions()
	o.Epochs, o.Batch, o.Seed = epochs, 16, seed
	o.Progress = func(p vae.Progress) { s[m.WeightsSHA256()] = state{p.Epoch, p.Images} }
	if _, err := m.Train(t.Context(), f.train, f.test, o); err != nil {
		t.Fatal(err)
	}
	f.runs[key] = s
	return s
}

// hashOf is that of the checkpoint, which must be whole if it is there.
func (f *faults) hashOf(t *testing.T) string {
	t.Helper()
	m, err := vae.Load(filepath.Join(f.dir, modelName), kernels.New(kernels.Default(), 1))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Errorf("a damaged checkpoint: %v", err)
		return ""
	}
	return m.WeightsSHA256()
}

// round is one run.
func (f *faults) round(t *testing.T) {
	if f.rng.IntN(3) == 0 {
		f.fresh(t)
	}
	kind, epochs, seed := []string{"vae", "ae"}[f.rng.IntN(2)], []int{1, 3, 40, 400}[f.rng.IntN(4)], 1+f.rng.Uint64N(2)
	args := []string{"train", "-data", f.data, "-out", f.dir, "-model", kind, "-hidden", "16", "-latent", "2", "-batch", "16",
		"-epochs", strconv.Itoa(epochs), "-seed", strconv.FormatUint(seed, 10), "-threads", strconv.Itoa(1 + f.rng.IntN(2))}
	expected := f.expected(t, kind, epochs, seed)
	p := newProcess(t, args...)
	d := disturbance{refused: f.refusals(), closed: f.sometimes(8, "log without a reader")}
	if d.refused != "" {
		p.refusing(d.refused)
	}
	var log io.ReadCloser
	if d.closed {
		log = p.log(t)
	}
	p.start(t)
	if d.closed {
		io.CopyN(io.Discard, log, f.rng.Int64N(200))
		log.Close()
	}
	f.disturb(t, p, &d)
	ended := time.AfterFunc(2*time.Minute, func() {
		t.Error("it hangs")
		p.Process.Signal(syscall.SIGQUIT)
	})
	status := p.wait(t)
	ended.Stop()
	if status == cannotRefuse {
		return
	}
	r := outcome{f, d, t, strings.Join(args, " "), status, p.stderr.String(), expected, epochs}
	r.check()
	f.before = f.hashOf(t)
}

// refusals are system calls to refuse, at random.
func (f *faults) refusals() string {
	var calls []string
	for _, name := range []string{"fchmod", "fsync", "flock", "rename"} {
		if f.sometimes(12, name+" refused") {
			errnos := []syscall.Errno{unix.EPERM, unix.EINVAL, unix.EIO, unix.ENOSPC, unix.EACCES, unix.ENOSYS}
			calls = append(calls, fmt.Sprintf("%s=%d", name, errnos[f.rng.IntN(len(errnos))]))
		}
	}
	return strings.Join(calls, ",")
}

// A disturbance is what happened to a process.
type disturbance struct {
	refused              string
	closed, away, killed bool
	signals              int
}

// disturb does something to a process that runs.
func (f *faults) disturb(t *testing.T, p *process, d *disturbance) {
	wait := func() { time.Sleep(time.Duration(f.rng.Int64N(int64(300 * time.Millisecond)))) }
	if !f.mounted && f.sometimes(8, "folder away") {
		d.away = true
		time.Sleep(100 * time.Millisecond)
		wait()
		away := f.dir + ".away"
		rename(t, f.dir, away)
		if wait(); f.rng.IntN(2) == 0 {
			p.Process.Signal(syscall.SIGTERM)
			d.signals++
			wait()
		}
		if err := os.Rename(away, f.dir); err != nil { // the run began late, and has made another
			if err := os.RemoveAll(away); err != nil {
				t.Error(err)
			}
			f.before, f.stray = "", 0
		}
	}
	for range []int{0, 0, 1, 2, 3}[f.rng.IntN(5)] {
		wait()
		s := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[f.rng.IntN(3)]
		f.count[s.String()]++
		p.Process.Signal(s)
		d.signals++
	}
	if f.sometimes(4, "killed") {
		wait()
		p.Process.Kill()
		d.killed = true
	}
}

// An outcome is what a run has left.
type outcome struct {
	*faults
	disturbance
	t        *testing.T
	what     string
	status   int
	log      string
	expected states
	epochs   int
}

func (r *outcome) fail(format string, args ...any) {
	r.t.Helper()
	r.t.Errorf("%s: %+v: status %d: %s\n%s", r.what, r.disturbance, r.status, fmt.Sprintf(format, args...), r.log)
}

var (
	saidInterrupted = regexp.MustCompile(`^interrupted in epoch (\d+): saved in `)
	saidModel       = regexp.MustCompile(modelName + ` is the model of epoch (\d+)$`)
)

func (r *outcome) check() {
	hash := r.hashOf(r.t)
	at, ours := r.expected[hash]
	if hash != "" && !ours && hash != r.before {
		r.fail("the checkpoint is of no step of this run, and not what was there")
	}
	if strings.Contains(r.log, "goroutine ") || strings.Contains(r.log, "panic") {
		r.fail("it panics")
	}
	under := strings.Contains(r.log, "training ") // a signal before that is not caught
	switch r.status {
	case 0:
		if at != (state{r.epochs, r.train.Len()}) {
			r.fail("it succeeds with a checkpoint of %+v", at)
		}
	case -1:
		if !r.killed && (r.signals == 0 || under && r.signals < 3) {
			r.fail("a signal has ended it")
		}
	case 1, 130:
	default:
		r.fail("no such status")
	}
	if !r.closed && (r.status == 1 || r.status == 130) {
		r.checkLastLine(hash, at, ours)
	}
	r.checkHistory(at, ours)
	r.checkState()

	temporary := 0
	for _, name := range names(r.t, r.dir) {
		if strings.HasPrefix(name, ".") {
			temporary++
		}
	}
	if r.status == 0 && !strings.Contains(r.refused, "flock") {
		r.stray = 0 // it sweeps
	}
	if r.status != 0 || r.away { // what was being saved, if it could not be removed
		r.stray++
	}
	if temporary > r.stray {
		r.fail("%d temporary files, %d at most are expected", temporary, r.stray)
	}
}

// checkLastLine tells whether it is true.
func (r *outcome) checkLastLine(hash string, at state, ours bool) {
	lines := strings.Split(strings.TrimSpace(r.log), "\n")
	last := lines[len(lines)-1]
	epoch := func(m []string) int { n, _ := strconv.Atoi(m[1]); return n }
	switch m, n := saidInterrupted.FindStringSubmatch(last), saidModel.FindStringSubmatch(last); {
	case m != nil:
		if !ours || at.epoch != epoch(m) {
			r.fail("the checkpoint is of %+v", at)
		}
	case n != nil:
		if !ours || at.epoch != epoch(n) {
			r.fail("the checkpoint is of %+v", at)
		}
	case strings.HasSuffix(last, "is that of an earlier run"), strings.HasSuffix(last, "choose another place with -out"),
		last == "interrupted before the first step: there is nothing to save":
		if hash != r.before {
			r.fail("the earlier checkpoint is gone, or another")
		}
	case strings.HasSuffix(last, "nothing was saved"):
		if hash != "" {
			r.fail("there is a checkpoint")
		}
	case r.status == 130 && strings.HasPrefix(last, "interrupted"):
	default:
		r.fail("the last line says nothing of what is saved")
	}
}

// checkState tells whether the run can be resumed, if it says what it is: its state is whole,
// and one that run.json tells of.
func (r *outcome) checkState() {
	d, err := readDocument(r.dir)
	if r.status != 0 && !exists(filepath.Join(r.dir, documentName)) {
		return
	}
	if err != nil {
		r.fail("%v", err)
		return
	}
	config, err := vae.ParseConfig(d.Model)
	if err == nil {
		_, _, err = loadState(r.dir, d, config, kernels.New(kernels.Default(), 1), len(d.Epochs)+1)
	}
	if err != nil {
		r.fail("it cannot be resumed: %v", err)
	}
	if r.status != 0 {
		return // it may be that of a run before
	}
	if len(d.Epochs) != r.epochs {
		r.fail("%s has %d epochs", documentName, len(d.Epochs))
	}
	for i, e := range d.Epochs {
		if at := r.expected[e.Weights]; at != (state{i + 1, r.train.Len()}) {
			r.fail("epoch %d of %s has the weights of %+v", i+1, documentName, at)
		}
	}
}

// checkHistory tells whether it can be read, and is that of the checkpoint or one that
// is behind, for the model is saved first.
func (r *outcome) checkHistory(at state, ours bool) {
	b, err := os.ReadFile(filepath.Join(r.dir, historyName))
	if errors.Is(err, fs.ErrNotExist) {
		if r.status == 0 {
			r.fail("no history")
		}
		return
	}
	if err != nil || !bytes.HasPrefix(b, []byte(historyHeader)) {
		r.fail("history %v, %.100q", err, b)
		return
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		r.fail("history: %v", err)
		return
	}
	for i, row := range rows[1:] {
		if row[0] != strconv.Itoa(i+1) {
			r.fail("epoch %s in row %d of the history", row[0], i+1)
		}
	}
	if r.status == 0 && len(rows) != r.epochs+1 {
		r.fail("%d rows of history", len(rows))
	}
}
