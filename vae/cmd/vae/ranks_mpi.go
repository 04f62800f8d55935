//go:build mpi

package main

import (
	"fmt"
	"os"

	"github.com/lanewise/lanewise/vae/cmd/vae/internal/mpi"
)

// joinWorld begins MPI in a process that mpirun, mpiexec or srun has started. A process that
// was started by itself is alone.
func joinWorld() (world, error) {
	for _, name := range []string{"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"} {
		if os.Getenv(name) == "" {
			continue
		}
		w, err := mpi.Start()
		if err != nil {
			return nil, fmt.Errorf("MPI does not begin: %w", err)
		}
		return w, nil
	}
	return nil, nil
}
