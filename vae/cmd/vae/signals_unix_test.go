//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell puts a line of shell before a process, such as one that sets a limit.
func (p *process) shell(t *testing.T, line string) *process {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	p.Args = append([]string{"sh", "-c", line + `; exec "$0" "$@"`, p.Path}, p.Args[1:]...)
	p.Path = sh
	return p
}

// until waits for something to come true.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("waited half a minute for ", what)
}

// log is where the process writes standard error.
func (p *process) log(t *testing.T) io.ReadCloser {
	t.Helper()
	p.Stderr = nil
	log, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// endless is a training that is saved when it is a little under way.
func endless(t *testing.T, data, out string) *process {
	p := newProcess(t, tiny(data, out, "-epochs", "1000000", "-json")...)
	p.start(t)
	until(t, "the first save", func() bool { return exists(filepath.Join(out, historyName)) })
	return p
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestSignals(t *testing.T) {
	data := smallData(t)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) { // as under nohup, and so it is for the process
			continue
		}
		out := t.TempDir()
		p := endless(t, data, out)
		p.signal(t, s)
		p.signal(t, s) // one wish
		interrupted(t, out, p.wait(t), p.stdout.String(), p.stderr.String())
	}
}

// TestSignalAfterAll: a signal between the last word of a run and the exit of the
// program does not end it.
func TestSignalAfterAll(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) { // as under nohup
			continue
		}
		_, _, stop := interruptible(t.Context())
		stop()
		if err := syscall.Kill(os.Getpid(), s); err != nil { // would end this test
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestIgnoredSignals: as from nohup, or from a script that starts it with &.
func TestIgnoredSignals(t *testing.T) {
	out := t.TempDir()
	p := newProcess(t, tiny(smallData(t), out, "-epochs", "1000000", "-json")...).shell(t, "trap '' HUP INT")
	p.start(t)
	until(t, "the first save", func() bool { return exists(filepath.Join(out, historyName)) })
	size := func() int64 {
		info, err := os.Stat(filepath.Join(out, historyName))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	p.signal(t, os.Interrupt)
	p.signal(t, syscall.SIGHUP)
	before := size()
	until(t, "more epochs", func() bool { return size() > before })
	p.signal(t, syscall.SIGTERM)
	interrupted(t, out, p.wait(t), p.stdout.String(), p.stderr.String())
}

// TestSavedBeforeEvaluated: the model is on the disk while the test images, for
// which the slowest kernels take long, are still to be evaluated. The second
// signal leaves them out.
func TestSavedBeforeEvaluated(t *testing.T) {
	out := t.TempDir()
	data := idxFolder(t, blank(1<<12, 28, 28), blank(1<<14, 28, 28))
	p := newProcess(t, "train", "-data", data, "-out", out, "-hidden", "512,512", "-batch", "4", "-threads", "1", "-json")
	p.Env = append(p.Env, "LANEWISE_ISA=go")
	log := p.log(t)
	p.start(t)
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "training ") {
	}
	time.Sleep(300 * time.Millisecond)
	p.signal(t, syscall.SIGTERM)
	begin := time.Now()
	until(t, "the model", func() bool { return exists(filepath.Join(out, historyName)) })
	t.Logf("saved after %v", time.Since(begin))
	time.Sleep(oneWish + oneWish/5)
	p.signal(t, syscall.SIGTERM)
	begin = time.Now()
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	status := p.wait(t)
	t.Logf("ended after %v", time.Since(begin))
	rows := history(t, out)
	if status != 130 || !strings.HasPrefix(last, "interrupted in epoch 1: saved in "+out) || len(rows) != 2 || rows[1][1] == "" || rows[1][4] != "" {
		t.Errorf("status %d, last line %q, history %v", status, last, rows)
	}
	if report := lastJSON(t, p.stdout.String()); report["test_loss"] != nil || report["train_loss"] == nil {
		t.Errorf("-json says %v", report)
	}
}

// TestNobodyReads: a training outlives the readers of its log, and what the log
// says is saved is saved.
func TestNobodyReads(t *testing.T) {
	data := smallData(t)
	for _, c := range []string{"log closed", "both closed", "log closed later"} {
		out := t.TempDir()
		p := newProcess(t, tiny(data, out, "-epochs", "3")...)
		switch c {
		case "log closed":
			p.shell(t, "exec 2>&-")
			p.start(t)
		case "both closed":
			p.shell(t, "exec >&- 2>&-")
			p.start(t)
		default:
			log := p.log(t)
			p.start(t)
			bufio.NewReader(log).ReadString('\n')
			log.Close()
		}
		p.wait(t)
		if rows, got := history(t, out), names(t, out); len(rows) != 4 || len(got) != runFiles {
			t.Errorf("%s: %d rows of history, files %v", c, len(rows), got)
		}
	}
}

// TestHead: encode ends quietly where its reader does.
func TestHead(t *testing.T) {
	data := smallData(t)
	model := tinyModel(t, data)
	r, w, err := os.Pipe()
	if err != nil {
		t.Skip(err)
	}
	r.Close()
	p := newProcess(t, "encode", "-data", data, "-checkpoint", model)
	p.Stdout = w
	p.start(t)
	w.Close()
	if status := p.wait(t); status == 0 || p.stderr.Len() != 0 {
		t.Errorf("status %d, %s", status, p.stderr.String())
	}
}

func TestUmask(t *testing.T) {
	data, out := smallData(t), filepath.Join(t.TempDir(), "new")
	train := func(umask string) {
		t.Helper()
		p := newProcess(t, tiny(data, out)...).shell(t, "umask "+umask)
		if status := p.run(t); status != 0 {
			t.Fatal(p.stderr.String())
		}
	}
	perms := func(name string, want fs.FileMode) {
		t.Helper()
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s is %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	train("077")
	for _, name := range names(t, out) {
		perms(name, 0o600)
	}
	if err := os.Chmod(filepath.Join(out, historyName), 0o640); err != nil {
		t.Fatal(err)
	}
	train("022")
	perms(modelName, 0o600) // replaced
	perms(historyName, 0o640)
	perms(lossName, 0o644) // removed with the earlier run's, and made
}

// TestDevices: standard output under other names is written to, not replaced,
// and not cut where a file behind it has more.
func TestDevices(t *testing.T) {
	if !exists("/dev/stdout") {
		t.Skip("no /dev/stdout")
	}
	before, err := os.Lstat("/dev/stdout")
	if err != nil {
		t.Fatal(err)
	}
	data := smallData(t)
	model := tinyModel(t, data)
	want, _ := must(t, "encode", "-data", data, "-checkpoint", model)
	args := []string{"encode", "-data", data, "-checkpoint", model, "-out", "/dev/stdout"}

	p := newProcess(t, args...) // to a pipe
	if status := p.run(t); status != 0 || p.stdout.String() != want {
		t.Errorf("status %d, %d bytes, %s", status, p.stdout.Len(), p.stderr.String())
	}

	path := filepath.Join(t.TempDir(), "file") // to the end of a file
	write(t, path, []byte("before\n"))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p = newProcess(t, args...)
	p.Stdout = f
	if status := p.run(t); status != 0 || string(read(t, path)) != "before\n"+want {
		t.Errorf("status %d, %.100q, %s", status, read(t, path), p.stderr.String())
	}

	for _, c := range []string{"/dev/full", "-"} {
		p = newProcess(t, append(args[:len(args)-1:len(args)-1], c)...)
		if c == "-" {
			if p.Stdout, err = os.OpenFile("/dev/full", os.O_WRONLY, 0); err != nil {
				t.Skip(err)
			}
		}
		if status, said := p.run(t), p.stderr.String(); status != 1 || strings.Count(said, syscall.ENOSPC.Error()) != 1 || strings.Count(said, "\n") != 1 {
			t.Errorf("-out %s, full: status %d, %s", c, status, said)
		}
	}
	after, err := os.Lstat("/dev/stdout")
	if err != nil || !os.SameFile(before, after) || before.Mode() != after.Mode() {
		t.Errorf("/dev/stdout was %v and is %v, %v", before, after, err)
	}
}

// TestFileSizeLimit: above it writing is an error, which one line tells.
func TestFileSizeLimit(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	p := newProcess(t, tiny(data, out, "-hidden", "400", "-epochs", "3")...).shell(t, "ulimit -f 100")
	status, said := p.run(t), p.stderr.String()
	if status != 1 || !strings.HasSuffix(said, "nothing was saved\n") || bytes.Contains(p.stderr.Bytes(), []byte("goroutine")) {
		t.Errorf("status %d, %s", status, said)
	}
	if got := names(t, out); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}

// TestKilled: what a killed process leaves is swept by the next.
func TestKilled(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	for range 5 {
		p := endless(t, data, out)
		p.Process.Kill()
		p.wait(t)
	}
	var temporary []string
	for _, name := range names(t, out) {
		if strings.HasPrefix(name, ".") {
			temporary = append(temporary, name)
		}
	}
	if len(temporary) > 1 {
		t.Errorf("five killed processes leave %v", temporary)
	}
	must(t, tiny(data, out)...)
	if got := names(t, out); len(got) != runFiles {
		t.Errorf("the next leaves %v", got)
	}
}
