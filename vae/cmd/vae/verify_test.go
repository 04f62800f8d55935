package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// TestVerify trains on each set of the machine and verifies on each.
func TestVerify(t *testing.T) {
	data := smallData(t)
	for _, trained := range kernels.Sets() {
		out := t.TempDir()
		t.Setenv("LANEWISE_ISA", trained.Name())
		must(t, append(tiny(data, out, "-validate", "0.25", "-likelihood", "gaussian", "-keep", "2", "-threads", "1"), "-epochs", "5")...)
		before := lasting(t, out)
		for _, here := range kernels.Sets() {
			t.Setenv("LANEWISE_ISA", here.Name())
			where := "where " + trained.Name() + " had trained"
			if trained.Name() == here.Name() {
				where = "as it had trained"
			}
			for _, c := range []struct{ flags, want string }{
				{"", "verified: 5 epochs, bit for bit, on %s\nepochs 1 to 5 of 5, trained again from the first weights\nmodel.safetensors is the model of epoch 5\nbest.safetensors is the model of epoch "},
				{"-epochs 3:4 -threads 3", "verified: 2 epochs, bit for bit, on %s\nepochs 3 to 4 of 5, trained again from state-2.safetensors\nmodel.safetensors is the model of epoch 5, which is not one of them\n"},
				{"-epochs 4", "verified: 1 epoch, bit for bit, on %s\nepochs 4 to 4 of 5, trained again from state-2.safetensors\n"},
				{"-epochs 5:", "verified: 1 epoch, bit for bit, on %s\nepochs 5 to 5 of 5, trained again from state-4.safetensors\n"},
				{"-epochs :1", "verified: 1 epoch, bit for bit, on %s\nepochs 1 to 1 of 5, trained again from the first weights\n"},
			} {
				stdout, stderr := must(t, append([]string{"verify", out}, strings.Fields(c.flags)...)...)
				if want := fmt.Sprintf(c.want, here.Name()+" "+where); !strings.HasPrefix(stdout, want) {
					t.Errorf("verify %s: %s\nwant %s", c.flags, stdout, want)
				}
				if !strings.Contains(stderr, " is the same\n") {
					t.Error(stderr)
				}
			}
		}
		if after := lasting(t, out); len(after) != len(before) || after[documentName] != before[documentName] {
			t.Error("verify has changed the run")
		}
		if testing.Short() {
			break
		}
	}
}

