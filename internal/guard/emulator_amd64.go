//go:build !purego && !noasm

package guard

import "github.com/klauspost/cpuid/v2"

// readsMasked tells of QEMU's own processor, on which VMASKMOV reads the
// elements that its mask excludes.
var readsMasked = cpuid.CPU.HypervisorVendorString == "TCGTCGTCGTCG"
