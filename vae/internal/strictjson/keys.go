package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxKeys bounds the keys of an object, and with them what text makes us allocate.
const maxKeys = 1 << 17

// UniqueKeys is an error that names a key which an object of a JSON text has twice. Such
// a text has two meanings: one program takes the first value, another one the last.
func UniqueKeys(text []byte) error { return uniqueKeys(text, false) }

// uniqueKeys is UniqueKeys. With fold the outermost object is to be a struct, whose fields
// package json finds in any case of letters.
func uniqueKeys(text []byte, fold bool) error {
	if !json.Valid(text) {
		return errors.New("it is no JSON")
	}
	var open []map[string]bool // the keys of the objects around; nil for a list
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{':
			open = append(open, map[string]bool{})
		case '[':
			open = append(open, nil)
		case '}', ']':
			open = open[:len(open)-1]
		case '"':
			first := i
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if !isKey(text[i+1:]) {
				continue
			}
			var key string
			if err := json.Unmarshal(text[first:i+1], &key); err != nil {
				return err
			}
			same := key
			if fold && len(open) == 1 {
				same = strings.ToLower(strings.ToUpper(key)) // the sign of kelvin is a k, too
			}
			keys := open[len(open)-1]
			switch {
			case keys[same]:
				return fmt.Errorf("the key %.64q stands twice", key)
			case len(keys) == maxKeys:
				return fmt.Errorf("an object has more than %d keys", maxKeys)
			}
			keys[same] = true
		}
	}
	return nil
}

// isKey tells whether what follows a string says that it is a key.
func isKey(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\n', '\r':
		default:
			return c == ':'
		}
	}
	return false
}
