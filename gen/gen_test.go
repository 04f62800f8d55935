package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// TestTreeIsGenerated regenerates everything and compares it with the tree.
func TestTreeIsGenerated(t *testing.T) {
	const dir = "../kernels/asm"
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what gen writes (%v): run go run -C gen .", name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()] == nil {
			t.Errorf("%s/%s is not written by gen", dir, e.Name())
		}
	}
}

var ymmHigh = reg.Y17

// TestCheckRefuses feeds the checker code that a set's row does not cover.
func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		set  *isa
		body func(a *asm)
	}{
		"an extension":     {avx2, func(a *asm) { a.VPXORQ(zmm[0], zmm[1], zmm[2]) }},
		"a high register":  {avx2, func(a *asm) { a.VADDPS(ymmHigh, ymm[0], ymm[0]) }},
		"legacy SSE":       {avx2, func(a *asm) { a.ADDPS(ymm[0].AsX(), ymm[1].AsX()) }},
		"what is promised": {avx512, func(a *asm) { a.VADDPS(zmm[31], zmm[0], zmm[0]) }},
	} {
		ctx := build.NewContext()
		a := newAsm(c.set, ctx)
		a.function("F", "()")
		c.body(a)
		a.ret()
		file, err := ctx.Result()
		if err == nil {
			err = pass.Compile.Execute(file)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := check(c.set, file); (err == nil) != (c.set == avx512) {
			t.Errorf("%s: check says %v", name, err)
		}
	}
}
