package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae"
)

// noiseUsage is the line of a flag that is a noiseFlag.
const noiseUsage = "`noise` that the encoder's images get: gaussian:0.3 for a standard\ndeviation of 0.3, mask:0.5 for pixels of which half become 0, or none"

// A noiseFlag is a flag for a corruption: none, gaussian:0.3 or mask:0.5.
type noiseFlag struct{ p *vae.Corruption }

func (n *noiseFlag) String() string {
	if n.p == nil {
		return ""
	}
	return noiseText(*n.p)
}

// noiseText is a corruption as the flag has it.
func noiseText(c vae.Corruption) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch {
	case c.Gaussian > 0:
		return "gaussian:" + number(c.Gaussian)
	case c.Mask > 0:
		return "mask:" + number(c.Mask)
	}
	return "none"
}

// noiseOfTable is an error where noise is not for the rows of a table.
func noiseOfTable(c vae.Corruption) error {
	if c.Gaussian > 0 {
		return errors.New("-noise gaussian is for images, whose pixels stay from 0 to 1: mask:0.2 is for tables, too")
	}
	return nil
}

// mostGaussian leaves nothing of an image.
const mostGaussian = 1000

func (n *noiseFlag) Set(s string) error {
	if s == "none" {
		*n.p = vae.Corruption{}
		return nil
	}
	name, number, _ := strings.Cut(s, ":")
	v, err := strconv.ParseFloat(number, 64)
	switch positive := err == nil && v > 0 && float32(v) > 0; {
	case name == "gaussian" && positive && v <= mostGaussian:
		*n.p = vae.Corruption{Gaussian: v}
	case name == "mask" && positive && v <= 1:
		*n.p = vae.Corruption{Mask: v}
	case name == "gaussian":
		return errors.New("want gaussian:S with a standard deviation S above 0 and at most 1000, such as gaussian:0.3")
	case name == "mask":
		return errors.New("want mask:P with a probability P above 0 and at most 1, such as mask:0.5")
	default:
		return errors.New("want gaussian:0.3, mask:0.5 or none")
	}
	return nil
}
