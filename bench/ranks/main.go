// Command ranks predicts how fast a training is on many cores and machines, from what one
// thread of this machine takes:
//
//	go run ./bench/ranks                                    # 784-400-20, a batch of 8192, 16 cores each
//	go run ./bench/ranks -conv -batch 4096 -cores 8
//
// A step of a batch of B images on R ranks of C cores, with S = R·C shards, takes
//
//	compute(⌈B/S⌉)                        the longest shard, forwards and backwards
//	+ 3·4·W·(C-1) / (M·min(C, channels))  the fold of C gradients of W weights, in parts by C cores
//	+ 2·log2(R)·L + 2·4·W·(1-1/R) / N     halving and doubling: messages, and bytes that a rank sends
//	+ 3·4·W·(1-1/R) / M                   what is added on the way, on one core
//	+ 2·log2(R)·L                         the losses, up the tree and down
//	+ adam / min(C, 2)                    every rank takes the same step
//
// where compute and adam are measured on one thread, as is M, the rate of adding arrays in
// bytes that are read or written, with which the memory keeps up on -channels cores; L is
// -latency and N the network, 10 and 100 Gbit/s. Not in it: cores that are slower when others
// work, ranks that others disturb, evaluation (which is divided as well), saving.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

// A machine is what the formula takes of a cluster.
type machine struct {
	cores    int
	channels float64       // cores whose additions the memory keeps up with
	latency  time.Duration // of a message
	gbits    float64       // per second, of a rank's network, in each direction
}

// A work is what the formula takes of a model and a processor.
type work struct {
	weights int
	batch   int
	compute func(images int) float64 // seconds
	adam    float64
	rate    float64 // bytes/s of adding
}

// step is the formula, and the parts that are the network's.
func (m machine) step(w work, ranks int) (total, network float64) {
	r, c, bytes := float64(ranks), float64(m.cores), 4*float64(w.weights)
	shards := ranks * m.cores
	total = w.compute((w.batch + shards - 1) / shards)
	total += 3 * bytes * (c - 1) / (w.rate * min(c, m.channels))
	levels := math.Ceil(math.Log2(r))
	network = 4*levels*m.latency.Seconds() + 2*bytes*(1-1/r)/(m.gbits*1e9/8)
	total += network + 3*bytes*(1-1/r)/w.rate
	return total + w.adam/min(c, 2), network
}

