package main

import (
	"embed"
	"flag"
	"fmt"
	"strings"
)

// A preset is the flags of a published model. What is given beside it, before or after,
// is as it is given.
type preset struct {
	name, about string
	flags       []string // name and value, one after the other
}

func presets() []preset {
	return []preset{
		{"pytorch", "the example of PyTorch: 784-400-20, ten epochs; 105.6 nats on MNIST",
			[]string{"model", "vae", "hidden", "400", "latent", "20", "epochs", "10", "batch", "128", "lr", "1e-3"}},
		{"keras", "the example of Keras: convolutions, two components, on all images",
			[]string{"model", "preset:keras", "epochs", "30", "batch", "128", "lr", "1e-3", "eps", "1e-7", "all", "true"}},
		{"burgess", "convolutions on 64×64, a capacity that grows to 25 nats\n(Burgess et al. 2018)",
			[]string{"model", "preset:burgess", "size", "64", "batch", "64", "lr", "5e-4", "beta", "1000", "capacity", "25", "capacity-epochs", "100", "epochs", "100"}},
		{"pythae", "the benchmark of pythae: 784-400-40, fixed binarisation,\n10,000 of MNIST's images held out; its figure is of -hidden 400,400",
			[]string{"model", "vae", "hidden", "400", "latent", "40", "binarize", "fixed", "validate", "last:0.1666667", "epochs", "500", "batch", "100", "lr", "1e-4", "milestones", "200,350", "factor", "0.6309573444801932"}},
		{"burda", "the VAE of Burda et al. (2016): 784-200-200-50 with tanh;\ntheir schedule has 3,280 epochs",
			[]string{"model", "preset:burda", "binarize", "dynamic", "batch", "20", "lr", "1e-3", "eps", "1e-4", "epochs", "40", "milestones", "1,4,13,40,121,364,1093", "factor", "0.71968567"}},
	}
}

//go:embed presets/*.json
var presetModels embed.FS

// presetFlag sets other flags, of those that a command has.
type presetFlag struct {
	f    *flag.FlagSet
	name string
}

func (p *presetFlag) String() string { return p.name }

func (p *presetFlag) Set(s string) error {
	given := given(p.f)
	var names []string
	for _, x := range presets() {
		names = append(names, x.name)
		if x.name != s {
			continue
		}
		p.name = s
		for i := 0; i < len(x.flags); i += 2 {
			if name := x.flags[i]; !given[name] && p.f.Lookup(name) != nil {
				if err := p.f.Set(name, x.flags[i+1]); err != nil {
					return fmt.Errorf("-%s: %w", name, err)
				}
			}
		}
		return nil
	}
	return fmt.Errorf("want %s", strings.Join(names, ", "))
}

func (p *presetFlag) register(f *flag.FlagSet) {
	p.f = f
	var b strings.Builder
	b.WriteString("the settings of a `name`d model, each of which another flag overrides:")
	for _, x := range presets() {
		fmt.Fprintf(&b, "\n%-8s %s", x.name, strings.ReplaceAll(x.about, "\n", "\n         "))
	}
	f.Var(p, "preset", b.String())
}
