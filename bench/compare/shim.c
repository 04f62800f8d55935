//go:build peers && cgo && linux

#include "shim.h"

#include <stddef.h>
#include <time.h>

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

// TIMED is the body of every function here.
#define TIMED(call) \
	for (int i = 0; i < warm; i++) call; \
	double start = now(); \
	for (int i = 0; i < reps; i++) call; \
	return now() - start

enum { row_major = 101, no_trans = 111, trans = 112 };

#define CBLAS(integer, real) do { \
	typedef void gemm(int, int, int, integer, integer, integer, real, const real *, integer, \
		const real *, integer, real, real *, integer); \
	TIMED(((gemm *)f)(row_major, ta, tb, p->m, p->n, p->k, 1, p->a, p->lda, p->b, p->ldb, 0, p->c, p->n)); \
} while (0)

double shim_cblas(void *f, int wide, const shim_product *p, int warm, int reps) {
	int ta = p->trans_a ? trans : no_trans, tb = p->trans_b ? trans : no_trans;
	if (wide && p->doubles) CBLAS(int64_t, double);
	if (wide) CBLAS(int64_t, float);
	if (p->doubles) CBLAS(int, double);
	CBLAS(int, float);
}

double shim_dnnl(void *f, void *set_threads, int threads, const shim_product *p, int warm, int reps) {
	((void (*)(int))set_threads)(threads);
	typedef int sgemm(char, char, int64_t, int64_t, int64_t, float, const float *, int64_t,
		const float *, int64_t, float, float *, int64_t);
	char ta = p->trans_a ? 'T' : 'N', tb = p->trans_b ? 'T' : 'N'; // row-major
	TIMED(((sgemm *)f)(ta, tb, p->m, p->n, p->k, 1, p->a, p->lda, p->b, p->ldb, 0, p->c, p->n));
}

// libxsmm is column-major: it computes Cᵀ = op(B)ᵀ·op(A)ᵀ.
#define DISPATCH(real) do { \
	typedef void *mmdispatch(int, int, int, const int *, const int *, const int *, \
		const real *, const real *, const int *, const int *); \
	real one = 1, zero = 0; \
	return ((mmdispatch *)dispatch)(p->n, p->m, p->k, &p->ldb, &p->lda, &p->n, &one, &zero, &flags, &prefetch); \
} while (0)

void *shim_xsmm_kernel(void *dispatch, const shim_product *p) {
	int flags = (p->trans_b ? 1 : 0) | (p->trans_a ? 2 : 0), prefetch = 0;
	if (p->doubles) DISPATCH(double);
	DISPATCH(float);
}

double shim_xsmm(void *kernel, const shim_product *p, int warm, int reps) {
	typedef void mm(const void *, const void *, void *, ...);
	TIMED(((mm *)kernel)(p->b, p->a, p->c));
}

#ifdef __x86_64__
#include <immintrin.h>

// MAPS defines a loop over vectors with one of SLEEF's functions in it.
#define MAPS(name, isa, V, L, load, store, set1, add, sub, div, max, andnot) \
	typedef V name##_f(V); \
	__attribute__((target(isa))) static void name(enum shim_map map, name##_f *f, name##_f *g, \
		float *y, const float *x, int n) { \
		V one = set1(1), zero = set1(0), sign = set1(-0.0f); \
		switch (map) { \
		case SHIM_CALL: \
			for (int i = 0; i < n; i += L) store(y + i, f(load(x + i))); \
			break; \
		case SHIM_SIGMOID: \
			for (int i = 0; i < n; i += L) store(y + i, div(one, add(one, f(sub(zero, load(x + i)))))); \
			break; \
		case SHIM_SOFTPLUS: \
			for (int i = 0; i < n; i += L) { \
				V v = load(x + i); \
				store(y + i, add(max(v, zero), g(f(sub(zero, andnot(sign, v)))))); \
			} \
		} \
	}

MAPS(maps8, "avx2,fma", __m256, 8, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_set1_ps, _mm256_add_ps,
	_mm256_sub_ps, _mm256_div_ps, _mm256_max_ps, _mm256_andnot_ps)
MAPS(maps16, "avx512f,avx512dq", __m512, 16, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_set1_ps, _mm512_add_ps,
	_mm512_sub_ps, _mm512_div_ps, _mm512_max_ps, _mm512_andnot_ps)

double shim_sleef(int lanes, enum shim_map map, void *f, void *g, float *y, const float *x, int n, int warm, int reps) {
	if (lanes == 16) {
		TIMED(maps16(map, (maps16_f *)f, (maps16_f *)g, y, x, n));
	}
	TIMED(maps8(map, (maps8_f *)f, (maps8_f *)g, y, x, n));
}
#else
double shim_sleef(int lanes, enum shim_map map, void *f, void *g, float *y, const float *x, int n, int warm, int reps) {
	return 0;
}
#endif

double shim_vml(void *f, int64_t mode, float *y, const float *x, int n, int warm, int reps) {
	typedef void vms(int, const float *, float *, int64_t);
	TIMED(((vms *)f)(n, x, y, mode));
}

void shim_call_int(void *f, int64_t n) { ((void (*)(int64_t))f)(n); }
void shim_call_text(void *f, char *text, int size) { ((void (*)(char *, int))f)(text, size); }
const char *shim_call_string(void *f) { return ((const char *(*)(void))f)(); }
