package kernels

// As on Zen 3, but for how many rows of B are read side by side, measured on Emerald
// Rapids (Xeon, 48 KiB and 2 MiB of cache a core), one thread: 64 gain 3 to 10 % where C
// has a single row and B is in a cache. To read A in place as well gains 1 % in the mean,
// and loses up to 6 %.
var (
	costs32AVX2Intel = costs32AVX2.deeper(64)
	costs64AVX2Intel = costs64AVX2.deeper(64)
)

// deeper is c with products by rows in blocks of so many steps.
func (c costs) deeper(steps int) costs {
	c.rowDepth = steps
	return c
}

// planar is c with transposed convolutions to so many channels made of planes.
func (c costs) planar(channels int) costs {
	c.planeChannels = channels
	return c
}
