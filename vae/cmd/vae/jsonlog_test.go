package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// records parses a log in JSON, each line of which is an object.
func records(t *testing.T, log string) (all []map[string]any) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if r["time"] == nil || r["level"] == nil || r["msg"] == nil {
			t.Errorf("the record %v lacks something", r)
		}
		all = append(all, r)
	}
	return all
}

// TestLogJSON: every line of standard error is a record, that of an epoch with what run.json
// has of it, and standard output is as without it.
func TestLogJSON(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	plain, _ := must(t, append(tiny(data, out, "-validate", "0.25"), "-epochs", "2")...)
	stdout, stderr := must(t, append(tiny(data, out, "-validate", "0.25", "-log-json"), "-epochs", "2")...)
	if lines := strings.Split(plain, "\n"); !strings.HasPrefix(stdout, lines[0]+"\n"+lines[1]+"\n") || strings.Count(stdout, "\n") != len(lines)-1 {
		t.Errorf("standard output %s\nwithout -log-json %s", stdout, plain)
	}
	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	epochs := 0
	for _, r := range records(t, stderr) {
		if r["msg"] != "epoch" {
			continue
		}
		e := d.Epochs[epochs]
		epochs++
		train, test := r["train"].(map[string]any), r["test"].(map[string]any)
		if r["epoch"] != float64(e.Epoch) || r["epochs"] != 2.0 || train["total"] != e.Train.Total || test["kl"] != e.Test.KL || r["held_out"] != *e.HeldOut ||
			r["weights_sha256"] != e.Weights || r["rows"] != 192.0 || r["rows_per_second"].(float64) <= 0 {
			t.Errorf("the record %v, in %s %+v", r, documentName, e)
		}
	}
	if epochs != 2 || !strings.Contains(stderr, `"msg":"training VAE of 784-16-2-16-784 on 192 images`) || !strings.Contains(stderr, "holds an earlier run") {
		t.Errorf("%d epochs: %s", epochs, stderr)
	}

	stdout, stderr = must(t, "verify", out, "-log-json")
	if all := records(t, stderr); all[len(all)-1]["msg"] != "epoch 2/2 is the same" || !strings.HasPrefix(stdout, "verified: 2 epochs") {
		t.Errorf("%s%s", stdout, stderr)
	}

	// An error is a record, too.
	taken := t.TempDir()
	write(t, filepath.Join(taken, modelName), nil)
	status, stdout, stderr := vaeRun(tiny(data, taken, "-log-json")...)
	all := records(t, stderr)
	if last := all[len(all)-1]; status != 1 || stdout != "" || last["level"] != "ERROR" || last["msg"] != filepath.Join(taken, modelName)+" is there already, and not from an earlier run"+mend {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	// So is one of the flags.
	for _, args := range [][]string{{"train", "-log-json", "-lr", "nan"}, {"train", "-lr", "nan", "--log-json=true"}, {"verify", "-log-json", "-epochs", "0"}} {
		status, stdout, stderr := vaeRun(args...)
		if all := records(t, stderr); status != 1 || stdout != "" || len(all) != 1 || all[0]["level"] != "ERROR" || !strings.Contains(all[0]["msg"].(string), "invalid value") {
			t.Errorf("%q: status %d: %s%s", args, status, stdout, stderr)
		}
	}
	bad(t, "invalid value", "train", "-lr", "nan", "-log-json=false")
}
