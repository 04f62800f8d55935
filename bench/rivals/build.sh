#!/usr/bin/env bash
# Builds the rivals that are written in Go, each of which is a module of its own.
#
#	bench/rivals/build.sh FOLDER [NAME...]
#
# FOLDER/NAME is the program. Where it cannot be built, FOLDER/NAME.absent says
# why, which bench/compare repeats.
set -uo pipefail

folder=$(mkdir -p "$1" && cd "$1" && pwd) || exit 1
shift
cd "$(dirname "$0")" || exit 1
[ $# != 0 ] || set -- */

for name; do
	name=${name%/}
	program=$folder/$name
	rm -f "$program" "$program.absent"
	# go-highway's vectors are an experiment of Go's, which amd64 has.
	experiment=${GOEXPERIMENT:-}
	[ "$name-$(go env GOARCH)" != highway-amd64 ] || experiment=simd
	if reason=$(cd "$name" && GOEXPERIMENT=$experiment GOWORK=off CGO_ENABLED=0 go build -o "$program" . 2>&1); then
		echo "built: $name"
	else
		grep -v '^go: downloading\|^#' <<<"$reason" | head -n 1 | sed 's/^go: //' >"$program.absent"
		echo "not built: $name: $(cat "$program.absent")"
	fi
done
