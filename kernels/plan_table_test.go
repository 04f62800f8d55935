package kernels

import "testing"

// TestPlans has the plans of a few shapes in every set, so that it shows what a change
// of costs changes. BenchmarkPlan says whether they are good.
func TestPlans(t *testing.T) {
	for _, c := range []struct {
		shape   planShape
		threads int
		want    map[string]string
	}{
		{planShape{m: 512, n: 512, k: 512}, 1, map[string]string{
			"avx512":         "C 12x32, A in place, B packed, kc 512, mc 264",
			"avx512 float64": "C 12x16, A packed, B packed, kc 512, mc 180",
			"avx2":           "C 6x16, A packed, B packed, kc 256, mc 132",
			"neon":           "C 6x16, A packed, B packed, kc 256, mc 132",
			"go":             "C 4x4, A packed, B packed, kc 512, mc 128",
		}},
		{planShape{m: 1024, n: 1024, k: 1024}, 4, map[string]string{
			"avx512":         "C 12x32, A packed, B packed, kc 512, mc 264, 2x2x1 parts",
			"avx512 float64": "C 12x16, A packed, B packed, kc 512, mc 180, 2x2x1 parts",
			"avx2":           "C 6x16, A packed, B packed, kc 256, mc 132, 2x2x1 parts",
			"neon":           "C 6x16, A packed, B packed, kc 256, mc 132, 2x2x1 parts",
			"go":             "C 4x4, A packed, B packed, kc 512, mc 128, 2x2x1 parts",
		}},
		{planShape{transB: true, m: 128, n: 400, k: 784}, 2, map[string]string{
			"avx512":         "Cᵀ 12x32, A in place, B packed, kc 512, mc 444, 2x1x1 parts",
			"avx512 float64": "Cᵀ 12x16, A in place, B packed, kc 512, mc 216, 2x1x1 parts",
			"avx2":           "C 6x16, A packed, B packed, kc 256, mc 156, 1x2x1 parts",
			"neon":           "Cᵀ 6x16, A packed, B packed, kc 256, mc 102, 2x1x1 parts",
			"go":             "C 4x4, A packed, B packed, kc 512, mc 128, 1x2x1 parts",
		}},
		{planShape{transA: true, m: 784, n: 400, k: 128}, 1, map[string]string{
			"avx512":         "C 12x32, A in place, B packed, kc 512, mc 1788",
			"avx512 float64": "C 12x16, A in place, B packed, kc 512, mc 888",
			"avx2":           "C 6x16, A packed, B packed, kc 400, mc 396",
			"neon":           "C 6x16, A packed, B packed, kc 400, mc 396",
			"go":             "C 4x4, A packed, B packed, kc 512, mc 392",
		}},
		{planShape{m: 4, n: 784, k: 400}, 1, map[string]string{
			"avx512":         "C 12x32, A in place, B in place, kc 512, mc 564",
			"avx512 float64": "C 12x16, A in place, B in place, kc 512, mc 276",
			"avx2":           "C 6x16, A packed, B in place, kc 400, mc 204",
			"neon":           "C 4x24, A packed, B in place, kc 200, mc 204",
			"go":             "C 4x4, A packed, B in place, kc 512, mc 160",
		}},
		{planShape{m: 1, n: 784, k: 400}, 1, map[string]string{
			"avx512":         "C by rows, kc 512",
			"avx512 float64": "C by rows, kc 512",
			"avx2":           "C by rows, kc 16",
			"neon":           "C 1x64, A packed, B in place, kc 80, mc 204",
			"go":             "C 4x4, A packed, B in place, kc 512, mc 160",
		}},
		{planShape{m: 40, n: 400, k: 8}, 1, map[string]string{
			"avx512":         "C 12x32, A in place, B in place, kc 512, mc 28668",
			"avx512 float64": "C 12x16, A in place, B in place, kc 512, mc 14328",
			"avx2":           "C by rows, kc 16",
			"neon":           "C 6x16, A packed, B in place, kc 400, mc 10236",
			"go":             "C 4x4, A packed, B packed, kc 512, mc 8192",
		}},
		{planShape{transB: true, m: 1, n: 1024, k: 1024}, 1, map[string]string{
			"avx512":         "C by dots",
			"avx512 float64": "C by dots",
			"avx2":           "C by dots",
			"neon":           "C 1x64, A packed, B packed, kc 88, mc 160",
			"go":             "C 4x4, A packed, B packed, kc 512, mc 128",
		}},
		{planShape{transB: true, m: 300, n: 5, k: 400}, 1, map[string]string{
			"avx512":         "C 24x8, A in place, B packed, kc 512, mc 552",
			"avx512 float64": "C 12x16, A in place, B packed, kc 512, mc 156",
			"avx2":           "C 12x8, A in place, B packed, kc 512, mc 156",
			"neon":           "Cᵀ 6x16, A packed, B packed, kc 400, mc 204",
			"go":             "C 4x4, A in place, B packed, kc 512, mc 152",
		}},
		{planShape{transA: true, m: 32, n: 32, k: 25088}, 4, map[string]string{
			"avx512":         "C 12x32, A in place, B in place, kc 512, mc 444, 1x1x4 parts",
			"avx512 float64": "C 12x16, A in place, B in place, kc 512, mc 216, 2x2x1 parts",
			"avx2":           "C 6x16, A in place, B in place, kc 256, mc 156, 2x2x1 parts",
			"neon":           "C 6x16, A in place, B in place, kc 256, mc 156, 2x2x1 parts",
			"go":             "C 4x4, A in place, B in place, kc 512, mc 128, 2x2x1 parts",
		}},
	} {
		found := 0
		for _, x := range allCosts {
			want, ok := c.want[x.name]
			if !ok {
				continue
			}
			found++
			if got := describe(planFor(problemOf(c.shape, x.size), x.costs, c.threads), x.costs); got != want {
				t.Errorf("%s, %v on %d threads:\n got %s\nwant %s", x.name, c.shape, c.threads, got, want)
			}
		}
		if found != len(c.want) {
			t.Errorf("%v: plans of sets that there are not", c.shape)
		}
	}
}
