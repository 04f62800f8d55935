//go:build peers && cgo && linux

package main

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE // dladdr
#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"unsafe"
)

// A handle is a loaded library, which stays loaded.
type handle struct {
	pointer unsafe.Pointer
	path    string // as the loader found it
}

// open loads the first library that there is. A name with a slash is a pattern
// for files.
func open(names ...string) (handle, error) {
	// dlerror is for the thread that dlopen failed on.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var failure error
	for _, name := range names {
		paths := []string{name}
		if strings.Contains(name, "/") {
			paths, _ = filepath.Glob(name)
			sort.Strings(paths)
			if len(paths) == 0 {
				failure = fmt.Errorf("there is no %s", name)
			}
		}
		for _, path := range paths {
			s := C.CString(path)
			p := C.dlopen(s, C.RTLD_NOW|C.RTLD_LOCAL)
			C.free(unsafe.Pointer(s))
			if p != nil {
				return handle{p, path}, nil
			}
			if e := errors.New(C.GoString(C.dlerror())); failure == nil || strings.Contains(name, "/") {
				failure = e
			}
		}
	}
	return handle{}, failure
}

func (h handle) symbol(name string) (unsafe.Pointer, error) {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	if p := C.dlsym(h.pointer, s); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s has no symbol %s", h.path, name)
}

// file is the name of the file that holds a symbol, with the version that many
// libraries have nowhere else.
func file(symbol unsafe.Pointer) string {
	var info C.Dl_info
	if C.dladdr(symbol, &info) == 0 {
		return ""
	}
	path := C.GoString(info.dli_fname)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Base(path)
}
