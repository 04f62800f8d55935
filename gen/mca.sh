#!/usr/bin/env bash
# What the loops of the set neon would reach, says llvm-mca, which models a core
# and times nothing: cycles of a turn, and the share of the vector pipes' time
# that is used in them: by FMAs alone for the GEMM tiles, by everything for the
# others.
#
#   gen/mca.sh [KERNEL…]
#
# A turn is four steps of k, or 16 elements; Normal has a loop for the words of
# 32 elements, and Normal/2 is the one that makes normal numbers of them.
#
# It needs llvm-mca and llvm-objdump, 19 or newer; LLVM=-19 is their suffix.
set -euo pipefail
cd "$(dirname "$0")/.."
llvm=${LLVM--19}
kernels=("$@")
[ $# -gt 0 ] || kernels=(Gemm6x16 Gemm6x8F64 Exp Log Sigmoid Tanh Softplus BCE Reparam Normal Normal/2 Adam)

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
			for (i = first; i < last; i++) print line[i]
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
