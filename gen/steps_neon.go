package main

// neonSteps is a tile's loop over k. FMAs pick their elements of A from vectors
// of it. While one step is multiplied what the next need is loaded, each
// register as soon as it is free. mca.sh says what the models of three cores
// make of it.
type neonSteps struct {
	*neonTile
	a, b []vreg
	bs   gpr

	// unroll is how many steps an iteration of the loop has: after it every register
	// holds what it held before.
	unroll int
	// element is where element (i, p) of A is.
	element func(i, p int) (r vreg, lane int)
	// next is what step p loads of A.
	next func(p int) []neonLoad
}

// A neonLoad brings in a vector of A, for step and later ones.
type neonLoad struct {
	r    vreg
	step int
	emit func()
}

// always is more steps than any iteration loads for.
const always = 1 << 20

// multiply runs the chains of FMAs over k.
func (t *neonTile) multiply() {
	k, bs := t.argument("k"), t.stride("bs")
	rows, done := t.label("rows"), t.label("multiplied")
	ai := t.stride("ai")
	t.op("CMP", imm(t.elem.bytes), ai)
	t.op("BNE", rows)
	t.byColumns(k, bs)
	t.op("JMP", done)
	t.mark(rows)
	t.byRows(k, bs, ai)
	t.mark(done)
	t.dropG(k, bs, ai)
}

// byColumns takes A by columns, which are packed or stored so: mr elements for
// each step, in one to three vectors.
func (t *neonTile) byColumns(k, bs gpr) {
	vectors := (t.mr + t.lanes() - 1) / t.lanes()
	s := &neonSteps{neonTile: t, bs: bs, unroll: 4}
	nb := len(t.acc[0])
	s.b, s.a = t.spare[:nb], t.spare[nb:]
	as := t.stride("as")
	if s.unroll*vectors%len(s.a) != 0 {
		panic("an iteration leaves A in other registers")
	}
	register := func(p, q int) vreg { return s.a[(p*vectors+q)%len(s.a)] }
	s.element = func(i, p int) (vreg, int) { return register(p, i/t.lanes()), i % t.lanes() }
	column := func(p int) (loads []neonLoad) {
		for q := range vectors {
			r := register(p, q)
			loads = append(loads, neonLoad{r, p, func() {
				size := min(neonSet.bytes, t.mr*t.elem.bytes-q*neonSet.bytes)
				t.op(scalarMove[size], mem{t.pa, q * neonSet.bytes}, fpr(r))
				if q == vectors-1 {
					t.op("ADD", as, t.pa, t.pa)
				}
			}})
		}
		return loads
	}
	s.next = func(p int) []neonLoad { return column(p + 1) }

	one, done := t.label("one"), t.label("done")
	t.op("CBZ", k, done)
	s.begin(column(0))
	iterate(t, k, k, s.unroll+1, s.unroll, func() { s.steps(always) })
	t.op("ADD", imm(s.unroll+1), k, k)
	t.mark(one)
	s.step(0, 1)
	t.op("SUBS", imm(1), k, k)
	t.op("BEQ", done)
	s.begin(column(0))
	t.op("JMP", one)
	t.mark(done)
	t.dropG(as)
}

// byRows takes A by rows, where they are stored: a vector of each has the
// elements of a few steps.
func (t *neonTile) byRows(k, bs, ai gpr) {
	s := &neonSteps{neonTile: t, bs: bs, unroll: t.lanes()}
	s.a, s.b = t.spare[:t.mr], t.spare[t.mr:]
	s.element = func(i, p int) (vreg, int) { return s.a[i], p % t.lanes() }
	row := []gpr{t.pa}
	for i := range t.mr - 1 {
		row = append(row, t.takeG())
		t.op("ADD", ai, row[i], row[i+1])
	}
	loads := func(bytes int) (loads []neonLoad) {
		for i, r := range s.a {
			loads = append(loads, neonLoad{r, s.unroll, func() { t.op(scalarMove[bytes]+".P", mem{row[i], bytes}, fpr(r)) }})
		}
		return loads
	}
	s.next = func(p int) []neonLoad {
		if p < s.unroll-1 {
			return nil
		}
		return loads(neonSet.bytes)
	}

	rest, one, done := t.label("rest"), t.label("one"), t.label("done")
	t.op("SUBS", imm(s.unroll), k, k)
	t.op("BLT", rest)
	s.begin(loads(neonSet.bytes))
	iterate(t, k, k, s.unroll, s.unroll, func() { s.steps(always) })
	s.steps(s.unroll)
	t.mark(rest)
	t.op("ADDS", imm(s.unroll), k, k)
	t.op("BEQ", done)
	t.mark(one)
	s.begin(loads(t.elem.bytes))
	s.step(0, 1)
	t.countDown(k, one)
	t.mark(done)
	t.dropG(row[1:]...)
}

// scalarMove is the load or store of so many bytes.
var scalarMove = map[int]string{4: "FMOVS", 8: "FMOVD", 16: "FMOVQ"}

// begin loads what the first step needs.
func (s *neonSteps) begin(a []neonLoad) {
	for _, l := range a {
		l.emit()
	}
	for i := range s.b {
		s.loadB(i)
	}
}

// steps writes an iteration, after which there are steps up to until.
func (s *neonSteps) steps(until int) {
	if s.unroll*len(s.acc[0])%len(s.b) != 0 {
		panic("an iteration leaves B in other registers")
	}
	for p := range s.unroll {
		s.step(p, until)
	}
}

// step multiplies column p of A and row p of B. It loads nothing for steps from
// until on.
func (s *neonSteps) step(p, until int) {
	last := map[vreg]int{} // the last row that uses a register
	for i := range s.acc {
		r, _ := s.element(i, p)
		last[r] = i
	}
	var waiting []neonLoad
	for _, l := range s.next(p) {
		if l.step >= until {
			continue
		}
		if _, used := last[l.r]; used {
			waiting = append(waiting, l)
		} else {
			l.emit()
		}
	}
	nv := len(s.acc[0])
	for j := range nv {
		at := p*nv + j
		for i := range s.acc {
			r, lane := s.element(i, p)
			s.multiplyByLane(s.acc[i][j], s.b[at%len(s.b)], r, lane)
			if j == nv-1 && i == last[r] {
				for _, l := range waiting {
					if l.r == r {
						l.emit()
					}
				}
			}
		}
		if ahead := at + len(s.b); ahead/nv < until {
			s.loadB(ahead)
		}
	}
}

// loadB loads vector i of B, counted row by row from the first of an iteration.
func (s *neonSteps) loadB(i int) {
	nv := len(s.acc[0])
	s.op("FMOVQ", mem{s.pb, i % nv * neonSet.bytes}, fpr(s.b[i%len(s.b)]))
	if i%nv == nv-1 {
		s.op("ADD", s.bs, s.pb, s.pb)
	}
}
