// Package strictjson reads JSON that people and other programs write: nothing in it may be
// unknown or stand twice, and an error says in plain words what is wrong, and where.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Decode reads a JSON text into v, a pointer, and nothing that v has no place for.
func Decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return plain(text, v, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more than one JSON value")
	}
	return uniqueKeys(text, true)
}

// Unmarshal is json.Unmarshal, whose errors it says in plain words.
func Unmarshal(text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return plain(text, v, err)
	}
	return nil
}

// plain says an error of package json without Go's types.
func plain(text []byte, v any, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty: want JSON")
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) && syntax.Offset >= int64(len(text)) && strings.Contains(err.Error(), "unexpected end"):
		return errors.New("it is cut short: its JSON has no end")
	case errors.As(err, &syntax):
		before := text[:max(syntax.Offset-1, 0)]
		line := bytes.Count(before, []byte("\n")) + 1
		return fmt.Errorf("line %d, byte %d: it is no JSON: %v", line, len(before)-bytes.LastIndexByte(before, '\n'), err)
	case errors.As(err, &kind):
		where := ""
		if kind.Field != "" {
			where = fmt.Sprintf("%.64s: ", kind.Field)
		}
		return fmt.Errorf("%swant %s instead of %s", where, wanted(kind.Type), article(kind.Value))
	}
	message := strings.TrimPrefix(err.Error(), "json: ")
	if name, ok := strings.CutPrefix(message, "unknown field "); ok {
		if err := uniqueKeys(text, true); err != nil { // which bounds them
			return err
		}
		return fmt.Errorf("unknown field %.64s%s", name, known(text, v, name))
	}
	return fmt.Errorf("%.200s", message)
}

// wanted is what a Go type takes of JSON.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "an object"
}

// article puts one before what package json calls a value: array, number 1.5, string.
func article(value string) string {
	switch {
	case value == "array":
		return "a list"
	case value == "object":
		return "an object"
	case value == "bool":
		return "true or false"
	case strings.HasPrefix(value, "number "):
		return fmt.Sprintf("%.40s", strings.TrimPrefix(value, "number "))
	}
	return "a " + value
}

// known are the fields that v has, of a text whose object has the unknown one itself: a
// list behind "unknown field".
func known(text []byte, v any, name string) string {
	t := reflect.TypeOf(v).Elem()
	var own map[string]json.RawMessage
	if t.Kind() != reflect.Struct || json.Unmarshal(text, &own) != nil || own[strings.Trim(name, `"`)] == nil {
		return ""
	}
	var names []string
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag != "" && tag != "-" {
			names = append(names, tag)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ": want " + strings.Join(names, ", ")
}
