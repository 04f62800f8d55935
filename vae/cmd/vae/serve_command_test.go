package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lanewise/lanewise/vae"
)

// TestServeInTime: a request that takes too long, and one that waits for others too long,
// are told so.
func TestServeInTime(t *testing.T) {
	h, s := testServer(t, testModel(t, vae.DefaultConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1})), 1<<20, 100*time.Millisecond)
	row := "[" + strings.Repeat("0.5,", 783) + "0.5]"
	body := `{"rows":[` + row + strings.Repeat(","+row, 99) + `],"score":"bound","samples":10000}`
	if status, text := asked(t, h.URL+"/score", body); status != 503 || !strings.Contains(text, "longer than 100ms") {
		t.Errorf("status %d, %s", status, text)
	}
	one := `{"rows":[` + row + `],"score":"bound","samples":1000000}`
	if status, text := asked(t, h.URL+"/score", one); status != 503 || !strings.Contains(text, "longer than 100ms") {
		t.Errorf("one row: status %d, %s", status, text)
	}
	for range cap(s.slots) {
		s.slots <- struct{}{}
	}
	if status, text := asked(t, h.URL+"/score", body); status != 503 || !strings.Contains(text, "too many requests") {
		t.Errorf("status %d, %s", status, text)
	}
	if status, _ := asked(t, h.URL+"/health", ""); status != 200 {
		t.Errorf("health: status %d", status)
	}
}

// TestServeSlowClients: those that send little of a body, or of a large one much, keep nobody
// waiting.
func TestServeSlowClients(t *testing.T) {
	h, s := testServer(t, testModel(t, vae.DenseConfig(vae.VAE, vae.Shape{Height: 4, Width: 3, Channels: 1}, []int{7}, 2)), 1<<20, 30*time.Second)
	for i := range 4 * cap(s.slots) {
		slow, err := net.Dial("tcp", h.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		fmt.Fprint(slow, "POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{", strings.Repeat(" ", i%2*(smallBody+1)))
	}
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	if status, text := asked(t, h.URL+"/decode", `{"codes":[[1,2]]}`); status != 200 || time.Since(start) > 10*time.Second {
		t.Errorf("status %d after %v: %s", status, time.Since(start), text)
	}
}

// A slowBuffer may be read while it is written.
type slowBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *slowBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *slowBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// TestServeCommand starts the command, ends it while a request is on its way, and
// gets the answer nevertheless.
func TestServeCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := tableModel(t).Save(path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr slowBuffer
	status := make(chan int)
	go func() {
		status <- run(ctx, []string{"serve", "-model", path, "-listen", "127.0.0.1:0", "-threads", "1"}, &stdout, &stderr)
	}()
	address := ""
	for range 1000 {
		if _, rest, ok := strings.Cut(stderr.String(), "serving "+path+" on http://"); ok {
			address, _, _ = strings.Cut(rest, "/")
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if address == "" {
		t.Fatalf("it does not start: %s", stderr.String())
	}
	// Another one on the same address is one line.
	if s, out, err := vaeRun("serve", "-model", path, "-listen", address); s != 1 || out != "" || strings.Count(err, "\n") != 1 || !strings.Contains(err, "address already in use") {
		t.Errorf("a second one: status %d, %s%s", s, out, err)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"rows":[[6,5,"on"]]}`
	fmt.Fprintf(conn, "POST /score HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", len(body))
	asked(t, "http://"+address+"/health", "") // the request before has come
	time.Sleep(50 * time.Millisecond)
	cancel()
	for range 1000 { // nobody else is let in
		if c, err := net.Dial("tcp", address); err != nil {
			break
		} else {
			c.Close()
		}
		time.Sleep(5 * time.Millisecond)
	}
	io.WriteString(conn, body)
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), "200 OK") || !strings.Contains(string(answer), `"score":"elbo"`) {
		t.Errorf("what was under way: %v, %s", err, answer)
	}
	if s := <-status; s != 0 || stdout.String() != "" || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("status %d, %s%s", s, stdout.String(), stderr.String())
	}
}

func TestServeBadFlags(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := imageModel(t, vae.AE).Save(path); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"no checkpoint": {"-model", path + "x"},
		"-listen nowhere: address nowhere: missing port in address: want an address and a port that are free": {"-model", path, "-listen", "nowhere"},
		"-model and -checkpoint are the same: want one of them":                                               {"-model", path, "-checkpoint", path},
		"-listen nowhere":   {"-model", path, "-listen", "nowhere"},
		"invalid value \"0": {"-model", path, "-timeout", "0"},
		"a million seconds": {"-model", path, "-timeout", "1e9"},
		"-max-body":         {"-model", path, "-max-body", "1e9"},
	} {
		status, stdout, stderr := vaeRun(append([]string{"serve"}, args...)...)
		if status != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("serve %q: status %d, %s%s, want %q", args, status, stdout, stderr, want)
		}
	}
}
