//go:build !amd64 || purego || noasm

package guard

const readsMasked = false
