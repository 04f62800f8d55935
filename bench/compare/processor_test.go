package main

import (
	"strings"
	"testing"
)

func TestGeneration(t *testing.T) {
	for _, c := range []struct {
		vendor                  string
		family, model, stepping int
		want                    string
	}{
		{"AuthenticAMD", 0x17, 0x31, 0, "Zen 2"}, // Rome
		{"AuthenticAMD", 0x19, 0x01, 1, "Zen 3"}, // Milan
		{"AuthenticAMD", 25, 17, 1, "Zen 4"},     // Genoa
		{"AuthenticAMD", 0x19, 0x50, 0, "Zen 3"}, // Cezanne
		{"AuthenticAMD", 0x19, 0x61, 2, "Zen 4"}, // Raphael
		{"AuthenticAMD", 0x1a, 0x02, 1, "Zen 5"}, // Turin
		{"AuthenticAMD", 0x15, 0x02, 0, ""},
		{"GenuineIntel", 6, 0x55, 4, "Skylake-X"},
		{"GenuineIntel", 6, 0x55, 7, "Cascade Lake"},
		{"GenuineIntel", 6, 0x55, 11, "Cooper Lake"},
		{"GenuineIntel", 6, 0x8f, 8, "Sapphire Rapids"},
		{"GenuineIntel", 6, 0x01, 0, ""},
		{"implementer 0x41", 15, 0xd0c, 1, "Neoverse N1"},
		{"", 0, 0, 0, ""},
	} {
		if got := generation(c.vendor, c.family, c.model, c.stepping); got != c.want {
			t.Errorf("%s %#x %#x %d is %q, want %q", c.vendor, c.family, c.model, c.stepping, got, c.want)
		}
	}
}

func TestProcessor(t *testing.T) {
	p := processor{
		Name: "AMD EPYC", Generation: "Zen 4", Vendor: "AuthenticAMD", Family: 25, Model: 17, Stepping: 1,
		L1: 32 << 10, L2: 1 << 20, L3: 32 << 20, Features: []string{"AVX2", "FMA3"}, Hypervisor: "KVMKVMKVM\x00\x00\x00",
	}
	if got := p.String(); got != "AMD EPYC (Zen 4)" {
		t.Errorf("it is called %q", got)
	}
	want := "AuthenticAMD family 25 (0x19), model 17 (0x11), stepping 1; L1 32 KiB, L2 1 MiB, L3 32 MiB; AVX2 FMA3; virtual (KVMKVMKVM)"
	if got := p.details(); got != want {
		t.Errorf("details are %q", got)
	}
	p.Name = "A Zen 4 processor"
	if got := p.String(); got != p.Name {
		t.Errorf("it is called %q", got)
	}
	p.identifyARM("0x00000000413fd0c1")
	if p.Vendor != "implementer 0x41" || p.Model != 0xd0c || p.Stepping != 1 {
		t.Errorf("an Arm core is %+v", p)
	}
	if got := (processor{}).details(); got != "" {
		t.Errorf("without details: %q", got)
	}
	// Here nothing is known but that it has a name.
	if here := describeProcessor(); here.Name == "" || strings.Contains(here.details(), "\x00") {
		t.Errorf("this is %+v", here)
	}
}
