//go:build !mpi

package main

// joinWorld is an error where mpirun has started this process among others, which would all
// do the same.
func joinWorld() (world, error) {
	return nil, refuseRanks("but this vae is built without MPI: build it with -tags mpi")
}