// TestVerifyFindsWhatDiffers changes one thing at a time: of what the run says, of what is
// in its folder, and of its data.
func TestVerifyFindsWhatDiffers(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	must(t, append(tiny(data, out, "-validate", "0.25", "-keep", "2"), "-epochs", "4")...)
	elsewhere := t.TempDir()
	must(t, append(tiny(data, elsewhere, "-seed", "2", "-keep", "2"), "-epochs", "4")...)
	document := string(read(t, filepath.Join(out, documentName)))
	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	zeros := strings.Repeat("0", 64)
	replace := func(old, by string) string {
		if !strings.Contains(document, old) {
			t.Fatalf("%s is not in %s", old, document)
		}
		return strings.Replace(document, old, by, 1)
	}
	loss := func(epoch int, name string) (from, to string) {
		line := regexp.MustCompile(fmt.Sprintf(`\{"epoch":%d,.*`, epoch)).FindString(document)
		part := regexp.MustCompile(`"` + name + `":\{"reconstruction":[0-9]+`).FindString(line)
		return line, strings.Replace(line, part, part+"1", 1)
	}
	spoiled := t.TempDir()
	put := func(name string, b []byte) {
		t.Helper()
		for _, name := range names(t, out) {
			write(t, filepath.Join(spoiled, name), read(t, filepath.Join(out, name)))
		}
		write(t, filepath.Join(spoiled, name), b)
	}
	for _, c := range []struct{ document, epochs, want string }{
		{replace(d.Epochs[2].Weights, zeros), ":", "epoch 3 differs: the weights have the SHA-256 " + d.Epochs[2].Weights + ", in run.json " + zeros + "; it is the first that does, of those from epoch 1 on; the losses of its steps are the same"},
		{replace(d.Epochs[2].Weights, zeros), "3:", "epoch 3 differs: the weights"},
		{replace(d.Epochs[3].Optimizer, zeros), "4", "epoch 4 differs: Adam's moments have"},
		{replace(d.Epochs[0].Optimizer, zeros), "1:2", "epoch 1 differs: Adam's moments have the SHA-256 " + d.Epochs[0].Optimizer},
		{replace(loss(2, "train")), "1:2", "epoch 2 differs: the training loss is "},
		{replace(loss(1, "test")), "1:2", "epoch 1 differs: the test loss is "},
		{replace(`"held_out":`, `"held_out":1`), "1:2", "epoch 1 differs: the loss of the images held out is "},
		{replace(`"seed": "1"`, `"seed": "2"`), "1", "epoch 1 differs from step 1 of 2 on: until there the mean loss is "},
		{replace(`"lr": "0.001"`, `"lr": "0.0010000001"`), "1", "epoch 1 differs from step 2 of 2 on: until there the mean loss is "},
		{replace(`"sha256": "`, `"sha256": "0`), "1", "has other training data than the run has had"},
		{replace(d.Epochs[3].Weights, zeros), "1", "is not the model of an epoch that run.json tells of"},
		{document[:len(document)/2], "1", "cut short"},
	} {
		put(documentName, []byte(c.document))
		args := []string{"verify", spoiled, "-epochs", c.epochs}
		if c.epochs == ":" {
			args = args[:2]
		}
		status, stdout, stderr := vaeRun(args...)
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		if last := lines[len(lines)-1]; status != 1 || stdout != "" || !strings.HasPrefix(last, "vae: ") || !strings.Contains(last, c.want) {
			t.Errorf("epochs %s: status %d, %s%s\nwant %s", c.epochs, status, stdout, stderr, c.want)
		}
	}
	for _, c := range []struct {
		name   string
		bytes  []byte
		epochs string
		want   string
	}{
		{modelName, read(t, filepath.Join(elsewhere, modelName)), "1", "is not the model of an epoch that run.json tells of"},
		{bestName, read(t, filepath.Join(elsewhere, modelName)), "1", bestName + " is not the model of an epoch that run.json tells of"},
		{modelName, nil, "1", modelName},
		{keptName(2), read(t, filepath.Join(elsewhere, keptName(2))), "3", keptName(2) + " is not the state after epoch 2"},
		{keptName(2), read(t, filepath.Join(out, keptName(2)))[:99], "3", keptName(2) + ": not the state of a training"},
	} {
		put(c.name, c.bytes)
		bad(t, c.want, "verify", spoiled, "-epochs", c.epochs)
	}
	put(modelName, read(t, filepath.Join(out, modelName)))
	must(t, "verify", spoiled, "-epochs", "1")
	if err := os.Remove(filepath.Join(spoiled, modelName)); err != nil {
		t.Fatal(err)
	}
	bad(t, modelName, "verify", spoiled)

	for _, c := range []struct{ flags, want string }{
		{"-epochs 5", "-epochs 5: the run has epochs 1 to 4"},
		{"-epochs 2:5", "-epochs 2:5: the run has epochs 1 to 4"},
		{"-epochs 5:", "-epochs 5:: the run has epochs 1 to 4"},
		{"-epochs 3:2", "want an epoch, or the first and the last"},
		{"-epochs 0", "want an epoch, or the first and the last"},
		{"-epochs :", "want an epoch, or the first and the last"},
		{"-epochs 1:2:3", "want an epoch, or the first and the last"},
		{"-data digits", "has 6000 rows of training data, but the run has had 256"},
		{"more", `unexpected argument "more"`},
	} {
		bad(t, c.want, append([]string{"verify", out}, strings.Fields(c.flags)...)...)
	}
	bad(t, "no "+filepath.Join(data, documentName), "verify", data)

	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(data, moved); err != nil {
		t.Fatal(err)
	}
	bad(t, data, "verify", out)
	must(t, "verify", "-data", moved, "-epochs", "2", out)
}

// TestVerifyInterrupted: a run that was interrupted in an epoch is verified to the one
// before, and one that was resumed in all.
func TestVerifyInterrupted(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var stdout bytes.Buffer
	var stderr triggers
	stderr.on("epoch 2/", cancel)
	t.Setenv("LANEWISE_ISA", "go")
	if status := run(ctx, append(tiny(data, out), "-epochs", "6"), &stdout, &stderr); status != 130 {
		t.Fatal(status, stderr.String())
	}
	text, _ := must(t, "verify", out)
	if !strings.HasPrefix(text, "verified: 2 epochs, bit for bit, on go as it had trained\n") {
		t.Error(text)
	}
	sets := kernels.Sets()
	t.Setenv("LANEWISE_ISA", sets[0].Name())
	must(t, "train", "-resume", out)
	text, _ = must(t, "verify", out)
	if want := "verified: 6 epochs, bit for bit, on " + sets[0].Name() + " where go"; len(sets) > 1 && !strings.HasPrefix(text, want) {
		t.Errorf("%s, want %s", text, want)
	}
	text, _ = must(t, "verify", out, "-epochs", "3:")
	if want := "verified: 4 epochs, bit for bit, on " + sets[0].Name() + " as it had trained"; !strings.HasPrefix(text, want) {
		t.Errorf("%s, want %s", text, want)
	}
	ctx, cancel = context.WithCancel(context.Background())
	stderr = triggers{}
	stderr.on("epoch 2/6 is the same", cancel)
	stdout.Reset()
	if status := run(ctx, []string{"verify", out}, &stdout, &stderr); status != 130 || stdout.Len() > 0 {
		t.Errorf("status %d: %s%s", status, stdout.String(), stderr.String())
	}
}
