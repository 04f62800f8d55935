// Command vae trains autoencoders and variational autoencoders on the CPU and
// shows what they have learned.
//
//	vae train                            # the default model on embedded digits
//	vae train -data DIR -epochs 10       # on a folder of IDX files or of images
//	vae train -resume vae-run -epochs 30 # goes on with a run
//	vae verify vae-run                   # trains it again, and compares
//	vae eval -k 100                      # losses of a checkpoint, bounds, what may be wrong
//	vae sample -n 64 -out samples.png
//	vae reconstruct
//	vae traverse -image 3
//	vae manifold
//	vae interpolate -from 2 -to 3
//	vae encode -out codes.csv
//	vae compress -bits 6 -out codes.lwc
//	vae export -part encoder -out encoder.onnx
//
// vae -h lists the commands, vae train -h the flags of train.
//
// The environment variable LANEWISE_ISA names the set of kernels to run; the
// results are the same in each.
//
// The exit status is 0, or 1 where something is wrong, which one line on
// standard error explains, or 130 where training was interrupted (SIGINT,
// SIGTERM, SIGHUP) and has saved what it had. A second signal leaves out the
// evaluation and the pictures.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// A command is a subcommand with its line in the help.
type command struct {
	name, summary string
	run           func(ctx context.Context, std streams, args []string) error
}

var commands = [...]command{
	{"train", "train a model and leave it, its history and its pictures in a folder", train},
	{"describe", "print the layers of a model, or its description in JSON", describe},
	{"eval", "print the losses of a checkpoint, bounds, and what may be wrong", eval},
	{"sample", "draw images from the prior", sample},
	{"reconstruct", "show images above what the model makes of them", reconstruct},
	{"traverse", "vary each component of a code", traverse},
	{"manifold", "show the plane of a code of two components", manifold},
	{"interpolate", "go from the code of one image to that of another", interpolate},
	{"map", "draw the codes of images in a plane, coloured by their labels", mapCodes},
	{"encode", "write the codes of images as CSV", encode},
	{"decode", "draw the images, or write the rows of a table, that codes stand for", decode},
	{"impute", "fill the gaps of a table", impute},
	{"score", "write how little rows or images are like those of the training: anomalies", score},
	{"compress", "write the codes of images to a small file", compress},
	{"decompress", "bring images back from it", decompress},
	{"serve", "answer requests over HTTP with scores, codes and reconstructions", serve},
	{"import", "make a model of a safetensors file that another program has written", importModel},
	{"export", "write a model as an ONNX file, for runtimes of other languages", export},
	{"sweep", "train models with codes of several sizes, and plot how well they reconstruct", sweep},
	{"verify", "train epochs of a run again, and compare them with what it says of itself", verify},
}

// streams are the standard streams, or a test's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// note tells what may surprise, in a line.
func (s streams) note(line string) { fmt.Fprintln(s.err, "vae: note: "+oneLine(line)) }

var (
	errHelp        = errors.New("help was asked for")
	errInterrupted = errors.New("interrupted")
)

// run is main without the process: it returns the exit status. ctx interrupts
// as a signal does.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := dispatch(ctx, streams{os.Stdin, stdout, stderr}, args)
	switch {
	case err == nil, errors.Is(err, errHelp):
		return 0
	case errors.Is(err, errInterrupted):
		return 130
	}
	if errors.Is(err, errTold) {
		return 1
	}
	if wantsJSON(args) { // of what is wrong with the flags
		newJSONLines(stderr).logger.Error(errorText(err))
		return 1
	}
	fmt.Fprintln(stderr, "vae: "+errorText(err))
	return 1
}

// errorText is the line that tells of an error.
func errorText(err error) string { return oneLine(strings.TrimPrefix(err.Error(), "vae: ")) }

func dispatch(ctx context.Context, std streams, args []string) error {
	names := make([]string, len(commands))
	for i, c := range commands {
		names[i] = c.name
	}
	want := "want " + strings.Join(names, ", ") + "; vae -h explains them"
	if len(args) == 0 {
		return errors.New("no command: " + want)
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		return printOut(std.out, help())
	}
	for _, c := range commands {
		if c.name == args[0] {
			if c.name != "train" {
				if err := refuseRanks("but vae " + c.name + " is not divided among them: start it without mpirun"); err != nil {
					return err
				}
			}
			return c.run(ctx, std, args[1:])
		}
	}
	return fmt.Errorf("unknown command %q: %s", args[0], want)
}

func help() string {
	var b strings.Builder
	b.WriteString("vae trains autoencoders on the CPU and shows what they have learned.\n\nusage: vae command [flags]\n\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-12s %s\n", c.name, c.summary)
	}
	b.WriteString("\nvae train needs no flag. vae train -h lists those that it has, and so on.\n" +
		"LANEWISE_ISA=avx512|avx2|neon|go chooses the kernels; the results are the same.\n")
	return b.String()
}

// printOut writes to standard output, which may be a full disk or a closed
// pipe.
func printOut(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	return nil
}

// oneLine makes what a file's name may hold visible: line breaks, and what is not
// UTF-8.
func oneLine(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		s = s[n:]
	}
	return b.String()
}
