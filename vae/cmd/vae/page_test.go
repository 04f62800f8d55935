package main

import (
	"flag"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae"
)

// TestPage: the report of a run names its loss and hash, has all its pictures, asks for
// nothing from elsewhere, and has the command that repeats the run.
func TestPage(t *testing.T) {
	data := smallData(t)
	for _, kind := range []string{"vae", "ae"} {
		out := filepath.Join(t.TempDir(), "a <b> & 'c'")
		stdout, _ := must(t, tiny(data, out, "-model", kind, "-epochs", "3")...)
		text := html.UnescapeString(string(read(t, filepath.Join(out, pageName))))
		hash := regexp.MustCompile(`weights (\w{64})`).FindStringSubmatch(stdout)[1]
		pictures := 5
		if kind == "ae" {
			pictures = 4 // there is no prior to sample from
		}
		for want, n := range map[string]int{
			hash: 1, strings.SplitN(stdout, "\n", 2)[0]: 1, `src="data:image/png;base64,iVBOR`: pictures, "<img ": pictures, "http": 0, "ZgotmplZ": 0,
			"<tr><td>mu</td><td>dense</td><td>2</td>": 1, `<td class="number">3</td>`: 1,
			"of the 784 numbers of each image its encoder makes": 1, "bottleneck": 1, `<th class="number">KL</th>`: pictures - 4,
		} {
			if got := strings.Count(text, want); got != n {
				t.Errorf("%s: %q occurs %d times, want %d", kind, want, got, n)
			}
		}
		command := regexp.MustCompile(`<pre>vae (train .*)</pre>`).FindStringSubmatch(text)
		if command == nil {
			t.Fatalf("%s: no command", kind)
		}
		again := append(strings.Fields(command[1]), "-out", filepath.Join(t.TempDir(), "again"))
		if stdout, _ := must(t, again...); !strings.Contains(stdout, hash) {
			t.Errorf("%s: %s gives %s", kind, command[1], stdout)
		}
	}
}

// TestExplain: of every kind of model the report says what it is, and no word stands for
// another one.
func TestExplain(t *testing.T) {
	image := vae.Shape{Height: 28, Width: 28, Channels: 1}
	for _, x := range []struct {
		c          vae.Config
		noise      vae.Corruption
		want, lack string
	}{
		{vae.DefaultConfig(vae.VAE, image), vae.Corruption{}, "-log p(x|z): how badly what is decoded explains the image. The KL is", "row"},
		{vae.DefaultConfig(vae.AE, image), vae.Corruption{}, "makes an image. The loss is how far that is from the image that there was. The code is a bottleneck", "KL"},
		{vae.DefaultConfig(vae.AE, image), vae.Corruption{Mask: 0.5}, "gets images with noise, mask:0.5, and the loss compares with the clean", "row"},
		{vae.DenseConfig(vae.VAE, vae.Flat(7), nil, 8), vae.Corruption{}, "of the 7 numbers of each row its encoder makes a distribution of codes of 8 numbers, N(", "bottleneck"},
	} {
		text := explain(x.c, x.noise)
		if !strings.Contains(text, x.want) || strings.Contains(text, x.lack) || regexp.MustCompile(`\n\n| \n|\n |  |[A-Z]{5}`).MatchString(text) {
			t.Errorf("%s", text)
		}
	}
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{"a/b-1.5": "a/b-1.5", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'"} {
		if got := quoted(in); got != want {
			t.Errorf("%q is quoted as %s, want %s", in, got, want)
		}
	}
	f := flag.NewFlagSet("", flag.PanicOnError)
	(&presetFlag{}).register(f)
	var s settingFlags
	s.register(f)
	f.Bool("json", false, "")
	if err := f.Parse(strings.Fields("-lr 0.5 -cosine -json -beta 3")); err != nil {
		t.Fatal(err)
	}
	if got, want := repeatCommand(f), "vae train -beta 3 -cosine -lr 0.5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	f.String("data", "", "")
	if err := f.Parse(strings.Fields("-cosine=false -data true")); err != nil {
		t.Fatal(err)
	}
	if got, want := repeatCommand(f), "vae train -beta 3 -cosine=false -data true -lr 0.5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestEpochRows: a long run is shortened, to rows that are there.
func TestEpochRows(t *testing.T) {
	history := make([]record, 1000)
	for i := range history {
		history[i].Epoch.Epoch = i + 1
	}
	rows := epochRows(vae.VAE, history)
	if len(rows) > 101 || rows[0][0] != "1" || rows[len(rows)-1][0] != "1000" {
		t.Errorf("%d rows, %v to %v", len(rows), rows[0], rows[len(rows)-1])
	}
}
