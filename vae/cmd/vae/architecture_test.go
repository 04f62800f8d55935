package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae"
)

// TestDescribe: a description that is printed is one that train reads, and a model that
// is trained from it describes itself by it.
func TestDescribe(t *testing.T) {
	data, dir := smallData(t), t.TempDir()
	for _, args := range [][]string{
		{"-preset", "keras", "-latent", "3"},
		{"-model", "ae", "-hidden", "5,4", "-latent", "2", "-likelihood", "gaussian:0.5", "-glorot"},
		{"-hidden", "none"},
	} {
		text, _ := must(t, append([]string{"describe", "-json"}, args...)...)
		path, out := filepath.Join(dir, "m.json"), filepath.Join(dir, "run")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if testing.Short() && args[0] == "-preset" {
			continue
		}
		must(t, "train", "-data", data, "-model", path, "-out", out, "-epochs", "1", "-limit", "8")
		again, _ := must(t, "describe", "-json", "-checkpoint", filepath.Join(out, modelName))
		if again != text {
			t.Errorf("%v is described as %s, and the model of it as %s", args, text, again)
		}
	}
	table, _ := must(t, "describe", "-preset", "keras")
	if !strings.Contains(table, "encoder  conv2d            7×7×64             18496       1806336\n") || !strings.Contains(table, "134165      13321856\n") {
		t.Error(table)
	}
}

// TestPresets: every flag of a preset is one of train's, a preset trains, and what is
// given beside it, on either side, is as it is given.
func TestPresets(t *testing.T) {
	data := smallData(t)
	for _, p := range presets() {
		flags, err := parseTrain(streams{out: os.Stdout, err: os.Stderr}, []string{"-epochs", "7", "-preset", p.name, "-batch", "8"})
		if err != nil {
			t.Fatal(err)
		}
		if o := flags.settingFlags.options; o.Epochs != 7 || o.Batch != 8 || o.LR == 0 {
			t.Errorf("%s: %+v", p.name, o)
		}
		for i := 0; i < len(p.flags); i += 2 {
			if flags.flags.Lookup(p.flags[i]) == nil {
				t.Errorf("%s: train has no flag -%s", p.name, p.flags[i])
			}
		}
		if testing.Short() && strings.HasPrefix(flags.model, "preset:") {
			continue // convolutions, which an emulator takes minutes for
		}
		must(t, "train", "-data", data, "-preset", p.name, "-epochs", "1", "-limit", "8", "-out", filepath.Join(t.TempDir(), p.name))
	}
}

// TestSteps: what is said in epochs becomes steps.
func TestSteps(t *testing.T) {
	f := flag.NewFlagSet("", flag.PanicOnError)
	var s settingFlags
	s.register(f)
	if err := f.Parse(strings.Fields("-epochs 10 -batch 30 -warmup 0.5 -cosine -milestones 2,5 -factor 0.3 -beta-warmup 3 -capacity 2 -capacity-epochs 4")); err != nil {
		t.Fatal(err)
	}
	o, err := s.finish(100) // in four steps
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal([]any{o.Schedule, o.BetaSteps, o.CapacitySteps, o.Batch})
	want, _ := json.Marshal([]any{vae.Schedule{WarmUp: 2, Cosine: 40, Milestones: []int{8, 20}, Factor: 0.3}, 12, 16, 30})
	if string(got) != string(want) {
		t.Errorf("%s, want %s", got, want)
	}
	if o, _ := s.finish(7); o.Batch != 7 {
		t.Errorf("a batch of %d of 7 images", o.Batch)
	}
}

// TestKinds trains every kind of model with settings of every kind, and shows it to the
// commands.
func TestKinds(t *testing.T) {
	data := smallData(t)
	for _, args := range []string{
		"-likelihood gaussian -lr 0.01",
		"-likelihood gaussian:0.1 -free-bits 0.1 -beta-warmup 1",
		"-model ae -likelihood bernoulli -noise mask:0.5 -cosine -clip 1",
		"-model ae -noise gaussian:0.3 -weight-decay 0.1 -warmup 1 -milestones 1 -factor 0.5",
		"-capacity 3 -beta 10 -capacity-epochs 1 -glorot -eps 1e-4",
		"-all -likelihood squared",
	} {
		model := tinyModel(t, data, strings.Fields(args)...)
		must(t, "eval", "-data", data, "-checkpoint", model)
		must(t, "reconstruct", "-data", data, "-checkpoint", model, "-out", filepath.Join(t.TempDir(), "r.png"))
	}
}

// TestEvalBinarized: eval draws the black and white pixels of the training's test.
func TestEvalBinarized(t *testing.T) {
	data := smallData(t)
	for _, how := range []string{"fixed", "dynamic"} {
		out := filepath.Join(t.TempDir(), "run")
		trained, _ := must(t, tiny(data, out, "-binarize", how)...)
		loss := strings.SplitN(trained, "\n", 2)[0] + " (64 images)\n"
		evaluate := []string{"eval", "-data", data, "-checkpoint", filepath.Join(out, modelName)}
		if got, _ := must(t, append(evaluate, "-binarize", "fixed")...); !strings.HasPrefix(got, loss) {
			t.Errorf("%s: train says %s, and eval %s", how, loss, got)
		}
		if got, _ := must(t, evaluate...); strings.HasPrefix(got, loss) {
			t.Errorf("%s: eval of grey pixels has the loss of black and white ones", how)
		}
	}
}

// TestDescribeWithoutInput: a model that leaves its input to the data is described for images as
// MNIST has them.
func TestDescribeWithoutInput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.json")
	write(t, path, []byte(`{"kind":"vae","encoder":["relu"],"latent":4,"decoder":[{"type":"dense","out":784}]}`))
	if stdout, _ := must(t, "describe", "-model", path); !strings.HasPrefix(stdout, "VAE of images of 28×28×1, a code of 4 components") {
		t.Error(stdout)
	}
}
