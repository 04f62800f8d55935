//go:build !mpi

package main

import (
	"errors"
	"os"
)

// joinWorld is an error where mpirun has started this process among others, which would all
// do the same.
func joinWorld() (world, error) {
	if n := os.Getenv("OMPI_COMM_WORLD_SIZE"); n != "" && n != "1" {
		return nil, errors.New("mpirun has started " + n + " processes, but this vae is built without MPI: build it with -tags mpi")
	}
	return nil, nil
}
