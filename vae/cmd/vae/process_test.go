package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
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

// start starts it, or skips the test where there are no processes or none of
// this binary: an emulator cannot start itself.
func (p *process) start(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Skip("no process: ", err)
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
