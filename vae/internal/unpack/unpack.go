// Package unpack reads what is gzipped as well as what is not.
package unpack

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Reader is r, or what it unpacks to if it is gzipped: by content, not by name, for a
// browser may unpack a .gz and keep its name. Of text, which a pipe may give line by line,
// no more than a byte is waited for.
func Reader(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReader(r)
	if start, _ := b.Peek(1); len(start) == 0 || start[0] != 0x1f {
		return b, nil
	}
	if start, _ := b.Peek(2); string(start) != "\x1f\x8b" {
		return b, nil
	}
	z, err := newGunzip(b)
	if err != nil {
		return nil, err
	}
	return bufio.NewReader(z), nil
}

// A gunzip reads what gzip(1) does: members one after the other, and zeros after the
// last, with which some tools fill a block. Its errors say what to do about them.
type gunzip struct {
	below *bufio.Reader
	r     *gzip.Reader
	err   error // that ended it
}

func newGunzip(below *bufio.Reader) (*gunzip, error) {
	r, err := gzip.NewReader(below)
	if err != nil {
		return nil, gzipError(err)
	}
	r.Multistream(false)
	return &gunzip{below: below, r: r}, nil
}

func (z *gunzip) Read(p []byte) (int, error) {
	if z.err != nil {
		return 0, z.err
	}
	n, err := z.r.Read(p)
	if err == io.EOF {
		err = z.next()
	}
	if err != nil && err != io.EOF {
		err = gzipError(err)
	}
	z.err = err
	return n, err
}

// next goes to the next member. io.EOF says that there is none.
func (z *gunzip) next() error {
	zeros := false
	for {
		switch b, err := z.below.ReadByte(); {
		case err != nil:
			return err
		case b == 0:
			zeros = true
			continue
		case zeros:
			return gzip.ErrHeader
		}
		if err := z.below.UnreadByte(); err != nil {
			return err
		}
		err := z.r.Reset(z.below)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		z.r.Multistream(false)
		return err
	}
}

// gzipError explains an error of package gzip, and leaves one of the reader
// below it (a disk's, a network's) as it is.
func gzipError(err error) error {
	const mend = "download or copy the file again"
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return fmt.Errorf("the gzip stream is cut short; %s: %w", mend, io.ErrUnexpectedEOF)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return fmt.Errorf("the gzip stream is damaged; %s: %w", mend, err)
	}
	return err
}
