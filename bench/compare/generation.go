package main

// A span is models of a family that have the same cores.
type span struct {
	from, to   int
	generation string
}

// The spans of AMD's families, as Linux has them (arch/x86/kernel/cpu/amd.c).
var amdSpans = map[int][]span{
	0x17: {
		{0x00, 0x2f, "Zen"}, {0x50, 0x5f, "Zen"},
		{0x30, 0x4f, "Zen 2"}, {0x60, 0x7f, "Zen 2"}, {0x90, 0x91, "Zen 2"}, {0xa0, 0xaf, "Zen 2"},
	},
	0x19: {
		{0x00, 0x0f, "Zen 3"}, {0x20, 0x5f, "Zen 3"},
		{0x10, 0x1f, "Zen 4"}, {0x60, 0xaf, "Zen 4"},
	},
	0x1a: {
		{0x00, 0x2f, "Zen 5"}, {0x40, 0x4f, "Zen 5"}, {0x60, 0x7f, "Zen 5"},
		{0x50, 0x5f, "Zen 6"}, {0x80, 0xaf, "Zen 6"}, {0xc0, 0xcf, "Zen 6"},
	},
}

// The models of Intel's family 6 that have AVX2.
var intelModels = map[int]string{
	0x3c: "Haswell", 0x3f: "Haswell", 0x45: "Haswell", 0x46: "Haswell",
	0x3d: "Broadwell", 0x47: "Broadwell", 0x4f: "Broadwell", 0x56: "Broadwell",
	0x4e: "Skylake", 0x5e: "Skylake", 0x55: "Skylake-X",
	0x8e: "Kaby Lake", 0x9e: "Kaby Lake", 0xa5: "Comet Lake", 0xa6: "Comet Lake",
	0x66: "Cannon Lake",
	0x6a: "Ice Lake", 0x6c: "Ice Lake", 0x7d: "Ice Lake", 0x7e: "Ice Lake",
	0x8c: "Tiger Lake", 0x8d: "Tiger Lake", 0xa7: "Rocket Lake",
	0x97: "Alder Lake", 0x9a: "Alder Lake", 0xbe: "Gracemont",
	0xb7: "Raptor Lake", 0xba: "Raptor Lake", 0xbf: "Raptor Lake",
	0x8f: "Sapphire Rapids", 0xcf: "Emerald Rapids", 0xad: "Granite Rapids", 0xae: "Granite Rapids",
	0xaf: "Sierra Forest", 0xaa: "Meteor Lake", 0xac: "Meteor Lake",
	0xb5: "Arrow Lake", 0xc5: "Arrow Lake", 0xc6: "Arrow Lake", 0xbd: "Lunar Lake",
}

// The part numbers of Arm's own cores.
var armParts = map[int]string{
	0xd03: "Cortex-A53", 0xd05: "Cortex-A55", 0xd07: "Cortex-A57", 0xd08: "Cortex-A72", 0xd09: "Cortex-A73",
	0xd0a: "Cortex-A75", 0xd0b: "Cortex-A76", 0xd0d: "Cortex-A77", 0xd41: "Cortex-A78",
	0xd0c: "Neoverse N1", 0xd49: "Neoverse N2", 0xd8e: "Neoverse N3",
	0xd40: "Neoverse V1", 0xd4f: "Neoverse V2", 0xd84: "Neoverse V3",
}

// generation is the name of a processor's cores; "" where it is not known.
func generation(vendor string, family, model, stepping int) string {
	switch {
	case vendor == "AuthenticAMD":
		for _, s := range amdSpans[family] {
			if s.from <= model && model <= s.to {
				return s.generation
			}
		}
	case vendor == "GenuineIntel" && family == 6:
		if model == 0x55 && stepping >= 10 {
			return "Cooper Lake"
		}
		if model == 0x55 && stepping >= 5 {
			return "Cascade Lake"
		}
		return intelModels[model]
	case vendor == "implementer 0x41":
		return armParts[model]
	}
	return ""
}