func main() {
	batch := flag.Int("batch", 8192, "`images` in a step")
	hidden := flag.Int("hidden", 400, "`width` of the hidden layer of a dense model")
	convolutions := flag.Bool("conv", false, "a convolutional model, 28x28 with 32 and 64 filters")
	m := machine{}
	flag.IntVar(&m.cores, "cores", 16, "`cores` of a rank")
	flag.Float64Var(&m.channels, "channels", 4, "`cores` whose additions the memory keeps up with")
	flag.DurationVar(&m.latency, "latency", 20*time.Microsecond, "`time` of a small message")
	flag.Parse()

	config := vae.DenseConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}, []int{*hidden}, 20)
	if *convolutions {
		config.Encoder = []vae.Layer{
			vae.Conv2D{Filters: 32, Kernel: 3, Stride: 2, Same: true}, vae.ReLU,
			vae.Conv2D{Filters: 64, Kernel: 3, Stride: 2, Same: true}, vae.ReLU,
			vae.Dense{Out: 16}, vae.ReLU,
		}
		config.Decoder = []vae.Layer{
			vae.Dense{Out: 7 * 7 * 64}, vae.ReLU, vae.Reshape{Height: 7, Width: 7, Channels: 64},
			vae.ConvTranspose2D{Filters: 64, Kernel: 3, Stride: 2, Same: true}, vae.ReLU,
			vae.ConvTranspose2D{Filters: 32, Kernel: 3, Stride: 2, Same: true}, vae.ReLU,
			vae.ConvTranspose2D{Filters: 1, Kernel: 3, Stride: 1, Same: true},
		}
	}
	w, err := measure(config, *batch, m.cores)
	if err != nil {
		log.Fatal(err)
	}
	one := w.compute(w.batch) + w.adam
	fmt.Printf("%s, set %s: %d weights, %.1f MB of gradients; a batch of %d takes one thread %.1f ms, Adam %.2f ms of them; adding %.1f GB/s\n",
		runtime.GOARCH, kernels.Default().Name(), w.weights, 4e-6*float64(w.weights), w.batch, 1e3*one, 1e3*w.adam, w.rate/1e9)
	fmt.Printf("\none machine:\n\n| cores = shards | ms | times one core |\n|--:|--:|--:|\n")
	for c := 1; c <= m.cores; c *= 2 {
		alone := m
		alone.cores, alone.gbits = c, 1
		t, _ := alone.step(w, 1)
		fmt.Printf("| %d | %.2f | %.2f |\n", c, 1e3*t, one/t)
	}
	fmt.Printf("\n%d cores a rank, latency %v:\n\n| ranks | MB sent by each | Gbit/s | ms | of them network | times one rank |\n|--:|--:|--:|--:|--:|--:|\n", m.cores, m.latency)
	for _, m.gbits = range []float64{10, 100} {
		alone, _ := m.step(w, 1)
		for r := 4; r <= 64; r *= 2 {
			t, network := m.step(w, r)
			fmt.Printf("| %d | %.1f | %.0f | %.2f | %.0f %% | %.1f |\n", r, 8e-6*float64(w.weights)*(1-1/float64(r)), m.gbits, 1e3*t, 100*network/t, alone/t)
		}
	}
}

// measure times one thread: medians of five.
func measure(config vae.Config, batch, cores int) (w work, err error) {
	data, err := digits.Load()
	if err != nil {
		return w, err
	}
	engine := kernels.New(kernels.Default(), 1)
	model, err := vae.New(config, engine, 1)
	if err != nil {
		return w, err
	}
	layers, err := config.Layers()
	if err != nil {
		return w, err
	}
	for _, l := range layers {
		w.weights += l.Weights
	}
	w.batch = batch
	weights, moments := make([]float32, w.weights), make([]float32, 3*w.weights)
	w.adam = median(func() {
		engine.Adam(weights, moments[:w.weights], moments[w.weights:2*w.weights], moments[2*w.weights:], kernels.DefaultAdam(), 1)
	})
	row := kernels.NewMatrix(weights, 1, w.weights)
	factor := kernels.NewMatrix([]float32{1}, 1, 1)
	gradients, next := make([]float32, w.weights*cores), 0 // as many, and no more in the caches
	for i := range gradients {
		gradients[i] = 0x1p-100
	}
	w.rate = 12 * float64(w.weights) / median(func() {
		engine.Gemm(row, 1, factor, kernels.NewMatrix(gradients[next*w.weights:][:w.weights], 1, w.weights), 1, nil)
		next = (next + 1) % cores
	})
	o := vae.DefaultOptions()
	known := map[int]float64{}
	w.compute = func(images int) float64 {
		if _, ok := known[images]; !ok {
			x := make([]float32, images*784)
			fill(x, data.Train)
			known[images] = median(func() { model.Step(x, o) }) - w.adam
		}
		return known[images]
	}
	return w, nil
}

// fill fills x with images, again and again.
func fill(x []float32, images dataset.Images) {
	index := make([]int, len(x)/images.Size())
	for i := range index {
		index[i] = i % images.Len()
	}
	images.Gather(x, index)
}

// median is that of five times, each of at least 50 ms.
func median(f func()) float64 {
	f()
	var times []float64
	for range 5 {
		n, start := 0, time.Now()
		for n == 0 || time.Since(start) < 50*time.Millisecond {
			f()
			n++
		}
		times = append(times, time.Since(start).Seconds()/float64(n))
	}
	slices.Sort(times)
	return times[2]
}
