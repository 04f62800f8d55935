package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/internal/strictjson"
)

// A refusal is an answer that says what is wrong with a request, in a line.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refusef(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for path, answer := range map[string]func(ctx context.Context, body []byte) ([]byte, error){
		"/score": s.score, "/encode": s.encode, "/decode": s.decode, "/reconstruct": s.reconstruct,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.post(w, r, answer) })
	}
	about, _ := json.Marshal(s.about) // of words and finite numbers
	get := func(path, kind string, text []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				w.Header().Set("Allow", "GET, HEAD")
				replyError(w, refusef(http.StatusMethodNotAllowed, "%s wants GET", r.URL.Path))
				return
			}
			reply(w, http.StatusOK, kind, text)
		})
	}
	get("/model", jsonType, append(about, '\n'))
	get("/health", jsonType, fmt.Appendf(nil, "{\"status\":\"ok\",\"weights_sha256\":%q}\n", s.about.Weights))
	get("/{$}", "text/html; charset=utf-8", servePage)
	get("/serve.js", "text/javascript; charset=utf-8", serveScript)
	get("/serve.css", "text/css; charset=utf-8", serveStyle)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		replyError(w, refusef(http.StatusNotFound, "there is no %.100q: want /, /model, /health, /score, /encode, /decode or /reconstruct", r.URL.Path))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; frame-ancestors 'self'")
		mux.ServeHTTP(w, r)
	})
}

const jsonType = "application/json"

func reply(w http.ResponseWriter, status int, kind string, text []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(text) // to a client that may have gone
}

// replyError answers with what is wrong: the request, unless the error says otherwise.
func replyError(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if r := (*refusal)(nil); errors.As(err, &r) {
		status = r.status
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	text, _ := json.Marshal(map[string]string{"error": oneLine(strings.TrimPrefix(err.Error(), "vae: "))})
	reply(w, status, jsonType, append(text, '\n'))
}

// post answers a request that has a body, in the time that it may take.
func (s *server) post(w http.ResponseWriter, r *http.Request, answer func(ctx context.Context, body []byte) ([]byte, error)) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		replyError(w, refusef(http.StatusMethodNotAllowed, "%s wants POST, with JSON as the body", r.URL.Path))
		return
	}
	// A page of another site may send text and forms without asking, but not this.
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if from := r.Header.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" && (err != nil || kind != jsonType) {
		replyError(w, refusef(http.StatusUnsupportedMediaType, "a page of another site wants Content-Type: %s", jsonType))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
	defer cancel()
	body := http.MaxBytesReader(w, r.Body, s.maxBody)
	// Whoever sends little of a body keeps nobody waiting but, of a large one, those who send
	// such as well, whose number bounds the memory.
	var text bytes.Buffer
	if _, err = io.CopyN(&text, body, smallBody); err == nil {
		if !take(ctx, s.large) {
			replyError(w, errTooMany)
			return
		}
		defer func() { <-s.large }()
		_, err = text.ReadFrom(body)
	}
	if err != nil && err != io.EOF {
		replyError(w, bodyError(err))
		return
	}
	if !take(ctx, s.slots) {
		replyError(w, errTooMany)
		return
	}
	defer func() { <-s.slots }()
	result, err := answer(ctx, text.Bytes())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = refusef(http.StatusServiceUnavailable, "it takes longer than %v: send fewer rows, or ask for fewer samples", s.timeout)
	case errors.Is(err, vae.ErrNotFinite):
		err = refusef(http.StatusUnprocessableEntity, "the model's outputs are not finite numbers: these are too large for it")
	}
	if err != nil {
		replyError(w, err)
		return
	}
	reply(w, http.StatusOK, jsonType, result)
}

// smallBody is the length of a body, of a few rows, that is not large.
const smallBody = 64 << 10

var errTooMany = refusef(http.StatusServiceUnavailable, "there are too many requests: try again")

// take waits for one of some slots, and tells whether there was one in time.
func take(ctx context.Context, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// bodyError says why a body cannot be read.
func bodyError(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return refusef(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes: send fewer rows, or give vae serve a larger -max-body", tooLarge.Limit)
	}
	return refusef(http.StatusBadRequest, "the body did not come: %v", err)
}

// parseBody reads what a request may have, and nothing else.
func parseBody(body []byte, v any) error {
	if err := strictjson.Decode(body, v); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}
