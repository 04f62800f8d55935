package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

const logJSONUsage = "write standard error as lines of JSON, one for every epoch"

// jsonLines makes JSON of what is written line by line, for pipelines: an object for each
// line, with its text as the message.
type jsonLines struct {
	logger *slog.Logger
	part   []byte // of a line
}

func newJSONLines(w io.Writer) *jsonLines {
	return &jsonLines{logger: slog.New(slog.NewJSONHandler(w, nil))}
}

func (j *jsonLines) Write(b []byte) (int, error) {
	j.part = append(j.part, b...)
	for {
		line, rest, whole := bytes.Cut(j.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		j.logger.Info(strings.TrimPrefix(string(line), "vae: note: "))
		j.part = rest
	}
}

// wantsJSON tells whether arguments that may be wrong have -log-json among them.
func wantsJSON(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "=")
		on, err := strconv.ParseBool(value)
		return strings.HasPrefix(a, "-") && name == "log-json" && (on || err != nil) // without a value it is on
	})
}

// loggerOf is where records go, or nil where a log is text.
func loggerOf(log io.Writer) *slog.Logger {
	if j, ok := log.(*jsonLines); ok {
		return j.logger
	}
	return nil
}

// errTold is an error that the log has told, or another rank.
var errTold = errors.New("told")

// logged runs a command, with a log in JSON if it is to be that, its error included.
func logged(inJSON bool, std streams, run func(streams) error) error {
	if !inJSON {
		return run(std)
	}
	log := newJSONLines(std.err)
	std.err = log
	err := run(std)
	if err == nil || errors.Is(err, errInterrupted) {
		return err
	}
	log.logger.Error(errorText(err))
	return errTold
}
