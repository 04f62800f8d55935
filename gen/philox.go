package main

// philox is what each of the ten rounds of Philox4x32 makes of a vector of counters whose
// lower halves are given (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC'11).
func philox(lower *val, argument argumentWord, keys [philoxRounds][2]*val, product multiplier) (rounds [philoxRounds][4]*val) {
	c := [4]*val{lower, argument(noiseCounter + 4), argument(noiseStream), argument(noiseStream + 4)}
	m0, m1 := u(0xD2511F53), u(0xCD9E8D57)
	for r, k := range keys {
		hi0, lo0 := product(c[0], m0)
		hi1, lo1 := product(c[2], m1)
		c = [4]*val{xor(hi1, xor(c[1], k[0])), lo1, xor(hi0, xor(c[3], k[1])), lo0}
		rounds[r] = c
	}
	return rounds
}

// A multiplier makes the halves of a product of 32-bit integers.
type multiplier = func(a, b *val) (hi, lo *val)

const philoxRounds = 10

// keySteps are what is added to the two words of a round's key.
var keySteps = [2]uint64{0x9E3779B9, 0xBB67AE85}

// An argumentWord is the 32-bit word at some byte of a kernel's arguments.
type argumentWord = func(at int) *val

// roundKeys are the keys of the rounds, which all counters share.
func roundKeys(argument argumentWord) [philoxRounds][2]*val {
	keys := [philoxRounds][2]*val{{argument(noiseSeed), argument(noiseSeed + 4)}}
	for r := range keys[1:] {
		keys[r+1] = [2]*val{iadd(keys[r][0], u(keySteps[0])), iadd(keys[r][1], u(keySteps[1]))}
	}
	return keys
}
