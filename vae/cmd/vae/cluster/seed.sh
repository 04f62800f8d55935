#!/bin/sh
# Trains one of several independent runs: sh seed.sh FLAGS..., with the flags of vae train.
# Its seed is the index that Slurm's array, or a Job of Kubernetes, gives; its folder is
# seed-INDEX in $RUNS. A run that a time limit has ended goes on where it is started again.
set -eu
index=${SLURM_ARRAY_TASK_ID:-${JOB_COMPLETION_INDEX:?want SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX}}
out=${RUNS:-runs}/seed-$index
mkdir -p "${RUNS:-runs}"
if [ -e "$out/state.safetensors" ]; then
	exec "${VAE:-vae}" train -resume "$out"
fi
exec "${VAE:-vae}" train "$@" -seed "$index" -out "$out"
