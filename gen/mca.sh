#!/usr/bin/env bash
# How well the loops of the set neon use the cores that llvm-mca has models of.
# These are models: nothing is timed. Printed are the cycles of an iteration, and
# the share of the vector pipes' time that is used in them: by FMAs alone for the
# GEMM tiles, by everything for the others.
#
#   gen/mca.sh [KERNEL…]
#
# An iteration is four steps of k (of GemmRow one, of Dots32 16), or 16 elements. A tile
# has a second loop, for A by rows (of float64, with two steps).
# A row of C uses each vector of B once: what it lacks is the wait for loads. Of Dots32
# two thirds are shuffles. LLVM 19.1.7 says
#
#   kernel             neoverse-n1       neoverse-v1       neoverse-v2
#   Gemm6x16           48.0, 100 %       24.0, 100 %       24.0, 100 %
#   Gemm6x16/2         48.0, 100 %       24.0, 100 %       24.0, 100 %
#   Gemm4x24           48.0, 100 %       24.0, 100 %       24.0, 100 %
#   Gemm4x24/2         48.0, 100 %       24.0, 100 %       24.0, 100 %
#   Gemm6x8F64         48.0, 100 %       24.0, 100 %       24.0, 100 %
#   Gemm6x8F64/2       24.0, 100 %       12.0, 100 %       12.0, 100 %
#   GemmRow            12.6,  95 %        8.4,  72 %        8.4,  72 %
#   Dots32            192.1, 100 %       96.1, 100 %       96.1, 100 %
#   Exp                35.8,  91 %       16.0,  95 %       15.8,  98 %
#   Log                44.6,  95 %       21.8,  93 %       20.7,  99 %
#   Sigmoid            59.1,  92 %       27.7,  95 %       29.7,  99 %
#   Tanh               56.1, 100 %       27.2,  99 %       30.1, 100 %
#   Softplus           69.6,  84 %       38.0,  74 %       33.2,  86 %
#   BCE               100.1,  90 %       51.1,  87 %       50.6,  94 %
#   Reparam            84.4,  93 %       40.7,  92 %       37.9,  99 %
#   Adam               72.1, 100 %       33.1, 100 %       39.1,  97 %
#
# It needs llvm-mca and llvm-objdump, 19 or newer; LLVM=-19 is their suffix.
set -euo pipefail
cd "$(dirname "$0")/.."
llvm=${LLVM--19}
kernels=("$@")
[ $# -gt 0 ] || kernels=(Gemm6x16{,/2} Gemm4x24{,/2} Gemm6x8F64{,/2} GemmRow Dots32
	Exp Log Sigmoid Tanh Softplus BCE Reparam Adam)

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
GOARCH=arm64 go test -c -o "$tmp/kernels.test" ./kernels

# loop prints the longest innermost loop of a function, or the second longest.
loop() {
	"llvm-objdump$llvm" -d --no-show-raw-insn --no-print-imm-hex \
		--disassemble-symbols="github.com/lanewise/lanewise/kernels/asm.$1NEON.abi0" "$tmp/kernels.test" |
		awk -v rank="$2" '/^ *[0-9a-f]+:/ {
			at = $1; sub(":", "", at)
			$1 = ""; line[++n] = $0; position[at] = n
			to = $3; sub("^0x", "", to)
			if ($2 ~ /^b\./ && (to in position) && position[to] > jumped) { start[n] = position[to]; jumped = n }
		}
		END {
			for (; rank > 0; rank--) {
				last = 0
				for (i in start) if (!last || i - start[i] > last - start[last]) last = i + 0
				first = start[last]; delete start[last]
			}
			for (i = first; i < last; i++) if (line[i] !~ /</) print line[i] # no jumps to what is rare
		}'
}

cpus=(neoverse-n1 neoverse-v1 neoverse-v2)
pipes=(2 4 4) # for vectors of 128 bits
printf '%-12s' kernel
printf '%18s' "${cpus[@]}"
echo
for k in "${kernels[@]}"; do
	rank=${k#*/}
	loop "${k%/*}" "${rank/$k/1}" >"$tmp/loop.s"
	printf '%-12s' "$k"
	for c in "${!cpus[@]}"; do
		"llvm-mca$llvm" -mtriple=aarch64 -mcpu="${cpus[c]}" -iterations=200 "$tmp/loop.s" 2>/dev/null |
			awk -v gemm="$([[ $k != Gemm* ]] || echo 1)" -v fmas="$(grep -cw fmla "$tmp/loop.s")" -v pipes="${pipes[c]}" '
				/^Total Cycles:/ { cycles = $3 / 200 }
				/^\[.*Unit/ { split($3, unit, "Unit"); vector[$1] = unit[2] ~ /^V/ }
				/^Resource pressure per iteration/ {
					getline; n = split($0, column)
					getline; split($0, busy)
					for (i = 1; i <= n; i++) if (vector[column[i]]) used += busy[i]
				}
				END { printf "%11.1f, %3.0f %%", cycles, 100 * (gemm ? fmas : used) / pipes / cycles }'
	done
	echo
done
