package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/mmcloughlin/avo/ir"
)

var vectorRegister = regexp.MustCompile(`^[XYZ](\d+)$`)

// check refuses code that the set's row of the dispatch table does not cover.
// The assembler and avo would both take it: avo labels a function that uses
// Y16 as plain AVX, which ends in SIGILL on a processor without AVX-512.
// No set lists SSE, so legacy encodings are refused too: among 256-bit code
// each costs a transition.
func check(s *isa, file *ir.File) error {
	for _, fn := range file.Functions() {
		for _, ext := range fn.ISA {
			if ext != "MMX+" && !slices.Contains(s.extensions, ext) { // avo files PREFETCH there, which every amd64 has
				return fmt.Errorf("%s needs %s, which the set %s does not promise", fn.Name, ext, s.name)
			}
		}
		for _, inst := range fn.Instructions() {
			for _, r := range inst.Registers() {
				m := vectorRegister.FindStringSubmatch(r.(interface{ Asm() string }).Asm())
				if m == nil {
					continue
				}
				if n, _ := strconv.Atoi(m[1]); n >= s.registers {
					return fmt.Errorf("%s uses %s, which the set %s does not have", fn.Name, m[0], s.name)
				}
			}
		}
	}
	return nil
}
