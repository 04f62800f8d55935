package dataset

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// gunzip is a gzip.Reader whose errors say what to do about them.
type gunzip struct{ r *gzip.Reader }

func (z gunzip) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	if err != nil && err != io.EOF {
		err = gzipError(err)
	}
	return n, err
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
