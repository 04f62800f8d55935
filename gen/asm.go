package main

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"reflect"
	"sort"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// asm writes the functions of one set for one element type.
type asm struct {
	*build.Context
	body
	isa    *isa
	elem   *elem
	consts map[string]func()
	odd    vreg // with mask registers: selects the odd 32-bit lanes

	// Of the function under way.
	sig       *gotypes.Signature
	variables map[string]operand.Mem
}

func newAsm(s *isa, ctx *build.Context) *asm {
	return &asm{Context: ctx, isa: s, elem: f32, consts: map[string]func(){}}
}

func (a *asm) use(e *elem) { a.elem = e }

// function starts a function of package asm; sig is its type without "func".
func (a *asm) function(name, sig string) {
	a.Function(name + a.elem.suffix + a.isa.suffix)
	a.Pragma("noescape")
	a.Attributes(attr.NOSPLIT)
	a.sig = signature(sig)
	a.Signature(a.sig)
	a.body = newBody(a.isa.registers, len(opmask))
	a.ks[0] = true // cannot mask
	a.variables = map[string]operand.Mem{}
}

// signature is a type of package asm; Args is ref.Args there.
func signature(sig string) *gotypes.Signature {
	asm := types.NewPackage("asm", "asm")
	name := types.NewTypeName(token.NoPos, asm, "Args", nil)
	types.NewNamed(name, types.NewStruct(nil, nil), nil) // all go through a pointer
	asm.Scope().Insert(name)
	s, err := gotypes.ParseSignatureInPackage(asm, "func"+sig)
	if err != nil {
		panic(err)
	}
	return s
}

func (a *asm) ret() {
	a.VZEROUPPER()
	a.RET()
	a.writeCold()
}

// dryRun makes a copy of all state, in which nothing is written, until restore.
func (a *asm) dryRun() (restore func()) {
	before := *a
	a.Context = build.NewContext()
	a.Function("rehearsal")
	a.Signature(a.sig)
	a.body, a.consts = a.body.clone(), maps.Clone(a.consts)
	return func() { *a = before }
}

// lanes is the number of elements in a vector.
func (a *asm) lanes() int { return a.isa.bytes / a.elem.bytes }

func (a *asm) v(r vreg) reg.VecPhysical       { return a.isa.vec(int(r)) }
func (a *asm) kreg(r vreg) reg.OpmaskPhysical { return opmask[r] }

// f and op emit a mnemonic that ends in the element's float suffix, or nothing.
func (a *asm) f(mnemonic string, ops ...operand.Op) { a.op(mnemonic+a.elem.f, ops...) }

func (a *asm) op(mnemonic string, ops ...operand.Op) {
	m := reflect.ValueOf(a.Context).MethodByName(mnemonic)
	if !m.IsValid() {
		panic("no instruction " + mnemonic)
	}
	args := make([]reflect.Value, len(ops))
	for i, o := range ops {
		args[i] = reflect.ValueOf(o)
	}
	m.Call(args)
}

func (a *asm) mark(l label)  { a.Label(string(l)) }
func (a *asm) jump(to label) { a.JMP(operand.LabelRef(to)) }

// literal is the memory that holds a vector of equal elements.
func (a *asm) literal(bits uint64) operand.Mem {
	name := fmt.Sprintf("x%0*x", 2*a.elem.bytes, bits)
	e, n := a.elem, a.lanes()
	return a.data(name, n, func(int) operand.Constant { return e.constant(bits) })
}

// data is the memory of n elements, written at the end of the file.
func (a *asm) data(name string, n int, at func(int) operand.Constant) operand.Mem {
	size := a.elem.bytes
	a.consts[name] = func() {
		a.StaticGlobal(name)
		a.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range n {
			a.AddDatum(i*size, at(i))
		}
	}
	return operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
}

func (e *elem) constant(bits uint64) operand.Constant {
	if e.bytes == 8 {
		return operand.U64(bits)
	}
	return operand.U32(bits)
}

// finish writes the data that the functions named.
func (a *asm) finish() {
	var names []string
	for n := range a.consts {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		a.consts[n]()
	}
}

// argument loads an argument into a general register.
func (a *asm) argument(arg string) reg.Register {
	r := a.GP64()
	a.MOVQ(a.address(arg), r)
	return r
}

// address is the memory of an argument itself, or of a variable.
func (a *asm) address(arg string) operand.Mem {
	if m, ok := a.variables[arg]; ok {
		return m
	}
	b, err := a.Param(arg).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// broadcast brings a scalar in memory into every lane of a new register.
func (a *asm) broadcast(m operand.Mem) vreg {
	r := a.take()
	a.op("VBROADCAST"+a.elem.scalar, m, a.v(r))
	return r
}
