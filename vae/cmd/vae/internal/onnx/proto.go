package onnx

import (
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of the messages that are written, by their numbers in
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
const (
	modelIRVersion, modelProducer, modelProducerVersion, modelGraph, modelOpset, modelMetadata = 1, 2, 3, 7, 8, 14
	opsetVersion                                                                               = 2
	entryKey, entryValue                                                                       = 1, 2
	graphNode, graphName, graphInitializer, graphInput, graphOutput                            = 1, 2, 5, 11, 12
	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute                                     = 1, 2, 3, 4, 5
	attributeName, attributeFloat, attributeInt, attributeInts, attributeType                  = 1, 2, 3, 8, 20
	tensorDims, tensorType, tensorName, tensorRaw                                              = 1, 2, 8, 9
	infoName, infoType, typeTensor, tensorElement, tensorShape, shapeDim, dimValue, dimName    = 1, 2, 1, 1, 2, 1, 1, 2
)

// Types of attributes and of the elements of tensors, as these numbers say.
const (
	typeFloat, typeInt, typeInts = 1, 2, 7
	elementFloat32, elementInt64 = 1, 7
)

// A message is the fields of one, in protobuf's encoding, in pieces: weights are not copied.
type message [][]byte

func (m *message) add(pieces ...[]byte) { *m = append(*m, pieces...) }

func (m *message) int(field protowire.Number, v int) {
	m.add(protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), uint64(v)))
}

func (m *message) float(field protowire.Number, v float32) {
	m.add(protowire.AppendFixed32(protowire.AppendTag(nil, field, protowire.Fixed32Type), math.Float32bits(v)))
}

func (m *message) text(field protowire.Number, s string) { m.message(field, message{[]byte(s)}) }

// message adds a message, or bytes, which are written alike.
func (m *message) message(field protowire.Number, x message) {
	size := 0
	for _, piece := range x {
		size += len(piece)
	}
	m.add(protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.BytesType), uint64(size)))
	m.add(x...)
}

// WriteTo writes the message to w.
func (m message) WriteTo(w io.Writer) (written int64, err error) {
	for _, piece := range m {
		n, err := w.Write(piece)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// tensor is a TensorProto. Its elements are little-endian.
func tensor(name string, element int, raw []byte, dims ...int) (t message) {
	for _, d := range dims {
		t.int(tensorDims, d)
	}
	t.int(tensorType, element)
	t.text(tensorName, name)
	t.message(tensorRaw, message{raw})
	return t
}

// rows is the ValueInfoProto of N rows, of these dimensions, of float32.
func rows(name string, dims ...int) (info message) {
	var n, shape, kind, what message
	n.text(dimName, "N")
	shape.message(shapeDim, n)
	for _, d := range dims {
		var dim message
		dim.int(dimValue, d)
		shape.message(shapeDim, dim)
	}
	kind.int(tensorElement, elementFloat32)
	kind.message(tensorShape, shape)
	what.message(typeTensor, kind)
	info.text(infoName, name)
	info.message(infoType, what)
	return info
}

// attribute begins an AttributeProto.
func attribute(name string, kind int) (a message) {
	a.text(attributeName, name)
	a.int(attributeType, kind)
	return a
}

func integer(name string, v int) message {
	a := attribute(name, typeInt)
	a.int(attributeInt, v)
	return a
}

func integers(name string, v ...int) message {
	a := attribute(name, typeInts)
	for _, v := range v {
		a.int(attributeInts, v)
	}
	return a
}

func float(name string, v float64) message {
	a := attribute(name, typeFloat)
	a.float(attributeFloat, float32(v))
	return a
}
