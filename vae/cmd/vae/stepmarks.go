package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/vae"
)

// stepMarks are short hashes of the losses within an epoch, by which verify names the first
// step that differs. That of a step is the first two bytes of the SHA-256 of the mean
// reconstruction loss and the mean KL of the epoch's rows until then, as little-endian
// float64. An epoch of more than maxMarks steps has one of every second of them, or fourth,
// and so on, and of the last.
type stepMarks struct{ rows, batch int } // of an epoch; of a step

const (
	maxMarks  = 512
	markBytes = 2
)

func (r *trainRun) marks() stepMarks {
	n := r.rows.train.Len()
	return stepMarks{n, min(r.options.Batch, n)}
}

// steps is how many steps so many rows take.
func (s stepMarks) steps(rows int) int { return (rows + s.batch - 1) / s.batch }

// stride is how many steps share a mark.
func (s stepMarks) stride() int {
	stride := 1
	for s.steps(s.rows) > maxMarks*stride {
		stride *= 2
	}
	return stride
}

// bytes are those of all marks of an epoch.
func (s stepMarks) bytes() int {
	return markBytes * ((s.steps(s.rows) + s.stride() - 1) / s.stride())
}

// at gives the mark of the step that is done, and at which byte of the epoch's it stands;
// nil where the step has none.
func (s stepMarks) at(p vae.Progress) (mark []byte, place int) {
	step, stride := s.steps(p.Images), s.stride()
	if step%stride != 0 && p.Images < s.rows {
		return nil, 0
	}
	b := binary.LittleEndian.AppendUint64(nil, math.Float64bits(p.Loss.Reconstruction))
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Loss.KL)))
	return sum[:markBytes], markBytes * ((step - 1) / stride)
}

// add adds the mark of the step that is done to those of the epoch. They are nil where those
// before are not known, of a run that an older program began.
func (s stepMarks) add(marks []byte, p vae.Progress) []byte {
	mark, place := s.at(p)
	switch {
	case mark == nil:
		return marks
	case len(marks) != place:
		return nil
	}
	return append(marks, mark...)
}

// text names the steps that share the mark of the step that is done.
func (s stepMarks) text(p vae.Progress) string {
	last := s.steps(p.Images)
	first := (last-1)/s.stride()*s.stride() + 1
	text := fmt.Sprintf("step %d", last)
	if first < last {
		text = fmt.Sprintf("one of the steps %d to %d", first, last)
	}
	return fmt.Sprintf("%s of %d", text, s.steps(s.rows))
}

// check is an error where an epoch of run.json has other marks than one of its rows can have.
func (s stepMarks) check(epochs []epochDocument) error {
	for _, e := range epochs {
		if n := len(e.Steps); n > 0 && n != s.bytes() {
			return fmt.Errorf("%s: epoch %d has %d bytes for its steps, but they take %d: it is not what vae train has written", documentName, e.Epoch, n, s.bytes())
		}
	}
	return nil
}
