#!/bin/sh
# Prints the last line of the history of each run in a folder, as CSV: sh merge.sh RUNS
set -eu
header=
for history in "${1:?want the folder of the runs}"/*/history.csv; do
	[ -e "$history" ] || { echo "$1 holds no runs" >&2 && exit 1; }
	[ -n "$header" ] || { header=$(head -n 1 "$history") && echo "run,$header"; }
	echo "$(basename "$(dirname "$history")"),$(tail -n 1 "$history")"
done
