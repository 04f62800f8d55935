package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type answer struct {
	Model  string
	Scores []float64
}

func ask(url, body string) (a answer, status int, err error) {
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return a, 0, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, &a)
	}
	return a, r.StatusCode, err
}

// TestService asks on many goroutines while models are swapped, and then ends it: all that
// it took it has answered, and of one model a row has one score.
func TestService(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- (&service{rows: history(256)}).run(ctx, listener, 10*time.Millisecond) }()
	url := "http://" + listener.Addr().String() + "/score"
	var scores sync.Map // of the row, by model
	var answers atomic.Int64
	models := func() (n int) {
		scores.Range(func(any, any) bool { n++; return true })
		return n
	}
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				a, status, err := ask(url, `[[0.1, 0.2, 0.3, 0.4], [9, 9, 9, 9]]`)
				if err != nil && ctx.Err() != nil {
					return // it was not let in
				}
				if err != nil || status != http.StatusOK || len(a.Scores) != 2 || len(a.Model) != 64 {
					t.Errorf("status %d, %+v, %v", status, a, err)
					return
				}
				answers.Add(1)
				if first, _ := scores.LoadOrStore(a.Model, a.Scores[0]); first != a.Scores[0] {
					t.Errorf("a score of %v and of %v from one model", first, a.Scores[0])
				}
			}
		})
	}
	for deadline := time.Now().Add(time.Minute); (models() < 4 || answers.Load() < 100) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	clients.Wait()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if models() < 4 || answers.Load() < 100 {
		t.Errorf("%d answers of %d models", answers.Load(), models())
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// TestReplicas: two services that have seen the same rows have the same model.
func TestReplicas(t *testing.T) {
	var hashes []string
	for range 2 {
		s := &service{rows: history(100)}
		if err := s.train(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := s.model.Load().hash
		for range 300 {
			w := httptest.NewRecorder()
			s.score(w, httptest.NewRequest("POST", "/score", strings.NewReader(`[[1,2,3,4],[5,6,7,8],[0,0,0,1],[1,0,0,0],[3,3,3,3],[2,2,2,2],[9,9,9,9],[8,8,8,8]]`)))
			if w.Code != http.StatusOK || !bytes.Contains(w.Body.Bytes(), []byte(before)) {
				t.Fatalf("status %d, %s", w.Code, w.Body)
			}
		}
		if len(s.rows) != kept*width {
			t.Errorf("it keeps %d numbers, want %d", len(s.rows), kept*width)
		}
		if err := s.train(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := s.model.Load().hash; after == before {
			t.Error("other rows give the same model")
		}
		hashes = append(hashes, s.model.Load().hash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("replicas have the models %v", hashes)
	}
}

func TestBadRows(t *testing.T) {
	s := &service{rows: history(64)}
	if err := s.train(t.Context()); err != nil {
		t.Fatal(err)
	}
	for body, status := range map[string]int{
		``: 400, `x`: 400, `{}`: 400, `[[1,2,3]]`: 400, `[[1,2,3,4,5]]`: 400, `[["a",1,2,3]]`: 400, `[[1e39,0,0,0]]`: 400, `[[3e38,3e38,3e38,3e38]]`: 422,
		`[` + strings.Repeat("[1,2,3,4],", 1<<17) + `[1,2,3,4]]`: 400, `[]`: 200,
	} {
		w := httptest.NewRecorder()
		s.score(w, httptest.NewRequest("POST", "/score", strings.NewReader(body)))
		if w.Code != status || status != 200 && strings.Count(w.Body.String(), "\n") != 1 {
			t.Errorf("%.40s: status %d, %s, want %d", body, w.Code, w.Body, status)
		}
	}
	if len(s.rows) != 64*width {
		t.Errorf("it keeps rows that were wrong")
	}
}
