package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/vae"
)

// A graph is a GraphProto that grows. A value in it is known by its name.
type graph struct {
	message
	weights map[string][]byte // as a checkpoint has them, and by their names there
	named   int               // values that have got a name
	missing string            // whether a number of x is missing, where one may be
}

func (g *graph) name(of string) string {
	g.named++
	return fmt.Sprintf("%s_%d", of, g.named)
}

// node adds a node and returns its output.
func (g *graph) node(op string, inputs ...string) string { return g.nodeWith(nil, op, inputs...) }

func (g *graph) nodeWith(attributes []message, op string, inputs ...string) string {
	name := g.name(op)
	g.add(name, name, attributes, op, inputs)
	return name
}

func (g *graph) add(name, output string, attributes []message, op string, inputs []string) {
	var n message
	for _, input := range inputs {
		n.text(nodeInput, input)
	}
	n.text(nodeOutput, output)
	n.text(nodeName, name)
	n.text(nodeOp, op)
	for _, a := range attributes {
		n.message(nodeAttribute, a)
	}
	g.message.message(graphNode, n)
}

func (g *graph) input(name string, dims ...int) string {
	g.message.message(graphInput, rows(name, dims...))
	return name
}

// output gives a value the name of an output.
func (g *graph) output(name, value string, dims ...int) {
	g.add(name, name, nil, "Identity", []string{value})
	g.message.message(graphOutput, rows(name, dims...))
}

// floats adds numbers, float32 as ONNX and checkpoints have them: little-endian.
func (g *graph) floats(name string, raw []byte, dims ...int) string {
	g.message.message(graphInitializer, tensor(name, elementFloat32, raw, dims...))
	return name
}

func (g *graph) scalar(v float64) string {
	return g.floats(g.name("constant"), binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v))))
}

func (g *graph) integers(v ...int) string {
	var raw []byte
	for _, v := range v {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	name := g.name("constant")
	g.message.message(graphInitializer, tensor(name, elementInt64, raw, len(v)))
	return name
}

// A batch is a value of N rows of a shape: N×size, channels last as in package vae, or, in
// the planes of ONNX, N×channels×height×width.
type batch struct {
	value  string
	shape  vae.Shape
	planes bool
}

// flat is the batch as rows.
func (g *graph) flat(x batch) batch {
	if x.planes {
		x.value = g.nodeWith([]message{integers("perm", 0, 2, 3, 1)}, "Transpose", x.value)
		x.value = g.node("Reshape", x.value, g.integers(0, x.shape.Size())) // 0 keeps N
	}
	return batch{x.value, x.shape, false}
}

// inPlanes is the batch as planes.
func (g *graph) inPlanes(x batch) batch {
	if !x.planes {
		x.value = g.node("Reshape", x.value, g.integers(0, x.shape.Height, x.shape.Width, x.shape.Channels))
		x.value = g.nodeWith([]message{integers("perm", 0, 3, 1, 2)}, "Transpose", x.value)
	}
	return batch{x.value, x.shape, true}
}

// stack is layers one after another: part names them, and their weights.
func (g *graph) stack(part string, layers []vae.Layer, x batch) (batch, error) {
	weighted := 0
	for i, l := range layers {
		name := fmt.Sprintf("%s.%d", part, weighted)
		if len(l.Params(x.shape)) > 0 {
			weighted++
			if g.weights[name+".weight"] == nil { // the last one of the decoder
				name = "output"
			}
		}
		out, err := l.Output(x.shape)
		if err == nil {
			x, err = g.layer(name, l, x, out)
		}
		if err != nil {
			return x, fmt.Errorf("%s: layer %d (%.64s): %w", part, i, l.Kind(), err)
		}
	}
	return x, nil
}

// layer is what a layer makes of x, of shape out.
func (g *graph) layer(name string, l vae.Layer, x batch, out vae.Shape) (batch, error) {
	y := batch{"", out, x.planes}
	switch l := l.(type) {
	case vae.Dense:
		return g.dense(name, l.Out, x), nil
	case vae.Conv2D:
		return g.conv("Conv", name, l, x, out), nil
	case vae.ConvTranspose2D:
		return g.conv("ConvTranspose", name, vae.Conv2D{Kernel: l.Kernel, Stride: l.Stride, Pad: l.Pad, Same: l.Same}, x, out), nil
	case vae.Reshape:
		return batch{g.flat(x).value, out, false}, nil
	case vae.LeakyReLU:
		y.value = g.nodeWith([]message{float("alpha", l.Slope)}, "LeakyRelu", x.value)
		return y, nil
	}
	switch l {
	case vae.ReLU:
		y.value = g.node("Relu", x.value)
	case vae.Tanh:
		y.value = g.node("Tanh", x.value)
	case vae.Sigmoid:
		y.value = g.node("Sigmoid", x.value)
	case vae.SiLU:
		y.value = g.node("Mul", x.value, g.node("Sigmoid", x.value))
	case vae.GELU: // x·(1 + erf(x/√2))/2: ONNX has a Gelu from opset 20 on
		erf := g.node("Erf", g.node("Mul", x.value, g.scalar(1/math.Sqrt2)))
		y.value = g.node("Mul", g.node("Mul", x.value, g.scalar(0.5)), g.node("Add", erf, g.scalar(1)))
	default:
		return y, errors.New("this kind of layer cannot be exported to ONNX, for it is none of package vae")
	}
	return y, nil
}

// dense is a dense layer of so many outputs, of which the heads are two.
func (g *graph) dense(name string, out int, x batch) batch {
	weight := g.floats(name+".weight", g.weights[name+".weight"], out, x.shape.Size())
	bias := g.floats(name+".bias", g.weights[name+".bias"], out)
	return batch{g.nodeWith([]message{integer("transB", 1)}, "Gemm", g.flat(x).value, weight, bias), vae.Flat(out), false}
}

// conv is a convolution, or a transposed one, whose output padding its shapes tell. The
// weights are ours, of kernel×kernel×a×b, turned around to b×a×kernel×kernel.
func (g *graph) conv(op, name string, l vae.Conv2D, x batch, out vae.Shape) batch {
	k, pad, large, small := l.Kernel, l.Pad, x.shape, out
	if op == "ConvTranspose" {
		large, small = out, x.shape
	}
	reach := func(windows int) int { return (windows-1)*l.Stride + k }
	if l.Same {
		height, width := max(0, reach(small.Height)-large.Height), max(0, reach(small.Width)-large.Width)
		pad = vae.Pad{Top: height / 2, Bottom: height - height/2, Left: width / 2, Right: width - width/2}
	}
	attributes := []message{integers("kernel_shape", k, k), integers("strides", l.Stride, l.Stride),
		integers("pads", pad.Top, pad.Left, pad.Bottom, pad.Right)}
	if op == "ConvTranspose" {
		attributes = append(attributes, integers("output_padding",
			large.Height+pad.Top+pad.Bottom-reach(small.Height), large.Width+pad.Left+pad.Right-reach(small.Width)))
	}
	ours, a, b := g.weights[name+".weight"], large.Channels, small.Channels
	theirs := make([]byte, 0, len(ours))
	for j := range b {
		for i := range a {
			for place := range k * k {
				theirs = append(theirs, ours[4*((place*a+i)*b+j):][:4]...)
			}
		}
	}
	weight := g.floats(name+".weight", theirs, b, a, k, k)
	bias := g.floats(name+".bias", g.weights[name+".bias"], out.Channels)
	return batch{g.nodeWith(attributes, op, g.inPlanes(x).value, weight, bias), out, true}
}
