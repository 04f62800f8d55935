package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// A processor is what numbers were taken on, as precisely as it says itself: the
// names of virtual machines hide its generation.
type processor struct {
	Name       string   `json:"name"`
	Generation string   `json:"generation,omitempty"` // of its cores; "" where unknown
	Vendor     string   `json:"vendor,omitempty"`
	Family     int      `json:"family,omitempty"`
	Model      int      `json:"model,omitempty"`
	Stepping   int      `json:"stepping,omitempty"`
	L1         int      `json:"l1_data_bytes,omitempty"` // 0 where unknown, as of all caches
	L2         int      `json:"l2_bytes,omitempty"`
	L3         int      `json:"l3_bytes,omitempty"`
	Features   []string `json:"features"` // those that kernels may use
	Hypervisor string   `json:"hypervisor,omitempty"`
}

// relevant are features of the arithmetic of kernels, our own and others'.
var relevant = []cpuid.FeatureID{
	cpuid.AVX, cpuid.AVX2, cpuid.FMA3, cpuid.F16C, cpuid.FP256, cpuid.AVXVNNI,
	cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.AVX512VBMI, cpuid.AVX512VBMI2,
	cpuid.AVX512VNNI, cpuid.AVX512BF16, cpuid.AVX512FP16, cpuid.AVX10, cpuid.AMXTILE, cpuid.AMXBF16, cpuid.AMXINT8,
	cpuid.ASIMD, cpuid.ASIMDDP, cpuid.ASIMDHP, cpuid.SVE,
}

func describeProcessor() processor {
	c := cpuid.CPU
	p := processor{
		Name: c.BrandName, Vendor: c.VendorString, Family: c.Family, Model: c.Model, Stepping: c.Stepping,
		L1: cacheSize(1, c.Cache.L1D), L2: cacheSize(2, c.Cache.L2), L3: cacheSize(3, c.Cache.L3),
		Features: []string{}, Hypervisor: c.HypervisorVendorString,
	}
	if runtime.GOARCH == "arm64" {
		p.identifyARM(systemText("regs/identification/midr_el1"))
	}
	p.Generation = generation(p.Vendor, p.Family, p.Model, p.Stepping)
	if p.Name == "" {
		p.Name = "unknown processor"
	}
	for _, f := range relevant {
		if c.Has(f) {
			p.Features = append(p.Features, f.String())
		}
	}
	return p
}

// identifyARM reads the register that names a core.
func (p *processor) identifyARM(midr string) {
	if v, err := strconv.ParseUint(midr, 0, 64); err == nil {
		p.Vendor = fmt.Sprintf("implementer %#02x", v>>24&0xff)
		p.Family, p.Model, p.Stepping = int(v>>16&0xf), int(v>>4&0xfff), int(v&0xf)
	}
}

// cacheSize is what the processor says, or else what the system does; virtual
// machines often leave out the former.
func cacheSize(level, bytes int) int {
	if bytes > 0 {
		return bytes
	}
	for i := range 8 {
		index := fmt.Sprintf("cache/index%d/", i)
		if systemText(index+"level") != strconv.Itoa(level) || systemText(index+"type") == "Instruction" {
			continue
		}
		if kib, err := strconv.Atoi(strings.TrimSuffix(systemText(index+"size"), "K")); err == nil {
			return kib << 10
		}
	}
	return 0
}

// systemText is what Linux says of the first processor; "" elsewhere.
func systemText(path string) string {
	b, err := os.ReadFile(filepath.Join("/sys/devices/system/cpu/cpu0", path))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// String is the name, with the generation where it has none.
func (p processor) String() string {
	if p.Generation == "" || strings.Contains(p.Name, p.Generation) {
		return p.Name
	}
	return fmt.Sprintf("%s (%s)", p.Name, p.Generation)
}

// details are all the rest.
func (p processor) details() string {
	var parts []string
	if p.Family != 0 || p.Model != 0 {
		parts = append(parts, fmt.Sprintf("%s family %d (%#x), model %d (%#x), stepping %d", p.Vendor, p.Family, p.Family, p.Model, p.Model, p.Stepping))
	}
	var caches []string
	for i, n := range []int{p.L1, p.L2, p.L3} {
		if n > 0 {
			caches = append(caches, fmt.Sprintf("L%d %s", i+1, bytesText(n)))
		}
	}
	if caches != nil {
		parts = append(parts, strings.Join(caches, ", "))
	}
	if len(p.Features) > 0 {
		parts = append(parts, strings.Join(p.Features, " "))
	}
	if p.Hypervisor != "" {
		parts = append(parts, "virtual ("+strings.TrimRight(p.Hypervisor, "\x00")+")")
	}
	return strings.Join(parts, "; ")
}

func bytesText(n int) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
