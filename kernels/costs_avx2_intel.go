package kernels

// As on Zen 3, but for what was measured on Emerald Rapids (Xeon, 48 KiB and 2 MiB of
// cache a core), one thread: 64 rows of B side by side gain 3 to 10 % where C has a single
// row and B is in a cache; planes of up to 6 channels are 1.0 to 4.3 times as fast as
// tiles, those of 8 0.8 to 1.1 times; blocks of 2^16 elements of windows gain 2 to 6 % in
// weight gradients of 32 channels. Direct convolutions were not measured. To read A in place
// as well gains 1 % in the mean, and loses up to 6 %.
var (
	costs32AVX2Intel = costs32AVX2.deeper(64).convolving(6, 1<<16).inCalls()
	costs64AVX2Intel = costs64AVX2.deeper(64)
)

// deeper is c with products by rows in blocks of so many steps.
func (c costs) deeper(steps int) costs {
	c.rowDepth = steps
	return c
}

// convolving is c with transposed convolutions to so many channels made of planes, blocks of
// windows of so many elements, and no direct convolutions.
func (c costs) convolving(channels, windows int) costs {
	c.planeChannels, c.blockWindows, c.moveWindow = channels, windows, 0
	return c
}

// inCalls is c with as much of a packed B in a block as a call takes.
func (c costs) inCalls() costs {
	c.panelBlock = 0
	return c
}
