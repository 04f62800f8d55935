package ref

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestErrorsAreDocumented: where a comment of this package, of a method of package kernels or
// README's contract gives the error of a function in ULP, it is the one that a test has as the
// largest; and all three give that of a function which has such a method.
func TestErrorsAreDocumented(t *testing.T) {
	known := map[string]float64{
		"KL": 6.11, "LeakyReLU": 0.5, // see TestPairULP, and one rounding
		"KLGrad": 1.55, "halfExpm1": 1.55, // half of Expm1
	}
	for _, a := range accuracies {
		known[a.name] = a.max
	}
	claims := map[string]map[string]float64{}
	for place, found := range map[string]map[string]float64{
		"package ref":     documented(t, "."),
		"package kernels": documented(t, "../../kernels"),
		"README.md":       contract(t, "../../README.md"),
	} {
		for name, claim := range found {
			if max, ok := known[name]; !ok || claim != max {
				t.Errorf("%s: the error of %s is %v ULP, of a test %v (%t)", place, name, claim, max, ok)
			}
		}
		claims[place] = found
	}
	for name := range claims["package kernels"] {
		for _, place := range []string{"package ref", "README.md"} {
			if _, ok := claims[place][name]; !ok && name != "KL" { // of which others speak in terms
				t.Errorf("%s does not say how accurate %s is", place, name)
			}
		}
	}
	if len(claims["package kernels"]) < 8 {
		t.Errorf("comments of methods give errors of %v alone", claims["package kernels"])
	}
}

// documented are the errors of functions and methods that their comments give.
func documented(t *testing.T, dir string) map[string]float64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				claim(t, found, f.Name.Name, f.Doc.Text(), `[Ee]rror\s+(?:of\s+)?at\s+most\s+([0-9.]+[0-9])\s+ULP`)
			}
		}
	}
	return found
}

// contract are those of README's table.
func contract(t *testing.T, path string) map[string]float64 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, line := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|.*\\| ([0-9.]+ ULP) \\|$").FindAllStringSubmatch(string(text), -1) {
		claim(t, found, line[1], line[2], `([0-9.]+) ULP`)
	}
	return found
}

func claim(t *testing.T, found map[string]float64, name, text, pattern string) {
	t.Helper()
	if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
		x, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = x
	}
}
