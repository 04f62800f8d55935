package vae

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Schedule changes the learning rate over the steps of a training. The zero value
// leaves it alone; the parts multiply.
type Schedule struct {
	WarmUp int // steps in which the rate grows from 0
	Cosine int // steps in which it falls to 0 along half a cosine (Loshchilov & Hutter, 2017)

	// Milestones are steps after each of which the rate is multiplied by Factor.
	Milestones []int
	Factor     float64
}

func (s *Schedule) check() error {
	switch {
	case min(s.WarmUp, s.Cosine) < 0 || len(s.Milestones) > 0 && slices.Min(s.Milestones) < 0:
		return errors.New("vae: a schedule with a negative number of steps")
	case len(s.Milestones) > 0 && !(s.Factor >= 0 && s.Factor <= 1):
		return fmt.Errorf("vae: a schedule with a factor of %v: want 0 to 1", s.Factor)
	}
	return nil
}

// factor is that of step t = 1, 2, ….
func (s *Schedule) factor(t int) float64 {
	f := grown(t, s.WarmUp)
	if s.Cosine > 0 {
		f *= (1 + cosPi(grown(t-1, s.Cosine))) / 2
	}
	for _, milestone := range s.Milestones {
		if t > milestone {
			f *= s.Factor
		}
	}
	return f
}

// cosPi is cos(π·t) for 0 <= t <= 1, the same on every machine: compilers may fuse
// what package math computes.
func cosPi(t float64) float64 {
	if t > 0.5 {
		return -cosPi(1 - t)
	}
	x := math.Pi * t
	square := float64(x * x)
	sum := 1.0 // Σ (-x²)ᵏ/(2k)!, from the smallest term on
	for k := 12; k > 0; k-- {
		sum = 1 - float64(square*sum)/float64(2*k*(2*k-1))
	}
	return sum
}
