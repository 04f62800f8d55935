package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The state of a run is in one file; with -keep those of some epochs stay in files of
// their own.
const (
	stateName  = "state.safetensors"
	keptPrefix = "state-"
	keptSuffix = ".safetensors"
)

func keptName(epoch int) string { return fmt.Sprint(keptPrefix, epoch, keptSuffix) }

// keptEpochs are those whose states a folder keeps, the last one first.
func keptEpochs(dir string) (epochs []int) {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for _, name := range names {
		number, ok := strings.CutPrefix(name, keptPrefix)
		number, end := strings.CutSuffix(number, keptSuffix)
		if epoch, err := strconv.Atoi(number); ok && end && err == nil && epoch > 0 && keptName(epoch) == name {
			epochs = append(epochs, epoch)
		}
	}
	slices.Sort(epochs)
	slices.Reverse(epochs)
	return epochs
}

func keptNames(dir string) (names []string) {
	for _, epoch := range keptEpochs(dir) {
		names = append(names, keptName(epoch))
	}
	return names
}
