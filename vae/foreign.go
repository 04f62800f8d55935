package vae

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae/internal/safetensors"
)

// Models of other programs: what their tensors' names and shapes say.

// The names of layers in PyTorch's example of a VAE, and those that heads often have.
var (
	exampleNames = map[string]string{"fc1": "encoder.0", "fc21": "mu", "fc22": "logvar", "fc3": "decoder.0", "fc4": "output"}
	headNames    = map[string]string{"fc_mu": "mu", "fc_mean": "mu", "mean": "mu", "fc_logvar": "logvar", "fc_var": "logvar", "log_var": "logvar"}
)

// names has the name that each tensor has in a file, by that which it has here.
func (im Import) names(tensors []safetensors.Tensor, own bool) (map[string]string, error) {
	layers := im.Names
	if layers == nil && !own {
		layers = knownLayers(tensors)
	}
	used := map[string]bool{}
	names := make(map[string]string, len(tensors))
	for _, t := range tensors {
		layer, param := cutLast(t.Name)
		name := t.Name
		if to, ok := layers[t.Name]; ok {
			name = to
			used[t.Name] = true
		} else if to, ok := layers[layer]; ok && param != "" {
			name = to + "." + param
			used[layer] = true
		}
		if other, ok := names[name]; ok {
			return nil, fmt.Errorf("tensors %.64q and %.64q both stand for %.64q", other, t.Name, name)
		}
		names[name] = t.Name
	}
	for from := range im.Names {
		if !used[from] {
			return nil, fmt.Errorf("there is no layer and no tensor %.64q to take another name: the first tensors are %.200s", from, firstNames(tensors))
		}
	}
	return names, nil
}

func firstNames(tensors []safetensors.Tensor) string {
	var names []string
	for _, t := range tensors[:min(len(tensors), 4)] {
		names = append(names, strconv.Quote(t.Name))
	}
	return strings.Join(names, ", ")
}

// cutLast cuts the name of a tensor into those of the layer and of the parameter.
func cutLast(name string) (layer, param string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// knownLayers are the names here of the layers of a file, as [Import] explains.
func knownLayers(tensors []safetensors.Tensor) map[string]string {
	there := map[string]bool{}
	for _, t := range tensors {
		layer, _ := cutLast(t.Name)
		there[layer] = true
	}
	if there["fc1"] && there["fc21"] && there["fc3"] && there["fc4"] {
		return exampleNames
	}
	layers := map[string]string{}
	has := func(head string) bool {
		for layer := range there {
			if layer == head || headNames[layer] == head {
				return true
			}
		}
		return false
	}
	for layer := range there {
		if head, ok := headNames[layer]; ok {
			layers[layer] = head
		}
	}
	for _, part := range [...]struct{ name, last string }{{"encoder", "mu"}, {"decoder", "output"}} {
		found := numbered(there, part.name)
		for i, layer := range found {
			layers[layer] = fmt.Sprintf("%s.%d", part.name, i)
		}
		if len(found) > 0 && !has(part.last) {
			layers[found[len(found)-1]] = part.last
		}
	}
	return layers
}

// numbered are the layers such as encoder.0 and encoder.2, in the order of their numbers.
func numbered(there map[string]bool, part string) []string {
	var found []string
	number := func(layer string) (int, bool) {
		digits, ok := strings.CutPrefix(layer, part+".")
		n, err := strconv.ParseUint(digits, 10, 31)
		return int(n), ok && err == nil && digits == strconv.FormatUint(n, 10)
	}
	for layer := range there {
		if _, ok := number(layer); ok {
			found = append(found, layer)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		i, _ := number(a)
		j, _ := number(b)
		return cmp.Compare(i, j)
	})
	return found
}

var errNoDense = errors.New("its metadata do not say what the model is, nor do its tensors: want dense layers encoder.0, …, mu, logvar, decoder.0, …, output, or a description of the model and of the names")

// fromShapes is the model of dense layers that tensors of these shapes are.
func (im Import) fromShapes(tensors []safetensors.Tensor, names map[string]string) (c Config, err error) {
	shapes := map[string][]int{}
	for _, t := range tensors {
		shapes[t.Name] = t.Shape
	}
	shape := func(layer string) ([]int, bool) {
		name, ok := names[layer+".weight"]
		return shapes[name], ok
	}
	widths := func(part string) (all []int) {
		for i := 0; ; i++ {
			s, ok := shape(fmt.Sprintf("%s.%d", part, i))
			if !ok {
				return all
			}
			if len(s) != 2 {
				err = errNoDense
				return nil
			}
			all = append(all, s[0])
		}
	}
	encoder, decoder := widths("encoder"), widths("decoder")
	mu, _ := shape("mu")
	output, _ := shape("output")
	if err != nil || len(mu) != 2 || len(output) != 2 || max(len(encoder), len(decoder)) > maxLayers/2 {
		return c, errNoDense
	}
	kind, likelihood := AE, "the squared error"
	if _, ok := shape("logvar"); ok {
		kind, likelihood = VAE, "the Bernoulli likelihood"
	}
	c = DenseConfig(kind, inputOf(output[0]), encoder, mu[0])
	c.Decoder = nil
	for _, h := range decoder {
		c.Decoder = append(c.Decoder, Dense{h}, ReLU)
	}
	c.Decoder = append(c.Decoder, Dense{output[0]})
	im.note("the file does not say what the model is: taken for a model of kind %s for inputs of %v, with %s and ReLU after hidden layers", kind, c.Input, likelihood)
	return c, nil
}

// inputOf is the shape of so many numbers: a square image of 8×8 or more, or a row.
func inputOf(n int) Shape {
	if side := int(math.Sqrt(float64(n))); side >= 8 && side*side == n && side <= maxSide {
		return Shape{side, side, 1}
	}
	return Flat(n)
}
