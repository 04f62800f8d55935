package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// goRow is the reference itself.
var goRow = row{"go", gemm32Go, gemm64Go, asm.Go}
