package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/lanewise/lanewise/vae"
)

const aboutServe = `Answers requests over HTTP with a model: scores, codes and reconstructions, in JSON,
and a page at / that shows the model, a form for a row or an image, and a slider for
each component of a code. It listens on this machine alone unless -listen says
otherwise, and ends, when it has answered what is under way, with Ctrl-C or SIGTERM.

  vae serve -model vae-run/model.safetensors -listen 127.0.0.1:8080
  curl -d '{"rows": [[0.1, 0.7]]}' http://127.0.0.1:8080/score

  POST /score        {"rows": […], "score": "elbo"}  error, elbo or bound, which has "samples"
                                                     and "seed"; "top": 3 tells the columns
                                                     that contribute most
  POST /encode       {"rows": […]}                   codes: mu and logvar
  POST /decode       {"codes": […]}                  the row that each code stands for
  POST /reconstruct  {"rows": […]}                   what the model makes of rows
  GET  /model        what the model is
  GET  /health       that it is there

A row is a list of numbers; of a table, of numbers and words in the order of its
columns, or an object with their names. What is wrong with a request the answer says
in a line, as {"error": "…"} with a status of 4xx.`

// serveFlags are those of serve.
type serveFlags struct {
	modelFlags
	listen  string
	body    int     // MiB
	timeout float64 // seconds
}

func (s *serveFlags) register(f *flag.FlagSet) {
	s.modelFlags.register(f)
	s.listen, s.body, s.timeout = "127.0.0.1:8080", 8, 10
	f.StringVar(&s.checkpoint, "model", s.checkpoint, "the same as -checkpoint: a model's `file`")
	f.StringVar(&s.listen, "listen", s.listen, "`address` to listen on; :8080 is every address of this machine")
	f.Var(&whole{&s.body, 1, 1 << 10}, "max-body", "largest request, in `MiB`")
	f.Var(&real{&s.timeout, true}, "timeout", "`seconds` that a request may take")
}

func serve(ctx context.Context, std streams, args []string) error {
	var flags serveFlags
	f := newFlags("serve")
	flags.register(f)
	if err := parse(f, std, args, aboutServe); err != nil {
		return err
	}
	if given := given(f); given["model"] && given["checkpoint"] {
		return errors.New("-model and -checkpoint are the same: want one of them")
	}
	if flags.timeout > 1e6 {
		return errors.New("-timeout: want at most a million seconds")
	}
	m, engine, err := flags.modelFlags.load(std)
	if err != nil {
		return err
	}
	s, err := newServer(m, engine.Threads(), int64(flags.body)<<20, time.Duration(flags.timeout*float64(time.Second)))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", flags.listen)
	if err != nil {
		if op := (*net.OpError)(nil); errors.As(err, &op) {
			err = op.Err // without the address, which stands here
		}
		return fmt.Errorf("-listen %s: %w: want an address and a port that are free, such as 127.0.0.1:8081", flags.listen, err)
	}
	if address, ok := listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		std.note(fmt.Sprintf("who reaches %s may use the model: nothing asks for a name or a password", listener.Addr()))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // what requests leave behind is no more than half of the model
	}
	debug.FreeOSMemory() // which loading took: a service is there for long
	end, now, stop := interruptible(ctx)
	defer stop()
	fmt.Fprintf(std.err, "serving %s on http://%s/\n", oneLine(flags.checkpoint), listener.Addr())
	return s.run(end, now, listener, std)
}

// run answers until end is done, and then what is under way, unless now is done.
func (s *server) run(end, now context.Context, listener net.Listener, std streams) error {
	h := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: s.timeout, ReadTimeout: s.timeout,
		WriteTimeout:   2*s.timeout + time.Second, // reading counts, too
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: 1 << 14,
		ErrorLog:       log.New(lineWriter{std}, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-end.Done():
	}
	finish, cancel := context.WithTimeout(now, 2*s.timeout+time.Second)
	defer cancel()
	if err := h.Shutdown(finish); err != nil {
		h.Close()
		return errors.New("requests were under way when it ended")
	}
	return nil
}

// A lineWriter notes what the server of package net/http logs.
type lineWriter struct{ streams }

func (l lineWriter) Write(b []byte) (int, error) {
	l.note(string(b[:max(len(b)-1, 0)]))
	return len(b), nil
}

// A server answers requests with a model.
type server struct {
	model   *vae.Inference
	config  vae.Config
	about   modelAnswer
	parts   rowParts
	maxBody int64
	timeout time.Duration
	slots   chan struct{} // requests that are answered at a time
	large   chan struct{} // those with large bodies that are read and answered
}

func newServer(m *vae.Model, workers int, maxBody int64, timeout time.Duration) (*server, error) {
	s := &server{
		model: m.Inference(workers), config: m.Config(), maxBody: maxBody, timeout: timeout,
		slots: make(chan struct{}, 2*workers+2), large: make(chan struct{}, 2*workers+2),
	}
	if c := m.Columns(); c != nil {
		s.parts = columnParts(c)
	} else {
		s.parts = numberParts(s.config.Input.Size())
	}
	var err error
	s.about, err = describeModel(m)
	return s, err
}

// The page at /.
var (
	//go:embed web/serve.html
	servePage []byte
	//go:embed web/serve.js
	serveScript []byte
	//go:embed web/serve.css
	serveStyle []byte
)
