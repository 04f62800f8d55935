package main

// windowsSignature is that of the gathering of a convolution's windows, which are rows of
// an image, channels last:
//
//	dst[p·ld + r·run + i] = src[p·step + r·line + i],  i < run, r < rows, p < places,
//
// all of them positive.
func windowsSignature(e *elem) string {
	return e.signature("(dst *T, ld int, src *T, step, line int, places, rows, run int)")
}

const windowsName = "Windows"

// Bounds of what a loop of windows moves at a time, in elements.
const (
	windowsUnroll = 32
	windowsStep   = 8
)
