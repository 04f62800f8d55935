package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// asCommand makes the test binary the command: signals, limits and pipes need
// a process of their own.
const asCommand = "VAE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A process is the command in a process of its own.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

// newProcess is `vae args`, not yet started.
func newProcess(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	p := &process{Cmd: exec.Command(self, args...)}
	p.Env = append(os.Environ(), asCommand+"=1")
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

// runnable tells why the machine cannot start the test binary: there are no
// processes, or the binary is an emulator's.
var runnable = sync.OnceValue(func() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return exec.Command(self, "-test.run", "^$").Run()
})

// start starts it, or skips the test where the machine cannot.
func (p *process) start(t *testing.T) {
	t.Helper()
	if err := runnable(); err != nil {
		t.Skip("no processes of the test binary: ", err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.ProcessState == nil {
			p.Process.Kill()
			p.Wait()
		}
	})
}

// wait is its exit status: -1 where a signal has ended it.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	var exit *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// run starts it and waits.
func (p *process) run(t *testing.T) int {
	t.Helper()
	p.start(t)
	return p.wait(t)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
