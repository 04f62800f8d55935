//go:build !amd64 || purego || noasm

package kernels

const readsMasked = false
