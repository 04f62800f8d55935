// Package pin keeps a measurement on one processor.
//
// A process that is bound to a single processor as a whole is slow for the
// wrong reason: threads of the Go runtime, which wake up after calls into C and
// while garbage is collected, interrupt what is measured. So one thread is bound
// to one processor, and all other threads are kept away from it.
package pin
