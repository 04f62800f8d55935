package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/arch/arm64/arm64asm"
)

// The operands of instructions, each of which knows how the assembler writes it.
type (
	gpr    int // a general register
	fpr    int // a vector register, as loads and stores name it
	imm    int
	imm32  uint32 // a constant that MOVD loads
	symbol string // the address of a symbol of this file
	local  int    // the address of the local variable, of so many bytes
	param  struct {
		name string
		off  int
	}
	mem struct {
		base gpr
		off  int
	}
	pair   struct{ a, b vreg } // two vector registers
	vector struct {            // a vector register and its arrangement
		r       vreg
		arrange string
	}
	list vector // as a list of one
	lane struct {
		r    vreg
		size string
		i    int
	}
	word string // what is written as it is: a condition, a kind of prefetch
)

const zr = gpr(31)

func (r gpr) String() string {
	if r == zr {
		return "ZR"
	}
	if !slices.Contains(generals, r) {
		panic(fmt.Sprintf("R%d is not ours", int(r)))
	}
	return fmt.Sprint("R", int(r))
}

// No %v of an operand here: fmt would swallow its refusal.
func (r fpr) String() string    { return "F" + vector{r: vreg(r)}.number() }
func (i imm) String() string    { return fmt.Sprint("$", int(i)) }
func (i imm32) String() string  { return fmt.Sprintf("$%#x", uint32(i)) }
func (l label) String() string  { return string(l) }
func (w word) String() string   { return string(w) }
func (s symbol) String() string { return "$" + string(s) + "(SB)" }
func (b local) String() string  { return fmt.Sprintf("$local-%d(SP)", int(b)) }
func (p param) String() string  { return fmt.Sprintf("%s+%d(FP)", p.name, p.off) }
func (p pair) String() string   { return "(" + fpr(p.a).String() + ", " + fpr(p.b).String() + ")" }
func (v vector) String() string { return "V" + v.number() + "." + v.arrange }
func (v list) String() string   { return "[" + vector(v).String() + "]" }

func (l lane) String() string {
	return fmt.Sprintf("%s[%d]", vector{l.r, l.size}.String(), l.i)
}

func (m mem) String() string {
	base := "(" + m.base.String() + ")"
	if m.off == 0 {
		return base
	}
	return fmt.Sprint(m.off) + base
}

func (v vector) number() string {
	if v.r < 0 || int(v.r) >= neonSet.registers {
		panic(fmt.Sprintf("neon has no vector register %d", v.r))
	}
	return fmt.Sprint(int(v.r))
}

// reach is how far from its base a load or store finds its operand without the
// help of a register of the assembler's.
var reach = map[string]struct{ min, max, step int }{
	"FMOVS": {0, 4 * 4095, 4}, "FMOVD": {0, 8 * 4095, 8}, "FMOVQ": {0, 16 * 4095, 16},
	"FLDPQ": {-1024, 1008, 16}, "FSTPQ": {-1024, 1008, 16},
	"VLD1": {}, "VST1": {}, "VLD1R": {}, "PRFM": {0, 8 * 4095, 8},
	"FMOVS.P": {-256, 255, 1}, "FMOVD.P": {-256, 255, 1}, "FMOVQ.P": {-256, 255, 1}, "FLDPQ.P": {-1024, 1008, 16}, "FSTPQ.P": {-1024, 1008, 16},
	"MOVD": {0, 8 * 4095, 8},
}

// op emits an instruction, its operands in the assembler's order.
func (n *neon) op(mnemonic string, operands ...fmt.Stringer) {
	if n.rehearsal {
		return
	}
	var text []string
	for _, o := range operands {
		switch o := o.(type) {
		case mem:
			if r, ok := reach[mnemonic]; !ok || o.off < r.min || o.off > r.max || o.off != 0 && o.off%r.step != 0 {
				panic(fmt.Sprintf("%s does not reach %v", mnemonic, o))
			}
		case imm:
			if o < 0 || o > 4095 {
				panic(fmt.Sprintf("%s takes no %v", mnemonic, o))
			}
		}
		text = append(text, o.String())
	}
	n.printf("%s\n", strings.TrimRight("\t"+mnemonic+" "+strings.Join(text, ", "), " "))
}

// An instruction on whole vectors.
type instruction struct {
	plan9 string // the assembler's name, if it knows the instruction
	word  uint32 // its encoding otherwise, for 32-bit elements and registers 0
	bits  bool   // works on 128 bits, whatever the elements
}

