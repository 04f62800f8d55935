package strictjson

import (
	"fmt"
	"strings"
	"testing"
)

// manyKeys is an object with so many keys.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",\"%d\":1", i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestUniqueKeys(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "", ` {"a":"a","b":["a","a",{"a":{}}]} `: "", `null`: "", `"a"`: "", `[1,2]`: "", `{"A":1,"a":2}`: "",
		`{"a":"\"b\":","b":1,"\\":2,"\\\\":3}`: "",
		`{"a":1,"a":1}`:                        `"a" stands twice`,
		`{"x":[{"b":1,"c":{"b":1}, "b" : 2}]}`: `"b" stands twice`,
		`{"a":1,"\u0061":1}`:                   `"a" stands twice`,
		`{"a":1} {`:                            "no JSON",
		`{"a"`:                                 "no JSON",
		``:                                     "no JSON",
		manyKeys(maxKeys):                      "",
		manyKeys(maxKeys + 1):                  "an object has more than 131072 keys",
		strings.Repeat("[", 1e6):               "no JSON",
	} {
		err := UniqueKeys([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40s: error %v, want %q", text, err, want)
		}
	}
}
