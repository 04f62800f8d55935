// Command service has a model inside: it scores rows over HTTP, trains again on those that it
// has seen, and swaps the models while it answers.
//
//	go run ./vae/examples/service
//	curl -d '[[0.1, 0.2, 0.3, 0.4], [9, 9, 9, 9]]' http://127.0.0.1:8081/score
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const (
	width = 4    // numbers of a row
	kept  = 2048 // rows that it trains on: the newest
)

type service struct {
	model atomic.Pointer[trained]
	mutex sync.Mutex
	rows  []float32
}

type trained struct {
	*vae.Inference
	hash string
}

// train makes a model of the rows that there are, and puts it in the place of the last one.
// Of the same rows every replica makes the same bits.
func (s *service) train(ctx context.Context) error {
	s.mutex.Lock()
	rows := dataset.Floats{Data: slices.Clone(s.rows), Channels: width}
	s.mutex.Unlock()
	m, err := vae.New(vae.DenseConfig(vae.AE, vae.Flat(width), []int{16}, 2), kernels.New(kernels.Default(), 1), 1)
	if err != nil {
		return err
	}
	if _, err := m.Train(ctx, rows, rows, vae.DefaultOptions()); err != nil {
		return err
	}
	s.model.Store(&trained{m.Inference(0), m.WeightsSHA256()})
	return nil
}

// score answers with the reconstruction error of each row, and keeps the rows.
func (s *service) score(w http.ResponseWriter, r *http.Request) {
	var rows [][]float32
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&rows)
	if err != nil || slices.ContainsFunc(rows, func(row []float32) bool { return len(row) != width }) {
		http.Error(w, fmt.Sprintf("want a list of rows of %d numbers", width), http.StatusBadRequest)
		return
	}
	x := slices.Concat(rows...)
	m, scores := s.model.Load(), make([]float64, len(rows))
	if err := m.Score(r.Context(), scores, nil, x, vae.ScoreOptions{Score: vae.ErrorScore}); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	s.mutex.Lock()
	s.rows = append(s.rows, x...)
	s.rows = slices.Clone(s.rows[max(0, len(s.rows)-kept*width):])
	s.mutex.Unlock()
	json.NewEncoder(w).Encode(map[string]any{"model": m.hash, "scores": scores})
}

// run trains, answers, and trains again from time to time, until ctx is done.
func (s *service) run(ctx context.Context, listener net.Listener, every time.Duration) error {
	if err := s.train(ctx); err != nil {
		return err
	}
	var background sync.WaitGroup
	background.Go(func() {
		for tick := time.NewTicker(every); ctx.Err() == nil; {
			select {
			case <-ctx.Done():
			case <-tick.C:
				if err := s.train(ctx); err != nil && ctx.Err() == nil {
					log.Print(err) // the last model stays
				}
			}
		}
	})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /score", s.score)
	h := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	background.Wait()
	finish, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return h.Shutdown(finish)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:8081")
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("scoring on http://%s/score", listener.Addr())
	if err := (&service{rows: history(kept)}).run(ctx, listener, 10*time.Second); err != nil {
		log.Fatal(err)
	}
}

// history is what the first model is trained on: rows of waves.
func history(n int) (rows []float32) {
	for i := range n {
		for j := range width {
			rows = append(rows, float32(math.Sin(float64(i)/7+float64(j)/3)))
		}
	}
	return rows
}