// instructions are those on vectors by the architecture's names.
var instructions = map[string]instruction{
	"fadd":  {word: 0x4e20d400},
	"fsub":  {word: 0x4ea0d400},
	"fmul":  {word: 0x6e20dc00},
	"fdiv":  {word: 0x6e20fc00},
	"fmax":  {word: 0x4e20f400},
	"fmin":  {word: 0x4ea0f400},
	"umax":  {word: 0x6ea06400},
	"fcmgt": {word: 0x6ea0e400},
	"fcmge": {word: 0x6e20e400},
	"fsqrt": {word: 0x6ea1f800},
	"scvtf": {word: 0x4e21d800},
	"fmla":  {plan9: "VFMLA"},
	"fmls":  {plan9: "VFMLS"},
	"add":   {plan9: "VADD"},
	"sub":   {plan9: "VSUB"},
	"trn1":  {plan9: "VTRN1"},
	"trn2":  {plan9: "VTRN2"},
	"zip1":  {plan9: "VZIP1"},
	"zip2":  {plan9: "VZIP2"},
	"uzp1":  {plan9: "VUZP1"},
	"uzp2":  {plan9: "VUZP2"},
	"and":   {plan9: "VAND", bits: true},
	"orr":   {plan9: "VORR", bits: true},
	"eor":   {plan9: "VEOR", bits: true},
	"bic":   {word: 0x4e601c00, bits: true},
	"bsl":   {plan9: "VBSL", bits: true},
	"bit":   {plan9: "VBIT", bits: true},
	"bif":   {plan9: "VBIF", bits: true},
}

// v emits d = a ∘ b or d = ∘ a.
func (n *neon) v(name string, d vreg, sources ...vreg) {
	in, ok := instructions[name]
	if !ok {
		panic("no instruction " + name)
	}
	arrange := fmt.Sprint(n.elem.letter, n.lanes())
	if in.bits {
		arrange = "B16"
	}
	n.arranged(name, arrange, d, sources...)
}

// arranged is v with an arrangement of its own.
func (n *neon) arranged(name, arrange string, d vreg, sources ...vreg) {
	in := instructions[name]
	registers := append([]vreg{d}, sources...)
	if in.plan9 != "" {
		var operands []fmt.Stringer
		for _, r := range registers {
			operands = append([]fmt.Stringer{vector{r, arrange}}, operands...)
		}
		n.op(in.plan9, operands...)
		return
	}
	w := in.word
	if arrange[0] == 'D' {
		w |= 1 << 22
	}
	meant := name
	for i, r := range registers {
		w |= uint32(r) << []int{0, 5, 16}[i]
		meant += fmt.Sprintf(", v%d.%s", r, gnuArrangement(arrange))
	}
	n.word(w, strings.Replace(meant, ",", "", 1))
}

// gnuArrangement turns S4 into 4s.
func gnuArrangement(a string) string { return a[1:] + strings.ToLower(a[:1]) }

// shift emits d = a shifted by k bits, to the left, or to the right, logically
// or arithmetically.
func (n *neon) shift(name string, d, a vreg, k int) {
	switch name {
	case "shl", "ushr":
		n.op("V"+strings.ToUpper(name), imm(k), vector{a, "S4"}, vector{d, "S4"})
	case "sshr":
		n.word(0x4f000400|uint32(64-k)<<16|uint32(a)<<5|uint32(d), fmt.Sprintf("sshr v%d.4s, v%d.4s, #%d", d, a, k))
	}
}

// widening emits the 64-bit products of the lower 32-bit lanes of a and b, or of
// the upper ones.
func (n *neon) widening(d, a, b vreg, upper bool) {
	w, meant := uint32(0x2ea0c000), "umull v%d.2d, v%d.2s, v%d.2s"
	if upper {
		w, meant = 0x6ea0c000, "umull2 v%d.2d, v%d.4s, v%d.4s"
	}
	n.word(w|uint32(b)<<16|uint32(a)<<5|uint32(d), fmt.Sprintf(meant, d, a, b))
}

// multiplyByLane emits d += a·b[i].
func (n *neon) multiplyByLane(d, a, b vreg, i int) {
	w := 0x4f801000 | uint32(b)<<16 | uint32(a)<<5 | uint32(d)
	if n.elem.bytes == 8 {
		w |= 1<<22 | uint32(i)<<11
	} else {
		w |= uint32(i&1)<<21 | uint32(i>>1)<<11
	}
	t := gnuArrangement(fmt.Sprint(n.elem.letter, n.lanes()))
	n.word(w, fmt.Sprintf("fmla v%d.%s, v%d.%s, v%d.%s[%d]", d, t, a, t, b, strings.ToLower(n.elem.letter), i))
}

// word emits an instruction that the assembler does not know, if the
// disassembler agrees that it is the one that is meant.
func (n *neon) word(w uint32, meant string) {
	if n.rehearsal {
		return
	}
	in, err := arm64asm.Decode([]byte{byte(w), byte(w >> 8), byte(w >> 16), byte(w >> 24)})
	if err != nil {
		panic(fmt.Sprintf("%s: %v", meant, err))
	}
	if got := arm64asm.GNUSyntax(in); got != meant {
		panic(fmt.Sprintf("%#08x is %s, not %s", w, got, meant))
	}
	n.printf("\tWORD $%#08x // %s\n", w, meant)
}
