package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset"
)

// A componentsFlag is a flag for one component of a code, or two.
type componentsFlag []int

func (c *componentsFlag) String() string {
	var parts []string
	for _, k := range *c {
		parts = append(parts, strconv.Itoa(k))
	}
	return strings.Join(parts, ",")
}

func (c *componentsFlag) Set(s string) error {
	var chosen []int
	for _, part := range strings.Split(s, ",") {
		k, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || k < 0 || len(chosen) == 2 || len(chosen) == 1 && chosen[0] == k {
			return errors.New("want one component or two different ones, such as 3 or 3,7, counted from 0")
		}
		chosen = append(chosen, k)
	}
	*c = chosen
	return nil
}

// check is an error where a code has no such components.
func (c componentsFlag) check(latent int) error {
	for _, k := range c {
		if k >= latent {
			return fmt.Errorf("-components %s: a code of this model has components 0 to %d", c.String(), latent-1)
		}
	}
	return nil
}

// checkImage is an error where there is no image i, which a flag names.
func checkImage(flag string, i int, images dataset.Images) error {
	if i >= images.Len() {
		return fmt.Errorf("-%s %d: there are images 0 to %d", flag, i, images.Len()-1)
	}
	return nil
}

// oneImage is image i alone.
func oneImage(images dataset.Images, i int) dataset.Images {
	images.Pixels, images.Labels = images.Image(i), nil
	return images
}
