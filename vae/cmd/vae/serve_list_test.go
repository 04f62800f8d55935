package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestList compares the elements of lists with those that package json finds.
func TestList(t *testing.T) {
	for _, text := range []string{
		`null`, `[]`, ` [ ] `, `[1]`, `[1,2 , 3]`, `[[],{}]`, `[[1,[2,3]],{"a":[4,5],"b":{}} ,"x,]\"\\",null]`, "[\n\"\\\\\"\t,\r-1e5\n]", `["]","[","}",","]`,
	} {
		var got list
		var want []json.RawMessage
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		json.Unmarshal([]byte(text), &want)
		same := func(a []byte, b json.RawMessage) bool { return string(a) == string(b) }
		var all [][]byte
		for i, e := range got.elements() {
			if all = append(all, e); len(all) != i+1 {
				t.Errorf("%s: an element has the place %d, want %d", text, i, len(all)-1)
			}
		}
		if got.n != len(want) || !slices.EqualFunc(all, want, same) {
			t.Errorf("%s: %q, want %q", text, all, want)
		}
		for range got.elements() {
			break
		}
	}
	for _, text := range []string{`{}`, `"[]"`, `1`, `true`} {
		if err := json.Unmarshal([]byte(text), new(list)); err == nil {
			t.Errorf("%s is a list", text)
		}
	}
}

// TestServeMemory: what a request makes us allocate is some times its length, whatever it has,
// and what the keys take that an object may have.
func TestServeMemory(t *testing.T) {
	_, s := testServer(t, tableModel(t), 1<<30, time.Minute)
	var keys strings.Builder
	for i := range 1 << 18 {
		fmt.Fprintf(&keys, `,"%x":1`, i)
	}
	const n = 1 << 20
	for name, body := range map[string]string{
		"cells":  `{"rows":[[1` + strings.Repeat(",1", n) + `]]}`,
		"rows":   `{"rows":[[]` + strings.Repeat(",[]", n) + `]}`,
		"keys":   `{"rows":[{` + keys.String()[1:] + `}]}`,
		"fields": `{` + keys.String()[1:] + `}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.encode(t.Context(), []byte(body))
		runtime.ReadMemStats(&after)
		if all := after.TotalAlloc - before.TotalAlloc; err == nil || all > uint64(10*len(body)+64<<20) {
			t.Errorf("%s: %d bytes of %d, %v", name, all, len(body), err)
		}
	}
}
