//go:build !linux

package pin

// Processor is -1: threads cannot be bound to processors here.
func Processor() int { return -1 }

// Thread does nothing.
func Thread(cpu int) (release func()) { return func() {} }
