package kernels

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// helper is this test program, to run one test in an environment of its own.
func helper(t *testing.T, test string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(exe, "-test.run=^"+test+"$")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LANEWISE_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// run returns what the process says, and how it failed. One that cannot be
// started, on another processor than ours, is a skip.
func run(t *testing.T, cmd *exec.Cmd) (string, error) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if _, ran := err.(*exec.ExitError); err != nil && !ran {
		t.Skip(err)
	}
	return string(out), err
}

// brief asks for less work: an emulator and the race detector cost a factor of
// ten or more.
func brief() bool { return testing.Short() || raceEnabled }
