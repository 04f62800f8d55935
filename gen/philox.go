package main

// noiseGroup is the number of elements that sumLanes counters yield: element
// 16·j + lane of a group is word j of counter lane.
const noiseGroup = 4 * sumLanes

// Where the words of a kernel's argument noise are, in bytes.
const (
	noiseSeed    = 0
	noiseStream  = 8
	noiseCounter = 16
)

// philox4x32 is ten rounds of Philox4x32 (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC'11).
func philox4x32(c [4]*val, k [2]*val) [4]*val {
	m0, m1 := u(0xD2511F53), u(0xCD9E8D57)
	for r := range 10 {
		if r > 0 {
			k[0] = iadd(k[0], u(0x9E3779B9))
			k[1] = iadd(k[1], u(0xBB67AE85))
		}
		c = [4]*val{
			xor(xor(mulHi(c[2], m1), c[1]), k[0]),
			mulLo(c[2], m1),
			xor(xor(mulHi(c[0], m0), c[3]), k[1]),
			mulLo(c[0], m0),
		}
	}
	return c
}

// normals are the four vectors of noise of a vector of counters: the kernel's
// counter plus lanes. argument is a 32-bit word of the argument noise.
func normals(lanes *val, argument func(at int) *val) [4]*val {
	c := [4]*val{iadd(argument(noiseCounter), lanes), argument(noiseCounter + 4), argument(noiseStream), argument(noiseStream + 4)}
	w := philox4x32(c, [2]*val{argument(noiseSeed), argument(noiseSeed + 4)})
	var n [4]*val
	n[0], n[1] = boxMuller(w[0], w[1])
	n[2], n[3] = boxMuller(w[2], w[3])
	return n
}
