//go:build !linux

package kernels

import "errors"

func pin(int) error { return errors.ErrUnsupported }
func unpin()        {}
