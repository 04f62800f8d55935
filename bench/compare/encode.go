package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
)

// encodeFlop is what the products of the codes of an image take.
const encodeFlop = 2 * (pixels*hidden + 2*hidden*latent)

// encodeCases are the codes, mu and logvar, of a few images, as a service asks for them.
func encodeCases() []benchCase {
	var all []benchCase
	for _, n := range []int{1, 8, 64} {
		all = append(all, benchCase{
			bench: "encode", name: fmt.Sprintf("%d-%d-%d, %s", pixels, hidden, latent, count(n, "image")),
			work: float64(n), unit: "images/s", scale: 1,
			limit: limit{flop: float64(n) * encodeFlop},
			setUp: func(su *suite) ([]implementation, checker) {
				return encodeImplementations(su, n, 0, "torch:", "torch:compile", "jax:", "onnxruntime:")
			},
		})
	}
	return all
}

// callers are how many ask at once in latencyCases.
const callers = 8

// latencyCases are how long one of several callers waits for the codes of an image: the
// time of a call is a quantile.
func latencyCases() []benchCase {
	var all []benchCase
	for _, quantile := range []float64{0.5, 0.99} {
		all = append(all, benchCase{
			bench: "latency", name: fmt.Sprintf("%d-%d-%d, 1 image, p%v of %d callers", pixels, hidden, latent, 100*quantile, callers),
			work: 1, unit: "images/s", scale: 1,
			setUp: func(su *suite) ([]implementation, checker) {
				return encodeImplementations(su, 1, quantile, "torch:", "onnxruntime:")
			},
		})
	}
	return all
}

// encodeImplementations encode n images, one caller after another, or for a quantile
// several callers at once.
func encodeImplementations(su *suite, n int, quantile float64, variants ...string) ([]implementation, checker) {
	images, err := firstDigits()
	if err != nil {
		return refuse(err)
	}
	images = images[:n*pixels]
	weights := filepath.Join(su.dir, "encoder.safetensors")
	newModel := func(e *kernels.Engine) (*vae.Model, error) {
		return vae.New(vae.DefaultConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}), e, 1)
	}
	if err := saveInitial(newModel, su.engine, weights); err != nil {
		return refuse(err)
	}
	bench := "encode"
	if quantile > 0 {
		bench = "latency"
	}
	implementations := su.ours(func(e *kernels.Engine) (work, error) {
		m, err := newModel(e)
		if err != nil {
			return work{}, err
		}
		model := m.Inference(e.Threads())
		codes := make([]float32, 2*n*latent)
		encode := func(codes []float32) {
			if err := model.Encode(context.Background(), codes[:n*latent], codes[n*latent:], images); err != nil {
				panic(err) // the images are ours
			}
		}
		if quantile == 0 {
			return local(calls(func() { encode(codes) }), codes), nil
		}
		run := func(warm, reps int) (time.Duration, error) { return waits(warm, reps, quantile, encode) }
		encode(codes)
		return local(run, codes), nil
	})
	return append(implementations, su.inProcesses(task{
		bench: bench,
		params: map[string]any{
			"batch": n, "weights": weights, "quantile": quantile, "callers": callers,
		},
		inputs: map[string][]float32{"x": images},
	}, variants...)...), checkCodes
}

// leastWaits are as many calls as have a quantile.
const leastWaits = 1000

// waits makes calls on several goroutines, and returns a quantile of how long each took, times reps.
func waits(warm, reps int, quantile float64, encode func(codes []float32)) (time.Duration, error) {
	each := max(reps, leastWaits)/callers + 1
	times := make([][]time.Duration, callers)
	var group sync.WaitGroup
	for i := range times {
		group.Go(func() {
			codes := make([]float32, 2*latent)
			for range warm/callers + 1 {
				encode(codes)
			}
			for range each {
				start := time.Now()
				encode(codes)
				times[i] = append(times[i], time.Since(start))
			}
		})
	}
	group.Wait()
	all := slices.Concat(times...)
	slices.Sort(all)
	return all[int(quantile*float64(len(all)-1))] * time.Duration(reps), nil
}

// checkCodes compares codes with ours, which others make of the same file: roundings differ.
func checkCodes(out, first []float64) error {
	if first == nil {
		first = out
	}
	if len(out) != len(first) {
		return fmt.Errorf("%d numbers instead of %d", len(out), len(first))
	}
	for i, v := range out {
		if !(math.Abs(v-first[i]) <= 1e-5) {
			return fmt.Errorf("number %d is %v, and %v for %s", i, v, first[i], ourName)
		}
	}
	return nil
}
