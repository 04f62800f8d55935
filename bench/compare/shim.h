// Calls of peers that were found at run time. Each makes warm calls, then reps
// calls that it times, and returns their time in seconds.
#ifndef LANEWISE_SHIM_H
#define LANEWISE_SHIM_H

#include <stdint.h>

// The product of two row-major matrices, C = op(A)·op(B).
typedef struct {
	int trans_a, trans_b;
	int m, n, k, lda, ldb;
	int doubles; // or else they are floats
	const void *a, *b;
	void *c;
} shim_product;

// The C interface of the BLAS, with integers of 32 bits or of 64.
double shim_cblas(void *f, int wide, const shim_product *p, int warm, int reps);

// The number of OpenMP's threads is the calling thread's own, and Go calls from
// any, so it is set each time. There are floats alone.
double shim_dnnl(void *f, void *set_threads, int threads, const shim_product *p, int warm, int reps);

// shim_xsmm_kernel asks libxsmm_smmdispatch, or libxsmm_dmmdispatch, for a
// kernel; null if it has none.
void *shim_xsmm_kernel(void *dispatch, const shim_product *p);
double shim_xsmm(void *kernel, const shim_product *p, int warm, int reps);

enum shim_map { SHIM_CALL, SHIM_SIGMOID, SHIM_SOFTPLUS };

// SLEEF's vectors of lanes floats: f is exp where map is not SHIM_CALL, g is
// log1p. n is a multiple of lanes.
double shim_sleef(int lanes, enum shim_map map, void *f, void *g, float *y, const float *x, int n, int warm, int reps);

// MKL's vectors: vmsExp and its like.
double shim_vml(void *f, int64_t mode, float *y, const float *x, int n, int warm, int reps);

void shim_call_int(void *f, int64_t n);
void shim_call_text(void *f, char *text, int size);
const char *shim_call_string(void *f);

#endif
