package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestNeonRefuses feeds the emitter what it must not write.
func TestNeonRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		refused bool
		body    func(n *neon)
	}{
		"what is right":           {false, func(n *neon) { n.word(0x4e22d420, "fadd v0.4s, v1.4s, v2.4s") }},
		"another register":        {true, func(n *neon) { n.word(0x4e22d420, "fadd v0.4s, v1.4s, v3.4s") }},
		"another arrangement":     {true, func(n *neon) { n.word(0x4e62d420, "fadd v0.4s, v1.4s, v2.4s") }},
		"no instruction":          {true, func(n *neon) { n.word(0xffffffff, "fadd v0.4s, v1.4s, v2.4s") }},
		"the platform's register": {true, func(n *neon) { n.op("MOVD", imm(0), gpr(18)) }},
		"the linker's register":   {true, func(n *neon) { n.op("MOVD", imm(0), gpr(27)) }},
		"the goroutine":           {true, func(n *neon) { n.op("MOVD", imm(0), gpr(28)) }},
		"the frame pointer":       {true, func(n *neon) { n.op("FMOVQ", mem{29, 0}, fpr(0)) }},
		"vector register 32":      {true, func(n *neon) { n.op("FMOVQ", mem{0, 0}, fpr(32)) }},
		"a load within reach":     {false, func(n *neon) { n.op("FMOVQ", mem{0, 65520}, fpr(31)) }},
		"a load out of reach":     {true, func(n *neon) { n.op("FMOVQ", mem{0, 65536}, fpr(0)) }},
		"a load between":          {true, func(n *neon) { n.op("FMOVQ", mem{0, 8}, fpr(0)) }},
		"a pair out of reach":     {true, func(n *neon) { n.op("FLDPQ", mem{0, 1024}, pair{0, 1}) }},
		"a large number":          {true, func(n *neon) { n.op("ADD", imm(4096), gpr(0), gpr(0)) }},
	} {
		func() {
			defer func() {
				if r := recover(); (r != nil) != c.refused {
					t.Errorf("%s: %v", name, r)
				}
			}()
			n := newNeon()
			n.function("F", "()")
			c.body(n)
		}()
	}
}

// TestWordsAgainstLLVM asks another assembler for the encoding of every word.
func TestWordsAgainstLLVM(t *testing.T) {
	mc := ""
	for _, name := range []string{"llvm-mc", "llvm-mc-19", "llvm-mc-18"} {
		if path, err := exec.LookPath(name); err == nil {
			mc = path
		}
	}
	if mc == "" {
		t.Skip("no llvm-mc")
	}
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	var words []uint64
	var source strings.Builder
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`WORD \$(\S+) // (.*)`).FindAllStringSubmatch(string(files["neon_arm64.s"]), -1) {
		if seen[m[0]] {
			continue
		}
		seen[m[0]] = true
		w, err := strconv.ParseUint(m[1], 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, w)
		fmt.Fprintln(&source, m[2])
	}
	cmd := exec.Command(mc, "-triple=aarch64", "-show-encoding")
	cmd.Stdin = strings.NewReader(source.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(.*)// encoding: \[0x(..),0x(..),0x(..),0x(..)\]`).FindAllStringSubmatch(string(out), -1)
	if len(lines) != len(words) {
		t.Fatalf("%d encodings of %d words", len(lines), len(words))
	}
	for i, m := range lines {
		if got := m[5] + m[4] + m[3] + m[2]; got != fmt.Sprintf("%08x", words[i]) {
			t.Errorf("%s is %s, not %08x", strings.TrimSpace(m[1]), got, words[i])
		}
	}
}
