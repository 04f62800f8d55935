package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lanewise/lanewise/vae"
)

// A trainReport is the line that -json prints.
type trainReport struct {
	Model              string   `json:"model"`
	Set                string   `json:"set"`
	Threads            int      `json:"threads"`
	Seed               uint64   `json:"seed"`
	Beta               float64  `json:"beta"`
	Examples           int      `json:"examples"` // training images
	TestExamples       int      `json:"test_examples"`
	Epochs             int      `json:"epochs"` // complete ones
	Interrupted        bool     `json:"interrupted"`
	Ended              bool     `json:"ended_by_patience,omitempty"`
	TrainLoss          float64  `json:"train_loss"`
	TrainRecon         float64  `json:"train_reconstruction"`
	TrainKL            float64  `json:"train_kl"`
	TestLoss           *float64 `json:"test_loss"` // null where it was not evaluated
	TestReconstruction *float64 `json:"test_reconstruction"`
	TestKL             *float64 `json:"test_kl"`
	ValidationLoss     *float64 `json:"validation_loss,omitempty"` // of the best epoch
	BestEpoch          int      `json:"best_epoch,omitempty"`
	Seconds            float64  `json:"seconds"`       // of training, without the evaluation
	TotalSeconds       float64  `json:"total_seconds"` // of everything
	ExamplesPerSecond  float64  `json:"examples_per_second"`
	jpegRecord
	WeightsSHA256 string `json:"weights_sha256"`
	Out           string `json:"out"`
}

// report is what train prints on standard output.
func (r *trainRun) report(files []string) (string, error) {
	last := r.last()
	images, seconds := 0, r.trainingSeconds()
	for _, h := range r.history {
		images += h.images
	}
	epochs := len(r.history)
	if last.images < r.rows.train.Len() {
		epochs--
	}
	rate := float64(images) / max(seconds, 1e-9)

	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", lossText("test", last.Test, r.options, r.config))
	if r.best.epoch > 0 {
		b.WriteString(r.best.text(r.history, r.options, r.config))
	}
	if r.ended {
		fmt.Fprintf(&b, "ended after epoch %d: the loss of the %ss held out has not been less for %s\n", len(r.history), thing(r.config), count(len(r.history)-r.best.epoch, "epoch"))
	}
	fmt.Fprintf(&b, "%.1f s of training, %.0f %ss/s\n", seconds, rate, thing(r.config))
	fmt.Fprintf(&b, "weights %s\n", r.model.WeightsSHA256())
	fmt.Fprintf(&b, "%s holds %s\n", r.out, strings.Join(files, ", "))
	if r.config.Kind == vae.AE && r.rows.columns == nil {
		fmt.Fprintf(&b, "no %s: an autoencoder has no prior to sample from\n", samplesName)
	}
	if !r.json {
		return b.String(), nil
	}
	var validationLoss *float64
	if r.best.epoch > 0 {
		validationLoss = known(r.best.loss.Total)
	}
	line, err := json.Marshal(trainReport{
		Model: string(r.config.Kind), Set: r.engine.Set().Name(), Threads: r.engine.Threads(),
		Seed: r.options.Seed, Beta: r.options.Beta,
		Examples: r.rows.train.Len(), TestExamples: r.rows.test.Len(), Epochs: epochs, Interrupted: r.interrupted, Ended: r.ended,
		TrainLoss: last.Train.Total, TrainRecon: last.Train.Reconstruction, TrainKL: last.Train.KL,
		TestLoss: known(last.Test.Total), TestReconstruction: known(last.Test.Reconstruction), TestKL: known(last.Test.KL),
		ValidationLoss: validationLoss, BestEpoch: r.best.epoch, Seconds: seconds, TotalSeconds: time.Since(r.start).Seconds(), ExamplesPerSecond: rate,
		jpegRecord: recordJPEG(r.data), WeightsSHA256: r.model.WeightsSHA256(), Out: r.out,
	})
	return b.String() + string(line) + "\n", err
}

// trainingSeconds is how long training took, without the evaluation.
func (r *trainRun) trainingSeconds() (seconds float64) {
	for _, h := range r.history {
		seconds += h.seconds
	}
	return seconds
}

// lossText is a loss in words.
func lossText(name string, l vae.Loss, o vae.Options, c vae.Config) string {
	if math.IsNaN(l.Total) {
		return name + " loss not evaluated"
	}
	if c.Kind == vae.AE {
		return fmt.Sprintf("%s loss %.3f %s per %s", name, l.Total, unit(c), thing(c))
	}
	weight, kl := "", fmt.Sprintf("KL %.2f", l.KL)
	if o.Beta != 1 {
		weight = fmt.Sprintf("%v × ", o.Beta)
	}
	if o.Capacity > 0 {
		kl = fmt.Sprintf("|%s - %v|", kl, o.Capacity)
	}
	return fmt.Sprintf("%s loss %.2f nats per %s = reconstruction %.2f + %s%s", name, l.Total, thing(c), l.Reconstruction, weight, kl)
}

// thing is what the model is of: an image, or a row of numbers that are none.
func thing(c vae.Config) string {
	if c.Input.Height*c.Input.Width == 1 {
		return "row"
	}
	return "image"
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
