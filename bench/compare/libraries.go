//go:build peers && cgo && linux

package main

/*
#cgo CFLAGS: -O2
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unsafe"
)

const withPeers = true

// openLibraries loads the libraries that are there, of the system and of the
// folder of peers, and names the others. lanes is the width of the vectors
// that SLEEF may use.
func openLibraries(folder string, lanes int) []library {
	site := filepath.Join(folder, "venv", "lib", "python3*", "site-packages")
	blas := blasNames{threads: "openblas_set_num_threads", version: "openblas_get_config"}
	products, maps := []string{"gemm", "gemm64"}, []string{"map"}
	return []library{
		named("openblas", products, openBLAS(blas, "libopenblas.so.0", "libopenblas.so")),
		named("numpy", products, openBLAS(blas, filepath.Join(site, "numpy.libs", "lib*openblas*.so*"))),
		named("blis", products, openBLAS(blasNames{"bli_thread_set_num_threads", "bli_info_get_version_str"}, "libblis.so.4", "libblis.so")),
		named("mkl", []string{"gemm", "gemm64", "map"}, openMKL(filepath.Join(folder, "venv", "lib", "libmkl_rt.so*"))),
		named("onednn", products, openDNNL("libdnnl.so.3", "libdnnl.so.2", "libdnnl.so")),
		named("libxsmm", products, openXSMM(filepath.Join(folder, "lib", "libxsmm.so"), "libxsmm.so")),
		named("sleef", maps, openSLEEF("u10", lanes)),
		named("sleef-fast", maps, openSLEEF("u35", lanes)),
	}
}

// named names a library, which may be absent for a reason.
func named(name string, benches []string, l library) library {
	l.name, l.benches = name, benches
	return l
}

func absentLibrary(err error) library { return library{absent: err.Error()} }

// blasNames are the symbols that a library with the C interface of the BLAS has
// beside it.
type blasNames struct{ threads, version string }

// openBLAS loads a library with the C interface of the BLAS. Builds for Python
// have a prefix or a suffix, or both, and the suffix 64_ also says that
// integers have 64 bits.
func openBLAS(names blasNames, paths ...string) library {
	h, err := open(paths...)
	if err != nil {
		return absentLibrary(err)
	}
	var sgemm, dgemm, threads unsafe.Pointer
	prefix, suffix := "", ""
	for _, affix := range [][2]string{{"", ""}, {"scipy_", "64_"}, {"scipy_", ""}, {"", "64_"}} {
		prefix, suffix = affix[0], affix[1]
		if sgemm, err = h.symbol(prefix + "cblas_sgemm" + suffix); err == nil {
			break
		}
	}
	if err == nil {
		dgemm, err = h.symbol(prefix + "cblas_dgemm" + suffix)
	}
	if err == nil {
		threads, err = h.symbol(prefix + names.threads + suffix)
	}
	if err != nil {
		return absentLibrary(err)
	}
	l := library{version: file(sgemm)}
	if version, err := h.symbol(prefix + names.version + suffix); err == nil && names.version != "" {
		l.version = C.GoString(C.shim_call_string(version))
	}
	l.threads = func(n int) error {
		C.shim_call_int(threads, C.int64_t(n))
		return nil
	}
	wide := C.int(0)
	if suffix != "" {
		wide = 1
	}
	l.gemm = func(p product[float32]) (timed, error) {
		return inC(p, func(c *C.shim_product, warm, reps C.int) C.double {
			return C.shim_cblas(sgemm, wide, c, warm, reps)
		}), nil
	}
	l.gemm64 = func(p product[float64]) (timed, error) {
		return inC(p, func(c *C.shim_product, warm, reps C.int) C.double {
			return C.shim_cblas(dgemm, wide, c, warm, reps)
		}), nil
	}
	return l
}

// inC makes a timed function of a C function.
func inC[T float](p product[T], f func(c *C.shim_product, warm, reps C.int) C.double) timed {
	return func(warm, reps int) (time.Duration, error) {
		// C gets pointers within a struct, which Go has to be told of.
		var pin runtime.Pinner
		defer pin.Unpin()
		for _, x := range [][]T{p.a, p.b, p.c} {
			pin.Pin(&x[0])
		}
		c := shapeInC(p)
		c.a, c.b, c.c = unsafe.Pointer(&p.a[0]), unsafe.Pointer(&p.b[0]), unsafe.Pointer(&p.c[0])
		return seconds(f(&c, C.int(warm), C.int(reps))), nil
	}
}

func shapeInC[T float](p product[T]) C.shim_product {
	c := C.shim_product{m: C.int(p.m), n: C.int(p.n), k: C.int(p.k), lda: C.int(p.lda()), ldb: C.int(p.ldb())}
	if p.transA {
		c.trans_a = 1
	}
	if p.transB {
		c.trans_b = 1
	}
	if _, doubles := any(p.a).([]float64); doubles {
		c.doubles = 1
	}
	return c
}

func first(x []float32) *C.float { return (*C.float)(&x[0]) }

func seconds(s C.double) time.Duration { return time.Duration(float64(s) * 1e9) }

// openMKL loads MKL: its BLAS, and its vectors.
func openMKL(path string) library {
	l := openBLAS(blasNames{"MKL_Set_Num_Threads", ""}, path)
	if l.absent != "" {
		return l
	}
	h, err := open(path) // again: the loader counts
	if err != nil {
		return absentLibrary(err)
	}
	if f, err := h.symbol("mkl_get_version_string"); err == nil {
		var text [200]C.char
		C.shim_call_text(f, &text[0], C.int(len(text)))
		l.version = strings.TrimSpace(C.GoString(&text[0]))
	}
	l.maps = h.vml
	return l
}

// vml are the vectors of MKL, in the mode that Intel calls low accuracy.
func (h handle) vml(kind string, y, x []float32) (timed, error) {
	name, ok := map[string]string{"exp": "vmsExp", "log": "vmsLn", "tanh": "vmsTanh"}[kind]
	if !ok {
		return nil, errors.New("has none")
	}
	f, err := h.symbol(name)
	if err != nil {
		return nil, err
	}
	const mode = 1 | 0x100 // VML_LA | VML_ERRMODE_IGNORE
	return func(warm, reps int) (time.Duration, error) {
		return seconds(C.shim_vml(f, mode, first(y), first(x), C.int(len(x)), C.int(warm), C.int(reps))), nil
	}, nil
}

// openDNNL loads oneDNN for its dnnl_sgemm, whose threads are OpenMP's.
func openDNNL(paths ...string) library {
	h, err := open(paths...)
	if err != nil {
		return absentLibrary(err)
	}
	f, err := h.symbol("dnnl_sgemm")
	if err != nil {
		return absentLibrary(err)
	}
	threads, err := h.symbol("omp_set_num_threads")
	if err != nil {
		return absentLibrary(fmt.Errorf("it does not run on OpenMP: %w", err))
	}
	l := library{version: file(f)}
	count := 1
	l.threads = func(n int) error {
		count = n
		return nil
	}
	l.gemm = func(p product[float32]) (timed, error) {
		return inC(p, func(c *C.shim_product, warm, reps C.int) C.double {
			return C.shim_dnnl(f, threads, C.int(count), c, warm, reps)
		}), nil
	}
	l.gemm64 = func(product[float64]) (timed, error) { return nil, errors.New("has no product in float64") }
	return l
}

// openXSMM loads libxsmm for the kernels that it compiles for one shape. Its
// sgemm_ would be another library's where a shape is not small.
func openXSMM(paths ...string) library {
	h, err := open(paths...)
	if err != nil {
		return absentLibrary(err)
	}
	single, err := h.symbol("libxsmm_smmdispatch")
	if err != nil {
		return absentLibrary(err)
	}
	double, err := h.symbol("libxsmm_dmmdispatch")
	if err != nil {
		return absentLibrary(err)
	}
	return library{
		version: file(single),
		threads: oneThread,
		gemm:    func(p product[float32]) (timed, error) { return compiled(p, single) },
		gemm64:  func(p product[float64]) (timed, error) { return compiled(p, double) },
	}
}

// compiled is the kernel that libxsmm compiles for a product.
func compiled[T float](p product[T], dispatch unsafe.Pointer) (timed, error) {
	c := shapeInC(p)
	kernel := C.shim_xsmm_kernel(dispatch, &c)
	if kernel == nil {
		return nil, errors.New("libxsmm has no kernel for it")
	}
	return inC(p, func(c *C.shim_product, warm, reps C.int) C.double {
		return C.shim_xsmm(kernel, c, warm, reps)
	}), nil
}

func oneThread(n int) error {
	if n > 1 {
		return errors.New("runs on one thread")
	}
	return nil
}

// openSLEEF loads SLEEF's vectors of an accuracy: u10 is 1.0 ULP, u35 is 3.5.
// exp has none that is faster than 1 ULP.
func openSLEEF(accuracy string, lanes int) library {
	h, err := open("libsleef.so.3", "libsleef.so")
	if err != nil {
		return absentLibrary(err)
	}
	vector := map[int]string{8: "avx2", 16: "avx512f"}[lanes]
	if vector == "" {
		return absentLibrary(errors.New("this machine has neither AVX2 nor AVX-512"))
	}
	symbol := func(f, accuracy string) (unsafe.Pointer, error) {
		return h.symbol(fmt.Sprintf("Sleef_%sf%d_%s%s", f, lanes, accuracy, vector))
	}
	any, err := symbol("exp", "u10")
	if err != nil {
		return absentLibrary(err)
	}
	return library{
		version: file(any),
		threads: oneThread,
		maps: func(kind string, y, x []float32) (timed, error) {
			var f, g unsafe.Pointer
			var err error
			how := C.enum_shim_map(C.SHIM_CALL)
			switch kind {
			case "exp", "log", "tanh":
				f, err = symbol(kind, accuracy)
			case "sigmoid":
				how = C.SHIM_SIGMOID
				f, err = symbol("exp", accuracy)
			case "softplus":
				how = C.SHIM_SOFTPLUS
				if f, err = symbol("exp", accuracy); err == nil {
					g, err = symbol("log1p", accuracy)
				}
			default:
				err = errors.New("has none")
			}
			if err != nil {
				return nil, err
			}
			if len(x)%lanes != 0 {
				return nil, fmt.Errorf("%d elements are not whole vectors", len(x))
			}
			return func(warm, reps int) (time.Duration, error) {
				return seconds(C.shim_sleef(C.int(lanes), how, f, g, first(y), first(x), C.int(len(x)), C.int(warm), C.int(reps))), nil
			}, nil
		},
	}
}
