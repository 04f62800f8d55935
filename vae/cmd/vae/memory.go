package main

import (
	"fmt"
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// A memoryLimit is how many bytes this process can have, and who says so.
type memoryLimit struct {
	bytes float64
	by    string
}

// availableMemory is the least of what the machine has, its container may use, GOMEMLIMIT
// says, the process may map, and a pointer can tell apart.
func availableMemory() memoryLimit {
	least := memoryLimit{math.Inf(1), ""}
	take := func(bytes float64, by string) {
		if bytes < least.bytes {
			least = memoryLimit{bytes, by}
		}
	}
	if n, err := memlimit.FromSystem(); err == nil && n > 0 {
		take(float64(n), "of this machine")
	}
	if n, err := memlimit.FromCgroup(); err == nil && n > 0 {
		take(float64(n), "of this container (memory.max)")
	}
	if n := debug.SetMemoryLimit(-1); n < math.MaxInt64 {
		take(float64(n), "of GOMEMLIMIT")
	}
	if n, ok := addressSpace(); ok {
		take(n, "that ulimit -v leaves")
	}
	if math.MaxInt == math.MaxInt32 {
		take(math.MaxInt32, "of a program of 32 bits")
	}
	return least
}

// check is an error where a model does not fit beside the data, which are here.
func (l memoryLimit) check(model, data float64) error {
	if model+data <= l.bytes {
		return nil
	}
	return fmt.Errorf("this model and batch take about %s of memory beside %s of data, above the %s %s: choose a smaller -hidden, -latent, -batch or -limit",
		amount(model), amount(data), amount(l.bytes), l.by)
}

// amount is a number of bytes as people read it.
func amount(bytes float64) string {
	if bytes < 1e9 {
		return fmt.Sprintf("%.0f MB", math.Ceil(bytes/1e6))
	}
	return fmt.Sprintf("%.1f GB", math.Ceil(bytes/1e8)/10)
}

// checkTraining is an error where training does not fit beside so many bytes of rows. It
// may keep the best model beside the one that is trained.
func checkTraining(c vae.Config, o vae.Options, keepsBest bool, rows float64) error {
	memory, err := trainingMemory(c, o.Batch, o.Shards, keepsBest)
	if err != nil {
		return err
	}
	return availableMemory().check(memory, rows)
}

// pixelBytes are what images take.
func pixelBytes(images ...dataset.Images) (bytes float64) {
	for _, m := range images {
		bytes += float64(len(m.Pixels))
	}
	return bytes
}

// trainingMemory is about the number of bytes that training takes: a weight has two
// moments, and a gradient in every shard; an activation has a gradient.
// A buffer of the best model may be twice as large as that.
func trainingMemory(c vae.Config, batch, shards int, keepsBest bool) (float64, error) {
	layers, err := c.Layers()
	if err != nil {
		return 0, err
	}
	activations := 2 * float64(c.Input.Size())
	var weights float64
	for _, l := range layers {
		weights += float64(l.Weights)
		if l.Weights > 0 { // others mostly work in place
			activations += 2 * float64(l.Out.Size())
		}
	}
	arrays := 3 + max(shards, 1) // as large as the weights
	if keepsBest {
		arrays += 2
	}
	images := max(batch, 256) // that are evaluated at a time
	if shards > 1 {
		images = batch + 256 // for shards have memory of their own
	}
	return 4 * (float64(arrays)*weights + float64(images)*activations), nil
}

// checkUse is an error where what the layers make of so many rows at a time does not fit: a
// small file can describe layers that are very large.
func checkUse(c vae.Config, rows int) error {
	layers, err := c.Layers()
	if err != nil {
		return err
	}
	var numbers float64
	for _, l := range layers {
		numbers += float64(l.Weights) + float64(rows)*float64(l.Out.Size())
	}
	if most := availableMemory(); 4*numbers > most.bytes {
		return fmt.Errorf("the model takes about %s of memory for %s at a time, above the %s %s: use a smaller one, or a larger machine",
			amount(4*numbers), count(rows, thing(c)), amount(most.bytes), most.by)
	}
	return nil
}
