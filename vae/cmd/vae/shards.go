package main

import (
	"fmt"
	"strconv"

	"github.com/lanewise/lanewise/vae"
)

// shardsFlag is a flag for the number of shards, or auto.
type shardsFlag struct {
	options *vae.Options
	auto    *bool
}

func (s *shardsFlag) String() string {
	switch {
	case s.options == nil:
		return ""
	case *s.auto:
		return "auto"
	}
	return strconv.Itoa(s.options.Shards)
}

func (s *shardsFlag) Set(text string) error {
	if *s.auto = text == "auto"; *s.auto {
		return nil
	}
	w := whole{&s.options.Shards, 1, vae.MaxShards}
	if w.Set(text) != nil {
		return fmt.Errorf("want auto or a whole number from %d to %d", w.min, w.max)
	}
	return nil
}

// leastPart is how many images a shard should have at least: below that its products are
// too small to be fast.
const leastPart = 8

// chooseShards is the number of ranks times the least power of two that gives each thread a
// shard, or as many as the batch has images for.
func chooseShards(batch, threads, ranks int) int {
	n := ranks
	for n < threads && 2*n*leastPart <= batch && 2*n <= vae.MaxShards {
		n *= 2
	}
	return n
}
